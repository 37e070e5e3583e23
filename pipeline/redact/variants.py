"""The spellings under which a person is named: order, initials, compound surnames, user names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.redact.folding import fold
from pipeline.redact.index import words_of
from pipeline.redact.roster import Person
from pipeline.redact.vocabulary import is_ordinary, ordinary_words, words

_PARTICLES = words("de del la las los y e da das do dos di du van von der den le el al bin ibn san santa st")
_TITLES = words(
    "mr mrs ms miss dr sr sra srta don dona ing lic jr ii iii iv phd esq officer ofc off agent agents special spc bpa",
    "sbpa spa supervisor sup supv supervisory sgt sergeant lt lieutenant cpt capt captain cpl det detective chief dep",
    "deputy asst assistant director commissioner commander cdr pao paic dpaic ssa sa tfo oficial agente comandante",
    "jefe jefa licenciado ingeniero profe doctor doctora",
)
_LOOSE_INITIALS = frozenset("aeiouy")


@dataclass(frozen=True, slots=True)
class Variant:
    """One spelling, as `words_of` writes it."""

    phrase: str
    kind: str
    score: float
    guarded: bool = False
    """Counts only with a capital letter and a context."""


def variants_of(person: Person) -> Iterator[Variant]:
    """Every spelling of a person's names; the same phrase may come more than once.

    A source may come to harm, so an alias of theirs needs no context, whatever ordinary word it is.
    """
    for variant in _variants_of(person):
        sure = person.role == "source" and variant.kind in ("full-name", "handle")
        yield replace(variant, guarded=False) if sure else variant


def _variants_of(person: Person) -> Iterator[Variant]:
    for name in (person.full_name, *person.aliases):
        if words_of(name):
            yield from _spellings(name, person)
            if "'" in fold(name):
                yield from _spellings(fold(name).replace("'", ""), person)
    for address in person.emails:
        local = fold(address.partition("@")[0])
        yield from _single_or_phrase(words_of(local), "email-local", 0.75)
    for handle in person.handles:
        if not any(c.isdigit() for c in handle):
            yield from _single_or_phrase(words_of(handle), "handle", 0.9)


def _single_or_phrase(phrase: str, kind: str, score: float) -> Iterator[Variant]:
    single = phrase.split()
    if len(single) == 1:
        yield Variant(phrase, kind, score, guarded=is_ordinary(phrase))
    elif single:
        yield Variant(phrase, kind, score, guarded=all(len(w) == 1 or is_ordinary(w) for w in single))


def _spellings(name: str, person: Person) -> Iterator[Variant]:
    yield from _single_or_phrase(words_of(name), "full-name", 0.95)
    units = _units(name)
    # An entry of an address book may say more than a name: `Delgado Turno B` must not take out `Turno B`.
    if (person.derived or name != person.full_name) and not _looks_personal(units):
        return
    if len(units) == 1:
        yield from _single_or_phrase(units[0], "full-name", 0.9)
    elif units:
        yield from _of_units(units)


def _units(name: str) -> list[str]:
    """Given names and surnames in order, particles joined to what follows, titles and suffixes left out."""
    head, comma, tail = fold(name).partition(",")
    ordered = f"{tail} {head}" if comma and words_of(tail) and words_of(tail) not in _TITLES else f"{head} {tail}"
    ordered = re.sub(r"[(\[\"].*?[)\]\"]", " ", ordered)
    pieces = re.split(r"\s+", ordered.replace("-", " - "))
    units: list[str] = []
    joined: list[str] = []
    hyphen = False
    for raw in pieces:
        word = words_of(raw)
        if raw == "-":
            hyphen = bool(units) and not joined
        elif word and word not in _TITLES:
            joined.append(word)
            if word in _PARTICLES:
                continue
            unit = " ".join(joined)
            if hyphen:
                units[-1] += " " + unit
            else:
                units.append(unit)
            joined, hyphen = [], False
    if joined:
        units.append(" ".join(joined))
    return units


def _looks_personal(units: Sequence[str]) -> bool:
    return 1 <= len(units) <= 5 and not any(is_ordinary(u) and len(u) > 1 for u in (*units[:1], *units[-1:]))


def _of_units(units: Sequence[str]) -> Iterator[Variant]:
    givens, surnames = list(units[:1]), list(units[1:])
    if len(units) == 3:
        givens = list(units[:2])  # a second given name or a first surname: nobody can tell
    elif len(units) >= 4:
        givens, surnames = list(units[:2]), list(units[2:])
    whole = " ".join(surnames)
    for given in givens:
        for surname in dict.fromkeys([whole, *surnames]):
            if given != surname:
                yield from _pairs(given, surname)
    yield from _pairs(" ".join(givens), whole)
    middle = units[1] if len(units) >= 3 else ""
    if middle:
        yield Variant(f"{units[0]} {middle[0]} {units[-1]}", "given-initial-surname", 0.95)
        yield Variant(f"{units[0][0]} {middle[0]} {units[-1]}", "initials-surname", 0.9)
        yield Variant(f"{units[-1]} {units[0]} {middle[0]}", "surname-given", 0.9)
    if len(givens) > 1:
        yield Variant(" ".join(givens), "given-names", 0.7, guarded=all(is_ordinary(g) for g in givens))
    yield from _alone(givens, surnames)


def _pairs(given: str, surname: str) -> Iterator[Variant]:
    common = all(is_ordinary(w) for w in (given, surname))
    yield Variant(f"{given} {surname}", "given-surname", 0.95)
    yield Variant(f"{surname} {given}", "surname-given", 0.9, guarded=common)
    initial = given[0]
    loose = initial in _LOOSE_INITIALS or is_ordinary(surname)
    yield Variant(f"{initial} {surname}", "initial-surname", 0.85, guarded=loose)
    yield Variant(f"{surname} {initial}", "surname-initial", 0.7, guarded=True)
    yield Variant(
        f"{given} {surname[0]}", "given-initial", 0.7, guarded=surname[0] in _LOOSE_INITIALS or is_ordinary(given)
    )
    tight_given, tight = given.replace(" ", ""), surname.replace(" ", "")
    for joined in (tight_given + tight, tight + tight_given):
        if len(joined) >= 7:
            yield Variant(joined, "joined", 0.85)
    for joined in (initial + tight, tight + initial):
        if len(tight) >= 4 and joined not in ordinary_words():
            yield Variant(joined, "joined-initial", 0.75, guarded=len(tight) < 5)


def _alone(givens: Sequence[str], surnames: Sequence[str]) -> Iterator[Variant]:
    for surname in surnames:
        for part in dict.fromkeys((surname, *surname.split(), surname.replace(" ", ""))):
            if part not in _PARTICLES and len(part) > 1:
                yield Variant(part, "surname", 0.75, guarded=is_ordinary(part))
    for given in givens:
        for part in dict.fromkeys((given, *given.split())):
            if part not in _PARTICLES and len(part) > 1:
                yield Variant(part, "given-name", 0.65, guarded=is_ordinary(part))
