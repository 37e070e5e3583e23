from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.moments import epoch_micros, local_time, rfc3339
from pipeline.model import TimeSource


@pytest.mark.parametrize(
    ("text", "micros", "source"),
    [
        ("1970-01-01T00:00:00Z", 0, TimeSource.UTC),
        ("2026-03-01T12:00:00.1234567Z", 1_772_366_400_123_456, TimeSource.UTC),
        ("2026-03-01T12:00:00.5+00:00", 1_772_366_400_500_000, TimeSource.OFFSET),
        ("2026-03-01 07:00:00-05:00", 1_772_366_400_000_000, TimeSource.OFFSET),
        ("2026-03-01T12:00:00-0000", 1_772_366_400_000_000, TimeSource.OFFSET),
    ],
)
def test_a_time_with_a_zone(text: str, micros: int, source: TimeSource) -> None:
    assert rfc3339(text) == (micros, source)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01T12:00:00",
        "2026-02-30T12:00:00Z",
        "2026-03-01T25:00:00Z",
        "２026-03-01T12:00:00Z",
        "2026-03-01T12:00:00+24:00",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_what_is_no_time_with_a_zone(text: str) -> None:
    assert rfc3339(text) is None


def test_a_local_time_keeps_its_clock() -> None:
    assert local_time("2013-01-10T15:53:00") == datetime(2013, 1, 10, 15, 53)
    assert local_time("2013-01-10T15:53:00Z") is None
    assert local_time("2013-13-10T15:53:00") is None


@pytest.mark.parametrize(
    ("value", "unit", "micros"),
    [
        ("1503435956.000247", "s", 1_503_435_956_000_247),
        ("1503435956", "s", 1_503_435_956_000_000),
        (1_503_435_956_123, "ms", 1_503_435_956_123_000),
        ("1503435956123.5", "ms", 1_503_435_956_123_500),
        ("1503435956123456789", "ns", 1_503_435_956_123_456),
        ("-1", "s", -1_000_000),
        ("999", "ns", 0),
    ],
)
def test_an_epoch(value: str | int, unit: str, micros: int) -> None:
    assert epoch_micros(value, unit) == micros  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["", "null", "1e9", "NaN", "9" * 18, "9" * 5000, True])
def test_what_is_no_epoch(value: str | int) -> None:
    assert epoch_micros(value, "s") is None


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_every_moment_comes_back(moment: datetime) -> None:
    found = rfc3339(moment.isoformat(timespec="microseconds") + "Z")
    assert found is not None
    seconds, rest = divmod(found[0], 1_000_000)
    delta = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    assert (seconds, rest) == (delta.days * 86_400 + delta.seconds, delta.microseconds)
