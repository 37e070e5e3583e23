"""A small S3 server for the demo and the pages: moto's server, on the loopback, with a memory.

moto forgets its buckets when it stops. This one reads them from a folder at start and writes them there at the
end, with version ids, times and metadata as they were, so that a second demo meets the same objects and not new
ones. It runs as a process of its own, ends when its standard input closes, and so never outlives its owner.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ACCOUNT = "123456789012"
REGION = "us-east-1"
KEPT = ("storage_class", "checksum_algorithm", "checksum_value", "checksum_type")
"""What else of an object a client can see, besides name, version, time, digest, bytes and metadata."""


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The server over the buckets kept in `folder`; yields its endpoint URL.

    Raises:
        RuntimeError: The server did not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.log").open("wb") as log:
        command = [sys.executable, str(Path(__file__).resolve()), str(folder)]
        server = subprocess.Popen(  # noqa: S603 - our own file under our own interpreter
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    assert server.stdin is not None and server.stdout is not None
    try:
        endpoint = server.stdout.readline().strip()
        if not endpoint:
            raise RuntimeError(f"the embedded S3 server did not start; see {folder / 'server.log'}")
        yield endpoint
    finally:
        server.stdin.close()
        server.wait(timeout=60)


def client_environment(endpoint: str) -> dict[str, str]:
    """What a client of the server needs in its environment. The keys are not secret: the server checks none."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo-demo",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ALLOW_HTTP": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
    }


def create_buckets(*names: str) -> None:
    """Create the buckets that are not there yet, with versioning on."""
    import boto3

    client = boto3.client("s3")
    there = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
    for name in names:
        if name not in there:
            client.create_bucket(Bucket=name)
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def save(folder: Path) -> None:
    """Write every bucket of this process's moto backend to a folder; the index last, by rename."""
    from moto.s3.models import s3_backends

    buckets = s3_backends[ACCOUNT]["aws"].buckets
    index = {
        name: [_kept(version, folder) for _, versions in sorted(bucket.keys.lists()) for version in versions]
        for name, bucket in buckets.items()
    }
    temporary = folder / "index.json.writing"
    temporary.write_text(json.dumps(index, indent=1, sort_keys=True), encoding="utf-8")
    temporary.replace(folder / "index.json")


def load(folder: Path) -> None:
    """Put what `save` wrote back into this process's moto backend."""
    from moto.s3.models import s3_backends

    path = folder / "index.json"
    index = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    backend = s3_backends[ACCOUNT]["aws"]
    for name, rows in index.items():
        bucket = backend.create_bucket(name, REGION)
        bucket.versioning_status = "Enabled"
        held: dict[str, list[Any]] = {}
        for row in rows:
            held.setdefault(row["key"], []).append(_revived(row, name, folder))
        for key, versions in held.items():
            bucket.keys.setlist(key, versions)


def _kept(version: Any, folder: Path) -> dict[str, Any]:
    row = {"key": version.name, "version_id": version.version_id, "last_modified": version.last_modified.isoformat()}
    if not hasattr(version, "contentsize"):
        return {**row, "delete_marker": True}
    body = version.value
    digest = hashlib.sha256(body).hexdigest()
    path = folder / "objects" / digest[:2] / digest
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + ".writing")
        temporary.write_bytes(body)
        temporary.replace(path)
    seen = {name: getattr(version, name) for name in KEPT}
    return {**row, **seen, "etag": version.etag.strip('"'), "sha256": digest, "metadata": dict(version.metadata)}


def _revived(row: Mapping[str, Any], bucket: str, folder: Path) -> Any:
    from moto.s3.models import FakeDeleteMarker, FakeKey

    modified = dt.datetime.fromisoformat(row["last_modified"])
    if row.get("delete_marker"):
        stub = FakeKey(row["key"], b"", ACCOUNT, REGION, bucket_name=bucket, is_versioned=True)
        marker = FakeDeleteMarker(stub)
        marker.last_modified, marker._version_id = modified, row["version_id"]
        return marker
    digest = row["sha256"]
    version = FakeKey(
        row["key"],
        (folder / "objects" / digest[:2] / digest).read_bytes(),
        ACCOUNT,
        REGION,
        storage=row["storage_class"],
        etag=row["etag"],
        is_versioned=True,
        version_id=row["version_id"],
        bucket_name=bucket,
        checksum_value=row["checksum_value"],
        checksum_type=row["checksum_type"],
    )
    version.checksum_algorithm = row["checksum_algorithm"]
    version.last_modified = modified
    version.set_metadata(dict(row["metadata"]))
    return version


def serve(folder: Path) -> None:
    """Serve until standard input closes, then save."""
    os.environ.setdefault("MOTO_ACCOUNT_ID", ACCOUNT)
    from moto.server import ThreadedMotoServer

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    load(folder)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    sys.stdout.write("http://{}:{}\n".format(*server.get_host_and_port()))
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()
    save(folder)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
