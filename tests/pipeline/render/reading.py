"""Reads renditions back with libraries that did not write them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium


def pdf_pages(path: Path) -> list[str]:
    """Text of each page."""
    document = pdfium.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def words(pages: list[str]) -> list[str]:
    """Words of all pages; what pdfium puts where a line ends in a hyphen is put back."""
    return " ".join(pages).replace("\ufffe", "-").replace("\x02", "-").split()


def has_run(found: list[str], wanted: list[str]) -> bool:
    """Whether the wanted words stand next to each other, in order."""
    return not wanted or f" {' '.join(wanted)} " in f" {' '.join(found)} "


def table(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def json_lines(path: Path) -> list[dict[str, Any]]:
    """Records of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def streams(path: Path) -> bytes:
    """Every decompressed stream and every string of a PDF, joined."""
    with pikepdf.open(path) as document:
        found = [item.read_bytes() for item in document.objects if isinstance(item, pikepdf.Stream)]
        return b"\n".join([*found, path.read_bytes()])
