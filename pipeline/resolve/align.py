"""Fold the captures of one chat into its messages: what two phones hold of one message becomes one cluster.

Sequences are aligned, never bags of hashes: the matches of two captures are the heaviest chain of pairs that keeps the
order of both files, so "ok" said twice in one file stays two messages. More captures are merged one after the other,
along the tree of links that joined them, in an order that does not depend on how they arrived.

One thing may leave the order: a text that is the only one of its kind within a minute on both sides. Two people who
write at the same moment see their own message first, so phones do disagree about such neighbours (`aligned-crossed`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.resolve.candidates import Candidates
from pipeline.resolve.chain import Pair, heaviest_chain
from pipeline.resolve.chats import ChatGroup, in_file_order, is_coarse
from pipeline.resolve.clock import MINUTE, Clock, fit_clock, said_once
from pipeline.resolve.compare import CROSSED, Face, face_of, likeness
from pipeline.resolve.node import Node
from pipeline.resolve.senders import Senders
from pipeline.resolve.tokens import Entry, Shape, fold_name, read

_MIN_AGREEING = 3
"""So many texts must agree before the clock of a capture is changed."""
_MARGIN = 3 * MINUTE
"""Near its first and last entry a capture is not blamed for what it lacks: a skewed clock explains that as well."""
_VICINITY = 20
"""So many messages before and after are looked at for a copy that was not recognised."""
_LIKE = 0.5
_EXPECTED = frozenset({Shape.TEXT, Shape.MEDIA, Shape.PLACE, Shape.DELETED})
"""What every phone in a chat receives. System lines and calls differ from phone to phone by nature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One real message: the entries that are copies of it, at most one per capture."""

    members: tuple[Entry, ...]
    rules: tuple[str, ...]
    """Why each member belongs: `founder` for the first, else the rule that matched it."""
    at_utc: int
    """Microseconds on the chat's clock: that of its largest capture with a known zone, if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The stretch of the chat that one source covers, and what it lacks of it."""

    source: str
    from_utc: int
    to_utc: int
    """On the chat's clock, like `Cluster.at_utc`."""
    held: int
    missing: tuple[int, ...]
    """Numbers of the clusters inside the stretch that it lacks: no system lines, no calls, and none that an unmatched
    entry of it at the same minute by the same sender may be a copy of after all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """The messages of one chat in order, and what each source covers."""

    clusters: tuple[Cluster, ...]
    coverage: tuple[Coverage, ...]
    """By source."""


def align(group: ChatGroup) -> Alignment:
    """Align all captures of one chat.

    Returns:
        Every entry in exactly one cluster, at most one entry per capture in each. Entries keep the order of their
        file, but for matches by `aligned-crossed`. The order of captures and entries in the input does not matter.
    """
    captures = {name: _Capture(name, entries) for name, entries in sorted(group.entries.items())}
    merge = _Merge()
    for name in _merge_order(group, captures):
        merge.add(captures[name])
    clusters = tuple(
        Cluster(members=tuple(node.members), rules=tuple(node.rules), at_utc=node.at) for node in merge.nodes
    )
    return Alignment(clusters=clusters, coverage=_coverage(merge.nodes, sorted(group.sources)))


class _Capture:
    """One capture, with its times filled in."""

    def __init__(self, name: str, entries: Sequence[Entry]) -> None:
        self.name = name
        self.entries = in_file_order(entries)
        self.coarse = is_coarse(self.entries)
        self.zone_known = all(entry.zone_known for entry in self.entries)
        last = next((entry.ts_utc for entry in self.entries if entry.ts_utc is not None), 0)
        self.times: list[int] = []
        for entry in self.entries:
            last = last if entry.ts_utc is None else entry.ts_utc
            self.times.append(last)
        self._readings = [read(entry) for entry in self.entries]

    def faces(self, clock: Clock) -> list[Face]:
        return [
            face_of(entry, reading, clock.read(ts), precise=not self.coarse)
            for entry, reading, ts in zip(self.entries, self._readings, self.times, strict=True)
        ]

    def texts_once(self) -> dict[str, int]:
        held = zip(self._readings, self.times, strict=True)
        return said_once((reading.coarse, ts) for reading, ts in held if reading.shape is Shape.TEXT)


def _merge_order(group: ChatGroup, captures: Mapping[str, _Capture]) -> list[str]:
    """The largest capture with a known zone, then always the one with the strongest link to those before it."""
    support: dict[str, dict[str, int]] = defaultdict(dict)
    for link in group.links:
        support[link.first][link.second] = support[link.second][link.first] = link.support
    left = sorted(captures, key=lambda n: (not captures[n].zone_known, -len(captures[n].entries), n))
    reach = dict.fromkeys(left, 0)
    order: list[str] = []
    while left:
        best = max(left, key=reach.__getitem__)
        left.remove(best)
        order.append(best)
        for name, count in support[best].items():
            reach[name] = max(reach.get(name, 0), count)
    return order


class _Merge:
    """The messages found so far, in order, growing by one capture at a time."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._names: dict[str, set[str]] = defaultdict(set)
        self._coarse = False
        self._zones_known = True

    def add(self, capture: _Capture) -> None:
        """Merge one capture into the messages found so far."""
        faces = capture.faces(self._clock(capture))
        self._coarse |= capture.coarse
        self._zones_known &= capture.zone_known
        candidates = Candidates(self.nodes, faces)
        senders = Senders(
            ((self.nodes[i].person, faces[j].entry.sender) for i, j in candidates.unmistakable), self._names
        )
        chain = heaviest_chain(candidates.pairs(senders))
        crossed = _crossed(candidates, senders, chain)
        for pair in (*chain, *crossed):
            self.nodes[pair.first].add(faces[pair.second], pair.rule)
        self.nodes = self._weave(faces, chain, {pair.second for pair in crossed}, capture.name, senders)

    def _clock(self, capture: _Capture) -> Clock:
        known = said_once((node.faces[0].coarse, node.at) for node in self.nodes if node.faces[0].shape is Shape.TEXT)
        fit = fit_clock(
            known,
            capture.texts_once(),
            coarse=self._coarse or capture.coarse,
            zones_known=self._zones_known and capture.zone_known,
        )
        return fit.clock if len(fit.agreeing) >= _MIN_AGREEING else Clock()

    def _weave(
        self, faces: Sequence[Face], chain: Sequence[Pair], taken: set[int], capture: str, senders: Senders
    ) -> list[Node]:
        """Old and new messages in one order: that of both sides at the matches, by time between them."""
        woven: list[Node] = []
        i = j = 0
        for to_i, to_j in [*((pair.first, pair.second) for pair in chain), (len(self.nodes), len(faces))]:
            fresh = [self._found(faces[k], capture, senders) for k in range(j, to_j) if k not in taken]
            woven += _by_time(self.nodes[i:to_i], fresh)
            woven += self.nodes[to_i : to_i + 1]
            i, j = to_i + 1, to_j + 1
        return woven

    def _found(self, face: Face, capture: str, senders: Senders) -> Node:
        sender = face.entry.sender
        person = (senders.person_of(sender) or f"{capture}\x1f{sender}") if sender else ""
        if person:
            self._names[person].add(fold_name(sender))
        return Node(face, person)


