"""One chatMessage of Microsoft Graph as its events: the message, then its reactions, and replies that a page nests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import Any, Final
from urllib.parse import unquote

import orjson

from pipeline.intake.formats.teams_parts import (
    MARKS,
    Parts,
    hosted_images,
    parts_of,
    people,
    shown_identity,
    without_secrets,
)
from pipeline.intake.formats.teams_system import system_event
from pipeline.intake.html_text import html_to_text
from pipeline.intake.json_entries import JsonEntry
from pipeline.intake.moments import rfc3339
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Event, EventKind, TimeSource

SOURCE: Final = "teams"
_SORTED: Final = orjson.OPT_SORT_KEYS
_CHAT_CONTEXT: Final = re.compile(r"\bchats\('([^']+)'\)")
_CHANNEL_CONTEXT: Final = re.compile(r"\bteams\('([^']+)'\)/channels\('([^']+)'\)")
_PAIR: Final = re.compile(r"19:([0-9a-f-]{36})_([0-9a-f-]{36})@unq\.gbl\.spaces", re.IGNORECASE)
_PLAIN_HTML: Final = re.compile(r"<(p|div)>([^<&\t\n\r\f\xa0]*)</\1>")
_CHAT_TYPES: Final[Mapping[str, str]] = {"oneOnOne": "dm", "group": "group", "meeting": "group"}
_TYPES: Final[Mapping[str, tuple[EventKind, str]]] = {
    "message": (EventKind.MESSAGE, ""),
    "chatEvent": (EventKind.SYSTEM, "chat-event"),
    "typing": (EventKind.SYSTEM, "typing"),
}
_IMPORTANCE: Final[Mapping[str, str]] = {"high": "high-importance", "urgent": "urgent"}


class TeamsEvents:
    """Makes events of the elements of one text."""

    def __init__(self, place: Place, format_name: str) -> None:
        self.place = place
        self.format = format_name
        self.first_id = place.event_ids()
        own = "\x1f".join((place.object_key, place.member))
        self.scope = hashlib.sha256(own.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    def of_element(self, element: JsonEntry) -> Iterator[Event]:
        """The events of one element, which is used up."""
        stripped = without_secrets(element.value) if MARKS.search(element.raw) else ()
        one = _Element(self, element, stripped)
        if "chatType" in element.value and "messageType" not in element.value:
            yield one.chat(element.value)
        else:
            yield from one.message(element.value)

    def open(self, line: int, ordinal: int, digest: str) -> OpenEvent:
        """An event with what all events of this text share."""
        place, event = self.place, OpenEvent()
        event.event_id = place.event_id(line, ordinal) if ordinal else self.first_id(line)
        event.event_kind = EventKind.UNKNOWN
        event.source = SOURCE
        event.format = self.format
        event.custodian = place.source.custodian
        event.network = place.source.network
        event.raw_sha256 = digest
        event.object_key = place.object_key
        event.version_id = place.version_id
        event.member = place.member
        event.line = line
        return event


class _Element:
    """One element of the document; its events are numbered from 0."""

    def __init__(self, events: TeamsEvents, element: JsonEntry, stripped: tuple[str, ...]) -> None:
        self.events = events
        self.line = element.number
        self.digest = hashlib.sha256(element.raw).hexdigest()
        self.context = _text(element.around.get("@odata.context"))
        self.repaired = element.repaired
        self.stripped = stripped
        self.ordinals = count()

    def message(self, entry: dict[str, Any], above: str = "") -> Iterator[Event]:
        """The events of a message; `above` is the conversation of the message that nests it."""
        replies = _take_list(entry, "replies") if "replies" in entry else []
        event = self._open()
        flags: list[str] = []
        talk = _conversation(entry, self.context) or above
        if not talk:
            talk = self.events.scope
            flags.append("conversation-unknown")
        _set_conversation(event, talk)
        if message_id := _take_text(entry, "id"):
            event.vendor_id = f"{talk}:{message_id}"
        listed = list(self._reactions(entry, event)) if entry.get("reactions") or entry.get("messageHistory") else []
        if "@removed" in entry:
            event.event_kind, event.target_id = EventKind.DELETE, event.vendor_id
        else:
            self._said(entry, event, talk, flags)
        yield self._sealed(entry, event, flags)
        for reaction in listed:
            yield reaction.seal()
        for reply in replies:
            yield from self.message(reply, talk)

    def chat(self, entry: dict[str, Any]) -> Event:
        """A row of a list of chats."""
        event = self._open()
        event.event_kind, event.subkind = EventKind.DIRECTORY, "conversation"
        event.vendor_id = _text(entry.get("id"))
        _set_conversation(event, event.vendor_id)
        event.conversation_kind = _CHAT_TYPES.get(_text(entry.get("chatType")), "")
        members = entry.get("members")
        event.conversation_title = _text(entry.get("topic")) or ", ".join(people(members))
        rows = members if isinstance(members, list) else []
        ids = (_text(row.get("userId")) for row in rows if isinstance(row, dict))
        event.recipients = tuple(found for found in ids if found)
        return self._sealed(entry, event, [])

    def _open(self) -> OpenEvent:
        return self.events.open(self.line, next(self.ordinals), self.digest)

    def _said(self, entry: dict[str, Any], event: OpenEvent, talk: str, flags: list[str]) -> None:
        _set_time(event, entry, flags)
        shown: dict[str, Any] = {}
        event.event_kind, event.subkind = _TYPES.get(_text(entry.get("messageType")), (EventKind.UNKNOWN, ""))
        detail = entry.get("eventDetail")
        sender = entry.get("from")
        if isinstance(detail, dict):
            event.event_kind, event.subkind, shown = system_event(detail)
            sender = sender or detail.get("initiator")
        _set_sender(event, sender)
        parts = parts_of(entry["attachments"]) if entry.get("attachments") else Parts()
        self._body(entry, event, parts, flags)
        _show(entry, parts, shown, talk, event)
        if parts.forwarded:
            flags.append("forwarded")
        flags += [flag for name, flag in _WHEN.items() if entry.get(name)]
        if importance := _IMPORTANCE.get(_text(entry.get("importance"))):
            flags.append(importance)
        if shown or "shown" in entry:
            _put(entry, "shown", shown)

    def _body(self, entry: dict[str, Any], event: OpenEvent, parts: Parts, flags: list[str]) -> None:
        body = entry.get("body")
        content = body.get("content") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(content, str):
            event.body = "\n".join(parts.words) if parts.words else ("" if entry.get("deletedDateTime") else None)
            event.attachments = tuple(parts.files)
            return
        del body["content"]
        said = content
        if _text(body.get("contentType")).casefold() == "html":
            plain = _PLAIN_HTML.fullmatch(content)
            said = plain[2].strip(" ") if plain and "  " not in content else html_to_text(content)
            parts.files += hosted_images(content)
        event.body = "\n".join(text for text in (said, *parts.words) if text)
        event.attachments = tuple(parts.files)
        if parts.files and event.event_kind is EventKind.MESSAGE and "deleted" not in flags:
            event.event_kind = EventKind.FILE
        if said != content:
            _put(entry, "body_source", content)
        if body in ({"contentType": "html"}, {"contentType": "text"}):
            del entry["body"]

    def _sealed(self, entry: dict[str, Any], event: OpenEvent, flags: list[str]) -> Event:
        if self.repaired:
            flags.append("repaired")
        event.flags = tuple(sorted(set(flags))) if flags else ()
        event.stripped = self.stripped
        kept = {name: value for name, value in entry.items() if value is not None}
        event.attributes = orjson.dumps(kept, option=_SORTED).decode()
        return event.seal()

    def _reactions(self, entry: dict[str, Any], about: OpenEvent) -> Iterator[OpenEvent]:
        """Those that stand, and of the history those that were taken back or that the list does not name."""
        standing = set()
        for reaction in _dicts(entry.get("reactions")):
            event = self._reaction(reaction, about, reaction.get("createdDateTime"))
            standing.add(event.vendor_id)
            yield event
        if standing and len(standing) == len(entry["reactions"]):
            del entry["reactions"]
        for item in _dicts(entry.get("messageHistory")):
            told, removed = item.get("reaction"), item.get("actions") == "reactionRemoved"
            if isinstance(told, dict):
                event = self._reaction(told, about, item.get("modifiedDateTime") if removed else None)
                if removed or event.vendor_id not in standing:
                    event.flags = ("reaction-removed",) if removed else ()
                    yield event
            elif isinstance(body := item.get("body"), dict):
                yield self._earlier(body, about, item.get("modifiedDateTime"))

    def _reaction(self, reaction: Mapping[str, Any], about: OpenEvent, at: object) -> OpenEvent:
        event = self._about(about, at or reaction.get("createdDateTime"))
        event.event_kind = EventKind.REACTION
        value = _text(reaction.get("reactionType"))
        event.body = _text(reaction.get("displayName")) if value in ("", "custom") else value
        event.sender_id, event.sender_display = shown_identity(reaction.get("user"))
        if about.vendor_id and event.sender_id:
            event.vendor_id = f"{about.vendor_id}:{value}:{event.sender_id}:{event.ts_raw}"
        event.attributes = orjson.dumps(dict(reaction), option=_SORTED).decode()
        return event

    def _earlier(self, body: Mapping[str, Any], about: OpenEvent, at: object) -> OpenEvent:
        event = self._about(about, at)
        event.event_kind, event.subkind = EventKind.EDIT, "edit"
        content = _text(body.get("content"))
        event.body = html_to_text(content) if body.get("contentType") == "html" else content
        return event

    def _about(self, about: OpenEvent, at: object) -> OpenEvent:
        event = self._open()
        _set_conversation(event, about.conversation_id.removeprefix(f"{SOURCE}:"))
        event.target_id = about.vendor_id
        event.ts_raw = _text(at)
        if moment := rfc3339(event.ts_raw):
            event.ts_utc, event.ts_source = moment
        return event


_WHEN: Final[Mapping[str, str]] = {
    "lastEditedDateTime": "edited",
    "deletedDateTime": "deleted",
    "policyViolation": "policy-violation",
}


def _conversation(entry: dict[str, Any], context: str) -> str:
    """`chatId`, or `teamId/channelId`, of the message or of the page it stands in; what is used leaves the entry."""
    channel = entry.get("channelIdentity")
    if isinstance(channel, dict):
        team, name = _text(channel.get("teamId")), _text(channel.get("channelId"))
        if team and name:
            if len(channel) == 2:
                del entry["channelIdentity"]
            return f"{team}/{name}"
    if chat := _take_text(entry, "chatId"):
        return chat
    if found := _CHANNEL_CONTEXT.search(context):
        return f"{unquote(found[1])}/{unquote(found[2])}"
    found = _CHAT_CONTEXT.search(context)
    return unquote(found[1]) if found else ""


def _set_conversation(event: OpenEvent, talk: str) -> None:
    event.conversation_id = f"{SOURCE}:{talk}"
    event.conversation_kind = _known(talk)[0]


@lru_cache(maxsize=1024)
def _known(talk: str) -> tuple[str, tuple[str, ...]]:
    """What a conversation's id tells: its kind, and the two users of a chat of two."""
    if "/" in talk:
        return "channel", ()
    if pair := _PAIR.fullmatch(talk):
        return "dm", pair.groups()
    if talk.startswith("48:notes"):
        return "dm", ()
    return ("group" if talk.startswith("19:") else ""), ()


