from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pipeline.intake.clock import Clock
from pipeline.model import TimeSource

FALL, SPRING = date(2026, 11, 1), date(2026, 3, 8)


def told(clock: Clock, day: date, text: str) -> tuple[str, str]:
    hour, minute = text.split(":")
    micros, flag = clock.utc(day, int(hour), int(minute), 0)
    return datetime.fromtimestamp(micros / 1e6, UTC).strftime("%H:%M"), flag


def test_an_unknown_zone_leaves_the_wall_clock() -> None:
    clock = Clock("")
    assert clock.source == TimeSource.UNKNOWN
    assert told(clock, FALL, "01:30") == ("01:30", "")


def test_going_back_within_the_doubled_hour_is_the_second_pass() -> None:
    clock = Clock("America/New_York")
    times = ["00:59", "01:10", "01:50", "01:20", "01:19", "01:40", "02:01"]
    assert [told(clock, FALL, text) for text in times] == [
        ("04:59", ""),
        ("05:10", "ambiguous-time"),
        ("05:50", "ambiguous-time"),
        ("06:20", "ambiguous-time"),
        ("06:19", "ambiguous-time"),
        ("06:40", "ambiguous-time"),
        ("07:01", ""),
    ]


def test_a_step_of_a_minute_back_is_no_second_pass() -> None:
    clock = Clock("America/New_York")
    assert [told(clock, FALL, text)[0] for text in ("01:30", "01:29", "01:31")] == ["05:30", "05:29", "05:31"]


def test_next_autumn_starts_with_the_first_pass_again() -> None:
    clock = Clock("America/New_York")
    for text in ("01:50", "01:10"):
        told(clock, FALL, text)
    assert told(clock, date(2027, 11, 7), "01:10") == ("05:10", "ambiguous-time")


def test_a_time_that_did_not_exist_is_flagged() -> None:
    clock = Clock("America/New_York")
    assert told(clock, SPRING, "02:30") == ("07:30", "nonexistent-time")
    assert told(clock, SPRING, "03:30") == ("07:30", "")


@pytest.mark.parametrize(("zone", "shown"), [("Asia/Kolkata", "03:30"), ("America/Phoenix", "16:00"), ("UTC", "09:00")])
def test_other_zones(zone: str, shown: str) -> None:
    assert told(Clock(zone), date(2026, 7, 1), "09:00") == (shown, "")


@pytest.mark.parametrize(
    ("zone", "day", "hour"), [("Asia/Tokyo", date.min, 0), ("America/New_York", date.max, 23), ("", date.max, 23)]
)
def test_no_zone_takes_a_time_out_of_the_calendar(zone: str, day: date, hour: int) -> None:
    micros, flag = Clock(zone).utc(day, hour, 0, 0)
    assert micros == (day.toordinal() - 719_163) * 86_400_000_000 + hour * 3_600_000_000
    assert flag == ("bad-time" if zone else "")
