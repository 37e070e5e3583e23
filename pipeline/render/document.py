"""Binds finished pages into one PDF: fonts cut down to what the pages use, page tree, page labels, outline.

ReportLab's document holds and writes the objects; nothing in the file depends on a clock, and its /ID is a digest of
its content. Fonts are made anew for each document, from the glyphs of its own pages only.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uharfbuzz as hb
from reportlab import rl_config
from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.ttfonts import makeToUnicodeCMap

from pipeline.render import styles
from pipeline.render.faces import LATIN_CODEC, LATIN_FACES, latin_face, shaped_face
from pipeline.render.galley import COMPRESSION, FOOTER_Y, LEFT, PAGE_HEIGHT, PAGE_WIDTH, RIGHT, Page
from pipeline.render.lines import Setter

PRODUCER = "foia-bundler"
_CMAP_HEAD = (
    "/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)"
    "/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def"
)
_SUBSET_FLAGS = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE
_UNNEEDED = ("GSUB", "GPOS", "GDEF", "name", "post", "cmap", "OS/2", "DSIG", "STAT", "BASE", "vhea", "vmtx", "VORG")


class _Raw(pdfdoc.PDFObject):  # type: ignore[misc]
    """An object that is already written."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def format(self, document: object) -> bytes:
        return self.content


class _Document(pdfdoc.PDFDocument):  # type: ignore[misc]
    """ReportLab's document with an /ID from a digest and numbered objects of our own."""

    def __init__(self, lang: str) -> None:
        super().__init__(compression=0, invariant=1, lang=lang, pdfVersion=(1, 7))
        self.seen = hashlib.sha256()

    def add(self, content: bytes) -> int:
        """Take an object; its number."""
        self.seen.update(content)
        name = self.Reference(_Raw(content)).name
        return int(self.idToObjectNumberAndVersion[name][0])

    def add_stream(self, entries: str, data: bytes, compressed: bool = False) -> int:
        """Take a stream; its object number."""
        body = data if compressed else zlib.compress(data, COMPRESSION)
        head = f"<<{entries}/Length {len(body)}/Filter/FlateDecode>>stream\n".encode("latin-1")
        return self.add(head + body + b"\nendstream")

    def fill(self, number: int, content: bytes) -> None:
        """Give a reserved object its content."""
        self.seen.update(content)
        self.idToObject[self.numberToId[number]].content = content

    def format(self) -> bytes:
        """The file. ReportLab takes settings from the environment; the two that change bytes are fixed here."""
        rl_config.pdfComments = rl_config.pdfMultiLine = 0
        return bytes(super().format())

    def ID(self) -> bytes:  # noqa: N802 - ReportLab's name
        """The identifier, equal for equal content."""
        digest = self.seen.hexdigest()[:32].upper().encode()
        return b"[<" + digest + b"><" + digest + b">]"


@dataclass(slots=True)
class Bookmark:
    """An outline entry."""

    title: str
    page: int
    children: list[Bookmark] = field(default_factory=list)


