"""signal-export `data.json`: the messages of one Signal chat, a JSON object per line, as carderne/signal-export writes.

Fields kept: local time, sender as shown, text, quoted text, stickers, reactions, names and paths of media, deleted
messages, calls with their outcome and length, and in newest versions the earlier texts of edited messages. The chat is
the folder: its name is the title. `Me` is the person who exported, named by the sources file where it says who that is.
`chat.md` and `index.html` of the same folder are the same messages once more; their readers compare them with this
file, so that a message counts once. A file into which the tool was run again repeats itself from its first line on:
those entries carry `appended-again` and fold into the first ones. The keys of sticker packs are removed and named as
stripped.
Implied losses: ids of messages and people, so that two people of one name are one; who read a message; times of
reactions and of the last edit, older versions of the tool all edits; disappearing messages unless they were asked for;
changes of safety numbers and profiles; back quotes in texts; media that the tool could not find; the zone of its
times, so that without a configured zone they are wall clock times (`unknown`). Senders of a group whom the tool did not
know are all called `No-Sender`.
Ids: none. One is made of the chat, the sender and the time in milliseconds, which is what Signal keys messages by; of
the text too where the time has none. A conversation is the custodian's chat of that name: the export names no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO, Final

import orjson

from pipeline.intake.formats.signal_export_again import Again
from pipeline.intake.formats.signal_export_chat import Chat
from pipeline.intake.lines import BOM, TooLong, split_lines
from pipeline.intake.place import Entry, Place
from pipeline.intake.strict_json import BadJson, parse_object

NAME = "signal-export"
TWO_PASSES = False
_KEYS: Final = frozenset(("date", "sender", "body", "attachments"))
_MORE: Final = frozenset(("quote", "sticker", "reactions"))
_LINES: Final = 20
_MARKS: Final = (b'{"date": "', b'"sender": ', b'"attachments": [')
"""Of a first line that is longer than what is looked at."""


def sniff(head: bytes) -> bool:
    """One of the first lines is an object with the keys of this export."""
    lines = head.removeprefix(BOM).split(b"\n")[:_LINES]
    return any(is_message(line) for line in lines if line[:1] == b"{")


def is_message(line: bytes) -> bool:
    """Whether a line is a message of `data.json`, or the start of one too long to be seen whole."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return line.startswith(_MARKS[0]) and all(mark in line for mark in _MARKS[1:])
    return isinstance(found, dict) and found.keys() >= _KEYS and not _MORE.isdisjoint(found)


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The events of each line that is not blank, or one quarantined entry."""
    chat, again = Chat(place, NAME), Again()
    for number, data, ended in split_lines(stream, place.limits.line_bytes):
        if isinstance(data, TooLong):
            yield place.quarantined("line-too-long", number, size=data.size, sha256=data.sha256)
            continue
        if not data or data.isspace():
            continue
        try:
            said, repaired = parse_object(data, place.limits.json_depth)
        except BadJson as problem:
            cut = not ended and problem.reason in ("invalid-json", "invalid-utf8")
            yield place.quarantined("truncated-line" if cut else problem.reason, number, data, detail=problem.detail)
            continue
        flags = ("appended-again",) if again.repeats(data, str(said.get("date"))) else ()
        sha256 = hashlib.sha256(data).hexdigest()
        yield from chat.events(said, number, sha256, (*flags, "repaired") if repaired else flags)
