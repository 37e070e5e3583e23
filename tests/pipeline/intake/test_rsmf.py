from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from pipeline.intake.formats import FORMATS, rsmf
from pipeline.intake.limits import Limits
from pipeline.model import Event, EventKind, TimeSource
from tests.pipeline.intake.intaking import DATA, Outcome, a_line, a_zip, attributes, taken
from tests.pipeline.intake.mailing import a_file, a_mail, a_multipart, a_part, hold_under_damage

K = EventKind
AT = 1357833180_000000
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def an_event(**changes: Any) -> dict[str, Any]:
    event = {
        "id": "e1",
        "type": "message",
        "participant": "P1",
        "conversation": "C1",
        "timestamp": "2013-01-10T15:53:00Z",
        "body": "hello",
        **changes,
    }
    return {name: value for name, value in event.items() if value is not None}


def a_manifest(*events: Any, **changes: Any) -> bytes:
    manifest = {
        "version": "2.0.0",
        "participants": [
            {"id": "P1", "display": "Ana Ruiz", "email": "Ana@A.example", "avatar": "ana.png"},
            {"id": "P2", "display": "Ben", "account_id": "U2"},
            {"id": "P3", "display": "Cy"},
        ],
        "conversations": [
            {"id": "C1", "platform": "Slack", "type": "channel", "display": "gate", "participants": ["P1", "P2", "P3"]}
        ],
        "events": list(events or [an_event()]),
        "eventcollectionid": "col-1",
        **changes,
    }
    return json.dumps({name: value for name, value in manifest.items() if value is not None}).encode()


def a_file_of(manifest: bytes, files: dict[str, bytes] | None = None, **headers: str | None) -> bytes:
    zipped = a_zip({**(files or {}), "rsmf_manifest.json": manifest})
    text = a_part("Ana Ruiz: hello", Content_Type="text/plain")
    return a_multipart(text, a_file(zipped, "rsmf.zip"), **{"X_RSMF_Version": "2.0.0", **headers})


def read(data: bytes, **options: Any) -> Outcome:
    outcome = taken(data, key="r", **options)
    assert {event.format for event in outcome.events} == {"rsmf"}
    return outcome


def said(outcome: Outcome) -> list[Event]:
    return [event for event in outcome.events if event.event_kind is not K.DIRECTORY]


def one(*, manifest: dict[str, Any] | None = None, **changes: Any) -> Event:
    outcome = read(a_manifest(an_event(**changes), **(manifest or {})))
    assert outcome.quarantined == []
    return said(outcome)[0]


def test_the_columns_of_an_event() -> None:
    event = one(parent="e0", importance="high", direction="outgoing", custom=[{"name": "x", "value": ""}])
    assert (event.event_kind, event.source, event.body) == (K.MESSAGE, "slack", "hello")
    assert (event.sender_id, event.sender_display) == ("ana@a.example", "Ana Ruiz")
    assert event.recipients == ("U2", "Cy")
    assert (event.ts_utc, event.ts_source, event.ts_raw) == (AT, TimeSource.UTC, "2013-01-10T15:53:00Z")
    assert event.vendor_id == "col-1:C1:e1"
    assert (event.conversation_id, event.conversation_kind) == ("slack:rsmf:col-1:C1", "channel")
    assert event.conversation_title == "gate" and event.flags == ("high-importance",)
    kept = attributes(event)
    assert kept["shown"] == {"reply_to": "col-1:C1:e0"}
    assert kept["custom"] == [{"name": "x", "value": ""}] and kept["direction"] == "outgoing"


@pytest.mark.parametrize(
    ("name", "kind", "subkind"),
    [
        ("message", K.MESSAGE, ""),
        ("Disclaimer", K.SYSTEM, "disclaimer"),
        ("join", K.MEMBERSHIP, "member-joined"),
        ("leave", K.MEMBERSHIP, "member-left"),
        ("history", K.SYSTEM, "history"),
        ("unknown", K.UNKNOWN, ""),
        ("Brand New", K.UNKNOWN, "brand-new"),
        (None, K.UNKNOWN, ""),
        (7, K.UNKNOWN, "7"),
    ],
)
def test_types(name: Any, kind: EventKind, subkind: str) -> None:
    event = one(type=name)
    assert (event.event_kind, event.subkind) == (kind, subkind)


