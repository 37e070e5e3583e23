"""Folded views of a text: what matchers read, with the way back to the code points of the original.

Evasions of look (full-width digits, accents, zero-width characters, odd dashes and spaces, percent-encoding) are
undone in the view, so that a pattern needs to know only the plain spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_PLAIN = {
    "ß": "ss", "ẞ": "SS", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "AE",
    "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "ʻ": "'", "ʼ": "'", "‘": "'", "’": "'", "‚": "'",
    "‛": "'", "′": "'", "´": "'", "`": "'", "“": '"', "”": '"', "„": '"', "″": '"', "º": "°", "ª": "°", "˚": "°",
    "−": "-", "‒": "-", "⁄": "/", "∕": "/", "․": ".", "。": ".", "．": ".", "…": "...", "ـ": "",
    "\x85": "\n", "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip
_SPACES = {"\t": " ", "\x0b": " ", "\x0c": " ", "\r": " "}
_HIDDEN_CATEGORIES = frozenset({"Mn", "Me", "Cf"})
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def fold_char(char: str) -> str:
    """The folded spelling of one character: no, one or several characters; case is kept."""
    if char in _SPACES:
        return _SPACES[char]
    if char < "\x7f":
        return char
    if char in _PLAIN:
        return _PLAIN[char]
    category = unicodedata.category(char)
    if category in _HIDDEN_CATEGORIES or "\ufe00" <= char <= "\ufe0f":
        return ""
    if category == "Cs":  # lone surrogates cannot be encoded, and a matcher must never fail on one
        return "\ufffd"
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    if category == "Nd":
        return str(unicodedata.digit(char))
    parts = unicodedata.normalize("NFKD", char)
    if parts == char:
        return char
    kept = (c for c in parts if unicodedata.category(c) not in _HIDDEN_CATEGORIES)
    return "".join(_PLAIN.get(c, c) if c >= "\x7f" else c for c in kept)


class _FoldTable(dict[int, str]):
    """A `str.translate` table filled on demand; notes characters that do not fold one to one (`uneven`, `hidden`)."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()
        self.hidden: set[str] = set()

    def __missing__(self, code: int) -> str:
        folded = fold_char(chr(code))
        if len(folded) != 1:
            self.uneven.add(chr(code))
        if not folded and unicodedata.category(chr(code)) == "Cf":
            self.hidden.add(chr(code))
        self[code] = folded
        return folded


_TABLE = _FoldTable()


@dataclass(frozen=True, slots=True)
class View:
    """A folded text. `starts` gives each character's place in the original; None when places are equal."""

    text: str
    length: int
    """Code points of the original."""
    starts: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's code points behind view[start:end], with the marks and hidden characters that follow."""
        if self.starts is None:
            return start, end
        last = self.starts[end - 1] + 1
        following = self.starts[end] if end < len(self.starts) else self.length
        return self.starts[start], max(last, following)


def view_of(text: str) -> View:
    """The folded view of a text."""
    if text.isascii() and "\t" not in text and "\r" not in text:
        return View(text, len(text))
    folded = text.translate(_TABLE)
    if _TABLE.uneven.isdisjoint(text):
        return View(folded, len(text))
    return _mapped(text, [_TABLE[ord(c)] for c in text], range(len(text)))


def views_of(text: str) -> list[View]:
    """The folded view, and the other ways in which the same text can be read.

    A hidden character may stand inside a word or between two, so a text that has one is read both ways; a
    percent-encoded text is read decoded too.
    """
    views = [view_of(text)]
    if not text.isascii() and not _TABLE.hidden.isdisjoint(text):
        spaced = [" " if c in _TABLE.hidden else _TABLE[ord(c)] for c in text]
        views.append(_mapped(text, spaced, range(len(text))))
    if "%" in text and _PERCENT.search(text):
        views.append(_decoded(text))
    return views


def fold(text: str) -> str:
    """The folded, lower-case spelling of a text, for comparing."""
    return view_of(text).text.lower()


def _mapped(text: str, folded: Sequence[str], places: Sequence[int]) -> View:
    starts = [place for place, piece in zip(places, folded, strict=True) for _ in piece]
    return View("".join(folded), len(text), starts)


def _decoded(text: str) -> View:
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for match in _PERCENT.finditer(text):
        pieces.extend(text[at : match.start()])
        places.extend(range(at, match.start()))
        for offset, char in _decode_run(match.group()):
            pieces.append(char)
            places.append(match.start() + offset)
        at = match.end()
    pieces.extend(text[at:])
    places.extend(range(at, len(text)))
    return _mapped(text, [_TABLE[ord(c)] for c in pieces], places)


def _decode_run(run: str) -> Iterator[tuple[int, str]]:
    """The characters of one run of %XX, each with the offset of its first byte."""
    at = 0
    for char in unquote_to_bytes(run).decode("utf-8", "replace"):
        yield at * 3, char
        at += 1 if char == "\ufffd" else len(char.encode("utf-8"))
