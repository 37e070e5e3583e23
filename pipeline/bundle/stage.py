"""From released records to a sealed bag: what is printed around the records, and what the manifest says of the run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import __version__
from pipeline.bundle.bundle_id import InputObject
from pipeline.bundle.manifest import BundleManifest
from pipeline.bundle.seal import seal
from pipeline.engine import read_batches
from pipeline.job import Job
from pipeline.model import Counts, Finding
from pipeline.redact.detector import Detector
from pipeline.redact.exemptions import EXEMPTIONS
from pipeline.redact.literals import BundleLiterals, LiteralMatcher
from pipeline.redact.participants import WHOLE_NETWORK, Participant
from pipeline.redact.stage import Rules
from pipeline.render.job import RenderJob, SightingRow

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TITLES = {"nightly": "Released records: nightly release"}
HIDDEN = "name withheld"


def render_job(job: Job, plan: Mapping[str, Any], rules: Rules, figures: Mapping[str, int], bundle: str) -> RenderJob:
    """What the renderer prints around the records."""
    return RenderJob(
        title=f"Released records: {job.request}" if job.request else _TITLES.get(job.product, "Released records"),
        request_id=job.request,
        agency=plan["agency"],
        bates_prefix=f"{job.request}-" if job.request else "FOIA-",
        bates_digits=7,
        timezone=plan["timezone"],
        bundle_id=bundle,
        profile=job.profile,
        date_from=job.from_day,
        date_to=job.to_day,
        legend=tuple((exemption.label, exemption.covers) for exemption in EXEMPTIONS),
        categories={
            rule.public_category or name: rule.description for name, rule in sorted(rules.policy.categories.items())
        },
        counts=figures,
    )


def read_findings(path: Path) -> Iterator[Finding]:
    """The findings of a run, in order."""
    for batch in read_batches([path]):
        for row in batch.to_pylist():
            yield Finding(**{**row, "evidence": tuple(row["evidence"])})


class Sightings:
    """Gives the renderer the captured copies of one partition's records that have more than one."""

    def __init__(self, parts: Sequence[Path], participants: Mapping[str, Participant]) -> None:
        self._parts = parts
        self._pseudonyms = {key: person.pseudonym for key, person in participants.items()}

    def __call__(self, part: int) -> Mapping[str, Sequence[SightingRow]]:
        """By record id."""
        found: dict[str, list[SightingRow]] = {}
        for batch in read_batches([self._parts[part]], ["record_id", "sightings"]):
            for row in batch.to_pylist():
                if len(row["sightings"]) > 1:
                    found[row["record_id"]] = [self._row(row["record_id"], copy) for copy in row["sightings"]]
        return found

    def _row(self, record_id: str, copy: Mapping[str, Any]) -> SightingRow:
        custodian = copy["custodian"]
        name = custodian if custodian in ("", WHOLE_NETWORK) else self._pseudonyms.get(custodian, "P0")
        return SightingRow(record_id=record_id, format=copy["format"], custodian=name)


class OpenNames:
    """Decides which names of inputs and of the request a release may show."""

    def __init__(self, rules: Rules, literals: BundleLiterals) -> None:
        """Compile; `rules.roster` with the bundle's participants."""
        self._protected = rules.policy.protected
        self._detector = Detector(rules.policy, rules.roster)
        self._matcher = LiteralMatcher(literals)

    def shows(self, words: str) -> bool:
        """Whether nothing protected stands in these words."""
        found = (*self._detector.find(words), *self._matcher.find(words))
        return not any(span.category in self._protected for span in found)

    def inputs(self, objects: Iterable[Mapping[str, Any]], *, versioned: bool) -> list[InputObject]:
        """The inputs; a key that holds personal data is replaced by the start of its content's digest.

        Args:
            objects: Rows of the lake's objects table.
            versioned: Whether the captures zone keeps versions.
        """
        shown: dict[tuple[str, str], InputObject] = {}
        for row in objects:
            key = row["object_key"]
            shown[key, row["version_id"]] = InputObject(
                key=key if self.shows(key) else f"{HIDDEN} ({row['sha256'][:16]})",
                version_id=row["version_id"] if versioned else "",
                sha256=row["sha256"],
                size=row["size"],
            )
        return [shown[place] for place in sorted(shown)]

    def selection(self, job: Job) -> dict[str, Any]:
        """What was asked for; a custodian, conversation or term that is protected is only counted."""
        return {
            name: [word if self.shows(word) else HIDDEN for word in value] if isinstance(value, tuple) else value
            for name, value in job.selection().items()
        }


def last_day(parts: Sequence[Path], zone: ZoneInfo) -> str:
    """The day of the last record, `YYYY-MM-DD`: the bag's date, since a clock would make two runs differ."""
    latest = max(pc.max(pq.read_table(path, columns=["ts_utc"])["ts_utc"]).as_py() for path in parts)
    return (_EPOCH + dt.timedelta(microseconds=latest)).astimezone(zone).date().isoformat()


def seal_bundle(payload: Path, out: Path, manifest: BundleManifest, *, bagging_date: str) -> Path:
    """Seal what the renderer wrote below `payload`: `data/` becomes the payload, `metadata/` tag files."""
    extra = {
        path.relative_to(payload / "metadata").as_posix(): path.read_bytes()
        for path in sorted((payload / "metadata").rglob("*"))
        if path.is_file()
    }
    return seal(payload / "data", out, manifest, bagging_date=bagging_date, tag_files=extra)


def manifest_of(
    *,
    bundle: str,
    job: Job,
    plan: Mapping[str, Any],
    rules: Rules,
    counts: Counts,
    released: Mapping[str, int],
    redactions: Mapping[str, int],
    inputs: Sequence[InputObject],
    request: Mapping[str, Any],
    stripped: Sequence[str],
) -> BundleManifest:
    """The manifest of one bundle."""
    policy = rules.policy
    return BundleManifest(
        bundle_id=bundle,
        run=plan["digest"][:16],
        code_version=__version__,
        product="release",
        profile=job.profile,
        request=request,
        policy_digest=policy.digest,
        roster_digest=plan["rules"]["roster.csv"],
        timezone=plan["timezone"],
        agency=plan["agency"],
        inputs=inputs,
        counts=counts,
        released=released,
        redactions=redactions,
        kept_categories=sorted(set(policy.categories) - policy.protected),
        stripped_secrets=stripped,
    )