def test_directories_come_first_and_say_who_is_who() -> None:
    outcome = read(a_manifest())
    assert [(e.line, e.event_kind, e.subkind) for e in outcome.events] == [
        (1, K.DIRECTORY, "manifest"),
        (2, K.DIRECTORY, "user"),
        (3, K.DIRECTORY, "user"),
        (4, K.DIRECTORY, "user"),
        (5, K.DIRECTORY, "conversation"),
        (6, K.MESSAGE, ""),
    ]
    assert [(e.vendor_id, e.sender_display) for e in outcome.events[1:4]] == [
        ("ana@a.example", "Ana Ruiz"),
        ("U2", "Ben"),
        ("Cy", "Cy"),
    ]
    assert outcome.events[4].vendor_id == "slack:rsmf:col-1:C1"


def test_people_and_conversations_may_stand_behind_the_events() -> None:
    manifest = json.loads(a_manifest())
    turned = json.dumps(dict(reversed(manifest.items()))).encode()
    outcome = read(turned)
    assert [(e.sender_id, e.vendor_id) for e in said(outcome)] == [("ana@a.example", "col-1:C1:e1")]


def test_two_people_of_one_name_keep_their_ids() -> None:
    people = [{"id": "P1", "display": "Sam"}, {"id": "P2", "display": "Sam"}]
    assert one(manifest={"participants": people}).sender_id == "Sam (P1)"


def test_edits_give_the_first_wording_and_an_event_each() -> None:
    edits = [
        {"participant": "P1", "timestamp": "2013-01-10T15:54:00Z", "previous": "first", "new": "second"},
        {"participant": "P2", "timestamp": "2013-01-10T15:55:00Z", "previous": "second", "new": "hello"},
    ]
    first, *later = said(read(a_manifest(an_event(edits=edits))))
    assert (first.body, first.flags) == ("first", ("edited",))
    assert [(e.event_kind, e.body, e.sender_id, e.target_id, e.ts_utc) for e in later] == [
        (K.EDIT, "second", "ana@a.example", "col-1:C1:e1", AT + 60_000_000),
        (K.EDIT, "hello", "U2", "col-1:C1:e1", AT + 120_000_000),
    ]
    assert attributes(later[0]) == {"previous": "first"}


def test_old_wordings_in_custom_fields_are_kept_and_flagged() -> None:
    event = one(custom=[{"name": "Edit1", "value": "older"}])
    assert event.body == "hello" and event.flags == ("edited",)
    assert attributes(event)["custom"] == [{"name": "Edit1", "value": "older"}]


def test_reactions_and_receipts() -> None:
    reactions = [
        {"value": "👍", "count": 3, "participants": ["P2"]},
        {"value": "🎉", "count": 1},
    ]
    receipts = [{"participant": "P3", "timestamp": "2013-01-10T15:56:00Z", "action": "read"}]
    _, *about = said(read(a_manifest(an_event(reactions=reactions, read_receipts=receipts))))
    assert [(e.event_kind, e.body, e.sender_id, e.target_id, e.subkind) for e in about] == [
        (K.REACTION, "👍", "U2", "col-1:C1:e1", ""),
        (K.REACTION, "👍", "", "col-1:C1:e1", ""),
        (K.REACTION, "🎉", "", "col-1:C1:e1", ""),
        (K.READ_RECEIPT, None, "Cy", "col-1:C1:e1", "read"),
    ]
    assert attributes(about[1])["unnamed"] == 2 and about[3].ts_utc == AT + 180_000_000


def test_what_is_done_to_an_event_without_id_finds_it() -> None:
    first, reaction = said(read(a_manifest(an_event(id=None, reactions=[{"value": "x", "count": 1}]))))
    assert first.vendor_id and reaction.target_id == first.vendor_id
    assert one(id=None).vendor_id == ""


def test_without_a_collection_ids_hold_inside_the_manifest() -> None:
    data = a_manifest(eventcollectionid=None)
    [event] = said(read(data))
    assert event.vendor_id == f"{hashlib.sha256(data).hexdigest()[:32]}:C1:e1"
    mailed = said(read(a_file_of(data)))[0]
    assert mailed.vendor_id == event.vendor_id
    assert said(read(a_file_of(data, X_RSMF_EventCollectionID="col-9")))[0].vendor_id == "col-9:C1:e1"


