"""The lake appends once per run and reads what was committed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pyarrow as pa

from pipeline.errors import StorageError
from pipeline.lake import TABLES, Lake


def a_batch(*ids: str) -> pa.RecordBatch:
    rows = [{"record_id": name, "digest": "d", "bundle_id": "b", "run_id": "r"} for name in ids]
    return pa.RecordBatch.from_pylist(rows, schema=TABLES["delivered_records"])


def records(lake: Lake) -> list[str]:
    return sorted(lake.dataset("delivered_records").to_table()["record_id"].to_pylist())


def test_a_table_that_nobody_wrote_is_empty_and_has_its_columns(tmp_path: Path) -> None:
    dataset = Lake(str(tmp_path)).dataset("events")
    assert dataset.count_rows() == 0
    assert dataset.schema.names == TABLES["events"].names


def test_a_run_appends_once_however_often_it_is_done(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    assert lake.append("delivered_records", [a_batch("r-1", "r-2")], "run-1")
    assert not lake.append("delivered_records", [a_batch("r-1", "r-2")], "run-1")
    assert lake.append("delivered_records", [a_batch("r-3")], "run-2")
    assert records(lake) == ["r-1", "r-2", "r-3"]


def test_an_empty_append_still_marks_the_run(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    assert lake.append("delivered_records", [], "run-1")
    assert not lake.append("delivered_records", [a_batch("r-1")], "run-1")
    assert records(lake) == []


def test_many_writers_of_one_run_append_once(tmp_path: Path) -> None:
    for number in range(8):
        lake = Lake(str(tmp_path / str(number)))
        start = Barrier(4)

        def write(lake: Lake = lake, start: Barrier = start) -> bool:
            start.wait()
            try:
                return lake.append("delivered_records", [a_batch("r-1")], "run-1")
            except StorageError:  # two made the table at the same moment; the one that lost may try again
                return False

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(lambda _, write=write: write(), range(4))) == 1
        assert records(lake) == ["r-1"]
