"""A lake resolved a few conversations at a time: side by side, in bounded memory, and in time that grows with its size.

Nothing crosses from one conversation to another, so any cut between conversations gives the same records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine import BATCH_ROWS, EngineSettings, Sql, sql_session
from pipeline.lake import Lake
from pipeline.resolve.aligned import FORMATS
from pipeline.resolve.records import resolve_conversations

ROWS_PER_SLICE = 250_000
"""Events of one slice: a few seconds of work, and its tables stay in memory."""
NO_IDS = -1
_MEMORY = "1GB"

_ALIGNED = ", ".join(f"'{name}'" for name in FORMATS)

SHARED = ("joined", "aligned", "lacks", "files", "readers", "pending")
"""Tables that every slice reads, written once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The conversations of some buckets, or one share of those of a large one."""

    number: int
    buckets: tuple[int, ...]
    """NO_IDS among them stands for the exports without ids: the copies of one chat are spread over all buckets."""
    share: int = 0
    shares: int = 1

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"slice-{self.number:04}"


def plan_slices(sql: Sql) -> list[Slice]:
    """Slices of about equal size over the view `events`, whole conversations each."""
    rows = sql.rows(
        f"""select case when format in ({_ALIGNED}) then {NO_IDS} else bucket end as part, count(*)
        from events group by part order by part"""
    )
    return cut(rows)


def cut(rows: Sequence[tuple[int, int]]) -> list[Slice]:
    """Slices of buckets, given their numbers of events: small ones together, a large one in shares."""
    groups: list[tuple[tuple[int, ...], int]] = []
    held: list[int] = []
    size = 0
    for bucket, count in rows:
        if held and size + count > ROWS_PER_SLICE:
            groups.append((tuple(held), size))
            held, size = [], 0
        held.append(bucket)
        size += count
    if held:
        groups.append((tuple(held), size))
    slices: list[Slice] = []
    for buckets, count in groups:
        shares = -(-count // ROWS_PER_SLICE)
        for share in range(shares):
            slices.append(Slice(number=len(slices), buckets=buckets, share=share, shares=shares))
    return slices


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceJob:
    """What a slice is resolved from, and into."""

    slice: Slice
    lake: str
    zone: str
    whole_lake: bool
    """Whether every row of the lake is in scope, so that none has to be looked up."""
    shared: Path
    """Folder of the SHARED tables."""
    out: Path
    only_new: bool


def resolve_slice(job: SliceJob) -> Mapping[str, int]:
    """Write `records.parquet` and `findings.parquet` of one slice into a folder of its own; returns its counts.

    Raises:
        CountMismatch: An event became neither a sighting nor an annotation.
        StorageError: The lake cannot be read.
    """
    out = job.out / job.slice.name
    out.mkdir()
    with sql_session(EngineSettings(memory=_MEMORY, threads=1)) as sql:
        for name in SHARED:
            sql.from_parquet(name, [job.shared / f"{name}.parquet"])
        sql.register("lake_events", _stream(job))
        sql.run(f"create view events as select e.* from lake_events e {_condition(job)}")
        counted = resolve_conversations(sql, ZoneInfo(job.zone))
        sql.to_parquet("select * from records", out / "records.parquet")
        sql.to_parquet("select * from findings", out / "findings.parquet")
        return {**asdict(counted), **(_fresh_counts(sql) if job.only_new else {})}


def _stream(job: SliceJob) -> pa.RecordBatchReader:
    """The rows of the slice's buckets, once and in order: what does not fit into memory is never asked for twice."""
    without_ids = pc.field("format").isin(FORMATS)
    wanted = pc.field("bucket").isin(job.slice.buckets) & ~without_ids
    if NO_IDS in job.slice.buckets:
        wanted = wanted | without_ids
    return Lake(job.lake).dataset("events").scanner(filter=wanted, batch_size=BATCH_ROWS).to_reader()


def _condition(job: SliceJob) -> str:
    """What is left to choose from the stream: the rows in scope, and of a large bucket the slice's share."""
    scope = "" if job.whole_lake else "join readers r using (object_key, version_id, run_id)"
    one = job.slice
    if one.shares == 1:
        return scope
    return f"""{scope} left join joined j on j.source_conversation_id = e.conversation_id
        where hash(coalesce(j.conversation_id, e.conversation_id)) % {one.shares} = {one.share}"""


def _fresh_counts(sql: Sql) -> dict[str, int]:
    """Of the captures that no nightly run dealt with yet: their sightings, and the records that only they hold."""
    messages, records = sql.rows(
        """with every as (
            select record_identity, object_key, version_id from sightings
            union all
            select p.identity, e.object_key, e.version_id from plain p join entries e on e.rowid = p.nr),
        seen as (
            select s.record_identity, p.object_key is not null as mine
            from every s left join pending p using (object_key, version_id))
        select count(*) filter (where mine), count(distinct record_identity) filter (where record_identity not in
            (select record_identity from seen where not mine)) from seen"""
    )[0]
    return {"fresh_messages": messages, "fresh_records": records}
