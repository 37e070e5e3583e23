"""Who is who in a Signal Desktop database: people and groups by any of the ids that its messages use for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.intake.formats.signal_desktop_rows import Database, Row, Value
from pipeline.intake.sources import Source
from pipeline.intake.strict_json import BadJson, parse_object

_MOST: Final = 200_000
"""Conversations that are remembered; of further ones only the ids are known."""
_MOST_MEMBERS: Final = 2_000
_OWN_IDS: Final = {"uuid_id": "service", "number_id": "number"}
_LONGEST_NAME: Final = 1_000
_NAME_PAIRS: Final = (
    ("nicknameGivenName", "nicknameFamilyName"),
    ("systemGivenName", "systemFamilyName"),
    ("profileName", "profileFamilyName"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A person or a group, as one row of `conversations` describes it."""

    local_id: str
    service_id: str = ""
    number: str = ""
    group_id: str = ""
    is_group: bool = False
    name: str = ""
    members: tuple[str, ...] = ()
    """Service ids, or what older groups have instead."""


@dataclass(slots=True)
class People:
    """Everybody the database knows, and whose database it is."""

    source: Source
    service: str = ""
    """The owner's service id."""
    number: str = ""
    parties: dict[str, Party] = field(default_factory=dict)
    """By local id, service id, phone number and group id."""
    count: int = 0
    named: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Answers of `conversation`, which is asked for each event."""

    @property
    def owner(self) -> str:
        """The id of the person whose database it is; empty when nothing tells."""
        named = self.source.custodian if self.source.custodian != "network" else ""
        return self.service or self.number or self.source.owner_id or named

    def add(self, party: Party) -> None:
        """Remember somebody."""
        self.count += 1
        if self.count > _MOST:
            return
        for known_as in (party.local_id, party.service_id, party.number, party.group_id):
            if known_as:
                self.parties.setdefault(known_as, party)

    def person(self, known_as: str) -> tuple[str, str]:
        """Id and shown name of somebody by any of their ids; the id itself where nobody is known by it."""
        party = self.parties.get(known_as)
        if party is None:
            return known_as, self._own_name() if known_as and known_as in (self.service, self.number) else ""
        return party.service_id or party.number or party.local_id, party.name

    def own(self) -> tuple[str, str]:
        """Id and shown name of the owner."""
        found, name = self.person(self.owner)
        return found, name or self._own_name()

    def conversation(self, local_id: str) -> tuple[str, str, str]:
        """Id, kind and title of a conversation; the id is the same in the databases of all who take part."""
        found = self.named.get(local_id)
        if found is None:
            found = self._conversation(local_id)
            if len(self.named) < _MOST:
                self.named[local_id] = found
        return found

    def _conversation(self, local_id: str) -> tuple[str, str, str]:
        party = self.parties.get(local_id)
        if party is None:
            return f"signal:{self.owner}:{local_id}", "", ""
        if party.is_group:
            return f"signal:{party.group_id or party.local_id}", "group", party.name
        other = party.service_id or party.number or party.local_id
        return f"signal:{','.join(sorted({self.owner, other} - {''}))}", "dm", party.name

    def others(self, local_id: str, sender: str) -> tuple[str, ...]:
        """Who else a message of a conversation went to, as far as the database tells."""
        party = self.parties.get(local_id)
        if party is None:
            return ()
        members = [self.person(one)[0] for one in party.members] if party.is_group else [self.person(local_id)[0]]
        everybody = members if party.is_group else [*members, self.own()[0]]
        return tuple(dict.fromkeys(one for one in everybody if one and one != sender))

    def _own_name(self) -> str:
        return self.source.owner_name


def owner_of(database: Database, people: People) -> None:
    """Read from `items` whose database it is. Nothing else of that table is looked at: it holds keys."""
    for row in database.rows("items"):
        if not isinstance(row, Row):
            return
        wanted = _OWN_IDS.get(text(row.values.get("id")))
        if wanted:
            value = json_object(row.values.get("json"), 8)[0].get("value")
            found = value.rpartition(".")[0] or value if isinstance(value, str) else ""
            if wanted == "service":
                people.service = found
            else:
                people.number = found


def party_of(values: Mapping[str, Value], said: Mapping[str, Any]) -> Party:
    """The person or group of a row of `conversations` and the object in its `json`."""

    def told(*names: str) -> str:
        found = (text(values.get(name)) or text(said.get(name)) for name in names)
        return next(filter(None, found), "")

    is_group = told("type") == "group"
    number = told("e164")
    return Party(
        local_id=told("id"),
        service_id=told("serviceId", "uuid").lower(),
        number=number if not number.isdecimal() else f"+{number}",
        group_id=told("groupId"),
        is_group=is_group,
        name=_name(told, is_group)[:_LONGEST_NAME],
        members=_members(told("members"), said),
    )


def _name(told: Any, is_group: bool) -> str:
    if is_group:
        return str(told("name"))
    pairs = (" ".join(filter(None, map(told, pair))) for pair in _NAME_PAIRS)
    nickname, system, profile = pairs
    return nickname or told("name") or system or told("profileFullName") or profile or told("e164", "username")


def _members(listed: str, said: Mapping[str, Any]) -> tuple[str, ...]:
    if listed:
        return tuple(listed.split(" ", _MOST_MEMBERS)[:_MOST_MEMBERS])
    members = said.get("membersV2")
    if not isinstance(members, list):
        return ()
    found = (text(one.get("aci") or one.get("uuid")) for one in members[:_MOST_MEMBERS] if isinstance(one, dict))
    return tuple(filter(None, found))


def text(value: object) -> str:
    """A text; numbers as their digits, since columns of type `STRING` turn texts of digits into numbers."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def json_object(value: object, depth: int) -> tuple[dict[str, Any], str]:
    """The object in a `json` column, and `repaired` or `broken` where it is not just that. Empty is an empty object."""
    if not isinstance(value, str) or not value:
        return {}, "" if value in (None, "") else "broken"
    try:
        found, repaired = parse_object(value.encode(), depth)
    except BadJson as problem:
        return {}, "" if problem.reason == "empty-object" else "broken"
    return found, "repaired" if repaired else ""
