"""Which date field is the day: decided once per file, by evidence, or refused as ambiguous. Never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Final

from pipeline.intake.formats.whatsapp_header import ORDERS, Head, Shape, day_of

_STAMP: Final = re.compile(r"(?:-|^)(20\d\d)-?([01]\d)-?([0-3]\d)(?:-|\b)")
_DAY_FIRST: Final = frozenset(("ar", "de", "es", "fr", "hi", "id", "it", "nl", "pl", "pt", "ru", "tr"))
_MOST_DAYS: Final = 200_000
_RARE_SHARE: Final = 0.02


@dataclass(slots=True)
class DateEvidence:
    """What the heads of one shape say about their dates, gathered in a first pass."""

    shape: Shape
    days: list[tuple[int, int, int]] = field(default_factory=list)
    """The date fields in file order, repeats in a row left out."""
    counts: dict[tuple[int, int, int], int] = field(default_factory=dict)
    stamps: list[tuple[tuple[int, int, int], date]] = field(default_factory=list)
    """Dates beside the day that a media file's name states."""
    unpadded: bool = False
    upper: bool = False

    def add(self, head: Head, rest: str) -> None:
        """Take in one entry."""
        if (not self.days or self.days[-1] != head.fields) and len(self.days) < _MOST_DAYS:
            self.days.append(head.fields)
        self.counts[head.fields] = self.counts.get(head.fields, 0) + 1
        self.unpadded = self.unpadded or not head.padded
        self.upper = self.upper or head.upper
        if len(self.stamps) < 1000 and "20" in rest and (stamp := _STAMP.search(rest)) and "." in rest:
            day = day_of((int(stamp[1]), int(stamp[2]), int(stamp[3])), "ymd")
            if day:
                self.stamps.append((head.fields, day))


@dataclass(frozen=True, slots=True)
class Decision:
    """The order of the date fields, and what decided it."""

    order: str
    by: str


def decide(evidence: DateEvidence, language: str) -> Decision | None:
    """The order of day, month and year, or None when two orders remain possible."""
    orders = ORDERS[evidence.shape.year_at]
    possible = _valid(evidence, orders[:2]) or _valid(evidence, orders[2:])
    if len(possible) == 1:
        return Decision(possible[0], "only-valid")
    if not possible:
        return _most_valid(evidence, orders)
    one, two = possible
    if all(day_of(fields, one) == day_of(fields, two) for fields in evidence.counts):
        return Decision(one, "same-days")
    for judge in (_by_sequence, _by_media_names):
        if order := judge(evidence, one, two):
            return Decision(order, judge.__name__.removeprefix("_by_").replace("_", "-"))
    order = _by_locale(evidence, language)
    return Decision(order, "locale") if order in possible else None


def _valid(evidence: DateEvidence, orders: Sequence[str]) -> list[str]:
    return [order for order in orders if all(day_of(fields, order) for fields in evidence.counts)]


def _most_valid(evidence: DateEvidence, orders: Sequence[str]) -> Decision | None:
    """Heads pasted into a text can contradict the file's own; they must be few."""
    total = sum(evidence.counts.values())
    bad = {
        order: sum(count for fields, count in evidence.counts.items() if not day_of(fields, order)) for order in orders
    }
    best, *others = sorted(orders, key=lambda order: bad[order])
    clear = bad[best] <= max(1, total * _RARE_SHARE) and all(bad[order] > 2 * bad[best] for order in others)
    return Decision(best, "most-valid") if clear else None


def _by_sequence(evidence: DateEvidence, one: str, two: str) -> str:
    """Entries stand in the order they were sent, so the right order of fields never goes back."""
    backward = [_backward(evidence.days, order) for order in (one, two)]
    if backward[1] >= 1 + 10 * backward[0]:
        return one
    return two if backward[0] >= 1 + 10 * backward[1] else ""


def _backward(days: Sequence[tuple[int, int, int]], order: str) -> int:
    found = [day for fields in days if (day := day_of(fields, order))]
    return sum((before - after).days > 1 for before, after in pairwise(found))


def _by_media_names(evidence: DateEvidence, one: str, two: str) -> str:
    """Media names hold a day written year first."""
    fits = [sum(day_of(fields, order) == day for fields, day in evidence.stamps) for order in (one, two)]
    if fits[0] and not fits[1]:
        return one
    return two if fits[1] and not fits[0] else ""


def _by_locale(evidence: DateEvidence, language: str) -> str:
    """Dots and dashes are never month first; slashes are where English says AM or PM in capitals without zeros."""
    shape = evidence.shape
    if shape.year_at in (0, 1):
        return "ymd" if shape.year_at == 0 else ""
    if set(shape.separators) <= {".", "-"}:
        return "dmy"
    if language in _DAY_FIRST:
        # Two Spanish locales write 02/05/19, month first, with a 12-hour clock.
        return "dmy" if language != "es" or evidence.unpadded or not shape.halves else ""
    american = shape.halves and evidence.upper and evidence.unpadded and shape.year_at == -1
    return "mdy" if language == "en" and american else ""
