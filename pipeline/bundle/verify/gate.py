"""The gate: one sealed bundle in, a certificate out. Collects everything, from the inside out, and decides once.

Fail closed: what cannot be opened, read or decoded is a reason to refuse. Findings name rule and file, never text.
"""

from __future__ import annotations

import csv
import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import bagit
import pyarrow.parquet as pq

from pipeline.bundle.bag_reader import check_bag
from pipeline.bundle.names import check_names, iter_files
from pipeline.bundle.verify import records as recs
from pipeline.bundle.verify.certificate import Certificate, Finding, certificate
from pipeline.bundle.verify.files import RECORDS, Found, Terms, judge_files, notes, shares
from pipeline.bundle.verify.redetect import own_numbers
from pipeline.engine import EngineSettings, map_tasks
from pipeline.errors import BadInput
from pipeline.storage import sha256_of

TAG_MANIFESTS = ("tagmanifest-sha256.txt", "tagmanifest-sha512.txt")
_REQUIRED = ("data/records.jsonl", "metadata/manifest.json", "metadata/file-list.csv", "metadata/file-metadata.csv")


def verify_bundle(bundle: Path, ledger: Path | None, *, workers: int = 1) -> Certificate:
    """Judge a sealed bundle.

    Args:
        bundle: The bag's folder; its name is the bundle id.
        ledger: The private run folder, whose `redact/part-*/ledger.parquet` hold every redacted literal and whose
            `redact/kept.parquet`, if there, the values (column `literal`) that the policy keeps. None for what a
            receiver can check.
        workers: Processes that share the files; the verdict is the same for any number.

    Raises:
        BadInput: The bundle or the ledger is not there.
    """
    _require_folder(bundle)
    return _Gate(bundle, ledger, workers).judge()


def verify_bag(bag: Path) -> Certificate:
    """Judge any BagIt bag as a bag: by our strict reader, which decides, and by bagit-python, as a second opinion.

    Raises:
        BadInput: There is no such folder.
    """
    _require_folder(bag)
    problems = check_bag(bag)
    findings = [
        Finding(rule=p.rule, path=ascii(p.path)[1:-1], expected=p.expected, found=p.found, blocks=p.fatal)
        for p in problems
    ]
    digests = {name: sha256_of(bag / name) for name in TAG_MANIFESTS if (bag / name).is_file()}
    checks = {"bag": 1}
    return certificate(bag.resolve().name, checks=checks, findings=findings, tagmanifests=digests, with_ledger=False)


class _Gate:
    """One judgement; every step adds to `findings` and `checks`."""

    def __init__(self, bundle: Path, ledger: Path | None, workers: int) -> None:
        self.bundle = bundle
        self.workers = workers
        self.findings: list[Finding] = []
        self.checks: Counter[str] = Counter()
        self.with_ledger = ledger is not None
        self.ledger_rows = 0
        self.literals: Mapping[str, str] | None = None
        self.kept_values: list[str] = []
        if ledger is not None:
            self.literals, self.kept_values, self.ledger_rows = _literals(ledger)
        self.kept: frozenset[str] = frozenset()
        self.own = own_numbers("", bundle.resolve().name)
        self.paths: list[str] = []

    def judge(self) -> Certificate:
        self._structure()
        tally = self._records()
        labels = self._files(tally)
        pdf_files = [path for path in self.paths if path.endswith(".pdf")]
        self.findings += recs.check_labels(pdf_files, labels, tally)
        self.checks["labels"] = labels
        digests = {n: sha256_of(self.bundle / n) for n in TAG_MANIFESTS if (self.bundle / n).is_file()}
        return certificate(
            self.bundle.resolve().name,
            checks=self.checks,
            findings=self.findings,
            tagmanifests=digests,
            with_ledger=self.with_ledger,
        )

    def _structure(self) -> None:
        """Is it a bag, is every file where and what it should be?"""
        self.paths = [p for p in iter_files(self.bundle) if not (self.bundle / p).is_symlink()]
        for problem in check_bag(self.bundle):
            self._refuse(problem.rule, ascii(problem.path)[1:-1], problem.expected, problem.found)
        if not _second_opinion(self.bundle):
            self._refuse("bagit-python-refuses")
        for name in check_names(self.bundle):
            self._refuse(name.rule, ascii(name.path)[1:-1])
        for path in (*_REQUIRED, *TAG_MANIFESTS):
            if path not in self.paths:
                self._refuse("file-missing", path)
        for path in _unlisted_tags(self.bundle, self.paths):
            self._refuse("tag-file-not-listed", ascii(path)[1:-1])
        for path in _differ_from_list(self.bundle, self.paths):
            self._refuse("file-list-differs", ascii(path)[1:-1])
        self.checks["files"] = len(self.paths)

    def _records(self) -> recs.Tally:
        if RECORDS not in self.paths:
            return recs.Tally()
        tally, findings = recs.read_records(self.bundle / RECORDS, RECORDS)
        self.findings += findings
        self.findings += recs.check_tables(self.bundle / "data", tally)
        manifest, found = recs.check_manifest(self.bundle / "metadata/manifest.json", tally, self.bundle.resolve().name)
        self.findings += found
        self.checks["records"] = tally.records
        self.checks["redactions"] = tally.labels.total()
        self.kept = _kept_categories(manifest)
        self.own = own_numbers(_request(manifest), self.bundle.resolve().name)
        if self.with_ledger:
            self._check_ledger(tally)
        return tally

    def _files(self, tally: recs.Tally) -> int:
        """Every file by itself, shared out among the workers; returns how many labels the pages show."""
        terms = Terms(
            literals=self.literals,
            kept_values=self.kept_values,
            readable=RECORDS in self.paths,
            kept_categories=self.kept,
            own=self.own,
            dates=frozenset(date.encode() for date in tally.dates),
            numbered=tally.numbered,
        )
        tasks = [(self.bundle, share, terms) for share in shares(self.bundle, self.paths, self.workers)]
        found: list[Found] = map_tasks(judge_files, tasks, EngineSettings(workers=self.workers))
        for one in found:
            self.findings += one.findings
            self.checks.update(one.checks)
        self.findings += notes(found)
        if self.with_ledger:
            self.checks["literals"] = max((one.literals for one in found), default=0)
        return sum(one.labels for one in found)

    def _check_ledger(self, tally: recs.Tally) -> None:
        if self.ledger_rows != tally.labels.total():
            self._refuse(
                "ledger-differs-from-records", "data/records.jsonl", str(self.ledger_rows), str(tally.labels.total())
            )

    def _refuse(self, rule: str, path: str = "", expected: str = "", found: str = "") -> None:
        self.findings.append(Finding(rule=rule, path=path, expected=expected, found=found))


