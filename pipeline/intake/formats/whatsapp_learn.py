"""What a first pass over a WhatsApp text learns: the phone's shape of heads, its authors, its language, the chat."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from pipeline.intake.formats.whatsapp_entries import heads
from pipeline.intake.formats.whatsapp_header import OWN_MARKS, Head, Shape, without_marks
from pipeline.intake.formats.whatsapp_order import DateEvidence
from pipeline.intake.formats.whatsapp_phrases import body_phrase, notice

_MOST_AUTHORS: Final = 100_000
_MOST_SHAPES: Final = 64
_VOTERS: Final = 5_000
_LONGEST_AUTHOR: Final = 120
_OFTEN: Final = 3
"""So many entries must start the same before a name is believed to hold a colon."""
_MARKS: Final = frozenset(OWN_MARKS)
_GROUP: Final = frozenset(
    (
        "group-created",
        "member-added",
        "member-removed",
        "member-left",
        "member-joined",
        "subject-changed",
        "icon-changed",
        "description-changed",
        "settings-changed",
        "admin-changed",
    )
)


@dataclass(slots=True)
class Learnt:
    """What the entries of one shape have in common."""

    dates: DateEvidence
    entries: int = 0
    prefixes: Counter[str] = field(default_factory=Counter)
    """What stands before a colon and a space: authors, and longer texts that may be authors too."""
    languages: Counter[str] = field(default_factory=Counter)
    marked: bool = False
    """The app marks its own words with invisible characters, as iPhones do."""
    subject: str = ""
    """The title that the last notice about it names."""
    group: bool = False
    notices_by: Counter[str] = field(default_factory=Counter)
    """On iPhones: names under which notices stand, i.e. the chat's title or the contact."""

    @property
    def language(self) -> str:
        """The language most of the app's words are in, or empty."""
        ranked = sorted(self.languages.items(), key=lambda item: (-item[1], item[0]))
        return ranked[0][0] if ranked else ""

    def add(self, head: Head, rest: str) -> None:
        """Take in one entry."""
        self.entries += 1
        self.dates.add(head, rest)
        author, body = split_author(rest, None)
        own_words = body[:1] in _MARKS and body != ""
        if own_words:
            self.marked = True
        if author is not None and len(self.prefixes) < _MOST_AUTHORS:
            if rest.find(": ", len(author) + 2, _LONGEST_AUTHOR + 2) < 0:
                self.prefixes[author] += 1
            else:
                self.prefixes.update(_prefixes(rest))
        if self.entries <= _VOTERS or author is None or own_words:
            self._vote(author, body, own_words)

    def _vote(self, author: str | None, body: str, own_words: bool) -> None:
        if (author is None or own_words) and (said := notice(body)):
            self.group = self.group or said.phrase.subkind in _GROUP
            self.subject = said.title or self.subject
            self.languages[said.phrase.language] += 1
            if author is not None:
                self.notices_by[plain_name(author)] += 1
        elif phrase_of_body := body_phrase(body, body):
            self.languages[phrase_of_body.language] += 1

    def author_of(self, rest: str) -> tuple[str | None, str]:
        """Author and body of an entry; no author for what the app says about the chat."""
        return split_author(rest, self)

    def authors(self) -> set[str]:
        """Everyone who said something, by plain name; a chat's title under which only notices stand is nobody."""
        longer: dict[str, str] = {}
        for prefix in self.prefixes:
            first = prefix.partition(": ")[0]
            if self.prefixes[prefix] == self.prefixes[first] >= _OFTEN or prefix == first:
                longer[first] = max(longer.get(first, ""), prefix, key=len)
        return {
            plain_name(name)
            for name in longer.values()
            if self.prefixes[name] > self.notices_by[plain_name(name)]
            and not (self.prefixes[name] == 1 and '"' in name)
        }

    def said_by(self, author: str) -> int:
        """How many entries start with this author."""
        return self.prefixes[author]


def learn(stream: BinaryIO, limit: int) -> Learnt | None:
    """Read the text once. The shape most entries have is the file's; None when no line has a head."""
    found: dict[Shape, Learnt] = {}
    for head, rest in heads(stream, limit):
        learnt = found.get(head.shape)
        if learnt is None:
            if len(found) >= _MOST_SHAPES:
                continue
            learnt = found[head.shape] = Learnt(dates=DateEvidence(shape=head.shape))
        learnt.add(head, rest)
    return max(found.values(), key=lambda learnt: learnt.entries, default=None)


def split_author(rest: str, learnt: Learnt | None) -> tuple[str | None, str]:
    """Split at the first colon and space; later, where that often makes the same longer name."""
    at = rest.find(": ", 1, _LONGEST_AUTHOR + 2)
    if at < 0:
        bare = rest.rstrip()
        if bare.endswith(":") and 1 < len(bare) <= _LONGEST_AUTHOR:
            return bare[:-1], ""
        return None, rest
    if learnt and rest.find(": ", at + 2, _LONGEST_AUTHOR + 2) > 0:
        at = _end_of_author(rest, learnt)
    return rest[:at], rest[at + 2 :]


def _end_of_author(rest: str, learnt: Learnt) -> int:
    first, *others = _prefixes(rest)
    author, said = first, learnt.said_by(first)
    for longer in others:
        if said >= _OFTEN and learnt.said_by(longer) == said:
            author = longer
    return len(author)


def plain_name(author: str) -> str:
    """A name without marks and without the tilde of people who are not in the address book."""
    name = without_marks(author).replace("\u202f", " ").replace("\u00a0", " ").strip()
    return name.removeprefix("~").strip() or name


def _prefixes(rest: str) -> list[str]:
    found: list[str] = []
    at = rest.find(": ", 1, _LONGEST_AUTHOR + 2)
    while at > 0 and len(found) < 4:
        found.append(rest[:at])
        at = rest.find(": ", at + 2, _LONGEST_AUTHOR + 2)
    return found
