"""The plan of a run: which capture objects are in scope, which of them are new, and under which rules.

The rules (policy, roster, sources) are copied into the run folder, so that every later step reads the same bytes.
The run's name is a digest of all that decides the bundle: inputs, rules, request and code format. Where the zones
lie is not part of it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from pipeline import FORMAT_VERSION
from pipeline.errors import BadInput, BadRoster, BadSources, UsageError
from pipeline.intake.discover import Captures, open_captures, plan_shards
from pipeline.intake.sources import Sources, parse_sources, zone_of
from pipeline.job import Job
from pipeline.lake import Lake
from pipeline.redact.policy import Policy, load_policy
from pipeline.redact.roster import Roster, parse_roster
from pipeline.rundir import RunFolder
from pipeline.storage import FolderZone, ObjectInfo, Zone, json_bytes, open_zone, read_bytes

log = logging.getLogger(__name__)

RULES = ("sources.yml", "roster.csv", "policy.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One object version of the listing."""

    info: ObjectInfo
    identity: str
    """The version id, or the content's SHA-256 where the zone keeps no versions."""


def open_run(job: Job, *, name: str = "") -> str:
    """List the captures and write the plan; returns the run folder's URL. An existing plan is kept as it is.

    Raises:
        BadInput: A zone, the policy, the roster or the sources file cannot be used.
        UsageError: The job contradicts itself.
    """
    _check(job)
    runs = open_zone(job.runs or f"{job.lake.rstrip('/')}/runs")
    if name and runs.exists(f"{name}/plan.json"):
        return _url(runs, name)
    captures = open_captures(job.captures)
    rules = _rules(job, captures)
    sources = parse_sources(rules["sources.yml"], "sources.yml")
    _roster(rules["roster.csv"])
    policy = load_policy(job.policy)
    timezone = job.timezone or sources.timezone or captures.timezone or "UTC"
    _apart(job, captures)
    scope = list(_scope(captures.zone, job.arrived_before_utc))
    fresh = _unread(Lake(job.lake), scope)
    decides = {
        "format": FORMAT_VERSION,
        "inputs": sorted([item.info.key, item.identity] for item in scope),
        "rules": {rule: hashlib.sha256(rules[rule]).hexdigest() for rule in RULES},
        "timezone": timezone,
        "selection": job.selection(),
        "earlier": _earlier(Lake(job.lake)) if job.only_new else [],
    }
    digest = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
    run_id = name or f"{job.product}-{digest[:16]}"
    zone = runs.at(run_id)
    if zone.exists("plan.json"):
        return _url(runs, run_id)
    for rule in RULES:
        zone.put(f"rules/{rule}", rules[rule])
    shards = plan_shards([item.info for item in fresh])
    identities = {_place(item.info): item.identity for item in scope}
    for number, shard in enumerate(shards):
        listed = [{**asdict(info), "identity": identities[_place(info)]} for info in shard]
        zone.put(f"plan/shard-{number:04}.json", json_bytes(listed))
    zone.put("plan/scope.json", json_bytes([[item.info.key, item.identity, item.info.size] for item in scope]))
    plan = {
        "job": job.to_json(),
        "captures": captures.zone.url,
        "digest": digest,
        "timezone": timezone,
        "agency": sources.agency,
        "policy": {"name": policy.name, "digest": policy.digest},
        "rules": decides["rules"],
        "objects": len(scope),
        "versioned": all(item.info.version_id for item in scope),
        "new_objects": len(fresh),
        "bytes": sum(item.info.size for item in fresh),
        "shards": [f"{number:04}" for number in range(len(shards))],
    }
    zone.put("plan.json", json_bytes(plan))
    log.info("%s: %d objects in scope, %d new, %d shards", run_id, len(scope), len(fresh), len(shards))
    return _url(runs, run_id)


def run_job_of(run: RunFolder) -> Job:
    """The job of this run."""
    return Job.from_json(run.plan["job"])


def shard_objects(run: RunFolder, shard: str) -> list[Scope]:
    """The object versions of one shard of the plan."""
    listed = json.loads(read_bytes(run.zone, f"plan/shard-{shard}.json"))
    return [
        Scope(identity=item["identity"], info=ObjectInfo(**{k: v for k, v in item.items() if k != "identity"}))
        for item in listed
    ]


def scope_table(run: RunFolder) -> pa.Table:
    """The scope as a table (object_key, version_id)."""
    listed = json.loads(read_bytes(run.zone, "plan/scope.json"))
    return pa.table(
        {
            "object_key": pa.array([item[0] for item in listed], pa.string()),
            "version_id": pa.array([item[1] for item in listed], pa.string()),
        }
    )


