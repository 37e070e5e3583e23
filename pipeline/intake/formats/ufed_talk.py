"""Which conversation a chat of a report is, and how its messages are told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.intake.formats.ufed_model import Model
from pipeline.intake.formats.ufed_values import Person, person, platform
from pipeline.intake.phone_numbers import e164, region_of
from pipeline.intake.sources import Source

_UNIQUE_ANYWHERE = re.compile(r"(?=.*[A-Za-z@-]).{16,}|\d{17,}", re.DOTALL)
"""Ids that no two phones give to different things; shorter ones may be row numbers of one phone's database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One conversation."""

    source: str
    conversation: str
    kind: str = ""
    title: str = ""
    owner: str = ""
    """The id of the phone's owner in this app; empty where nothing tells it."""
    scope: str = ""
    """Whose ids a short id is one of; empty where nothing tells it."""
    members: tuple[Person, ...] = ()

    def message_id(self, identifier: str, ts_utc: int | None) -> str:
        """The id of a message: everywhere the same, or of this phone only, or none where the phone is not known."""
        if not identifier:
            return ""
        if _UNIQUE_ANYWHERE.fullmatch(identifier):
            return f"{self.conversation}:{identifier}"
        return f"{self.scope}:{self.conversation}:{ts_utc}:{identifier}" if self.scope and ts_utc is not None else ""


class Talks:
    """Makes conversations for the chats and single messages of one report."""

    def __init__(self, source: Source) -> None:
        self.region = region_of(source.owner_id)
        self.owner = e164(source.owner_id, self.region)
        self.custodian = source.custodian

    def address(self, who: Person, source: str) -> str:
        """How somebody is named: phone numbers in one spelling where they are the app's ids."""
        return e164(who.id, self.region) if source == "sms" else who.id

    def of_chat(self, chat: Model) -> Talk:
        """The conversation of a Chat, without its messages."""
        source = platform(chat.get("Source"))
        members = tuple(person(party) for party in chat.sub("Participants"))
        account = chat.get("Account")
        owner = self.owner_of(members, source) or account or self.owner
        others = [self.address(one, source) for one in members if not one.is_owner and not one.is_nobody]
        others = [one for one in dict.fromkeys(others) if one and one != owner]
        kind = "group" if len(others) > 1 else "dm" if others else ""
        return Talk(
            source=source,
            conversation=self._conversation(source, chat.get("Id"), owner, others, kind),
            kind=kind,
            title=chat.get("Name"),
            owner=owner,
            scope=owner or self.custodian,
            members=members,
        )

    def of_people(self, source: str, people: Iterable[Person]) -> Talk:
        """The conversation of a message that is in no chat, by the people it names."""
        members = tuple(people)
        owner = self.owner_of(members, source) or self.owner
        named = (self.address(one, source) for one in members if not one.is_owner and not one.is_nobody)
        others = [one for one in dict.fromkeys(named) if one and one != owner]
        kind = "group" if len(others) > 1 else "dm" if others else ""
        return Talk(
            source=source,
            conversation=self._conversation(source, "", owner, others, kind),
            kind=kind,
            owner=owner,
            scope=owner or self.custodian,
            members=members,
        )

    def owner_of(self, members: Iterable[Person], source: str) -> str:
        """The id of the one who is marked as the owner."""
        return next((self.address(one, source) for one in members if one.is_owner), "")

    def _conversation(self, source: str, chat_id: str, owner: str, others: list[str], kind: str) -> str:
        by_people = not chat_id or source == "sms" or (kind == "dm" and chat_id in (others[0], owner))
        if by_people and owner:
            return f"{source}:{','.join(sorted({owner, *others}))}"
        if by_people:
            return f"{source}:{self.custodian}:{','.join(sorted(others))}"
        if _UNIQUE_ANYWHERE.fullmatch(chat_id):
            return f"{source}:{chat_id}"
        return f"{source}:{owner or self.custodian}:{chat_id}"
