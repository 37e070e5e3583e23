"""Find many known values in a text at once, whatever stands between their letters or digits.

Three readings of a text: its words without anything else (names), its letters and digits without
anything else (plates, handles, references), and its runs of digits (telephone and other numbers).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import ahocorasick_rs

from pipeline.redact.folding import View, view_of

MIN_DIGITS = 7
_DIGIT_RUN = re.compile(r"[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){6,63}")
_ANY_DIGIT = re.compile(r"[0-9]")
_WORD = re.compile(r"\S+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


class _Letters(dict[int, str]):
    """Letters in lower case; everything else becomes a space. One character for one."""

    def __init__(self, *, digits: bool) -> None:
        super().__init__()
        self.digits = digits

    def __missing__(self, code: int) -> str:
        char = chr(code)
        keep = char.isalpha() or (self.digits and char.isdigit())
        lower = char.lower()
        self[code] = (lower if len(lower) == 1 else char) if keep else " "
        return self[code]


_LETTERS = _Letters(digits=False)
_ALNUM = _Letters(digits=True)


def words_of(text: str) -> str:
    """The words of a text, folded, lower-case, one space between; digits and signs are left out."""
    return " ".join(view_of(text).text.translate(_LETTERS).split())


def squeeze(text: str) -> str:
    """The letters and digits of a text, folded and lower-case, nothing between."""
    return "".join(view_of(text).text.translate(_ALNUM).split())


def digit_key(text: str) -> str:
    """The digits of a text, without an international or trunk prefix that spellings leave out."""
    digits = "".join(_ANY_DIGIT.findall(view_of(text).text))
    if len(digits) == 11 and digits[0] == "1":
        return digits[1:]
    if digits.startswith("521") and len(digits) == 13:
        return digits[3:]
    if digits.startswith("52") and len(digits) == 12:
        return digits[2:]
    return digits


class WordIndex:
    """Phrases of words; `find` gives each one that stands between word boundaries, overlapping ones too."""

    def __init__(self, phrases: Iterable[str]) -> None:
        """Phrases must be as `words_of` gives them."""
        self.phrases = sorted({p for p in phrases if p})
        needles = [p if _UNSPACED.search(p) else f" {p} " for p in self.phrases]
        self._matcher = ahocorasick_rs.AhoCorasick(needles, store_patterns=False) if needles else None

    def find(self, view: View) -> Iterator[tuple[str, int, int]]:
        """(phrase, start, end) with places in the view."""
        if self._matcher is None:
            return
        plain = view.text.translate(_LETTERS)
        hits = self._matcher.find_matches_as_indexes(f" {' '.join(plain.split())} ", overlapping=True)
        if not hits:
            return
        places = _places_of_words(plain)
        for number, start, end in hits:
            phrase = self.phrases[number]
            inset = 0 if end - start == len(phrase) else 1
            yield phrase, places[start + inset], places[end - inset - 1] + 1


def _places_of_words(plain: str) -> list[int]:
    """For each character of ' word word ' its place in the text."""
    places = [0]
    for match in _WORD.finditer(plain):
        places.extend(range(match.start(), match.end()))
        places.append(match.end())
    return places


class InsideIndex:
    """Single words, also inside longer ones; `find` gives the whole of the longer word."""

    def __init__(self, values: Iterable[str]) -> None:
        """Values must be as `words_of` gives them."""
        self.values = sorted({v for v in values if v})
        self._matcher = ahocorasick_rs.AhoCorasick(self.values, store_patterns=False) if self.values else None

    def find(self, view: View) -> Iterator[tuple[str, int, int]]:
        """(value, start, end) with places in the view."""
        if self._matcher is None:
            return
        plain = view.text.translate(_LETTERS)
        for number, first, last in self._matcher.find_matches_as_indexes(plain, overlapping=True):
            start, end = first, last
            while start > 0 and plain[start - 1].isalnum():
                start -= 1
            while end < len(plain) and plain[end].isalnum():
                end += 1
            yield self.values[number], start, end


class SqueezedIndex:
    """Values of letters and digits, with at least one digit; separators in the text do not matter."""

    def __init__(self, values: Iterable[str]) -> None:
        """Values must be as `squeeze` gives them."""
        self.values = sorted({v for v in values if any(c.isdigit() for c in v)})
        self._matcher = ahocorasick_rs.AhoCorasick(self.values, store_patterns=False) if self.values else None

    def find(self, view: View) -> Iterator[tuple[str, int, int]]:
        """(value, start, end) with places in the view."""
        if self._matcher is None:
            return
        if not _ANY_DIGIT.search(view.text):
            return
        plain = view.text.translate(_ALNUM)
        hits = self._matcher.find_matches_as_indexes("".join(plain.split()), overlapping=True)
        if not hits:
            return
        places = [i for i, c in enumerate(plain) if c != " " and not c.isspace()]
        for number, first, last in hits:
            start, end = places[first], places[last - 1] + 1
            if plain[start - 1 : start].strip() == "" and plain[end : end + 1].strip() == "":
                yield self.values[number], start, end


class DigitIndex:
    """Numbers of seven digits or more; only their digits are compared."""

    def __init__(self, keys: Iterable[str]) -> None:
        """Keys must be as `digit_key` gives them."""
        self.keys = {k for k in keys if len(k) >= MIN_DIGITS}
        self._lengths = sorted({len(k) for k in self.keys}, reverse=True)

    def find(self, view: View) -> Iterator[tuple[str, int, int]]:
        """(key, start, end) with places in the view."""
        if not self.keys:
            return
        if not _ANY_DIGIT.search(view.text):
            return
        for run in _DIGIT_RUN.finditer(view.text):
            places = [i for i in range(run.start(), run.end()) if "0" <= view.text[i] <= "9"]
            digits = "".join(view.text[i] for i in places)
            for length in self._lengths:
                for first in range(len(digits) - length + 1):
                    key = digits[first : first + length]
                    if key in self.keys:
                        start, end = places[first], places[first + length - 1] + 1
                        if self._stands_alone(view.text, digits, places, first, length):
                            yield key, start, end

    @staticmethod
    def _stands_alone(text: str, digits: str, places: list[int], first: int, length: int) -> bool:
        """A longer number must not be cut, but a country code may touch: `+15125550100`."""
        start, end = places[first], places[first + length - 1] + 1
        if end < len(text) and text[end].isdigit():
            return False
        touching = 0
        while start - touching > 0 and text[start - touching - 1].isdigit():
            touching += 1
        return touching == 0 or (touching <= 4 and first == touching)


class ExactIndex:
    """Values compared sign by sign, in folded lower case, that no letter or digit touches."""

    def __init__(self, values: Iterable[str]) -> None:
        """Values must be as `fold` gives them."""
        self.values = sorted({v for v in values if v})
        self._matcher = ahocorasick_rs.AhoCorasick(self.values, store_patterns=False) if self.values else None

    def find(self, view: View) -> Iterator[tuple[str, int, int]]:
        """(value, start, end) with places in the view."""
        if self._matcher is None:
            return
        lower = view.text.lower()
        if len(lower) != len(view.text):
            lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in view.text)
        for number, start, end in self._matcher.find_matches_as_indexes(lower, overlapping=True):
            inner = (lower[start - 1 : start] + lower[start]).isalnum() and start > 0
            outer = end < len(lower) and (lower[end - 1] + lower[end]).isalnum()
            if not inner and not outer:
                yield self.values[number], start, end
