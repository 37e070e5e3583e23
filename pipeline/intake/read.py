"""One capture object, read once: its entries in order, and in the end what it was.

For every row of the outcome: lines = events + quarantined.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import BinaryIO, Self

from pipeline.intake.archive_read import ArchiveReading
from pipeline.intake.block import Item, entries_of
from pipeline.intake.content import Content, Kind, content_of, database_content, reader_further_on
from pipeline.intake.formats import wickr_usernames
from pipeline.intake.formats.wickr_serverless import key_hints
from pipeline.intake.limits import Limits
from pipeline.intake.magic import OCTETS
from pipeline.intake.neighbours import Neighbours, ZoneNeighbours
from pipeline.intake.outcome import Outcome, read_database, read_text
from pipeline.intake.place import Entry, Place
from pipeline.intake.sources import Sources
from pipeline.intake.spool import Counted, as_file, measured, read_head, spool
from pipeline.model import CaptureObject
from pipeline.storage import Blob, ObjectInfo, Zone

DEFAULT_LIMITS = Limits()


def read_object(
    zone: Zone,
    info: ObjectInfo,
    sources: Sources,
    *,
    timezone: str = "",
    limits: Limits = DEFAULT_LIMITS,
    neighbours: Neighbours | None = None,
) -> ObjectReading:
    """Open one object version when iterated: events and quarantined entries in order, then `objects`.

    Args:
        zone: The captures.
        info: The object version, as `discover` listed it.
        sources: Whose copy it is, by key.
        timezone: Zone of local times where the source states none; empty leaves them unknown.
        limits: What the object may cost.
        neighbours: The files around it, when several objects are read in turn; else made for this one.
    """
    return ObjectReading(zone, info, sources, timezone, limits, neighbours or ZoneNeighbours(zone))


class ObjectReading:
    """The entries of one object. `objects` is complete when the iteration has ended.

    Use it as a context manager where the iteration may stop early, so that the object is closed.

    Raises:
        StorageError: While iterating, when the object cannot be opened.
    """

    def __init__(
        self,
        zone: Zone,
        info: ObjectInfo,
        sources: Sources,
        timezone: str,
        limits: Limits,
        neighbours: Neighbours,
    ) -> None:
        source = sources.of(info.key)
        self.zone = zone
        self.info = info
        self.source = replace(source, timezone=source.timezone or timezone)
        self.limits = limits
        self.neighbours = neighbours
        self.objects: list[CaptureObject] = []
        self.opened = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.close()

    def __iter__(self) -> Iterator[Entry]:
        return entries_of(self.blocks())

    def blocks(self) -> Iterator[Item]:
        """The same entries, those of neighbouring lines together where the reader gives them so."""
        self.objects = []
        with self.opened as stack:
            blob = self.zone.get(self.info.key, self.info.version_id)
            stack.callback(blob.stream.close)
            if self.info.version_id:
                yield from self._stream(blob, self.info.version_id, stack)
            else:
                yield from self._hashed_first(blob, stack)

    def _place(self, version_id: str, sha256: str = "") -> Place:
        return Place(
            object_key=self.info.key,
            version_id=version_id,
            source=self.source,
            content_sha256=sha256,
            limits=self.limits,
            neighbours=self.neighbours,
        )

    def _row(self, place: Place, content: Content, size: int, sha256: str) -> CaptureObject:
        return CaptureObject(
            object_key=place.object_key,
            version_id=place.version_id,
            sha256=sha256,
            size=size,
            modified_utc=self.info.modified_utc,
            format=content.format,
            lines=0,
            events=0,
            quarantined=0,
            path_hint=content.path_hint,
            mime=content.mime if content.kind is Kind.ATTACHMENT else "",
        )

    def _stream(self, blob: Blob, version_id: str, stack: ExitStack) -> Iterator[Item]:
        """The version is known: read straight through where the reader allows it, hashing on the way."""
        head = read_head(blob.stream)
        content = self._judge(head, blob)
        counted = Counted(head, blob.stream)
        outcome = Outcome()
        if content.kind is Kind.TEXT and content.reader and not content.reader.TWO_PASSES:
            yield from read_text(counted.buffered(), content, self._place(version_id), outcome)
            counted.drain()
        elif content.kind in (Kind.ATTACHMENT, Kind.EMPTY, Kind.FOLDER):
            counted.drain()
            yield from self._without_entries(content, self._place(version_id), outcome, counted.size)
        else:
            held = stack.enter_context(spool(counted, self.limits.memory_bytes))
            yield from self._held(held, content, version_id, counted.size, counted.digest.hexdigest())
            return
        row = self._row(self._place(version_id), content, counted.size, counted.digest.hexdigest())
        self.objects += outcome.rows(row)

    def _hashed_first(self, blob: Blob, stack: ExitStack) -> Iterator[Item]:
        """No version: the digest stands for it, so it must be known before the first entry."""
        held = blob.stream
        if not held.seekable():
            held = stack.enter_context(spool(held, self.limits.memory_bytes))
        size, sha256 = measured(held)
        content = self._judge(read_head(held), blob)
        held.seek(0)
        yield from self._held(held, content, sha256, size, sha256)

    def _held(self, held: BinaryIO, content: Content, version_id: str, size: int, sha256: str) -> Iterator[Item]:
        place, outcome = self._place(version_id, sha256), Outcome()
        if content.kind is Kind.UNKNOWN and (reader := reader_further_on(held, self.limits)):
            content = Content(kind=Kind.TEXT, reader=reader)
        if content.kind is Kind.ARCHIVE:
            archive = ArchiveReading(place, self._row(place, content, size, sha256))
            yield from archive.read(held)
            self.objects += archive.objects
            return
        if content.kind is Kind.TEXT:
            yield from read_text(held, content, place, outcome)
        elif content.kind is Kind.DATABASE:
            with as_file(held) as path:
                content = database_content(path)
                yield from read_database(content, path, place, outcome)
        else:
            yield from self._without_entries(content, place, outcome, size)
        self.objects += outcome.rows(self._row(place, content, size, sha256))

    def _judge(self, head: bytes, blob: Blob) -> Content:
        content = content_of(head, blob.metadata)
        if content.kind is Kind.EMPTY and self.info.key.endswith("/"):
            return Content(kind=Kind.FOLDER)
        hints = key_hints(self.info.key)
        if content.kind in (Kind.UNKNOWN, Kind.ATTACHMENT) and hints.get("folder") == "file" and not content.path_hint:
            name = self.info.key.rpartition("/")[2]
            return Content(kind=Kind.ATTACHMENT, mime=content.mime or OCTETS, path_hint=name)
        if content.kind is Kind.UNKNOWN and hints.get("folder") == "username" and b"\0" not in head:
            return Content(kind=Kind.TEXT, reader=wickr_usernames)
        return content

    def _without_entries(self, content: Content, place: Place, outcome: Outcome, size: int) -> Iterator[Item]:
        if content.kind is Kind.EMPTY:
            yield outcome.count(place.quarantined("empty-file"))
        elif content.kind is Kind.UNKNOWN:
            yield outcome.count(place.quarantined("unknown-format", size=size))
