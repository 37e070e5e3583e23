"""Mutations that know a format's syntax, so that the fuzzer gets past the parser: hostile values, parts moved.

Everything is decided by the `random.Random` that is given, never by the clock.
"""

from __future__ import annotations

import json
import random
import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from copy import deepcopy
from typing import Any, Final

from tests.fuzz.damage import HOSTILE_TEXTS, HOSTILE_VALUES, escaped
from tests.fuzz.seeds import TOKENS

Mutation = Callable[[bytes, random.Random], bytes | None]
"""Changed bytes, or None where these bytes do not have that syntax."""
_XML_VALUE: Final = re.compile(rb'(?<==")[^"<]*(?=")|(?<=>)[^<>]+(?=<)')
_XML_ELEMENT: Final = re.compile(rb"<(\w+)[^<>]*?(?:/>|>[^<>]*</\1>)")
_HEADER: Final = re.compile(rb"(?m)^[A-Za-z][\w-]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")


def mutated_json(data: bytes, chance: random.Random) -> bytes | None:
    """One value of a JSON document replaced, left out, or put where another one stood."""
    try:
        document = json.loads(data)
        if not isinstance(document, (dict, list)) or not document:
            return None
        for _ in range(chance.choice((1, 1, 2, 4))):
            _change(document, chance)
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=chance.random() < 0.7)
    except (ValueError, RecursionError):
        return None
    return text.encode("utf-8", "replace")


def mutated_lines(data: bytes, chance: random.Random) -> bytes | None:
    """One line of JSON Lines changed as a document, or lines swapped."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    if chance.random() < 0.1:
        other = chance.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
        return b"\n".join(lines)
    changed = mutated_json(lines[at], chance)
    return None if changed is None else b"\n".join([*lines[:at], changed, *lines[at + 1 :]])


def mutated_xml(data: bytes, chance: random.Random) -> bytes | None:
    """One attribute or text of XML replaced, or one element said twice, left out or put elsewhere."""
    if chance.random() < 0.7:
        return _put(data, _XML_VALUE, escaped(chance.choice(HOSTILE_TEXTS)), chance)
    return _moved(data, _XML_ELEMENT, chance)


def mutated_headers(data: bytes, chance: random.Random) -> bytes | None:
    """One header replaced, said twice, left out or put elsewhere."""
    if chance.random() < 0.5:
        name = chance.choice(_HEADER.findall(data) or [b"X:"]).partition(b":")[0]
        return _put(data, _HEADER, name + b": " + chance.choice(HOSTILE_TEXTS).encode(), chance)
    return _moved(data, _HEADER, chance)


def mutated_text(data: bytes, chance: random.Random) -> bytes | None:
    """Lines swapped or said twice, or a token put in."""
    if chance.random() < 0.5:
        return _moved(data, re.compile(rb"[^\n]*\n"), chance)
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(TOKENS["text"]) + data[at:]


def mutated_database(data: bytes, chance: random.Random) -> bytes | None:
    """One cell of an SQLite file replaced, or one of its columns or tables renamed or left out."""
    with closing(sqlite3.connect(":memory:")) as held:
        try:
            held.deserialize(data)
            tables = [name for (name,) in held.execute("select name from sqlite_schema where type='table'")]
            table = chance.choice(tables)
            columns = [row[1] for row in held.execute(f'pragma table_info("{table}")')]
            column = chance.choice(columns)
            match chance.randrange(12):
                case 0:
                    held.execute(f'alter table "{table}" drop column "{column}"')
                case 1:
                    held.execute(f'drop table "{table}"')
                case 2:
                    held.execute(f'insert into "{table}" select * from "{table}"')
                case _:
                    value = chance.choice(HOSTILE_VALUES)
                    plain = value if isinstance(value, (str, float, bytes)) else json.dumps(value)
                    if isinstance(value, int):
                        plain = max(-(2**63), min(int(value), 2**63 - 1))
                    if isinstance(plain, str) and chance.random() < 0.3:
                        plain = plain.encode("utf-8", "replace")
                    row = f'(select rowid from "{table}" order by abs(rowid * {chance.randrange(1, 999)} % 97) limit 1)'
                    held.execute(f'update "{table}" set "{column}" = ? where rowid = {row}', (plain,))
            held.commit()
            return held.serialize()
        except (sqlite3.Error, UnicodeError, IndexError, OverflowError):
            return None


MUTATIONS: Final[Mapping[str, Mutation]] = {
    "json": mutated_json,
    "lines": mutated_lines,
    "xml": mutated_xml,
    "mail": mutated_headers,
    "text": mutated_text,
    "sqlite": mutated_database,
}
"""By syntax of a seed."""


def _put(data: bytes, pattern: re.Pattern[bytes], value: bytes, chance: random.Random) -> bytes | None:
    found = list(pattern.finditer(data))
    if not found:
        return None
    match = chance.choice(found)
    return data[: match.start()] + value + data[match.end() :]


def _moved(data: bytes, pattern: re.Pattern[bytes], chance: random.Random) -> bytes | None:
    found = list(pattern.finditer(data))
    if not found:
        return None
    match, into = chance.choice(found), chance.choice(found).start()
    rest = data if chance.random() < 0.5 else data[: match.start()] + data[match.end() :]
    return rest if chance.random() < 0.2 else rest[:into] + match[0] + rest[into:]


def _change(document: Any, chance: random.Random) -> None:
    places = list(_places(document))
    if not places:
        return
    holder, name = chance.choice(places)
    match chance.randrange(5):
        case 0:
            del holder[name]
        case 1:
            other_holder, other = chance.choice(places)
            if other in other_holder if isinstance(other_holder, dict) else other < len(other_holder):
                holder[name] = deepcopy(other_holder[other])
        case 2 if isinstance(holder, list):
            holder.extend(deepcopy(holder))
        case _:
            holder[name] = deepcopy(chance.choice(HOSTILE_VALUES))


def _places(node: Any) -> Any:
    items = list(node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ())
    for name, value in items:
        yield node, name
        yield from _places(value)
