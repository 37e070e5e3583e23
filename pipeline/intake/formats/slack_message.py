"""One message of a Slack export as its events: the message, an edit or a deletion, then the reactions listed in it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final

import orjson

from pipeline.intake.formats.slack_files import (
    Uploads,
    attachment_of,
    files_of,
    show_attachments,
    show_files,
    strings,
    without_secrets,
)
from pipeline.intake.formats.slack_names import Talk, Workspace, shown_name, talk_of
from pipeline.intake.formats.slack_subtypes import SUBTYPES, UNKNOWN, Making, put
from pipeline.intake.formats.slack_text import block_text, only_repeats, plain_text
from pipeline.intake.moments import epoch_micros
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Event, EventKind, TimeSource

SOURCE: Final = "slack"
_SORTED: Final = orjson.OPT_SORT_KEYS
_REPLIES: Final = "slackdump_thread_replies"
_BEFORE: Final = ("previous_message", "original")
_MOST_ATTACHMENTS: Final = 100
"""What Slack allows; of more, the words of those beyond stay in the attributes."""
_CHANNEL_ID: Final = re.compile(r"[CGD][A-Z0-9]{5,}", re.ASCII)


class SlackEvents:
    """Makes events of the messages of one text."""

    def __init__(self, place: Place, format_name: str, workspace: Workspace, talk: Talk) -> None:
        self.place = place
        self.format = format_name
        self.workspace = workspace
        self.talk = talk
        self.conversation = f"{SOURCE}:{talk.id}"
        self.uploads = Uploads(place, talk.id)
        self.first_id = place.event_ids()

    def of_message(self, entry: dict[str, Any], line: int, raw: bytes, repaired: bool) -> Iterator[Event]:
        """The events of one element, which is used up."""
        stripped = without_secrets(entry) if b"url_private" in raw or b"xox" in raw else ()
        one = _Element(self, line, hashlib.sha256(raw).hexdigest(), stripped, repaired)
        return one.message(entry)

    def open(self, line: int, ordinal: int, digest: str) -> OpenEvent:
        """An event with what all events of this text share."""
        place, talk, event = self.place, self.talk, OpenEvent()
        event.event_id = place.event_id(line, ordinal) if ordinal else self.first_id(line)
        event.event_kind = EventKind.UNKNOWN
        event.source = SOURCE
        event.format = self.format
        event.custodian = place.source.custodian
        event.network = place.source.network
        event.conversation_id = self.conversation
        event.conversation_kind = talk.kind
        event.conversation_title = talk.title
        event.raw_sha256 = digest
        event.object_key = place.object_key
        event.version_id = place.version_id
        event.member = place.member
        event.line = line
        return event


class _Element:
    """One element of the document; its events are numbered from 0."""

    def __init__(self, events: SlackEvents, line: int, digest: str, stripped: tuple[str, ...], repaired: bool) -> None:
        self.events = events
        self.names = events.workspace
        self.line = line
        self.digest = digest
        self.stripped = stripped
        self.repaired = repaired
        self.ordinals = count()

    def message(self, entry: dict[str, Any], *, reactions: bool = True) -> Iterator[Event]:
        """The events of a message and of those inside it."""
        subtype = entry.get("subtype")
        inner = entry.get("message")
        if subtype == "message_changed" and isinstance(inner, dict):
            yield from self._changed(entry, inner)
            return
        if subtype == "message_deleted":
            yield from self._deleted(entry, _time(entry.get("deleted_ts")) or _time(_dict(inner).get("ts")))
            return
        replies = _take_replies(entry) if _REPLIES in entry else ()
        listed = _take_reactions(entry) if reactions and "reactions" in entry else ()
        main = self._said(entry)
        yield main
        for name, user in listed:
            yield self._reaction(main, name, user)
        for reply in replies:
            yield from self.message(reply)

    def _said(self, entry: dict[str, Any]) -> Event:
        making = self._making(entry)
        event = making.event
        subtype = entry.get("subtype") or ""
        is_known = isinstance(subtype, str) and entry.get("type", "message") == "message"
        known = SUBTYPES.get(subtype) if is_known else None
        event.event_kind, event.subkind, shape = known or UNKNOWN
        self._body(entry, making)
        shape(entry, making)
        files = files_of(entry)
        if files and "deleted" not in making.flags:
            event.attachments = tuple(attachment_of(file, self.events.uploads) for file in files)
            show_files(files, making.shown)
            if event.event_kind is EventKind.MESSAGE:
                event.event_kind = EventKind.FILE
        if "thread_ts" in entry:
            self._thread(entry, making)
        if isinstance(entry.get("edited"), dict):
            making.flags.append("edited")
        if not _FLAGS.keys().isdisjoint(entry):
            making.flags += [flag for name, flag in _FLAGS.items() if entry.get(name) is True]
        return self._sealed(entry, making)

    def _making(self, entry: dict[str, Any]) -> Making:
        event = self.events.open(self.line, next(self.ordinals), self.digest)
        making = Making(event=event, names=self.names)
        self._where(entry, making)
        event.ts_raw = ts = _time(entry.get("ts"))
        event.ts_utc = _micros(ts)
        if event.ts_utc is None:
            making.flags.append("bad-time")
        else:
            event.ts_source = TimeSource.UTC
        if ts:
            del entry["ts"]
            event.vendor_id = self._vendor_id(event, ts)
        self._sender(entry, event)
        return making

    def _where(self, entry: dict[str, Any], making: Making) -> None:
        """A message of some tools names its channel itself."""
        talk, event = self.events.talk, making.event
        channel = entry.get("channel")
        if isinstance(channel, str) and _CHANNEL_ID.fullmatch(channel):
            if channel != talk.id:
                talk = talk_of(channel, "", self.names)
                event.conversation_id = f"{SOURCE}:{talk.id}"
                event.conversation_kind, event.conversation_title = talk.kind, talk.title
            del entry["channel"]
        else:
            making.flags += talk.flags
        if talk.members:
            sender = entry.get("user")
            event.recipients = tuple(member for member in talk.members if member != sender)

    def _vendor_id(self, event: OpenEvent, ts: str) -> str:
        return f"{event.conversation_id.removeprefix('slack:')}:{ts}"

    def _sender(self, entry: dict[str, Any], event: OpenEvent) -> None:
        """A person by the id; an app by the id of its user, else its own, else the name it gave itself."""
        user, username = _text(entry.get("user")), _text(entry.get("username"))
        if user:
            event.sender_id = user
            del entry["user"]
        else:
            event.sender_id = _text(entry.get("bot_id")) or username
        event.sender_display = (
            self.names.user(user)
            or username
            or _profile_name(entry, "user_profile")
            or _profile_name(entry, "bot_profile")
        )

    def _body(self, entry: dict[str, Any], making: Making) -> None:
        source = entry.pop("text", None)
        if source is not None and not isinstance(source, str):
            making.flags.append("repaired")
            source = json.dumps(source, ensure_ascii=False, sort_keys=True)
        said = [plain_text(source, self.names)] if source else []
        blocks = entry.get("blocks")
        if blocks and (not said or not only_repeats(blocks)):
            _join_unless_said(said, block_text(blocks, self.names))
        if attachments := entry.get("attachments"):
            for text in show_attachments(attachments, making.shown, self.names)[:_MOST_ATTACHMENTS]:
                _join_unless_said(said, text)
        body = "\n".join(said)
        making.event.body = body if said or source is not None else None
        if source and source != body:
            put(entry, "body_source", source)

    def _thread(self, entry: dict[str, Any], making: Making) -> None:
        thread = _time(entry.get("thread_ts"))
        if not thread:
            return
        del entry["thread_ts"]
        put(entry, "thread", thread)
        if thread != making.event.ts_raw:
            making.shown["reply_to"] = self._vendor_id(making.event, thread)

    def _sealed(self, entry: dict[str, Any], making: Making) -> Event:
        event, flags = making.event, making.flags
        if entry.get("type") == "message":
            del entry["type"]
        if making.shown or "shown" in entry:
            put(entry, "shown", making.shown)
        if self.repaired:
            flags.append("repaired")
        event.flags = tuple(sorted(set(flags))) if flags else ()
        event.stripped = self.stripped
        event.attributes = orjson.dumps(entry, option=_SORTED).decode()
        return event.seal()

    def _reaction(self, about: Event, name: str, user: str) -> Event:
        event = self.events.open(self.line, next(self.ordinals), self.digest)
        event.event_kind = EventKind.REACTION
        event.conversation_id, event.conversation_kind = about.conversation_id, about.conversation_kind
        event.conversation_title = about.conversation_title
        event.body = name
        event.target_id = about.vendor_id
        event.vendor_id = f"{about.vendor_id}:{name}:{user}" if about.vendor_id and user else ""
        event.sender_id, event.sender_display = user, self.names.user(user)
        return event.seal()

    def _changed(self, entry: dict[str, Any], inner: dict[str, Any]) -> Iterator[Event]:
        """A line of the edit log: the new wording, then the message as it was before."""
        target = _time(inner.get("ts"))
        if inner.get("subtype") == "tombstone":
            yield from self._deleted(entry, target)
            return
        before = self._take_before(entry, target)
        edited = inner.get("edited")
        by = _text(edited.get("user")) if isinstance(edited, dict) else ""
        entry.setdefault("ts", edited.get("ts") if isinstance(edited, dict) else None)
        entry.setdefault("user", by or _text(inner.get("user")) or None)
        if entry["user"] is None:
            del entry["user"]
        making = self._making(entry)
        event = making.event
        event.event_kind, event.target_id = EventKind.EDIT, self._vendor_id(event, target) if target else ""
        self._body(inner, making)
        same = before is not None and before.get("text") == inner.get("body_source", making.event.body)
        event.subkind = "edit" if isinstance(edited, dict) and not same else "link-preview"
        event.body = event.body or ""
        yield self._sealed(entry, making)
        if before is not None:
            yield from self.message(before, reactions=False)

    def _deleted(self, entry: dict[str, Any], target: str) -> Iterator[Event]:
        """A line of the deletion log, then the message that was deleted, if the log kept it."""
        before = self._take_before(entry, target)
        making = self._making(entry)
        event = making.event
        event.event_kind, event.subkind = EventKind.DELETE, "everyone"
        event.target_id = self._vendor_id(event, target) if target else ""
        if "text" in entry:
            self._body(entry, making)
        yield self._sealed(entry, making)
        if before is not None:
            yield from self.message(before, reactions=False)

    def _take_before(self, entry: dict[str, Any], target: str) -> dict[str, Any] | None:
        """The message as it was, which is an event of its own; left where it is when it is another message's."""
        for name in _BEFORE:
            before = entry.get(name)
            if isinstance(before, dict) and before and _time(before.get("ts", target)) == target:
                del entry[name]
                if target:
                    before.setdefault("ts", target)
                if "channel" in entry:
                    before.setdefault("channel", entry["channel"])
                return before
        return None


