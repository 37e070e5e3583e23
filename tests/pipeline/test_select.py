"""A unit responds whole or not at all."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from pipeline.engine import EngineSettings, sql_session
from pipeline.job import Job
from pipeline.model import RECORD_SCHEMA, Record, Sighting, to_batch
from pipeline.select import select

DAY_1, DAY_2, DAY_3 = "2026-10-01", "2026-10-02", "2026-10-03"


def a_record(number: int, **changes: Any) -> Record:
    values: dict[str, Any] = {
        "record_id": f"r-{number:020}",
        "platform": "wickr",
        "conversation_id": "c-00000000000000a1",
        "unit": DAY_1,
        "kind": "message",
        "ts_utc": number,
        "ts_source": "utc",
        "body": "nothing of note",
        "digest": "d",
        **changes,
    }
    return Record(**values)


def sighted_by(custodian: str) -> tuple[Sighting, ...]:
    return (
        Sighting(
            event_id="e", custodian=custodian, format="f", object_key="k", version_id="", member="", line=1, rule=""
        ),
    )


RECORDS = [
    a_record(1, body="the permit is ready", sender_id="ana@agency.example"),
    a_record(2),
    a_record(3, unit=DAY_2, sightings=sighted_by("mreyes")),
    a_record(4, unit=DAY_3, conversation_id="c-00000000000000b2", conversation_title="Night Shift"),
]


def selected(delivered: tuple[str, ...] = (), **filters: Any) -> list[int]:
    job = Job(captures="c", lake="l", transfer="t", **filters)
    with sql_session(EngineSettings(memory="200MB", threads=1)) as sql:
        sql.register("records", pa.Table.from_batches([to_batch(RECORDS, RECORD_SCHEMA)]))
        sql.register("delivered", pa.table({"record_id": list(delivered), "digest": ["d"] * len(delivered)}))
        select(sql, job)
        return [int(row[0][2:]) for row in sql.rows("select record_id from selected order by record_id")]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"from_day": DAY_2}, [3, 4]),
        ({"to_day": DAY_2}, [1, 2, 3]),
        ({"from_day": DAY_2, "to_day": DAY_2}, [3]),
        ({"terms": ("PERMIT",)}, [1, 2]),
        ({"terms": ("permit", "absent")}, [1, 2]),
        ({"terms": ("absent",)}, []),
        ({"custodians": ("mreyes",)}, [3]),
        ({"custodians": ("Ana",)}, [1, 2]),
        ({"conversations": ("night shift",)}, [4]),
        ({"conversations": ("c-00000000000000b2",)}, [4]),
        ({"terms": ("permit",), "from_day": DAY_2}, []),
    ],
)
def test_filters_choose_whole_units(filters: dict[str, Any], expected: list[int]) -> None:
    assert selected(**filters) == expected


def test_the_nightly_job_leaves_out_what_was_delivered() -> None:
    assert selected(("r-" + "1".zfill(20),), only_new=True) == [2, 3, 4]
