"""Events of an RSMF manifest: each with its first wording, its edits, reactions and receipts; wrong types repaired."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, Final

import orjson

from pipeline.intake.clock import Clock
from pipeline.intake.formats.rsmf_people import Conversation, People, text_of
from pipeline.intake.moments import local_time, rfc3339
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Attachment, Event, EventKind

TYPES: Final[Mapping[str, tuple[EventKind, str]]] = {
    "message": (EventKind.MESSAGE, ""),
    "disclaimer": (EventKind.SYSTEM, "disclaimer"),
    "join": (EventKind.MEMBERSHIP, "member-joined"),
    "leave": (EventKind.MEMBERSHIP, "member-left"),
    "history": (EventKind.SYSTEM, "history"),
    "unknown": (EventKind.UNKNOWN, ""),
}
_OLD_TEXT: Final = re.compile(r"edit[ _-]?\d{1,3}", re.IGNORECASE)
_SLUG: Final = re.compile(r"[^a-z0-9]+")
_LISTS: Final = ("edits", "reactions", "read_receipts")
_OWN_NAMES: Final = frozenset(("shown", "location", "body_last", "attachment_fields", "unnamed"))
_SCOPE: Final = 32
_REMEMBERED: Final = 1024


class RsmfEvents:
    """Makes events of the elements of one manifest."""

    def __init__(self, place: Place, format_name: str, people: People, collection: str, digest: str) -> None:
        self.place = place
        self.format = format_name
        self.people = people
        self.scope = collection or digest[:_SCOPE]
        self.digest = digest[:_SCOPE]
        self.clock = Clock(place.source.timezone)
        self.first_id = place.event_ids()
        self.recipients: dict[tuple[str, str], tuple[str, ...]] = {}
        self.files: Mapping[str, Attachment] = {}
        self.inside = False
        """Whether the files lie in a zip of this text, so that one that is not there is missing."""

    def open(self, line: int, ordinal: int, raw_sha256: str, source: str) -> OpenEvent:
        """An event with all that the elements of a manifest share."""
        draft, place = OpenEvent(), self.place
        draft.event_id = place.event_id(line, ordinal) if ordinal else self.first_id(line)
        draft.source, draft.format = source, self.format
        draft.custodian, draft.network = place.source.custodian, place.source.network
        draft.conversation_id = ""
        draft.raw_sha256 = raw_sha256
        draft.object_key, draft.version_id, draft.member = place.object_key, place.version_id, place.member
        draft.line = line
        return draft

    def conversation_id(self, source: str, named: str) -> str:
        """The conversation across the slices of one collection."""
        return f"{source}:rsmf:{self.scope}:{named}" if named else f"{source}:rsmf:{self.scope}"

    def others(self, conversation: Conversation | None, sender: str) -> tuple[str, ...]:
        """The members of a conversation without the sender."""
        if conversation is None:
            return ()
        key = (conversation.id, sender)
        if key not in self.recipients:
            if len(self.recipients) >= _REMEMBERED:
                self.recipients.clear()
            self.recipients[key] = tuple(self.people.others(conversation, sender))
        return self.recipients[key]

    def participant(self, row: dict[str, Any], line: int, raw: bytes) -> Event:
        """A participant as a directory entry."""
        draft = self.open(line, 0, _sha(raw), self.people.source())
        draft.event_kind, draft.subkind = EventKind.DIRECTORY, "user"
        named = text_of(row.get("id"))
        known = self.people.person(named) if named else ("", text_of(row.get("display")))
        draft.vendor_id = draft.sender_id = known[0] or known[1]
        draft.sender_display = text_of(row.get("display"))
        if avatar := self.files.get(text_of(row.get("avatar"))):
            draft.attachments = (avatar,)
        draft.flags = () if isinstance(row.get("id"), str) else ("repaired",)
        draft.attributes = _json(row)
        return draft.seal()

    def conversation(self, row: dict[str, Any], line: int, raw: bytes) -> Event:
        """A conversation as a directory entry."""
        known = self.people.add_conversation(row)
        draft = self.open(line, 0, _sha(raw), known.source)
        draft.event_kind, draft.subkind = EventKind.DIRECTORY, "conversation"
        draft.conversation_id = draft.vendor_id = self.conversation_id(known.source, known.id)
        draft.conversation_kind, draft.conversation_title = known.kind, known.title
        draft.recipients = self.others(known, "")
        draft.attributes = _json(row)
        return draft.seal()

    def entry(self, row: dict[str, Any], line: int, raw: bytes, repaired: bool) -> Iterator[Event]:
        """An event, then what was done to it."""
        making = _Making(self, row, line, _sha(raw))
        making.flags.update(("repaired",) if repaired else ())
        yield making.event()
        yield from making.annotations()


class _Making:
    """One element of `events` while its events are made; what has a column leaves the row."""

    def __init__(self, maker: RsmfEvents, row: dict[str, Any], line: int, raw_sha256: str) -> None:
        self.maker = maker
        self.row = _without_own_names(row)
        self.line = line
        self.raw_sha256 = raw_sha256
        self.flags: set[str] = set()
        self.lists: dict[str, list[Any]] = {name: self._list(name) for name in _LISTS if name in row}
        self.conversation = self._conversation()
        self.source = self.conversation.source if self.conversation else maker.people.source()
        self.vendor_id = ""
        self.ordinals = count(1)

    def _text(self, name: str) -> str:
        """Move a text out of the row; a value that is neither text nor number becomes its JSON."""
        value = self.row.pop(name, None)
        if type(value) is str:
            return value
        if value is None:
            return ""
        self.flags.add("repaired")
        return text_of(value) or json.dumps(value, ensure_ascii=False, sort_keys=True)

    def _list(self, name: str) -> list[Any]:
        """Move a list out of the row; a single value counts as a list of one."""
        value = self.row.pop(name, None)
        if isinstance(value, list) or value is None:
            return value or []
        self.flags.add("repaired")
        return [value]

    def _conversation(self) -> Conversation | None:
        self.named = self._text("conversation")
        found = self.maker.people.conversation(self.named)
        self.flags.update(("conversation-assumed",) if found and not self.named else ())
        return found

    def _open(self, ordinal: int) -> OpenEvent:
        draft = self.maker.open(self.line, ordinal, self.raw_sha256, self.source)
        known = self.conversation
        draft.conversation_id = self.maker.conversation_id(self.source, known.id if known else self.named)
        if known:
            draft.conversation_kind, draft.conversation_title = known.kind, known.title
        return draft

    def event(self) -> Event:
        """The event as it first was."""
        row, draft = self.row, self._open(0)
        said = self._text("type")
        other = (EventKind.UNKNOWN, _SLUG.sub("-", said.casefold()).strip("-")[:64])
        draft.event_kind, draft.subkind = TYPES.get(said.strip().casefold(), other)
        sender = self._text("participant")
        draft.sender_id, draft.sender_display = self.maker.people.person(sender)
        draft.recipients = self.maker.others(self.conversation, sender)
        draft.ts_raw = self._text("timestamp")
        self._when(draft, draft.ts_raw, self.flags)
        self.vendor_id = draft.vendor_id = self._id(self._text("id"))
        shown = {"reply_to": self._id(parent)} if (parent := self._text("parent")) else {}
        draft.body = self._text("body") if "body" in row else ("" if draft.event_kind is EventKind.MESSAGE else None)
        self._first_wording(draft)
        if "attachments" in row or "attachment" in row:
            draft.attachments = tuple(self._attachments())
        self._marks(draft)
        if shown:
            row["shown"] = shown
        draft.attributes = _json(row)
        draft.flags = tuple(sorted(self.flags))
        return draft.seal()

    def _id(self, named: str) -> str:
        """An id that no other collection has. Without one, what is done to the event still has to find it."""
        if named:
            return f"{self.maker.scope}:{self.conversation.id if self.conversation else self.named}:{named}"
        return f"{self.maker.digest}:#{self.line}" if any(self.lists.values()) else ""

    def _when(self, draft: OpenEvent, said: str, flags: set[str]) -> None:
        if found := rfc3339(said):
            draft.ts_utc, draft.ts_source = found
        elif wall := local_time(said):
            clock = self.maker.clock
            micros, doubt = clock.utc(wall.date(), wall.hour, wall.minute, wall.second, wall.microsecond)
            draft.ts_utc, draft.ts_source = micros, clock.source
            flags.update((doubt,) if doubt else ())
        elif said:
            flags.add("bad-time")

    def _first_wording(self, draft: OpenEvent) -> None:
        """The body is the last wording; the first one is what the first edit replaced."""
        edits = [edit for edit in self.lists.get("edits", ()) if isinstance(edit, dict)]
        if edits:
            self.flags.add("edited")
        first = text_of(edits[0].get("previous")) if edits else ""
        if first and first != draft.body:
            last = text_of(edits[-1].get("new"))
            if draft.body and draft.body != last:
                self.row["body_last"] = draft.body
            draft.body = first
        custom = self.row.get("custom")
        names = (
            [text_of(one.get("name")) for one in custom if isinstance(one, dict)] if isinstance(custom, list) else []
        )
        if any(_OLD_TEXT.fullmatch(name.strip()) for name in names):
            self.flags.add("edited")

    def _attachments(self) -> Iterator[Attachment]:
        for one in [*self._list("attachments"), *self._list("attachment")]:
            row = one if isinstance(one, dict) else {"id": one}
            self.flags.update(() if isinstance(one, dict) else ("repaired",))
            path, display = text_of(row.get("id")), text_of(row.get("display"))
            found = self.maker.files.get(path) or self.maker.files.get(path.rpartition("/")[2])
            if found and path:
                yield _named(found, display or found.name, path)
            elif path or display:
                yield Attachment(name=display or path, path=path, note="omitted" if self.maker.inside else "")
            if more := {name: value for name, value in row.items() if name not in ("id", "display")}:
                self.row.setdefault("attachment_fields", []).append({"id": path, **more})

    def _marks(self, draft: OpenEvent) -> None:
        deleted = self.row.pop("deleted", None)
        if deleted in (True, "true", "True", 1):
            self.flags.add("deleted")
        elif deleted not in (None, False, "false", "False", 0):
            self.row["deleted"] = deleted
        if text_of(self.row.get("importance")).casefold() == "high":
            self.flags.add("high-importance")

    def annotations(self) -> Iterator[Event]:
        """Edits, reactions and receipts, each an event about this one."""
        makers: tuple[tuple[str, Callable[[dict[str, Any]], Iterator[Event]]], ...] = (
            ("edits", self._edit),
            ("reactions", self._reactions),
            ("read_receipts", self._receipt),
        )
        for name, make in makers:
            for item in self.lists.get(name, ()):
                yield from make(_without_own_names(item) if isinstance(item, dict) else {"value": item})

    def _about(self, kind: EventKind, item: dict[str, Any]) -> tuple[OpenEvent, set[str]]:
        draft, flags = self._open(next(self.ordinals)), set[str]()
        draft.event_kind, draft.target_id = kind, self.vendor_id
        draft.sender_id, draft.sender_display = self.maker.people.person(text_of(item.pop("participant", None)))
        draft.ts_raw = text_of(item.pop("timestamp", None))
        self._when(draft, draft.ts_raw, flags)
        return draft, flags

    def _sealed(self, draft: OpenEvent, item: dict[str, Any], flags: set[str]) -> Event:
        draft.attributes = _json(item)
        draft.flags = tuple(sorted(flags))
        return draft.seal()

    def _edit(self, item: dict[str, Any]) -> Iterator[Event]:
        draft, flags = self._about(EventKind.EDIT, item)
        new = item.pop("new", None)
        draft.body, draft.subkind = text_of(new), "edit"
        if new is not None and not isinstance(new, str):
            item["new"] = new
            flags.add("repaired")
        yield self._sealed(draft, item, flags)

    def _receipt(self, item: dict[str, Any]) -> Iterator[Event]:
        draft, flags = self._about(EventKind.READ_RECEIPT, item)
        draft.subkind = _SLUG.sub("-", text_of(item.pop("action", None)).casefold()).strip("-")
        yield self._sealed(draft, item, flags)

    def _reactions(self, item: dict[str, Any]) -> Iterator[Event]:
        """One event for each participant who is named, and one for all others that are only counted."""
        people = item.pop("participants", None)
        named = [text_of(one) for one in people] if isinstance(people, list) else []
        value, counted = text_of(item.pop("value", None)), item.get("count")
        for one in named:
            draft, flags = self._about(EventKind.REACTION, dict(item))
            draft.body = value
            draft.sender_id, draft.sender_display = self.maker.people.person(one)
            yield self._sealed(draft, item, flags)
        more = counted - len(named) if isinstance(counted, int) and not isinstance(counted, bool) else 0
        if more > 0 or not named:
            draft, flags = self._about(EventKind.REACTION, item)
            draft.body = value
            yield self._sealed(draft, {**item, "unnamed": more} if more > 0 else item, flags)


def _without_own_names(row: dict[str, Any]) -> dict[str, Any]:
    """The row with other names for members that would pass for what intake itself says of an event."""
    for name in _OWN_NAMES.intersection(row):
        row[f"{name}#1"] = row.pop(name)
    return row


def _named(found: Attachment, display: str, path: str) -> Attachment:
    return Attachment(
        name=display,
        path=path,
        object_key=found.object_key,
        version_id=found.version_id,
        member=found.member,
        sha256=found.sha256,
        size=found.size,
        mime=found.mime,
    )


def _json(row: Mapping[str, Any]) -> str:
    return orjson.dumps(row, option=orjson.OPT_SORT_KEYS).decode()


def _sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
