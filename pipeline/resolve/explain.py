"""Why a record is what it is: its sightings and the rule of each, where copies differ, and what of it is missing.

Places and rules only, unless texts are asked for: an explanation may be read by people who may not read the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow.compute as pc

from pipeline.errors import BadInput
from pipeline.lake import Lake

SIGHTING_RULES: Final[Mapping[str, str]] = {
    "founder": "says most of all copies, so it speaks for the record",
    "vendor-id": "carries the same id of the platform, in the same conversation",
    "exact-copy": "carries no id, and says the same by the same sender at the same time in another capture",
    "aligned-exact": "says the same at the same place in the order of the chat",
    "aligned-edit": "is an earlier or later text of the same message at the same place in the chat",
    "aligned-media": "is the same file, or stands for it, at the same place in the chat",
    "aligned-tombstone": "is the mark of its deletion at the same place in the chat",
    "aligned-system": "is the same notice of the app, in this phone's language",
    "aligned-crossed": "is the only such text of that minute on both sides, though neighbours stand in another order",
    "aligned": "was aligned with it",
}
LOSS_COLUMNS: Final = (
    "finding_id",
    "rule",
    "basis",
    "confidence",
    "platform",
    "conversation_id",
    "custodian",
    "record_id",
    "unit",
    "from",
    "to",
    "low",
    "high",
    "evidence",
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def explain(lake: Lake, record_id: str, *, texts: bool = False) -> dict[str, Any]:
    """The newest state of a record, as a document.

    Args:
        lake: Where it was resolved.
        record_id: `r-` and hex digits.
        texts: Whether the texts of its versions are shown.

    Raises:
        BadInput: The lake holds no such record.
        StorageError: The lake cannot be read.
    """
    rows = lake.dataset("records").to_table(filter=pc.field("record_id") == record_id).to_pylist()
    if not rows:
        raise BadInput(f"{lake.url}: holds no record {record_id[:40]!a}")
    record = max(rows, key=lambda row: row["run_seq"])
    found = lake.dataset("findings").to_table(filter=pc.field("record_id") == record_id).to_pylist()
    return {
        "record_id": record_id,
        "platform": record["platform"],
        "conversation_id": record["conversation_id"],
        "unit": record["unit"],
        "kind": record["kind"],
        "sent_at": _time(record["ts_utc"]),
        "time_basis": record["ts_source"],
        "sightings": [_sighting(sighting) for sighting in record["sightings"]],
        "conflicts": record["conflicts"],
        "versions": [_version(version, texts) for version in record["versions"]],
        "findings": [_finding(row) for row in sorted(found, key=lambda row: row["finding_id"])],
    }


def explanation(document: Mapping[str, Any]) -> Iterator[str]:
    """The same in lines for a person."""
    yield f"{document['record_id']}: {document['kind']} of {document['platform']}, unit {document['unit']}"
    yield f"  sent {document['sent_at']} (time {document['time_basis']}), conversation {document['conversation_id']}"
    yield f"{len(document['sightings'])} sightings"
    for sighting in document["sightings"]:
        yield f"  {sighting['place']}  {sighting['custodian'] or 'custodian unknown'}  {sighting['rule']}"
        yield f"    {sighting['because']}"
    for version in document["versions"]:
        said = f": {version['text']}" if "text" in version else ""
        yield f"version {version['change']} of {version['at'] or 'unknown time'}, entry {version['event_id']}{said}"
    if document["conflicts"]:
        yield f"copies differ in: {', '.join(document['conflicts'])}"
    for finding in document["findings"]:
        yield f"missing: {finding['rule']} ({finding['basis']}), evidence {', '.join(finding['evidence'])}"


def losses(lake: Lake) -> Iterator[list[str]]:
    """Every finding of loss as cells of LOSS_COLUMNS, in time order.

    Raises:
        StorageError: The lake cannot be read.
    """
    rows = {row["finding_id"]: row for row in lake.dataset("findings").to_table().to_pylist()}
    order = sorted(rows.values(), key=lambda row: (row["from_utc"] or row["to_utc"] or 0, row["finding_id"]))
    for row in order:
        plain = {name: str(row[name]) for name in LOSS_COLUMNS if name in row}
        times = {"from": _time(row["from_utc"]), "to": _time(row["to_utc"])}
        counts = {"low": str(row["count_low"]), "high": str(row["count_high"])}
        cells = {**plain, **times, **counts, "evidence": " ".join(row["evidence"])}
        yield [cells[name] for name in LOSS_COLUMNS]


def _sighting(sighting: Mapping[str, Any]) -> dict[str, Any]:
    place = f"{sighting['object_key']}{'!/' + sighting['member'] if sighting['member'] else ''}#{sighting['line']}"
    return {
        "place": place,
        "version_id": sighting["version_id"],
        "format": sighting["format"],
        "custodian": sighting["custodian"],
        "event_id": sighting["event_id"],
        "rule": sighting["rule"],
        "because": SIGHTING_RULES.get(sighting["rule"], "was matched by the rule named"),
    }


def _version(version: Mapping[str, Any], texts: bool) -> dict[str, Any]:
    shown = {"change": version["change"], "at": _time(version["at_utc"]), "event_id": version["event_id"]}
    return {**shown, "text": version["body"]} if texts else shown


def _finding(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: row[name] for name in ("finding_id", "rule", "basis", "confidence", "count_low", "count_high", "evidence")
    }


def _time(micros: int | None) -> str:
    return "" if micros is None else (_EPOCH + timedelta(microseconds=micros)).isoformat(timespec="microseconds")
