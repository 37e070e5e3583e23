"""Tell which captures are captures of one chat, where nothing in them says so.

Two captures are of one chat when enough texts that each holds exactly once were said at the same time in both, on the
days on which both have anything, by senders that map to each other. A chain text that was forwarded into two chats
was said at two times, or makes up too little of them; then the captures stay apart. In doubt they stay apart: two
records of one message are a nuisance, one record of two messages is a falsehood.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from pipeline.resolve.clock import DAY, MINUTE, Clock, fit_clock
from pipeline.resolve.tokens import Entry, Shape, read

MIN_SUPPORT = 5
"""So many texts must agree."""
MIN_SHARE = 0.3
"""Of the telling texts of either capture, on the days both have entries, so much must agree."""
MAX_CONTRADICTING = 0.3
"""Of the texts both hold once, at most so much may have been said at different times."""
MIN_PURITY = 0.6
"""Of the agreeing texts, so much must come from the sender that their sender maps to (people change numbers)."""
MAX_SILENT = 0.3
"""Of the telling texts, at most so much may come from senders none of whose texts the other capture has."""
LONG = 12
"""A text of so many characters tells one chat from another."""
_RARE = 4
"""A shorter text does too, if at most so many captures have it."""
_CROWDED = 8
"""A text in more captures than this proposes neighbours in time only, not all pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Why two captures are of one chat."""

    first: str
    second: str
    support: int
    share: float
    shift_utc: int
    """How far the second's clock is ahead of the first's at its first entry, microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatGroup:
    """All captures of one chat, with their entries in the order of their files."""

    sources: tuple[str, ...]
    """Sorted."""
    entries: Mapping[str, tuple[Entry, ...]]
    """By capture: a source, or where one source was captured at several places, the source at each of them."""
    links: tuple[Link, ...] = ()
    """The tree that joins captures of different sources."""


@dataclass(frozen=True, slots=True)
class _Said:
    ts: int
    sender: str


@dataclass(slots=True)
class _Capture:
    name: str
    source: str
    entries: tuple[Entry, ...]
    once: dict[str, _Said]
    """Telling texts: said once here, and long or rare."""
    coarse: bool
    zone_known: bool


def same_chats(sources: Mapping[str, Sequence[Entry]]) -> list[ChatGroup]:
    """Group captures by the chat they are of.

    Returns:
        Every source in exactly one group, groups by their first source. The order of the input does not matter.
    """
    captures: dict[str, _Capture] = {}
    roots: dict[str, str] = {}
    for name in sorted(sources):
        copies = _by_place(name, sources[name])
        captures |= {copy: _capture(copy, name, entries) for copy, entries in copies.items()}
        roots |= dict.fromkeys(copies, min(copies))
    postings = _postings(captures)
    for capture in captures.values():
        capture.once = {
            word: said for word, said in capture.once.items() if len(word) >= LONG or len(postings[word]) <= _RARE
        }
    links: dict[str, list[Link]] = defaultdict(list)
    for first, second in _candidates(captures, postings):
        one, two = sorted((_root(roots, first), _root(roots, second)))
        if one == two:
            continue
        link = _judge(captures[first], captures[second])
        if link is not None:
            roots[two] = one
            links[one] += [*links.pop(two, []), link]
    members: dict[str, list[str]] = defaultdict(list)
    for name in captures:
        members[_root(roots, name)].append(name)
    return [_group(captures, names, links[root]) for root, names in sorted(members.items())]


