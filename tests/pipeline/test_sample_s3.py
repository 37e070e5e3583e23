"""The archive in a bucket is the archive in a folder, object metadata included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pipeline.sample import write_sample
from pipeline.storage import open_zone, read_bytes


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",  # pragma: allowlist secret
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="captures")
    yield "s3://captures/sample"
    server.stop()


def test_a_bucket_holds_the_same_bytes_and_metadata_as_a_folder(bucket: str, tmp_path: Path) -> None:
    write_sample(bucket, messages=200)
    write_sample(str(tmp_path), messages=200)
    remote, local = open_zone(bucket), open_zone(str(tmp_path))
    keys = [item.key for item in local.iter_objects()]
    assert sorted(keys) == sorted(item.key for item in remote.iter_objects())
    for key in keys:
        assert read_bytes(remote, key) == read_bytes(local, key)
        there, here = remote.get(key), local.get(key)
        with there.stream, here.stream:
            assert {k: v for k, v in there.metadata.items() if k != "sha256"} == dict(here.metadata)
