"""Plain Wickr text messages, column by column: the same events as `WickrEvents` makes of them, many at a time.

Nearly all lines of a network are of one shape, and a column of them costs less than its values one by one. What
departs from that shape in anything is left to `WickrEvents`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.formats.wickr_events import CONVERSATION_KINDS
from pipeline.intake.formats.wickr_times import EXACT_TIME, MINUTE, MINUTES, YEAR_10000, lifetime, micros_of
from pipeline.intake.place import Place
from pipeline.intake.strict_json import FLAT, has_quotes
from pipeline.model import EVENT_SCHEMA, STORED_EVENT_SCHEMA, EventKind, TimeSource, shared_column

TEXT_MESSAGE: Final = 1000
MOST_ROWS: Final = 1 << 14
"""Of one batch."""
_SORTED: Final = orjson.OPT_SORT_KEYS
_STRING: Final = pa.string()
_NO_EVENTS: Final = pa.RecordBatch.from_pylist([], schema=STORED_EVENT_SCHEMA)
_TEXTS: Final = ("message", "sender", "vgroupid", "msg_ts")
_NAMES: Final = ("message_id", "id", "receiver")


class NotPlain(Exception):
    """A message that passed for plain is not."""


class PlainMessages:
    """Makes batches of the plain text messages of one place."""

    def __init__(self, place: Place, format_name: str) -> None:
        self.event_id = place.event_ids()
        of_object = {
            "source": "wickr",
            "format": format_name,
            "custodian": place.source.custodian,
            "network": place.source.network,
            "body_format": "text",
            "object_key": place.object_key,
            "version_id": place.version_id,
            "member": place.member,
        }
        of_kind = {"event_kind": EventKind.MESSAGE.value, "ts_source": TimeSource.UTC.value} | dict.fromkeys(
            ("subkind", "conversation_title", "target_id", "sender_display"), ""
        )
        self.constant: Mapping[str, pa.Array] = {
            **{name: shared_column(value, MOST_ROWS) for name, value in of_object.items()},
            **{name: pa.repeat(pa.scalar(value, _STRING), MOST_ROWS) for name, value in of_kind.items()},
            **{name: _empty_lists(EVENT_SCHEMA.field(name).type) for name in ("attachments", "flags", "stripped")},
        }

    def batch(self, entries: Sequence[dict[str, Any]], raws: Sequence[bytes], lines: Sequence[int]) -> pa.RecordBatch:
        """The events of entries that passed for plain, which are used up.

        Raises:
            NotPlain: One of them is not. All of them are spoilt.
        """
        columns = {name: column.slice(0, len(entries)) for name, column in self.constant.items()}
        if not entries:
            return _NO_EVENTS
        try:
            columns |= _texts(entries)
        except KeyError as missing:
            raise NotPlain from missing
        columns |= _times(columns["ts_raw"], entries)
        columns["conversation_kind"] = _kinds(columns["conversation_id"])
        columns["attributes"] = pa.array([orjson.dumps(entry, option=_SORTED) for entry in entries], _STRING)
        columns["line"] = pa.array(lines, pa.int64())
        columns["event_id"] = pa.array(list(map(self.event_id, lines)), _STRING)
        columns["raw_sha256"] = pa.array([hashlib.sha256(raw).hexdigest() for raw in raws], _STRING)
        return pa.RecordBatch.from_arrays([columns[name] for name in EVENT_SCHEMA.names], schema=STORED_EVENT_SCHEMA)


def _texts(entries: Sequence[dict[str, Any]]) -> dict[str, pa.Array]:
    receivers = [entry.pop("receiver", "") for entry in entries]
    ends = pa.array(list(accumulate(map(bool, receivers), initial=0)), pa.int32())
    return {
        "body": pa.array([entry.pop("message") for entry in entries], _STRING),
        "sender_id": pa.array([entry.pop("sender") for entry in entries], _STRING),
        "conversation_id": pa.array([entry.pop("vgroupid") for entry in entries], _STRING),
        "ts_raw": pa.array([entry.pop("msg_ts") for entry in entries], _STRING),
        "vendor_id": pa.array([entry.pop("message_id", "") or entry.pop("id", "") for entry in entries], _STRING),
        "recipients": pa.ListArray.from_arrays(ends, pa.array(list(filter(None, receivers)), _STRING)),
    }


def _times(raw: pa.Array, entries: Sequence[dict[str, Any]]) -> dict[str, pa.Array]:
    parts = pc.extract_regex(raw, f"^{EXACT_TIME}$")
    if parts.null_count:
        raise NotPlain
    seconds, micros = pc.cast(parts.field("seconds"), pa.int64()), parts.field("micros")
    moments = pc.add(pc.multiply(seconds, 1_000_000), pc.cast(pc.utf8_lpad(micros, 1, "0"), pa.int64()))
    if pc.max(moments).as_py() >= YEAR_10000:
        raise NotPlain
    burning = [bool(entry.get("bor")) for entry in entries]
    spans = list(map(lifetime, entries)) if any(burning) else _spans(entries)
    found = {"ts_utc": moments, "expires_utc": pc.add(moments, pa.array(spans, pa.int64()))}
    if any(burning):
        ends = pa.array(list(accumulate(burning, initial=0)), pa.int32())
        found["flags"] = pa.ListArray.from_arrays(ends, pa.repeat(pa.scalar("burn-on-read", _STRING), sum(burning)))
    return found


def _spans(entries: Sequence[dict[str, Any]]) -> list[int | None]:
    """`lifetime` of entries that are not to burn."""
    shown = map(MINUTES.__getitem__, [entry.get("time", "") for entry in entries])
    ends = map(MINUTES.__getitem__, [entry.get("ttl", "") for entry in entries])
    return [
        None if start is None or end is None or end < start else (end - start) * MINUTE
        for start, end in zip(shown, ends, strict=True)
    ]


def _kinds(conversations: pa.Array) -> pa.Array:
    coded = conversations.dictionary_encode()
    kinds = [CONVERSATION_KINDS[name] for name in coded.dictionary.to_pylist()]
    return pa.array(kinds, _STRING).take(coded.indices)


def _empty_lists(kind: pa.ListType) -> pa.ListArray:
    ends = pa.repeat(pa.scalar(0, pa.int32()), MOST_ROWS + 1)
    return pa.ListArray.from_arrays(ends, pa.array([], kind.value_type), type=kind)


def looks_plain(entry: Any, raw: bytes) -> bool:
    """Whether it may be a text message of texts alone: cheap, and nearly always right; `batch` sees the rest."""
    return (
        type(entry) is dict
        and entry.get("msgtype") == TEXT_MESSAGE
        and (raw.count(b'"') == (quotes := 4 * len(entry) - 2) or has_quotes(raw, quotes))
    )


def only_texts(entries: Sequence[dict[str, Any]]) -> bool:
    """Whether entries that look plain hold texts and one whole number each: then each of their names came once."""
    kinds = list(map(type, chain.from_iterable(map(dict.values, entries))))
    return kinds.count(int) == len(entries) and kinds.count(str) == len(kinds) - len(entries)


def is_plain(entry: Any, raw: bytes) -> bool:
    """Whether `batch` takes it for certain."""
    if type(entry) is not dict or type(entry.get("msgtype")) is not int or entry["msgtype"] != TEXT_MESSAGE:
        return False
    kinds = list(map(type, entry.values()))
    return (
        FLAT.issuperset(kinds)
        and has_quotes(raw, 2 * (len(entry) + kinds.count(str)))
        and all(type(entry.get(name)) is str for name in _TEXTS)
        and all(type(entry.get(name, "")) is str for name in _NAMES)
        and micros_of(entry["msg_ts"]) is not None
    )
