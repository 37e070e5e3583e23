"""A job that is killed anywhere and started again ends as if nothing had happened."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import accounts, run
from pipeline.errors import BundlerError, StorageError
from pipeline.job import Job
from pipeline.lake import TABLES, Lake
from pipeline.rundir import RunFolder
from tests.faults.archives import NOW, a_job, a_line, an_archive
from tests.faults.crash import STAGES

REPO = Path(__file__).resolve().parents[2]
LAKE = ("objects", "events", "records", "findings", "redactions", "deliveries", "delivered_records", "taken")


class Undisturbed:
    """The archive, and what a job over it leaves that nobody interrupts."""

    def __init__(self, root: Path) -> None:
        self.archive = an_archive(root / "archive")
        job = a_job(self.archive, root / "out", only_new=True, product="nightly")
        self.summary = run.run_job(job, now_utc=NOW, workers=1)
        self.tree = tree(root / "out")
        self.rows = rows(job)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture
def job(undisturbed: Undisturbed, tmp_path: Path) -> Job:
    return a_job(undisturbed.archive, tmp_path / "out", only_new=True, product="nightly")


def tree(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows(job: Job) -> dict[str, Counter[str]]:
    """Rows of the lake by table; the time of delivery and the zone's own address left out."""
    lake = Lake(job.lake)
    columns = {name: [c for c in TABLES[name].names if c not in ("url", "delivered_utc")] for name in LAKE}
    return {
        name: Counter(json.dumps(row, sort_keys=True, default=str)
                      for row in lake.dataset(name).to_table(columns=columns[name]).to_pylist())
        for name in LAKE
    }  # fmt: skip


def check_as_undisturbed(undisturbed: Undisturbed, job: Job) -> None:
    assert tree(Path(job.transfer)) == undisturbed.tree
    assert rows(job) == undisturbed.rows
    again = run.run_job(job, now_utc=NOW + 9, workers=1)
    assert (again["nothing_new"], again["bundles"]) == (True, [])
    assert tree(Path(job.transfer)) == undisturbed.tree
    assert rows(job) == undisturbed.rows


class PowerCut(Exception):
    """Stands for the end of a process at a known point."""


def cut(*_: object, **__: object) -> Any:
    raise PowerCut


@pytest.mark.parametrize("point", [pytest.param("before", marks=pytest.mark.slow), "after"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_job_that_breaks_off_between_stages_goes_on(
    undisturbed: Undisturbed, job: Job, monkeypatch: pytest.MonkeyPatch, stage: str, point: str
) -> None:
    work: Callable[..., Any] = getattr(run, stage)
    breaking = cut if point == "before" else lambda *a, **k: (work(*a, **k), cut())
    with monkeypatch.context() as broken:
        broken.setattr(run, stage, breaking)
        with pytest.raises(PowerCut):
            run.run_job(job, now_utc=NOW, workers=1)
    assert (stage, point) == ("deliver", "after") or not Path(job.transfer).exists()
    run.run_job(job, now_utc=NOW + 1, workers=1)
    check_as_undisturbed(undisturbed, job)


@pytest.mark.parametrize("table", ["events", "quarantine", "objects", "conversations", "records", "findings",
                                   "redactions", "delivered_records", "taken", "deliveries"])  # fmt: skip
@pytest.mark.parametrize("point", [pytest.param("before", marks=pytest.mark.slow), "after"])
def test_a_job_that_breaks_off_between_commits_to_the_lake_doubles_no_row(
    undisturbed: Undisturbed, job: Job, monkeypatch: pytest.MonkeyPatch, table: str, point: str
) -> None:
    append = Lake.append

    def breaking(self: Lake, name: str, *rest: Any) -> bool:
        if name == table and point == "before":
            raise PowerCut
        done = append(self, name, *rest)
        if name == table:
            raise PowerCut
        return done

    with monkeypatch.context() as broken:
        broken.setattr(Lake, "append", breaking)
        with pytest.raises(PowerCut):
            run.run_job(job, now_utc=NOW, workers=1)
    run.run_job(job, now_utc=NOW + 1, workers=1)
    check_as_undisturbed(undisturbed, job)


def test_a_job_that_breaks_off_before_its_receipt_delivers_once(
    undisturbed: Undisturbed, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(accounts, "json_bytes", cut)
        with pytest.raises(PowerCut):
            run.run_job(job, now_utc=NOW, workers=1)
    assert tree(Path(job.transfer)) == undisturbed.tree
    run.run_job(job, now_utc=NOW + 1, workers=1)
    check_as_undisturbed(undisturbed, job)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["before", "amid", "after"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_process_that_is_killed_leaves_a_job_that_goes_on(
    undisturbed: Undisturbed, job: Job, tmp_path: Path, stage: str, point: str
) -> None:
    assert killed(tmp_path, job, stage, point) == -signal.SIGKILL
    marker = list(Path(job.transfer).glob("*.complete.json"))
    assert len(marker) == ((stage, point) == ("deliver", "after"))
    run.run_job(job, now_utc=NOW + 1, workers=1)
    check_as_undisturbed(undisturbed, job)


def test_a_process_killed_amid_delivery_leaves_no_marker_and_the_next_completes_it(
    undisturbed: Undisturbed, job: Job, tmp_path: Path
) -> None:
    assert killed(tmp_path, job, "deliver", "amid") == -signal.SIGKILL
    assert list(Path(job.transfer).rglob("records.jsonl"))
    assert not list(Path(job.transfer).glob("*.complete.json"))
    run.run_job(job, now_utc=NOW + 1, workers=1)
    check_as_undisturbed(undisturbed, job)


def killed(folder: Path, job: Job, stage: str, point: str) -> int:
    return started(folder, job, stage, point).wait(timeout=60)


def started(folder: Path, job: Job, *how: str, module: str = "tests.faults.crash") -> subprocess.Popen[bytes]:
    given = folder / "job.json"
    given.write_text(json.dumps(job.to_json()), "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    return subprocess.Popen([sys.executable, "-m", module, str(given), *how], cwd=REPO, env=environment)


@pytest.mark.slow
def test_two_processes_at_once_deliver_once(undisturbed: Undisturbed, job: Job, tmp_path: Path) -> None:
    both = [started(tmp_path, job, "-", "none") for _ in range(2)]
    assert 0 in [process.wait(timeout=120) for process in both]
    check_as_undisturbed(undisturbed, job)


def test_a_count_that_does_not_add_up_stops_the_second_try_as_well(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = run.resolve_stage
    with monkeypatch.context() as broken:
        broken.setattr(run, "resolve_stage", lambda *a: {**resolve(*a), "folded": -1})
        for _ in range(2):
            with pytest.raises(BundlerError, match="messages are not records plus folded"):
                run.run_job(job, now_utc=NOW, workers=1)
    assert not Path(job.transfer).exists()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: path.write_bytes(a_line(77)), id="other content"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes() + a_line(77)), id="more content"),
        pytest.param(lambda path: path.write_bytes(b""), id="no content"),
        pytest.param(lambda path: path.unlink(), id="gone"),
    ],
)
def test_a_capture_that_changes_after_the_plan_is_named_and_a_new_run_takes_it_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object]
) -> None:
    job = a_job(an_archive(tmp_path / "archive"), tmp_path / "out")
    intake = run.intake

    def changed(url: str, shard: str) -> None:
        change(tmp_path / "archive/captures/wickr-bot/1")
        intake(url, shard)

    with monkeypatch.context() as broken:
        broken.setattr(run, "intake", changed)
        with pytest.raises(StorageError, match="wickr-bot/1"):
            run.run_job(job, now_utc=NOW, workers=1)
    assert not (tmp_path / "out").exists()
    after = run.run_job(job, now_utc=NOW, workers=1)
    assert after["delivered"]
    assert Lake(job.lake).dataset("objects").count_rows(filter=None) == RunFolder(after["run"]).plan["objects"]


