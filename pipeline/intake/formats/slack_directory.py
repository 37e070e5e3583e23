"""The lists of a Slack export: users, conversations, app installations, canvases, and lists nobody has described."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from pipeline.intake.formats.slack_files import attachment_of, without_secrets
from pipeline.intake.formats.slack_message import SOURCE, SlackEvents
from pipeline.intake.formats.slack_names import channel_of, shown_name
from pipeline.intake.formats.slack_subtypes import put
from pipeline.intake.moments import epoch_micros
from pipeline.intake.open_event import OpenEvent
from pipeline.model import Event, EventKind, TimeSource

_Shaper = Callable[[dict[str, Any], OpenEvent, SlackEvents], None]


def directory_event(events: SlackEvents, row: dict[str, Any], line: int, raw: bytes, repaired: bool) -> Event:
    """The event of one row, which is kept whole."""
    event = events.open(line, 0, hashlib.sha256(raw).hexdigest())
    event.stripped = without_secrets(row)
    _shape_of(row)(row, event, events)
    if repaired:
        event.flags = (*event.flags, "repaired")
    event.attributes = orjson.dumps(row, option=orjson.OPT_SORT_KEYS).decode()
    return event.seal()


def _shape_of(row: Mapping[str, Any]) -> _Shaper:
    if "change_type" in row:
        return _installation
    found = row.get("id")
    return _BY_LETTER.get(found[0], _unknown) if isinstance(found, str) and found else _unknown


def _user(row: dict[str, Any], event: OpenEvent, _events: SlackEvents) -> None:
    event.event_kind, event.subkind = EventKind.DIRECTORY, "user"
    event.conversation_id = event.conversation_kind = event.conversation_title = ""
    event.vendor_id = event.sender_id = row["id"]
    event.sender_display = shown_name(row)


def _conversation(row: dict[str, Any], event: OpenEvent, events: SlackEvents) -> None:
    channel = channel_of(row)
    event.event_kind, event.subkind = EventKind.DIRECTORY, "conversation"
    event.conversation_id, event.vendor_id = f"{SOURCE}:{channel.id}", channel.id
    event.conversation_kind = channel.kind
    names = [events.workspace.user(member) or member for member in channel.members]
    event.conversation_title = ", ".join(names) or channel.name
    event.recipients = channel.members


def _installation(row: dict[str, Any], event: OpenEvent, events: SlackEvents) -> None:
    change, app = _text(row, "change_type"), _text(row, "app_type") or _text(row, "service_type")
    event.event_kind, event.subkind = EventKind.SYSTEM, f"app-{change}" if change else "app-changed"
    event.sender_id = _text(row, "user_id")
    event.sender_display = events.workspace.user(event.sender_id) or _text(row, "user_name")
    _set_time(event, row.get("date"))
    put(row, "shown", {"event": f"App {change or 'changed'}: {app}" if app else f"App {change or 'changed'}"})


def _canvas(row: dict[str, Any], event: OpenEvent, events: SlackEvents) -> None:
    event.event_kind, event.subkind = EventKind.FILE, "canvas"
    event.vendor_id = row["id"]
    event.sender_id = _text(row, "user")
    event.sender_display = events.workspace.user(event.sender_id)
    event.attachments = (attachment_of(row, events.uploads),)
    _set_time(event, row.get("created", row.get("timestamp")))


def _unknown(row: dict[str, Any], event: OpenEvent, _events: SlackEvents) -> None:
    event.event_kind = EventKind.UNKNOWN
    for name in ("date_create", "created", "timestamp", "date"):
        if name in row:
            _set_time(event, row[name])
            return


_BY_LETTER: Final[Mapping[str, _Shaper]] = {
    "U": _user,
    "W": _user,
    "C": _conversation,
    "G": _conversation,
    "D": _conversation,
    "F": _canvas,
}


def _set_time(event: OpenEvent, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return
    event.ts_raw = str(value)
    event.ts_utc = epoch_micros(value, "s")
    if event.ts_utc is not None:
        event.ts_source = TimeSource.UTC


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
