"""Judges the files of a bundle one by one: whatever stands in one is searched, and detected again.

One file does not depend on another, so a large bundle is shared out among processes.
"""

from __future__ import annotations

import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf

from pipeline.bundle.verify import pdf as pdfs
from pipeline.bundle.verify import records as recs
from pipeline.bundle.verify.certificate import Finding
from pipeline.bundle.verify.literals import Mode
from pipeline.bundle.verify.redetect import redetect
from pipeline.bundle.verify.search import CHUNK, OVERLAP, Search
from pipeline.bundle.verify.views import WALL, members

RECORDS = "data/records.jsonl"
_TEXT_SUFFIXES = frozenset({".csv", ".dat", ".html", ".json", ".jsonl", ".md", ".opt", ".txt", ".xml", ".eml", ".vcf"})
_NESTED = 4
_SMALL = 1 << 16
_BATCH = 1 << 19
_PDF_WEIGHT = 8
"""A byte of a PDF, compressed and read by two libraries, costs so much more than one of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the files are held to. Plain data that crosses process borders."""

    literals: Mapping[str, str] | None
    """Redacted value to a record it was redacted in; None without a ledger."""
    kept_values: Sequence[str] = ()
    """Values that the policy keeps."""
    readable: bool
    """Whether there are records, so that their texts and the tables' cells are read one by one."""
    kept_categories: frozenset[str] = frozenset()
    own: re.Pattern[str]
    """From `own_numbers`."""
    dates: frozenset[bytes] = frozenset()
    numbered: int = 0
    """As in `Search`."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What came of some files."""

    findings: list[Finding] = field(default_factory=list)
    checks: Counter[str] = field(default_factory=Counter)
    labels: int = 0
    noted: set[int] = field(default_factory=set)
    """Literals whose occurrences do not block."""
    literals: int = 0
    short: int = 0


def judge_files(bundle: Path, paths: Sequence[str], terms: Terms) -> Found:
    """Judge some files of a bundle."""
    judge = _FileJudge(bundle, terms)
    for path in paths:
        judge.judge(path)
    return judge.finish()


def shares(bundle: Path, paths: Sequence[str], count: int) -> list[list[str]]:
    """The files in `count` shares of about the same work, each in the order of the paths; empty ones left out."""
    out: list[list[str]] = [[] for _ in range(count)]
    loads = [0] * count
    weights = {path: _weight(bundle / path) for path in paths}
    for path in sorted(paths, key=lambda path: (-weights[path], path)):
        least = loads.index(min(loads))
        out[least].append(path)
        loads[least] += weights[path]
    return [sorted(share) for share in out if share]


def notes(found: Iterable[Found]) -> list[Finding]:
    """What does not block, from all shares together."""
    held = list(found)
    noted = set[int]().union(*(one.noted for one in held))
    short = max((one.short for one in held), default=0)
    counts = {"literal-is-ordinary": len(noted), "literal-too-short-to-search": short}
    return [Finding(rule=rule, found=str(count), blocks=False) for rule, count in counts.items() if count]


def _weight(path: Path) -> int:
    size = path.stat().st_size if path.is_file() else 0
    return size * _PDF_WEIGHT if path.suffix == ".pdf" else size


