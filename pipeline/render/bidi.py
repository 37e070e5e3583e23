"""Direction of text: embedding levels of a paragraph and the visual order of a line's runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bidi import algorithm

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def levels(text: str) -> tuple[int, list[int]]:
    """The paragraph's base level and the level of each character; explicit controls must be gone already."""
    if not RIGHT_TO_LEFT.search(text):
        return 0, [0] * len(text)
    storage = algorithm.get_empty_storage()
    base = algorithm.get_base_level(text)
    storage["base_level"] = base
    storage["base_dir"] = ("L", "R")[base]
    algorithm.get_embedding_levels(text, storage)
    # The steps drop nothing when there are no controls, so positions stay those of the text.
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    resolved = [int(character["level"]) for character in storage["chars"]]
    return base, resolved if len(resolved) == len(text) else [base] * len(text)


def visual_order(run_levels: Sequence[int]) -> list[int]:
    """Positions of a line's runs from left to right (rule L2)."""
    order = list(range(len(run_levels)))
    for level in range(max(run_levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            if run_levels[order[start]] < level:
                start += 1
                continue
            end = start
            while end < len(order) and run_levels[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end
    return order
