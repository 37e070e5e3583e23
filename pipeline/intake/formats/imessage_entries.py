"""The text of one conversation cut into entries: a head in a line behind an empty one, and what follows it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from pipeline.intake.formats.imessage_marks import NO_ANNOUNCEMENT, Head, announced, head_of
from pipeline.intake.lines import TooLong, split_lines

_LONGEST: Final = 4000
"""A head is shorter, the longest names of people and conversations in it included."""


@dataclass(slots=True)
class RawEntry:
    """One entry as it stands in the file. Without a head it is what came before the first entry."""

    line: int
    head: Head | None
    lines: list[str] = field(default_factory=list)
    """What follows the head, empty lines too."""
    fault: str = ""
    """Why it cannot be read: `invalid-utf8`, `nul-bytes`, `line-too-long`, `truncated-line`."""
    size: int = 0
    sha256: str = ""
    bare: bool = False
    """An announcement that the exporter could not write."""


class _Growing:
    """An entry, and the digest of its lines."""

    def __init__(self, line: int, head: Head | None, bare: bool = False) -> None:
        self.entry = RawEntry(line=line, head=head, bare=bare)
        self.digest = hashlib.sha256()

    def add(self, data: bytes, fault: str, limit: int) -> bool:
        """Take in the bytes of one line; False when the text of it should not be kept."""
        entry = self.entry
        self.digest.update(b"\n" + data if entry.size else data)
        entry.size += len(data) + 1
        if entry.size > limit:
            fault = "line-too-long"
            entry.lines.clear()
        entry.fault = entry.fault or fault
        return not entry.fault

    def done(self) -> RawEntry:
        """The finished entry."""
        lines = self.entry.lines
        while lines and not lines[-1]:
            lines.pop()
        self.entry.sha256 = self.digest.hexdigest()
        return self.entry


def entries(stream: BinaryIO, limit: int) -> Iterator[RawEntry]:
    """The entries in order. The exporter ends every file with a line; a last line that is not one was cut off."""
    growing: _Growing | None = None
    after_empty = True
    for number, data, ended in split_lines(stream, limit):
        if isinstance(data, TooLong):
            if growing:
                yield growing.done()
                growing = None
            yield RawEntry(line=number, head=None, fault="line-too-long", size=data.size, sha256=data.sha256)
            after_empty = False
            continue
        text, fault = _decoded(data)
        start = _start(text, number) if after_empty else None
        if start:
            if growing:
                yield growing.done()
            growing = start
            growing.add(data, fault if ended else "truncated-line", limit)
        elif growing or text.strip():
            kept = growing is not None
            growing = growing or _Growing(number, None)
            if growing.add(data, fault if ended else "truncated-line", limit) and kept:
                growing.entry.lines.append(text)
        after_empty = not text
    if growing:
        yield growing.done()


def _start(text: str, number: int) -> _Growing | None:
    """The entry that a line behind an empty one starts."""
    if text == NO_ANNOUNCEMENT:
        return _Growing(number, None, bare=True)
    head = head_of(text) if text[:1].isupper() and len(text) <= _LONGEST else None
    if head is None or (head.rest and announced(head.rest) is None):
        return None
    return _Growing(number, head)


def _decoded(data: bytes) -> tuple[str, str]:
    if b"\0" in data:
        return data.decode("utf-8", "replace"), "nul-bytes"
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), "invalid-utf8"
