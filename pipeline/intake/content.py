"""What one capture object or archive member is, by its content alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

from pipeline.intake.formats import FORMATS
from pipeline.intake.magic import OCTETS, mime_of
from pipeline.intake.place import Reader
from pipeline.intake.spool import HEAD_BYTES, as_utf8, utf16_name
from pipeline.storage import CHUNK


class Kind(Enum):
    """What there is to do with it."""

    TEXT = "text"
    ARCHIVE = "archive"
    ATTACHMENT = "attachment"
    UNKNOWN = "unknown"
    EMPTY = "empty"
    FOLDER = "folder"
    """The empty object by which S3 consoles show a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The verdict: what to do, the reader of a text, the MIME type of an attachment."""

    kind: Kind
    reader: Reader | None = None
    mime: str = ""
    codec: str = ""
    """Set when a text must be turned into UTF-8 first."""
    path_hint: str = ""

    @property
    def format(self) -> str:
        """How the object's row names it: the reader's name, `attachment`, `archive`, `folder` or `unknown`."""
        if self.reader:
            return self.reader.NAME
        return Kind.UNKNOWN.value if self.kind is Kind.EMPTY else self.kind.value


def content_of(head: bytes, metadata: Mapping[str, str] | None = None) -> Content:
    """Judge by the first bytes; `wickrio-type: file` in the object's metadata settles that it is an attachment."""
    if metadata and metadata.get("wickrio-type") == "file":
        return Content(
            kind=Kind.ATTACHMENT, mime=mime_of(head) or OCTETS, path_hint=metadata.get("wickrio-file-path", "")
        )
    if not head:
        return Content(kind=Kind.EMPTY)
    mime = mime_of(head)
    if mime == "application/zip":
        return Content(kind=Kind.ARCHIVE, mime=mime)
    if mime:
        return Content(kind=Kind.ATTACHMENT, mime=mime)
    codec = utf16_name(head)
    text = as_utf8(head, codec) if codec else head
    reader = next((reader for reader in FORMATS if reader.sniff(text)), None)
    return Content(kind=Kind.TEXT, reader=reader, codec=codec) if reader else Content(kind=Kind.UNKNOWN)


def reader_further_on(stream: BinaryIO) -> Reader | None:
    """The reader that knows a later part of a text whose start nobody knew, e.g. behind one endless line."""
    stream.seek(0)
    found: Reader | None = None
    while found is None and (chunk := stream.read(CHUNK)):
        head = chunk.partition(b"\n")[2][:HEAD_BYTES]
        if head and b"\0" not in head:
            found = next((reader for reader in FORMATS if reader.sniff(head)), None)
    stream.seek(0)
    return found
