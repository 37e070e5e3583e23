"""The distance of two clocks is found to the minute, and where it changes."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.resolve.clock import DAY, MINUTE, SECOND, fit_clock, said_once
from tests.pipeline.resolve.phones import HOUR

BEGIN = int(dt.datetime(2026, 10, 30, 15, tzinfo=dt.UTC).timestamp()) * SECOND
"""A Friday; the Sunday after it, clocks go back in North America."""
TIMES = {f"t{number:02}": BEGIN + number * 2 * HOUR for number in range(48)}


@pytest.mark.parametrize("skew", [-110 * SECOND, 0, 35 * SECOND, 110 * SECOND])
@pytest.mark.parametrize("hours", [-9.5, 0, 13])
def test_distance_and_skew(skew: int, hours: float) -> None:
    shift = int(hours * HOUR)
    fit = fit_clock(TIMES, {w: t + shift + skew for w, t in TIMES.items()}, coarse=False, zones_known=False)
    assert [fit.clock.read(t + shift + skew) for t in TIMES.values()] == list(TIMES.values())
    assert (len(fit.agreeing), fit.disagreeing) == (48, 0)


def test_whole_minutes_when_one_tells_only_those() -> None:
    fit = fit_clock(
        TIMES, {w: (t + 90 * SECOND) // MINUTE * MINUTE for w, t in TIMES.items()}, coarse=True, zones_known=True
    )
    assert fit.clock.shifts == (MINUTE,)


def test_outliers_are_counted_and_change_nothing() -> None:
    other = {word: ts + (40 * MINUTE if word < "t10" else 0) for word, ts in TIMES.items()}
    fit = fit_clock(TIMES, other, coarse=False, zones_known=False)
    assert (fit.clock.shifts, fit.clock.begins, len(fit.agreeing), fit.disagreeing) == ((0,), (), 38, 10)


def test_clocks_that_go_back_on_a_sunday_are_read_right_to_the_hour() -> None:
    change = int(dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC).timestamp()) * SECOND

    def wall(ts: int) -> int:
        return ts - (4 if ts < change else 5) * HOUR

    known = {word: ts for word, ts in TIMES.items() if not BEGIN + DAY < ts < BEGIN + 3 * DAY}
    fit = fit_clock(known, {word: wall(ts) for word, ts in known.items()}, coarse=False, zones_known=False)
    read = [(ts, fit.clock.read(wall(ts))) for ts in TIMES.values()]
    assert [ts for ts, found in read if ts != found and abs(ts - change) > HOUR] == []


def test_nothing_shared_tells_nothing() -> None:
    fit = fit_clock(TIMES, {"x": 1}, coarse=False, zones_known=False)
    assert (fit.clock.read(5), fit.agreeing, fit.disagreeing) == (5, (), 0)


def test_said_once() -> None:
    assert said_once([("a", 1), ("b", 2), ("a", 3), ("a", 4)]) == {"b": 2}
