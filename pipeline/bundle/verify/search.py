"""Searches every view of every file for every literal, in one pass each, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import ahocorasick_rs

from pipeline.bundle.verify.certificate import Finding
from pipeline.bundle.verify.folding import Places, fold, squeeze, squeeze_ascii
from pipeline.bundle.verify.literals import Literal, Mode, blocks, encoded_forms, searched
from pipeline.bundle.verify.views import View, byte_views

CHUNK = 1 << 22
OVERLAP = 1 << 13
_SHOWN = 3
_TELLING = 6
"""Shorter literals turn up by chance in what digests and ids decode to."""
_NUMBERED: Mapping[str, tuple[bytes, tuple[bytes, ...]]] = {
    "data/records.jsonl": (b'"index_no":', (b",", b"}")),
    "data/index/withholding.csv": (b"\n", (b",",)),
}
"""Where a file numbers the deletions: what stands before the number and what after it."""


@dataclass(slots=True, kw_only=True)
class _Hits:
    records: set[str] = field(default_factory=set)
    """Records in which they were redacted."""
    literals: set[int] = field(default_factory=set)


class Search:
    """All literals of a run, ready to be searched for."""

    def __init__(self, values: Mapping[str, str], kept: Iterable[str] = ()) -> None:
        """Build the automata.

        Args:
            values: Redacted value to a record in which it was redacted.
            kept: Values that the policy keeps; an occurrence inside one of them is noted, not blocked.
        """
        self.literals, self.short = searched(values)
        self._text = ahocorasick_rs.BytesAhoCorasick([literal.squeezed for literal in self.literals])
        self._encoded_forms = encoded_forms(values)
        self._encoded = ahocorasick_rs.BytesAhoCorasick(self._encoded_forms)
        self._kept = sorted({squeeze(fold(value)) for value in kept} - {b""})
        self._hits: dict[tuple[str, str], _Hits] = defaultdict(_Hits)
        self._known: dict[tuple[str, str], set[int]] = defaultdict(set)
        """By path and place: what was found there already, so that a literal is reported once, not once per view."""
        self.noted: set[int] = set()
        """Literals that occur where it does not block."""
        self.dates: frozenset[bytes] = frozenset()
        """Days that the records are about, digits only: a number that is one of them is printed anyway."""
        self.numbered = 0
        """How many deletions the index numbers count, without a gap: these are printed anyway, in their place."""
        self.searched_bytes = 0

    def file(self, path: str, raw: bytes, mode: Mode, place: str) -> None:
        """Search bytes, chunk by chunk, with everything encoded inside them."""
        for start in range(0, max(len(raw), 1), CHUNK):
            self.chunk(path, raw[start : start + CHUNK + OVERLAP], mode, place)

    def chunk(self, path: str, raw: bytes, mode: Mode, place: str) -> None:
        """Search one piece of bytes."""
        self.searched_bytes += len(raw)
        if mode is Mode.RAW:
            self._scan(path, place, "raw", raw.lower(), mode)
        for view in byte_views(raw, mode):
            self.view(path, view, place)
        self._scan_encoded(path, raw, place)

    def view(self, path: str, view: View, place: str) -> None:
        """Search one view."""
        self._scan(path, place, view.how, fold(view.text), view.mode)

    def text(self, path: str, text: str, place: str) -> None:
        """Search a text that was extracted or decoded elsewhere."""
        self.view(path, View(text, Mode.TEXT, "plain"), place)

    def leaks(self) -> list[Finding]:
        """What was found, as rules and files."""
        found = []
        for (path, rule), hits in sorted(self._hits.items()):
            shown = ", ".join(sorted(hits.records)[:_SHOWN])
            found.append(
                Finding(rule=f"literal-in-{rule}", path=path, expected="0", found=f"{len(hits.literals)}: {shown}")
            )
        return found

    def _scan(self, path: str, place: str, how: str, folded: bytes, mode: Mode) -> None:
        squeezed = squeeze_ascii(folded) if mode is Mode.RAW else squeeze(folded)
        matches = self._text.find_matches_as_indexes(squeezed, overlapping=True) if self.literals else ()
        if not matches:
            return
        places = Places.of_raw(folded) if mode is Mode.RAW else Places(folded)
        known = self._known[path, place]
        least = _TELLING if how in ("hex", "base64") else 0
        for number, start, end in matches:
            literal = self.literals[number]
            if number in known or (literal.ordinary and number in self.noted) or literal.length < least:
                continue
            first, last = places[start], places[end - 1] + 1
            if not blocks(literal, folded, first, last, mode) or self._is_index_number(path, folded, first, last):
                continue
            if literal.ordinary or literal.squeezed in self.dates or self._is_kept(literal, squeezed, start):
                self.noted.add(number)
                continue
            known.add(number)
            hits = self._hits[path, place if how == "plain" else f"{place}-{how}"]
            hits.literals.add(number)
            hits.records.add(literal.record_id)

    def _is_index_number(self, path: str, folded: bytes, start: int, end: int) -> bool:
        """Whether it is only the number of a deletion, standing where that file has it."""
        span = folded[start:end]
        if path not in _NUMBERED or not span.isdigit() or int(span) > self.numbered:
            return False
        before, after = _NUMBERED[path]
        return folded.endswith(before, 0, start) and folded.startswith(after, end)

    def _is_kept(self, literal: Literal, squeezed: bytes, start: int) -> bool:
        for kept in self._kept:
            at = kept.find(literal.squeezed)
            while at >= 0:
                if start >= at and squeezed.startswith(kept, start - at):
                    return True
                at = kept.find(literal.squeezed, at + 1)
        return False

    def _scan_encoded(self, path: str, raw: bytes, place: str) -> None:
        if not self._encoded_forms:
            return
        for number, _, _ in self._encoded.find_matches_as_indexes(raw, overlapping=True):
            hits = self._hits[path, f"{place}-encoded"]
            hits.literals.add(-1 - number)
