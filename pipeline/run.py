"""The order of the stages, and the count check after each.

Every function takes the URL of a run folder and may be called again: a stage that is done is not done twice. A stage
reads what earlier ones published there and nothing from memory, so a shell, a test and an Airflow task run it alike.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from pipeline.accounts import finish, inputs_of, pending_objects, receipt_key
from pipeline.bundle.stage import (
    OpenNames,
    Sightings,
    last_day,
    manifest_of,
    read_findings,
    render_job,
    seal_bundle,
)
from pipeline.bundle.verify import verify_bundle
from pipeline.deliver.transfer import deliver as deliver_bundle
from pipeline.engine import BATCH_ROWS, EngineSettings, map_tasks
from pipeline.errors import BundlerError, CountMismatch, NotApproved, VerificationRefused
from pipeline.intake.shard import read_shard
from pipeline.job import Job
from pipeline.lake import Lake
from pipeline.model import Counts
from pipeline.plan import (
    open_run,
    run_job_of,
    run_policy,
    run_roster,
    run_sources,
    scope_table,
    shard_objects,
)
from pipeline.redact.stage import (
    Rules,
    detect_stage,
    read_literals,
    read_participants,
    redact_stage,
    write_participants,
)
from pipeline.render.payload import render_payload
from pipeline.resolve.stage import Stage, resolve_stage
from pipeline.rundir import RunFolder, partition_names, records_path
from pipeline.storage import json_bytes, open_zone, read_json

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, how much of it is done, and how much there is."""

__all__ = ["approve", "open_run", "run_job"]


def nothing_new(run: str) -> bool:
    """Whether a run has nothing to do: no new object, and none that another run read and no nightly run dealt with."""
    folder = RunFolder(run)
    if folder.zone.exists("delivered.json"):
        return True
    job = run_job_of(folder)
    if not job.only_new or folder.plan["new_objects"]:
        return False
    return not pending_objects(Lake(job.lake), job.arrived_before_utc)


def shards(run: str) -> list[str]:
    """The ids of the run's intake shards."""
    return list(RunFolder(run).plan["shards"])


def intake(run: str, shard: str) -> None:
    """Read one shard of capture objects into events."""
    folder = RunFolder(run)
    stage = f"intake/shard-{shard}"
    if folder.done(stage):
        return
    captures = open_zone(folder.plan["captures"])
    objects = [(item.info, item.identity) for item in shard_objects(folder, shard)]
    with folder.publish(stage) as (out, counts):
        counts.update(read_shard(captures, objects, run_sources(folder), out))


def resolve(run: str) -> None:
    """Commit the run's events to the lake, resolve the scope into records, select what responds."""
    folder = RunFolder(run)
    if folder.done("resolve"):
        return
    names = [f"intake/shard-{shard}" for shard in folder.plan["shards"]]
    with folder.folder(*names) as root, folder.publish("resolve") as (out, counts):
        stage = Stage(
            run_id=folder.run_id,
            job=run_job_of(folder),
            lake=Lake(run_job_of(folder).lake),
            zone=ZoneInfo(folder.plan["timezone"]),
            shards=[root / name for name in names],
            scope=scope_table(folder),
        )
        counts.update(resolve_stage(stage, EngineSettings(), out))
        # Before it is published: a stage in place is not done again, so a retry would pass the check by.
        _check(counts)
        counts["participants"] = write_participants(
            _parts(out, counts["partitions"]), out / "participants.json", run_roster(folder)
        )


def partitions(run: str) -> list[str]:
    """The ids of the partitions that the selection was cut into; known once `resolve` is done."""
    return partition_names(RunFolder(run))


def detect(run: str, partition: str) -> None:
    """Propose what is to be taken out of one partition."""
    folder = RunFolder(run)
    stage = f"detect/part-{partition}"
    if folder.done(stage):
        return
    with folder.folder("resolve") as root, folder.publish(stage) as (out, counts):
        records, people = records_path(root, partition), root / "resolve" / "participants.json"
        counts.update(detect_stage(records, people, _rules(folder), out))


def redact(run: str, partition: str) -> None:
    """Apply what was found anywhere to one partition: released records and their ledger."""
    folder = RunFolder(run)
    stage = f"redact/part-{partition}"
    if folder.done(stage):
        return
    proposed = [f"detect/part-{name}" for name in partitions(run)]
    with folder.folder("resolve", *proposed) as root, folder.publish(stage) as (out, counts):
        records, people = records_path(root, partition), root / "resolve" / "participants.json"
        proposals = [root / name / "proposals.parquet" for name in proposed]
        counts.update(redact_stage(records, proposals, people, _rules(folder), out))


