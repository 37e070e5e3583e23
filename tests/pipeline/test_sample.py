"""The sample archive is deterministic, its truth is true, and every trap is in even the smallest one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import UsageError
from pipeline.model import EventKind
from pipeline.sample import write_sample
from pipeline.storage import open_zone

GREGORIAN = 0x01B21DD213814000
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    write_sample(str(out), messages=1200, seed=3)
    return out


@pytest.fixture(scope="module")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("smallest")
    write_sample(str(out), messages=200)
    return out


def rows(archive: Path, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (archive / "truth" / f"{table}.jsonl").read_text("utf-8").splitlines()]


def content(archive: Path, key: str, member: str = "") -> bytes:
    data = (archive / "captures" / key).read_bytes()
    return zipfile.ZipFile(io.BytesIO(data)).read(member) if member else data


def line_at(archive: Path, place: dict[str, Any]) -> bytes:
    return content(archive, place["object"], place["member"]).split(b"\n")[place["line"] - 1]


def wickr_lines(archive: Path) -> Iterator[tuple[str, int, bytes]]:
    captures = archive / "captures"
    for path in sorted(captures.rglob("*")):
        key = path.relative_to(captures).as_posix()
        if not path.is_file() or not key.startswith("wickr") or key.endswith((".bin", ".metadata.json")):
            continue
        sidecar = path.with_name(path.name + ".metadata.json")
        if sidecar.exists() and json.loads(sidecar.read_bytes())["wickrio-type"] == "file":
            continue
        for number, line in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
            if line.strip():
                yield key, number, line


def entries(archive: Path) -> list[dict[str, Any]]:
    bad = {(row["object"], row["line"]) for row in rows(archive, "quarantined")}
    return [json.loads(line) for key, number, line in wickr_lines(archive) if (key, number) not in bad]


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    code = "import sys; from pipeline.sample import write_sample; write_sample(sys.argv[1], messages=230, seed=9)"
    for name, hash_seed in (("one", "1"), ("two", "4242")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo" if name == "two" else "UTC"}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], cwd=REPOSITORY, env=environment, check=True)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_gives_another_archive(smallest: Path, tmp_path: Path) -> None:
    write_sample(str(tmp_path), messages=200, seed=2)
    assert digests(tmp_path)["truth/messages.jsonl"] != digests(smallest)["truth/messages.jsonl"]


@pytest.mark.parametrize("size", [200, 201, 777])
def test_the_size_is_the_number_of_distinct_real_messages(size: int, tmp_path: Path) -> None:
    write_sample(str(tmp_path), messages=size)
    real = [r for r in rows(tmp_path, "messages") if r["kind"] in ("message", "file", "call", "location")]
    assert len([r for r in real if not r.get("stand_in")]) == size
    assert len({r["truth_id"] for r in real}) == len(real)


@pytest.mark.parametrize("size", [199, 10_000_001])
def test_a_size_out_of_bounds_is_a_usage_error(size: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_sample(str(tmp_path), messages=size)
    assert not list(tmp_path.iterdir())


def test_progress_ends_at_the_size(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_sample(str(tmp_path), messages=200, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (200, 200)


def test_every_wickr_line_has_exactly_one_place_in_the_truth(archive: Path) -> None:
    told = Counter(
        (place["object"], place["line"])
        for table in ("messages", "annotations")
        for row in rows(archive, table)
        for place in row["sightings"]
        if place["object"].startswith("wickr") and not row.get("stand_in")
    )
    told.update((row["object"], row["line"]) for row in rows(archive, "quarantined"))
    assert told == Counter((key, number) for key, number, _ in wickr_lines(archive))


def test_a_wickr_sighting_shows_that_message(archive: Path) -> None:
    for row in rows(archive, "messages"):
        if row["platform"] != "wickr" or row.get("stand_in"):
            continue
        for place in row["sightings"]:
            entry = json.loads(line_at(archive, place).removeprefix(b"\xef\xbb\xbf"))
            assert entry.get("message_id", entry.get("id")) == row["vendor_id"]
            assert entry["vgroupid"] == row["vendor_conversation"]
            if row["kind"] == "message":
                first = row["versions"][0]["text"] if row["versions"] else row["text"]
                assert entry["message"] == first


def test_a_whatsapp_sighting_shows_that_message(archive: Path) -> None:
    seen = 0
    for row in rows(archive, "messages"):
        if row["platform"] != "whatsapp" or row["kind"] != "message" or row["deleted"] or row["subkind"]:
            continue
        for place in row["sightings"]:
            assert row["text"].split("\n")[0].encode() in line_at(archive, place)
            seen += 1
    assert seen > 100


def test_counts_equal_what_lies_in_the_archive(archive: Path) -> None:
    counts = json.loads((archive / "truth/counts.json").read_bytes())
    messages = rows(archive, "messages")
    assert counts["by_platform"]["wickr"]["lines"] == sum(1 for _ in wickr_lines(archive))
    assert counts["quarantined"] == len(rows(archive, "quarantined"))
    assert counts["records"] == len(messages)
    assert counts["messages"] == sum(len(row["sightings"]) for row in messages)
    assert counts["messages"] == counts["records"] + counts["folded"]
    assert counts["lines"] == counts["events"] + counts["quarantined"]
    whatsapp = [place for row in messages if row["platform"] == "whatsapp" for place in row["sightings"]]
    assert counts["by_platform"]["whatsapp"]["lines"] == len({json.dumps(place) for place in whatsapp})


def test_a_stand_in_is_the_earliest_orphan_edit_and_sighted_once(archive: Path) -> None:
    stand_ins = [row for row in rows(archive, "messages") if row.get("stand_in")]
    orphans = [row for row in rows(archive, "annotations") if row["type"] == "edit" and row["removed_target"]]
    assert stand_ins
    for row in stand_ins:
        edits = [edit for edit in orphans if edit["removed_target"] == row["truth_id"]]
        assert [row["sightings"]] == [min(edits, key=lambda edit: edit["at_utc"])["sightings"]]
        assert len(row["sightings"]) == 1


def test_quarantined_lines_cannot_be_read(archive: Path) -> None:
    bad = rows(archive, "quarantined")
    assert bad
    for row in bad:
        lines = content(archive, row["object"]).split(b"\n")
        assert len(lines) == row["line"], "a cut line is the last one of its object"
        with pytest.raises(json.JSONDecodeError):
            json.loads(lines[-1])


def test_what_was_removed_is_in_no_capture(archive: Path) -> None:
    found = {entry.get("message_id", entry.get("id")) for entry in entries(archive)}
    removed = rows(archive, "removed")
    assert {"bot-outage", "expired", "burn-on-read", "recalled-before-capture", "truncated"} <= {
        row["reason"] for row in removed
    }
    assert not found & {row["vendor_id"] for row in removed if row["platform"] == "wickr"}


def test_an_annotation_names_its_target(archive: Path) -> None:
    vendor = {row["truth_id"]: row.get("vendor_id") for row in rows(archive, "messages") + rows(archive, "removed")}
    kinds = Counter()
    for row in rows(archive, "annotations"):
        kinds[row["type"]] += 1
        entry = json.loads(line_at(archive, row["sightings"][0]).removeprefix(b"\xef\xbb\xbf"))
        target = vendor[row["target"] or row["removed_target"]]
        control = entry.get("control", {})
        named = entry.get("edit", {}).get("originalmessageid") or control.get("msgid") or control.get("message_id")
        assert named == (None if row["type"] == "read_receipt" else target)
    assert set(kinds) == {"edit", "reaction", "recall", "delete", "read_receipt"}
    assert set(kinds) <= {str(kind) for kind in EventKind}


@pytest.mark.parametrize("where", ["archive", "smallest"])
def test_every_message_type_and_trap_is_there(where: str, request: pytest.FixtureRequest) -> None:
    lines = entries(request.getfixturevalue(where))
    types = {entry["msgtype"] for entry in lines}
    expected = {1000, 3000, *range(4001, 4006), *range(4011, 4016), 6000, 7000, 8000, 9000, 9100, 9200, 9300}
    assert types == expected
    edits = [entry for entry in lines if entry["msgtype"] == 9000]
    assert {entry["edit"]["type"] for entry in edits} == {"location", "text", "edit_content", "reaction"}
    assert any("linkimagemeta" in entry["edit"] and "content_edited" not in entry for entry in edits)
    assert {entry["call"]["status"] for entry in lines if entry["msgtype"] == 7000} == {0, 1, 2, 3}
    recalls = [entry["control"] for entry in lines if entry["msgtype"] == 4011]
    assert {(c["isrecall"], "msgid" in c) for c in recalls} == {(a, b) for a in (True, False) for b in (True, False)}
    assert {bool(entry.get("control")) for entry in lines if entry["msgtype"] == 4003} == {True, False}
    assert {entry["edit"]["reactAdded"] for entry in lines if entry["msgtype"] == 9100} == {True, False}
    assert {entry["keyverify"]["msgtype"] for entry in lines if entry["msgtype"] == 3000} == {1, 2, 3, 4, 5}
    files = [entry["file"] for entry in lines if entry["msgtype"] == 6000]
    assert any(file.get("isvoicememo") for file in files) and any(file.get("isscreenshot") for file in files)
    assert any("id" in entry for entry in lines) and any("message_id" in entry for entry in lines)
    assert any(len(entry["msg_ts"].partition(".")[2]) < 6 for entry in lines)
    assert {entry["vgroupid"][0] for entry in lines} >= {"S", "G"}
    assert any("bor" in entry for entry in lines)
    assert any("key" in entry.get("control", {}).get("filevaultinfo", {}) for entry in lines)


def test_message_ids_carry_the_send_time(archive: Path) -> None:
    for entry in entries(archive):
        identity = entry.get("message_id", entry.get("id"))
        seconds, _, fraction = entry["msg_ts"].partition(".")
        low, mid, high = identity[:8], identity[8:12], identity[12:16]
        assert high[0] == "1"
        ticks = int(high[1:] + mid + low, 16) - GREGORIAN
        assert ticks // 10 == int(seconds) * 1_000_000 + int(fraction)


def test_only_direct_messages_name_a_receiver(archive: Path) -> None:
    for entry in entries(archive):
        assert ("receiver" in entry) == (entry["vgroupid"][0] not in "SG")


def test_both_layouts_hold_most_messages_of_the_overlap_with_the_same_time(archive: Path) -> None:
    twice = [
        [line_at(archive, place) for place in row["sightings"]]
        for row in rows(archive, "messages")
        if row["platform"] == "wickr" and {p["object"].split("/")[0] for p in row["sightings"]} > {"wickr-bot"}
    ]
    assert len(twice) > 100
    for lines in twice:
        values = [json.loads(line.removeprefix(b"\xef\xbb\xbf")) for line in lines]
        stamps = {tuple(int(part) for part in value["msg_ts"].split(".")) for value in values}
        assert len(stamps) == 1
        assert {"ttl" in value for value in values} == {True, False}


def test_a_line_is_repeated_after_a_restart(archive: Path) -> None:
    repeated = [
        row
        for row in rows(archive, "messages") + rows(archive, "annotations")
        if len({p["object"] for p in row["sightings"] if p["object"].startswith("wickr-bot")}) == 2
    ]
    assert repeated
    for row in repeated:
        lines = [line_at(archive, p) for p in row["sightings"] if p["object"].startswith("wickr-bot")]
        assert len(set(lines)) == 1


def test_delivery_order_is_not_always_send_order(archive: Path) -> None:
    sent = [
        json.loads(line)["msg_ts"].partition(".")[0] for key, _, line in wickr_lines(archive) if line.endswith(b"}")
    ]
    assert sent != sorted(sent)


def test_attachments_carry_metadata_that_joins_them_to_their_message(archive: Path) -> None:
    zone = open_zone(str(archive / "captures"))
    paths = {}
    for item in zone.iter_objects("wickr-bot/"):
        blob = zone.get(item.key)
        with blob.stream:
            if blob.metadata["wickrio-type"] == "file":
                paths[blob.metadata["wickrio-file-path"].rpartition("/")[2]] = item.key
    assert all(key.rpartition("/")[2].isdigit() for key in paths.values())
    absent = {row["vendor_id"] for row in rows(archive, "messages") if row.get("attachment", {}).get("absent")}
    assert absent
    for entry in entries(archive):
        if entry["msgtype"] == 6000 and not entry["file"]["localfilename"].startswith("compliance-output"):
            name = entry["file"]["localfilename"].rpartition("/")[2]
            assert (name in paths) == (entry.get("message_id", entry.get("id")) not in absent)


def test_memory_does_not_grow_with_the_size(tmp_path: Path) -> None:
    peaks = []
    for size in (1_000, 6_000):
        tracemalloc.start()
        write_sample(str(tmp_path / str(size)), messages=size)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2.5 * peaks[0]


def test_the_settings_say_where_everything_is(archive: Path) -> None:
    descriptor = json.loads((archive / "archive.json").read_bytes())
    assert descriptor["captures"] == "captures/" and descriptor["timezone"] == "America/New_York"
    sources = yaml.safe_load((archive / "sources.yml").read_text("utf-8"))["sources"]
    captures = archive / "captures"
    keys = [p.relative_to(captures).as_posix() for p in captures.rglob("*") if p.is_file()]
    for source in sources:
        assert any(key.startswith(source["prefix"]) for key in keys)
    assert all(any(key.startswith(source["prefix"]) for source in sources) for key in keys)
