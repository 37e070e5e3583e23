"""The sample archive knows the truth about every line it wrote; intake must find the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.intake.discover import discover, open_captures
from pipeline.intake.read import read_object
from pipeline.intake.sources import Sources
from pipeline.model import RECORD_KIND, Event, EventKind
from pipeline.sample import write_sample

Place = tuple[str, str, int]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    write_sample(str(root), messages=400, seed=3)
    return root


@pytest.fixture(scope="module")
def read(archive: Path) -> tuple[dict[Place, Event], dict[Place, str]]:
    captures = open_captures(str(archive))
    sources = captures.sources()
    events: dict[Place, Event] = {}
    refused: dict[Place, str] = {}
    for info in discover(captures.zone):
        for entry in read_object(captures.zone, info, sources):
            place = (entry.object_key, entry.member, entry.line)
            if isinstance(entry, Event):
                events[place] = entry
            else:
                refused[place] = entry.reason
    return events, refused


def truth(archive: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (archive / f"truth/{name}.jsonl").read_text().splitlines()]


def places(row: dict[str, Any]) -> list[Place]:
    return [(seen["object"], seen["member"], seen["line"]) for seen in row["sightings"]]


def test_every_line_is_accounted_for(archive: Path, read: Any) -> None:
    events, refused = read
    counts = json.loads((archive / "truth/counts.json").read_text())
    assert (len(events), len(refused)) == (counts["events"], counts["quarantined"])
    assert {(obj, line) for obj, _, line in refused} == {
        (r["object"], r["line"]) for r in truth(archive, "quarantined")
    }


def test_every_message_is_found_where_it_was_written(archive: Path, read: Any) -> None:
    events, _ = read
    for row in truth(archive, "messages"):
        for place in places(row):
            event = events[place]
            if event.event_kind == EventKind.EDIT:
                continue  # stands in for a message that nothing captured
            assert RECORD_KIND[event.event_kind] == row["kind"], place
            if row["platform"] == "wickr":
                assert (event.vendor_id, event.ts_utc) == (row["vendor_id"], row["sent_utc"])
            else:
                assert 0 <= row["sent_utc"] - (event.ts_utc or 0) < 60_000_000
            states = [version["text"] for version in row["versions"]] or [row["text"]]
            plain = event.subkind == "" and "deleted" not in event.flags and event.event_kind == EventKind.MESSAGE
            assert not plain or event.body in states


def test_annotations_and_secrets(archive: Path, read: Any) -> None:
    events, _ = read
    for row in truth(archive, "annotations"):
        for place in places(row):
            assert events[place].event_kind.value == row["type"]
    told = "\n".join(event.attributes + (event.body or "") for event in events.values())
    secrets = truth(archive, "secrets")
    assert secrets and not [row["name"] for row in secrets if row["literal"] in told]
    assert {row["name"] for row in secrets} <= {name for event in events.values() for name in event.stripped}


def test_attachments_are_found(archive: Path) -> None:
    captures = open_captures(str(archive))
    rows = []
    for info in discover(captures.zone):
        reading = read_object(captures.zone, info, Sources())
        for _ in reading:
            pass
        rows += [row for row in reading.objects if row.format == "attachment"]
    assert {"image/jpeg", "application/pdf", "text/vcard"} <= {row.mime for row in rows}
    assert all(row.path_hint for row in rows if not row.object_key.startswith("whatsapp/") or row.member)