class _FileJudge:
    """Judges files one by one; every step adds to `found`."""

    def __init__(self, bundle: Path, terms: Terms) -> None:
        self.bundle = bundle
        self.terms = terms
        self.found = Found()
        self.search: Search | None = None
        if terms.literals is not None:
            self.search = Search(terms.literals, terms.kept_values)
            self.search.dates = terms.dates
            self.search.numbered = terms.numbered

    def finish(self) -> Found:
        """What was found."""
        if self.search:
            self.found.findings += self.search.leaks()
            self.found.checks["bytes-searched"] = self.search.searched_bytes
            self.found.noted = self.search.noted
            self.found.literals, self.found.short = len(self.search.literals), self.search.short
        return self.found

    def judge(self, path: str) -> None:
        """Search one file of the bundle, and detect again in what it says."""
        if self.search:
            self.search.text(ascii(path)[1:-1], path, "name")
        full = self.bundle / path
        if not full.is_file():
            return
        if self.terms.readable and path == RECORDS:
            self._redetect(path, recs.released_texts(full))
        elif self.terms.readable and path.startswith("data/") and path.endswith(".csv"):
            self._redetect(path, recs.table_cells(full))
        with full.open("rb") as stream:
            head = stream.read(1024)
        if b"%PDF-" in head or path.endswith(".pdf"):
            self._pdf(path, full.read_bytes())
        elif self.search:
            self._bytes(path, full, text=_looks_like_text(path, head))

    def _bytes(self, path: str, full: Path, *, text: bool) -> None:
        place = "bag-info" if path == "bag-info.txt" else "text" if text else "binary"
        assert self.search
        with full.open("rb") as stream:
            tail = b""
            while chunk := stream.read(CHUNK):
                self.search.chunk(path, tail + chunk, Mode.TEXT if text else Mode.STREAM, place)
                tail = chunk[-OVERLAP:]
        if not text:
            self._members(path, full.read_bytes(), _NESTED)

    def _members(self, path: str, raw: bytes, depth: int) -> None:
        assert self.search
        try:
            for name, content in members(raw):
                self.search.file(path, name.encode("utf-8", "replace"), Mode.TEXT, "archive")
                text = _looks_like_text(name, content[:1024])
                self.search.file(path, content, Mode.TEXT if text else Mode.STREAM, "archive")
                if depth and content.startswith(b"%PDF-"):
                    self._pdf(path, content)
                elif depth:
                    self._members(path, content, depth - 1)
                elif content.startswith((b"PK\x03\x04", b"\x1f\x8b")):
                    self._refuse("archive-nested-too-deep", path)
        except ValueError:
            self._refuse("archive-unreadable", path)

    def _pdf(self, path: str, raw: bytes) -> None:
        self.found.checks["pdf"] += 1
        self.found.findings += pdfs.check_file(path, raw)
        try:
            for page in pdfs.pages_text(raw):
                self.found.checks["pages"] += 1
                self.found.labels += recs.count_labels(page)
                words = pdfs.without_clock_times(page)
                self._redetect(path, [words])
                if self.search:
                    self.search.text(path, words, "pdf-text")
        except ValueError:
            self._refuse("pdf-unreadable", path, found="PDFium")
        try:
            self._pdf_objects(path, raw)
        except (pikepdf.PdfError, ValueError, RuntimeError):
            self._refuse("pdf-unreadable", path, found="qpdf")

    def _pdf_objects(self, path: str, raw: bytes) -> None:
        with pikepdf.open(io.BytesIO(raw), suppress_warnings=True) as document:
            self.found.findings += pdfs.check_objects(path, document)
            self._redetect(path, pdfs.metadata_texts(document))
            if not self.search:
                return
            self.search.file(path, raw, Mode.RAW, "pdf")
            together = _Together(self.search, path)
            try:
                for piece in pdfs.pieces(document):
                    self.found.checks["pdf-pieces"] += 1
                    together.add(piece)
                    if piece.place == "pdf-embedded":
                        self._members(path, piece.raw, _NESTED)
            finally:
                together.finish()
            for orphan in pdfs.orphans(raw, document):
                self._refuse("pdf-hidden-stream", path)
                self.search.file(path, orphan, Mode.STREAM, "pdf-hidden")

    def _redetect(self, path: str, texts: Iterable[str]) -> None:
        for category, count in sorted(redetect(texts, self.terms.kept_categories, self.terms.own).items()):
            self._refuse("identifier-released", path, expected="0", found=f"{category}: {count}")

    def _refuse(self, rule: str, path: str = "", expected: str = "", found: str = "") -> None:
        self.found.findings.append(Finding(rule=rule, path=path, expected=expected, found=found))


class _Together:
    """Searches the many small pieces of a PDF some at a time, with walls between them that no rule bridges.

    A piece that is not read byte by byte as it stands, because of a byte order mark or zero bytes, is searched alone.
    """

    def __init__(self, search: Search, path: str) -> None:
        self.search = search
        self.path = path
        self.held: dict[tuple[Mode, str], list[bytes]] = defaultdict(list)
        self.sizes: Counter[tuple[Mode, str]] = Counter()

    def add(self, piece: pdfs.Piece) -> None:
        raw = piece.raw
        if piece.mode is Mode.RAW or len(raw) > _SMALL or b"\0" in raw or raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.search.file(self.path, raw, piece.mode, piece.place)
            return
        kind = (piece.mode, piece.place)
        self.held[kind].append(raw)
        self.sizes[kind] += len(raw)
        if self.sizes[kind] > _BATCH:
            self._search(kind)

    def finish(self) -> None:
        for kind in sorted(self.held):
            self._search(kind)

    def _search(self, kind: tuple[Mode, str]) -> None:
        pieces, self.held[kind], self.sizes[kind] = self.held[kind], [], 0
        if pieces:
            self.search.chunk(self.path, WALL.encode().join(pieces), *kind)
            self.search.searched_bytes -= len(WALL) * (len(pieces) - 1)


def _looks_like_text(path: str, head: bytes) -> bool:
    if Path(path).suffix.lower() in _TEXT_SUFFIXES:
        return True
    printable = sum(byte >= 32 or byte in (9, 10, 13) for byte in head)
    return printable >= 0.95 * len(head)
