"""The header fields of a mail or of a part of it, as they were meant: folded, 8-bit, in encoded words, or broken."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.intake.formats.mail_charsets import decoded
from pipeline.intake.formats.mail_raw import Raw

HEADER_BYTES: Final = 1 << 20
"""What the header fields of one part may take; what follows is read as its body."""
_NAMED: Final = re.compile(rb"[!-9;-~]+[ \t]*:")
_FOLD: Final = re.compile(rb"\r?\n(?=[ \t])")
_WORD: Final = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")
_PARAMETER: Final = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"|[^;]*+)', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_CONTINUED: Final = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?")
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
NOT_BASE64: Final = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
KNOWN: Final = frozenset(
    b"received return-path from to cc bcc sender reply-to date subject message-id in-reply-to references mime-version "
    b"content-type content-transfer-encoding content-disposition delivered-to dkim-signature".split()
)
"""Names by which a block of header fields is told from other text."""


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one block, in order: name as written, value without its folds."""

    fields: tuple[tuple[str, bytes], ...] = ()
    repaired: bool = False
    by_name: Mapping[str, list[bytes]] = field(default_factory=dict)

    def raw(self, name: str) -> bytes:
        """The first field of that name (lower case) as it was written; empty when there is none."""
        found = self.by_name.get(name)
        return found[0] if found else b""

    def text(self, name: str) -> str:
        """The first field of that name, decoded."""
        return words(self.raw(name))

    def plain(self, name: str) -> str:
        """The first field of that name as text, its encoded words left as they are."""
        return eight_bit(self.raw(name)).strip()


def read_headers(raw: Raw, start: int, end: int) -> tuple[Headers, int]:
    """The fields at `start`, and where the body begins.

    Where a line that is no field stands among them, it continues the one before it if a known field still follows;
    else the body begins there.
    """
    stop = min(end, start + HEADER_BYTES)
    if raw.slice(start, min(start + 2, stop)) == b"\r\n":
        return Headers(), start + 2
    if raw.slice(start, min(start + 1, stop)) == b"\n":
        return Headers(), start + 1
    blank, body = _blank_line(raw, start, stop)
    block = raw.slice(start, blank)
    lines = _FOLD.sub(b"", block).split(b"\n")
    fields, good = _fields(lines)
    if good == len(lines):
        return _headers(fields, body == stop < end), body
    rest = lines[good:]
    if any(line.partition(b":")[0].rstrip().lower() in KNOWN for line in rest):
        return _headers(_mended(fields, rest), True), body
    return _headers(fields, True), start + _first_other_line(block)


def _blank_line(raw: Raw, start: int, stop: int) -> tuple[int, int]:
    """Where the fields end, and where the body begins."""
    at = raw.find(b"\n\r\n", start, stop)
    bare = raw.find(b"\n\n", start, stop if at < 0 else at + 1)
    if bare >= 0:
        return bare, bare + 2
    return (at, at + 3) if at >= 0 else (stop, stop)


def _first_other_line(block: bytes) -> int:
    """Where the first line starts that is no field and continues none."""
    at = 0
    for line in block.split(b"\n"):
        if not _NAMED.match(line) and (at == 0 or not line.startswith((b" ", b"\t"))):
            return at
        at += len(line) + 1
    return len(block)


def _fields(lines: list[bytes]) -> tuple[list[tuple[str, bytes]], int]:
    """The fields of the lines up to the first that is none, and how many lines that are."""
    fields: list[tuple[str, bytes]] = []
    for number, line in enumerate(lines):
        if not (named := _NAMED.match(line)):
            if not line.strip() and number == len(lines) - 1:
                return fields, len(lines)
            return fields, number
        at = named.end()
        fields.append((line[: at - 1].rstrip().decode("ascii"), line[at:].strip(b" \t\r")))
    return fields, len(lines)


