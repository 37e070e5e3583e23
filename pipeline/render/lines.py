"""Sets text values in lines: wraps released text at a width and gives each line's operators.

Two ways to the same result. Text in the Latin code goes word by word through a cache of escaped words and widths;
anything else, and every deletion label, goes through runs with faces, directions and boxes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.render.bidi import levels, visual_order
from pipeline.render.faces import latin_face
from pipeline.render.legible import legible
from pipeline.render.released import Parts, label_text
from pipeline.render.shaping import CJK, Run, cjk_face, drawable, face_of, shape

LABEL_SIZE = 0.86
"""Size of a deletion label relative to the text around it."""

_OBJECT = "\ufffc"
_LATIN = (
    "\x20-\x7e\xa0-\xac\xae-\xff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122"
)
"""Every character of the Latin code that is printed, but for the soft hyphen."""

_ALL_LATIN = re.compile(f"[{_LATIN}]*").fullmatch
_ALL_LATIN_LINES = re.compile(f"[\n{_LATIN}]*").fullmatch
_WORDS = re.compile("[^ ]+ *| +").findall
_RUNS = re.compile(f" +|{_OBJECT}|[^ {_OBJECT}]+").findall
_ESCAPES = str.maketrans({"(": "\\(", ")": "\\)", "\\": "\\\\"})
_EXTENDS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962\u0963\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_NOT_FIRST = frozenset(
    "、。，．・：；？！）］｝〕〉》」』】〙〗’”…ー～ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々%),.:;?!]}"
)
_NOT_LAST = frozenset("（［｛〔〈《「『【〘〖‘“([{$¥￥＄")
_MAX_WORDS = 200_000


@dataclass(frozen=True, slots=True)
class Style:
    """How a kind of text is set."""

    face: str
    """`R` or `B`."""
    size: float
    leading: float
    grey: float = 0.0
    flush: bool = True
    """Whether right-to-left lines end at the column's right edge."""

    select: str = field(init=False)
    """Operators that choose face and size."""
    start: str = field(init=False)
    """Operators that choose face, size, leading and tone."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "select", f"/{self.face} {self.size:g} Tf")
        object.__setattr__(self, "start", f"{self.select} {self.leading:g} TL {self.grey:g} g")


class Box(NamedTuple):
    """A grey field behind a label: where it begins in its line and how wide it is, in points."""

    x: float
    width: float


class Use(NamedTuple):
    """Glyphs of a shaped face that a line needs."""

    face: str
    glyphs: tuple[tuple[int, str], ...]


class Line(NamedTuple):
    """One line: operators that draw it from its origin, its boxes and the glyphs it needs."""

    operators: str
    boxes: tuple[Box, ...] = ()
    uses: tuple[Use, ...] = ()


class _Piece(NamedTuple):
    """A run inside a line; width in points."""

    face: str
    operators: str
    width: float
    level: int
    boxed: bool
    run: Run | None
    text: str


class Label(NamedTuple):
    """A deletion as it is printed."""

    text: str


class Setter:
    """Wraps text. Holds nothing but caches, so what it returns depends on its arguments only."""

    def __init__(self) -> None:
        self.replaced = 0
        """Characters dropped or shown as `U+XXXX` so far."""
        self._words: dict[str, dict[str, tuple[str, int]]] = {"R": {}, "B": {}}
        self._short = {name: max(latin_face(name).widths.values()) for name in ("R", "B")}

    def wrap_parts(self, parts: Parts, style: Style, width: float, amounts: bool = True) -> list[Line]:
        """A text value in lines; deletions as labels, without their amounts where these stand elsewhere."""
        if len(parts) == 1 and parts[0]["type"] == "text":
            return self.wrap(parts[0]["value"], style, width)
        pieces: list[str | Label] = [
            part["value"]
            if part["type"] == "text"
            else Label(legible(label_text(part) if amounts else str(part["label"]))[0])
            for part in parts
        ]
        return self.wrap_mixed(pieces, style, width)

    def wrap(self, text: str, style: Style, width: float) -> list[Line]:
        """Text in lines; at least one, empty for empty text."""
        if not _ALL_LATIN_LINES(text):
            return self.wrap_mixed([text], style, width)
        limit = width / style.size * 1000
        lines: list[Line] = []
        for paragraph in text.split("\n"):
            if len(paragraph) * self._short[style.face] <= limit:
                lines.append(Line(f"({paragraph.translate(_ESCAPES)})Tj"))
            else:
                lines += [Line(f"({line})Tj") for line in self._fill(paragraph, style.face, limit)]
        return lines

    def wrap_mixed(self, pieces: Sequence[str | Label], style: Style, width: float) -> list[Line]:
        """Text and labels in lines."""
        paragraphs: list[list[str | Label]] = [[]]
        for piece in pieces:
            if isinstance(piece, Label):
                paragraphs[-1].append(piece)
                continue
            text, changed = legible(piece)
            self.replaced += changed
            first, *rest = text.split("\n")
            paragraphs[-1].append(first)
            paragraphs += [[line] for line in rest]
        lines: list[Line] = []
        for paragraph in paragraphs:
            if len(paragraph) == 1 and isinstance(paragraph[0], str) and _ALL_LATIN(paragraph[0]):
                lines += self.wrap(paragraph[0], style, width)
            else:
                lines += self._wrap_runs(paragraph, style, width)
        return lines

    def width_of(self, line: Iterable[str | Label], style: Style) -> float:
        """Width in points of text that is set on one line."""
        return sum(piece.width for unit in self._units(list(line), style)[1] for piece in unit)

    def _fill(self, paragraph: str, face: str, limit: float) -> Iterator[str]:
        words = self._words[face]
        space = latin_face(face).widths[" "]
        held: list[str] = []
        used = 0.0
        for word in paragraph.split(" "):
            escaped, width = words.get(word) or self._measure(word, face)
            if held and used + space + width > limit:
                yield " ".join(held)
                held = []
            if width > limit:
                *full, (escaped, width) = self._split(word, face, limit)
                if held:
                    yield " ".join(held)
                    held = []
                yield from (piece for piece, _ in full)
            used = used + space + width if held else width
            held.append(escaped)
        yield " ".join(held)

    def _measure(self, word: str, face: str) -> tuple[str, int]:
        words = self._words[face]
        if len(words) >= _MAX_WORDS:
            words.clear()
        measured = words[word] = (word.translate(_ESCAPES), latin_face(face).width(word))
        return measured

    def _split(self, word: str, face: str, limit: float) -> list[tuple[str, int]]:
        """A word wider than the column, cut where the column ends."""
        widths = latin_face(face).widths
        pieces: list[tuple[str, int]] = []
        start = used = 0
        for index, character in enumerate(word):
            width = widths[character]
            if used + width > limit and index > start:
                pieces.append((word[start:index].translate(_ESCAPES), used))
                start, used = index, 0
            used += width
        return [*pieces, (word[start:].translate(_ESCAPES), used)]

    def _wrap_runs(self, paragraph: Sequence[str | Label], style: Style, width: float) -> list[Line]:
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
            shown, missing = (stretch, 0) if _ALL_LATIN(stretch) else drawable(stretch)
            self.replaced += missing
            safe.append(shown)
        text = _OBJECT.join(safe)
        base, level = levels(text)
        han = cjk_face(text)
        units: list[list[_Piece]] = []
        if _ALL_LATIN(text.replace(_OBJECT, "")):
            return 0, [[self._piece(run, style.face, 0, style, labels) for run in _RUNS(u)] for u in _WORDS(text)]
        for match in re.finditer(" +|[^ ]+", text):
            start = match.start()
            for unit in _breakable(match.group(), start, level, han, style.face):
                units.append([self._piece(stretch, face, lv, style, labels) for stretch, face, lv in unit])
        return base, units

    def _piece(self, text: str, face: str, level: int, style: Style, labels: Iterator[Label]) -> _Piece:
        if text == _OBJECT:
            return self._label(next(labels).text, level, style)
        if face in ("R", "B"):
            escaped, wide = self._words[face].get(text) or self._measure(text, face)
            return _Piece(face, f"({escaped})Tj", wide * style.size / 1000, level, False, None, text)
        run = shape(text, face, bool(level & 1))
        operators = _raised(run.operators, style.size) if "RISE" in run.operators else run.operators
        return _Piece(face, operators, run.width * style.size / 1000, level, False, run, text)

    def _label(self, text: str, level: int, style: Style) -> _Piece:
        if not _ALL_LATIN(text):
            text = text.encode("ascii", "backslashreplace").decode()
        escaped, wide = self._measure(text, "R")
        size = style.size * LABEL_SIZE
        shown = f"/R {size:g} Tf .2 g ({escaped})Tj {style.grey:g} g"
        return _Piece("", shown, wide * size / 1000, level, True, None, text)

    def _explode(self, piece: _Piece, style: Style) -> list[_Piece]:
        """A piece that must be cut: a label at its spaces, text at its characters."""
        if piece.boxed:
            return [self._label(part, piece.level, style) for part in re.findall(r"\S+ ?", piece.text)]
        if piece.run is None:
            return [self._piece(character, piece.face, piece.level, style, iter(())) for character in piece.text]
        return [self._piece(c, piece.face, piece.level, style, iter(())) for c in clusters(piece.text)]


def clusters(text: str) -> list[str]:
    """Text cut where a reader sees characters: marks, joined emoji and flags stay whole."""
    found: list[str] = []
    for character in text:
        joins = found and (
            _EXTENDS.match(character)
            or found[-1].endswith("\u200d")
            or (_flag(character) and len(found[-1]) == 1 and _flag(found[-1]))
        )
        if joins:
            found[-1] += character
        else:
            found.append(character)
    return found


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _breakable(
    word: str, start: int, level: Sequence[int], han: str, latin: str
) -> Iterator[list[tuple[str, str, int]]]:
    """A word as units between which a line may end, each a list of stretches with face and level."""
    if _ALL_LATIN(word) and not any(lv & 1 for lv in level[start : start + len(word)]):
        yield [(word, latin, level[start])]
        return
    unit: list[tuple[str, str, int]] = []
    before = ""
    for cluster in clusters(word):
        lv = level[start]
        start += len(cluster)
        face = _cluster_face(cluster, lv, han, latin)
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


def _cluster_face(cluster: str, level: int, han: str, latin: str) -> str:
    if cluster == _OBJECT or (not level & 1 and _ALL_LATIN(cluster)):
        return latin
    if "\u20e3" in cluster or "\ufe0f" in cluster:
        return "GE" if face_of(cluster[0], han) else latin
    return face_of(cluster[0], han) or "GN"


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
