"""The data renditions of one part: records as JSON Lines and CSV, the withholding index, the folded copies."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.cells import safe_cell
from pipeline.errors import BundlerError
from pipeline.render import vocabulary
from pipeline.render.job import RenderJob, SightingRow, bates
from pipeline.render.plan import PartFile, PartNumbers
from pipeline.render.released import Record, decode, flatten, may_hold_deletions, read_lines, redactions
from pipeline.render.spool import read_spans

TABLES = ("records.jsonl", "records.csv", "index/withholding.csv", "index/duplicates.csv")
Deletions = Sequence[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCounts:
    """Rows written for one part."""

    records: int
    withheld: int
    duplicates: int


def fragment(spool: Path, part: int, table: str) -> Path:
    """Where the rows of one part of one table lie until all parts are joined."""
    return spool / f"part-{part:04d}.{table.replace('/', '-')}"


def write_part_tables(
    part: PartFile,
    spool: Path,
    job: RenderJob,
    numbers: PartNumbers,
    sightings: Mapping[str, Sequence[SightingRow]],
) -> TableCounts:
    """Number the records of one part and write its rows of every table.

    Raises:
        BundlerError: A deletion carries no index number.
    """
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        lines = stack.enter_context(fragment(spool, part.number, "records.jsonl").open("wb"))
        flat, withheld, duplicates = (
            _writer(stack.enter_context(fragment(spool, part.number, table).open("w", encoding="utf-8", newline="")))
            for table in TABLES[1:]
        )
        for line, (first, last) in zip(read_lines(part.path), read_spans(spool, part.number), strict=True):
            record: dict[str, Any] = dict(decode(line))
            record["bates"] = {
                "begin": bates(job, numbers.position(first)),
                "end": bates(job, numbers.position(last)),
            }
            deletions = list(redactions(record)) if may_hold_deletions(line) else []
            _renumber(record["record_id"], deletions, numbers.index_offset)
            lines.write(orjson.dumps(record, option=orjson.OPT_SORT_KEYS) + b"\n")
            flat.writerow(_safe(_flat(record, deletions)))
            for row in _withheld(record, deletions, job):
                withheld.writerow(_safe(row))
                counts["withheld"] += 1
            if record["sightings"] > 1:
                duplicates.writerow(_safe(_duplicates(record, sightings.get(record["record_id"], ()))))
                counts["duplicates"] += 1
            counts["records"] += 1
    return TableCounts(records=counts["records"], withheld=counts["withheld"], duplicates=counts["duplicates"])


def write_header(path: Path, table: str) -> None:
    """Begin a table with its column names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        if table in vocabulary.COLUMNS:
            _writer(out).writerow([name for name, _ in vocabulary.COLUMNS[table]])


def _writer(out: Any) -> Any:
    return csv.writer(out, lineterminator="\r\n")


def _safe(row: Sequence[object]) -> list[str]:
    return [safe_cell(cell if isinstance(cell, str) else str(cell)) if cell else str(cell) for cell in row]


def _renumber(record_id: str, deletions: Deletions, offset: int) -> None:
    for _, part in deletions:
        if not part["index_no"]:
            raise BundlerError(f"record {record_id}: a deletion carries no index number")
        part["index_no"] += offset


def _flat(record: Record, deletions: Deletions) -> list[object]:
    deleted = [f"{d['scope']}, {d['at'] or 'time unknown'}, by {_person(d['by'])}" for d in record["deleted"]]
    versions = [f"{v['change']}, {v['at'] or 'time unknown'}: {flatten(v['body'])}" for v in record["versions"]]
    exemptions = dict.fromkeys(code for _, part in deletions for code in part["exemptions"])
    return [
        record["record_id"],
        record["bates"]["begin"],
        record["bates"]["end"],
        record["disposition"],
        record["platform"],
        record["conversation_id"],
        record["conversation"]["kind"],
        flatten(record["conversation"]["title"]),
        record["unit"],
        record["kind"],
        record["subkind"],
        record["sent_at"],
        record["time_basis"],
        record["sender"]["participant"],
        flatten(record["sender"]["name"]),
        _joined(person["participant"] for person in record["recipients"]),
        _joined(flatten(person["name"]) for person in record["recipients"]),
        flatten(record["body"]),
        "\n".join(versions),
        _joined(deleted),
        _joined(_reaction(reaction) for reaction in record["reactions"]),
        _joined(person["participant"] for person in record["read_by"]),
        _joined(_attachment(attachment) for attachment in record["attachments"]),
        "\n".join(f"{detail['label']}: {flatten(detail['value'])}" for detail in record["details"]),
        _joined(record["flags"]),
        record["sightings"],
        _joined(person["participant"] for person in record["custodians"]),
        record["expires_at"] or "",
        _joined(record["conflicts"]),
        _joined(record["findings"]),
        _joined(exemptions),
    ]


def _joined(values: Any) -> str:
    return "; ".join(values)


def _person(person: Mapping[str, Any] | None) -> str:
    if not person:
        return ""
    name = flatten(person["name"])
    return f"{person['participant']} {name}".strip()


def _reaction(reaction: Mapping[str, Any]) -> str:
    what = "withdrawn " if reaction["removed"] else ""
    return f"{what}{flatten(reaction['value'])} by {_person(reaction['by'])}"


def _attachment(attachment: Mapping[str, Any]) -> str:
    under = f" under {', '.join(attachment['exemptions'])}" if attachment["exemptions"] else ""
    return f"{flatten(attachment['name'])} ({attachment['mime'] or 'type unknown'}, {attachment['disposition']}{under})"


def _withheld(record: Record, deletions: Deletions, job: RenderJob) -> Iterator[list[object]]:
    for place, part in deletions:
        category = part.get("category") or ""
        yield [
            part["index_no"],
            record["bates"]["begin"],
            record["bates"]["end"],
            record["record_id"],
            record["unit"],
            record["platform"],
            record["kind"],
            place,
            _joined(part["exemptions"]),
            job.categories.get(category, "Withheld matter" if not category else category.replace("_", " ").lower()),
            part.get("amount") or "",
            record["disposition"],
            part.get("statute") or "",
            part.get("privilege") or "",
        ]


def _duplicates(record: Record, copies: Sequence[SightingRow]) -> list[object]:
    return [
        record["record_id"],
        record["bates"]["begin"],
        record["sightings"],
        _joined(copy.format for copy in copies),
        _joined(copy.custodian for copy in copies if copy.custodian)
        or _joined(person["participant"] for person in record["custodians"]),
        _joined(record["conflicts"]),
    ]
