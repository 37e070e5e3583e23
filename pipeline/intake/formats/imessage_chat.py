"""Events from the entries of one iMessage conversation."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import orjson

from pipeline.intake.clock import Clock
from pipeline.intake.formats.imessage_entries import RawEntry
from pipeline.intake.formats.imessage_marks import (
    ENDINGS,
    OWNERS,
    Announcement,
    Head,
    announced,
    seconds_of,
)
from pipeline.intake.formats.imessage_parts import Named, Parts, Wordings, answer_digest, parts_of
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Attachment, Event, EventKind

_SOURCE: Final = "imessage"
_SECOND: Final = 1_000_000
_MOST_QUOTES: Final = 20_000
_MOST_EQUAL: Final = 50_000
"""Equal ones have one second, so they stand close together."""
_QUOTE: Final = 1000
_FILES: Final = (".txt", ".html")
_OF_APPS: Final = {"SharePlay Message": "shareplay", "Handwritten messages are not yet supported!": "handwriting"}
_SHARING: Final = {
    "Started sharing location!": "location-sharing-started",
    "Stopped sharing location!": "location-sharing-stopped",
}


@dataclass(slots=True)
class Learnt:
    """What a first pass over the text tells."""

    people: set[str] = field(default_factory=set)
    """Those who said something, as shown."""
    group: bool = False
    answers: set[bytes] = field(default_factory=set)
    """Digests of the answers that stand in their own place."""


class Conversation:
    """Makes events of the entries of one file."""

    def __init__(self, place: Place, name: str, learnt: Learnt) -> None:
        self.place = place
        self.name = name
        self.title, self.id = _named(place)
        self.answers: Set[bytes] = learnt.answers
        self.clock = Clock(place.source.timezone)
        self.people = [self._person(one)[0] for one in sorted(learnt.people)]
        self.kind = "group" if learnt.group or len(self.people) > 2 or ", " in self.title else "dm"
        self.equal: OrderedDict[str, int] = OrderedDict()
        self.quotes: OrderedDict[bytes, tuple[str, str]] = OrderedDict()

    def events(self, raw: RawEntry, head: Head | None) -> Iterator[Event]:
        """The events of one entry: the message, then its edits, tapbacks and receipt."""
        draft = self._draft(raw, 0)
        if head is None:
            draft.event_kind, draft.subkind = EventKind.SYSTEM, "other"
            draft.body = "\n".join(raw.lines) or None
            draft.attributes = _json({"shown": {"event": "announcement that the exporter could not write"}})
            yield draft.seal()
            return
        flags: list[str] = []
        self._when(draft, head, flags)
        announcement = announced(head.rest) if head.rest else None
        if announcement:
            yield self._announcement(draft, head, announcement, raw, flags)
            return
        yield from self._message(draft, raw, head, flags)

    def _message(self, draft: OpenEvent, raw: RawEntry, head: Head, flags: list[str]) -> Iterator[Event]:
        parts = parts_of(raw, head, self.answers)
        more, shown = dict[str, Any](), dict[str, Any]()
        draft.sender_id, draft.sender_display = self._person(parts.sender)
        self._recipients(draft)
        body = _wording(parts, {})
        self._what(draft, parts, body, more, shown, flags)
        draft.vendor_id = self._id(draft, body, len(parts.files))
        self._thread(draft, parts, raw, more, shown, flags)
        if shown:
            more["shown"] = shown
        draft.attributes = _json(more) if more else "{}"
        draft.flags = tuple(sorted(set(flags)))
        ordinals = count(1)
        yield draft.seal()
        for at, text in _edits(parts, draft.ts_utc):
            yield self._edit(draft, raw, next(ordinals), at, text)
        for value, who, path in parts.tapbacks:
            yield self._tapback(draft, raw, next(ordinals), value, who, path)
        if head.reader:
            yield self._receipt(draft, raw, next(ordinals), head)
        for nested in parts.nested:
            yield from self._nested(nested)

    def _nested(self, raw: RawEntry) -> Iterator[Event]:
        """An answer that stands nowhere but below what it answers; the clock of the file does not follow it."""
        clock, self.clock = self.clock, Clock(self.place.source.timezone)
        try:
            yield from self.events(raw, raw.head)
        finally:
            self.clock = clock

    def _what(
        self, draft: OpenEvent, parts: Parts, body: str, more: dict[str, Any], shown: dict[str, Any], flags: list[str]
    ) -> None:
        draft.event_kind = EventKind.FILE if parts.files else EventKind.MESSAGE
        draft.body = body or (None if parts.files else "")
        draft.attachments = tuple(_attachment(file) for file in parts.files)
        if parts.files:
            draft.subkind = _form(parts.files[0])
        elif body in _SHARING:
            draft.event_kind, draft.subkind = EventKind.SYSTEM, _SHARING[body]
        else:
            draft.subkind = _OF_APPS.get(body.partition("\n")[0], "")
        stickers = [file.sticker for file in parts.files if file.sticker]
        if stickers:
            shown["sticker"] = ", ".join(stickers)
        if parts.transcripts:
            shown["transcript"] = "\n".join(parts.transcripts)
        if parts.effect:
            more["effect"] = parts.effect
        if parts.recovered:
            flags.append("recovered-deleted")
        if parts.unsent:
            flags.append("part-deleted" if body or parts.files else "deleted")
            more["marker"] = "\n".join(parts.unsent)

    def _thread(
        self,
        draft: OpenEvent,
        parts: Parts,
        raw: RawEntry,
        more: dict[str, Any],
        shown: dict[str, Any],
        flags: list[str],
    ) -> None:
        """What is repeated below a message gives its answers, which come later, the text they quote."""
        for digest in parts.repeated:
            self.quotes[digest] = (draft.sender_display, (draft.body or "")[:_QUOTE])
            if len(self.quotes) > _MOST_QUOTES:
                self.quotes.popitem(last=False)
        if parts.repeated:
            more["answers_below"] = len(parts.repeated)
        if parts.answers:
            more["answer"] = True
        own = answer_digest(raw) if parts.answers else None
        if own and (quoted := self.quotes.pop(own, None)):
            shown["quote_by"], shown["quote"] = quoted

    def _announcement(self, draft: OpenEvent, head: Head, said: Announcement, raw: RawEntry, flags: list[str]) -> Event:
        draft.event_kind, draft.subkind = said.kind, said.subkind
        draft.sender_id, draft.sender_display = self._person(said.who)
        shown: dict[str, Any] = {}
        more: dict[str, Any] = {}
        if said.kind == EventKind.MESSAGE:
            draft.subkind, draft.body = "", ""
            flags.append("deleted")
            more["marker"] = head.rest
        else:
            draft.body = head.rest
        if said.whom:
            shown["members_added" if said.subkind == "member-added" else "members_removed"] = [said.whom]
        if said.title:
            shown["room_title"] = said.title
        if raw.lines:
            more["lines"] = raw.lines
        draft.vendor_id = self._id(draft, head.rest, 0)
        draft.attributes = _json({**more, **({"shown": shown} if shown else {})})
        draft.flags = tuple(sorted(set(flags)))
        return draft.seal()

    def _edit(self, message: OpenEvent, raw: RawEntry, ordinal: int, at: int | None, text: str) -> Event:
        draft = self._about(message, raw, ordinal)
        draft.event_kind, draft.body = EventKind.EDIT, text
        draft.sender_id, draft.sender_display = message.sender_id, message.sender_display
        if at is not None:
            draft.ts_utc, draft.ts_source = at, message.ts_source
        return draft.seal()

    def _tapback(self, message: OpenEvent, raw: RawEntry, ordinal: int, value: str, who: str, path: str) -> Event:
        draft = self._about(message, raw, ordinal)
        draft.event_kind, draft.body = EventKind.REACTION, value
        draft.sender_id, draft.sender_display = self._person(who)
        if path:
            draft.attachments = (Attachment(name=path.rpartition("/")[2], path=path),)
        return draft.seal()

    def _receipt(self, message: OpenEvent, raw: RawEntry, ordinal: int, head: Head) -> Event:
        draft = self._about(message, raw, ordinal)
        draft.event_kind, draft.ts_raw = EventKind.READ_RECEIPT, f"after {head.after}"
        if head.reader != "them":
            draft.sender_id, draft.sender_display = self._person(head.reader)
        elif len(message.recipients) == 1:
            draft.sender_id = draft.sender_display = message.recipients[0]
        after = seconds_of(head.after)
        if after is not None and message.ts_utc is not None:
            draft.ts_utc, draft.ts_source = message.ts_utc + after * _SECOND, message.ts_source
        return draft.seal()

    def _about(self, message: OpenEvent, raw: RawEntry, ordinal: int) -> OpenEvent:
        draft = self._draft(raw, ordinal)
        draft.target_id = message.vendor_id
        return draft

    def _draft(self, raw: RawEntry, ordinal: int) -> OpenEvent:
        place, draft = self.place, OpenEvent()
        draft.event_id = place.event_id(raw.line, ordinal)
        draft.source, draft.format = _SOURCE, self.name
        draft.custodian, draft.network = place.source.custodian, place.source.network
        draft.conversation_id, draft.conversation_kind = self.id, self.kind
        draft.conversation_title = self.title
        draft.raw_sha256 = raw.sha256
        draft.object_key, draft.version_id, draft.member = place.object_key, place.version_id, place.member
        draft.line = raw.line
        return draft

    def _when(self, draft: OpenEvent, head: Head, flags: list[str]) -> None:
        draft.ts_raw, draft.ts_source = head.moment, self.clock.source
        draft.ts_utc, doubt = self.clock.utc(head.day, *head.clock)
        if doubt:
            flags.append(doubt)

    def _person(self, name: str) -> tuple[str, str]:
        """Id and shown name; the one whose phone it is is called `Me` by the exporter."""
        if name not in OWNERS:
            return name, name
        source = self.place.source
        custodian = source.custodian if source.custodian != "network" else ""
        return source.owner_id or source.owner_name or custodian or "Me", source.owner_name or "Me"

    def _recipients(self, draft: OpenEvent) -> None:
        if self.kind == "dm" and len(self.people) == 2:
            draft.recipients = tuple(one for one in self.people if one != draft.sender_id)

    def _id(self, draft: OpenEvent, body: str, files: int) -> str:
        """Made of what every export of the conversation shows; of equal ones in one second, their order tells."""
        said = (self.id, draft.ts_raw, draft.sender_id, body, str(files))
        key = hashlib.sha256("\x1f".join(said).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        number = self.equal[key] = self.equal.pop(key, 0) + 1
        if len(self.equal) > _MOST_EQUAL:
            self.equal.popitem(last=False)
        return f"{key}:{number}"


def _named(place: Place) -> tuple[str, str]:
    """Title and id of the conversation: its file's name, where the file has one.

    Where nobody says whose phone it is, the folder keeps two phones' conversations of one name apart.
    """
    folder, _, base = place.name.rpartition("/")
    stem = next((base.removesuffix(ending) for ending in _FILES if base.endswith(ending)), "")
    key = f"{place.object_key}\x1f{folder if place.member else ''}" if place.member else folder
    scope = place.source.custodian or hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    if stem:
        return stem, f"{_SOURCE}:{scope}:{stem}"
    unnamed = f"{place.object_key}\x1f{place.member}"
    return "", f"{_SOURCE}:object-{hashlib.sha256(unnamed.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _wording(parts: Parts, chosen: dict[int, int]) -> str:
    """The whole text, with one wording of each edited part: the first, unless another is chosen."""
    lines = [
        one.texts[chosen.get(number, 0)] if isinstance(one, Wordings) else one for number, one in enumerate(parts.said)
    ]
    return "\n".join(lines)


def _edits(parts: Parts, sent: int | None) -> Iterator[tuple[int | None, str]]:
    """Every later state of the text, in the order in which they came about."""
    steps: list[tuple[int, int, int, bool]] = []
    for number, one in enumerate(parts.said):
        at, known = sent or 0, sent is not None
        for turn in range(1, len(one.texts)) if isinstance(one, Wordings) else ():
            after = one.after[turn] if isinstance(one, Wordings) else None
            at, known = at + (after or 0) * _SECOND, known and after is not None
            steps.append((at, number, turn, known))
    chosen: dict[int, int] = {}
    for at, number, turn, known in sorted(steps):
        chosen[number] = turn
        yield (at if known else None), _wording(parts, chosen)


def _attachment(file: Named) -> Attachment:
    return Attachment(name=file.name, path=file.path, note=file.note)


def _form(file: Named) -> str:
    if file.sticker:
        return "sticker"
    ending = file.name.rpartition(".")[2].casefold() if "." in file.name else ""
    return ENDINGS.get(ending, "document" if file.name else "")


def _json(value: dict[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
