"""Wall clock times of one export as UTC: exact where its zone is known, marked where they are not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pipeline.intake.sources import zone_of
from pipeline.model import TimeSource

_SECOND: Final = 1_000_000
_EARLIEST: Final = -62_135_596_800 * _SECOND
_LATEST: Final = 253_402_300_800 * _SECOND
"""What a date can show: the years 1 to 9999."""
_HOURS: Final = 3 * 3600 * _SECOND
_JITTER: Final = 2 * 60 * _SECOND
"""Entries stand up to this much out of order without the clock having been set back."""


_MOST: Final = 10_000


class Clock:
    """Turns the local times of one file, in line order, into UTC."""

    def __init__(self, timezone: str) -> None:
        self.zone: ZoneInfo | None = zone_of(timezone) if timezone else None
        self.source = TimeSource.ZONE_FROM_CONFIG if self.zone else TimeSource.UNKNOWN
        self.last = 0
        self.second_pass = False
        self.known: dict[tuple[date, int], tuple[int, int]] = {}
        self.steady: dict[date, tuple[int, int] | None] = {}
        """The offsets of days on which no clock was set."""

    def utc(self, day: date, hour: int, minute: int, second: int, micros: int = 0) -> tuple[int, str]:
        """Microseconds, and a flag.

        Returns:
            The flag is `ambiguous-time` in the hour that a clock shows twice, `nonexistent-time` where it jumps, and
            `bad-time` where only the zone takes the time out of the years 1 to 9999.
        """
        seconds = (day.toordinal() - 719_163) * 86_400 + hour * 3600 + minute * 60 + second
        wall = seconds * _SECOND + micros
        if self.zone is None:
            return wall, ""
        early, late = self._offsets(day, hour * 60 + minute)
        if not _EARLIEST <= wall - early < _LATEST:
            return wall, "bad-time"
        if early == late:
            self.second_pass = False
            self.last = wall - early
            return self.last, ""
        if early < late:  # the clock jumped over this time
            return wall - early, "nonexistent-time"
        first = wall - early
        if first - self.last > _HOURS:
            self.second_pass = False
        self.second_pass = self.second_pass or self.last - first > _JITTER
        self.last = wall - late if self.second_pass else first
        return self.last, "ambiguous-time"

    def _offsets(self, day: date, minute: int) -> tuple[int, int]:
        """Offsets from UTC in microseconds on the first and on the second pass of a wall clock minute."""
        if day not in self.steady:
            if len(self.steady) > _MOST:
                self.steady.clear()
            self.steady[day] = self._of_the_day(day)
        found = self.steady[day]
        if found is not None:
            return found
        key = (day, minute)
        found = self.known.get(key)
        if found is None:
            if len(self.known) > _MOST:
                self.known.clear()
            found = self.known[key] = self._of_the_minute(day, minute)
        return found

    def _of_the_day(self, day: date) -> tuple[int, int] | None:
        """The offsets of every minute of a day, where all its hours have the same."""
        hours = {self._of_the_minute(day, hour * 60) for hour in range(24)}
        hours.add(self._of_the_minute(day, 24 * 60 - 1))
        only = hours.pop()
        return only if not hours and only[0] == only[1] else None

    def _of_the_minute(self, day: date, minute: int) -> tuple[int, int]:
        wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.zone)
        return _micros(wall.utcoffset()), _micros(wall.replace(fold=1).utcoffset())


def _micros(offset: timedelta | None) -> int:
    return (offset or timedelta()) // timedelta(microseconds=1)
