"""Detection once more, over what is released: identifiers of a fixed form must not be there, ledger or not.

The only place where the gate uses the redactor's code: its table of patterns, not its policy, roster or cutting.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from pipeline.redact.matcher import Matcher

STRUCTURED = frozenset({"A_NUMBER", "CARD", "EMAIL", "IBAN", "PHONE", "SSN"})
LEAST_SCORE = 0.7
"""Below it a find needs a person's eye, which the release had before it came here."""
_REPEATS = 80
"""Texts up to this length come again and again: their finds are remembered."""
_REMEMBERED = 50_000
_STAMP = re.compile(r"\b(?:19|20)\d\d-[01]\d-[0-3]\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))?(?!\d)")
"""Dates and times as the renditions print them beside the text."""
_WORTH_IT = re.compile(r"\d.*\d|@|arroba| at ", re.DOTALL)


@cache
def _matcher() -> Matcher:
    return Matcher()


def own_numbers(request: str, bundle_id: str) -> re.Pattern[str]:
    """What the production itself prints beside the text: the bundle's id, the request's number, Bates numbers."""
    prefix = re.escape(request or "FOIA")
    return re.compile(rf"{re.escape(bundle_id)}|\b{prefix}(?:-[0-9]{{5,10}})?(?![0-9])")


def redetect(texts: Iterable[str], kept: frozenset[str], own: re.Pattern[str]) -> Counter[str]:
    """Finds by category.

    Args:
        texts: Released texts, each on its own.
        kept: Categories that the policy releases.
        own: From `own_numbers`; what it matches is not searched.
    """
    wanted = STRUCTURED - kept
    found: Counter[str] = Counter()
    known: dict[str, tuple[str, ...]] = {}
    for text in texts:
        if not wanted or ("at " not in text and not _WORTH_IT.search(text)):
            continue  # taking stamps and own numbers out puts no digit, sign or word in
        finds = known.get(text)
        if finds is None:
            finds = _categories(text, own)
            if len(text) <= _REPEATS:
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[text] = finds
        found.update(category for category in finds if category in wanted)
    return found


def _categories(raw: str, own: re.Pattern[str]) -> tuple[str, ...]:
    """The category of every find that counts."""
    text = own.sub(" \n ", _STAMP.sub(" \n ", raw))
    if not _WORTH_IT.search(text):
        return ()
    return tuple(s.category for s in _matcher().find(text) if s.category in STRUCTURED and s.score >= LEAST_SCORE)
