"""Streams with their digest: read once and hashed on the way, or held where a reader can go back."""

from __future__ import annotations

import codecs
import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from pipeline.intake.lines import digest_of_rest
from pipeline.storage import CHUNK

HEAD_BYTES: Final = 1 << 16
"""How much of a text the readers see when they are asked whether it is theirs."""
_UTF16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Digest(Protocol):
    """What of hashlib's objects is needed here."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""

    def hexdigest(self) -> str:
        """The digest so far."""


class Readable(Protocol):
    """All that a stream must do to be read once."""

    def read(self, size: int = -1, /) -> bytes | None:
        """Some bytes, none at the end."""


class Counted(io.RawIOBase):
    """A stream that hashes and counts what is read through it; `head` was read from it before and comes first."""

    def __init__(self, head: bytes, stream: Readable) -> None:
        super().__init__()
        self.head = head
        self.stream = stream
        self.size = 0
        self.digest: Digest = hashlib.sha256()

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer, from the head first."""
        view = memoryview(cast(bytearray, buffer))
        if self.head:
            data, self.head = self.head[: len(view)], self.head[len(view) :]
        else:
            data = self.stream.read(len(view)) or b""
        view[: len(data)] = data
        self.size += len(data)
        self.digest.update(data)
        return len(data)

    def drain(self) -> None:
        """Read to the end, for size and digest."""
        while self.read(CHUNK):
            pass

    def buffered(self) -> BinaryIO:
        """As a stream that readers take."""
        return io.BufferedReader(self, CHUNK)


def read_head(stream: Readable, size: int = HEAD_BYTES) -> bytes:
    """The first bytes of a stream, all that were asked for unless it ends before."""
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def spool(stream: Readable, memory: int) -> BinaryIO:
    """A copy that can seek: in memory when small, else in a temporary file that has no name."""
    held = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=memory))  # noqa: SIM115 - the caller closes it
    while chunk := stream.read(CHUNK):
        held.write(chunk)
    held.seek(0)
    return held


@contextmanager
def as_file(stream: BinaryIO) -> Iterator[Path]:
    """A copy of a stream as a file with a name, for as long as the context lasts; the stream is read from its start."""
    stream.seek(0)
    with tempfile.TemporaryDirectory(prefix="foia-intake-") as folder:
        path = Path(folder) / "content"
        with path.open("wb") as out:
            shutil.copyfileobj(stream, out, CHUNK)
        yield path


def measured(stream: BinaryIO) -> tuple[int, str]:
    """Size and SHA-256 of a stream that can seek; it stands at its start again afterwards."""
    found = digest_of_rest(b"", stream)
    stream.seek(0)
    return found


def utf16_name(head: bytes) -> str:
    """The codec of a text that starts with a UTF-16 byte order mark, or an empty text."""
    return _UTF16.get(head[:2], "")


def as_utf8(data: bytes, codec: str) -> bytes:
    """The start of a UTF-16 text as UTF-8."""
    decoder = codecs.getincrementaldecoder(codec)("surrogatepass")
    return decoder.decode(data[2:]).encode("utf-8", "surrogatepass")


class Utf16Text(io.RawIOBase):
    """A UTF-16 text as UTF-8. What is not UTF-16 comes out as bytes that are not UTF-8, so its line is refused."""

    def __init__(self, stream: Readable, codec: str) -> None:
        super().__init__()
        self.stream = stream
        self.decoder = codecs.getincrementaldecoder(codec)("surrogatepass")
        self.ready = b""
        self.ended = False
        self.stream.read(2)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer with UTF-8."""
        view = memoryview(cast(bytearray, buffer))
        while not self.ready and not self.ended:
            self.ready = self._more()
        data, self.ready = self.ready[: len(view)], self.ready[len(view) :]
        view[: len(data)] = data
        return len(data)

    def _more(self) -> bytes:
        chunk = self.stream.read(CHUNK) or b""
        self.ended = not chunk
        try:
            return self.decoder.decode(chunk, final=self.ended).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return b"\xff"  # half a code unit at the end