def _crossed(candidates: Candidates, senders: Senders, chain: Sequence[Pair]) -> list[Pair]:
    firsts, seconds = {pair.first for pair in chain}, {pair.second for pair in chain}
    loose = [(i, j) for i, j in candidates.unmistakable if i not in firsts and j not in seconds]
    weights = [(i, j, candidates.weigh(i, j, senders)) for i, j in loose]
    return [Pair(i, j, found[0], CROSSED) for i, j, found in weights if found is not None]


def _by_time(old: Sequence[Node], new: Sequence[Node]) -> list[Node]:
    """Two sequences as one, each in its own order."""
    merged: list[Node] = []
    i = 0
    for node in new:
        while i < len(old) and old[i].at <= node.at:
            merged.append(old[i])
            i += 1
        merged.append(node)
    return [*merged, *old[i:]]


def _coverage(nodes: Sequence[Node], sources: Sequence[str]) -> tuple[Coverage, ...]:
    places: dict[str, list[int]] = {name: [] for name in sources}
    for number, node in enumerate(nodes):
        for source in dict.fromkeys(member.source for member in node.members):
            places[source].append(number)
    expected = [number for number, node in enumerate(nodes) if node.faces[0].shape in _EXPECTED]
    covered = []
    for name, held in places.items():
        if held:
            begin, end = nodes[held[0]].at, nodes[held[-1]].at
            own = frozenset(held)
            missing = tuple(
                number
                for number in expected[bisect_right(expected, held[0]) : bisect_left(expected, held[-1])]
                if number not in own
                and begin + _MARGIN <= nodes[number].at <= end - _MARGIN
                and not _perhaps_held(nodes, number, own)
            )
            covered.append(Coverage(source=name, from_utc=begin, to_utc=end, held=len(held), missing=missing))
    return tuple(covered)


def _perhaps_held(nodes: Sequence[Node], number: int, own: frozenset[int]) -> bool:
    """Whether something of the same minute and person, held only here, may be the copy that was not recognised.

    Two plain texts that are nothing like each other are not: no phone shows another text without saying so.
    """
    lacking = nodes[number]
    elsewhere = {member.source for member in lacking.members}
    begin = max(number - _VICINITY, 0)
    return any(
        other in own
        and node.person == lacking.person
        and abs(node.at - lacking.at) < 2 * MINUTE
        and _alike(node.faces[0], lacking.faces[0])
        and elsewhere.isdisjoint(member.source for member in node.members)
        for other, node in enumerate(nodes[begin : number + _VICINITY + 1], begin)
    )


def _alike(one: Face, two: Face) -> bool:
    return one.soft or two.soft or one.coarse == two.coarse or likeness(one.token, two.token) >= _LIKE
