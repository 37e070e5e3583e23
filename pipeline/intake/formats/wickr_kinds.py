"""What kind of event a Wickr entry is, by its `msgtype`, and which of its fields have columns."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pipeline.intake.open_event import OpenEvent
from pipeline.model import Attachment, EventKind

SAVED_ITEM_BIT: Final = 64
_ONLY_URL: Final = re.compile(r"\s*https?://\S+\s*")
_CALL_STATES: Final = {0: "started", 1: "completed", 2: "missed", 3: "cancelled"}
_VERIFY_STATES: Final = {1: "requested", 2: "responded", 3: "accepted", 4: "rejected", 5: "not-now"}
_TARGETS: Final = ("originalmessageid", "msgid", "message_id")
_TEXTS: Final = ("text", "edit_content", "message", "content", "body")
_TEXT_SHAPES: Final = ("text", "edit_content", None)
_NEVER_TEXT: Final = re.compile(r"(?:type|id|hash|key|domain|url|time|stamp|ts)(?:#\d+)?\Z", re.IGNORECASE)


class Shaped:
    """What the payload of an entry says; OpenEvent has the same attributes and more."""

    __slots__ = ("attachments", "body", "conversation_title", "event_kind", "subkind", "target_id")

    def __init__(self, event_kind: EventKind, subkind: str) -> None:
        self.event_kind = event_kind
        self.subkind = subkind
        self.body: str | None = None
        self.target_id = ""
        self.conversation_title = ""
        self.attachments: tuple[Attachment, ...] = ()


Shaper = Callable[[dict[str, Any], Shaped | OpenEvent, list[str]], None]


def take_text(holder: dict[str, Any], name: str, flags: list[str]) -> str | None:
    """Move a text out of the entry. A value that is not text is kept as its JSON, so that nothing hides in it."""
    value = holder.pop(name, None)
    if type(value) is str:
        return value
    if value is None:
        return None
    flags.append("repaired")
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _object(entry: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = entry.get(name)
    return value if type(value) is dict else {}


def _message(entry: dict[str, Any], draft: Shaped | OpenEvent, flags: list[str]) -> None:
    draft.body = take_text(entry, "message", flags)


def _title(entry: dict[str, Any], draft: Shaped | OpenEvent, flags: list[str]) -> None:
    title = _object(entry, "control").get("title")
    draft.conversation_title = title if isinstance(title, str) else ""


def _room_changed(entry: dict[str, Any], draft: Shaped | OpenEvent, flags: list[str]) -> None:
    _title(entry, draft, flags)
    control = _object(entry, "control")
    mask = control.get("changemask")
    if (isinstance(mask, int) and mask & SAVED_ITEM_BIT) or (mask is None and "filevaultinfo" in control):
        draft.subkind = "saved-item"


def _delete(entry: dict[str, Any], draft: Shaped | OpenEvent, flags: list[str]) -> None:
    control = _object(entry, "control")
    if control.get("isrecall") is True:
        draft.event_kind = EventKind.RECALL
    draft.target_id = _take_target(control)


def _file(entry: dict[str, Any], draft: Shaped | OpenEvent, flags: list[str]) -> None:
    file = _object(entry, "file")
    if not file:
        return
    name, path = take_text(file, "filename", flags), take_text(file, "localfilename", flags)
    draft.attachments = (Attachment(name=name or "", path=path or ""),)
    flags += [flag for key, flag in (("isvoicememo", "voice-memo"), ("isscreenshot", "screenshot")) if file.get(key)]


def _call(entry: dict[str, Any], draft: Shaped | OpenEvent, flags: list[str]) -> None:
    status = _object(entry, "call").get("status")
    draft.subkind = draft.subkind or (_CALL_STATES.get(status, "") if isinstance(status, int) else "")


def _verification(entry: dict[str, Any], draft: Shaped | OpenEvent, flags: list[str]) -> None:
    step = _object(entry, "keyverify").get("msgtype")
    draft.subkind = _VERIFY_STATES.get(step, "") if isinstance(step, int) else ""


def _reaction(entry: dict[str, Any], draft: Shaped | OpenEvent, flags: list[str]) -> None:
    edit = _object(entry, "edit")
    draft.event_kind, draft.subkind = EventKind.REACTION, ""
    draft.body = take_text(edit, "reaction", flags)
    draft.target_id = _take_target(edit)
    if edit.get("reactAdded") is False:
        flags.append("reaction-removed")


def _edit(entry: dict[str, Any], draft: Shaped | OpenEvent, flags: list[str]) -> None:
    edit = _object(entry, "edit")
    shape = edit.get("type")
    if shape == "reaction":
        _reaction(entry, draft, flags)
    elif shape == "location":
        draft.event_kind, draft.subkind = EventKind.LOCATION, "live-location"
    elif edit and shape in _TEXT_SHAPES and (found := _text_of(entry, edit)):
        holder, name = found
        draft.subkind = "link-preview" if _is_preview(entry, edit, holder[name]) else "edit"
        draft.body = holder.pop(name)
        draft.target_id = _take_target(edit) or _take_target(_object(entry, "control"))
    else:
        draft.event_kind, draft.subkind = EventKind.UNKNOWN, "edit"


def _take_target(holder: dict[str, Any]) -> str:
    for name in _TARGETS:
        if isinstance(holder.get(name), str) and holder[name]:
            return str(holder.pop(name))
    return ""


def _text_of(entry: dict[str, Any], edit: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    """Where an edit keeps its new text: producers differ. An empty version would hide the words before it."""
    holders = [edit, *(value for value in edit.values() if type(value) is dict), entry]
    for holder in holders:
        for name in _TEXTS:
            if type(holder.get(name)) is str:
                return holder, name
    for name, value in edit.items():
        if type(value) is str and not _NEVER_TEXT.search(name):
            return edit, name
    return None


def _is_preview(entry: Mapping[str, Any], edit: Mapping[str, Any], text: str) -> bool:
    if entry.get("content_edited"):
        return False
    if "linkimagemeta" in edit or "linkimagemeta" in entry:
        return True
    if edit.get("type") == "edit_content" and edit.get("links"):
        return True
    return _ONLY_URL.fullmatch(text) is not None


def _plain(_entry: dict[str, Any], _draft: Shaped | OpenEvent, _flags: list[str]) -> None:
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


def kind_of(code: object) -> tuple[EventKind, str, Shaper]:
    """The event kind, subkind and shaper of a `msgtype`; it may be written as a text."""
    if type(code) is int:
        return MSGTYPES.get(code, _UNKNOWN)
    if isinstance(code, str) and re.fullmatch(r"\d{4}", code, re.ASCII):
        return MSGTYPES.get(int(code), _UNKNOWN)
    return _UNKNOWN