def _kept_categories(manifest: Mapping[str, Any]) -> frozenset[str]:
    policy = manifest.get("policy")
    kept = policy.get("kept_categories") if isinstance(policy, dict) else None
    return frozenset(map(str, kept)) if isinstance(kept, list) else frozenset()


_REQUEST = re.compile(r"(?=.*[A-Za-z]{2})[A-Za-z0-9]{1,12}(?:-[A-Za-z0-9]{1,12}){0,4}")


def _request(manifest: Mapping[str, Any]) -> str:
    """The request's number if it looks like one; anything else is not left out of the search."""
    asked = manifest.get("request")
    number = asked.get("request") if isinstance(asked, dict) else None
    return number if isinstance(number, str) and _REQUEST.fullmatch(number) else ""


def _require_folder(bundle: Path) -> None:
    if not bundle.is_dir():
        raise BadInput(f"{bundle.name}: no such folder")


def _second_opinion(bundle: Path) -> bool:
    logging.getLogger("bagit").setLevel(logging.CRITICAL)
    try:
        return bool(bagit.Bag(str(bundle)).is_valid())
    except (bagit.BagError, OSError, ValueError):
        return False


def _unlisted_tags(bundle: Path, paths: list[str]) -> Iterator[str]:
    """Tag files that BagIt lets nobody list, and a release must not have."""
    listing = bundle / TAG_MANIFESTS[0]
    lines = listing.read_text("utf-8", "replace").splitlines() if listing.is_file() else []
    listed = {line.split(None, 1)[-1] for line in lines if line.strip()}
    for path in paths:
        allowed = path in TAG_MANIFESTS or path.startswith("data/") or path == "signatures/bundle.dsse.json"
        if not allowed and path not in listed:
            yield path


def _differ_from_list(bundle: Path, paths: Sequence[str]) -> Iterator[str]:
    """Files that `metadata/file-list.csv` does not list with their digest, and listed ones that are not there."""
    listing = bundle / "metadata/file-list.csv"
    try:
        rows = list(csv.DictReader(listing.read_text("utf-8").splitlines())) if listing.is_file() else []
    except (UnicodeDecodeError, csv.Error):
        rows = []
    listed = {row.get("path") or "": (row.get("sha256") or "").lower() for row in rows}
    for path in paths:
        if path.startswith(("data/", "metadata/")) and path != "metadata/file-list.csv":
            digest = listed.pop(path, "")
            if (bundle / path).is_file() and sha256_of(bundle / path) != digest:
                yield path
    yield from sorted(listed)


def _literals(run: Path) -> tuple[Mapping[str, str], list[str], int]:
    """Redacted values with a record each, values the policy keeps, and the number of the ledger's rows.

    Raises:
        BadInput: The run folder holds no ledger: then nothing was proved.
    """
    paths = sorted({*(run / "redact").glob("part-*/ledger.parquet"), *(run / "redact/ledger").glob("*.parquet")})
    if not paths:
        raise BadInput(f"{run.name}: no redact/part-*/ledger.parquet in this run folder")
    values: dict[str, str] = {}
    rows = 0
    for path in paths:
        for batch in pq.ParquetFile(path).iter_batches(columns=["literal", "record_id"]):
            columns: dict[str, list[Any]] = batch.to_pydict()
            rows += batch.num_rows
            for literal, record in zip(columns["literal"], columns["record_id"], strict=True):
                if values.get(literal, record) >= record:
                    values[literal] = record
    kept = run / "redact/kept.parquet"
    names = pq.read_table(kept, columns=["literal"])["literal"].to_pylist() if kept.is_file() else []
    return values, names, rows
