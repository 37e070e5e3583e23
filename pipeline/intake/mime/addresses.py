"""The people in a From, To, Cc or Bcc field: shown names and addresses, in linear time, whatever stands there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from pipeline.intake.mime.headers import in_words

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|<[^<>]*+>|\[[^\[\]]*+\]|\\.|[^"()<>\[\]\\,;:]++|.', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SPACES: Final = re.compile(r"[\x00-\x20\x7f\xa0]+")


class Person(NamedTuple):
    """One entry of an address list."""

    name: str
    address: str
    """In lower case; empty when only a name was given."""

    @property
    def id(self) -> str:
        """The address, else the name."""
        return self.address or self.name

    @property
    def shown(self) -> str:
        """As a mail program shows it."""
        if not self.name or self.name.lower() == self.address:
            return self.address
        return f"{self.name} <{self.address}>" if self.address else self.name


def people(text: str) -> Sequence[Person]:
    """Everybody in an address list. Names of groups are passed over, their members are not."""
    return _known_people(text) if len(text) < 200 else _people(text)


@lru_cache(maxsize=4096)
def _known_people(text: str) -> Sequence[Person]:
    return tuple(_people(text))


def _people(text: str) -> list[Person]:
    if '"' not in text and "(" not in text and ":" not in text and ";" not in text and "\\" not in text:
        return [person for entry in text.split(",") if (person := _simple(entry))]
    found: list[Person] = []
    entry = _Entry()
    for piece in _TOKEN.findall(text):
        if entry.comments:
            entry.comment(piece)
        elif piece == "(":
            entry.comments = 1
        elif piece in (",", ";"):
            found += entry.taken()
        elif piece == ":":
            entry.after_colon()
        else:
            entry.add(piece)
    return found + entry.taken()


def _simple(entry: str) -> Person | None:
    """An entry without quotes, comments or groups."""
    name, opened, rest = entry.partition("<")
    if opened:
        address, _, after = rest.partition(">")
        return _person(f"{name} {after}" if after.strip() else name, address)
    return _person("", entry) if "@" in entry and " " not in entry.strip() else _bare(entry)


class _Entry:
    """One entry while its pieces are read."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.words: list[str] = []
        self.angle: str | None = None
        self.remarks: list[str] = []
        self.comments = 0

    def comment(self, piece: str) -> None:
        self.comments += (piece == "(") - (piece == ")")
        if self.comments:
            self.remarks.append(piece)

    def after_colon(self) -> None:
        """What stands before a colon names a group, or is `mailto`."""
        if any("@" in word for word in self.words):
            self.words.append(":")
        else:
            self.words.clear()

    def add(self, piece: str) -> None:
        if piece[0] == "<" and len(piece) > 1:
            if self.angle is None:
                self.angle = piece[1:-1]
            else:
                self.words.append(piece)
        elif piece[0] in '"\\' and len(piece) > 1:
            self.words.append(_ESCAPED.sub(r"\1", piece[1:-1] if piece[0] == '"' else piece))
        else:
            self.words.append(piece)

    def taken(self) -> list[Person]:
        name, remark = "".join(self.words), "".join(self.remarks)
        person = _person(name or remark, self.angle) if self.angle is not None else _bare(name, remark)
        self.begin()
        return [person] if person else []


def _bare(text: str, remark: str = "") -> Person | None:
    """An entry without angle brackets: an address, a name, or a name before an address."""
    at = next((word for word in text.split() if "@" in word[1:]), "")
    if not at:
        return _person(text or remark, "")
    return _person(text.replace(at, " ", 1) if at != text.strip() else remark, at)


def _person(name: str, address: str) -> Person | None:
    shown = in_words(name) if "=?" in name else name
    shown = _SPACES.sub(" ", shown).strip().strip("'").strip()
    plain = _SPACES.sub("", address).strip("'<>").removeprefix("mailto:")
    if plain.startswith("@"):
        plain = plain.rpartition(":")[2]
    if plain and "@" not in plain and not shown and "=?" in plain:
        shown, plain = in_words(plain), ""
    if not plain and not shown:
        return None
    return Person(shown, plain.lower())
