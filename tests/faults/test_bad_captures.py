"""Damaged capture objects: each ends in a quarantined entry or an event, the rest goes on, and nothing is quoted."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.bundle.verify import verify_bundle
from pipeline.errors import StorageError
from pipeline.intake.formats import FORMATS
from pipeline.run import ledger_folder, run_job
from tests.faults.archives import CANARY, CHAT, NOW, a_job, a_line, a_zip, an_archive

BAD = {"message": CANARY + "Z"}
"""A damaged line's text; the Z is where the damage goes in."""


def damaged(number: int, damage: bytes) -> bytes:
    return a_line(number, **BAD).replace(b"wordZ", b"word" + damage)


CASES: dict[str, tuple[str, bytes, int, list[str]]] = {
    # what is wrong: key, content, events that come out of it, reasons of the entries that do not
    "truncated JSON": ("wickr-bot/10", a_line(10) + a_line(11, **BAD)[:90], 1, ["truncated-line"]),
    "broken JSON amid lines": (
        "wickr-bot/12",
        a_line(12) + b'{"message":"canaryword,\n' + a_line(13),
        2,
        ["invalid-json"],
    ),
    "a byte order mark": ("wickr-bot/14", b"\xef\xbb\xbf" + a_line(14), 1, []),
    "CRLF": ("wickr-bot/15", (a_line(15) + a_line(16)).replace(b"\n", b"\r\n"), 2, []),
    "invalid UTF-8": ("wickr-bot/17", a_line(17) + damaged(18, b"\xff"), 1, ["invalid-utf8"]),
    "a surrogate in UTF-8": ("wickr-bot/19", a_line(19) + damaged(20, b"\xed\xa0\x80"), 1, ["invalid-utf8"]),
    "a lone surrogate as an escape": ("wickr-bot/21", a_line(21, message="half \ud83d of a sign"), 1, []),
    "NaN": ("wickr-bot/22", a_line(22) + a_line(23, **BAD, ttl=float("nan")), 1, ["invalid-json"]),
    "an integer nobody can hold": (
        "wickr-bot/24",
        a_line(24) + a_line(25, **BAD, ttl=10**30),
        1,
        ["number-out-of-range"],
    ),
    "a NUL byte": ("wickr-bot/26", a_line(26) + damaged(27, b"\0"), 1, ["nul-bytes"]),
    "every control character": (
        "wickr-bot/28",
        a_line(28, message="".join(map(chr, range(32)))),
        1,
        [],
    ),
    "nested 3,000 deep": (
        "wickr-bot/29",
        a_line(29) + b'{"a":' + b"[" * 3000 + b"]" * 3000 + b"}\n",
        1,
        ["too-deep"],
    ),
    "an unknown msgtype": ("wickr-bot/30", a_line(30, msgtype=7777), 1, []),
    "no message id": ("wickr-bot/31", a_line(31, message_id=None), 1, []),
    "no conversation": ("wickr-bot/32", a_line(32, vgroupid=None), 1, []),
    "no sender": ("wickr-bot/33", a_line(33, sender=None), 1, []),
    "no time": ("wickr-bot/34", a_line(34, msg_ts=None), 1, []),
    "a time beyond the calendar": ("wickr-bot/35", a_line(35, msg_ts="253402300800.5"), 1, []),
    "a time before the calendar": ("wickr-bot/36", a_line(36, msg_ts="-99999999999999.5"), 1, []),
    "nothing known": ("wickr-bot/37", a_line(37) + b'{"canaryword":1}\n', 1, ["missing-type"]),
    "an empty object": ("wickr-bot/38", a_line(38) + b"{}\n", 1, ["empty-object"]),
    "no object": ("wickr-bot/39", a_line(39) + b'17\n"canaryword"\nnull\n', 1, ["not-an-object"] * 3),
    "types that do not fit": (
        "wickr-bot/40",
        a_line(40, message=[1], sender={"a": 1}, vgroupid=7, msg_ts=[], message_id=4),
        1,
        [],
    ),
    "markup and format signs": ("wickr-bot/41", a_line(41, message="<b>&amp; <para> </font> \u202e {x} %s"), 1, []),
    "no bytes at all": ("wickr-bot/42", b"", 0, ["empty-file"]),
    "some other text": ("wickr-bot/43", b"hello there canaryword\n", 0, ["unknown-format"]),
    "a name with a newline": ("wickr-bot/44\n<b>44", a_line(44), 1, []),
    "a zip that expands 1000-fold": (
        "whatsapp/ana/bomb.zip",
        a_zip({"_chat.txt": CHAT, "canaryword.txt": b"0" * 8_000_000}),
        2,
        ["zip-ratio"],
    ),
    "paths that climb out": (
        "whatsapp/ana/climb.zip",
        a_zip({"../../escaped.txt": CHAT, "/escaped.txt": CHAT, "c:\\escaped.txt": CHAT, "_chat.txt": CHAT}),
        2,
        ["zip-path"] * 3,
    ),
    "a zip cut short": ("whatsapp/ana/cut.zip", a_zip({"_chat.txt": CHAT})[:-30], 0, ["zip-broken"]),
}


