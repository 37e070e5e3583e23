"""docs/errors.md has a heading for every error class, and no other; its exit codes are right."""

import inspect
import re
from pathlib import Path

import pytest

from pipeline import errors

PAGE = (Path(__file__).resolve().parents[2] / "docs/errors.md").read_text("utf-8")
CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.BundlerError)]


def test_every_class_has_a_heading_and_every_heading_a_class() -> None:
    assert sorted(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) == sorted(cls.__name__ for cls in CLASSES)


@pytest.mark.parametrize("cls", CLASSES)
def test_the_table_gives_each_class_its_exit_code(cls: type[errors.BundlerError]) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("|") and f"`{cls.__name__}`" in line)
    assert row.startswith(f"| {cls.exit_code} |")


@pytest.mark.parametrize("section", re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:])
def test_every_section_says_what_to_do(section: str) -> None:
    assert "**Do:**" in section
