"""Two passes over the parts: set every page once, then number and bind what was set.

Pass one runs per part, in any process and order, and spools finished pages. Sums over its results give every page its
Bates number and every deletion its index number. Pass two binds volumes of whole record units from the spool.
"""

from __future__ import annotations

import itertools
import struct
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from pipeline.render.cover import CoverFacts, cover_pages
from pipeline.render.document import Bookmark, Volume
from pipeline.render.galley import Galley, Page
from pipeline.render.job import MAX_VOLUME_PAGES, RenderJob, VolumeReport, bates
from pipeline.render.lines import Setter
from pipeline.render.losses import LossSpool
from pipeline.render.released import Record, decode, may_hold_deletions, read_lines, redactions
from pipeline.render.transcript import Transcript, conversation_title, place_losses

_SPAN = struct.Struct("<II")
_SHORT_DAY = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFile:
    """One part of the released records."""

    number: int
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPages:
    """One conversation-day and its pages within its part."""

    conversation_id: str
    unit: str
    title: str
    first_page: int
    pages: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutSummary:
    """What pass one found in one part."""

    part: int
    pages: int
    records: int
    numbers: int
    """Highest index number in the part."""
    redactions: Mapping[str, int]
    """Deletions by label."""
    exemptions: Mapping[str, int]
    """Deletions by exemption."""
    units: tuple[UnitPages, ...]
    replaced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumePlan:
    """One volume: its place in the numbering and the units it binds."""

    number: int
    volumes: int
    first: int
    """0-based position of its first page in the production."""
    cover: int
    """Pages of its cover."""
    pages: int
    units: tuple[tuple[int, UnitPages], ...]
    """Part and unit, in order."""

    @property
    def name(self) -> str:
        """File name below the payload."""
        return f"pdf/volume-{self.number:04d}.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartNumbers:
    """How the pages and deletions of one part are numbered."""

    index_offset: int
    unit_starts: tuple[int, ...]
    """First page of each unit within the part, ascending."""
    positions: tuple[int, ...]
    """Position in the production of each of these pages."""

    def position(self, page: int) -> int:
        """Position in the production of a page of the part."""
        unit = bisect_right(self.unit_starts, page) - 1
        return self.positions[unit] + page - self.unit_starts[unit]


def render_partition_layout(part: PartFile, spool: Path, job: RenderJob) -> LayoutSummary:
    """Pass one over one part: set its pages into the spool."""
    redacted: Counter[str] = Counter()
    exemptions: Counter[str] = Counter()
    units: list[UnitPages] = []
    numbers = records = 0
    losses = LossSpool(spool)
    setter = Setter()
    with _PageSpool(spool, part.number) as out:
        galley = Galley(out.add, lambda: transcript.header)
        transcript = Transcript(setter, galley, job)
        for group in read_units(part.path):
            first, lines = group.first, group.lines
            conversation_id, unit = first["conversation_id"], first["unit"]
            galley.fresh_page()
            first_page = galley.pages
            transcript.begin(first, group.people(), list(group.bases))
            count = itertools.count()
            for record, found in place_losses(losses.of_unit(conversation_id, unit), group.records()):
                if record is None:
                    for loss in found:
                        transcript.loss(loss, unit)
                    continue
                transcript.record(record, found)
                out.span(galley.first_row_page, galley.pages)
                for _, deletion in redactions(record) if may_hold_deletions(lines[next(count)]) else ():
                    redacted[deletion["label"]] += 1
                    exemptions.update(deletion["exemptions"])
                    numbers = max(numbers, deletion["index_no"])
            galley.close()
            records += len(lines)
            title = conversation_title(first)
            units.append(
                UnitPages(
                    conversation_id=conversation_id,
                    unit=unit,
                    title=title[:200],
                    first_page=first_page,
                    pages=galley.pages - first_page,
                    records=len(lines),
                )
            )
        pages = galley.pages
    return LayoutSummary(
        part=part.number,
        pages=pages,
        records=records,
        numbers=numbers,
        redactions=dict(sorted(redacted.items())),
        exemptions=dict(sorted(exemptions.items())),
        units=tuple(units),
        replaced=setter.replaced,
    )


