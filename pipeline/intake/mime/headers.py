"""The header fields of a mail or of a part of it, as they were meant: folded, 8-bit, in encoded words, or broken."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from pipeline.intake.mime.charsets import decoded
from pipeline.intake.mime.raw import Raw

HEADER_BYTES: Final = 1 << 20
"""What the header fields of one part may take; what follows is read as its body."""
_NAMED: Final = re.compile(rb"[!-9;-~]+[ \t]*:")
_FIELD: Final = re.compile(r"^([!-9;-~]+)[ \t]*:[ \t]*(.*)$", re.MULTILINE)
_WORD: Final = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")
_PARAMETER: Final = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"|[^;]*+)', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_CONTINUED: Final = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?")
_PERCENT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
NOT_BASE64: Final = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_KNOWN_NAMES: Final = (
    "received return-path from to cc bcc sender reply-to date subject message-id in-reply-to references mime-version "
    "content-type content-transfer-encoding content-disposition delivered-to dkim-signature"
)
_KNOWN: Final = frozenset(_KNOWN_NAMES.split())
"""Names by which a block of header fields is told from other text."""


@dataclass(slots=True)
class Headers:
    """The fields of one block, in order: name and value as written, without folds; 8-bit bytes as text."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    by_name: dict[str, list[str]] = field(default_factory=dict)
    """Values by name in lower case."""
    repaired: bool = False

    def add(self, name: str, value: str) -> None:
        """One more field."""
        self.fields.append((name, value))
        self.by_name.setdefault(name.lower(), []).append(value)

    def add_to_last(self, more: str) -> None:
        """The last field goes on."""
        name, value = self.fields[-1]
        self.fields[-1] = (name, f"{value} {more}")
        self.by_name[name.lower()][-1] = f"{value} {more}"

    def first(self, name: str) -> str:
        """The first field of that name (lower case) as it was written; empty when there is none."""
        found = self.by_name.get(name)
        return found[0] if found else ""

    def text(self, name: str) -> str:
        """The first field of that name, decoded."""
        return words(self.first(name))


def read_headers(raw: Raw, start: int, end: int) -> tuple[Headers, int]:
    """The fields at `start`, and where the body begins.

    Where a line that is no field stands among them, it continues the one before it if a known field still follows;
    else the body begins there.
    """
    stop = min(end, start + HEADER_BYTES)
    lead = raw.slice(start, min(start + 2, stop))
    if lead == b"\r\n":
        return Headers(), start + 2
    if lead[:1] == b"\n":
        return Headers(), start + 1
    blank, body = blank_line(raw, start, stop)
    block = raw.slice(start, blank)
    headers = Headers()
    lines = _unfolded(block)
    if _all_fields(lines, headers):
        headers.repaired = body == stop < end
        return headers, body
    headers.repaired = True
    return headers, body if _mend(headers, lines) else start + _first_other_line(block)


def _unfolded(block: bytes) -> str:
    """The lines as text, each field on one line."""
    plain = block.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\n ", b" ").replace(b"\n\t", b"\t")
    return plain.decode("ascii") if plain.isascii() else "\n".join(map(eight_bit, plain.split(b"\n")))


def blank_line(raw: Raw, start: int, stop: int) -> tuple[int, int]:
    """Where the fields end, and where the body begins; looked for near the start first."""
    for reach in (1 << 12, 1 << 16, HEADER_BYTES):
        near = min(start + reach, stop)
        at = raw.find(b"\n\r\n", start, near)
        bare = raw.find(b"\n\n", start, near if at < 0 else at + 1)
        if bare >= 0:
            return bare, bare + 2
        if at >= 0:
            return at, at + 3
        if near == stop:
            break
    return stop, stop


def _first_other_line(block: bytes) -> int:
    """Where the first line starts that is no field and continues none."""
    at = 0
    for line in block.split(b"\n"):
        if not _NAMED.match(line) and (at == 0 or not line.startswith((b" ", b"\t"))):
            return at
        at += len(line) + 1
    return len(block)


def _all_fields(text: str, headers: Headers) -> bool:
    """Add the fields of the lines if all of them are fields."""
    found = _FIELD.findall(text)
    if len(found) != text.count("\n") + (not text.endswith("\n")):
        return False
    headers.fields = found
    by_name = headers.by_name
    for name, value in found:
        by_name.setdefault(name.lower(), []).append(value)
    return True


def _mend(headers: Headers, text: str) -> bool:
    """Add the fields of lines of which some are none, and tell whether the body comes after all of them."""
    lines = text.split("\n")
    found = [_FIELD.match(line) for line in lines]
    bad = found.index(None)
    goes_on = any(match and match[1].lower() in _KNOWN for match in found[bad:])
    for line, match in zip(lines, found, strict=True):
        if match:
            headers.add(match[1], match[2])
        elif not goes_on:
            break
        elif headers.fields and not line.startswith(("From ", ">From ")):
            headers.add_to_last(line.strip())
        else:
            headers.add("", line.strip())
    return goes_on or not any(line.strip() for line in lines[bad:])


def eight_bit(raw: bytes) -> str:
    """A value as text: UTF-8, else windows-1252."""
    return raw.decode("ascii") if raw.isascii() else decoded(raw, "")[0]


def words(text: str) -> str:
    """A value as it is shown: encoded words decoded, a character that was split over two of them put together."""
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


def parameters(text: str) -> tuple[str, Mapping[str, str]]:
    """A value such as `text/plain; charset=utf-8`: the part before the first `;` in lower case, and the parameters.

    Parameters in pieces or with a character set of their own (RFC 2231) are put together; names are in lower case.
    """
    return _known_parameters(text) if len(text) < 80 else _parameters(text)


@lru_cache(maxsize=1024)
def _known_parameters(text: str) -> tuple[str, Mapping[str, str]]:
    return _parameters(text)


def _parameters(text: str) -> tuple[str, Mapping[str, str]]:
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