def _set_time(event: OpenEvent, entry: dict[str, Any], flags: list[str]) -> None:
    event.ts_raw = _take_text(entry, "createdDateTime")
    if moment := rfc3339(event.ts_raw):
        event.ts_utc, event.ts_source = moment
    else:
        event.ts_source = TimeSource.UNKNOWN
        flags.append("bad-time")


def _set_sender(event: OpenEvent, sender: object) -> None:
    """The sender's identity stays in the attributes too: it tells users from apps, and whose tenant they are of."""
    event.sender_id, event.sender_display = shown_identity(sender)
    event.sender_id = event.sender_id or event.sender_display
    _, pair = _known(event.conversation_id.removeprefix(f"{SOURCE}:"))
    if event.sender_id in pair:
        event.recipients = tuple(one for one in pair if one != event.sender_id)


def _show(entry: Mapping[str, Any], parts: Parts, shown: dict[str, Any], talk: str, event: OpenEvent) -> None:
    if subject := _text(entry.get("subject")):
        shown["subject"] = subject
    if parts.quotes:
        shown["quote"] = "\n\n".join(parts.quotes)
    if parts.quoted:
        shown["forwarded_from" if parts.forwarded else "quote_by"] = ", ".join(parts.quoted)
    if parent := _text(entry.get("replyToId")) or parts.reply_to:
        shown["reply_to"] = f"{talk}:{parent}"


def _take_text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str):
        return ""
    del entry[name]
    return value


def _take_list(entry: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list; what else it holds stays."""
    value = entry.get(name)
    if not isinstance(value, list):
        return []
    entry[name] = [item for item in value if not isinstance(item, dict)] or None
    return _dicts(value)


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _put(entry: dict[str, Any], name: str, value: object) -> None:
    """Give an entry a member of ours; one that it has under that name stays beside it."""
    if name in entry:
        entry[f"{name}#1"] = entry[name]
    entry[name] = value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
