"""The parts of one MMS: its text, its files, and what the phone knows about each."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from pipeline.intake.place import Place
from pipeline.model import Attachment

_NAMES: Final = ("name", "fn", "cl", "cid")
_REFERENCE: Final = re.compile(rb"&#(?:\d{1,4}|[xX][0-9a-fA-F]{1,4});")
_BLANKS: Final = re.compile(rb"\s+")
_CHARSETS: Final[Mapping[str, str]] = {
    "3": "ascii",
    "4": "latin-1",
    "17": "shift_jis",
    "113": "gbk",
    "1013": "utf-16-be",
    "1014": "utf-16-le",
    "1015": "utf-16",
    "2025": "gb2312",
    "2026": "big5",
}
"""IANA's numbers, as phones store them; all others are read as UTF-8."""
_SUBKINDS: Final = {"image": "image", "video": "video", "audio": "audio"}
_CONTACTS: Final = frozenset(("text/x-vcard", "text/vcard", "text/directory", "text/x-vcalendar"))


class Part(NamedTuple):
    """One part as a capture has it."""

    fields: dict[str, Any]
    """Without the values that stand for none."""
    data: bytes | None
    """Base64 text, as it is written."""
    path: str = ""
    """Where the bytes lie beside the capture."""


@dataclass(slots=True)
class Content:
    """What the parts of one message are."""

    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)
    smil: int = 0
    repaired: bool = False

    @property
    def body(self) -> str | None:
        """The texts, one below the other; None without any."""
        return "\n".join(self.texts) if self.texts else None

    @property
    def subkind(self) -> str:
        """By the first file."""
        if not self.attachments:
            return ""
        mime = self.attachments[0].mime.casefold()
        return "contact" if mime in _CONTACTS else _SUBKINDS.get(mime.partition("/")[0], "document")


def content_of(parts: Iterable[Part], place: Place, number: int) -> Content:
    """Sort the parts out: plain texts are the body, layouts are only counted, all others are files."""
    found = Content()
    for at, part in enumerate(parts, 1):
        kind = part.fields.get("ct", "").casefold().partition(";")[0].strip()
        if kind == "application/smil":
            found.smil += 1
        elif kind == "text/plain" and (text := _text(part, found)) is not None:
            found.texts.append(text)
            part.fields.pop("text", None)
        else:
            found.attachments.append(_attachment(part, place, f"{number}/{at}"))
        found.kept.append(part.fields)
    return found


def _text(part: Part, found: Content) -> str | None:
    """The text of a part; None where it can only be a file."""
    if "text" in part.fields:
        return str(part.fields["text"])
    if part.data is None:
        return None if part.path else ""
    data = _decoded(part.data)
    if data is None:
        return None
    codec = _CHARSETS.get(part.fields.get("chset", ""), "utf-8")
    text = data.decode(codec, "replace")
    found.repaired = found.repaired or "\ufffd" in text
    return text


def _attachment(part: Part, place: Place, path: str) -> Attachment:
    fields = part.fields
    name = next((fields[key].strip("<>") for key in _NAMES if fields.get(key)), "")
    mime = fields.get("ct", "")
    if part.data is None:
        return Attachment(name=name, path=part.path, mime=mime, note="" if part.path else "omitted")
    data = _decoded(part.data)
    if data is None:
        return replace(place.attach(path, part.data, name=name, mime="text/plain"), note="not-base64")
    return place.attach(path, data, name=name, mime=mime)


def _decoded(written: bytes) -> bytes | None:
    """The bytes of a base64 text, line breaks allowed; None when it is none."""
    try:
        return binascii.a2b_base64(written, strict_mode=True)
    except binascii.Error:
        plain = _BLANKS.sub(b"", _REFERENCE.sub(b"", written))
    try:
        return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4), strict_mode=True)
    except binascii.Error:
        return None
