"""One Wickr entry, already decoded, as an event: kind by `msgtype`, times, targets, secrets taken out.

Shared by the readers of the bot's lines and of the serverless objects, since both hold the same entries.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import orjson

from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Attachment, Event, EventKind, TimeSource

SAVED_ITEM_BIT: Final = 64
_UTC: Final = TimeSource.UTC
_YEAR_10000: Final = 253_402_300_800_000_000
_DISPLAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4}),? (\d{1,2}):(\d{2})\s?([AP])M")
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?")
_ONLY_URL: Final = re.compile(r"\s*https?://\S+\s*")
_HOLDERS: Final = frozenset((dict, list))
_SORTED: Final = orjson.OPT_SORT_KEYS
_CALL_STATES: Final = {0: "started", 1: "completed", 2: "missed", 3: "cancelled"}
_VERIFY_STATES: Final = {1: "requested", 2: "responded", 3: "accepted", 4: "rejected", 5: "not-now"}


Shaper = Callable[[dict[str, Any], OpenEvent, list[str]], None]


def _object(entry: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}


def _take_text(holder: dict[str, Any], name: str, flags: list[str]) -> str | None:
    """Move a text out of the entry. A value that is not text is kept as its JSON, so that nothing hides in it."""
    value = holder.pop(name, None)
    if type(value) is str:
        return value
    if value is None:
        return None
    flags.append("repaired")
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _message(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    draft.body = _take_text(entry, "message", flags)


def _title(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    title = _object(entry, "control").get("title")
    draft.conversation_title = title if isinstance(title, str) else ""


def _room_changed(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    _title(entry, draft, flags)
    mask = _object(entry, "control").get("changemask")
    if isinstance(mask, int) and mask & SAVED_ITEM_BIT:
        draft.subkind = "saved-item"


def _delete(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    control = _object(entry, "control")
    if control.get("isrecall") is True:
        draft.event_kind = EventKind.RECALL
    for name in ("msgid", "message_id"):
        if not draft.target_id and isinstance(control.get(name), str):
            draft.target_id = control.pop(name)


def _file(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    file = _object(entry, "file")
    if not file:
        return
    name, path = _take_text(file, "filename", flags), _take_text(file, "localfilename", flags)
    draft.attachments = (Attachment(name=name or "", path=path or ""),)
    flags += [flag for key, flag in (("isvoicememo", "voice-memo"), ("isscreenshot", "screenshot")) if file.get(key)]


def _call(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    status = _object(entry, "call").get("status")
    draft.subkind = draft.subkind or (_CALL_STATES.get(status, "") if isinstance(status, int) else "")


def _verification(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    step = _object(entry, "keyverify").get("msgtype")
    draft.subkind = _VERIFY_STATES.get(step, "") if isinstance(step, int) else ""


def _reaction(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    edit = _object(entry, "edit")
    draft.event_kind, draft.subkind = EventKind.REACTION, ""
    draft.body = _take_text(edit, "reaction", flags)
    draft.target_id = _take_text(edit, "originalmessageid", flags) or ""
    if edit.get("reactAdded") is False:
        flags.append("reaction-removed")


def _edit(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    edit = _object(entry, "edit")
    shape = edit.get("type")
    if shape == "reaction":
        _reaction(entry, draft, flags)
    elif shape == "location":
        draft.event_kind, draft.subkind = EventKind.LOCATION, "live-location"
    elif shape in ("text", "edit_content"):
        draft.subkind = "link-preview" if _is_preview(entry, edit) else "edit"
        draft.body = _take_text(edit, "text", flags)
        draft.target_id = _take_text(edit, "originalmessageid", flags) or ""
    else:
        draft.event_kind, draft.subkind = EventKind.UNKNOWN, "edit"


def _is_preview(entry: Mapping[str, Any], edit: Mapping[str, Any]) -> bool:
    if entry.get("content_edited"):
        return False
    if "linkimagemeta" in edit or "linkimagemeta" in entry:
        return True
    if edit.get("type") == "edit_content" and edit.get("links"):
        return True
    text = edit.get("text")
    return isinstance(text, str) and _ONLY_URL.fullmatch(text) is not None


def _plain(_entry: dict[str, Any], _draft: OpenEvent, flags: list[str]) -> None:
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
        draft = OpenEvent()
        draft.event_kind, draft.subkind = kind, subkind
        draft.stripped = _strip_secrets(entry)
        flags = ["repaired"] if repaired else []
        shape(entry, draft, flags)
        _set_time(entry, draft, flags)
        _set_names(entry, draft, flags)
        self._set_hints(entry, draft, flags)
        place = self.place
        draft.event_id = self.event_id(line)
        draft.source = "wickr"
        draft.format = self.format
        draft.custodian = place.source.custodian
        draft.network = place.source.network
        draft.attributes = orjson.dumps(entry, option=_SORTED).decode()
        draft.raw_sha256 = hashlib.sha256(raw).hexdigest()
        draft.object_key = place.object_key
        draft.version_id = place.version_id
        draft.member = place.member
        draft.line = line
        if flags:
            draft.flags = tuple(sorted(set(flags)))
        return draft.seal()

    def _set_hints(self, entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
        if not self.hints:
            return
        if not draft.conversation_id and "vgroupid" in self.hints:
            draft.conversation_id = str(self.hints["vgroupid"])
            draft.conversation_kind = _conversation_kind(draft.conversation_id)
            flags.append("conversation-from-key")
        if "sequence" in self.hints:
            entry.setdefault("capture_sequence", self.hints["sequence"])


def _numbered(code: object) -> tuple[EventKind, str, Shaper] | None:
    return MSGTYPES.get(int(code)) if isinstance(code, str) and re.fullmatch(r"\d{4}", code, re.ASCII) else None


def _conversation_kind(conversation: str) -> str:
    if not conversation:
        return ""
    return {"S": "room", "G": "group"}.get(conversation[0], "dm")


def _set_names(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    draft.vendor_id = _take_text(entry, "message_id", flags) or _take_text(entry, "id", flags) or ""
    draft.sender_id = _take_text(entry, "sender", flags) or ""
    draft.conversation_id = conversation = _take_text(entry, "vgroupid", flags) or ""
    draft.conversation_kind = _conversation_kind(conversation)
    receiver = entry.get("receiver")
    if isinstance(receiver, list) and all(isinstance(one, str) for one in receiver):
        draft.recipients = tuple(entry.pop("receiver"))
    elif found := _take_text(entry, "receiver", flags):
        draft.recipients = (found,)


def _set_time(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    """`msg_ts` is seconds, a point, and an integer of microseconds without leading zeros."""
    raw = _take_text(entry, "msg_ts", flags)
    if raw is not None:
        draft.ts_raw = raw
        seconds, _, micros = raw.partition(".")
        if seconds.isdecimal() and len(raw) <= 19 and raw.isascii() and (micros.isdecimal() or raw == seconds):
            count = int(seconds) * 1_000_000 + int(micros or 0)
            if len(micros) <= 6 and count < _YEAR_10000:
                draft.ts_utc, draft.ts_source = count, _UTC
                if "ttl" in entry or "bor" in entry:
                    draft.expires_utc = _expiry(entry, count, flags)
                return
        flags.append("bad-time")
    iso = entry.get("time_iso")
    if isinstance(iso, str):
        draft.ts_utc = _wall_clock(iso)
        draft.ts_raw = draft.ts_raw or iso
    if entry.get("bor"):
        flags.append("burn-on-read")


def _wall_clock(iso: str) -> int | None:
    if not (match := _ISO.fullmatch(iso)):
        return None
    day, clock, fraction = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}+00:00")
    except ValueError:
        return None
    return int(moment.timestamp()) * 1_000_000 + int((fraction or "0").ljust(6, "0"))


def _expiry(entry: Mapping[str, Any], ts_utc: int, flags: list[str]) -> int | None:
    """The moment the sender's app deletes it: both dates are in the host's unknown zone, their difference is not."""
    ttl, bor, shown = entry.get("ttl"), entry.get("bor"), entry.get("time")
    if bor:
        flags.append("burn-on-read")
    if not isinstance(shown, str):
        return None
    ends = [span for text in (ttl, bor) if text is not None and (span := _span(shown, str(text))) is not None]
    return ts_utc + min(ends) if ends else None


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
    if _HOLDERS.isdisjoint(map(type, entry.values())):
        return ()
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
