"""Wickr retention bot: JSON Lines of the Docker and Enterprise bots, rotated, under opaque names.

Fields kept: all; those without a column of the event are in its attributes. Secrets (`key` of saved items and of
link previews, verified keys) are removed and named as stripped. An edit's text is taken wherever its producer keeps
it. Objects that the bot encrypted for KMS are opened first.
Implied losses: attachments carry no size, type or digest; calls name participants by hash only; original texts are
not repeated by edits; who was in a room before the bot joined is unknown. A file that was rotated in the middle of a
line leaves a line without its end in one object (`truncated-line`) and one without its start in the next
(`headless-line`).
Ids: `message_id`, in older output `id`; either may be missing. Federated networks capture the same message under the
same id, each event with its own network.
"""

from __future__ import annotations

import gc
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import compress
from operator import not_
from typing import Any, BinaryIO

from pipeline.intake.block import Block
from pipeline.intake.formats.wickr_columns import (
    MOST_ROWS,
    NotPlain,
    Rows,
    WickrColumns,
    ordinary_moment,
    text_messages,
)
from pipeline.intake.formats.wickr_events import WickrEvents
from pipeline.intake.lines import BOM, Lines, TooLong, line_blocks
from pipeline.intake.place import Entry, Place
from pipeline.intake.strict_json import BadJson, checked, loaded, parse_object

NAME = "wickr-jsonl"
TWO_PASSES = False
_ENTRY = re.compile(rb'^[ \t]*\{.*"(?:msgtype|msg_ts|vgroupid)"', re.MULTILINE)
_sha256 = hashlib.sha256
_HEAD = re.compile(rb'[ \t]*\{[ \t]*["}]')
"""How every line begins."""
_PARTS = ("invalid-json", "invalid-utf8")
"""What part of a line is found to be."""


def sniff(head: bytes) -> bool:
    """A line that opens an object and names one of Wickr's own fields."""
    return _ENTRY.search(head.removeprefix(BOM)) is not None


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """One event or quarantined line per line that is not blank."""
    for block in blocks(stream, place):
        yield from block


def blocks(stream: BinaryIO, place: Place) -> Iterator[Block]:
    """The same, as many lines at a time as were read at once."""
    reading = _Reading(place)
    for lines in line_blocks(stream, place.limits.line_bytes):
        for first in range(0, len(lines.data), MOST_ROWS):
            yield reading.block(Lines(lines.first + first, lines.data[first : first + MOST_ROWS], lines.ended))


@dataclass(slots=True)
class _Rest:
    """What is no plain text message: ordinary entries, and the outcome of odd ones."""

    rows: Rows = field(default_factory=Rows)
    odd: list[Entry] = field(default_factory=list)

    def sort(self) -> None:
        """Bring them into the order of their lines."""
        self.rows.sort()
        self.odd.sort(key=lambda entry: entry.line)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Thousands of entries are made at once and let go at once, none in a circle: nothing to look for among them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Reading:
    """Reads the lines of one place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.depth = place.limits.json_depth
        self.events = WickrEvents(place, NAME)
        self.columns = WickrColumns(place, NAME)

    def block(self, lines: Lines) -> Block:
        """Entries of one shape go into columns together; what is odd goes one by one."""
        with _no_collections():
            return self._block(lines)

    def _block(self, lines: Lines) -> Block:
        raws: list[Any] = lines.data
        digests = [_sha256(raw).digest() if type(raw) is bytes else b"" for raw in raws]
        found = loaded(raws)
        numbers = range(lines.first, lines.first + len(raws))
        plain = text_messages(found, raws)
        texts = Rows(list(compress(found, plain)), list(compress(digests, plain)), list(compress(numbers, plain)))
        rest = _Rest()
        self._others(
            compress(zip(numbers, raws, digests, found, strict=True), map(not_, plain)), rest, ended=lines.ended
        )
        batches = []
        if texts.lines:
            try:
                batches.append(self.columns.texts(texts))
            except NotPlain:  # one of them, and all of them are used up: look closer
                again = list(compress(raws, plain))
                self._others(zip(texts.lines, again, texts.digests, loaded(again), strict=True), rest, ended=True)
                rest.sort()
        if rest.rows.lines:
            batches.append(self.columns.shaped(rest.rows))
        return Block(batches=batches, others=rest.odd, size=sum(map(len, raws)))

    def _others(self, lines: Iterable[tuple[int, bytes | TooLong, bytes, Any]], rest: _Rest, *, ended: bool) -> None:
        for number, raw, digest, found in lines:
            if isinstance(raw, TooLong):
                rest.odd.append(self.place.quarantined("line-too-long", number, size=raw.size, sha256=raw.sha256))
            elif raw and not raw.isspace():
                try:
                    entry, repaired = self._checked(raw, found)
                except BadJson as problem:
                    rest.odd.append(self._refused(number, raw, problem, ended=ended))
                    continue
                moment = None if repaired else ordinary_moment(entry)
                if moment is not None:
                    rest.rows.add(entry, digest, number, moment)
                    continue
                event = self.events.event(entry, number, raw, repaired)
                rest.odd.append(event or self.place.quarantined("missing-type", number, raw))

    def _checked(self, raw: bytes, found: Any) -> tuple[dict[str, Any], bool]:
        if type(found) is dict:
            return checked(found, raw, self.depth)
        return parse_object(raw, self.depth)

    def _refused(self, number: int, raw: bytes, problem: BadJson, *, ended: bool) -> Entry:
        """A file is rotated by size, mid-line if need be: its last line may lack its end, its first one its start."""
        reason = problem.reason
        if reason in _PARTS:
            if number == 1 and not _HEAD.match(raw) and raw.rstrip().endswith(b"}"):
                reason = "headless-line"
            elif not ended:
                reason = "truncated-line"
        return self.place.quarantined(reason, number, raw, detail=problem.detail)