def review_sheet(run: str) -> dict[str, Any]:
    """What a reviewer decides on, in counts only: it is shown where names must not be."""
    folder = RunFolder(run)
    resolved = folder.read("resolve")
    done = [folder.read(f"redact/part-{name}") for name in partitions(run)]
    with folder.folder("resolve") as root:
        findings = pq.ParquetFile(root / "resolve" / "findings.parquet").metadata.num_rows
    return {
        "records": resolved["selected"],
        "units": resolved["units"],
        "participants": resolved["participants"],
        "redactions": _exemptions(_labels(done)),
        "withheld_attachments": sum(part["withheld"] for part in done),
        "losses": findings,
    }


def approve(run: str, *, by: str, reason: str, at: str) -> None:
    """Record a person's approval in the run folder."""
    RunFolder(run).zone.put("approval.json", json_bytes({"decision": "approved", "by": by, "reason": reason, "at": at}))


def refuse(run: str, *, reason: str, by: str) -> None:
    """Record a person's refusal; nothing is packaged from this run any more."""
    RunFolder(run).zone.put("approval.json", json_bytes({"decision": "refused", "by": by, "reason": reason}))


def render(run: str, progress: Progress | None = None) -> None:
    """Write every rendition from the released records.

    Raises:
        NotApproved: A person refused this run.
    """
    folder = RunFolder(run)
    if folder.done("render"):
        return
    _refused(folder)
    names = partitions(run)
    resolved = folder.read("resolve")
    labels = _labels(folder.read(f"redact/part-{name}") for name in names)
    with folder.folder("resolve", *(f"redact/part-{name}" for name in names)) as root:
        people = read_participants(root / "resolve" / "participants.json")
        printed = render_job(
            run_job_of(folder), folder.plan, _rules(folder), _figures(folder, resolved), _bundle_id(folder)
        )
        with folder.publish("render") as (out, counts):
            report = render_payload(
                [root / "redact" / f"part-{name}" / "released.jsonl" for name in names],
                read_findings(root / "resolve" / "findings.parquet"),
                printed,
                out,
                sightings=Sightings([records_path(root, name) for name in names], people),
                workers=_workers(resolved["selected"]),
                progress=progress,
            )
            if (report.records, dict(report.redactions)) != (resolved["selected"], labels):
                shown = sum(report.redactions.values())
                raise CountMismatch(f"render: {report.records} records and {shown} redactions shown")
            counts.update(
                records=report.records,
                units=report.units,
                pages=report.pages,
                redactions=dict(report.redactions),
                losses=report.losses,
                replaced_characters=report.replaced_characters,
                pdf=[volume.name for volume in report.volumes],
            )


def bundle(run: str) -> None:
    """Seal what was rendered in a bag."""
    folder = RunFolder(run)
    if folder.done("bag"):
        return
    _refused(folder)
    names = partitions(run)
    stages = ("resolve", "render", *(f"detect/part-{name}" for name in names))
    with folder.folder(*stages) as root, folder.publish("bag") as (out, counts):
        rules = _rules(folder)
        people = read_participants(root / "resolve" / "participants.json")
        rules = Rules(policy=rules.policy, roster=rules.roster.with_participants(people.values()), zone=rules.zone)
        literals = read_literals([root / f"detect/part-{name}/proposals.parquet" for name in names])
        names_open = OpenNames(rules, literals)
        rendered = folder.read("render")
        objects, stripped = inputs_of(folder)
        manifest = manifest_of(
            bundle=_bundle_id(folder),
            job=run_job_of(folder),
            plan=folder.plan,
            rules=rules,
            counts=replace(_counts(folder), losses=rendered["losses"], redactions=rendered["redactions"]),
            released={
                "records": rendered["records"],
                "redactions": sum(rendered["redactions"].values()),
                "losses": rendered["losses"],
                "pages": rendered["pages"],
            },
            redactions=rendered["redactions"],
            inputs=names_open.inputs(objects, versioned=folder.plan["versioned"]),
            request=names_open.selection(run_job_of(folder)),
            stripped=stripped,
        )
        day = last_day([records_path(root, name) for name in names], rules.zone)
        seal_bundle(root / "render", out, manifest, bagging_date=day)
        counts["bundle_id"] = manifest.bundle_id


