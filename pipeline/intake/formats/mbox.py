"""Mailboxes (MBOX): many mails in one file, as Thunderbird, Google Takeout, Unix and archive exports write them.

Fields kept: all that a mail keeps (see `eml`); the line before each mail is in `attributes.mbox`. Mails that Mozilla
marked as deleted but still holds are flagged `recovered-deleted`.
Implied losses: where one mail ends is a convention: a line `From ` behind a blank line, a date in it or a header
after it, unless a Content-Length says otherwise. A mail pasted into another with such a line is therefore a mail of
its own. One `>` is taken from lines `>From ` and `>>From `; a writer that quotes only `From ` (mboxo) leaves no way
to tell which `>` was typed. Folders, read marks and labels are only what header fields say of them.
Ids: `Message-ID` without its brackets, missing or repeated as the mails have it; the conversation as for single
mails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from pipeline.intake.formats.mail_events import MailEvents
from pipeline.intake.mime.headers import blank_line, eight_bit
from pipeline.intake.mime.raw import FiledRaw, HeldRaw
from pipeline.intake.mime.sniff import header_names, is_mail, start_of_mail
from pipeline.intake.place import Entry, Place

NAME = "mbox"
TWO_PASSES = True
_FROM: Final = b"\nFrom "
_LINE_BYTES: Final = 1 << 10
_HEADER_BYTES: Final = 1 << 15
_LEAD: Final = 1 << 12
_DATED: Final = re.compile(
    rb"From (?:\S+ +){0,3}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +"
    rb"(?:[A-Za-z]{3} +\d{1,2}|\d{1,2} +[A-Za-z]{3})\b.{0,12}\d\d:\d\d",
    re.ASCII,
)
_FIELD: Final = re.compile(
    rb"(?:>From |(?:x-[!-9;-~]+|received|return-path|from|to|cc|bcc|sender|reply-to|date|subject|message-id|references|"
    rb"in-reply-to|mime-version|content-[a-z-]+|delivered-to|dkim-signature|arc-[a-z-]+|authentication-results|status|"
    rb"envelope-to|resent-[a-z-]+|list-[a-z-]+|precedence|importance|thread-[a-z]+)[ \t]*:)",
    re.IGNORECASE,
)
_LENGTH: Final = re.compile(rb"\n[Cc]ontent-[Ll]ength:[ \t]*(\d{1,12})[ \t]*\r?\n")


def sniff(head: bytes) -> bool:
    """A line `From ` with a date, or header fields behind it."""
    text = head[start_of_mail(head) :]
    line, _, rest = text.partition(b"\n")
    if not line.startswith(b"From ") or len(line) > _LINE_BYTES:
        return False
    return _DATED.match(line) is not None or is_mail(header_names(rest))


@dataclass(frozen=True, slots=True)
class _Span:
    """Where one mail lies: the line before it, and its own bytes."""

    line: int
    start: int
    end: int
    last: bool


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """One event per mail; mails without any content and what stands before the first mail are quarantined."""
    box = FiledRaw(stream, 0, stream.seek(0, 2))
    events = MailEvents(place, NAME)
    number = 0
    for span in _spans(box):
        number += 1
        if span.line < 0:
            digest = box.digest(span.start, span.end)
            yield place.quarantined("no-header", number, sha256=digest, size=span.end - span.start)
            continue
        size = span.end - span.start
        held = size <= place.limits.document_bytes
        raw = HeldRaw(box.slice(span.start, span.end)) if held else FiledRaw(stream, span.start, size)
        line = eight_bit(box.slice(span.line, min(span.start, span.line + _LINE_BYTES)).strip())
        yield from events.entries(raw, number, unquote=True, sent_line=line, last=span.last)


def _spans(box: FiledRaw) -> Iterator[_Span]:
    at = start_of_mail(box.slice(0, _LEAD))
    if box.slice(at, at + 5) != b"From ":
        first = _next(box, at)
        if box.slice(0, min(first, 1 << 20)).strip():
            yield _Span(-1, 0, first, first >= box.size)
        at = first
    while at < box.size:
        start = _after_line(box, at)
        following = _by_length(box, start)
        following = _next(box, max(start - 1, 0)) if following < 0 else following
        last = following >= box.size
        yield _Span(at, start, following if last else _without_blank_line(box, start, following), last)
        at = following


def _after_line(box: FiledRaw, at: int) -> int:
    newline = box.find(b"\n", at, min(at + _LINE_BYTES, box.size))
    return newline + 1 if newline >= 0 else min(at + _LINE_BYTES, box.size)


def _next(box: FiledRaw, at: int) -> int:
    """Where the next `From ` line starts that begins a mail; the size of the mailbox when there is none."""
    while (found := box.find(_FROM, at, box.size)) >= 0:
        if _begins(box, found):
            return found + 1
        at = found + 1
    return box.size


def _begins(box: FiledRaw, newline: int) -> bool:
    before = box.slice(max(newline - 2, 0), newline)
    blank = newline == 0 or before.endswith(b"\n") or before == b"\n\r"
    line, _, following = box.slice(newline + 1, newline + 1 + 2 * _LINE_BYTES).partition(b"\n")
    dated = _DATED.match(line) is not None
    if blank and dated:
        return True
    return (blank or dated) and _FIELD.match(following) is not None


def _by_length(box: FiledRaw, start: int) -> int:
    """Where the mail ends by its Content-Length, if the next mail or the end of the mailbox is there; else -1."""
    limit = min(start + _HEADER_BYTES, box.size)
    blank, body = blank_line(box, start, limit)
    if blank == limit or not (stated := _LENGTH.search(box.slice(max(start - 1, 0), body))):
        return -1
    end = body + int(stated[1])
    if end >= box.size:
        return box.size if end == box.size else -1
    rest = box.slice(end, end + 16)
    gap = len(rest) - len(rest.lstrip(b"\r\n"))
    if end + gap >= box.size:
        return box.size
    return end + gap if rest[gap:].startswith(b"From ") and box.slice(end + gap - 1, end + gap) == b"\n" else -1


def _without_blank_line(box: FiledRaw, start: int, end: int) -> int:
    """A mailbox puts a blank line between mails, which belongs to none of them."""
    tail = box.slice(max(start, end - 4), end)
    for blank in (b"\n\r\n", b"\n\n"):
        if tail.endswith(blank):
            return end - len(blank) + 1
    return end