class Volume:
    """One PDF being bound."""

    def __init__(self, title: str, lang: str, bates: Sequence[str], footer: str) -> None:
        self.document = _Document(lang)
        self.title = title
        self.bates = bates
        self.footer = footer
        self._setter = Setter()
        self._resources = self.document.add(b"")
        self._tree = self.document.add(b"")
        self._pages: list[int] = []
        self._latin: set[str] = set()
        self._glyphs: dict[str, dict[int, str]] = {}

    def add(self, page: Page) -> None:
        """Append a page with its footer and number."""
        document = self.document
        footer = self._footer(len(self._pages))
        overlay = document.add_stream("", footer.encode(LATIN_CODEC))
        content = document.add_stream("", page.stream, compressed=True)
        self._pages.append(
            document.add(
                b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %d %d]/Resources %d 0 R/Contents[%d 0 R %d 0 R]>>"
                % (self._tree, PAGE_WIDTH, PAGE_HEIGHT, self._resources, content, overlay)
            )
        )
        self._latin.update(page.latin, (c for c in footer if c > "\x7f"))
        for face, glyphs in page.glyphs.items():
            known = self._glyphs.setdefault(face, {})
            for glyph, meaning in glyphs.items():
                known[glyph] = known.get(glyph) or meaning

    def write(self, path: Path, outline: Sequence[Bookmark]) -> None:
        """Embed the fonts and write the file."""
        document = self.document
        kids = b" ".join(b"%d 0 R" % number for number in self._pages)
        document.fill(self._tree, b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self._pages), kids))
        fonts = [f"/{name} {_embed_latin(document, name, self._latin)} 0 R" for name in LATIN_FACES]
        fonts += [f"/{name} {_embed_shaped(document, name, self._glyphs[name])} 0 R" for name in sorted(self._glyphs)]
        document.fill(self._resources, f"<</Font<<{''.join(fonts)}>>>>".encode())
        catalog = document.Catalog
        catalog.Pages = f"{self._tree} 0 R"
        catalog.PageLabels = f"{document.add(_page_labels(self.bates))} 0 R"
        catalog.ViewerPreferences = "<</DisplayDocTitle true>>"
        catalog.Outlines = None
        if outline:
            catalog.Outlines = f"{_outline(document, outline, self._pages)} 0 R"
            catalog.PageMode = "/UseOutlines"
        information = f"<</Title{text_string(self.title)}/Producer{text_string(PRODUCER)}>>".encode()
        document.seen.update(information)
        document.info = _Raw(information)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document.format())

    def _footer(self, index: int) -> str:
        bates = self.bates[index]
        setter, left, right = self._setter, styles.FOOTER, styles.BATES
        page = setter.wrap(f"{self.footer}Page {index + 1} of {len(self.bates)}", left, 330)[0]
        number = setter.wrap(bates, right, 330)[0]
        x = RIGHT - setter.width_of([bates], right)
        return (
            f"BT {left.start} 1 0 0 1 {LEFT:g} {FOOTER_Y:g} Tm {page.operators} "
            f"{right.start} 1 0 0 1 {x:.2f} {FOOTER_Y:g} Tm {number.operators} ET"
        )


def text_string(text: str) -> str:
    """A PDF text string."""
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>"


def _page_labels(bates: Sequence[str]) -> bytes:
    entries = "".join(f"{index}<</P{text_string(number)}>>" for index, number in enumerate(bates))
    return f"<</Nums[{entries}]>>".encode()


def _outline(document: _Document, bookmarks: Sequence[Bookmark], pages: Sequence[int]) -> int:
    root = document.add(b"")
    first, last, count = _siblings(document, bookmarks, root, pages)
    document.fill(root, b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (first, last, count))
    return root


def _siblings(
    document: _Document, bookmarks: Sequence[Bookmark], parent: int, pages: Sequence[int]
) -> tuple[int, int, int]:
    numbers = [document.add(b"") for _ in bookmarks]
    for position, (number, bookmark) in enumerate(zip(numbers, bookmarks, strict=True)):
        entry = f"<</Title{text_string(bookmark.title)}/Parent {parent} 0 R/Dest[{pages[bookmark.page]} 0 R/Fit]"
        entry += f"/Prev {numbers[position - 1]} 0 R" if position else ""
        entry += f"/Next {numbers[position + 1]} 0 R" if position + 1 < len(numbers) else ""
        if bookmark.children:
            first, last, count = _siblings(document, bookmark.children, number, pages)
            entry += f"/First {first} 0 R/Last {last} 0 R/Count {-count}"
        document.fill(number, f"{entry}>>".encode())
    return numbers[0], numbers[-1], len(numbers)


def _embed_latin(document: _Document, name: str, used: Iterable[str]) -> int:
    """A one-byte TrueType font: printable ASCII, whatever the text, and the further characters used."""
    face = latin_face(name)
    wanted = set(used) | {chr(code) for code in range(32, 127)}
    codes = [_character(code) for code in range(256)]
    subset = [ord(c) if c in wanted and c in face.widths else 32 for c in codes]
    program = face.file.makeSubset(subset)
    tag = _tag(program)
    font_name = f"{tag}+{face.file.name.decode() if isinstance(face.file.name, bytes) else face.file.name}"
    descriptor = _descriptor(document, font_name, face.file, document.add_stream(f"/Length1 {len(program)}", program))
    meanings = document.add_stream("", makeToUnicodeCMap(font_name, subset).encode())
    widths = " ".join(str(face.widths.get(chr(code), 0)) for code in subset)
    return document.add(
        f"<</Type/Font/Subtype/TrueType/BaseFont/{font_name}/FirstChar 0/LastChar 255/Widths[{widths}]"
        f"/FontDescriptor {descriptor} 0 R/ToUnicode {meanings} 0 R>>".encode()
    )


