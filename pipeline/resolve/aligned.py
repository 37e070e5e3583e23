"""Identity of exports that carry no message ids: which are one chat, and which of their entries are one message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.engine import Sql
from pipeline.model import Attachment, Event, EventKind, TimeSource
from pipeline.resolve.align import Alignment, align
from pipeline.resolve.chats import ChatGroup, same_chats
from pipeline.resolve.conversations import joined_conversation_id
from pipeline.resolve.keys import cluster_keys
from pipeline.resolve.tokens import Entry, entry_of

FORMATS = ("whatsapp",)
"""Exports that name neither messages nor conversations."""

_ALIGNED = pa.schema([("event_id", pa.string()), ("cluster_key", pa.string()), ("rule", pa.string())])
_LACKS = pa.schema([("cluster_key", pa.string()), ("source_conversation_id", pa.string()), ("custodian", pa.string())])
_COLUMNS = (
    "event_id, event_kind, subkind, source, format, custodian, conversation_id, sender_id, sender_display, "
    "ts_utc, ts_source, body, attachments, flags, attributes, object_key, version_id, member, line"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedConversations:
    """Released conversation ids by source conversation, and those given for the first time."""

    conversations: Mapping[str, str]
    fresh: dict[str, str]


def align_exports(sql: Sql, known: Mapping[str, str], known_keys: Mapping[str, str]) -> AlignedConversations:
    """Register the tables `joined`, `aligned` and `lacks` for the view `events`.

    Args:
        sql: The session that holds the view.
        known: Released conversation ids of earlier runs, by source conversation.
        known_keys: Record keys (record ids without their prefix) of earlier runs, by event id.
    """
    entries, custodians, sources = _entries(sql)
    conversations: dict[str, str] = {}
    aligned: list[dict[str, str]] = []
    lacks: list[dict[str, str]] = []
    for group in same_chats(entries):
        conversation = joined_conversation_id(group.sources, sources[group.sources[0]], known)
        conversations.update(dict.fromkeys(group.sources, conversation))
        alignment = align(group)
        keys = cluster_keys(alignment.clusters, conversation, known_keys)
        aligned += _assigned(alignment, keys)
        lacks += _lacking(group, alignment, keys, custodians)
    sql.register("aligned", pa.Table.from_pylist(aligned, schema=_ALIGNED))
    sql.register("lacks", pa.Table.from_pylist(lacks, schema=_LACKS))
    sql.register("joined", _joined(conversations))
    fresh = {name: given for name, given in conversations.items() if known.get(name) != given}
    return AlignedConversations(conversations=conversations, fresh=fresh)


def _joined(conversations: Mapping[str, str]) -> pa.Table:
    names = sorted(conversations)
    values = [conversations[name] for name in names]
    return pa.table(
        {
            "source_conversation_id": pa.array(names, pa.string()),
            "conversation_id": pa.array(values, pa.string()),
        }
    )


def _entries(sql: Sql) -> tuple[dict[str, list[Entry]], dict[str, str], dict[str, str]]:
    listed = ", ".join(f"'{name}'" for name in FORMATS)
    table = sql.table(
        f"select {_COLUMNS} from events where format in ({listed}) order by conversation_id, line, event_id"
    )
    entries: dict[str, list[Entry]] = defaultdict(list)
    custodians: dict[str, str] = {}
    sources: dict[str, str] = {}
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            entries[row["conversation_id"]].append(entry_of(_event(row)))
            custodians[row["conversation_id"]] = row["custodian"]
            sources[row["conversation_id"]] = row["source"]
    return entries, custodians, sources


def _event(row: Mapping[str, Any]) -> Event:
    values = dict(row)
    values["event_kind"] = EventKind(row["event_kind"])
    values["ts_source"] = TimeSource(row["ts_source"])
    values["attachments"] = tuple(Attachment(**item) for item in row["attachments"])
    values["flags"] = tuple(row["flags"])
    return Event(**values)


def _assigned(alignment: Alignment, keys: list[str]) -> Iterator[dict[str, str]]:
    for cluster, key in zip(alignment.clusters, keys, strict=True):
        for member, rule in zip(cluster.members, cluster.rules, strict=True):
            yield {"event_id": member.event_id, "cluster_key": key, "rule": "aligned" if rule == "founder" else rule}


def _lacking(
    group: ChatGroup, alignment: Alignment, keys: list[str], custodians: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    if len(group.sources) < 2:
        return
    for coverage in alignment.coverage:
        for number in coverage.missing:
            yield {
                "cluster_key": keys[number],
                "source_conversation_id": coverage.source,
                "custodian": custodians.get(coverage.source, ""),
            }
