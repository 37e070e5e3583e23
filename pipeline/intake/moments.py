"""Times as captures write them, as exact integer microseconds since 1970 UTC: no float ever touches one."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, Literal

from pipeline.model import TimeSource

Unit = Literal["s", "ms", "us", "ns"]

_RFC3339: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<clock>\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,32}))?"
    r"\s?(?P<zone>[Zz]|[+-]\d\d:?\d\d)",
    re.ASCII,
)
_LOCAL: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<clock>\d\d:\d\d(?::\d\d)?)(?:[.,](?P<fraction>\d{1,32}))?", re.ASCII
)
_DECIMAL: Final = re.compile(r"(?P<sign>-?)(?P<whole>\d{1,19})(?:\.(?P<fraction>\d{1,32}))?", re.ASCII)
_DIGITS: Final[dict[Unit, int]] = {"s": 6, "ms": 3, "us": 0, "ns": -3}
_EARLIEST: Final = -62_135_596_800_000_000
_LATEST: Final = 253_402_300_800_000_000


def rfc3339(text: str) -> tuple[int, TimeSource] | None:
    """A date and time with its zone; None when it has none, is no time, or is one before year 1 or after 9999 in UTC.

    Returns:
        Microseconds (further digits are cut off), and `utc` for `Z` or `offset` for an offset.
    """
    if not (match := _RFC3339.fullmatch(text.strip())):
        return None
    zone = match["zone"]
    utc = zone in "Zz"
    wall = _wall(match["day"], match["clock"], match["fraction"])
    if wall is None:
        return None
    if utc:
        return wall, TimeSource.UTC
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        return None
    offset = (hours * 60 + minutes) * 60_000_000
    micros = wall - (offset if zone[0] == "+" else -offset)
    return (micros, TimeSource.OFFSET) if _EARLIEST <= micros < _LATEST else None


def local_time(text: str) -> datetime | None:
    """A date and time without a zone, as Clock takes it; None when it is not one."""
    if not (match := _LOCAL.fullmatch(text.strip())):
        return None
    micros = _wall(match["day"], match["clock"], match["fraction"])
    if micros is None:
        return None
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=rest)


def epoch_micros(value: str | int, unit: Unit) -> int | None:
    """A count since 1970 UTC in seconds, milli-, micro- or nanoseconds, exactly; None when it is no time before 10000.

    A text may have a decimal fraction; digits below a microsecond are cut off.
    """
    if isinstance(value, bool) or not (match := _DECIMAL.fullmatch(str(value).strip() if len(str(value)) < 64 else "")):
        return None
    digits = _DIGITS[unit]
    text = match["whole"] + (match["fraction"] or "").ljust(max(digits, 0), "0")[: max(digits, 0)]
    micros = int(text[:digits] or "0") if digits < 0 else int(text)
    micros = -micros if match["sign"] else micros
    return micros if _EARLIEST <= micros < _LATEST else None


def _wall(day: str, clock: str, fraction: str | None) -> int | None:
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
    except ValueError:
        return None
    days = moment.toordinal() - 719_163
    seconds = days * 86_400 + moment.hour * 3600 + moment.minute * 60 + moment.second
    return seconds * 1_000_000 + int((fraction or "").ljust(6, "0")[:6])
