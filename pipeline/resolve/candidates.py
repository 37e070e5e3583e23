"""Propose which messages and entries could be the same, looking only at neighbours in time, in near-linear time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from pipeline.resolve.chain import Pair
from pipeline.resolve.compare import Face, compare
from pipeline.resolve.node import Node
from pipeline.resolve.senders import Senders
from pipeline.resolve.tokens import Shape

_CROWD = 48
"""Of more candidates than this in one minute only those at a like place within the minute are compared."""
_REACH = _CROWD // 4
_NEAR = (-1, 0, 1)


class Candidates:
    """The messages of a chat so far, indexed for the entries of one more capture."""

    def __init__(self, nodes: Sequence[Node], faces: Sequence[Face]) -> None:
        """Index both sides by minute and by (minute, token)."""
        self._nodes = nodes
        self._faces = faces
        self._exact: dict[tuple[int, str], list[int]] = defaultdict(list)
        self._minute: dict[int, list[int]] = defaultdict(list)
        self._soft: dict[int, list[int]] = defaultdict(list)
        for number, node in enumerate(nodes):
            shown = [(minute, face) for face in node.faces for minute in face.minutes]
            for key in dict.fromkeys((minute, face.coarse) for minute, face in shown):
                self._exact[key].append(number)
            for minute in dict.fromkeys(minute for minute, _ in shown):
                self._minute[minute].append(number)
            for minute in dict.fromkeys(minute for minute, face in shown if face.soft):
                self._soft[minute].append(number)
        self._equal = Counter((face.minute, face.coarse) for face in faces)
        self._together = Counter(face.minute for face in faces)
        self.unmistakable = self._alone()
        """Pairs of equal texts that have no like within a minute on either side."""

    def _alone(self) -> list[tuple[int, int]]:
        found = []
        for number, face in enumerate(self._faces):
            if face.shape is not Shape.TEXT or self._count(face.minute, face.coarse) != 1:
                continue
            nodes = {i for step in _NEAR for i in self._exact.get((face.minute + step, face.coarse), ())}
            if len(nodes) == 1:
                (node,) = nodes
                minutes = {known.minute for known in self._nodes[node].faces if known.coarse == face.coarse}
                if all(self._count(minute, face.coarse) == 1 for minute in minutes):
                    found.append((node, number))
        return found

    def pairs(self, senders: Senders) -> list[Pair]:
        """Every pair that may be one message, weighed."""
        ranks: Counter[int] = Counter()
        equal_ranks: Counter[tuple[int, str]] = Counter()
        found = []
        for number, face in enumerate(self._faces):
            rank, equal_rank = ranks[face.minute], equal_ranks[face.minute, face.coarse]
            ranks[face.minute] += 1
            equal_ranks[face.minute, face.coarse] += 1
            for node in self._around(face, rank, equal_rank):
                weighed = self.weigh(node, number, senders)
                if weighed is not None:
                    found.append(Pair(node, number, *weighed))
        return found

    def weigh(self, node: int, face: int, senders: Senders) -> tuple[int, str] | None:
        """Weight and rule of one pair: the best over the faces of the message."""
        held, shown = self._nodes[node], self._faces[face]
        same = senders.same(held.person, shown.entry.sender)
        weighed = [found for known in held.faces if (found := compare(known, shown, same)) is not None]
        return max(weighed, default=None)

    def _around(self, face: Face, rank: int, equal_rank: int) -> list[int]:
        """Places of messages worth a comparison: equal ones, and those whose copies may look different."""
        loose = self._minute if face.soft else self._soft
        places: set[int] = set()
        for minute, step in [(minute + step, step) for minute in face.minutes for step in _NEAR]:
            equal, others = self._exact.get((minute, face.coarse)), loose.get(minute)
            if equal:
                places.update(_like_place(equal, step, equal_rank, self._equal[face.minute, face.coarse]))
            if others:
                places.update(_like_place(others, step, rank, self._together[face.minute]))
        return sorted(places)

    def _count(self, minute: int, coarse: str) -> int:
        """Entries of the new capture that say this within a minute."""
        held = self._equal.get
        return held((minute, coarse), 0) + held((minute - 1, coarse), 0) + held((minute + 1, coarse), 0)


def _like_place(bucket: Sequence[int], step: int, rank: int, of: int) -> Sequence[int]:
    """The part of a crowded minute around a place counted from its start and from its end.

    Of the minute before that is its end, of the minute after its start.
    """
    if len(bucket) <= _CROWD:
        return bucket
    if step:
        return bucket[-2 * _REACH :] if step < 0 else bucket[: 2 * _REACH]
    places: list[int] = []
    for centre in (rank, len(bucket) - of + rank):
        places += bucket[max(centre - _REACH, 0) : max(centre + _REACH, 0)]
    return places
