"""What a service message of Telegram means, by its action: one row for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pipeline.model import EventKind


class Action(NamedTuple):
    """The kind of event, and under which word of a release the fields of the action are shown."""

    kind: EventKind
    subkind: str
    shown: Mapping[str, str] = {}


_MEMBERS: Final = {"members": "members_added"}
_TITLE: Final = {"title": "room_title"}

ACTIONS: Final[Mapping[str, Action]] = {
    "create_group": Action(EventKind.SYSTEM, "group-created", {**_TITLE, **_MEMBERS}),
    "create_channel": Action(EventKind.SYSTEM, "channel-created", _TITLE),
    "edit_group_title": Action(EventKind.ROOM_SETTINGS, "subject-changed", _TITLE),
    "edit_group_photo": Action(EventKind.ROOM_SETTINGS, "icon-changed"),
    "delete_group_photo": Action(EventKind.ROOM_SETTINGS, "icon-removed"),
    "edit_chat_theme": Action(EventKind.ROOM_SETTINGS, "theme-changed"),
    "set_chat_wallpaper": Action(EventKind.ROOM_SETTINGS, "wallpaper-changed"),
    "set_same_chat_wallpaper": Action(EventKind.ROOM_SETTINGS, "wallpaper-changed"),
    "set_messages_ttl": Action(EventKind.ROOM_SETTINGS, "disappearing-timer", {"period": "expires_after"}),
    "topic_created": Action(EventKind.ROOM_SETTINGS, "topic-created", _TITLE),
    "topic_edit": Action(EventKind.ROOM_SETTINGS, "topic-changed", {"new_title": "room_title"}),
    "invite_members": Action(EventKind.MEMBERSHIP, "member-added", _MEMBERS),
    "remove_members": Action(EventKind.MEMBERSHIP, "member-removed", {"members": "members_removed"}),
    "join_group_by_link": Action(EventKind.MEMBERSHIP, "member-joined"),
    "join_group_by_request": Action(EventKind.MEMBERSHIP, "member-joined"),
    "phone_call": Action(EventKind.CALL, "", {"duration_seconds": "call_duration"}),
    "group_call": Action(EventKind.CALL, "", {"duration": "call_duration"}),
    "conference_call": Action(EventKind.CALL, "", {"duration": "call_duration"}),
    "invite_to_group_call": Action(EventKind.SYSTEM, "call-invitation", {"members": "members"}),
    "group_call_scheduled": Action(EventKind.SYSTEM, "call-scheduled"),
    "pin_message": Action(EventKind.SYSTEM, "pinned"),
    "clear_history": Action(EventKind.SYSTEM, "history-cleared"),
    "migrate_to_supergroup": Action(EventKind.SYSTEM, "group-migrated"),
    "migrate_from_group": Action(EventKind.SYSTEM, "group-migrated", _TITLE),
    "take_screenshot": Action(EventKind.SYSTEM, "screenshot-taken"),
    "joined_telegram": Action(EventKind.SYSTEM, "contact-joined"),
    "requested_phone_number": Action(EventKind.SYSTEM, "number-requested"),
    "proximity_reached": Action(EventKind.SYSTEM, "proximity-reached"),
    "score_in_game": Action(EventKind.SYSTEM, "game-score"),
    "send_payment": Action(EventKind.SYSTEM, "payment"),
    "send_passport_values": Action(EventKind.SYSTEM, "documents-sent"),
    "send_webview_data": Action(EventKind.SYSTEM, "form-sent"),
    "allow_sending_messages": Action(EventKind.SYSTEM, "bot-allowed"),
    "attach_menu_bot_allowed": Action(EventKind.SYSTEM, "bot-allowed"),
    "web_app_bot_allowed": Action(EventKind.SYSTEM, "bot-allowed"),
    "requested_peer": Action(EventKind.SYSTEM, "chat-requested"),
    "suggest_profile_photo": Action(EventKind.SYSTEM, "photo-suggested"),
    "send_premium_gift": Action(EventKind.SYSTEM, "gift"),
    "send_star_gift": Action(EventKind.SYSTEM, "gift"),
    "send_stars_gift": Action(EventKind.SYSTEM, "gift"),
    "gift_code_prize": Action(EventKind.SYSTEM, "gift"),
    "giveaway_launch": Action(EventKind.SYSTEM, "giveaway"),
    "giveaway_results": Action(EventKind.SYSTEM, "giveaway"),
    "boost_apply": Action(EventKind.SYSTEM, "boost"),
    "paid_messages_refund": Action(EventKind.SYSTEM, "payment"),
    "paid_messages_price_change": Action(EventKind.ROOM_SETTINGS, "settings-changed"),
    "todo_completions": Action(EventKind.SYSTEM, "list-changed"),
    "todo_append_tasks": Action(EventKind.SYSTEM, "list-changed"),
}
CUSTOM: Final = Action(EventKind.SYSTEM, "other")
"""A sentence of the service's own, without an action."""
UNKNOWN: Final = Action(EventKind.UNKNOWN, "")
_ENDS: Final = {"missed": "missed", "busy": "declined"}


def call_end(entry: Mapping[str, Any]) -> str:
    """How a call went."""
    reason = entry.get("discard_reason")
    if isinstance(reason, str) and reason in _ENDS:
        return _ENDS[reason]
    if entry.get("duration_seconds") or entry.get("duration"):
        return "completed"
    return "cancelled" if reason else "started"
