"""WhatsApp "Export chat": the text of one chat as one phone shows it, alone or in a zip with its media.

Fields kept: author as shown, local time, text with line breaks, names of media, the app's own notices, and the timer
after which messages disappear (`expires_utc` while a chat's notices say that it is on). The marker of an edit and the
words in place of a deleted, left out or view-once message are in `attributes.marker`.
Implied losses: only the last version of an edited text, nothing of a deleted one; no reactions, receipts or quotes;
media that were left out; anything beyond what one export holds (the app cuts off the oldest entries); a line of a text
that looks like a head of the same phone starts a new entry; the zone of its times, so that without a configured zone
they are wall clock times (`unknown`). Which date field is the day is not said; where the file does not prove it, every
entry is quarantined as `ambiguous-date-order`.
Ids: none. The conversation is the digest of the text, so that two chats of one name stay two: each export is a
conversation of its own until resolve finds which are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from pipeline.intake.formats.whatsapp_chat import Chat
from pipeline.intake.formats.whatsapp_entries import RawEntry, entries
from pipeline.intake.formats.whatsapp_header import Frame, Head, HeadReader
from pipeline.intake.formats.whatsapp_learn import learn
from pipeline.intake.formats.whatsapp_order import decide
from pipeline.intake.lines import BOM
from pipeline.intake.place import Entry, Place
from pipeline.model import Quarantined

NAME = "whatsapp"
TWO_PASSES = True
_LINES: Final = 200
_HEADS_IN_LOGS: Final = 3
_PICTURE_OR_REACTION: Final = re.compile(r"!?\[[^\]\n]*\]\((?:\./)?media/|\(- [^()\n]+: \S+ -\)", re.IGNORECASE)
"""What exports of Signal write into lines whose heads look like those of a phone: pictures and reactions."""


def sniff(head: bytes) -> bool:
    """The first line that is not blank starts with a date and time as WhatsApp writes them, or several lines do."""
    text = head.removeprefix(BOM).decode("utf-8", "replace")
    lines = text.split("\n")[:_LINES]
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    match = HeadReader().match
    found = {at: one for at, line in enumerate(lines) if (one := match(line))}
    if not found or (all(map(_like_signal, found.values())) and _of_signal(text, lines, list(found))):
        return False
    framed = any(one.shape.frame is not Frame.COLON for one in found.values())
    return len(found) >= _HEADS_IN_LOGS or (framed and first in found)


def _like_signal(head: Head) -> bool:
    shape = head.shape
    return shape.bracket and (shape.year_at, shape.separators, shape.comma, shape.halves) == (0, "--", False, False)


def _of_signal(text: str, lines: list[str], heads: list[int]) -> bool:
    """Whether lines with such heads are of a Signal export: its pictures and reactions, or how it ends its entries."""
    if _PICTURE_OR_REACTION.search(text):
        return True
    before = [lines[at - 1].removesuffix("\r") for at in heads[1:]]
    closed = sum(not line or line.endswith("  ") for line in before)
    return 2 * closed > len(before) and "\u200e" not in text


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """One event or quarantined entry per head, and one for text before the first head."""
    limit = place.limits.line_bytes
    learnt = learn(stream, limit)
    stream.seek(0)
    if learnt is None:
        yield place.quarantined("unknown-format")
        return
    decision = decide(learnt.dates, learnt.language)
    chat = Chat(place, learnt, decision) if decision else None
    for raw in entries(stream, learnt.dates.shape, decision.order if decision else "", limit):
        if raw.fault:
            yield _refused(place, raw, raw.fault)
        elif raw.head is None:
            yield _refused(place, raw, "no-header")
        elif chat is None:
            yield _refused(place, raw, "ambiguous-date-order")
        else:
            yield chat.event(raw, raw.head)


def _refused(place: Place, raw: RawEntry, reason: str) -> Quarantined:
    return place.quarantined(reason, raw.line, size=raw.size, sha256=raw.sha256)
