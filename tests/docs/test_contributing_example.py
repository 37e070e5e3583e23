"""The capture format that CONTRIBUTING.md adds: its module and its test, run as the page prints them."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pipeline.intake import content
from pipeline.intake.formats import FORMATS
from tests.docs.test_formats_page import PARTS
from tests.fuzz import harness
from tests.fuzz.damage import cuts, flips
from tests.fuzz.harness import by_element, check, hold, hold_kept, read_straight
from tests.pipeline.intake.intaking import taken

PAGE = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
SECTION = PAGE.read_text("utf-8").partition("## Add a capture format\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)


def loaded(name: str, text: str, folder: Path) -> ModuleType:
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The example's module with its row in the table, and its test file."""
    before = set(sys.modules)
    pager = loaded("pager_of_the_example", BLOCKS[0], tmp_path)
    monkeypatch.setattr(content, "FORMATS", (*FORMATS, pager))
    monkeypatch.setattr(harness, "READERS", {**harness.READERS, pager.NAME: pager})
    yield pager, loaded("test_pager_of_the_example", BLOCKS[1], tmp_path)
    for name in set(sys.modules) - before:
        if name.endswith("_of_the_example"):
            del sys.modules[name]


def test_the_example_passes_its_own_tests(added: tuple[ModuleType, ModuleType]) -> None:
    tests = [found for name, found in inspect.getmembers(added[1]) if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()


def test_a_file_of_the_example_is_read_as_an_object_of_its_format(added: tuple[ModuleType, ModuleType]) -> None:
    outcome = taken(b"".join(added[1].PAGES), key="captures/anything")
    assert [(row.format, row.lines, row.events) for row in outcome.objects] == [("pager", 2, 2)]
    assert [event.ts_utc for event in outcome.events] == [1_770_000_000_000_000, 1_770_000_060_000_000]


def test_the_example_survives_damage_as_every_reader_must(added: tuple[ModuleType, ModuleType]) -> None:
    [seed] = added[1].SEEDS
    whole = read_straight(seed, seed.data).entries
    assert len(by_element(whole)) == len(seed.elements)
    for copy in (*cuts(seed.data), *flips(seed.data, 1)):
        found = read_straight(seed, copy.data).entries
        hold(found)
        hold_kept(seed, whole, found, copy.intact)
        check(seed, copy.data)


def test_the_example_says_what_a_format_must_say(added: tuple[ModuleType, ModuleType]) -> None:
    said = inspect.getdoc(added[0]) or ""
    assert len(said) > 200
    assert all(re.search(rf"(?m)^{part}\b", said) for part in PARTS)


def test_no_other_reader_takes_the_example_s_file(added: tuple[ModuleType, ModuleType]) -> None:
    [seed] = added[1].SEEDS
    assert not any(reader.sniff(seed.data) for reader in FORMATS)
