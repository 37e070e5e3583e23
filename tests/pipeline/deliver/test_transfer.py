"""Delivery to a folder and to S3: once in effect, resumable, never over anything, never past the gate."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import bagit
import pytest

from pipeline.bundle.bag import write_bag
from pipeline.bundle.verify.certificate import Finding, certificate
from pipeline.deliver.transfer import Receipt, deliver
from pipeline.errors import BadInput, DeliveryConflict, StorageError, VerificationRefused
from pipeline.storage import FolderZone, S3Zone, Zone, open_zone, read_bytes

NOW = 1_790_000_000_000_000


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def zone(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Zone:
    if request.param == "folder":
        (tmp_path / "transfer").mkdir()
        return open_zone((tmp_path / "transfer").as_uri())
    monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3_server"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = "deliver-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]
    S3Zone(name, "").client.create_bucket(Bucket=name)
    return open_zone(f"s3://{name}/transfer")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A sealed bundle with a passing certificate beside it."""
    root = tmp_path / "bag/release-0123456789abcdef"
    files = {"data/records.jsonl": b"{}\n", "data/pdf/a.pdf": b"%PDF", "metadata/manifest.json": b"{}"}
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    judge(root)
    return root


def judge(root: Path, *findings: Finding) -> Path:
    bag = write_bag(root, {}, bagging_date="2026-10-05")
    judged = certificate(
        root.name, checks={"bag": 1}, findings=findings, tagmanifests=bag.tagmanifests, with_ledger=True
    )
    return judged.write_beside(root)


def proof(bundle: Path) -> Path:
    return bundle.parent / f"{bundle.name}.verification.json"


def send(bundle: Path, zone: Zone) -> Receipt:
    return deliver(bundle, proof(bundle), zone, NOW)


def keys(zone: Zone) -> list[str]:
    return [info.key for info in zone.iter_objects()]


class Recorded:
    """A zone that writes down the order of its writes and may break after some of them."""

    def __init__(self, inner: Zone, breaks_after: int = 10_000) -> None:
        self.inner = inner
        self.url = inner.url
        self.written: list[str] = []
        self.breaks_after = breaks_after
        self.iter_objects = inner.iter_objects
        self.get = inner.get
        self.put = inner.put
        self.exists = inner.exists
        self.at = inner.at

    def put_new(self, key: str, source: Path | bytes, metadata: object = None, *, sha256: str = "") -> bool:
        if len(self.written) == self.breaks_after:
            raise StorageError("the connection broke")
        self.written.append(key)
        return self.inner.put_new(key, source, sha256=sha256)


def test_everything_arrives_and_the_marker_names_it(bundle: Path, zone: Zone) -> None:
    receipt = send(bundle, zone)
    assert receipt.bundle_id == bundle.name
    assert receipt.url == f"{zone.url}/{bundle.name}"
    assert (receipt.files, receipt.already_delivered, receipt.delivered_utc) == (9, False, NOW)
    assert len(keys(zone)) == 11
    marker = json.loads(read_bytes(zone, f"{bundle.name}.complete.json"))
    assert marker["tagmanifests"] == dict(receipt.tagmanifests)
    content = read_bytes(zone, f"{bundle.name}.verification.json")
    assert marker["certificate"]["sha256"] == hashlib.sha256(content).hexdigest() == receipt.certificate_sha256
    assert (marker["files"], marker["bytes"]) == (receipt.files, receipt.bytes)
    assert json.loads(json.dumps(receipt.document()))["files"] == 9


def test_what_arrived_is_a_valid_bag(bundle: Path, tmp_path: Path) -> None:
    zone = open_zone(str(tmp_path / "out"))
    (tmp_path / "out").mkdir()
    send(bundle, zone)
    assert bagit.Bag(str(tmp_path / "out" / bundle.name)).is_valid()


