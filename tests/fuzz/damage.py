"""Damaged copies of a small file: cut, flipped, spliced, and with hostile values where a value stands.

Everything is derived from the bytes and a number, so that a failure can be made again.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, Final

from tests.fuzz.seed import Seed

NEWLINE: Final = b"\n"
HOSTILE_VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    0,
    -1,
    1.5,
    1e300,
    2**63,
    2**64 - 1,
    -(2**63),
    10**19,
    "",
    " ",
    "x",
    "0",
    "-1",
    "1e999",
    "9" * 400,
    "\u0664\u0664",
    "\u00b2",
    "\0",
    "\ud83d",
    "a\ud83d\ude00\ude00b",
    "\u202e\u2066",
    "\r\n\x1b[0m\x85\u2028",
    "../../../etc/passwd",
    "2026-13-45T99:99:99Z",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.9999999-23:59",
    "253402300800",
    "<a href='x'>&#0;&lt;</b><!--",
    "%s{0}\\",
    [],
    {},
    [None],
    [[]],
    [{}],
    [1, "x", {"a": []}],
    {"": ""},
    {"a": {"b": [0]}},
    {"id": 7, "type": None, "name": [], "text": {}},
)
"""What a value of JSON may be instead of what the reader hopes for."""

HOSTILE_TEXTS: Final[tuple[str, ...]] = (
    *(value for value in HOSTILE_VALUES if isinstance(value, str) and not re.search("[\0\ud800-\udfff]", value)),
    "null",
    "NaN",
    "1" * 25,
    "=?utf-8?B?////?=",
    "=?x-none?Q?=ff?=",
    "a,b;c~d~~",
    "A" * 5000,
)
"""What an attribute, a header or a line may hold."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """One damaged copy."""

    how: str
    data: bytes
    intact: int
    """So many bytes at the start are as they were."""
    only: int | None = None
    """The one element that is changed, by its index; every other one is as it was, before it and after it."""


Change = Callable[[], Damaged]
"""Makes one damaged copy, so that a share of them can be taken without making them all."""


def cuts(data: bytes, step: int = 1, start: int = 0) -> Iterator[Damaged]:
    """The file cut short at every `step`-th byte."""
    for size in range(start, len(data), step):
        yield Damaged(f"cut at {size}", data[:size], size)


def flips(data: bytes, number: int, step: int = 1, start: int = 0) -> Iterator[Damaged]:
    """The file with one byte changed, at every `step`-th byte."""
    chance = random.Random(number)
    for at in range(start, len(data), step):
        value = data[at] ^ chance.randrange(1, 256)
        yield Damaged(f"byte {at} = {value:#x}", data[:at] + bytes((value,)) + data[at + 1 :], at)


def splices(data: bytes, number: int, count: int, tokens: Sequence[bytes] = ()) -> Iterator[Damaged]:
    """Pieces of the file taken out, said twice, moved, or tokens of its grammar put in."""
    chance = random.Random(number)
    for turn in range(count):
        start = chance.randrange(len(data))
        end = min(len(data), start + 1 + int(chance.expovariate(1 / 40)))
        into = chance.randrange(len(data))
        match turn % 4:
            case 0:
                yield Damaged(f"{start}:{end} taken out", data[:start] + data[end:], start)
            case 1:
                yield Damaged(f"{start}:{end} twice", data[:end] + data[start:], end)
            case 2:
                piece = data[start:end]
                yield Damaged(f"{start}:{end} also at {into}", data[:into] + piece + data[into:], into)
            case _:
                token = chance.choice(tokens) if tokens else b"\n"
                yield Damaged(f"{token!r} at {into}", data[:into] + token + data[into:], into)


def hostile_json(data: bytes) -> Iterator[Change]:
    """JSON, one document or one per line, with each value in turn replaced, and each member left out."""
    try:
        document = json.loads(data)
    except json.JSONDecodeError:
        yield from hostile_lines(data)
        return
    for path in _paths(document):
        for value in HOSTILE_VALUES:
            yield partial(_with_value, document, path, value)
        yield partial(_without, document, path)


def hostile_lines(data: bytes) -> Iterator[Change]:
    """JSON Lines with each value of each line in turn replaced."""
    lines = data.splitlines(keepends=True)
    for number, line in enumerate(lines):
        before, after = b"".join(lines[:number]), b"".join(lines[number + 1 :])
        for change in hostile_json(line):
            yield partial(_between, before, change, after)


def hostile_elements(seed: Seed) -> Iterator[Change]:
    """Elements of JSON with each value of one of them in turn replaced, or the whole of it.

    A text whose first line is an array is another form of an export, one document: what follows it is one row then.
    """
    for number, element in enumerate(seed.elements):
        first = seed.syntax == "lines" and number == 0
        values = [value for value in HOSTILE_VALUES if not (first and isinstance(value, list))]
        whole: Iterator[Change] = (partial(_changed, value, f"= {_short(value)}") for value in values)
        for change in chain(whole, hostile_json(element)):
            yield partial(_in_seed, seed, number, change)


def hostile_xml(data: bytes) -> Iterator[Change]:
    """XML with each attribute and each text in turn replaced, and each attribute left out."""
    for match in re.finditer(rb'(\s[\w:.-]+=)"([^"]*)"', data):
        for text in HOSTILE_TEXTS:
            yield partial(_replaced, data, match.start(2), match.end(2), escaped(text), text)
        yield partial(_replaced, data, match.start(), match.end(), b"", "left out")
    for match in re.finditer(rb">([^<>]*[^<>\s][^<>]*)<", data):
        for text in HOSTILE_TEXTS:
            yield partial(_replaced, data, match.start(1), match.end(1), escaped(text), text)


def hostile_headers(data: bytes) -> Iterator[Change]:
    """Lines of the form `name: value` with each value in turn replaced, and each line left out or given twice."""
    for match in re.finditer(rb"(?m)^([A-Za-z][\w-]*:)([^\r\n]*)", data):
        for text in HOSTILE_TEXTS:
            yield partial(_replaced, data, match.start(2), match.end(2), b" " + _one_line(text), text)
        yield partial(_replaced, data, match.start(), match.end(), b"", "left out")
        yield partial(_replaced, data, match.end(), match.end(), b"\n" + match[0], "twice")


def hostile_words(data: bytes) -> Iterator[Change]:
    """Text with each word in turn replaced."""
    for match in re.finditer(rb"[^\s]+", data):
        for text in HOSTILE_TEXTS:
            yield partial(_replaced, data, match.start(), match.end(), text.encode(), text)


HOSTILE: Final = {
    "lines": hostile_lines,
    "json": hostile_json,
    "xml": hostile_xml,
    "mail": hostile_headers,
    "text": hostile_words,
}
"""By syntax of a seed."""


def _replaced(data: bytes, start: int, end: int, value: bytes, how: str) -> Damaged:
    return Damaged(f"{start}:{end} = {_short(how)}", data[:start] + value + data[end:], start)


def _changed(document: Any, how: str) -> Damaged:
    return Damaged(how, json.dumps(document, separators=(",", ":")).encode(), 0)


def _with_value(document: Any, path: Sequence[Any], value: Any) -> Damaged:
    copy = deepcopy(document)
    _holder(copy, path[:-1])[path[-1]] = value
    return _changed(copy, f"{_dotted(path)} = {_short(value)}")


def _without(document: Any, path: Sequence[Any]) -> Damaged:
    copy = deepcopy(document)
    del _holder(copy, path[:-1])[path[-1]]
    return _changed(copy, f"{_dotted(path)} left out")


def _between(before: bytes, change: Change, after: bytes) -> Damaged:
    line = change()
    return Damaged(f"line {before.count(NEWLINE) + 1}: {line.how}", before + line.data + NEWLINE + after, len(before))


def _in_seed(seed: Seed, number: int, change: Change) -> Damaged:
    element = change()
    end = NEWLINE if seed.elements[number].endswith(NEWLINE) else b""
    elements = (*seed.elements[:number], element.data + end, *seed.elements[number + 1 :])
    return Damaged(f"element {number + 1}: {element.how}", replace(seed, elements=elements).data, 0, only=number)


def escaped(text: str) -> bytes:
    """As it stands in an attribute or between tags."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("\x1b", "&#27;")
    return plain.encode()


def _one_line(text: str) -> bytes:
    return re.sub(r"[\r\n]+", "\n ", text).encode()


def _paths(node: Any) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        yield (name,)
        yield from ((name, *rest) for rest in _paths(value))


def _holder(document: Any, path: Sequence[Any]) -> Any:
    for name in path:
        document = document[name]
    return document


def _dotted(path: Sequence[Any]) -> str:
    return ".".join(map(str, path))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
