"""What `foia parse` does: capture files in, canonical events out as JSON Lines, quarantined entries beside them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import orjson

from pipeline.cells import safe_cell
from pipeline.errors import StorageError, UsageError
from pipeline.intake.discover import open_captures
from pipeline.intake.read import ObjectReading, read_object
from pipeline.intake.sources import Sources, zone_of
from pipeline.model import CaptureObject, Counts, Event, Quarantined, TimeSource
from pipeline.storage import FolderZone, ObjectInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


REPORT_COLUMNS = ("object", "version", "member", "format", "mime", "size", "sha256", "lines", "events", "quarantined")


def parse_paths(paths: Sequence[Path], tz: str, out: TextIO, err: TextIO, report: TextIO | None = None) -> Counts:
    """Write one JSON line per event to `out`, one per quarantined entry to `err`.

    Args:
        paths: Files, or folders whose files are all read; a folder with an `archive.json` brings its own sources.
        tz: IANA zone of local times in exports that carry none, or empty.
        out: The events.
        err: The quarantined entries.
        report: The intake report, CSV with REPORT_COLUMNS: one row per object and per archive member, in which
            lines = events + quarantined.

    Returns:
        `lines`, `events` and `quarantined`.

    Raises:
        UsageError: `tz` is no time zone.
        StorageError: A path cannot be read.
    """
    if tz:
        _check_zone(tz)
    events = quarantined = 0
    table = csv.writer(report, lineterminator="\n") if report else None
    if table:
        table.writerow(REPORT_COLUMNS)
    for reading in _readings(paths, tz):
        for entry in reading:
            if isinstance(entry, Event):
                events += 1
                out.write(event_line(entry) + "\n")
            else:
                quarantined += 1
                err.write(quarantined_line(entry) + "\n")
        if table:
            table.writerows(map(_report_row, reading.objects))
    return Counts(lines=events + quarantined, events=events, quarantined=quarantined)


def _report_row(row: CaptureObject) -> tuple[str | int, ...]:
    place = (safe_cell(row.object_key), row.version_id, safe_cell(row.member))
    return (*place, row.format, row.mime, row.size, row.sha256, row.lines, row.events, row.quarantined)


def event_line(event: Event) -> str:
    """An event as one line of JSON with the names of the normalised event; keys sorted."""
    document: dict[str, Any] = {
        "source": event.source,
        "format": event.format,
        "custodian": event.custodian,
        "network": event.network,
        "conversation_id": event.conversation_id,
        "conversation_kind": event.conversation_kind,
        "conversation_title": event.conversation_title,
        "event_id": event.event_id,
        "event_kind": event.event_kind.value,
        "subkind": event.subkind,
        "vendor_id": event.vendor_id,
        "target_event_id": event.target_id,
        "sender_id": event.sender_id,
        "sender_display": event.sender_display,
        "recipients": event.recipients,
        "ts_utc": event.ts_utc,
        "time": rfc3339(event.ts_utc, known=event.ts_source is not TimeSource.UNKNOWN),
        "ts_source": event.ts_source.value,
        "ts_raw": event.ts_raw,
        "expires_utc": event.expires_utc,
        "body": event.body,
        "body_format": event.body_format,
        "attachments": [asdict(attachment) for attachment in event.attachments],
        "flags": event.flags,
        "attributes": orjson.loads(event.attributes),
        "stripped": event.stripped,
        "raw_sha256": event.raw_sha256,
        "raw_locator": _locator(event),
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def quarantined_line(entry: Quarantined) -> str:
    """A quarantined entry as one line of JSON; keys sorted."""
    document = {
        "quarantined": entry.reason,
        "detail": entry.detail,
        "raw_locator": _locator(entry),
        "raw_sha256": entry.raw_sha256,
        "size": entry.size,
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=True)


def rfc3339(ts_utc: int | None, *, known: bool) -> str | None:
    """Microseconds as RFC 3339, with `Z` when they are known to be UTC and without a zone when they are not."""
    if ts_utc is None:
        return None
    text = (_EPOCH + timedelta(microseconds=ts_utc)).strftime("%Y-%m-%dT%H:%M:%S.%f").zfill(26)
    return text + "Z" if known else text


def _locator(entry: Event | Quarantined) -> dict[str, str | int]:
    return {"object": entry.object_key, "version": entry.version_id, "member": entry.member, "line": entry.line}


def _check_zone(tz: str) -> None:
    try:
        zone_of(tz)
    except ValueError as problem:
        raise UsageError(f"--tz {tz!r}: {problem}") from problem


def _readings(paths: Sequence[Path], tz: str) -> Iterator[ObjectReading]:
    for path in paths:
        if path.is_dir():
            captures = open_captures(str(path))
            sources = captures.sources()
            for info in captures.zone.iter_objects():
                yield read_object(captures.zone, info, sources, timezone=tz)
        else:
            yield read_object(FolderZone(path.absolute().parent), _file(path), Sources(), timezone=tz)


def _file(path: Path) -> ObjectInfo:
    try:
        stat = path.stat()
    except OSError as problem:
        raise StorageError(f"{path}: {problem.strerror}") from problem
    return ObjectInfo(key=path.name, version_id="", size=stat.st_size, modified_utc=stat.st_mtime_ns // 1000)
