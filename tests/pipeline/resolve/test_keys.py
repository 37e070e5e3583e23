"""A message keeps its key when a further export adds a copy of it."""

from __future__ import annotations

from dataclasses import replace

from pipeline.resolve.align import Cluster, align
from pipeline.resolve.chats import same_chats
from pipeline.resolve.keys import cluster_key, cluster_keys, richest
from pipeline.resolve.tokens import Entry
from tests.pipeline.resolve.phones import HOUR, MINUTE, SECOND, START, Phone, a_chat, export, some


def a_copy(source: str, **changes: object) -> Entry:
    entry = Entry(event_id=source, source=source, line=1, ts_utc=START, kind="message", sender="Ana", body="Said so")
    return replace(entry, **changes)


def a_cluster(*members: Entry) -> Cluster:
    return Cluster(members=members, rules=("founder",) * len(members), at_utc=START)


TEXT = a_copy("a")


def test_a_key_is_short_hex_and_depends_on_chat_minute_token_and_ordinal() -> None:
    key = cluster_key(a_cluster(TEXT), "c-1", 0)
    assert len(key) == 20
    assert int(key, 16) >= 0
    others = [
        cluster_key(a_cluster(TEXT), "c-2", 0),
        cluster_key(a_cluster(TEXT), "c-1", 1),
        cluster_key(a_cluster(replace(TEXT, body="Said not")), "c-1", 0),
        cluster_key(a_cluster(replace(TEXT, ts_utc=START + MINUTE)), "c-1", 0),
    ]
    assert len({key, *others}) == 5


def test_further_copies_do_not_change_a_key() -> None:
    key = cluster_key(a_cluster(TEXT), "c", 0)
    for copy in (
        a_copy("b", ts_utc=START + 40 * SECOND, sender="~ ana", body="\u200esaid so"),
        a_copy("b", body="", flags=("deleted",)),
        a_copy("b", body="Said otherwise", flags=("edited",)),
        a_copy("b", ts_utc=START - 4 * HOUR, zone_known=False),
    ):
        assert cluster_key(a_cluster(TEXT, copy), "c", 0) == key
        assert cluster_key(a_cluster(copy, TEXT), "c", 0) == key


def test_bytes_that_turn_up_later_do_not_change_a_key() -> None:
    bare = a_copy("a", kind="file", body="")
    full = a_copy("b", kind="file", body="", media="image", hashes=("ab",))
    assert cluster_key(a_cluster(bare), "c", 0) == cluster_key(a_cluster(bare, full), "c", 0)


def test_the_richest_copy_decides_whatever_the_order() -> None:
    tombstone, edited = a_copy("b", body="", flags=("deleted",)), a_copy("c", body="New", flags=("edited",))
    assert richest([tombstone, edited, TEXT]) == richest([TEXT, edited, tombstone]) == TEXT
    assert richest([tombstone, edited]) == edited


def test_repeats_get_different_keys() -> None:
    clusters = [a_cluster(replace(TEXT, event_id=str(number))) for number in range(3)]
    assert len(set(cluster_keys(clusters, "c"))) == 3


def test_keys_given_earlier_stay_when_an_earlier_repeat_turns_up() -> None:
    first, second = (a_cluster(replace(TEXT, event_id=str(number))) for number in range(2))
    (given,) = cluster_keys([second], "c")
    keys = cluster_keys([first, second], "c", {"1": given})
    assert keys[1] == given
    assert keys[0] != given


def test_two_messages_that_turn_out_to_be_one_keep_the_smaller_key() -> None:
    merged = a_cluster(TEXT, a_copy("b"))
    assert cluster_keys([merged], "c", {"a": "k2", "b": "k1"}) == ["k1"]


def test_one_message_that_turns_out_to_be_two_leaves_its_key_to_the_first() -> None:
    keys = cluster_keys([a_cluster(TEXT), a_cluster(a_copy("b"))], "c", {"a": "k1", "b": "k1"})
    assert keys[0] == "k1"
    assert keys[1] != "k1"


def test_keys_of_a_real_chat_stay_when_an_export_is_added() -> None:
    chat = a_chat(1000)
    phones = [
        Phone(name="b", lacks=some(chat, 0.02, 1), deleted=some(chat, 0.01, 2)),
        Phone(name="c", lacks=some(chat, 0.02, 3), coarse=False),
        Phone(name="a", lacks=some(chat, 0.02, 4), shift=-5 * HOUR, zone_known=False),
    ]
    exports = {phone.name: export(chat, phone) for phone in phones}

    def keys(*names: str, known: dict[str, str] | None = None) -> dict[str, str]:
        (group,) = same_chats({name: exports[name] for name in names})
        clusters = align(group).clusters
        given = cluster_keys(clusters, "chat", known)
        return {e.event_id: key for c, key in zip(clusters, given, strict=True) for e in c.members}

    before = keys("b", "c")
    blind, informed = keys("a", "b", "c"), keys("a", "b", "c", known=before)
    assert sum(blind[event] != key for event, key in before.items()) <= 0.01 * len(before)
    assert sum(informed[event] != key for event, key in before.items()) <= 0.002 * len(before)
