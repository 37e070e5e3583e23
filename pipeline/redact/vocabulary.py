"""Word lists that several rules share."""

from __future__ import annotations

from functools import cache
from importlib import resources


def words(*lines: str) -> frozenset[str]:
    """The words of some lines."""
    return frozenset(" ".join(lines).split())


@cache
def ordinary_words() -> frozenset[str]:
    """Words of everyday English and Spanish that are names too; alone, they count as a name only in a context."""
    return words(resources.files("pipeline.redact").joinpath("ordinary_words.txt").read_text("utf-8"))


def is_ordinary(phrase: str) -> bool:
    """Whether a single word is too common to stand for a person by itself."""
    return phrase in ordinary_words() or (phrase.isascii() and len(phrase) <= 2)
