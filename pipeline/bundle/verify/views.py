"""Views of bytes: every way in which a text can stand in a file without looking like itself.

A view is text plus the trust it deserves (`Mode`). Escapes, percent-encoding, entities, quoted-printable, Base64,
hexadecimal, UTF-16 and containers are undone, one inside the other up to a depth.
"""

from __future__ import annotations

import base64
import gzip
import html
import io
import quopri
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import re2

from pipeline.bundle.verify.literals import Mode

WALL = "\n" * 12
"""Stands where something was cut out; wider than any separator that the rules bridge."""
MAX_EXPANDED = 1 << 28
_DEPTH = 2
_MASKED = (
    r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
    r"|\b[rc]-[0-9a-f]{16,20}\b|\b(?:[0-9a-f]{128}|[0-9a-f]{64})\b"
)
"""Times and ids of our own form: their digits are not parts of other numbers."""
_MASK = re2.compile(_MASKED.encode())
_LARGE = 1 << 16
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[nrtbfv])"
)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,31});")
_QUOTED = re.compile(r"=(?:[0-9A-F]{2}|\r?\n)")
_BASE64 = re2.compile(rb"[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*")
_HEX = re2.compile(rb"(?:[0-9A-Fa-f]{2}[ \r\n]?){6,}[0-9A-Fa-f]?")
_UNPRINTABLE = re.compile(rb"[^\t\n\r\x20-\x7e\x80-\xff]+")
_READABLE = re.compile(rb"[\x20-\x7e\x80-\xff]{4}|(?:[\x20-\x7e]\0){4}|(?:\0[\x20-\x7e]){4}")
_REACH = 600
_UNSAFE_BASE64 = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True, slots=True)
class View:
    """Something to search."""

    text: str
    mode: Mode
    how: str
    """`plain`, `escaped`, `percent`, `entity`, `quoted-printable`, `base64`, `hex`, `utf-16`, `binary`."""


def byte_views(raw: bytes, mode: Mode, depth: int = _DEPTH) -> Iterator[View]:
    """Bytes as text, and whatever is encoded inside them."""
    masked = _masked(raw) if mode is Mode.TEXT else raw
    if mode is not Mode.RAW:
        text = _decode(masked) if mode is Mode.TEXT else printable(raw)
        yield View(text, mode, "plain")
        for how, pattern, undo in _ESCAPES:
            if pattern.search(text):
                yield View(undo(_around(pattern, text)), mode, how)
    if b"\0" in raw:
        yield View(printable(raw.replace(b"\0", b""), "latin-1"), Mode.STREAM if mode is Mode.TEXT else mode, "utf-16")
    if depth:
        yield from _encoded("base64", _from_base64(masked), depth)
        yield from _encoded("hex", _from_hex(raw, wide=mode is Mode.TEXT), depth)


def _masked(raw: bytes) -> bytes:
    """A wall in the place of every time and id of ours.

    Arrow brings the same RE2 and replaces without a Python object for each match, but compiles at every call.
    """
    out: bytes
    if len(raw) < _LARGE:
        out = _MASK.sub(WALL.encode(), raw)
    else:
        out = pc.replace_substring_regex(pa.scalar(raw, pa.binary()), _MASKED, WALL).as_py()
    return out


def _around(pattern: re.Pattern[str], text: str) -> str:
    """The stretches of a text in which a pattern occurs, as wide as the longest literal that may contain it."""
    pieces: list[str] = []
    start = end = 0
    for found in pattern.finditer(text):
        if found.start() - _REACH > end:
            pieces.append(text[start:end])
            start = found.start() - _REACH
        end = found.end() + _REACH
    pieces.append(text[start:end])
    return WALL.join(pieces)


def printable(raw: bytes, codec: str = "utf-8") -> str:
    """The printable runs of arbitrary bytes, with walls between them."""
    return _UNPRINTABLE.sub(WALL.encode(), raw).decode(codec, "replace")


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


def _encoded(how: str, found: Iterator[bytes], depth: int) -> Iterator[View]:
    inner = WALL.encode().join(found)
    if inner:
        for view in byte_views(inner, Mode.STREAM, depth - 1):
            yield View(view.text, view.mode, how)


def _from_base64(raw: bytes) -> Iterator[bytes]:
    """Every run that may be Base64, decoded at each alignment that gives readable text."""
    for found in _BASE64.finditer(raw):
        yield from _base64_run(found[0])


@lru_cache(maxsize=1 << 14)
def _base64_run(raw: bytes) -> tuple[bytes, ...]:
    run = raw.translate(_UNSAFE_BASE64, b"\r\n")
    out = []
    for shift in range(4):
        part = run[shift : shift + (len(run) - shift) // 4 * 4]
        tail = run[shift + len(part) :]
        decoded = base64.b64decode(part)
        if len(tail) > 1:
            decoded += base64.b64decode(tail + b"=" * (4 - len(tail)))
        if _is_readable(decoded):
            out.append(decoded)
    return tuple(out)


def _from_hex(raw: bytes, *, wide: bool) -> Iterator[bytes]:
    """Every run of hexadecimal digits, decoded; without `wide` two-byte glyph numbers are not taken for UTF-16."""
    for found in _HEX.finditer(raw):
        for decoded in _hex_run(found[0]):
            if wide or b"\0" not in decoded:
                yield decoded


@lru_cache(maxsize=1 << 14)
def _hex_run(raw: bytes) -> tuple[bytes, ...]:
    digits = raw.translate(None, b" \r\n").decode()
    parts = (digits[shift : shift + (len(digits) - shift) // 2 * 2] for shift in range(2))
    return tuple(decoded for part in parts if _is_readable(decoded := bytes.fromhex(part)))


def _is_readable(decoded: bytes) -> bool:
    """Whether there is a run of four printable characters, plain or UTF-16, in it."""
    return bool(_READABLE.search(decoded))


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


_ESCAPES = (
    ("escaped", _ESCAPE, lambda text: _ESCAPE.sub(_unescape, text)),
    ("percent", _PERCENT, unquote),
    ("entity", _ENTITY, html.unescape),
    ("quoted-printable", _QUOTED, lambda text: quopri.decodestring(text.encode()).decode("utf-8", "replace")),
)
