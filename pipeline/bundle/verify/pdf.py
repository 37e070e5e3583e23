"""Opens a released PDF with two libraries that did not write it: text by PDFium, objects by qpdf.

Whatever a release copy has no use for is refused: revisions, scripts, forms, attachments, annotations that hold
text, encryption, layers. Everything else is decoded and handed to the search.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf
import pypdfium2

from pipeline.bundle.verify.certificate import Finding
from pipeline.bundle.verify.literals import Mode

_FORBIDDEN_KEYS = {
    "/JS": "pdf-script",
    "/JavaScript": "pdf-script",
    "/OpenAction": "pdf-action",
    "/AA": "pdf-action",
    "/Launch": "pdf-action",
    "/EmbeddedFiles": "pdf-attachment",
    "/EmbeddedFile": "pdf-attachment",
    "/EF": "pdf-attachment",
    "/AcroForm": "pdf-form",
    "/XFA": "pdf-form",
    "/OCProperties": "pdf-layer",
    "/PieceInfo": "pdf-private-data",
    "/Thumb": "pdf-thumbnail",
    "/Encrypt": "pdf-encrypted",
    "/RichMedia": "pdf-media",
}
_FORBIDDEN_VALUES = {
    "/JavaScript": "pdf-script",
    "/Launch": "pdf-action",
    "/SubmitForm": "pdf-action",
    "/EmbeddedFile": "pdf-attachment",
    "/Filespec": "pdf-attachment",
    "/OCG": "pdf-layer",
    "/RichMedia": "pdf-media",
}
_END = re.compile(rb"%%EOF")
_XREF = re.compile(rb"startxref")
_STREAM = re.compile(rb"stream\r?\n")
_KERNING = re.compile(rb"(?<!\\)\)\s*(?:-?[\d.]+\s*)?\(|>\s*(?:-?[\d.]+\s*)?<(?!<)")
_LITERAL = re.compile(rb"\(((?:[^()\\]|\\.|\\\n)*)\)", re.DOTALL)
_HEX_STRING = re.compile(rb"(?<!<)<((?:[0-9A-Fa-f]{2}){2,})>")
_UNESCAPE = re.compile(rb"\\([0-7]{1,3}|.|\n)", re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CLOCK = re.compile(r"(?<![\w:.])\d{1,2}:\d\d(?::\d\d)?(?:\.\d{1,6})?(?![\w:])")
_CLOCK_BYTES = re.compile(_CLOCK.pattern.encode())
_HYPHENS = str.maketrans({"\ufffe": "-", "\x02": "-", "\u00ad": "-"})
_MAX_STREAM = 1 << 28
_FONT_PROGRAMS = frozenset({"/Type1C", "/CIDFontType0C", "/OpenType"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Something in a PDF that can hold text."""

    place: str
    """`pdf-text`, `pdf-metadata`, `pdf-outline`, `pdf-string`, `pdf-content`, `pdf-stream`, `pdf-embedded`."""
    raw: bytes
    mode: Mode


def pages_text(raw: bytes) -> Iterator[str]:
    """The text of each page as a reader would copy it; hyphens at line ends stay visible as hyphens.

    Raises:
        ValueError: PDFium cannot open the file.
    """
    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as problem:
        raise ValueError("PDFium cannot open it") from problem
    try:
        for page in document:
            text = page.get_textpage()
            yield text.get_text_range().translate(_HYPHENS)
            text.close()
            page.close()
    finally:
        document.close()


def without_clock_times(text: str) -> str:
    """Times of day, which every transcript prints, are not digits of a number."""
    return _CLOCK.sub("\n" * 12, text)


def check_file(path: str, raw: bytes) -> Iterator[Finding]:
    """Rules about the file as a whole."""
    if not raw.startswith(b"%PDF-"):
        yield Finding(rule="pdf-header", path=path)
    ends, tables = len(_END.findall(raw)), len(_XREF.findall(raw))
    if ends != 1 or tables != 1:
        yield Finding(rule="pdf-revisions", path=path, expected="1 end, 1 table", found=f"{ends} ends, {tables} tables")
    if raw.rsplit(b"%%EOF", 1)[-1].strip(b"\r\n"):
        yield Finding(rule="pdf-bytes-after-end", path=path)


def check_objects(path: str, pdf: pikepdf.Pdf) -> Iterator[Finding]:
    """Rules about what a release copy may not contain."""
    if pdf.is_encrypted:
        yield Finding(rule="pdf-encrypted", path=path)
    for found in _dictionaries(pdf):
        for key, value in found.items():
            rule = _FORBIDDEN_KEYS.get(key)
            if rule is None and isinstance(value, pikepdf.Name) and key in ("/S", "/Type", "/Subtype"):
                rule = _FORBIDDEN_VALUES.get(str(value))
            if rule:
                yield Finding(rule=rule, path=path)
        if "/Subtype" in found and "/Rect" in found and found.get("/Subtype") != pikepdf.Name.Link:
            yield Finding(rule="pdf-annotation", path=path)


def pieces(pdf: pikepdf.Pdf) -> Iterator[Piece]:
    """Every string, name and stream of every object, whether or not something refers to it.

    Raises:
        ValueError: A stream cannot be decoded.
    """
    info = pdf.trailer.get("/Info")
    info_id = info.objgen if info is not None and info.is_indirect else None
    for item in [*pdf.objects, pdf.trailer]:
        strings: list[bytes] = []
        _collect(item, strings)
        place = _place(item, info_id)
        if strings:
            yield Piece(place, b"\n".join(strings), Mode.TEXT)
        if isinstance(item, pikepdf.Stream):
            yield from _stream_pieces(item)


