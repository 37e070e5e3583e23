"""One row of Signal Desktop's `messages` as events: the message, then its edits, reactions, readers and deletion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from pipeline.intake.formats.signal_desktop_files import VOICE, Files, media_kind
from pipeline.intake.formats.signal_desktop_history import afterwards, edit, keep, moment, version_text
from pipeline.intake.formats.signal_desktop_kinds import NOTICES, Notice, as_object, as_objects
from pipeline.intake.formats.signal_desktop_parts import ATTACHMENTS, CALLS, Parts
from pipeline.intake.formats.signal_desktop_people import People, json_object, text
from pipeline.intake.formats.signal_desktop_rows import Row
from pipeline.intake.formats.signal_desktop_shown import shown_beside, with_mentions
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Event, EventKind, TimeSource

WRITTEN: Final = frozenset(("incoming", "outgoing", "story", ""))
"""Types that a person wrote. Rows of the oldest versions have none."""
_YEAR_10000: Final = 253_402_300_800_000_000
_CLOCK: Final = 300_000_000
"""A message sent this much after the server had it comes from a clock that was wrong."""
_OWN_COLUMNS: Final = ("conversationId", "sent_at", "reactions", "editHistory", "rowid")


@dataclass(slots=True)
class _Message:
    """A row on its way."""

    row: Row
    line: int
    said: dict[str, Any]
    """What columns and `json` say; used up on the way."""
    flags: list[str]
    shown: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    conversation: str = ""
    vendor_id: str = ""
    sender: tuple[str, str] = ("", "")
    sent: int | None = None


class Messages:
    """Makes events of the rows of one database."""

    def __init__(self, place: Place, people: People, kept: Parts, name: str) -> None:
        self.place = place
        self.people = people
        self.parts = kept
        self.name = name
        self.files = Files(place)
        self.event_id = place.event_ids()

    def events(self, row: Row, line: int) -> Iterator[Event]:
        """The events of a row; the first is the message or notice itself."""
        message = self._understood(row, line)
        draft = self._draft(message, 0)
        draft.vendor_id = message.vendor_id
        if message.kind in WRITTEN:
            self._written(message, draft)
        else:
            self._noticed(message, draft)
        later = self._edited(message, draft)
        later += list(afterwards(message.said, message.kind, message.sender, self.people))
        self._finish(message, draft)
        yield draft.seal()
        for ordinal, told in enumerate(later, 1):
            yield self._annotation(message, ordinal, told)

    def call(self, call: dict[str, Any], row: Row, line: int) -> Event:
        """A call that the history of calls has and no message tells of."""
        said = {"type": "call-history", "callHistoryDetails": call, "sent_at": call.get("timestamp")}
        local = text(call.get("peerId"))
        message = _Message(row, line, {**said, "conversationId": local, "id": call.get("callId")}, [])
        self._identify(message)
        draft = self._draft(message, 0)
        draft.vendor_id = message.vendor_id
        self._noticed(message, draft)
        self._finish(message, draft)
        return draft.seal()

    def orphan(self, part: dict[str, Any], row: Row, line: int) -> Event:
        """An attachment whose message the database does not have."""
        message = _Message(row, line, {**part, "type": "attachment-without-message"}, [])
        self._identify(message)
        message.sent = moment(part.get("sentAt"))
        draft = self._draft(message, 0)
        draft.event_kind, draft.subkind = EventKind.UNKNOWN, message.kind
        draft.attachments = (self.files.attachment(part, f"{line}/0"),)
        self._finish(message, draft)
        return draft.seal()

    def _understood(self, row: Row, line: int) -> _Message:
        inner, state = json_object(row.values.get("json"), self.place.limits.json_depth)
        said = {**inner, **row.values}
        said.pop("json", None)
        message = _Message(row, line, said, ["repaired"] if row.repaired or state else [])
        if state == "broken":
            message.extra["json"] = row.values.get("json")
        if type(message.said.get("source")) is int:
            message.said["source"] = f"+{message.said['source']}"
        self._identify(message)
        return message

    def _identify(self, message: _Message) -> None:
        said = message.said
        message.kind = text(said.get("type"))
        message.conversation = text(said.get("conversationId"))
        message.sent = moment(said.get("sent_at"))
        if message.sent is None:
            message.sent = moment(said.get("timestamp"))
        message.vendor_id = text(said.get("id"))
        if message.kind not in WRITTEN:
            return
        author = text(said.get("sourceServiceId") or said.get("sourceUuid")).lower() or text(said.get("source"))
        own = message.kind == "outgoing"
        message.sender = self.people.own() if own else self.people.person(author) if author else ("", "")
        if message.sender[0] and message.sent:
            message.vendor_id = f"{message.sender[0]}:{message.sent // 1000}"

    def _draft(self, message: _Message, ordinal: int) -> OpenEvent:
        place, draft = self.place, OpenEvent()
        draft.event_id = place.event_id(message.line, ordinal) if ordinal else self.event_id(message.line)
        draft.source, draft.format = "signal", self.name
        draft.custodian, draft.network = place.source.custodian, place.source.network
        found = self.people.conversation(message.conversation)
        draft.conversation_id, draft.conversation_kind, draft.conversation_title = found
        draft.sender_id, draft.sender_display = message.sender
        draft.raw_sha256 = message.row.sha256
        draft.object_key, draft.version_id, draft.member = place.object_key, place.version_id, place.member
        draft.line = message.line
        return draft

    def _written(self, message: _Message, draft: OpenEvent) -> None:
        said = message.said
        body = said.get("body")
        if body is not None and type(body) is not str:
            message.flags.append("repaired")
            body = text(body) or orjson.dumps(body).decode()
        draft.event_kind = EventKind.MESSAGE
        draft.body = with_mentions(body, said.get("bodyRanges"), self.people) if body else body
        if draft.body != body:
            message.extra["body_source"] = body
        draft.recipients = self.people.others(message.conversation, message.sender[0])
        self._attached(message, draft)
        message.shown |= shown_beside(said, self.people)
        if message.kind == "story":
            draft.subkind = "story"
        elif said.get("sticker"):
            draft.subkind = "sticker"
        elif said.get("contact"):
            draft.subkind = "contact"
        if said.get("isViewOnce") in (True, 1):
            message.flags.append("view-once")
        if said.get("deletedForEveryone") in (True, 1):
            message.flags.append("deleted")
        if "deleted" in message.flags or said.get("isErased") in (True, 1):
            draft.body = draft.body or ""
        server = moment(said.get("serverTimestamp"))
        if server and message.sent and message.sent - server > _CLOCK:
            message.flags.append("clock-ahead")

    def _attached(self, message: _Message, draft: OpenEvent) -> None:
        said = message.said
        stored = self.parts.take(ATTACHMENTS, text(said.get("id")))
        current = [one for one in stored if one.get("editHistoryIndex") in (-1, None)]
        rows = [one for one in current if one.get("attachmentType") in ("attachment", None)]
        files = rows or as_objects(said.get("attachments"))
        long_text = [one for one in current if one.get("attachmentType") == "long-message"]
        long_text = long_text or [as_object(said.get("bodyAttachment"))] * bool(said.get("bodyAttachment"))
        note = "view-once" if said.get("isErased") in (True, 1) else ""
        made = [self.files.attachment(one, f"{message.line}/{at}", note) for at, one in enumerate(files)]
        made += [self.files.attachment(one, f"{message.line}/text", note) for one in long_text]
        draft.attachments = tuple(made)
        if files:
            draft.event_kind, draft.subkind = EventKind.FILE, media_kind(files[0])
            if any(one.get("flags") == VOICE for one in files):
                message.flags.append("voice-memo")
        if stored:
            message.extra["message_attachments"] = stored

    def _noticed(self, message: _Message, draft: OpenEvent) -> None:
        said = message.said
        if message.kind == "call-history" and (calls := self.parts.take(CALLS, text(said.get("callId")))):
            said["callHistoryDetails"] = {**as_object(said.get("callHistoryDetails")), **calls[0]}
        tell = NOTICES.get(message.kind)
        body = said.get("body")
        draft.body = body if isinstance(body, str) and body else None
        if tell is None:
            draft.event_kind, draft.subkind = EventKind.UNKNOWN, message.kind
            self._acted(message, draft, text(said.get("sourceServiceId") or said.get("source")))
            return
        notice: Notice = tell(said, self.people)
        draft.event_kind, draft.subkind = notice.kind, notice.subkind
        message.shown |= notice.shown
        message.flags += notice.flags
        actor = notice.actor
        if message.kind == "call-history" and not actor and draft.conversation_kind == "dm":
            actor = message.conversation
        self._acted(message, draft, actor)

    def _acted(self, message: _Message, draft: OpenEvent, actor: str) -> None:
        if actor:
            own = actor == self.people.owner
            message.sender = self.people.own() if own else self.people.person(actor)
            draft.sender_id, draft.sender_display = message.sender

    def _edited(self, message: _Message, draft: OpenEvent) -> list[OpenEvent]:
        """The edits, oldest first; the message itself gets the text that was sent first."""
        versions = as_objects(message.said.get("editHistory"))[::-1]
        if len(versions) < 2:
            if message.said.get("editMessageTimestamp"):
                message.flags.append("edited")
            return []
        latest, draft.body = draft.body, version_text(versions[0], self.people)
        if latest and latest != version_text(versions[-1], self.people):
            message.extra["body"] = latest
        return [edit(version, message.sender, self.people) for version in versions[1:]]

    def _annotation(self, message: _Message, ordinal: int, told: OpenEvent) -> Event:
        """The event with its place, and with the message it is about."""
        place = self._draft(message, ordinal)
        for name in ("event_kind", "sender_id", "sender_display", "ts_utc", "body", "flags", "attributes", "stripped"):
            setattr(place, name, getattr(told, name))
        place.target_id = message.vendor_id
        if told.ts_utc is not None:
            place.ts_source, place.ts_raw = TimeSource.UTC, str(told.ts_utc // 1000)
            if told.sender_id:
                place.vendor_id = f"{told.sender_id}:{told.ts_utc // 1000}:{message.vendor_id}"
        return place.seal()

    def _finish(self, message: _Message, draft: OpenEvent) -> None:
        said = message.said
        raw = said.get("sent_at") if said.get("sent_at") is not None else said.get("timestamp")
        draft.ts_utc, draft.ts_raw = message.sent, "" if raw is None else str(raw)
        draft.ts_source = TimeSource.UNKNOWN if message.sent is None else TimeSource.UTC
        if message.sent is None and raw is not None:
            message.flags.append("bad-time")
        self._expires(message, draft)
        for name in _OWN_COLUMNS:
            said.pop(name, None)
        if isinstance(said.get("body"), str):
            del said["body"]  # it is in the column of the event
        rest = {**said, **message.extra}
        if message.shown:
            rest["shown"] = message.shown
        keep(draft, rest)
        draft.flags = tuple(sorted(set(message.flags)))

    def _expires(self, message: _Message, draft: OpenEvent) -> None:
        seconds, start = message.said.get("expireTimer"), moment(message.said.get("expirationStartTimestamp"))
        if type(seconds) is not int or seconds <= 0 or message.kind not in WRITTEN:
            return
        message.shown["expires_after"] = str(seconds)
        start = message.sent if start is None and message.kind == "outgoing" else start
        if start is not None and start + seconds * 1_000_000 < _YEAR_10000:
            draft.expires_utc = start + seconds * 1_000_000
