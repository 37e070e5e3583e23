"""One shard of a run's intake: its capture objects become three Parquet tables."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine import BATCH_ROWS
from pipeline.errors import CountMismatch, StorageError
from pipeline.intake.place import Entry
from pipeline.intake.read import read_object
from pipeline.intake.sources import Sources
from pipeline.model import (
    EVENT_SCHEMA,
    OBJECT_SCHEMA,
    QUARANTINE_SCHEMA,
    CaptureObject,
    Event,
    Quarantined,
    to_batch,
)
from pipeline.storage import ObjectInfo, Zone

log = logging.getLogger(__name__)


def read_shard(zone: Zone, objects: Iterable[tuple[ObjectInfo, str]], sources: Sources, out: Path) -> dict[str, int]:
    """Read every object of a shard into `events`, `quarantine` and `objects` tables.

    Args:
        zone: The captures.
        objects: Object versions with the identity the plan gave them.
        sources: The sources file.
        out: An empty folder.

    Returns:
        Counts: objects, lines, events, quarantined.

    Raises:
        StorageError: An object cannot be read, or is not the one that was listed.
        CountMismatch: The entries of an object do not add up to its lines.
    """
    with ExitStack() as stack:
        events = stack.enter_context(pq.ParquetWriter(out / "events.parquet", EVENT_SCHEMA, compression="zstd"))
        held = stack.enter_context(pq.ParquetWriter(out / "quarantine.parquet", QUARANTINE_SCHEMA, compression="zstd"))
        rows: list[CaptureObject] = []
        for info, identity in objects:
            rows += _read_one(zone, info, identity, sources, events, held)
        pq.write_table(_table(rows), out / "objects.parquet", compression="zstd")
    counts = {
        "objects": len(rows),
        "lines": sum(row.lines for row in rows),
        "events": sum(row.events for row in rows),
        "quarantined": sum(row.quarantined for row in rows),
    }
    log.info("intake: %(objects)d objects, %(lines)d lines, %(events)d events, %(quarantined)d quarantined", counts)
    return counts


def _read_one(
    zone: Zone, info: ObjectInfo, identity: str, sources: Sources, events: Any, held: Any
) -> list[CaptureObject]:
    reading = read_object(zone, info, sources)
    seen = (0, 0)
    for chunk in _chunks(reading):
        made = [entry for entry in chunk if isinstance(entry, Event)]
        refused = [entry for entry in chunk if isinstance(entry, Quarantined)]
        events.write_batch(to_batch(made, EVENT_SCHEMA))
        held.write_batch(to_batch(refused, QUARANTINE_SCHEMA))
        seen = (seen[0] + len(made), seen[1] + len(refused))
    rows = reading.objects
    if any(row.version_id != identity for row in rows):
        raise StorageError(f"{zone.url}/{info.key}: is not the content that was listed; run again")
    if (sum(row.events for row in rows), sum(row.quarantined for row in rows)) != seen or any(
        row.lines != row.events + row.quarantined for row in rows
    ):
        raise CountMismatch(f"intake: the entries of {info.key} do not add up to its lines")
    return rows


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    source = iter(entries)
    while chunk := list(islice(source, BATCH_ROWS)):
        yield chunk


def _table(rows: list[CaptureObject]) -> Any:
    return pa.Table.from_batches([to_batch(rows, OBJECT_SCHEMA)])
