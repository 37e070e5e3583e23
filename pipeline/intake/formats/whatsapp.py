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
_OF_SIGNAL: Final = re.compile(r"!?\[[^\]\n]*\]\((?:\./)?media/|\(- [^()\n]+: \S+ -\)", re.IGNORECASE)
"""What exports of Signal write into lines whose heads look like those of a phone: pictures and reactions."""


def sniff(head: bytes) -> bool:
    """The first line that is not blank starts with a date and time as WhatsApp writes them, or several lines do."""
    text = head.removeprefix(BOM).decode("utf-8", "replace")
    lines = [line for line in text.split("\n")[:_LINES] if line.strip()]
    if not lines:
        return False
    match = HeadReader().match
    found = [one for line in lines if (one := match(line))]
    if not found or (_like_signal(found) and _OF_SIGNAL.search(text)):
        return False
    framed = [one for one in found if one.shape.frame is not Frame.COLON]
    return len(found) >= _HEADS_IN_LOGS or (bool(framed) and match(lines[0]) is not None)


def _like_signal(found: list[Head]) -> bool:
    return all(one.shape.bracket and one.shape.year_at == 0 and one.shape.separators == "--" for one in found)


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
