"""Wickr serverless retention: one JSON object per message, pretty-printed or on one line.

Fields kept and ids: as for the bot's lines, since the entries are the same. Either form of key
(`YYYY/MM/DD/<vgroupid>/message/<sequence>-<id>.json`, `YYYY/MM/DD/vgroupid_X/message1.txt`) may say the conversation
and the message's sequence number; both are taken as hints only, the sequence into `capture_sequence`.
Implied losses: as for the bot's lines; who the user hashes of calls are stays in `username` objects. Objects as the
enclave encrypted them cannot be opened (`sealed-unknown-algorithm`); what can be read is the twin that was decrypted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from pipeline.intake.formats.wickr_events import WickrEvents
from pipeline.intake.lines import BOM, digest_of_rest
from pipeline.intake.place import Entry, Place
from pipeline.intake.strict_json import BadJson, parse_object

NAME = "wickr-serverless"
TWO_PASSES = False
_PRETTY = re.compile(rb"\s*\{\s*\n")
_OWN_FIELD = re.compile(rb'"(?:msgtype|msg_ts|vgroupid)"')
_BETWEEN = re.compile(rb"(?<=\n\})[ \t\r]*\n\s*(?=\{)")
_KEY = re.compile(
    r"(?:^|/)\d{4}/\d\d/\d\d/(?P<vgroupid>[^/]+)/"
    r"(?:(?P<folder>file|message|username)/(?:.*/)?)?"
    r"(?:(?P<sequence>\d+)-(?P<message>[^/.]+)|[^/]+?)(?:\.[A-Za-z0-9]+)?$"
)


def sniff(head: bytes) -> bool:
    """A pretty-printed object of Wickr's, or exactly one object on a line that does not end."""
    head = head.removeprefix(BOM)
    if not _OWN_FIELD.search(head):
        return False
    if _PRETTY.match(head):
        return True
    if head.endswith(b"\n") or not head.startswith(b"{"):
        return False
    try:
        parse_object(head, 64)
    except BadJson:
        return False
    return True


def key_hints(key: str) -> Mapping[str, Any]:
    """What the serverless layout says in a key: `vgroupid`, `folder`, `sequence`, `message`; empty for other keys."""
    if not (match := _KEY.search(key)):
        return {}
    hints: dict[str, Any] = {name: value for name, value in match.groupdict().items() if value is not None}
    hints["vgroupid"] = hints["vgroupid"].removeprefix("vgroupid_")
    if "sequence" in hints:
        hints["sequence"] = int(hints["sequence"]) if len(hints["sequence"]) <= 18 else hints["sequence"]
    return hints


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """One event or quarantined entry per object; nearly always there is one."""
    limit = place.limits.line_bytes
    text = stream.read(limit + 1)
    if len(text) > limit:
        size, digest = digest_of_rest(text, stream)
        yield place.quarantined("line-too-long", 1, size=size, sha256=digest)
        return
    events = WickrEvents(place, NAME, key_hints(place.name))
    line = 1
    start = 0
    for gap in [*_BETWEEN.finditer(text), None]:
        data = text[start : gap.start() if gap else len(text)]
        if data.strip():
            yield _entry(events, place, line, data.removeprefix(BOM), last=gap is None)
        if gap:
            line += text.count(b"\n", start, gap.end())
            start = gap.end()


def _entry(events: WickrEvents, place: Place, line: int, data: bytes, *, last: bool) -> Entry:
    try:
        found, repaired = parse_object(data, place.limits.json_depth)
    except BadJson as problem:
        cut = last and problem.reason in ("invalid-json", "invalid-utf8") and not data.rstrip().endswith(b"}")
        return place.quarantined("truncated-line" if cut else problem.reason, line, data, detail=problem.detail)
    return events.event(found, line, data, repaired) or place.quarantined("missing-type", line, data)
