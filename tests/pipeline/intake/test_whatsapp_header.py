from __future__ import annotations

from datetime import date, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.formats.whatsapp_header import ORDERS, day_of, match_head

ORDERED = ("%Y{0}%m{0}%d", "%Y{0}%d{0}%m", "%d{0}%m{0}%Y", "%m{0}%d{0}%Y")
CLOCKS = ("%H:%M", "%I:%M %p", "%H:%M:%S", "%I:%M:%S %p")
FRAMES = ("{0}, {1} - ", "[{0} {1}] ")
LISTED = list(product(ORDERED, "-/.", CLOCKS, FRAMES))
"""The 96 combinations that a public list of header formats names."""


@pytest.mark.parametrize(("day", "separator", "clock", "frame"), LISTED)
def test_every_listed_header_format(day: str, separator: str, clock: str, frame: str) -> None:
    at = datetime(2026, 2, 25, 21, 7, 9)
    head = match_head(frame.format(at.strftime(day.format(separator)), at.strftime(clock)) + "Ana: hi")
    assert head is not None
    order = day.replace("{0}", "").replace("%", "").lower()
    assert day_of(head.fields, order) == at.date()
    assert (head.hour, head.minute, head.second) == (21, 7, 9 if "%S" in clock else 0)
    assert order in ORDERS[head.shape.year_at]


@pytest.mark.parametrize(
    ("line", "hour", "minute", "raw"),
    [
        ("25/2/26, 9:05 p. m. - Ana: x", 21, 5, "25/2/26, 9:05 p. m."),
        ("25/2/26, 9:05\u202fp.\u00a0m. - Ana: x", 21, 5, "25/2/26, 9:05\u202fp.\u00a0m."),
        ("25/2/26, 12:05 a.m. - Ana: x", 0, 5, "25/2/26, 12:05 a.m."),
        ("25/2/26, 12:05 PM - Ana: x", 12, 5, "25/2/26, 12:05 PM"),
        ("25/2/26, 00:04 AM - Ana: x", 0, 4, "25/2/26, 00:04 AM"),
        ("25/2/26, 23:59 PM - Ana: x", 23, 59, "25/2/26, 23:59 PM"),
        ("25.2.2026 klo 9.05 - Ana: x", 9, 5, "25.2.2026 klo 9.05"),
        ("25. 2. 2026. 9:05 - Ana: x", 9, 5, "25. 2. 2026. 9:05"),
        ("25/02/2026 à 09:05 - Ana: x", 9, 5, "25/02/2026 à 09:05"),
        ("\u200e[25/2/26, 9:05:06] Ana: x", 9, 5, "25/2/26, 9:05:06"),
        ("\ufeff[\ufeff25/2/26, 9:05:06\u202fPM] Ana: x", 21, 5, "25/2/26, 9:05:06\u202fPM"),
        ("٢٥\u200f/٢\u200f/٢٠٢٦، ٩:٠٥ م - Ana: x", 21, 5, "٢٥/٢/٢٠٢٦، ٩:٠٥ م"),
    ],
)
def test_what_phones_write(line: str, hour: int, minute: int, raw: str) -> None:
    head = match_head(line)
    assert head is not None
    assert (head.hour, head.minute, head.raw) == (hour, minute, raw)
    assert line[head.end :] == "Ana: x"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "2016-04-29 10:30:00",
        "25/2/26 at nine",
        "25/2/26, 9:75 - Ana: x",
        "25/2/26, 29:05 - Ana: x",
        "125/2/26, 9:05 - Ana: x",
        "2026/2/2026, 9:05 - Ana: x",
        "[25/2/26, 9:05:06 Ana: x",
        "25/2/26, 9:05 Ana: x",
    ],
)
def test_lines_that_are_no_heads(line: str) -> None:
    assert match_head(line) is None


@given(st.text(max_size=300))
def test_any_text_is_read_or_not(text: str) -> None:
    head = match_head(text)
    assert head is None or 0 < head.end <= len(text)


@given(st.dates(date(2009, 1, 1), date(2089, 12, 31)), st.sampled_from(["dmy", "mdy", "ymd"]))
def test_a_day_comes_back_in_its_order(day: date, order: str) -> None:
    parts = {"d": day.day, "m": day.month, "y": day.year % 100}
    fields = (parts[order[0]], parts[order[1]], parts[order[2]])
    assert day_of(fields, order) == day
    assert day_of((99, 99, 99), order) is None
