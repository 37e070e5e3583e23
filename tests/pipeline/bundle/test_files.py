"""Files are judged in shares: none is left out, none comes twice, and the heaviest do not meet."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.bundle.verify.files import Terms, judge_files, shares
from pipeline.bundle.verify.redetect import own_numbers
from tests.pipeline.bundle.a_bundle import NAME, a_pdf


@given(st.sets(st.text("abc", min_size=1), max_size=12), st.integers(1, 5))
def test_every_file_is_in_exactly_one_share(paths: set[str], count: int) -> None:
    cut = shares(Path("nowhere"), sorted(paths), count)
    assert sorted(path for share in cut for path in share) == sorted(paths)
    assert len(cut) <= count


def test_the_heaviest_files_lie_in_different_shares(tmp_path: Path) -> None:
    for name, size in (("a.txt", 900), ("b.pdf", 200), ("c.txt", 10), ("d.txt", 5)):
        (tmp_path / name).write_bytes(b"x" * size)
    assert shares(tmp_path, ["a.txt", "b.pdf", "c.txt", "d.txt"], 2) == [["b.pdf"], ["a.txt", "c.txt", "d.txt"]]


@pytest.mark.parametrize("name", ["Quintanilla", NAME])
def test_a_literal_in_a_small_piece_of_a_pdf_is_found_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.pdf").write_bytes(a_pdf([name]))
    terms = Terms(literals={name: "r-1"}, readable=False, own=own_numbers("", "x"))
    found = judge_files(tmp_path, ["x.pdf"], terms)
    assert {f.rule for f in found.findings} >= {"literal-in-pdf-text", "literal-in-pdf-content"}
    assert len(found.findings) == len(set(found.findings))
