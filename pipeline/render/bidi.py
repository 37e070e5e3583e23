"""Direction of text: embedding levels of a paragraph and the visual order of a line's runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bidi import algorithm

_CLOSES = dict(zip("([{〈《「『【〔〖〘〚（［｛｢", ")]}〉》」』】〕〗〙〛）］｝｣", strict=True))

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
    _resolve_brackets(storage["chars"], ("L", "R")[base])
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    resolved = [int(character["level"]) for character in storage["chars"]]
    return base, resolved if len(resolved) == len(text) else [base] * len(text)


def _resolve_brackets(characters: list[dict[str, Any]], embedding: str) -> None:
    """Rule N0, which the library's steps leave out: the two brackets of a pair take one direction."""
    types = [_strong(character["type"]) for character in characters]
    for opening, closing in _pairs(characters):
        inside = {kind for kind in types[opening + 1 : closing] if kind}
        if embedding in inside:
            direction = embedding
        elif inside:
            before = next((kind for kind in reversed(types[:opening]) if kind), embedding)
            direction = before if before != embedding else embedding
        else:
            continue
        for position in (opening, closing):
            characters[position]["type"] = types[position] = direction


def _strong(kind: str) -> str:
    """Numbers count as right-to-left here."""
    return {"L": "L", "R": "R", "AL": "R", "EN": "R", "AN": "R"}.get(kind, "")


def _pairs(characters: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Bracket pairs by position of the opening one; an unmatched bracket is none."""
    open_brackets: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for position, character in enumerate(characters):
        sign = character["ch"]
        if character["type"] != "ON":
            continue
        if sign in _CLOSES:
            open_brackets.append((_CLOSES[sign], position))
        for depth in range(len(open_brackets) - 1, -1, -1):
            if open_brackets[depth][0] == sign:
                pairs.append((open_brackets[depth][1], position))
                del open_brackets[depth:]
                break
    return sorted(pairs)


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
