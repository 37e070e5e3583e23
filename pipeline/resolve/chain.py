"""Choose among weighted pairs of places in two sequences the heaviest set that keeps both orders."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places that could be one message."""

    first: int
    second: int
    weight: int
    rule: str


def heaviest_chain(pairs: Sequence[Pair]) -> list[Pair]:
    """The heaviest subset in which both places increase strictly.

    In n log n: `ends` are chain ends by second place, each heavier than those before it. Ties go to earlier places.
    """
    ordered = sorted(pairs, key=lambda pair: (pair.first, -pair.second, pair.weight, pair.rule))
    ends: list[int] = []
    weights: list[int] = []
    holders: list[int] = []
    before: list[int] = []
    for number, pair in enumerate(ordered):
        at = bisect_left(ends, pair.second)
        before.append(holders[at - 1] if at else -1)
        total = pair.weight + (weights[at - 1] if at else 0)
        if at < len(ends) and ends[at] == pair.second and weights[at] >= total:
            continue
        stop = at
        while stop < len(ends) and weights[stop] <= total:
            stop += 1
        ends[at:stop], weights[at:stop], holders[at:stop] = [pair.second], [total], [number]
    chosen: list[Pair] = []
    number = holders[-1] if holders else -1
    while number >= 0:
        chosen.append(ordered[number])
        number = before[number]
    return chosen[::-1]
