"""A signal-export `chat.md` cut into entries, and what one of them says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from pipeline.intake.lines import TooLong, split_lines

HEAD: Final = re.compile(r"\[(\d{4}-\d\d-\d\d),? (\d\d:\d\d(?::\d\d)?)\] ?(?=[^\n]*?:)", re.ASCII)
DELETED: Final = "(This message was deleted)"
_MISSING: Final = re.compile(r"\(([a-z_ ]{1,40}) not exported\)  \Z")
_MOST_FILES: Final = 200
"""Files of one message; further ones stay in the text, since each is looked for at the end of it."""
_LINK_START: Final = "](./media/"
_STICKER_START: Final = "](../exported_stickers/"


@dataclass(slots=True)
class MarkdownEntry:
    """A head, and every line up to the next one. Without a head it is what stands before the first."""

    line: int
    head: str = ""
    day: str = ""
    clock: str = ""
    """`HH:MM`, or with seconds."""
    lines: list[str] = field(default_factory=list)
    """Behind the head: `Sender: text`, and further lines."""
    fault: str = ""
    size: int = 0
    sha256: str = ""
    ended: bool = True
    """False where the last line lacks its newline."""

    @property
    def text(self) -> str:
        """All lines behind the head, without empty ones at the end."""
        return "\n".join(self.lines).rstrip("\n")

    @property
    def written_by_tool(self) -> bool:
        """The tool ends a text with two spaces, an entry with an empty line."""
        last = self.lines[-1] if self.lines else "-"
        return last.endswith("  ") or (not last and len(self.lines) > 1)


def entries(stream: BinaryIO, limit: int) -> Iterator[MarkdownEntry]:
    """The entries of a text, in order."""
    growing: _Growing | None = None
    for number, data, ended in split_lines(stream, limit):
        if isinstance(data, TooLong):
            if growing:
                yield growing.done()
                growing = None
            yield MarkdownEntry(line=number, fault="line-too-long", size=data.size, sha256=data.sha256)
            continue
        text = data.decode("utf-8", "replace")
        head = HEAD.match(text)
        if growing and not head:
            growing.add(data, text, ended, limit)
        elif head or text.strip():
            if growing:
                yield growing.done()
            entry = MarkdownEntry(line=number)
            if head:
                entry.head, entry.day, entry.clock = head[0], head[1], head[2]
            growing = _Growing(entry)
            growing.add(data, text[head.end() :] if head else text, ended, limit)
    if growing:
        yield growing.done()


class _Growing:
    """An entry, and the digest of its lines."""

    def __init__(self, entry: MarkdownEntry) -> None:
        self.entry = entry
        self.digest = hashlib.sha256()

    def add(self, data: bytes, text: str, ended: bool, limit: int) -> None:
        """Take in one line."""
        entry = self.entry
        self.digest.update(data + b"\n")
        entry.size += len(data) + 1
        entry.ended = ended
        if entry.size > limit:
            entry.fault = "line-too-long"
        elif b"\0" in data:
            entry.fault = entry.fault or "nul-bytes"
        elif "\ufffd" in text and not _is_utf8(data):
            entry.fault = entry.fault or "invalid-utf8"
        if entry.fault:
            entry.lines.clear()
        else:
            entry.lines.append(text)

    def done(self) -> MarkdownEntry:
        """The finished entry."""
        self.entry.sha256 = self.digest.hexdigest()
        return self.entry


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def told_by(entry: MarkdownEntry) -> dict[str, Any]:
    """What an entry says, under the keys of `data.json`. Only its end is taken for the tool's own marks."""
    sender, _, text = entry.text.partition(":")
    text = text.removeprefix(" ")
    said: dict[str, Any] = {"date": f"{entry.day} {entry.clock}", "sender": sender}
    if text.rstrip() == DELETED:
        return {**said, "body": "", "deleted": True}
    quote, text = _quote(text)
    text, attachments = _attachments(text)
    text, sticker = _sticker(text)
    text, reactions = _reactions(text)
    return {
        **said,
        "body": text,
        "quote": quote,
        "attachments": attachments,
        "sticker": sticker,
        "reactions": reactions,
    }


def _quote(text: str) -> tuple[str, str]:
    """The quoted text that an answer starts with."""
    if not text.startswith("\n\n> "):
        return "", text
    quote, _, rest = text[2:].partition("\n\n")
    if not all(line.startswith(">") for line in quote.split("\n")):
        return "", text
    return quote, rest


def _attachments(text: str) -> tuple[str, list[dict[str, str]]]:
    found: list[dict[str, str]] = []
    while len(found) < _MOST_FILES:
        if match := _MISSING.search(text, max(0, len(text) - 64)):
            found.append({"name": "", "path": "", "missing_kind": match[1]})
            text = text[: match.start()]
            continue
        name, path, rest = _link(text, _LINK_START)
        if not path:
            return text, found[::-1]
        found.append({"name": name, "path": f"media/{path}"})
        text = rest.removesuffix("!")
    return text, found[::-1]


def _link(text: str, start: str) -> tuple[str, str, str]:
    """Name and address of a link that ends the text, and what stands before it; empty where there is none."""
    bare = text.rstrip(" ")
    at = bare.rfind(start) if bare.endswith(")") else -1
    path = bare[at + len(start) : -1]
    if at < 0 or not path or any(sign.isspace() for sign in path):
        return "", "", text
    named = path.replace("%20", " ")
    opening = at - len(named) - 1 if text[:at].endswith(f"[{named}") else text.rfind("[", 0, at)
    return ("", "", text) if opening < 0 else (text[opening + 1 : at], path, text[:opening])


def _sticker(text: str) -> tuple[str, str | None]:
    label, path, rest = _link(text, _STICKER_START)
    if path:
        return rest, label
    at = text.rfind("\n(( ") if text.endswith(" ))") else -1
    return (text[:at], text[at + 4 : -3]) if at >= 0 and "\n" not in text[at + 1 :] else (text, None)


def _reactions(text: str) -> tuple[str, list[list[str]]]:
    """`(- Name: emoji, Name: emoji -)` on a line of its own; a text that somebody typed so ends with two spaces."""
    at = text.rfind("\n(- ") if text.endswith(" -)") else -1
    listed = text[at + 4 : -3]
    if at < 0 or "\n" in listed:
        return text, []
    found: list[list[str]] = []
    for part in listed.split(", "):
        name, colon, emoji = part.rpartition(": ")
        if not colon:
            return text, []
        found.append([name, emoji])
    return text[:at], found
