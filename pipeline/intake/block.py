"""The entries of neighbouring lines in the shape that Parquet wants: columns that were never single events.

A reader may give blocks where most of its lines are alike. Whoever iterates one sees the same entries in the same
order as from a reader that gives them one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import TypeAlias

import pyarrow as pa

from pipeline.intake.place import Entry
from pipeline.model import Event, events_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some lines' entries: the events of the batches, and the others, each by line."""

    batches: Sequence[pa.RecordBatch]
    """Events with STORED_EVENT_SCHEMA."""
    others: Sequence[Entry]
    size: int
    """Bytes that it was read from."""

    @property
    def events(self) -> int:
        """How many of the entries are events."""
        columns = sum(int(batch.num_rows) for batch in self.batches)
        return columns + sum(type(entry) is Event for entry in self.others)

    @property
    def quarantined(self) -> int:
        """How many are quarantined."""
        return sum(type(entry) is not Event for entry in self.others)

    def __iter__(self) -> Iterator[Entry]:
        yield from merge(*map(events_of, self.batches), self.others, key=lambda entry: entry.line)


Item: TypeAlias = Entry | Block
"""What flows from a reader to the tables."""


def entries_of(items: Iterable[Item]) -> Iterator[Entry]:
    """One entry after the other."""
    for item in items:
        if isinstance(item, Block):
            yield from item
        else:
            yield item
