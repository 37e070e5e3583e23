"""The formats beside Wickr and WhatsApp: each is deterministic, complete, told in the truth, and folds as it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner

from pipeline.cli import command
from pipeline.errors import UsageError
from pipeline.intake.formats import DATABASES, FORMATS
from pipeline.intake.read import read_object
from pipeline.intake.sources import Sources, load_sources
from pipeline.job import Job
from pipeline.model import Event
from pipeline.plan import open_run
from pipeline.run import intake, resolve, shards
from pipeline.sample import ALL_FORMATS, write_sample
from pipeline.sample.bulk import BULK
from pipeline.sample.formats import SAMPLE_FORMATS
from pipeline.sample.week import FIRST_DAY
from pipeline.storage import FolderZone
from tests.pipeline.intake.test_sample_formats import NOT_YET, READERS
from tests.pipeline.test_sample import digests, rows

TRAPS = ("ok\nok", "1. agua\n\n2. pilas", "]]> and {x: [1, 2]}", "&amp; stays", "يوسف", "张伟民", "👨‍👩‍👧")
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("formats")
    write_sample(str(out), messages=200, seed=4, formats=tuple(SAMPLE_FORMATS))
    return out


def files(root: Path) -> list[str]:
    captures = root / "captures"
    return sorted(path.relative_to(captures).as_posix() for path in captures.rglob("*") if path.is_file())


def test_all_formats_have_the_same_bytes_whatever_the_hash_seed_and_the_zone(tmp_path: Path) -> None:
    code = (
        "import sys; from pipeline.sample import ALL_FORMATS, write_sample;"
        "write_sample(sys.argv[1], messages=200, seed=9, formats=ALL_FORMATS)"
    )
    for name, hash_seed in (("one", "1"), ("two", "4242")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo" if name == "two" else "UTC"}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], cwd=REPOSITORY, env=environment, check=True)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_without_a_choice_only_the_two_first_formats_are_written(tmp_path: Path) -> None:
    write_sample(str(tmp_path / "default"), messages=200)
    write_sample(str(tmp_path / "chosen"), messages=200, formats=("whatsapp", "wickr"))
    assert digests(tmp_path / "default") == digests(tmp_path / "chosen")
    assert "formats" not in json.loads((tmp_path / "default/archive.json").read_bytes())


@pytest.mark.parametrize("name", ["wickr", "whatsapp", "slack"])
def test_one_format_alone_writes_only_its_own_captures(name: str, archive: Path, tmp_path: Path) -> None:
    write_sample(str(tmp_path), messages=200, seed=4, formats=(name,))
    assert files(tmp_path)
    assert all(key.startswith(name) for key in files(tmp_path))
    together = {key: digest for key, digest in digests(archive / "captures").items() if key.startswith("slack/")}
    if name == "slack":
        assert digests(tmp_path / "captures") == together


def test_a_format_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="carrier-pigeon"):
        write_sample(str(tmp_path), formats=("carrier-pigeon",))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("messages", "share"), [(200, 60), (2000, 100)])
def test_each_format_has_its_share_of_real_messages(messages: int, share: int, tmp_path: Path) -> None:
    counts = write_sample(str(tmp_path), messages=messages, formats=("sms_ie", "rsmf", "imessage"))
    real = Counter(row["format"] for row in rows(tmp_path, "messages") if row["kind"] != "system")
    assert real == {"sms_ie": share, "rsmf": share, "imessage": share}
    assert counts["real_messages"] == 3 * share


def test_progress_ends_at_the_sum_of_all_shares(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_sample(
        str(tmp_path),
        messages=200,
        formats=("whatsapp", "slack", "sms_xml"),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == sorted(seen)
    assert seen[-1] == (180, 180)


def test_every_object_has_a_source_and_every_source_an_object(archive: Path) -> None:
    sources = yaml.safe_load((archive / "sources.yml").read_text("utf-8"))["sources"]
    prefixes = [source["prefix"] for source in sources]
    assert len(set(prefixes)) == len(prefixes)
    for key in files(archive):
        assert any(key.startswith(prefix) for prefix in prefixes), key
    for prefix in prefixes:
        assert any(key.startswith(prefix) for key in files(archive)), prefix
    assert load_sources(archive / "sources.yml")


def test_the_truth_counts_every_place_once(archive: Path) -> None:
    counts = json.loads((archive / "truth/counts.json").read_bytes())
    tables = [rows(archive, name) for name in ("messages", "annotations")]
    sighted = sum(len(row["sightings"]) for table in tables for row in table)
    assert counts["lines"] == sighted + len(rows(archive, "quarantined"))
    assert sum(found["lines"] for found in counts["by_platform"].values()) == counts["lines"]
    ids = [row["truth_id"] for row in tables[0]]
    assert len(set(ids)) == len(ids) == counts["records"]
    assert all(row["sightings"] for row in tables[0])


def test_every_place_of_the_truth_exists(archive: Path) -> None:
    known = set(files(archive))
    members: dict[str, set[str]] = {}
    for row in rows(archive, "messages"):
        for place in row["sightings"]:
            assert place["object"] in known
            if place["member"]:
                path = archive / "captures" / place["object"]
                inside = members.setdefault(place["object"], set(zipfile.ZipFile(path).namelist()))
                assert place["member"].partition("!/")[0] in inside


def test_spans_lie_where_they_say(archive: Path) -> None:
    by_id = {row["truth_id"]: row for row in rows(archive, "messages")}
    bodies = 0
    for span in rows(archive, "spans"):
        row = by_id[span["truth_id"]]
        if span["place"] in ("body", "link", "quote"):
            first = row["versions"][0]["text"] if row["versions"] else row["text"]
            assert first[span["start"] : span["end"]] == span["literal"]
            bodies += 1
    assert bodies > 100


def test_a_chat_captured_twice_is_sighted_twice(archive: Path) -> None:
    twice = Counter(row["format"] for row in rows(archive, "messages") if len(row["sightings"]) > 1)
    assert set(twice) == set(SAMPLE_FORMATS)


@pytest.mark.parametrize("name", ["signal_export", "imessage", "rsmf", "telegram"])
def test_local_times_show_the_doubled_hour(name: str, archive: Path) -> None:
    said = [row for row in rows(archive, "messages") if row["format"] == name and "still quiet" in row["text"]]
    assert {row["time_source"] for row in said} == {"zone-from-config"}
    assert sorted(row["sent_utc"] for row in said) == [row["sent_utc"] for row in said]
    assert len(said) == 4
    assert FIRST_DAY.isoformat() == "2026-10-26"


def test_the_texts_hold_every_trap(archive: Path) -> None:
    for name in SAMPLE_FORMATS:
        texts = "\n".join(row["text"] for row in rows(archive, "messages") if row["format"] == name)
        for piece in (
            "ok\nok",
            "1. agua\n\n2. pilas",
            "]]> and {x: [1, 2]}",
            "&amp; stays",
            "يوسف",
            "张伟民",
            "👨‍👩‍👧",
        ):
            assert piece in texts, (name, piece)


def test_memory_holds_one_chat_at_a_time(tmp_path: Path) -> None:
    peaks = []
    for size in (20_000, 100_000):
        tracemalloc.start()
        write_sample(str(tmp_path / str(size)), messages=size, formats=("signal_export",))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 6 * peaks[0]


@pytest.mark.parametrize("name", sorted(BULK))
def test_a_large_file_has_about_the_size_that_was_asked_for(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bulk"
    made = [BULK[name](path, 3_000_000, 7)]
    size, first = path.stat().st_size, path.read_bytes()
    path.unlink()
    made.append(BULK[name](path, 3_000_000, 7))
    assert 2_400_000 < size < 6_000_000
    assert made[0] == made[1] > 1000
    assert path.read_bytes() == first
    assert set(BULK) == set(SAMPLE_FORMATS)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SAMPLE_FORMATS))
def test_resolve_makes_the_records_of_the_truth(name: str, tmp_path: Path) -> None:
    must_have_readers(name)
    write_sample(str(tmp_path / "sample"), messages=200, seed=4, formats=(name,))
    places: dict[str, Any] = {name: str(tmp_path / name) for name in ("lake", "transfer")}
    run = open_run(Job(captures=str(tmp_path / "sample"), product="request", **places))
    for shard in shards(run):
        intake(run, shard)
    resolve(run)
    found = _records(Path(run.removeprefix("file://")))
    for row in rows(tmp_path / "sample", "messages"):
        copies = frozenset((s["object"], s["member"], s["line"]) for s in row["sightings"])
        assert copies in found, row["truth_id"]
        if row["kind"] in ("message", "file"):
            assert (found[copies]["body"] or "").replace("\u00a0", " ") == row["text"], row["truth_id"]
    assert len(found) == len(rows(tmp_path / "sample", "messages"))


def _records(run: Path) -> dict[frozenset[tuple[str, str, int]], Any]:
    """Records by the places where they were seen."""
    made = {}
    for part in sorted((run / "resolve/records").glob("*.parquet")):
        for row in pq.read_table(part, columns=["record_id", "body", "sightings"]).to_pylist():
            places = frozenset((s["object_key"], s["member"], s["line"]) for s in row["sightings"])
            made[places] = row
    return made


@pytest.mark.parametrize("name", sorted(BULK))
def test_a_large_file_is_read_whole(name: str, tmp_path: Path) -> None:
    must_have_readers(name)
    told = BULK[name](tmp_path / "bulk", 400_000, 7)
    zone = FolderZone(tmp_path)
    (info,) = zone.iter_objects()
    with read_object(zone, info, Sources(), timezone="America/New_York") as reading:
        kinds = Counter(type(entry) for entry in reading)
    assert kinds == {Event: told}


def must_have_readers(name: str) -> None:
    missing = READERS[name] - {reader.NAME for reader in (*FORMATS, *DATABASES)}
    if missing and name in NOT_YET:
        pytest.skip(f"no reader yet: {', '.join(sorted(missing))}")
    assert not missing, f"no reader in the tables: {', '.join(sorted(missing))}"


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ((), ("wickr", "whatsapp")),
        (("sms_ie",), ("sms_ie",)),
        (("wickr", "all"), ALL_FORMATS),
        (("teams", "email"), ("teams", "email")),
    ],
)
def test_the_command_line_chooses_formats(asked: tuple[str, ...], written: tuple[str, ...], tmp_path: Path) -> None:
    options = [word for name in asked for word in ("--format", name)]
    done = CliRunner().invoke(command, ["sample", "--out", str(tmp_path), "--messages", "200", *options])
    assert done.exit_code == 0, done.output
    document = json.loads((tmp_path / "archive.json").read_bytes())
    assert tuple(document.get("formats", ("wickr", "whatsapp"))) == written
    assert len(ALL_FORMATS) == 13
