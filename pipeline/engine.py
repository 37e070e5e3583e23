"""The two shapes of a stage body: SQL under a total order, and a function over Arrow batches.

Embedded engine: DuckDB with a memory limit and spill for the first, a process pool for the second.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

BATCH_ROWS = 20_000
"""Rows of one Arrow batch: large enough to amortise calls, small enough to hold many of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Limits of one machine's share of a job."""

    memory: str = "2GB"
    threads: int = 2
    workers: int = 0
    """Processes of the pool; 0 takes one per core, 1 works in this process."""


class Sql:
    """One DuckDB session. Results leave it as Arrow, tables as Parquet."""

    def __init__(self, settings: EngineSettings, spill: Path) -> None:
        self.connection = duckdb.connect(
            config={
                "memory_limit": settings.memory,
                "threads": settings.threads,
                "temp_directory": str(spill),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )

    def register(self, name: str, table: Any) -> None:
        """Make an Arrow table, dataset or reader readable under a name."""
        self.connection.register(name, table)

    def run(self, statement: str, values: Sequence[object] = ()) -> None:
        """Run a statement whose result nobody reads."""
        self.connection.execute(statement, list(values)).fetchall()

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a small result."""
        return list(self.connection.execute(statement, list(values)).fetchall())

    def value(self, statement: str, values: Sequence[object] = ()) -> Any:
        """The first column of the first row."""
        return self.rows(statement, values)[0][0]

    def table(self, statement: str, values: Sequence[object] = ()) -> pa.Table:
        """A small result as an Arrow table."""
        if values:
            return self.connection.execute(statement, list(values)).to_arrow_table()
        return self.connection.sql(statement).to_arrow_table()

    def to_parquet(self, query: str, path: Path) -> int:
        """Write a query's rows, in the query's order, to one Parquet file; returns how many."""
        target = str(path).replace("'", "''")
        options = "format parquet, compression zstd, preserve_order true"
        return int(self.rows(f"copy ({query}) to '{target}' ({options})")[0][0])

    def from_parquet(self, name: str, paths: Sequence[Path]) -> None:
        """A view over Parquet files."""
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        self.run(f"create or replace view {name} as select * from read_parquet([{listed}])")


@contextmanager
def sql_session(settings: EngineSettings) -> Iterator[Sql]:
    """A DuckDB session whose spill files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="foia-spill-") as folder:
        session = Sql(settings, Path(folder))
        try:
            yield session
        finally:
            session.connection.close()


def read_batches(paths: Sequence[Path], columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The batches of Parquet files, file by file."""
    for path in paths:
        with pq.ParquetFile(path) as source:
            yield from source.iter_batches(BATCH_ROWS, columns=None if columns is None else list(columns))


def write_batches(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> int:
    """Write batches to one Parquet file; returns the number of rows. An empty stream gives an empty file."""
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def map_tasks(
    function: Callable[..., Any],
    tasks: Sequence[tuple[Any, ...]],
    settings: EngineSettings,
    done: Callable[[int], None] | None = None,
) -> list[Any]:
    """`function(*task)` for every task, results in task order; a process pool when there is more than one."""
    workers = min(settings.workers or os.cpu_count() or 1, len(tasks))
    results = []
    if workers <= 1:
        for number, task in enumerate(tasks, 1):
            results.append(function(*task))
            if done:
                done(number)
        return results
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        pending = [pool.submit(function, *task) for task in tasks]
        for number, future in enumerate(pending, 1):
            results.append(future.result())
            if done:
                done(number)
    return results


def arrow_struct(values: Mapping[str, object]) -> pa.Table:
    """One row as a table, for binding named values into SQL."""
    return pa.table({name: [value] for name, value in values.items()})
