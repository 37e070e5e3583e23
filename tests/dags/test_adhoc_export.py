"""The DAG for one request, with a person who answers over Airflow's REST API."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.storage import open_zone, read_bytes

pytestmark = pytest.mark.dag
Zones = Callable[[str], list[str]]
Answering = Callable[..., threading.Thread]
ASKED = {"request": "FOIA-2026-00042", "from_day": "2026-01-01", "to_day": "2026-12-31"}


def states(run: Any) -> dict[str, str]:
    return {ti.task_id: str(ti.state) for ti in run.get_task_instances()}


def written_down(zones: Zones) -> bytes:
    """Everything of the run folder that names the reviewer."""
    small = [key for key in zones("runs") if key.endswith(".json")]
    documents = [read_bytes(open_zone(os.environ["FOIA_RUNS"]), key) for key in small]
    return b"\n".join(document for document in documents if b"reviewer" in document)


def test_an_approved_request_is_delivered(dagbag: Any, zones: Zones, answering: Answering) -> None:
    seen: dict[str, Any] = {}
    person = answering("reviewer", choose="Approve", reason="Read twice, nothing to add.", seen=seen)
    run = dagbag.dags["adhoc_export"].test(run_conf=ASKED)
    person.join(timeout=60)
    assert seen["status"] == 200
    assert seen["subject"] == "Release FOIA-2026-00042?"
    assert "(b)(6)" in seen["body"]
    assert run.state == "success"
    assert states(run)["deliver"] == "success"
    assert len([key for key in zones("transfer") if key.endswith(".complete.json")]) == 1
    assert b"Read twice, nothing to add." in written_down(zones)


def test_a_refused_request_ends_red_without_a_bundle(dagbag: Any, zones: Zones, answering: Answering) -> None:
    seen: dict[str, Any] = {}
    person = answering("reviewer", choose="Reject", reason="The roster lacks two names.", seen=seen)
    run = dagbag.dags["adhoc_export"].test(run_conf=ASKED)
    person.join(timeout=60)
    assert seen["status"] == 200
    assert run.state == "failed"
    [approve] = [ti for ti in run.get_task_instances() if ti.task_id == "approve"]
    assert (str(approve.state), approve.try_number) == ("failed", 1)
    after = {name: state for name, state in states(run).items() if name in ("render", "bundle", "verify", "deliver")}
    assert after == dict.fromkeys(after, "upstream_failed")
    assert zones("transfer") == []
    assert not [key for key in zones("runs") if "/bag/" in key or "/render/" in key]
    assert b"The roster lacks two names." in written_down(zones)


def test_marking_the_approval_as_done_releases_nothing(dagbag: Any, zones: Zones) -> None:
    run = dagbag.dags["adhoc_export"].test(run_conf=ASKED, mark_success_pattern="approve")
    assert run.state == "failed"
    assert states(run)["approve"] == "success"
    assert states(run)["render"] == "failed"
    assert zones("transfer") == []


def test_a_form_with_a_slip_of_the_pen_stops_at_once(dagbag: Any, zones: Zones) -> None:
    run = dagbag.dags["adhoc_export"].test(run_conf={**ASKED, "custodian": "mreyes"})
    assert run.state == "failed"
    assert states(run)["open_run"] == "failed"
    assert zones("runs") == []


@pytest.mark.parametrize(("user", "status"), [("auditor", 403), ("archivist", 403)])
def test_only_a_reviewer_can_answer(
    dagbag: Any, zones: Zones, answering: Answering, monkeypatch: pytest.MonkeyPatch, user: str, status: int
) -> None:
    monkeypatch.setenv("FOIA_REVIEWERS", "reviewer")
    refused: dict[str, Any] = {}
    stranger = answering(user, choose="Approve", reason=None, seen=refused)

    def then_the_reviewer() -> None:
        stranger.join(timeout=60)
        answering("reviewer", choose="Reject", reason="Test.", seen={}).join(timeout=60)

    threading.Thread(target=then_the_reviewer, daemon=True).start()
    run = dagbag.dags["adhoc_export"].test(run_conf=ASKED)
    assert refused["status"] == status
    assert run.state == "failed"
    assert zones("transfer") == []