def _mended(fields: list[tuple[str, bytes]], rest: list[bytes]) -> list[tuple[str, bytes]]:
    for line in rest:
        more, used = _fields([line])
        if used:
            fields += more
        elif fields and not line.startswith((b"From ", b">From ")):
            name, value = fields[-1]
            fields[-1] = (name, value + b" " + line.strip())
        else:
            fields.append(("", line.strip()))
    return fields


def _headers(fields: list[tuple[str, bytes]], repaired: bool) -> Headers:
    by_name: dict[str, list[bytes]] = {}
    for name, value in fields:
        by_name.setdefault(name.lower(), []).append(value)
    return Headers(tuple(fields), repaired, by_name)


def eight_bit(raw: bytes) -> str:
    """A value as text: UTF-8, else windows-1252."""
    return raw.decode("ascii") if raw.isascii() else decoded(raw, "")[0]


def words(raw: bytes) -> str:
    """A value as it is shown: encoded words decoded, a character that was split over two of them put together."""
    text = eight_bit(raw)
    if "=?" in text:
        text = in_words(text)
    return _CONTROL.sub(" ", text).strip() if not text.isprintable() else text.strip()


def in_words(text: str) -> str:
    """A text with its encoded words decoded; white space between two of them is none."""
    out: list[str] = []
    held: list[bytes] = []
    charset, at = "", 0
    for word in _WORD.finditer(text):
        between = text[at : word.start()]
        if not held or between.strip(" \t"):
            out += _flushed(held, charset)
            out.append(between)
        elif word[1].lower() != charset:
            out += _flushed(held, charset)
        charset = word[1].lower()
        held.append(_word_bytes(word[2], word[3]))
        at = word.end()
    return "".join((*out, *_flushed(held, charset), text[at:]))


def _flushed(held: list[bytes], charset: str) -> list[str]:
    if not held:
        return []
    text, _ = decoded(b"".join(held), charset)
    held.clear()
    return [text]


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return binascii.a2b_qp(data, header=True) if encoding in "qQ" else from_base64(data)[0]


def from_base64(data: bytes) -> tuple[bytes, bool]:
    """The bytes of a base64 text, whatever stands between its letters, and whether anything but white space did."""
    try:
        if data.find(b"=", 0, len(data.rstrip(b" \t\r\n="))) < 0:
            return binascii.a2b_base64(data), False
    except binascii.Error:
        pass
    letters = data.translate(None, NOT_BASE64)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), True


def parameters(raw: bytes) -> tuple[str, dict[str, str]]:
    """A value such as `text/plain; charset=utf-8`: the part before the first `;` in lower case, and the parameters.

    Parameters in pieces or with a character set of their own (RFC 2231) are put together; names are in lower case.
    """
    if b";" not in raw:
        return eight_bit(raw).strip().lower(), {}
    text = eight_bit(raw)
    main, _, rest = text.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for found in _PARAMETER.finditer(";" + rest):
        name, value = found[1].lower(), found[2].strip()
        if value.startswith('"'):
            value = _ESCAPED.sub(r"\1", value[1:].removesuffix('"'))
        if "*" in name and (split := _CONTINUED.fullmatch(name)):
            pieces.setdefault(split[1], {}).setdefault(int(split[2] or 0), (bool(split[3]), value))
        else:
            plain.setdefault(name, in_words(value) if "=?" in value else value)
    plain.update({name: _joined(parts) for name, parts in pieces.items()})
    return main.strip().lower(), plain


def _joined(parts: Mapping[int, tuple[bool, str]]) -> str:
    """A parameter in pieces; the first may name the character set, as in `utf-8'en'%E2%82%AC`."""
    out, charset = [], ""
    for number in sorted(parts):
        encoded, value = parts[number]
        if encoded and number == min(parts) and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data = value.encode("utf-8", "replace")
        out.append(_PERCENT.sub(lambda digits: bytes((int(digits[1], 16),)), data) if encoded else data)
    return _CONTROL.sub(" ", decoded(b"".join(out), charset)[0])
