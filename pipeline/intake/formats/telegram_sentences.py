"""The sentences of service messages in Telegram's HTML, as the members that `result.json` has for the same."""

from __future__ import annotations

import re
from typing import Any, Final

_WHO: Final = r"(?P<actor>.{1,200}?)"
_TITLE: Final = "«(?P<title>.{0,300})»"
_SECONDS: Final = r"(?: \((?P<duration>\d{1,9}) seconds\))?"
_SENTENCES: Final = tuple(
    (re.compile(pattern, re.DOTALL), action)
    for pattern, action in (
        (rf"{_WHO} created group {_TITLE}(?: with members (?P<members>.+))?", "create_group"),
        (rf"Channel {_TITLE} created", "create_channel"),
        (rf"{_WHO} changed group title to {_TITLE}", "edit_group_title"),
        (rf"Channel title changed to {_TITLE}", "edit_group_title"),
        (rf"(?:{_WHO} changed group|Channel) photo(?: changed)?", "edit_group_photo"),
        (rf"(?:{_WHO} removed group photo|Channel photo removed)", "delete_group_photo"),
        (rf"{_WHO} invited (?P<members>.+) to the voice chat", "invite_to_group_call"),
        (rf"{_WHO} invited (?P<members>.+)", "invite_members"),
        (rf"{_WHO} removed (?P<members>.+)", "remove_members"),
        (rf"{_WHO} joined group by link from (?P<inviter>.+)", "join_group_by_link"),
        (rf"{_WHO} joined group by request", "join_group_by_request"),
        (rf"{_WHO} converted this group to a supergroup", "migrate_to_supergroup"),
        (rf"{_WHO} converted a basic group to this supergroup {_TITLE}", "migrate_from_group"),
        (rf"{_WHO} pinned this message", "pin_message"),
        (r"History cleared", "clear_history"),
        (rf"{_WHO} scored (?P<score>\d{{1,9}}) in this game", "score_in_game"),
        (rf"{_WHO} took a screenshot", "take_screenshot"),
        (rf"{_WHO} joined Telegram", "joined_telegram"),
        (rf"{_WHO} requested your phone number", "requested_phone_number"),
        (rf"(?:{_WHO} started voice|Voice) chat{_SECONDS}", "group_call"),
        (
            rf"(?:{_WHO} scheduled a voice chat for|Voice chat scheduled for) (?P<schedule_date>.+)",
            "group_call_scheduled",
        ),
        (rf"{_WHO} has set messages to auto-delete in (?P<period>.*)", "set_messages_ttl"),
        (r"New messages will auto-delete in (?P<period>.*)", "set_messages_ttl"),
        (rf"(?:{_WHO} has set messages|New messages will) not (?:to )?auto-delete", "set_messages_ttl"),
        (rf"{_WHO} created topic {_TITLE}", "topic_created"),
        (rf"{_WHO} set (?:a new|the same) background for this chat", "set_chat_wallpaper"),
        (rf"{_WHO} suggests to use this photo", "suggest_profile_photo"),
    )
)
_NUMBERS: Final = frozenset(("duration", "score"))
_PERIODS: Final = {"24 hours": 86_400, "7 days": 7 * 86_400}


def service_of(sentence: str) -> dict[str, Any]:
    """Action and fields of a service message; its sentence alone where that is not known."""
    found: dict[str, Any] = {"type": "service", "information_text": sentence}
    if len(sentence) > 4000:
        return found
    for pattern, action in _SENTENCES:
        if match := pattern.fullmatch(sentence):
            said = {name: value for name, value in match.groupdict().items() if value is not None}
            return {**found, "action": action, **_fields(action, said)}
    return found


def _fields(action: str, said: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: int(value) if name in _NUMBERS else value for name, value in said.items()}
    if "members" in said:
        fields["members"] = re.split(r", | and ", said["members"])
    if action == "set_messages_ttl":
        fields["period"] = _PERIODS.get(said["period"]) if "period" in said else 0
    return fields
