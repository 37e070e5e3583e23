"""Everything that finds: the pattern table, the roster and the policy's term lists, behind one function."""

from __future__ import annotations

from pipeline.redact.folding import views_of
from pipeline.redact.index import words_of
from pipeline.redact.matcher import whole_table
from pipeline.redact.names import NameMatcher
from pipeline.redact.patterns import VERSION
from pipeline.redact.policy import Policy
from pipeline.redact.roster import Roster
from pipeline.redact.spans import Span, distinct

PROPOSED_BY = f"detector/{VERSION}"

REPEATS = 80
"""Texts up to this length come again and again in a chat (names, titles, "ok"): their finds are remembered."""
REMEMBERED = 50_000


class Detector:
    """One policy and one roster, compiled; use it for many texts."""

    def __init__(self, policy: Policy, roster: Roster, *, gate: bool = True) -> None:
        """Compile; `gate=False` leaves RE2 out (same finds, slower)."""
        self._patterns = whole_table(gate=gate)
        terms = {words_of(word): terms.name for terms in policy.terms for word in terms.words}
        self._names = NameMatcher(roster, policy.protected, terms)
        self._least = policy.min_score
        self._known: dict[str, list[Span]] = {}

    def find(self, text: str) -> list[Span]:
        """The finds of at least the policy's score, sorted by place; code points of the text. Not to be changed."""
        if len(text) > REPEATS:
            return self._find(text)
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            found = self._known[text] = self._find(text)
        return found

    def _find(self, text: str) -> list[Span]:
        views = views_of(text)
        spans = self._patterns.find_in(views) + self._names.find_in(views)
        if not spans:
            return spans
        return [span for span in distinct(spans) if span.score >= self._least]
