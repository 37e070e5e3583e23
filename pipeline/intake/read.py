"""One capture object, read once: its entries in order, and in the end what it was.

For every row of the outcome: lines = events + quarantined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from pipeline.intake.place import DECRYPTED, Entry, Place, TextSink
from pipeline.intake.sealed import FORMAT as SEALED
from pipeline.intake.sealed import Found, Unsealed, is_instruction, unsealed
from pipeline.intake.sources import Sources
from pipeline.intake.spool import Counted, as_file, measured, read_head, spool
from pipeline.model import CaptureObject
from pipeline.storage import ObjectInfo, Zone

DEFAULT_LIMITS = Limits()
_WITHOUT_ENTRIES = (Kind.ATTACHMENT, Kind.EMPTY, Kind.FOLDER, Kind.INSTRUCTION)


def read_object(
    zone: Zone,
    info: ObjectInfo,
    sources: Sources,
    *,
    timezone: str = "",
    limits: Limits = DEFAULT_LIMITS,
    neighbours: Neighbours | None = None,
    texts: TextSink | None = None,
) -> ObjectReading:
    """Open one object version when iterated: events and quarantined entries in order, then `objects`.

    Args:
        zone: The captures.
        info: The object version, as `discover` listed it.
        sources: Whose copy it is, by key.
        timezone: Zone of local times where the source states none; empty leaves them unknown.
        limits: What the object may cost.
        neighbours: The files around it, when several objects are read in turn; else made for this one.
        texts: Where the texts of attachments go; None leaves them unread.
    """
    return ObjectReading(zone, info, sources, timezone, limits, neighbours or ZoneNeighbours(zone), texts)


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
        texts: TextSink | None,
    ) -> None:
        source = sources.of(info.key)
        self.zone = zone
        self.info = info
        self.source = replace(source, timezone=source.timezone or timezone)
        self.limits = limits
        self.neighbours = neighbours
        self.texts = texts
        self.objects: list[CaptureObject] = []
        self.member = ""
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
        self.member = ""
        with self.opened as stack:
            blob = self.zone.get(self.info.key, self.info.version_id)
            stack.callback(blob.stream.close)
            head = read_head(blob.stream)
            content = self._judge(head, blob.metadata)
            stored = Counted(head, blob.stream)
            found = Found(
                zone=self.zone,
                info=self.info,
                source=self.source,
                metadata=blob.metadata,
                head=head,
                content=content,
            )
            if inside := unsealed(found, stored, self.limits):
                yield from self._sealed(inside, blob.metadata, stored, stack)
            elif self.info.version_id:
                yield from self._stream(content, stored, self.info.version_id, stack)
            else:
                yield from self._hashed_first(content, blob.stream, stored, stack)

    def _sealed(
        self, inside: Unsealed, metadata: Mapping[str, str], stored: Counted, stack: ExitStack
    ) -> Iterator[Item]:
        """An object that was encrypted: one row as it is stored, and its content as a member of it."""
        size, sha256 = stored.size, stored.digest.hexdigest()
        version_id, outcome = self.info.version_id or sha256, Outcome()
        place = self._place(version_id, sha256)
        if inside.plain is None:
            yield outcome.count(place.quarantined(inside.reason, detail=inside.detail, size=size, sha256=sha256))
        self.objects += outcome.rows(replace(self._row(place, Content(kind=Kind.UNKNOWN), size, sha256), format=SEALED))
        if inside.plain is not None:
            plain = stack.enter_context(inside.plain)
            self.member = DECRYPTED
            size, sha256 = measured(plain)
            content = self._judge(read_head(plain), metadata)
            plain.seek(0)
            hint = content.path_hint or self.info.key
            yield from self._held(plain, replace(content, path_hint=hint), version_id, size, sha256)

    def _place(self, version_id: str, sha256: str = "") -> Place:
        return Place(
            object_key=self.info.key,
            version_id=version_id,
            member=self.member,
            source=self.source,
            content_sha256=sha256,
            limits=self.limits,
            neighbours=self.neighbours,
            texts=self.texts,
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
            member=place.member,
        )

    def _stream(self, content: Content, stored: Counted, version_id: str, stack: ExitStack) -> Iterator[Item]:
        """The version is known: read straight through where the reader allows it, hashing on the way."""
        outcome = Outcome()
        if content.kind is Kind.TEXT and content.reader and not content.reader.TWO_PASSES:
            yield from read_text(stored.buffered(), content, self._place(version_id), outcome)
            stored.drain()
        elif content.kind in _WITHOUT_ENTRIES and not self._holds_text(content):
            stored.drain()
            yield from self._without_entries(content, self._place(version_id), outcome, stored.size)
        else:
            held = stack.enter_context(spool(stored, self.limits.memory_bytes))
            yield from self._held(held, content, version_id, stored.size, stored.digest.hexdigest())
            return
        row = self._row(self._place(version_id), content, stored.size, stored.digest.hexdigest())
        self.objects += outcome.rows(row)

    def _hashed_first(self, content: Content, stream: BinaryIO, stored: Counted, stack: ExitStack) -> Iterator[Item]:
        """No version: the digest stands for it, so it must be known before the first entry."""
        if stream.seekable():
            held = stream
            held.seek(0)
        else:
            held = stack.enter_context(spool(stored, self.limits.memory_bytes))
        size, sha256 = measured(held)
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
            if self.texts is not None and self._holds_text(content):
                self.texts.take(place.object_key, place.version_id, place.member, sha256, held, content.mime)
        self.objects += outcome.rows(self._row(place, content, size, sha256))

    def _holds_text(self, content: Content) -> bool:
        return content.kind is Kind.ATTACHMENT and self.texts is not None and self.texts.wants(content.mime)

    def _judge(self, head: bytes, metadata: Mapping[str, str]) -> Content:
        content = content_of(head, metadata)
        if content.kind is Kind.EMPTY and self.info.key.endswith("/"):
            return Content(kind=Kind.FOLDER)
        if content.kind not in (Kind.UNKNOWN, Kind.ATTACHMENT):
            return content
        if is_instruction(self.info.key, head):
            return Content(kind=Kind.INSTRUCTION)
        folder, name = key_hints(self.info.key).get("folder"), self.info.key.rpartition("/")[2]
        if folder == "file" and not content.path_hint:
            return Content(kind=Kind.ATTACHMENT, mime=content.mime or OCTETS, path_hint=name)
        if folder in ("message", "username") and content.kind is Kind.UNKNOWN:
            # As the enclave writes them, encrypted; what can be read is in the twin that was decrypted on demand.
            if b"\0" in head:
                return replace(content, reason="sealed-unknown-algorithm")
            return Content(kind=Kind.TEXT, reader=wickr_usernames) if folder == "username" else content
        return content

    def _without_entries(self, content: Content, place: Place, outcome: Outcome, size: int) -> Iterator[Item]:
        if content.kind is Kind.EMPTY:
            yield outcome.count(place.quarantined("empty-file"))
        elif content.kind is Kind.UNKNOWN:
            yield outcome.count(place.quarantined(content.reason, size=size))
