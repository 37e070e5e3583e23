from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import StorageError, UsageError
from pipeline.intake.parse import parse_paths
from tests.pipeline.intake.intaking import DATA, a_line, a_zip

CHAT = b"2/25/26, 9:00 AM - Ana: one\ntwo\n"


def parsed(*paths: Path, tz: str = "") -> tuple[Any, list[dict[str, Any]], list[dict[str, Any]]]:
    out, err = io.StringIO(), io.StringIO()
    counts = parse_paths(list(paths), tz, out, err)
    events, refused = ([json.loads(line) for line in text.getvalue().splitlines()] for text in (out, err))
    assert (counts.lines, counts.events, counts.quarantined) == (len(events) + len(refused), len(events), len(refused))
    return counts, events, refused


def test_events_and_quarantined_lines(tmp_path: Path) -> None:
    path = tmp_path / "29250340"
    path.write_bytes(a_line() + b'\n{"a":\n')
    _, [event], [refused] = parsed(path)
    assert event["event_kind"] == "message" and event["body"] == "hello"
    assert (event["ts_utc"], event["time"]) == (1691176258_901277, "2023-08-04T19:10:58.901277Z")
    assert event["raw_locator"]["object"] == "29250340" and event["raw_locator"]["line"] == 1
    assert event["target_event_id"] == "" and event["attributes"] == {"msgtype": 1000}
    assert (refused["quarantined"], refused["raw_locator"]["line"]) == ("invalid-json", 2)


@pytest.mark.parametrize(
    ("tz", "time", "source"),
    [
        ("", "2026-02-25T09:00:00.000000", "unknown"),
        ("America/Chicago", "2026-02-25T15:00:00.000000Z", "zone-from-config"),
    ],
)
def test_a_time_has_a_zone_only_when_it_is_known(tmp_path: Path, tz: str, time: str, source: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(CHAT)
    _, [event], _ = parsed(path, tz=tz)
    assert (event["time"], event["ts_source"], event["body"]) == (time, source, "one\ntwo")


def test_folders_are_read_in_the_order_of_their_keys(tmp_path: Path) -> None:
    for name in ("b", "a/c", "a/b"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(a_line() + b"\n")
    _, events, _ = parsed(tmp_path)
    assert [event["raw_locator"]["object"] for event in events] == ["a/b", "a/c", "b"]


def test_a_folder_with_a_descriptor_brings_its_sources(tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    (tmp_path / "captures/x").write_bytes(a_line() + b"\n")
    (tmp_path / "sources.yml").write_text("sources: [{prefix: x, custodian: network, account: official}]")
    (tmp_path / "archive.json").write_text('{"captures": "captures/", "sources": "sources.yml"}')
    _, [event], refused = parsed(tmp_path)
    assert event["custodian"] == "network" and refused == []


def test_bad_arguments(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        parsed(tmp_path, tz="Mars/Base")
    with pytest.raises(StorageError):
        parsed(tmp_path / "none")


def test_the_documented_samples_give_one_event_per_line() -> None:
    folder = DATA / "wickr_doc_samples"
    if not folder.is_dir():
        pytest.skip("the documented samples are not beside this checkout")
    counts, events, _ = parsed(folder)
    assert (counts.lines, counts.events) == (36, 36)
    assert "unknown" not in {event["event_kind"] for event in events}


def test_no_text_of_a_message_reaches_the_quarantine_lines(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(a_line(message="Jane Roe")[:-1] + b"\n" + a_line(message="Jane Roe", msgtype=None) + b"\n")
    out, err = io.StringIO(), io.StringIO()
    parse_paths([path], "", out, err)
    assert "Jane" not in err.getvalue() and err.getvalue().count("\n") == 2


def test_the_report_counts_every_object_and_member(tmp_path: Path) -> None:
    (tmp_path / "29250340").write_bytes(a_line() + b'\n{"a":\n')
    (tmp_path / "=chats.zip").write_bytes(a_zip({"a/_chat.txt": CHAT, "b.jpg": b"\xff\xd8\xff\xe0"}))
    report = io.StringIO()
    counts = parse_paths([tmp_path], "", io.StringIO(), io.StringIO(), report)
    rows = list(csv.DictReader(io.StringIO(report.getvalue())))
    assert [(row["object"], row["member"], row["format"], row["lines"]) for row in rows] == [
        ("29250340", "", "wickr-jsonl", "2"),
        ("'=chats.zip", "", "archive", "0"),
        ("'=chats.zip", "a/_chat.txt", "whatsapp", "1"),
        ("'=chats.zip", "b.jpg", "attachment", "0"),
    ]
    assert all(int(row["lines"]) == int(row["events"]) + int(row["quarantined"]) for row in rows)
    assert sum(int(row["lines"]) for row in rows) == counts.lines == 3
