"""The quarterly DAG writes its three documents, for the right quarter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.dag
Zones = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("logical_date", "conf", "quarter"),
    [
        pytest.param(None, {"quarter": "FY2026Q4"}, "FY2026Q4", id="the asked one"),
        pytest.param(dt.datetime(2026, 10, 1, 4, 0, tzinfo=dt.UTC), {}, "FY2026Q4", id="the interval's, in local time"),
        pytest.param(dt.datetime(2026, 12, 31, 23, 0, tzinfo=dt.UTC), {}, "FY2026Q4", id="the last full one"),
    ],
)
def test_the_report_is_there_as_json_csv_and_pdf(
    dagbag: Any, zones: Zones, logical_date: dt.datetime | None, conf: dict[str, str], quarter: str
) -> None:
    run = dagbag.dags["quarterly_oversight"].test(logical_date=logical_date, run_conf=conf)
    assert run.state == "success"
    written = [key.removeprefix("reports/") for key in zones("runs") if key.startswith("reports/")]
    assert {key.rsplit(".", 1)[-1] for key in written} >= {"json", "csv", "pdf"}
    assert all(quarter in key for key in written)


@pytest.mark.parametrize(
    ("now", "inside"),
    [("2026-10-01", "2026-09"), ("2026-12-31", "2026-09"), ("2027-01-01", "2026-12"), ("2026-02-28", "2025-12")],
)
def test_without_interval_it_is_the_last_full_quarter(now: str, inside: str) -> None:
    from tasks import _last_quarter

    moment = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)
    assert _last_quarter(moment).strftime("%Y-%m") == inside
