"""The date of a mail, exactly: as RFC 5322 has it, as older programs wrote it, or as ISO 8601."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

from pipeline.intake.clock import Clock
from pipeline.intake.moments import rfc3339
from pipeline.model import TimeSource

_LONGEST: Final = 200
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ZONES: Final = {
    **dict.fromkeys(("ut", "gmt", "utc", "z"), 0),
    **dict.fromkeys(("edt",), -240),
    **dict.fromkeys(("est", "cdt"), -300),
    **dict.fromkeys(("cst", "mdt"), -360),
    **dict.fromkeys(("mst", "pdt"), -420),
    **dict.fromkeys(("pst",), -480),
}
"""The zones that RFC 5322 still knows, in minutes. Others mean different things to different people."""
_ZONE: Final = r"(?:\s*(?:GMT|UTC)?\s*(?P<offset>[+-]\d{1,2}:?\d\d)|\s+(?P<zone>[A-Za-z]{1,5}))?"
_CLOCK: Final = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d{1,9})?)?(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_RFC: Final = re.compile(
    r"\s*(?:[A-Za-z]{2,9}\.?,?\s*)?(?P<day>\d{1,2})[\s-]+(?P<month>[A-Za-z]{3,9})\.?[\s-]+(?P<year>\d{2,4}),?\s+"
    + _CLOCK
    + _ZONE,
    re.ASCII,
)
_ASCTIME: Final = re.compile(
    r"\s*(?:[A-Za-z]{3},?\s+)?(?P<month>[A-Za-z]{3})\s+(?P<day>\d{1,2}),?\s+"
    + _CLOCK
    + r"(?:\s+(?P<zone>[A-Z]{1,5}))?\s+(?P<year>\d{4})(?:\s+(?P<offset>[+-]\d{4}))?",
    re.ASCII,
)


class MailTime(NamedTuple):
    """Microseconds UTC, how sure, and a flag on its doubt."""

    micros: int
    source: TimeSource
    doubt: str = ""


def mail_time(text: str, clock: Clock) -> MailTime | None:
    """The moment that a date says; None when it says none.

    `-0000` means that the zone is not known, and so does a zone of letters that RFC 5322 does not list. Without any
    zone the clock of the source decides.
    """
    text = text[:_LONGEST]
    match = _RFC.match(text) or _ASCTIME.match(text)
    if not match:
        found = rfc3339(text)
        return MailTime(*found) if found else None
    day, hour = _day(match), _hour(match)
    minute, second = int(match["minute"]), int(match["second"] or 0)
    if day is None or hour is None or minute > 59 or second > 60:
        return None
    offset, zone = match["offset"], (match["zone"] or "").lower()
    if not offset and not zone:
        micros, doubt = clock.utc(day, hour, minute, min(second, 59))
        return MailTime(micros, clock.source, doubt)
    wall = ((day.toordinal() - 719_163) * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000
    if offset:
        return _by_offset(wall, offset)
    if zone not in _ZONES:
        return MailTime(wall, TimeSource.UNKNOWN)
    shift = _ZONES[zone]
    return MailTime(wall - shift * 60_000_000, TimeSource.OFFSET if shift else TimeSource.UTC)


def _by_offset(wall: int, offset: str) -> MailTime | None:
    digits = offset[1:].replace(":", "").zfill(4)
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        return None
    if offset == "-0000":
        return MailTime(wall, TimeSource.UNKNOWN)
    shift = (hours * 60 + minutes) * 60_000_000
    return MailTime(wall - shift if offset[0] == "+" else wall + shift, TimeSource.OFFSET)


def _day(match: re.Match[str]) -> date | None:
    month, year = _MONTHS.get(match["month"][:3].lower()), int(match["year"])
    if year < 1000 and len(match["year"]) < 4:
        year += 2000 if year < 50 else 1900
    try:
        return date(year, month or 0, int(match["day"]))
    except ValueError:
        return None


def _hour(match: re.Match[str]) -> int | None:
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour if hour < 24 else None
