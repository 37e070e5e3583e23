"""The plan: what decides a run's name, what is new to the lake, and zones that must lie apart."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import UsageError
from pipeline.plan import open_run, scope_table, shard_objects
from pipeline.run import intake, resolve
from pipeline.rundir import RunFolder
from tests.faults.archives import POLICY, ROSTER, SOURCES, a_job, a_line, an_archive


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return an_archive(tmp_path / "archive")


def name_of(archive: Path, out: Path, **changes: Any) -> str:
    return RunFolder(open_run(a_job(archive, out, **changes))).run_id


def test_the_name_does_not_depend_on_where_the_zones_lie(archive: Path, tmp_path: Path) -> None:
    shutil.copytree(archive, tmp_path / "copy")
    os.utime(tmp_path / "copy/captures/wickr-bot/1", (1, 1))
    assert name_of(archive, tmp_path / "one") == name_of(tmp_path / "copy", tmp_path / "two")
    assert name_of(archive, tmp_path / "one") == name_of(archive, tmp_path / "one")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda root: (root / "captures/wickr-bot/1").write_bytes(a_line(3)), id="a capture"),
        pytest.param(lambda root: (root / "captures/wickr-bot/2").write_bytes(a_line(3)), id="one more capture"),
        pytest.param(lambda root: (root / "captures/wickr-bot/1").rename(root / "captures/wickr-bot/2"), id="a key"),
        pytest.param(lambda root: (root / "roster.csv").write_bytes(ROSTER + b"p-2,Ben Ode,press,,,,\n"), id="roster"),
        pytest.param(lambda root: (root / "sources.yml").write_bytes(b"agency: A\n" + SOURCES), id="sources"),
    ],
)
def test_the_name_depends_on_every_input(archive: Path, tmp_path: Path, change: Callable[[Path], object]) -> None:
    before = name_of(archive, tmp_path / "out")
    change(archive)
    assert name_of(archive, tmp_path / "out") != before


def test_the_name_depends_on_everything_that_is_asked(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_bytes(POLICY)
    asked: list[dict[str, Any]] = [
        {},
        {"from_day": "2026-01-25"},
        {"to_day": "2026-01-25"},
        {"custodians": ("ana",)},
        {"conversations": ("ana",)},
        {"terms": ("ana",)},
        {"request": "R-1"},
        {"timezone": "UTC"},
        {"policy": str(tmp_path / "p.yml")},
        {"only_new": True},
    ]
    names = [name_of(archive, tmp_path / "out", **changes) for changes in asked]
    assert len(set(names)) == len(asked)


def test_a_plan_that_is_there_is_kept(archive: Path, tmp_path: Path) -> None:
    job = a_job(archive, tmp_path / "out")
    first = RunFolder(open_run(job, name="night-1")).plan
    (archive / "captures/wickr-bot/2").write_bytes(a_line(3))
    assert RunFolder(open_run(job, name="night-1")).plan == first


def test_only_what_the_lake_has_not_read_is_planned_for_intake(archive: Path, tmp_path: Path) -> None:
    job = a_job(archive, tmp_path / "out")
    first = open_run(job)
    for shard in RunFolder(first).plan["shards"]:
        intake(first, shard)
    resolve(first)
    (archive / "captures/wickr-bot/2").write_bytes(a_line(3))
    second = RunFolder(open_run(job))
    assert (second.plan["objects"], second.plan["new_objects"]) == (3, 1)
    [planned] = [item for shard in second.plan["shards"] for item in shard_objects(second, shard)]
    assert planned.info.key == "wickr-bot/2"
    assert scope_table(second)["object_key"].to_pylist() == ["whatsapp/ana/chat.txt", "wickr-bot/1", "wickr-bot/2"]


def test_captures_that_arrived_later_are_left_for_the_next_night(archive: Path, tmp_path: Path) -> None:
    os.utime(archive / "captures/wickr-bot/1", (1_000, 1_000))
    os.utime(archive / "captures/whatsapp/ana/chat.txt", (2_000, 2_000))
    url = open_run(a_job(archive, tmp_path / "out", arrived_before_utc=2_000_000_000))
    assert scope_table(RunFolder(url))["object_key"].to_pylist() == ["wickr-bot/1"]


def test_an_archive_of_nothing_has_a_plan_without_shards(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    plan = RunFolder(open_run(a_job(tmp_path / "empty", tmp_path / "out"))).plan
    assert (plan["objects"], plan["shards"]) == (0, [])


@pytest.mark.parametrize(
    "places",
    [
        {"lake": "out/lake"},
        {"lake": "out"},
        {"runs": "out/runs"},
        {"lake": "archive/captures/lake"},
        {"transfer": "archive/captures"},
        {"transfer": "link-to-out", "lake": "out/lake"},
    ],
    ids=str,
)
def test_zones_that_must_lie_apart_are_refused_before_anything_is_written(
    archive: Path, tmp_path: Path, places: dict[str, str]
) -> None:
    (tmp_path / "link-to-out").symlink_to(tmp_path / "out")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="zone lies in"):
        open_run(a_job(archive, tmp_path / "out", **{name: str(tmp_path / path) for name, path in places.items()}))
    assert sorted(tmp_path.rglob("*")) == before


def test_zones_side_by_side_are_no_conflict(archive: Path, tmp_path: Path) -> None:
    assert name_of(archive, tmp_path / "out", lake=str(tmp_path / "out-side"), runs=str(tmp_path / "outer"))