def metadata_texts(pdf: pikepdf.Pdf) -> Iterator[str]:
    """What the document says of itself: the document information and the XMP packet, markup taken away."""
    for value in pdf.docinfo.values():
        yield str(value)
    packet = pdf.Root.get("/Metadata")
    if isinstance(packet, pikepdf.Stream):
        yield re.sub(r"<[^>]*>", "\n", packet.read_bytes().decode("utf-8", "replace"))


def orphans(raw: bytes, pdf: pikepdf.Pdf) -> Iterator[bytes]:
    """Deflated streams that lie in the bytes of the file although its table does not name them."""
    known = set()
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream):
            known.add(item.read_raw_bytes()[:64])
    for found in _STREAM.finditer(raw):
        if raw[found.start() - 3 : found.start()] == b"end" or raw[found.end() : found.end() + 64] in known:
            continue
        inflate = zlib.decompressobj()
        try:
            content = inflate.decompress(raw[found.end() :], _MAX_STREAM)
        except zlib.error:
            continue
        if content:
            yield content


def _stream_pieces(stream: pikepdf.Stream) -> Iterator[Piece]:
    kind = str(stream.get("/Type", ""))
    try:
        content = stream.read_bytes()
    except pikepdf.DataDecodingError as problem:
        raise ValueError("an encoded stream is broken") from problem
    except (pikepdf.PdfError, NotImplementedError):  # an image codec: its bytes are searched as they are
        yield Piece("pdf-stream", stream.read_raw_bytes(), Mode.RAW)
        return
    if len(content) > _MAX_STREAM:
        raise ValueError("a stream is too large")
    is_font = "/Length1" in stream or str(stream.get("/Subtype", "")) in _FONT_PROGRAMS
    if kind == "/Metadata":
        yield Piece("pdf-metadata", content, Mode.TEXT)
    elif kind == "/EmbeddedFile":
        yield Piece("pdf-embedded", content, Mode.TEXT)
    else:
        yield Piece("pdf-stream", content, Mode.STREAM)
        if not is_font and kind != "/XRef":
            yield from _shown(content)


def _shown(content: bytes) -> Iterator[Piece]:
    """Literal strings of a content stream, kerning removed: `[(Mar) -20 (ia)] TJ` shows one word.

    Strings of glyph numbers say nothing here; what they show comes from the page's text.
    """
    if b"(" not in content and b"<" not in content:
        return
    joined = _KERNING.sub(b"", content)
    strings = [_UNESCAPE.sub(_plain, text) for text in _LITERAL.findall(joined)]
    strings += [bytes.fromhex(found.decode()) for found in _HEX_STRING.findall(joined)]
    readable = [_string(text) for text in strings if text.startswith(b"\xfe\xff") or not _CONTROL.search(text)]
    if readable:
        yield Piece("pdf-content", _CLOCK_BYTES.sub(b"\n" * 12, b"\n".join(readable)), Mode.TEXT)
        yield Piece("pdf-content", b"".join(readable), Mode.STREAM)


def _plain(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if escape.isdigit():
        return bytes([int(escape, 8) & 255])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\n": b""}.get(escape, escape)


def _place(item: Any, info_id: tuple[int, int] | None) -> str:
    if info_id is not None and getattr(item, "objgen", None) == info_id:
        return "pdf-metadata"
    is_outline = isinstance(item, pikepdf.Dictionary) and "/Title" in item and "/Parent" in item
    return "pdf-outline" if is_outline else "pdf-string"


def _collect(item: Any, out: list[bytes], depth: int = 0) -> None:
    """Strings and names of a direct object, decoded; what is referred to is visited on its own."""
    if isinstance(item, pikepdf.String):
        out.append(_string(bytes(item)))
    elif isinstance(item, pikepdf.Name):
        out.append(str(item).encode("utf-8", "replace"))
    elif depth > 100:
        raise ValueError("objects are nested too deep")
    elif isinstance(item, pikepdf.Array):
        for value in item:
            if not getattr(value, "is_indirect", False):
                _collect(value, out, depth + 1)
    elif isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        for key in item.keys():  # noqa: SIM118 - a stream is no mapping
            out.append(key.encode("utf-8", "replace"))
            value = item[key]
            if not getattr(value, "is_indirect", False):
                _collect(value, out, depth + 1)


def _string(raw: bytes) -> bytes:
    if raw.startswith((b"\xfe\xff", b"\xff\xfe")):
        return raw.decode("utf-16", "replace").encode("utf-8", "replace")
    if raw.startswith(b"\xef\xbb\xbf") or raw.isascii():
        return raw.removeprefix(b"\xef\xbb\xbf")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1").encode()
    return raw


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
    for item in [*pdf.objects, pdf.trailer]:
        yield from _nested(item, 0)


def _nested(item: Any, depth: int) -> Iterator[Any]:
    if depth > 100:
        return
    if isinstance(item, pikepdf.Array):
        values = list(item)
    elif isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        yield item
        values = [item[key] for key in item.keys()]  # noqa: SIM118 - a stream is no mapping
    else:
        return
    for value in values:
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            yield from _nested(value, depth + 1)
