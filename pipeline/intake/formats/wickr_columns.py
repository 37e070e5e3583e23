"""Wickr entries column by column: the same events as `WickrEvents` makes of them, many at a time.

Nearly all lines of a network are alike in what surrounds their payload, and a column of that costs less than its
values one by one. What departs from that in anything is left to `WickrEvents`.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, repeat
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.intake.formats.wickr_events import CONVERSATION_KINDS
from pipeline.intake.formats.wickr_kinds import Shaped, kind_of
from pipeline.intake.formats.wickr_secrets import strip_secrets
from pipeline.intake.formats.wickr_times import MINUTE, MINUTES, YEAR_10000, lifetime, micros_of
from pipeline.intake.place import Place
from pipeline.model import (
    EVENT_SCHEMA,
    MOST_IN_ID,
    STORED_EVENT_SCHEMA,
    EventKind,
    TimeSource,
    column_of,
    shared_column,
)

MOST_ROWS: Final = 1 << 14
"""Of one batch."""
_TEXT_MESSAGE: Final = 1000
_SORTED: Final = orjson.OPT_SORT_KEYS
_STRING: Final = pa.string()
_INTEGER: Final = pa.int64()
_TEXT: Final = frozenset((str,))
_BURN: Final = "burn-on-read"
_STRINGS: Final = pa.list_(_STRING)
_BETWEEN: Final = b"},0,{"
_HALVES: Final = 2
_MOST_DIGITS: Final = (12, 6)
"""Of seconds and of microseconds, as in EXACT_TIME."""
_FIRST: Final = pa.array(range(0, 2 * MOST_ROWS, 2), pa.int32())
_SECOND: Final = pa.array(range(1, 2 * MOST_ROWS, 2), pa.int32())
"""Where the halves of times are."""
_SHAPED: Final = ("event_kind", "subkind", "body", "target_id", "conversation_title", "attachments")


class NotPlain(Exception):
    """A message that passed for plain is not."""


@dataclass(slots=True)
class Rows:
    """Entries, and the lines that they were read from."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    """SHA-256 of the lines."""
    lines: list[int] = field(default_factory=list)
    moments: list[int] = field(default_factory=list)
    """Of ordinary entries: `ordinary_moment`."""

    def add(self, entry: dict[str, Any], digest: bytes, line: int, moment: int) -> None:
        """Add one."""
        self.entries.append(entry)
        self.digests.append(digest)
        self.lines.append(line)
        self.moments.append(moment)

    def sort(self) -> None:
        """Bring them into the order of their lines."""
        order = sorted(range(len(self.lines)), key=self.lines.__getitem__)
        self.entries = [self.entries[at] for at in order]
        self.digests = [self.digests[at] for at in order]
        self.moments = [self.moments[at] for at in order]
        self.lines.sort()


def text_messages(found: Sequence[Any], raws: Sequence[Any]) -> list[bool]:
    """Which of them may be messages that hold texts alone, each name once: cheap, and nearly always right.

    Two quotation marks stand around every name and every text; a name given twice or an escaped mark would make more.
    """
    return [
        type(entry) is dict and entry.get("msgtype") == _TEXT_MESSAGE and raw.count(b'"') == 4 * len(entry) - 2
        for entry, raw in zip(found, raws, strict=True)
    ]


def ordinary_moment(entry: Mapping[str, Any]) -> int | None:
    """The moment of a sound entry if all that surrounds its payload is as it should be, else None."""
    at = entry.get("msg_ts")
    ordinary = (
        entry.get("msgtype") is not None
        and type(at) is str
        and type(entry.get("sender")) is str
        and type(entry.get("vgroupid")) is str
        and type(entry.get("message_id", "")) is str
        and type(entry.get("id", "")) is str
        and type(entry.get("receiver", "")) is str
    )
    return micros_of(str(at)) if ordinary else None


class WickrColumns:
    """Makes batches of the entries of one place."""

    def __init__(self, place: Place, format_name: str) -> None:
        self.place = place
        self.event_id_start = place.event_id_start
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
        self.constant: Mapping[str, pa.Array] = {
            **_OF_TEXTS,
            **{name: shared_column(value, MOST_ROWS) for name, value in of_object.items()},
        }

    def texts(self, rows: Rows) -> pa.RecordBatch:
        """The events of `text_messages`; they are used up.

        Raises:
            NotPlain: One of them is not what it seemed. All of them are spoilt.
        """
        entries = rows.entries
        try:
            columns = {"body": _strings(_taken(entries, "message")), **self._around(rows)}
            columns["ts_utc"] = _moments(columns["ts_raw"])
        except (KeyError, pa.ArrowInvalid, pa.ArrowTypeError) as odd:
            raise NotPlain from odd
        if not _are_texts(entries):
            raise NotPlain
        burning = any("bor" in entry for entry in entries)
        if burning:
            columns["flags"] = _lists_of_one([_BURN if entry.get("bor") else "" for entry in entries])
        return self._batch(rows, columns, list(map(lifetime, entries)) if burning else _lifetimes(entries))

    def shaped(self, rows: Rows) -> pa.RecordBatch:
        """The events of sound entries that have an `ordinary_moment`; they are used up."""
        shapes: list[Shaped] = []
        flags: list[list[str]] = []
        stripped: list[tuple[str, ...]] = []
        for entry in rows.entries:
            flagged: list[str] = []
            kind, subkind, shape = kind_of(entry["msgtype"])
            draft = Shaped(kind, subkind)
            stripped.append(strip_secrets(entry))
            shape(entry, draft, flagged)
            if entry.get("bor"):
                flagged.append(_BURN)
            shapes.append(draft)
            flags.append(sorted(set(flagged)) if flagged else flagged)
        columns = self._around(rows)
        columns["ts_utc"] = pa.array(rows.moments, _INTEGER)
        for name in _SHAPED:
            columns[name] = column_of([getattr(draft, name) for draft in shapes], EVENT_SCHEMA.field(name).type)
        columns["flags"] = column_of(flags, _STRINGS)
        columns["stripped"] = column_of(stripped, _STRINGS)
        return self._batch(rows, columns, list(map(lifetime, rows.entries)))

    def _around(self, rows: Rows) -> dict[str, pa.Array]:
        """What surrounds the payloads; it is taken out of the entries."""
        entries = rows.entries
        ids = _taken(entries, "message_id", "")
        receivers = _taken(entries, "receiver", "")
        if not _TEXT.issuperset(map(type, chain(ids, receivers))):
            raise NotPlain
        if not all(ids):
            ids = [one or entry.pop("id", "") for one, entry in zip(ids, entries, strict=True)]
        conversations = _taken(entries, "vgroupid")
        columns = {
            "conversation_id": _strings(conversations),
            "ts_raw": _strings(_taken(entries, "msg_ts")),
            "sender_id": _strings(_taken(entries, "sender")),
            "vendor_id": _strings(ids),
            "recipients": _lists_of_one(receivers),
        }
        columns["conversation_kind"] = _strings(list(map(CONVERSATION_KINDS.__getitem__, conversations)))
        return columns

    def _ids(self, lines: list[int]) -> pa.StringArray:
        """`event_id` of each."""
        if lines[-1] >= MOST_IN_ID[0]:
            return _strings([self.place.event_id(line) for line in lines])
        return pc.binary_join_element_wise(self.event_id_start, _hex(_big_endian(lines), 4), "00", "")

    def _batch(self, rows: Rows, columns: dict[str, pa.Array], lifetimes: list[int | None]) -> pa.RecordBatch:
        """With the columns that all kinds have."""
        columns["expires_utc"] = pc.add(columns["ts_utc"], pa.array(lifetimes, _INTEGER))
        columns["attributes"] = _documents(rows.entries)
        columns["line"] = pa.array(rows.lines, _INTEGER)
        columns["event_id"] = self._ids(rows.lines)
        columns["raw_sha256"] = _hex(b"".join(rows.digests), 32)
        length, constant = len(rows.lines), self.constant
        return pa.RecordBatch.from_arrays(
            [columns[name] if name in columns else constant[name].slice(0, length) for name in EVENT_SCHEMA.names],
            schema=STORED_EVENT_SCHEMA,
        )


def _taken(entries: list[dict[str, Any]], name: str, *absent: str) -> list[Any]:
    """Move a field out of all of them. Raises KeyError where it is not and nothing stands for it."""
    return list(map(dict.pop, entries, repeat(name), *map(repeat, absent)))


def _strings(values: list[Any]) -> pa.StringArray:
    column = pa.array(values, _STRING)
    if column.null_count:
        raise NotPlain
    return column


def _hex(data: bytes, size: int) -> pa.StringArray:
    """Every so many bytes as hexadecimal digits, all at once."""
    rows = len(data) // size
    ends = pa.array(range(0, 2 * size * rows + 1, 2 * size), pa.int32())
    return pa.StringArray.from_buffers(rows, ends.buffers()[1], pa.py_buffer(data.hex().encode()))


def _big_endian(numbers: list[int]) -> bytes:
    words = array("I", numbers)
    if sys.byteorder == "little":
        words.byteswap()
    return words.tobytes()


def _documents(entries: list[dict[str, Any]]) -> pa.StringArray:
    """Each as JSON with sorted keys. One long text costs a fourth of many short ones, and is cut between them."""
    text = orjson.dumps(list(chain.from_iterable(zip(entries, repeat(0)))), None, _SORTED)
    parts = text[2:-4].split(_BETWEEN)
    if len(parts) != len(entries):  # some text in them looks like what lies between them
        return _strings(list(map(orjson.dumps, entries, repeat(None), repeat(_SORTED))))
    return pc.binary_join_element_wise("{", _strings(parts), "}", "")


def _lists_of_one(values: list[str]) -> pa.ListArray:
    """Each as a list that holds it, empty for an empty one."""
    ends = pa.array(list(accumulate(map(bool, values), initial=0)), pa.int32())
    return pa.ListArray.from_arrays(ends, pa.array(list(filter(None, values)), _STRING))


def _are_texts(entries: Sequence[dict[str, Any]]) -> bool:
    """Whether what is left are texts and one whole number each."""
    kinds = list(map(type, chain.from_iterable(map(dict.values, entries))))
    return kinds.count(int) == len(entries) and kinds.count(str) == len(kinds) - len(entries)


def _moments(raw: pa.Array) -> pa.Array:
    """`micros_of` each, where each is digits, a point, and digits."""
    halves = pc.split_pattern(raw, ".")
    parts = halves.flatten()
    if len(parts) != 2 * len(raw) or not pc.all(pc.ascii_is_decimal(parts)).as_py():
        raise NotPlain
    numbers, lengths = pc.cast(parts, _INTEGER), pc.binary_length(parts)
    first, second = _FIRST.slice(0, len(raw)), _SECOND.slice(0, len(raw))
    seconds, micros = numbers.take(first), numbers.take(second)
    moments = pc.add(pc.multiply(seconds, 1_000_000), micros)
    if (
        pc.max(halves.value_lengths()).as_py() != _HALVES
        or pc.max(lengths.take(first)).as_py() > _MOST_DIGITS[0]
        or pc.max(lengths.take(second)).as_py() > _MOST_DIGITS[1]
        or pc.max(moments).as_py() >= YEAR_10000
    ):
        raise NotPlain
    return moments


def _lifetimes(entries: Sequence[dict[str, Any]]) -> list[int | None]:
    """`lifetime` of entries that hold texts and are not to burn."""
    minutes = MINUTES.__getitem__
    shown = map(minutes, [entry.get("time", "") for entry in entries])
    ends = map(minutes, [entry.get("ttl", "") for entry in entries])
    return [
        None if start is None or end is None or end < start else (end - start) * MINUTE
        for start, end in zip(shown, ends, strict=True)
    ]


def _empty_lists(kind: pa.ListType) -> pa.ListArray:
    ends = pa.repeat(pa.scalar(0, pa.int32()), MOST_ROWS + 1)
    return pa.ListArray.from_arrays(ends, pa.array([], kind.value_type), type=kind)


_OF_TEXTS: Final[Mapping[str, pa.Array]] = {
    **{
        name: pa.repeat(pa.scalar(value, _STRING), MOST_ROWS)
        for name, value in {
            "event_kind": EventKind.MESSAGE.value,
            "ts_source": TimeSource.UTC.value,
            **dict.fromkeys(("subkind", "conversation_title", "target_id", "sender_display"), ""),
        }.items()
    },
    **{
        name: _empty_lists(EVENT_SCHEMA.field(name).type) for name in ("attachments", "flags", "stripped", "recipients")
    },
}
"""Columns that are the same for all plain text messages."""
