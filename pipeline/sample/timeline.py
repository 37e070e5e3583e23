"""When things happen: a fixed first day, shifts, weekends and bursts. All times are microseconds since 1970 UTC."""

from __future__ import annotations

import datetime as dt
import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

AGENCY_ZONE = ZoneInfo("America/New_York")
FIRST_DAY = dt.date(2026, 9, 28)
"""A Monday in the last week of a fiscal year, so that even a small archive touches two quarters."""

SECOND = 1_000_000
DAY = 86_400 * SECOND

_EPOCH = dt.date(1970, 1, 1)
_WEEKDAYS = (1.05, 1.0, 1.0, 1.1, 1.15, 0.75, 0.6)
_HOURS = (5, 4, 3, 3, 3, 6, 9, 10, 7, 6, 5, 6, 7, 6, 9, 10, 7, 6, 6, 7, 7, 9, 10, 7)
"""Chat by UTC hour: the changes of shift at 06, 14 and 22 local time stand out."""
_HOUR_SUMS = list(accumulate(_HOURS))


@dataclass(frozen=True, slots=True)
class Timeline:
    """The days of an archive and how busy each one is."""

    days: int
    weights: Sequence[float]

    def start_of(self, day: int) -> int:
        """Midnight UTC of a day, counted from 0."""
        return ((FIRST_DAY - _EPOCH).days + day) * DAY

    @property
    def end(self) -> int:
        """The first instant after the last day."""
        return self.start_of(self.days)

    def share(self, total: int) -> list[int]:
        """That many things over the days by weight, to the last one."""
        sums = list(accumulate(self.weights))
        cuts = [0, *(round(total * part / sums[-1]) for part in sums)]
        return [after - before for before, after in pairwise(cuts)]


def build_timeline(messages: int, rng: random.Random) -> Timeline:
    """A week for the smallest archive, a year for the largest; one day in nine is a burst."""
    days = min(365, max(7, round(14 * (messages / 2000) ** 0.5)))
    weekdays = [_WEEKDAYS[(FIRST_DAY.weekday() + day) % 7] for day in range(days)]
    return Timeline(days, [w * (1.9 if rng.random() < 0.11 else 0.85 + rng.random() * 0.3) for w in weekdays])


def moment(rng: random.Random) -> int:
    """A time of day by the rhythm of the shifts, in microseconds after midnight UTC."""
    hour = bisect(_HOUR_SUMS, rng.random() * _HOUR_SUMS[-1])
    return (hour * 3600 * SECOND) + int(rng.random() * 3600 * SECOND)


def pause(rng: random.Random) -> int:
    """The time until somebody answers: mostly seconds, now and then minutes."""
    return 1_500_000 + int(rng.expovariate(1 / 28) * SECOND)
