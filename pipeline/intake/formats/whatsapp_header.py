"""The head of a WhatsApp entry: date and time as some phone's locale writes them, framed by brackets or a dash.

Digits of any script, one to four per date field, `.` `-` `/` or CJK signs between them, 24 hours or any of the words
for the halves of the day, with or without seconds, comma, a word like `klo` in between, time before date. Which
date field is the day is not said here: see `whatsapp_order`.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from pipeline.intake.formats.whatsapp_halves import HALF, hour_of_day

MARKS: Final = "\u200e\u200f\u061c\ufeff\u202a-\u202e\u2066-\u2069"
"""Invisible characters (a character class) that exports put anywhere in a head, and before what the app itself says."""
OWN_MARKS: Final = "\u200e\u200f\u061c\ufeff"
"""The marks the app puts before its own words. The others come in pairs around names, and belong to the text."""
_M: Final = f"[{MARKS}]*+"
_SPACE: Final = "[ \u00a0\u202f\u2009]"
_DATE: Final = (
    rf"(?P<date>(\d{{1,4}}){_M}([./-]|[年년]{_SPACE}?){_M}{_SPACE}?{_M}(\d{{1,4}}){_M}([./-]|[月월]){_M}{_SPACE}?{_M}"
    rf"(\d{{1,4}})(?:[日일]|\.|{_SPACE}(?:г\.|BE))?){_M}"
)
_TIME: Final = (
    rf"(?:(?P<early>{HALF}){_SPACE}?)?(?P<hour>\d{{1,2}})(?:[:.]|{_SPACE}?h{_SPACE}?)(?P<minute>\d{{2}})"
    rf"(?:(?:[:.]|{_SPACE}?min{_SPACE}?)(?P<second>\d{{2}})(?:{_SPACE}?s\b)?)?"
    rf"(?:{_M}{_SPACE}*{_M}(?P<late>{HALF}))?(?:{_SPACE}ч\.)?{_M}"
)
_WORDS: Final = rf"(?:(?!{HALF})[^\W\d_]{{1,6}}\.?{_SPACE}){{0,2}}"
_JOIN: Final = rf"(?P<comma>[,،、]?){_M}{_SPACE}{{1,2}}{_M}{_WORDS}"
_DATE_FIRST: Final = rf"(?P<moment>{_DATE}{_JOIN}{_TIME})"
_TIME_FIRST: Final = rf"(?P<moment>{_TIME}{_JOIN}{_DATE})"
_MARK: Final = re.compile(f"[{MARKS}]")
_MOST_KNOWN: Final = 20_000


class Frame(StrEnum):
    """What stands around date and time."""

    BRACKET = "bracket"
    DASH = "dash"
    COLON = "colon"
    """Of iPhones before 2016, always with seconds: `23/7/15 15:04:05: Ana: text`."""


def _pattern(frame: Frame, moment: str) -> re.Pattern[str]:
    after = f"[{OWN_MARKS}]*"
    if frame is Frame.BRACKET:
        return re.compile(rf"{_M}\[{_M}{moment}\]{_M}{_SPACE}?{after}")
    end = rf"{_M}{_SPACE}[-–—]{_M}{_SPACE}" if frame is Frame.DASH else rf"(?<=\d\d):{_SPACE}"
    return re.compile(rf"{_M}{moment}{end}{after}")


class _Pattern:
    """One way to write a head: its frame, and where the parts of the moment are in what the pattern finds."""

    __slots__ = ("frame", "match", "parts", "time_first")

    def __init__(self, frame: Frame, time_first: bool) -> None:
        pattern = _pattern(frame, _TIME_FIRST if time_first else _DATE_FIRST)
        self.frame = frame
        self.time_first = time_first
        self.match = pattern.match
        self.parts = tuple(pattern.groupindex[name] for name in _NAMES)


_NAMES: Final = ("date", "comma", "early", "hour", "minute", "second", "late", "moment")
_PATTERNS: Final = tuple(_Pattern(frame, time_first) for time_first in (False, True) for frame in Frame)


class Shape(NamedTuple):
    """How one phone writes heads. All entries of one export have one shape."""

    frame: Frame
    time_first: bool
    separators: str
    comma: bool
    seconds: bool
    halves: bool
    year_at: int
    """Which of the three date fields has four digits; -1 when none has."""

    @property
    def bracket(self) -> bool:
        """The frame of iPhones."""
        return self.frame is Frame.BRACKET


class Day(NamedTuple):
    """The date of a head."""

    fields: tuple[int, int, int]
    kind: tuple[str, int]
    """Separators, and where the four-digit year is."""
    padded: bool


class Head:
    """A line's head, taken apart. Which date field is which is decided per file."""

    __slots__ = ("end", "fields", "half", "hour", "minute", "moment", "padded", "second", "shape")

    def __init__(self, shape: Shape, day: Day, clock: tuple[int, int, int], moment: str, half: str, end: int) -> None:
        self.shape = shape
        self.fields, _, self.padded = day
        """The date fields as numbers; `padded`: day and month have leading zeros, or need none."""
        hour, self.minute, self.second = clock
        self.hour = hour_of_day(hour, half) if half or hour == 24 else hour
        self.moment = moment
        self.half = half
        self.end = end
        """Where the rest of the line starts."""

    @property
    def upper(self) -> bool:
        """AM or PM in capitals."""
        return self.half[:1].isupper()

    @property
    def raw(self) -> str:
        """Date and time as written, without marks."""
        return without_marks(self.moment).strip()


