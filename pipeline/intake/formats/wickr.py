"""Wickr retention bot: JSON Lines of the Docker and Enterprise bots, rotated, under opaque names.

Fields kept: all; those without a column of the event are in its attributes. Secrets (`key` of saved items and of
link previews, verified keys) are removed and named as stripped.
Implied losses: attachments carry no size, type or digest; calls name participants by hash only; original texts are
not repeated by edits; who was in a room before the bot joined is unknown.
Ids: `message_id`, in older output `id`; either may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, BinaryIO

from pipeline.intake.block import Block
from pipeline.intake.formats.wickr_events import WickrEvents
from pipeline.intake.formats.wickr_plain import MOST_ROWS, NotPlain, PlainMessages, is_plain, looks_plain, only_texts
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
        self.plain = PlainMessages(place, NAME)

    def block(self, lines: Lines) -> Block:
        """Plain messages go into columns together; what is left goes one by one."""
        entries: list[dict[str, Any]] = []
        raws: list[bytes] = []
        numbers: list[int] = []
        others: list[Entry] = []
        for number, found, raw in zip(count(lines.first), loaded(lines.data), lines.data, strict=False):
            if type(raw) is bytes and looks_plain(found, raw):
                entries.append(found)
                raws.append(raw)
                numbers.append(number)
            elif entry := self._entry(number, raw, found, ended=lines.ended):
                others.append(entry)
        if only_texts(entries):
            try:
                return Block(batch=self.plain.batch(entries, raws, numbers), others=others)
            except NotPlain:
                pass
        return self._sorted_out(raws, numbers, others)

    def _sorted_out(self, raws: Sequence[bytes], numbers: Sequence[int], others: list[Entry]) -> Block:
        """Some messages only looked plain: look closer, at all of them again."""
        plain: list[tuple[dict[str, Any], bytes, int]] = []
        for number, found, raw in zip(numbers, loaded(raws), raws, strict=True):
            if is_plain(found, raw):
                plain.append((found, raw, number))
            elif entry := self._entry(number, raw, found, ended=True):
                others.append(entry)
        entries, raws, numbers = zip(*plain, strict=True) if plain else ((), (), ())
        batch = self.plain.batch(entries, raws, numbers)
        return Block(batch=batch, others=sorted(others, key=lambda entry: entry.line))

    def _entry(self, number: int, raw: bytes | TooLong, found: Any, *, ended: bool) -> Entry | None:
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