@dataclass(slots=True)
class Unit:
    """A conversation-day as it is read: who and what is in it, and its lines; decoded ones of short days only."""

    first: Record
    lines: list[bytes] = field(default_factory=list)
    decoded: list[Record] = field(default_factory=list)
    persons: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    bases: dict[str, None] = field(default_factory=dict)

    def take(self, line: bytes, record: Record) -> None:
        """Add one record."""
        self.lines.append(line)
        if len(self.lines) <= _SHORT_DAY:
            self.decoded.append(record)
        self.bases[record["time_basis"]] = None
        for person in (record["sender"], *record["recipients"]):
            known = self.persons.get(person["participant"])
            if known is None or not known["name"]:
                self.persons[person["participant"]] = person

    def records(self) -> Iterator[Record]:
        """The records, each decoded once more where there are too many to hold."""
        yield from self.decoded
        yield from map(decode, self.lines[len(self.decoded) :])

    def people(self) -> list[Mapping[str, Any]]:
        """Everyone who sends or receives, by pseudonym."""
        return [self.persons[key] for key in sorted(self.persons, key=_pseudonym_order) if key]


def read_units(path: Path) -> Iterator[Unit]:
    """A part by conversation-day. Holds one unit."""
    unit: Unit | None = None
    for line in read_lines(path):
        record = decode(line)
        if unit is None or any(record[key] != unit.first[key] for key in ("unit", "conversation_id")):
            if unit:
                yield unit
            unit = Unit(record)
        unit.take(line, record)
    if unit:
        yield unit


def plan_volumes(summaries: Sequence[LayoutSummary], cover: int) -> list[VolumePlan]:
    """Divide all units, in order, into volumes, and give each volume its place in the numbering."""
    groups: list[list[tuple[int, UnitPages]]] = []
    filled = 0
    for summary in summaries:
        for unit in summary.units:
            if not groups or filled + unit.pages > MAX_VOLUME_PAGES:
                groups.append([])
                filled = cover
            groups[-1].append((summary.part, unit))
            filled += unit.pages
    plans: list[VolumePlan] = []
    first = 0
    for number, group in enumerate(groups or [[]], 1):
        pages = cover + sum(unit.pages for _, unit in group)
        plans.append(
            VolumePlan(
                number=number, volumes=max(len(groups), 1), first=first, cover=cover, pages=pages, units=tuple(group)
            )
        )
        first += pages
    return plans


def number_parts(summaries: Sequence[LayoutSummary], plans: Sequence[VolumePlan]) -> list[PartNumbers]:
    """Page positions and index offsets of every part."""
    starts: dict[int, list[tuple[int, int]]] = {summary.part: [] for summary in summaries}
    for plan in plans:
        position = plan.first + plan.cover
        for part, unit in plan.units:
            starts[part].append((unit.first_page, position))
            position += unit.pages
    offsets = itertools.accumulate((summary.numbers for summary in summaries), initial=0)
    return [
        PartNumbers(
            index_offset=offset,
            unit_starts=tuple(first for first, _ in starts[summary.part]),
            positions=tuple(position for _, position in starts[summary.part]),
        )
        for summary, offset in zip(summaries, offsets, strict=False)
    ]


def cover_size(job: RenderJob, exemptions: Mapping[str, int]) -> int:
    """Pages of a cover; the same for every volume."""
    return len(
        cover_pages(
            job,
            _facts(
                job, VolumePlan(number=1, volumes=1, first=0, cover=1, pages=MAX_VOLUME_PAGES, units=()), exemptions
            ),
        )
    )


