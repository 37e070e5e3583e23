"""Views of bytes: every way in which a text can stand in a file without looking like itself.

A view is text plus the trust it deserves (`Mode`). Escapes, percent-encoding, entities, quoted-printable, Base64,
hexadecimal, UTF-16 and containers are undone, one inside the other up to a depth.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import io
import quopri
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from pipeline.bundle.verify.literals import Mode

WALL = "\n" * 12
"""Stands where something was cut out; wider than any separator that the rules bridge."""
MAX_EXPANDED = 1 << 28
_DEPTH = 2
_MASK = re.compile(
    r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
    r"|\b[rc]-[0-9a-f]{16,20}\b|\b(?:[0-9a-f]{128}|[0-9a-f]{64})\b"
)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[nrtbfv])"
)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});")
_QUOTED = re.compile(r"=(?:[0-9A-F]{2}|\r?\n)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}[ \r\n]?){6,}[0-9A-Fa-f]?")
_UNPRINTABLE = re.compile(rb"[^\t\n\r\x20-\x7e\x80-\xff]+")
_UNSAFE_BASE64 = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True, slots=True)
class View:
    """Something to search."""

    text: str
    mode: Mode
    how: str
    """`plain`, `escaped`, `percent`, `entity`, `quoted-printable`, `base64`, `hex`, `utf-16`, `binary`."""


def text_views(text: str, how: str = "plain", mode: Mode = Mode.TEXT) -> Iterator[View]:
    """A text and what it says once its escapes are undone."""
    masked = _MASK.sub(WALL, text)
    yield View(masked, mode, how)
    if "\\" in text and _ESCAPE.search(text):
        yield View(_ESCAPE.sub(_unescape, masked), mode, "escaped")
    if "%" in text and _PERCENT.search(text):
        yield View(unquote(masked), mode, "percent")
    if "&" in text and _ENTITY.search(text):
        yield View(html.unescape(masked), mode, "entity")
    if "=" in text and _QUOTED.search(text):
        yield View(quopri.decodestring(masked.encode()).decode("utf-8", "replace"), mode, "quoted-printable")


def byte_views(raw: bytes, mode: Mode, depth: int = _DEPTH) -> Iterator[View]:
    """Bytes as text, and whatever is encoded inside them."""
    if mode is Mode.TEXT:
        yield from text_views(_decode(raw))
    elif mode is Mode.STREAM:
        yield from text_views(printable(raw), "plain", Mode.STREAM)
    if b"\0" in raw:
        yield View(printable(raw.replace(b"\0", b"")), _lower(mode), "utf-16")
    if depth:
        yield from _encoded(raw, mode, depth)


def printable(raw: bytes) -> str:
    """The printable runs of arbitrary bytes, with walls between them."""
    return _UNPRINTABLE.sub(WALL.encode(), raw).decode("utf-8", "replace")


def members(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of the members of a container; nothing when the bytes are no container.

    Raises:
        ValueError: It is a container, but broken, encrypted or too large to be looked into.
    """
    if raw.startswith(b"\x1f\x8b"):
        yield "gzip", _limited(lambda size: gzip.GzipFile(fileobj=io.BytesIO(raw)).read(size))
    elif raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _zip_members(raw)


def _zip_members(raw: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            yield "comment", archive.comment
            for info in archive.infolist():
                yield info.filename, info.filename.encode() + b"\n" + info.comment + b"\n" + info.extra
                if not info.is_dir():
                    with archive.open(info) as member:
                        yield info.filename, _limited(member.read)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, zlib.error) as problem:
        raise ValueError("broken or encrypted archive") from problem


def _limited(read: object) -> bytes:
    try:
        content: bytes = read(MAX_EXPANDED + 1)  # type: ignore[operator]
    except (OSError, EOFError, zlib.error) as problem:
        raise ValueError("broken archive") from problem
    if len(content) > MAX_EXPANDED:
        raise ValueError("archive member too large")
    return content


def _encoded(raw: bytes, mode: Mode, depth: int) -> Iterator[View]:
    for how, found in (("base64", _from_base64(raw)), ("hex", _from_hex(raw, wide=mode is Mode.TEXT))):
        pieces = [piece for piece in found if piece]
        if not pieces:
            continue
        inner = WALL.encode().join(pieces)
        for view in byte_views(inner, Mode.STREAM, depth - 1):
            yield View(view.text, view.mode, how)


def _from_base64(raw: bytes) -> Iterator[bytes]:
    """Every run that may be Base64, decoded at each alignment that gives printable text."""
    for found in _BASE64.finditer(raw):
        run = found[0].translate(_UNSAFE_BASE64, b"\r\n")
        for shift in range(4):
            part = run[shift : shift + (len(run) - shift) // 4 * 4] or b""
            try:
                decoded = base64.b64decode(part, validate=True)
            except binascii.Error:
                continue
            tail = run[shift + len(part) :]
            if len(tail) > 1:
                decoded += base64.b64decode(tail + b"=" * (4 - len(tail)))
            if _is_readable(decoded):
                yield decoded


def _from_hex(raw: bytes, *, wide: bool) -> Iterator[bytes]:
    """Every run of hexadecimal digits, decoded; without `wide` two-byte glyph numbers are not taken for UTF-16."""
    for found in _HEX.finditer(raw):
        digits = found[0].translate(None, b" \r\n")
        for shift in range(2):
            part = digits[shift : shift + (len(digits) - shift) // 2 * 2]
            decoded = bytes.fromhex(part.decode())
            if (wide or b"\0" not in decoded) and _is_readable(decoded):
                yield decoded


def _is_readable(decoded: bytes) -> bool:
    """Whether there is a run of four printable characters, plain or UTF-16, in it."""
    return bool(re.search(rb"[\x20-\x7e\x80-\xff]{4}|(?:[\x20-\x7e]\0){4}|(?:\0[\x20-\x7e]){4}", decoded))


def _unescape(found: re.Match[str]) -> str:
    escape = found[0]
    if escape[1] == "x":
        return chr(int(escape[2:], 16))
    if escape[1] == "u":
        units = bytes.fromhex(escape.replace("\\u", ""))
        return units.decode("utf-16-be", "replace")
    return " "


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8", "replace")


def _lower(mode: Mode) -> Mode:
    return Mode.STREAM if mode is Mode.TEXT else mode
