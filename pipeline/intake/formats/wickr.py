"""Wickr retention bot: JSON Lines of the Docker and Enterprise bots, rotated, under opaque names.

Fields kept: all; those without a column of the event are in its attributes. Secrets (`key` of saved items and of
link previews, verified keys) are removed and named as stripped.
Implied losses: attachments carry no size, type or digest; calls name participants by hash only; original texts are
not repeated by edits; who was in a room before the bot joined is unknown.
Ids: `message_id`, in older output `id`; either may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any, BinaryIO

from pipeline.intake.block import Block
from pipeline.intake.formats.wickr_columns import MOST_ROWS, NotPlain, Rows, WickrColumns, is_ordinary, is_text_message
from pipeline.intake.formats.wickr_events import WickrEvents
from pipeline.intake.lines import BOM, Lines, TooLong, line_blocks
from pipeline.intake.place import Entry, Place
from pipeline.intake.strict_json import BadJson, checked, loaded, parse_object

NAME = "wickr-jsonl"
TWO_PASSES = False
_ENTRY = re.compile(rb'^[ \t]*\{.*"(?:msgtype|msg_ts|vgroupid)"', re.MULTILINE)
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


class _Reading:
    """Reads the lines of one place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.depth = place.limits.json_depth
        self.events = WickrEvents(place, NAME)
        self.columns = WickrColumns(place, NAME)

    def block(self, lines: Lines) -> Block:
        """Entries of one shape go into columns together; what is odd goes one by one."""
        texts, ordinary, others = Rows(), Rows(), list[Entry]()
        for number, found, raw in zip(count(lines.first), loaded(lines.data), lines.data, strict=False):
            if type(raw) is bytes and is_text_message(found, raw):
                texts.add(found, raw, number)
            elif entry := self._entry(number, raw, found, ordinary, ended=lines.ended):
                others.append(entry)
        batches = []
        if texts.lines:
            try:
                batches.append(self.columns.texts(texts))
            except NotPlain:  # one of them, and all of them are used up: look closer
                for number, found, raw in zip(texts.lines, loaded(texts.raws), texts.raws, strict=True):
                    if entry := self._entry(number, raw, found, ordinary, ended=True):
                        others.append(entry)
                others.sort(key=lambda entry: entry.line)
                ordinary.sort()
        if ordinary.lines:
            batches.append(self.columns.shaped(ordinary))
        return Block(batches=batches, others=others, size=sum(map(len, texts.raws)) + sum(map(len, ordinary.raws)))

    def _entry(self, number: int, raw: bytes | TooLong, found: Any, ordinary: Rows, *, ended: bool) -> Entry | None:
        """An entry that is odd, or quarantined. An ordinary one joins the rows, a blank line goes."""
        if isinstance(raw, TooLong):
            return self.place.quarantined("line-too-long", number, size=raw.size, sha256=raw.sha256)
        if not raw or raw.isspace():
            return None
        try:
            if type(found) is dict:
                entry, repaired = checked(found, raw, self.depth)
            else:
                entry, repaired = parse_object(raw, self.depth)
        except BadJson as problem:
            return self._refused(number, raw, problem, ended=ended)
        if not repaired and is_ordinary(entry):
            ordinary.add(entry, raw, number)
            return None
        return self.events.event(entry, number, raw, repaired) or self.place.quarantined("missing-type", number, raw)

    def _refused(self, number: int, raw: bytes, problem: BadJson, *, ended: bool) -> Entry:
        """A file is rotated by size, mid-line if need be: its last line may lack its end, its first one its start."""
        reason = problem.reason
        if reason in _PARTS:
            if number == 1 and not raw.lstrip().startswith(b"{") and raw.rstrip().endswith(b"}"):
                reason = "headless-line"
            elif not ended:
                reason = "truncated-line"
        return self.place.quarantined(reason, number, raw, detail=problem.detail)
