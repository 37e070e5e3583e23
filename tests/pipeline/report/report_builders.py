"""Builders of small lakes: each row shows only what its test is about."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.lake import TABLES, Lake
from pipeline.model import CaptureObject, Event, EventKind, Finding, Quarantined, Record, Sighting

ZONE = "America/New_York"


def micros(text: str, zone: str = ZONE) -> int:
    """Microseconds UTC of a wall-clock time in a zone."""
    moment = dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def _row(thing: Any, **more: Any) -> dict[str, Any]:
    return {**(asdict(thing) if is_dataclass(thing) else thing), **more}


def an_object(key: str = "wickr-bot/1", *, run_id: str = "r1", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "object_key": key,
        "version_id": "v1",
        "sha256": "0" * 64,
        "size": 100,
        "modified_utc": micros("2026-08-01T12:00"),
        "format": "wickr-bot",
        "lines": 1,
        "events": 1,
        "quarantined": 0,
    }
    return _row(CaptureObject(**{**values, **changes}), run_id=run_id)


def an_event(event_id: str = "e1", *, run_id: str = "r1", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "event_id": event_id,
        "event_kind": EventKind.MESSAGE,
        "source": "wickr",
        "format": "wickr-bot",
        "conversation_id": "room",
        "ts_utc": micros("2026-08-01T09:00"),
        "object_key": "wickr-bot/1",
        "version_id": "v1",
    }
    return _row(Event(**{**values, **changes}), run_id=run_id, bucket=0)


def a_quarantined(reason: str = "invalid-json", *, run_id: str = "r1", **changes: Any) -> dict[str, Any]:
    return _row(
        Quarantined(**{"reason": reason, "object_key": "wickr-bot/1", "version_id": "v1", **changes}), run_id=run_id
    )


def a_sighting(custodian: str = "mreyes", event_id: str = "e1") -> Sighting:
    return Sighting(
        event_id=event_id,
        custodian=custodian,
        format="wickr-bot",
        object_key="wickr-bot/1",
        version_id="v1",
        member="",
        line=1,
        rule="founder",
    )


def a_record(record_id: str = "r-1", *, run_id: str = "r1", run_seq: int = 1, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "record_id": record_id,
        "platform": "wickr",
        "conversation_id": "c-1",
        "unit": "2026-08-01",
        "kind": "message",
        "ts_utc": micros("2026-08-01T09:00"),
        "ts_source": "utc",
        "sightings": (a_sighting(),),
    }
    return _row(Record(**{**values, **changes}), run_id=run_id, bucket=0, run_seq=run_seq)


def a_finding(finding_id: str = "f-1", *, run_id: str = "r1", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "finding_id": finding_id,
        "rule": "target-never-captured",
        "basis": "proved",
        "confidence": 1.0,
        "platform": "wickr",
        "conversation_id": "c-1",
        "unit": "2026-08-01",
    }
    return _row(Finding(**{**values, **changes}), run_id=run_id)


def a_redaction(*codes: str, run_id: str = "r1", **changes: Any) -> dict[str, Any]:
    codes = codes or ("(b)(6)",)
    return {
        "run_id": run_id,
        "bundle_id": "b-1",
        "product": "nightly",
        "platform": "wickr",
        "record_id": "r-1",
        "unit": "2026-08-01",
        "label": "; ".join(codes),
        "codes": list(codes),
        "category": "PHONE",
        **changes,
    }


def a_delivery(bundle_id: str = "b-1", *, run_id: str = "r1", **changes: Any) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "bundle_id": bundle_id,
        "product": "nightly",
        "request": "",
        "url": f"s3://transfer/{bundle_id}",
        "records": 1,
        "units": 1,
        "files": 12,
        "bytes": 4096,
        "tag_manifest_sha256": "ab" * 32,
        "delivered_utc": micros("2026-08-02T02:00"),
        **changes,
    }


def delivered(record_id: str, bundle_id: str = "b-1", run_id: str = "r1") -> dict[str, Any]:
    return {"record_id": record_id, "digest": "", "bundle_id": bundle_id, "run_id": run_id}


def tables(**rows: list[dict[str, Any]]) -> dict[str, pa.Table]:
    """All tables of a lake; those not named are empty."""
    return {name: pa.Table.from_pylist(rows.get(name, []), schema=schema) for name, schema in TABLES.items()}


def write_lake(folder: Path, run_id: str = "r1", **rows: list[dict[str, Any]]) -> str:
    """A real lake below a folder; returns its URL."""
    lake = Lake(str(folder))
    for name, table in tables(**rows).items():
        if table.num_rows:
            lake.append(name, table.to_batches(), run_id)
    return folder.as_uri()


def busy_quarter() -> dict[str, list[dict[str, Any]]]:
    """Rows of a lake with something of everything, spread over July to September 2026."""
    records, redactions, handed, findings = [], [], [], []
    codes = [("(b)(6)", "(b)(7)(C)"), ("(b)(6)",), ("(b)(7)(E)",), ("(b)(7)(C)", "(b)(7)(F)"), ("(b)(7)(D)",)]
    categories = ("NAME_LINE_OFFICER", "PHONE", "TECS_NUMBER", "HOME_ADDRESS", "SOURCE_HANDLE")
    for number in range(900):
        day = dt.date(2026, 7, 1) + dt.timedelta(days=number * number % 92)
        platform = "whatsapp" if number % 3 == 0 else "wickr"
        copies = tuple(
            a_sighting(("network", "mreyes", "dokafor", "")[k], f"e{number}-{k}") for k in range(1 + number % 3)
        )
        records.append(
            a_record(
                f"r-{number}",
                platform=platform,
                conversation_id=f"c-{number % 17}",
                unit=day.isoformat(),
                sightings=copies,
                body="" if number % 26 == 0 else "text",
                flags=("edited",) if number % 11 == 0 else ("deleted",) if number % 13 == 0 else (),
                expires_utc=micros("2026-12-01T00:00") if number % 4 == 0 else None,
                conflicts=("body",) if number % 97 == 0 else (),
            )
        )
        bundle = f"foia-{number % 5:020x}"
        if number % 10:
            handed.append(delivered(f"r-{number}", bundle))
        which = 4 if number % 300 == 0 else number % 4
        if number % 2 == 0:
            redactions.append(
                a_redaction(
                    *codes[which],
                    bundle_id=bundle,
                    record_id=f"r-{number}",
                    platform=platform,
                    unit=day.isoformat(),
                    category=categories[which],
                )
            )
    shapes = [
        ("target-never-captured", "proved", 1, 1, 31),
        ("attachment-absent", "proved", 1, 1, 12),
        ("copy-lacks-message", "proved", 1, 2, 9),
        ("disappearing-timer", "inferred", 2, 14, 4),
        ("truncated-line", "proved", 1, 1, 2),
    ]
    for rule, basis, low, high, count in shapes:
        for number in range(count):
            day = dt.date(2026, 7, 3) + dt.timedelta(days=number * 7 % 88)
            findings.append(
                a_finding(
                    f"f-{rule}-{number}",
                    rule=rule,
                    basis=basis,
                    count_low=low,
                    count_high=high,
                    platform="whatsapp" if rule == "disappearing-timer" else "wickr",
                    unit=day.isoformat(),
                    conversation_id=f"c-{number % 5}",
                )
            )
    findings.append(a_finding("f-undated", unit="", rule="truncated-line"))
    deliveries = [
        a_delivery(
            f"foia-{number:020x}",
            product="request" if number in (1, 3) else "nightly",
            request=f"CBP-2026-0{4000 + number}" if number in (1, 3) else "",
            records=150 + number,
            units=40 + number,
            bytes=5_000_000 + 12345 * number,
            tag_manifest_sha256=f"{number:x}" * 64,
            delivered_utc=micros(f"2026-0{7 + number % 3}-1{number}T02:10"),
        )
        for number in range(5)
    ]
    deliveries.append(a_delivery("", run_id="r1", delivered_utc=micros("2026-09-20T02:10"), records=0, units=0))
    events = [an_event(f"e{n}", event_kind=list(EventKind)[n % 9]) for n in range(1800)]
    quarantined = [a_quarantined(("invalid-json", "invalid-utf8", "line-too-long")[n % 3], line=n) for n in range(7)]
    return {
        "objects": [an_object(lines=1807, events=1800, quarantined=7, size=2_345_678)],
        "events": events,
        "quarantine": quarantined,
        "records": records,
        "findings": findings,
        "redactions": redactions,
        "deliveries": deliveries,
        "delivered_records": handed,
    }
