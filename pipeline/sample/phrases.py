"""The phrase book: scenes of a shift chat, filled with slots, every sensitive span located as it is written."""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import Any

import yaml

from pipeline.sample.people import Person
from pipeline.sample.personal_data import MAKERS, Sensitive

TextSpan = tuple[str, str, int, int]
"""Category, literal, start, end (code points, end exclusive)."""

_SLOT = re.compile(r"\{([A-Za-z0-9_]+)\}")
_ROLES = {
    "OFFICER": ("line_officer",),
    "OFFICER2": ("line_officer",),
    "BOSS": ("supervisor",),
    "APPT": ("appointee",),
    "PRESS": ("press",),
    "SUBJ": ("third_party",),
    "SRC": ("source",),
}
_SCRIPTS = {"SUBJ_AR": "p-023", "SUBJ_ZH": "p-026", "SUBJ_RU": "p-025"}
_LANGUAGES = {"en": 62, "es": 17, "mix": 14, "other": 7}
_LANGUAGE_NAMES = tuple(_LANGUAGES)
_LANGUAGE_SUMS = tuple(accumulate(_LANGUAGES.values()))

Template = tuple[tuple[str, str], ...]
"""Text before a slot, and the slot (empty at the end)."""
Scene = tuple[tuple[int, Template], ...]
"""Speaker number (0, 1, 2) and what they say."""


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """The compiled `phrases.yml`."""

    pools: Mapping[str, Sequence[str]]
    plain: Mapping[str, Sequence[Scene]]
    personal: Mapping[str, Sequence[Scene]]
    contacts: Mapping[str, Sequence[Scene]]
    """Scenes with somebody who is not on the shift, by that person's role."""
    edits: Sequence[tuple[str, str]]
    titles: Sequence[Template]
    titles_personal: Sequence[Template]
    descriptions: Sequence[Template]
    descriptions_personal: Sequence[Template]


