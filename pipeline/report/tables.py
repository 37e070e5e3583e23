"""Tables of the report: text to the left, numbers to the right, hairlines between rows, no boxes."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable, Paragraph, Table

from pipeline.report.style import (
    ACCENT,
    BAR,
    BOLD,
    CELL,
    HAIR,
    HEAD_LEFT,
    HEAD_RIGHT,
    INK,
    QUIET,
    TEXT,
    WIDTH,
    markup,
)

Row = Sequence["str | Flowable | list[Flowable]"]


def grid(
    head: Sequence[str],
    rows: Sequence[Row],
    widths: Sequence[float],
    *,
    texts: int = 1,
    total: bool = False,
    breaks: Sequence[int] = (),
) -> Table:
    """A table whose first `texts` columns are text and whose other columns are numbers.

    Args:
        head: Column names.
        rows: Text cells as plain strings or flowables; numbers already formatted.
        widths: Shares of the page's width.
        texts: How many leading columns are text.
        total: Whether the last row is a sum.
        breaks: Rows (1 is the first below the head) with a stronger line above.
    """
    heads = [Paragraph(markup(name), HEAD_LEFT if n < texts else HEAD_RIGHT) for n, name in enumerate(head)]
    body = [
        [Paragraph(markup(c), CELL) if isinstance(c, str) and n < texts else c for n, c in enumerate(row)]
        for row in rows
    ]
    scale = WIDTH / sum(widths)
    style = [
        ("FONT", (texts, 1), (-1, -1), TEXT, 8.2),
        ("TEXTCOLOR", (texts, 1), (-1, -1), INK),
        ("ALIGN", (texts, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, BAR),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, HAIR),
        *(("LINEABOVE", (0, row), (-1, row), 0.6, BAR) for row in breaks),
        ("TOPPADDING", (0, 0), (-1, -1), 2.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.2),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ]
    if total and rows:
        style += [
            ("FONT", (texts, -1), (-1, -1), BOLD, 8.2),
            ("LINEABOVE", (0, -1), (-1, -1), 0.6, BAR),
            ("LINEBELOW", (0, -1), (-1, -1), 0.6, BAR),
        ]
    table = Table([heads, *body], colWidths=[w * scale for w in widths], repeatRows=1, hAlign="LEFT", style=style)
    table.spaceAfter = 8
    return table


def tiles(cells: Sequence[tuple[str, str, bool]]) -> Table:
    """The key figures: a large number above its name; `True` marks one that says what is missing."""
    numbers = [number for number, _, _ in cells]
    names = [Paragraph(markup(name), HEAD_LEFT) for _, name, _ in cells]
    size = min(17.0, 17.0 * 13 / max(13, *(len(number) for number in numbers)))
    style = [
        ("FONT", (0, 0), (-1, 0), BOLD, size),
        ("TEXTCOLOR", (0, 0), (-1, 0), INK),
        ("TEXTCOLOR", (0, 1), (-1, 1), QUIET),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, 1), "TOP"),
        ("LINEABOVE", (0, 0), (-1, 0), 0.6, BAR),
        ("LINEBELOW", (0, 1), (-1, 1), 0.6, BAR),
        ("TOPPADDING", (0, 0), (-1, 0), 9),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 5),
        ("TOPPADDING", (0, 1), (-1, 1), 0),
        ("BOTTOMPADDING", (0, 1), (-1, 1), 8),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 8),
        *(("TEXTCOLOR", (n, 0), (n, 0), ACCENT) for n, (_, _, missing) in enumerate(cells) if missing),
    ]
    table = Table([numbers, names], colWidths=[WIDTH / len(cells)] * len(cells), hAlign="LEFT", style=style)
    table.spaceAfter = 10
    return table
