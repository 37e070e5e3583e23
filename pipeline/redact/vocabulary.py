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


@cache
def common_words() -> frozenset[str]:
    """The most common of them: found as a name in one place, such a word is still only a word in the next."""
    lines = resources.files("pipeline.redact").joinpath("common_words.txt").read_text("utf-8").splitlines()
    return words(*(line for line in lines if not line.startswith("#")))


def is_common(phrase: str) -> bool:
    """Whether a single word is never carried from one place to another."""
    return phrase in common_words() or (phrase.isascii() and len(phrase) <= 2)


def is_ordinary(phrase: str) -> bool:
    """Whether a single word is too common to stand for a person by itself."""
    return phrase in ordinary_words() or (phrase.isascii() and len(phrase) <= 2)
