"""Telegram Desktop export as HTML, `messages.html`: the pages of one chat as the app shows it.

Fields kept: sender as shown, time to the second with its offset where the page states it, text (with its markup in
`attributes.body_source`), paths of files, forwarding, answers, signatures, polls, positions, contacts, reactions with
the people whose pictures are shown, and the sentences of service messages, which become calls, members, room settings
and system events.
Implied losses: a page shows less than `result.json`: no ids of people or chats, not the type of the chat, no edits,
no custom emoji, sizes of files only as rounded words; of many reactions of one kind only their number. Service messages
have no time, only the day that stands above them: they are dated at its start and marked `day-only`. Deleted messages
leave nothing. Times without an offset (older versions) are local times of the computer that exported. Lists of
contacts, sessions and chats, pages of their own, are not read.
Ids: none that two accounts share. The chat is the title of the page within its custodian, and the number of its folder
in the export of an account. A message's id is made of chat, second, sender, text and which of equal ones it is.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pipeline.intake.clock import Clock
from pipeline.intake.formats.telegram_chat import SOURCE, TelegramChat
from pipeline.intake.formats.telegram_events import TelegramEvents
from pipeline.intake.formats.telegram_markup import Before, day_of, entry_of
from pipeline.intake.formats.telegram_page import START, Head, blocks_of
from pipeline.intake.lines import TooLong
from pipeline.intake.moments import rfc3339
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Entry, Place

NAME = "telegram-html"
TWO_PASSES = True
_PAGE: Final = re.compile(rb"<title>\s*Exported Data\s*</title>|<div class=\"page_body chat_page\">")
_TITLE: Final = re.compile(r'<div class="page_header">.*?<div class="text bold">\s*+(.*?)\s*</div>', re.DOTALL)
_FOLDER: Final = re.compile(r"(?:.*/)?(chat_\d{1,6})/[^/]*")
_MOMENT: Final = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d)(?: UTC([+-]\d\d:\d\d))?")
_DAY: Final = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2,8}) (\d{4})")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def sniff(head: bytes) -> bool:
    """The title of the app's pages, and a message as it writes them."""
    return b"<" in head[:64] and _PAGE.search(head) is not None and START.search(head) is not None


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The events of each message of the page in order; the dates between them are not entries."""
    events, before = _PageEvents(place, NAME), Before()
    chat, last = _chat(place, ""), 0
    for block in blocks_of(stream, place.limits.document_bytes):
        if isinstance(block, Head):
            chat = _chat(place, block.data.decode("utf-8", "replace"))
            continue
        last = max(last, block.number)
        line, fault = block.number or last + 1, _fault(block.data)
        if not block.number:
            events.day = ""
        if isinstance(block.data, TooLong):
            yield place.quarantined("line-too-long", line, size=block.data.size, sha256=block.data.sha256)
        elif fault:
            yield place.quarantined(fault, line, block.data)
        elif block.number:
            text = block.data.decode("utf-8")
            yield from events.of_message(chat, entry_of(block, text, before), line, block.data, False)
        else:
            events.day = day_of(block.data.decode("utf-8"))


def _fault(data: bytes | TooLong) -> str:
    """Why a message cannot be read: a page that was cut off opens more than it closes."""
    if isinstance(data, TooLong):
        return "line-too-long"
    if b"\0" in data:
        return "nul-bytes"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "invalid-utf8"
    return "truncated-document" if data.count(b"<div") > data.count(b"</div>") else ""


def _chat(place: Place, head: str) -> TelegramChat:
    match = _TITLE.search(head)
    title = html.unescape(match[1]) if match else ""
    folder = _FOLDER.fullmatch(place.name)
    parent = place.name.rpartition("/")[0]
    key = f"{place.object_key}\x1f{parent}" if place.member else parent
    scope = place.source.custodian or hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    named = ":".join(part for part in (scope, "page", folder[1] if folder else "", title) if part)
    return TelegramChat(id=f"{SOURCE}:{named}", kind="", title=title, shared_ids=False)


class _PageEvents(TelegramEvents):
    """Times as pages write them."""

    def __init__(self, place: Place, format_name: str) -> None:
        super().__init__(place, format_name)
        self.day = ""

    def when(self, draft: OpenEvent, entry: dict[str, Any], flags: list[str]) -> None:
        """The second that a message shows, or the day that stands above a service message."""
        said = entry.pop("date", None)
        if said:
            self.local(draft, self.clock, said, flags)
        elif self.day:
            flags.append("day-only")
            match = _DAY.fullmatch(self.day)
            month = _MONTHS.index(match[2][:3]) + 1 if match and match[2][:3] in _MONTHS else 0
            start = f"{match[3]}-{month:02}-{int(match[1]):02}T00:00:00" if match and month else self.day
            super().local(draft, self.clock, start, flags)
            draft.ts_raw = self.day

    def local(self, draft: OpenEvent, clock: Clock, said: object, flags: list[str]) -> None:
        """A time with its offset, or a local one."""
        match = _MOMENT.fullmatch(said) if isinstance(said, str) else None
        day, month, year, time, offset = match.groups() if match else ("", "", "", "", "")
        found = rfc3339(f"{year}-{month}-{day}T{time}{offset}") if offset else None
        if found:
            draft.ts_utc, draft.ts_source = found
        else:
            super().local(draft, clock, f"{year}-{month}-{day}T{time}" if match else said, flags)
        draft.ts_raw = said if isinstance(said, str) else ""
