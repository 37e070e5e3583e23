"""What one capture object or archive member is, by its content alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from pipeline.intake.formats import DATABASES, FORMATS
from pipeline.intake.limits import Limits
from pipeline.intake.lines import BOM
from pipeline.intake.magic import OCTETS, SQLITE, mime_of
from pipeline.intake.place import DatabaseReader, Reader
from pipeline.intake.spool import HEAD_BYTES, as_utf8, utf16_name
from pipeline.storage import CHUNK


class Kind(Enum):
    """What there is to do with it."""

    TEXT = "text"
    ARCHIVE = "archive"
    DATABASE = "database"
    """An SQLite file; which one it is can only be told from the whole of it."""
    ATTACHMENT = "attachment"
    UNKNOWN = "unknown"
    EMPTY = "empty"
    FOLDER = "folder"
    """The empty object by which S3 consoles show a folder."""
    INSTRUCTION = "instruction"
    """What an encryption client wrote beside an object, to open it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The verdict: what to do, the reader of a text, the MIME type of an attachment."""

    kind: Kind
    reader: Reader | None = None
    database: DatabaseReader | None = None
    mime: str = ""
    codec: str = ""
    """Set when a text must be turned into UTF-8 first."""
    path_hint: str = ""
    reason: str = "unknown-format"
    """Why nobody reads it, where it is unknown."""

    @property
    def format(self) -> str:
        """How the object's row names it: the reader's name, `attachment`, `archive`, `folder` or `unknown`."""
        if named := self.reader or self.database:
            return named.NAME
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
    if mime == SQLITE:
        return Content(kind=Kind.DATABASE, mime=mime)
    if mime:
        return Content(kind=Kind.ATTACHMENT, mime=mime)
    codec = utf16_name(head)
    text = as_utf8(head, codec) if codec else head
    reader = _sniffed(text)
    return Content(kind=Kind.TEXT, reader=reader, codec=codec) if reader else Content(kind=Kind.UNKNOWN)


def reader_further_on(stream: BinaryIO, limits: Limits) -> Reader | None:
    """The reader that knows more of a text than its head, which nobody knew.

    Either its first line is a long one of JSON, whose telling fields come late, or something lies before the text,
    e.g. one endless line.
    """
    stream.seek(0)
    found = _sniffed(_first_line(stream, limits.line_bytes))
    stream.seek(0)
    while found is None and (chunk := stream.read(CHUNK)):
        head = chunk.partition(b"\n")[2][:HEAD_BYTES]
        if head and b"\0" not in head:
            found = _sniffed(head)
    stream.seek(0)
    return found


def _first_line(stream: BinaryIO, longest: int) -> bytes:
    """The whole first line where a head is the start of one line of JSON; else nothing."""
    head = stream.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES or b"\n" in head or head.removeprefix(BOM).lstrip()[:1] not in (b"{", b"["):
        return b""
    del head
    stream.seek(0)
    text = stream.read(longest + 1)
    end = text.find(b"\n") + 1
    return text[: end or None] if end or len(text) <= longest else b""


def _sniffed(text: bytes) -> Reader | None:
    return next((reader for reader in FORMATS if reader.sniff(text)), None) if text else None


def open_database(path: Path) -> sqlite3.Connection:
    """An SQLite file of unknown origin, read-only, for its own list of tables: nothing that it brings along runs.

    `trusted_schema` stays on: without it SQLite calls Signal's own tables malformed, for a function in a column.
    SQLite reads the whole list of tables before anything else. Its heap limit would bound that, but it holds for all
    of the process and for ever, and others work with SQLite there.

    Raises:
        sqlite3.Error: It is none, or is damaged.
    """
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.execute("pragma query_only = on")
        connection.execute("pragma cell_size_check = on")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def database_content(path: Path) -> Content:
    """What an SQLite file is, by its tables; an attachment when no reader knows it, unknown when it is damaged."""
    try:
        with closing(open_database(path)) as connection:
            found = connection.execute("select name from sqlite_schema where type = 'table' limit 10000").fetchall()
    except (sqlite3.Error, UnicodeDecodeError, MemoryError):
        return Content(kind=Kind.UNKNOWN, mime=SQLITE, reason="database-broken")
    tables = frozenset(name for (name,) in found if isinstance(name, str))
    database = next((database for database in DATABASES if database.knows(tables)), None)
    if database is None:
        return Content(kind=Kind.ATTACHMENT, mime=SQLITE)
    return Content(kind=Kind.DATABASE, database=database, mime=SQLITE)
