from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from pipeline.intake.limits import Limits
from pipeline.intake.parse import parse_paths
from pipeline.intake.shard import read_shard
from pipeline.intake.sources import Sources
from pipeline.model import CaptureObject
from pipeline.storage import FolderZone, S3Zone
from tests.pipeline.intake.intaking import Outcome, a_line, a_zip, read, sources, taken
from tests.pipeline.intake.sealing import sealed
from tests.pipeline.intake.signal_profile import sealed_profile

LINES = a_line(message_id="m1") + b"\n" + a_line(message_id="m2") + b"\n"


@pytest.fixture(scope="module")
def kms() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in (("ACCESS_KEY_ID", "x"), ("SECRET_ACCESS_KEY", "x"), ("DEFAULT_REGION", "us-gov-west-1")):
            patch.setenv(f"AWS_{name}", value)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        yield boto3.client("kms")


@pytest.fixture(scope="module")
def key_id(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


@pytest.fixture
def zone(kms: Any, request: pytest.FixtureRequest) -> S3Zone:
    bucket = "captures-" + hashlib.sha256(request.node.name.encode()).hexdigest()[:12]
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-gov-west-1"})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return S3Zone(bucket, "data")


def outcomes(zone: Any) -> dict[str, Outcome]:
    return {info.key: read(zone, info, Sources(), "", Limits()) for info in zone.iter_objects()}


def shape(row: CaptureObject) -> tuple[str, str, int, int, int]:
    return row.member, row.format, row.lines, row.events, row.quarantined


def test_the_bots_objects_are_opened_wherever_they_lie(zone: S3Zone, kms: Any, key_id: str) -> None:
    data, metadata = sealed(LINES, kms, key_id)
    zone.put("29250339", data, {**metadata, "wickrio-type": "messages"})
    [info] = zone.iter_objects()
    outcome = read(zone, info, Sources(), "", Limits())
    assert [event.vendor_id for event in outcome.events] == ["m1", "m2"]
    assert {(event.member, event.version_id) for event in outcome.events} == {("decrypted", info.version_id)}
    stored, content = outcome.objects
    assert shape(stored) == ("", "sealed", 0, 0, 0)
    assert (stored.size, stored.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert shape(content) == ("decrypted", "wickr-jsonl", 2, 2, 0)
    assert (content.size, content.sha256) == (len(LINES), hashlib.sha256(LINES).hexdigest())


def test_in_a_folder_the_stored_bytes_stand_for_the_version(kms: Any, key_id: str, tmp_path: Path) -> None:
    data, metadata = sealed(LINES, kms, key_id)
    outcome = taken(data, metadata=metadata)
    assert {row.version_id for row in outcome.objects} == {hashlib.sha256(data).hexdigest()}
    (tmp_path / "captures").mkdir()
    captures, out = FolderZone(tmp_path / "captures"), tmp_path / "out"
    captures.put("29250339", data, metadata)
    out.mkdir()
    [info] = captures.iter_objects()
    counts = read_shard(captures, [(info, hashlib.sha256(data).hexdigest())], Sources(), out)
    assert counts == {"objects": 2, "lines": 2, "events": 2, "quarantined": 0}


def test_an_attachment_keeps_the_path_that_the_bot_recorded(kms: Any, key_id: str) -> None:
    data, metadata = sealed(b"%PDF-1.7 words", kms, key_id)
    metadata |= {"wickrio-type": "file", "wickrio-file-path": "attachments/report.pdf"}
    stored, content = taken(data, metadata=metadata).objects
    assert shape(stored) == ("", "sealed", 0, 0, 0)
    assert (content.format, content.mime, content.path_hint) == (
        "attachment",
        "application/pdf",
        "attachments/report.pdf",
    )
    assert content.sha256 == hashlib.sha256(b"%PDF-1.7 words").hexdigest()
    data, metadata = sealed(b"%PDF-1.7 words", kms, key_id)
    _, unnamed = taken(data, metadata=metadata, key="captures/29250340").objects
    assert unnamed.path_hint == "captures/29250340"


def test_the_envelope_may_lie_beside_the_object(zone: S3Zone, kms: Any, key_id: str) -> None:
    data, fields = sealed(LINES, kms, key_id)
    zone.put("29250339", data)
    zone.put("29250339.instruction", json.dumps(fields).encode(), {"x-amz-crypto-instr-file": ""})
    found = outcomes(zone)
    assert [event.vendor_id for event in found["29250339"].events] == ["m1", "m2"]
    [instruction] = found["29250339.instruction"].objects
    assert shape(instruction) == ("", "instruction", 0, 0, 0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"matdesc": '{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}'}, "sealed-broken"),
        ({"cek_alg": "AES/CBC/PKCS5Padding"}, "sealed-unknown-algorithm"),
    ],
)
def test_what_stays_closed_is_one_quarantined_object(
    changes: dict[str, str], reason: str, kms: Any, key_id: str
) -> None:
    data, metadata = sealed(LINES, kms, key_id, **changes)
    outcome = taken(data, metadata=metadata, key="captures/29250339")
    [entry] = outcome.quarantined
    assert (entry.reason, entry.object_key, entry.size) == (reason, "captures/29250339", len(data))
    assert entry.raw_sha256 == hashlib.sha256(data).hexdigest()
    assert [shape(row) for row in outcome.objects] == [("", "sealed", 1, 0, 1)]


