"""Fills pages from top to bottom and closes each one as finished bytes.

A page's own stream holds everything but what is known only when volumes are bound (Bates number, page number), so a
page is set once, in any process, and never touched again.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.render.typeset import Line, Style

PAGE_WIDTH, PAGE_HEIGHT = 612, 792
LEFT, RIGHT = 54.0, 558.0
TOP, BOTTOM = 724.0, 62.0
HEADER_Y, RULE_Y, FOOTER_Y = 752.0, 743.0, 34.0
COMPRESSION = 6
_ASCII = re.compile("[\x00-\x7f]+")

LABEL_TONE = 0.88
"""Grey of the field behind a deletion label."""


@dataclass(slots=True)
class Page:
    """A finished page: its compressed stream and the characters and glyphs it needs."""

    stream: bytes
    latin: str
    """Characters beyond ASCII of the Latin faces, sorted."""
    glyphs: dict[str, dict[int, str]]
    """Face, glyph id, text it stands for."""


@dataclass(slots=True)
class Block:
    """Consecutive lines of one style at one indent."""

    style: Style
    x: float
    lines: Sequence[Line]
    before: float = 0.0
    """Space above, dropped at the top of a page."""
    framed: bool = False
    """A hairline at the left edge, for what is quoted or held back."""


@dataclass(slots=True)
class _Open:
    shapes: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    glyphs: dict[str, dict[int, str]] = field(default_factory=dict)


class Galley:
    """Pages being filled. `header` gives the lines every page begins with."""

    def __init__(
        self,
        emit: Callable[[Page], None],
        header: Callable[[], Iterable[tuple[float, float, Style, Line]]],
        rule: bool = True,
    ) -> None:
        self.y = TOP
        self.pages = 0
        """Pages closed so far."""
        self.first_row_page = 0
        """Index of the page on which the last row began."""
        self._emit = emit
        self._header = header
        self._rule = rule
        self._page: _Open | None = None

    def fresh_page(self) -> None:
        """Go on at the top of a new page; a page that was not begun is not made."""
        if self._page is not None:
            self.close()

    def room(self, height: float) -> None:
        """Go on at the top of a new page unless that much is left on this one."""
        if self.y - height < BOTTOM and self._page is not None:
            self.close()

    def skip(self, height: float) -> None:
        """Leave space, unless at the top of a page."""
        if self._page is not None:
            self.y -= height

    def rule(self, tone: float = 0.8, x: float = LEFT, end: float = RIGHT, weight: float = 0.5) -> None:
        """A horizontal hairline at the present height."""
        self._shape(f"{tone:g} G {weight:g} w {x:g} {self.y:g} m {end:g} {self.y:g} l S")

    def place(self, blocks: Iterable[Block]) -> None:
        """Set blocks below each other."""
        for block in blocks:
            self._place(block)

    def row(self, margin: Sequence[Block], blocks: Sequence[Block]) -> None:
        """Set blocks below each other with margin columns that begin beside the first line."""
        first = blocks[0]
        self.room(first.style.leading * (1 if len(blocks) == 1 and len(first.lines) == 1 else 2))
        before = self.first_row_page = self.pages
        top = self.y
        for index, block in enumerate(blocks):
            self._place(block, margin if index == 0 else ())
        for column in margin:
            depth = len(column.lines) * column.style.leading
            if self.pages == before and top - depth < self.y:
                self.y = top - depth

    def at(self, x: float, y: float, style: Style, line: Line) -> None:
        """One line at a fixed place."""
        page = self._opened()
        page.text.append(f"{style.start} 1 0 0 1 {x:g} {y:g} Tm {line.operators}")
        self._note(page, line, x, y, style)

    def close(self) -> None:
        """Finish the page if one is open."""
        page, self._page = self._page, None
        if page is None:
            return
        content = "\n".join((*page.shapes, "BT", *page.text, "ET"))
        latin = "".join(sorted(set(_ASCII.sub("", content))))
        stream = zlib.compress(content.encode("cp1252"), COMPRESSION)
        self.pages += 1
        self.y = TOP
        self._emit(Page(stream, latin, page.glyphs))

    def _place(self, block: Block, margin: Sequence[Block] = ()) -> None:
        if self._page is not None:
            self.y -= block.before
        leading = block.style.leading
        rest = block.lines
        while rest:
            fits = int((self.y - BOTTOM) / leading + 1e-6)
            if fits < 1 or (fits < 2 <= len(rest) and self.y < TOP):
                self.close()
                continue
            now, rest = (rest, []) if fits >= len(rest) else (rest[:fits], rest[fits:])
            for column in margin:
                self._lines(column.style, column.x, column.lines[:fits])
            margin = ()
            self._lines(block.style, block.x, now)
            height = leading * len(now)
            if block.framed:
                top, x = self.y - 0.15 * leading + 1, block.x - 7
                self._shape(f".75 G 1 w {x:g} {top:g} m {x:g} {top - height:g} l S")
            self.y -= height

    def _lines(self, style: Style, x: float, lines: Sequence[Line]) -> None:
        page = self._opened()
        y = self.y - 0.78 * style.leading
        shown = lines[0][0] if len(lines) == 1 else " T* ".join([line[0] for line in lines])
        page.text.append(f"{style.start} 1 0 0 1 {x:g} {y:g} Tm {shown}")
        for index, line in enumerate(lines):
            if line[1] or line[2]:
                self._note(page, line, x, y - index * style.leading, style)

    def _note(self, page: _Open, line: Line, x: float, y: float, style: Style) -> None:
        for box in line.boxes:
            page.shapes.append(
                f"{LABEL_TONE:g} g {x + box.x - 1.2:.2f} {y - 0.27 * style.size:.2f} {box.width + 2.4:.2f} "
                f"{1.16 * style.size:.2f} re f"
            )
        for face, glyphs in line.uses:
            known = page.glyphs.setdefault(face, {})
            for glyph, meaning in glyphs:
                known[glyph] = known.get(glyph) or meaning

    def _shape(self, operators: str) -> None:
        self._opened().shapes.append(operators)

    def _opened(self) -> _Open:
        if self._page is None:
            self._page = _Open()
            if self._rule:
                self._page.shapes.append(f".75 G .5 w {LEFT:g} {RULE_Y:g} m {RIGHT:g} {RULE_Y:g} l S")
            for x, y, style, line in self._header():
                self.at(x, y, style, line)
        return self._page
