"""The public edition: counts small enough to point at a person are hidden, and cannot be worked out from the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipeline.report.figures import Figure
from pipeline.report.queries import SECTIONS

Cells = Mapping[tuple[str, ...], list[int]]


def for_the_public(figures: Iterable[Figure], below: int) -> list[Figure]:
    """The figures with small cells hidden; unchanged when `below` is 0.

    A group of a section that counts people is hidden whole when one of its figures lies between 1 and `below` - 1.
    Where the groups add up to a published total, the next smallest groups are hidden too until
    what is hidden could be more than one group and adds up to at least `below`.
    """
    listed = list(figures)
    if below <= 0:
        return listed
    cells: dict[str, dict[tuple[str, ...], list[int]]] = defaultdict(lambda: defaultdict(list))
    for figure in listed:
        if SECTIONS[figure.section].people and figure.value is not None:
            cells[figure.section][figure.item].append(figure.value)
    hidden = {(section, item) for section, groups in cells.items() for item in _hidden(section, groups, below)}
    return [
        replace(figure, value=None) if (figure.section, figure.item) in hidden else figure
        for figure in listed
        if SECTIONS[figure.section].public
    ]


def _hidden(section: str, groups: Cells, below: int) -> set[tuple[str, ...]]:
    hidden = {item for item, values in groups.items() if any(0 < value < below for value in values)}
    if not hidden or not SECTIONS[section].total:
        return hidden
    rest = sorted((values, item) for item, values in groups.items() if item not in hidden and any(values))
    for _, item in rest:
        sums = [sum(column) for column in zip(*(groups[held] for held in hidden), strict=True)]
        if len(hidden) > 1 and all(total >= below for total in sums):
            break
        hidden.add(item)
    return hidden
