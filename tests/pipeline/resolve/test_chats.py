"""Exports of one chat are found; chats that only share forwarded texts stay apart."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from pipeline.resolve.chats import ChatGroup, same_chats
from pipeline.resolve.tokens import Entry
from tests.pipeline.resolve.phones import DAY, HOUR, MINUTE, SECOND, START, Phone, Said, a_chat, export, some

ANA = Phone(name="ana", names={"ana": "Me", "ben": "Benjamin", "cruz": "Sgt Cruz"})
BEN = Phone(name="ben", names={"ana": "Ana L.", "ben": "B", "cruz": "+1 555 010 7777"}, coarse=False)


def groups(*exports: tuple[Entry, ...]) -> list[tuple[str, ...]]:
    return [group.sources for group in same_chats({entries[0].source: entries for entries in exports})]


def only(found: list[ChatGroup]) -> ChatGroup:
    (group,) = found
    return group


def test_two_phones_of_one_chat_are_joined() -> None:
    chat = a_chat(200)
    assert groups(export(chat, ANA), export(chat, BEN)) == [("ana", "ben")]


def test_other_chats_of_the_same_people_stay_apart() -> None:
    assert groups(export(a_chat(200), ANA), export(a_chat(200, seed=2), BEN)) == [("ana",), ("ben",)]


def test_order_of_sources_and_entries_does_not_matter() -> None:
    first, second = a_chat(150), a_chat(150, seed=2)
    phones = [replace(ANA, name="a1"), replace(BEN, name="a2", skew=40 * SECOND)]
    exports = {
        phone.name + suffix: tuple(replace(entry, source=phone.name + suffix) for entry in export(chat, phone))
        for chat, suffix in ((first, "-x"), (second, "-y"))
        for phone in phones
    }
    shuffled = {name: random.Random(4).sample(exports[name], len(exports[name])) for name in reversed(exports)}
    assert same_chats(exports) == same_chats(shuffled)
    assert [group.sources for group in same_chats(exports)] == [("a1-x", "a2-x"), ("a1-y", "a2-y")]


@pytest.mark.parametrize("hours", [-11, -4, 0.25, 5.75, 14])
def test_an_unknown_zone_is_found(hours: float) -> None:
    chat = a_chat(200)
    away = replace(BEN, shift=int(hours * HOUR), zone_known=False, skew=30 * SECOND)
    link = only(same_chats({"ana": export(chat, ANA), "ben": export(chat, away)})).links[0]
    assert abs(link.shift_utc - hours * HOUR) <= MINUTE


def test_a_distance_of_hours_joins_nothing_when_both_zones_are_known() -> None:
    chat = a_chat(200)
    assert len(groups(export(chat, ANA), export(chat, replace(BEN, shift=3 * HOUR)))) == 2


def test_a_distance_off_the_quarter_hours_joins_nothing() -> None:
    chat = a_chat(200)
    assert len(groups(export(chat, ANA), export(chat, replace(BEN, shift=7 * MINUTE, zone_known=False)))) == 2


def test_forwarded_chain_texts_do_not_join_chats() -> None:
    chain = [f"please forward this to everyone you know, part {part}" for part in range(12)]

    def with_chain(chat: list[Said], at: int) -> list[Said]:
        parts = [Said(number=900 + n, at=at + n * MINUTE, who="ben", text=text) for n, text in enumerate(chain)]
        return sorted([*chat, *parts], key=lambda said: said.at)

    here = export(with_chain(a_chat(40), START + 2 * MINUTE), ANA)
    later = export(with_chain(a_chat(40, seed=2), START + 17 * MINUTE), BEN)
    unknown = tuple(replace(entry, zone_known=False) for entry in later)
    at_once = export(with_chain(a_chat(40, seed=2), START + 2 * MINUTE), BEN)
    assert len(groups(here, later)) == 2
    assert len(groups(here, unknown)) == 2
    assert len(groups(here, at_once)) == 2


def test_one_who_relays_every_text_at_once_does_not_join_chats() -> None:
    chat = a_chat(200)
    relayed = [replace(said, who="dora") for said in chat]
    assert len(groups(export(chat, ANA), export(relayed, BEN))) == 2


def by_ben(texts: list[str], *, late: int = 0, every: int = 3 * MINUTE) -> list[Said]:
    return [Said(number=n, at=START + late + n * every, who="ben", text=text) for n, text in enumerate(texts)]


def own(name: str, count: int, start: int = 0) -> list[str]:
    return [f"{name} has something to say, number {n}" for n in range(start, start + count)]


def test_broadcasts_among_many_own_texts_do_not_join_chats() -> None:
    shared = own("everyone", 6)
    here, there = by_ben([*shared, *own("here", 30)]), by_ben([*shared, *own("there", 30)])
    assert len(groups(export(here, ANA), export(there, BEN))) == 2
    assert len(groups(export(here[:12], ANA), export(there[:12], BEN))) == 1, "half of the texts agree"


def test_broadcasts_that_different_people_answer_do_not_join_chats() -> None:
    chat = by_ben(own("everyone", 20))
    answers = [
        Said(number=100 + n, at=START + n * 5 * MINUTE, who="x", text=f"answer number {n} to it") for n in range(12)
    ]
    here = [*chat, *answers]
    there = [*chat, *(replace(said, who="y", text=f"reply number {said.number} to it") for said in answers)]
    assert len(groups(export(here, ANA), export(there, BEN))) == 2
    assert len(groups(export([*chat, *answers[:5]], ANA), export(chat, BEN))) == 1, "a few answers one phone lacks"


def test_the_same_texts_at_other_times_do_not_join_chats() -> None:
    texts = own("everyone", 30)
    here = by_ben(texts)
    moved = [*here[:12], *(replace(said, at=said.at + 20 * MINUTE) for said in here[12:])]
    assert len(groups(export(here, ANA), export(moved, BEN))) == 2
    assert len(groups(export(here, ANA), export([*here[:25], *moved[25:]], BEN))) == 1, "a few were sent again"


def test_too_few_texts_join_nothing() -> None:
    chat = [Said(number=n, at=START + n * DAY, who="ana", text=f"a long enough text number {n}") for n in range(4)]
    assert len(groups(export(chat, ANA), export(chat, BEN))) == 2


def test_a_member_away_for_most_of_the_time_is_joined() -> None:
    chat = a_chat(3000, pace=600 * SECOND)
    away = replace(BEN, lacks=frozenset(range(100, 2900)))
    assert groups(export(chat, ANA), export(chat, away)) == [("ana", "ben")]


def test_exports_that_barely_overlap_are_joined_through_a_third() -> None:
    chat = a_chat(600)
    early, late = replace(ANA, last=250), replace(BEN, first=350)
    middle = replace(ANA, name="middle", first=150, last=450)
    assert len(groups(export(chat, early), export(chat, late))) == 2
    assert groups(export(chat, early), export(chat, late), export(chat, middle)) == [("ana", "ben", "middle")]


def test_many_exports_of_one_chat_are_one_group() -> None:
    chat = a_chat(120)
    phones = [replace(ANA, name=f"p{n:02}", lacks=some(chat, 0.05, n), coarse=bool(n % 2)) for n in range(30)]
    group = only(same_chats({phone.name: export(chat, phone) for phone in phones}))
    assert len(group.sources) == 30
    assert len(group.links) == 29


def test_clocks_that_change_on_different_days_are_joined() -> None:
    chat = a_chat(800, pace=3600 * SECOND)
    change = chat[400].at
    entries = tuple(
        replace(entry, zone_known=False, ts_utc=entry.ts_utc - (4 if entry.ts_utc < change else 5) * HOUR)
        for entry in export(chat, replace(BEN, coarse=True))
        if entry.ts_utc is not None
    )
    assert groups(export(chat, ANA), entries) == [("ana", "ben")]


def test_entries_without_time_and_empty_sources_are_kept() -> None:
    timeless = tuple(replace(entry, ts_utc=None) for entry in export(a_chat(20), ANA))
    found = same_chats({"ana": timeless, "none": ()})
    assert [(group.sources, len(group.entries[group.sources[0]])) for group in found] == [
        (("ana",), 20),
        (("none",), 0),
    ]
