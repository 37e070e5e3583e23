"""What a first look at a Telegram export tells: the chat's name, type and id wherever they stand, and whose it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import orjson

from pipeline.intake.formats.telegram_chat import PRIVATE, peer_of, user_of
from pipeline.intake.json_elements import Element, split_elements
from pipeline.intake.place import Place
from pipeline.storage import CHUNK

_HEAD: Final = 1 << 16
_NAMES: Final = (("name",), ("type",), ("id",))
_NAME_BYTES: Final = 1 << 16
_OVERLAP: Final = 64
_LISTS: Final = re.compile(rb'"(?:messages|chats|left_chats)"\s*:')
_SCALAR: Final = re.compile(rb'"(name|type|id)"\s*:\s*("(?:[^"\\]|\\.)*"|\d{1,19})(?=\s*[,}])')
_PERSON: Final = re.compile(rb'"(?:from|actor)_id"\s*:\s*"?(?:user)?(\d{1,20})\b')


@dataclass(frozen=True, slots=True)
class First:
    """What is known before the first message."""

    named: Mapping[str, Any] = field(default_factory=dict)
    """Name, type and id of the only chat, where the export is of one."""
    owner: str = ""
    """Whose account was exported, e.g. `user123`."""


def look_ahead(stream: BinaryIO, place: Place) -> First:
    """Look through the document once, where its first lines do not say enough."""
    declared = user_of(place.source.owner_id)
    head = stream.read(_HEAD)
    first_list = _LISTS.search(head)
    if first_list is None or not first_list[0].startswith(b'"messages"'):
        return First(owner=declared)
    named = _before(head[: first_list.start()])
    if "type" not in named or "id" not in named:
        stream.seek(0)
        named = _anywhere(stream)
    form = named.get("type")
    if declared or not isinstance(form, str) or form not in PRIVATE:
        return First(named, declared)
    stream.seek(0)
    return First(named, _second_person(stream, peer_of(named.get("id"), form)))


def _before(head: bytes) -> dict[str, Any]:
    """The scalars before the messages, as the app writes them."""
    return {match[1].decode(): orjson.loads(match[2]) for match in _SCALAR.finditer(head) if _is_json(match[2])}


def _anywhere(stream: BinaryIO) -> dict[str, Any]:
    """The scalars beside the messages, before or after them."""
    found: dict[str, Any] = {}
    for element in split_elements(stream, _NAMES, _NAME_BYTES):
        if isinstance(element, Element) and isinstance(element.data, bytes) and _is_json(element.data):
            found.setdefault(element.array[0], orjson.loads(element.data))
    return found


def _is_json(raw: bytes) -> bool:
    try:
        orjson.loads(raw)
    except ValueError:
        return False
    return True


def _second_person(stream: BinaryIO, peer: str) -> str:
    """The one who writes in a private chat and is not the other one; empty where that is nobody, or several."""
    people: set[str] = set()
    rest = b""
    while (chunk := stream.read(CHUNK)) and len(people) < 3:
        text = rest + chunk
        people.update(peer_of(int(match[1])) for match in _PERSON.finditer(text))
        rest = text[-_OVERLAP:]
    others = people - {peer}
    return others.pop() if len(others) == 1 and peer else ""
