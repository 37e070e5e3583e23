"""Copies of one message are folded, repeats are not, and what a copy lacks is named."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.resolve.align import Alignment, align
from pipeline.resolve.chats import ChatGroup, same_chats
from pipeline.resolve.tokens import Entry
from tests.pipeline.resolve.phones import (
    HOUR,
    MINUTE,
    SECOND,
    START,
    Phone,
    Said,
    a_chat,
    export,
    number_of,
    pair_quality,
    some,
)

ANA = Phone(name="ana", names={"ana": "Me", "ben": "Benjamin", "cruz": "Sgt Cruz"})
BEN = Phone(name="ben", names={"ana": "Ana L.", "ben": "B", "cruz": "+1 555 010 7777"}, coarse=False)
CRUZ = Phone(name="cruz", names={"ana": "Jefa"}, shift=-4 * HOUR, zone_known=False, says_kind=True)


def group_of(*exports: tuple[Entry, ...]) -> ChatGroup:
    entries = {held[0].source: held for held in exports if held}
    return ChatGroup(sources=tuple(sorted(entries)), entries=entries)


def talk(*texts: tuple[str, str], every: int = 90 * SECOND) -> list[Said]:
    """A chat of (who, text) at regular distances; long enough around them for names to be learnt."""
    lead = [("ana", f"first words {n}") for n in range(4)] + [("ben", f"second words {n}") for n in range(4)]
    return [
        Said(number=n, at=START + n * every, who=who, text=text) for n, (who, text) in enumerate([*lead, *texts, *lead])
    ]


def truths(alignment: Alignment) -> list[set[int]]:
    """The real messages in each cluster of two or more."""
    return [{number_of(entry) for entry in c.members} for c in alignment.clusters if len(c.members) > 1]


def rules(alignment: Alignment) -> Counter[str]:
    return Counter(rule for cluster in alignment.clusters for rule in cluster.rules)


def missing(alignment: Alignment, source: str) -> list[int]:
    (coverage,) = [held for held in alignment.coverage if held.source == source]
    return [number_of(alignment.clusters[number].members[0]) for number in coverage.missing]


def test_three_phones_with_losses_names_zones_tombstones_and_edits() -> None:
    chat = [
        replace(said, original=said.text + " please") if said.number % 53 == 0 and said.kind == "message" else said
        for said in a_chat(3000)
    ]
    phones = [
        replace(ANA, lacks=some(chat, 0.02, 1), deleted=some(chat, 0.01, 5), before_edit=some(chat, 0.5, 9)),
        replace(BEN, lacks=some(chat, 0.02, 2), deleted=some(chat, 0.01, 6), skew=20 * SECOND, with_bytes=True),
        replace(CRUZ, lacks=some(chat, 0.02, 3), first=700),
    ]
    exports = {phone.name: export(chat, phone) for phone in phones}
    (group,) = same_chats(exports)
    alignment = align(group)
    precision, recall = pair_quality(alignment, exports.values())
    assert precision >= 0.998
    assert recall >= 0.998
    assert set(rules(alignment)) >= {
        "aligned-exact",
        "aligned-media",
        "aligned-tombstone",
        "aligned-edit",
        "aligned-system",
    }
    held = {name: {number_of(entry) for entry in entries} for name, entries in exports.items()}
    for phone in phones:
        named = missing(alignment, phone.name)
        assert sum(number in held[phone.name] for number in named) <= 1
        kinds = {said.number: said.kind for said in chat}
        lost = {n for n in phone.lacks if n >= phone.first and kinds[n] in ("message", "file")}
        seen = {n for n in lost if any(n in other for name, other in held.items() if name != phone.name)}
        assert len(seen - set(named)) <= 0.05 * len(seen)


def test_equal_exports_align_fully() -> None:
    chat = a_chat(400)
    alignment = align(group_of(export(chat, ANA), export(chat, replace(ANA, name="again"))))
    assert [len(cluster.members) for cluster in alignment.clusters] == [2] * 400
    assert all(len(held) == 1 for held in truths(alignment))
    assert set(rules(alignment)) == {"founder", "aligned-exact", "aligned-system"}
    assert [coverage.missing for coverage in alignment.coverage] == [(), ()]


def test_one_export_captured_at_two_places_is_folded_line_by_line() -> None:
    chat = a_chat(200)
    first = export(chat, ANA)
    second = tuple(replace(e, place="elsewhere", event_id=e.event_id.replace("ana:", "copy:")) for e in first)
    other = export(chat, replace(BEN, lacks=frozenset({77})))
    (group,) = same_chats({"ana": [*first, *second], "ben": other})
    alignment = align(group)
    assert group.sources == ("ana", "ben")
    assert sorted(Counter(len(c.members) for c in alignment.clusters).items()) == [(2, 1), (3, 199)]
    assert all(len(held) == 1 for held in truths(alignment))
    assert [(coverage.source, coverage.held) for coverage in alignment.coverage] == [("ana", 200), ("ben", 199)]


def test_a_short_export_captured_at_two_places_is_folded_too() -> None:
    (only,) = export([Said(number=0, at=START, who="ana", text="hi")], ANA)
    (group,) = same_chats({"ana": [only, replace(only, place="elsewhere", event_id="copy:0")]})
    assert [len(c.members) for c in align(group).clusters] == [2]


@pytest.mark.parametrize(("lacks_one", "clusters"), [(frozenset(), 2), (frozenset({8}), 2), (frozenset({9}), 2)])
def test_ok_twice_in_a_minute_is_two_messages(lacks_one: frozenset[int], clusters: int) -> None:
    chat = talk(("ana", "ok"), ("ana", "ok"), every=20 * SECOND)
    alignment = align(group_of(export(chat, ANA), export(chat, replace(BEN, lacks=lacks_one))))
    oks = [c for c in alignment.clusters if c.members[0].body == "ok"]
    assert len(oks) == clusters
    assert sum(len(c.members) for c in oks) == 4 - len(lacks_one)
    assert max(len(c.members) for c in oks) == 2


def test_ok_of_two_people_at_once_is_told_apart_by_the_sender() -> None:
    chat = talk(("ana", "ok"), ("ben", "ok"), every=20 * SECOND)
    alignment = align(
        group_of(export(chat, replace(ANA, lacks=frozenset({8}))), export(chat, replace(BEN, lacks=frozenset({9}))))
    )
    assert sum(c.members[0].body == "ok" for c in alignment.clusters) == 2


def test_a_tombstone_finds_its_text_and_only_of_its_sender() -> None:
    chat = talk(("ana", "what was said"), ("ben", "what stayed"), every=20 * SECOND)
    alignment = align(group_of(export(chat, replace(ANA, deleted=frozenset({8}))), export(chat, BEN)))
    assert all(len(held) == 1 for held in truths(alignment))
    assert rules(alignment)["aligned-tombstone"] == 1
    without = align(
        group_of(export(chat, replace(ANA, deleted=frozenset({8}))), export(chat, replace(BEN, lacks=frozenset({8}))))
    )
    assert rules(without)["aligned-tombstone"] == 0


def test_an_edit_finds_its_original_in_either_direction() -> None:
    chat = talk(("ana", "meet at five at the gate"), ("ana", "something else"), every=20 * SECOND)
    edited = [replace(s, original="meet at four") if s.number == 8 else s for s in chat]
    for first, second in ((frozenset({8}), frozenset()), (frozenset(), frozenset({8}))):
        alignment = align(
            group_of(export(edited, replace(ANA, before_edit=first)), export(edited, replace(BEN, before_edit=second)))
        )
        assert rules(alignment)["aligned-edit"] == 1
        assert len(alignment.clusters) == len(chat)


def test_texts_that_differ_without_an_edit_are_never_folded() -> None:
    chat = talk(("ana", "meet at five at the gate"))
    other = [replace(s, text="meet at five at the gates") if s.number == 8 else s for s in chat]
    alignment = align(group_of(export(chat, ANA), export(other, BEN)))
    assert len(alignment.clusters) == len(chat) + 1


def a_photo(number: int, sha256: str, text: str = "") -> Said:
    return Said(number=number, at=START + 700 * SECOND, who="ana", kind="file", media="image", sha256=sha256, text=text)


@pytest.mark.parametrize(
    ("one", "two", "both_bytes", "folded"),
    [
        (a_photo(99, "aa"), a_photo(99, "aa"), True, True),
        (a_photo(99, "aa"), a_photo(99, "aa"), False, True),
        (a_photo(99, "aa"), a_photo(99, "bb"), True, False),
        (a_photo(99, "aa", "the fence"), a_photo(99, "bb", "the fence"), True, True),
        (a_photo(99, "aa", "the fence"), a_photo(99, "bb", "the gate"), False, False),
        (a_photo(99, "aa"), replace(a_photo(99, "aa"), media="audio"), True, True),
    ],
)
def test_media_agree_by_bytes_else_by_kind_and_caption(one: Said, two: Said, both_bytes: bool, folded: bool) -> None:
    chat, other = (sorted([*talk(), said], key=lambda s: s.at) for said in (one, two))
    phones = replace(ANA, with_bytes=both_bytes), replace(BEN, with_bytes=True)
    alignment = align(group_of(export(chat, phones[0]), export(other, phones[1])))
    assert (len(alignment.clusters) == len(chat)) is folded


def test_neighbours_that_two_phones_hold_in_another_order_are_folded() -> None:
    chat = talk(("ana", "are you there yet"), ("ben", "just arrived here"), every=10 * SECOND)
    swapped = [*chat[:8], chat[9], chat[8], *chat[10:]]
    alignment = align(group_of(export(chat, ANA), export(swapped, BEN)))
    assert len(alignment.clusters) == len(chat)
    assert rules(alignment)["aligned-crossed"] == 1


def test_a_copy_is_not_blamed_for_what_lies_near_its_ends() -> None:
    chat = talk(every=MINUTE)
    alignment = align(group_of(export(chat, ANA), export(chat, replace(BEN, lacks=frozenset({2, 8, 13})))))
    assert missing(alignment, "ben") == [8]


def test_a_copy_is_not_blamed_while_an_entry_of_it_may_be_the_one() -> None:
    chat = talk(("ana", "meet at five at the gate"), ("ben", "meet at six"))
    other = [replace(s, text="meet at fives at the gates") if s.number == 8 else s for s in chat]
    alignment = align(group_of(export(chat, ANA), export(other, replace(BEN, lacks=frozenset({9})))))
    assert missing(alignment, "ben") == [9]
    assert missing(alignment, "ana") == []


def test_two_copies_that_each_lack_one_of_two_texts_are_both_blamed() -> None:
    chat = talk(("ana", "meet at five at the gate"), ("ana", "bring coffee"), every=30 * SECOND)
    one, two = replace(ANA, lacks=frozenset({8})), replace(BEN, lacks=frozenset({9}))
    alignment = align(group_of(export(chat, one), export(chat, two)))
    assert (missing(alignment, "ana"), missing(alignment, "ben")) == ([8], [9])


def test_a_copy_is_blamed_only_for_what_lies_well_inside_its_stretch() -> None:
    chat = a_chat(300)
    late = replace(BEN, first=100, last=250, lacks=frozenset({101, 150, 151, 249}))
    alignment = align(group_of(export(chat, ANA), export(chat, late)))
    named = missing(alignment, "ben")
    assert {150, 151} >= set(named) - {101, 249}
    assert set(named) & {150, 151}
    assert missing(alignment, "ana") == []


def test_system_lines_and_calls_are_never_missing() -> None:
    chat = a_chat(600)
    odd = frozenset(s.number for s in chat if s.kind in ("system", "call"))
    assert odd
    alignment = align(group_of(export(chat, ANA), export(chat, replace(BEN, lacks=odd))))
    assert missing(alignment, "ben") == []


def test_clocks_that_change_on_different_days() -> None:
    chat = a_chat(800, pace=3600 * SECOND)
    change = chat[400].at
    moved = tuple(
        replace(entry, zone_known=False, ts_utc=entry.ts_utc - (4 if entry.ts_utc < change else 5) * HOUR)
        for entry in export(chat, replace(CRUZ, shift=0))
        if entry.ts_utc is not None
    )
    (group,) = same_chats({"ana": export(chat, ANA), "cruz": moved})
    alignment = align(group)
    assert pair_quality(alignment, [export(chat, ANA), moved]) >= (0.99, 0.95)
    assert all(abs(c.at_utc - chat[number_of(c.members[0])].at) < 2 * HOUR for c in alignment.clusters)


def test_messages_of_an_unknown_zone_are_told_on_the_clock_of_a_known_one() -> None:
    chat = a_chat(200)
    (group,) = same_chats({p.name: export(chat, p) for p in (replace(ANA, lacks=frozenset({50})), CRUZ)})
    (alone,) = [c for c in align(group).clusters if number_of(c.members[0]) == 50]
    assert alone.at_utc // MINUTE == chat[50].at // MINUTE


@pytest.mark.parametrize("swapped", [False, True])
def test_a_time_that_a_clock_shows_twice_may_be_the_later_one(swapped: bool) -> None:
    chat = a_chat(300)
    doubtful = tuple(
        replace(entry, ts_utc=entry.ts_utc - HOUR, flags=("ambiguous-time",)) if 100 <= entry.line < 103 else entry
        for entry in export(chat, replace(BEN, lacks=frozenset({0}) if swapped else frozenset()))
        if entry.ts_utc is not None
    )
    sure = export(chat, replace(ANA, lacks=frozenset() if swapped else frozenset({0})))
    alignment = align(group_of(sure, doubtful))
    assert len(alignment.clusters) == len(chat)


def test_entries_without_a_time_stay_in_their_place() -> None:
    entries = tuple(replace(e, ts_utc=None) if e.line in (1, 5) else e for e in export(talk(), ANA))
    alignment = align(group_of(entries))
    assert [c.members[0].line for c in alignment.clusters] == list(range(1, len(entries) + 1))


LINES = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 2, -61]),
        st.sampled_from(["ana", "ben"]),
        st.sampled_from(["ok", "no", "a longer text here", "", "see you at five", "<deleted>"]),
        st.sampled_from([(), ("deleted",), ("edited",)]),
        st.sampled_from(["message", "message", "message", "file", "system", "call"]),
    ),
    max_size=25,
)


def drawn(name: str, lines: list[tuple[int, str, str, tuple[str, ...], str]]) -> tuple[Entry, ...]:
    at, entries = START, []
    for number, (minutes, who, body, flags, kind) in enumerate(lines, 1):
        at += minutes * MINUTE
        entries.append(
            Entry(
                event_id=f"{name}:{number}",
                source=name,
                line=number,
                ts_utc=at,
                kind=kind,
                sender=who,
                body=body,
                flags=flags,
            )
        )
    return tuple(entries)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_every_entry_is_in_one_cluster_whatever_the_order_of_the_input(
    files: list[list[tuple[int, str, str, tuple[str, ...], str]]], rng: random.Random
) -> None:
    exports = {f"s{n}": drawn(f"s{n}", lines) for n, lines in enumerate(files)}
    group = ChatGroup(sources=tuple(exports), entries=exports)
    alignment = align(group)
    ids = [entry.event_id for cluster in alignment.clusters for entry in cluster.members]
    assert sorted(ids) == sorted(entry.event_id for held in exports.values() for entry in held)
    for cluster in alignment.clusters:
        assert len({entry.source for entry in cluster.members}) == len(cluster.members)
        assert len(cluster.rules) == len(cluster.members)
    names = rng.sample(sorted(exports), len(exports))
    shuffled = {name: tuple(rng.sample(exports[name], len(exports[name]))) for name in names}
    assert align(ChatGroup(sources=tuple(names), entries=shuffled)) == alignment


@settings(max_examples=60, deadline=None)
@given(LINES, LINES)
def test_the_order_of_both_files_is_kept(
    one: list[tuple[int, str, str, tuple[str, ...], str]], two: list[tuple[int, str, str, tuple[str, ...], str]]
) -> None:
    exports = {"s0": drawn("s0", one), "s1": drawn("s1", two)}
    alignment = align(ChatGroup(sources=("s0", "s1"), entries=exports))
    for source in exports:
        lines = [
            entry.line
            for cluster in alignment.clusters
            if "aligned-crossed" not in cluster.rules
            for entry in cluster.members
            if entry.source == source
        ]
        assert lines == sorted(lines)


@settings(max_examples=40, deadline=None)
@given(LINES)
def test_a_file_and_itself_align_line_by_line(lines: list[tuple[int, str, str, tuple[str, ...], str]]) -> None:
    exports = {"s0": drawn("s0", lines), "s1": drawn("s1", lines)}
    alignment = align(ChatGroup(sources=("s0", "s1"), entries=exports))
    assert [[entry.line for entry in cluster.members] for cluster in alignment.clusters] == [
        [number, number] for number in range(1, len(lines) + 1)
    ]


def spent(chat: list[Said], *phones: Phone) -> float:
    group = group_of(*(export(chat, phone) for phone in phones))
    begin = time.process_time()
    align(group)
    return time.process_time() - begin


@pytest.mark.slow
def test_two_exports_of_forty_thousand_lines_take_seconds_not_squares() -> None:
    chat = a_chat(40_000)
    phones = replace(ANA, lacks=some(chat, 0.02, 1)), replace(BEN, lacks=some(chat, 0.02, 2))
    small = spent(chat[:10_000], *phones)
    large = spent(chat, *phones)
    assert large < 30
    assert large < 8 * small


def test_a_burst_within_one_minute_is_not_quadratic() -> None:
    burst = [Said(number=n, at=START + n * 10_000, who="ana", text="ok") for n in range(4_000)]
    phones = replace(ANA, lacks=some(burst, 0.01, 1)), replace(BEN, lacks=some(burst, 0.01, 2))
    assert spent(burst, *phones) < 8 * spent(burst[:1_000], *phones) + 1


def test_a_third_export_adds_copies_and_parts_nothing() -> None:
    chat = a_chat(500)
    exports = [export(chat, replace(p, lacks=some(chat, 0.03, n))) for n, p in enumerate((ANA, BEN, CRUZ))]

    def pairs(*held: tuple[Entry, ...]) -> set[frozenset[str]]:
        (group,) = same_chats({entries[0].source: entries for entries in held})
        return {
            frozenset((a.event_id, b.event_id)) for c in align(group).clusters for a, b in combinations(c.members, 2)
        }

    two, three = pairs(*exports[:2]), pairs(*exports)
    assert len(two - three) <= 0.005 * len(two)
