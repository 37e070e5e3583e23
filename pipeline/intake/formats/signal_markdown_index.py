"""The messages of a `data.json` by how `chat.md` shows them, so that an entry there is known for the same message."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pipeline.intake.formats.signal_markdown_entries import DELETED, MarkdownEntry
from pipeline.intake.place import Place
from pipeline.intake.strict_json import BadJson, parse_object

LARGEST: Final = 128 << 20
"""A larger `data.json` is not looked at again: it is read on its own, and so is what stands beside it."""


class Index:
    """Where in `data.json` the messages are that an entry may show. Each is given away once, the first one first."""

    def __init__(self, data: bytes, depth: int, clock: int) -> None:
        """Take in the lines.

        Args:
            data: The whole file.
            depth: How deeply its objects may be nested.
            clock: How many characters of the clock time the entries give.
        """
        self.data = data
        self.depth = depth
        self.clock = clock
        self.places: dict[int, int | list[int]] = {}
        self.given: set[int] = set()
        for start in reversed(array("Q", (start for start, _ in lines_of(data)))):
            if said := message(self._line(start), depth):
                for key in set(self._keys(said)):
                    self._add(key, start)

    def take(self, entries: Sequence[MarkdownEntry]) -> bytes | None:
        """The line of the message that these entries together show; a text may hold what looks like a head."""
        first = entries[0]
        text = first.text + "".join(entry.head + entry.text for entry in entries[1:])
        key = _digest(f"{first.day} {first.clock[: self.clock]}", text)
        while (start := self._pop(key)) is not None:
            if start not in self.given:
                self.given.add(start)
                return self._line(start)
        return None

    def _line(self, start: int) -> bytes:
        end = self.data.find(b"\n", start)
        return self.data[start:] if end < 0 else self.data[start:end]

    def _add(self, key: int, start: int) -> None:
        held = self.places.get(key)
        if held is None:
            self.places[key] = start
        elif isinstance(held, list):
            held.append(start)
        else:
            self.places[key] = [held, start]

    def _pop(self, key: int) -> int | None:
        held = self.places.get(key)
        if isinstance(held, list) and held:
            return held.pop()
        self.places.pop(key, None)
        return held if isinstance(held, int) else None

    def _keys(self, said: dict[str, Any]) -> Iterator[int]:
        """One for each way in which versions of the tool show the message."""
        date, sender = str(said.get("date") or ""), said.get("sender")
        moment = f"{date[:10]} {date[11 : 11 + self.clock]}"
        start = f"{said.get('quote') or ''}{said.get('body') or ''}{_reactions(said.get('reactions'))}"
        for sticker in _stickers(said.get("sticker")):
            for files in _attachments(said.get("attachments")):
                yield _digest(moment, f"{sender}:{start}{sticker}{files}")
        if said.get("deleted") is True:
            yield _digest(moment, f"{sender}:{DELETED}")


def index_beside(place: Place, clock: str) -> Index | None:
    """The index of the `data.json` in the same folder, if there is one, for entries that give such a clock time."""
    data = place.beside("data.json", LARGEST)
    return Index(data, place.limits.json_depth, len(clock)) if data else None


def lines_of(data: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each line."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield start, end
        start = end + 1


def message(line: bytes, depth: int) -> dict[str, Any] | None:
    """The object of a line, if its own reader makes an event of it."""
    try:
        return parse_object(line, depth)[0]
    except BadJson:
        return None


def _reactions(reactions: object) -> str:
    pairs = [one for one in reactions if isinstance(one, list) and len(one) == 2] if isinstance(reactions, list) else []
    return f"(-{','.join(f'{name}:{emoji}' for name, emoji in pairs)}-)" if pairs else ""


def _stickers(sticker: object) -> Iterator[str]:
    if not sticker:
        yield ""
        return
    said = sticker if isinstance(sticker, dict) else {"emoji": sticker}
    label = said.get("emoji") or "sticker"
    yield f"(({label}))"
    yield f"[{label}](../exported_stickers/{said.get('packId')}/{said.get('id')}.{said.get('extension')})"


def _attachments(attachments: object) -> Iterator[str]:
    files = [one for one in attachments if isinstance(one, dict)] if isinstance(attachments, list) else []
    links = [f"[{one.get('name')}](./{one.get('path')})" for one in files]
    yield "".join(links)
    if any(one.get("missing_kind") for one in files):
        kinds = [one.get("missing_kind") for one in files]
        yield "".join(f"({kind}notexported)" if kind else link for kind, link in zip(kinds, links, strict=True))


def _digest(moment: str, text: str) -> int:
    """Of a time and a text without spaces, in which pictures count as links."""
    bare = "".join(text.split()).replace("![", "[")
    whole = f"{moment}\n{bare}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(whole, digest_size=8).digest(), "little")
