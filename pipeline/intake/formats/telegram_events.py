"""One message of a Telegram export as its events: the message, then the reactions listed in it."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final

import orjson

from pipeline.intake.clock import Clock
from pipeline.intake.formats.telegram_actions import ACTIONS, CUSTOM, UNKNOWN, call_end
from pipeline.intake.formats.telegram_chat import SOURCE, TelegramChat, peer_of
from pipeline.intake.formats.telegram_files import files_of, stored
from pipeline.intake.formats.telegram_media import show_media
from pipeline.intake.formats.telegram_text import plain_text
from pipeline.intake.moments import epoch_micros, local_time
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Event, EventKind, TimeSource

_SORTED: Final = orjson.OPT_SORT_KEYS
_SECOND: Final = 1_000_000
_NOT_EDITED: Final = 48 * 3600 * _SECOND
"""Older exports write 1970 in local time for a message that was never edited."""
_MOST_EQUAL: Final = 100_000
_EXPIRING: Final = frozenset((EventKind.MESSAGE, EventKind.FILE, EventKind.LOCATION))
_LONGEST_TIMER: Final = 1 << 31


class TelegramEvents:
    """Makes events of the elements of one document."""

    def __init__(self, place: Place, format_name: str) -> None:
        self.place = place
        self.format = format_name
        self.clock = Clock(place.source.timezone)
        self.reacted = Clock(place.source.timezone)
        self.first_id = place.event_ids()
        self.equal: OrderedDict[str, int] = OrderedDict()
        self.chat: TelegramChat | None = None
        self.timer = 0

    def of_message(
        self, chat: TelegramChat, entry: dict[str, Any], line: int, raw: bytes, repaired: bool
    ) -> Iterator[Event]:
        """The events of one element, which is used up."""
        if chat is not self.chat:
            self.chat, self.timer = chat, 0
        draft = self.open(chat, line, 0, raw)
        flags: list[str] = ["repaired"] if repaired else []
        shown: dict[str, Any] = {}
        reactions = entry.pop("reactions", None)
        self._who(draft, entry, chat)
        self._text(draft, entry)
        draft.attachments, form = files_of(entry)
        self._what(draft, entry, form, shown)
        self.when(draft, entry, flags)
        self._edited(entry, flags)
        _forwarded(entry, shown, flags)
        self._expires(draft, shown)
        if chat.left:
            entry["chat_list"] = "left_chats"
        draft.vendor_id = self._id(chat, draft, entry)
        if chat.shared_ids and isinstance(entry.get("reply_to_message_id"), int) and "reply_to_peer_id" not in entry:
            shown["reply_to"] = f"{chat.id.removeprefix('telegram:')}:{entry['reply_to_message_id']}"
        listed = list(_listed(reactions))
        if reactions is not None and not listed:
            entry["reactions"] = reactions
        yield self.sealed(draft, entry, shown, flags)
        for ordinal, (reaction, person) in enumerate(listed, 1):
            yield self._reaction(draft, chat, ordinal, raw, reaction, person)

    def open(self, chat: TelegramChat | None, line: int, ordinal: int, raw: bytes) -> OpenEvent:
        """An event with what all events of this document share."""
        place, draft = self.place, OpenEvent()
        draft.event_id = place.event_id(line, ordinal) if ordinal else self.first_id(line)
        draft.event_kind = EventKind.UNKNOWN
        draft.source = SOURCE
        draft.format = self.format
        draft.custodian = place.source.custodian
        draft.network = place.source.network
        draft.conversation_id = chat.id if chat else ""
        if chat:
            draft.conversation_kind, draft.conversation_title = chat.kind, chat.title
        draft.raw_sha256 = hashlib.sha256(raw).hexdigest()
        draft.object_key = place.object_key
        draft.version_id = place.version_id
        draft.member = place.member
        draft.line = line
        return draft

    def when(self, draft: OpenEvent, entry: dict[str, Any], flags: list[str]) -> None:
        """The second in UTC where the export states it, else the local time."""
        said, exact = entry.pop("date", None), entry.pop("date_unixtime", None)
        draft.ts_raw = said if isinstance(said, str) else ""
        micros = _exact(exact)
        if micros is not None:
            draft.ts_utc, draft.ts_source = micros, TimeSource.UTC
            draft.ts_raw = draft.ts_raw or str(exact)
            return
        if exact is not None:
            entry["date_unixtime"] = exact
        if said is None:
            return
        self.local(draft, self.clock, said, flags)
        if draft.ts_utc is None:
            entry["date"] = said

    def local(self, draft: OpenEvent, clock: Clock, said: object, flags: list[str]) -> None:
        """A time as the export shows it."""
        at = local_time(said) if isinstance(said, str) else None
        if isinstance(said, str):
            draft.ts_raw = said
        if at is not None:
            draft.ts_source = clock.source
            draft.ts_utc, doubt = clock.utc(at.date(), at.hour, at.minute, at.second, at.microsecond)
            flags.extend([doubt] if doubt else [])
        elif said is not None:
            flags.append("bad-time")

    def sealed(self, draft: OpenEvent, entry: dict[str, Any], shown: dict[str, Any], flags: list[str]) -> Event:
        """The finished event, with the rest of the entry in its attributes."""
        if shown:
            entry["shown"] = shown
        draft.attributes = orjson.dumps(entry, option=_SORTED).decode() if entry else "{}"
        draft.flags = tuple(sorted(set(flags))) if flags else ()
        return draft.seal()

    def _who(self, draft: OpenEvent, entry: dict[str, Any], chat: TelegramChat) -> None:
        name, person = ("actor", "actor_id") if "actor" in entry or "actor_id" in entry else ("from", "from_id")
        shown, found = entry.get(name), entry.get(person)
        peer = peer_of(found)
        if isinstance(shown, str):
            draft.sender_display = shown
            del entry[name]
        if peer:
            del entry[person]
        draft.sender_id = peer or draft.sender_display
        if len(chat.people) == 2:
            draft.recipients = tuple(one for one in chat.people if one != draft.sender_id)

    def _text(self, draft: OpenEvent, entry: dict[str, Any]) -> None:
        text, entities = entry.pop("text", None), entry.get("text_entities")
        if isinstance(text, str) and (not entities or entities == [{"type": "plain", "text": text}]):
            entry.pop("text_entities", None)
            draft.body = text or None
            return
        said, lost = plain_text(text)
        if entities is not None:
            read, marked = plain_text(entities)
            if text is None:
                said, text, lost = read, entities, marked
            if read == said:
                del entry["text_entities"]
        if lost:
            entry["body_source"] = orjson.dumps(text, option=_SORTED).decode()
        draft.body = said or None

    def _what(self, draft: OpenEvent, entry: dict[str, Any], form: str, shown: dict[str, Any]) -> None:
        match entry.get("type"):
            case "message":
                del entry["type"]
                draft.event_kind = EventKind.FILE if draft.attachments else EventKind.MESSAGE
                draft.subkind = form
                show_media(draft, entry, shown)
                if draft.event_kind == EventKind.MESSAGE and draft.body is None:
                    draft.body = ""
            case "service":
                self._service(draft, entry, shown)
            case other:
                draft.subkind = other if isinstance(other, str) and len(other) < 40 else ""

    def _service(self, draft: OpenEvent, entry: dict[str, Any], shown: dict[str, Any]) -> None:
        action = entry.get("action")
        name = action if isinstance(action, str) else ""
        words = entry.get("information_text")
        known = ACTIONS.get(name, UNKNOWN) if name else CUSTOM if isinstance(words, str) else UNKNOWN
        draft.event_kind = known.kind
        draft.subkind = known.subkind or name.replace("_", "-")[:40]
        if draft.body is None and isinstance(words, str):
            draft.body = words
        for field, label in known.shown.items():
            value = entry.get(field)
            if value is not None and (label != "expires_after" or isinstance(value, int)):
                shown[label] = _names(value)
        if known.kind == EventKind.CALL:
            draft.subkind = call_end(entry)
        elif name == "remove_members" and entry.get("members") == [draft.sender_display]:
            draft.subkind = "member-left"
        elif name == "set_messages_ttl":
            self._set_timer(entry.get("period"))
        if name and draft.body is None:
            shown["event"] = name.replace("_", " ")

    def _set_timer(self, period: object) -> None:
        fits = isinstance(period, int) and not isinstance(period, bool) and 0 <= period < _LONGEST_TIMER
        self.timer = period if fits and isinstance(period, int) else 0

    def _expires(self, draft: OpenEvent, shown: dict[str, Any]) -> None:
        if self.timer and draft.ts_utc is not None and draft.event_kind in _EXPIRING:
            draft.expires_utc = draft.ts_utc + self.timer * _SECOND

    def _edited(self, entry: dict[str, Any], flags: list[str]) -> None:
        if "edited" not in entry and "edited_unixtime" not in entry:
            return
        exact, said = entry.get("edited_unixtime"), entry.get("edited")
        at = _exact(exact)
        if at is None and isinstance(said, str):
            day = local_time(said)
            at = None if day is None else (day.toordinal() - 719_163) * 86_400 * _SECOND
        if at is None:
            return
        if at < _NOT_EDITED:
            entry.pop("edited", None)
            entry.pop("edited_unixtime", None)
        else:
            flags.append("edited")

    def _id(self, chat: TelegramChat, draft: OpenEvent, entry: dict[str, Any]) -> str:
        number = entry.get("id")
        if chat.shared_ids:
            known = isinstance(number, int) and not isinstance(number, bool)
            return f"{chat.id.removeprefix('telegram:')}:{number}" if known else ""
        if draft.ts_utc is None:
            return ""
        at = draft.ts_raw if draft.ts_source == TimeSource.UNKNOWN else str(draft.ts_utc)
        what = [entry.get(name) for name in ("action", "media_type", "width", "height", "duration_seconds", "members")]
        said = (chat.id, at, draft.sender_id, str(draft.event_kind), draft.subkind, draft.body or "", repr(what))
        key = hashlib.sha256("\x1f".join(said).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return f"{key}:{self._count(key)}"

    def _count(self, key: str) -> int:
        """Which of the equal ones this is; equal ones stand close together, for they have one time."""
        number = self.equal.pop(key, 0) + 1
        self.equal[key] = number
        if len(self.equal) > _MOST_EQUAL:
            self.equal.popitem(last=False)
        return number

    def _reaction(
        self, message: OpenEvent, chat: TelegramChat, ordinal: int, raw: bytes, reaction: dict[str, Any], person: Any
    ) -> Event:
        draft = self.open(chat, message.line, ordinal, raw)
        draft.event_kind, draft.target_id = EventKind.REACTION, message.vendor_id
        said = {name: value for name, value in reaction.items() if name != "recent"}
        flags: list[str] = []
        if isinstance(person, dict):
            self._who(draft, person, chat)
            at = person.pop("date", None)
            self.local(draft, self.reacted, at, flags)
            said = {**said, **person, **({"date": at} if draft.ts_utc is None and at is not None else {})}
            said.pop("count", None)
        elif isinstance(person, int):
            said["count"] = person
        draft.recipients = ()
        emoji = said.get("emoji")
        draft.body = emoji if isinstance(emoji, str) else None
        if custom := stored(said.pop("document_id", None)):
            draft.attachments, draft.subkind = (custom,), "custom-emoji"
        return self.sealed(draft, said, {}, flags)


def _listed(reactions: object) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each reaction with one person who is known to have given it, or with how many others did."""
    for reaction in reactions if isinstance(reactions, list) else ():
        if not isinstance(reaction, dict):
            yield {"reaction": reaction}, None
            continue
        recent = reaction.get("recent")
        people = [one for one in recent if isinstance(one, dict)] if isinstance(recent, list) else []
        for person in people:
            yield reaction, person
        count = reaction.get("count")
        others = count - len(people) if isinstance(count, int) and not isinstance(count, bool) else 0
        if others > 0 or not people:
            yield reaction, others if others > 0 else None


def _exact(said: object) -> int | None:
    """Seconds since 1970, as a text or a number, in microseconds."""
    if isinstance(said, str) and len(said) < 11 and said.isascii() and said.isdigit():
        return int(said) * _SECOND
    return epoch_micros(said, "s") if isinstance(said, (str, int)) else None


def _forwarded(entry: dict[str, Any], shown: dict[str, Any], flags: list[str]) -> None:
    """A forwarded message names where it came from; null stands for an account that was deleted."""
    if "forwarded_from" not in entry and "forwarded_from_id" not in entry:
        return
    flags.append("forwarded")
    if isinstance(name := entry.get("forwarded_from"), str):
        shown["forwarded_from"] = name


def _names(value: Any) -> Any:
    """Names as a list of texts; a deleted account has none."""
    if not isinstance(value, list):
        return value
    return [name if isinstance(name, str) else "Deleted Account" for name in value]
