"""The report as pages: title block, key figures, charts with direct labels, aligned tables, notes on method."""

from __future__ import annotations

import io
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import SimpleDocTemplate

from pipeline.report.contents import Report
from pipeline.report.pages import story_of
from pipeline.report.style import HAIR, MARGIN, PAGE, QUIET, TEXT, printable, register_fonts


def as_pdf(report: Report) -> bytes:
    """The pages. Equal reports give equal bytes: the file holds no date and no random identifier."""
    register_fonts()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=PAGE,
        leftMargin=MARGIN - 6,
        rightMargin=MARGIN - 6,
        topMargin=MARGIN - 10,
        bottomMargin=MARGIN + 4,
        title=f"Oversight report {report.quarter.name}",
        author=printable(report.agency),
        subject="Chat records captured, withheld, lost and delivered",
        creator="foia-bundler",
        producer="foia-bundler",
        lang="en-US",
        invariant=1,
    )
    footer = f"Oversight report {report.quarter.name}" + (", public edition" if report.public else "")
    document.build(story_of(report), canvasmaker=lambda *args, **more: _Numbered(footer, *args, **more))
    return out.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]
    """A canvas that knows the number of pages before it writes the footers."""

    def __init__(self, footer: str, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._footer = footer
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._held, 1):
            self.__dict__.update(page)
            self._foot(f"Page {number} of {len(self._held)}")
            super().showPage()
        super().save()

    def _foot(self, text: str) -> None:
        self.setStrokeColor(HAIR)
        self.setLineWidth(0.5)
        self.line(MARGIN, MARGIN - 8, PAGE[0] - MARGIN, MARGIN - 8)
        self.setFont(TEXT, 7.6)
        self.setFillColor(QUIET)
        self.drawString(MARGIN, MARGIN - 20, self._footer)
        self.drawRightString(PAGE[0] - MARGIN, MARGIN - 20, text)
