"""The report as data, before it becomes a table, a document or pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.report.figures import Figure
from pipeline.report.quarter import Quarter

Cell = int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Two figures that must be equal."""

    name: str
    left: int
    right: int

    @property
    def holds(self) -> bool:
        """Whether they are."""
        return self.left == self.right


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything the three files say."""

    quarter: Quarter
    agency: str
    suppress_below: int
    figures: Sequence[Figure]
    checks: Sequence[Check]
    bundles: Sequence[Mapping[str, Any]]
    views: Mapping[str, str]
    lake_rows: Mapping[str, int]

    @property
    def public(self) -> bool:
        """Whether small counts are hidden."""
        return self.suppress_below > 0

    @property
    def name(self) -> str:
        """File name without extension."""
        return f"oversight-{self.quarter.name}" + ("-public" if self.public else "")

    @cached_property
    def _index(self) -> dict[str, dict[tuple[str, ...], dict[str, Cell]]]:
        index: dict[str, dict[tuple[str, ...], dict[str, Cell]]] = {}
        for figure in self.figures:
            index.setdefault(figure.section, {}).setdefault(figure.item, {})[figure.name] = figure.value
        return index

    def value(self, section: str, name: str) -> Cell:
        """A total. None when the edition hides it."""
        return self._index[section][()][name]

    def groups(self, section: str) -> dict[tuple[str, ...], dict[str, Cell]]:
        """Group -> figures of a section; empty when it has no groups or the edition leaves it out."""
        return self._index.get(section, {})


def checks_of(figures: Sequence[Figure], run_folders: int) -> list[Check]:
    """What must balance, whatever the lake holds.

    Args:
        figures: All figures, none hidden.
        run_folders: For how many of the quarter's bundles the private run folder is still there.
    """
    value = {(f.section, f.name): f.value or 0 for f in figures if not f.item}
    by_month = sum(f.value or 0 for f in figures if (f.section, f.name) == ("records_by_month", "records"))
    return [
        Check(
            name="lines of the objects received = events + quarantined",
            left=value["received", "lines"],
            right=value["received", "events"] + value["received", "quarantined"],
        ),
        Check(
            name="events that the objects count = entries in the events table",
            left=value["received", "events"],
            right=value["entries", "entries"],
        ),
        Check(
            name="quarantined lines that the objects count = lines in the quarantine table",
            left=value["received", "quarantined"],
            right=value["quarantine", "lines"],
        ),
        Check(
            name="messages of the quarter = sum over its months",
            left=value["records", "records"],
            right=by_month,
        ),
        Check(
            name="bundles delivered = private run folders held, with the ledger of every redaction",
            left=value["deliveries", "bundles"],
            right=run_folders,
        ),
    ]
