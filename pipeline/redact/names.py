"""Find the persons of a roster in a text, in every spelling of their names, numbers and addresses; and policy terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from pipeline.redact.folding import View, views_of
from pipeline.redact.index import DigitIndex, SqueezedIndex, WordIndex, digit_key, squeeze
from pipeline.redact.roster import ROLES, Person, Roster
from pipeline.redact.spans import Span, distinct, without_contained
from pipeline.redact.variants import Variant, variants_of
from pipeline.redact.vocabulary import common_words, words

TERM = "LE_TECHNIQUE"
"""The category of a policy's terms."""

_MONTHS = words("march april may june july august abril mayo junio julio agosto jan feb mar apr jun jul aug sep")
_TITLE_BEFORE = re.compile(
    r"(?:\b(?:mr|mrs|ms|miss|dr|sr|sra|srta|don|dona|lic|ing|officers?|ofc|ofcr|off|agents?|bpa|sbpa|spa|sup|supv"
    r"|supervisor|sgt|sergeant|lt|lieutenant|capt|captain|det|detective|chief|deputy|asst|director|commander|trooper"
    r"|oficial(?:es)?|agente|comandante|jef[ea]|inspector|cbpo|scbpo|watch commander)\.? ?"
    r"|@|\bi'?m |\bname is |\bse llama |\bnamed |\bapellido |\blast name |\bsurname )$",
    re.IGNORECASE,
)
_CALL_BEFORE = re.compile(
    r"\b(?:tell|told|ask|asked|call|called|text|texted|ping|pinged|with|from|by|for|to|and|saw|see|meet|met|let|cc|per"
    r"|hi|hey|hello|thanks|thx|con|de|dile|digale|pregunta(?:le)?|llama(?:le)?|a|y|para|por|gracias|hola|oye|vi|is|es"
    r"|that|did|has|does|when|if) $",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^(?:'s\b|, | (?:said|says|say|told|asked|called|is|was|has|had|wants|needs|knows|left|went|came|will|can|just"
    r"|also|and i|dijo|dice|esta|fue|va|viene|tiene|quiere|llamo|sabe|ya)\b)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"^'s?(?![A-Za-z])")
_SENTENCE = re.compile(r"(?:^|[.!?\n:;-]|\.\.\.)[\s\"'(]*$")


class NameMatcher:
    """The roster, compiled."""

    def __init__(self, roster: Roster, protected: frozenset[str], terms: Mapping[str, str] | None = None) -> None:
        """Compile.

        Args:
            roster: The persons.
            protected: The categories that the policy takes out: a shared name goes to one of them.
            terms: The policy's terms, as `words_of` gives them, each with the name of its list.
        """
        self._terms = terms or {}
        self._words: dict[str, tuple[str, Variant]] = {}
        self._tokens: dict[str, tuple[str, str]] = {}
        self._numbers: dict[str, str] = {}
        for person in roster.persons:
            self._add_names(person, protected)
            self._add_tokens(person)
        self._word_index = WordIndex({*self._words, *self._terms})
        self._token_index = SqueezedIndex(self._tokens)
        self._number_index = DigitIndex(self._numbers)

    def find(self, text: str) -> list[Span]:
        """What stands for a person of the roster, sorted; a short name inside a longer one is explained by it."""
        return self.find_in(views_of(text))

    def find_in(self, views: Iterable[View]) -> list[Span]:
        """The same over the views of a text, for a caller that has them."""
        spans: list[Span] = []
        terms: list[Span] = []
        for view in views:
            for phrase, start, end in self._word_index.find(view):
                if phrase in self._terms:
                    terms.append(Span(*view.span(start, end), TERM, f"term-{self._terms[phrase]}", 0.8))
                if phrase in self._words:
                    spans.extend(self._name(view, phrase, start, end))
            spans.extend(self._others(view))
        return without_contained(distinct(spans)) + terms if spans else terms

    def _add_names(self, person: Person, protected: frozenset[str]) -> None:
        for variant in variants_of(person):
            held = self._words.get(variant.phrase)
            if held is None or _rank(person.category, variant, protected) < _rank(*held, protected):
                self._words[variant.phrase] = (person.category, variant)

    def _add_tokens(self, person: Person) -> None:
        for handle in person.handles:
            if len(squeeze(handle)) >= 3:
                self._tokens[squeeze(handle)] = ("HANDLE", "roster-handle")
        for alias in (person.full_name, *person.aliases):
            if len(squeeze(alias)) >= 4:
                self._tokens.setdefault(squeeze(alias), (person.category, "roster-alias"))
        for address in person.emails:
            self._tokens[squeeze(address)] = ("EMAIL", "roster-email")
        for phone in person.phones:
            key = digit_key(phone)
            self._numbers[key] = "roster-phone"
            if len(key) == 10:
                self._numbers.setdefault(key[3:], "roster-phone-local")

    def _name(self, view: View, phrase: str, start: int, end: int) -> Iterator[Span]:
        category, variant = self._words[phrase]
        rare = phrase not in common_words() and view.text[start].isupper()
        if variant.guarded and not rare and not _in_context(view.text, start, end):
            return
        owned = _POSSESSIVE.match(view.text[end : end + 3])
        stop = end + owned.end() if owned else end
        start -= view.text[start - 1 : start] == "@"
        yield Span(*view.span(start, stop), category, "roster-" + variant.kind, variant.score)

    def _others(self, view: View) -> Iterator[Span]:
        for value, start, end in self._token_index.find(view):
            category, rule = self._tokens[value]
            first = start - 1 if category == "HANDLE" and view.text[start - 1 : start] == "@" else start
            yield Span(*view.span(first, end), category, rule, 0.95)
        for key, start, end in self._number_index.find(view):
            local = len(key) == 7
            yield Span(*view.span(start, end), "PHONE", self._numbers[key], 0.7 if local else 0.95)


def _rank(category: str, variant: Variant, protected: frozenset[str]) -> tuple[bool, bool, int, float]:
    """Of two readings of one phrase the lower stays: protected, needing no context, protected most, surest."""
    role = category.removeprefix("NAME_").lower()
    return category not in protected, variant.guarded, ROLES.index(role), -variant.score


def _in_context(text: str, start: int, end: int) -> bool:
    """Whether an ordinary word is a name here: after a title, or with a capital that grammar does not explain."""
    before = text[max(0, start - 24) : start]
    if _TITLE_BEFORE.search(before) or "_" in text[max(0, start - 1) : start] + text[end : end + 1]:
        return True  # underscores join the words of a file name, where grammar tells nothing
    word = text[start:end]
    if not word[:1].isupper() or (len(text) > 3 and text.isupper()):
        return False
    called = bool(_CALL_BEFORE.search(before))
    followed = bool(_AFTER.match(text[end : end + 12]))
    if word.lower() in _MONTHS:
        return followed and called
    if _SENTENCE.search(before):
        return followed
    previous = before.split()[-1] if before.split() else ""
    return called or followed or not previous[:1].isupper()
