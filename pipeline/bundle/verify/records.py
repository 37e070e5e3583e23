"""Do the renditions agree? Records, tables, index, pages and manifest are counted on their own and compared."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from pipeline.bundle.verify.certificate import Finding

REQUIRED = frozenset(
    (
        "record_id", "platform", "conversation_id", "kind", "sent_at", "sender", "recipients", "body", "versions",
        "reactions", "attachments", "sightings", "expires_at", "findings", "bates",
    )
)  # fmt: skip
KINDS = frozenset({"message", "file", "call", "location", "system", "unknown"})
_TEXT_KEYS = frozenset({"type", "value"})
_REDACTION_KEYS = frozenset({"type", "label", "exemptions", "amount", "category", "statute", "privilege", "index_no"})
_FORBIDDEN = frozenset(
    (
        "literal", "length", "start", "end", "offset", "offsets", "hash", "sha256", "digest", "score", "rule",
        "proposed_by", "object_key", "version_id", "member", "source_path", "vendor_id", "sender_id", "raw_sha256",
        "original", "previous", "span", "spans",
    )
)  # fmt: skip
_ALLOWED_BELOW: Mapping[str, frozenset[str]] = {"bates": frozenset({"begin", "end"})}
_EXEMPTION = re.compile(r"\([a-z]\)(?:\([0-9A-Za-z]+\)){0,2}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_OWN_CELL = re.compile(rf"{_TIME.pattern}|[a-z]-[0-9a-f]{{16,32}}|[A-Za-z0-9-]{{0,40}}-?\d{{6,7}}|\d{{1,7}}|")
_RECORD_ID = re.compile(r"r-[0-9a-f]{20}")
_NAMED = 5
_DEEPEST = 20
_HOLDERS = frozenset({dict, list})


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was counted in `records.jsonl`."""

    records: int = 0
    sightings: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    """Redaction parts by label."""
    drawn: int = 0
    """Redaction parts in places that every page rendition draws: bodies, details, names of files, reactions."""
    indexes: set[int] = field(default_factory=set)
    dates: set[str] = field(default_factory=set)
    """Units and days of sending, digits only."""
    texts: int = 0

    @property
    def numbered(self) -> int:
        """How many deletions the index numbers count from 1 without a gap; 0 when they do not."""
        count = len(self.indexes)
        whole = count == self.labels.total() and self.indexes == set(range(1, count + 1))
        return count if whole else 0


