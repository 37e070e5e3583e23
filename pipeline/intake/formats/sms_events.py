"""One message or call of an Android phone as an event, whatever exporter wrote its columns down.

Exporters give the columns of Android's own tables under the names they have there, so that one reading fits all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from pipeline.intake.formats.sms_parts import Part, content_of
from pipeline.intake.formats.sms_phone import Phone, shown_name
from pipeline.intake.moments import Unit, epoch_micros
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Event, EventKind, TimeSource

Fields = dict[str, Any]
"""Columns by name, those with a value; the ones that are read here are texts."""

_UTC: Final = TimeSource.UTC
_SORTED: Final = orjson.OPT_SORT_KEYS
_RECEIVED: Final = "1"
_SENT: Final = frozenset(("2", "3", "4", "5", "6"))
_DELIVERY: Final[Mapping[str, str]] = {"3": "draft", "4": "outbox", "5": "failed", "6": "queued"}
_MMS_TYPES: Final[Mapping[str, tuple[EventKind, str]]] = {
    "130": (EventKind.MESSAGE, "not-downloaded"),
    "134": (EventKind.SYSTEM, "delivery-report"),
    "135": (EventKind.SYSTEM, "read-report"),
    "136": (EventKind.SYSTEM, "read-report"),
}
"""Notices of the network that phones store as if they were messages."""
_CALLS: Final[Mapping[str, tuple[bool, str, str]]] = {
    "1": (False, "completed", ""),
    "2": (True, "completed", ""),
    "3": (False, "missed", ""),
    "4": (False, "missed", "voicemail"),
    "5": (False, "declined", ""),
    "6": (False, "declined", "blocked"),
    "7": (False, "completed", "answered-elsewhere"),
}
"""Whether the phone's owner called, what came of it, and a flag."""
_FROM, _TO, _CC, _BCC = "137", "151", "130", "129"
_IN_1973: Final = 100_000_000_000
"""As milliseconds that is before the first text message: a smaller date counts seconds."""
_SIGNAL_PROTOCOL: Final = "31337"


class Mark(NamedTuple):
    """Where an entry stands in its document."""

    number: int
    repaired: bool
    sha256: str


