"""The two shapes of a stage body."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.engine import EngineSettings, map_tasks, read_batches, sql_session, write_batches


def double(number: int) -> int:
    return number * 2


def test_tasks_give_their_results_in_order_in_one_process_and_in_two() -> None:
    tasks = [(number,) for number in range(7)]
    told: list[int] = []
    alone = map_tasks(double, tasks, EngineSettings(workers=1), told.append)
    assert alone == map_tasks(double, tasks, EngineSettings(workers=2)) == [0, 2, 4, 6, 8, 10, 12]
    assert told == [1, 2, 3, 4, 5, 6, 7]


def test_a_query_is_written_in_its_order(tmp_path: Path) -> None:
    with sql_session(EngineSettings(memory="200MB", threads=2)) as sql:
        rows = sql.to_parquet("select i from range(200000) t(i) order by i desc", tmp_path / "it's.parquet")
    column = pq.read_table(tmp_path / "it's.parquet")["i"].to_pylist()
    assert rows == 200_000
    assert column == list(range(199_999, -1, -1))


def test_a_sort_larger_than_the_memory_limit_spills(tmp_path: Path) -> None:
    with sql_session(EngineSettings(memory="150MB", threads=1)) as sql:
        query = "select i, repeat(md5(i::varchar), 8) as t from range(1500000) t(i) order by t, i"
        assert sql.to_parquet(query, tmp_path / "sorted.parquet") == 1_500_000


def test_an_empty_stream_is_an_empty_file_with_its_columns(tmp_path: Path) -> None:
    schema = pa.schema([("a", pa.int64())])
    assert write_batches(tmp_path / "e.parquet", schema, iter(())) == 0
    assert pq.read_schema(tmp_path / "e.parquet").names == ["a"]
    assert sum(batch.num_rows for batch in read_batches([tmp_path / "e.parquet"])) == 0
