"""WhatsApp "Export chat": the text of one chat as one phone shows it, alone or in a zip with its media.

Fields kept: author as shown, local time, text with line breaks, names of media, the app's own notices. The marker
of an edit and the words in place of a deleted, left out or view-once message are in `attributes.marker`.
Implied losses: only the last version of an edited text, nothing of a deleted one; no reactions, receipts or quotes;
media that were left out; anything beyond what one export holds; the zone of its times, so that without a
configured zone they are wall clock times (`unknown`). Which date field is the day is not said; where the file does
not prove it, every entry is quarantined as `ambiguous-date-order`.
Ids: none. The conversation is the digest of the text: each export is a conversation of its own until resolve finds
which are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

import orjson

from pipeline.intake.clock import Clock
from pipeline.intake.formats.whatsapp_entries import RawEntry, entries
from pipeline.intake.formats.whatsapp_header import OWN_MARKS, Head, day_of, match_head, without_marks
from pipeline.intake.formats.whatsapp_learn import Learnt, learn, plain_name
from pipeline.intake.formats.whatsapp_order import Decision, decide
from pipeline.intake.formats.whatsapp_phrases import (
    Phrase,
    body_phrase,
    export_title,
    named_file,
    notice,
    without_edit_marker,
)
from pipeline.intake.lines import BOM
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Entry, Place
from pipeline.model import Attachment, Event, EventKind, Quarantined

NAME = "whatsapp"
TWO_PASSES = True
_HEADS_IN_LOGS: Final = 3
_LEADING: Final = re.compile(f"[{OWN_MARKS}]+")
_MEDIA: Final = {
    **dict.fromkeys(("jpg", "jpeg", "png", "heic", "webm"), "image"),
    **dict.fromkeys(("mp4", "mov", "3gp"), "video"),
    **dict.fromkeys(("opus", "m4a", "mp3", "aac", "ogg", "amr", "wav"), "audio"),
    "gif": "gif",
    "webp": "sticker",
    "vcf": "contact",
}


def sniff(head: bytes) -> bool:
    """The first line that is not blank starts with a date and time as WhatsApp writes them, or several lines do."""
    lines = [line for line in head.removeprefix(BOM).decode("utf-8", "replace").split("\n")[:200] if line.strip()]
    if not lines:
        return False
    return match_head(lines[0]) is not None or sum(match_head(line) is not None for line in lines) >= _HEADS_IN_LOGS


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """One event or quarantined entry per head, and one for text before the first head."""
    limit = place.limits.line_bytes
    learnt = learn(stream, limit)
    stream.seek(0)
    if learnt is None:
        yield place.quarantined("unknown-format")
        return
    decision = decide(learnt.dates, learnt.language)
    chat = _Chat(place, learnt, decision) if decision else None
    for raw in entries(stream, learnt.dates.shape, decision.order if decision else "", limit):
        if raw.fault:
            yield _refused(place, raw, raw.fault)
        elif raw.head is None:
            yield _refused(place, raw, "no-header")
        elif chat is None:
            yield _refused(place, raw, "ambiguous-date-order")
        else:
            yield chat.event(raw, raw.head)


def _refused(place: Place, raw: RawEntry, reason: str) -> Quarantined:
    return place.quarantined(reason, raw.line, size=raw.size, sha256=raw.sha256)


class _Chat:
    """Makes events of the entries of one export."""

    def __init__(self, place: Place, learnt: Learnt, decision: Decision) -> None:
        self.place = place
        self.learnt = learnt
        self.decision = decision
        self.clock = Clock(place.source.timezone)
        self.event_id = place.event_ids()
        self.conversation = f"whatsapp:{place.content_sha256[:32]}"
        self.title = export_title(place.member) or export_title(place.object_key) or learnt.subject
        self.authors = sorted(learnt.authors())
        self.kind = self._conversation_kind()
        self.needs_mark = learnt.dates.shape.bracket and learnt.marked

    def _conversation_kind(self) -> str:
        if self.learnt.group or len(self.authors) > 2:
            return "group"
        return "dm" if self.title and self.title in self.authors else ""

    def event(self, raw: RawEntry, head: Head) -> Event:
        draft, attributes = OpenEvent(), {"date_order": self.decision.order, "date_order_by": self.decision.by}
        flags: list[str] = []
        author, first = self._author(raw)
        body = "\n".join((first, *raw.more))
        if author is None:
            self._notice(draft, body)
        elif (found := self._notice_by(author, first, body)) is not None:
            self._notice(draft, found)
            attributes["shown_as"] = plain_name(author)
        else:
            draft.sender_id, draft.sender_display = plain_name(author), without_marks(author).strip()
            self._said(draft, body, attributes, flags)
        self._when(draft, head, flags)
        self._where(draft, raw)
        draft.attributes = orjson.dumps(attributes, option=orjson.OPT_SORT_KEYS).decode()
        draft.flags = tuple(sorted(set(flags)))
        return draft.seal()

    def _author(self, raw: RawEntry) -> tuple[str | None, str]:
        author, body = self.learnt.author_of(raw.rest)
        if author is not None and self.learnt.said_by(author) < 2 and notice(raw.rest):
            return None, raw.rest
        return author, body

    def _notice_by(self, author: str, first: str, body: str) -> str | None:
        """The text of a notice that stands under a name, as iPhones write it."""
        if not self.learnt.dates.shape.bracket:
            return None
        named = plain_name(author)
        own_words = _LEADING.match(first) is not None
        plain = _LEADING.sub("", body, count=1)
        found = notice(first)
        if found and (own_words or named == self.title or found[0].subkind == "encryption-notice"):
            return plain
        titled = named not in self.authors and (named == self.title or named in self.learnt.notices_by)
        return plain if own_words and titled and self._phrase(first, body) is None and not named_file(first) else None

    def _notice(self, draft: OpenEvent, text: str) -> None:
        found = notice(text)
        phrase = found[0] if found else self._phrase(text, text)
        if phrase and phrase.kind == "call":
            draft.event_kind, draft.subkind = EventKind.CALL, phrase.subkind
        else:
            draft.event_kind = EventKind.SYSTEM
            draft.subkind = phrase.subkind if phrase and phrase.kind == "system" else "other"
        draft.body = _LEADING.sub("", text, count=1)

    def _phrase(self, first: str, body: str) -> Phrase | None:
        """What the app wrote in place of a message. Where it marks its words, others' words do not count."""
        if self.needs_mark and not _LEADING.match(first) and not first.startswith("<"):
            return None
        return body_phrase(first, body)

    def _said(self, draft: OpenEvent, body: str, attributes: dict[str, str], flags: list[str]) -> None:
        draft.event_kind = EventKind.MESSAGE
        text, marker = without_edit_marker(body)
        if marker:
            flags.append("edited")
            attributes["marker"] = marker
        first, _, more = text.partition("\n")
        draft.body = _LEADING.sub("", text, count=1)
        if phrase := self._phrase(first, text):
            self._stand_in(draft, phrase, first, more, attributes, flags)
        elif file := self._file(text):
            file_phrase, name, caption = file
            self._media(draft, Attachment(name=name, path=name), file_phrase, caption)
            if file_phrase.kind == "document":
                self._media(draft, Attachment(name=name, note="omitted"), file_phrase, caption)
                draft.subkind = "document"

    def _stand_in(
        self, draft: OpenEvent, phrase: Phrase, first: str, more: str, attributes: dict[str, str], flags: list[str]
    ) -> None:
        words = without_marks(first).strip()
        match phrase.kind:
            case "deleted" | "view-once":
                flags.append(phrase.kind)
                draft.body = ""
                attributes["marker"] = words
            case "omitted":
                self._media(draft, Attachment(name="", note="omitted"), phrase, more)
                attributes["marker"] = words
            case "call":
                draft.event_kind, draft.subkind = EventKind.CALL, phrase.subkind
            case "poll":
                draft.subkind = "poll"
            case _:
                draft.event_kind, draft.subkind = EventKind.LOCATION, "shared"
                label, _, place = words.partition(":")
                draft.body = "\n".join(part for part in (place.strip() or words, more) if part)
                attributes["marker"] = f"{label}:" if place else words

    def _file(self, text: str) -> tuple[Phrase, str, str] | None:
        lines = text.split("\n")
        for at in dict.fromkeys((0, len(lines) - 1)):
            marked = at > 0 or not self.needs_mark or _LEADING.search(lines[at]) is not None
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
        draft.body = _LEADING.sub("", caption, count=1) or None

    def _when(self, draft: OpenEvent, head: Head, flags: list[str]) -> None:
        draft.ts_raw = head.raw
        draft.ts_source = self.clock.source
        day = day_of(head.fields, self.decision.order)
        if day is not None:
            draft.ts_utc, doubt = self.clock.utc(day, head.hour, head.minute, head.second)
            flags.extend([doubt] if doubt else [])

    def _where(self, draft: OpenEvent, raw: RawEntry) -> None:
        place = self.place
        draft.event_id = self.event_id(raw.line)
        draft.source = draft.format = NAME
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
