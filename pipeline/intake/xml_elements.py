"""An XML document of any size, element by element in bounded memory: what is broken costs one element, not the rest.

The document is cut into elements by its tags (`xml_window`), and each element is read on its own (`xml_nodes`). A
document type is never read: it is given out as broken, and so is every element that uses an entity it declared.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, NamedTuple, Protocol, TypeAlias

from pipeline.intake.xml_nodes import BadXml, Node, attributes_of, parse_element
from pipeline.intake.xml_window import ANY_MARKUP, Borders, Fault, Window

WHOLE: Final = "whole"
"""The role of an element that is read as one."""
RAW: Final = "raw"
"""The role of an element that is given out as its bytes, for a plan that looks before it reads."""
ENTER: Final = "enter"
"""The role of an element that is entered in silence: what is directly in it is no entry."""

_ENCODING: Final = re.compile(rb"\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_CODECS: Final = {
    **dict.fromkeys(("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii"), "utf-8"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1"), "latin-1"),
    **{f"windows-125{n}": f"cp125{n}" for n in range(9)},
    **{f"iso-8859-{n}": f"iso8859-{n}" for n in (2, 5, 7, 9, 13, 15)},
}
"""Encodings in which markup is ASCII; a claim of another one is broken XML, and read as UTF-8. UTF-16 was turned into
UTF-8 before, whatever the document still says."""


class Open(NamedTuple):
    """An element that was entered and not yet left."""

    name: bytes
    role: str


class Plan(Borders, Protocol):
    """What a format wants of its documents."""

    resume: re.Pattern[bytes]
    """Start tags at which reading goes on after a fault; at most 200 bytes of them."""
    bulk: bytes
    """The attribute whose long values stay bytes (`Node.bulk`), if any."""

    def role(self, stack: Sequence[Open], name: bytes, tag: bytes) -> str:
        """`WHOLE`, `RAW`, `ENTER`, or the name of a list: its start and end are given out, and no text may lie in it.

        A list never holds a list of its own name: the outer one ends there. `tag` is what the tag begins with.
        """


class XmlOpened(NamedTuple):
    """The start of a list. It is no entry and has no number."""

    role: str
    attributes: dict[str, str]
    before: bytes
    """What lies before it in the document, the last 512 bytes: a comment there may name the producer."""


class XmlClosed(NamedTuple):
    """The end of a list."""

    role: str


class XmlElement(NamedTuple):
    """One element, read."""

    number: int
    """1-based over the document; broken ones count."""
    node: Node
    repaired: bool
    sha256: str
    size: int


class XmlRaw(NamedTuple):
    """One element as its bytes."""

    number: int
    name: bytes
    data: bytes
    codec: str


class BrokenXml(NamedTuple):
    """A part of the document that is no element, up to where reading goes on."""

    number: int
    reason: str
    """`invalid-xml`, `invalid-utf8`, `xml-dtd`, `xml-entity`, `xml-encoding`, `stray-text`, `too-deep`,
    `too-many-parts`, `line-too-long` or `truncated-document`."""
    detail: str
    sha256: str
    size: int


XmlItem: TypeAlias = XmlOpened | XmlClosed | XmlElement | XmlRaw | BrokenXml


def xml_elements(stream: BinaryIO, plan: Plan, limit: int, depth: int) -> Iterator[XmlItem]:
    """The elements of a document in their order, by the roles that `plan` gives them.

    Args:
        stream: The document, from its start.
        plan: The format's.
        limit: Bytes of one element; a longer one is given out as `line-too-long`.
        depth: How deep elements may lie in each other.
    """
    return _Reading(stream, plan, limit, depth).items()


class _Reading:
    """Knows which elements are open outside of the one that is read."""

    def __init__(self, stream: BinaryIO, plan: Plan, limit: int, depth: int) -> None:
        self.window = Window(stream, limit)
        self.plan = plan
        self.limit = limit
        self.depth = depth
        self.number = 0
        self.stack: list[Open] = []
        self.damaged = False
        found = _ENCODING.match(self.window.data)
        self.codec = _CODECS.get(found[1].decode().lower(), "") if found else "utf-8"

    def items(self) -> Iterator[XmlItem]:
        """All of them."""
        if not self.codec:
            self.codec = "utf-8"
            yield self._broken(Fault("xml-encoding", 0, 1, ANY_MARKUP))
        ended = False
        while not ended:
            try:
                tag = self.window.tag(not self.stack or self.stack[-1].role != ENTER)
                items: Sequence[XmlItem] = self._tag(tag) if tag else ()
                ended = tag is None
            except Fault as fault:
                items = (self._broken(fault),)
            yield from items
        if self.stack:
            yield self._broken(Fault("truncated-document", self.window.at, self.window.at))

    def _tag(self, tag: re.Match[bytes]) -> Sequence[XmlItem]:
        name = tag[2]
        if tag[1]:
            return self._left(tag, name)
        role = self.plan.role(self.stack, name, tag.string[tag.start() : min(tag.end(), tag.start() + 512)])
        empty = tag.string[tag.end() - 2 : tag.end() - 1] == b"/"
        if role in (WHOLE, RAW):
            return (self._whole(tag, name, empty, role),)
        items: list[XmlItem] = []
        if role != ENTER:
            items += self._until(next((n for n, open_one in enumerate(self.stack) if open_one.role == role), None))
            items += self._opened(tag, role)
        if not empty:
            self.stack.append(Open(name, role))
        elif role != ENTER:
            items.append(XmlClosed(role))
        if len(self.stack) > self.depth:
            self.stack.pop()
            raise Fault("too-deep", tag.start(), tag.end())
        return items

    def _whole(self, tag: re.Match[bytes], name: bytes, empty: bool, role: str) -> XmlItem:
        window = self.window
        window.start = tag.start()
        if not empty:
            window.rest_of(name, self.plan)
        raw = window.data[window.start : window.at]
        window.start = -1
        self.number += 1
        if role == RAW and len(raw) <= self.limit:
            return XmlRaw(self.number, name, raw, self.codec)
        size, sha256 = len(raw), hashlib.sha256(raw).hexdigest()
        if size > self.limit:
            return BrokenXml(self.number, "line-too-long", "", sha256, size)
        try:
            node, repaired = parse_element(raw, self.codec, self.depth, self.plan.bulk)
        except BadXml as problem:
            return BrokenXml(self.number, problem.reason, problem.detail, sha256, size)
        return XmlElement(self.number, node, repaired, sha256, size)

    def _opened(self, tag: re.Match[bytes], role: str) -> Iterator[XmlItem]:
        try:
            attributes = attributes_of(tag[0], self.codec)
        except BadXml as problem:
            attributes = {}
            self.number += 1
            digest = hashlib.sha256(tag[0]).hexdigest()
            yield BrokenXml(self.number, problem.reason, problem.detail, digest, len(tag[0]))
        yield XmlOpened(role, attributes, tag.string[max(0, tag.start() - 512) : tag.start()])

    def _left(self, tag: re.Match[bytes], name: bytes) -> Sequence[XmlItem]:
        """The end of what was entered. Where a part was passed over, the ends of what it held may be in it."""
        if self.stack and self.stack[-1].name == name:
            return self._until(len(self.stack) - 1)
        fitting = [n for n, open_one in enumerate(self.stack) if open_one.name == name] if self.damaged else []
        if not fitting:
            raise Fault("invalid-xml", tag.start(), tag.end(), ANY_MARKUP)
        return self._until(fitting[-1])

    def _until(self, level: int | None) -> list[XmlItem]:
        """Leave all that was entered at that level or deeper."""
        if level is None:
            return []
        left = self.stack[level:]
        del self.stack[level:]
        return [XmlClosed(one.role) for one in reversed(left) if one.role != ENTER]

    def _broken(self, fault: Fault) -> BrokenXml:
        size, sha256, to_the_end = self.window.skip(fault, self.plan.resume)
        self.damaged = True
        if to_the_end:
            self.stack.clear()
        self.number += 1
        return BrokenXml(self.number, fault.reason, fault.detail, sha256, size)
