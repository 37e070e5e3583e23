"""signal-export `chat.md` (older versions `index.md`): the same chat as text, a head and a message after the other.

Fields kept: local time to the second (older versions to the minute), sender as shown, text with its line breaks, quoted
text, reactions, stickers, names and paths of media, the mark of a deleted message. Where `data.json` lies in the same
folder (up to 128 MiB), each entry that shows one of its messages is read as that message, as a second place where it
was seen; entries that are in this file only, such as those that the tool merged from an older export, stay entries of
their own. Entries of a file that repeats itself from its first entry on carry `appended-again`.
Implied losses: those of `data.json`, further the milliseconds, what is a call, and where a text ends: a text that ends
like the tool's own marks of reactions, stickers or files is taken for them, one that holds a line like a head is cut
there, unless `data.json` shows otherwise. A name with a colon is cut at it.
Ids: none. One is made of the chat, the sender, the time, the text and a count of equal ones; in a folder with
`data.json` it is the one made there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from pipeline.intake.formats.signal_export_again import Again
from pipeline.intake.formats.signal_export_chat import Chat
from pipeline.intake.formats.signal_markdown_entries import HEAD, MarkdownEntry, entries, told_by
from pipeline.intake.formats.signal_markdown_index import Index, index_beside
from pipeline.intake.lines import BOM
from pipeline.intake.place import Entry, Place
from pipeline.intake.strict_json import parse_object

NAME = "signal-export-markdown"
TWO_PASSES = False
_JOINED: Final = 8
"""Entries that one message may have been cut into by lines that look like heads."""
_LOOKED_AT: Final = 200


def sniff(head: bytes) -> bool:
    """A head first, and entries that end as the tool ends them: in some languages WhatsApp's heads look the same."""
    lines = head.removeprefix(BOM).decode("utf-8", "replace").split("\n")
    lines = lines[next((at for at, line in enumerate(lines) if line.strip()), 0) :][:_LOOKED_AT]
    if not lines or not HEAD.match(lines[0]):
        return False
    heads = [at for at, line in enumerate(lines) if HEAD.match(line)]
    if all(len(found[2]) == 5 for at in heads if (found := HEAD.match(lines[at]))):
        return True  # WhatsApp gives seconds where it gives brackets
    ends = [lines[at - 1].removesuffix("\r") for at in heads[1:]] or [lines[min(1, len(lines) - 1)].removesuffix("\r")]
    closed = sum(not end or end.endswith(("  ", " -)", " ))", "deleted)")) for end in ends)
    return 2 * closed > len(ends) and "\u200e" not in "".join(lines)


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The events of each entry, or one quarantined entry; what stands before the first head is one of these."""
    reading = _Reading(place)
    waiting: list[MarkdownEntry] = []
    for entry in entries(stream, place.limits.line_bytes):
        waiting.append(entry)
        while len(waiting) >= _JOINED:
            yield from reading.first_of(waiting)
    while waiting:
        yield from reading.first_of(waiting)


class _Reading:
    """The entries of one file."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.chat = Chat(place, NAME)
        self.again = Again()
        self.index: Index | None = None
        self.looked = False
        self.by_tool = False

    def first_of(self, waiting: list[MarkdownEntry]) -> Iterator[Entry]:
        """What the first entry is, together with those that belong to it; they are taken away."""
        known = self._known(waiting)
        count, line = known or (1, None)
        entry, last = waiting[0], waiting[count - 1]
        del waiting[:count]
        if entry.fault or not entry.day:
            yield self.place.quarantined(entry.fault or "no-header", entry.line, size=entry.size, sha256=entry.sha256)
            return
        moment = f"{entry.day} {entry.clock}"
        flags = ("appended-again",) if self.again.repeats(f"{moment} {entry.text}".encode(), moment) else ()
        if line is not None:
            said, repaired = parse_object(line, self.place.limits.json_depth)
            yield from self.chat.events(said, entry.line, entry.sha256, (*flags, "repaired") if repaired else flags)
        elif not last.ended and self.by_tool:
            yield self.place.quarantined("truncated-line", entry.line, size=entry.size, sha256=entry.sha256)
        else:
            yield from self.chat.events(told_by(entry), entry.line, entry.sha256, flags)
        self.by_tool = self.by_tool or entry.written_by_tool

    def _known(self, waiting: list[MarkdownEntry]) -> tuple[int, bytes] | None:
        """How many of the entries show one message of `data.json`, and its line."""
        if not self.looked and waiting[0].day:
            self.index, self.looked = index_beside(self.place, waiting[0].clock), True
        if self.index is None:
            return None
        size = 0
        for count, entry in enumerate(waiting[:_JOINED], 1):
            size += entry.size
            if entry.fault or not entry.day or size > self.place.limits.line_bytes:
                return None
            if (line := self.index.take(waiting[:count])) is not None:
                return count, line
        return None
