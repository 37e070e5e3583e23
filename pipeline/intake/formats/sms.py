"""SMS Backup & Restore: XML of an Android phone's text messages, picture messages and calls.

Fields kept: sender, recipients, times, texts, subjects, contact names, pictures and other parts with their bytes;
drafts and what was never sent, flagged; calls with number and duration; all other attributes that have a value. What
the exporter writes for no value (`null`) is left out, but a text of that word is kept, since somebody may have
written it. Layouts (SMIL) are counted and stay in the attributes.
Plain text exports of old Signal apps have the same shape and are told by the comment at their start or by the
protocol number of an entry (source `signal`).
Implied losses: who wrote a group message where the phone did not store its addresses; what the phone's owner deleted
before the backup; reactions, edits and receipts; the phone's own number, unless the sources file gives it. `date` is
when the phone got or sent the message. Readable dates are ignored, because their zone and language are unknown.
Where the root states another number of entries than it holds, a row `count-differs` says so.
Ids: none for texts and calls. The `m_id` of a picture message is an id only within one phone's backups, together with
its folder and date; networks use it differently. The conversation is the set of its phone numbers in international
form, with the owner's where the sources file tells it, so that the copies of two custodians meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from pipeline.intake.formats.sms_events import Fields, Mark, SmsEvents
from pipeline.intake.formats.sms_parts import Part
from pipeline.intake.lines import BOM
from pipeline.intake.place import Entry, Place
from pipeline.intake.xml_elements import (
    WHOLE,
    BrokenXml,
    Open,
    XmlClosed,
    XmlElement,
    XmlOpened,
    xml_elements,
)
from pipeline.intake.xml_nodes import Node
from pipeline.model import Event

NAME = "sms-backup"
TWO_PASSES = False
_ROOT: Final = re.compile(rb"(?:\A|>)\s*<(?:smses|calls)(?=[\s/>])")
_ENTRY: Final = re.compile(rb"(?:\A|>)\s*<(?:sms|mms|call)\s(?=[^<>]{0,4000}\b(?:address|number|msg_box)=[\"'])")
_BY_SIGNAL: Final = re.compile(rb"<!--\s*File Created By (?:Signal|Text ?Secure)", re.IGNORECASE)
_DATA: Final = "data"


class _Plan:
    """Any root is a list, so that nothing in it can be passed over."""

    names = frozenset((b"sms", b"mms", b"call"))
    resume = re.compile(rb"<(?:smses|calls|sms|mms|call)(?=[\s/>])")
    bulk = _DATA.encode()

    def role(self, stack: Sequence[Open], name: bytes, tag: bytes) -> str:
        if name in (b"smses", b"calls"):
            return "entries"
        return WHOLE if stack or name in self.names else "entries"

    def border(self, name: bytes) -> bytes:
        return rb"/?(?:smses|calls)(?=[\s/>])|(?:sms|mms|call)(?=[\s/>])"

    def misplaced(self, name: bytes, before: bytes) -> bool:
        return True


def sniff(head: bytes) -> bool:
    """The root of such a backup, or a text message among elements."""
    text = head.removeprefix(BOM).lstrip()
    return text.startswith(b"<") and (_ROOT.search(text) is not None or _ENTRY.search(text) is not None)


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """One event or quarantined row per entry, and one row where the stated count is wrong."""
    backup = _Backup(place)
    for item in xml_elements(stream, _Plan(), place.limits.document_bytes, place.limits.json_depth):
        match item:
            case XmlElement():
                yield backup.entry(item)
            case BrokenXml():
                yield backup.broken(item)
            case XmlOpened():
                backup.opened(item)
            case XmlClosed():
                yield from backup.closed()


class _Backup:
    """The entries of one document."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.events = SmsEvents(place, NAME)
        self.stated = ""
        self.found = 0
        self.number = 0

    def opened(self, item: XmlOpened) -> None:
        self.stated, self.found = item.attributes.get("count", ""), 0
        self.events.source = "signal" if _BY_SIGNAL.search(item.before) else "sms"

    def entry(self, item: XmlElement) -> Event:
        self.found += 1
        self.number = item.number
        node, mark = item.node, Mark(item.number, item.repaired, item.sha256)
        if node.name == "sms" and not node.children:
            return self.events.sms(_fields(node, keep="body"), mark)
        if node.name == "call" and not node.children:
            return self.events.call(_fields(node), mark)
        if node.name == "mms":
            return self._mms(node, mark)
        return self.events.other(node.as_json(), mark)

    def _mms(self, node: Node, mark: Mark) -> Event:
        fields = _fields(node)
        if more := [child.as_json() for child in node.children if child.name not in ("parts", "addrs")]:
            fields["more"] = more
        parts = [_part(part) for parts in node.named("parts") for part in parts.named("part")]
        addrs = [_fields(addr) for addrs in node.named("addrs") for addr in addrs.named("addr")]
        return self.events.mms(fields, parts, addrs, mark)

    def broken(self, item: BrokenXml) -> Entry:
        self.found += item.reason not in ("truncated-document", "xml-dtd", "xml-encoding")
        self.number = item.number
        detail = item.detail
        if item.reason == "truncated-document" and self.stated.isdecimal():
            detail = f"count {self.stated[:20]}, found {self.found}"
        return self.place.quarantined(item.reason, item.number, detail=detail, size=item.size, sha256=item.sha256)

    def closed(self) -> Iterator[Entry]:
        if self.stated.isdecimal() and int(self.stated[:20]) != self.found:
            detail = f"count {self.stated[:20]}, found {self.found}"
            yield self.place.quarantined("count-differs", self.number, detail=detail)
        self.stated = ""


def _fields(node: Node, keep: str = "") -> Fields:
    """The attributes that have a value."""
    return {name: value for name, value in node.attributes.items() if value != "null" or name == keep}


def _part(node: Node) -> Part:
    data = node.attributes.pop(_DATA, None)
    held, node.bulk = node.bulk, None  # or two of the largest would be in memory while the next one is read
    if held is None and data and data != "null":
        held = data.encode()
    plain = node.attributes.get("ct") == "text/plain" and held is None
    fields = _fields(node, keep="text" if plain else "")
    if node.children:
        fields["more"] = [child.as_json() for child in node.children]
    return Part(fields, held)
