"""Renders a selection: every rendition below one folder, all from the same released records.

Nothing here sees unredacted text. Records are read part by part and volumes are bound one by one, so memory does not
grow with the selection. The number of processes changes how long it takes and nothing else.
"""

from __future__ import annotations

import csv
import logging
import multiprocessing
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from pipeline.cells import safe_cell
from pipeline.errors import CountMismatch
from pipeline.model import Finding
from pipeline.render import losses as loss_module
from pipeline.render import vocabulary
from pipeline.render.dates import stamp_utc
from pipeline.render.job import RenderJob, RenderReport, SightingRow, VolumeReport
from pipeline.render.plan import (
    LayoutSummary,
    PartFile,
    cover_size,
    draw_volume,
    number_parts,
    plan_volumes,
    render_partition_layout,
)
from pipeline.render.schema import write_schemas
from pipeline.render.tables import TABLES, TableCounts, fragment, write_header, write_part_tables

log = logging.getLogger(__name__)

Task = TypeVar("Task")
Sightings = Callable[[int], Mapping[str, Sequence[SightingRow]]]
"""Part number (position in `parts`) to the captured copies of its records that have more than one."""


def no_sightings(part: int) -> Mapping[str, Sequence[SightingRow]]:
    """For renderings without the table of copies."""
    return {}


def render_payload(
    parts: Sequence[Path],
    findings: Iterable[Finding],
    job: RenderJob,
    out: Path,
    *,
    sightings: Sightings = no_sightings,
    workers: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> RenderReport:
    """Write `data/` and `metadata/schema/` below `out`.

    Args:
        parts: Released records, one JSON object per line, sorted; index numbers count from 1 in each part.
        findings: Evidence of loss that touches the selection.
        job: What to print around the records.
        out: An empty or new folder.
        sightings: Gives the captured copies of one part's records, for index/duplicates.csv.
        workers: Processes. The bytes written do not depend on it.
        progress: Told the step, tasks done and tasks in all.

    Raises:
        CountMismatch: The renditions disagree about the number of records or deletions.
        BundlerError: A part is not what redact writes.
    """
    data = out / "data"
    data.mkdir(parents=True, exist_ok=True)
    losses = loss_module.in_order(map(loss_module.loss_of, findings))
    with tempfile.TemporaryDirectory(prefix=".render-", dir=out) as folder:
        spool = Path(folder)
        loss_module.write_spool(losses, spool)
        run = _Runner(workers, progress)
        files = [PartFile(number=number, path=path) for number, path in enumerate(parts)]
        layout = [(part, spool, job) for part in files]
        summaries: list[LayoutSummary] = run("pages", render_partition_layout, layout)
        exemptions = _sum(summary.exemptions for summary in summaries)
        plans = plan_volumes(summaries, cover_size(job, exemptions))
        numbers = number_parts(summaries, plans)
        rows = [(part, spool, job, numbers[part.number], sightings(part.number)) for part in files]
        counts: list[TableCounts] = run("tables", write_part_tables, rows)
        for table in TABLES:
            _join(data / table, table, [fragment(spool, number, table) for number in range(len(parts))])
        bound = [(plan, spool, job, exemptions, data) for plan in plans]
        volumes: list[VolumeReport] = run("volumes", draw_volume, bound)
    _write_losses(data / "index" / "losses.csv", losses)
    write_schemas(out / "metadata" / "schema")
    report = _report(summaries, counts, volumes, len(losses))
    log.info("rendered %d records on %d pages in %d volumes", report.records, report.pages, len(volumes))
    return report


class _Runner:
    """Runs pure functions of files over their argument lists, in order, in as many processes as asked for."""

    def __init__(self, workers: int, progress: Callable[[str, int, int], None] | None) -> None:
        self.workers = workers
        self.progress = progress

    def __call__(self, step: str, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> list[Any]:
        if self.workers <= 1 or len(tasks) <= 1:
            return [self._told(step, number, len(tasks), function(*task)) for number, task in enumerate(tasks, 1)]
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(self.workers, len(tasks)), mp_context=context) as pool:
            results = pool.map(function, *zip(*tasks, strict=True))
            return [self._told(step, number, len(tasks), result) for number, result in enumerate(results, 1)]

    def _told(self, step: str, done: int, total: int, result: Any) -> Any:
        if self.progress:
            self.progress(step, done, total)
        return result


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(sorted(total.items()))


def _join(path: Path, table: str, fragments: Sequence[Path]) -> None:
    write_header(path, table)
    with path.open("ab") as out:
        for piece in fragments:
            with piece.open("rb") as stream:
                shutil.copyfileobj(stream, out, 1 << 20)
            piece.unlink()


def _write_losses(path: Path, losses: Sequence[loss_module.Loss]) -> None:
    write_header(path, "index/losses.csv")
    with path.open("a", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\r\n")
        for loss in losses:
            row = (
                loss.finding_id,
                loss.rule,
                vocabulary.BASES.get(loss.basis, loss.basis),
                f"{loss.confidence:.2f}",
                loss.record_id,
                loss.conversation_id,
                loss.unit,
                stamp_utc(loss.from_utc),
                stamp_utc(loss.to_utc),
                str(loss.low),
                str(loss.high),
                loss_module.description(loss.rule),
            )
            rows.writerow([safe_cell(cell) for cell in row])


def _report(
    summaries: Sequence[LayoutSummary], counts: Sequence[TableCounts], volumes: Sequence[VolumeReport], losses: int
) -> RenderReport:
    redactions = _sum(summary.redactions for summary in summaries)
    records = sum(summary.records for summary in summaries)
    if records != sum(count.records for count in counts):
        raise CountMismatch("pages and tables hold different numbers of records")
    if sum(redactions.values()) != sum(count.withheld for count in counts):
        raise CountMismatch("pages and the withholding index hold different numbers of deletions")
    return RenderReport(
        records=records,
        units=sum(len(summary.units) for summary in summaries),
        pages=sum(volume.pages for volume in volumes),
        volumes=tuple(volumes),
        redactions=redactions,
        losses=losses,
        duplicates=sum(count.duplicates for count in counts),
        replaced_characters=sum(summary.replaced for summary in summaries),
    )