def _descriptor(document: _Document, font_name: str, file: Any, program: int) -> int:
    box = " ".join(f"{value:g}" for value in file.bbox)
    return document.add(
        f"<</Type/FontDescriptor/FontName/{font_name}/Flags 4/FontBBox[{box}]/ItalicAngle {file.italicAngle:g}"
        f"/Ascent {file.ascent:g}/Descent {file.descent:g}/CapHeight {file.capHeight:g}/StemV {file.stemV:g}"
        f"/FontFile2 {program} 0 R>>".encode()
    )


def _embed_shaped(document: _Document, name: str, glyphs: Mapping[int, str]) -> int:
    """A font addressed by glyph id, holding only these glyphs."""
    face = shaped_face(name)
    wanted = hb.SubsetInput()
    wanted.glyph_set.update(sorted(glyphs))
    wanted.flags = _SUBSET_FLAGS
    wanted.drop_table_tag_set.update(_number(tag) for tag in _UNNEEDED)
    if face.weight:
        wanted.pin_axis_location(face.hb_face, "wght", face.weight)
    program = bytes(hb.subset(face.hb_face, wanted).blob.data)
    given = face.hb_face.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME) or name
    font_name = f"{_tag(program)}+{given}"
    extents, scale = face.hb_font.get_font_extents("ltr"), face.scale
    file = document.add_stream(f"/Length1 {len(program)}", program)
    descriptor = document.add(
        f"<</Type/FontDescriptor/FontName/{font_name}/Flags 4/FontBBox[-1000 -500 3000 1500]/ItalicAngle 0"
        f"/Ascent {extents.ascender * scale:g}/Descent {extents.descender * scale:g}/CapHeight 714/StemV 80"
        f"/FontFile2 {file} 0 R>>".encode()
    )
    widths = " ".join(f"{g}[{face.hb_font.get_glyph_h_advance(g) * scale:g}]" for g in sorted(glyphs))
    descendant = document.add(
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{font_name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        f"/Supplement 0>>/FontDescriptor {descriptor} 0 R/DW 1000/W[{widths}]/CIDToGIDMap/Identity>>".encode()
    )
    meanings = document.add_stream("", _meanings(glyphs).encode())
    return document.add(
        f"<</Type/Font/Subtype/Type0/BaseFont/{font_name}/Encoding/Identity-H/DescendantFonts[{descendant} 0 R]"
        f"/ToUnicode {meanings} 0 R>>".encode()
    )


def _meanings(glyphs: Mapping[int, str]) -> str:
    lines = [_CMAP_HEAD, "1 begincodespacerange<0000><FFFF>endcodespacerange"]
    ordered = sorted(glyph for glyph, meaning in glyphs.items() if meaning)
    for start in range(0, len(ordered), 100):
        chunk = ordered[start : start + 100]
        lines.append(f"{len(chunk)} beginbfchar")
        lines += [f"<{g:04X}><{glyphs[g].encode('utf-16-be', 'replace').hex().upper()}>" for g in chunk]
        lines.append("endbfchar")
    return "\n".join([*lines, "endcmap CMapName currentdict/CMap defineresource pop end end"])


def _character(code: int) -> str:
    return bytes((code,)).decode(LATIN_CODEC, "replace") if code >= 32 else " "


def _number(tag: str) -> int:
    return int.from_bytes(tag.encode(), "big")


def _tag(program: bytes) -> str:
    """Six letters from the font program, so equal subsets have equal names."""
    return "".join(chr(65 + byte % 26) for byte in hashlib.sha256(program).digest()[:6])
