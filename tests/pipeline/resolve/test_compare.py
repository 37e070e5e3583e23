"""Which two entries can be one message, and which match wins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.resolve.compare import Face, compare, face_of, likeness
from pipeline.resolve.senders import Senders
from pipeline.resolve.tokens import Entry, read
from tests.pipeline.resolve.phones import MINUTE, SECOND, START

PLAIN = Entry(event_id="e", source="s", line=1, ts_utc=START, kind="message", sender="Ana", body="meet at five")
TOMBSTONE = replace(PLAIN, body="", flags=("deleted",))
EDITED = replace(PLAIN, body="meet at five thirty", flags=("edited",))
OTHER_EDIT = replace(PLAIN, body="bring coffee", flags=("edited",))
FILE = replace(PLAIN, kind="file", body="")
ADDED = replace(PLAIN, kind="system", subkind="member-added", body="You added Ben", sender="")
CALL = replace(PLAIN, kind="call", body="")


def a_face(entry: Entry, late: int = 0, *, precise: bool = False) -> Face:
    return face_of(entry, read(entry), START + late, precise=precise)


def rule(one: Entry, two: Entry, same: bool | None, late: int = 0) -> str | None:
    found, mirrored = compare(a_face(one), a_face(two, late), same), compare(a_face(two, late), a_face(one), same)
    assert found == mirrored
    return found[1] if found else None


@pytest.mark.parametrize(
    ("one", "two", "same", "expected"),
    [
        (PLAIN, PLAIN, True, "aligned-exact"),
        (PLAIN, PLAIN, None, "aligned-exact"),
        (PLAIN, PLAIN, False, None),
        (PLAIN, replace(PLAIN, body="meet at six"), True, None),
        (TOMBSTONE, TOMBSTONE, None, "aligned-exact"),
        (TOMBSTONE, PLAIN, True, "aligned-tombstone"),
        (TOMBSTONE, FILE, True, "aligned-tombstone"),
        (TOMBSTONE, PLAIN, None, None),
        (TOMBSTONE, PLAIN, False, None),
        (TOMBSTONE, CALL, True, None),
        (TOMBSTONE, ADDED, True, None),
        (EDITED, PLAIN, True, "aligned-edit"),
        (EDITED, PLAIN, None, None),
        (EDITED, OTHER_EDIT, True, "aligned-edit"),
        (FILE, replace(FILE, media="image"), None, "aligned-media"),
        (replace(FILE, media="audio"), replace(FILE, media="image"), True, None),
        (FILE, replace(FILE, body="look"), True, "aligned-media"),
        (FILE, PLAIN, True, None),
        (ADDED, replace(ADDED, body="Ana added Ben", sender="Group"), False, "aligned-system"),
        (ADDED, replace(ADDED, subkind="member-left"), None, None),
        (CALL, CALL, None, "aligned-exact"),
    ],
)
def test_rules(one: Entry, two: Entry, same: bool | None, expected: str | None) -> None:
    assert rule(one, two, same) == expected
    assert rule(one, two, same, 2 * MINUTE) is None


def test_an_edit_that_shares_nothing_needs_the_same_minute() -> None:
    assert rule(OTHER_EDIT, PLAIN, True) == "aligned-edit"
    assert rule(OTHER_EDIT, PLAIN, True, MINUTE) is None
    assert rule(EDITED, PLAIN, True, MINUTE) == "aligned-edit"


def test_system_lines_of_no_known_kind_need_the_same_minute() -> None:
    vague = replace(ADDED, subkind="other")
    assert rule(vague, vague, None) == "aligned-system"
    assert rule(vague, vague, None, MINUTE) is None


def test_a_time_with_two_readings_is_near_either() -> None:
    doubtful = replace(PLAIN, flags=("ambiguous-time",))
    assert rule(doubtful, PLAIN, None, 60 * MINUTE) == "aligned-exact"
    assert rule(doubtful, PLAIN, None) == "aligned-exact"
    assert rule(doubtful, PLAIN, None, 30 * MINUTE) is None
    assert rule(PLAIN, PLAIN, None, 60 * MINUTE) is None


def weight(one: Entry, two: Entry, same: bool | None, late: int = 0, *, precise: bool = False) -> int:
    found = compare(a_face(one, precise=precise), a_face(two, late, precise=precise), same)
    assert found is not None
    return found[0]


def test_the_better_match_weighs_more() -> None:
    exact = weight(PLAIN, PLAIN, True)
    assert exact > weight(PLAIN, PLAIN, None) > weight(PLAIN, PLAIN, None, MINUTE)
    assert weight(PLAIN, PLAIN, True, SECOND, precise=True) > weight(PLAIN, PLAIN, True, 9 * SECOND, precise=True)
    assert weight(PLAIN, PLAIN, None, MINUTE) > 5 * weight(TOMBSTONE, PLAIN, True)
    assert weight(EDITED, PLAIN, True) > weight(OTHER_EDIT, PLAIN, True)


@pytest.mark.parametrize(
    ("one", "two", "low", "high"),
    [("abc", "abc", 1, 1), ("abc", "xyz", 0, 0), ("no", "no please", 0.5, 0.8), ("", "", 0, 1), ("a", "a", 1, 1)],
)
def test_likeness(one: str, two: str, low: float, high: float) -> None:
    assert low <= likeness(one, two) <= high
    assert likeness(one, two) == likeness(two, one)


def test_senders_are_learnt_by_majority() -> None:
    senders = Senders([("ana", "A.")] * 5 + [("ana", "B.")] + [("ben", "B.")] * 4)
    assert senders.same("ana", "A.") is True
    assert senders.same("ben", "B.") is True
    assert senders.same("ana", "B.") is False
    assert senders.same("ben", "A.") is False
    assert senders.same("cruz", "C.") is None
    assert senders.same("", "A.") is None
    assert senders.person_of("A.") == "ana"
    assert senders.person_of("C.") is None


def test_one_person_with_two_numbers_is_one_person() -> None:
    senders = Senders([("ana", "+1 555 010 0001")] * 5 + [("ana", "+1 555 010 0002")] * 3 + [("ben", "Ben")] * 4)
    assert senders.same("ana", "+1 555 010 0002") is True
    assert senders.same("ben", "+1 555 010 0002") is False


def test_a_single_pair_forbids_nothing() -> None:
    senders = Senders([("ana", "A.")])
    assert senders.same("ana", "A.") is True
    assert senders.same("ana", "B.") is None


def test_equal_names_are_a_last_resort() -> None:
    senders = Senders([("ben", "Ana")] * 3, {"cruz": ["cruz"], "ana": ["ana"]})
    assert senders.same("cruz", "~ Cruz") is True
    assert senders.same("ana", "Ana") is False
