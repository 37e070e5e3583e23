"""What a seed is: a small capture file of one format, in pieces, so that damage can be told from what came before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate

OWN_PLACE = frozenset(("event_id", "object_key", "version_id", "member"))
"""Fields of an entry that say where it stands, not what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One small file that its reader reads without a quarantined entry."""

    reader: str
    """`NAME` of the reader."""
    name: str = ""
    """Tells seeds of one reader apart."""
    syntax: str
    """`lines` (JSON Lines), `json`, `xml`, `mail`, `text` or `sqlite`: which hostile values fit."""
    head: bytes = b""
    elements: tuple[bytes, ...] = ()
    between: bytes = b""
    tail: bytes = b""
    key: str = "captures/one"
    beside: Mapping[str, bytes] = field(default_factory=dict)
    """Other files of the same folder tree, by key."""
    timezone: str = ""
    source: Mapping[str, str] = field(default_factory=dict)
    """Fields of the object's row in the sources file."""
    tokens: tuple[bytes, ...] = ()
    """Words of the format that a text may repeat to make a reader slow, or that its grammar hangs on."""
    in_head: int = 0
    """How many elements the head holds, e.g. the row of the chat that the messages belong to."""
    lookahead: int = 0
    """How many elements must follow before one is known to be complete, e.g. 1 where the next head ends it."""
    learnt: frozenset[str] = frozenset()
    """Fields of an event that the whole text decides; damage anywhere may change them."""
    settled: bool = True
    """False where damage anywhere may turn entries into quarantined ones, e.g. by leaving a date order open."""

    @property
    def id(self) -> str:
        """How tests and findings name it."""
        return f"{self.reader}-{self.name}" if self.name else self.reader

    @property
    def data(self) -> bytes:
        """The whole file."""
        return self.head + self.between.join(self.elements) + self.tail

    def complete(self, size: int) -> int:
        """How many elements are certainly complete in the first `size` bytes."""
        steps = (len(element) + len(self.between) for element in self.elements)
        ends = [len(self.head) + end - len(self.between) for end in accumulate(steps)]
        return max(0, sum(end <= size for end in ends) - self.lookahead)
