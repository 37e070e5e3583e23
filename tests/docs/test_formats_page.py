"""docs/formats.md is made from the readers' own docstrings; `GOLDEN=write` writes it again."""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from pipeline.intake.formats import DATABASES, FORMATS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
HEAD = """# Capture formats

What each reader keeps, what its format cannot tell, and where ids come from. Made from the docstrings of
`pipeline/intake/formats/`; a reader is chosen by the content of an object, never by its name.
"""
TABLE = "| reader | what it reads |\n|---|---|\n"
MODULES = [cast(ModuleType, reader) for reader in (*FORMATS, *DATABASES)]
PARTS = ("Fields kept", "Implied losses", "(Fields kept and ids|Ids)")
"""What a reader's docstring has to say, as starts of lines."""


def words_of(module: ModuleType) -> tuple[str, str]:
    """Title and text of a reader's docstring."""
    title, _, rest = (inspect.getdoc(module) or "").partition("\n")
    return title, rest.strip()


def made() -> str:
    """The page: a table of contents, then a section for each reader in the order in which they are asked."""
    names = {module: str(module.NAME) for module in MODULES}
    contents = "".join(f"| [`{name}`](#{name}) | {words_of(module)[0]} |\n" for module, name in names.items())
    sections = ["## `{}`\n\n{}\n\n{}\n".format(name, *words_of(module)) for module, name in names.items()]
    return "\n".join([HEAD, TABLE + contents, *sections])


def test_the_page_says_what_the_readers_say() -> None:
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(made(), encoding="utf-8")
    assert PAGE.read_text("utf-8") == made(), "run `make golden` and review the change"


def test_every_reader_has_a_name_of_its_own() -> None:
    names = [module.NAME for module in MODULES]
    assert len(names) == len(set(names)) >= 2
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.NAME)
def test_every_reader_says_what_it_keeps_and_what_its_format_loses(module: ModuleType) -> None:
    title, text = words_of(module)
    assert title and "\n" not in title and "|" not in title
    assert len(title) + len(text) > 200
    missing = [part for part in PARTS if not re.search(rf"(?m)^{part}\b", text)]
    assert missing == []
