"""The tables of `whatsapp_phrases.yml`, compiled, and filed so that an ordinary text is looked up and not searched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, TypeVar

import yaml

from pipeline.intake.formats.whatsapp_header import without_marks

LETTERS: Final = 4
"""By so many letters, or fewer where a phrase has no more, starts and ends of phrases are filed."""
_Found = TypeVar("_Found")
_PARTS: Final[Mapping[str, str]] = {
    "{who}": r"(?:(?!: ).){1,120}?",
    "{any}": ".{0,800}?",
    "{rest}": "(?P<rest>.{0,800}?)",
    "{title}": r"[\"'“”„«‘‹](?P<title>.{1,200}?)[\"'“”»’›]",
    "{chat}": r"(?P<title>.{1,250})",
    "{name}": r"(?P<name>[^<>/\\:*?\"|\n]{1,250}?)",
    "{duration}": r"(?:[,.] [^?!]{1,40}| \(.{1,40}\)| (?:at|a las|um|às|à) \d.{0,12})?",
}
_PLACEHOLDER: Final = re.compile(r"(\{\w+\})")
_QUOTES: Final = str.maketrans({"’": "'", "\u00a0": " ", "\u202f": " "})
_STOPS: Final = ".。।"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Both are safe; the one in C, where there is one, is ten times as fast."""
_STANDS_FOR: Final = ("deleted", "view-once", "pending", "attached", "document", "poll", "location", "live")


class Phrase(NamedTuple):
    """What a text of the app's own means."""

    kind: str
    """`deleted`, `view-once`, `pending`, `omitted`, `attached`, `document`, `call`, `poll`, `location`, `live` or
    `system`."""
    subkind: str = ""
    language: str = ""
    off: bool = False
    """A timer that was turned off."""


class Notice(NamedTuple):
    """One pattern of a notice."""

    order: tuple[int, int]
    """The pattern that says most comes first, else the one that stands first."""
    literal: str
    """Its longest literal piece: no text without it can match."""
    text: str
    phrase: Phrase

    @property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is needed first: of the many languages an agency meets a few."""
        return _compiled(self.text)


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything the app is known to say."""

    exact: dict[str, Phrase] = field(default_factory=dict)
    """Whole bodies, folded."""
    tags: dict[str, Phrase] = field(default_factory=dict)
    """The word before the name in `<attached: name>`, folded."""
    tails: dict[str, list[tuple[re.Pattern[str], Phrase]]] = field(default_factory=dict)
    """Other bodies that name a file, by their last letters."""
    starts: dict[str, list[tuple[str, Phrase]]] = field(default_factory=dict)
    """Starts of bodies, by their first letters."""
    open_bodies: dict[str, list[tuple[re.Pattern[str], Phrase]]] = field(default_factory=dict)
    """Whole bodies with a variable part, by their first letters."""
    openings: set[str] = field(default_factory=set)
    """The first two letters of all of these."""
    by_word: dict[str, list[Notice]] = field(default_factory=dict)
    """Notices, by a word that each of them has."""
    wordless: list[Notice] = field(default_factory=list)
    """Notices in languages that put no spaces between words."""
    edited: set[str] = field(default_factory=set)
    exports: list[re.Pattern[str]] = field(default_factory=list)


@cache
def tables() -> Tables:
    """The tables of all languages."""
    text = files("pipeline.intake.formats").joinpath("whatsapp_phrases.yml").read_text("utf-8")
    languages: dict[str, dict[str, Any]] = yaml.load(text, Loader=_LOADER)  # noqa: S506
    found = Tables()
    for language, table in languages.items():
        found.edited.update(map(fold, table["edited"]))
        found.exports.extend(_regex(pattern, exact_case=True) for pattern in table["export"])
        for kind, subkind, pattern in _entries(table):
            off = subkind == "disappearing-off"
            phrase = Phrase(kind, "disappearing-timer" if off else subkind, language, off)
            _file(found, phrase, pattern)
    found.openings.update(key[:2] for table in (found.starts, found.open_bodies) for key in table)
    return found


def fold(text: str) -> str:
    """A text for comparing with the tables: no marks, no case, plain quotes and spaces, no final full stop."""
    plain = text.strip() if text.isascii() else unquoted(text)
    return (plain[:-1] if plain[-1:] in _STOPS else plain).casefold()


def unquoted(text: str) -> str:
    """The text that `fold` folds, in its own case, so that a place in one is the same place in the other."""
    return without_marks(text).translate(_QUOTES).strip()


def tail_of(line: str) -> str:
    """The last letters by which a line is looked up in `Tables.tails`."""
    return line[-LETTERS:].casefold()


def _entries(table: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for kind in _STANDS_FOR:
        for pattern in table.get(kind, ()):
            yield kind, "", pattern
    for kind in ("omitted", "call", "system"):
        for subkind, patterns in table[kind].items():
            for pattern in patterns:
                yield kind, subkind, pattern


def _file(found: Tables, phrase: Phrase, pattern: str) -> None:
    if phrase.kind in ("poll", "location", "live"):
        _under(found.starts, fold(pattern)[:LETTERS], (fold(pattern), phrase))
    elif phrase.kind == "call":
        _under(found.open_bodies, fold(pattern)[:LETTERS], (_regex(pattern + "{duration}"), phrase))
    elif phrase.kind == "system":
        _file_notice(found, phrase, pattern)
    elif pattern.startswith("<") and "{name}" in pattern:
        found.tags.setdefault(fold(re.split("[:：]", pattern[1:])[0]), phrase)
    elif "{name}" in pattern:
        _under(found.tails, tail_of(pattern), (_regex(pattern, exact_case=True), phrase))
    elif "{" in pattern:
        _under(found.open_bodies, fold(pattern.partition("{")[0])[:LETTERS], (_regex(pattern), phrase))
    else:
        found.exact.setdefault(fold(pattern), phrase)


def _file_notice(found: Tables, phrase: Phrase, pattern: str) -> None:
    pieces = [_literal(piece) for piece in _PLACEHOLDER.split(pattern)[::2]]
    order = len(found.wordless) + sum(map(len, found.by_word.values()))
    notice = Notice((-sum(map(len, pieces)), order), max(pieces, key=len), pattern, phrase)
    words = [word for number, piece in enumerate(pieces) for word in _whole_words(piece, number, len(pieces) - 1)]
    if words:
        _under(found.by_word, max(words, key=len), notice)
    else:
        found.wordless.append(notice)


def _whole_words(piece: str, number: int, last: int) -> list[str]:
    """The words of a literal piece that no placeholder touches."""
    words = piece.split(" ")
    from_start, to_end = (0 if number == 0 else 1), (len(words) if number == last else -1)
    return [word for word in words[from_start:to_end] if word]


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return _regex(pattern)


def _under(table: dict[str, list[_Found]], key: str, found: _Found) -> None:
    table.setdefault(key, []).append(found)


def _literal(piece: str) -> str:
    """A literal piece of a pattern, folded like the texts it meets; its outer spaces stay."""
    return piece.translate(_QUOTES).casefold()


def _regex(pattern: str, *, exact_case: bool = False) -> re.Pattern[str]:
    parts = _PLACEHOLDER.split(pattern)
    if exact_case:
        return re.compile("".join(_PARTS.get(part) or re.escape(part) for part in parts), re.IGNORECASE)
    return re.compile("".join(_PARTS.get(part) or re.escape(_literal(part)) for part in parts), re.DOTALL)