def verify(run: str) -> None:
    """The gate over the sealed bag, with the private ledger.

    Raises:
        VerificationRefused: It found a reason not to release.
    """
    folder = RunFolder(run)
    if folder.done("verify"):
        return
    name = folder.read("bag")["bundle_id"]
    with _opened(folder) as root:
        certificate = verify_bundle(root / "bag" / name, root, workers=_workers(folder.read("resolve")["selected"]))
    if not certificate.passed:
        folder.zone.put("refused.json", certificate.to_json())
        blocking = [finding.rule for finding in certificate.findings if finding.blocks]
        rules = ", ".join(sorted(set(blocking)))
        raise VerificationRefused(f"{name}: {len(blocking)} findings ({rules}); see refused.json of the run")
    with folder.publish("verify") as (out, counts):
        (out / f"{name}.verification.json").write_bytes(certificate.to_json())
        counts["checks"] = dict(certificate.checks)


def deliver(run: str, *, now_utc: int, transfer: str = "") -> dict[str, Any]:
    """Bring the verified bag to the transfer zone and write down that it is there; returns the receipt.

    Args:
        run: The run folder's URL.
        now_utc: Time of delivery for the receipt.
        transfer: The zone, where it is another one than the run was planned for.

    Raises:
        DeliveryConflict: The zone holds something else under a name that the bundle needs.
    """
    folder = RunFolder(run)
    transfer = transfer or run_job_of(folder).transfer
    if folder.read("resolve")["selected"] == 0:
        nothing = {"bundle_id": "", "url": "", "files": 0, "bytes": 0, "delivered_utc": now_utc}
        return finish(folder, nothing, transfer)
    name = folder.read("bag")["bundle_id"]
    with folder.folder("bag", "verify") as root:
        proof = root / "verify" / f"{name}.verification.json"
        receipt = deliver_bundle(root / "bag" / name, proof, open_zone(transfer, create=True), now_utc).document()
    return finish(folder, receipt, transfer)


def summary(run: str, *, transfer: str = "") -> dict[str, Any]:
    """What happened, as `foia run` prints it; `transfer` as for `deliver`."""
    folder = RunFolder(run)
    idle = {"run": folder.url, "nothing_new": True, "delivered": False, "bundles": [], "bundle_id": "", "pdf": []}
    if not folder.done("resolve"):
        zero = {"lines": 0, "events": 0, "quarantined": 0, "messages": 0, "records": 0, "folded": 0, "losses": 0}
        return {**zero, "redactions": {}, "pages": 0, "already_delivered": False, **idle}
    resolved = folder.read("resolve")
    rendered = folder.read("render") if folder.done("render") else {}
    key = receipt_key(folder, transfer)
    receipt = read_json(folder.zone, key) if folder.zone.exists(key) else {}
    url = receipt.get("url", "")
    return {
        **{name: resolved[name] for name in ("lines", "events", "quarantined", "messages", "records", "folded")},
        "annotations": resolved["annotations"],
        "selected": resolved["selected"],
        "redactions": _exemptions(rendered.get("redactions", {})),
        "losses": rendered.get("losses", 0),
        "pages": rendered.get("pages", 0),
        "pdf": [f"{receipt['bundle_id']}/data/{name}" for name in rendered.get("pdf", [])] if url else [],
        "bundles": [url] if url else [],
        "bundle_id": receipt.get("bundle_id", ""),
        "run": folder.url,
        "delivered": bool(url),
        "already_delivered": bool(receipt.get("already_delivered")),
        "nothing_new": resolved["selected"] == 0,
    }


def run_job(job: Job, *, now_utc: int, progress: Progress | None = None, workers: int = 0) -> dict[str, Any]:
    """The whole job in order; returns the summary."""
    show = progress or (lambda stage, done, total: None)
    settings = EngineSettings(workers=workers)
    show("plan", 0, 1)
    run = open_run(job)
    show("plan", 1, 1)
    if nothing_new(run):
        return _again(run, job, now_utc)
    _each("intake", intake, run, shards(run), settings, show)
    _once("resolve", resolve, run, show)
    if partitions(run):
        _each("detect", detect, run, partitions(run), settings, show)
        _each("redact", redact, run, partitions(run), settings, show)
        show("render", 0, 1)
        render(run, lambda step, done, total: show(f"render {step}", done, total))
        show("render", 1, 1)
        _once("bundle", bundle, run, show)
        _once("verify", verify, run, show)
    show("deliver", 0, 1)
    deliver(run, now_utc=now_utc, transfer=job.transfer)
    show("deliver", 1, 1)
    return summary(run, transfer=job.transfer)


