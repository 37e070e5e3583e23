"""Lines of text in the Latin code: word by word through a cache of escaped words and widths.

Nine of ten messages take this way, so its inner loop decides how fast a volume is made.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.render.faces import latin_face
from pipeline.render.typeset import ESCAPES, LABEL_SIZE, Box, Label, Line, Style, label_operators

_MAX_WORDS = 200_000

Word = list[tuple[str, float, bool]]
"""What is glued together: escaped text, width in thousandths of an em, whether it is a label."""


class LatinSetter:
    """Wraps text of the Latin code. What it returns depends on its arguments only."""

    def __init__(self) -> None:
        self._words: dict[str, dict[str, tuple[str, int]]] = {"R": {}, "B": {}}
        self._widest = {name: max(latin_face(name).widths.values()) for name in ("R", "B")}

    def wrap(self, paragraph: str, style: Style, width: float) -> list[Line]:
        """A paragraph in lines; at least one, empty for empty text."""
        limit = width / style.size * 1000
        if len(paragraph) * self._widest[style.face] <= limit:
            return [Line(f"({paragraph.translate(ESCAPES)})Tj")]
        return [Line(f"({line})Tj") for line in self._fill(paragraph, style.face, limit)]

    def wrap_labelled(self, paragraph: Sequence[str | Label], style: Style, width: float) -> list[Line] | None:
        """Text of the Latin code with labels in lines; None when a word or a label is wider than the column."""
        limit = width / style.size * 1000
        space = latin_face(style.face).widths[" "]
        lines: list[Line] = []
        line = _LabelledLine(style)
        for word in self._labelled_words(paragraph, style.face):
            wide = sum([piece[1] for piece in word])
            if wide > limit:
                return None
            if line.words:
                if line.width + space + wide > limit:
                    lines.append(line.finished())
                    line = _LabelledLine(style)
                else:
                    line.text(" ", space)
            line.word(word)
        return [*lines, line.finished()]

    def _fill(self, paragraph: str, face: str, limit: float) -> list[str]:
        """A paragraph of the Latin code in lines, escaped. The inner loop of the renderer."""
        known = self._words[face].get
        space = latin_face(face).widths[" "]
        lines: list[str] = []
        held: list[str] = []
        used = 0.0
        for word in paragraph.split(" "):
            escaped, width = known(word) or self._new_word(word, face)
            if held:
                used += space + width
                if used <= limit:
                    held.append(escaped)
                    continue
                lines.append(" ".join(held))
            if width > limit:
                *full, (escaped, width) = self._split(word, face, limit)
                lines += [piece for piece, _ in full]
            held = [escaped]
            used = width
        lines.append(" ".join(held))
        return lines

    def _labelled_words(self, paragraph: Sequence[str | Label], face: str) -> list[Word]:
        known = self._words[face].get
        words: list[Word] = [[]]
        for piece in paragraph:
            if isinstance(piece, Label):
                escaped, wide = self.measure(piece.text, "R")
                words[-1].append((escaped, wide * LABEL_SIZE, True))
                continue
            for index, word in enumerate(piece.split(" ")):
                if index:
                    words.append([])
                if word:
                    escaped, wide = known(word) or self._new_word(word, face)
                    words[-1].append((escaped, wide, False))
        return words

    def measure(self, word: str, face: str) -> tuple[str, int]:
        """A word, escaped, and its width in thousandths of an em."""
        return self._words[face].get(word) or self._new_word(word, face)

    def _new_word(self, word: str, face: str) -> tuple[str, int]:
        words = self._words[face]
        if len(words) >= _MAX_WORDS:
            words.clear()
        measured = words[word] = (word.translate(ESCAPES), latin_face(face).width(word))
        return measured

    def _split(self, word: str, face: str, limit: float) -> list[tuple[str, int]]:
        """A word wider than the column, cut where the column ends."""
        widths = latin_face(face).widths
        pieces: list[tuple[str, int]] = []
        start = used = 0
        for index, character in enumerate(word):
            width = widths[character]
            if used + width > limit and index > start:
                pieces.append((word[start:index].translate(ESCAPES), used))
                start, used = index, 0
            used += width
        return [*pieces, (word[start:].translate(ESCAPES), used)]


class _LabelledLine:
    """A line of the Latin code with labels, being filled; widths in thousandths of an em."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.width = 0.0
        self.words = 0
        self._operators: list[str] = []
        self._text: list[str] = []
        self._boxes: list[Box] = []

    def text(self, escaped: str, width: float) -> None:
        """Plain text."""
        self._text.append(escaped)
        self.width += width

    def word(self, pieces: Word) -> None:
        """What is glued together."""
        self.words += 1
        for escaped, width, is_label in pieces:
            if not is_label:
                self.text(escaped, width)
                continue
            self._flush()
            scale = self.style.size / 1000
            self._boxes.append(Box(self.width * scale, width * scale))
            self._operators.append(f"{label_operators(escaped, self.style)} {self.style.select}")
            self.width += width

    def finished(self) -> Line:
        """The line."""
        self._flush()
        return Line(" ".join(self._operators), tuple(self._boxes))

    def _flush(self) -> None:
        if self._text:
            self._operators.append(f"({''.join(self._text)})Tj")
            self._text.clear()
