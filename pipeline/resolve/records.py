"""Events in, one record per real message out, with every sighting and every trace of what is missing.

The work is SQL, in the numbered files beside this module; what runs in between needs a person's eye more
than a query planner: the conversation map, room membership, and the days of the agency's zone.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.engine import Sql
from pipeline.errors import CountMismatch
from pipeline.resolve.aligned import align_exports
from pipeline.resolve.membership import Control, Span, replay, texts

SLOT = 900_000_000
"""A quarter of an hour in microseconds: every zone's offset and every midnight falls on one."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What resolving a scope of events came to."""

    events: int
    messages: int
    records: int
    annotations: int
    directory: int
    """Entries that say who or what an id is."""
    findings: int

    @property
    def folded(self) -> int:
        """Sightings beyond the first of each record."""
        return self.messages - self.records


def resolve(
    sql: Sql, *, zone: ZoneInfo, known: Mapping[str, str], known_keys: Mapping[str, str]
) -> tuple[Resolved, dict[str, str]]:
    """Build `records` and `findings` from the views `events`, `objects` and `quarantine`, all at once.

    Args:
        sql: The session that holds the views.
        zone: The agency's zone; a record unit is a day in it.
        known: Released conversation ids of earlier runs, by source conversation.
        known_keys: For formats without ids: record keys of earlier runs, by event id.

    Returns:
        The counts, and the conversation ids this run gives for the first time.

    Raises:
        CountMismatch: An event became neither a sighting nor an annotation.
    """
    fresh = align_exports(sql, known, known_keys).fresh
    run_sql(sql, "05_files", "75_captures")
    counted = resolve_conversations(sql, zone)
    sql.run("insert into findings select * from capture_findings")
    findings = int(sql.value("select count(*) from findings"))
    return replace(counted, findings=findings), fresh


def resolve_conversations(sql: Sql, zone: ZoneInfo) -> Resolved:
    """Build `records` and `findings` of whole conversations.

    Nothing crosses from one conversation to another, so a lake is resolved a few conversations at a time.

    Args:
        sql: A session with `events`, and of all captures `files` and what `align_exports` registers.
        zone: The agency's zone; a record unit is a day in it.

    Raises:
        CountMismatch: An event became neither a sighting nor an annotation.
    """
    run_sql(sql, "10_keyed", "20_targets", "30_sightings", "40_files", "50_histories")
    _titles(sql)
    _member_spans(sql)
    _days(sql, zone)
    run_sql(sql, "60_records", "70_losses", "80_records")
    return _check(sql)


def run_sql(sql: Sql, *names: str) -> None:
    """Run the numbered files of that name."""
    folder = importlib.resources.files("pipeline.resolve") / "sql"
    for name in names:
        sql.run((folder / f"{name}.sql").read_text(encoding="utf-8"))


def _titles(sql: Sql) -> None:
    sql.run(
        """create table titles as
        select conversation_id, title from (
            select conversation_id, conversation_title as title, row_number() over (
                partition by conversation_id order by ts_utc desc nulls last, conversation_title) as choice
            from entries where conversation_title <> ''
        ) where choice = 1"""
    )


def _member_spans(sql: Sql) -> None:
    rows = sql.rows(
        """select distinct conversation_id, ts_utc, vendor_id, subkind, sender_id, attributes from entries
        where event_kind in ('room_settings', 'membership') and ts_utc is not null and source = 'wickr' order by all"""
    )
    controls: dict[str, list[Control]] = {}
    for conversation, ts_utc, _, subkind, sender, attributes in rows:
        controls.setdefault(conversation, []).append(_control(ts_utc, subkind, sender, attributes))
    spans = [(conversation, span) for conversation, held in controls.items() for span in replay(held)]
    sql.register("member_spans", _span_table(spans))


def _control(ts_utc: int, subkind: str, sender: str, attributes: str) -> Control:
    control = json.loads(attributes).get("control")
    fields = control if isinstance(control, dict) else {}
    removed = texts(fields.get("deletedusers"))
    return Control(
        ts_utc=ts_utc,
        members=texts(fields["members"]) if "members" in fields else None,
        added=texts(fields.get("addedusers")),
        removed=removed or ((sender,) if subkind == "left" else ()),
        closes=subkind == "room-deleted",
    )


def _span_table(spans: Iterable[tuple[str, Span]]) -> pa.Table:
    rows = [{"conversation_id": conversation, **asdict(span)} for conversation, span in spans]
    schema = pa.schema(
        [
            ("conversation_id", pa.string()),
            ("from_utc", pa.int64()),
            ("to_utc", pa.int64()),
            ("members", pa.list_(pa.string())),
        ]
    )
    return pa.Table.from_pylist([{**row, "members": list(row["members"])} for row in rows], schema=schema)


def _days(sql: Sql, zone: ZoneInfo) -> None:
    rows = sql.rows(
        f"""select distinct coalesce(ts_utc, 0) // {SLOT} from entries
        union select distinct message_utc // {SLOT} from attached where message_utc is not null"""
    )
    every = sorted(row[0] for row in rows)
    sql.register(
        "days",
        pa.table({"slot": pa.array(every, pa.int64()), "day": pa.array(list(_day_names(every, zone)), pa.string())}),
    )


def _day_names(slots: Iterable[int], zone: ZoneInfo) -> Iterator[str]:
    for slot in slots:
        yield (_EPOCH + dt.timedelta(microseconds=slot * SLOT)).astimezone(zone).date().isoformat()


def _check(sql: Sql) -> Resolved:
    counted = Resolved(
        events=sql.value("select count(*) from entries"),
        messages=sql.value("select (select count(*) from sightings) + (select count(*) from plain)"),
        records=sql.value("select (select count(*) from assembled) + (select count(*) from plain)"),
        annotations=sql.value(
            """select count(*) from ranked r
            where r.event_kind in ('edit', 'delete', 'recall', 'reaction', 'read_receipt')
            and r.identity not in (select edit_identity from stand_ins)"""
        ),
        directory=sql.value("select count(*) from entries where event_kind = 'directory'"),
        findings=sql.value("select count(*) from findings"),
    )
    listed = sql.value(
        "select (select coalesce(sum(len(sightings)), 0) from assembled) + (select count(*) from plain_assembled)"
    )
    if counted.events != counted.messages + counted.annotations + counted.directory or listed != counted.messages:
        raise CountMismatch(
            f"resolve: {counted.events} events, {counted.messages} sightings ({listed} listed), "
            f"{counted.annotations} annotations, {counted.directory} directory entries"
        )
    if counted.records != sql.value(
        """select count(distinct record_id) from (
            select record_id from assembled union all select record_id from plain_assembled)"""
    ):
        raise CountMismatch("resolve: two records carry one id")
    return counted
