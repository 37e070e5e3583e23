"""Every format of the sample is read as its truth says: each message where it was written, and nothing else.

The writers and the readers were made apart from each other, from the same notes on the formats.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipeline.intake.discover import discover, open_captures
from pipeline.intake.formats import DATABASES, FORMATS
from pipeline.intake.read import read_object
from pipeline.model import RECORD_KIND, CaptureObject, Event, EventKind, Quarantined
from pipeline.sample import write_sample
from pipeline.sample.formats import SAMPLE_FORMATS

Place = tuple[str, str, int]

READERS: Mapping[str, frozenset[str]] = {
    "signal_export": frozenset(("signal-export", "signal-export-markdown")),
    "signal_desktop": frozenset(("signal-desktop",)),
    "sms_xml": frozenset(("sms-backup",)),
    "sms_ie": frozenset(("sms-ie",)),
    "slack": frozenset(("slack",)),
    "teams": frozenset(("teams",)),
    "email": frozenset(("eml", "mbox", "journal", "smarsh-manifest")),
    "rsmf": frozenset(("rsmf",)),
    "telegram": frozenset(("telegram",)),
    "imessage": frozenset(("imessage",)),
    "ufed": frozenset(("ufed",)),
}
"""The readers that a format of the sample needs, by their names."""

NOT_YET: frozenset[str] = frozenset()
"""Formats whose reader is not in the tables yet."""

LOOSE = (EventKind.CALL, EventKind.SYSTEM, EventKind.MEMBERSHIP, EventKind.ROOM_SETTINGS, EventKind.UNKNOWN,
         EventKind.LOCATION)  # fmt: skip
"""Kinds whose words are the reader's."""


