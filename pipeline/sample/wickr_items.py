"""Nouns of the fictional Wickr network: conversations, and the things that happen in them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.sample.people import Person
from pipeline.sample.phrases import TextSpan

_GREGORIAN = 0x01B21DD213814000
"""100 ns steps between 1582-10-15 and 1970-01-01."""


@dataclass(slots=True)
class Conversation:
    """One room, group or direct conversation."""

    name: str
    """The name the truth uses: stable, and nothing in it is sensitive."""
    vgroupid: str
    kind: str
    members: list[Person]
    weight: float
    title: str = ""
    title_spans: tuple[TextSpan, ...] = ()
    description: str = ""
    description_spans: tuple[TextSpan, ...] = ()
    ttl: int = 30 * 86_400
    bor: int = 0
    sequence: int = 0
    """Number of the last message, as the serverless layout counts them."""


@dataclass(slots=True)
class File:
    """The bytes behind a file message, and what is sensitive in them."""

    name: str
    data: bytes
    spans: tuple[TextSpan, ...] = ()
    """Spans in the attachment's own text."""
    name_spans: tuple[TextSpan, ...] = ()
    absent: bool = False


@dataclass(slots=True)
class Item:
    """One thing that happened: it becomes a line, two lines in two layouts, or nothing when it was lost."""

    ts: int
    conversation: Conversation
    sender: Person
    msgtype: int
    fields: Mapping[str, Any]
    """Top-level fields beside the envelope, e.g. `{"message": ...}`."""
    kind: str
    """Kind of the record it founds; for an annotation `edit`, `reaction`, `recall`, `delete`, `read_receipt`."""
    founds: bool = True
    subkind: str = ""
    text: str = ""
    spans: tuple[tuple[str, TextSpan], ...] = ()
    """Place and span."""
    message_id: str = ""
    truth_id: str = ""
    versions: tuple[dict[str, Any], ...] = ()
    deleted: bool = False
    target: Item | None = None
    change: str = ""
    """For an edit: `edit` or `link-preview`."""
    lost: str = ""
    """Why no capture holds it; empty for what was captured."""
    traces: tuple[str, ...] = ()
    stands_in: bool = False
    """An edit whose message was never captured and that stands in for it."""
    one_layout: bool = False
    """Never in the serverless layout, so that it is sighted once."""
    cut: bool = False
    """Lost because its line was cut off in the middle."""
    file: File | None = None
    secrets: tuple[tuple[str, str], ...] = ()
    sequence: int = 0
    sightings: list[dict[str, Any]] = field(default_factory=list)


def message_id(ts: int, sender: Person, counter: int) -> str:
    """A version 1 UUID without dashes: the send time, a counter, and a node per sender's device."""
    steps = ts * 10 + _GREGORIAN + counter % 10
    node = 0x02_5E_00_00_00_00 | (int(sender.person_id[2:]) * 7919)
    times = (steps & 0xFFFFFFFF) << 32 | (steps >> 32 & 0xFFFF) << 16 | 0x1000 | steps >> 48
    return f"{times << 64 | (0x8000 | counter & 0x3FFF) << 48 | node:032x}"


def group_id(rng: random.Random, kind: str) -> str:
    """A conversation id: prefix S for a room, G for a group, none for a direct conversation."""
    prefix = {"room": "S", "group": "G", "dm": ""}[kind]
    return prefix + f"{rng.getrandbits(256):064x}"[: 64 - len(prefix)]
