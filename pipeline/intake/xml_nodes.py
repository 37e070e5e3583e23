"""One XML element from hostile bytes: a tree of names, attributes and texts, or a reason why not.

Expat reads it, each element as a document of its own, so that one that is broken spoils no other. There is no
document type, so there are no entities but the five of XML and numbers; what exporters are known to write against the
rules (surrogate pairs and control characters as numbers, raw line breaks in attributes) is put right before.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pyexpat import ExpatError, ParserCreate, errors
from typing import Any, Final, TypeAlias

LONG: Final = 1 << 16
"""An attribute as long as this is never copied more than needed."""
MOST_BYTES: Final = 16 << 20
"""What is parsed at once, the values that stay bytes left out."""
MOST_NODES: Final = 250_000
MOST_ATTRIBUTES: Final = 500_000
_HIGH_HALF: Final = rb"&#(?:0*(5(?:5(?:29[6-9]|[3-9]\d\d)|6(?:[0-2]\d\d|3[01]\d)))|[xX]0*([dD][89abAB][0-9a-fA-F]{2}));"
_LOW_HALF: Final = (
    rb"&#(?:0*(5(?:6(?:3[2-9]\d|[4-9]\d\d)|7(?:[0-2]\d\d|3[0-3]\d|34[0-3])))|[xX]0*([dD][c-fC-F][0-9a-fA-F]{2}));"
)
_HALF: Final = re.compile(_HIGH_HALF + b"|" + _LOW_HALF)
_REFERENCE: Final = re.compile(_HIGH_HALF + _LOW_HALF + rb"|&#(?:(\d{1,10})|[xX]([0-9a-fA-F]{1,8}));")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_QUOTED: Final = re.compile(rb"\"[^\"<]*+\"|'[^'<]*+'")
_TAG: Final = re.compile(rb"<(?![!?/])(?:[^\"'<>]++|\"[^\"<]*+\"|'[^'<]*+')*+>")
_PLAIN: Final = frozenset((0x9, 0xA, 0xD))
_REPLACEMENT: Final = "\ufffd".encode()
_REASONS: Final = {
    errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]: "xml-entity",
    errors.codes[errors.XML_ERROR_ENTITY_DECLARED_IN_PE]: "xml-entity",
}

_Bulk: TypeAlias = tuple[str, dict[str, bytes]]


class BadXml(Exception):
    """The bytes are not one well-formed element; `reason` is the quarantine code."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class Node:
    """One element: its attributes, its child elements in order, and the text that is directly in it."""

    __slots__ = ("attributes", "bulk", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.bulk: bytes | None = None
        """The value, as it is written, of the attribute that stays bytes; in `attributes` it is an empty text."""
        self.children: list[Node] = []
        self.text = ""

    def named(self, name: str) -> Iterator[Node]:
        """The child elements of that name."""
        return (child for child in self.children if child.name == name)

    def as_json(self) -> dict[str, Any]:
        """All of it, as plain values."""
        found: dict[str, Any] = {"element": self.name}
        if self.attributes:
            found["attributes"] = self.attributes
        if self.text.strip():
            found["text"] = self.text
        if self.children:
            found["children"] = [child.as_json() for child in self.children]
        return found


def parse_element(raw: bytes, codec: str = "utf-8", depth: int = 64, bulk: bytes = b"") -> tuple[Node, bool]:
    """The element in these bytes, and whether it had to be repaired.

    Repairs: numbers of surrogates become the character of the pair, a lone one U+FFFD, and so do characters that XML
    forbids; a raw line break in an attribute stays one.

    Args:
        raw: From `<` of its start to `>` of its end.
        codec: In which they are written.
        depth: How deep elements may lie in each other.
        bulk: The attribute whose long values stay bytes.

    Raises:
        BadXml: `invalid-xml`, `invalid-utf8`, `xml-entity`, `too-deep`, `too-many-parts` or `line-too-long`.
    """
    if bulk and len(raw) > LONG:
        lifted: dict[str, bytes] = {}
        short = _lift(raw, bulk, lifted)
        if lifted:
            found = _parse(short, codec, depth, (bulk.decode(), lifted))
            if not lifted:
                return found
    return _parse(raw, codec, depth, ("", {}))


def _parse(raw: bytes, codec: str, depth: int, bulk: _Bulk) -> tuple[Node, bool]:
    if len(raw) > MOST_BYTES:
        raise BadXml("line-too-long")
    if raw.count(b'="') + raw.count(b"='") > MOST_ATTRIBUTES:
        raise BadXml("too-many-parts")
    utf8, repaired = _as_utf8(raw, codec)
    if b"&#" in utf8 and _HALF.search(utf8):
        utf8, repaired = _REFERENCE.sub(_mended, utf8), True
    if b"\n" in utf8 or b"\r" in utf8:
        utf8, broken_lines = _keep_line_breaks(utf8)
        repaired = repaired or broken_lines
    try:
        return _tree(utf8, depth, bulk), repaired
    except ExpatError as problem:
        mended = _CONTROL.sub(_REPLACEMENT, _REFERENCE.sub(_mended, utf8))
        if mended == utf8:
            raise _bad(problem) from None
    try:
        return _tree(mended, depth, bulk), True
    except ExpatError as problem:
        raise _bad(problem) from None


def _bad(problem: ExpatError) -> BadXml:
    return BadXml(_REASONS.get(problem.code, "invalid-xml"), f"expat error {problem.code}")


def attributes_of(tag: bytes, codec: str) -> dict[str, str]:
    """The attributes of a start tag alone.

    Raises:
        BadXml: As for `parse_element`.
    """
    return parse_element(tag if tag.endswith(b"/>") else tag[:-1] + b"/>", codec)[0].attributes


def _lift(raw: bytes, name: bytes, lifted: dict[str, bytes]) -> bytes:
    """Cut the long values out, because expat would copy each of them several times. In their place are names that
    nobody who wrote these bytes could have put there, since they depend on all of them.
    """
    mark, done = hashlib.sha256(raw).hexdigest(), 0
    parts: list[bytes] = []
    for match in _long_values(name).finditer(raw):
        group = 1 if match[1] is not None else 2
        key = f"{mark}:{len(lifted)}"
        lifted[key] = match[group]
        parts += (raw[done : match.start(group)], key.encode())
        done = match.end(group)
    parts.append(raw[done:])
    return b"".join(parts)


@lru_cache(maxsize=16)
def _long_values(name: bytes) -> re.Pattern[bytes]:
    long = str(LONG).encode()
    return re.compile(rb"\s" + name + rb"=(?:\"([^\"<]{" + long + rb",}+)\"|'([^'<]{" + long + rb",}+)')")


def _as_utf8(raw: bytes, codec: str) -> tuple[bytes, bool]:
    if codec != "utf-8":
        return raw.decode(codec, "replace").encode(), False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        return _joined_surrogates(raw, problem.start), True
    return raw, False


def _joined_surrogates(raw: bytes, fault: int) -> bytes:
    """Text of Java programs that wrote each half of a pair as three bytes; or what UTF-16 held alone."""
    try:
        halves = raw.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError:
        raise BadXml("invalid-utf8", f"byte {fault + 1}") from None
    return halves.decode("utf-16-le", "replace").encode()


def _mended(match: re.Match[bytes]) -> bytes:
    """The number of a character: the two of a pair become one, what XML forbids is replaced."""
    high10, high16, low10, low16, ten, sixteen = match.groups()
    if high10 or high16:
        high = int(high10) if high10 else int(high16, 16)
        low = int(low10) if low10 else int(low16, 16)
        return b"&#%d;" % (0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    return match[0] if _allowed(int(ten) if ten else int(sixteen, 16)) else _REPLACEMENT


def _allowed(code: int) -> bool:
    if code < 0x20:
        return code in _PLAIN
    return not (0xD800 <= code < 0xE000 or code in (0xFFFE, 0xFFFF) or code > 0x10FFFF)


def _keep_line_breaks(utf8: bytes) -> tuple[bytes, bool]:
    """XML reads a raw line break in an attribute as a space; whoever wrote one there meant the break."""
    changed = False

    def in_value(match: re.Match[bytes]) -> bytes:
        nonlocal changed
        value = match[0]
        if b"\n" not in value and b"\r" not in value:
            return value
        changed = True
        return value.replace(b"\r\n", b"&#10;").replace(b"\r", b"&#10;").replace(b"\n", b"&#10;")

    def in_tag(match: re.Match[bytes]) -> bytes:
        tag = match[0]
        return _QUOTED.sub(in_value, tag) if b"\n" in tag or b"\r" in tag else tag

    if utf8.startswith(b"<") and b"<![CDATA[" not in utf8 and b"<!--" not in utf8:
        return _TAG.sub(in_tag, utf8), changed
    return utf8, False


def _tree(utf8: bytes, depth: int, bulk: _Bulk) -> Node:
    top = Node("", {})
    stack, texts = [top], dict[Node, list[str]]()
    bulk_name, lifted = bulk
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        node = Node(name, attributes)
        if lifted and attributes.get(bulk_name) in lifted:
            node.bulk = lifted.pop(attributes[bulk_name])
            attributes[bulk_name] = ""
        stack[-1].children.append(node)
        stack.append(node)
        if len(stack) > depth:
            raise BadXml("too-deep")
        if count > MOST_NODES:
            raise BadXml("too-many-parts")

    def end(_name: str) -> None:
        node = stack.pop()
        if node in texts:
            node.text = "".join(texts.pop(node))

    def text(data: str) -> None:
        texts.setdefault(stack[-1], []).append(data)

    parser = ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.Parse(utf8, True)
    return top.children[0]
