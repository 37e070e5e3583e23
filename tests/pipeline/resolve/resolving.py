"""Builders for tests of resolve: events in, records and findings out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.engine import EngineSettings, sql_session
from pipeline.model import (
    EVENT_SCHEMA,
    OBJECT_SCHEMA,
    QUARANTINE_SCHEMA,
    CaptureObject,
    Event,
    EventKind,
    Quarantined,
    TimeSource,
    event_id,
    to_batch,
)
from pipeline.resolve.records import Resolved, resolve

NOON = 1_790_000_000_000_000
SECOND = 1_000_000


def an_event(**changes: Any) -> Event:
    """A text message in a Wickr room; every test changes only what it is about."""
    values: dict[str, Any] = {
        "event_kind": EventKind.MESSAGE,
        "source": "wickr",
        "format": "wickr-jsonl",
        "custodian": "network",
        "conversation_id": "S-room",
        "conversation_kind": "room",
        "vendor_id": "m1",
        "sender_id": "ana@agency.example",
        "ts_utc": NOON,
        "ts_source": TimeSource.UTC,
        "ts_raw": "1790000000.0",
        "body": "on my way",
        "object_key": "bot/1",
        "version_id": "v1",
        "line": 1,
        **changes,
    }
    values.setdefault("event_id", event_id(values["object_key"], values["version_id"], "", values["line"]))
    values["event_kind"] = EventKind(values["event_kind"])
    return Event(**values)


def control(**fields: Any) -> str:
    """Attributes of a room's control entry."""
    return json.dumps({"control": fields}, sort_keys=True)


def resolved(
    events: Iterable[Event],
    *,
    files: Sequence[CaptureObject] = (),
    quarantined: Sequence[Quarantined] = (),
    zone: str = "America/New_York",
    known: dict[str, str] | None = None,
) -> tuple[Resolved, list[dict[str, Any]], list[dict[str, Any]]]:
    """Counts, records in time order, findings by rule."""
    with sql_session(EngineSettings(memory="500MB", threads=1)) as sql:
        sql.register("events", pa.Table.from_batches([to_batch(events, EVENT_SCHEMA)]))
        sql.register("objects", pa.Table.from_batches([to_batch(files, OBJECT_SCHEMA)]))
        sql.register("quarantine", pa.Table.from_batches([to_batch(quarantined, QUARANTINE_SCHEMA)]))
        counts, _ = resolve(sql, zone=ZoneInfo(zone), known=known or {}, known_keys={})
        records = sql.table("select * from records order by ts_utc, record_id").to_pylist()
        findings = sql.table("select * from findings order by rule, finding_id").to_pylist()
    return counts, records, findings
