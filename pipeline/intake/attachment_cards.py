"""Contact cards and calendar entries as lines that a person can read: unfolded, decoded, pictures left out."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Final

from pipeline.intake.mime.charsets import decoded

_LINE: Final = re.compile(rb"([^:;\s]{1,64})((?:;[^:\"]*(?:\"[^\"]*\")?)*+):(.*)", re.DOTALL)
_CHARSET: Final = re.compile(rb"(?i);CHARSET=\"?([^;\":]{1,40})")
_QUOTED: Final = re.compile(rb"(?i);(?:ENCODING=)?QUOTED-PRINTABLE")
_BINARY: Final = re.compile(rb"(?i);(?:ENCODING=)?(?:BASE64|B)(?:;|$)|^data:")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def card_to_text(data: bytes) -> str:
    """A vCard or iCalendar file as lines `NAME: value`; parameters that say what a value is stay with the name."""
    return "\n".join(shown for line in _unfolded(data) if (shown := _shown(line)))


def _unfolded(data: bytes) -> Iterator[bytes]:
    """Lines put together: folded ones start with a space, those in quoted-printable end with `=`."""
    held: list[bytes] = []
    quoted = False
    for ended in data.split(b"\n"):
        line = ended.rstrip(b"\r")
        if held and line[:1] in (b" ", b"\t"):
            held.append(line[1:])
        elif held and quoted and held[-1].endswith(b"="):
            held[-1] = held[-1][:-1]
            held.append(line)
        else:
            yield b"".join(held)
            held = [line]
            quoted = _QUOTED.search(line.partition(b":")[0]) is not None
    yield b"".join(held)


def _shown(line: bytes) -> str:
    found = _LINE.fullmatch(line)
    if not found:
        return decoded(line, "")[0].strip()
    name, told, value = found[1], found[2], found[3]
    if _BINARY.search(told) or value[:5].lower() == b"data:":
        return ""
    if _QUOTED.search(told):
        value = binascii.a2b_qp(value)
    charset = _CHARSET.search(told)
    text, _ = decoded(value, charset[1].decode("latin-1") if charset else "")
    plain = _ESCAPED.sub(lambda escape: "\n" if escape[1] in "nN" else escape[1], text)
    return f"{decoded(name + told, '')[0]}: {plain}".strip()
