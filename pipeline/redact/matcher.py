"""Run the detector table over a text: one pass of a multi-pattern gate, then only the rows that can match.

The gate is RE2's set matcher, linear in the text. Without it each row is tried by itself: slower, same finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipeline.redact.folding import View, views_of
from pipeline.redact.patterns import PATTERNS, Pattern
from pipeline.redact.spans import Span, distinct

try:
    import re2
except ImportError:  # pragma: no cover - the fallback is tested by asking for it
    re2 = None

_EDGES = {
    "": ("", ""),
    "alnum": (r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"),
    "digit": (r"(?<![0-9])", r"(?![0-9])"),
    "decimal": (r"(?<![0-9A-Za-z$€£])(?<![0-9][.,])", r"(?![0-9A-Za-z])(?![.,][0-9])"),
    "ip": (r"(?<![0-9A-Za-z:])(?<![0-9A-Za-z]\.)", r"(?![0-9A-Za-z:])(?!\.[0-9])"),
}
_REACH = 48
_BOOST = 0.15
_TRAILING = " \t\n.,;:!?'\"-"
_MEMORY = 1 << 28


@dataclass(frozen=True, slots=True)
class _Row:
    pattern: Pattern
    find: re.Pattern[str]
    context: re.Pattern[str] | None


def _compiled(pattern: Pattern) -> _Row:
    before, after = _EDGES[pattern.edge]
    flags = re.ASCII if pattern.cased else re.ASCII | re.IGNORECASE
    context = re.compile(rf"\b{pattern.context}\b", re.ASCII | re.IGNORECASE) if pattern.context else None
    return _Row(pattern, re.compile(f"{before}(?:{pattern.body}){after}", flags), context)


class Matcher:
    """The table, compiled."""

    def __init__(self, patterns: Sequence[Pattern] = PATTERNS, *, gate: bool = True) -> None:
        """Compile the rows; `gate=False` leaves RE2 out."""
        self._rows = [_compiled(p) for p in patterns]
        self._gate: Callable[[str], Iterable[int]] = self._re2_gate() if gate and re2 is not None else self._every_row

    def find(self, text: str) -> list[Span]:
        """What the table finds in a text, in every reading of it, sorted."""
        return self.find_in(views_of(text))

    def find_in(self, views: Iterable[View]) -> list[Span]:
        """The same over the views of a text, for a caller that has them."""
        spans: list[Span] = []
        for view in views:
            hits = self._gate(view.text)
            if hits:
                for index in hits:
                    spans.extend(_finds(self._rows[index], view))
        return distinct(spans) if spans else spans

    def _every_row(self, _: str) -> Iterable[int]:
        return range(len(self._rows))

    def _re2_gate(self) -> Callable[[str], Iterable[int]]:
        options: Any = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        gate = re2.Set.SearchSet(options)
        for row in self._rows:
            gate.Add(row.pattern.body if row.pattern.cased else f"(?i){row.pattern.body}")
        gate.Compile()
        match: Callable[[str], Iterable[int]] = gate.Match
        return match


@cache
def whole_table(*, gate: bool = True) -> Matcher:
    """The whole table, compiled once per process; it keeps nothing of the texts it reads."""
    return Matcher(gate=gate)


def _finds(row: _Row, view: View) -> Iterator[Span]:
    """Every value of a row. Where a match is refused or only its head is kept, the search goes on right behind it:
    the rest may hold another value.
    """
    pattern, text = row.pattern, view.text
    at = 0
    while at <= len(text) and (match := row.find.search(text, at)):
        start, end = match.span(pattern.group)
        while end > start and text[end - 1] in _TRAILING:
            end -= 1
        kept = pattern.check(text[start:end])
        score = _score(row, text, match) if kept else None
        if score is None:
            at = match.start() + 1
            continue
        yield Span(*view.span(start, start + kept), pattern.category, pattern.rule, score)
        at = max(match.start() + 1, match.end() if start + kept == end else start + kept)


def _score(row: _Row, text: str, match: re.Match[str]) -> float | None:
    if row.context is None:
        return row.pattern.score
    if row.context.search(text[max(0, match.start() - _REACH) : match.end() + _REACH]):
        return round(min(1.0, row.pattern.score + _BOOST), 2)
    return None if row.pattern.need else row.pattern.score