class HeadReader:
    """Finds heads. It remembers dates and shapes, and tries first the frame that the last head had."""

    def __init__(self) -> None:
        self.patterns = list(_PATTERNS)
        self.days: dict[str, Day | None] = {}
        self.shapes: dict[tuple[object, ...], Shape] = {}

    def match(self, line: str) -> Head | None:
        """The head of a line, or None for a line that continues the entry before it."""
        first = line[:1]
        if first.isascii() and not (first.isdigit() or first == "["):
            return None
        return self._match(line)

    def _match(self, line: str) -> Head | None:
        for at, pattern in enumerate(self.patterns):
            match = pattern.match(line)
            if match and (head := self._head(match, pattern)):
                if at:
                    self.patterns.insert(0, self.patterns.pop(at))
                return head
        return None

    def _head(self, match: re.Match[str], pattern: _Pattern) -> Head | None:
        text, comma, early, hour, minute, second, late, moment = match.group(*pattern.parts)
        day = self.days[text] if text in self.days else self._day(text)
        half = late or early or ""
        clock = (int(hour), int(minute), int(second) if second else 0)
        if day is None or clock[0] > 24 or clock[1] > 59 or clock[2] > 59:
            return None
        key = (pattern, day.kind, comma, second is None, half == "")
        shape = self.shapes.get(key)
        if shape is None:
            if pattern.frame is Frame.COLON and (second is None or day.kind[1] == 0):
                return None
            shape = Shape(
                pattern.frame,
                pattern.time_first,
                day.kind[0],
                bool(comma),
                second is not None,
                half != "",
                day.kind[1],
            )
            self.shapes[key] = shape
        return Head(shape, day, clock, moment, half, match.end())

    def _day(self, text: str) -> Day | None:
        if len(self.days) >= _MOST_KNOWN:
            self.days.clear()
        day = self.days[text] = _day_of(text)
        return day


_DATE_PARTS: Final = re.compile(_DATE)
_START: Final = re.compile(rf"{_M}(?P<bracket>\[)?{_M}{_DATE}")
_LONGEST: Final = 48
"""A head is not longer than this."""


def _day_of(text: str) -> Day | None:
    match = _DATE_PARTS.match(text)
    if not match:
        return None
    one, first, two, second, three = match.groups()[-5:]
    texts = (one, two, three)
    long = [at for at, part in enumerate(texts) if len(part) > 2]
    if len(long) > 1 or any(len(part) == 3 for part in texts):
        return None
    short = [part for part in texts if len(part) < 3]
    return Day(
        fields=(int(one), int(two), int(three)),
        kind=(first[0] + second[0], long[0] if long else -1),
        padded=all(len(part) == 2 for part in short),
    )


def match_head(line: str) -> Head | None:
    """The head of a single line, without anything remembered."""
    return HeadReader().match(line)


def starts_like(line: str, shape: Shape, order: str) -> bool:
    """Whether a line that is no head starts as one of this shape does, and was perhaps cut off in it."""
    match = None if shape.time_first else _START.match(line)
    day = _day_of(match["date"]) if match else None
    if match is None or day is None or (match["bracket"] is not None) != shape.bracket:
        return False
    same = day.kind == (shape.separators, shape.year_at)
    return same and len(line) < _LONGEST and bool(not order or day_of(day.fields, order))


def without_marks(text: str) -> str:
    """The text without invisible direction marks."""
    return text if text.isascii() else _MARK.sub("", text)


ORDERS: Final = {
    0: ("ymd", "ydm"),
    1: ("dym", "myd"),
    2: ("dmy", "mdy"),
    -1: ("dmy", "mdy", "ymd"),
}
"""What the three fields can mean, by where the four-digit year is."""
_FIRST_YEAR: Final = 1970
_BUDDHIST: Final = range(2500, 2700)
"""Four-digit years of the Thai calendar. Others that are no year of ours (1404 of the Persian calendar) are refused."""


def day_of(fields: tuple[int, int, int], order: str) -> date | None:
    """The day that three fields mean in an order, or None when there is no such day."""
    year, month, day = (fields[order.index(part)] for part in "ymd")
    if year < 100:
        year += 2000
    elif year in _BUDDHIST:
        year -= 543
    elif not _FIRST_YEAR <= year < _BUDDHIST.start:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
