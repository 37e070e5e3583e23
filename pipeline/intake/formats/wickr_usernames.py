"""Wickr serverless `username` objects: which person stands behind a username hash.

Fields kept: the hash as the id of a directory entry, the name as what it shows; all else in its attributes, secrets
removed. Calls name their participants by the same hashes. What these objects hold is not documented, so three shapes
are taken: `{hash: name}`, a list of objects with a hash and a name, and one such object; an object of another shape
is kept whole as an event of kind `unknown`.
Implied losses: one name for each hash, and not since when; calls of people without such an object stay hashes.
Ids: the username hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import orjson

from pipeline.intake.formats.wickr_secrets import strip_secrets
from pipeline.intake.formats.wickr_serverless import key_hints
from pipeline.intake.lines import BOM, digest_of_rest
from pipeline.intake.place import Entry, Place
from pipeline.intake.strict_json import BadJson, parse_object
from pipeline.model import Event, EventKind

NAME = "wickr-usernames"
TWO_PASSES = False
_HASH: Final = re.compile(r"[0-9A-Fa-f]{32,128}")
_HASHED: Final = re.compile(rb'\s*(?:\[\s*)?\{\s*"[0-9A-Fa-f]{32,128}"\s*:\s*["{]')
_NAMED: Final = re.compile(rb'\s*[\[{].*"user(?:name)?_?hash"\s*:\s*"', re.DOTALL | re.IGNORECASE)
_MESSAGE: Final = re.compile(rb'"(?:msgtype|msg_ts)"')
_HASH_FIELDS: Final = ("usernamehash", "userhash", "useridhash", "hash")
_NAME_FIELDS: Final = ("username", "userid", "name", "displayname", "email", "user")
_MOST_WRAPPERS: Final = 3


def sniff(head: bytes) -> bool:
    """Objects whose names are hashes, or that name a username hash; never those of messages."""
    head = head.removeprefix(BOM)
    if head.lstrip()[:1] not in (b"{", b"[") or _MESSAGE.search(head):
        return False
    return _HASHED.match(head) is not None or _NAMED.match(head) is not None


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """One directory entry for each person; they are numbered like lines."""
    limit = place.limits.line_bytes
    text = stream.read(limit + 1)
    if len(text) > limit:
        size, digest = digest_of_rest(text, stream)
        yield place.quarantined("line-too-long", 1, size=size, sha256=digest)
        return
    directory, depth = _Directory(place), place.limits.json_depth
    text = text.removeprefix(BOM)
    found = _parsed(text, depth)
    parts = [text]
    if isinstance(found, BadJson):
        lines = [line for line in text.split(b"\n") if line.strip()]
        if len(lines) > 1 and not isinstance(_parsed(lines[0], depth), BadJson):
            parts = lines
    for part in parts:
        yield from directory.entries(_parsed(part, depth), part, last=part is parts[-1])


def _parsed(text: bytes, depth: int) -> tuple[Any, bool] | BadJson:
    """The value in these bytes, which need not be an object, and whether it was repaired."""
    try:
        holder, repaired = parse_object(b'{"usernames":%b}' % text, depth + 1)
    except BadJson as problem:
        return problem
    return (holder["usernames"], repaired) if len(holder) == 1 else BadJson("invalid-json")


class _Directory:
    """Numbers the entries of one text."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.hints = key_hints(place.name)
        self.number = 0

    def entries(self, found: tuple[Any, bool] | BadJson, raw: bytes, *, last: bool) -> Iterator[Entry]:
        """The entries of one value."""
        if isinstance(found, BadJson):
            self.number += 1
            cut = last and found.reason in ("invalid-json", "invalid-utf8")
            reason = "truncated-document" if cut else found.reason
            yield self.place.quarantined(reason, self.number, raw)
            return
        value, repaired = found
        for person in _people(value, _MOST_WRAPPERS):
            self.number += 1
            yield self._event(person, repaired)

    def _event(self, person: _Person, repaired: bool) -> Event:
        rest = person.rest
        stripped = strip_secrets(rest)
        attributes = orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)
        place = self.place
        return Event(
            event_id=place.event_id(self.number),
            event_kind=EventKind.DIRECTORY if person.hash else EventKind.UNKNOWN,
            subkind="user" if person.hash else "username",
            source="wickr",
            format=NAME,
            custodian=place.source.custodian,
            network=place.source.network,
            conversation_id=str(self.hints.get("vgroupid", "")),
            vendor_id=person.hash,
            sender_display=person.name,
            flags=("repaired",) if repaired else (),
            attributes=attributes.decode(),
            stripped=stripped,
            # The place of one person inside a document is nowhere written: this is the digest of what it says.
            raw_sha256=hashlib.sha256(
                person.hash.encode() + b"\0" + person.name.encode() + b"\0" + attributes
            ).hexdigest(),
            object_key=place.object_key,
            version_id=place.version_id,
            member=place.member,
            line=self.number,
        )


@dataclass(frozen=True, slots=True)
class _Person:
    """A username hash and its name; both empty where the shape is not known."""

    hash: str
    name: str
    rest: dict[str, Any]


def _people(value: Any, wrappers: int) -> Iterator[_Person]:
    if isinstance(value, list):
        for item in value:
            yield _described(item) or _kept(item)
    elif isinstance(value, dict):
        if person := _described(value):
            yield person
        elif value and all(_is_pair(name, item) for name, item in value.items()):
            for name, item in value.items():
                yield _paired(name.partition("#")[0], item)
        elif wrappers and len(value) == 1 and isinstance(inner := next(iter(value.values())), (dict, list)) and inner:
            yield from _people(inner, wrappers - 1)
        else:
            yield _kept(value)
    else:
        yield _kept(value)


def _is_pair(name: str, item: Any) -> bool:
    return _HASH.fullmatch(name.partition("#")[0]) is not None and isinstance(item, (str, dict))


def _paired(name: str, item: str | dict[str, Any]) -> _Person:
    if isinstance(item, str):
        return _Person(name, item, {})
    rest = dict(item)
    return _Person(name, _take(rest, _NAME_FIELDS), rest)


def _described(item: Any) -> _Person | None:
    """An object that gives a hash and a name under names of their own."""
    if not isinstance(item, dict):
        return None
    rest = dict(item)
    digest, name = _take(rest, _HASH_FIELDS), _take(rest, _NAME_FIELDS)
    return _Person(digest, name, rest) if digest and name else None


def _take(holder: dict[str, Any], wanted: tuple[str, ...]) -> str:
    """Move out the first text under one of these names, however they are spelt."""
    plain = {name.replace("_", "").replace("-", "").casefold(): name for name in holder}
    for name in wanted:
        if name in plain and isinstance(holder[plain[name]], str) and holder[plain[name]]:
            return str(holder.pop(plain[name]))
    return ""


def _kept(value: Any) -> _Person:
    return _Person("", "", value if isinstance(value, dict) else {"value": value})