def test_a_finished_job_can_be_delivered_to_another_zone(undisturbed: Undisturbed, job: Job, tmp_path: Path) -> None:
    asked = replace(job, only_new=False, product="request")
    first = run.run_job(asked, now_utc=NOW, workers=1)
    second = run.run_job(replace(asked, transfer=str(tmp_path / "second")), now_utc=NOW + 1, workers=1)
    third = run.run_job(replace(asked, transfer=str(tmp_path / "second")), now_utc=NOW + 2, workers=1)
    assert (first["already_delivered"], second["already_delivered"], third["already_delivered"]) == (False, False, True)
    assert second["bundles"] == third["bundles"] == [(tmp_path / "second" / second["bundle_id"]).as_uri()]
    assert tree(tmp_path / "second") == tree(Path(job.transfer))
    assert Lake(job.lake).dataset("deliveries").count_rows() == 2


def test_a_delivered_bundle_that_was_lost_is_brought_back(undisturbed: Undisturbed, job: Job) -> None:
    asked = replace(job, only_new=False, product="request")
    run.run_job(asked, now_utc=NOW, workers=1)
    before = tree(Path(job.transfer))
    shutil.rmtree(job.transfer)
    again = run.run_job(asked, now_utc=NOW + 1, workers=1)
    assert again["delivered"]
    assert tree(Path(job.transfer)) == before


def manifest(job: Job, summary: dict[str, Any]) -> dict[str, Any]:
    path = Path(job.transfer) / summary["bundle_id"] / "metadata/manifest.json"
    return dict(json.loads(path.read_text("utf-8")))


def bodies(job: Job, summary: dict[str, Any]) -> str:
    return (Path(job.transfer) / summary["bundle_id"] / "data/records.jsonl").read_text("utf-8")


def test_what_a_broken_night_has_read_is_released_by_the_next_with_its_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = an_archive(tmp_path / "archive")
    job = a_job(archive, tmp_path / "out", only_new=True, product="nightly")
    with monkeypatch.context() as broken:
        broken.setattr(run, "detect", cut)
        with pytest.raises(PowerCut):
            run.run_job(job, now_utc=NOW, workers=1)
    (archive / "captures/wickr-bot/2").write_bytes(a_line(3))
    night = run.run_job(job, now_utc=NOW, workers=1)
    assert night["selected"] == 5
    found = {item["sha256"] for item in manifest(job, night)["inputs"]}
    held = [path for path in (archive / "captures").rglob("*") if path.is_file()]
    assert found == {hashlib.sha256(path.read_bytes()).hexdigest() for path in held}


def test_what_only_a_request_has_read_is_new_to_the_night(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "archive")
    job = a_job(archive, tmp_path / "out", only_new=True, product="nightly")
    run.run_job(job, now_utc=NOW, workers=1)
    (archive / "captures/wickr-bot/2").write_bytes(a_line(3))
    run.run_job(replace(job, only_new=False, product="request", request="R-1"), now_utc=NOW, workers=1)
    night = run.run_job(job, now_utc=NOW, workers=1)
    assert (night["delivered"], night["selected"]) == (True, 1)
    assert "post 3" in bodies(job, night)
    assert [item["key"] for item in manifest(job, night)["inputs"]] == ["wickr-bot/2"]
    for _ in range(2):
        idle = run.run_job(job, now_utc=NOW, workers=1)
        assert (idle["nothing_new"], idle["bundles"]) == (True, [])