@dataclass(slots=True)
class Voice:
    """Fills templates for one stream of chat; a slot keeps its value until `new_scene`."""

    rng: random.Random
    people: Sequence[Person]
    made: int = 0
    """Lines said so far, and how many of them held personal data: keeps the share near its target."""
    sensitive: int = 0
    _bound: dict[str, Any] = field(default_factory=dict)
    _by_role: dict[str, list[Person]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for person in self.people:
            self._by_role.setdefault(person.role, []).append(person)

    def scene(self, contact: str = "") -> Scene:
        """The next scene: about one line in eight says something personal, the rest is ordinary chatter.

        Args:
            contact: Role of the other person in a direct chat, when they are not a colleague on the shift.
        """
        self._bound.clear()
        book = phrase_book()
        if contact in book.contacts:
            return self.rng.choice(book.contacts[contact])
        behind = self.sensitive < 0.125 * self.made + 1
        shelf = book.personal if behind and self.rng.random() < 0.5 else book.plain
        language = _LANGUAGE_NAMES[bisect(_LANGUAGE_SUMS, self.rng.random() * _LANGUAGE_SUMS[-1])]
        return self.rng.choice(shelf[language])

    def say(self, template: Template) -> tuple[str, tuple[TextSpan, ...]]:
        """The line with its slots filled, and what in it is sensitive."""
        if len(template) == 1 and not template[0][1]:
            text = template[0][0]
            spans: tuple[TextSpan, ...] = ()
        else:
            text, spans = self._fill(template)
        self.made += 1
        self.sensitive += bool(spans)
        return text, spans

    def fresh(self, template: Template) -> tuple[str, tuple[TextSpan, ...]]:
        """Like `say`, for titles and descriptions: new slot values, not counted as chat."""
        self._bound.clear()
        return self._fill(template)

    def pick(self, role: str) -> Person:
        """Somebody of that role."""
        return self.rng.choice(self._by_role[role])

    def _fill(self, template: Template) -> tuple[str, tuple[TextSpan, ...]]:
        parts: list[str] = []
        spans: tuple[TextSpan, ...] = ()
        at = 0
        for before, slot in template:
            parts.append(before)
            at += len(before)
            if not slot:
                continue
            value = self._value(slot)
            if isinstance(value, str):
                parts.append(value)
                at += len(value)
                continue
            parts.append(value.text)
            spans += tuple((cat, literal, at + off, at + off + len(literal)) for cat, literal, off in value.spans)
            at += len(value.text)
        return "".join(parts), spans

    def _value(self, slot: str) -> str | Sensitive:
        if slot in _ROLES:
            return self._mention(self._person(slot))
        found: str | Sensitive | None = self._bound.get(slot)
        if found is None:
            found = self._bound[slot] = self._make(slot)
        return found

    def _make(self, slot: str) -> str | Sensitive:
        pool = phrase_book().pools.get(slot)
        if pool is not None:
            return self.rng.choice(pool)
        maker = MAKERS.get(slot.rstrip("2"))
        if maker is not None:
            return maker(self.rng)
        if slot in _SCRIPTS:
            person = next(p for p in self.people if p.person_id == _SCRIPTS[slot])
            return _span("NAME", person.aliases[0])
        return self._of_person(slot)

    def _of_person(self, slot: str) -> Sensitive:
        if slot == "EMAIL_OFFICER":
            return _span("EMAIL", self._person("OFFICER").emails[0])
        if slot.startswith("AT_"):
            return _span("HANDLE", self._person(slot.removeprefix("AT_")).handles[0])
        role, _, form = slot.rpartition("_")
        person = self._person(role)
        names = {
            "SURNAME": person.surname,
            "FULL": person.full_name,
            "ALIAS": (person.aliases or (person.surname,))[-1],
        }
        return _span("NAME", names[form])

    def _person(self, slot: str) -> Person:
        key = f"person {slot}"
        if key not in self._bound:
            taken = {p.person_id for k, p in self._bound.items() if k.startswith("person ")}
            choices = self._by_role[_ROLES[slot][0]]
            person = self.rng.choice(choices)
            while person.person_id in taken and len(choices) > len(taken):
                person = self.rng.choice(choices)
            self._bound[key] = person
        found: Person = self._bound[key]
        return found

    def _mention(self, person: Person) -> Sensitive:
        before, name, after = self.rng.choice(person.forms)
        return Sensitive(before + name + after, (("NAME", name, len(before)),))


@cache
def phrase_book() -> PhraseBook:
    """The phrase book, compiled once."""
    raw = yaml.safe_load(resources.files(__package__).joinpath("phrases.yml").read_text("utf-8"))
    return PhraseBook(
        pools={name: tuple(values) for name, values in raw["pools"].items()},
        plain={lang: tuple(map(_scene, raw[f"plain_{lang}"])) for lang in _LANGUAGES},
        personal={lang: tuple(map(_scene, raw[f"pii_{lang}"])) for lang in _LANGUAGES},
        contacts={role: tuple(map(_scene, raw[f"contact_{role}"])) for role in ("source", "press", "third_party")},
        edits=tuple((before, after) for before, after in raw["edits"]),
        titles=tuple(map(compile_template, raw["titles"])),
        titles_personal=tuple(map(compile_template, raw["titles_pii"])),
        descriptions=tuple(map(compile_template, raw["descriptions"])),
        descriptions_personal=tuple(map(compile_template, raw["descriptions_pii"])),
    )


def compile_template(text: str) -> Template:
    """Text with `{slots}` as pairs of what stands before a slot and its name."""
    pieces = _SLOT.split(text)
    pairs = list(zip(pieces[::2], [*pieces[1::2], ""], strict=True))
    return tuple(pair for pair in pairs if pair != ("", "")) or (("", ""),)


def _scene(lines: Sequence[str]) -> Scene:
    return tuple(("ABC".index(line[0]), compile_template(line[3:])) for line in lines)


def _span(category: str, literal: str) -> Sensitive:
    return Sensitive(literal, ((category, literal, 0),))
