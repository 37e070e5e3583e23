"""What a line is made of: styles, labels, boxes, and the characters of the one-byte Latin code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

LABEL_SIZE = 0.86
"""Size of a deletion label relative to the text around it."""

_LATIN = (
    "\x20-\x7e\xa0-\xac\xae-\xff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122"
)
"""Every character of the Latin code that is printed, but for the soft hyphen."""

ALL_LATIN = re.compile(f"[{_LATIN}]*").fullmatch
ALL_LATIN_LINES = re.compile(f"[\n{_LATIN}]*").fullmatch
ESCAPES = str.maketrans({"(": "\\(", ")": "\\)", "\\": "\\\\"})


@dataclass(frozen=True, slots=True)
class Style:
    """How a kind of text is set."""

    face: str
    """`R` or `B`."""
    size: float
    leading: float
    grey: float = 0.0
    flush: bool = True
    """Whether right-to-left lines end at the column's right edge."""

    select: str = field(init=False)
    """Operators that choose face and size."""
    start: str = field(init=False)
    """Operators that choose face, size, leading and tone."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "select", f"/{self.face} {self.size:g} Tf")
        object.__setattr__(self, "start", f"{self.select} {self.leading:g} TL {self.grey:g} g")


class Box(NamedTuple):
    """A grey field behind a label: where it begins in its line and how wide it is, in points."""

    x: float
    width: float


class Use(NamedTuple):
    """Glyphs of a shaped face that a line needs."""

    face: str
    glyphs: tuple[tuple[int, str], ...]


class Line(NamedTuple):
    """One line: operators that draw it from its origin, its boxes and the glyphs it needs."""

    operators: str
    boxes: tuple[Box, ...] = ()
    uses: tuple[Use, ...] = ()


class Label(NamedTuple):
    """A deletion as it is printed."""

    text: str


def label_operators(escaped: str, style: Style) -> str:
    """Draws a label and goes back to the tone, but not to the face, of the text around it."""
    return f"/R {style.size * LABEL_SIZE:g} Tf .2 g ({escaped})Tj {style.grey:g} g"
