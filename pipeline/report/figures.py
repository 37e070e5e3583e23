"""Every figure of the report, each with the lake table, the view, the expression and the filter that give it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.engine import Sql
from pipeline.report.quarter import Quarter
from pipeline.report.queries import BUNDLE_COLUMNS, BUNDLES, SECTIONS, VIEWS, Section

_HOLE = re.compile(r"\{(month|month_of_day):([^{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number and where it comes from."""

    section: str
    item: tuple[str, ...]
    """Values of the section's groups, in the order of its `by`; empty for a total."""
    name: str
    value: int | None
    """None when a public edition hides it."""
    tables: tuple[str, ...]
    view: str
    expression: str
    filter: str


def view_sql(quarter: Quarter) -> dict[str, str]:
    """The text of every view for one quarter, ready to run in order over tables named as in the lake."""
    return {name: _HOLE.sub(lambda hole: _border(hole, quarter), _lines(view.sql)) for name, view in VIEWS.items()}


def measure(session: Sql, quarter: Quarter) -> list[Figure]:
    """All figures of a quarter, in the order of the sections. The lake's tables are registered under their names."""
    for name, sql in view_sql(quarter).items():
        # Small enough to hold, and read by several sections: computed once.
        session.run(f"create or replace temp table {name} as {sql}")
    return [figure for name, section in SECTIONS.items() for figure in _figures(session, name, section, quarter)]


def bundles(session: Sql) -> list[dict[str, Any]]:
    """The bundles delivered in the quarter, oldest first; `measure` must have run in this session."""
    return [dict(zip(BUNDLE_COLUMNS, row, strict=True)) for row in session.rows(BUNDLES)]


def literal(value: str) -> str:
    """A text as an SQL literal, for the filters that readers may paste."""
    return "'" + value.replace("'", "''") + "'"


def _figures(session: Sql, name: str, section: Section, quarter: Quarter) -> Iterator[Figure]:
    rows = _rows(session, section)
    if section.by == ("month",):
        rows = {(month.name,): rows.get((month.name,), (0,) * len(section.measures)) for month in quarter.months}
    for item, values in sorted(rows.items()):
        where = " and ".join([section.where, *(f"{c} = {literal(v)}" for c, v in zip(section.by, item, strict=True))])
        for (measure_name, expression), value in zip(section.measures.items(), values, strict=True):
            yield Figure(
                section=name,
                item=item,
                name=measure_name,
                value=int(value),
                tables=VIEWS[section.view].tables,
                view=section.view,
                expression=expression,
                filter=where,
            )


def _rows(session: Sql, section: Section) -> Mapping[tuple[str, ...], tuple[Any, ...]]:
    columns = ", ".join([*section.by, *section.measures.values()])
    group = f" group by {', '.join(section.by)}" if section.by else ""
    found = session.rows(f"select {columns} from {section.view} where {section.where}{group}")
    width = len(section.by)
    return {tuple(str(value) for value in row[:width]): row[width:] for row in found}


def _border(hole: re.Match[str], quarter: Quarter) -> str:
    kind, column = hole[1], hole[2].strip()
    if kind == "month_of_day":
        first, last = quarter.first.isoformat(), quarter.last.isoformat()
        return f"case when {column} between '{first}' and '{last}' then substr({column}, 1, 7) end"
    cases = " ".join(
        f"when {column} >= {month.from_utc} and {column} < {month.to_utc} then '{month.name}'"
        for month in quarter.months
    )
    return f"case {cases} end"


def _lines(sql: str) -> str:
    return " ".join(sql.split())