@dataclass(frozen=True)
class Read:
    """What intake made of one format's captures, and what it should have made."""

    root: Path
    events: dict[Place, list[Event]]
    refused: list[Quarantined]
    objects: list[CaptureObject]

    def truth(self, table: str) -> list[dict[str, Any]]:
        lines = (self.root / f"truth/{table}.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(params=sorted(SAMPLE_FORMATS))
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Read:
    name: str = request.param
    known = {reader.NAME for reader in (*FORMATS, *DATABASES)}
    missing = READERS[name] - known
    if missing and name in NOT_YET:
        pytest.skip(f"no reader yet: {', '.join(sorted(missing))}")
    assert not missing, f"no reader in the tables: {', '.join(sorted(missing))}"
    return _read(name, str(tmp_path_factory.getbasetemp()))


@cache
def _read(name: str, base: str) -> Read:
    root = Path(base) / f"sample-{name}"
    write_sample(str(root), messages=400, seed=5, formats=[name])
    captures = open_captures(str(root))
    sources = captures.sources()
    events: dict[Place, list[Event]] = defaultdict(list)
    refused: list[Quarantined] = []
    objects: list[CaptureObject] = []
    for info in discover(captures.zone):
        with read_object(captures.zone, info, sources) as reading:
            for entry in reading:
                if isinstance(entry, Event):
                    events[entry.object_key, entry.member, entry.line].append(entry)
                else:
                    refused.append(entry)
            objects += reading.objects
    return Read(root, dict(events), refused, objects)


def places(row: Mapping[str, Any]) -> list[Place]:
    return [(seen["object"], seen["member"], seen["line"]) for seen in row["sightings"]]


def founding(events: list[Event]) -> list[Event]:
    return [event for event in events if RECORD_KIND[event.event_kind]]


def plain(text: str | None) -> str:
    return (text or "").replace("\u00a0", " ")


def test_every_entry_is_counted(read: Read) -> None:
    counts = json.loads((read.root / "truth/counts.json").read_bytes())
    assert all(row.lines == row.events + row.quarantined for row in read.objects)
    told = {(row["object"], row.get("member", ""), row["line"], row["reason"]) for row in read.truth("quarantined")}
    assert {(e.object_key, e.member, e.line, e.reason) for e in read.refused} == told
    expected: Counter[tuple[Place, str]] = Counter()
    for row in read.truth("messages"):
        expected.update((place, "record") for place in places(row))
    for row in read.truth("annotations"):
        expected.update((place, row["type"]) for place in places(row))
    found = Counter(
        (place, "record" if RECORD_KIND[event.event_kind] else event.event_kind.value)
        for place, events in read.events.items()
        for event in events
    )
    assert found == expected
    assert (sum(found.values()), len(read.refused)) == (counts["events"], counts["quarantined"])


def test_every_message_is_where_it_was_written(read: Read) -> None:
    for row in read.truth("messages"):
        for place in places(row):
            (event,) = founding(read.events[place])
            assert _same_kind(event, row), place
            assert event.source == row["platform"]
            assert event.ts_utc == _expected_time(event, row), place
            assert event.ts_source.value == row["time_source"], place
            if row["sender_names"] and row["kind"] != "system":
                assert {event.sender_id, event.sender_display} & set(row["sender_names"]), place


def test_every_text_is_what_was_said(read: Read) -> None:
    for row in read.truth("messages"):
        states = {plain(row["text"]), *(plain(version["text"]) for version in row["versions"])}
        for place in places(row):
            (event,) = founding(read.events[place])
            if event.event_kind not in LOOSE and not row.get("any_text"):
                assert plain(event.body) in states, place
            if row["deleted"] and not row["versions"] and row["text"] == "":
                assert "deleted" in event.flags, place
            for flag in row.get("flags", ()):
                assert flag in event.flags, place
            if "expires_utc" in row:
                assert event.expires_utc == row["expires_utc"], place


def test_every_wording_of_an_edit_is_told(read: Read) -> None:
    edits = [row for row in read.truth("annotations") if row["type"] == "edit"]
    for row in edits:
        for place in places(row):
            bodies = {event.body for event in read.events[place]}
            assert row["value"] in bodies, place


def test_attachments_carry_their_bytes_or_say_that_there_are_none(read: Read) -> None:
    captured = {row.sha256 for row in read.objects}
    for row in read.truth("messages"):
        for place in places(row):
            (event,) = founding(read.events[place])
            assert len(event.attachments) == len(row["attachments"]), place
            for attachment, told in zip(event.attachments, row["attachments"], strict=True):
                assert told["name"] in (attachment.name, attachment.path.rpartition("/")[2]), place
                if told["inside"]:
                    assert attachment.sha256 == told["sha256"], place
                elif told["sha256"]:
                    assert told["sha256"] in captured, place
                    assert attachment.path or attachment.sha256, place
                else:
                    assert not attachment.sha256, place


def test_one_message_has_one_id_and_no_other_has_it(read: Read) -> None:
    owner: dict[tuple[str, str], str] = {}
    for row in read.truth("messages"):
        found = {(event.source, event.vendor_id) for place in places(row) for event in founding(read.events[place])}
        for source, vendor_id in found:
            if vendor_id:
                assert owner.setdefault((source, vendor_id), row["truth_id"]) == row["truth_id"]
        if row.get("vendor_id"):
            assert {vendor_id for _, vendor_id in found} == {row["vendor_id"]}


def test_annotations_point_at_their_message(read: Read) -> None:
    vendor: dict[str, set[str]] = defaultdict(set)
    for row in read.truth("messages"):
        for place in places(row):
            vendor[row["truth_id"]] |= {event.vendor_id for event in founding(read.events[place])}
    for row in read.truth("annotations"):
        if row["type"] == "directory":
            continue
        for place in places(row):
            targets = {e.target_id for e in read.events[place] if e.event_kind.value == row["type"]}
            assert targets & vendor[row["target"]], place


def test_conversations_keep_apart_and_together(read: Read) -> None:
    inside: dict[str, set[str]] = defaultdict(set)
    for row in read.truth("messages"):
        for place in places(row):
            inside[row["conversation"]] |= {event.conversation_id for event in founding(read.events[place])}
    assert all(len(found) == 1 for found in inside.values()), {k: v for k, v in inside.items() if len(v) > 1}
    assert len(set().union(*inside.values())) == len(inside)


def test_secrets_are_taken_out_and_named(read: Read) -> None:
    told = "\n".join(
        event.attributes + (event.body or "") + "".join(a.name + a.path for a in event.attachments)
        for events in read.events.values()
        for event in events
    )
    named = {name for events in read.events.values() for event in events for name in event.stripped}
    for row in read.truth("secrets"):
        assert row["literal"] not in told
        assert any(name.endswith(row["name"].rpartition(".")[2]) for name in named), row["name"]


def _same_kind(event: Event, row: Mapping[str, Any]) -> bool:
    """A message with a file is a `file` in most formats; a mail with one stays a message."""
    found = RECORD_KIND[event.event_kind]
    return found == row["kind"] or (bool(event.attachments) and {found, row["kind"]} == {"message", "file"})


def _expected_time(event: Event, row: Mapping[str, Any]) -> int:
    """To the second where this place shows no more."""
    sent: int = row["sent_utc"]
    return sent if event.ts_utc == sent else sent // 1_000_000 * 1_000_000
