"""The embedded S3 server comes back with what it held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest

from embedded_s3 import client_environment, create_buckets, running


def connect(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in client_environment(endpoint).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return boto3.client("s3")


def seen(client: Any) -> list[tuple[Any, ...]]:
    listing = client.list_object_versions(Bucket="captures")
    versions = [
        (v["Key"], v["VersionId"], v["LastModified"], v["ETag"], v["IsLatest"], v["Size"]) for v in listing["Versions"]
    ]
    return versions + [(m["Key"], m["VersionId"], m["LastModified"]) for m in listing["DeleteMarkers"]]


def test_versions_times_metadata_and_delete_markers_survive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path) as endpoint:
        client = connect(endpoint, monkeypatch)
        create_buckets("captures", "lake")
        for body in (b"one", b"two"):
            client.put_object(Bucket="captures", Key="wickr-bot/1", Body=body, Metadata={"wickrio-type": "file"})
        client.put_object(Bucket="captures", Key="gone é", Body=b"")
        client.delete_object(Bucket="captures", Key="gone é")
        before = seen(client)
    with running(tmp_path) as endpoint:
        client = connect(endpoint, monkeypatch)
        create_buckets("captures", "lake", "runs")
        assert seen(client) == before
        first = client.get_object(Bucket="captures", Key="wickr-bot/1", VersionId=before[2][1])
        assert first["Body"].read() == b"one"
        assert first["Metadata"] == {"wickrio-type": "file"}
        assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == ["captures", "lake", "runs"]
        with pytest.raises(client.exceptions.ClientError, match="PreconditionFailed"):
            client.put_object(Bucket="captures", Key="wickr-bot/1", Body=b"three", IfNoneMatch="*")


def test_a_server_that_cannot_start_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text("{", encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"server\.log"), running(tmp_path):
        raise AssertionError("the server is up")
