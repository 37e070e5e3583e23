"""What each subtype of a Slack message is: the kind of event, its finer kind, and what it shows beside the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.intake.formats.slack_files import strings
from pipeline.intake.formats.slack_text import Names, plain_text
from pipeline.intake.open_event import OpenEvent
from pipeline.model import EventKind


@dataclass(slots=True, kw_only=True)
class Making:
    """A message on its way to an event."""

    event: OpenEvent
    names: Names
    shown: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


Shaper = Callable[[dict[str, Any], Making], None]


def put(entry: dict[str, Any], name: str, value: object) -> None:
    """Give an entry a member of ours; one that it has under that name stays beside it."""
    if name in entry:
        entry[f"{name}#1"] = entry[name]
    entry[name] = value


def _plain(_entry: dict[str, Any], _making: Making) -> None:
    """The text says it all."""


def _joined(entry: dict[str, Any], making: Making) -> None:
    if _text(entry, "inviter") not in ("", making.event.sender_id):
        making.event.subkind = "member-added"
    _show_sender(making, "members_added")


def _left(_entry: dict[str, Any], making: Making) -> None:
    _show_sender(making, "members_removed")


def _show_sender(making: Making, name: str) -> None:
    if who := making.event.sender_display or making.event.sender_id:
        making.shown[name] = [who]


def _renamed(entry: dict[str, Any], making: Making) -> None:
    if name := _text(entry, "name"):
        making.shown["room_title"] = name


def _topic(entry: dict[str, Any], making: Making) -> None:
    if said := _text(entry, "topic") or _text(entry, "purpose"):
        making.shown["room_description"] = plain_text(said, making.names)


def _call(entry: dict[str, Any], making: Making) -> None:
    room = entry.get("room")
    if not isinstance(room, dict):
        return
    start, end = room.get("date_start"), room.get("date_end")
    if type(start) is int and type(end) is int and 0 < start <= end:
        making.shown["call_duration"] = end - start
    people = {one for name in ("participants", "participant_history", "attendees") for one in strings(room.get(name))}
    if people:
        making.shown["call_participants"] = len(people)
    if room.get("was_missed") is True:
        making.event.subkind = "missed"
    elif room.get("was_rejected") is True:
        making.event.subkind = "declined"
    elif room.get("has_ended") is True or (type(end) is int and end > 0):
        making.event.subkind = "completed"


def _deleted(entry: dict[str, Any], making: Making) -> None:
    """Nothing is left but the mark; Slack puts its own words and its own user there."""
    making.flags.append("deleted")
    _say(entry, making, "")
    if making.event.sender_id:
        put(entry, "user", making.event.sender_id)
    making.event.sender_id = making.event.sender_display = ""


def _withheld(entry: dict[str, Any], making: Making) -> None:
    making.flags.append("access-revoked")
    _say(entry, making, "")


def _comment(entry: dict[str, Any], making: Making) -> None:
    """A comment on a file: the text around it only repeats it."""
    comment = entry.get("comment")
    if not isinstance(comment, dict):
        return
    if said := _text(comment, "comment"):
        _say(entry, making, plain_text(said, making.names))
    if user := _text(comment, "user"):
        making.event.sender_id, making.event.sender_display = user, making.names.user(user)


def _say(entry: dict[str, Any], making: Making, body: str) -> None:
    """Put a body in the place of the text that stands there; that one stays in the attributes."""
    if making.event.body and "body_source" not in entry:
        put(entry, "body_source", making.event.body)
    making.event.body = body


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


_K = EventKind
Known = tuple[EventKind, str, Shaper]
_TABLE: Final[Mapping[str, Known]] = {
    "": (_K.MESSAGE, "", _plain),
    "assistant_app_thread": (_K.MESSAGE, "app-thread", _plain),
    "bot_message": (_K.MESSAGE, "app-message", _plain),
    "document_comment_root": (_K.MESSAGE, "canvas-comment", _plain),
    "document_mention": (_K.MESSAGE, "canvas-mention", _plain),
    "ekm_access_denied": (_K.MESSAGE, "", _withheld),
    "file_comment": (_K.MESSAGE, "file-comment", _comment),
    "file_mention": (_K.MESSAGE, "file-mention", _plain),
    "file_share": (_K.MESSAGE, "", _plain),
    "list_record_comment": (_K.MESSAGE, "list-comment", _plain),
    "me_message": (_K.MESSAGE, "me-message", _plain),
    "reply_broadcast": (_K.MESSAGE, "thread-broadcast", _plain),
    "slack_audio": (_K.MESSAGE, "", _plain),
    "slack_image": (_K.MESSAGE, "", _plain),
    "slack_video": (_K.MESSAGE, "", _plain),
    "slackbot_response": (_K.MESSAGE, "app-message", _plain),
    "thread_broadcast": (_K.MESSAGE, "thread-broadcast", _plain),
    "tombstone": (_K.MESSAGE, "", _deleted),
    "huddle_thread": (_K.CALL, "started", _call),
    "sh_room_created": (_K.CALL, "started", _call),
    "sh_room_shared": (_K.CALL, "started", _call),
    "bot_add": (_K.SYSTEM, "app-added", _plain),
    "bot_disable": (_K.SYSTEM, "app-disabled", _plain),
    "bot_enable": (_K.SYSTEM, "app-enabled", _plain),
    "bot_remove": (_K.SYSTEM, "app-removed", _plain),
    "app_conversation_join": (_K.SYSTEM, "app-added", _plain),
    "app_conversation_leave": (_K.SYSTEM, "app-removed", _plain),
    "joiner_notification": (_K.SYSTEM, "joined-workspace", _plain),
    "joiner_notification_for_inviter": (_K.SYSTEM, "joined-workspace", _plain),
    "message_replied": (_K.SYSTEM, "thread-replied", _plain),
    "pinned_item": (_K.SYSTEM, "pinned", _plain),
    "unpinned_item": (_K.SYSTEM, "unpinned", _plain),
    "reminder_add": (_K.SYSTEM, "reminder-added", _plain),
    "reminder_delete": (_K.SYSTEM, "reminder-deleted", _plain),
}
_OF_CONVERSATIONS: Final[Mapping[str, Known]] = {
    "join": (_K.MEMBERSHIP, "member-joined", _joined),
    "leave": (_K.MEMBERSHIP, "member-left", _left),
    "topic": (_K.ROOM_SETTINGS, "topic-changed", _topic),
    "purpose": (_K.ROOM_SETTINGS, "purpose-changed", _topic),
    "name": (_K.ROOM_SETTINGS, "subject-changed", _renamed),
    "archive": (_K.ROOM_SETTINGS, "archived", _plain),
    "unarchive": (_K.ROOM_SETTINGS, "unarchived", _plain),
    "convert_to_private": (_K.ROOM_SETTINGS, "made-private", _plain),
    "convert_to_public": (_K.ROOM_SETTINGS, "made-public", _plain),
    "posting_permissions": (_K.ROOM_SETTINGS, "posting-permissions", _plain),
    "canvas_updated": (_K.ROOM_SETTINGS, "canvas-updated", _plain),
    "retention": (_K.ROOM_SETTINGS, "retention-changed", _plain),
}
SUBTYPES: Final[Mapping[str, Known]] = {
    **_TABLE,
    **{
        f"{prefix}_{name}": known
        for prefix in ("channel", "group", "mpim", "im")
        for name, known in _OF_CONVERSATIONS.items()
    },
}
"""By `subtype`. `message_changed` and `message_deleted` are about another message and are not here."""
UNKNOWN: Final[Known] = (EventKind.UNKNOWN, "", _plain)
