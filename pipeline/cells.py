"""Cells of CSV tables: captured text must not act in the spreadsheet that opens them."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula, and without NULs, which no CSV reader takes."""
    if "\x00" in value:
        value = value.replace("\x00", "")
    return "'" + value if value.startswith(_FORMULA) else value
