"""A WhatsApp text cut into entries: a head, and every line up to the next head of the same shape."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO, Final

from pipeline.intake.formats.whatsapp_header import Head, HeadReader, Shape, day_of, starts_like
from pipeline.intake.lines import TooLong, split_lines

_MOST_DAYS: Final = 20_000


@dataclass(slots=True)
class RawEntry:
    """One entry as it stands in the file. Without a head it is what came before the first entry."""

    line: int
    head: Head | None
    rest: str
    """The first line behind the head."""
    day: date | None = None
    """The day of its head."""
    more: list[str] = field(default_factory=list)
    fault: str = ""
    """Why it cannot be read: `invalid-utf8`, `nul-bytes`, `line-too-long`, `truncated-line`."""
    size: int = 0
    sha256: str = ""


class _Growing:
    """An entry, and the digest of its lines."""

    __slots__ = ("digest", "entry")

    def __init__(self, line: int, head: Head | None, rest: str, day: date | None = None) -> None:
        self.entry = RawEntry(line=line, head=head, rest=rest, day=day)
        self.digest = hashlib.sha256()

    def add(self, data: bytes, fault: str, limit: int) -> bool:
        """Take in the bytes of one line; False when the text of it should not be kept."""
        entry = self.entry
        self.digest.update(b"\n" + data if entry.size else data)
        entry.size += len(data) + 1
        if entry.size > limit:
            fault = "line-too-long"
            entry.more.clear()
        entry.fault = entry.fault or fault
        return not entry.fault

    def done(self) -> RawEntry:
        """The finished entry."""
        self.entry.sha256 = self.digest.hexdigest()
        return self.entry


def heads(stream: BinaryIO, limit: int) -> Iterator[tuple[Head, str]]:
    """The heads of all shapes, each with the rest of its line."""
    match = HeadReader().match
    for line in split_lines(stream, limit):
        if isinstance(line.data, bytes) and line.data:
            text = line.data.decode("utf-8", "replace")
            if head := match(text):
                yield head, text[head.end :]


def entries(stream: BinaryIO, shape: Shape, order: str, limit: int) -> Iterator[RawEntry]:
    """The entries whose heads have this shape and a day that exists; an empty order asks for no day."""
    growing: _Growing | None = None
    match = HeadReader().match
    days, known = _Days(order), shape
    for number, data, ended in split_lines(stream, limit):
        if isinstance(data, TooLong):
            if growing:
                yield growing.done()
                growing = None
            yield RawEntry(line=number, head=None, rest="", fault="line-too-long", size=data.size, sha256=data.sha256)
            continue
        text, fault = _decoded(data, ended)
        head = match(text)
        if not (ended or head) and growing and starts_like(text, shape, order):
            yield growing.done()
            growing = _Growing(number, None, text)
            fault = "truncated-line"
        if head and (head.shape is known or head.shape == shape) and (not order or days[head.fields]):
            known = head.shape
            if growing:
                yield growing.done()
            growing = _Growing(number, head, text[head.end :], days[head.fields] if order else None)
            growing.add(data, fault, limit)
        elif growing:
            if growing.add(data, fault, limit):
                growing.entry.more.append(text)
        elif text.strip():
            growing = _Growing(number, None, text)
            growing.add(data, fault, limit)
    if growing:
        yield growing.done()


class _Days(dict[tuple[int, int, int], date | None]):
    """The days that date fields mean in one order, each worked out once."""

    def __init__(self, order: str) -> None:
        super().__init__()
        self.order = order

    def __missing__(self, fields: tuple[int, int, int]) -> date | None:
        if len(self) >= _MOST_DAYS:
            self.clear()
        day = self[fields] = day_of(fields, self.order)
        return day


def _decoded(data: bytes, ended: bool) -> tuple[str, str]:
    if b"\0" in data:
        return data.decode("utf-8", "replace"), "nul-bytes"
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as problem:
        cut = not ended and problem.end == len(data) and problem.reason == "unexpected end of data"
        return data.decode("utf-8", "replace"), "truncated-line" if cut else "invalid-utf8"