def test_nothing_of_a_changed_object_is_given_out(kms: Any, key_id: str) -> None:
    data, metadata = sealed(LINES, kms, key_id)
    for changed in (data[:-1], data[:5], b"", bytes([data[0] ^ 1]) + data[1:], data[:-1] + bytes([data[-1] ^ 1])):
        outcome = taken(changed, metadata=metadata)
        assert (outcome.events, outcome.reasons) == ([], ["sealed-broken"])


def test_archives_and_empty_objects_in_envelopes(kms: Any, key_id: str) -> None:
    data, metadata = sealed(a_zip({"a.txt": LINES}), kms, key_id)
    outcome = taken(data, metadata=metadata)
    assert [shape(row)[:2] for row in outcome.objects] == [
        ("", "sealed"),
        ("decrypted", "archive"),
        ("decrypted!/a.txt", "wickr-jsonl"),
    ]
    data, metadata = sealed(b"", kms, key_id)
    assert taken(data, metadata=metadata).reasons == ["empty-file"]


def test_a_large_object_is_not_held_in_memory(kms: Any, key_id: str) -> None:
    data, metadata = sealed(LINES * 20_000, kms, key_id)
    outcome = taken(data, metadata=metadata, limits=Limits(memory_bytes=1 << 16))
    assert len(outcome.events) == 40_000


def test_an_object_that_looks_like_nothing_known_asks_once_for_an_instruction(zone: S3Zone) -> None:
    zone.put("noise", bytes(range(256)) * 4)
    assert outcomes(zone)["noise"].reasons == ["unknown-format"]


def test_foia_parse_opens_them_too(kms: Any, key_id: str, tmp_path: Path) -> None:
    data, metadata = sealed(LINES, kms, key_id)
    FolderZone(tmp_path).put("29250339", data, metadata)
    with (tmp_path / "out.jsonl").open("w") as out, (tmp_path / "err.jsonl").open("w") as err:
        counts = parse_paths([tmp_path / "29250339"], "", out, err)
    assert (counts.lines, counts.events) == (2, 2)


def test_an_encrypted_twin_is_called_sealed() -> None:
    key = "wickr-drs-encrypted/2026/03/20/S12/message/17-m1.json"
    assert taken(b"\x01\0\x02" * 300, key=key).reasons == ["sealed-unknown-algorithm"]


def test_a_database_opens_with_the_key_of_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    key = bytes(range(32))
    data = sealed_profile(key, [{"id": "m-1", "body": "words", "json": "{}"}])
    declared = sources(secret="env:DESKTOP_KEY")
    assert taken(data, sources=declared).reasons == ["sealed-no-key"]
    monkeypatch.setenv("DESKTOP_KEY", key.hex())
    stored, content = taken(data, sources=declared).objects
    assert shape(stored) == ("", "sealed", 0, 0, 0)
    assert (content.member, content.format) == ("decrypted", "signal-desktop")
    assert taken(data, sources=Sources()).reasons == ["unknown-format"]
    assert taken(b"\xff\xd8\xff" + bytes(4093), sources=declared).objects[0].format == "attachment"
