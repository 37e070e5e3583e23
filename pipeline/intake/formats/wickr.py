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
from typing import BinaryIO

from pipeline.intake.formats.wickr_events import WickrEvents
from pipeline.intake.lines import BOM, Line, TooLong, split_lines
from pipeline.intake.place import Entry, Place
from pipeline.intake.strict_json import BadJson, parse_object

NAME = "wickr-jsonl"
TWO_PASSES = False
_ENTRY = re.compile(rb'^[ \t]*\{.*"(?:msgtype|msg_ts|vgroupid)"', re.MULTILINE)


def sniff(head: bytes) -> bool:
    """A line that opens an object and names one of Wickr's own fields."""
    return _ENTRY.search(head.removeprefix(BOM)) is not None


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """One event or quarantined line per line that is not blank."""
    events = WickrEvents(place, NAME)
    depth = place.limits.json_depth
    for line in split_lines(stream, place.limits.line_bytes):
        number, data, _ = line
        if isinstance(data, TooLong):
            yield place.quarantined("line-too-long", number, size=data.size, sha256=data.sha256)
            continue
        if not data or data.isspace():
            continue
        try:
            found, repaired = parse_object(data, depth)
        except BadJson as problem:
            yield _refused(place, line, data, problem)
            continue
        yield events.event(found, number, data, repaired) or place.quarantined("missing-type", number, data)


def _refused(place: Place, line: Line, data: bytes, problem: BadJson) -> Entry:
    cut = not line.ended and problem.reason in ("invalid-json", "invalid-utf8")
    return place.quarantined("truncated-line" if cut else problem.reason, line.number, data, detail=problem.detail)
