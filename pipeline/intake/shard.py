"""One shard of a run's intake: its capture objects become three Parquet tables."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine import BATCH_ROWS
from pipeline.errors import CountMismatch, StorageError
from pipeline.intake.neighbours import ZoneNeighbours
from pipeline.intake.read import ObjectReading, read_object
from pipeline.intake.sources import Sources
from pipeline.model import (
    EVENT_SCHEMA,
    OBJECT_SCHEMA,
    QUARANTINE_SCHEMA,
    CaptureObject,
    Event,
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
        events = stack.enter_context(_Table(out / "events.parquet", EVENT_SCHEMA))
        held = stack.enter_context(_Table(out / "quarantine.parquet", QUARANTINE_SCHEMA))
        rows: list[CaptureObject] = []
        around = ZoneNeighbours(zone)
        for info, identity in objects:
            rows += _read_one(read_object(zone, info, sources, neighbours=around), identity, events, held)
    with _Table(out / "objects.parquet", OBJECT_SCHEMA) as table:
        for row in rows:
            table.add(row)
    counts = {
        "objects": len(rows),
        "lines": sum(row.lines for row in rows),
        "events": sum(row.events for row in rows),
        "quarantined": sum(row.quarantined for row in rows),
    }
    log.info("intake: %(objects)d objects, %(lines)d lines, %(events)d events, %(quarantined)d quarantined", counts)
    return counts


class _Table:
    """One Parquet file, written a batch at a time whatever object its rows come from."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self.writer = pq.ParquetWriter(path, schema, compression="zstd")
        self.rows: list[Any] = []
        self.total = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._write()
        self.writer.close()

    def add(self, row: Any) -> None:
        self.rows.append(row)
        self.total += 1
        if len(self.rows) >= BATCH_ROWS:
            self._write()

    def _write(self) -> None:
        rows, self.rows = self.rows, []
        if rows:
            self.writer.write_batch(to_batch(rows, self.schema))


def _read_one(reading: ObjectReading, identity: str, events: _Table, held: _Table) -> list[CaptureObject]:
    before = (events.total, held.total)
    for entry in reading:
        (events if type(entry) is Event else held).add(entry)
    seen = (events.total - before[0], held.total - before[1])
    rows = reading.objects
    if any(row.version_id != identity for row in rows):
        raise StorageError(f"{reading.zone.url}/{reading.info.key}: is not the content that was listed; run again")
    if (sum(row.events for row in rows), sum(row.quarantined for row in rows)) != seen or any(
        row.lines != row.events + row.quarantined for row in rows
    ):
        raise CountMismatch(f"intake: the entries of {reading.info.key} do not add up to its lines")
    return rows
