"""The fictional people: a hand-written cast, as many more as a size needs, and the ways chats name them."""

from __future__ import annotations

import csv
import io
import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

ROSTER_COLUMNS = ("person_id", "full_name", "role", "aliases", "emails", "phones", "handles")
SHIFT = ("line_officer", "supervisor")
STAFF = (*SHIFT, "appointee", "press")

_LISTS = ("aliases", "emails", "phones", "handles")
_SURNAMES = {"p-022": "Zamora", "p-026": "Zhang"}
"""Where the family name is not the last word."""
_TITLES = {
    "line_officer": ("Officer", "Agent", "Ofc.", "Agente"),
    "supervisor": ("Supervisor", "Sup.", "Chief", "Jefe"),
    "appointee": ("Commissioner", "Director"),
    "press": ("Ms.", "PAO"),
    "third_party": ("Mr.", "Mrs.", "Sr.", "subject"),
    "source": ("Mr.", "Sr."),
}
_GIVEN = (
    "Adriana", "Alonso", "Amira", "Arturo", "Beatriz", "Bogdan", "Carmela", "Dmitri", "Elena", "Esteban", "Farid",
    "Gabriela", "Hassan", "Ignacio", "Imelda", "Joaquín", "Karim", "Leticia", "Mateusz", "Mónica", "Nasser",
    "Octavio", "Pilar", "Ramiro", "Rocío", "Sergei", "Soledad", "Thanh", "Valeria", "Ximena",
)  # fmt: skip
_FAMILY = (
    "Aguirre", "Baranowski", "Bustamante", "Cisneros", "Dragomir", "Escobedo", "Fuentealba", "Gallardo", "Halvorsen",
    "Iturbide", "Jankowski", "Karimov", "Lizárraga", "Mahmoudi", "Nakashima", "Olivares", "Pacheco", "Quiroga",
    "Rosales", "Sepúlveda", "Tadesse", "Urrutia", "Valdivia", "Wojciechowski", "Yamamoto", "Zavala", "Arredondo",
    "Bermúdez", "Cervantes", "Elizondo", "Figueroa", "Granados", "Huerta", "Jaramillo", "Kovalenko", "Lozano",
    "Madrigal", "Navarrete", "Orozco", "Palomino", "Rentería", "Santillán", "Tejeda", "Ugarte", "Velázquez", "Yáñez",
    "Zubiría",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Person:
    """One row of the roster."""

    person_id: str
    full_name: str
    role: str
    aliases: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()

    @cached_property
    def surname(self) -> str:
        """The family name alone."""
        return _SURNAMES.get(self.person_id, self.full_name.split()[-1])

    @cached_property
    def given(self) -> str:
        """Everything before the family name, or after it where that comes first."""
        words = self.full_name.split()
        at = words.index(self.surname)
        return " ".join(words[:at] or words[at + 1 :])

    @cached_property
    def username(self) -> str:
        """The account on the agency's network: a mail address, or a guest's plain user id."""
        return self.emails[0] if self.role in STAFF else self.handles[0]

    @cached_property
    def forms(self) -> tuple[tuple[str, str, str], ...]:
        """Every way a chat names this person: what stands before the name, the name, what follows it."""
        plain = [("", self.full_name, "")] * 3
        titled = [(f"{title} ", self.surname, "") for title in _TITLES[self.role]]
        reversed_order = f"{self.surname}, {self.given}"
        return (
            *plain,
            *titled,
            *[("", alias, "") for alias in self.aliases],
            ("", reversed_order, ""),
            ("", reversed_order.upper(), ""),
            ("", self.full_name.lower(), ""),
        )


def build_cast(count: int, rng: random.Random) -> list[Person]:
    """The hand-written people, then generated ones until there are `count`. Names are never used twice."""
    text = resources.files(__package__).joinpath("cast.csv").read_text("utf-8")
    cast = [_person(row) for row in csv.DictReader(io.StringIO(text))]
    names = [f"{given} {family}" for given in _GIVEN for family in _FAMILY]
    rng.shuffle(names)
    for number, name in enumerate(names[: max(0, count - len(cast))], start=len(cast) + 1):
        cast.append(_extra(number, name, rng))
    return cast


def roster_csv(people: Sequence[Person]) -> bytes:
    """The roster file of the command line contract."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(ROSTER_COLUMNS)
    for person in people:
        lists = (";".join(getattr(person, name)) for name in _LISTS)
        writer.writerow((person.person_id, person.full_name, person.role, *lists))
    return out.getvalue().encode()


def without_accents(text: str) -> str:
    """ASCII letters for accented ones, as people type in a hurry and as mail systems make accounts."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _person(row: dict[str, str]) -> Person:
    lists = {name: tuple(v for v in row[name].split(";") if v) for name in _LISTS}
    return Person(person_id=row["person_id"], full_name=row["full_name"], role=row["role"], **lists)


def _extra(number: int, name: str, rng: random.Random) -> Person:
    role = rng.choices(("line_officer", "supervisor", "third_party", "source"), (70, 9, 19, 2))[0]
    plain = without_accents(name)
    given, family = plain.split()
    account = f"{given[0]}{family}{number}".lower()
    domain = "bis.example.gov" if role in STAFF else "example.com"
    area = rng.choice(("619", "760", "520", "956", "915", "928"))
    return Person(
        person_id=f"p-{number:03d}",
        full_name=name,
        role=role,
        aliases=(plain,) if plain != name else (),
        emails=(f"{account}@{domain}",),
        phones=(f"+1{area}55501{rng.randrange(100):02d}",),
        handles=(f"@{account}",),
    )
