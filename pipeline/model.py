"""The nouns: events, records, sightings, findings, redactions, and the Arrow schema of each.

One place and one schema version. A dataclass is what per-message Python works on; its schema is how
tables of them lie in Parquet. Field order is the column order. Times are integer microseconds UTC.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from itertools import accumulate, chain, islice
from operator import attrgetter
from typing import Any, Final, Self

import pyarrow as pa

SCHEMA_VERSION = 1


class EventKind(StrEnum):
    """What one captured entry is (reference: normalised event of the format notes)."""

    MESSAGE = "message"
    FILE = "file"
    CALL = "call"
    LOCATION = "location"
    EDIT = "edit"
    DELETE = "delete"
    RECALL = "recall"
    REACTION = "reaction"
    READ_RECEIPT = "read_receipt"
    MEMBERSHIP = "membership"
    ROOM_SETTINGS = "room_settings"
    KEY_VERIFICATION = "key_verification"
    SYSTEM = "system"
    DIRECTORY = "directory"
    """Not a message: says who or what an id of the capture is, or what a delivery holds."""
    UNKNOWN = "unknown"


RECORD_KIND: Mapping[EventKind, str | None] = {
    EventKind.MESSAGE: "message",
    EventKind.FILE: "file",
    EventKind.CALL: "call",
    EventKind.LOCATION: "location",
    EventKind.MEMBERSHIP: "system",
    EventKind.ROOM_SETTINGS: "system",
    EventKind.KEY_VERIFICATION: "system",
    EventKind.SYSTEM: "system",
    EventKind.UNKNOWN: "unknown",
    EventKind.EDIT: None,
    EventKind.DELETE: None,
    EventKind.RECALL: None,
    EventKind.REACTION: None,
    EventKind.READ_RECEIPT: None,
    EventKind.DIRECTORY: None,
}
"""The kind of record an event founds; None where it only annotates another message or explains an id."""


class TimeSource(StrEnum):
    """How sure we are of an event's time."""

    UTC = "utc"
    OFFSET = "offset"
    ZONE_FROM_CONFIG = "zone-from-config"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that an event names. `object_key` is empty while its bytes were not found."""

    name: str
    """Name as the capture gives it (may hold personal data)."""
    path: str = ""
    """Path or local name the capture gives; joins the event to the object that holds the bytes."""
    object_key: str = ""
    version_id: str = ""
    member: str = ""
    """Path inside an archive object, empty for a plain object."""
    sha256: str = ""
    size: int = -1
    mime: str = ""
    note: str = ""
    """Why there are no bytes, as far as the capture tells: `omitted`, `view-once`, or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of a capture object, normalised. Nothing of it is lost: what has no column is in `attributes`."""

    event_id: str
    """`event_id(...)`: depends on the object and the place in it, so two sightings never share it."""
    event_kind: EventKind
    subkind: str = ""
    """The platform's finer kind, e.g. `room-created`, `members-changed`, `disappearing-timer`."""
    source: str
    """Platform: `wickr`, `whatsapp`."""
    format: str
    """Name of the reader that made the event."""
    custodian: str = ""
    """Whose copy this is; empty when the sources file does not tell; `network` for a whole-network capture."""
    network: str = ""
    conversation_id: str
    """The conversation as this source names it; resolve decides which of them are the same one."""
    conversation_kind: str = ""
    """`dm`, `group`, `room`, or empty when the source cannot tell."""
    conversation_title: str = ""
    vendor_id: str = ""
    target_id: str = ""
    """Vendor id of the message an edit, delete, reaction or receipt is about."""
    sender_id: str = ""
    sender_display: str = ""
    recipients: tuple[str, ...] = ()
    ts_utc: int | None = None
    """Microseconds since 1970 UTC. With `ts_source` unknown it is the wall clock read as if it were UTC."""
    ts_source: TimeSource = TimeSource.UNKNOWN
    ts_raw: str = ""
    """The time exactly as the capture has it."""
    expires_utc: int | None = None
    body: str | None = None
    body_format: str = "text"
    attachments: tuple[Attachment, ...] = ()
    flags: tuple[str, ...] = ()
    """Sorted: `edited`, `deleted`, `burn-on-read`, `forwarded`, `view-once`, `reaction-removed`, `repaired`, ..."""
    attributes: str = "{}"
    """JSON object, sorted keys: every remaining field of the entry, secrets removed."""
    stripped: tuple[str, ...] = ()
    """Sorted names of the secrets that were removed, e.g. `control.filevaultinfo.key`."""
    raw_sha256: str = ""
    object_key: str = ""
    version_id: str = ""
    """Object version, or the SHA-256 of the content where the zone keeps no versions."""
    member: str = ""
    line: int = 0
    """1-based line (text) or element number where the entry starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """An entry that could not become an event. Names the place and the reason, never the text."""

    reason: str
    """A short code, e.g. `invalid-json`, `invalid-utf8`, `line-too-long`, `unknown-format`."""
    detail: str = ""
    object_key: str
    version_id: str = ""
    member: str = ""
    line: int = 0
    raw_sha256: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One state of a message's text."""

    event_id: str
    body: str
    at_utc: int | None
    change: str
    """`original`, `edit` or `link-preview`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One reaction added or taken back."""

    event_id: str
    value: str
    sender_id: str
    sender_display: str
    at_utc: int | None
    removed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A deletion or recall of a message. The message itself stays a record."""

    event_id: str
    sender_id: str
    sender_display: str
    at_utc: int | None
    scope: str
    """`everyone`, `own-devices` or `unknown`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One captured copy of a record."""

    event_id: str
    custodian: str
    format: str
    object_key: str
    version_id: str
    member: str
    line: int
    rule: str
    """Why it is the same message: `vendor-id`, `exact-copy`, `aligned`, or `founder` for the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One real message with everything that happened to it, however many times it was captured."""

    record_id: str
    platform: str
    conversation_id: str
    conversation_kind: str = ""
    conversation_title: str = ""
    unit: str
    """Record unit: the conversation's day, `YYYY-MM-DD` in the agency's zone."""
    kind: str
    """`message`, `file`, `call`, `location`, `system`, `unknown`."""
    subkind: str = ""
    ts_utc: int
    ts_source: str
    ts_raw: str = ""
    sender_id: str = ""
    sender_display: str = ""
    recipients: tuple[str, ...] = ()
    body: str | None = None
    """The last version's text."""
    versions: tuple[Version, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    read_by: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    flags: tuple[str, ...] = ()
    attributes: str = "{}"
    expires_utc: int | None = None
    sightings: tuple[Sighting, ...] = ()
    conflicts: tuple[str, ...] = ()
    """Names of the fields in which copies differ, e.g. `body`, `sent_at`, `attachments`."""
    findings: tuple[str, ...] = ()
    digest: str = ""
    """SHA-256 of what a release would say; a sighting more does not change it, a new version does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Evidence that something is missing."""

    finding_id: str
    rule: str
    """`target-never-captured`, `attachment-absent`, `truncated-line`, `copy-lacks-message`, ..."""
    basis: str
    """`proved` or `inferred`."""
    confidence: float
    platform: str
    conversation_id: str = ""
    custodian: str = ""
    record_id: str = ""
    """The record that shows the loss, if one does."""
    unit: str = ""
    from_utc: int | None = None
    to_utc: int | None = None
    count_low: int = 1
    count_high: int = 1
    evidence: tuple[str, ...] = ()
    """Event ids, or `object#line` places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """One ledger row: one deletion in one field of one record. Private: it holds the literal."""

    record_id: str
    unit: str
    field: str
    """Path of the field in the released record, e.g. `body`, `versions[0].body`, `attachments[1].name`."""
    start: int
    end: int
    """Code points in the field's own text, end exclusive."""
    literal: str
    categories: tuple[str, ...]
    codes: tuple[str, ...]
    """Exemption labels in statutory form, e.g. `(b)(6)`."""
    rule: str
    score: float
    proposed_by: str
    """Detector and version, or a person."""
    amount: str
    """`1-5 words`, `6-20 words`, `line`, `paragraph`, `whole`."""
    number: int = 0
    """1-based within its partition; the index number is that plus the partition's offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureObject:
    """One capture object version and what came out of it."""

    object_key: str
    version_id: str
    sha256: str
    size: int
    modified_utc: int
    format: str
    """Reader's name, `attachment`, `archive`, or `unknown`."""
    lines: int
    events: int
    quarantined: int
    path_hint: str = ""
    """For an attachment: the path its producer recorded."""
    mime: str = ""
    member: str = ""
    """Path inside an archive object; such a row describes the member, and `size` and `sha256` are the member's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentText:
    """What a person who opens an attachment would read."""

    object_key: str
    version_id: str
    member: str
    sha256: str
    """Of the attachment's bytes."""
    text: str
    note: str
    """`text-cut` when there is more, `not-readable` or `too-large` when there is none for that reason; else empty."""


_SCALARS: Mapping[str, pa.DataType] = {
    "str": pa.string(),
    "str | None": pa.string(),
    "int": pa.int64(),
    "int | None": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "EventKind": pa.string(),
    "TimeSource": pa.string(),
    "tuple[str, ...]": pa.list_(pa.string()),
}


def _arrow_type(annotation: str) -> pa.DataType:
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    nested = annotation.removeprefix("tuple[").removesuffix(", ...]")
    return pa.list_(pa.struct(list(schema_of(globals()[nested]))))


def schema_of(cls: type) -> pa.Schema:
    """The Arrow schema of one of the dataclasses above; columns in field order."""
    return pa.schema([pa.field(f.name, _arrow_type(str(f.type))) for f in fields(cls)])


_SAME_FOR_ALL_OF_AN_OBJECT = frozenset(
    ("source", "format", "custodian", "network", "body_format", "object_key", "version_id", "member")
)

EVENT_SCHEMA = schema_of(Event)
QUARANTINE_SCHEMA = schema_of(Quarantined)
RECORD_SCHEMA = schema_of(Record)
FINDING_SCHEMA = schema_of(Finding)
REDACTION_SCHEMA = schema_of(Redaction)
OBJECT_SCHEMA = schema_of(CaptureObject)
TEXT_SCHEMA = schema_of(AttachmentText)


STORED_EVENT_SCHEMA = pa.schema(
    [
        pa.field(f.name, pa.dictionary(pa.int32(), pa.string()) if f.name in _SAME_FOR_ALL_OF_AN_OBJECT else f.type)
        for f in EVENT_SCHEMA
    ]
)
"""EVENT_SCHEMA as tables of events are written: what an object's events share is not repeated. Parquet keeps it so."""


def to_batch(rows: Iterable[Any], schema: pa.Schema) -> pa.RecordBatch:
    """Dataclass instances as one record batch, columns by the schema."""
    held = list(rows)
    columns = [column_of(list(map(attrgetter(column.name), held)), column.type) for column in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def column_of(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Values of dataclass fields as a column; lists of dataclass instances become lists of structs."""
    if pa.types.is_dictionary(kind):
        return shared_column(values[0], len(values)) if _all_equal(values) else pa.array(values, kind)
    if not pa.types.is_list(kind):
        return pa.array(values, kind)
    ends = pa.array(accumulate(map(len, values), initial=0), pa.int32())
    items = list(chain.from_iterable(values))
    if not pa.types.is_struct(kind.value_type):
        return pa.ListArray.from_arrays(ends, pa.array(items, kind.value_type), type=kind)
    inner = list(kind.value_type)
    columns = [column_of(list(map(attrgetter(one.name), items)), one.type) for one in inner]
    return pa.ListArray.from_arrays(ends, pa.StructArray.from_arrays(columns, fields=inner), type=kind)


def _all_equal(values: list[Any]) -> bool:
    return bool(values) and values[0] == values[-1] and values.count(values[0]) == len(values)


def shared_column(value: str, rows: int) -> pa.DictionaryArray:
    """A column of one text in all rows."""
    first = _ZEROS.slice(0, rows) if rows <= len(_ZEROS) else pa.repeat(_ZEROS[0], rows)
    return pa.DictionaryArray.from_arrays(first, pa.array([value], pa.string()))


_ZEROS = pa.repeat(pa.scalar(0, pa.int32()), 1 << 15)


def events_of(batch: pa.RecordBatch) -> Iterator[Event]:
    """The events of a batch with EVENT_SCHEMA or STORED_EVENT_SCHEMA, in order."""
    names = batch.schema.names
    columns = [_values(batch.column(name), _NESTED.get(name)) for name in names]
    columns[names.index("event_kind")] = list(map(EventKind, batch.column("event_kind").to_pylist()))
    columns[names.index("ts_source")] = list(map(TimeSource, batch.column("ts_source").to_pylist()))
    for row in zip(*columns, strict=True):
        yield Event(**dict(zip(names, row, strict=True)))


def records_of(batch: pa.RecordBatch) -> Iterator[Record]:
    """The records of a batch with RECORD_SCHEMA, in order."""
    names = batch.schema.names
    columns = [_values(batch.column(name), _NESTED.get(name)) for name in names]
    for row in zip(*columns, strict=True):
        yield Record(**dict(zip(names, row, strict=True)))


_NESTED: Mapping[str, type] = {
    "versions": Version,
    "reactions": Reaction,
    "deletions": Deletion,
    "attachments": Attachment,
    "sightings": Sighting,
}


def _values(column: pa.Array, cls: type | None) -> list[Any]:
    """A column as Python values; lists become tuples, structs become instances of `cls`."""
    if not pa.types.is_list(column.type):
        values: list[Any] = column.to_pylist()
        return values
    flat = column.flatten()
    if cls is None:
        items = iter(flat.to_pylist())
    else:
        names = [field.name for field in flat.type]
        rows = zip(*(inner.to_pylist() for inner in flat.flatten()), strict=True)
        items = (cls(**dict(zip(names, row, strict=True))) for row in rows)
    empty = None if cls is None else ()
    return [empty if count is None else tuple(islice(items, count)) for count in column.value_lengths().to_pylist()]


MOST_IN_ID: Final = (1 << 32, 1 << 8)
"""Lines and ordinals below these are written in an event id as they are; beyond them they are hashed."""


def event_id(object_key: str, version_id: str, member: str, line: int, ordinal: int = 0) -> str:
    """The id of the entry at one place of one object version: 32 characters.

    A digest of the object, which all its entries share, and the line and ordinal in hexadecimal: entries of one object
    sort as they stand in it.
    """
    if line < MOST_IN_ID[0] and ordinal < MOST_IN_ID[1]:
        return f"{event_id_start(object_key, version_id, member)}{line:08x}{ordinal:02x}"
    return _digest(32, object_key, version_id, member, str(line), str(ordinal))


def event_id_start(object_key: str, version_id: str, member: str) -> str:
    """What the ids of an object's entries start with: 128 bits in 22 characters."""
    return _digest(22, object_key, version_id, member)


def _digest(size: int, *parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).decode()[:size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The count equation of a job; `check` raises when it does not hold."""

    lines: int = 0
    events: int = 0
    quarantined: int = 0
    messages: int = 0
    records: int = 0
    folded: int = 0
    redactions: Mapping[str, int] = field(default_factory=dict)
    losses: int = 0

    def plus(self, other: Self) -> Self:
        """Counts of two disjoint parts of one job."""
        labels = sorted({*self.redactions, *other.redactions})
        merged = {label: self.redactions.get(label, 0) + other.redactions.get(label, 0) for label in labels}
        numbers = {
            f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self) if f.name != "redactions"
        }
        return type(self)(**numbers, redactions=merged)