_FLAGS: Final[Mapping[str, str]] = {"hidden": "hidden", "is_ephemeral": "ephemeral", "is_locked": "thread-locked"}


def _take_replies(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The replies that a dump nests in the first message of their thread."""
    replies = entry[_REPLIES]
    if not isinstance(replies, list):
        return []
    entry[_REPLIES] = [reply for reply in replies if not isinstance(reply, dict)]
    if not entry[_REPLIES]:
        del entry[_REPLIES]
    return [reply for reply in replies if isinstance(reply, dict)]


def _take_reactions(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """Each reaction with its user. A list that names fewer users than it counts stays in the entry too."""
    reactions = entry.get("reactions")
    if not isinstance(reactions, list):
        return []
    found: list[tuple[str, str]] = []
    whole = True
    for reaction in reactions:
        users = list(strings(reaction.get("users"))) if isinstance(reaction, dict) else []
        name = _text(reaction.get("name")) if isinstance(reaction, dict) else ""
        found += [(name, user) for user in users]
        whole = whole and bool(name) and reaction.get("count", len(users)) == len(users) == len(set(users))
    if whole:
        del entry["reactions"]
    return found


def _join_unless_said(said: list[str], text: str) -> None:
    """Add a text that does not say what was said already."""
    if text and " ".join(text.split()) not in " ".join(" ".join(said).split()):
        said.append(text)


def _time(value: object) -> str:
    """A `ts` as the text it is; a number was written by a tool that lost the text."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def _micros(ts: str) -> int | None:
    """The moment: ten digits, a point and six are the rule, everything else is looked at closely."""
    digits = ts[:10] + ts[11:]
    if len(ts) == 17 and ts[10] == "." and digits.isdecimal() and digits.isascii():
        return int(digits)
    return epoch_micros(ts, "s") if ts else None


def _profile_name(entry: Mapping[str, Any], name: str) -> str:
    profile = entry.get(name)
    return shown_name(profile) if isinstance(profile, dict) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
