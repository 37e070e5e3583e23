"""Reads released records: text values as lists of parts, walked in one fixed order by every rendition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import BundlerError

Record = Mapping[str, Any]
Parts = Sequence[dict[str, Any]]


def read_lines(path: Path) -> Iterator[bytes]:
    """The lines of one part, without their ends."""
    with path.open("rb") as stream:
        for line in stream:
            yield line.rstrip(b"\n")


def decode(line: bytes) -> Record:
    """One released record.

    Raises:
        BundlerError: The line is not a JSON object.
    """
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as problem:
        raise BundlerError("a released record is not valid JSON") from problem
    if not isinstance(record, dict):
        raise BundlerError("a released record is not a JSON object")
    return record


def may_hold_deletions(line: bytes) -> bool:
    """Whether a line can hold a redaction part; spares a walk over the many that do not."""
    return b'"redaction"' in line


def label_text(part: Mapping[str, Any]) -> str:
    """A deletion as printed: the exemptions and, where it may be told, the amount. Depends on nothing else."""
    label = str(part["label"])
    amount = part.get("amount")
    return f"{label.removesuffix(']')} \u00b7 {amount}]" if amount else label


def flatten(parts: Parts) -> str:
    """A text value as one string, labels at the place of deletion."""
    return "".join(part["value"] if part["type"] == "text" else label_text(part) for part in parts)


def is_redacted(parts: Parts) -> bool:
    """Whether something was deleted from a text value."""
    return any(part["type"] == "redaction" for part in parts)


def text_values(record: Record) -> Iterator[tuple[str, Parts]]:
    """Every text value of a record with the kind of place it stands in, in the order of the index."""
    yield "conversation title", record["conversation"]["title"]
    yield "sender", record["sender"]["name"]
    for person in record["recipients"]:
        yield "recipient", person["name"]
    yield "body", record["body"]
    for version in record["versions"]:
        yield "earlier or later text", version["body"]
    for deletion in record["deleted"]:
        yield "deleted by", deletion["by"]["name"]
    for reaction in record["reactions"]:
        yield "reaction", reaction["value"]
        yield "reaction by", reaction["by"]["name"]
    for person in record["read_by"]:
        yield "read by", person["name"]
    for attachment in record["attachments"]:
        yield "file name", attachment["name"]
    for detail in record["details"]:
        yield "detail", detail["value"]
    for person in record["custodians"]:
        yield "custodian", person["name"]


def redactions(record: Record) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every deletion of a record with its kind of place."""
    for place, parts in text_values(record):
        for part in parts:
            if part["type"] == "redaction":
                yield place, part
