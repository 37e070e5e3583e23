"""Two passes over the parts: set every page once, then number and bind what was set.

Pass one runs per part, in any process and order, and spools finished pages. Sums over its results give every page its
Bates number and every deletion its index number. Pass two binds volumes of whole record units from the spool.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.render.cover import CoverFacts, cover_pages
from pipeline.render.document import Bookmark, Volume
from pipeline.render.galley import Galley
from pipeline.render.job import MAX_VOLUME_PAGES, RenderJob, VolumeReport, bates
from pipeline.render.lines import Setter
from pipeline.render.losses import LossSpool
from pipeline.render.released import may_hold_deletions, redactions
from pipeline.render.spool import PageSpool, read_pages
from pipeline.render.transcript import Transcript, conversation_title, place_losses
from pipeline.render.units import read_units


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
    with PageSpool(spool, part.number) as out:
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
