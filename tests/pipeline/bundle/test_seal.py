"""Sealing: the manifest, the two tables, the id, and everything that stops it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.bundle.bag_reader import check_bag
from pipeline.bundle.bundle_id import InputObject, bundle_id
from pipeline.bundle.manifest import FILE_METADATA_HEADER
from pipeline.bundle.seal import seal
from pipeline.errors import BundlerError, CountMismatch
from pipeline.model import Counts
from tests.pipeline.bundle.a_bundle import DATE, INPUTS, a_bundle, a_manifest, payload


def an_id(**changes: Any) -> str:
    values: dict[str, Any] = {"inputs": INPUTS, "policy_digest": "p", "roster_digest": "r", "request": {"from": DATE}}
    values |= changes
    return bundle_id(values.pop("inputs"), **values)


def test_the_id_depends_on_everything_that_decides_the_bytes_and_on_nothing_else() -> None:
    one = InputObject(key="a", version_id="1", sha256="x")
    two = InputObject(key="b", version_id="", sha256="y")
    ids = {
        an_id(),
        an_id(policy_digest="q"),
        an_id(roster_digest="s"),
        an_id(request={"from": "2026-10-06"}),
        an_id(inputs=[one]),
        an_id(inputs=[one, two]),
        an_id(inputs=[one, InputObject(key="b", version_id="", sha256="z")]),
        an_id(inputs=[InputObject(key="a", version_id="2", sha256="x")]),
    }
    assert len(ids) == 8
    assert an_id(inputs=[two, one, one]) == an_id(inputs=[one, two])
    assert an_id(request={"a": 1, "b": 2}) == an_id(request={"b": 2, "a": 1})


@pytest.mark.parametrize(
    ("label", "start"),
    [
        ("", "release-"),
        ("FOIA-2026-00123", "foia-2026-00123-"),
        ("../../x", "x-"),
        ("\u00fa\u00fa", "release-"),
        ("a" * 99, "a" * 40 + "-"),
    ],
)
def test_the_id_is_portable(label: str, start: str) -> None:
    found = an_id(label=label)
    assert found.startswith(start)
    assert len(found) == len(start) + 16
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_request_that_is_no_json_is_refused() -> None:
    for request in ({"x": object()}, {"x": float("nan")}):
        with pytest.raises(BundlerError):
            an_id(request=request)


def test_a_sealed_bundle_is_a_valid_bag_with_the_layout_of_the_contract(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path)
    assert check_bag(bundle) == []
    names = sorted(p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file())
    assert names == sorted(
        [
            "bag-info.txt",
            "bagit.txt",
            *(f"data/{name}" for name in payload()),
            "manifest-sha256.txt",
            "manifest-sha512.txt",
            "metadata/file-list.csv",
            "metadata/file-metadata.csv",
            "metadata/manifest.json",
            "tagmanifest-sha256.txt",
            "tagmanifest-sha512.txt",
        ]
    )
    assert [p.name for p in bundle.parent.iterdir()] == [bundle.name]


def test_the_manifest_says_where_everything_comes_from(tmp_path: Path) -> None:
    document = json.loads((a_bundle(tmp_path) / "metadata/manifest.json").read_bytes())
    assert document["inputs"] == [{"key": "wickr-bot/1", "version_id": "v1", "sha256": "a" * 64, "size": 10}]
    assert [e["holds"] for e in document["job"]["equations"]] == [True, True]
    assert document["stripped_secrets"] == ["control.filevaultinfo.key"]
    assert document["policy"] == {"sha256": "p" * 64, "kept_categories": ["URL"]}
    assert str(tmp_path) not in json.dumps(document)


def test_the_file_list_has_a_row_for_every_file_but_itself_and_the_manifests(tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path)
    rows = list(csv.DictReader((bundle / "metadata/file-list.csv").open(newline="")))
    assert [row["path"] for row in rows] == sorted(
        [*(f"data/{name}" for name in payload()), "metadata/file-metadata.csv", "metadata/manifest.json"]
    )
    assert {row["date"] for row in rows} == {DATE}
    digests = dict(reversed(line.split("  ")) for line in (bundle / "manifest-sha256.txt").read_text().splitlines())
    assert all(row["sha256"] == digests[row["path"]] for row in rows if row["path"].startswith("data/"))
    assert all(int(row["size"]) == (bundle / row["path"]).stat().st_size for row in rows)


def test_file_metadata_is_pipe_delimited_and_safe(tmp_path: Path) -> None:
    source = tmp_path / "payload"
    for path, content in payload().items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(content)
    described = {"pdf/volume-0001.pdf": {"title": "one|two\nthree\x00", "coverage_temporal_start": DATE}}
    bundle = seal(source, tmp_path, a_manifest(), bagging_date=DATE, described=described)
    lines = (bundle / "metadata/file-metadata.csv").read_text().splitlines()
    assert lines[0] == FILE_METADATA_HEADER
    assert len(lines) == 1 + len(payload())
    assert all(line.count("|") == FILE_METADATA_HEADER.count("|") for line in lines)
    assert "|one two three|" in next(line for line in lines if "volume" in line)
    with pytest.raises(BundlerError, match="no such columns: colour"):
        seal(source, tmp_path, a_manifest(), bagging_date=DATE, described={"records.csv": {"colour": "red"}})


def test_tag_files_are_listed_and_hashed(tmp_path: Path) -> None:
    source = tmp_path / "payload"
    source.mkdir()
    (source / "a.txt").write_bytes(b"x")
    bundle = seal(source, tmp_path, a_manifest(), bagging_date=DATE, tag_files={"schema/records.schema.json": b"{}"})
    assert "metadata/schema/records.schema.json" in (bundle / "tagmanifest-sha512.txt").read_text()
    assert "records.schema.json" in (bundle / "metadata/file-list.csv").read_text()


@pytest.mark.parametrize(
    "counts",
    [Counts(lines=2, events=1), Counts(lines=1, events=1, messages=2, records=1), Counts(lines=1, quarantined=2)],
)
def test_counts_that_do_not_add_up_stop_it(tmp_path: Path, counts: Counts) -> None:
    with pytest.raises(CountMismatch):
        a_bundle(tmp_path, counts=counts)
    assert not (tmp_path / "bag").exists()


@pytest.mark.parametrize("name", ["Upper.txt", ".hidden", "a b"])
def test_a_name_that_is_not_portable_stops_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundlerError, match="name-not-portable"):
        a_bundle(tmp_path, {name: b"x"})


def test_what_an_interrupted_seal_left_is_replaced(tmp_path: Path) -> None:
    left = tmp_path / "bag" / f".building-{a_manifest().bundle_id}/data/old.txt"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    bundle = a_bundle(tmp_path)
    assert check_bag(bundle) == []
    assert not left.exists()
    (bundle / "data/old.txt").write_bytes(b"x")
    assert check_bag(a_bundle(tmp_path)) == []
