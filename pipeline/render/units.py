"""Reads a part by conversation-day, the record unit, holding one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.render.released import Record, decode, read_lines

_SHORT_DAY = 2000
"""Records that are kept decoded; longer days are decoded twice instead."""


@dataclass(slots=True)
class Unit:
    """A conversation-day as it is read: who and what is in it, and its lines; decoded ones of short days only."""

    first: Record
    lines: list[bytes] = field(default_factory=list)
    decoded: list[Record] = field(default_factory=list)
    persons: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    bases: dict[str, None] = field(default_factory=dict)

    def take(self, line: bytes, record: Record) -> None:
        """Add one record."""
        self.lines.append(line)
        if len(self.lines) <= _SHORT_DAY:
            self.decoded.append(record)
        self.bases[record["time_basis"]] = None
        for person in (record["sender"], *record["recipients"]):
            if not person["participant"]:
                continue  # the app's own line
            known = self.persons.get(person["participant"])
            if known is None or not known["name"]:
                self.persons[person["participant"]] = person

    def records(self) -> Iterator[Record]:
        """The records, each decoded once more where there are too many to hold."""
        yield from self.decoded
        yield from map(decode, self.lines[len(self.decoded) :])

    def people(self) -> list[Mapping[str, Any]]:
        """Everyone who sends or receives, by pseudonym."""
        return [self.persons[key] for key in sorted(self.persons, key=_pseudonym_order) if key]


def read_units(path: Path) -> Iterator[Unit]:
    """A part by conversation-day. Holds one unit."""
    unit: Unit | None = None
    for line in read_lines(path):
        record = decode(line)
        if unit is None or any(record[key] != unit.first[key] for key in ("unit", "conversation_id")):
            if unit:
                yield unit
            unit = Unit(record)
        unit.take(line, record)
    if unit:
        yield unit


def _pseudonym_order(pseudonym: str) -> tuple[int, str]:
    digits = pseudonym.lstrip("P")
    return (int(digits) if digits.isdecimal() else 0, pseudonym)
