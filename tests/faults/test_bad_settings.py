"""What is wrong before the first line is read: one clear error with its exit code, and nothing is written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
import requests

from pipeline.errors import StorageError
from pipeline.run import run_job
from tests.faults.archives import NOW, POLICY, ROSTER, SOURCES, a_job, an_archive
from tests.faults.command import Ran, foia

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCY"


@dataclass(frozen=True)
class Case:
    """One thing that is wrong, and what the error must name."""

    named: list[str]
    archive: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    exit_code: int = 3


CASES = {
    "policy: unknown key": Case(["p.yml", "colour"], files={"p.yml": POLICY + b"colour: red\n"}),
    "policy: unknown category": Case(["p.yml", "SHOES"], files={"p.yml": POLICY + b"categories: {SHOES: {}}\n"}),
    "policy: a bare (b)(7)": Case(
        ["p.yml", "(b)(7)"],
        files={"p.yml": POLICY + b'categories: {PLATE: {action: redact, exemptions: ["(b)(7)"], harm: x}}\n'},
    ),
    "policy: not YAML": Case(["p.yml", "line 5"], files={"p.yml": POLICY + b"categories: {Quintanilla\n"}),
    "policy: no such file": Case(["nowhere.yml"], arguments=["--policy", "nowhere.yml"]),
    "roster: a bad role": Case(["roster.csv", "line 3", "role"], {"roster": ROSTER + b"p-2,A. Quintanilla,boss,,,,\n"}),
    "roster: too few columns": Case(["roster.csv", "line 3"], {"roster": ROSTER + b"p-2,Ana Quintanilla\n"}),
    "roster: another header": Case(["roster.csv", "line 1"], {"roster": b"id,name\np-2,Ana Quintanilla\n"}),
    "roster: not UTF-8": Case(["roster.csv", "byte"], {"roster": ROSTER + b"p-2,Ana Qu\xefntanilla,press,,,,\n"}),
    "roster: no such file": Case(["nowhere.csv"], arguments=["--roster", "nowhere.csv"]),
    "sources: unknown key": Case(["sources.yml", "colour"], {"sources": SOURCES + b"colour: red\n"}),
    "sources: unknown key in a row": Case(
        ["sources.yml", "sources.2.colour"],
        {"sources": SOURCES + b"  - {prefix: x/, custodian: Quintanilla, account: official, colour: red}\n"},
    ),
    "sources: unknown zone": Case(["sources.yml", "timezone"], {"sources": b"timezone: America/Quintanilla\n"}),
    "sources: not YAML": Case(["sources.yml", "line"], {"sources": b"sources: [Quintanilla\n"}),
    "sources: not UTF-8": Case(["sources.yml", "UTF-8"], {"sources": b"agency: Qu\xefntanilla\n"}),
    "sources: no such file": Case(["nowhere.yml"], arguments=["--sources", "nowhere.yml"]),
    "sources: named by the archive, not there": Case(
        ["gone.yml"], {"archive": b'{"captures": "captures/", "sources": "gone.yml"}'}
    ),
    "archive: its captures climb out": Case(["archive.json", "captures"], {"archive": b'{"captures": "../x"}'}),
    "archive: cut short": Case(["archive.json"], {"archive": b'{"captures": "captures/", "roster": "Quintan'}),
    "captures: no such folder": Case(["absent"], arguments=["--captures", "absent"]),
    "captures: a scheme nobody knows": Case(["gs"], arguments=["--captures", "gs://bucket/x"]),
    "zone: no such time zone": Case(["Mars/Olympus"], arguments=["--tz", "Mars/Olympus"], exit_code=2),
    "days: last before first": Case(
        ["first day"], arguments=["--from", "2026-03-02", "--to", "2026-03-01"], exit_code=2
    ),
    "days: no such day": Case(["2026-02-30"], arguments=["--from", "2026-02-30"], exit_code=2),
    "profile: not built": Case(["accession"], arguments=["--profile", "accession"], exit_code=2),
    "lake: where the bundles go": Case(["lake"], arguments=["--lake", "out/lake"], exit_code=2),
    "out: in the captures": Case(["captures"], arguments=["--out", "archive/captures/out"], exit_code=2),
}


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_setting_is_one_clear_error_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case = CASES[name]
    monkeypatch.chdir(tmp_path)
    an_archive(tmp_path / "archive", **case.archive)
    for path, content in case.files.items():
        (tmp_path / path).write_bytes(content)
    policy = ["--policy", "p.yml"] if "p.yml" in case.files else []
    before = sorted(tmp_path.rglob("*"))
    ran = foia("run", "--captures", "archive", "--out", "out", *policy, *case.arguments)
    assert (ran.code, ran.out) == (case.exit_code, "")
    assert all(word in ran.err for word in case.named), ran.err
    assert "Traceback" not in ran.err
    assert "uintanilla" not in ran.err.replace("America/Quintanilla", "")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.fixture(scope="module")
def everything_loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The other user may not read the interpreter's own files either, so nothing may be imported late."""
    root = tmp_path_factory.mktemp("loaded")
    run_job(a_job(an_archive(root / "archive"), root / "out"), now_utc=NOW, workers=1)


