"""What WhatsApp itself says in an export, in the languages of `whatsapp_phrases.yml`: stand-ins, markers, notices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeVar

import yaml

from pipeline.intake.formats.whatsapp_header import OWN_MARKS, without_marks

LONGEST: Final = 1000
"""The app's own phrases are shorter than this."""
_LETTERS: Final = 4
"""By so many letters the tables are looked up; each pattern starts with at least as many."""
_Found = TypeVar("_Found")
_WHO: Final = r"(?:(?!: ).){1,120}?"
_PARTS: Final[Mapping[str, str]] = {
    "{who}": _WHO,
    "{any}": ".{0,800}?",
    "{title}": r"[\"'“”„«‘‹](?P<title>.{1,200}?)[\"'“”»’›]",
    "{chat}": r"(?P<title>.{1,250})",
    "{name}": r"(?P<name>[^<>/\\:*?\"|\n]{1,250}?)",
}
_TRAILING: Final = re.compile(rf"[\s{OWN_MARKS}]+$")
_QUOTES: Final = str.maketrans({"’": "'", "\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a text of the app's own means."""

    kind: str
    """`deleted`, `view-once`, `omitted`, `attached`, `document`, `call`, `poll`, `location` or `system`."""
    subkind: str = ""
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The tables, compiled."""

    exact: dict[str, Phrase] = field(default_factory=dict)
    """Whole bodies, folded."""
    named: list[tuple[re.Pattern[str], Phrase]] = field(default_factory=list)
    """Bodies that name a file."""
    starts: dict[str, list[tuple[str, Phrase]]] = field(default_factory=dict)
    """Starts of bodies, by their first letters."""
    notices: list[tuple[re.Pattern[str], Phrase]] = field(default_factory=list)
    open_bodies: dict[str, list[tuple[re.Pattern[str], Phrase]]] = field(default_factory=dict)
    """Whole bodies with a variable part, by their first letters."""
    edited: tuple[str, ...] = ()
    exports: list[re.Pattern[str]] = field(default_factory=list)


def fold(text: str) -> str:
    """A text for comparing with the tables: no marks, no case, plain quotes and spaces, no final full stop."""
    return without_marks(text).translate(_QUOTES).strip().removesuffix(".").casefold()


@cache
def phrases() -> Phrases:
    """The tables of all languages."""
    text = files("pipeline.intake.formats").joinpath("whatsapp_phrases.yml").read_text("utf-8")
    tables: dict[str, dict[str, Any]] = yaml.safe_load(text)
    found = Phrases(edited=tuple(sorted({fold(m) for table in tables.values() for m in table["edited"]})))
    for language, table in tables.items():
        for kind, subkind, pattern in _entries(table):
            _compile(found, Phrase(kind, subkind, language=language), pattern)
        found.exports.extend(_regex(pattern, exact_case=True) for pattern in table["export"])
    return found


def _entries(table: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for kind in ("deleted", "view-once", "attached", "document", "poll", "location"):
        for pattern in table.get(kind, ()):
            yield kind, "", pattern
    for kind in ("omitted", "call", "system"):
        for subkind, patterns in table[kind].items():
            for pattern in patterns:
                yield kind, subkind, pattern


def _compile(found: Phrases, phrase: Phrase, pattern: str) -> None:
    if phrase.kind in ("poll", "location"):
        _file_under(found.starts, pattern, (pattern.casefold(), phrase))
    elif phrase.kind == "call":
        _file_under(found.open_bodies, pattern, (_regex(pattern + "{duration}"), phrase))
    elif phrase.kind == "system":
        found.notices.append((_regex(pattern), phrase))
    elif "{name}" in pattern:
        found.named.append((_regex(pattern, exact_case=True), phrase))
    elif "{" in pattern:
        _file_under(found.open_bodies, pattern, (_regex(pattern), phrase))
    else:
        found.exact.setdefault(fold(pattern), phrase)


def _file_under(table: dict[str, list[_Found]], pattern: str, found: _Found) -> None:
    table.setdefault(fold(pattern)[:_LETTERS], []).append(found)


def _regex(pattern: str, *, exact_case: bool = False) -> re.Pattern[str]:
    parts = re.split(r"(\{\w+\})", pattern)
    known = {**_PARTS, "{duration}": r"(?:[,.] [^?!]{1,40}| \(.{1,40}\)| (?:at|a las|um|às|à) \d.{0,12})?"}
    if exact_case:
        return re.compile("".join(known.get(part) or re.escape(part) for part in parts), re.IGNORECASE)
    return re.compile("".join(known.get(part) or re.escape(fold_part(part)) for part in parts), re.DOTALL)


def fold_part(text: str) -> str:
    """A literal piece of a pattern, folded like the texts it meets; its outer spaces stay."""
    return text.translate(_QUOTES).casefold()


def body_phrase(first_line: str, body: str) -> Phrase | None:
    """What a body stands for when the app wrote it in place of what somebody sent."""
    if len(first_line) > LONGEST:
        return None
    tables = phrases()
    folded = fold(first_line)
    if phrase := tables.exact.get(folded):
        return phrase if phrase.kind == "omitted" or first_line == body else None
    letters = folded[:_LETTERS]
    for start, phrase in tables.starts.get(letters, ()):
        if folded.startswith(start):
            return phrase
    if first_line == body:
        for pattern, phrase in tables.open_bodies.get(letters, ()):
            if pattern.fullmatch(folded):
                return phrase
    return None


def named_file(line: str) -> tuple[Phrase, str, str] | None:
    """The file a line names, with what the line says besides (a caption); None when it names none."""
    if len(line) > LONGEST or not ("(" in line or "<" in line or "omi" in line or "wegg" in line):
        return None
    plain = without_marks(line).strip()
    for pattern, phrase in phrases().named:
        match = pattern.fullmatch(plain)
        if match and (phrase.kind == "attached" or "." in match["name"]):
            return phrase, match["name"].strip(), ""
        if pattern.pattern.startswith("<") and (match := pattern.search(plain)):
            return phrase, match["name"].strip(), (plain[: match.start()] + plain[match.end() :]).strip()
    return None


def notice(text: str) -> tuple[Phrase, str] | None:
    """The app's own notice, with the title it names; None for anything else."""
    if len(text) > LONGEST:
        return None
    folded = fold(text)
    for pattern, phrase in phrases().notices:
        if match := pattern.fullmatch(folded):
            at = match.span("title") if "title" in match.groupdict() else (0, 0)
            plain = without_marks(text).translate(_QUOTES).strip()
            return phrase, plain[at[0] : at[1]] if at[1] and len(plain.casefold()) == len(plain) else ""
    return None


def without_edit_marker(body: str) -> tuple[str, str]:
    """A body without the marker that it was edited, and that marker; the marker is empty when there is none."""
    if not body.rstrip().endswith(">"):
        return body, ""
    start = body.rfind("<")
    marker = body[start:]
    if start < 0 or fold(marker) not in phrases().edited:
        return body, ""
    return _TRAILING.sub("", body[:start]), without_marks(marker).strip()


def export_title(name: str) -> str:
    """The chat's title in the file name of an export, or an empty text."""
    base = name.rpartition("/")[2]
    stem = base.removesuffix(".txt").removesuffix(".zip")
    if stem == base or len(stem) > 300:
        return ""
    stem = without_marks(re.sub(r" ?\(\d+\)$", "", stem))
    for pattern in phrases().exports:
        if match := pattern.fullmatch(stem):
            return match["title"].strip()
    return ""
