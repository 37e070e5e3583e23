"""The command line's contract: data and nothing else on stdout, exit codes, and the gate that refuses."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from reportlab.pdfgen import canvas

from pipeline.bundle.bag import write_bag
from pipeline.cli import command
from pipeline.errors import BundlerError
from tests.faults.archives import CHAT, POLICY, a_line, an_archive
from tests.faults.command import Ran, foia

REPO = Path(__file__).resolve().parents[2]
SAMPLES = REPO / "../shared/data/wickr_doc_samples"
CONTRACT = {"lines", "events", "quarantined", "messages", "records", "folded", "redactions", "losses", "bundles"}


@dataclass(frozen=True)
class Night:
    """One `foia sample` and one `foia run` over it."""

    root: Path
    sampled: Ran
    ran: Ran

    @property
    def summary(self) -> dict[str, Any]:
        return dict(json.loads(self.ran.out))

    @property
    def bundle(self) -> Path:
        return self.root / "out" / self.summary["bundle_id"]

    @property
    def run(self) -> str:
        return str(self.summary["run"])


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    root = tmp_path_factory.mktemp("night")
    sampled = foia("sample", "--out", root / "sample", "--messages", "200", "--seed", "3")
    return Night(root, sampled, foia("run", "--captures", root / "sample", "--out", root / "out"))


@pytest.fixture
def damaged(night: Night, tmp_path: Path) -> Path:
    """A copy of the delivered bundle, to be damaged."""
    return Path(shutil.copytree(night.bundle, tmp_path / night.bundle.name))


# sample and run


def test_sample_prints_its_counts_and_the_same_seed_gives_the_same_bytes(night: Night, tmp_path: Path) -> None:
    assert (night.sampled.code, night.sampled.err) == (0, "")
    assert json.loads(night.sampled.out)["real_messages"] == 200
    again = foia("sample", "--out", tmp_path, "--messages", "200", "--seed", "3")
    assert again.out == night.sampled.out
    for path in sorted(p for p in tmp_path.rglob("*") if p.is_file()):
        assert path.read_bytes() == (night.root / "sample" / path.relative_to(tmp_path)).read_bytes(), path.name


def test_run_prints_one_json_object_with_the_count_equation(night: Night) -> None:
    assert (night.ran.code, night.ran.err) == (0, "")
    counts = night.summary
    assert counts.keys() >= CONTRACT
    assert counts["lines"] == counts["events"] + counts["quarantined"]
    assert counts["messages"] == counts["records"] + counts["folded"]
    assert {name: type(counts[name]) for name in CONTRACT} == {
        **dict.fromkeys(CONTRACT, int),
        "redactions": dict,
        "bundles": list,
    }
    assert [label for label in counts["redactions"] if not re.fullmatch(r"\[?\(b\)\(.+\)\]?", label)] == []
    assert min(counts["redactions"].values()) > 0
    assert counts["bundles"] == [night.bundle.as_uri()]


def test_a_second_run_is_answered_with_the_same_bundle(night: Night) -> None:
    again = foia("run", "--captures", night.root / "sample", "--out", night.root / "out")
    assert again.code == 0
    assert json.loads(again.out) == {**night.summary, "already_delivered": True}


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        (["--from", "2026-10-01", "--to", "2026-10-02"], 0.6),
        (["--custodian", "mreyes"], 0.9),
        (["--term", "no such term anywhere"], 0.0),
        (["--request", "FOIA-2026-00042"], 1.0),
    ],
)
def test_run_takes_the_filters_of_a_request(night: Night, tmp_path: Path, arguments: list[str], most: float) -> None:
    ran = foia("run", "--captures", night.root / "sample", "--out", tmp_path / "out", *arguments)
    assert ran.code == 0, ran.err
    counts = json.loads(ran.out)
    assert (counts["lines"], counts["records"]) == (night.summary["lines"], night.summary["records"])
    assert counts["selected"] <= most * counts["records"]
    assert len(counts["bundles"]) == (counts["selected"] > 0) == (most > 0)
    assert arguments[0] != "--request" or counts["bundle_id"].startswith("foia-2026-00042-")


def test_run_leaves_the_private_folder_outside_of_out(night: Night) -> None:
    assert not list((night.root / "out").rglob("ledger.parquet"))
    assert list((night.root / "out-lake").rglob("ledger.parquet"))


# usage and errors


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-verb"],
        ["run"],
        ["run", "--captures", "x"],
        ["run", "--captures", "x", "--out", "y", "--from", "yesterday"],
        ["run", "--captures", "x", "--out", "y", "--profile", "all"],
        ["run", "--captures", "x", "--out", "y", "--colour", "red"],
        ["verify"],
        ["deliver", "x"],
        ["parse"],
        ["parse", "x", "--tz", "Mars/Olympus"],
        ["report", "quarterly", "--lake", "x", "--quarter", "2026-Q4", "--out", "y"],
        ["sample", "--out", "x", "--messages", "12"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_an_empty_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = foia(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err and "Traceback" not in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--captures", "absent", "--out", "out"],
        ["parse", "absent"],
        ["verify", "absent"],
        ["verify", "absent", "--bag-only"],
        ["deliver", "absent", "out"],
        ["detect", "--policy", "absent.yml"],
        ["detect", "--roster", "absent.csv"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_ends_with_3_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = foia(*arguments)
    assert (ran.code, ran.out) == (3, "")
    assert "absent" in ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize(
    "name", ["parse", "detect", "run", "explain", "losses", "verify", "deliver", "report", "sample"]
)
def test_every_verb_explains_itself_on_stdout(name: str) -> None:
    ran = foia(name, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Usage: ")


def test_a_defect_ends_with_1_and_quotes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from pipeline.intake import parse

    def broken(*_: object) -> None:
        raise KeyError("Marisol Quintanilla")

    monkeypatch.setattr(parse, "parse_paths", broken)
    ran = foia("parse", tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "KeyError" in ran.err and "test_cli.py" in ran.err and BundlerError.advice in ran.err
    assert "Quintanilla" not in ran.err


def test_the_streams_are_utf_8_in_any_locale(tmp_path: Path) -> None:
    (tmp_path / "chat.txt").write_bytes(CHAT.replace(b"first light", "primera luz \u2600 \u738b".encode()))
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    ran = subprocess.run(
        [sys.executable, "-m", "pipeline", "parse", str(tmp_path / "chat.txt")],
        cwd=REPO, env=environment, capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(ran.stdout.splitlines()[0])["body"] == "primera luz \u2600 \u738b"


def test_the_group_shows_its_version() -> None:
    assert "foia" in CliRunner().invoke(command, ["--version"]).output


# parse


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared Wickr samples are not beside the checkout")
def test_parse_gives_one_event_for_each_line_of_the_vendors_samples() -> None:
    files = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".json", ".jsonl", ".txt", ""))
    for path in (file for file in files if file.read_bytes().lstrip().startswith(b"{")):
        ran = foia("parse", path)
        events = [json.loads(line) for line in ran.out.splitlines()]
        assert ran.code == 0
        assert len(events) >= 1, path.name
        assert ran.err == f"{len(events)} lines = {len(events)} events + 0 quarantined\n", path.name


def test_parse_counts_and_names_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "capture").write_bytes(a_line(1) + b"{broken\n" + a_line(2))
    ran = foia("parse", tmp_path / "capture")
    assert ran.code == 0
    assert [json.loads(line)["raw_locator"]["line"] for line in ran.out.splitlines()] == [1, 3]
    refused, counted = ran.err.splitlines()
    assert json.loads(refused)["quarantined"] == "invalid-json"
    assert counted == "3 lines = 2 events + 1 quarantined"


@pytest.mark.parametrize(("tz", "time"), [([], "09:00:00.000000"), (["--tz", "America/Chicago"], "15:00:00.000000Z")])
def test_parse_gives_local_times_a_zone_only_when_told(tmp_path: Path, tz: list[str], time: str) -> None:
    (tmp_path / "chat.txt").write_bytes(CHAT)
    first = json.loads(foia("parse", tmp_path / "chat.txt", *tz).out.splitlines()[0])
    assert first["time"] == f"2026-01-25T{time}"


def test_parse_reads_a_sample_archive_whole(night: Night) -> None:
    ran = foia("parse", night.root / "sample")
    assert len(ran.out.splitlines()) == night.summary["events"]
    assert ran.err.splitlines()[-1].startswith(f"{night.summary['lines']} lines = ")


# detect


def test_detect_answers_each_line_with_offsets_in_code_points() -> None:
    texts = {"a": "\U0001f335 ssn 219-09-9999 ok", "b": "nothing here", "c": "mail ana@example.org"}
    lines = "".join(json.dumps({"id": key, "text": text}) + "\n" for key, text in texts.items())
    ran = foia("detect", stdin=lines.encode())
    assert (ran.code, ran.err) == (0, "")
    answers = {answer["id"]: answer["spans"] for answer in map(json.loads, ran.out.splitlines())}
    found = {key: [(s["category"], texts[key][s["start"] : s["end"]]) for s in spans] for key, spans in answers.items()}
    assert found == {"a": [("SSN", "219-09-9999")], "b": [], "c": [("EMAIL", "ana@example.org")]}
    assert answers["a"][0].keys() == {"start", "end", "category", "rule", "exemptions", "score"}


def test_detect_knows_the_persons_of_a_roster_and_the_codes_of_a_policy(tmp_path: Path) -> None:
    an_archive(tmp_path)
    (tmp_path / "p.yml").write_bytes(POLICY)
    question = b'{"id": 1, "text": "met Marisol Quintanilla today"}\n'
    ran = foia("detect", "--roster", tmp_path / "roster.csv", "--policy", tmp_path / "p.yml", stdin=question)
    [span] = json.loads(ran.out)["spans"]
    assert (span["start"], span["end"], span["category"]) == (4, 23, "NAME_LINE_OFFICER")
    assert span["exemptions"]


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"id": 1}', b'{"text": "x"}', b'{"id": 1, "text": 2}', b"\xff"])
def test_detect_refuses_a_bad_line_by_its_number(line: bytes) -> None:
    ran = foia("detect", stdin=b'{"id": 1, "text": "secret"}\n' + line + b"\n")
    assert ran.code == 3
    assert "line 2" in ran.err and "secret" not in ran.err


# verify


def test_verify_passes_the_bundle_with_and_without_the_ledger(night: Night) -> None:
    for extra in ([], ["--ledger", night.run], ["--bag-only"]):
        ran = foia("verify", night.bundle, *extra)
        assert (ran.code, ran.err) == (0, ""), ran.err
        assert ran.out.splitlines()[0] == f"{night.bundle.name}: pass"


def test_verify_prints_the_certificate_that_lies_beside_the_bundle(night: Night) -> None:
    ran = foia("verify", night.bundle, "--ledger", night.run, "--json")
    assert json.loads(ran.out) == json.loads(
        (night.root / "out" / f"{night.bundle.name}.verification.json").read_bytes()
    )


# explain and losses


def test_explain_names_every_copy_and_its_rule_without_the_text(night: Night) -> None:
    lake = night.root / "out-lake"
    folded = next(r for r in pq.read_table(next(lake.glob("records/bucket=*/*.parquet"))).to_pylist() if r["sightings"])
    ran = foia("explain", folded["record_id"], "--lake", lake, "--json")
    assert ran.code == 0
    told = json.loads(ran.out)
    assert [s["event_id"] for s in told["sightings"]] == [s["event_id"] for s in folded["sightings"]]
    assert told["sightings"][0]["rule"] == "founder"
    assert all(
        s["place"].endswith(f"#{f['line']}") for s, f in zip(told["sightings"], folded["sightings"], strict=True)
    )
    plain = foia("explain", folded["record_id"], "--lake", lake)
    assert plain.out.startswith(f"{folded['record_id']}: ")
    if folded["body"]:
        assert folded["body"] not in plain.out


def test_explain_shows_the_versions_only_when_asked(night: Night) -> None:
    lake = night.root / "out-lake"
    rows = [row for path in sorted(lake.glob("records/bucket=*/*.parquet")) for row in pq.read_table(path).to_pylist()]
    edited = next(row for row in rows if len(row["versions"]) > 1)
    quiet, loud = (foia("explain", edited["record_id"], "--lake", lake, "--json", *more) for more in ([], ["--texts"]))
    assert [v["text"] for v in json.loads(loud.out)["versions"]] == [v["body"] for v in edited["versions"]]
    assert all("text" not in v for v in json.loads(quiet.out)["versions"])


def test_explain_of_no_record_ends_with_3(night: Night) -> None:
    ran = foia("explain", "r-" + "0" * 20, "--lake", night.root / "out-lake")
    assert (ran.code, ran.out) == (3, "")
    assert "holds no record" in ran.err


def test_losses_lists_as_many_as_the_summary_counts(night: Night) -> None:
    ran = foia("losses", "--lake", night.root / "out-lake")
    header, *rows = ran.out.splitlines()
    assert header.startswith("finding_id,rule,basis,confidence,platform")
    assert len(rows) == night.summary["losses"] > 0


def flip(bundle: Path) -> None:
    path = bundle / "data/records.jsonl"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


FIXITY: dict[str, Callable[[Path], object]] = {
    "a flipped byte": flip,
    "a missing file": lambda bundle: (bundle / "data/records.csv").unlink(),
    "an added file": lambda bundle: (bundle / "data/added.txt").write_bytes(b"x"),
    "an added tag file": lambda bundle: (bundle / "metadata/added.txt").write_bytes(b"x"),
    "a missing manifest": lambda bundle: (bundle / "manifest-sha512.txt").unlink(),
    "a payload without its last byte": lambda bundle: os.truncate(
        bundle / "data/records.csv", (bundle / "data/records.csv").stat().st_size - 1
    ),
}


@pytest.mark.parametrize("how", [[], ["--bag-only"]], ids=["as a bundle", "as a bag"])
@pytest.mark.parametrize("damage", FIXITY)
def test_verify_refuses_a_bundle_whose_files_are_not_the_listed_ones(
    damaged: Path, damage: str, how: list[str]
) -> None:
    if damage == "an added tag file" and how:
        pytest.skip("BagIt lets tag files go unlisted")
    FIXITY[damage](damaged)
    ran = foia("verify", damaged, "--json", *how)
    assert ran.code == 4
    assert json.loads(ran.out)["verdict"] == "refuse"
    assert "Do not deliver" in ran.err


def reseal(bundle: Path) -> None:
    """Fix up the manifests, so that only the search can tell."""
    info = dict(line.split(": ", 1) for line in (bundle / "bag-info.txt").read_text("utf-8").splitlines())
    day = info.pop("Bagging-Date")
    info.pop("Payload-Oxum")
    for path in [*bundle.glob("*manifest-*.txt"), bundle / "bagit.txt", bundle / "bag-info.txt"]:
        path.unlink()
    write_bag(bundle, info, bagging_date=day)


def in_json(bundle: Path, literal: str) -> None:
    path = bundle / "data/records.jsonl"
    lines = path.read_text("utf-8").splitlines()
    place = next(n for n, line in enumerate(lines) if any(p["type"] == "redaction" for p in json.loads(line)["body"]))
    record = json.loads(lines[place])
    part = next(p for p in record["body"] if p["type"] == "redaction")
    record["body"][record["body"].index(part)] = {"type": "text", "value": literal}
    lines[place] = json.dumps(record, sort_keys=True, ensure_ascii=False)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def in_csv(bundle: Path, literal: str) -> None:
    path = bundle / "data/records.csv"
    text = path.read_text("utf-8")
    label = re.search(r"\[\(b\)[^\]]*\]", text)
    assert label
    path.write_text(text.replace(label[0], literal, 1), "utf-8")


def in_a_name(bundle: Path, literal: str) -> None:
    path = next((bundle / "data/pdf").glob("*.pdf"))
    path.rename(path.with_name(literal.lower().replace(" ", "_") + ".pdf"))


def pdf_of(bundle: Path, edit: Callable[[pikepdf.Pdf], object]) -> None:
    path = next((bundle / "data/pdf").glob("*.pdf"))
    with pikepdf.open(io.BytesIO(path.read_bytes())) as document:
        edit(document)
        document.save(path)


def in_pdf(bundle: Path, literal: str) -> None:
    drawn = io.BytesIO()
    page = canvas.Canvas(drawn)
    page.drawString(72, 700, f"met {literal} today")
    page.save()
    with pikepdf.open(drawn) as source:
        pdf_of(bundle, lambda document: document.pages.extend(source.pages))


def in_metadata(bundle: Path, literal: str) -> None:
    pdf_of(bundle, lambda document: document.docinfo.__setitem__("/Keywords", literal))


PUT_BACK = {"PDF": in_pdf, "JSON": in_json, "CSV": in_csv, "a file name": in_a_name, "PDF metadata": in_metadata}


@pytest.mark.parametrize("place", PUT_BACK)
def test_verify_refuses_a_redacted_literal_that_was_put_back(night: Night, damaged: Path, place: str) -> None:
    ledger = pq.read_table(next((Path(night.run.removeprefix("file://")) / "redact").glob("part-*/ledger.parquet")))
    names = {
        row["literal"]
        for row in ledger.to_pylist()
        if row["categories"][0].startswith("NAME") and re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", row["literal"])
    }
    literal = max(sorted(names), key=len)
    PUT_BACK[place](damaged, literal)
    reseal(damaged)
    assert foia("verify", damaged, "--bag-only").code == 0
    ran = foia("verify", damaged, "--ledger", night.run, "--json")
    assert ran.code == 4
    rules = {finding["rule"] for finding in json.loads(ran.out)["findings"] if finding["blocks"]}
    assert any(rule.startswith("literal-in-") for rule in rules), rules
    shown = [finding["path"] for finding in json.loads(ran.out)["findings"]]
    assert literal not in ran.err + ("" if place == "a file name" else ran.out), shown


def test_verify_with_a_ledger_that_is_none_proves_nothing(night: Night, tmp_path: Path) -> None:
    ran = foia("verify", night.bundle, "--ledger", tmp_path)
    assert (ran.code, ran.out) == (3, "")


# deliver


def test_deliver_prints_a_receipt_twice_and_never_overwrites(night: Night, tmp_path: Path) -> None:
    first, second = (foia("deliver", night.bundle, tmp_path / "transfer") for _ in range(2))
    assert (first.code, second.code, first.err, second.err) == (0, 0, "", "")
    receipts = [json.loads(ran.out) for ran in (first, second)]
    assert [receipt["already_delivered"] for receipt in receipts] == [False, True]
    assert receipts[0]["marker_sha256"] == receipts[1]["marker_sha256"]
    held = tmp_path / "transfer" / night.bundle.name / "data/records.csv"
    held.write_bytes(b"something else")
    third = foia("deliver", night.bundle, tmp_path / "transfer")
    assert (third.code, third.out) == (5, "")
    assert "records.csv" in third.err
    assert held.read_bytes() == b"something else"


def test_deliver_takes_only_what_the_gate_judged(night: Night, damaged: Path, tmp_path: Path) -> None:
    assert foia("deliver", damaged, tmp_path / "transfer").code == 3
    certificate = f"{damaged.name}.verification.json"
    shutil.copy(night.root / "out" / certificate, damaged.with_name(certificate))
    (damaged / "data/added.txt").write_bytes(b"x")
    assert foia("deliver", damaged, tmp_path / "transfer").code == 4
    assert not list((tmp_path / "transfer").rglob("*.complete.json"))


# report


def test_report_writes_three_files_and_prints_their_names(night: Night, tmp_path: Path) -> None:
    lake = f"{night.root / 'out'}-lake"
    ran = foia("report", "quarterly", "--lake", lake, "--quarter", "FY2027Q1", "--out", tmp_path / "reports")
    assert (ran.code, ran.err) == (0, "")
    said = json.loads(ran.out)
    assert {Path(name).suffix for name in said["files"]} == {".json", ".csv", ".pdf"}
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == sorted(said["files"])
    assert said["balances"]