@dataclass(frozen=True)
class Finished:
    """A job over all cases at once, and all that it said."""

    root: Path
    summary: dict[str, Any]
    said: str
    bundle: Path
    rows: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    root = tmp_path_factory.mktemp("bad")
    archive = an_archive(root / "in/archive", {key: content for key, content, _, _ in CASES.values()})
    attached = archive / "captures/wickr-bot/99"
    attached.write_bytes(b"\x89PNG\r\n\x1a\n")
    sidecar = {"wickrio-type": "file", "wickrio-file-path": "../../../../escaped.png"}
    attached.with_name("99.metadata.json").write_text(json.dumps(sidecar))
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("pipeline").addHandler(handler)
    logging.getLogger("pipeline").setLevel(logging.DEBUG)
    summary = run_job(a_job(archive, root / "in/out"), now_utc=NOW, workers=1)
    logging.getLogger("pipeline").removeHandler(handler)
    logging.getLogger("pipeline").setLevel(logging.NOTSET)
    run = Path(summary["run"].removeprefix("file://"))
    rows = {table: taken_in(run, table) for table in ("objects", "events", "quarantine")}
    yield Finished(root, summary, "\n".join(lines), root / "in/out" / summary["bundle_id"], rows)


def taken_in(run: Path, table: str) -> list[dict[str, Any]]:
    parts = sorted(run.glob(f"intake/*/{table}.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


@pytest.mark.parametrize("case", CASES)
def test_each_damage_has_its_outcome_and_the_rest_of_the_object_goes_on(finished: Finished, case: str) -> None:
    key, _, events, reasons = CASES[case]
    mine = {table: [row for row in rows if row["object_key"] == key] for table, rows in finished.rows.items()}
    assert len(mine["events"]) == events
    assert [row["reason"] for row in mine["quarantine"]] == reasons
    assert sum(row["lines"] for row in mine["objects"]) == events + len(reasons)


def test_the_counts_balance_and_the_good_captures_are_released(finished: Finished) -> None:
    counts = finished.summary
    assert counts["events"] == sum(case[2] for case in CASES.values()) + 4
    assert counts["quarantined"] == sum(len(case[3]) for case in CASES.values())
    assert counts["lines"] == counts["events"] + counts["quarantined"]
    assert counts["messages"] == counts["records"] + counts["folded"]
    assert len((finished.bundle / "data/records.jsonl").read_text("utf-8").splitlines()) == counts["records"]


def test_the_bundle_of_damaged_captures_passes_the_gate(finished: Finished) -> None:
    with ledger_folder(finished.summary["run"]) as run:
        assert verify_bundle(finished.bundle, run).passed


def test_nothing_of_a_refused_entry_is_quoted(finished: Finished) -> None:
    quarantine = json.dumps([{**row, "member": ""} for row in finished.rows["quarantine"]])
    assert "intake" in finished.said
    assert CANARY not in finished.said + quarantine + json.dumps(finished.summary)
    assert not any(CANARY.encode() in path.read_bytes() for path in finished.bundle.rglob("*") if path.is_file())


def test_nothing_left_the_folders_of_the_job(finished: Finished) -> None:
    assert sorted(path.name for path in finished.root.iterdir()) == ["in"]
    assert sorted(path.name for path in (finished.root / "in").iterdir()) == ["archive", "out", "out-lake"]
    assert not any("escaped" in path.name for path in finished.root.rglob("*"))


def test_a_link_among_the_captures_stops_the_job_before_anything_is_written(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "archive", {"wickr-bot/1": a_line(1)})
    (tmp_path / "secret.txt").write_bytes(a_line(98, **BAD))
    (archive / "captures/wickr-bot/98").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(StorageError, match="is a link"):
        run_job(a_job(archive, tmp_path / "out"), now_utc=NOW, workers=1)
    assert not list(tmp_path.glob("out/*"))


def test_an_unknown_msgtype_is_kept_whole(finished: Finished) -> None:
    [event] = [row for row in finished.rows["events"] if row["object_key"] == "wickr-bot/30"]
    assert event["event_kind"] == "unknown"
    assert json.loads(event["attributes"])["msgtype"] == 7777


def test_a_file_name_that_is_no_text_is_an_error_that_names_it(tmp_path: Path) -> None:
    from pipeline.errors import StorageError

    archive = an_archive(tmp_path / "archive")
    try:
        (archive / "captures/wickr-bot" / os.fsdecode(b"caf\xe9")).write_bytes(a_line(3))
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    with pytest.raises(StorageError, match=r"caf\\udce9"):
        run_job(a_job(archive, tmp_path / "out"), now_utc=NOW, workers=1)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_line_of_50_megabytes_is_quarantined_and_the_rest_goes_on(tmp_path: Path) -> None:
    endless = a_line(50, message="x" * 50_000_000)
    archive = an_archive(tmp_path / "archive", {"wickr-bot/50": endless + a_line(51), "wickr-bot/52": endless})
    summary = run_job(a_job(archive, tmp_path / "out"), now_utc=NOW, workers=1)
    run = Path(summary["run"].removeprefix("file://"))
    held = taken_in(run, "quarantine")
    assert [(row["object_key"], row["line"], row["reason"], row["size"]) for row in held] == [
        ("wickr-bot/50", 1, "line-too-long", len(endless) - 1),
        ("wickr-bot/52", 0, "unknown-format", len(endless)),
    ]
    assert (summary["lines"], summary["events"], summary["quarantined"]) == (7, 5, 2)
    assert summary["delivered"]


def test_every_format_is_tried_on_damaged_bytes_without_a_crash() -> None:
    heads = [content[:1000] for _, content, _, _ in CASES.values()]
    assert all(isinstance(reader.sniff(head), bool) for reader in FORMATS for head in heads)
