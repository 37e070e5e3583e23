"""Where a reader stands: the object it reads, what is known of its source, and the limits it keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Protocol, TypeAlias, TypeVar

from pipeline.intake.limits import Limits
from pipeline.intake.magic import OCTETS, mime_of
from pipeline.intake.neighbours import Neighbours, NoNeighbours, resolved
from pipeline.intake.sources import Source
from pipeline.model import MOST_IN_ID, Attachment, Event, Quarantined, event_id, event_id_start

T = TypeVar("T")

Entry: TypeAlias = Event | Quarantined
"""The outcome of one entry of a capture object."""


DECRYPTED: Final = "decrypted"
"""The member that stands for the content of an encrypted object."""
_LONGEST_PATH: Final = 1024
_MIME_HEAD: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """An attachment whose bytes lie inside the text that names it."""

    member: str
    sha256: str
    size: int
    mime: str


class TextSink(Protocol):
    """Takes the texts of attachments while their bytes are at hand (`pipeline.intake.texts`)."""

    def wants(self, mime: str) -> bool:
        """Whether files of that type are worth holding on to."""

    def take(
        self, object_key: str, version_id: str, member: str, sha256: str, data: bytes | BinaryIO, mime: str
    ) -> None:
        """Read one attachment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One text to read: an object version, or a member of an archive object."""

    object_key: str
    version_id: str = ""
    member: str = ""
    source: Source = field(default_factory=Source)
    content_sha256: str = ""
    """Digest of the whole text; empty for readers that stream it once."""
    limits: Limits = field(default_factory=Limits)
    neighbours: Neighbours = field(default_factory=NoNeighbours, compare=False)
    inner: list[Inner] = field(default_factory=list, compare=False)
    """The attachments that the reader found inside the text so far."""
    texts: TextSink | None = field(default=None, compare=False)
    """Where the texts of attachments go; None leaves them unread."""

    @property
    def name(self) -> str:
        """The path that names this text: the member's inside an archive, else the key. A hint, never a proof."""
        return self.object_key if self.member in ("", DECRYPTED) else self.member

    def path_of(self, relative: str) -> str | None:
        """The path of a file named relative to this text's own folder; None when it climbs out."""
        path = resolved(self.name.rpartition("/")[0], relative)
        return None if path is None or "\0" in path or len(path) > _LONGEST_PATH else path

    def beside(self, relative: str, limit: int = 64 << 20) -> bytes | None:
        """The bytes of a file of the same archive or folder tree, e.g. `../users.json`; None when there is none."""
        path = self.path_of(relative)
        return self.neighbours.read(path, limit) if path else None

    def beside_as(self, relative: str, parse: Callable[[bytes | None], T], limit: int = 64 << 20) -> T:
        """What `parse` makes of a file beside this text; made once for all texts beside the same file."""
        key = (self.path_of(relative), parse.__module__, parse.__qualname__)
        return self.neighbours.remember(key, lambda: parse(self.beside(relative, limit)))

    def siblings(self, relative: str = "") -> Sequence[str]:
        """Paths of all files below a folder near this text, relative to that folder, sorted."""
        folder = self.path_of(relative)
        if folder is None:
            return ()
        start = len(folder) + 1 if folder else 0
        return [path[start:] for path in self.neighbours.names(folder)]

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, made once for all texts of the same folder."""
        return self.neighbours.remember((self.name.rpartition("/")[0], key), make)

    def attach(self, path: str, data: bytes, *, name: str, mime: str = "") -> Attachment:
        """An attachment whose bytes lie inside this text; they become an object of their own.

        Args:
            path: Unique and stable inside this text, e.g. `<line>/<number>`.
            data: The bytes, decoded.
            name: As the capture gives it.
            mime: What the capture claims; used when the content proves nothing else.
        """
        member = f"{self.member}!/{path}" if self.member else path
        found = mime_of(data[:_MIME_HEAD]) or mime or OCTETS
        sha256 = hashlib.sha256(data).hexdigest()
        self.inner.append(Inner(member=member, sha256=sha256, size=len(data), mime=found))
        if self.texts is not None:
            self.texts.take(self.object_key, self.version_id, member, sha256, data, found)
        return Attachment(
            name=name,
            object_key=self.object_key,
            version_id=self.version_id,
            member=member,
            sha256=sha256,
            size=len(data),
            mime=found,
        )

    def event_ids(self) -> Callable[[int], str]:
        """`event_id` for the lines of this place, with the part they share made once."""
        start = self.event_id_start

        def of_line(line: int) -> str:
            return f"{start}{line:08x}00" if line < MOST_IN_ID[0] else self.event_id(line)

        return of_line

    @property
    def event_id_start(self) -> str:
        """What the ids of all entries of this place start with."""
        return event_id_start(self.object_key, self.version_id, self.member)

    def event_id(self, line: int, ordinal: int = 0) -> str:
        """The id of the entry at a line of this place."""
        return event_id(self.object_key, self.version_id, self.member, line, ordinal)

    def quarantined(
        self, reason: str, line: int = 0, raw: bytes | None = None, *, detail: str = "", size: int = 0, sha256: str = ""
    ) -> Quarantined:
        """An entry of this place that could not become an event."""
        return Quarantined(
            reason=reason,
            detail=detail,
            object_key=self.object_key,
            version_id=self.version_id,
            member=self.member,
            line=line,
            raw_sha256=sha256 if raw is None else hashlib.sha256(raw).hexdigest(),
            size=size if raw is None else len(raw),
        )


class Reader(Protocol):
    """A capture format: a module of `pipeline.intake.formats`."""

    NAME: str
    TWO_PASSES: bool
    """Whether `read` needs a stream that can seek, and the digest of the whole text."""

    def sniff(self, head: bytes) -> bool:
        """Whether these first bytes are this format's. Content only; names are opaque."""

    def read(self, stream: BinaryIO, place: Place) -> Iterator[Entry]:
        """Every entry in order: an event, or quarantined."""


class DatabaseReader(Protocol):
    """A capture format that is an SQLite file: a module of `pipeline.intake.formats`."""

    NAME: str

    def knows(self, tables: frozenset[str]) -> bool:
        """Whether a database with these tables is this format's."""

    def read(self, path: Path, place: Place) -> Iterator[Entry]:
        """Every entry in order: an event, or quarantined. The file is nobody else's; it must be opened read-only."""
