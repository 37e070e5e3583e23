from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.intake.formats import FORMATS, wickr_usernames
from pipeline.model import EventKind
from tests.pipeline.intake.intaking import a_line, attributes, taken

ANA, BEN = "8995950dad747c24fd7c9e2da68edeb6c2c0ac6cb96d405c0c4c58e09ff46969", "ae" * 32
KEY = "drs/wickr-drs-encrypted/2026/03/20/S12/username/3-ae18.json"


def people(document: Any, key: str = KEY) -> list[tuple[str, str]]:
    outcome = taken(json.dumps(document).encode(), key=key)
    assert outcome.quarantined == []
    assert {(event.event_kind, event.subkind, event.format) for event in outcome.events} == {
        (EventKind.DIRECTORY, "user", "wickr-usernames")
    }
    return [(event.vendor_id, event.sender_display) for event in outcome.events]


@pytest.mark.parametrize(
    "document",
    [
        {ANA: "ana@example.gov", BEN: "ben@example.gov"},
        {ANA: {"username": "ana@example.gov"}, BEN: {"name": "ben@example.gov"}},
        [{"username_hash": ANA, "username": "ana@example.gov"}, {"username_hash": BEN, "user_id": "ben@example.gov"}],
        [{"usernameHash": ANA, "userName": "ana@example.gov"}, {"user-hash": BEN, "name": "ben@example.gov"}],
        {"users": {ANA: "ana@example.gov", BEN: "ben@example.gov"}},
        {
            "users": [
                {"username_hash": ANA, "name": "ana@example.gov"},
                {"username_hash": BEN, "name": "ben@example.gov"},
            ]
        },
    ],
)
def test_each_person_is_a_directory_entry(document: Any) -> None:
    assert people(document) == [(ANA, "ana@example.gov"), (BEN, "ben@example.gov")]


def test_one_person_in_an_object_and_on_lines_of_their_own() -> None:
    assert people({"username_hash": ANA, "username": "ana@example.gov"}) == [(ANA, "ana@example.gov")]
    lines = b"".join(json.dumps({"username_hash": h, "username": "x"}).encode() + b"\n" for h in (ANA, BEN))
    assert [event.vendor_id for event in taken(lines, key="plain").events] == [ANA, BEN]


def test_they_are_known_by_their_content_under_any_name() -> None:
    assert people({ANA: "ana@example.gov"}, key="plain") == [(ANA, "ana@example.gov")]
    assert people([{"username_hash": ANA, "username": "a"}], key="plain") == [(ANA, "a")]


@pytest.mark.parametrize("document", [{"new": "shape"}, {"a": 1, "b": [2]}, "words", 7, None, {ANA: 5}, [["a"]]])
def test_an_unknown_shape_is_kept_whole_where_the_layout_says_what_it_is(document: Any) -> None:
    [event] = taken(json.dumps(document).encode(), key=KEY).events
    assert (event.event_kind, event.subkind, event.vendor_id) == (EventKind.UNKNOWN, "username", "")
    held = attributes(event)
    assert held == (
        document if isinstance(document, dict) else {"value": document[0] if document == [["a"]] else document}
    )


def test_what_else_an_entry_says_is_kept_without_its_secrets() -> None:
    [event] = taken(json.dumps([{"username_hash": ANA, "name": "Ana", "since": 3, "x": {"key": "s"}}]).encode()).events
    assert attributes(event) == {"since": 3, "x": {}}
    assert event.stripped == ("x.key",)


def test_a_hash_given_twice_is_two_entries() -> None:
    raw = b'{"%b":"ana","%b":"anna"}' % (ANA.encode(), ANA.encode())
    events = taken(raw, key=KEY).events
    assert [(event.vendor_id, event.sender_display, event.flags) for event in events] == [
        (ANA, "anna", ("repaired",)),
        (ANA, "ana", ("repaired",)),
    ]


@pytest.mark.parametrize(
    "raw", [b'{"%b":"ana"' % ANA.encode(), b'[{"username_hash":"a"},', b'{"x":"y"},{"usernames":1}']
)
def test_what_is_no_json_is_quarantined(raw: bytes) -> None:
    assert taken(raw, key=KEY).reasons == ["truncated-document"]


def test_participants_of_calls_join_the_directory() -> None:
    call = {"participants": [ANA, BEN], "status": 1, "duration": 38}
    [event] = taken(a_line(msgtype=7000, message=None, call=call) + b"\n").events
    assert attributes(event)["call"]["participants"] == [entry[0] for entry in people({ANA: "ana", BEN: "ben"})]


def test_sniff_leaves_the_others_alone() -> None:
    for head in (a_line(), b"{}", b"[]", b'{"a":"b"}', b'{"%b":5}' % ANA.encode(), b"words"):
        assert not wickr_usernames.sniff(head)
    head = json.dumps({ANA: "ana@example.gov"}).encode()
    assert [reader.NAME for reader in FORMATS if reader.sniff(head)] == ["wickr-usernames"]
