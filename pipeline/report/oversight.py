"""The quarterly oversight report: what was captured, folded, withheld, lost and delivered, each figure traceable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.engine import EngineSettings, sql_session
from pipeline.errors import UsageError
from pipeline.lake import TABLES, Lake
from pipeline.report.contents import Report, checks_of
from pipeline.report.figures import bundles, measure, view_sql
from pipeline.report.pdf import as_pdf
from pipeline.report.quarter import Quarter, quarter_in
from pipeline.report.queries import VIEWS
from pipeline.report.sheets import as_csv, as_json
from pipeline.report.suppress import for_the_public
from pipeline.storage import open_zone

log = logging.getLogger(__name__)

_NEEDED = sorted({table for view in VIEWS.values() for table in view.tables} & set(TABLES))


def quarterly(
    lake: str,
    runs: str,
    quarter: str,
    out: str,
    *,
    zone: str = "America/New_York",
    agency: str = "",
    suppress_below: int = 0,
    settings: EngineSettings | None = None,
) -> dict[str, Any]:
    """Write the report of one fiscal quarter as JSON, CSV and PDF under `out`.

    The same lake gives the same bytes: nothing in the files says when they were made. A report that is made again
    after more was captured replaces the earlier files.

    Args:
        lake: Zone of the lake.
        runs: Zone of the run folders; the report says whether each bundle's folder is still held. Empty means
            `<lake>/runs`.
        quarter: `FY2026Q4`.
        out: Zone the files go to.
        zone: The agency's time zone; its midnights are the borders of the quarter.
        agency: Name for the title block.
        suppress_below: Make a public edition that hides counts of people and redactions below this number.
        settings: Limits of this machine.

    Returns:
        The file keys and the leading figures, for a summary line.

    Raises:
        UsageError: The quarter or the zone is unknown, or the threshold is negative.
        StorageError: The lake cannot be read or the files cannot be written.
    """
    if suppress_below < 0:
        raise UsageError("the threshold for hiding small counts is 0 or more")
    period = quarter_in(quarter, zone)
    datasets = {table: Lake(lake).dataset(table) for table in _NEEDED}
    folders = open_zone(runs or f"{lake.rstrip('/')}/runs")
    report = compose(
        datasets,
        period,
        held=lambda run_id: folders.exists(f"{run_id}/plan.json"),
        agency=agency,
        suppress_below=suppress_below,
        settings=settings,
    )
    target = open_zone(out)
    files = {"json": as_json(report), "csv": as_csv(report), "pdf": as_pdf(report)}
    for extension, data in files.items():
        target.put(f"{report.name}.{extension}", data)
    for check in report.checks:
        if not check.holds:
            log.error("%s does not balance: %s (%d, %d)", report.name, check.name, check.left, check.right)
    return _answer(report, [f"{report.name}.{extension}" for extension in files], target.url)


def compose(
    datasets: Mapping[str, Any],
    quarter: Quarter,
    *,
    held: Callable[[str], bool],
    agency: str = "",
    suppress_below: int = 0,
    settings: EngineSettings | None = None,
) -> Report:
    """The report as data, from Arrow datasets or tables named as in the lake; `held` knows which run folders exist."""
    with sql_session(settings or EngineSettings()) as session:
        for name, dataset in datasets.items():
            session.register(name, dataset)
        figures = measure(session, quarter)
        delivered = bundles(session)
        rows = {name: int(session.value(f"select count(*) from {name}")) for name in datasets}
    return Report(
        quarter=quarter,
        agency=agency,
        suppress_below=suppress_below,
        figures=for_the_public(figures, suppress_below),
        checks=checks_of(figures, sum(held(bundle["run_id"]) for bundle in delivered)),
        bundles=delivered,
        views=view_sql(quarter),
        lake_rows=rows,
    )


def _answer(report: Report, files: list[str], url: str) -> dict[str, Any]:
    return {
        "quarter": report.quarter.name,
        "first_day": report.quarter.first.isoformat(),
        "last_day": report.quarter.last.isoformat(),
        "out": url,
        "files": files,
        "captured": report.value("records", "records"),
        "folded": report.value("records", "folded"),
        "redactions": report.value("redactions", "redactions"),
        "findings": report.value("losses", "findings"),
        "lost_low": report.value("losses", "low"),
        "lost_high": report.value("losses", "high"),
        "bundles": report.value("deliveries", "bundles"),
        "balances": all(check.holds for check in report.checks),
    }
