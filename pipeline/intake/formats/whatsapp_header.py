"""The head of a WhatsApp entry: date and time as some phone's locale writes them, in brackets or before a dash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

MARKS: Final = "\u200e\u200f\u061c\ufeff\u202a-\u202e\u2066-\u2069"
"""Invisible characters (a character class) that exports put anywhere in a head, and before what the app itself says."""
OWN_MARKS: Final = "\u200e\u200f\u061c\ufeff"
"""The marks the app puts before its own words. The others come in pairs around names, and belong to the text."""
_M = f"[{MARKS}]*"
_SPACE = "[ \u00a0\u202f\u2009]"
_DATE = rf"(\d{{1,4}}){_M}([./-]){_SPACE}?{_M}(\d{{1,4}}){_M}([./-]){_SPACE}?{_M}(\d{{1,4}})\.?{_M}"
_HALF = rf"(?:[AaPp]\.?{_SPACE}?[Mm]\.?|上午|下午|오전|오후|ص|م)"
_TIME = rf"(?:({_HALF}){_SPACE}?)?(\d{{1,2}})[:.](\d{{2}})(?:[:.](\d{{2}}))?(?:{_M}{_SPACE}*{_M}({_HALF}))?{_M}"
_JOIN = rf"([,،]?){_SPACE}{{1,2}}{_M}(?:[^\W\d_]{{1,5}}\.?{_SPACE}){{0,2}}"
_MOMENT = rf"({_DATE}{_JOIN}{_TIME})"
_HEAD: Final = re.compile(rf"{_M}(?:\[{_M}{_MOMENT}\]{_M}{_SPACE}?|{_MOMENT}{_SPACE}[-–]{_SPACE})[{OWN_MARKS}]*")
_MARK: Final = re.compile(f"[{MARKS}]")


class Shape(NamedTuple):
    """How one phone writes heads. All entries of one export have one shape."""

    bracket: bool
    separators: str
    comma: bool
    seconds: bool
    halves: bool
    year_at: int
    """Which of the three date fields has four digits; -1 when none has."""


@dataclass(frozen=True, slots=True)
class Head:
    """A line's head, taken apart. Which date field is which is decided per file."""

    shape: Shape
    fields: tuple[int, int, int]
    hour: int
    minute: int
    second: int
    raw: str
    """Date and time as written, without marks."""
    padded: bool
    """Day and month have leading zeros, or need none."""
    upper: bool
    """AM or PM in capitals."""
    end: int
    """Where the rest of the line starts."""


def match_head(line: str) -> Head | None:
    """The head of a line, or None for a line that continues the entry before it."""
    if not (match := _HEAD.match(line)):
        return None
    groups = match.groups()
    bracket = groups[0] is not None
    raw, one, first, two, second, three, comma, early_half, hour, minute, secs, late_half = (
        groups[:12] if bracket else groups[12:]
    )
    texts = (one, two, three)
    long = [at for at, text in enumerate(texts) if len(text) > 2]
    if (
        any(len(text) == 3 for text in texts)
        or len(long) > 1
        or int(minute) > 59
        or int(hour) > 24
        or int(secs or 0) > 59
    ):
        return None
    half = late_half or early_half or ""
    shape = Shape(bracket, first + second, bool(comma), secs is not None, bool(half), long[0] if long else -1)
    short = [text for text in texts if len(text) < 3]
    return Head(
        shape=shape,
        fields=(int(one), int(two), int(three)),
        hour=_hour(int(hour), half),
        minute=int(minute),
        second=int(secs or 0),
        raw=without_marks(raw).strip(),
        padded=all(len(text) == 2 for text in short),
        upper=half[:1].isupper(),
        end=match.end(),
    )


def without_marks(text: str) -> str:
    """The text without invisible direction marks."""
    return text if text.isascii() else _MARK.sub("", text)


def _hour(hour: int, half: str) -> int:
    """24-hour clock. Phones exist that write `23:59 PM`; then the half says nothing new."""
    if not half or hour > 12:
        return hour % 24
    return hour % 12 + (12 if half[0] in "Ppم" or half in ("下午", "오후") else 0)


ORDERS: Final = {
    0: ("ymd", "ydm"),
    1: ("dym", "myd"),
    2: ("dmy", "mdy"),
    -1: ("dmy", "mdy", "ymd"),
}
"""What the three fields can mean, by where the four-digit year is."""


def day_of(fields: tuple[int, int, int], order: str) -> date | None:
    """The day that three fields mean in an order, or None when there is no such day."""
    year, month, day = (fields[order.index(part)] for part in "ymd")
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None