@pytest.mark.parametrize(
    ("timestamp", "timezone", "micros", "source", "flags"),
    [
        ("2013-01-10T15:53:00", "", AT, TimeSource.UNKNOWN, ()),
        ("2013-01-10T15:53:00", "America/Denver", AT + 7 * 3600_000000, TimeSource.ZONE_FROM_CONFIG, ()),
        ("2013-01-10T16:53:00.5+01:00", "", AT + 500_000, TimeSource.OFFSET, ()),
        ("yesterday", "", None, TimeSource.UNKNOWN, ("bad-time",)),
        (None, "", None, TimeSource.UNKNOWN, ()),
    ],
)
def test_times(timestamp: Any, timezone: str, micros: int | None, source: TimeSource, flags: object) -> None:
    [event] = said(read(a_manifest(an_event(timestamp=timestamp)), timezone=timezone))
    assert (event.ts_utc, event.ts_source, event.flags) == (micros, source, flags)


@pytest.mark.parametrize(
    ("changes", "body", "flags"),
    [
        ({"body": 5}, "5", ("repaired",)),
        ({"body": ["a"]}, '["a"]', ("repaired",)),
        ({"body": None}, "", ()),
        ({"deleted": True}, "hello", ("deleted",)),
        ({"deleted": "true"}, "hello", ("deleted",)),
        ({"deleted": False}, "hello", ()),
        ({"participant": 1}, "hello", ("repaired",)),
        ({"conversation": None}, "hello", ("conversation-assumed",)),
        ({"edits": {"new": "x"}}, "hello", ("edited", "repaired")),
        ({"reactions": "x"}, "hello", ("repaired",)),
        ({"attachments": ["a.png", 7, {}]}, "hello", ("repaired",)),
        ({"shown": {"subject": "smuggled"}, "location": 1}, "hello", ()),
    ],
)
def test_wrong_types_are_taken_as_they_can_be(changes: dict[str, Any], body: str, flags: object) -> None:
    event = one(**changes)
    assert (event.body, event.flags) == (body, flags)
    assert "shown" not in attributes(event)


def test_an_event_that_is_no_object_is_quarantined() -> None:
    outcome = read(a_manifest(an_event(), 7, [], {}, an_event(id="e2")))
    assert [event.vendor_id for event in said(outcome)] == ["col-1:C1:e1", "col-1:C1:e2"]
    assert [(entry.reason, entry.line) for entry in outcome.quarantined] == [
        ("not-an-object", 7),
        ("not-an-object", 8),
        ("empty-object", 9),
    ]


def test_files_of_the_zip_are_attachments() -> None:
    named = [{"id": "ana.png", "display": "photo.png", "size": 28}, {"id": "gone.pdf", "display": "gone.pdf"}]
    outcome = read(a_file_of(a_manifest(an_event(attachments=named)), {"ana.png": PNG, "loose.txt": b"x"}))
    [event] = said(outcome)
    there, gone = event.attachments
    assert (there.name, there.path, there.sha256) == ("photo.png", "ana.png", hashlib.sha256(PNG).hexdigest())
    assert (gone.name, gone.note, gone.sha256) == ("gone.pdf", "omitted", "")
    assert [row.member for row in outcome.objects] == ["", "rsmf.zip!/ana.png", "rsmf.zip!/loose.txt", "part/1"]
    assert outcome.events[1].attachments[0].member == "rsmf.zip!/ana.png"
    assert attributes(event)["attachment_fields"] == [{"id": "ana.png", "size": 28}]


def test_in_a_bare_zip_files_are_members() -> None:
    manifest = a_manifest(an_event(attachments=[{"id": "ana.png"}]))
    outcome = taken(a_zip({"ana.png": PNG, "rsmf_manifest.json": manifest}), key="x.zip")
    event = outcome.events[-1]
    assert (event.member, event.attachments[0].path) == ("rsmf_manifest.json", "ana.png")
    assert {row.member for row in outcome.objects} >= {"ana.png", "rsmf_manifest.json"}