def in_file_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries of one source as they stand in its file, whatever order they arrived in."""
    return tuple(sorted(entries, key=lambda entry: (entry.line, entry.event_id)))


def _by_place(source: str, entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """The captures of one source: several when the same export lies at several places."""
    held: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        held[entry.place].append(entry)
    if len(held) <= 1:
        return {source: list(entries)}
    return {f"{source}\x1f{place}": held[place] for place in sorted(held)}


def _capture(name: str, source: str, entries: Sequence[Entry]) -> _Capture:
    ordered = in_file_order(entries)
    heard: dict[str, _Said | None] = {}
    for entry in ordered:
        reading = read(entry)
        if entry.ts_utc is not None and reading.shape is Shape.TEXT:
            heard[reading.coarse] = None if reading.coarse in heard else _Said(entry.ts_utc, entry.sender)
    once = {word: said for word, said in heard.items() if said is not None}
    return _Capture(name, source, ordered, once, is_coarse(ordered), all(entry.zone_known for entry in ordered))


def is_coarse(entries: Iterable[Entry]) -> bool:
    """Whether a source tells only the minute."""
    return all(entry.ts_utc is None or entry.ts_utc % MINUTE == 0 for entry in entries)


def _postings(captures: Mapping[str, _Capture]) -> dict[str, list[str]]:
    postings: dict[str, list[str]] = defaultdict(list)
    for name, capture in captures.items():
        for word in capture.once:
            postings[word].append(name)
    return postings


def _candidates(captures: Mapping[str, _Capture], postings: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Pairs that share enough telling texts, those that share most first."""
    shared: Counter[tuple[str, str]] = Counter()
    for word, names in postings.items():
        if len(names) > 1 and (len(word) >= LONG or len(names) <= _RARE):
            shared.update(_pairs(captures, word, names))
    enough = [(pair, count) for pair, count in shared.items() if count >= MIN_SUPPORT]
    return [pair for pair, _ in sorted(enough, key=lambda item: (-item[1], item[0]))]


def _pairs(captures: Mapping[str, _Capture], word: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(names) <= _CROWDED:
        yield from combinations(names, 2)
        return
    by_time = sorted(names, key=lambda name: (captures[name].once[word].ts, name))
    for first, second in pairwise(by_time):
        yield (first, second) if first < second else (second, first)


def _judge(first: _Capture, second: _Capture) -> Link | None:
    """The link between two captures, if they are of one chat."""
    fit = fit_clock(
        {word: said.ts for word, said in first.once.items()},
        {word: said.ts for word, said in second.once.items() if word in first.once},
        coarse=first.coarse or second.coarse,
        zones_known=first.zone_known and second.zone_known,
    )
    support = len(fit.agreeing)
    if support < MIN_SUPPORT or fit.disagreeing > MAX_CONTRADICTING * (support + fit.disagreeing):
        return None
    there, here = _days(first, Clock()), _days(second, fit.clock)
    both = there & here
    mine = [said.sender for said in first.once.values() if said.ts // DAY in both]
    yours = [said.sender for said in second.once.values() if fit.clock.read(said.ts) // DAY in both]
    share = support / max(len(mine), len(yours), support)
    speakers = Counter((first.once[word].sender, second.once[word].sender) for word in fit.agreeing)
    flipped = Counter({(b, a): count for (a, b), count in speakers.items()})
    pure = min(_purity(speakers), _purity(flipped)) >= MIN_PURITY
    heard = _silent(mine, speakers) <= MAX_SILENT and _silent(yours, flipped) <= MAX_SILENT
    if share < MIN_SHARE or not pure or not heard:
        return None
    shift = fit.clock.shifts[0]
    return Link(first=first.name, second=second.name, support=support, share=round(share, 4), shift_utc=shift)


def _days(capture: _Capture, clock: Clock) -> set[int]:
    return {clock.read(entry.ts_utc) // DAY for entry in capture.entries if entry.ts_utc is not None}


def _purity(speakers: Mapping[tuple[str, str], int]) -> float:
    """How much of the agreeing texts is explained by mapping each sender to one sender of the other capture."""
    best: dict[str, int] = {}
    for (name, _), count in speakers.items():
        best[name] = max(best.get(name, 0), count)
    return sum(best.values()) / sum(speakers.values())


def _silent(senders: Sequence[str], speakers: Mapping[tuple[str, str], int]) -> float:
    """How much comes from senders who never agree; one or two texts of a sender prove nothing."""
    known = {name for name, _ in speakers}
    silent = sum(count for name, count in Counter(senders).items() if name not in known and count > 2)
    return silent / max(len(senders), 1)


def _group(captures: Mapping[str, _Capture], names: Sequence[str], links: Sequence[Link]) -> ChatGroup:
    return ChatGroup(
        sources=tuple(sorted({captures[name].source for name in names})),
        entries={name: captures[name].entries for name in sorted(names)},
        links=tuple(sorted(links, key=lambda link: (-link.support, link.first, link.second))),
    )


def _root(roots: dict[str, str], name: str) -> str:
    while roots[name] != name:
        roots[name] = roots[roots[name]]
        name = roots[name]
    return name
