"""iMessage as text: what imessage-exporter writes of one conversation on a Mac or from a phone's backup.

Fields kept: sender as shown, local time to the second, text with line breaks, paths of files and stickers, voice
transcripts, answers (with the text they answer, where the export repeats them below it), the words that apps put in.
An edited text gives its first wording, and each later one as an edit with its time; tapbacks and read receipts become
events of their own; what was taken back is a message marked `deleted`, what was recovered from the phone's bin one
marked `recovered-deleted`. Effects and the exporter's own sentences are in the attributes. Announcements become room
settings, members and system events. An answer stands twice in the file, below what it answers and in its own place: it
is one message.
Implied losses: the exporter knows more than its text shows: no ids, no numbers behind the names of contacts, not the
service (iMessage or SMS), no times of tapbacks, none that were taken back, not who of a group read a message; what was
taken back is gone. Formatting and mentions are plain text. Nothing is escaped: a text that holds an empty line and
then a line like a head starts a new entry. Times are those of the computer that exported, without a zone: with one from
the sources file they are made UTC, else they stay wall clock times (`unknown`).
Ids: none. The file's name is the conversation, within its custodian; a person who writes from a number and an address
may have two files. The id of a message is made of what every export of the conversation shows: conversation, second,
sender, first wording, number of files, and which of equal ones it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from pipeline.intake.formats.imessage_chat import Conversation, Learnt
from pipeline.intake.formats.imessage_entries import RawEntry, cut_up, entries
from pipeline.intake.formats.imessage_marks import ANSWERED, NO_ANNOUNCEMENT, announced, head_of
from pipeline.intake.formats.imessage_parts import answer_digest
from pipeline.intake.lines import BOM
from pipeline.intake.place import Entry, Place
from pipeline.model import EventKind, Quarantined

NAME = "imessage"
TWO_PASSES = True
_ANSWERED: Final = ANSWERED.encode()
_MOST_PEOPLE: Final = 1000
_MOST_ANSWERS: Final = 1_000_000
_OF_GROUPS: Final = (EventKind.MEMBERSHIP, EventKind.ROOM_SETTINGS)


def sniff(head: bytes) -> bool:
    """The first line that is not empty is a head with a sender below it, or an announcement."""
    lines = head.removeprefix(BOM).decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    at = next((number for number, line in enumerate(lines) if line), len(lines))
    if at == len(lines):
        return False
    first = head_of(lines[at])
    if first is None:
        return lines[at] == NO_ANNOUNCEMENT and at + 1 < len(lines) and not lines[at + 1]
    if first.rest:
        return announced(first.rest) is not None
    return at + 1 < len(lines) and bool(lines[at + 1].strip())


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The events of each entry, or one quarantined entry; one for text before the first head."""
    limit = place.limits.line_bytes
    learnt = _learn(stream, limit)
    stream.seek(0)
    conversation = Conversation(place, NAME, learnt)
    for raw in entries(stream, limit):
        if raw.fault:
            yield _refused(place, raw, raw.fault)
        elif raw.head is None and not raw.bare:
            yield _refused(place, raw, "no-header")
        else:
            yield from conversation.events(raw, raw.head)


def _learn(stream: BinaryIO, limit: int) -> Learnt:
    learnt = Learnt()
    senders: set[bytes] = set()
    for block in cut_up(stream, limit):
        if isinstance(block, RawEntry) or block.head is None or not block.held:
            continue
        if block.head.rest:
            said = announced(block.head.rest)
            learnt.group = learnt.group or (said is not None and said.kind in _OF_GROUPS)
        elif len(block.held) > 1 and len(senders) < _MOST_PEOPLE:
            senders.add(block.held[1])
        if _ANSWERED in block.held and len(learnt.answers) < _MOST_ANSWERS and (digest := answer_digest(block.entry())):
            learnt.answers.add(digest)
    learnt.people.update(name.decode("utf-8", "replace") for name in senders)
    return learnt


def _refused(place: Place, raw: RawEntry, reason: str) -> Quarantined:
    return place.quarantined(reason, raw.line, size=raw.size, sha256=raw.sha256)
