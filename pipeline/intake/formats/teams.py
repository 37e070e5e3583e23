"""Microsoft Teams as Graph gives it: pages of chatMessage objects from the chat, channel, delta and Export APIs.

Read are pages (`{"@odata.context": ..., "value": [...]}`), several of them in a row, bare arrays, single objects, and
JSON Lines with one message a line.

Fields kept: all but those that are null; what has no column is in the attributes. HTML bodies are kept as the text
people read, with the HTML in `attributes.body_source`; the words of cards are part of the body. Quoted and forwarded
messages, subjects and what a system event says are shown beside it. Each reaction is an event with its user and time,
so is each one that `messageHistory` tells was taken back. Lists of chats give directory entries. Parameters of
addresses that open a file without a login, and download addresses, are removed and named as stripped.
Implied losses: only the last text of an edited message, with the time of the last edit; the text of a deleted one
only while the service retains it, and 21 to 30 days later nothing of it. Files, inline images, recordings and
transcripts are links. The Export API lacks some joins and leaves, chats with oneself, guests without a licence, and
what was said after the custodian left; who read what and who was in a channel is not told. Deleted users have no
name, app users often none. Purview exports are mail and read as such.
Ids: `chatId:id`, in a channel `teamId/channelId:id`, since `id` is the millisecond of creation and unique in its
conversation only; the same chat exported for each participant is folded by it. `etag` tells the versions apart and is
in the attributes. Where a message names no conversation the page's `@odata.context` does, else the text itself is the
scope.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from pipeline.intake.formats.teams_message import TeamsEvents
from pipeline.intake.json_entries import JsonEntry, json_entries
from pipeline.intake.lines import BOM, TooLong, split_lines
from pipeline.intake.place import Entry, Place
from pipeline.intake.spool import Counted, read_head
from pipeline.intake.strict_json import BadJson, parse_object
from pipeline.model import Quarantined

NAME = "teams"
TWO_PASSES = False
_ARRAY: Final = ()
_PAGE: Final = ("value",)
_TYPES: Final = rb"message|chatEvent|typing|systemEventMessage|unknownFutureValue"
_TYPE: Final = re.compile(rb'"messageType"\s*:\s*"(?:' + _TYPES + rb')"')
_CREATED: Final = re.compile(rb'"(?:createdDateTime|etag|channelIdentity|chatId)"\s*:')
_CHATS: Final = re.compile(rb'"chatType"\s*:\s*"(?:oneOnOne|group|meeting|unknownFutureValue)"')
_CONTEXT: Final = re.compile(
    rb'"@odata\.context"\s*:\s*"https://graph\.microsoft\.[^"]*(?:chatMessage|[Mm]essages|/replies|#chats\b)[^"]*"'
)
_VALUE: Final = re.compile(rb'"value"\s*:\s*\[')


def sniff(head: bytes) -> bool:
    """Messages with Graph's own `messageType`, rows of a list of chats, or a page whose context says so."""
    text = head.removeprefix(BOM).lstrip()
    if not text.startswith((b"[", b"{")):
        return False
    if _CONTEXT.search(text) and _VALUE.search(text):
        return True
    return _CREATED.search(text) is not None and bool(_TYPE.search(text) or _CHATS.search(text))


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The events of each element in order: of a message its own, then its reactions and replies."""
    head = read_head(stream)
    events = TeamsEvents(place, NAME)
    for entry in _entries(head.removeprefix(BOM).lstrip(), Counted(head, stream).buffered(), place):
        if isinstance(entry, Quarantined):
            yield entry
        else:
            yield from events.of_element(entry)


def _entries(head: bytes, stream: BinaryIO, place: Place) -> Iterator[JsonEntry | Quarantined]:
    is_page = _is_page(head)
    if not is_page and _is_lines(head):
        return _lines(stream, place)
    if not is_page and head.startswith(b"{"):
        return json_entries(stream, (_ARRAY,), place, many=True)
    return json_entries(stream, (_ARRAY, _PAGE), place, many=True)


def _is_page(head: bytes) -> bool:
    """Whether the array of a page opens before the first message does."""
    value, message = _VALUE.search(head), _TYPE.search(head)
    return value is not None and (message is None or value.start() < message.start())


def _is_lines(head: bytes) -> bool:
    """Whether the first line is a whole object, or anything else that is whole and no array of messages."""
    line, _, rest = head.partition(b"\n")
    line = line.rstrip()
    if not rest.strip():
        return False
    if line.startswith(b"{"):
        return line.endswith(b"}")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return not (isinstance(value, list) and any(isinstance(item, dict) for item in value))


def _lines(stream: BinaryIO, place: Place) -> Iterator[JsonEntry | Quarantined]:
    depth = place.limits.json_depth
    for number, data, ended in split_lines(stream, place.limits.line_bytes):
        if isinstance(data, TooLong):
            yield place.quarantined("line-too-long", number, size=data.size, sha256=data.sha256)
        elif data and not data.isspace():
            try:
                value, repaired = parse_object(data, depth)
            except BadJson as problem:
                cut = not ended and problem.reason in ("invalid-json", "invalid-utf8")
                reason = "truncated-line" if cut else problem.reason
                yield place.quarantined(reason, number, data, detail=problem.detail)
                continue
            yield JsonEntry(_ARRAY, number, value, data, repaired, {})
