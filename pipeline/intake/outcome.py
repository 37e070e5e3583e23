"""The count of one text: every entry that a reader gives is counted once, as an event or as quarantined."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from pipeline.intake.block import Block, Item
from pipeline.intake.content import Content, Kind
from pipeline.intake.place import Inner, Place
from pipeline.intake.spool import Utf16Text, spool
from pipeline.model import CaptureObject, Event

ATTACHED = "attached"
"""The format of an attachment that lies inside a text; the event that names it knows its bytes already."""


@dataclass(slots=True)
class Outcome:
    """Entries counted so far."""

    events: int = 0
    quarantined: int = 0
    inner: list[Inner] = field(default_factory=list)
    """Attachments that lie inside the text."""

    def count(self, entry: Item) -> Item:
        """Count an entry, or the entries of a block, and pass it on."""
        if type(entry) is Event:
            self.events += 1
        elif type(entry) is Block:
            self.events += entry.events
            self.quarantined += entry.quarantined
        else:
            self.quarantined += 1
        return entry

    def counted(self, row: CaptureObject) -> CaptureObject:
        """The row with these counts."""
        lines = self.events + self.quarantined
        return replace(row, lines=lines, events=self.events, quarantined=self.quarantined)

    def rows(self, row: CaptureObject) -> list[CaptureObject]:
        """The row with these counts, and one for each attachment inside the text."""
        plain = replace(row, format=ATTACHED, lines=0, events=0, quarantined=0, path_hint="")
        return [
            self.counted(row),
            *(replace(plain, member=one.member, sha256=one.sha256, size=one.size, mime=one.mime) for one in self.inner),
        ]


def read_text(stream: BinaryIO, content: Content, place: Place, outcome: Outcome) -> Iterator[Item]:
    """The entries of a text by its reader, turned into UTF-8 first where it must be."""
    if content.reader is None:
        return
    outcome.inner = place.inner
    read: Callable[[BinaryIO, Place], Iterator[Item]] = getattr(content.reader, "blocks", content.reader.read)
    if not content.codec:
        yield from map(outcome.count, read(stream, place))
        return
    utf8 = io.BufferedReader(Utf16Text(stream, content.codec))
    if not content.reader.TWO_PASSES:
        yield from map(outcome.count, read(utf8, place))
        return
    with spool(utf8, place.limits.memory_bytes) as held:
        yield from map(outcome.count, read(held, place))


def read_database(content: Content, path: Path, place: Place, outcome: Outcome) -> Iterator[Item]:
    """The entries of an SQLite file by its reader; none when it is an attachment."""
    if content.database is not None:
        outcome.inner = place.inner
        yield from map(outcome.count, content.database.read(path, place))
    elif content.kind is Kind.UNKNOWN:
        yield outcome.count(place.quarantined(content.reason, 1, size=path.stat().st_size))
