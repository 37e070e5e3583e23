"""Whether a file repeats itself from its first entry on, as when signal-export is run into the same folder again."""

from __future__ import annotations

import hashlib
from array import array
from typing import Final

_AHEAD: Final = 64
"""Entries of the first block that a later block may lack or have changed in a row."""


class Again:
    """Asked for each entry in order. Keeps eight bytes for each entry of the first block."""

    def __init__(self) -> None:
        self.first = array("Q")
        self.moment: str | None = None
        self.moved = False
        """Whether the time has moved on from the first entry's: before that, one word may have been said twice."""
        self.at = -1
        """Where the later block stands in the first one; negative while the first one lasts."""

    def repeats(self, text: bytes, moment: str) -> bool:
        """Whether the entry belongs to a later block and is one of the first block's, in its place there."""
        digest = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
        if self.moment is None:
            self.moment = moment
        self.moved = self.moved or moment != self.moment
        if self.moved and digest == self.first[0]:
            self.at = 1
            return True
        if self.at < 0:
            self.first.append(digest)
            return False
        for at in range(self.at, min(self.at + _AHEAD, len(self.first))):
            if self.first[at] == digest:
                self.at = at + 1
                return True
        return False
