"""The whole job over S3: captures with versions, lake, runs and transfer in buckets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from pipeline.job import Job
from pipeline.run import run_job
from pipeline.sample import write_sample
from pipeline.storage import open_zone, read_bytes
from tests.faults.archives import NOW, a_job
from tests.faults.command import foia

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Remote:
    """A job over S3, done twice, and the same archive in a folder."""

    folder: Path
    job: Job
    first: dict[str, Any]
    keys_after: list[list[str]]
    second: dict[str, Any]

    @property
    def bundle(self) -> Path:
        return self.folder / "fetched" / self.first["bundle_id"]


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    from moto.server import ThreadedMotoServer

    folder = tmp_path_factory.mktemp("remote")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as environment:
        environment.setattr(boto3, "DEFAULT_SESSION", None)
        environment.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*server.get_host_and_port()))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = boto3.client("s3")
        for bucket in ("captures", "lake", "transfer"):
            client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket="captures", VersioningConfiguration={"Status": "Enabled"})
        write_sample("s3://captures/archive", messages=200, seed=7)
        write_sample(str(folder / "archive"), messages=200, seed=7)
        job = a_job("s3://captures/archive", "s3://transfer/foia", lake="s3://lake/foia")
        runs, keys = [], []
        for number in range(2):
            runs.append(run_job(job, now_utc=NOW + number, workers=1))
            keys.append(sorted(item.key for item in open_zone(job.transfer).iter_objects()))
        zone = open_zone(job.transfer)
        for info in zone.iter_objects():
            path = folder / "fetched" / info.key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(read_bytes(zone, info.key))
        yield Remote(folder, job, runs[0], keys, runs[1])
    server.stop()


def test_the_job_delivers_once_and_every_object_has_one_version(remote: Remote) -> None:
    assert (remote.first["delivered"], remote.first["already_delivered"]) == (True, False)
    assert (remote.second["delivered"], remote.second["already_delivered"]) == (True, True)
    assert remote.first["bundles"] == remote.second["bundles"]
    assert remote.first["bundles"] == [f"{remote.job.transfer}/{remote.first['bundle_id']}"]
    assert remote.keys_after[0] == remote.keys_after[1]
    assert len(set(remote.keys_after[1])) == len(remote.keys_after[1])


@pytest.mark.parametrize("ledger", [False, True], ids=["as a receiver", "with the ledger in S3"])
def test_what_was_delivered_passes_the_gate(remote: Remote, ledger: bool) -> None:
    extra = ["--ledger", remote.first["run"]] if ledger else []
    ran = foia("verify", remote.bundle, "--json", *extra)
    assert ran.code == 0, ran.err
    judged = json.loads(ran.out)
    assert (judged["verdict"], judged["with_ledger"]) == ("pass", ledger)


def test_a_folder_with_the_same_archive_gives_the_same_records(remote: Remote) -> None:
    local = run_job(a_job(remote.folder / "archive", remote.folder / "out"), now_utc=NOW, workers=1)
    counted = ("lines", "events", "quarantined", "messages", "records", "folded", "redactions", "losses", "selected")
    assert {name: local[name] for name in counted} == {name: remote.first[name] for name in counted}
    here = remote.folder / "out" / local["bundle_id"]
    for path in ("data/records.jsonl", "data/records.csv", "data/index/withholding.csv"):
        assert comparable(here / path) == comparable(remote.bundle / path), path


def comparable(path: Path) -> list[str]:
    """Content without ids: those of messages whose vendor gives them none come from the version of their object."""
    lines = path.read_text("utf-8").splitlines()
    return sorted(re.sub(r"\b[rf]-[0-9a-f]{20}\b|\b[0-9a-f]{32}\b", "id", line) for line in lines)


def test_a_late_version_of_a_capture_is_read_beside_the_earlier_one(remote: Remote) -> None:
    nightly = a_job(remote.job.captures, "s3://transfer/nightly", lake="s3://lake/nightly",
                    only_new=True, product="nightly")  # fmt: skip
    first = run_job(nightly, now_utc=NOW, workers=1)
    zone = open_zone("s3://captures/archive/captures")
    key = next(i.key for i in zone.iter_objects("wickr-bot/") if read_bytes(zone, i.key).startswith(b'{"control"'))
    grown = read_bytes(zone, key)
    late = grown.splitlines()[-1].replace(b'"msgtype":', b'"late":1,"msgtype":', 1)
    zone.put(key, grown + (b"" if grown.endswith(b"\n") else b"\n") + late + b"\n")
    second = run_job(nightly, now_utc=NOW, workers=1)
    assert second["lines"] == len(grown.splitlines()) + 1
    assert second["lines"] == second["events"] + second["quarantined"]
    assert second["messages"] == second["records"] + second["folded"]
    assert first["bundle_id"] != second["bundle_id"]
