"""Two phones' exports of the sample archive, read by the real reader, against the sample's truth."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import pytest

from pipeline.intake.formats import whatsapp
from pipeline.intake.place import Place
from pipeline.model import Event
from pipeline.resolve.align import Alignment, align
from pipeline.resolve.chats import ChatGroup, same_chats
from pipeline.resolve.tokens import entry_of
from pipeline.sample import write_sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    write_sample(str(out), messages=4000, seed=5)
    return out


@pytest.fixture(scope="module")
def events(sample: Path) -> dict[str, Event]:
    read = [event for key, member, data in texts(sample / "captures") for event in events_of(key, member, data)]
    return {event.event_id: event for event in read}


@pytest.fixture(scope="module")
def groups(events: Mapping[str, Event]) -> list[ChatGroup]:
    by_source = defaultdict(list)
    for event in events.values():
        by_source[event.conversation_id].append(entry_of(event))
    return same_chats(by_source)


@pytest.fixture(scope="module")
def truth(sample: Path, events: Mapping[str, Event]) -> dict[str, dict[str, object]]:
    """The true message of each event; the apps' own lines are left out, their wording differs by phone."""
    at = {(event.object_key, event.member, event.line): event.event_id for event in events.values()}
    rows = [json.loads(line) for line in (sample / "truth/messages.jsonl").read_text().splitlines()]
    return {
        at[sighting["object"], sighting["member"], sighting["line"]]: row
        for row in rows
        if row["platform"] == "whatsapp" and row["kind"] != "system"
        for sighting in row["sightings"]
    }


def texts(captures: Path) -> Iterator[tuple[str, str, bytes]]:
    for path in sorted((captures / "whatsapp").rglob("*")):
        key = str(path.relative_to(captures))
        if path.suffix == ".txt":
            yield key, "", path.read_bytes()
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                yield key, "_chat.txt", archive.read("_chat.txt")


def events_of(key: str, member: str, data: bytes) -> Iterator[Event]:
    place = Place(object_key=key, member=member, content_sha256=hashlib.sha256(data).hexdigest())
    for entry in whatsapp.read(io.BytesIO(data), place):
        assert isinstance(entry, Event)
        yield entry


def pairs(sets: Sequence[Sequence[str]]) -> set[frozenset[str]]:
    return {frozenset(pair) for ids in sets for pair in combinations(ids, 2)}


def test_chats_and_copies_are_found(
    events: Mapping[str, Event], groups: Sequence[ChatGroup], truth: Mapping[str, dict[str, object]]
) -> None:
    chats, copies = defaultdict(set), defaultdict(list)
    for event, row in truth.items():
        chats[row["conversation"]].add(events[event].conversation_id)
        copies[row["truth_id"]].append(event)
    assert sorted(group.sources for group in groups) == sorted(tuple(sorted(held)) for held in chats.values())

    alignments: list[Alignment] = [align(group) for group in groups]
    clusters = [[e.event_id for e in c.members if e.event_id in truth] for a in alignments for c in a.clusters]
    found, true = pairs(clusters), pairs(list(copies.values()))
    assert len(true) > 100
    assert len(found & true) >= 0.99 * len(found)
    assert len(found & true) >= 0.99 * len(true)

    lacked = {row["truth_id"] for row in truth.values() if row.get("lacked_by")}
    named = {
        truth[a.clusters[n].members[0].event_id]["truth_id"] for a in alignments for c in a.coverage for n in c.missing
    }
    assert lacked
    assert len(named ^ lacked) <= 2, "a repeat within one minute cannot be told apart"
