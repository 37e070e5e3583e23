"""The report's charts: labelled where the reader looks, no legend, no grid, accent for what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.graphics.shapes import Drawing, Line, Rect, String

from pipeline.report.contents import Cell
from pipeline.report.style import ACCENT, ACCENT_PALE, BAR, BOLD, INK, PALE, QUIET, TEXT, WIDTH, width_of

_GAP = 26.0
_PLOT = 66.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One small column chart. With `high`, a paler column behind shows the upper estimate."""

    title: str
    labels: Sequence[str]
    values: Sequence[Cell]
    high: Sequence[Cell] | None = None
    accent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One horizontal bar. With `high`, it stands for a range."""

    label: str
    note: str
    value: Cell
    high: Cell = None
    accent: bool = False


def panels(charts: Sequence[Panel]) -> Drawing:
    """Small column charts side by side, each on its own scale since their sizes differ by orders of magnitude."""
    drawing = Drawing(WIDTH, _PLOT + 46)
    step = (WIDTH + _GAP) / len(charts)
    for number, chart in enumerate(charts):
        _panel(drawing, chart, number * step, step - _GAP)
    return drawing


def bars(rows: Sequence[Bar], label_width: float = 200.0) -> Drawing:
    """Horizontal bars with the label before and the number after each."""
    row_height = 18.0
    drawing = Drawing(WIDTH, row_height * len(rows) + 2)
    room = WIDTH - label_width - 62
    notes = max((width_of(row.label, BOLD, 8.2) for row in rows), default=0.0) + 9
    largest = max([*(r.value or 0 for r in rows), *(r.high or 0 for r in rows), 1])
    for number, row in enumerate(rows):
        bottom = row_height * (len(rows) - 1 - number) + 4
        _text(drawing, 0, bottom + 2.6, row.label, font=BOLD, size=8.2)
        _text(drawing, notes, bottom + 2.6, _fit(row.note, label_width - notes - 8), size=7.4, colour=QUIET)
        _bar(drawing, row, bottom, label_width, room / largest)
    return drawing


def amount(value: Cell) -> str:
    """A number as the report prints it."""
    return "hidden" if value is None else f"{value:,}"


def span(low: Cell, high: Cell, between: str = "–") -> str:
    """An estimate as the report prints it: one number when both ends agree."""
    if low is None or high is None:
        return amount(None)
    return amount(low) if low == high else f"{low:,}{between}{high:,}"


def _panel(drawing: Drawing, chart: Panel, left: float, width: float) -> None:
    base = 16.0
    _text(drawing, left, base + _PLOT + 20, chart.title, font=BOLD, size=8.4)
    tops = chart.high or chart.values
    largest = max([value or 0 for value in tops] + [1])
    slot = width / len(chart.labels)
    bar_width = min(slot * 0.62, 36)
    for number, (label, value, top) in enumerate(zip(chart.labels, chart.values, tops, strict=True)):
        middle = left + slot * (number + 0.5)
        for size, colour in ((top, ACCENT_PALE if chart.accent else PALE), (value, ACCENT if chart.accent else BAR)):
            height = _PLOT * (size or 0) / largest
            _box(drawing, middle - bar_width / 2, base, bar_width, height, colour=colour)
        text = span(value, top) if chart.high else amount(value)
        height = _PLOT * (top or 0) / largest
        colour = ACCENT if chart.accent else INK
        _text(drawing, middle, base + height + 3, text, size=7.6, colour=colour, anchor="middle")
        _text(drawing, middle, 4, label, size=7.4, colour=QUIET, anchor="middle")
    drawing.add(Line(left, base, left + width, base, strokeColor=BAR, strokeWidth=0.5))


def _bar(drawing: Drawing, row: Bar, bottom: float, left: float, scale: float) -> None:
    height = 11.0
    longest = (row.value if row.high is None else row.high) or 0
    if row.high is not None:
        _box(drawing, left, bottom, row.high * scale, height, colour=ACCENT_PALE if row.accent else PALE)
    _box(drawing, left, bottom, (row.value or 0) * scale, height, colour=ACCENT if row.accent else BAR)
    drawing.add(Line(left, bottom - 2, left, bottom + height + 2, strokeColor=BAR, strokeWidth=0.5))
    text = amount(row.value) if row.high is None else span(row.value, row.high)
    colour = ACCENT if row.accent else INK
    _text(drawing, left + longest * scale + 5, bottom + 2.6, text, size=8, colour=colour)


def _box(drawing: Drawing, x: float, y: float, width: float, height: float, *, colour: Any) -> None:
    if width > 0 and height > 0:
        drawing.add(Rect(x, y, width, height, fillColor=colour, strokeColor=None, strokeWidth=0))


def _text(drawing: Drawing, x: float, y: float, text: str, *, size: float, colour: Any = INK, **more: str) -> None:
    """Write a text; `more` may be `font` and `anchor` (`start` or `middle`)."""
    font, anchor = more.get("font", TEXT), more.get("anchor", "start")
    drawing.add(String(x, y, text, fontName=font, fontSize=size, fillColor=colour, textAnchor=anchor))


def _fit(text: str, room: float) -> str:
    """The text, cut at a word with an ellipsis when it is wider than the room."""
    if width_of(text, TEXT, 7.4) <= room:
        return text
    words = text.split()
    while words and width_of(" ".join(words) + " …", TEXT, 7.4) > room:
        words.pop()
    return " ".join(words) + " …" if words else ""