class SmsEvents:
    """Makes events of the entries of one place. The fields given to it are used up."""

    def __init__(self, place: Place, format_name: str) -> None:
        self.place = place
        self.format = format_name
        self.phone = Phone(place.source)
        self.event_id = place.event_ids()
        self.source = "sms"

    def sms(self, fields: Fields, mark: Mark) -> Event:
        """A text message."""
        draft, shown, flags = OpenEvent(), Fields(), self._flags(mark)
        draft.event_kind = EventKind.MESSAGE
        draft.body = fields.pop("body", None)
        source = "signal" if fields.get("protocol") == _SIGNAL_PROTOCOL else self.source
        box = fields.get("type", "")
        others = self.phone.addresses(fields.get("address", ""))
        self._people(draft, source, others, box, fields)
        _delivery(box, shown, flags)
        _when(draft, fields, "ms", flags)
        if subject := fields.get("subject"):
            shown["subject"] = subject
        return self._sealed(draft, fields, shown, flags, mark)

    def mms(
        self, fields: Fields, parts: Iterable[Part], addrs: Sequence[Fields], mark: Mark, unit: Unit = "ms"
    ) -> Event:
        """A multimedia message with its parts and addresses."""
        draft, shown, flags = OpenEvent(), Fields(), self._flags(mark)
        content = content_of(parts, self.place, mark.number)
        kind, draft.subkind = _MMS_TYPES.get(fields.get("m_type", ""), (EventKind.MESSAGE, ""))
        draft.event_kind = EventKind.FILE if content.attachments and kind is EventKind.MESSAGE else kind
        draft.subkind = draft.subkind or content.subkind
        draft.attachments = tuple(content.attachments)
        draft.body = content.body
        box = fields.get("msg_box", "")
        roles = self._roles(addrs)
        self._people(draft, self.source, self._others(fields, roles, box), box, fields)
        self._roles_of(draft, roles, shown)
        _delivery(box, shown, flags)
        _when(draft, fields, unit, flags)
        draft.vendor_id = self._mms_id(fields, box, draft.ts_utc)
        if subject := fields.get("sub"):
            shown["subject"] = _subject(subject, fields.get("sub_cs"))
        if draft.subkind == "not-downloaded":
            flags.append("not-downloaded")
        if content.repaired:
            flags.append("repaired")
        more: Fields = {**fields, "parts": content.kept, "addrs": addrs}
        if content.smil:
            more["smil"] = content.smil
        return self._sealed(draft, more, shown, flags, mark)

    def call(self, fields: Fields, mark: Mark) -> Event:
        """A phone call."""
        draft, shown, flags = OpenEvent(), Fields(), self._flags(mark)
        outgoing, subkind, flag = _CALLS.get(fields.get("type", ""), (None, "", ""))
        duration = fields.get("duration", "")
        if duration.isdecimal() and duration.isascii() and len(duration) < 10:
            shown["call_duration"] = int(duration)
            if outgoing and int(duration) == 0:
                subkind = "started"
        draft.event_kind, draft.subkind = EventKind.CALL, subkind
        box = {True: "2", False: _RECEIVED}.get(outgoing, "") if outgoing is not None else ""
        self._people(draft, self.source, self.phone.addresses(fields.get("number", "")), box, fields)
        _when(draft, fields, "ms", flags)
        if flag:
            flags.append(flag)
        return self._sealed(draft, fields, shown, flags, mark)

    def other(self, fields: Fields, mark: Mark) -> Event:
        """An entry of a kind that nobody knows, kept whole."""
        draft = OpenEvent()
        draft.event_kind = EventKind.UNKNOWN
        draft.conversation_id = self.phone.conversation(self.source, ())
        return self._sealed(draft, fields, {}, self._flags(mark), mark)

    def contacts(self, fields: Fields, name: str, numbers: Sequence[str], mark: Mark) -> Iterator[Event]:
        """A row of the address book: one event for each number it gives a name to."""
        for ordinal, number in enumerate(numbers or ("",)):
            draft = OpenEvent()
            draft.event_kind, draft.subkind = EventKind.DIRECTORY, "user"
            draft.vendor_id = draft.sender_id = self.phone.address(number)
            draft.sender_display = name
            draft.conversation_id = ""
            yield self._sealed(draft, {} if ordinal else fields, {}, self._flags(mark), mark, ordinal)

    def _flags(self, mark: Mark) -> list[str]:
        return ["repaired"] if mark.repaired else []

    def _people(self, draft: OpenEvent, source: str, others: tuple[str, ...], box: str, fields: Fields) -> None:
        phone, name = self.phone, shown_name(fields.pop("contact_name", None))
        draft.source = source
        draft.conversation_id = phone.conversation(source, others)
        draft.conversation_kind = "group" if len(others) > 1 else "dm" if others else ""
        draft.conversation_title = name
        if box == _RECEIVED:
            draft.recipients = (phone.me,) if phone.me else ()
            if len(others) == 1:
                draft.sender_id, draft.sender_display = others[0], name
        elif box in _SENT:
            draft.sender_id, draft.sender_display = phone.me, phone.name
            draft.recipients = others

    def _roles(self, addrs: Sequence[Fields]) -> dict[str, list[str]]:
        """The addresses by the part they play."""
        found: dict[str, list[str]] = {}
        for addr in addrs:
            if one := self.phone.address(addr.get("address", "")):
                found.setdefault(addr.get("type", ""), []).append(one)
        return found

    def _others(self, fields: Fields, roles: Mapping[str, list[str]], box: str) -> tuple[str, ...]:
        """All but the owner. The phone's own list leaves the owner out; the message's addresses may not."""
        phone, senders = self.phone, roles.get(_FROM, [])
        if box in _SENT:
            phone.own.update(senders)
        if listed := phone.addresses(fields.get("address", "")):
            return listed
        recipients = [one for role in (_TO, _CC, _BCC) for one in roles.get(role, ())]
        if box == _RECEIVED and senders and len(recipients) == 1:
            return phone.others(senders)
        return phone.others([*senders, *recipients])

    def _roles_of(self, draft: OpenEvent, roles: Mapping[str, list[str]], shown: Fields) -> None:
        """What the message's own addresses say goes before what its folder lets suppose."""
        if sender := next(iter(roles.get(_FROM, ())), ""):
            if sender != draft.sender_id:
                draft.sender_display = self.phone.name if sender in self.phone.own else ""
            draft.sender_id = sender
        named = [one for role in (_TO, _CC, _BCC) for one in roles.get(role, ())]
        if named:
            draft.recipients = tuple(dict.fromkeys(one for one in named if one != draft.sender_id))
        for role, key in ((_CC, "cc"), (_BCC, "bcc")):
            if role in roles:
                shown[key] = roles[role]

    def _mms_id(self, fields: Fields, box: str, ts_utc: int | None) -> str:
        """An id for copies from one phone only: networks do not promise that `m_id` is one message everywhere."""
        scope, message_id = self.phone.owner or self.phone.custodian, fields.get("m_id")
        if not scope or not message_id or ts_utc is None:
            return ""
        return f"{scope}:{box}:{ts_utc // 1_000_000}:{message_id}"

    def _sealed(
        self, draft: OpenEvent, fields: Fields, shown: Fields, flags: list[str], mark: Mark, ordinal: int = 0
    ) -> Event:
        place = self.place
        if shown:
            fields["shown"] = shown
        draft.event_id = self.place.event_id(mark.number, ordinal) if ordinal else self.event_id(mark.number)
        if draft.event_kind in (EventKind.UNKNOWN, EventKind.DIRECTORY):
            draft.source = self.source
        draft.format = self.format
        draft.custodian = place.source.custodian
        draft.network = place.source.network
        draft.attributes = orjson.dumps(fields, option=_SORTED).decode()
        draft.raw_sha256 = mark.sha256
        draft.object_key = place.object_key
        draft.version_id = place.version_id
        draft.member = place.member
        draft.line = mark.number
        if flags:
            draft.flags = tuple(sorted(set(flags)))
        return draft.seal()


def _delivery(box: str, shown: Fields, flags: list[str]) -> None:
    if state := _DELIVERY.get(box):
        shown["delivery"] = state
        flags.append(state)


def _when(draft: OpenEvent, fields: Fields, unit: Unit, flags: list[str]) -> None:
    raw = draft.ts_raw = fields.get("date", "")
    count = int(raw) if raw.isdecimal() and raw.isascii() and len(raw) <= 17 else 0
    if count and unit == "ms" and count < _IN_1973:
        unit = "s"
        flags.append("time-in-seconds")
    micros = epoch_micros(raw, unit) if count else None
    if micros is None:
        flags.append("bad-time")
    else:
        draft.ts_utc, draft.ts_source = micros, _UTC


def _subject(written: str, charset: str | None) -> str:
    """Android keeps a subject's bytes as if each were a character; UTF-8 becomes readable again."""
    if charset not in ("106", None) or written.isascii():
        return written
    try:
        return written.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return written
