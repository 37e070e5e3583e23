"""What was found anywhere in a bundle is found everywhere in it.

A value that needed its context to be recognised (a plate, a date of birth) is sensitive without the context too. Short
and common values are left out: they would take out words that have nothing to do with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pipeline.redact.folding import View, fold, views_of
from pipeline.redact.index import (
    MIN_DIGITS,
    DigitIndex,
    ExactIndex,
    InsideIndex,
    SqueezedIndex,
    WordIndex,
    digit_key,
    squeeze,
    words_of,
)
from pipeline.redact.spans import Span, distinct
from pipeline.redact.vocabulary import is_common, is_ordinary

_NEVER = frozenset({"AGE", "LE_TECHNIQUE", "URL"})
_SIGN_BY_SIGN = frozenset({"IP", "MAC", "CREDENTIAL"})
_SCORE = 0.6
_SHORTEST = 5
_TELLING = 6
"""A name of so many letters gives itself away inside a longer word as well: `IMG_MontoyaLuis`, `montoyas`."""
_YEAR = re.compile(r"(?:19|20)[0-9]{2}|[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}|[0-9]{6,8}|'[0-9]{2}")
_DECIMAL = re.compile(r"[0-9]{1,3}\.[0-9]{3,}")
_LOCAL_PART = re.compile(r"[a-z]{2,}[._-][a-z]{2,}")


def keys_of(literal: str, category: str) -> Iterator[tuple[str, str]]:
    """How a literal is looked for elsewhere: (reading, key) pairs; none when it may not be looked for.

    Readings are `words`, `inside`, `squeezed`, `digits` and `exact`, as the index classes define them.
    """
    folded = fold(literal).strip()
    tight = squeeze(literal)
    digits = digit_key(literal)
    if category in _NEVER or len(tight) < 4:
        return
    if category.startswith("NAME_"):
        words = re.sub(r" s$", "", words_of(literal))
        if words and not (" " not in words and is_common(words)):
            yield "words", words
            if " " not in words and len(words) >= _TELLING:
                yield "inside", words
        return
    if category == "DOB" and not _YEAR.search(folded):
        return
    if category == "COORDINATES":
        for number in _DECIMAL.findall(folded):
            yield "exact", number
    if category == "EMAIL":
        local = folded.partition("@")[0]
        if _LOCAL_PART.search(local):
            yield "words", words_of(local)
        elif any(c.isdigit() for c in local) and len(squeeze(local)) >= _SHORTEST:
            yield "squeezed", squeeze(local)
    if category == "HANDLE" and not any(c.isdigit() for c in tight):
        if not is_ordinary(tight):
            yield "words", words_of(literal)
        return
    if len(digits) >= MIN_DIGITS and category not in _SIGN_BY_SIGN:
        if category != "COORDINATES" or len(digits) >= 10:
            yield "digits", digits
        if tight.isdigit():
            return
    if (
        len(tight) >= _SHORTEST
        and any(c.isdigit() for c in tight)
        and not tight.isdigit()
        and category not in _SIGN_BY_SIGN
    ):
        yield "squeezed", tight
    elif len(folded) >= _SHORTEST and (any(not c.isalpha() and c != " " for c in folded) or " " in folded):
        yield "exact", folded


def distinctive(literal: str, category: str) -> bool:
    """Whether finding this literal in released text would be a leak; false for short and common ones."""
    return any(True for _ in keys_of(literal, category))


@dataclass(frozen=True, slots=True)
class BundleLiterals:
    """The bundle-wide set: for each reading the keys, each with its category. Plain data, sorted."""

    keys: Mapping[str, Mapping[str, str]]

    def to_json(self) -> dict[str, dict[str, str]]:
        """For a file of the private run folder."""
        return {reading: dict(sorted(found.items())) for reading, found in sorted(self.keys.items())}

    @classmethod
    def from_json(cls, data: Mapping[str, Mapping[str, str]]) -> Self:
        """What `to_json` gave."""
        return cls({reading: dict(found) for reading, found in data.items()})


def gather(rows: Iterable[Mapping[str, Any]]) -> BundleLiterals:
    """The set of literals of all proposals (rows with `literal` and `category`), whatever their order."""
    return gather_pairs((str(row["literal"]), str(row["category"])) for row in rows)


def gather_pairs(pairs: Iterable[tuple[str, str]]) -> BundleLiterals:
    """The same from pairs of literal and category."""
    keys: dict[str, dict[str, str]] = {"words": {}, "inside": {}, "squeezed": {}, "digits": {}, "exact": {}}
    for literal, category in sorted(set(pairs)):
        for reading, key in keys_of(literal, category):
            held = keys[reading].get(key)
            keys[reading][key] = min(held, category) if held else category
    return BundleLiterals({reading: dict(sorted(found.items())) for reading, found in keys.items()})


class LiteralMatcher:
    """The bundle-wide set, compiled."""

    def __init__(self, literals: BundleLiterals) -> None:
        """Compile."""
        self._keys = literals.keys
        self._indexes = (
            ("words", WordIndex(literals.keys.get("words", ()))),
            ("inside", InsideIndex(literals.keys.get("inside", ()))),
            ("squeezed", SqueezedIndex(literals.keys.get("squeezed", ()))),
            ("digits", DigitIndex(literals.keys.get("digits", ()))),
            ("exact", ExactIndex(literals.keys.get("exact", ()))),
        )

    def find(self, text: str) -> list[Span]:
        """Where a literal of the bundle stands in a text, sorted."""
        spans = [span for view in views_of(text) for span in self._in_view(view)]
        return distinct(spans) if spans else spans

    def _in_view(self, view: View) -> Iterator[Span]:
        for reading, index in self._indexes:
            for key, start, end in index.find(view):
                yield Span(*view.span(start, end), self._keys[reading][key], "bundle-literal", _SCORE)