def draw_volume(
    plan: VolumePlan, spool: Path, job: RenderJob, exemptions: Mapping[str, int], out: Path
) -> VolumeReport:
    """Pass two for one volume: bind its cover and its units' pages into a PDF below `out`."""
    numbers = [bates(job, plan.first + index) for index in range(plan.pages)]
    footer = f"Volume {plan.number} of {plan.volumes}  \u00b7  "
    volume = Volume(job.title, job.lang, numbers, footer)
    facts = _facts(job, plan, exemptions)
    for page in cover_pages(job, facts):
        volume.add(page)
    for part, group in itertools.groupby(plan.units, lambda entry: entry[0]):
        units = [unit for _, unit in group]
        first, last = units[0].first_page, units[-1].first_page + units[-1].pages
        for page in read_pages(spool, part, first, last):
            volume.add(page)
    volume.write(out / plan.name, _bookmarks(plan))
    return VolumeReport(name=plan.name, pages=plan.pages, first_bates=numbers[0], last_bates=numbers[-1])


def read_spans(spool: Path, part: int) -> Iterator[tuple[int, int]]:
    """First and last page within the part of each of its records, in order."""
    yield from _SPAN.iter_unpack((spool / f"part-{part:04d}.spans").read_bytes())


def read_pages(spool: Path, part: int, first: int, last: int) -> Iterator[Page]:
    """Pages of a part from the spool, `last` exclusive."""
    stem = spool / f"part-{part:04d}"
    offsets = stem.with_suffix(".offsets").read_bytes()
    with stem.with_suffix(".pages").open("rb") as stream:
        stream.seek(int.from_bytes(offsets[first * 8 : first * 8 + 8], "little"))
        for _ in range(first, last):
            yield _read_page(stream)


class _PageSpool:
    """Where pass one puts pages and the page spans of records."""

    def __init__(self, spool: Path, part: int) -> None:
        stem = spool / f"part-{part:04d}"
        self._pages = stem.with_suffix(".pages").open("wb")
        self._offsets = stem.with_suffix(".offsets").open("wb")
        self._spans = stem.with_suffix(".spans").open("wb")

    def __enter__(self) -> _PageSpool:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self._pages, self._offsets, self._spans):
            stream.close()

    def add(self, page: Page) -> None:
        """Keep a page."""
        self._offsets.write(self._pages.tell().to_bytes(8, "little"))
        glyphs = {face: {str(glyph): text for glyph, text in used.items()} for face, used in page.glyphs.items()}
        head = orjson.dumps([page.latin, glyphs])
        self._pages.write(_SPAN.pack(len(head), len(page.stream)) + head + page.stream)

    def span(self, first: int, last: int) -> None:
        """Keep the pages of the next record."""
        self._spans.write(_SPAN.pack(first, last))


def _read_page(stream: BinaryIO) -> Page:
    head, body = _SPAN.unpack(stream.read(_SPAN.size))
    latin, glyphs = orjson.loads(stream.read(head))
    used = {face: {int(glyph): text for glyph, text in held.items()} for face, held in glyphs.items()}
    return Page(stream.read(body), latin, used)


def _pseudonym_order(pseudonym: str) -> tuple[int, str]:
    digits = pseudonym.lstrip("P")
    return (int(digits) if digits.isdecimal() else 0, pseudonym)


def _facts(job: RenderJob, plan: VolumePlan, exemptions: Mapping[str, int]) -> CoverFacts:
    return CoverFacts(
        volume=plan.number,
        volumes=plan.volumes,
        pages=plan.pages,
        first_bates=bates(job, plan.first),
        last_bates=bates(job, plan.first + plan.pages - 1),
        redactions=exemptions,
    )


def _bookmarks(plan: VolumePlan) -> list[Bookmark]:
    """Conversations, and their days below them."""
    found: list[Bookmark] = [Bookmark("Cover", 0)]
    page = plan.cover
    for _, group in itertools.groupby(plan.units, lambda entry: entry[1].conversation_id):
        units = [unit for _, unit in group]
        conversation = Bookmark(units[0].title, page)
        found.append(conversation)
        for unit in units:
            conversation.children.append(Bookmark(unit.unit, page))
            page += unit.pages
    return found
