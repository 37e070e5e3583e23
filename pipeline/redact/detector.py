"""Everything that finds: the pattern table, the roster and the policy's term lists, behind one function."""

from __future__ import annotations

from pipeline.redact.folding import views_of
from pipeline.redact.index import WordIndex, words_of
from pipeline.redact.matcher import Matcher
from pipeline.redact.names import NameMatcher
from pipeline.redact.patterns import VERSION
from pipeline.redact.policy import TERM, Policy
from pipeline.redact.roster import Roster
from pipeline.redact.spans import Span, distinct

PROPOSED_BY = f"detector/{VERSION}"


class Detector:
    """One policy and one roster, compiled; use it for many texts."""

    def __init__(self, policy: Policy, roster: Roster, *, gate: bool = True) -> None:
        """Compile; `gate=False` leaves RE2 out (same finds, slower)."""
        self._patterns = Matcher(gate=gate)
        self._names = NameMatcher(roster, policy.protected)
        self._terms = {words_of(word): terms.name for terms in policy.terms for word in terms.words}
        self._term_index = WordIndex(self._terms)
        self._least = policy.min_score

    def find(self, text: str) -> list[Span]:
        """The finds of at least the policy's score, sorted by place; code points of the text."""
        spans = self._patterns.find(text)
        names = self._names.find(text)
        if names:
            spans = spans + names
        if self._terms:
            spans = spans + self._term_spans(text)
        if not spans:
            return spans
        return [span for span in distinct(spans) if span.score >= self._least]

    def _term_spans(self, text: str) -> list[Span]:
        return [
            Span(*view.span(start, end), TERM, f"term-{self._terms[phrase]}", 0.8)
            for view in views_of(text)
            for phrase, start, end in self._term_index.find(view)
        ]
