"""docs/formats.md is made from the readers' own docstrings; `GOLDEN=write` writes it again."""

from __future__ import annotations

import inspect
import os
from pathlib import Path

from pipeline.intake.formats import FORMATS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
HEAD = """# Capture formats

What each reader keeps, what its format cannot tell, and where ids come from. Made from the docstrings of
`pipeline/intake/formats/`; a reader is chosen by the content of an object, never by its name.
"""


def made() -> str:
    parts = [HEAD]
    for reader in FORMATS:
        title, _, rest = (inspect.getdoc(reader) or "").partition("\n")
        parts.append(f"## `{reader.NAME}`\n\n{title}\n\n{rest.strip()}\n")
    return "\n".join(parts)


def test_the_page_says_what_the_readers_say() -> None:
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(made(), encoding="utf-8")
    assert PAGE.read_text("utf-8") == made()


def test_every_reader_has_a_section_of_its_own() -> None:
    names = [reader.NAME for reader in FORMATS]
    assert len(names) == len(set(names)) >= 2
    assert all(len(inspect.getdoc(reader) or "") > 200 for reader in FORMATS)
