"""A stage's output appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import BundlerError
from pipeline.rundir import RunFolder


def test_what_a_stage_publishes_is_there_with_its_counts(tmp_path: Path) -> None:
    run = RunFolder(str(tmp_path))
    with run.publish("redact/part-0000") as (out, counts):
        (out / "a.txt").write_text("x")
        counts["records"] = 3
    assert run.done("redact/part-0000")
    assert run.read("redact/part-0000") == {"records": 3}
    with run.folder("redact/part-0000") as root:
        assert (root / "redact/part-0000/a.txt").read_text() == "x"


def test_a_stage_that_fails_leaves_nothing(tmp_path: Path) -> None:
    run = RunFolder(str(tmp_path))
    with pytest.raises(RuntimeError), run.publish("resolve") as (out, _):
        (out / "half.txt").write_text("x")
        raise RuntimeError
    assert not run.done("resolve")
    assert list(tmp_path.iterdir()) == []


def test_a_stage_done_again_replaces_what_a_crash_left(tmp_path: Path) -> None:
    (tmp_path / "resolve").mkdir()
    (tmp_path / "resolve/stale.txt").write_text("half")
    run = RunFolder(str(tmp_path))
    assert not run.done("resolve")
    with run.publish("resolve") as (out, _):
        (out / "fresh.txt").write_text("whole")
    assert sorted(path.name for path in (tmp_path / "resolve").iterdir()) == ["done.json", "fresh.txt"]


def test_a_stage_that_was_not_done_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BundlerError, match="resolve has not been done"), RunFolder(str(tmp_path)).folder("resolve"):
        pass
