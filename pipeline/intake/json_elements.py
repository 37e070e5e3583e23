"""One JSON document of any size, as the elements of the arrays that matter: each comes out once, in bounded memory.

Where an element starts and ends is found by its brackets and strings alone; whether it is good JSON is left to
`strict_json.parse_object`, so that a bad element costs only itself. What lies beside the arrays is passed over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final, NamedTuple, TypeAlias

import re2

from pipeline.intake.lines import BOM, TooLong, digest_of_rest
from pipeline.intake.strict_json import BadJson, parse_object
from pipeline.storage import CHUNK

TRUNCATED: Final = "truncated-document"
INVALID: Final = "invalid-json"
TRAILING: Final = "trailing-data"
NO_ENTRIES: Final = "no-entries"

_AROUND_BYTES: Final = 1 << 16
_AROUND_MEMBERS: Final = 256
_FAST_DEPTH: Final = 10
_QUOTE, _BACKSLASH, _COLON, _COMMA = b'"\\:,'
_OPEN_ARRAY, _CLOSE_ARRAY, _OPEN_OBJECT, _CLOSE_OBJECT = b"[]{}"
_OPENING: Final = frozenset(b"[{")
_ENDED: Final = -1
_NO_VALUE: Final = frozenset((*b",:]}", _ENDED))

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_NEXT: Final = re.compile(rb"[ \t\r\n]*+,[ \t\r\n]*+")
_LITERAL: Final = re.compile(rb'[^ \t\r\n,\[\]{}":]*+')
_STRING_REST: Final = re.compile(rb'[^"\\]*+(?>\\.[^"\\]*+)*+', re.DOTALL)
_TO_BRACKET: Final = re.compile(rb'[^\[\]{}"]*+(?>"[^"\\]*+(?>\\.[^"\\]*+)*+"[^\[\]{}"]*+)*+', re.DOTALL)

Path: TypeAlias = tuple[str, ...]


class Element(NamedTuple):
    """One element of one of the arrays."""

    array: Path
    """The path that was asked for."""
    number: int
    """1-based over the whole document and all its arrays."""
    line: int
    """1-based line of the text in which it starts."""
    data: bytes | TooLong
    around: Mapping[str, Any]
    """Scalar members of the enclosing objects that came before the array, by dotted path without indices. Of one
    object the first 256, without texts beyond 64 KiB."""


class Broken(NamedTuple):
    """Why the document could not be read to its end; always the last that comes out, but for `no-entries` where further
    documents may follow.

    `truncated-document`: it ends inside of a value; `invalid-json`: something stands where it cannot stand;
    `trailing-data`: something follows it; `no-entries`: it has none of the arrays.
    """

    line: int
    reason: str
    size: int
    """Of what was not read, from where the broken part starts; of the whole document for `no-entries`."""
    sha256: str
    """Empty for `no-entries`."""


def split_elements(
    stream: BinaryIO, arrays: Sequence[Path], limit: int, *, many: bool = False
) -> Iterator[Element | Broken]:
    """The elements of the arrays at these paths, in document order.

    Args:
        stream: UTF-8 text, with or without a byte order mark.
        arrays: Paths of member names. `()` is the document itself, `"*"` any element of an array on the way. An
            array that one path names is not searched for longer ones; a value there that is no array (and no object
            that leads on to a longer path) is one element by itself, `null` is none.
        limit: Bytes of one element; of a longer one only size and digest are kept.
        many: Whether further documents may follow the first one. One without any of the arrays takes a number too.
    """
    scanner = _Scanner(stream, arrays, limit)
    try:
        yield from scanner.documents(many)
    except _Stopped as stopped:
        yield stopped.broken


class _Stopped(Exception):
    def __init__(self, broken: Broken) -> None:
        super().__init__(broken.reason)
        self.broken = broken


def _nested(depth: int) -> str:
    """A balanced value of at most that many brackets in brackets, which makes it a regular language."""
    plain = r'[^\[\]{}"]|"(?:[^"\\]|\\.)*"'
    inner = plain
    for _ in range(depth - 1):
        inner = rf"{plain}|[\[{{](?:{inner})*[\]}}]"
    return rf"[\[{{](?:{inner})*[\]}}]"


def _compiled() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.dot_nl = True
    options.never_capture = True
    options.max_mem = 32 << 20
    return re2.compile(_nested(_FAST_DEPTH).encode(), options)


_WHOLE: Final = _compiled()


class _Growing:
    """A value that spans chunks; beyond the limit only its digest grows."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.held: list[bytes] = []
        self.digest = hashlib.sha256()

    def add(self, part: bytes) -> None:
        self.size += len(part)
        self.digest.update(part)
        if self.size > self.limit:
            self.held.clear()
        else:
            self.held.append(part)

    def taken(self) -> bytes | TooLong:
        if self.size > self.limit:
            return TooLong(self.size, self.digest.hexdigest())
        return b"".join(self.held)


