"""Sets text values in lines: wraps released text at a width and gives each line's operators.

Two ways to the same result: text in the Latin code goes word by word, with or without labels; everything else goes
through runs with faces and directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.render.latin import LatinSetter
from pipeline.render.legible import legible
from pipeline.render.released import Parts, label_text
from pipeline.render.runs import RunSetter
from pipeline.render.typeset import ALL_LATIN, ALL_LATIN_LINES, Label, Line, Style


class Setter:
    """Wraps text. Holds nothing but caches, so what it returns depends on its arguments only."""

    def __init__(self) -> None:
        self._illegible = 0
        self._latin = LatinSetter()
        self._runs = RunSetter(self._latin)

    @property
    def replaced(self) -> int:
        """Characters dropped or shown as `U+XXXX` so far."""
        return self._illegible + self._runs.replaced

    def wrap_parts(self, parts: Parts, style: Style, width: float, amounts: bool = True) -> list[Line]:
        """A text value in lines; deletions as labels, without their amounts where these stand elsewhere."""
        if len(parts) == 1 and parts[0]["type"] == "text":
            return self.wrap(parts[0]["value"], style, width)
        pieces: list[str | Label] = [
            part["value"] if part["type"] == "text" else Label(label_text(part) if amounts else str(part["label"]))
            for part in parts
        ]
        return self.wrap_mixed(pieces, style, width)

    def wrap(self, text: str, style: Style, width: float) -> list[Line]:
        """Text in lines; at least one, empty for empty text."""
        if not ALL_LATIN_LINES(text):
            return self.wrap_mixed([text], style, width)
        if "\n" not in text:
            return self._latin.wrap(text, style, width)
        return [line for paragraph in text.split("\n") for line in self._latin.wrap(paragraph, style, width)]

    def wrap_mixed(self, pieces: Sequence[str | Label], style: Style, width: float) -> list[Line]:
        """Text and labels in lines."""
        paragraphs: list[list[str | Label]] = [[]]
        for piece in pieces:
            if isinstance(piece, Label):
                paragraphs[-1].append(piece)
                continue
            text, changed = legible(piece)
            self._illegible += changed
            first, *rest = text.split("\n")
            paragraphs[-1].append(first)
            paragraphs += [[line] for line in rest]
        return [line for paragraph in paragraphs for line in self._paragraph(paragraph, style, width)]

    def width_of(self, line: Iterable[str | Label], style: Style) -> float:
        """Width in points of text that is set on one line."""
        return self._runs.width_of(line, style)

    def _paragraph(self, paragraph: Sequence[str | Label], style: Style, width: float) -> list[Line]:
        if not all(ALL_LATIN(piece.text if isinstance(piece, Label) else piece) for piece in paragraph):
            return self._runs.wrap(paragraph, style, width)
        if len(paragraph) == 1 and isinstance(paragraph[0], str):
            return self._latin.wrap(paragraph[0], style, width)
        return self._latin.wrap_labelled(paragraph, style, width) or self._runs.wrap(paragraph, style, width)