def test_twice_is_once(bundle: Path, zone: Zone) -> None:
    first = send(bundle, zone)
    before = {info.key: (info.version_id, info.modified_utc) for info in zone.iter_objects()}
    second = deliver(bundle, proof(bundle), zone, NOW + 1)
    assert second.already_delivered
    assert second.marker_sha256 == first.marker_sha256
    assert {info.key: (info.version_id, info.modified_utc) for info in zone.iter_objects()} == before


def test_the_order_is_payload_metadata_manifests_certificate_marker(bundle: Path, zone: Zone) -> None:
    recorded = Recorded(zone)
    send(bundle, recorded)
    short = [key.removeprefix(f"{bundle.name}/").removeprefix(bundle.name) for key in recorded.written]
    assert short == [
        "data/pdf/a.pdf",
        "data/records.jsonl",
        "metadata/manifest.json",
        "bag-info.txt",
        "bagit.txt",
        "manifest-sha256.txt",
        "manifest-sha512.txt",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha512.txt",
        ".verification.json",
        ".complete.json",
    ]


@pytest.mark.parametrize("broken_after", range(11))
def test_a_broken_delivery_has_no_marker_and_is_continued(bundle: Path, tmp_path: Path, broken_after: int) -> None:
    (tmp_path / "out").mkdir()
    zone = FolderZone(tmp_path / "out")
    with pytest.raises(StorageError, match="broke"):
        send(bundle, Recorded(zone, broken_after))
    assert f"{bundle.name}.complete.json" not in keys(zone)
    assert len(keys(zone)) == broken_after
    again = Recorded(zone)
    receipt = send(bundle, again)
    assert not receipt.already_delivered
    assert len(again.written) == 11 - broken_after
    assert send(bundle, zone).already_delivered


def test_a_broken_delivery_to_s3_is_continued(bundle: Path, zone: Zone) -> None:
    with pytest.raises(StorageError):
        send(bundle, Recorded(zone, 5))
    assert not send(bundle, zone).already_delivered
    assert send(bundle, zone).already_delivered


@pytest.mark.parametrize(
    "name", ["/data/records.jsonl", "/tagmanifest-sha256.txt", ".verification.json", ".complete.json"]
)
def test_other_bytes_under_a_name_are_a_conflict(bundle: Path, zone: Zone, name: str) -> None:
    zone.put(bundle.name + name, b"something else")
    with pytest.raises(DeliveryConflict) as caught:
        send(bundle, zone)
    assert caught.value.exit_code == 5
    assert read_bytes(zone, bundle.name + name) == b"something else"
    if name != ".complete.json":
        assert f"{bundle.name}.complete.json" not in keys(zone)


def test_an_object_that_the_bundle_does_not_have_is_a_conflict(bundle: Path, zone: Zone) -> None:
    zone.put(f"{bundle.name}/data/extra.txt", b"x")
    with pytest.raises(DeliveryConflict, match="does not have"):
        send(bundle, zone)
    assert keys(zone) == [f"{bundle.name}/data/extra.txt"]


def test_other_bundles_in_the_zone_do_not_matter(bundle: Path, zone: Zone) -> None:
    zone.put(f"{bundle.name}-2/data/x", b"x")
    zone.put(f"{bundle.name}0.complete.json", b"x")
    assert not send(bundle, zone).already_delivered


