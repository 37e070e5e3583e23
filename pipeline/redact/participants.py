"""Who takes part in a bundle, and the pseudonym (P1, P2, ...) under which the release shows each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.model import Record
from pipeline.redact.details import members_of

WHOLE_NETWORK = "network"


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Appearance:
    """One mention of a participant by the structure of a record. Ordered as the bundle shows them."""

    ts_utc: int
    record_id: str
    place: int
    """Sender first, then recipients and so on."""
    key: str
    """The platform's id, or the display name where there is no id."""
    display: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One participant of the bundle."""

    pseudonym: str
    ids: tuple[str, ...]
    displays: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """What the captures call the participant: the first display name, else the id."""
        return self.displays[0] if self.displays else self.ids[0]


def appearances(records: Iterable[Record]) -> Iterator[Appearance]:
    """Each participant of each record once, in the order in which the record names them."""
    for record in records:
        for place, key, display in _places(record):
            yield Appearance(ts_utc=record.ts_utc, record_id=record.record_id, place=place, key=key, display=display)


def first_appearances(records: Iterable[Record]) -> list[Appearance]:
    """The earliest appearance of each participant under each display name, sorted."""
    first: dict[tuple[str, str], tuple[int, str, int]] = {}
    for record in records:
        for place, key, display in _places(record):
            here = (record.ts_utc, record.record_id, place)
            if here < first.setdefault((key, display), here):
                first[key, display] = here
    return sorted(
        Appearance(ts_utc=ts, record_id=record_id, place=place, key=key, display=display)
        for (key, display), (ts, record_id, place) in first.items()
    )


def _nobody(key: str, display: str) -> str:
    return ""


def assign_participants(
    rows: Iterable[Appearance], identity: Callable[[str, str], str] = _nobody
) -> dict[str, Participant]:
    """Pseudonyms for the whole bundle, by first appearance; the order of the rows does not matter.

    Args:
        rows: Every mention of a participant.
        identity: From a key and a display name to the person on the roster (`Roster.identities`), or nothing. Two
            phones show one person under two names; the roster knows that they are one.

    Returns:
        Participants by key, in pseudonym order. Keys of one person share its pseudonym.
    """
    first: dict[str, Appearance] = {}
    displays: dict[str, dict[str, Appearance]] = {}
    for row in rows:
        if row.key not in first or row < first[row.key]:
            first[row.key] = row
        named = displays.setdefault(row.key, {})
        if row.display and (row.display not in named or row < named[row.display]):
            named[row.display] = row
    order = sorted(first, key=lambda k: first[k])
    shown = {key: tuple(sorted(displays[key], key=lambda d: displays[key][d])) for key in order}
    numbers: dict[str, int] = {}
    assigned = {}
    for key in order:
        person = next(filter(None, (identity(key, display) for display in (*shown[key], ""))), "")
        number = numbers.setdefault(f"person {person}" if person else f"key {key}", len(numbers) + 1)
        assigned[key] = Participant(pseudonym=f"P{number}", ids=(key,), displays=shown[key])
    return assigned


def key_of(sender_id: str, display: str) -> str:
    """The key of a participant."""
    return sender_id or display


def person_of(participants: Mapping[str, Participant], key: str) -> Participant:
    """The participant of a key. One that was never assigned shows as P0, so that nothing else is told of them."""
    return participants.get(key) or Participant(pseudonym="P0", ids=(key,))


def _places(record: Record) -> Iterator[tuple[int, str, str]]:
    seen: set[str] = set()
    for key, display in _named(record):
        if key and (key not in seen or display):
            yield len(seen), key, display
            seen.add(key)


def _named(record: Record) -> Iterator[tuple[str, str]]:
    yield key_of(record.sender_id, record.sender_display), record.sender_display
    for recipient in record.recipients:
        yield recipient, ""
    for reaction in record.reactions:
        yield key_of(reaction.sender_id, reaction.sender_display), reaction.sender_display
    for deletion in record.deletions:
        yield key_of(deletion.sender_id, deletion.sender_display), deletion.sender_display
    for reader in record.read_by:
        yield reader, ""
    for member in members_of(record.attributes):
        yield member, ""
    for custodian in custodians_of(record):
        yield custodian, ""


def custodians_of(record: Record) -> list[str]:
    """The people whose copies held the record, sorted; a capture of the whole network is nobody's."""
    return sorted({s.custodian for s in record.sightings} - {"", WHOLE_NETWORK})
