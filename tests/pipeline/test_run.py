"""The whole job on the sample archive, held against its ground truth."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pyarrow.parquet as pq
import pypdfium2
import pytest

from pipeline.job import Job
from pipeline.run import run_job
from pipeline.sample import write_sample

NOW = 1_795_000_000_000_000
KEPT_ROLES = ("appointee", "press")


@dataclass(frozen=True)
class Done:
    """One finished job."""

    sample: Path
    out: Path
    summary: dict[str, Any]
    log: str

    @property
    def bundle(self) -> Path:
        return self.out / self.summary["bundle_id"]

    @property
    def run(self) -> Path:
        return Path(self.summary["run"].removeprefix("file://"))

    def truth(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.sample / "truth" / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    root = tmp_path_factory.mktemp("job")
    write_sample(str(root / "sample"), messages=600, seed=5)
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger()
    logger.addHandler(handler)
    level, _ = logger.level, logger.setLevel(logging.DEBUG)
    try:
        summary = run_job(a_job(root / "sample", root / "out"), now_utc=NOW, workers=1)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return Done(sample=root / "sample", out=root / "out", summary=summary, log="\n".join(lines))


def a_job(sample: Path, out: Path, **changes: Any) -> Job:
    values = {"captures": str(sample), "lake": f"{out}-lake", "transfer": str(out), "product": "request", **changes}
    return Job(**values)


def test_the_count_equation_balances_and_agrees_with_the_truth(done: Done) -> None:
    expected = json.loads((done.sample / "truth/counts.json").read_text("utf-8"))
    counted = {name: done.summary[name] for name in ("lines", "events", "quarantined", "messages", "records", "folded")}
    assert counted["lines"] == counted["events"] + counted["quarantined"]
    assert counted["messages"] == counted["records"] + counted["folded"]
    assert counted == {name: expected[name] for name in counted}


def test_every_message_is_there_exactly_once_with_all_its_sightings(done: Done) -> None:
    found = {}
    for part in sorted((done.run / "resolve/records").glob("*.parquet")):
        for row in pq.read_table(part, columns=["record_id", "sightings"]).to_pylist():
            found[row["record_id"]] = {(s["object_key"], s["member"], s["line"]) for s in row["sightings"]}
    places = {place: record for record, places in found.items() for place in places}
    seen: dict[str, str] = {}
    for message in done.truth("messages"):
        copies = {(s["object"], s["member"], s["line"]) for s in message["sightings"]}
        records = {places.get(copy) for copy in copies}
        assert len(records) == 1, message["truth_id"]
        record = records.pop()
        assert record is not None, message["truth_id"]
        assert found[record] == copies, message["truth_id"]
        assert seen.setdefault(record, message["truth_id"]) == message["truth_id"]
    assert set(seen) == set(found)
    assert len((done.bundle / "data/records.jsonl").read_text("utf-8").splitlines()) == len(found)


def test_released_bodies_are_the_true_texts_where_nothing_was_redacted(done: Done) -> None:
    texts = {message["text"] for message in done.truth("messages")}
    shown = 0
    for line in (done.bundle / "data/records.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        if record["kind"] == "message" and record["disposition"] and [p["type"] for p in record["body"]] == ["text"]:
            shown += record["body"][0]["value"] in texts
    assert shown > 300


def contents(bundle: Path) -> Iterator[tuple[str, str]]:
    """Every byte of a bundle as text: raw, decompressed, extracted; and the names of its files."""
    for path in sorted(bundle.rglob("*")):
        name = path.relative_to(bundle).as_posix()
        yield f"name of {name}", name
        if not path.is_file():
            continue
        yield name, path.read_bytes().decode("utf-8", "replace")
        if path.suffix == ".pdf":
            with pikepdf.open(path) as document:
                objects = [o.read_bytes() for o in document.objects if isinstance(o, pikepdf.Stream)]
            yield f"objects of {name}", b"\n".join(objects).decode("latin-1")
            pages = pypdfium2.PdfDocument(path)
            text = [page.get_textpage().get_text_range() for page in pages]
            yield f"text of {name}", " ".join("\n".join(text).split())
            yield f"letters of {name}", "".join("".join(text).split())


def sensitive(done: Done) -> dict[str, set[str]]:
    """Literals of the truth by category, without those of persons whom the policy keeps."""
    kept = set()
    for person in csv.DictReader((done.sample / "roster.csv").open(encoding="utf-8")):
        if person["role"] in KEPT_ROLES:
            values = ";".join(person[column] for column in ("full_name", "aliases", "emails", "phones", "handles"))
            kept |= {value.casefold() for value in values.split(";") if value}
            kept |= {word.casefold() for word in person["full_name"].split()}
    literals = defaultdict(set)
    for span in done.truth("spans"):
        if span["literal"].casefold() not in kept:
            literals[span["category"]].add(span["literal"].casefold())
    return literals


def is_in_letters(value: str, text: str) -> bool:
    """Whether a literal stands in a text without its spaces; a short one would stand there by chance."""
    return len("".join(value.split())) >= 9 and "".join(value.split()) in text


def test_no_sensitive_literal_is_anywhere_in_the_bundle_or_the_log(done: Done) -> None:
    places = [*contents(done.bundle), ("log", done.log), ("summary", json.dumps(done.summary, ensure_ascii=False))]
    places += [(path.name, path.read_text("utf-8")) for path in done.out.glob("*.json")]
    folded = [(name, text.casefold()) for name, text in places]
    literals = sensitive(done)
    assert sum(map(len, literals.values())) > 100
    leaks = sorted(
        (category, name)
        for category, values in literals.items()
        for value in values
        for name, text in folded
        if (is_in_letters(value, text) if name.startswith("letters") else value in text)
    )
    assert leaks == []


def test_no_secret_of_the_captures_is_in_the_lake_or_the_bundle_and_their_names_are(done: Done) -> None:
    secrets = done.truth("secrets")
    everything = b"".join(path.read_bytes() for path in sorted(done.out.rglob("*")) if path.is_file())
    manifest = json.loads((done.bundle / "metadata/manifest.json").read_text("utf-8"))
    attributes = "".join(
        text
        for part in (done.run / "intake").glob("*/events.parquet")
        for text in pq.read_table(part, columns=["attributes"])["attributes"].to_pylist()
    )
    assert secrets
    for secret in secrets:
        assert secret["literal"].encode() not in everything
        assert secret["literal"] not in attributes
        assert secret["name"] in manifest["stripped_secrets"]


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_another_place_process_and_locale_give_the_same_bytes(done: Done, tmp_path: Path) -> None:
    shutil.copytree(done.sample, tmp_path / "elsewhere")
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    command = [sys.executable, "-m", "pipeline", "run", "--captures", str(tmp_path / "elsewhere"), "--out"]
    ran = subprocess.run(
        [*command, (tmp_path / "other out").as_uri()], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert tree(tmp_path / "other out") == tree(done.out)


def test_the_same_job_again_delivers_nothing_twice(done: Done) -> None:
    before = tree(done.out)
    again = run_job(a_job(done.sample, done.out), now_utc=NOW + 1, workers=1)
    assert again["already_delivered"]
    assert again["bundles"] == done.summary["bundles"]
    assert tree(done.out) == before


def test_the_nightly_job_takes_only_what_is_new(done: Done, tmp_path: Path) -> None:
    captures = tmp_path / "captures"
    shutil.copytree(done.sample / "captures", captures)
    late = captures / "whatsapp/ldominguez"
    shutil.move(late, tmp_path / "late")
    nightly = a_job(
        captures, tmp_path / "out", only_new=True, product="nightly", sources=str(done.sample / "sources.yml")
    )
    first = run_job(nightly, now_utc=NOW, workers=1)
    second = run_job(nightly, now_utc=NOW, workers=1)
    assert second["nothing_new"]
    assert second["bundles"] == []
    shutil.move(tmp_path / "late", late)
    third = run_job(nightly, now_utc=NOW, workers=1)
    assert third["lines"] == third["events"] + third["quarantined"] > 0
    assert third["messages"] == third["records"] + third["folded"]
    assert 0 < third["selected"] < first["selected"]
    known = {json.loads(line)["record_id"] for line in records(tmp_path / "out", first)}
    assert {json.loads(line)["record_id"] for line in records(tmp_path / "out", third)} - known


def records(out: Path, summary: dict[str, Any]) -> list[str]:
    return (out / summary["bundle_id"] / "data/records.jsonl").read_text("utf-8").splitlines()


def test_a_request_that_read_the_captures_first_takes_nothing_from_the_nightly_job(done: Done, tmp_path: Path) -> None:
    shutil.copytree(f"{done.out}-lake", tmp_path / "lake")
    job = a_job(done.sample, tmp_path / "out", lake=str(tmp_path / "lake"), only_new=True, product="nightly")
    nightly = run_job(job, now_utc=NOW, workers=1)
    equation = ("lines", "events", "quarantined", "messages", "records", "folded")
    assert [nightly[name] for name in equation] == [done.summary[name] for name in equation]
    assert nightly["selected"] == done.summary["selected"]
    assert run_job(job, now_utc=NOW, workers=1)["nothing_new"]


def test_a_request_number_names_the_bundle_and_its_pages(done: Done, tmp_path: Path) -> None:
    days = sorted({json.loads(line)["unit"] for line in records(done.out, done.summary)})
    asked = a_job(done.sample, tmp_path / "out", request="FOIA-2026-00042", from_day=days[1], to_day=days[2])
    summary = run_job(asked, now_utc=NOW, workers=1)
    assert summary["bundle_id"].startswith("foia-2026-00042-")
    released = [json.loads(line) for line in records(tmp_path / "out", summary)]
    assert {record["unit"] for record in released} == set(days[1:3])
    assert released[0]["bates"]["begin"].startswith("FOIA-2026-00042-")