def run_policy(run: RunFolder) -> Policy:
    """The policy of this run."""
    return Policy.model_validate_json(read_bytes(run.zone, "rules/policy.json"))


def run_roster(run: RunFolder) -> Roster:
    """The roster of this run."""
    return _roster(read_bytes(run.zone, "rules/roster.csv"))


def run_sources(run: RunFolder) -> Sources:
    """The sources file of this run."""
    return parse_sources(read_bytes(run.zone, "rules/sources.yml"), "sources.yml")


def _check(job: Job) -> None:
    if job.from_day and job.to_day and job.from_day > job.to_day:
        raise UsageError("the first day lies after the last day")
    if job.timezone:
        try:
            zone_of(job.timezone)
        except ValueError as problem:
            raise UsageError(f"the agency's time zone {job.timezone!a} {problem}") from problem
    if job.profile != "release":
        raise UsageError(f"profile {job.profile}: only `release` is built; the accession copy is not")


def _apart(job: Job, captures: Captures) -> None:
    """What is private must not lie where bundles go, and nothing that a run writes where captures are read.

    Raises:
        UsageError: One zone lies within the other.
    """
    transfer, read = _place_of(job.transfer), _place_of(captures.zone.url)
    for name, url in (("lake", job.lake), ("runs", job.runs)):
        if url and _place_of(url).startswith(transfer):
            raise UsageError(f"the {name} zone lies in the zone that receives the bundles; it holds what is redacted")
    for name, url in (("lake", job.lake), ("runs", job.runs), ("transfer", job.transfer)):
        if url and _place_of(url).startswith(read):
            raise UsageError(f"the {name} zone lies in the captures, where nothing may be written")


def _place_of(url: str) -> str:
    zone = open_zone(url)
    return (zone.root.resolve().as_uri() if isinstance(zone, FolderZone) else zone.url).rstrip("/") + "/"


def _roster(content: bytes) -> Roster:
    try:
        return parse_roster(content.decode("utf-8-sig"), "roster.csv")
    except UnicodeDecodeError as problem:
        raise BadRoster(f"roster.csv: not UTF-8 at byte {problem.start}") from problem


def _url(runs: Zone, name: str) -> str:
    return f"{runs.url.rstrip('/')}/{name}"


def _rules(job: Job, captures: Captures) -> dict[str, bytes]:
    return {
        "sources.yml": _chosen(job.sources, captures, captures.sources_key, BadSources) or b"{}\n",
        "roster.csv": _chosen(job.roster, captures, captures.roster_key, BadRoster) or ROSTER_HEADER,
        "policy.json": json_bytes(load_policy(job.policy).model_dump(mode="json")),
    }


def _chosen(place: str, captures: Captures, own_key: str, error: type[BadInput]) -> bytes:
    """The file that was asked for, else the archive's own, else nothing."""
    if place:
        return _file(place, error)
    return read_bytes(captures.root, own_key) if own_key else b""


ROSTER_HEADER = b"person_id,full_name,role,aliases,emails,phones,handles\n"


def _file(place: str, error: type[BadInput]) -> bytes:
    if "://" not in place:
        try:
            return Path(place).read_bytes()
        except OSError as problem:
            raise error(f"{place}: {problem.strerror}") from problem
    folder, _, name = place.rpartition("/")
    return read_bytes(open_zone(folder), name)


def _scope(zone: Zone, before_utc: int | None) -> Iterator[Scope]:
    for info in zone.iter_objects():
        if before_utc is None or info.modified_utc < before_utc:
            yield Scope(info=info, identity=info.version_id or _content_digest(zone, info.key))


def _content_digest(zone: Zone, key: str) -> str:
    with zone.get(key).stream as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def _place(info: ObjectInfo) -> tuple[str, str]:
    return (info.key, info.version_id)


def _unread(lake: Lake, scope: Sequence[Scope]) -> list[Scope]:
    rows = lake.dataset("objects").to_table(columns=["object_key", "version_id"])
    read = set(zip(rows["object_key"].to_pylist(), rows["version_id"].to_pylist(), strict=True))
    return [item for item in scope if (item.info.key, item.identity) not in read]


def _earlier(lake: Lake) -> list[str]:
    rows = lake.dataset("deliveries").to_table(columns=["bundle_id", "product"]).to_pylist()
    return sorted({row["bundle_id"] for row in rows if row["product"] == "nightly" and row["bundle_id"]})
