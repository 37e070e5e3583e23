"""Shaped runs: a stretch of text in one face and one direction becomes glyphs with their widths."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

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
    """Glyph ids drawn and the text each stands for."""


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
def shape(text: str, face_name: str, right_to_left: bool) -> Run:
    """Shape a run. Every character must be in the face, joiners aside."""
    import uharfbuzz as hb  # noqa: PLC0415

    face = shaped_face(face_name)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if right_to_left else "ltr"
    buffer.cluster_level = hb.BufferClusterLevel.CHARACTERS
    buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
    hb.shape(face.hb_font, buffer)
    return _run(text, face, buffer.glyph_infos or [], buffer.glyph_positions or [])


def _run(text: str, face: ShapedFace, infos: list[object], positions: list[object]) -> Run:
    meanings = _meanings(text, [info.cluster for info in infos])  # type: ignore[attr-defined]
    show: list[str] = []
    parts: list[str] = []
    rise = 0
    width = 0
    used: dict[int, str] = {}

    def flush() -> None:
        if show:
            parts.append("[" + "".join(show) + "]TJ")
            show.clear()

    for info, place, meaning in zip(infos, positions, meanings, strict=True):
        glyph, advance = info.codepoint, face.hb_font.get_glyph_h_advance(info.codepoint)  # type: ignore[attr-defined]
        x_offset, y_offset, x_advance = place.x_offset, place.y_offset, place.x_advance  # type: ignore[attr-defined]
        used.setdefault(glyph, meaning)
        if y_offset != rise:
            flush()
            rise = y_offset
            parts.append(f"{rise * face.scale:g} RISE")
        if x_offset:
            show.append(f"{-x_offset * face.scale:g}")
        show.append(f"<{glyph:04X}>")
        if advance + x_offset != x_advance:
            show.append(f"{(advance + x_offset - x_advance) * face.scale:g}")
        width += x_advance
    flush()
    if rise:
        parts.append("0 RISE")
    return Run(" ".join(parts).replace("><", ""), width * face.scale, tuple(used.items()))


def _meanings(text: str, clusters: list[int]) -> list[str]:
    """The text each glyph stands for: its cluster's, once; a zero-width space for further glyphs of a cluster."""
    starts = sorted(set(clusters))
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    seen: set[int] = set()
    meanings = []
    for cluster in clusters:
        meanings.append("\u200b" if cluster in seen else text[cluster : ends[cluster]])
        seen.add(cluster)
    return meanings


def drawable(text: str) -> tuple[str, int]:
    """Text in which every character has a face; others are shown as `U+XXXX` and counted."""
    han = cjk_face(text)
    missing = {c for c in set(text) if c not in "\u200c\u200d" and not _selector(c) and not face_of(c, han)}
    if not missing:
        return text, 0
    count = sum(text.count(character) for character in missing)
    return text.translate({ord(c): name_of(c) for c in missing}), count


def _selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0020" <= character <= "\U000e007f"
