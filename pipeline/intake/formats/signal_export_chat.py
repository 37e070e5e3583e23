"""One chat of a signal-export folder: whose it is, and a message of `data.json` as events.

The export gives no ids. What stands in for one is made of the chat, the sender and the time, which Signal itself keys
messages by. Where the time has no milliseconds, the text and a count of equal ones are part of it too.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from pipeline.intake.clock import Clock
from pipeline.intake.formats.signal_secrets import without_secrets
from pipeline.intake.moments import local_time, rfc3339
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Attachment, Event, EventKind, TimeSource

FILES: Final = frozenset(("data.json", "chat.md", "index.md", "index.html", "meta.json", "members.csv"))
"""Names that the tool gives its files; beside them the folder's name is the chat's."""
OWNER: Final = "Me"
_EPOCH: Final = 14 * 3600 * 1_000_000
"""A message without a time is dated 1970 in the zone of whoever exported."""
_QUOTE_MARK: Final = re.compile(r"^> ?", re.MULTILINE)
_KINDS: Final = {
    **dict.fromkeys(("png", "jpg", "jpeg", "heic", "tif", "tiff", "webp", "apng", "svg"), "image"),
    **dict.fromkeys(("mp4", "mov", "mkv", "mpeg", "webm", "qt", "3gp"), "video"),
    **dict.fromkeys(("m4a", "aac", "mp3", "ogg", "opus", "wav", "flac"), "audio"),
    "gif": "gif",
}
_CALL_STATES: Final = (
    (re.compile(r"^Missed\b|\bunanswered\b"), "missed"),
    (re.compile(r"\bdeclined\b"), "declined"),
    (re.compile(r"\baccepted\b|\bjoined\b"), "completed"),
)
_DURATION: Final = re.compile(r"\b(?:(\d{1,6})m )?(\d{1,2})s\)")
_COLUMNS: Final = ("date", "sender", "body", "quote", "reactions", "attachments", "edits")
_DEFAULTS: Final[Mapping[str, Any]] = {"sticker": None, "deleted": False, "call": False, "missed": False}


class Chat:
    """Makes events of the messages of one file of a chat."""

    def __init__(self, place: Place, name: str) -> None:
        self.place = place
        self.name = name
        self.title, named = _folder(place)
        self.conversation = f"signal:{place.source.custodian}:{named}"
        self.clock = Clock(place.source.timezone)
        self.moment = ""
        self.equal: Counter[str] = Counter()

    def events(self, said: dict[str, Any], line: int, raw_sha256: str, flags: tuple[str, ...] = ()) -> Iterator[Event]:
        """The message, which is used up, then its edits and reactions.

        Args:
            said: An object with the keys of `data.json`.
            line: Where it starts.
            raw_sha256: Digest of what stands there.
            flags: What is known of it already.
        """
        marks = list(flags)
        versions, reactions = _versions(said, marks), said.get("reactions")
        draft = self.draft(line, 0, raw_sha256)
        self._who(draft, _taken(said, "sender", marks))
        self.when(draft, _taken(said, "date", marks), marks)
        body = _taken(said, "body", marks).removesuffix("  ")
        first = versions[0][1] if versions else body
        self._what(draft, said, first, marks)
        draft.vendor_id = self._id(draft, said.get("date"), body)
        if not isinstance(reactions, list):
            reactions = _odd(said, "reactions", marks)
        _keep(draft, said, marks)
        yield draft.seal()
        later = [*versions[1:], ("", body)] if versions else []
        for ordinal, (at, text) in enumerate(later, 1):
            yield self._edit(draft, ordinal, at, text)
        for ordinal, reaction in enumerate(reactions, 1 + len(later)):
            yield self._reaction(draft, ordinal, reaction)

    def draft(self, line: int, ordinal: int, raw_sha256: str) -> OpenEvent:
        """An event of this chat at a line."""
        place, draft = self.place, OpenEvent()
        draft.event_id = place.event_id(line, ordinal)
        draft.source, draft.format = "signal", self.name
        draft.custodian, draft.network = place.source.custodian, place.source.network
        draft.conversation_id, draft.conversation_title = self.conversation, self.title
        draft.raw_sha256 = raw_sha256
        draft.object_key, draft.version_id, draft.member = place.object_key, place.version_id, place.member
        draft.line = line
        return draft

    def when(self, draft: OpenEvent, raw: str, marks: list[str]) -> None:
        """Set the time: the local time of the computer on which the export was made."""
        draft.ts_raw = raw
        if found := rfc3339(raw):
            draft.ts_utc, draft.ts_source = found
            return
        draft.ts_source = self.clock.source
        wall = local_time(raw)
        if wall is None or abs(_micros(wall)) <= _EPOCH:
            marks.append("bad-time")
            draft.ts_source = TimeSource.UNKNOWN
            return
        draft.ts_utc, doubt = self.clock.utc(wall.date(), wall.hour, wall.minute, wall.second, wall.microsecond)
        marks.extend([doubt] if doubt else [])

    def _who(self, draft: OpenEvent, name: str) -> None:
        draft.sender_id, draft.sender_display = self._person(name)

    def _person(self, name: str) -> tuple[str, str]:
        """Id and shown name; the exporter is always called `Me`."""
        if name != OWNER:
            return name, name
        source = self.place.source
        custodian = source.custodian if source.custodian != "network" else ""
        return source.owner_id or source.owner_name or custodian or OWNER, source.owner_name or OWNER

    def _what(self, draft: OpenEvent, said: dict[str, Any], body: str, marks: list[str]) -> None:
        draft.event_kind, draft.body = EventKind.MESSAGE, body
        if not (draft.ts_raw or draft.sender_id or body):
            draft.event_kind = EventKind.UNKNOWN
        shown: dict[str, Any] = {}
        if quote := _taken(said, "quote", marks).strip("\n"):
            shown["quote"] = _QUOTE_MARK.sub("", quote)
        if sticker := said.get("sticker"):
            emoji = sticker.get("emoji") if isinstance(sticker, dict) else sticker
            shown["sticker"] = emoji if isinstance(emoji, str) and emoji else "sticker"
            draft.subkind = "sticker"
        if said.get("deleted") is True:
            marks.append("deleted")
        if said.get("call") is True:
            self._call(draft, said, shown)
        elif files := _files(said, marks):
            draft.event_kind, draft.attachments, draft.body = EventKind.FILE, files, body or None
            ending = files[0].name.rpartition(".")[2].casefold()
            draft.subkind = _KINDS.get(ending, "document" if files[0].name else "")
        if shown:
            said["shown"] = shown

    def _call(self, draft: OpenEvent, said: Mapping[str, Any], shown: dict[str, Any]) -> None:
        draft.event_kind = EventKind.CALL
        words = draft.body or ""
        found = (state for pattern, state in _CALL_STATES if pattern.search(words))
        draft.subkind = next(found, "missed" if said.get("missed") is True else "")
        if match := _DURATION.search(words):
            shown["call_duration"] = str(60 * int(match[1] or 0) + int(match[2]))

    def _id(self, draft: OpenEvent, date: object, body: str) -> str:
        exact = isinstance(date, str) and "." in date and draft.ts_utc is not None
        parts = [self.conversation, draft.sender_id, draft.ts_raw]
        if draft.ts_raw != self.moment:
            self.moment = draft.ts_raw
            self.equal.clear()
        if not exact:
            text = hashlib.sha256("\x1f".join((draft.sender_id, body, *_names(draft))).encode()).hexdigest()
            self.equal[text] += 1
            parts += [text, str(self.equal[text])]
        digest = hashlib.sha256("\x1f".join(parts).encode())
        return f"signal-export:{digest.hexdigest()[:32]}"

    def _edit(self, message: OpenEvent, ordinal: int, at: str, text: str) -> Event:
        draft = self._about(message, ordinal)
        draft.event_kind, draft.body = EventKind.EDIT, text
        draft.sender_id, draft.sender_display = message.sender_id, message.sender_display
        marks: list[str] = []
        if at:
            self.when(draft, at, marks)
        draft.flags = tuple(sorted(set(marks)))
        return draft.seal()

    def _reaction(self, message: OpenEvent, ordinal: int, reaction: object) -> Event:
        draft = self._about(message, ordinal)
        draft.event_kind = EventKind.REACTION
        if isinstance(reaction, list) and len(reaction) == 2 and isinstance(reaction[0], str):
            self._who(draft, reaction[0])
            draft.body = reaction[1] if isinstance(reaction[1], str) else None
        if draft.body is None:
            draft.flags = ("repaired",)
            draft.attributes = orjson.dumps({"reaction": reaction}, option=orjson.OPT_SORT_KEYS).decode()
        return draft.seal()

    def _about(self, message: OpenEvent, ordinal: int) -> OpenEvent:
        draft = self.draft(message.line, ordinal, message.raw_sha256)
        draft.target_id = message.vendor_id
        draft.flags = ("appended-again",) if "appended-again" in message.flags else ()
        return draft


def _folder(place: Place) -> tuple[str, str]:
    """The chat's name, and what stands for it in the conversation id: a name is the chat's only beside known files."""
    folder, _, base = place.name.rpartition("/")
    name = folder.rpartition("/")[2]
    if base in FILES and name.endswith("!"):
        name = name.removesuffix("!").rpartition(".")[0]
    elif base in FILES and not name and place.member:
        name = place.object_key.rpartition("/")[2].rpartition(".")[0]
    if base in FILES and name:
        return name, name
    return "", "object-" + hashlib.sha256(f"{place.object_key}\x1f{place.member}".encode()).hexdigest()[:16]


def _taken(said: dict[str, Any], name: str, marks: list[str]) -> str:
    """A text that gets a column; a value that is not text stays in the entry too."""
    value = said.get(name)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    marks.append("repaired")
    said[f"{name}#1"] = value
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _odd(said: dict[str, Any], name: str, marks: list[str]) -> list[Any]:
    """Nothing, in place of a value that is no list as the tool writes it; the value stays in the entry."""
    value = said.get(name)
    if value not in (None, ""):
        marks.append("repaired")
        said[f"{name}#1"] = value
    return []


def _objects(said: dict[str, Any], name: str, known: frozenset[str], marks: list[str]) -> list[dict[str, Any]]:
    """The objects of a list. Where more is in it than gets a column, the whole of it stays in the entry."""
    value = said.get(name)
    if not isinstance(value, list):
        return _odd(said, name, marks)
    found = [one for one in value if isinstance(one, dict)]
    if len(found) < len(value):
        marks.append("repaired")
    if len(found) < len(value) or any(one[name] is not None for one in found for name in one.keys() - known):
        said[f"{name}#1"] = value
    return found


def _versions(said: dict[str, Any], marks: list[str]) -> list[tuple[str, str]]:
    """Time and text of the versions before the last one, oldest first."""
    edits = _objects(said, "edits", frozenset(("date", "body")), marks)
    return [(str(one.get("date") or ""), str(one.get("body") or "").removesuffix("  ")) for one in edits]


def _files(said: dict[str, Any], marks: list[str]) -> tuple[Attachment, ...]:
    return tuple(map(_attachment, _objects(said, "attachments", frozenset(("name", "path")), marks)))


def _attachment(said: Mapping[str, Any]) -> Attachment:
    name, path, missing = (said.get(key) for key in ("name", "path", "missing_kind"))
    named = name if isinstance(name, str) else ""
    where = path if isinstance(path, str) else ""
    base = where.rpartition("/")[2]
    if named and base.replace("%20", " ") == named.replace("%20", " "):
        where = where.removesuffix(base) + named  # the tool wrote the spaces of the path only as %20
    return Attachment(name=named, path=where, note="omitted" if missing else "")


def _names(draft: OpenEvent) -> list[str]:
    return [attachment.name for attachment in draft.attachments]


def _keep(draft: OpenEvent, said: dict[str, Any], marks: list[str]) -> None:
    rest = {name: value for name, value in said.items() if name not in _COLUMNS and _DEFAULTS.get(name, ...) != value}
    draft.stripped = without_secrets(rest)
    draft.attributes = orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).decode()
    draft.flags = tuple(sorted(set(marks)))


def _micros(wall: datetime) -> int:
    days = wall.toordinal() - 719_163
    return (days * 86_400 + wall.hour * 3600 + wall.minute * 60 + wall.second) * 1_000_000
