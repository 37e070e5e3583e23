"""The heaviest chain is as heavy as trying everything finds."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.resolve.chain import Pair, heaviest_chain

PAIRS = st.lists(st.builds(Pair, st.integers(0, 5), st.integers(0, 5), st.integers(1, 9), st.just("rule")), max_size=8)


def is_chain(pairs: list[Pair]) -> bool:
    return all(one.first < two.first and one.second < two.second for one, two in pairwise(pairs))


@given(PAIRS)
def test_nothing_heavier_keeps_both_orders(pairs: list[Pair]) -> None:
    chosen = heaviest_chain(pairs)
    assert is_chain(chosen)
    ordered = sorted(pairs, key=lambda pair: (pair.first, pair.second))
    every = (list(held) for size in range(len(pairs) + 1) for held in combinations(ordered, size))
    assert sum(pair.weight for pair in chosen) == max(sum(p.weight for p in held) for held in every if is_chain(held))


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_does_not_matter(pairs: list[Pair], rng) -> None:  # type: ignore[no-untyped-def]
    assert heaviest_chain(rng.sample(pairs, len(pairs))) == heaviest_chain(pairs)


def test_ties_go_to_earlier_places() -> None:
    pairs = [Pair(i, j, 5, "rule") for i in range(3) for j in range(2)]
    assert [(pair.first, pair.second) for pair in heaviest_chain(pairs)] == [(0, 0), (1, 1)]
    assert [(pair.first, pair.second) for pair in heaviest_chain(pairs[:2])] == [(0, 0)]
