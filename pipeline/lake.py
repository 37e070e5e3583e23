"""The lake: Delta tables of what was captured, what it resolved to, and what was delivered. Append only.

Written only through deltalake, whose commits are atomic. A commit carries the run's id as an application
transaction, so a run that is done again does not append its rows again. A capture object counts as read
once its row is in `objects`, which is committed last.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from pipeline.errors import StorageError
from pipeline.model import EVENT_SCHEMA, FINDING_SCHEMA, OBJECT_SCHEMA, QUARANTINE_SCHEMA, RECORD_SCHEMA, TEXT_SCHEMA
from pipeline.storage import open_zone

BUCKETS = 16
"""Partitions of the big tables, by a hash of the conversation."""

_RUN = pa.field("run_id", pa.string())
_BUCKET = pa.field("bucket", pa.int32())

TABLES: Mapping[str, pa.Schema] = {
    "objects": OBJECT_SCHEMA.append(_RUN),
    "events": EVENT_SCHEMA.append(_RUN).append(_BUCKET),
    "quarantine": QUARANTINE_SCHEMA.append(_RUN),
    "texts": TEXT_SCHEMA.append(_RUN),
    "conversations": pa.schema(
        [("source_conversation_id", pa.string()), ("conversation_id", pa.string()), ("run_id", pa.string())]
    ),
    "records": RECORD_SCHEMA.append(_RUN).append(_BUCKET).append(pa.field("run_seq", pa.int64())),
    "findings": FINDING_SCHEMA.append(_RUN),
    "redactions": pa.schema(
        [
            ("run_id", pa.string()),
            ("bundle_id", pa.string()),
            ("product", pa.string()),
            ("platform", pa.string()),
            ("record_id", pa.string()),
            ("unit", pa.string()),
            ("label", pa.string()),
            ("codes", pa.list_(pa.string())),
            ("category", pa.string()),
        ]
    ),
    "deliveries": pa.schema(
        [
            ("run_id", pa.string()),
            ("bundle_id", pa.string()),
            ("product", pa.string()),
            ("request", pa.string()),
            ("url", pa.string()),
            ("records", pa.int64()),
            ("units", pa.int64()),
            ("files", pa.int64()),
            ("bytes", pa.int64()),
            ("tag_manifest_sha256", pa.string()),
            ("delivered_utc", pa.int64()),
        ]
    ),
    "taken": pa.schema([("object_key", pa.string()), ("version_id", pa.string()), ("run_id", pa.string())]),
    "delivered_records": pa.schema(
        [("record_id", pa.string()), ("digest", pa.string()), ("bundle_id", pa.string()), ("run_id", pa.string())]
    ),
}
"""Every table and its columns. `taken` holds the objects that nightly runs have dealt with, whoever read them first."""

PARTITIONED = ("events", "records")


class Lake:
    """The tables below one zone URL."""

    def __init__(self, url: str) -> None:
        self.url = open_zone(url).url.rstrip("/")
        if any(sign in unquote(self.url) for sign in "[]"):
            raise StorageError(f"{self.url}: the lake cannot lie under a name with a square bracket")
        self._options = {"AWS_S3_ALLOW_UNSAFE_RENAME": "false"} if urlsplit(self.url).scheme == "s3" else {}
        if os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://"):
            self._options["AWS_ALLOW_HTTP"] = "true"

    def dataset(self, table: str) -> ds.Dataset:
        """The rows of a table now; an empty dataset of its schema while nobody has written it."""
        found = self._open(table)
        if found is None:
            return ds.dataset(TABLES[table].empty_table())
        return found.to_pyarrow_dataset()

    def append(self, table: str, batches: Iterable[pa.RecordBatch], run_id: str) -> bool:
        """Append one run's rows in one commit. False when this run's rows are there already.

        Raises:
            StorageError: The lake cannot be written.
        """
        found = self._open(table) or self._create(table)
        if found.transaction_version(run_id) is not None:
            return False
        reader = pa.RecordBatchReader.from_batches(TABLES[table], iter(batches))
        try:
            # Onto the version that was asked above: a newer one could hold this run's rows already.
            write_deltalake(
                found,
                reader,
                mode="append",
                commit_properties=CommitProperties(app_transactions=[Transaction(run_id, 1)]),
            )
        except (DeltaError, OSError) as problem:
            # Delta refuses a second commit of one application transaction: another process of this run was first.
            if self._has(table, run_id):
                return False
            raise StorageError(f"{self.url}: table {table} cannot be written ({type(problem).__name__})") from problem
        return True

    def _has(self, table: str, run_id: str) -> bool:
        found = self._open(table)
        return found is not None and found.transaction_version(run_id) is not None

    def _create(self, table: str) -> DeltaTable:
        """An empty table, in a commit of its own: the commit that creates a table checks no application transaction."""
        try:
            return DeltaTable.create(
                self._uri(table),
                schema=TABLES[table],
                mode="ignore",
                partition_by=["bucket"] if table in PARTITIONED else None,
                storage_options=self._options,
            )
        except (DeltaError, OSError) as problem:
            if (found := self._open(table)) is not None:
                return found
            raise StorageError(f"{self.url}: table {table} cannot be created ({type(problem).__name__})") from problem

    def _uri(self, table: str) -> str:
        return f"{self.url}/{table}"

    def _open(self, table: str) -> DeltaTable | None:
        try:
            return DeltaTable(self._uri(table), storage_options=self._options)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as problem:
            raise StorageError(f"{self.url}: table {table} cannot be read ({type(problem).__name__})") from problem
