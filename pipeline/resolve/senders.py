"""Map the names of one address book to those of another, as learnt from messages that both captures hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from pipeline.resolve.tokens import fold_name

_SURE = 2
"""So many agreeing messages make a mapping strong enough to forbid another."""
_MAJORITY = 0.6


class Senders:
    """Whether a person of the one side and a sender of the other are the same, by majority of the pairs seen."""

    def __init__(self, pairs: Iterable[tuple[str, str]], names: Mapping[str, Iterable[str]] | None = None) -> None:
        """Learn.

        Args:
            pairs: Person and sender of messages that are surely the same.
            names: Folded names under which each person is known; the last resort for persons never learnt.
        """
        counts = Counter(pair for pair in pairs if all(pair))
        self._to_sender = _majority(counts)
        self._to_person = _majority(Counter({(sender, person): count for (person, sender), count in counts.items()}))
        self._names = {person: frozenset(known) for person, known in (names or {}).items()}

    def same(self, person: str, sender: str) -> bool | None:
        """True or False when the pairs tell, None when they do not.

        One person may have two numbers on one side, so a mapping in either direction is enough for True.
        """
        if not person or not sender:
            return None
        forth, back = self._to_sender.get(person), self._to_person.get(sender)
        if (forth and forth[0] == sender) or (back and back[0] == person):
            return True
        if (forth and forth[1] >= _SURE) or (back and back[1] >= _SURE):
            return False
        return True if fold_name(sender) in self._names.get(person, ()) else None

    def person_of(self, sender: str) -> str | None:
        """The person a sender maps to, if any."""
        back = self._to_person.get(sender)
        return back[0] if back else None


def _majority(counts: Mapping[tuple[str, str], int]) -> dict[str, tuple[str, int]]:
    totals: Counter[str] = Counter()
    best: dict[str, tuple[str, int]] = {}
    for (one, other), count in sorted(counts.items()):
        totals[one] += count
        if one not in best or count > best[one][1]:
            best[one] = (other, count)
    return {one: held for one, held in best.items() if held[1] >= _MAJORITY * totals[one]}
