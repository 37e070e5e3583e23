"""The bytes of a part of a mail out of its transfer encoding, in memory or as a stream, whatever is broken in it."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.intake.mime.headers import NOT_BASE64, from_base64

_HEAD: Final = 4096
_QUOTED_FROM: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_UU: Final = frozenset(("x-uuencode", "uuencode", "x-uue", "uue"))
_PLAIN: Final = frozenset(("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"))


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of bytes that were not held."""

    size: int
    sha256: str
    head: bytes


def decode(data: bytes, encoding: str, unquote: bool) -> tuple[bytes, bool]:
    """The decoded bytes, and whether there were faults. `unquote` is for a mailbox that quotes lines with `From `."""
    if unquote and b">From " in data:
        data = _QUOTED_FROM.sub(rb"\1", data)
    if encoding in _PLAIN:
        return data, False
    if encoding == "base64":
        return from_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data), False
    return _from_uu(data) if encoding in _UU else (data, True)


def decoded_pieces(chunks: Iterable[bytes], encoding: str, unquote: bool) -> Iterator[bytes]:
    """What `decode` would give, in pieces of bounded size."""
    if encoding == "base64":
        yield from _quads(chunks)
        return
    for piece in _lines(chunks):
        yield decode(piece, encoding, unquote)[0]


def measure(pieces: Iterable[bytes]) -> Measured:
    """Size, digest and first bytes of bytes that come in pieces."""
    digest, size, head = hashlib.sha256(), 0, b""
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        head += piece[: max(_HEAD - len(head), 0)]
    return Measured(size, digest.hexdigest(), head)


def _quads(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        letters = rest + chunk.translate(None, NOT_BASE64)
        whole = len(letters) & ~3
        yield binascii.a2b_base64(letters[:whole])
        rest = letters[whole:]
    yield from_base64(rest)[0]


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that end with a line, as far as lines are not endless."""
    rest = b""
    for chunk in chunks:
        head, newline, tail = (rest + chunk).rpartition(b"\n")
        if newline:
            yield head + newline
            rest = tail
        else:
            keep = tail.rfind(b"=", -3) if len(tail) > 3 else 0
            yield tail[:keep] if keep >= 0 else tail
            rest = tail[keep:] if keep >= 0 else b""
    if rest:
        yield rest


def _from_uu(data: bytes) -> tuple[bytes, bool]:
    out, faults = [], False
    for ended in data.split(b"\n"):
        line = ended.rstrip(b"\r")
        if not line or line == b"end" or line.startswith(b"begin "):
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            size = ((line[0] - 32) & 63) * 4 + 5
            faults = True
            try:
                out.append(binascii.a2b_uu(line[: size // 3]))
            except binascii.Error:
                continue
    return b"".join(out), faults
