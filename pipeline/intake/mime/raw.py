"""The bytes of one mail, in memory or in a file: searched and cut in the same way, so that size changes no result."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

from pipeline.storage import CHUNK

_WINDOW: Final = 4 << 20


class Raw(Protocol):
    """Bytes that can be searched and cut."""

    size: int

    def slice(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`."""

    def find(self, needle: bytes, start: int, end: int) -> int:
        """Where the needle first lies wholly between `start` and `end`; -1 when nowhere."""

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end` in pieces of bounded size."""

    def digest(self, start: int, end: int) -> str:
        """SHA-256 of the bytes from `start` up to `end`."""


class HeldRaw:
    """Bytes in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def slice(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`."""
        return self.data[start:end]

    def find(self, needle: bytes, start: int, end: int) -> int:
        """Where the needle first lies wholly between `start` and `end`; -1 when nowhere."""
        return self.data.find(needle, start, end)

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end` in pieces of bounded size."""
        for at in range(start, end, CHUNK):
            yield self.data[at : min(at + CHUNK, end)]

    def digest(self, start: int, end: int) -> str:
        """SHA-256 of the bytes from `start` up to `end`."""
        return hashlib.sha256(memoryview(self.data)[start:end]).hexdigest()


class FiledRaw:
    """A part of a stream that can seek; a window of it is held."""

    def __init__(self, stream: BinaryIO, base: int, size: int) -> None:
        self.stream = stream
        self.base = base
        self.size = size
        self.held = b""
        self.held_at = 0

    def _window(self, start: int) -> tuple[bytes, int]:
        """A piece of the bytes that begins at `start` or before it and goes well beyond."""
        held_to = self.held_at + len(self.held)
        enough = self.held_at <= start < held_to - (_WINDOW >> 1) or (self.held_at <= start and held_to >= self.size)
        if not enough:
            self.stream.seek(self.base + start)
            self.held = _full(self.stream, min(_WINDOW, self.size - start))
            self.held_at = start
        return self.held, self.held_at

    def slice(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`."""
        end = min(end, self.size)
        if end <= start:
            return b""
        if end - start <= _WINDOW >> 1:
            held, at = self._window(start)
            return held[start - at : end - at]
        self.stream.seek(self.base + start)
        return _full(self.stream, end - start)

    def find(self, needle: bytes, start: int, end: int) -> int:
        """Where the needle first lies wholly between `start` and `end`; -1 when nowhere."""
        end = min(end, self.size)
        while start + len(needle) <= end:
            held, at = self._window(start)
            found = held.find(needle, start - at, end - at)
            if found >= 0:
                return found + at
            further = at + len(held) - len(needle) + 1
            if at + len(held) >= end or further <= start:
                return -1
            start = further
        return -1

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end` in pieces of bounded size."""
        end = min(end, self.size)
        while start < end:
            self.stream.seek(self.base + start)
            piece = _full(self.stream, min(CHUNK, end - start))
            if not piece:
                return
            yield piece
            start += len(piece)

    def digest(self, start: int, end: int) -> str:
        """SHA-256 of the bytes from `start` up to `end`."""
        digest = hashlib.sha256()
        for chunk in self.chunks(start, end):
            digest.update(chunk)
        return digest.hexdigest()


def _full(stream: BinaryIO, size: int) -> bytes:
    """So many bytes unless the stream ends before."""
    data = stream.read(size)
    if len(data) == size or not data:
        return data
    parts = [data]
    missing = size - len(data)
    while missing and (data := stream.read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)
