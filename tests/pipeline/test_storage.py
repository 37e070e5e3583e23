"""The zones: a folder and an S3 bucket behave alike, nothing leaves its zone, nothing is overwritten."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import DeliveryConflict, StorageError
from pipeline.storage import FolderZone, S3Zone, Zone, open_zone, read_bytes, read_json, write_json

HELLO = hashlib.sha256(b"hello").hexdigest()


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A fresh versioned bucket; its name."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret-value")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = "zone-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]
    client = S3Zone(name, "").client
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture(params=["folder", "s3"])
def zone(request: pytest.FixtureRequest, tmp_path: Path) -> Zone:
    """An empty zone below a prefix, of each kind."""
    if request.param == "s3":
        return open_zone(f"s3://{request.getfixturevalue('bucket')}/some/prefix")
    (tmp_path / "zone").mkdir()
    return open_zone((tmp_path / "zone").as_uri())


def keys(zone: Zone, prefix: str = "") -> list[str]:
    return [info.key for info in zone.iter_objects(prefix)]


def test_what_is_put_is_read_back(zone: Zone, tmp_path: Path) -> None:
    zone.put("a/b.txt", b"hello")
    (tmp_path / "file").write_bytes(b"world")
    zone.put("a/c.txt", tmp_path / "file")
    assert (read_bytes(zone, "a/b.txt"), read_bytes(zone, "a/c.txt")) == (b"hello", b"world")
    assert zone.get("a/b.txt").size == 5
    assert zone.exists("a/b.txt")
    assert not zone.exists("a/x.txt")


def test_listing_is_sorted_and_relative_to_the_zone(zone: Zone) -> None:
    for key in ("b", "a/2", "a/1", "a-b/3", "ab"):
        zone.put(key, b"x")
    assert keys(zone) == sorted(["b", "a/2", "a/1", "a-b/3", "ab"])
    assert keys(zone, "a/") == ["a/1", "a/2"]
    assert keys(zone, "a") == ["a-b/3", "a/1", "a/2", "ab"]
    assert keys(zone, "none/") == []
    assert keys(zone.at("a")) == ["1", "2"]
    assert keys(zone.at("")) == keys(zone)


def test_put_new_writes_once(zone: Zone) -> None:
    assert zone.put_new("k.txt", b"hello")
    assert not zone.put_new("k.txt", b"hello")
    with pytest.raises(DeliveryConflict, match="exists with other content"):
        zone.put_new("k.txt", b"other")
    assert read_bytes(zone, "k.txt") == b"hello"
    assert keys(zone) == ["k.txt"]


def test_put_new_refuses_bytes_that_are_not_the_announced_ones(zone: Zone, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"edited")
    with pytest.raises(StorageError, match="announced"):
        zone.put_new("k", tmp_path / "source", sha256=HELLO)
    assert keys(zone) == []
    assert zone.put_new("k", b"hello", sha256=HELLO)
    assert not zone.put_new("k", b"hello", sha256=HELLO)


def test_metadata_comes_back_and_is_not_listed(zone: Zone) -> None:
    zone.put("k", b"x", {"wickrio-type": "file"})
    zone.put_new("n", b"x", {"wickrio-type": "other"})
    assert zone.get("k").metadata["wickrio-type"] == "file"
    assert zone.get("n").metadata["wickrio-type"] == "other"
    assert keys(zone) == ["k", "n"]


def test_json_is_written_with_sorted_keys(zone: Zone) -> None:
    write_json(zone, "d.json", {"b": "\u00fa", "a": 1})
    assert read_bytes(zone, "d.json") == '{\n  "a": 1,\n  "b": "\u00fa"\n}\n'.encode()
    assert read_json(zone, "d.json") == {"a": 1, "b": "\u00fa"}


def test_an_absent_object_is_an_error_that_names_it(zone: Zone) -> None:
    with pytest.raises(StorageError, match=r"no/such\.txt"):
        zone.get("no/such.txt")


def test_a_missing_source_is_a_storage_error(zone: Zone, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        zone.put("k", tmp_path / "absent")
    assert keys(zone) == []


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", "a//b", "", "a/\0b", "./a", "."])
def test_a_folder_key_cannot_climb_out(tmp_path: Path, key: str) -> None:
    zone = FolderZone(tmp_path)
    for action in (zone.get, zone.exists, lambda k: zone.put(k, b"x"), lambda k: zone.put_new(k, b"x")):
        with pytest.raises(StorageError, match="leaves its zone"):
            action(key)


def test_links_that_lead_out_are_neither_passed_over_nor_read_nor_written_through(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_bytes(b"s")
    (tmp_path / "zone").mkdir()
    (tmp_path / "zone/file").symlink_to(tmp_path / "outside/secret")
    (tmp_path / "zone/folder").symlink_to(tmp_path / "outside")
    zone = FolderZone(tmp_path / "zone")
    with pytest.raises(StorageError, match="'folder' is a link"):
        keys(zone)
    (tmp_path / "zone/folder").rename(tmp_path / "aside")
    with pytest.raises(StorageError, match="'file' is a link"):
        keys(zone)
    (tmp_path / "aside").rename(tmp_path / "zone/folder")
    for key in ("file", "folder/secret"):
        with pytest.raises(StorageError, match="leaves its zone"):
            zone.get(key)
    with pytest.raises(StorageError, match="leaves its zone"):
        zone.put("folder/new", b"x")
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["secret"]


def test_a_zone_behind_a_link_works(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    zone = open_zone(str(tmp_path / "link"))
    zone.put("a/b", b"x")
    assert read_bytes(zone, "a/b") == b"x"


def test_half_written_files_of_a_killed_run_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / ".writing-abc").write_bytes(b"half")
    zone = FolderZone(tmp_path)
    zone.put("k", b"x")
    assert keys(zone) == ["k"]


def test_a_folder_where_a_file_is_wanted_is_an_error(tmp_path: Path) -> None:
    zone = FolderZone(tmp_path)
    zone.put("a/b", b"x")
    with pytest.raises(StorageError, match="not a plain file"):
        zone.get("a")
    with pytest.raises(StorageError):
        zone.put("a", b"x")
    with pytest.raises(StorageError):
        zone.put("a/b/c", b"x")


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match="not a plain file"):
        FolderZone(tmp_path).get("pipe")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"a": 1}', b"\xff"])
def test_a_broken_sidecar_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k").write_bytes(b"x")
    (tmp_path / "k.metadata.json").write_bytes(content)
    with pytest.raises(StorageError, match=r"k\.metadata\.json"):
        FolderZone(tmp_path).get("k")


def test_a_lone_metadata_file_is_an_object(tmp_path: Path) -> None:
    (tmp_path / "k.metadata.json").write_bytes(b"{}")
    assert keys(FolderZone(tmp_path)) == ["k.metadata.json"]


def test_a_folder_keeps_no_versions(tmp_path: Path) -> None:
    zone = FolderZone(tmp_path)
    zone.put("k", b"x")
    assert next(iter(zone.iter_objects())).version_id == ""
    with pytest.raises(StorageError, match="no versions"):
        zone.get("k", "v1")


def test_a_missing_folder_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such folder"):
        keys(FolderZone(tmp_path / "absent"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(StorageError):
        keys(FolderZone(tmp_path))


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "s3://", "s3:///key", "file://host/x", "https://host/x", "", "s3://k:s@b/x"]
)
def test_other_urls_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(StorageError) as caught:
        open_zone(url)
    assert "host" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("file:///a/b%20c", "file:///a/b%20c"),
        ("/a/b", "file:///a/b"),
        ("s3://bkt/a/b/", "s3://bkt/a/b"),
        ("s3://bkt", "s3://bkt"),
    ],
)
def test_urls(url: str, shown: str) -> None:
    assert open_zone(url).url == shown


def test_versions_are_listed_oldest_first_and_read_by_id(bucket: str) -> None:
    zone = open_zone(f"s3://{bucket}/p")
    for content in (b"one", b"two", b"three"):
        zone.put("k", content)
    zone.put("l", b"x")
    found = [info for info in zone.iter_objects() if info.key == "k"]
    assert [zone.get("k", info.version_id).stream.read() for info in found] == [b"one", b"two", b"three"]
    assert [info.size for info in found] == [3, 3, 5]
    assert len({info.version_id for info in found}) == 3


def test_a_deleted_object_keeps_its_versions_in_the_listing(bucket: str) -> None:
    zone = S3Zone(bucket, "")
    zone.put("k", b"one")
    zone.client.delete_object(Bucket=bucket, Key="k")
    (found,) = zone.iter_objects()
    assert read_bytes(zone, "k") if not found.version_id else zone.get("k", found.version_id).stream.read() == b"one"
    with pytest.raises(StorageError):
        zone.get("k")


def test_a_prefix_is_not_matched_by_its_neighbours(bucket: str) -> None:
    S3Zone(bucket, "ab").put("k", b"x")
    assert keys(S3Zone(bucket, "a")) == []


@pytest.mark.slow
def test_many_versions_come_page_by_page(bucket: str) -> None:
    zone = S3Zone(bucket, "")
    for number in range(1005):
        zone.client.put_object(Bucket=bucket, Key=f"k{number:05}", Body=b"x")
    assert keys(zone) == [f"k{number:05}" for number in range(1005)]


def test_objects_carry_their_digest_and_content_type(bucket: str) -> None:
    zone = S3Zone(bucket, "")
    zone.put_new("data/records.jsonl", b"hello")
    head = zone.client.head_object(Bucket=bucket, Key="data/records.jsonl")
    assert head["Metadata"]["sha256"] == HELLO
    assert head["ContentType"] == "application/jsonl; charset=utf-8"


def test_a_bucket_that_is_not_there_is_an_error(bucket: str) -> None:
    with pytest.raises(StorageError, match="NoSuchBucket"):
        keys(S3Zone("absent-bucket", ""))


def test_a_server_that_is_not_there_is_an_error(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StorageError, match="EndpointConnectionError"):
        keys(S3Zone(bucket, ""))


def test_missing_credentials_are_an_error_that_shows_no_secret(
    bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import boto3

    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers the credentials it found first
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(StorageError, match=r"NoCredentialsError|PartialCredentialsError") as caught:
        keys(S3Zone(bucket, ""))
    assert "test-secret-value" not in str(caught.value)


class _Denying:
    """A loopback server that refuses every request as S3 does when the secret is wrong."""

    BODY = b"<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>test-key</AWSAccessKeyId></Error>"

    def __init__(self, body: bytes = BODY, status: int = 403, length: int | None = None) -> None:
        import http.server
        import threading

        size = len(body) if length is None else length

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(size))
                self.end_headers()
                self.wfile.write(body)

            do_PUT = do_HEAD = do_GET

            def log_message(self, *args: Any) -> None:
                return None

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def test_wrong_credentials_are_an_error_that_shows_no_secret(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    denying = _Denying()
    monkeypatch.setenv("AWS_ENDPOINT_URL", denying.url)
    with pytest.raises(StorageError, match="SignatureDoesNotMatch") as caught:
        keys(S3Zone(bucket, ""))
    assert "test-secret-value" not in str(caught.value)
    assert "test-key" not in str(caught.value)
    denying.server.shutdown()


def test_an_answer_that_breaks_off_is_an_error(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cutting = _Denying(b"half of it", 200, 1000)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cutting.url)
    with pytest.raises(StorageError):
        read_bytes(S3Zone(bucket, ""), "k")
    cutting.server.shutdown()
