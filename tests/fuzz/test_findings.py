"""What the fuzzer once found stays found: every kept input is read by its reader, straight and as an object."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.faults import KEPT
from tests.fuzz.harness import check
from tests.fuzz.seeds import seeds_of

FOUND = sorted(KEPT.glob("*/*.bin"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_the_fuzzer_found_breaks_no_rule_any_more(path: Path) -> None:
    for seed in seeds_of(path.parent.name):
        check(seed, path.read_bytes())
