"""The faces a page is set in, chosen by script; each is opened once per process and never changed."""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import BundlerError

FONTS = Path(__file__).parent / "fonts"
CJK_PACKAGE = "justmytype_intl_cjk"

LATIN_CODEC = "cp1252"
"""The one-byte code of the Latin faces. It is fixed, so a page's bytes do not depend on the document they end up in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceSpec:
    """Where a face lies."""

    file: str
    package: str = ""
    weight: int = 0
    """Pinned on the weight axis of a variable face: the Noto CJK faces are hairlines by default."""


LATIN_FACES = {"R": FaceSpec(file="NotoSans-Regular.ttf"), "B": FaceSpec(file="NotoSans-SemiBold.ttf")}

SHAPED_FACES = {
    "GN": FaceSpec(file="NotoSans-Regular.ttf"),
    "GA": FaceSpec(file="NotoSansArabic-Regular.ttf"),
    "GH": FaceSpec(file="NotoSansHebrew-Regular.ttf"),
    "GE": FaceSpec(file="NotoEmoji-Regular.ttf"),
    "GC": FaceSpec(file="fonts/ofl/notosanssc/NotoSansSC[wght].ttf", package=CJK_PACKAGE, weight=400),
    "GJ": FaceSpec(file="fonts/ofl/notosansjp/NotoSansJP[wght].ttf", package=CJK_PACKAGE, weight=400),
    "GK": FaceSpec(file="fonts/ofl/notosanskr/NotoSansKR[wght].ttf", package=CJK_PACKAGE, weight=400),
}


class LatinFace:
    """A face for text in the Latin code: widths per character, ReportLab's parser and subsetter behind it."""

    def __init__(self, name: str) -> None:
        from reportlab.pdfbase.ttfonts import TTFontFile  # noqa: PLC0415 - a worker that only reads needs none

        self.name = name
        self.file: Any = TTFontFile(str(_path(LATIN_FACES[name])))
        self.widths: dict[str, int] = {}
        for code in (*range(32, 127), *range(128, 256)):
            character = bytes((code,)).decode(LATIN_CODEC, "replace")
            if character != "\ufffd" and ord(character) in self.file.charWidths:
                self.widths[character] = round(self.file.charWidths[ord(character)])

    def width(self, text: str) -> int:
        """Width of text in thousandths of an em. Every character must be in the Latin code."""
        return sum(map(self.widths.__getitem__, text))


class ShapedFace:
    """A face for everything else, addressed by glyph id."""

    def __init__(self, name: str) -> None:
        import uharfbuzz as hb  # noqa: PLC0415

        spec = SHAPED_FACES[name]
        self.name = name
        self.weight = spec.weight
        self.hb_face: Any = hb.Face(hb.Blob.from_file_path(str(_path(spec))))
        self.hb_font: Any = hb.Font(self.hb_face)
        if spec.weight:
            self.hb_font.set_variations({"wght": spec.weight})
        self.scale = 1000 / self.hb_face.upem
        self.characters = frozenset(self.hb_face.unicodes)


@functools.cache
def latin_face(name: str) -> LatinFace:
    """The Latin face `R` (text) or `B` (semibold)."""
    return LatinFace(name)


@functools.cache
def shaped_face(name: str) -> ShapedFace:
    """One of SHAPED_FACES."""
    return ShapedFace(name)


def _path(spec: FaceSpec) -> Path:
    if not spec.package:
        return FONTS / spec.file
    found = importlib.util.find_spec(spec.package)
    if found is None or not found.origin:
        raise BundlerError(f"font package {spec.package} is not installed")
    return Path(found.origin).parent / spec.file
