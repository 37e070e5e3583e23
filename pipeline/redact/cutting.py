"""From finds to deletions: overlapping finds become one, neighbours under the same codes become one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.redact.exemptions import in_order
from pipeline.redact.policy import Policy
from pipeline.redact.spans import Span

_GAP = 8
_WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One deletion of one text."""

    start: int
    end: int
    categories: tuple[str, ...]
    """The one that leads (best score) first."""
    codes: tuple[str, ...]
    rule: str
    score: float


def cuts_of(text: str, spans: Iterable[Span], policy: Policy) -> list[Cut]:
    """The deletions that the policy wants, in order, none touching another under the same codes."""
    wanted = sorted(s for s in spans if s.category in policy.protected and s.start < s.end)
    if not wanted:
        return []
    groups: list[list[Span]] = []
    reach = -1
    for span in wanted:
        if groups and span.start < reach:
            groups[-1].append(span)
            reach = max(reach, span.end)
        else:
            groups.append([span])
            reach = span.end
    cuts: list[Cut] = []
    for cut in (_joined(group, policy) for group in groups):
        if cuts and cuts[-1].codes == cut.codes and _only_signs(text[cuts[-1].end : cut.start]):
            cuts[-1] = _merged(cuts[-1], cut)
        else:
            cuts.append(cut)
    return cuts


def whole(text: str, codes: Iterable[str], categories: Iterable[str]) -> list[Cut]:
    """One deletion of a whole text; none of an empty one."""
    cut = Cut(start=0, end=len(text), categories=tuple(categories), codes=in_order(codes), rule=_WHOLE, score=1.0)
    return [cut] if text else []


def amount_of(literal: str, rule: str = "") -> str:
    """How much was deleted, in the five sizes that a release shows."""
    if rule == _WHOLE:
        return _WHOLE
    words = len(literal.split())
    if words <= 5:
        return "1-5 words"
    if words <= 20:
        return "6-20 words"
    return "paragraph" if "\n" in literal else "line"


def _joined(group: list[Span], policy: Policy) -> Cut:
    best = min(group, key=lambda s: (-s.score, s.start, -s.end, s.category))
    categories = dict.fromkeys((best.category, *(s.category for s in group)))
    return Cut(
        start=min(s.start for s in group),
        end=max(s.end for s in group),
        categories=tuple(categories),
        codes=in_order(code for name in categories for code in policy.categories[name].codes),
        rule=best.rule,
        score=best.score,
    )


def _merged(left: Cut, right: Cut) -> Cut:
    lead = left if left.score >= right.score else right
    return Cut(
        start=left.start,
        end=right.end,
        categories=tuple(dict.fromkeys((*lead.categories, *left.categories, *right.categories))),
        codes=left.codes,
        rule=lead.rule,
        score=lead.score,
    )


def _only_signs(between: str) -> bool:
    return len(between) <= _GAP and all(c == " " or unicodedata.category(c)[0] in "PZ" for c in between)
