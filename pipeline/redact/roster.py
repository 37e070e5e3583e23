"""The roster: who is known, in which role, and under which names, addresses and numbers.

A CSV that breaks its format is refused with the line and the column; nothing of it is used.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from pipeline.errors import BadRoster
from pipeline.redact.folding import fold
from pipeline.redact.validators import digits_of

ROLES = ("line_officer", "third_party", "supervisor", "source", "press", "appointee")
"""From the role that is protected first: a name that two persons share is coded for the earlier role."""

_REMEMBERED = 50_000
"""Participants come again with every message."""

COLUMNS = ("person_id", "full_name", "role", "aliases", "emails", "phones", "handles")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of the roster, or one participant of the bundle."""

    person_id: str
    full_name: str
    role: str
    aliases: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    derived: bool = False
    """Made from a participant's display name, which may be no person's name."""

    @property
    def category(self) -> str:
        """The category of this person's names."""
        return "NAME_" + self.role.upper()


class Named(Protocol):
    """A participant, as far as the roster is concerned."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Platform ids: e-mail addresses, phone numbers, user names."""

    @property
    def displays(self) -> tuple[str, ...]:
        """Names under which captures show the participant."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Persons, sorted by id."""

    persons: tuple[Person, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of what the roster says, whatever the order and layout of its file."""
        return hashlib.sha256(repr([astuple(p) for p in self.persons]).encode("utf-8", "surrogatepass")).hexdigest()

    def categories(self) -> Callable[[str, str], str]:
        """A function from a participant's id and display name to the category of that name.

        Somebody whom the roster does not know counts as a line officer.
        """
        known = _keys(self.persons)
        by_id = {person.person_id: person.category for person in self.persons}

        @lru_cache(maxsize=_REMEMBERED)
        def category(key: str, display: str) -> str:
            found = (known[k] for name in (display, key) for k in _keys_of(name) if k in known)
            return by_id.get(next(found, ""), "NAME_" + ROLES[0].upper())

        return category

    def identities(self) -> Callable[[str, str], str]:
        """A function from a participant's id and display name to the id of that person on the roster, or nothing."""
        known = _keys(self.persons)

        def identity(key: str, display: str) -> str:
            return next((known[k] for name in (display, key) for k in _keys_of(name) if k in known), "")

        return identity

    def with_participants(self, participants: Iterable[Named]) -> Roster:
        """The roster plus the bundle's participants.

        A participant who is on the roster keeps that role and gives it their further names; anybody else
        becomes a line officer, the role that is protected most.
        """
        persons = {person.person_id: person for person in self.persons}
        known = _keys(self.persons)
        for number, participant in enumerate(participants, 1):
            names = [*participant.displays, *participant.ids]
            found = next((known[key] for name in names for key in _keys_of(name) if key in known), None)
            if found is None:
                found = f"~participant-{number:06d}"
                persons[found] = Person(person_id=found, full_name="", role=ROLES[0], derived=True)
            persons[found] = _extended(persons[found], names)
        return Roster(tuple(persons[key] for key in sorted(persons)))


def load_roster(path: Path) -> Roster:
    """Read a roster file.

    Raises:
        BadRoster: The file breaks its format; the message names the line and the column.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise BadRoster(f"{path.name}: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise BadRoster(f"{path.name}: not UTF-8 at byte {problem.start}") from problem
    return parse_roster(text, path.name)


def parse_roster(text: str, name: str = "roster") -> Roster:
    """Read a roster from its text.

    Raises:
        BadRoster: The text breaks the format; the message names the line and the column.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    persons: dict[str, Person] = {}
    try:
        header = tuple(cell.strip() for cell in next(reader, ()))
        if header != COLUMNS:
            raise BadRoster(f"{name}: line 1: the header must be {','.join(COLUMNS)}")
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            person = _person(cells, f"{name}: line {reader.line_num}")
            if person.person_id in persons:
                raise BadRoster(f"{name}: line {reader.line_num}, column person_id: used on an earlier line")
            persons[person.person_id] = person
    except csv.Error as problem:
        raise BadRoster(f"{name}: line {reader.line_num}: {problem}") from problem
    return Roster(tuple(persons[key] for key in sorted(persons)))


def _person(cells: list[str], place: str) -> Person:
    if len(cells) != len(COLUMNS):
        raise BadRoster(f"{place}: {len(cells)} columns instead of {len(COLUMNS)}")
    row = dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True))
    lists = {column: tuple(v.strip() for v in row[column].split(";") if v.strip()) for column in COLUMNS[3:]}
    if not row["person_id"] or row["person_id"].startswith("~"):
        raise BadRoster(f"{place}, column person_id: empty, or starts with the reserved sign ~")
    if not any(c.isalpha() for c in row["full_name"]):
        raise BadRoster(f"{place}, column full_name: no letters")
    if row["role"] not in ROLES:
        raise BadRoster(f"{place}, column role: not one of {', '.join(sorted(ROLES))}")
    for address in lists["emails"]:
        if "@" not in address:
            raise BadRoster(f"{place}, column emails: a value without @")
    for phone in lists["phones"]:
        if len(digits_of(fold(phone))) < 7:
            raise BadRoster(f"{place}, column phones: a value with fewer than 7 digits")
    return Person(
        person_id=row["person_id"],
        full_name=row["full_name"],
        role=row["role"],
        aliases=lists["aliases"],
        emails=lists["emails"],
        phones=lists["phones"],
        handles=lists["handles"],
    )


def _keys_of(name: str) -> list[str]:
    """What two spellings of one person have in common: the name, the address, the handle, the digits."""
    folded = fold(name).strip().strip("~ ")
    digits = digits_of(folded)
    words = " ".join("".join(c if c.isalnum() else " " for c in folded).split())
    keys = [folded.removeprefix("@"), words]
    if len(digits) >= 10 and not any(c.isalpha() for c in folded):
        keys.append("#" + digits[-10:])
    return [key for key in keys if key]


def _keys(persons: Iterable[Person]) -> Mapping[str, str]:
    keys: dict[str, str] = {}
    for person in persons:
        for name in (person.full_name, *person.aliases, *person.emails, *person.phones, *person.handles):
            for key in _keys_of(name):
                keys.setdefault(key, person.person_id)
    return keys


def _extended(person: Person, names: Iterable[str]) -> Person:
    emails, phones, others = list(person.emails), list(person.phones), list(person.aliases)
    for name in names:
        digits = digits_of(fold(name))
        if "@" in name.strip()[1:]:
            emails.append(name.strip())
        elif len(digits) >= 7 and not any(c.isalpha() for c in name):
            phones.append(name)
        elif any(c.isalnum() for c in name):
            others.append(name.strip())
    return replace(
        person,
        emails=tuple(dict.fromkeys(emails)),
        phones=tuple(dict.fromkeys(phones)),
        aliases=tuple(dict.fromkeys(others)),
    )
