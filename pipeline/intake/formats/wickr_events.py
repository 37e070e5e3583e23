"""One Wickr entry, already decoded, as an event: kind by `msgtype`, times, targets, secrets taken out.

Shared by the readers of the bot's lines and of the serverless objects, since both hold the same entries.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import orjson

from pipeline.intake.place import Place
from pipeline.model import Attachment, Event, EventKind, TimeSource

SAVED_ITEM_BIT: Final = 64
_LAST_SECOND: Final = 253_402_300_799
_DIGITS: Final = re.compile(r"\d{1,12}")
_DISPLAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4}),? (\d{1,2}):(\d{2})\s?([AP])M")
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?")
_ONLY_URL: Final = re.compile(r"\s*https?://\S+\s*")
_SORTED: Final = orjson.OPT_SORT_KEYS
_CALL_STATES: Final = {0: "started", 1: "completed", 2: "missed", 3: "cancelled"}
_VERIFY_STATES: Final = {1: "requested", 2: "responded", 3: "accepted", 4: "rejected", 5: "not-now"}


@dataclass(slots=True)
class Draft:
    """What the payload of one type tells, while it is read."""

    kind: EventKind
    subkind: str = ""
    body: str | None = None
    target: str = ""
    title: str = ""
    attachments: tuple[Attachment, ...] = ()
    flags: list[str] = field(default_factory=list)


Shaper = Callable[[dict[str, Any], Draft], None]


def _object(entry: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}


def _take_text(holder: dict[str, Any], name: str, draft: Draft) -> str | None:
    """Move a text out of the entry. A value that is not text is kept as its JSON, so that nothing hides in it."""
    value = holder.pop(name, None)
    if value is None or isinstance(value, str):
        return value
    draft.flags.append("repaired")
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _message(entry: dict[str, Any], draft: Draft) -> None:
    draft.body = _take_text(entry, "message", draft)


def _title(entry: dict[str, Any], draft: Draft) -> None:
    title = _object(entry, "control").get("title")
    draft.title = title if isinstance(title, str) else ""


def _room_changed(entry: dict[str, Any], draft: Draft) -> None:
    _title(entry, draft)
    mask = _object(entry, "control").get("changemask")
    if isinstance(mask, int) and mask & SAVED_ITEM_BIT:
        draft.subkind = "saved-item"


def _delete(entry: dict[str, Any], draft: Draft) -> None:
    control = _object(entry, "control")
    if control.get("isrecall") is True:
        draft.kind = EventKind.RECALL
    for name in ("msgid", "message_id"):
        if not draft.target and isinstance(control.get(name), str):
            draft.target = control.pop(name)


def _file(entry: dict[str, Any], draft: Draft) -> None:
    file = _object(entry, "file")
    if not file:
        return
    name, path = _take_text(file, "filename", draft), _take_text(file, "localfilename", draft)
    draft.attachments = (Attachment(name=name or "", path=path or ""),)
    draft.flags += [flag for key, flag in (("isvoicememo", "voice-memo"), ("isscreenshot", "screenshot")) if file.get(key)]


def _call(entry: dict[str, Any], draft: Draft) -> None:
    status = _object(entry, "call").get("status")
    draft.subkind = draft.subkind or (_CALL_STATES.get(status, "") if isinstance(status, int) else "")


def _verification(entry: dict[str, Any], draft: Draft) -> None:
    step = _object(entry, "keyverify").get("msgtype")
    draft.subkind = _VERIFY_STATES.get(step, "") if isinstance(step, int) else ""


def _reaction(entry: dict[str, Any], draft: Draft) -> None:
    edit = _object(entry, "edit")
    draft.kind, draft.subkind = EventKind.REACTION, ""
    draft.body = _take_text(edit, "reaction", draft)
    draft.target = _take_text(edit, "originalmessageid", draft) or ""
    if edit.get("reactAdded") is False:
        draft.flags.append("reaction-removed")


def _edit(entry: dict[str, Any], draft: Draft) -> None:
    edit = _object(entry, "edit")
    shape = edit.get("type")
    if shape == "reaction":
        _reaction(entry, draft)
    elif shape == "location":
        draft.kind, draft.subkind = EventKind.LOCATION, "live-location"
    elif shape in ("text", "edit_content"):
        draft.subkind = "link-preview" if _is_preview(entry, edit) else "edit"
        draft.body = _take_text(edit, "text", draft)
        draft.target = _take_text(edit, "originalmessageid", draft) or ""
    else:
        draft.kind, draft.subkind = EventKind.UNKNOWN, "edit"


def _is_preview(entry: Mapping[str, Any], edit: Mapping[str, Any]) -> bool:
    if entry.get("content_edited"):
        return False
    if "linkimagemeta" in edit or "linkimagemeta" in entry:
        return True
    if edit.get("type") == "edit_content" and edit.get("links"):
        return True
    text = edit.get("text")
    return isinstance(text, str) and _ONLY_URL.fullmatch(text) is not None


def _plain(_entry: dict[str, Any], _draft: Draft) -> None:
    """The payload stays whole in the attributes."""


MSGTYPES: Final[Mapping[int, tuple[EventKind, str, Shaper]]] = {
    1000: (EventKind.MESSAGE, "", _message),
    3000: (EventKind.KEY_VERIFICATION, "", _verification),
    4001: (EventKind.ROOM_SETTINGS, "room-created", _title),
    4002: (EventKind.MEMBERSHIP, "members-changed", _plain),
    4003: (EventKind.MEMBERSHIP, "left", _plain),
    4004: (EventKind.ROOM_SETTINGS, "room-changed", _room_changed),
    4005: (EventKind.ROOM_SETTINGS, "room-deleted", _plain),
    4011: (EventKind.DELETE, "", _delete),
    4012: (EventKind.SYSTEM, "starred", _plain),
    4013: (EventKind.SYSTEM, "attribute-sync", _plain),
    4014: (EventKind.SYSTEM, "pinned", _plain),
    4015: (EventKind.SYSTEM, "room-key", _plain),
    4016: (EventKind.SYSTEM, "room-key", _plain),
    6000: (EventKind.FILE, "", _file),
    7000: (EventKind.CALL, "", _call),
    7001: (EventKind.CALL, "started", _call),
    7002: (EventKind.CALL, "completed", _call),
    7003: (EventKind.CALL, "sync", _call),
    7004: (EventKind.CALL, "missed", _call),
    7005: (EventKind.CALL, "declined", _call),
    8000: (EventKind.LOCATION, "", _plain),
    9000: (EventKind.EDIT, "", _edit),
    9100: (EventKind.REACTION, "", _reaction),
    9200: (EventKind.READ_RECEIPT, "", _plain),
}
_UNKNOWN: Final[tuple[EventKind, str, Shaper]] = (EventKind.UNKNOWN, "", _plain)


class WickrEvents:
    """Makes events of the entries of one place."""

    def __init__(self, place: Place, format_name: str, hints: Mapping[str, Any] | None = None) -> None:
        self.place = place
        self.format = format_name
        self.hints = hints or {}
        self.event_id = place.event_ids()

    def event(self, entry: dict[str, Any], line: int, raw: bytes, repaired: bool) -> Event | None:
        """The event of an entry, which is used up. None when it has no type."""
        code = entry.get("msgtype")
        if code is None:
            return None
        known = MSGTYPES.get(code) if type(code) is int else _numbered(code)
        kind, subkind, shape = known or _UNKNOWN
        draft = Draft(kind, subkind)
        stripped = _strip_secrets(entry)
        shape(entry, draft)
        ts_utc, ts_source, ts_raw = _time(entry, draft)
        expires = _expiry(entry, ts_utc, draft)
        vendor_id, conversation = _vendor_id(entry, draft), _take_text(entry, "vgroupid", draft) or ""
        if not conversation and (conversation := str(self.hints.get("vgroupid", ""))):
            draft.flags.append("conversation-from-key")
        if "sequence" in self.hints:
            entry.setdefault("capture_sequence", self.hints["sequence"])
        if repaired:
            draft.flags.append("repaired")
        place = self.place
        return Event(
            event_id=self.event_id(line),
            event_kind=draft.kind,
            subkind=draft.subkind,
            source="wickr",
            format=self.format,
            custodian=place.source.custodian,
            network=place.source.network,
            conversation_id=conversation,
            conversation_kind=_conversation_kind(conversation),
            conversation_title=draft.title,
            vendor_id=vendor_id,
            target_id=draft.target,
            sender_id=_take_text(entry, "sender", draft) or "",
            recipients=_recipients(entry, draft),
            ts_utc=ts_utc,
            ts_source=ts_source,
            ts_raw=ts_raw,
            expires_utc=expires,
            body=draft.body,
            attachments=draft.attachments,
            flags=tuple(sorted(set(draft.flags))) if draft.flags else (),
            attributes=orjson.dumps(entry, option=_SORTED).decode(),
            stripped=stripped,
            raw_sha256=hashlib.sha256(raw).hexdigest(),
            object_key=place.object_key,
            version_id=place.version_id,
            member=place.member,
            line=line,
        )


def _numbered(code: object) -> tuple[EventKind, str, Shaper] | None:
    return MSGTYPES.get(int(code)) if isinstance(code, str) and re.fullmatch(r"\d{4}", code, re.ASCII) else None


def _conversation_kind(conversation: str) -> str:
    if not conversation:
        return ""
    return {"S": "room", "G": "group"}.get(conversation[0], "dm")


def _vendor_id(entry: dict[str, Any], draft: Draft) -> str:
    for name in ("message_id", "id"):
        if found := _take_text(entry, name, draft):
            return found
    return ""


def _recipients(entry: dict[str, Any], draft: Draft) -> tuple[str, ...]:
    receiver = entry.get("receiver")
    if isinstance(receiver, list) and all(isinstance(one, str) for one in receiver):
        return tuple(entry.pop("receiver"))
    found = _take_text(entry, "receiver", draft)
    return (found,) if found else ()


def _time(entry: dict[str, Any], draft: Draft) -> tuple[int | None, TimeSource, str]:
    """`msg_ts` is seconds, a point, and an integer of microseconds without leading zeros."""
    raw = _take_text(entry, "msg_ts", draft)
    if raw is not None:
        seconds, _, micros = raw.partition(".")
        if seconds.isdecimal() and seconds.isascii() and len(seconds) <= 12 and len(micros) <= 6:
            count = int(micros) if micros.isdecimal() and micros.isascii() else 0 if not micros else -1
            if count >= 0 and int(seconds) <= _LAST_SECOND:
                return int(seconds) * 1_000_000 + count, TimeSource.UTC, raw
        draft.flags.append("bad-time")
    iso = entry.get("time_iso")
    wall = _wall_clock(iso) if isinstance(iso, str) else None
    return wall, TimeSource.UNKNOWN, raw or (iso if isinstance(iso, str) else "")


def _wall_clock(iso: str) -> int | None:
    if not (match := _ISO.fullmatch(iso)):
        return None
    day, clock, fraction = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}+00:00")
    except ValueError:
        return None
    return int(moment.timestamp()) * 1_000_000 + int((fraction or "0").ljust(6, "0"))


def _expiry(entry: Mapping[str, Any], ts_utc: int | None, draft: Draft) -> int | None:
    """The moment the sender's app deletes it: both dates are in the host's unknown zone, their difference is not."""
    ttl, bor = entry.get("ttl"), entry.get("bor")
    if bor:
        draft.flags.append("burn-on-read")
    shown = entry.get("time")
    if ts_utc is None or not isinstance(shown, str) or (ttl is None and bor is None):
        return None
    ends = [ts_utc + span for text in (ttl, bor) if isinstance(text, str) and (span := _span(shown, text)) is not None]
    return min(ends, default=None)


@lru_cache(maxsize=4096)
def _span(start: str, end: str) -> int | None:
    first, last = _display(start), _display(end)
    if first is None or last is None or last < first:
        return None
    return (last - first) // timedelta(microseconds=1)


def _display(text: str) -> datetime | None:
    if not (match := _DISPLAY.fullmatch(text.strip())):
        return None
    month, day, year, hour, minute = (int(part) for part in match.groups()[:5])
    hour = hour % 12 + (12 if match[6] == "P" else 0)
    try:
        return datetime(year + 2000 if year < 100 else year, month, day, hour, minute)  # noqa: DTZ001 - zone unknown
    except ValueError:
        return None


def _strip_secrets(entry: dict[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    for name, value in entry.items():
        if type(value) is dict or type(value) is list:
            _strip_below(value, name, found)
    return tuple(sorted(set(found))) if found else ()


def _strip_below(value: Any, path: str, found: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, (dict, list)):
                _strip_below(item, path, found)
        return
    for name in list(value):
        item = value[name]
        if _is_secret(name, item):
            del value[name]
            found.append(f"{path}.{name}")
        elif isinstance(item, (dict, list)):
            _strip_below(item, f"{path}.{name}", found)


def _is_secret(name: str, value: object) -> bool:
    """Names ending in `key` below the top level: `filevaultinfo.key`, `linkimagemeta.key`, `verifiedkey`, ..."""
    return name.partition("#")[0].casefold().endswith("key") and not isinstance(value, bool)
