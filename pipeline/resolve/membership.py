"""Who was in a room at a given moment, replayed from its control entries.

A retention bot that joined late has no creation entry: until the first full member list the members are
unknown, which is not the same as nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

FOREVER = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control entry of a room."""

    ts_utc: int
    members: tuple[str, ...] | None
    """The full list where the entry carries one."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    closes: bool = False
    """The room was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The members of a room from one moment until the next change."""

    from_utc: int
    to_utc: int
    members: tuple[str, ...]


def replay(controls: Sequence[Control]) -> Iterator[Span]:
    """Spans in time order, without gaps, from the first full list on.

    A change counts from its own moment; the entry that removes somebody is still addressed to them.
    """
    current: frozenset[str] | None = None
    start = 0
    for control in controls:
        after = _after(current, control)
        if after == current:
            continue
        if current is not None and control.ts_utc + 1 > start:
            yield Span(from_utc=start, to_utc=control.ts_utc + 1, members=tuple(sorted(current)))
        start = control.ts_utc + 1 if current is not None else control.ts_utc
        current = after
    if current:
        yield Span(from_utc=start, to_utc=FOREVER, members=tuple(sorted(current)))


def _after(current: frozenset[str] | None, control: Control) -> frozenset[str] | None:
    if control.closes:
        return frozenset() if current is not None else None
    if control.members is not None:
        return frozenset(control.members)
    if current is None:
        return None
    return (current | frozenset(control.added)) - frozenset(control.removed)


def texts(values: object) -> tuple[str, ...]:
    """The strings of a JSON list; anything else counts as none."""
    if not isinstance(values, Iterable) or isinstance(values, str | bytes | dict):
        return ()
    return tuple(value for value in values if isinstance(value, str))