class _Text:
    """The bytes not yet passed: those from `at` on in `held`, then the stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.held = b""
        self.at = 0
        self.passed = 0
        """Bytes before those held."""
        self._line = 1
        self._counted = 0
        while len(self.held) < len(BOM) and self.more():
            pass
        self.held = self.held.removeprefix(BOM)

    def more(self) -> bool:
        """Read on; False at the end."""
        chunk = self.stream.read(CHUNK)
        if chunk:
            self.line()
            self.passed += self.at
            self.held = self.held[self.at :] + chunk
            self.at = self._counted = 0
        return bool(chunk)

    def line(self) -> int:
        """The line of the next byte."""
        self._line += self.held.count(b"\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def next(self) -> int:
        """The next byte that is no white space, which stays; -1 at the end."""
        while True:
            self.at = _SPACE.match(self.held, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.held):
                return self.held[self.at]
            if not self.more():
                return _ENDED

    def stopped(self, reason: str) -> _Stopped:
        """What to raise at the next byte; uses up the stream."""
        line = self.line()
        size, digest = digest_of_rest(self.held[self.at :], self.stream)
        return _Stopped(Broken(line, reason if size else TRUNCATED, size, digest))

    def value(self, limit: int) -> bytes | TooLong:
        """Pass the value that starts here."""
        held, start = self.held, self.at
        if held[start] in _OPENING and (whole := _WHOLE.match(held, start)):
            self.at = end = whole.end()
            data = held[start:end]
            return data if end - start <= limit else TooLong(end - start, hashlib.sha256(data).hexdigest())
        line, growing = self.line(), _Growing(limit)
        for part in self._parts():
            growing.add(part)
        if not self._complete:
            raise _Stopped(Broken(line, TRUNCATED, growing.size, growing.digest.hexdigest()))
        return growing.taken()

    _complete = False

    def _parts(self) -> Iterator[bytes]:
        """The pieces of a value that is long, deep, or no container; `_complete` tells whether its end was met."""
        first = self.held[self.at]
        state = _State(first)
        while True:
            end = state.scan(self.held, self.at)
            yield self.held[self.at : end]
            self.at = end
            self._complete = state.done
            if state.done:
                return
            if not self.more():
                yield self.held[self.at :]
                self.at = len(self.held)
                return


class _State:
    """How far the scan of one value has come, across the borders of chunks."""

    def __init__(self, first: int) -> None:
        self.depth = 0
        self.in_string = False
        self.opened = first in _OPENING or first == _QUOTE
        self.done = False

    def scan(self, held: bytes, at: int) -> int:
        """Go on from `at`; returns where the value ends, or as far as it can be told."""
        if not self.opened:
            end = _LITERAL.match(held, at).end()  # type: ignore[union-attr]
            self.done = end < len(held)
            return end
        size = len(held)
        while at < size and not self.done:
            at = self._string(held, at) if self.in_string else self._brackets(held, at)
            if at < 0:
                return ~at
        return at

    def _string(self, held: bytes, at: int) -> int:
        at = _STRING_REST.match(held, at).end()  # type: ignore[union-attr]
        if at == len(held) or held[at] == _BACKSLASH:
            return ~at  # a lone backslash waits for the byte it escapes
        self.in_string = False
        self.done = self.depth == 0
        return at + 1

    def _brackets(self, held: bytes, at: int) -> int:
        if self.depth or held[at] != _QUOTE:
            at = _TO_BRACKET.match(held, at).end()  # type: ignore[union-attr]
        if at == len(held):
            return at
        byte = held[at]
        if byte == _QUOTE:
            self.in_string = True
        elif byte not in _OPENING:
            self.depth -= 1
            self.done = self.depth == 0
        elif self.depth == 1 and (whole := _WHOLE.match(held, at)):
            return int(whole.end())
        else:
            self.depth += 1
        return at + 1


class _Scanner:
    """Walks down to the arrays and cuts out their elements."""

    def __init__(self, stream: BinaryIO, arrays: Sequence[Path], limit: int) -> None:
        self.text = _Text(stream)
        self.arrays = frozenset(arrays)
        self.on_the_way = frozenset(path[:length] for path in arrays for length in range(len(path)))
        self.leading = self.arrays | self.on_the_way
        self.limit = limit
        self.number = 0
        self.found = False
        self.enclosing: list[tuple[str, dict[str, Any]]] = []

    def documents(self, many: bool) -> Iterator[Element | Broken]:
        text = self.text
        if text.next() == _ENDED:
            raise text.stopped(TRUNCATED)
        yield from self._document(many)
        while many and text.next() != _ENDED:
            yield from self._document(many)
        if text.next() != _ENDED:
            raise text.stopped(TRAILING)
        if not many and not self.found:
            raise _Stopped(Broken(1, NO_ENTRIES, text.passed + text.at, ""))

    def _document(self, many: bool) -> Iterator[Element | Broken]:
        """One document; of several none is passed over because another one has the arrays."""
        text, line = self.text, self.text.line()
        start, self.found = text.passed + text.at, False
        yield from self._value(())
        if many and not self.found:
            self.number += 1
            yield Broken(line, NO_ENTRIES, text.passed + text.at - start, "")

    def _value(self, path: Path) -> Iterator[Element]:
        """The elements below one value; the path has a `*` for each array on the way."""
        text = self.text
        byte = text.next()
        if byte == _OPEN_ARRAY and path in self.arrays:
            self.found = True
            yield from self._elements(path)
        elif byte == _OPEN_OBJECT and path in self.on_the_way:
            yield from self._members(path)
        elif byte == _OPEN_ARRAY and (*path, "*") in self.leading:
            yield from self._items(path)
        elif path in self.arrays:
            self.found = True
            yield from self._alone(path)
        else:
            self._member(path, byte)

    def _elements(self, path: Path) -> Iterator[Element]:
        text, limit, around = self.text, self.limit, self._around()
        text.at += 1
        byte = text.next()
        if byte == _CLOSE_ARRAY:
            text.at += 1
            return
        while True:
            if byte in _NO_VALUE:
                raise text.stopped(INVALID)
            line = text.line()
            data = text.value(limit)
            self.number += 1
            yield Element(path, self.number, line, data, around)
            following = _NEXT.match(text.held, text.at)
            if following and following.end() < len(text.held):
                text.at = following.end()
                byte = text.held[text.at]
            elif self._ends(_CLOSE_ARRAY):
                return
            else:
                byte = text.next()

    def _items(self, path: Path) -> Iterator[Element]:
        """An array on the way: each of its values is walked into."""
        self.text.at += 1
        if self.text.next() == _CLOSE_ARRAY:
            self.text.at += 1
            return
        while True:
            yield from self._value((*path, "*"))
            if self._ends(_CLOSE_ARRAY):
                return

    def _members(self, path: Path) -> Iterator[Element]:
        """An object on the way."""
        text = self.text
        text.at += 1
        self.enclosing.append((".".join((*(name for name in path if name != "*"), "")), {}))
        empty = text.next() == _CLOSE_OBJECT
        text.at += empty
        while not empty:
            if text.next() != _QUOTE:
                raise text.stopped(INVALID)
            name = _scalar(text.value(_AROUND_BYTES))
            if text.next() != _COLON:
                raise text.stopped(INVALID)
            text.at += 1
            # A member that is named like the wildcard leads nowhere.
            yield from self._value((*path, name if isinstance(name, str) and name != "*" else "\0"))
            empty = self._ends(_CLOSE_OBJECT)
        self.enclosing.pop()

    def _alone(self, path: Path) -> Iterator[Element]:
        around = self._around()
        self._expect_value()
        line = self.text.line()
        data = self.text.value(self.limit)
        if data != b"null":
            self.number += 1
            yield Element(path, self.number, line, data, around)

    def _member(self, path: Path, byte: int) -> None:
        """A value beside the arrays: a scalar is remembered, all others are passed over."""
        self._expect_value()
        if byte in _OPENING:
            self.text.value(0)
            return
        value = _scalar(self.text.value(_AROUND_BYTES))
        if path and value is not None and self.enclosing and path[-1] != "*":
            prefix, members = self.enclosing[-1]
            if len(members) < _AROUND_MEMBERS:
                members[prefix + path[-1]] = value

    def _around(self) -> Mapping[str, Any]:
        return {name: value for _, members in self.enclosing for name, value in members.items()}

    def _expect_value(self) -> None:
        if self.text.next() in _NO_VALUE:
            raise self.text.stopped(INVALID)

    def _ends(self, closing: int) -> bool:
        """Pass a comma or the closing bracket, and tell which it was."""
        byte = self.text.next()
        if byte not in (_COMMA, closing):
            raise self.text.stopped(INVALID)
        self.text.at += 1
        return byte == closing


def _scalar(raw: bytes | TooLong) -> Any:
    """A scalar's value; None where it is none, too long, or not JSON."""
    if isinstance(raw, TooLong):
        return None
    try:
        found, _ = parse_object(b'{"":%b}' % raw, 2)
    except BadJson:
        return None
    return found[""]
