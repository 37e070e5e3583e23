"""The report as CSV (one figure per row, with the way to count it again) and as JSON."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Any

from pipeline.report.contents import Report
from pipeline.report.figures import literal
from pipeline.report.quarter import agency_day
from pipeline.report.queries import SECTIONS, VIEWS
from pipeline.storage import json_bytes

HEADER = ("section", "item", "figure", "value", "lake_tables", "view", "expression", "filter")
HIDDEN = "hidden"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(report: Report) -> bytes:
    """Every figure, then every bundle, then the definition of every view that the figures name."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for figure in report.figures:
        value = HIDDEN if figure.value is None else str(figure.value)
        item = " / ".join(figure.item)
        source = ("+".join(figure.tables), figure.view, figure.expression, figure.filter)
        writer.writerow(_safe(text) for text in (figure.section, item, figure.name, value, *source))
    for bundle in listed_bundles(report):
        where = f"bundle_id = {literal(bundle['bundle_id'])}"
        day = f"day of delivered_utc in {report.quarter.zone}"
        for name, value in bundle.items():
            source = ("deliveries", "delivered_bundle", day if name == "delivered_day" else name, where)
            writer.writerow(_safe(text) for text in ("bundle", bundle["bundle_id"], name, str(value), *source))
    for check in report.checks:
        writer.writerow(("check", check.name, "balances", "yes" if check.holds else "NO", "", "", "", ""))
    for name, sql in report.views.items():
        writer.writerow(("view", name, "definition", "", "+".join(VIEWS[name].tables), name, sql, ""))
    return out.getvalue().encode()


def as_json(report: Report) -> bytes:
    """The same figures for programs."""
    quarter = report.quarter
    return json_bytes(
        {
            "report": "oversight",
            "schema_version": 1,
            "edition": "public" if report.public else "full",
            "suppress_below": report.suppress_below,
            "agency": report.agency,
            "quarter": quarter.name,
            "first_day": quarter.first.isoformat(),
            "last_day": quarter.last.isoformat(),
            "time_zone": quarter.zone,
            "titles": {name: section.title for name, section in SECTIONS.items()},
            "figures": [{**asdict(figure), "hidden": figure.value is None} for figure in report.figures],
            "checks": [{**asdict(check), "holds": check.holds} for check in report.checks],
            "bundles": listed_bundles(report),
            "views": dict(report.views),
            "lake_rows": dict(report.lake_rows),
        }
    )


def listed_bundles(report: Report) -> list[dict[str, Any]]:
    """The deliveries with their day; a public edition does not say where they lie."""
    private = ("url", "run_id") if report.public else ()
    return [
        {
            "delivered_day": agency_day(bundle["delivered_utc"], report.quarter.zone),
            **{name: value for name, value in bundle.items() if name not in private},
        }
        for bundle in report.bundles
    ]


def _safe(text: str) -> str:
    """A cell that a spreadsheet shows and does not run."""
    return "'" + text if text.startswith(_FORMULA) and not text.lstrip("-").isdigit() else text
