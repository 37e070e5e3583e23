"""Text split at newlines in bounded memory: each line comes out once, or is passed over and named as too long."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple

from pipeline.storage import CHUNK

BOM = b"\xef\xbb\xbf"
BLOCK: Final = 1 << 20
"""How much is read at once: what is made of it stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line beyond the limit, of which only size and digest were kept."""

    size: int
    sha256: str

    def __len__(self) -> int:
        return self.size


class Line(NamedTuple):
    """One line without its terminator (`\\n` or `\\r\\n`)."""

    number: int
    data: bytes | TooLong
    ended: bool
    """False for a last line that lacks its newline."""


class Lines(NamedTuple):
    """Neighbouring lines without their terminators; a last line that lacks its newline comes alone."""

    first: int
    """Number of the first one."""
    data: list[bytes | TooLong]
    ended: bool


def split_lines(stream: BinaryIO, limit: int) -> Iterator[Line]:
    """The lines of a stream, split at `\\n` only. A UTF-8 byte order mark at the start is dropped."""
    for block in line_blocks(stream, limit):
        for number, data in enumerate(block.data, block.first):
            yield Line(number, data, block.ended)


def line_blocks(stream: BinaryIO, limit: int) -> Iterator[Lines]:
    """As `split_lines`, as many lines at a time as were read at once."""
    number, tail, first = 1, _Tail(limit), True
    while chunk := stream.read(BLOCK):
        if first:
            chunk, first = _without_mark(chunk, stream), False
        start, *parts = chunk.split(b"\n")
        tail.add(start)
        if parts:
            last = parts.pop()
            lines = [tail.take()]
            if len(chunk) > limit or b"\r" in chunk:
                lines += [_bare(part) if len(part) <= limit else _too_long(part) for part in parts]
            else:
                lines += parts
            yield Lines(number, lines, True)
            number += len(lines)
            tail.add(last)
    if tail.size:
        yield Lines(number, [tail.take()], False)


def _without_mark(chunk: bytes, stream: BinaryIO) -> bytes:
    while len(chunk) < len(BOM) and (more := stream.read(len(BOM) - len(chunk))):
        chunk += more
    return chunk.removeprefix(BOM)


def _bare(line: bytes) -> bytes:
    return line[:-1] if line.endswith(b"\r") else line


def _too_long(line: bytes) -> TooLong:
    return TooLong(len(line), hashlib.sha256(line).hexdigest())


class _Tail:
    """The line that is still growing; beyond the limit only its digest grows."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.held: list[bytes] = []
        self.digest = hashlib.sha256()

    def add(self, part: bytes) -> None:
        if not part:
            return
        self.size += len(part)
        self.held.append(part)
        if self.size > self.limit:
            for piece in self.held:
                self.digest.update(piece)
            self.held.clear()

    def take(self) -> bytes | TooLong:
        size, held, digest = self.size, self.held, self.digest
        self.size, self.held = 0, []
        if size > self.limit:
            self.digest = hashlib.sha256()
            return TooLong(size, digest.hexdigest())
        return _bare(held[0] if len(held) == 1 else b"".join(held))


def digest_of_rest(start: bytes, stream: BinaryIO) -> tuple[int, str]:
    """Size and SHA-256 of what was read already and all that follows it."""
    size, digest = len(start), hashlib.sha256(start)
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        digest.update(chunk)
    return size, digest.hexdigest()
