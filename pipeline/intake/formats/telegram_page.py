"""A page of a Telegram export in HTML cut into its messages. Dates stand between them, as messages without a number."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from pipeline.intake.lines import TooLong, split_lines

START: Final = re.compile(
    rb'<div class="message (?P<form>default|service)(?P<joined>[^"]{0,100})" id="message(?P<id>-?\d{1,18})">'
)
_MARK: Final = b'<div class="message '
_HEAD: Final = 1 << 16


class Head(NamedTuple):
    """What stands before the first message, as far as it is short."""

    data: bytes


class PageBlock(NamedTuple):
    """One message, unread."""

    number: int
    """1-based over the messages of the page; 0 for a date between them."""
    id: int
    service: bool
    joined: bool
    """The page shows its sender above, at the message before it."""
    data: bytes | TooLong


def blocks_of(stream: BinaryIO, limit: int) -> Iterator[Head | PageBlock]:
    """The head of the page, then its messages in order."""
    lines, number = _Lines(_HEAD), 0
    start: re.Match[bytes] | None = None
    for line in split_lines(stream, limit):
        data = line.data
        match = START.search(data) if isinstance(data, bytes) and _MARK in data else None
        if match:
            yield _block(start, number, lines.take())
            start, lines.limit = match, limit
            number += int(match["id"]) > 0 or match["form"] == b"default"
        lines.add(data)
    yield _block(start, number, lines.take())


def _block(start: re.Match[bytes] | None, number: int, data: bytes | TooLong) -> Head | PageBlock:
    if start is None:
        return Head(data if isinstance(data, bytes) else b"")
    service = start["form"] == b"service"
    counted = number if int(start["id"]) > 0 or not service else 0
    return PageBlock(counted, int(start["id"]), service, b"joined" in start["joined"], data)


class _Lines:
    """The lines of one message; beyond the limit only size and digest are kept."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held: list[bytes] = []
        self.size = 0
        self.digest: hashlib._Hash | None = None

    def add(self, data: bytes | TooLong) -> None:
        piece = data if isinstance(data, bytes) else data.sha256.encode()
        self.size += data.size if isinstance(data, TooLong) else len(data) + 1
        if self.digest is not None:
            self.digest.update(b"\n" + piece)
            return
        self.held.append(piece)
        if self.size > self.limit:
            self.digest = hashlib.sha256(b"\n".join(self.held))
            self.held.clear()

    def take(self) -> bytes | TooLong:
        held, size, digest = self.held, self.size, self.digest
        self.held, self.size, self.digest = [], 0, None
        return b"\n".join(held) if digest is None else TooLong(size, digest.hexdigest())