def test_a_deleted_object_is_sent_again(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    zone = FolderZone(tmp_path / "out")
    send(bundle, zone)
    (tmp_path / "out" / bundle.name / "data/records.jsonl").unlink()
    assert not send(bundle, zone).already_delivered
    assert send(bundle, zone).already_delivered


def test_damage_in_the_zone_after_delivery_is_found(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    send(bundle, FolderZone(tmp_path / "out"))
    (tmp_path / "out" / bundle.name / "data/records.jsonl").write_bytes(b"{ \n")
    with pytest.raises(DeliveryConflict):
        send(bundle, FolderZone(tmp_path / "out"))


@pytest.mark.parametrize(
    "path",
    ["data/records.jsonl", "metadata/manifest.json", "manifest-sha256.txt", "tagmanifest-sha512.txt", "bag-info.txt"],
)
def test_a_bundle_edited_after_the_gate_is_refused(bundle: Path, zone: Zone, path: str) -> None:
    (bundle / path).write_bytes((bundle / path).read_bytes() + b" ")
    with pytest.raises(VerificationRefused):
        send(bundle, zone)
    assert f"{bundle.name}.complete.json" not in keys(zone)
    assert f"{bundle.name}/{path}" not in keys(zone)


def test_an_edited_bundle_with_its_manifests_fixed_up_is_refused(bundle: Path, zone: Zone) -> None:
    (bundle / "data/records.jsonl").write_bytes(b"[]\n")
    write_bag(bundle, {}, bagging_date="2026-10-05")
    with pytest.raises(VerificationRefused, match="judged"):
        send(bundle, zone)
    assert keys(zone) == []


def test_added_and_removed_files_are_refused(bundle: Path, zone: Zone) -> None:
    (bundle / "extra").write_bytes(b"x")
    with pytest.raises(VerificationRefused, match="added or removed"):
        send(bundle, zone)
    (bundle / "extra").unlink()
    (bundle / "data/records.jsonl").unlink()
    with pytest.raises(VerificationRefused, match="added or removed"):
        send(bundle, zone)
    assert keys(zone) == []


def test_a_link_in_the_bundle_is_refused(bundle: Path, zone: Zone) -> None:
    (bundle / "link").symlink_to("/etc")
    with pytest.raises(VerificationRefused):
        send(bundle, zone)


def test_a_refused_bundle_does_not_leave(bundle: Path, zone: Zone) -> None:
    judge(bundle, Finding(rule="literal-found", path="data/records.jsonl"))
    with pytest.raises(VerificationRefused, match="refused"):
        send(bundle, zone)
    assert keys(zone) == []


def test_a_certificate_whose_verdict_was_edited_does_not_help(bundle: Path, zone: Zone) -> None:
    path = judge(bundle, Finding(rule="literal-found", path="data/records.jsonl"))
    path.write_text(path.read_text().replace('"refuse"', '"pass"'))
    with pytest.raises(VerificationRefused):
        send(bundle, zone)


def test_the_certificate_of_another_bundle_does_not_help(bundle: Path, zone: Zone) -> None:
    path = proof(bundle)
    path.write_text(path.read_text().replace("0123456789abcdef", "fedcba9876543210"))
    with pytest.raises(VerificationRefused, match="about"):
        send(bundle, zone)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"certificate_version": 9}', b"null"])
def test_something_that_is_no_certificate_is_refused(bundle: Path, zone: Zone, content: bytes) -> None:
    proof(bundle).write_bytes(content)
    with pytest.raises(BadInput):
        send(bundle, zone)
    proof(bundle).unlink()
    with pytest.raises(BadInput):
        send(bundle, zone)
    assert keys(zone) == []


class Losing:
    """A zone whose server keeps other bytes than it was sent, as one that checks no checksums may."""

    def __init__(self, inner: FolderZone, key: str) -> None:
        self.inner, self.key, self.url = inner, key, inner.url
        self.iter_objects, self.get, self.put = inner.iter_objects, inner.get, inner.put
        self.exists, self.at = inner.exists, inner.at

    def put_new(self, key: str, source: Path | bytes, metadata: object = None, *, sha256: str = "") -> bool:
        if key.endswith(self.key):
            return self.inner.put_new(key, b"garbled")
        return self.inner.put_new(key, source, sha256=sha256)


def test_bytes_garbled_on_the_way_are_found_before_the_marker(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    zone = FolderZone(tmp_path / "out")
    with pytest.raises(DeliveryConflict):
        send(bundle, Losing(zone, "records.jsonl"))
    assert f"{bundle.name}.complete.json" not in keys(zone)


def test_two_workers_delivering_at_once_deliver_once(bundle: Path, zone: Zone) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=2) as pool:
        receipts = [f.result() for f in [pool.submit(send, bundle, zone) for _ in range(2)]]
    assert len({r.marker_sha256 for r in receipts}) == 1
    assert len(keys(zone)) == 11
