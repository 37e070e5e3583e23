"""What Teams' system messages say: `eventDetail` by its type, as kind of event, finer kind and what is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pipeline.intake.formats.teams_parts import people
from pipeline.model import EventKind

_DURATION: Final = re.compile(
    r"P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})(?:\.\d{1,12})?S)?)?", re.ASCII
)
_K = EventKind
Detail = dict[str, Any]
Shower = Callable[[Detail], dict[str, Any]]


def _said(words: str) -> Shower:
    return lambda _detail: {"event": words}


def _one(name: str, member: str) -> Shower:
    """Show one member of the detail under one name."""
    return lambda detail: {name: detail[member]} if isinstance(detail.get(member), str) and detail[member] else {}


def _members(name: str) -> Shower:
    return lambda detail: {name: found} if (found := people(detail.get("members"))) else {}


def _call(detail: Detail) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if seconds := _seconds(detail.get("callDuration")):
        shown["call_duration"] = seconds
    if isinstance(who := detail.get("callParticipants"), list) and who:
        shown["call_participants"] = len(who)
    return shown


def _recording(detail: Detail) -> dict[str, Any]:
    return {"event": "Call recording", **_one("link_title", "callRecordingDisplayName")(detail)}


def _role(detail: Detail) -> dict[str, Any]:
    roles = detail.get("conversationMemberRoles")
    names = [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []
    return {"event": f"Role changed: {', '.join(names)}" if names else "Role changed", **_affected(detail)}


def _affected(detail: Detail) -> dict[str, Any]:
    found = people([detail.get("conversationMemberUser")])
    return {"members": found} if found else {}


def _app(words: str) -> Shower:
    return lambda detail: {"event": words, **_one("link_title", "teamsAppDisplayName")(detail)}


def _seconds(value: object) -> int:
    """Whole seconds of an ISO 8601 duration."""
    if not isinstance(value, str) or not (found := _DURATION.fullmatch(value)):
        return 0
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


_DETAILS: Final[Mapping[str, tuple[EventKind, str, Shower]]] = {
    "callEnded": (_K.CALL, "completed", _call),
    "callStarted": (_K.CALL, "started", _call),
    "callRecording": (_K.SYSTEM, "call-recording", _recording),
    "callTranscript": (_K.SYSTEM, "call-transcript", _said("Call transcript")),
    "channelAdded": (_K.ROOM_SETTINGS, "channel-added", _one("room_title", "channelDisplayName")),
    "channelDeleted": (_K.ROOM_SETTINGS, "channel-deleted", _one("room_title", "channelDisplayName")),
    "channelDescriptionUpdated": (
        _K.ROOM_SETTINGS,
        "description-changed",
        _one("room_description", "channelDescription"),
    ),
    "channelRenamed": (_K.ROOM_SETTINGS, "subject-changed", _one("room_title", "channelDisplayName")),
    "channelSetAsFavoriteByDefault": (_K.ROOM_SETTINGS, "favourite-set", _one("room_title", "channelDisplayName")),
    "channelSharingUpdated": (_K.ROOM_SETTINGS, "sharing-changed", _one("room_title", "channelDisplayName")),
    "channelUnsetAsFavoriteByDefault": (_K.ROOM_SETTINGS, "favourite-unset", _one("room_title", "channelDisplayName")),
    "chatRenamed": (_K.ROOM_SETTINGS, "subject-changed", _one("room_title", "chatDisplayName")),
    "conversationMemberRoleUpdated": (_K.MEMBERSHIP, "role-changed", _role),
    "meetingPolicyUpdated": (_K.ROOM_SETTINGS, "meeting-policy-changed", _said("Meeting policy changed")),
    "membersAdded": (_K.MEMBERSHIP, "member-added", _members("members_added")),
    "membersDeleted": (_K.MEMBERSHIP, "member-removed", _members("members_removed")),
    "membersJoined": (_K.MEMBERSHIP, "member-joined", _members("members_added")),
    "membersLeft": (_K.MEMBERSHIP, "member-left", _members("members_removed")),
    "messagePinned": (_K.SYSTEM, "pinned", _said("Message pinned")),
    "messageUnpinned": (_K.SYSTEM, "unpinned", _said("Message unpinned")),
    "tabUpdated": (_K.SYSTEM, "tab-changed", _said("Tab changed")),
    "teamArchived": (_K.ROOM_SETTINGS, "archived", _said("Team archived")),
    "teamCreated": (_K.ROOM_SETTINGS, "room-created", _one("room_title", "teamDisplayName")),
    "teamDescriptionUpdated": (_K.ROOM_SETTINGS, "description-changed", _one("room_description", "teamDescription")),
    "teamJoiningDisabled": (_K.ROOM_SETTINGS, "joining-disabled", _said("Joining disabled")),
    "teamJoiningEnabled": (_K.ROOM_SETTINGS, "joining-enabled", _said("Joining enabled")),
    "teamRenamed": (_K.ROOM_SETTINGS, "subject-changed", _one("room_title", "teamDisplayName")),
    "teamUnarchived": (_K.ROOM_SETTINGS, "unarchived", _said("Team unarchived")),
    "teamsAppInstalled": (_K.SYSTEM, "app-added", _app("App added")),
    "teamsAppRemoved": (_K.SYSTEM, "app-removed", _app("App removed")),
    "teamsAppUpgraded": (_K.SYSTEM, "app-upgraded", _app("App upgraded")),
}
_TYPE_NAME: Final = re.compile(r"#?microsoft\.graph\.(\w+?)EventMessageDetail")


def system_event(detail: Detail) -> tuple[EventKind, str, dict[str, Any]]:
    """Kind, finer kind and what is shown; a type that is not known is an unknown event."""
    type_name = detail.get("@odata.type")
    found = _TYPE_NAME.fullmatch(type_name) if isinstance(type_name, str) else None
    known = _DETAILS.get(found[1]) if found else None
    if known is None:
        return EventKind.UNKNOWN, "", {}
    kind, subkind, show = known
    return kind, subkind, show(detail)
