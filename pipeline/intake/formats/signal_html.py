"""signal-export `index.html`: the same chat as a page for a browser, read for what the other files of the folder lack.

Fields kept: of a page beside `data.json` or `chat.md` one entry that says how many messages it shows (`rendition`), and
every message that those files do not hold, flagged `rendition-only`. Of a page that stands alone every message: sender,
local time, text, quoted text, reactions, stickers, names of media, calls, the mark of a deleted message.
Implied losses: those of `data.json`, further what Markdown made of the text (marks, list numbers); of messages that
follow each other within five minutes newer pages show the sender and time of the first only: the others carry
`time-inherited`. HTML that somebody wrote as a message stands in the page as it is, so that a bubble can be forged by
it: where the other files are there, they are believed and the page is not.
Ids: none. One is made as for `chat.md`.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import orjson

from pipeline.intake.formats.signal_export_chat import Chat
from pipeline.intake.formats.signal_html_bubbles import Bubble, Piece, bubble_of, pieces
from pipeline.intake.formats.signal_markdown_entries import entries, told_by
from pipeline.intake.formats.signal_markdown_index import LARGEST, lines_of, message
from pipeline.intake.place import Entry, Place
from pipeline.model import EventKind

NAME = "signal-export-html"
TWO_PASSES = False
_SHEETS: Final = (b"../style.css", b"../chat.js")
_BUBBLES: Final = (b"class='msg", b'class="msg', b"class=msg", b'class="event', b'class="page', b"class=page")


def sniff(head: bytes) -> bool:
    """A page with the style sheet of the folder above, and the parts of a chat."""
    start = head[:4096].lower()
    return b"<html" in start and any(sheet in start for sheet in _SHEETS) and any(part in head for part in _BUBBLES)


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The messages that no file beside the page has, or one quarantined entry each; then one entry for the page."""
    chat, told = Chat(place, NAME), _Told.beside(place)
    number = 0
    last: tuple[str, str] = ("", "")
    for piece in pieces(stream, place.limits.line_bytes):
        bubble = None if piece.too_long else bubble_of(piece.data.decode("utf-8", "replace"))
        if bubble is None and piece.complete and not piece.too_long:
            continue
        number += 1
        if refusal := _refusal(piece):
            yield place.quarantined(refusal, number, size=piece.size, sha256=piece.sha256)
        elif bubble is not None:
            flags = _inherit(bubble, last)
            last = bubble.said["sender"], bubble.said["date"]
            if told is None or not told.take(bubble):
                yield from _events(chat, bubble, piece, number, flags if told is None else (*flags, "rendition-only"))
    if told is not None:
        yield _rendition(chat, number, told)
    elif not number:
        yield place.quarantined("truncated-document", 1)


def _refusal(piece: Piece) -> str:
    if piece.too_long:
        return "line-too-long"
    if not piece.complete:
        return "truncated-document"
    if b"\0" in piece.data:
        return "nul-bytes"
    try:
        piece.data.decode("utf-8")
    except UnicodeDecodeError:
        return "invalid-utf8"
    return ""


def _inherit(bubble: Bubble, last: tuple[str, str]) -> tuple[str, ...]:
    """Sender and time of the bubble before, where the page shows none."""
    if bubble.timed:
        return ()
    bubble.said["sender"], bubble.said["date"] = last
    return ("time-inherited",)


def _events(chat: Chat, bubble: Bubble, piece: Piece, number: int, flags: tuple[str, ...]) -> Iterator[Entry]:
    said: dict[str, Any] = {**bubble.said, **bubble.rest}
    said["sender"] = said["sender"].removesuffix(":")
    yield from chat.events(said, number, piece.sha256, flags)


def _rendition(chat: Chat, number: int, told: _Told) -> Entry:
    said = orjson.dumps({"messages": number, "also_in": told.name}, option=orjson.OPT_SORT_KEYS)
    draft = chat.draft(number + 1, 0, chat.place.content_sha256 or hashlib.sha256(said).hexdigest())
    draft.event_kind, draft.subkind = EventKind.DIRECTORY, "rendition"
    draft.attributes = said.decode()
    return draft.seal()


class _Told:
    """How often which words are in the other files of the folder."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.words: Counter[bytes] = Counter()
        self.timed: Counter[bytes] = Counter()
        self.exact: set[bytes] = set()
        """Sender and time to the millisecond, which no two messages share, whatever Markdown made of the words."""

    @classmethod
    def beside(cls, place: Place) -> _Told | None:
        """What `data.json` says, else `chat.md`; None when neither is there."""
        if (data := place.beside("data.json", LARGEST)) is not None:
            told = cls("data.json")
            for start, end in lines_of(data):
                if said := message(data[start:end], place.limits.json_depth):
                    told.add(said)
            return told
        if (data := place.beside("chat.md", LARGEST)) is not None:
            told = cls("chat.md")
            for entry in entries(io.BytesIO(data), place.limits.line_bytes):
                if entry.day and not entry.fault:
                    told.add(told_by(entry))
            return told
        return None

    def add(self, said: dict[str, Any]) -> None:
        """A message of the other file."""
        body = "This message was deleted" if said.get("deleted") is True else said.get("body")
        words = body if isinstance(body, str) else ""
        self.words[_digest(words)] += 1
        date, sender = str(said.get("date")), str(said.get("sender"))
        self.timed[_digest(words, date[:16], sender)] += 1
        if "." in date:
            self.exact.add(_digest("", date, sender))

    def take(self, bubble: Bubble) -> bool:
        """Whether the other file has a message of these words that no bubble has claimed yet."""
        words = _digest(bubble.body)
        date, sender = bubble.said["date"], bubble.said["sender"].removesuffix(":")
        if bubble.timed and "." in date and _digest("", date, sender) in self.exact:
            self.words[words] -= 1
            return True
        if self.words[words] <= 0:
            return False
        if bubble.timed and sender:
            timed = _digest(bubble.body, date[:16], sender)
            if self.timed[timed] <= 0:
                return False
            self.timed[timed] -= 1
        self.words[words] -= 1
        return True


def _digest(words: str, moment: str = "", sender: str = "") -> bytes:
    """Of the letters only: Markdown turns marks and numbers into something else."""
    letters = "".join(filter(str.isalpha, words)).casefold()
    return hashlib.blake2b(
        f"{moment.replace('T', ' ')}\n{sender}\n{letters}".encode("utf-8", "replace"), digest_size=12
    ).digest()
