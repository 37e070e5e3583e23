"""Dates and times as pages show them, independent of locale; the offset stays beside every time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def long_date(unit: str) -> str:
    """`Monday, October 5, 2026`; what is no date stays as it is."""
    try:
        day = dt.date.fromisoformat(unit)
    except ValueError:
        return unit
    return f"{_DAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}, {day.year}"


def clock(stamp: str) -> str:
    """`09:12:33` of an RFC 3339 time."""
    return stamp[11:19]


def offset(stamp: str) -> str:
    """`-04:00` of an RFC 3339 time; `+00:00` for Z."""
    return "+00:00" if stamp.endswith("Z") else stamp[-6:]


def moment(stamp: str, unit: str) -> str:
    """A time as a note shows it: with its date only when that is not the unit's."""
    day = "" if stamp[:10] == unit else stamp[:10] + " "
    return f"{day}{clock(stamp)} {offset(stamp)}"


def micros(stamp: str) -> int:
    """Microseconds since 1970 of an RFC 3339 time."""
    delta = dt.datetime.fromisoformat(stamp) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return delta // dt.timedelta(microseconds=1)


def stamp_utc(value: int | None) -> str:
    """RFC 3339 in UTC of microseconds since 1970; nothing for nothing."""
    return "" if value is None else _aware(value).isoformat().replace("+00:00", "Z")


def stamp_in(value: int, zone: str) -> str:
    """RFC 3339 in a zone of microseconds since 1970."""
    return _aware(value).astimezone(ZoneInfo(zone)).isoformat()


def _aware(value: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=value)
