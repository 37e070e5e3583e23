"""Find out how far apart the clocks of two captures of one chat are, from the texts that both hold exactly once."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median_low

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
_QUARTER = 15 * MINUTE
_WEEK = 7 * DAY
_MAX_QUARTERS = 26 * 4
"""UTC-12 and UTC+14 are 26 hours apart."""
_MAX_SKEW = 2 * MINUTE
_ROUNDING = MINUTE
_DST = 4
"""One hour in quarters: how far the distance of two zones moves when only one of them changes its clocks."""
_MIN_RUN = 3
"""So many matches in a row must agree before a clock change is believed."""
_SUNDAY_TWO = 3 * DAY + 120 * MINUTE
"""Two o'clock of the first Sunday after 1970-01-01, a Thursday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How to read one capture's times on another's clock: from each `begins` on subtract `shifts`."""

    begins: tuple[int, ...] = ()
    """Times on the capture's own clock, ascending, one less than shifts."""
    shifts: tuple[int, ...] = (0,)

    def read(self, ts: int) -> int:
        """A time of the capture, on the reference's clock."""
        return ts - self.shifts[bisect_right(self.begins, ts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFit:
    """A clock and the texts that speak for and against it."""

    clock: Clock
    agreeing: tuple[str, ...] = ()
    """Tokens whose times agree, sorted."""
    disagreeing: int = 0


def fit_clock(reference: Mapping[str, int], other: Mapping[str, int], *, coarse: bool, zones_known: bool) -> ClockFit:
    """The clock of `other` against `reference`, both token to time for tokens that occur once there.

    The distance is a number of quarter hours (none when both zones are known; it may move by one hour in between,
    when a zone is unknown, since clocks change on different days) plus a skew of up to two minutes.

    Args:
        reference: Times of the capture that sets the clock.
        other: Times of the capture to be read on it.
        coarse: One of them tells only the minute.
        zones_known: Both were converted from a known zone.
    """
    unit = MINUTE if coarse else SECOND
    samples = sorted(
        (other[word], *_split(other[word] // unit * unit - reference[word] // unit * unit, zones_known), word)
        for word in (other.keys() & reference.keys())
    )
    near = [sample for sample in samples if abs(sample[2]) <= _MAX_SKEW + _ROUNDING and abs(sample[1]) <= _MAX_QUARTERS]
    if not near:
        return ClockFit(clock=Clock(), disagreeing=len(samples))
    counts = Counter(quarters for _, quarters, _, _ in near)
    main = max(counts, key=lambda quarters: (counts[quarters], -abs(quarters), quarters))
    allowed = {main} if zones_known else {main, _dst_twin(counts, main)}
    skew = median_low(rest for _, quarters, rest, _ in near if quarters == main)
    skew = max(-_MAX_SKEW, min(_MAX_SKEW, skew))
    held = [s for s in near if s[1] in allowed and abs(s[2] - skew) <= _ROUNDING]
    clock = _clock([(ts, quarters) for ts, quarters, _, _ in held], main, skew)
    agreeing = tuple(sorted(word for ts, _, _, word in held if abs(clock.read(ts) - reference[word]) < 2 * MINUTE))
    return ClockFit(clock=clock, agreeing=agreeing, disagreeing=len(samples) - len(agreeing))


def said_once(said: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Of tokens with their times, those that occur once."""
    times: dict[str, int | None] = {}
    for word, ts in said:
        times[word] = None if word in times else ts
    return {word: ts for word, ts in times.items() if ts is not None}


def _split(distance: int, zones_known: bool) -> tuple[int, int]:
    """A distance as quarter hours and the rest."""
    quarters = 0 if zones_known else (distance + _QUARTER // 2) // _QUARTER
    return quarters, distance - quarters * _QUARTER


def _dst_twin(counts: Mapping[int, int], main: int) -> int:
    twins = [main - _DST, main + _DST]
    best = max(twins, key=lambda quarters: (counts.get(quarters, 0), -quarters))
    return best if counts.get(best, 0) >= _MIN_RUN else main


def _clock(samples: Sequence[tuple[int, int]], main: int, skew: int) -> Clock:
    runs = [(quarters, [ts for ts, _ in held]) for quarters, held in groupby(samples, key=lambda sample: sample[1])]
    runs = [run for run in runs if len(run[1]) >= _MIN_RUN] or [(main, [0])]
    begins: list[int] = []
    shifts = [runs[0][0] * _QUARTER + skew]
    for (before, earlier), (after, later) in pairwise(runs):
        if before != after:
            begins.append(_change_between(earlier[-1], later[0]))
            shifts.append(after * _QUARTER + skew)
    return Clock(begins=tuple(begins), shifts=tuple(shifts))


def _change_between(last: int, first: int) -> int:
    """When the clocks changed: most places do it on a Sunday about two by their own clock."""
    sunday = (first - _SUNDAY_TWO) // _WEEK * _WEEK + _SUNDAY_TWO
    return sunday if sunday > last else first
