"""Spans of one text, and how overlapping and neighbouring ones become one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One find: code points of the original text, end exclusive."""

    start: int
    end: int
    category: str
    rule: str
    score: float


def distinct(spans: Iterable[Span]) -> list[Span]:
    """Sorted by place; of finds with equal place and category the best stays."""
    best: dict[tuple[int, int, str], Span] = {}
    for span in spans:
        key = (span.start, span.end, span.category)
        held = best.get(key)
        if held is None or (span.score, held.rule) > (held.score, span.rule):
            best[key] = span
    return sorted(best.values())


def without_contained(spans: list[Span]) -> list[Span]:
    """Drop what lies strictly inside another span of the list: the longer reading explains it."""
    kept: list[Span] = []
    furthest: Span | None = None
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if (
            furthest is not None
            and span.end <= furthest.end
            and (span.start, span.end)
            != (
                furthest.start,
                furthest.end,
            )
        ):
            continue
        kept.append(span)
        if furthest is None or span.end > furthest.end:
            furthest = span
    return kept