@contextmanager
def ledger_folder(url: str) -> Iterator[Path]:
    """A local view of a private run folder, for the gate."""
    with _opened(RunFolder(url)) as root:
        yield root


def _again(run: str, job: Job, now_utc: int) -> dict[str, Any]:
    """A finished job asked for again: delivered once more in name only; the zone decides whether it is still whole."""
    if not job.only_new and RunFolder(run).done("verify"):
        receipt = deliver(run, now_utc=now_utc, transfer=job.transfer)
        return {**summary(run, transfer=job.transfer), "already_delivered": bool(receipt["already_delivered"])}
    return {**summary(run), "nothing_new": True, "delivered": False, "bundles": []}


def _each(
    name: str, stage: Callable[[str, str], None], run: str, ids: list[str], settings: EngineSettings, show: Progress
) -> None:
    show(name, 0, len(ids))
    try:
        map_tasks(stage, [(run, one) for one in ids], settings, lambda done: show(name, done, len(ids)))
    except BrokenProcessPool as problem:
        raise BundlerError(f"{name}: a worker process was killed, perhaps for want of memory; run again") from problem


def _once(name: str, stage: Callable[[str], None], run: str, show: Progress) -> None:
    show(name, 0, 1)
    stage(run)
    show(name, 1, 1)


def _rules(folder: RunFolder) -> Rules:
    return Rules(policy=run_policy(folder), roster=run_roster(folder), zone=ZoneInfo(folder.plan["timezone"]))


def _workers(records: int) -> int:
    """Processes for a stage that is one task; a small bundle is done before another process has started."""
    return EngineSettings().threads if records > BATCH_ROWS // 10 else 1


def _bundle_id(folder: RunFolder) -> str:
    """`<request or release>-<16 hex>`; the digest is that of the plan: inputs, rules, request and format."""
    label = "".join(c if c.isalnum() else "-" for c in run_job_of(folder).request.lower()).strip("-") or "release"
    return f"{label}-{folder.plan['digest'][:16]}"


def _parts(out: Path, count: int) -> list[Path]:
    return [out / "records" / f"part-{number:04}.parquet" for number in range(count)]


def _exemptions(labels: Mapping[str, int]) -> dict[str, int]:
    """Counts by exemption label in its statutory form, without the brackets it stands in on the page."""
    return {label.strip("[]"): count for label, count in labels.items()}


def _labels(parts: Any) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part["labels"])
    return dict(sorted(total.items()))


def _counts(folder: RunFolder) -> Counts:
    resolved = folder.read("resolve")
    names = ("lines", "events", "quarantined", "messages", "records", "folded")
    return Counts(**{name: resolved[name] for name in names})


def _figures(folder: RunFolder, resolved: Mapping[str, int]) -> dict[str, int]:
    return {
        "Capture objects read": folder.plan["objects"],
        "Entries read": resolved["lines"],
        "Entries held back as unreadable": resolved["quarantined"],
        "Captured copies of messages": resolved["messages"],
        "Records (each message once)": resolved["records"],
        "Further copies folded": resolved["folded"],
        "Records in this release": resolved["selected"],
    }


def _check(counts: Mapping[str, int]) -> None:
    if counts["lines"] != counts["events"] + counts["quarantined"]:
        raise CountMismatch("lines are not events plus quarantined")
    if counts["messages"] != counts["records"] + counts["folded"]:
        raise CountMismatch("messages are not records plus folded copies")


def _refused(folder: RunFolder) -> None:
    if folder.zone.exists("approval.json") and read_json(folder.zone, "approval.json")["decision"] != "approved":
        raise NotApproved(f"{folder.run_id}: the release was refused")


@contextmanager
def _opened(folder: RunFolder) -> Iterator[Path]:
    """The run folder with everything the gate needs, locally."""
    names = partitions(folder.url)
    with folder.folder("resolve", "bag", *(f"redact/part-{name}" for name in names)) as root:
        yield root