@pytest.fixture
def readable_by_all(everything_loaded: None) -> Iterator[Path]:
    """pytest's own folders are closed to other users."""
    with tempfile.TemporaryDirectory(prefix="foia-faults-") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.mark.parametrize(
    "close",
    [
        pytest.param(lambda root: root / "archive", id="the archive"),
        pytest.param(lambda root: root / "archive/captures", id="the captures"),
        pytest.param(lambda root: root / "archive/captures/wickr-bot", id="a folder of captures"),
        pytest.param(lambda root: root / "archive/captures/wickr-bot/1", id="one capture"),
    ],
)
def test_what_may_not_be_read_is_named(readable_by_all: Path, close: Callable[[Path], Path]) -> None:
    archive = an_archive(readable_by_all / "archive")
    closed = close(readable_by_all)
    closed.chmod(0)
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)
    try:
        with pytest.raises(StorageError, match="Permission denied") as raised:
            run_job(a_job(archive, readable_by_all / "out"), now_utc=NOW, workers=1)
    finally:
        os.seteuid(user)
        closed.chmod(0o755)
    assert closed.name in str(raised.value)
    assert not (readable_by_all / "out").exists()


@pytest.mark.parametrize("closed", ["out", "out-lake"])
def test_a_zone_that_may_not_be_written_is_named_and_the_run_goes_on_later(readable_by_all: Path, closed: str) -> None:
    archive = an_archive(readable_by_all / "archive")
    place = readable_by_all / closed
    place.mkdir(mode=0o555)
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)
    job = a_job(archive, readable_by_all / "out")
    try:
        with pytest.raises(StorageError, match="Permission denied"):
            run_job(job, now_utc=NOW, workers=1)
        assert not list((readable_by_all / "out").glob("*"))
    finally:
        os.seteuid(user)
        place.chmod(0o777)
    assert run_job(job, now_utc=NOW, workers=1)["delivered"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


Surroundings = Callable[..., None]


@pytest.fixture
def surroundings(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    """An environment that leads to the server, with changes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    def set_up(**changes: str) -> None:
        usual = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        for name, value in {**usual, **changes}.items():
            monkeypatch.setenv(name, value)

    return set_up


def test_a_bucket_that_does_not_exist_is_named(tmp_path: Path, surroundings: Surroundings) -> None:
    surroundings()
    refused(foia("run", "--captures", "s3://nobodys/x", "--out", "out"), tmp_path, "s3://nobodys/x", "NoSuchBucket")


def test_wrong_credentials_are_named_without_the_secret(
    tmp_path: Path, surroundings: Surroundings, endpoint: str
) -> None:
    surroundings()
    boto3.client("s3").create_bucket(Bucket="guarded")
    switch = f"{endpoint}/moto-api/reset-auth"
    requests.post(switch, data="0", timeout=10)
    try:
        ran = foia("run", "--captures", "s3://guarded/x", "--out", "out")
    finally:
        requests.post(switch, data="inf", timeout=10)
    refused(ran, tmp_path, "s3://guarded/x")


def test_no_credentials_at_all_are_named(tmp_path: Path, surroundings: Surroundings) -> None:
    surroundings(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    refused(foia("run", "--captures", "s3://guarded/x", "--out", "out"), tmp_path, "NoCredentialsError")


def test_a_server_that_is_not_there_is_named(tmp_path: Path, surroundings: Surroundings) -> None:
    surroundings(AWS_ENDPOINT_URL="http://127.0.0.1:9")
    refused(foia("run", "--captures", "s3://b/x", "--out", "out"), tmp_path, "EndpointConnectionError")


@pytest.mark.parametrize("zone", ["--lake", "--out"])
def test_a_bucket_that_cannot_be_written_is_named(tmp_path: Path, surroundings: Surroundings, zone: str) -> None:
    surroundings()
    an_archive(tmp_path / "archive")
    zones = {"--out": "out", "--lake": "lake", zone: "s3://nobodys/y"}
    ran = foia("run", "--captures", "archive", *(word for pair in zones.items() for word in pair))
    refused(ran, tmp_path, "nobodys")


def refused(ran: Ran, folder: Path, *named: str) -> None:
    assert (ran.code, ran.out) == (3, ""), ran.err
    assert all(word in ran.err for word in named), ran.err
    assert "Traceback" not in ran.err
    assert SECRET not in ran.err
    assert not list((folder / "out").glob("*"))
