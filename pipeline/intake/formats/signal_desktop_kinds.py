"""What a row of Signal Desktop's `messages` is when nobody wrote it: calls, changes of a group, timers, keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.intake.formats.signal_desktop_people import People, text
from pipeline.model import EventKind


@dataclass(slots=True)
class Notice:
    """What came of it."""

    kind: EventKind
    subkind: str
    actor: str = ""
    """Who did it, by any id."""
    shown: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


Telling = Callable[[Mapping[str, Any], People], Notice]

_CALL_STATES: Final = {
    "Accepted": "completed",
    "Joined": "completed",
    "JoinedAdhoc": "completed",
    "Missed": "missed",
    "MissedNotificationProfile": "missed",
    "NotAccepted": "missed",
    "Declined": "declined",
    "Pending": "started",
    "Ringing": "started",
    "OutgoingRing": "started",
    "GenericGroupCall": "started",
    "GenericAdhocCall": "started",
}
_JOINED: Final = {
    "member-add": "member-added",
    "member-add-from-invite": "member-added",
    "member-add-from-admin-approval": "member-added",
    "member-add-from-link": "member-joined",
}
_SETTINGS: Final = {
    "create": "room-created",
    "title": "subject-changed",
    "description": "description-changed",
    "avatar": "avatar-changed",
}
_MOST: Final = 2_000
"""People and details of one change that are named; the change itself stays whole in the attributes."""


def as_object(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; none when it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _call(said: Mapping[str, Any], people: People) -> Notice:
    details = as_object(said.get("callHistoryDetails"))
    if not details or "status" in details:
        return call_of(details, people)
    incoming = details.get("wasIncoming") is True
    accepted, ended = details.get("acceptedTime"), details.get("endedTime")
    declined = details.get("wasDeclined") is True
    video = details.get("wasVideoCall") is True
    if text(details.get("callMode")) == "Group":
        state, creator = "started", text(details.get("creatorUuid") or details.get("creatorAci"))
        return Notice(EventKind.CALL, state, creator, {"event": "Group call"})
    state = "completed" if accepted else "declined" if declined else "missed"
    notice = Notice(EventKind.CALL, state, "" if incoming else people.owner, {"event": _call_words(incoming, video)})
    if type(accepted) is int and type(ended) is int and ended >= accepted:
        notice.shown["call_duration"] = str((ended - accepted) // 1000)
    return notice


def call_of(call: Mapping[str, Any], people: People) -> Notice:
    """A row of `callsHistory`, or what a message repeats of it."""
    status, direction = text(call.get("status")), text(call.get("direction"))
    incoming = direction == "Incoming"
    words = _call_words(incoming, call.get("type") == "Video") if direction in ("Incoming", "Outgoing") else "Call"
    starter = text(call.get("startedById") or call.get("ringerId")) or (people.owner if direction == "Outgoing" else "")
    notice = Notice(EventKind.CALL, _CALL_STATES.get(status, ""), starter, {"event": words})
    if status == "Deleted":
        notice.flags.append("deleted")
    start, end = call.get("timestamp"), call.get("endedTimestamp")
    if type(start) is int and type(end) is int and end >= start and notice.subkind == "completed":
        notice.shown["call_duration"] = str((end - start) // 1000)
    return notice


def _call_words(incoming: bool, video: bool) -> str:
    return f"{'Incoming' if incoming else 'Outgoing'} {'video' if video else 'voice'} call"


def _group_change(said: Mapping[str, Any], people: People) -> Notice:
    change = as_object(said.get("groupV2Change"))
    actor, details = text(change.get("from")), as_objects(change.get("details"))[:_MOST]
    notice = Notice(EventKind.ROOM_SETTINGS, "", actor)
    added, removed, kinds = [], [], []
    for detail in details:
        kind = text(detail.get("type"))
        kinds.append(kind)
        whom = text(detail.get("aci") or detail.get("uuid") or detail.get("serviceId"))
        if kind in _JOINED:
            added.append(whom)
        elif kind == "member-remove":
            removed.append(whom)
        elif kind == "title":
            notice.shown["room_title"] = text(detail.get("newTitle"))
        elif kind == "description":
            notice.shown["room_description"] = text(detail.get("description"))
    notice.shown["event"] = "Group changed: " + ", ".join(kind.replace("-", " ") for kind in dict.fromkeys(kinds))
    _members(notice, people, added, removed)
    joins = [_JOINED[kind] for kind in kinds if kind in _JOINED]
    leaves = ["member-left" if removed == [actor] else "member-removed"] if removed else []
    if joins or leaves:
        notice.kind, notice.subkind = EventKind.MEMBERSHIP, (joins + leaves)[0]
    else:
        first = kinds[0] if kinds else "group-changed"
        notice.subkind = _SETTINGS.get(first, first)
    return notice


def _old_group_change(said: Mapping[str, Any], people: People) -> Notice:
    change = as_object(said.get("group_update"))
    joined = change.get("joined")
    added = [text(one) for one in joined[:_MOST]] if isinstance(joined, list) else []
    left = text(change.get("left"))
    removed = [people.owner if left == "You" else left] if left else []
    notice = Notice(EventKind.ROOM_SETTINGS, "group-changed", text(said.get("source")), {"event": "Group changed"})
    if name := text(change.get("name")):
        notice.subkind = "subject-changed"
        notice.shown["room_title"] = name
    if added or removed:
        notice.kind, notice.subkind = EventKind.MEMBERSHIP, "member-added" if added else "member-left"
    _members(notice, people, added, removed)
    return notice


def _members(notice: Notice, people: People, added: list[str], removed: list[str]) -> None:
    for name, whom in (("members_added", added), ("members_removed", removed)):
        shown = [person[1] or person[0] for person in map(people.person, whom) if any(person)]
        if shown:
            notice.shown[name] = shown


def _timer(said: Mapping[str, Any], people: People) -> Notice:
    update = as_object(said.get("expirationTimerUpdate"))
    actor = text(update.get("sourceServiceId") or update.get("sourceUuid") or update.get("source"))
    seconds = update.get("expireTimer")
    after = seconds if type(seconds) is int and seconds > 0 else 0
    words = "Disappearing messages turned on" if after else "Disappearing messages turned off"
    shown = {"event": words, **({"expires_after": str(after)} if after else {})}
    return Notice(EventKind.ROOM_SETTINGS, "disappearing-timer", actor, shown)


def _key_changed(said: Mapping[str, Any], people: People) -> Notice:
    whom = text(said.get("key_changed"))
    return Notice(EventKind.KEY_VERIFICATION, "safety-number-changed", whom, {"event": "Safety number changed"})


def _verified(said: Mapping[str, Any], people: People) -> Notice:
    state = "verified" if said.get("verified") is True else "unverified"
    shown = {"event": f"Safety number marked as {state}"}
    person = people.person(text(said.get("verifiedChanged")))
    if any(person):
        shown["contact"] = person[1] or person[0]
    return Notice(EventKind.KEY_VERIFICATION, state, people.owner if said.get("local") is True else "", shown)


def _profile(said: Mapping[str, Any], people: People) -> Notice:
    change = as_object(said.get("profileChange"))
    names = [text(change.get(name)) for name in ("oldName", "newName")]
    shown = {"event": f"Name changed from {names[0]} to {names[1]}" if all(names) else "Profile changed"}
    return Notice(EventKind.SYSTEM, "profile-changed", text(said.get("changedId")), shown)


def _plain(said: Mapping[str, Any], people: People) -> Notice:
    kind = text(said.get("type"))
    return Notice(EventKind.SYSTEM, kind, "", {"event": kind.replace("-", " ").capitalize()})


NOTICES: Final[Mapping[str, Telling]] = {
    "call-history": _call,
    "group-v2-change": _group_change,
    "group": _old_group_change,
    "timer-notification": _timer,
    "keychange": _key_changed,
    "verified-change": _verified,
    "profile-change": _profile,
    **dict.fromkeys(
        (
            "change-number-notification",
            "chat-session-refreshed",
            "contact-removed-notification",
            "conversation-merge",
            "delivery-issue",
            "group-v1-migration",
            "joined-signal-notification",
            "message-history-unsynced",
            "message-request-response-event",
            "phone-number-discovery",
            "pinned-message-notification",
            "session-switchover",
            "title-transition-notification",
            "universal-timer-notification",
        ),
        _plain,
    ),
}
"""By `type`. Types that are neither here nor written by a person become events of kind `unknown`."""
