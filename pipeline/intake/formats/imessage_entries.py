"""The text of one conversation cut into entries: a head in a line behind an empty one, and what follows it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from pipeline.intake.formats.imessage_marks import MONTHS, NO_ANNOUNCEMENT, Head, announced, head_of
from pipeline.intake.lines import TooLong, split_lines

_LONGEST: Final = 8000
"""A head is shorter, the longest names of people and conversations in it included."""
_MONTHS: Final = frozenset(month.encode() for month in MONTHS)
_NO_ANNOUNCEMENT: Final = NO_ANNOUNCEMENT.encode()


@dataclass(slots=True)
class RawEntry:
    """One entry as it stands in the file. Without a head it is what came before the first entry."""

    line: int
    head: Head | None
    lines: list[str] = field(default_factory=list)
    """What follows the head, empty lines too; none at the end."""
    fault: str = ""
    """Why it cannot be read: `invalid-utf8`, `nul-bytes`, `line-too-long`, `truncated-line`."""
    size: int = 0
    sha256: str = ""
    bare: bool = False
    """An announcement that the exporter could not write."""


class Block:
    """The lines of one entry, not yet read."""

    __slots__ = ("cut", "digest", "head", "held", "line", "size")

    def __init__(self, line: int, head: Head | None, data: bytes) -> None:
        self.line = line
        self.head = head
        self.held = [data]
        self.size = len(data) + 1
        self.cut = False
        """The file ends within its last line."""
        self.digest: hashlib._Hash | None = None

    def add(self, data: bytes, limit: int) -> None:
        """Take in a line; of an entry beyond the limit only size and digest are kept."""
        self.size += len(data) + 1
        if self.digest is not None:
            self.digest.update(b"\n" + data)
            return
        self.held.append(data)
        if self.size > limit:
            self.digest = hashlib.sha256(b"\n".join(self.held))
            self.held.clear()

    def entry(self) -> RawEntry:
        """The entry as text."""
        data = b"\n".join(self.held)
        digest = self.digest or hashlib.sha256(data)
        text, fault = _decoded(data)
        fault = "truncated-line" if self.cut else "line-too-long" if self.digest else fault
        lines = [] if fault else text.rstrip("\n").split("\n")[1:]
        bare = self.head is None and text.rstrip("\n").split("\n", 1)[0] == NO_ANNOUNCEMENT
        return RawEntry(self.line, self.head, lines, fault, self.size, digest.hexdigest(), bare)


def entries(stream: BinaryIO, limit: int) -> Iterator[RawEntry]:
    """The entries in order. The exporter ends every file with a line; a last line that is not one was cut off."""
    for block in cut_up(stream, limit):
        yield block if isinstance(block, RawEntry) else block.entry()


def cut_up(stream: BinaryIO, limit: int) -> Iterator[Block | RawEntry]:
    """The entries, each unread; a line beyond the limit is one by itself that nobody can read."""
    block: Block | None = None
    after_empty = True
    for number, data, ended in split_lines(stream, limit):
        if isinstance(data, TooLong):
            if block:
                yield block
                block = None
            yield RawEntry(number, None, fault="line-too-long", size=data.size, sha256=data.sha256)
            after_empty = False
            continue
        start = _start(number, data) if after_empty and (data[:3] in _MONTHS or data == _NO_ANNOUNCEMENT) else None
        if start:
            if block:
                yield block
            block = start
        elif block:
            block.add(data, limit)
        elif data and not data.isspace():
            block = Block(number, None, data)
        if block and not ended:
            block.cut = True
        after_empty = not data
    if block:
        yield block


def _start(number: int, data: bytes) -> Block | None:
    """The entry that a line behind an empty one starts."""
    if data == _NO_ANNOUNCEMENT:
        return Block(number, None, data)
    text = data[:_LONGEST].decode("utf-8", "replace")
    head = head_of(text) if len(data) < _LONGEST else None
    return None if head is None or (head.rest and announced(head.rest) is None) else Block(number, head, data)


def _decoded(data: bytes) -> tuple[str, str]:
    if b"\0" in data:
        return data.decode("utf-8", "replace"), "nul-bytes"
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), "invalid-utf8"
