"""SMS Import / Export: JSON of an Android phone's text messages, picture messages, calls and contacts.

Fields kept: sender, recipients, times, texts, subjects, shown names, parts and addresses of picture messages, calls
with number and duration, contacts (as what a number is called); every other column that has a value. Both layouts are
read: one JSON object per line beside a `data` folder (version 2), and one JSON array with pictures in it (version 1).
Implied losses: who wrote a group message where the phone did not store its addresses; what was deleted before the
export; pictures where they were not exported (`attachment-absent`); the phone's own number, unless the sources file
gives it: without it a group's conversation may contain it in some messages and not in others.
Ids: none for texts and calls. The `m_id` of a picture message is an id only within one phone's exports, together with
its folder and time; networks use it differently. The conversation is the set of its phone numbers in international
form, with the owner's where the sources file tells it, so that the copies of two custodians meet.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pipeline.intake.formats.sms_events import Fields, Mark, SmsEvents
from pipeline.intake.formats.sms_parts import Part
from pipeline.intake.json_elements import Broken, split_elements
from pipeline.intake.lines import BOM, TooLong, split_lines
from pipeline.intake.place import Entry, Place
from pipeline.intake.spool import Counted, read_head
from pipeline.intake.strict_json import BadJson, parse_object

NAME = "sms-ie"
TWO_PASSES = False
_KEY: Final = re.compile(rb'"(\w{1,40})"\s*:')
_SHAPES: Final = (
    frozenset((b"_id", b"thread_id", b"date", b"address", b"type", b"read")),
    frozenset((b"_id", b"thread_id", b"date", b"msg_box", b"m_type")),
    frozenset((b"_id", b"number", b"date", b"duration", b"type")),
    frozenset((b"_id", b"raw_contacts", b"lookup")),
)
_ADDED: Final = frozenset(("parts", "sender_address", "recipient_addresses", "addresses"))
_PEEK: Final = 4096
_PHONE: Final = "vnd.android.cursor.item/phone_v2"


def sniff(head: bytes) -> bool:
    """The first object, alone or in an array, has the columns of one of Android's tables."""
    text = head.removeprefix(BOM).lstrip()
    if text[:1] == b"[":
        text = text[1:].lstrip()
    if text[:1] != b"{":
        return False
    keys = frozenset(_KEY.findall(text))
    return any(shape <= keys for shape in _SHAPES)


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """One event or quarantined row per object; a contact has one for each of its numbers."""
    head = read_head(stream, _PEEK)
    whole = Counted(head, stream).buffered()
    if head.removeprefix(BOM).lstrip()[:1] == b"[":
        yield from _array(whole, _Export(place), place)
    else:
        yield from _lines(whole, _Export(place), place)


def _lines(stream: BinaryIO, export: _Export, place: Place) -> Iterator[Entry]:
    for number, data, ended in split_lines(stream, place.limits.line_bytes):
        if isinstance(data, TooLong):
            yield place.quarantined("line-too-long", number, size=data.size, sha256=data.sha256)
        elif data and not data.isspace():
            yield from export.entries(data, number, "" if ended else "truncated-line")


def _array(stream: BinaryIO, export: _Export, place: Place) -> Iterator[Entry]:
    for number, item in enumerate(split_elements(stream, [()], place.limits.document_bytes), 1):
        if isinstance(item, Broken):
            yield place.quarantined(item.reason, number, size=item.size, sha256=item.sha256)
        elif isinstance(item.data, TooLong):
            yield place.quarantined("line-too-long", number, size=item.data.size, sha256=item.data.sha256)
        else:
            yield from export.entries(item.data, number, "")


class _Export:
    """Makes events of the objects of one export."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.events = SmsEvents(place, NAME)
        self.depth = place.limits.json_depth

    def entries(self, data: bytes, number: int, when_cut: str) -> Iterator[Entry]:
        """The events of one object. `when_cut` is the reason where its end may be missing."""
        try:
            found, repaired = parse_object(data, self.depth)
        except BadJson as problem:
            cut = when_cut if problem.reason in ("invalid-json", "invalid-utf8") else ""
            yield self.place.quarantined(cut or problem.reason, number, data, detail=problem.detail)
            return
        mark = Mark(number, repaired, hashlib.sha256(data).hexdigest())
        if "raw_contacts" in found:
            yield from self._contact(found, mark)
            return
        fields = _fields(found)
        if name := _taken(fields, "display_name") or fields.get("name"):
            fields["contact_name"] = name
        if "msg_box" in fields or "m_type" in fields:
            yield self._mms(fields, mark)
        elif "number" in fields and "duration" in fields:
            yield self.events.call(fields, mark)
        elif "type" in fields and ("address" in fields or "body" in fields):
            yield self.events.sms(fields, mark)
        else:
            yield self.events.other(fields, mark)

    def _mms(self, fields: Fields, mark: Mark) -> Entry:
        sender = _taken(fields, "sender_address")
        addrs = [sender] if isinstance(sender, dict) else []
        for name in ("recipient_addresses", "addresses"):
            addrs += _objects(fields, name)
        parts = [_part(part) for part in _objects(fields, "parts")]
        return self.events.mms(fields, parts, [_fields(addr) for addr in addrs], mark, "s")

    def _contact(self, found: dict[str, Any], mark: Mark) -> Iterator[Entry]:
        rows = [row for raw in _list(found.get("raw_contacts")) for row in _list(raw.get("contacts_data"))]
        numbers = [row["data1"] for row in rows if row.get("mimetype") == _PHONE and isinstance(row.get("data1"), str)]
        name = found.get("display_name")
        yield from self.events.contacts(
            found, name if isinstance(name, str) else "", list(dict.fromkeys(numbers)), mark
        )


def _fields(entry: dict[str, Any]) -> Fields:
    """The columns with a value as texts; lists and objects stay where the app itself adds them."""
    return {
        name: value if isinstance(value, str) or name.removeprefix("__") in _ADDED else json.dumps(value)
        for name, value in entry.items()
        if value is not None
    }


def _taken(fields: Fields, name: str) -> Any:
    """A value that the app adds; its first version did not mark such names."""
    return fields.pop(f"__{name}", None) or fields.pop(name, None)


def _list(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _objects(fields: Fields, name: str) -> list[dict[str, Any]]:
    key = f"__{name}" if f"__{name}" in fields else name
    value = fields.get(key)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return []
    del fields[key]
    return value


def _part(entry: dict[str, Any]) -> Part:
    fields = _fields(entry)
    data = fields.pop("binary_data", None)
    held = data.encode() if isinstance(data, str) and data else None
    stored = fields.get("_data")
    path = f"data/{stored.rpartition('/')[2]}" if isinstance(stored, str) and held is None else ""
    return Part(fields, held, path)
