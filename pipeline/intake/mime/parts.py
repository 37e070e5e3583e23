"""A mail as the tree of its parts: where each lies, what it claims to be, and its bytes decoded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pipeline.intake.mime.decode import decode, decoded_pieces
from pipeline.intake.mime.headers import Headers, parameters, read_headers
from pipeline.intake.mime.raw import Raw

_MOST_PARTS: Final = 10_000
_DEEPEST: Final = 30
_LONGEST_LINE: Final = 256
_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_LOOSE_TYPES: Final = {
    "text": "text/plain",
    "html": "text/html",
    "multipart": "multipart/mixed",
    "message": "message/rfc822",
}


@dataclass(slots=True)
class Part:
    """One part; the whole mail is the root."""

    headers: Headers
    start: int
    """Where its body begins in the raw bytes."""
    end: int
    type: str = "text/plain"
    type_parameters: Mapping[str, str] = field(default_factory=dict)
    disposition: str = ""
    name: str = ""
    children: list[Part] = field(default_factory=list)
    number: str = ""
    """`1.2` is the second part of the first."""
    around: tuple[tuple[int, int], ...] = ()
    """What lies before the first and after the last child and is not blank."""

    @property
    def is_multipart(self) -> bool:
        """Whether its body is other parts."""
        return bool(self.children)

    @property
    def encoding(self) -> str:
        """How its bytes are written."""
        return self.headers.first("content-transfer-encoding").lower().strip("\"' ;") if self.headers.fields else ""

    def leaves(self) -> Iterator[Part]:
        """The parts that hold no other parts, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(slots=True)
class Tree:
    """A mail taken apart."""

    raw: Raw
    root: Part
    truncated: bool = False
    """It ends before a multipart does."""
    repaired: bool = False
    overfull: bool = False
    """It has more parts, or deeper ones, than are told apart."""
    parts: int = 0
    unquote: bool = False
    """It was taken from a mailbox in which lines that start with `From ` are quoted."""

    def content(self, part: Part, limit: int) -> tuple[bytes, bool]:
        """A leaf's bytes decoded, up to about the limit; and whether its encoding had faults."""
        return decode(self.raw.slice(part.start, min(part.end, part.start + limit)), part.encoding, self.unquote)

    def pieces(self, part: Part) -> Iterator[bytes]:
        """A leaf's bytes decoded, of any size, in pieces."""
        return decoded_pieces(self.raw.chunks(part.start, part.end), part.encoding, self.unquote)


def read_tree(raw: Raw, start: int, end: int, *, unquote: bool = False) -> Tree:
    """Take the mail between `start` and `end` apart."""
    tree = Tree(raw, _part(raw, start, end, "text/plain", ""), unquote=unquote)
    tree.repaired = tree.root.headers.repaired
    _split(tree, tree.root, end, 0)
    return tree


def _part(raw: Raw, start: int, end: int, default: str, number: str) -> Part:
    headers, body = read_headers(raw, start, end)
    part = Part(headers, body, end, type=default, number=number)
    if headers.fields:
        claimed, part.type_parameters = parameters(headers.first("content-type"))
        if claimed:
            found = _TYPE.match(claimed)
            part.type = found[0] if found else _LOOSE_TYPES.get(claimed, "text/plain")
        if disposition := headers.first("content-disposition"):
            kind, more = parameters(disposition)
            part.disposition = kind.split(" ")[0]
            part.name = more.get("filename", "")
        part.name = part.name or part.type_parameters.get("name", "")
    return part


def _split(tree: Tree, part: Part, end: int, depth: int) -> None:
    """Find the children of a multipart, and theirs."""
    if not part.type.startswith("multipart/"):
        return
    boundary = part.type_parameters.get("boundary", "").rstrip()
    if not boundary or depth >= _DEEPEST:
        tree.overfull = tree.overfull or depth >= _DEEPEST
        part.type = "text/plain" if not boundary else part.type
        tree.repaired = True
        return
    spans, closed = _spans(tree, part, b"\n--" + boundary.encode("utf-8", "replace"))
    if not spans:
        part.type, tree.repaired = "text/plain", True
        return
    tree.truncated = tree.truncated or (not closed and part.end == end and not tree.overfull)
    default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
    for number, (start, stop) in enumerate(spans, 1):
        child = _part(tree.raw, start, stop, default, f"{part.number}.{number}" if part.number else str(number))
        tree.repaired = tree.repaired or child.headers.repaired
        part.children.append(child)
        _split(tree, child, end, depth + 1)


def _spans(tree: Tree, part: Part, delimiter: bytes) -> tuple[list[tuple[int, int]], bool]:
    """Where the children lie, and whether the closing delimiter was found."""
    raw, end = tree.raw, part.end
    spans: list[tuple[int, int]] = []
    around: list[tuple[int, int]] = []
    begin, at, closed = part.start, max(part.start - 1, 0), False
    into = around
    while (found := raw.find(delimiter, at, end)) >= 0:
        at = found + len(delimiter)
        line, newline, _ = raw.slice(at, min(at + _LONGEST_LINE, end)).partition(b"\n")
        closed = line.startswith(b"--") and not line[2:].strip()
        if not closed and line.strip():
            continue
        tree.parts += 1
        if tree.parts > _MOST_PARTS:
            tree.overfull = True
            break
        stop = found - (raw.slice(found - 1, found) == b"\r")
        into.append((begin, max(begin, stop)))
        into, begin = (around if closed else spans), min(at + len(line) + len(newline), end)
        if closed:
            break
    if spans or into is spans:
        into.append((begin, end))
    part.around = tuple(span for span in around if raw.slice(span[0], min(span[1], span[0] + 65_536)).strip())
    return spans, closed
