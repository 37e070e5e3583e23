"""Fiscal quarters: names, borders, zones."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.report import fiscal_quarter, quarter_days
from pipeline.report.quarter import agency_day, quarter_in
from tests.pipeline.report.report_builders import micros


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2025-09-30", "FY2025Q4"),
        ("2025-10-01", "FY2026Q1"),
        ("2025-12-31", "FY2026Q1"),
        ("2026-01-01", "FY2026Q2"),
        ("2026-04-01", "FY2026Q3"),
        ("2026-07-04", "FY2026Q4"),
    ],
)
def test_the_fiscal_year_starts_on_the_first_of_october(day: str, name: str) -> None:
    assert fiscal_quarter(dt.date.fromisoformat(day)) == name


@given(st.dates(dt.date(1970, 1, 1), dt.date(9990, 1, 1)))
def test_every_day_lies_in_the_quarter_it_names(day: dt.date) -> None:
    first, last = quarter_days(fiscal_quarter(day))
    assert first <= day <= last
    assert fiscal_quarter(last + dt.timedelta(days=1)) != fiscal_quarter(last)


@pytest.mark.parametrize(
    "name", ["", "FY2026", "FY2026Q5", "FY2026Q0", "2026Q1", "FY2026Q1 ", "fy2026q1", "FY0000Q1", "FY९९९९Q1x"]
)
def test_a_bad_quarter_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="FY2026Q4"):
        quarter_days(name)


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "/etc/passwd"])
def test_a_bad_zone_is_a_usage_error(zone: str) -> None:
    with pytest.raises(UsageError, match="time zone"):
        quarter_in("FY2026Q4", zone)


def test_months_meet_and_follow_daylight_saving_time() -> None:
    months = quarter_in("FY2026Q1", "America/New_York").months
    assert [month.name for month in months] == ["2025-10", "2025-11", "2025-12"]
    assert [month.to_utc for month in months[:-1]] == [month.from_utc for month in months[1:]]
    hours = [(month.to_utc - month.from_utc) // 3_600_000_000 for month in months]
    assert hours == [31 * 24, 30 * 24 + 1, 31 * 24]


def test_the_agency_day_is_the_day_in_its_zone() -> None:
    moment = micros("2026-10-01T03:59", "UTC")
    assert agency_day(moment, "America/New_York") == "2026-09-30"
    assert agency_day(moment, "UTC") == "2026-10-01"
