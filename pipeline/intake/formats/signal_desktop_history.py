"""What happened to a message of a Signal Desktop database: edits, reactions, who read it, its deletion for everyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from pipeline.intake.formats.signal_desktop_kinds import as_object, as_objects
from pipeline.intake.formats.signal_desktop_people import People, text
from pipeline.intake.formats.signal_desktop_shown import with_mentions
from pipeline.intake.formats.signal_secrets import without_secrets
from pipeline.intake.moments import epoch_micros
from pipeline.intake.open_event import OpenEvent
from pipeline.model import EventKind

Person = tuple[str, str]

_YEAR_10000: Final = 253_402_300_800_000
_READ: Final = frozenset(("Read", "Viewed"))


def afterwards(said: Mapping[str, Any], kind: str, sender: Person, people: People) -> Iterator[OpenEvent]:
    """Reactions, readers and the deletion of a message, without their place; reactions are used up."""
    for reaction in as_objects(said.get("reactions")):
        yield _reaction(reaction, people)
    yield from _readers(said, kind, people)
    if said.get("deletedForEveryone") in (True, 1):
        yield _recall(said, sender, people)


def edit(version: Mapping[str, Any], sender: Person, people: People) -> OpenEvent:
    """A later version of a text."""
    told = _told(EventKind.EDIT, sender, version.get("timestamp"))
    told.body = version_text(version, people)
    rest = {name: value for name, value in version.items() if name not in ("body", "timestamp")}
    if told.body != version.get("body"):
        rest["body_source"] = version.get("body")
    keep(told, rest)
    return told


def version_text(version: Mapping[str, Any], people: People) -> str:
    """The text of one version."""
    body = version.get("body")
    return with_mentions(body, version.get("bodyRanges"), people) if isinstance(body, str) else ""


def keep(draft: OpenEvent, rest: dict[str, Any]) -> None:
    """Put what has no column into the attributes, without secrets."""
    draft.stripped = without_secrets(rest)
    draft.attributes = orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).decode()


def moment(value: object) -> int | None:
    """Milliseconds as microseconds; 0 is no time. Early versions wrote some as an object of two 32-bit halves."""
    if type(value) is int and 0 < value < _YEAR_10000:
        return value * 1000
    if isinstance(value, dict):
        high, low = value.get("high"), value.get("low")
        value = (high << 32) + (low & 0xFFFFFFFF) if type(high) is int and type(low) is int else None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        value = int(value)
    found = epoch_micros(value, "ms") if isinstance(value, (int, str)) else None
    return found or None


def _told(kind: EventKind, person: Person, at: object) -> OpenEvent:
    told = OpenEvent()
    told.event_kind = kind
    told.sender_id, told.sender_display = person
    told.ts_utc = moment(at)
    return told


def _reaction(reaction: dict[str, Any], people: People) -> OpenEvent:
    person = people.person(text(reaction.pop("fromId", "")))
    told = _told(EventKind.REACTION, person, reaction.pop("timestamp", None))
    emoji = reaction.pop("emoji", None)
    told.body = emoji if isinstance(emoji, str) else None
    told.flags = () if told.body else ("reaction-removed",)
    keep(told, reaction)
    return told


def _readers(said: Mapping[str, Any], kind: str, people: People) -> Iterator[OpenEvent]:
    states = as_object(said.get("sendStateByConversationId"))
    for whom, state in states.items():
        if isinstance(state, dict) and state.get("status") in _READ:
            yield _told(EventKind.READ_RECEIPT, people.person(whom), state.get("updatedAt"))
    readers = said.get("read_by")
    for whom in readers if isinstance(readers, list) and not states else ():
        if isinstance(whom, str):
            yield _told(EventKind.READ_RECEIPT, people.person(whom), None)
    if kind == "incoming" and said.get("readAt"):
        yield _told(EventKind.READ_RECEIPT, people.own(), said.get("readAt"))


def _recall(said: Mapping[str, Any], sender: Person, people: People) -> OpenEvent:
    admin = text(said.get("deletedForEveryoneByAdminAci"))
    by = people.person(admin) if admin else sender
    return _told(EventKind.RECALL, by, said.get("deletedForEveryoneTimestamp"))
