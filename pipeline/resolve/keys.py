"""Give each message a key that stays when a further capture adds a copy of it.

A key is made of the chat, the minute, what the message says, and an ordinal among messages equal in these. The copy
that decides what it says is the richest: text before media before a tombstone, since a capture made before the
deletion most likely was read first; and text before edited text, for the same reason. Media count by caption only:
whether the bytes or even the kind are known differs between copies. The minute is the earliest among the copies whose
time zone is known, else among all.

A skewed clock or an earlier "ok" can still move minute and ordinal. So keys given in earlier runs win.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.resolve.align import Cluster
from pipeline.resolve.clock import MINUTE
from pipeline.resolve.tokens import Entry, Shape, read

_RICHNESS: Mapping[Shape, int] = {
    Shape.TEXT: 0,
    Shape.PLACE: 1,
    Shape.MEDIA: 2,
    Shape.CALL: 3,
    Shape.SYSTEM: 4,
    Shape.DELETED: 5,
}


def cluster_key(cluster: Cluster, conversation_id: str, ordinal: int) -> str:
    """The key of a message: 20 hex digits.

    Args:
        cluster: Its copies; only their earliest minute and the richest copy's token matter, not how many there are.
        conversation_id: The chat.
        ordinal: Its number, from 0, among the chat's messages of equal minute and token, in the chat's order.
    """
    minute, said = _basis(cluster)
    place = "\x1f".join((conversation_id, str(minute), said, str(ordinal)))
    return hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def cluster_keys(
    clusters: Sequence[Cluster], conversation_id: str, known: Mapping[str, str] | None = None
) -> list[str]:
    """A key for each message of one chat, all different.

    Args:
        clusters: All messages of the chat in order.
        conversation_id: The chat.
        known: Keys given in earlier runs, by event id. The copies of one message that had two keep the smaller; of
            two messages that claim one key the first keeps it.
    """
    given = known or {}
    keys: list[str | None] = []
    used: set[str] = set()
    for cluster in clusters:
        claimed = sorted({given[entry.event_id] for entry in cluster.members if entry.event_id in given} - used)
        keys.append(claimed[0] if claimed else None)
        used.update(claimed[:1])
    reserved = {given[entry.event_id] for entry in _entries(clusters) if entry.event_id in given}
    ordinals: Counter[tuple[int, str]] = Counter()
    return [
        key or _fresh(cluster, conversation_id, ordinals, reserved) for cluster, key in zip(clusters, keys, strict=True)
    ]


def richest(members: Iterable[Entry]) -> Entry:
    """The copy that says most; of equally rich ones the first by token and event id, whatever their order."""
    return min(members, key=_poverty)


def _entries(clusters: Iterable[Cluster]) -> Iterator[Entry]:
    for cluster in clusters:
        yield from cluster.members


def _poverty(entry: Entry) -> tuple[int, bool, str, str]:
    reading = read(entry)
    bare = reading.coarse == "<media>"
    return _RICHNESS[reading.shape], bare or "edited" in entry.flags, reading.coarse, entry.event_id


def _basis(cluster: Cluster) -> tuple[int, str]:
    known = [entry.ts_utc for entry in cluster.members if entry.ts_utc is not None and entry.zone_known]
    times = known or [entry.ts_utc for entry in cluster.members if entry.ts_utc is not None] or [cluster.at_utc]
    return min(times) // MINUTE, read(richest(cluster.members)).coarse


def _fresh(cluster: Cluster, conversation_id: str, ordinals: Counter[tuple[int, str]], reserved: set[str]) -> str:
    """The first key of its minute and token that no message has or had."""
    basis = _basis(cluster)
    while True:
        key = cluster_key(cluster, conversation_id, ordinals[basis])
        ordinals[basis] += 1
        if key not in reserved:
            reserved.add(key)
            return key
