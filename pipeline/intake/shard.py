"""One shard of a run's intake: its capture objects become four Parquet tables."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine import BATCH_ROWS
from pipeline.errors import CountMismatch, StorageError
from pipeline.intake.block import Block
from pipeline.intake.neighbours import ZoneNeighbours
from pipeline.intake.read import DEFAULT_LIMITS, ObjectReading, read_object
from pipeline.intake.sources import Sources
from pipeline.intake.texts import Texts
from pipeline.model import (
    EVENT_SCHEMA,
    OBJECT_SCHEMA,
    QUARANTINE_SCHEMA,
    STORED_EVENT_SCHEMA,
    TEXT_SCHEMA,
    AttachmentText,
    CaptureObject,
    Event,
    to_batch,
)
from pipeline.storage import ObjectInfo, Zone

log = logging.getLogger(__name__)

_ROWS_AT_ONCE: Final = 2000
"""Rows made into columns together: few enough to be in the processor's cache still."""
_LARGE_ROW: Final = 1 << 20
_GROUP_BYTES: Final = 32 << 20
"""A row group is written when it has so many bytes, however few its rows are."""
_UNIQUE: Final = ("event_id", "vendor_id", "ts_raw", "body", "attributes", "raw_sha256")
_EVENT_OPTIONS: Final[Mapping[str, Any]] = {
    # A dictionary of values that never repeat costs time and space; nobody asks these files for statistics.
    "use_dictionary": [f.name for f in EVENT_SCHEMA if f.name not in _UNIQUE and not pa.types.is_integer(f.type)],
    "write_statistics": False,
    "store_schema": False,  # so that they are read as EVENT_SCHEMA
}


def _nothing(_row: Any) -> int:
    return 0


_SIZES: Final[Mapping[type, Callable[[Any], int]]] = {
    Event: lambda row: len(row.attributes) + len(row.body or ""),
    AttachmentText: lambda row: len(row.text),
}
"""Characters of the rows that can be large."""


def read_shard(zone: Zone, objects: Iterable[tuple[ObjectInfo, str]], sources: Sources, out: Path) -> dict[str, int]:
    """Read every object of a shard into `events`, `quarantine`, `texts` and `objects` tables.

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
        events = stack.enter_context(_Table(out / "events.parquet", STORED_EVENT_SCHEMA, **_EVENT_OPTIONS))
        held = stack.enter_context(_Table(out / "quarantine.parquet", QUARANTINE_SCHEMA))
        said = stack.enter_context(_Table(out / "texts.parquet", TEXT_SCHEMA))
        rows: list[CaptureObject] = []
        around, texts = ZoneNeighbours(zone), Texts(DEFAULT_LIMITS, said.add)
        for info, identity in objects:
            reading = read_object(zone, info, sources, neighbours=around, texts=texts)
            rows += _read_one(reading, identity, events, held)
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
    """One Parquet file, written a row group at a time whatever object its rows come from."""

    def __init__(self, path: Path, schema: pa.Schema, **options: Any) -> None:
        self.schema = schema
        self.writer = pq.ParquetWriter(path, schema, compression="zstd", **options)
        self.rows: list[Any] = []
        self.batches: list[pa.RecordBatch] = []
        self.total = 0
        self.held_rows = 0
        self.held_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._write()
        self.writer.close()

    def add(self, row: Any) -> None:
        """Add one row."""
        self.rows.append(row)
        size = _SIZES.get(type(row), _nothing)(row)
        if len(self.rows) >= _ROWS_AT_ONCE or size > _LARGE_ROW:
            self._convert()
        self._count(1, size)

    def add_batches(self, batches: Sequence[pa.RecordBatch], size: int) -> None:
        """Add rows that are columns already, of about so many bytes."""
        self.batches += batches
        self._count(sum(batch.num_rows for batch in batches), size)

    def _count(self, rows: int, size: int) -> None:
        self.total += rows
        self.held_rows += rows
        self.held_bytes += size
        if self.held_rows >= BATCH_ROWS or self.held_bytes >= _GROUP_BYTES:
            self._write()

    def _convert(self) -> None:
        rows, self.rows = self.rows, []
        if rows:
            self.batches.append(to_batch(rows, self.schema))

    def _write(self) -> None:
        self._convert()
        batches, self.batches = self.batches, []
        self.held_rows = self.held_bytes = 0
        if batches:
            self.writer.write_table(pa.Table.from_batches(batches, self.schema))


def _read_one(reading: ObjectReading, identity: str, events: _Table, held: _Table) -> list[CaptureObject]:
    before = (events.total, held.total)
    for item in reading.blocks():
        if type(item) is Block:
            events.add_batches(item.batches, item.size)
            for entry in item.others:
                (events if type(entry) is Event else held).add(entry)
        else:
            (events if type(item) is Event else held).add(item)
    seen = (events.total - before[0], held.total - before[1])
    rows = reading.objects
    if any(row.version_id != identity for row in rows):
        raise StorageError(f"{reading.zone.url}/{reading.info.key}: is not the content that was listed; run again")
    if (sum(row.events for row in rows), sum(row.quarantined for row in rows)) != seen or any(
        row.lines != row.events + row.quarantined for row in rows
    ):
        raise CountMismatch(f"intake: the entries of {reading.info.key} do not add up to its lines")
    return rows
