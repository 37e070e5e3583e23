"""A chat that really happened, and what the phones of its members export of it. Every name and text is invented."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from pipeline.resolve.align import Alignment
from pipeline.resolve.tokens import Entry

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_790_000_000 * SECOND // MINUTE * MINUTE

_SHORT = ("ok", "OK", "Ok", "si", "gracias", "👍", "lol", "on it", "10-4", "copy", "yes", "no")
_WORDS = ("truck", "lane", "gate", "shift", "report", "camera", "north", "early", "coffee", "badge", "radio", "river")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One real message."""

    number: int
    at: int
    who: str
    text: str = ""
    kind: str = "message"
    subkind: str = ""
    media: str = ""
    sha256: str = ""
    original: str = ""
    """The text before an edit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """How one phone exports."""

    name: str
    names: Mapping[str, str] = field(default_factory=dict)
    """Its address book; people who are not in it appear as `~ name`."""
    coarse: bool = True
    skew: int = 0
    shift: int = 0
    """Its wall clock against UTC, when its zone is not configured."""
    zone_known: bool = True
    lacks: frozenset[int] = frozenset()
    deleted: frozenset[int] = frozenset()
    before_edit: frozenset[int] = frozenset()
    with_bytes: bool = False
    says_kind: bool = False
    """iOS says which media were left out, Android does not."""
    first: int = 0
    last: int = 10**9


def a_chat(
    messages: int, *, seed: int = 1, people: Sequence[str] = ("ana", "ben", "cruz"), pace: int = 40 * SECOND
) -> list[Said]:
    """A chat with repeats, media, calls and system lines; a fifth of its texts are short ones said all the time."""
    rng = random.Random(seed)
    at, chat = START, []
    for number in range(messages):
        at += rng.choice((2 * SECOND, 5 * SECOND, 20 * SECOND, pace, 3 * pace, 10 * pace))
        who, dice = rng.choice(people), rng.random()
        said = Said(number=number, at=at, who=who, text=" ".join(rng.choices(_WORDS, k=rng.randint(2, 9))))
        if dice < 0.2:
            said = replace(said, text=rng.choice(_SHORT))
        elif dice < 0.26:
            kind = rng.choice(("image", "audio", "video"))
            said = replace(said, kind="file", media=kind, text="", sha256=f"{rng.getrandbits(256):064x}")
        elif dice < 0.28:
            said = replace(said, kind="system", who="", subkind=rng.choice(("member-added", "subject-changed")))
        elif dice < 0.29:
            said = replace(said, kind="call", text="")
        chat.append(said)
    return chat


def export(chat: Iterable[Said], phone: Phone) -> tuple[Entry, ...]:
    """What the phone writes, in the order of its file. The event id ends in the message's number: the truth."""
    shown = [s for s in chat if s.number not in phone.lacks and phone.first <= s.number <= phone.last]
    return tuple(_entry(said, phone, line) for line, said in enumerate(shown, 1))


def _entry(said: Said, phone: Phone, line: int) -> Entry:
    at = said.at + phone.skew + phone.shift
    flags, text = (), said.text
    if said.original:
        flags, text = ((), said.original) if said.number in phone.before_edit else (("edited",), said.text)
    media = said.media if phone.says_kind or phone.with_bytes else ""
    entry = Entry(
        event_id=f"{phone.name}:{said.number}",
        source=phone.name,
        line=line,
        ts_utc=at // MINUTE * MINUTE if phone.coarse else at // SECOND * SECOND,
        kind=said.kind,
        subkind=said.subkind,
        sender=phone.names.get(said.who, f"~ {said.who}") if said.who else "",
        body=f"{phone.name} tells that {said.subkind}" if said.kind == "system" else text,
        media=media,
        hashes=(said.sha256,) if phone.with_bytes and said.sha256 else (),
        flags=flags,
        zone_known=phone.zone_known,
    )
    if said.number in phone.deleted and said.kind in ("message", "file"):
        return replace(entry, kind="message", body="", media="", hashes=(), flags=("deleted",))
    return entry


def some(chat: Sequence[Said], share: float, seed: int) -> frozenset[int]:
    """Numbers of a random part of the messages."""
    rng = random.Random(seed)
    return frozenset(said.number for said in chat if rng.random() < share)


def number_of(entry: Entry) -> int:
    """The real message an entry is a copy of."""
    return int(entry.event_id.rpartition(":")[2])


def pair_quality(alignment: Alignment, exports: Iterable[Sequence[Entry]]) -> tuple[float, float]:
    """Precision and recall of pairs of copies."""
    found = {frozenset((a.event_id, b.event_id)) for c in alignment.clusters for a, b in combinations(c.members, 2)}
    copies: dict[int, list[str]] = {}
    for entry in (entry for entries in exports for entry in entries):
        copies.setdefault(number_of(entry), []).append(entry.event_id)
    true = {frozenset(pair) for ids in copies.values() for pair in combinations(ids, 2)}
    right = len(found & true)
    return right / max(len(found), 1), right / max(len(true), 1)
