"""Where a reader stands: the object it reads, what is known of its source, and the limits it keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, TypeAlias

from pipeline.intake.sources import Source
from pipeline.model import Event, Quarantined, event_id

Entry: TypeAlias = Event | Quarantined
"""The outcome of one entry of a capture object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one object may cost. A line, member or file beyond a limit is quarantined, the rest goes on."""

    line_bytes: int = 16 << 20
    """One line, or one document that is not made of lines."""
    json_depth: int = 64
    archive_depth: int = 3
    """Archives in archives; 1 reads the members of a plain zip."""
    archive_members: int = 100_000
    archive_ratio: int = 200
    """Unpacked to packed bytes, of one member and of all; small members are let through."""
    archive_ratio_floor: int = 4 << 20
    """Members below this size are never called bombs: a short run of zeros packs well."""
    member_bytes: int = 4 << 30
    archive_bytes: int = 64 << 30
    memory_bytes: int = 32 << 20
    """What is spooled in memory before a temporary file takes over."""


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

    @property
    def name(self) -> str:
        """The path that names this text: the member's inside an archive, else the key. A hint, never a proof."""
        return self.member or self.object_key

    def event_ids(self) -> Callable[[int], str]:
        """`event_id` for the lines of this place, with the part they share hashed once."""
        shared = "\x1f".join((self.object_key, self.version_id, self.member, ""))
        base = hashlib.sha256(shared.encode("utf-8", "surrogatepass"))

        def of_line(line: int) -> str:
            digest = base.copy()
            digest.update(b"%d\x1f0" % line)
            return digest.hexdigest()[:32]

        return of_line

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
