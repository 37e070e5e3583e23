"""The participants and conversations of an RSMF manifest: what an event's ids mean, however loosely they are given."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_SLUG: Final = re.compile(r"[^a-z0-9]+")
_ALIASES: Final = {
    **dict.fromkeys(("msteams", "ms-teams", "microsoft-teams"), "teams"),
    **dict.fromkeys(("mms", "text", "text-message", "textmessage", "sms-mms"), "sms"),
    **dict.fromkeys(("signal-messenger", "signal-private-messenger"), "signal"),
    **dict.fromkeys(("whatsapp-messenger", "whats-app"), "whatsapp"),
    "i-message": "imessage",
    "e-mail": "email",
}
FALLBACK: Final = "rsmf"


def text_of(value: Any) -> str:
    """An id or name as text; numbers are let pass, everything else is none."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def slug(platform: str) -> str:
    """A platform as it is called here."""
    found = _SLUG.sub("-", platform.casefold()).strip("-")
    return _ALIASES.get(found, found) or FALLBACK


@dataclass(frozen=True, slots=True)
class Participant:
    """One row of `participants`."""

    id: str
    """As events name it; may be empty."""
    person: str
    """The account, the address, or the shown name."""
    display: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """One row of `conversations`."""

    id: str
    source: str
    title: str
    kind: str
    members: tuple[str, ...]
    """Ids of participants."""


@dataclass(slots=True)
class People:
    """Everybody and every conversation of a manifest."""

    participants: dict[str, Participant] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    displays: Counter[str] = field(default_factory=Counter)

    def add_participant(self, row: Mapping[str, Any]) -> Participant:
        """Learn a participant; of two rows with one id the first counts."""
        found = text_of(row.get("id"))
        display = text_of(row.get("display"))
        person = text_of(row.get("account_id")) or text_of(row.get("email")).lower()
        participant = Participant(found, person or display or found, display)
        self.participants.setdefault(found, participant)
        if not person and display:
            self.displays[display] += 1
        return participant

    def add_conversation(self, row: Mapping[str, Any]) -> Conversation:
        """Learn a conversation; of two rows with one id the first counts."""
        found = text_of(row.get("id"))
        kind = {"direct": "dm", "channel": "channel"}.get(text_of(row.get("type")).casefold(), "")
        members = row.get("participants")
        named = tuple(filter(None, map(text_of, members))) if isinstance(members, list) else ()
        if kind == "dm" and len(set(named)) > 2:
            kind = "group"
        conversation = Conversation(found, slug(text_of(row.get("platform"))), text_of(row.get("display")), kind, named)
        return self.conversations.setdefault(found, conversation)

    def person(self, participant: str) -> tuple[str, str]:
        """Who a participant's id stands for, and the shown name. Two people with one name keep their ids."""
        known = self.participants.get(participant)
        if known is None:
            return participant, ""
        if known.person == known.display and self.displays[known.display] > 1 and known.id:
            return f"{known.display} ({known.id})", known.display
        return known.person, known.display

    def conversation(self, named: str) -> Conversation | None:
        """The conversation of that id; the only one when the id is missing."""
        if not named and len(self.conversations) == 1:
            return next(iter(self.conversations.values()))
        return self.conversations.get(named)

    def source(self) -> str:
        """The platform, when all conversations are of one."""
        sources = {conversation.source for conversation in self.conversations.values()}
        return sources.pop() if len(sources) == 1 else FALLBACK

    def others(self, conversation: Conversation | None, sender: str) -> Iterator[str]:
        """The members of a conversation without the sender."""
        for member in conversation.members if conversation else ():
            if member != sender:
                yield self.person(member)[0]
