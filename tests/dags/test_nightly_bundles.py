"""The nightly DAG, run by Airflow over the sample archive in an S3 server."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.storage import open_zone, read_json

pytestmark = pytest.mark.dag
Zones = Callable[[str], list[str]]


def tonight() -> dt.datetime:
    """A logical date whose interval ends after everything the tests uploaded."""
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


def states(run: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for ti in run.get_task_instances():
        found.setdefault(ti.task_id, set()).add(str(ti.state))
    return found


def run_folder(zones: Zones) -> list[str]:
    return sorted({key.split("/")[0] for key in zones("runs") if key.endswith("/plan.json")})


def test_a_night_delivers_and_the_next_run_finds_nothing_new(dagbag: Any, zones: Zones) -> None:
    dag = dagbag.dags["nightly_bundles"]
    first = dag.test(logical_date=tonight())
    assert first.state == "success"
    assert set().union(*states(first).values()) == {"success"}
    delivered = zones("transfer")
    markers = [key for key in delivered if key.endswith(".complete.json")]
    assert len(markers) == 1
    bundle_id = markers[0].removesuffix(".complete.json")
    assert f"{bundle_id}.verification.json" in delivered
    assert any(key.startswith(f"{bundle_id}/data/pdf/") for key in delivered)
    [name] = run_folder(zones)
    assert name.startswith("nightly-bundles-manual-")

    second = dag.test(logical_date=tonight())
    assert second.state == "success"
    assert states(second)["open_run"] == {"skipped"}
    assert set().union(*states(second).values()) == {"skipped"}
    assert zones("transfer") == delivered


def test_what_arrives_later_goes_into_the_next_night_only(dagbag: Any, zones: Zones) -> None:
    dag = dagbag.dags["nightly_bundles"]
    early = dag.test(logical_date=tonight() - dt.timedelta(days=3))
    assert states(early)["deliver"] == {"skipped"}
    assert zones("transfer") == []
    assert dag.test(logical_date=tonight()).state == "success"
    assert len([key for key in zones("transfer") if key.endswith(".complete.json")]) == 1


def test_a_manual_run_has_no_interval_and_takes_the_asked_moment(dagbag: Any, zones: Zones) -> None:
    asked = "2026-01-02T03:04:05+00:00"
    run = dagbag.dags["nightly_bundles"].test(logical_date=None, run_conf={"arrived_before": asked})
    assert run.state == "success"
    assert run.data_interval_end is None
    [name] = run_folder(zones)
    job = read_json(open_zone(f"{os.environ['FOIA_RUNS']}/{name}"), "plan.json")["job"]
    assert job["arrived_before_utc"] == int(dt.datetime.fromisoformat(asked).timestamp()) * 1_000_000
    assert job["only_new"] is True


@pytest.mark.parametrize(
    ("setting", "value", "tries"),
    [
        pytest.param("FOIA_TRANSFERS", "s3://transfer", 1, id="a setting nobody knows"),
        pytest.param("FOIA_POLICY", "no-such-policy", 1, id="a policy that is not there"),
        pytest.param("FOIA_CAPTURES", "s3://no-such-bucket", 3, id="a zone that does not answer"),
    ],
)
def test_only_what_may_heal_is_tried_again(
    dagbag: Any, zones: Zones, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, tries: int
) -> None:
    monkeypatch.setenv(setting, value)
    run = dagbag.dags["nightly_bundles"].test(logical_date=tonight())
    assert run.state == "failed"
    [opening] = [ti for ti in run.get_task_instances() if ti.task_id == "open_run"]
    assert (str(opening.state), opening.try_number) == ("failed", tries)
    assert zones("transfer") == []
