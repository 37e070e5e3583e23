"""Shaped runs: a stretch of text in one face and one direction becomes glyphs with their widths."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.render.faces import ShapedFace, shaped_face
from pipeline.render.legible import name_of

_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
_CJK_SIGNS = "\u2ff0-\u303f\u3100-\u312f\u3190-\u31ef\u3200-\u33ff\ufe10-\ufe6f\uff01-\uff65\uffe0-\uffee"
_EMOJI = (
    "\u203c\u2049\u20e3\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)

_EXTENDS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962\u0963\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff"
    "\U000e0020-\U000e007f]"
)
"""Characters that belong to the one before."""

SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("GA", re.compile("[\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc]")),
    ("GH", re.compile("[\u0590-\u05ff\ufb1d-\ufb4f]")),
    ("GK", re.compile(f"[{_HANGUL}]")),
    ("GJ", re.compile(f"[{_KANA}]")),
    ("GC", re.compile(f"[{_HAN}{_CJK_SIGNS}]")),
    ("GE", re.compile(f"[{_EMOJI}]")),
)
"""Face by script; everything else is Noto Sans, which alone has Latin, Greek, Cyrillic and Devanagari."""

FALLBACK = ("GN", "GC", "GE", "GJ", "GK")
"""Where a character is looked for when its script's face lacks it."""

CJK = frozenset(("GC", "GJ", "GK"))


@dataclass(frozen=True, slots=True)
class Run:
    """A shaped run."""

    operators: str
    """Shows the glyphs; the face must be set before."""
    width: float
    """Thousandths of an em."""
    glyphs: tuple[tuple[int, str], ...]
    """Glyph ids drawn and the text each stands for by itself; empty when it never stands by itself."""


def cjk_face(text: str) -> str:
    """The face of Han characters in a text: Japanese if it has kana, Korean if Hangul, else Chinese."""
    for name in ("GJ", "GK"):
        if dict(SCRIPTS)[name].search(text):
            return name
    return "GC"


@functools.cache
def face_of(character: str, han: str) -> str:
    """The name of the face a character is set in, or nothing when no face has it."""
    wanted = next((name for name, pattern in SCRIPTS if pattern.match(character)), "GN")
    wanted = han if wanted in CJK and ord(character) in shaped_face(han).characters else wanted
    for name in (wanted, *FALLBACK):
        if ord(character) in shaped_face(name).characters:
            return name
    return ""


@functools.lru_cache(maxsize=100_000)
def face_of_cluster(cluster: str, han: str) -> str:
    """The face that has every character of a cluster, or nothing when none has all of them."""
    wanted = "GE" if "\u20e3" in cluster or "\ufe0f" in cluster else face_of(cluster[0], han)
    needed = {ord(character) for character in cluster if not _ignorable(character)}
    fitting = (name for name in (wanted, *FALLBACK) if name and needed <= shaped_face(name).characters)
    return next(fitting, "")


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


@functools.lru_cache(maxsize=100_000)
def shape(text: str, face_name: str, right_to_left: bool) -> Run:
    """Shape a run. Every character must be in the face, joiners aside."""
    import uharfbuzz as hb  # noqa: PLC0415

    face = shaped_face(face_name)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if right_to_left else "ltr"
    level = hb.BufferClusterLevel
    buffer.cluster_level = level.CHARACTERS if right_to_left else level.MONOTONE_GRAPHEMES
    buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES | hb.BufferFlags.DO_NOT_INSERT_DOTTED_CIRCLE
    hb.shape(face.hb_font, buffer)
    glyphs = list(zip(buffer.glyph_infos or [], buffer.glyph_positions or [], strict=True))
    return _run(text, face, [list(group) for _, group in itertools.groupby(glyphs, lambda g: g[0].cluster)])


def _run(text: str, face: ShapedFace, groups: Sequence[Sequence[tuple[Any, Any]]]) -> Run:
    """Operators for glyphs grouped by the characters they come from.

    One glyph for one group spells itself. Several (a letter and its dots, reordered vowels) mean their characters only
    together, so these stand beside them as ActualText: group by group, because readers put right-to-left text in order
    themselves and expect to find it letter by letter.
    """
    starts = sorted({group[0][0].cluster for group in groups})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    out = _Operators(face)
    used: dict[int, str] = {}
    for group in groups:
        start = group[0][0].cluster
        said = text[start : ends[start]]
        alone = len(group) == 1
        if not alone:
            out.begin_text(said)
        for info, place in group:
            out.glyph(info.codepoint, place)
            if alone or info.codepoint not in used:
                used[info.codepoint] = said if alone else ""
        if not alone:
            out.end_text()
    return Run(out.finished(), out.width * face.scale, tuple(used.items()))


class _Operators:
    """Collects the operators that show glyphs with their adjustments."""

    def __init__(self, face: ShapedFace) -> None:
        self.width = 0
        self._face = face
        self._parts: list[str] = []
        self._show: list[str] = []
        self._rise = 0

    def glyph(self, glyph: int, place: Any) -> None:
        """One glyph at its offsets."""
        scale, advance = self._face.scale, self._face.hb_font.get_glyph_h_advance(glyph)
        if place.y_offset != self._rise:
            self._flush()
            self._rise = place.y_offset
            self._parts.append(f"{self._rise * scale:g} RISE")
        if place.x_offset:
            self._show.append(f"{-place.x_offset * scale:g}")
        self._show.append(f"<{glyph:04X}>")
        if advance + place.x_offset != place.x_advance:
            self._show.append(f"{(advance + place.x_offset - place.x_advance) * scale:g}")
        self.width += place.x_advance

    def begin_text(self, said: str) -> None:
        """What the next glyphs say together."""
        self._flush()
        self._parts.append(f"/Span<</ActualText<FEFF{said.encode('utf-16-be').hex().upper()}>>>BDC")

    def end_text(self) -> None:
        """End of such glyphs."""
        self._flush()
        self._parts.append("EMC")

    def finished(self) -> str:
        """All operators."""
        self._flush()
        if self._rise:
            self._parts.append("0 RISE")
        return " ".join(self._parts)

    def _flush(self) -> None:
        if self._show:
            self._parts.append(f"[{''.join(self._show).replace('><', '')}]TJ")
            self._show.clear()


def drawable(text: str) -> tuple[str, int]:
    """Text in which every character has a face; others are shown as `U+XXXX` and counted."""
    han = cjk_face(text)
    missing = {c for c in set(text) if not _ignorable(c) and not face_of(c, han)}
    if not missing:
        return text, 0
    count = sum(text.count(character) for character in missing)
    return text.translate({ord(c): name_of(c) for c in missing}), count


def _ignorable(character: str) -> bool:
    """Joiners, variation selectors and tags: they change the shape of others and have none."""
    return character in "\u200c\u200d" or "\ufe00" <= character <= "\ufe0f" or "\U000e0020" <= character <= "\U000e007f"
