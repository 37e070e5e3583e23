"""The times of a Wickr entry: an exact moment, and displays of which only the differences are worth anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from pipeline.intake.formats.wickr_cache import Remembered

EXACT_TIME: Final = r"(?P<seconds>[0-9]{1,12})(?:\.(?P<micros>[0-9]{1,6}))?"
"""`msg_ts`: seconds, and after the point an integer of microseconds without leading zeros."""
YEAR_10000: Final = 253_402_300_800_000_000
MINUTE: Final = 60_000_000
_EXACT: Final = re.compile(EXACT_TIME)
_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4}),?")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})\s?([AP])M")
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?")


def micros_of(text: str) -> int | None:
    """`msg_ts` as microseconds; None when it is none."""
    if not (match := _EXACT.fullmatch(text)):
        return None
    seconds, micros = match.groups()
    count = int(seconds) * 1_000_000 + int(micros or 0)
    return count if count < YEAR_10000 else None


def wall_clock(iso: str) -> int | None:
    """`time_iso` as microseconds, read as if it were UTC."""
    if not (match := _ISO.fullmatch(iso)):
        return None
    day, clock, fraction = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}+00:00")
    except ValueError:
        return None
    return int(moment.timestamp()) * 1_000_000 + int((fraction or "0").ljust(6, "0"))


def lifetime(entry: Mapping[str, Any]) -> int | None:
    """Microseconds until the sender's app deletes it.

    Display times are in the host's unknown zone; the difference of two of them is not.
    """
    shown, end, burnt = minutes_of(entry.get("time")), minutes_of(entry.get("ttl")), minutes_of(entry.get("bor"))
    if shown is None:
        return None
    if burnt is not None and burnt >= shown and (end is None or end < shown or burnt < end):
        end = burnt
    return None if end is None or end < shown else (end - shown) * MINUTE


def minutes_of(display: object) -> int | None:
    """`M/D/YY h:mm AM` as minutes of an unknown zone; None when it is not that."""
    return MINUTES[display] if isinstance(display, str) else None


def _minutes(display: str) -> int | None:
    day, _, clock = display.strip().partition(" ")
    days, minutes = _DAYS[day], _CLOCKS[clock]
    return None if days is None or minutes is None else days * 1440 + minutes


def _days(text: str) -> int | None:
    if not (match := _DAY.fullmatch(text)):
        return None
    month, day, year = (int(part) for part in match.groups())
    try:
        return date(year + 2000 if year < 100 else year, month, day).toordinal()
    except ValueError:
        return None


def _minutes_of_day(text: str) -> int | None:
    if not (match := _CLOCK.fullmatch(text)):
        return None
    hour, minute = int(match[1]), int(match[2])
    return (hour % 12 + (12 if match[3] == "P" else 0)) * 60 + minute if minute < 60 else None


_DAYS: Final = Remembered(_days)
_CLOCKS: Final = Remembered(_minutes_of_day)
MINUTES: Final = Remembered(_minutes)
"""`minutes_of` a text."""
