"""The resolve stage of a run: its events into the lake, the scope's events into records, and what of them responds.

The tables of `out`: `records/part-NNNN.parquet` (the selection, sorted), `findings.parquet` (those that touch it),
and in the lake whatever is new: events, objects, conversations, records, findings.
"""

from __future__ import annotations

import logging
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.engine import BATCH_ROWS, EngineSettings, Sql, map_tasks, read_batches, sql_session
from pipeline.job import Job
from pipeline.lake import BUCKETS, TABLES, Lake
from pipeline.model import FINDING_SCHEMA, RECORD_SCHEMA
from pipeline.resolve.aligned import FORMATS, align_exports
from pipeline.resolve.records import run_sql
from pipeline.resolve.slices import SHARED, SliceJob, plan_slices, resolve_slice
from pipeline.select import select

log = logging.getLogger(__name__)

ORDER = "first_utc, conversation_id, unit, ts_utc, record_id"
"""The order of every rendition: conversations by their first time, then days, then time."""

_RECORDS = ", ".join(f"s.{name}" for name in RECORD_SCHEMA.names)
_FINDINGS = ", ".join(f"f.{name}" for name in FINDING_SCHEMA.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the stage works on."""

    run_id: str
    job: Job
    lake: Lake
    zone: ZoneInfo
    shards: Sequence[Path]
    """Folders that intake published."""
    scope: pa.Table
    """Object versions in scope: object_key, version_id."""


def resolve_stage(stage: Stage, settings: EngineSettings, out: Path) -> dict[str, int]:
    """Commit, resolve, select, write; returns the counts of the job.

    Raises:
        CountMismatch: What went in and what came out do not add up.
        StorageError: The lake cannot be read or written.
    """
    commit_intake(stage)
    with sql_session(settings) as sql, tempfile.TemporaryDirectory(prefix="foia-resolve-") as folder:
        whole_lake = _scope(sql, stage)
        known = {row[0]: row[1] for row in sql.rows(_KNOWN_CONVERSATIONS)}
        keys = {row[0]: row[1] for row in sql.rows(_known_keys())}
        fresh = align_exports(sql, known, keys).fresh
        run_sql(sql, "05_files", "75_captures")
        resolved = _resolve_slices(sql, stage, settings, Path(folder), whole_lake=whole_lake)
        partitions = select(sql, stage.job)
        counts = _counts(sql, stage, resolved)
        _write(sql, stage, partitions, out)
        _remember(sql, stage, fresh)
    return {**counts, "partitions": partitions}


def _resolve_slices(
    sql: Sql, stage: Stage, settings: EngineSettings, folder: Path, *, whole_lake: bool
) -> Mapping[str, int]:
    """Views `records` and `findings` over what the slices wrote; returns the sums of their counts."""
    for name in SHARED:
        sql.to_parquet(f"select * from {name}", folder / f"{name}.parquet")
    jobs = [
        SliceJob(
            slice=one,
            lake=stage.lake.url,
            zone=stage.zone.key,
            whole_lake=whole_lake,
            shared=folder,
            out=folder,
            only_new=stage.job.only_new,
        )
        for one in plan_slices(sql)
    ]
    sums: Counter[str] = Counter()
    for counted in map_tasks(resolve_slice, [(job,) for job in jobs], settings):
        sums.update(counted)
    for table, schema in (("records", RECORD_SCHEMA), ("findings", FINDING_SCHEMA)):
        paths = [folder / job.slice.name / f"{table}.parquet" for job in jobs]
        if paths:
            sql.from_parquet(f"sliced_{table}", paths)
        else:
            sql.register(f"sliced_{table}", schema.empty_table())
    sql.run("create view records as select * from sliced_records")
    sql.run("create table findings as select * from sliced_findings union all select * from capture_findings")
    return sums


def commit_intake(stage: Stage) -> None:
    """Append the shards' tables to the lake; `objects` last, since its rows say that an object was read."""
    for table in ("events", "quarantine", "texts", "objects"):
        paths = [shard / f"{table}.parquet" for shard in stage.shards]
        if paths:
            stage.lake.append(table, _tagged(table, paths, stage.run_id), stage.run_id)


def _tagged(table: str, paths: Sequence[Path], run_id: str) -> Iterator[pa.RecordBatch]:
    for batch in read_batches(paths):
        columns = [*batch.columns, pa.array([run_id] * batch.num_rows, pa.string())]
        if table == "events":
            columns.append(_buckets(batch.column("conversation_id")))
        yield pa.RecordBatch.from_arrays(columns, schema=TABLES[table])


def _buckets(conversations: Any) -> pa.Array:
    coded = conversations.dictionary_encode()
    names = [zlib.crc32(name.encode("utf-8", "surrogatepass")) % BUCKETS for name in coded.dictionary.to_pylist()]
    return pa.array(names, pa.int32()).take(coded.indices)


def _scope(sql: Sql, stage: Stage) -> bool:
    """Views `events`, `objects`, `quarantine`, `delivered`: the scope, each object as its first reader read it.

    Returns:
        Whether that is every row of the lake.
    """
    for table in (
        "objects",
        "events",
        "quarantine",
        "conversations",
        "records",
        "findings",
        "taken",
        "delivered_records",
    ):
        sql.register(f"lake_{table}", stage.lake.dataset(table))
    sql.register("scope", stage.scope)
    arrived = f"where modified_utc < {stage.job.arrived_before_utc}" if stage.job.arrived_before_utc else ""
    listed = arrived if stage.job.only_new else "join scope s using (object_key, version_id)"
    sql.run(
        f"""create table readers as
        select object_key, version_id, min(run_id) as run_id
        from lake_objects {listed} group by object_key, version_id"""
    )
    sql.run(
        """create table pending as select object_key, version_id from readers r
        where not exists (select 1 from lake_taken t
            where t.object_key = r.object_key and t.version_id = r.version_id)"""
    )
    for table in ("objects", "events", "quarantine"):
        sql.run(
            f"create view {table} as select t.* from lake_{table} t join readers using (object_key, version_id, run_id)"
        )
    sql.run("create view delivered as select distinct record_id, digest from lake_delivered_records")
    every = "select count(*) from (select distinct object_key, version_id, run_id from lake_objects)"
    return bool(sql.value(f"select ({every}) = (select count(*) from readers)"))


_KNOWN_CONVERSATIONS = """select source_conversation_id, min_by(conversation_id, run_id)
from lake_conversations group by source_conversation_id"""


def _known_keys() -> str:
    listed = ", ".join(f"'{name}'" for name in FORMATS)
    return f"""select u.sighting.event_id, substr(min(r.record_id), 3) as record_key
        from lake_records r, lateral (select unnest(r.sightings) as sighting) u
        where u.sighting.format in ({listed}) group by 1 order by 1"""


def _counts(sql: Sql, stage: Stage, resolved: Mapping[str, int]) -> dict[str, int]:
    """The count equation: of the whole scope, or, for a run that releases only what is new, of what it read."""
    mine = "semi join pending using (object_key, version_id)" if stage.job.only_new else ""
    lines, events, quarantined = sql.rows(
        f"select coalesce(sum(lines), 0), coalesce(sum(events), 0), coalesce(sum(quarantined), 0) from objects {mine}"
    )[0]
    fresh = "fresh_" if stage.job.only_new else ""
    messages, records = resolved[f"{fresh}messages"], resolved[f"{fresh}records"]
    return {
        "lines": int(lines),
        "events": int(events),
        "quarantined": int(quarantined),
        "messages": messages,
        "records": records,
        "folded": messages - records,
        "annotations": resolved["annotations"],
        "selected": int(sql.value("select count(*) from selected")),
        "units": int(sql.value("select count(*) from (select distinct conversation_id, unit from selected)")),
    }


def _write(sql: Sql, stage: Stage, partitions: int, out: Path) -> None:
    sql.to_parquet("select object_key, version_id from pending order by all", out / "pending.parquet")
    (out / "records").mkdir()
    for number in range(partitions):
        path = out / "records" / f"part-{number:04}.parquet"
        sql.to_parquet(f"select {_RECORDS} from selected s where partition = {number} order by {ORDER}", path)
    sql.to_parquet(
        f"""select {_FINDINGS} from findings f
        where f.record_id in (select record_id from selected) or (f.conversation_id = '' {_unheard(stage)})
        or (f.record_id = '' and (f.conversation_id, f.unit) in (select conversation_id, unit from selected))
        order by f.from_utc nulls first, f.to_utc nulls first, f.finding_id""",
        out / "findings.parquet",
    )


def _unheard(stage: Stage) -> str:
    """A finding without a conversation is told once: by the nightly run that made it."""
    if not stage.job.only_new:
        return ""
    return f"""and not exists (select 1 from lake_findings k
        where k.finding_id = f.finding_id and k.run_id <> '{stage.run_id}')"""


def _remember(sql: Sql, stage: Stage, fresh: dict[str, str]) -> None:
    """Append what this run found out: conversations, records that are new or changed, findings."""
    run = stage.run_id
    names = sorted(fresh)
    mapping = pa.RecordBatch.from_pydict(
        {
            "source_conversation_id": names,
            "conversation_id": [fresh[name] for name in names],
            "run_id": [run] * len(names),
        },
        schema=TABLES["conversations"],
    )
    stage.lake.append("conversations", [mapping], run)
    sequence = int(sql.value("select coalesce(max(run_seq), 0) + 1 from lake_records"))
    columns = ", ".join(RECORD_SCHEMA.names)
    records = f"""select {columns}, '{run}' as run_id,
        cast(cast('0x' || substr(conversation_id, 3, 8) as bigint) % {BUCKETS} as integer) as bucket,
        cast({sequence} as bigint) as run_seq
        from records r where not exists (select 1 from lake_records k
            where k.record_id = r.record_id and k.digest = r.digest and len(k.sightings) = len(r.sightings))"""
    stage.lake.append("records", _batches(sql, records, "records"), run)
    findings = f"""select {", ".join(FINDING_SCHEMA.names)}, '{run}' as run_id from findings f
        where not exists (select 1 from lake_findings k where k.finding_id = f.finding_id)"""
    stage.lake.append("findings", _batches(sql, findings, "findings"), run)


def _batches(sql: Sql, query: str, table: str) -> Iterator[pa.RecordBatch]:
    for batch in sql.connection.sql(query).to_arrow_reader(BATCH_ROWS):
        yield batch.cast(TABLES[table])
