"""Fiscal quarters of the United States government: the year that starts on 1 October and is named for its end."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.errors import UsageError

_NAME = re.compile(r"FY(\d{4})Q([1-4])")
_EARLIEST, _LATEST = 1970, 9998
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of a quarter, with its borders in the agency's zone as instants."""

    name: str
    """`YYYY-MM`."""
    from_utc: int
    """Microseconds since 1970 UTC, inclusive."""
    to_utc: int
    """Exclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """A fiscal quarter in one time zone."""

    name: str
    zone: str
    first: dt.date
    last: dt.date
    months: tuple[Month, ...]


def fiscal_quarter(day: dt.date) -> str:
    """The name of the fiscal quarter that a day lies in, e.g. `FY2026Q4` for 4 July 2026."""
    return f"FY{day.year + (day.month >= 10):04d}Q{(day.month - 10) % 12 // 3 + 1}"


def quarter_days(quarter: str) -> tuple[dt.date, dt.date]:
    """First and last day of a fiscal quarter.

    Raises:
        UsageError: The name is not of the form `FY2026Q4`.
    """
    found = _NAME.fullmatch(quarter)
    if not found or not _EARLIEST <= int(found[1]) <= _LATEST:
        raise UsageError("a quarter is named like FY2026Q4: the fiscal year, then Q1 to Q4")
    starts = [_month_start(int(found[1]), int(found[2]), offset) for offset in (0, 3)]
    return starts[0], starts[1] - dt.timedelta(days=1)


def quarter_in(quarter: str, zone: str) -> Quarter:
    """The quarter with the borders of its months in a zone, daylight saving time included.

    Raises:
        UsageError: The quarter's name or the zone is unknown.
    """
    first, last = quarter_days(quarter)
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise UsageError("the time zone is not an IANA name such as America/New_York") from problem
    year, number = int(quarter[2:6]), int(quarter[7])
    starts = [_month_start(year, number, offset) for offset in range(4)]
    months = tuple(
        Month(name=f"{start:%Y-%m}", from_utc=_instant(start, place), to_utc=_instant(after, place))
        for start, after in pairwise(starts)
    )
    return Quarter(name=quarter, zone=zone, first=first, last=last, months=months)


def agency_day(utc: int, zone: str) -> str:
    """The calendar day of an instant in a zone, `YYYY-MM-DD`."""
    return (_EPOCH + dt.timedelta(microseconds=utc)).astimezone(ZoneInfo(zone)).date().isoformat()


def _month_start(year: int, number: int, offset: int) -> dt.date:
    months = (year - 1) * 12 + 9 + (number - 1) * 3 + offset
    return dt.date(months // 12, months % 12 + 1, 1)


def _instant(day: dt.date, place: ZoneInfo) -> int:
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=place)
    return (midnight - _EPOCH) // dt.timedelta(microseconds=1)
