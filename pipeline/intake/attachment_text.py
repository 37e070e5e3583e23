"""The text of an attachment, where a person who opens it would read some; hostile files cost a child process at most.

Plain text, HTML, RTF, contact cards, calendars and mails are read here, in linear time. PDF and office documents
are read in a child process with limits of its own. Pictures, sound and sealed files give no text.
"""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import BinaryIO, Final, NamedTuple

from pipeline.intake.archives import open_archive
from pipeline.intake.attachment_cards import card_to_text
from pipeline.intake.attachment_rtf import rtf_to_text
from pipeline.intake.attachment_sandbox import Sandbox, opened
from pipeline.intake.html_text import html_to_text
from pipeline.intake.limits import Limits
from pipeline.intake.magic import OCTETS, document_mime, mime_of, text_mime_of
from pipeline.intake.mime.body import read_body
from pipeline.intake.mime.charsets import decoded, html_charset
from pipeline.intake.mime.headers import words
from pipeline.intake.mime.parts import read_tree
from pipeline.intake.mime.raw import HeldRaw
from pipeline.intake.mime.sniff import start_of_mail
from pipeline.intake.spool import utf16_name

TEXT_BYTES: Final = 1 << 20
"""What is kept of one attachment's text, in UTF-8."""
_HEAD: Final = 4096
_ZIP: Final = "application/zip"
_VAGUE: Final = frozenset(("", OCTETS, "text/plain"))
_OFFICE: Final = ("application/vnd.openxmlformats-", "application/vnd.oasis.opendocument")
_MARKUP_PER_TEXT: Final = 8
"""How many times longer than its text a marked up file may be before the rest of it is not looked at."""
_BLANKS: Final = re.compile(r"\n{3,}")
_SHOWN: Final = ("From", "To", "Cc", "Bcc", "Date", "Subject")


class Extracted(NamedTuple):
    """What an attachment gave."""

    text: str | None
    note: str = ""
    """`text-cut` when there was more than is kept; `not-readable` when its kind has a text but it could not be read;
    `too-large` when it is beyond the limit of one document."""


def text_of(data: bytes | BinaryIO, mime: str, limits: Limits) -> str | None:
    """The text of an attachment; None when it has none or cannot be read."""
    return extracted(data, mime, limits).text


def extracted(data: bytes | BinaryIO, mime: str, limits: Limits) -> Extracted:
    """The text of an attachment, and why there is none or less than all of it.

    Args:
        data: The bytes, or a stream of them that can seek.
        mime: What it is, by content as far as that was proved; see `kind_of`.
        limits: `document_bytes` is the largest file that is opened.
    """
    stream = opened(data)
    size = stream.seek(0, 2)
    stream.seek(0)
    kind = kind_of(stream, mime, limits)
    stream.seek(0)
    read = _READERS.get(kind) or (_plain if kind.startswith("text/") else None)
    in_child = b"pdf" if kind == "application/pdf" else b"office" if kind.startswith(_OFFICE) else b""
    if read is None and not in_child:
        return Extracted(None)
    if size > limits.document_bytes:
        return Extracted(None, "too-large")
    if read is not None:
        most = size if read in _WHOLE else TEXT_BYTES * _MARKUP_PER_TEXT
        return _kept(read(stream.read(most)), size > most)
    answer = _sandbox().read(in_child, stream)
    if answer.text is None:
        return Extracted(None, "not-readable")
    return Extracted(_BLANKS.sub("\n\n", answer.text).strip() or None, "text-cut" if answer.cut else "")


def kind_of(data: bytes | BinaryIO, claimed: str, limits: Limits) -> str:
    """What an attachment is, by content where that proves it, office documents that are zip files inside included.

    Args:
        data: The bytes, or a stream of them that can seek.
        claimed: What the capture says it is; counts where the content proves nothing.
        limits: Of archives.
    """
    stream = opened(data)
    head = stream.read(_HEAD)
    proved = mime_of(head)
    if proved == _ZIP:
        archive = open_archive(stream, limits)
        found = document_mime(archive.names)
        if archive.zip:
            archive.zip.close()
        return found or proved
    if proved:
        return proved
    plain = claimed.partition(";")[0].strip().lower()
    return (text_mime_of(head) or plain or OCTETS) if plain in _VAGUE else plain


def may_hold_text(mime: str) -> bool:
    """Whether an attachment of this type is one of those that `extracted` reads."""
    return mime in _READERS or mime == "application/pdf" or mime.startswith(("text/", *_OFFICE))


@cache
def _sandbox() -> Sandbox:
    sandbox = Sandbox(TEXT_BYTES)
    atexit.register(sandbox.close)
    return sandbox


def _kept(text: str, more: bool) -> Extracted:
    """As much of a text as is kept; `more` tells that the file goes on behind what was read of it."""
    data = text.replace("\r\n", "\n").strip().encode("utf-8", "replace")
    cut = more or len(data) > TEXT_BYTES
    return Extracted(data[:TEXT_BYTES].decode("utf-8", "ignore") or None, "text-cut" if cut else "")


def _plain(data: bytes) -> str:
    if codec := utf16_name(data):
        return data[2:].decode(codec, "replace")
    return decoded(data.removeprefix(b"\xef\xbb\xbf"), "")[0]


def _html(data: bytes) -> str:
    charset = "" if utf16_name(data) else html_charset(data)
    return html_to_text(decoded(data, charset)[0] if charset else _plain(data))


def _rtf(data: bytes) -> str:
    return rtf_to_text(data, TEXT_BYTES + 1)


def _mail(data: bytes) -> str:
    """A forwarded mail as it is read: who, when, what about, the text, and what was attached to it."""
    raw = HeldRaw(data)
    tree = read_tree(raw, start_of_mail(data[:_HEAD]), raw.size)
    headers = tree.root.headers
    lines = [f"{name}: {value}" for name in _SHOWN if (value := words(headers.first(name.lower())))]
    body = read_body(tree, TEXT_BYTES * _MARKUP_PER_TEXT)
    files = [leaf.name for leaf in tree.root.leaves() if leaf.name and id(leaf) not in body.used]
    return "\n".join((*lines, "", body.text, *(f"[{name}]" for name in files)))


_READERS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "text/html": _html,
    "application/xhtml+xml": _html,
    "application/rtf": _rtf,
    "text/rtf": _rtf,
    "text/vcard": card_to_text,
    "text/x-vcard": card_to_text,
    "text/calendar": card_to_text,
    "message/rfc822": _mail,
    "message/delivery-status": _plain,
    "message/disposition-notification": _plain,
    "application/json": _plain,
    "application/xml": _plain,
    "application/x-ndjson": _plain,
}
_WHOLE: Final = frozenset((_rtf, _mail))
"""Readers that pass over pictures and attached files quickly, so that the words behind those are read too."""
