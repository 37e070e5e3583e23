"""Which record units respond to a request. A unit responds whole or not at all.

A unit is one conversation's day. It responds when one of its records matches every given filter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyarrow as pa

from pipeline.engine import Sql
from pipeline.job import Job

ROWS_PER_PARTITION = 20_000
"""Records of one partition: 10 to 30 seconds of work for the stages after this one."""
MOST_PARTITIONS = 256


def select(sql: Sql, job: Job) -> int:
    """Tables `units` and `selected` from `records`; returns the number of partitions.

    `selected` has RECORD_SCHEMA's columns, `partition`, and `first_utc`, the conversation's first time.
    """
    sql.register("wanted_custodians", _lower(job.custodians))
    sql.register("wanted_conversations", _lower(job.conversations))
    sql.register("wanted_terms", _lower(job.terms))
    given = (len(job.conversations), len(job.custodians), len(job.terms))
    sql.run(_UNITS, (job.from_day, job.from_day, job.to_day, job.to_day, *given))
    fresh = _ONLY_NEW if job.only_new else ""
    sql.run(f"create table responding as select r.* from records r join units using (conversation_id, unit) {fresh}")
    count = int(sql.value("select count(*) from responding"))
    partitions = min(MOST_PARTITIONS, math.ceil(count / ROWS_PER_PARTITION))
    sql.run(_SELECTED.format(partitions=max(partitions, 1)))
    return partitions


_UNITS = """create table units as select distinct conversation_id, unit from records r
where (? = '' or unit >= ?) and (? = '' or unit <= ?)
and (? = 0 or exists (select 1 from wanted_conversations w
    where w.value in (lower(r.conversation_id), lower(r.conversation_title))))
and (? = 0 or exists (select 1 from wanted_custodians w
    where w.value in (lower(r.sender_id), split_part(lower(r.sender_id), '@', 1), lower(r.sender_display))
    or len(list_filter(r.sightings, lambda x: lower(x.custodian) = w.value)) > 0
    or len(list_filter(r.recipients, lambda x: w.value in (lower(x), split_part(lower(x), '@', 1)))) > 0))
and (? = 0 or exists (select 1 from wanted_terms w
    where contains(lower(coalesce(r.body, '')), w.value) or contains(lower(r.conversation_title), w.value)
    or len(list_filter(r.versions, lambda x: contains(lower(x.body), w.value))) > 0
    or len(list_filter(r.attachments, lambda x: contains(lower(x.name), w.value))) > 0))"""

_ONLY_NEW = """where not exists (
    select 1 from delivered d where d.record_id = r.record_id and d.digest = r.digest)"""

_SELECTED = """create view selected as
select r.*, f.first_utc, cast('0x' || substr(r.conversation_id, 3, 8) as bigint) % {partitions} as partition
from responding r
join (select conversation_id, min(ts_utc) as first_utc from responding group by conversation_id) f
    using (conversation_id)"""


def _lower(values: Sequence[str]) -> pa.Table:
    return pa.table({"value": pa.array(sorted({value.strip().lower() for value in values}), pa.string())})
