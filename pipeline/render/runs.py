"""Lines of text in any script: runs with faces and directions, boxes for labels, breaks by script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pipeline.render.bidi import levels, visual_order
from pipeline.render.latin import LatinSetter
from pipeline.render.shaping import CJK, Run, cjk_face, clusters, drawable, face_of, face_of_cluster, shape
from pipeline.render.typeset import ALL_LATIN, LABEL_SIZE, Box, Label, Line, Style, Use, label_operators

_OBJECT = "\ufffc"
"""Stands for a label while directions and breaks are found."""

_NOT_FIRST = frozenset(
    "、。，．・：；？！）］｝〕〉》」』】〙〗’”…ー～ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々%),.:;?!]}"
)
_NOT_LAST = frozenset("（［｛〔〈《「『【〘〖‘“([{$¥￥＄")


class _Piece(NamedTuple):
    """A run inside a line; width in points."""

    face: str
    operators: str
    width: float
    level: int
    boxed: bool
    run: Run | None
    text: str


class RunSetter:
    """Wraps text and labels of any script."""

    def __init__(self, latin: LatinSetter) -> None:
        self.replaced = 0
        """Characters shown as `U+XXXX` because no face has them."""
        self._latin = latin

    def width_of(self, line: Iterable[str | Label], style: Style) -> float:
        """Width in points of text that is set on one line."""
        return sum(piece.width for unit in self._units(list(line), style)[1] for piece in unit)

    def wrap(self, paragraph: Sequence[str | Label], style: Style, width: float) -> list[Line]:
        """A paragraph in lines."""
        base, units = self._units(paragraph, style)
        lines: list[list[_Piece]] = []
        held: list[_Piece] = []
        used = 0.0
        for unit in units:
            parts = [unit]
            if _ink(unit) > width:
                parts = [[piece] for whole in unit for piece in self._explode(whole, style)]
                if held:
                    lines.append(held)
                    held, used = [], 0.0
            for part in parts:
                ink = _ink(part)
                if held and ink and used + ink > width:
                    lines.append(held)
                    held, used = [], 0.0
                held += part
                used += sum([piece.width for piece in part])
        lines.append(held)
        return [_draw(line, base, style, width) for line in lines]

    def _units(self, paragraph: Sequence[str | Label], style: Style) -> tuple[int, list[list[_Piece]]]:
        """The base direction, and the stretches between which a line may end."""
        labels = iter([piece for piece in paragraph if isinstance(piece, Label)])
        text = "".join(_OBJECT if isinstance(piece, Label) else piece for piece in paragraph)
        safe: list[str] = []
        for stretch in text.split(_OBJECT):
            shown, missing = (stretch, 0) if ALL_LATIN(stretch) else drawable(stretch)
            self.replaced += missing
            safe.append(shown)
        text = _OBJECT.join(safe)
        base, level = levels(text)
        han = cjk_face(text)
        units: list[list[_Piece]] = []
        for match in re.finditer(" +|[^ ]+", text):
            start = match.start()
            for unit in _breakable(match.group(), start, level, han, style.face):
                units.append([self._piece(stretch, face, lv, style, labels) for stretch, face, lv in unit])
        return base, units

    def _piece(self, text: str, face: str, level: int, style: Style, labels: Iterator[Label]) -> _Piece:
        if text == _OBJECT:
            return self._label(next(labels).text, level, style)
        if face in ("R", "B"):
            escaped, wide = self._latin.measure(text, face)
            return _Piece(face, f"({escaped})Tj", wide * style.size / 1000, level, False, None, text)
        run = shape(text, face, bool(level & 1))
        operators = _raised(run.operators, style.size) if "RISE" in run.operators else run.operators
        return _Piece(face, operators, run.width * style.size / 1000, level, False, run, text)

    def _label(self, text: str, level: int, style: Style) -> _Piece:
        if not ALL_LATIN(text):
            text = text.encode("ascii", "backslashreplace").decode()
        escaped, wide = self._latin.measure(text, "R")
        wide_points = wide * style.size * LABEL_SIZE / 1000
        return _Piece("", label_operators(escaped, style), wide_points, level, True, None, text)

    def _explode(self, piece: _Piece, style: Style) -> list[_Piece]:
        """A piece that must be cut: a label at its spaces, text at its characters."""
        if piece.boxed:
            return [self._label(part, piece.level, style) for part in re.findall(r"\S+ ?", piece.text)]
        if piece.run is None:
            return [self._piece(character, piece.face, piece.level, style, iter(())) for character in piece.text]
        return [self._piece(c, piece.face, piece.level, style, iter(())) for c in clusters(piece.text)]


def _breakable(
    word: str, start: int, level: Sequence[int], han: str, latin: str
) -> Iterator[list[tuple[str, str, int]]]:
    """A word as units between which a line may end, each a list of stretches with face and level."""
    if ALL_LATIN(word) and not any(lv & 1 for lv in level[start : start + len(word)]):
        yield [(word, latin, level[start])]
        return
    unit: list[tuple[str, str, int]] = []
    before = ""
    for cluster, face, lv in _faced(word, level[start : start + len(word)], han, latin):
        ideographic = face in CJK or bool(unit and unit[-1][1] in CJK) or face == "GE"
        if unit and ideographic and cluster[0] not in _NOT_FIRST and before not in _NOT_LAST:
            yield unit
            unit = []
        if unit and unit[-1][1:] == (face, lv) and cluster != _OBJECT and unit[-1][0] != _OBJECT:
            unit[-1] = (unit[-1][0] + cluster, face, lv)
        else:
            unit.append((cluster, face, lv))
        before = cluster[-1]
    if unit:
        yield unit


def _faced(word: str, level: Sequence[int], han: str, latin: str) -> Iterator[tuple[str, str, int]]:
    """Clusters with face and level; one that no single face has comes in its characters."""
    at = 0
    for cluster in clusters(word):
        lv = level[at]
        at += len(cluster)
        if cluster == _OBJECT or (not lv & 1 and ALL_LATIN(cluster)):
            yield cluster, latin, lv
        elif face := face_of_cluster(cluster, han):
            yield cluster, face, lv
        else:
            yield from ((c, face_of(c, han), lv) for c in cluster if face_of(c, han))


def _raised(operators: str, size: float) -> str:
    return re.sub(r"(\S+) RISE", lambda match: f"{float(match.group(1)) * size / 1000:g} Ts", operators)


def _ink(pieces: Sequence[_Piece]) -> float:
    """Width without the spaces at the end, which may stand beyond the column."""
    width = sum([piece.width for piece in pieces])
    return width - pieces[-1].width if pieces[-1].text.isspace() else width


def _draw(line: Sequence[_Piece], base: int, style: Style, width: float) -> Line:
    end = len(line)
    while end and line[end - 1].text.isspace():
        end -= 1
    pieces = [line[index] for index in visual_order([piece.level for piece in line[:end]])]
    x = width - sum(piece.width for piece in pieces) if base and style.flush else 0.0
    indent = x
    face, boxes, uses, shown = style.face, [], [], []
    for piece in pieces:
        if piece.boxed:
            boxes.append(Box(x, piece.width))
            face = ""
        elif piece.face != face:
            face = piece.face
            shown.append(f"/{face} {style.size:g} Tf")
        _show(shown, piece.operators)
        if piece.run:
            uses.append(Use(piece.face, piece.run.glyphs))
        x += piece.width
    if face != style.face:
        shown.append(style.select)
    operators = " ".join(shown)
    if indent:
        operators = f"{indent:.2f} 0 Td {operators} {-indent:.2f} 0 Td"
    return Line(operators, tuple(_merged(boxes)), tuple(uses))


def _show(shown: list[str], operators: str) -> None:
    """Append operators; two that show text one after the other in the same face become one."""
    for end, start in ((")Tj", "("), ("]TJ", "[")):
        if shown and shown[-1].endswith(end) and operators.startswith(start):
            shown[-1] = shown[-1][:-3] + operators[1:]
            return
    shown.append(operators)


def _merged(boxes: Iterable[Box]) -> Iterator[Box]:
    """Boxes that touch become one: a label cut at its spaces still is one label."""
    held: Box | None = None
    for box in boxes:
        if held and box.x - (held.x + held.width) < 0.01:
            held = Box(held.x, held.width + box.width)
            continue
        if held:
            yield held
        held = box
    if held:
        yield held