def test_the_header_is_kept_and_held_against_the_manifest() -> None:
    outcome = read(a_file_of(a_manifest(), X_RSMF_EventCount="3", X_RSMF_Generator="t"))
    assert attributes(outcome.events[0])["headers"]["X-RSMF-Generator"] == ["t"]
    assert attributes(outcome.events[0])["manifest"] == {"version": "2.0.0", "eventcollectionid": "col-1"}
    assert [(e.reason, e.detail) for e in outcome.quarantined] == [("count-differs", "states 3, holds 1")]
    assert read(a_file_of(a_manifest(), X_RSMF_EventCount="1")).quarantined == []


def test_names_that_climb_out_of_the_zip_are_refused() -> None:
    outcome = read(a_file_of(a_manifest(), {"../up.png": PNG}))
    assert len(said(outcome)) == 1
    assert [(entry.reason, entry.member) for entry in outcome.quarantined] == [("zip-path", "rsmf.zip!/../up.png")]


def test_a_bomb_in_the_zip_is_refused() -> None:
    outcome = read(a_file_of(a_manifest(), {"bomb": bytes(64 << 20)}))
    assert len(said(outcome)) == 1 and [entry.reason for entry in outcome.quarantined] == ["zip-ratio"]


def test_without_a_manifest_the_mail_is_read() -> None:
    broken = a_multipart(
        a_part("Ana: hello", Content_Type="text/plain"), a_file(b"PK\3\4 no zip", "rsmf.zip"), X_RSMF_Version="1"
    )
    outcome = read(broken)
    assert [event.body for event in outcome.events] == ["Ana: hello"] and outcome.reasons == ["zip-broken"]
    outcome = read(a_mail("just text", X_RSMF_Version="1.0.0"))
    assert [event.body for event in outcome.events] == ["just text"] and outcome.reasons == ["manifest-file-missing"]
    assert len({row.member for row in outcome.objects}) == len(outcome.objects)


def test_a_manifest_that_is_cut() -> None:
    data = a_manifest(an_event(), an_event(id="e2"))
    at = data.index(b'"e2"')
    outcome = read(data[:at])
    assert [event.body for event in said(outcome)] == ["hello"]
    assert [(entry.reason, entry.line) for entry in outcome.quarantined] == [("truncated-document", 7)]


def test_size_changes_nothing() -> None:
    manifest = a_manifest(*[an_event(id=f"e{n}", body="x" * 100) for n in range(300)])
    data = a_file_of(manifest, {"ana.png": PNG * 2000})
    small = Limits(document_bytes=20_000, line_bytes=10_000, memory_bytes=5_000)
    whole, streamed = said(read(data)), said(read(data, limits=small))
    assert whole == streamed and len(whole) == 300


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("sample.rsmf", ["This is body text."]),
        ("message.eml", ["This is body text."]),
        ("rsmf.zip", [""]),
        ("sample1_rsmf_manifest.json", [""]),
        ("sample4_rsmf_manifest.json", ["Here is an event body"]),
    ],
)
def test_valid_and_invalid_samples_of_others_give_all_events(name: str, texts: list[str]) -> None:
    path = DATA / "rsmf_relativity" / name
    if not path.is_file():
        pytest.skip("the RSMF samples are not beside this checkout")
    outcome = read(path.read_bytes())
    assert [event.body for event in said(outcome)] == texts
    assert outcome.quarantined == [] and len(outcome.events) == 4


def test_sniff() -> None:
    for head in (a_file_of(a_manifest()), a_manifest(), b"\xef\xbb\xbf" + a_manifest()):
        assert next(reader.NAME for reader in FORMATS if reader.sniff(head)) == "rsmf"
    for head in (a_mail(), a_line(), b'{"events": []}', b'{"version": "1", "messages": []}', b"", b"{"):
        assert not rsmf.sniff(head)


def test_any_damage_leaves_an_outcome() -> None:
    edits = [{"participant": "P1", "timestamp": "x", "previous": "a", "new": "b"}]
    hold_under_damage(rsmf, a_manifest(an_event(edits=edits, reactions=[{"value": "x", "count": 2}])))
    hold_under_damage(rsmf, a_file_of(a_manifest(), {"a.png": PNG}), step=3)