class _Shape:
    """Collects shape problems, a handful per rule; names lines, never text."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: dict[str, list[int]] = {}

    def wrong(self, rule: str, line: int) -> None:
        self.problems.setdefault(rule, []).append(line)

    def findings(self) -> Iterator[Finding]:
        for rule, lines in sorted(self.problems.items()):
            shown = ", ".join(str(line) for line in lines[:_NAMED])
            yield Finding(rule=rule, path=self.path, expected="0", found=f"{len(lines)}: lines {shown}")


def read_records(path: Path, name: str) -> tuple[Tally, list[Finding]]:
    """Parse and count `records.jsonl` line by line."""
    tally, shape, seen = Tally(), _Shape(name), set[str]()
    with path.open("rb") as stream:
        for line, raw in enumerate(stream, 1):
            try:
                record = orjson.loads(raw)
            except orjson.JSONDecodeError:
                shape.wrong("record-not-json", line)
                continue
            tally.records += 1
            if not isinstance(record, dict) or not set(record) >= REQUIRED:
                shape.wrong("record-lacks-fields", line)
                continue
            record_id = str(record["record_id"])
            if record_id in seen:
                shape.wrong("record-id-twice", line)
            seen.add(record_id)
            _check_record(record, line, tally, shape)
    return tally, list(shape.findings())


def released_texts(path: Path) -> Iterator[str]:
    """Every released text value of `records.jsonl`; lines that cannot be read were reported by `read_records`."""
    with path.open("rb") as stream:
        for raw in stream:
            try:
                record = orjson.loads(raw)
            except orjson.JSONDecodeError:
                continue
            yield from text_values(record)


def table_cells(path: Path) -> Iterator[str]:
    """The cells of a table, headings and surplus ones too, that are not times, ids or numbers of our own."""
    for row in _rows(path):
        yield from (cell for cell in row if not _is_own(cell))


@lru_cache(maxsize=1 << 15)
def _is_own(cell: str) -> bool:
    return _OWN_CELL.fullmatch(cell) is not None


def text_values(record: Any) -> list[str]:
    """Every released text value of a record, wherever it stands."""
    found: list[str] = []
    _collect(record, found)
    return found


def _collect(node: Any, found: list[str]) -> None:
    if type(node) is dict:
        if node.get("type") == "text" and isinstance(node.get("value"), str):
            found.append(node["value"])
            return
        values: Iterable[Any] = node.values()
    elif type(node) is list:
        values = node
    else:
        return
    for value in values:
        if type(value) in _HOLDERS:
            _collect(value, found)


def _check_record(record: dict[str, Any], line: int, tally: Tally, shape: _Shape) -> None:
    if not isinstance(record["record_id"], str) or not _RECORD_ID.fullmatch(record["record_id"]):
        shape.wrong("record-id-form", line)
    if str(record["kind"]) not in KINDS:
        shape.wrong("record-kind", line)
    if not isinstance(record["sent_at"], str) or not _TIME.fullmatch(record["sent_at"]):
        shape.wrong("record-time", line)
    else:
        tally.dates.add(record["sent_at"][:10].replace("-", ""))
    if not isinstance(record["body"], list):
        shape.wrong("record-body-not-parts", line)
    if not isinstance(record["sightings"], int) or record["sightings"] < 1:
        shape.wrong("record-sightings", line)
    else:
        tally.sightings += record["sightings"]
    tally.dates.add(str(record.get("unit", "")).replace("-", ""))
    _walk(record, "", line, tally, shape)
    tally.drawn += sum(_redactions(value) for value in _drawn(record))


def _walk(value: Any, key: str, line: int, tally: Tally, shape: _Shape, depth: int = 0) -> None:
    if depth > _DEEPEST:
        shape.wrong("record-nested-too-deep", line)
    elif isinstance(value, dict):
        if value.get("type") in ("text", "redaction"):
            _check_part(value, line, tally, shape)
            return
        if (set(value) - _ALLOWED_BELOW.get(key, frozenset())) & _FORBIDDEN:
            shape.wrong("record-forbidden-field", line)
        for name, inner in value.items():
            if type(inner) in _HOLDERS or depth >= _DEEPEST:
                _walk(inner, name, line, tally, shape, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            if type(inner) in _HOLDERS or depth >= _DEEPEST:
                _walk(inner, key, line, tally, shape, depth + 1)


def _check_part(part: dict[str, Any], line: int, tally: Tally, shape: _Shape) -> None:
    if part["type"] == "text":
        tally.texts += 1
        if set(part) != _TEXT_KEYS or not isinstance(part["value"], str):
            shape.wrong("part-fields", line)
        return
    if not set(part) <= _REDACTION_KEYS or not {"label", "exemptions", "index_no"} <= set(part):
        shape.wrong("part-fields", line)
        return
    codes = part["exemptions"]
    if not isinstance(codes, list) or not codes or not all(_EXEMPTION.fullmatch(str(code)) for code in codes):
        shape.wrong("part-without-exemption", line)
        return
    if any(code not in str(part["label"]) for code in codes):
        shape.wrong("label-differs-from-exemptions", line)
    tally.labels[str(part["label"])] += 1
    number = part["index_no"]
    if not isinstance(number, int) or number in tally.indexes:
        shape.wrong("index-number-twice", line)
    else:
        tally.indexes.add(number)


def _drawn(record: Mapping[str, Any]) -> Iterator[Any]:
    yield record["body"]
    for key, inner in (("details", "value"), ("attachments", "name"), ("reactions", "value")):
        items = record.get(key)
        yield from (item.get(inner) for item in items if isinstance(item, dict)) if isinstance(items, list) else ()


def _redactions(parts: Any) -> int:
    if not isinstance(parts, list):
        return 0
    return sum(isinstance(part, dict) and part.get("type") == "redaction" for part in parts)


def check_tables(data: Path, tally: Tally) -> Iterator[Finding]:
    """Rows of the tables against the records."""
    rows = _column(data / "records.csv", "record_id")
    if rows is not None:
        yield from _compare("rows-differ-from-records", "data/records.csv", tally.records, len(rows))
    path = "data/index/withholding.csv"
    numbers = _column(data / "index/withholding.csv", "index_no")
    if numbers is None:
        yield Finding(rule="index-missing", path=path, expected=str(tally.labels.total()))
        return
    yield from _compare("index-differs-from-records", path, tally.labels.total(), len(numbers))
    listed = {int(number) for number in numbers if number.isdecimal()}
    if listed != tally.indexes or len(listed) != len(numbers):
        odd = len(listed ^ tally.indexes) + len(numbers) - len(listed)
        yield Finding(rule="index-numbers-differ", path=path, expected="0", found=str(odd))


def check_manifest(path: Path, tally: Tally, bundle_id: str) -> tuple[dict[str, Any], list[Finding]]:
    """The manifest's own figures: its equations, and the released records and redactions."""
    name = "metadata/manifest.json"
    try:
        manifest = json.loads(path.read_bytes())
        counts, released = manifest["job"]["counts"], manifest["released"]
        equations = (
            ("lines", counts["lines"], counts["events"] + counts["quarantined"]),
            ("messages", counts["messages"], counts["records"] + counts["folded"]),
        )
        claims = {key: released.get(key) for key in ("records", "redactions", "sightings")}
        by_label = sum(manifest["redactions"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}, [Finding(rule="manifest-unreadable", path=name)]
    found = [f for label, total, parts in equations for f in _compare(f"equation-{label}", name, total, parts)]
    if manifest.get("bundle_id") != bundle_id:
        found.append(Finding(rule="manifest-of-another-bundle", path=name))
    counted = {"records": tally.records, "redactions": tally.labels.total(), "sightings": tally.sightings}
    for key, claim in claims.items():
        if claim is not None:
            found += _compare(f"manifest-{key}", name, claim, counted[key])
    if manifest["redactions"]:
        found += _compare("manifest-redactions-by-label", name, by_label, tally.labels.total())
    return manifest, found


def check_labels(paths: Iterable[str], shown: int, tally: Tally) -> Iterator[Finding]:
    """Every deletion in a body must be marked on a page."""
    if list(paths) and shown < tally.drawn:
        yield Finding(
            rule="labels-missing-on-pages", path="data/pdf", expected=f"at least {tally.drawn}", found=str(shown)
        )


def count_labels(page: str) -> int:
    """Deletion labels on a page, wherever its lines break."""
    return len(re.findall(r"\[\s*\([a-z]\)\s*\(", page))


def _compare(rule: str, path: str, expected: object, found: object) -> Iterator[Finding]:
    if expected != found:
        yield Finding(rule=rule, path=path, expected=str(expected)[:20], found=str(found)[:20])


def _column(path: Path, name: str) -> list[str] | None:
    """One column of a table; None when there is no such table, or it is none."""
    rows = list(_rows(path)) if path.is_file() else []
    if not rows or name not in rows[0]:
        return None
    place = rows[0].index(name)
    return [row[place] if place < len(row) else "" for row in rows[1:]]


def _rows(path: Path) -> Iterator[list[str]]:
    """The rows of a table; what no reader takes for a table ends it, and the counts tell."""
    csv.field_size_limit(1 << 28)
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        rows = csv.reader(line.replace("\0", "") for line in stream)
        try:
            yield from rows
        except csv.Error:
            return
