"""The entries of all members of one archive object, archives in archives included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import BinaryIO

from pipeline.intake.archives import (
    BrokenArchive,
    Budget,
    Member,
    Metered,
    OverLimit,
    Refused,
    guarded,
    open_archive,
    walk,
)
from pipeline.intake.block import Block, Item
from pipeline.intake.content import Content, Kind, content_of, database_content, reader_further_on
from pipeline.intake.magic import OCTETS, document_mime
from pipeline.intake.neighbours import ZipNeighbours
from pipeline.intake.outcome import Outcome, read_database, read_text
from pipeline.intake.place import Place
from pipeline.intake.sealed import Unsealed, unsealed_member
from pipeline.intake.spool import Counted, as_file, read_head, spool
from pipeline.model import CaptureObject, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """A member that was unpacked and measured; `held` only where somebody reads it."""

    path: str
    content: Content
    size: int
    sha256: str
    held: BinaryIO | None
    is_text: bool


class ArchiveReading:
    """Reads one archive. `objects` holds its row and one per member, complete when `read` has ended."""

    def __init__(self, place: Place, row: CaptureObject) -> None:
        self.place = place
        self.row = row
        self.own = Outcome()
        self.members: list[CaptureObject] = []
        self.unknown: list[_Loaded] = []
        self.attached: set[str] = set()
        """Base names of the files that messages of this archive name."""
        self.budget = Budget(limits=place.limits, packed=row.size)
        self.neighbours: list[ZipNeighbours] = []
        """Of the archives that are open, innermost last."""

    @property
    def objects(self) -> list[CaptureObject]:
        """The archive's row, which counts what was refused, then its members'."""
        return [self.own.counted(self.row), *self.members]

    def read(self, stream: BinaryIO) -> Iterator[Item]:
        """Every entry of every member; what may not be read is quarantined under its path."""
        opened = open_archive(stream, self.place.limits)
        if mime := document_mime(opened.names):
            self.row = replace(self.row, format="attachment", mime=mime)
            self._read_text(self.row, stream)
            return
        yield from self._archive(stream, f"{self.place.member}!/" if self.place.member else "", 1)
        yield from self._settle_unknown()

    def _archive(self, stream: BinaryIO, prefix: str, depth: int) -> Iterator[Item]:
        opened = open_archive(stream, self.place.limits)
        if opened.zip is None:
            yield self._refuse(prefix.removesuffix("!/"), opened.refusal)
            return
        with opened.zip:
            self.neighbours.append(ZipNeighbours(opened.zip, prefix))
            for member in walk(opened.zip, self.budget):
                path = prefix + member.path
                if isinstance(member, Refused):
                    yield self._refuse(path, member.reason, member.size)
                else:
                    yield from self._member(member, path, depth)
            self.neighbours.pop()

    def _member(self, member: Member, path: str, depth: int) -> Iterator[Item]:
        with ExitStack() as stack:
            try:
                with guarded():
                    loaded = self._load(member, path, stack)
            except BrokenArchive:
                yield self._refuse(path, "zip-broken", member.info.file_size)
                return
            except OverLimit as problem:
                yield self._refuse(path, problem.reason, member.info.file_size)
                return
            yield from self._loaded(loaded, depth)

    def _load(self, member: Member, path: str, stack: ExitStack) -> _Loaded:
        stream = Metered(stack.enter_context(member.open()), self.budget)
        head = read_head(stream)
        content = content_of(head)
        counted = Counted(head, stream)
        held: BinaryIO | None = None
        texts = self.place.texts
        if content.kind in (Kind.ATTACHMENT, Kind.EMPTY) and not (texts and texts.wants(content.mime)):
            counted.drain()
        else:
            held = stack.enter_context(spool(counted, self.place.limits.memory_bytes))
        return _Loaded(
            path=path,
            content=content,
            size=counted.size,
            sha256=counted.digest.hexdigest(),
            held=held,
            is_text=b"\0" not in head,
        )

    def _loaded(self, loaded: _Loaded, depth: int) -> Iterator[Item]:
        content, held = loaded.content, loaded.held
        if held is not None and content.kind is Kind.UNKNOWN and (reader := reader_further_on(held, self.place.limits)):
            content = Content(kind=Kind.TEXT, reader=reader)
        elif held is not None and content.kind is Kind.UNKNOWN and (inside := self._unsealed(loaded, held)):
            yield from self._opened(loaded, inside, depth)
            return
        if held is not None and content.kind is Kind.TEXT:
            yield from self._entries(loaded, content, lambda place, outcome: read_text(held, content, place, outcome))
        elif held is not None and content.kind is Kind.DATABASE:
            with as_file(held) as path:
                found = database_content(path)
                yield from self._entries(
                    loaded, found, lambda place, outcome: read_database(found, path, place, outcome)
                )
        elif held is not None and content.kind is Kind.ARCHIVE:
            yield from self._nested(loaded, held, depth)
        elif content.kind is Kind.ATTACHMENT:
            self.members.append(self._row(loaded, content))
            self._read_text(self.members[-1], held)
        elif content.kind is Kind.EMPTY:
            yield self._refuse(loaded.path, "empty-file")
        else:
            if loaded.is_text:
                self._read_text(self._row(loaded, Content(kind=Kind.ATTACHMENT, mime="text/plain")), held)
            self.unknown.append(replace(loaded, held=None))

    def _unsealed(self, loaded: _Loaded, held: BinaryIO) -> Unsealed | None:
        return unsealed_member(loaded.path, held, loaded.size, self.place.source.secret, self.place.limits)

    def _opened(self, loaded: _Loaded, inside: Unsealed, depth: int) -> Iterator[Item]:
        """A member that was encrypted, under the path and digest that it has in the archive."""
        if inside.plain is None:
            yield self._refuse(loaded.path, inside.reason, loaded.size, inside.detail)
            return
        with inside.plain as plain:
            content = content_of(read_head(plain))
            if content.kind is Kind.UNKNOWN:
                yield self._refuse(loaded.path, "unknown-format", loaded.size)
            else:
                yield from self._loaded(replace(loaded, content=content, held=plain, is_text=False), depth)

    def _entries(
        self, loaded: _Loaded, content: Content, read: Callable[[Place, Outcome], Iterator[Item]]
    ) -> Iterator[Item]:
        place = replace(
            self.place,
            member=loaded.path,
            content_sha256=loaded.sha256,
            neighbours=self.neighbours[-1],
            inner=[],
        )
        outcome = Outcome()
        for item in read(place, outcome):
            self._note_attached(item)
            yield item
        self.members += outcome.rows(self._row(loaded, content))

    def _note_attached(self, item: Item) -> None:
        named: list[str] = []
        if type(item) is Block:
            for batch in item.batches:
                files = batch.column("attachments").flatten()
                named += [*files.field("name").to_pylist(), *files.field("path").to_pylist()]
        for entry in item.others if type(item) is Block else (item,):
            if type(entry) is Event:
                named += [text for attachment in entry.attachments for text in (attachment.name, attachment.path)]
        self.attached.update(map(_base, named))

    def _nested(self, loaded: _Loaded, held: BinaryIO, depth: int) -> Iterator[Item]:
        if mime := document_mime(open_archive(held, self.place.limits).names):
            self.members.append(self._row(loaded, Content(kind=Kind.ATTACHMENT, mime=mime)))
            self._read_text(self.members[-1], held)
        elif depth >= self.place.limits.archive_depth:
            yield self._refuse(loaded.path, "zip-depth", loaded.size)
        else:
            self.members.append(self._row(loaded, loaded.content))
            yield from self._archive(held, loaded.path + "!/", depth + 1)

    def _read_text(self, row: CaptureObject, held: BinaryIO | None) -> None:
        texts = self.place.texts
        if texts is not None and held is not None and texts.wants(row.mime):
            texts.take(row.object_key, row.version_id, row.member, row.sha256, held, row.mime)

    def _settle_unknown(self) -> Iterator[Item]:
        """A member of no known kind is an attachment when a message of this archive names it."""
        for loaded in self.unknown:
            if _base(loaded.path) in self.attached:
                mime = "text/plain" if loaded.is_text else OCTETS
                self.members.append(self._row(loaded, Content(kind=Kind.ATTACHMENT, mime=mime)))
            else:
                yield self._refuse(loaded.path, "unknown-format", loaded.size)
        self.unknown.clear()

    def _refuse(self, path: str, reason: str, size: int = 0, detail: str = "") -> Item:
        place = replace(self.place, member=path)
        return self.own.count(place.quarantined(reason, size=size, detail=detail))

    def _row(self, loaded: _Loaded, content: Content) -> CaptureObject:
        attachment = content.kind is Kind.ATTACHMENT
        return replace(
            self.row,
            member=loaded.path,
            sha256=loaded.sha256,
            size=loaded.size,
            format=content.format,
            path_hint=loaded.path if attachment else "",
            mime=content.mime if attachment else "",
        )


def _base(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
