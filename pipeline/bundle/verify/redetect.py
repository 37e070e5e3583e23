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
    for raw in texts:
        text = own.sub(" \n ", _STAMP.sub(" \n ", raw))
        if wanted and _WORTH_IT.search(text):
            found.update(s.category for s in _matcher().find(text) if s.category in wanted and s.score >= LEAST_SCORE)
    return found
