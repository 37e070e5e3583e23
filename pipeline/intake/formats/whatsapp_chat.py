"""Events from the entries of one WhatsApp export: who said it, or what the app said by itself."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from pipeline.intake.clock import Clock
from pipeline.intake.formats.whatsapp_entries import RawEntry
from pipeline.intake.formats.whatsapp_header import OWN_MARKS, Head, without_marks
from pipeline.intake.formats.whatsapp_learn import Learnt, plain_name
from pipeline.intake.formats.whatsapp_order import Decision
from pipeline.intake.formats.whatsapp_phrases import (
    body_phrase,
    export_title,
    named_file,
    notice,
    without_edit_marker,
)
from pipeline.intake.formats.whatsapp_tables import Phrase
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Attachment, Event, EventKind

_FORMAT: Final = "whatsapp"
_SECOND: Final = 1_000_000
_MARKS: Final = frozenset(OWN_MARKS)
_LEADING: Final = re.compile(f"[{OWN_MARKS}]+")
_YEARS: Final = range(2009, 2061)
"""Before these there was no WhatsApp; after them a field was taken for a year that is none."""
_PLACE: Final = re.compile(r"[?&](?:q|ll)=(-?\d{1,3}(?:\.\d{1,12})?)(?:,|%2C)(-?\d{1,3}(?:\.\d{1,12})?)(?![\d.])")
_MEDIA: Final = {
    **dict.fromkeys(("jpg", "jpeg", "png", "heic", "webm"), "image"),
    **dict.fromkeys(("mp4", "mov", "3gp"), "video"),
    **dict.fromkeys(("opus", "m4a", "mp3", "aac", "ogg", "amr", "wav"), "audio"),
    "gif": "gif",
    "webp": "sticker",
    "vcf": "contact",
}
_EXPIRING: Final = frozenset((EventKind.MESSAGE, EventKind.FILE, EventKind.LOCATION))


class Chat:
    """Makes events of the entries of one export."""

    def __init__(self, place: Place, learnt: Learnt, decision: Decision) -> None:
        self.place = place
        self.learnt = learnt
        self.clock = Clock(place.source.timezone)
        self.event_id = place.event_ids()
        self.conversation = f"whatsapp:{place.content_sha256[:32]}"
        self.title = export_title(place.member) or export_title(place.object_key) or learnt.subject
        self.authors = sorted(learnt.authors())
        self.kind = self._conversation_kind()
        self.needs_mark = learnt.dates.shape.bracket and learnt.marked
        self.names: dict[str, tuple[str, str]] = {}
        self.timer = 0
        self.common: dict[str, Any] = {"date_order": decision.order, "date_order_by": decision.by}
        self.common_text = _json(self.common)

    def _conversation_kind(self) -> str:
        if self.learnt.group or len(self.authors) > 2:
            return "group"
        return "dm" if self.title and self.title in self.authors else ""

    def event(self, raw: RawEntry, head: Head) -> Event:
        """The event of one entry."""
        draft, more = OpenEvent(), dict[str, Any]()
        flags: list[str] = []
        author, first = self._author(raw)
        body = "\n".join((first, *raw.more)) if raw.more else first
        if author is None:
            self._notice(draft, body)
        elif (found := self._notice_by(author, first, body)) is not None:
            self._notice(draft, found)
            more["shown_as"] = self._named(author)[0]
        else:
            draft.sender_id, draft.sender_display = self._named(author)
            self._said(draft, body, more, flags)
        self._when(draft, raw, head, flags)
        self._where(draft, raw)
        draft.attributes = _json({**self.common, **more}) if more else self.common_text
        draft.flags = tuple(sorted(flags))
        return draft.seal()

    def _named(self, author: str) -> tuple[str, str]:
        """The plain name of an author, and the name as shown."""
        found = self.names.get(author)
        if found is None:
            found = self.names[author] = (plain_name(author), without_marks(author).strip())
        return found

    def _author(self, raw: RawEntry) -> tuple[str | None, str]:
        author, body = self.learnt.author_of(raw.rest)
        if author is not None and self.learnt.said_by(author) < 2 and notice(raw.rest):
            return None, raw.rest
        return author, body

    def _notice_by(self, author: str, first: str, body: str) -> str | None:
        """The text of a notice that stands under a name, as iPhones write it."""
        if not self.learnt.dates.shape.bracket:
            return None
        own_words = first[:1] in _MARKS and first != ""
        named = self._named(author)[0]
        titled = named == self.title
        if not own_words and not titled and self.needs_mark:
            return None
        plain = _without_leading(body)
        said = notice(first)
        if said and (own_words or titled or said.phrase.subkind == "encryption-notice"):
            return plain
        apart = named not in self.authors and (titled or named in self.learnt.notices_by)
        return plain if own_words and apart and self._phrase(first, body) is None and not named_file(first) else None

    def _notice(self, draft: OpenEvent, text: str) -> None:
        said = notice(text)
        phrase = said.phrase if said else self._phrase(text, text)
        if phrase and phrase.kind == "call":
            draft.event_kind, draft.subkind = EventKind.CALL, phrase.subkind
        else:
            draft.event_kind = EventKind.SYSTEM
            draft.subkind = phrase.subkind if phrase and phrase.kind == "system" else "other"
        draft.body = _without_leading(text)
        if said and said.timer is not None:
            self.timer = said.timer

    def _phrase(self, first: str, body: str) -> Phrase | None:
        """What the app wrote in place of a message. Where it marks its words, others' words do not count."""
        if self.needs_mark and first[:1] not in _MARKS and not first.startswith("<"):
            return None
        return body_phrase(first, body)

    def _said(self, draft: OpenEvent, body: str, more: dict[str, Any], flags: list[str]) -> None:
        draft.event_kind = EventKind.MESSAGE
        text, marker = without_edit_marker(body)
        if marker:
            flags.append("edited")
            more["marker"] = marker
        first, _, rest = text.partition("\n")
        draft.body = _without_leading(text)
        if phrase := self._phrase(first, text):
            self._stand_in(draft, phrase, first, rest, more, flags)
        elif file := self._file(text):
            file_phrase, name, caption = file
            omitted = file_phrase.kind == "document"
            attachment = Attachment(name=name, note="omitted") if omitted else Attachment(name=name, path=name)
            self._media(draft, attachment, file_phrase, caption)
            draft.subkind = "document" if omitted else draft.subkind

    def _stand_in(
        self, draft: OpenEvent, phrase: Phrase, first: str, rest: str, more: dict[str, Any], flags: list[str]
    ) -> None:
        words = without_marks(first).strip()
        match phrase.kind:
            case "deleted" | "view-once" | "pending":
                flags.append("unavailable" if phrase.kind == "pending" else phrase.kind)
                draft.body = ""
                more["marker"] = words
            case "omitted":
                self._media(draft, Attachment(name="", note="omitted"), phrase, rest)
                more["marker"] = words
            case "call":
                draft.event_kind, draft.subkind = EventKind.CALL, phrase.subkind
            case "poll":
                draft.subkind = "poll"
            case _:
                _place(draft, phrase, words, rest, more)

    def _file(self, text: str) -> tuple[Phrase, str, str] | None:
        lines = text.split("\n")
        for at in (0, len(lines) - 1) if len(lines) > 1 else (0,):
            marked = at > 0 or not self.needs_mark or not _MARKS.isdisjoint(lines[at])
            if marked and (found := named_file(lines[at])):
                phrase, name, beside = found
                rest = [beside if number == at else line for number, line in enumerate(lines)]
                return phrase, name, "\n".join(rest).strip("\n")
        return None

    def _media(self, draft: OpenEvent, attachment: Attachment, phrase: Phrase, caption: str) -> None:
        draft.event_kind = EventKind.FILE
        ending = attachment.name.rpartition(".")[2].casefold() if "." in attachment.name else ""
        draft.subkind = phrase.subkind or (_MEDIA.get(ending, "document") if ending else "")
        draft.attachments = (attachment,)
        draft.body = _without_leading(caption) or None

    def _when(self, draft: OpenEvent, raw: RawEntry, head: Head, flags: list[str]) -> None:
        draft.ts_raw = head.raw
        draft.ts_source = self.clock.source
        day = raw.day
        if day is None:
            return
        draft.ts_utc, doubt = self.clock.utc(day, head.hour, head.minute, head.second)
        if doubt:
            flags.append(doubt)
        if day.year not in _YEARS:
            flags.append("unlikely-date")
        if self.timer and draft.event_kind in _EXPIRING:
            draft.expires_utc = draft.ts_utc + self.timer * _SECOND

    def _where(self, draft: OpenEvent, raw: RawEntry) -> None:
        place = self.place
        draft.event_id = self.event_id(raw.line)
        draft.source = draft.format = _FORMAT
        draft.custodian = place.source.custodian
        draft.network = place.source.network
        draft.conversation_id = self.conversation
        draft.conversation_kind = self.kind
        draft.conversation_title = self.title
        if self.kind == "dm" and draft.sender_id:
            draft.recipients = tuple(name for name in self.authors if name != draft.sender_id)
        draft.raw_sha256 = raw.sha256
        draft.object_key = place.object_key
        draft.version_id = place.version_id
        draft.member = place.member
        draft.line = raw.line


def _place(draft: OpenEvent, phrase: Phrase, words: str, rest: str, more: dict[str, Any]) -> None:
    """A position: the label is the app's, what follows it is the link or the name of a place."""
    draft.event_kind, draft.subkind = EventKind.LOCATION, "live" if phrase.kind == "live" else "shared"
    colon = re.search("[:：]", words)
    place = words[colon.end() :].strip() if colon else ""
    draft.body = "\n".join(part for part in (place or words, rest) if part)
    more["marker"] = words[: colon.end()] if colon and place else words
    if found := _PLACE.search(draft.body):
        more["location"] = {"latitude": float(found[1]), "longitude": float(found[2])}


def _without_leading(text: str) -> str:
    return _LEADING.sub("", text, count=1) if text[:1] in _MARKS else text


def _json(value: dict[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
