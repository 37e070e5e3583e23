from __future__ import annotations

from datetime import date, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.formats.whatsapp_halves import hour_of_day
from pipeline.intake.formats.whatsapp_header import ORDERS, HeadReader, day_of, match_head

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


DATES = (
    "25/2/26",
    "25/02/2026",
    "2/25/26",
    "2026-02-25",
    "25.2.26",
    "25. 2. 2026.",
    "2026. 2. 25.",
    "2026/25/02",
    "25-02-26",
)
JOINS = (", ", " ", ",\u00a0", " klo ", " um ", " à ", " às ", " kl. ", ", a las ", "، ")
TIMES = (
    "21:07",
    "21.07",
    "21:07:09",
    "21 h 07",
    "21 h 07 min 09 s",
    "9:07 PM",
    "9:07\u202fpm",
    "9:07 p.\u00a0m.",
    "9:07:09PM",
)
FRAMED = ("{} - Ana: hi", "[{}] Ana: hi", "\u200e[{}]\u200e Ana: hi", "{} – Ana: hi", "\ufeff{} - Ana: hi")
DIGITS: tuple[dict[int, int], ...] = (
    {},
    str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
)


@pytest.mark.parametrize("digits", DIGITS, ids=["latin", "arabic", "persian"])
@pytest.mark.parametrize("frame", FRAMED)
def test_every_combination_of_the_grammar(frame: str, digits: dict[int, int]) -> None:
    reader = HeadReader()
    for day, join, clock in product(DATES, JOINS, TIMES):
        line = frame.format((day + join + clock).translate(digits))
        head = reader.match(line)
        assert head is not None, line
        assert (head.hour, head.minute, head.second) == (21, 7, 9 if "09" in clock else 0)
        assert any(day_of(head.fields, order) == date(2026, 2, 25) for order in ORDERS[head.shape.year_at])
        assert line[head.end :] == "Ana: hi"
        assert head.shape.bracket == ("[" in frame)


@pytest.mark.parametrize(
    ("half", "late"),
    [
        *((half, False) for half in ("AM", "a. m.", "上午", "午前", "오전", "ص", "ق.ظ.", "π.μ.", "ÖÖ", "de.", "凌晨")),
        *((half, True) for half in ("PM", "p.m.", "下午", "午後", "오후", "م", "ب.ظ.", "μ.μ.", "ÖS", "du.", "晚上")),
    ],
)
def test_the_halves_of_the_day(half: str, late: bool) -> None:
    assert [hour_of_day(hour, half) for hour in (12, 1, 11)] == ([12, 13, 23] if late else [0, 1, 11])
    for moment in (f"25/2/26, 9:05 {half}", f"25/2/26 {half}9:05", f"25/2/26 {half} 9:05"):
        head = match_head(f"{moment} - Ana: x")
        assert head is not None and head.hour == (21 if late else 9), moment


def test_noon_in_chinese() -> None:
    assert [hour_of_day(hour, "中午") for hour in (11, 12, 1)] == [11, 12, 13]


@pytest.mark.parametrize(
    ("line", "fields", "hour"),
    [
        ("2026年2月25日 下午9:05 - Ana: x", (2026, 2, 25), 21),
        ("2026년 2월 25일 오후 9:05 - Ana: x", (2026, 2, 25), 21),
        ("25.02.26 г., 21:05 ч. - Ana: x", (25, 2, 26), 21),
        ("21:05, 25/2/2026 - Ana: x", (25, 2, 2026), 21),
        ("[21:05, 25/2/2026] Ana: x", (25, 2, 2026), 21),
        ("25/02/15 21:05:06: Ana: x", (25, 2, 15), 21),
        ("25/2/2569 BE, 21:05 - Ana: x", (25, 2, 2569), 21),
        ("06/2018/13, 21:05 - Ana: x", (6, 2018, 13), 21),
    ],
)
def test_rarer_shapes(line: str, fields: tuple[int, int, int], hour: int) -> None:
    head = match_head(line)
    assert head is not None and (head.fields, head.hour, line[head.end :]) == (fields, hour, "Ana: x")


def test_years_of_other_calendars() -> None:
    assert day_of((25, 2, 2569), "dmy") == date(2026, 2, 25)
    assert day_of((1404, 12, 6), "ymd") is None


def test_a_reader_remembers_nothing_wrong() -> None:
    reader = HeadReader()
    lines = [
        "25/2/26, 9:05 - Ana: x",
        "[25/2/26, 9:05:06 PM] Ana: x",
        "25/2/26, 9:05 PM - Ana: x",
        "hello",
        "21:05, 25/2/26 - A: x",
    ]
    for line in lines * 2:
        one, other = reader.match(line), match_head(line)
        assert (one is None) == (other is None)
        if one and other:
            assert (one.shape, one.fields, one.hour, one.raw, one.end) == (
                other.shape,
                other.fields,
                other.hour,
                other.raw,
                other.end,
            )


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
        "25/2/26 9:05: Ana: x",
        "2026/02/25 09:05:06: ERROR: x",
        "2026-02-25 09:05:06,123 - root - INFO - x",
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
