"""What a run leaves in the lake once its bundle is delivered, and what its manifest says of the inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from pipeline.engine import read_batches
from pipeline.lake import TABLES, Lake
from pipeline.plan import run_job_of, scope_table
from pipeline.redact.exemptions import label_of
from pipeline.rundir import RunFolder, partition_names, records_path
from pipeline.storage import json_bytes, open_zone, read_json


def receipt_key(folder: RunFolder, transfer: str = "") -> str:
    """Where the run keeps its receipt: one for the zone it was planned for, one for each other zone."""
    planned = open_zone(run_job_of(folder).transfer).url
    url = open_zone(transfer).url if transfer else planned
    return "delivered.json" if url == planned else f"delivered/{hashlib.sha256(url.encode()).hexdigest()[:16]}.json"


def finish(folder: RunFolder, receipt: Mapping[str, Any], transfer: str = "") -> dict[str, Any]:
    """Write the delivery down in the lake, then the receipt in the run folder, which marks the run as finished."""
    key = receipt_key(folder, transfer)
    if folder.zone.exists(key):
        held: dict[str, Any] = read_json(folder.zone, key)
        return {**held, "already_delivered": True}
    job, lake, run_id = run_job_of(folder), Lake(run_job_of(folder).lake), folder.run_id
    resolved = folder.read("resolve")
    lake.append("redactions", _redaction_rows(folder, receipt["bundle_id"]), run_id)
    if job.product == "nightly":
        lake.append("delivered_records", _delivered_rows(folder, receipt["bundle_id"]), run_id)
        lake.append("taken", _taken_rows(folder), run_id)
    row = {
        "run_id": run_id,
        "bundle_id": receipt["bundle_id"],
        "product": job.product,
        "request": job.request,
        "url": receipt["url"],
        "records": resolved["selected"],
        "units": resolved["units"],
        "files": receipt["files"],
        "bytes": receipt["bytes"],
        "tag_manifest_sha256": receipt.get("tagmanifests", {}).get("tagmanifest-sha256.txt", ""),
        "delivered_utc": receipt["delivered_utc"],
    }
    delivery = run_id if key == "delivered.json" else f"{run_id}/{key}"
    lake.append("deliveries", [pa.RecordBatch.from_pylist([row], schema=TABLES["deliveries"])], delivery)
    folder.zone.put(key, json_bytes(dict(receipt)))
    return dict(receipt)


def _redaction_rows(folder: RunFolder, bundle_id: str) -> Iterator[pa.RecordBatch]:
    """The ledger without its literals."""
    job = run_job_of(folder)
    for name in partition_names(folder):
        with folder.folder("resolve", f"redact/part-{name}") as root:
            records = pq.read_table(records_path(root, name), columns=["record_id", "platform"])
            platforms = dict(zip(records["record_id"].to_pylist(), records["platform"].to_pylist(), strict=True))
            ledger = root / "redact" / f"part-{name}" / "ledger.parquet"
            for batch in read_batches([ledger], ["record_id", "unit", "codes", "categories"]):
                rows = [
                    {
                        "run_id": folder.run_id,
                        "bundle_id": bundle_id,
                        "product": job.product,
                        "platform": platforms[row["record_id"]],
                        "record_id": row["record_id"],
                        "unit": row["unit"],
                        "label": label_of(row["codes"]),
                        "codes": row["codes"],
                        "category": row["categories"][0],
                    }
                    for row in batch.to_pylist()
                ]
                yield pa.RecordBatch.from_pylist(rows, schema=TABLES["redactions"])


def _delivered_rows(folder: RunFolder, bundle_id: str) -> Iterator[pa.RecordBatch]:
    for name in partition_names(folder):
        with folder.folder("resolve") as root:
            for batch in read_batches([records_path(root, name)], ["record_id", "digest"]):
                extra = [[bundle_id] * batch.num_rows, [folder.run_id] * batch.num_rows]
                columns = [*batch.columns, *(pa.array(values, pa.string()) for values in extra)]
                yield pa.RecordBatch.from_arrays(columns, schema=TABLES["delivered_records"])


def pending_objects(lake: Lake, before_utc: int | None) -> set[tuple[str, str]]:
    """Object versions in the lake that arrived before a moment and that no nightly run has dealt with."""
    columns = ["object_key", "version_id", "modified_utc"]
    listed = lake.dataset("objects").to_table(columns=columns).to_pylist()
    arrived = {_place(row) for row in listed if before_utc is None or row["modified_utc"] < before_utc}
    return arrived - {_place(row) for row in lake.dataset("taken").to_table(columns=columns[:2]).to_pylist()}


def _place(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["object_key"], row["version_id"]


def _taken_rows(folder: RunFolder) -> Iterator[pa.RecordBatch]:
    with folder.folder("resolve") as root:
        for batch in read_batches([root / "resolve" / "pending.parquet"]):
            run = pa.array([folder.run_id] * batch.num_rows, pa.string())
            yield pa.RecordBatch.from_arrays([*batch.columns, run], schema=TABLES["taken"])


def inputs_of(folder: RunFolder) -> tuple[list[dict[str, Any]], list[str]]:
    """The objects of this release's scope, and the names of the secrets that intake removed from them."""
    job, lake = run_job_of(folder), Lake(run_job_of(folder).lake)
    with folder.folder("resolve") as root:
        pending = pq.read_table(root / "resolve" / "pending.parquet")
    wanted = {_place(row) for row in (pending if job.only_new else scope_table(folder)).to_pylist()}
    columns = ["object_key", "version_id", "member", "sha256", "size"]
    listed = lake.dataset("objects").to_table(columns=columns).to_pylist()
    rows = [row for row in listed if not row["member"] and _place(row) in wanted]
    keys = {_place(row) for row in rows}
    stripped: set[str] = set()
    marked = lake.dataset("events").scanner(
        columns=["object_key", "version_id", "stripped"],
        filter=pc.list_value_length(ds.field("stripped")) > 0,
    )
    for batch in marked.to_batches():
        for row in batch.to_pylist():
            if _place(row) in keys:
                stripped.update(row["stripped"])
    return rows, sorted(stripped)
