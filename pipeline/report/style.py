"""The look of the report's pages: one family of type, greys, and one accent that marks what is missing."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

INK = HexColor(0x1C1C1E)
QUIET = HexColor(0x66666B)
BAR = HexColor(0x8E8E93)
PALE = HexColor(0xD4D4D8)
HAIR = HexColor(0xE2E2E5)
ACCENT = HexColor(0xA32A1E)
ACCENT_PALE = HexColor(0xE9C6C1)

PAGE = letter
MARGIN = 54.0
WIDTH = PAGE[0] - 2 * MARGIN

TEXT, BOLD = "ReportText", "ReportBold"
_FONTS = Path(__file__).parents[1] / "render" / "fonts"
_FILES = {TEXT: "NotoSans-Regular.ttf", BOLD: "NotoSans-SemiBold.ttf"}


@functools.cache
def register_fonts() -> None:
    """Make the faces known to ReportLab, once per process."""
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(_FONTS / file)))
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)


def width_of(text: str, font: str, size: float) -> float:
    """Width of a text in points."""
    return float(pdfmetrics.stringWidth(text, font, size))


def printable(text: str) -> str:
    """The text with every character that the face lacks named by its code point: nothing vanishes unseen."""
    face: Any = pdfmetrics.getFont(TEXT).face
    return "".join(c if ord(c) in face.charToGlyph and c.isprintable() else f"[U+{ord(c):04X}]" for c in text)


def markup(text: str) -> str:
    """Text from the lake or the command line, safe inside a paragraph's markup."""
    return escape(printable(text))


def _style(name: str, size: float, leading: float, **more: Any) -> ParagraphStyle:
    settings = {"fontName": TEXT, "textColor": INK, "splitLongWords": 1, **more}
    return ParagraphStyle(name, fontSize=size, leading=leading, **settings)


KICKER = _style("kicker", 8, 11, textColor=QUIET, spaceAfter=3)
TITLE = _style("title", 21, 26, fontName=BOLD, spaceAfter=3)
SUBTITLE = _style("subtitle", 10.5, 14, textColor=QUIET, spaceAfter=10)
LEAD = _style("lead", 10.5, 15.5, spaceAfter=12)
HEADING = _style("heading", 13, 17, fontName=BOLD, spaceBefore=16, spaceAfter=2, keepWithNext=1)
CAPTION = _style("caption", 8.5, 12, textColor=QUIET, spaceAfter=7, keepWithNext=1)
BODY = _style("body", 8.8, 12.6, spaceAfter=4.5)
CELL = _style("cell", 8.2, 10.6)
CELL_QUIET = _style("cell-quiet", 7.4, 9.8, textColor=QUIET)
CELL_DIGEST = _style("cell-digest", 6.4, 8.6, textColor=QUIET)
HEAD_LEFT = _style("head-left", 7.4, 9.4, textColor=QUIET)
HEAD_RIGHT = _style("head-right", 7.4, 9.4, textColor=QUIET, alignment=TA_RIGHT)
WARNING = _style("warning", 9, 13, textColor=ACCENT, fontName=BOLD, spaceAfter=8)
