from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from pipeline.intake.limits import Limits
from pipeline.intake.sources import Sources
from pipeline.model import EventKind, TimeSource
from tests.pipeline.intake.intaking import DATA, ROOM, a_line, a_zip, attributes, sources, taken

K = EventKind
DOCUMENTED = {
    "adminguide_2026.jsonl": [
        (K.FILE, ""),
        (K.MEMBERSHIP, "left"),
        (K.MEMBERSHIP, "members-changed"),
        (K.RECALL, ""),
        (K.ROOM_SETTINGS, "saved-item"),
        (K.EDIT, "edit"),
        (K.LOCATION, "live-location"),
        (K.REACTION, ""),
        (K.READ_RECEIPT, ""),
    ],
    "enterprise_guide_appendixB.jsonl": [
        (K.MESSAGE, ""),
        (K.MESSAGE, ""),
        (K.MESSAGE, ""),
        (K.FILE, ""),
        (K.KEY_VERIFICATION, "accepted"),
        (K.ROOM_SETTINGS, "room-created"),
        (K.MEMBERSHIP, "members-changed"),
        (K.ROOM_SETTINGS, "room-changed"),
        (K.ROOM_SETTINGS, "saved-item"),
        (K.ROOM_SETTINGS, "room-deleted"),
        (K.DELETE, ""),
        (K.SYSTEM, "starred"),
        (K.SYSTEM, "pinned"),
        (K.CALL, "started"),
        (K.CALL, "started"),
        (K.CALL, "completed"),
        (K.LOCATION, ""),
        (K.EDIT, "link-preview"),
    ],
    "wickrio_guide.jsonl": [
        (K.MEMBERSHIP, "left"),
        (K.DELETE, ""),
        (K.RECALL, ""),
        (K.SYSTEM, "starred"),
        (K.REACTION, ""),
        (K.REACTION, ""),
        (K.EDIT, "edit"),
        (K.EDIT, "edit"),
        (K.EDIT, "link-preview"),
    ],
}


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_every_documented_record_is_an_event_of_its_kind(name: str) -> None:
    path = DATA / "wickr_doc_samples" / name
    if not path.is_file():
        pytest.skip("the documented samples are not beside this checkout")
    outcome = taken(path.read_bytes())
    assert [(event.event_kind, event.subkind) for event in outcome.events] == DOCUMENTED[name]
    assert outcome.quarantined == []


def one(**changes: Any) -> Any:
    [event] = taken(a_line(**changes) + b"\n").events
    return event


@pytest.mark.parametrize(
    ("msg_ts", "micros"),
    [
        ("1544019125.75323", 1544019125_075323),
        ("1544019125.5", 1544019125_000005),
        ("1544019125.000000", 1544019125_000000),
        ("1544019125.999999", 1544019125_999999),
        ("1544019125", 1544019125_000000),
    ],
)
def test_the_fraction_is_an_integer_of_microseconds(msg_ts: str, micros: int) -> None:
    event = one(msg_ts=msg_ts, time="12/5/18 2:12 PM")
    assert (event.ts_utc, event.ts_source, event.ts_raw) == (micros, TimeSource.UTC, msg_ts)


@pytest.mark.parametrize("msg_ts", ["", "soon", "1.2.3", "-5.1", "1544019125.", "1544019125.1234567", "9" * 19, "٤٤.٤"])
def test_a_time_that_is_none_is_kept_and_flagged(msg_ts: str) -> None:
    event = one(msg_ts=msg_ts)
    assert (event.ts_utc, event.ts_source, event.flags) == (None, TimeSource.UNKNOWN, ("bad-time",))
    assert event.ts_raw == msg_ts and event.body == "hello"


def test_without_msg_ts_time_iso_is_a_wall_clock_and_the_display_time_is_none() -> None:
    event = one(msg_ts=None, time_iso="2023-08-04 19:10:58.901", time="8/4/23 7:10 PM")
    assert (event.ts_utc, event.ts_source) == (1691176258_901000, TimeSource.UNKNOWN)
    assert one(msg_ts=None, time="8/4/23 7:10 PM").ts_utc is None


@pytest.mark.parametrize(
    ("fields", "seconds", "flags"),
    [
        ({"time": "8/4/23 7:10 PM", "ttl": "9/3/23 7:10 PM"}, 30 * 86400, ()),
        ({"time": "8/4/23 11:59 PM", "ttl": "8/5/23 12:00 AM"}, 60, ()),
        ({"time": "8/4/23 7:19 PM", "ttl": "9/3/23 7:19 PM", "bor": "8/10/23 7:19 PM"}, 6 * 86400, ("burn-on-read",)),
        ({"time": "8/4/23 7:10 PM", "ttl": "13/45/23 7:10 PM"}, None, ()),
        ({"time": "8/4/23 7:10 PM", "ttl": "7/4/23 7:10 PM"}, None, ()),
        ({"ttl": "9/3/23 7:10 PM"}, None, ()),
        ({"time": "8/4/23 7:10 PM", "ttl": 5}, None, ()),
    ],
)
def test_expiry_is_the_difference_of_two_displays(fields: dict[str, Any], seconds: int | None, flags: object) -> None:
    event = one(**fields)
    assert event.flags == flags
    assert event.expires_utc == (None if seconds is None else event.ts_utc + seconds * 1_000_000)


@pytest.mark.parametrize(
    ("vgroupid", "kind"), [("S12", "room"), ("G12", "group"), ("7ad6", "dm"), (None, ""), ("", "")]
)
def test_the_prefix_tells_the_conversation_kind(vgroupid: str | None, kind: str) -> None:
    assert one(vgroupid=vgroupid).conversation_kind == kind


def test_what_has_a_column_leaves_the_attributes_and_the_rest_stays() -> None:
    event = one(receiver="ben@example.gov", sender_type="normal", links=[{"url": "https://a.example"}])
    assert attributes(event) == {"links": [{"url": "https://a.example"}], "msgtype": 1000, "sender_type": "normal"}
    assert (event.recipients, event.sender_id) == (("ben@example.gov",), "ana@example.gov")


def test_secrets_are_removed_and_named_wherever_they_hide() -> None:
    event = one(
        msgtype=4004,
        message=None,
        control={
            "changemask": 64,
            "title": "Files",
            "filevaultinfo": {"guid": "g", "key": "s3cret", "older": [{"thumbmeta": {"KEY": "s3cret"}}]},
        },
        keyverify={"verifiedkey": "s3cret", "msgtype": 3},
    )
    assert event.stripped == (
        "control.filevaultinfo.key",
        "control.filevaultinfo.older.thumbmeta.KEY",
        "keyverify.verifiedkey",
    )
    assert "s3cret" not in event.attributes
    assert attributes(event)["control"]["filevaultinfo"]["guid"] == "g"
    assert (event.conversation_title, event.subkind) == ("Files", "saved-item")


def test_a_secret_given_twice_or_escaped_is_removed_too() -> None:
    raw = a_line().removesuffix(b"}") + rb',"edit":{"linkimagemeta":{"key":"s3cret","ke\u0079":"s3cret"}}}'
    [event] = taken(raw + b"\n").events
    assert "s3cret" not in event.attributes
    assert event.stripped == ("edit.linkimagemeta.key", "edit.linkimagemeta.key#1")


EDIT = {"originalmessageid": "m1", "type": "text", "text": "new words"}


@pytest.mark.parametrize(
    ("fields", "kind", "subkind", "body"),
    [
        ({"edit": EDIT}, K.EDIT, "edit", "new words"),
        ({"edit": {**EDIT, "text": "https://a.example/x"}}, K.EDIT, "link-preview", "https://a.example/x"),
        ({"edit": {**EDIT, "text": "https://a.example"}, "content_edited": True}, K.EDIT, "edit", "https://a.example"),
        ({"edit": {**EDIT, "linkimagemeta": {"guid": "g"}}}, K.EDIT, "link-preview", "new words"),
        ({"edit": {**EDIT, "type": "edit_content"}, "content_edited": True}, K.EDIT, "edit", "new words"),
        ({"edit": {"type": "location", "latitude": 1.5, "shareexpiriation": ""}}, K.LOCATION, "live-location", None),
        ({"edit": {"type": "reaction", "reaction": "x", "originalmessageid": "m1"}}, K.REACTION, "", "x"),
        ({"edit": {"originalmessageid": "m1", "type": "text", "edit_content": "new"}}, K.EDIT, "edit", "new"),
        ({"edit": {"originalmessageid": "m1", "type": "edit_content", "content": "new"}}, K.EDIT, "edit", "new"),
        ({"edit": {"originalmessageid": "m1", "type": "text", "text": {"text": "new"}}}, K.EDIT, "edit", "new"),
        ({"edit": {"originalmessageid": "m1", "type": "text", "wording": "new"}}, K.EDIT, "edit", "new"),
        ({"edit": {"originalmessageid": "m1", "type": "text"}, "text": "new"}, K.EDIT, "edit", "new"),
        ({"edit": {"originalmessageid": "m1", "text": "new"}}, K.EDIT, "edit", "new"),
        ({"edit": {"msgid": "m1", "type": "text", "text": "new"}}, K.EDIT, "edit", "new"),
        ({"edit": {"type": "text", "text": "new"}, "control": {"msgid": "m1"}}, K.EDIT, "edit", "new"),
        ({"edit": {"originalmessageid": "m1", "type": "text", "text": ""}}, K.EDIT, "edit", ""),
        ({"edit": {"originalmessageid": "m1", "type": "text", "guid": "g"}}, K.UNKNOWN, "edit", None),
        ({"edit": {"originalmessageid": "m1", "type": "text", "text": [1]}}, K.UNKNOWN, "edit", None),
        ({"edit": {"type": "brand-new", "text": "t"}}, K.UNKNOWN, "edit", None),
        ({}, K.UNKNOWN, "edit", None),
    ],
)
def test_the_shapes_of_an_edit(fields: dict[str, Any], kind: EventKind, subkind: str, body: str | None) -> None:
    event = one(msgtype=9000, message=None, **fields)
    assert (event.event_kind, event.subkind, event.body) == (kind, subkind, body)
    if kind in (K.EDIT, K.REACTION):
        assert event.target_id == "m1"


@pytest.mark.parametrize("name", ["msgid", "message_id"])
@pytest.mark.parametrize(("everyone", "kind"), [(True, K.RECALL), (False, K.DELETE)])
def test_deletion_names_its_target(name: str, everyone: bool, kind: EventKind) -> None:
    event = one(msgtype=4011, message=None, control={"isrecall": everyone, name: "m1", "msgtype": 4011})
    assert (event.event_kind, event.target_id, event.vendor_id) == (kind, "m1", "a526085032fa11ee9a74053bb1017859")


def test_a_file_is_an_attachment_with_its_local_name() -> None:
    file = {"filename": "a.ogg", "localfilename": "/x/attachment_1_a.ogg", "guid": "G", "isvoicememo": True}
    event = one(msgtype=6000, message=None, file=file)
    assert [(a.name, a.path) for a in event.attachments] == [("a.ogg", "/x/attachment_1_a.ogg")]
    assert event.flags == ("voice-memo",)
    assert attributes(event)["file"] == {"guid": "G", "isvoicememo": True}


def test_a_removed_reaction_is_flagged() -> None:
    edit = {"type": "reaction", "reaction": "👍", "reactAdded": False, "originalmessageid": "m1"}
    assert one(msgtype=9100, message=None, edit=edit).flags == ("reaction-removed",)


def test_unknown_types_are_kept_whole() -> None:
    event = one(msgtype=9999, fresh={"a": [1]})
    assert event.event_kind == K.UNKNOWN and event.body is None
    assert attributes(event) == {"fresh": {"a": [1]}, "message": "hello", "msgtype": 9999}


def test_older_output_calls_the_id_id_and_none_is_allowed() -> None:
    assert one(message_id=None, id="m1").vendor_id == "m1"
    assert one(message_id=None).vendor_id == ""


def test_a_text_of_another_type_is_kept_as_text() -> None:
    event = one(message={"b": [1, "x"]})
    assert (event.body, event.flags) == ('{"b": [1, "x"]}', ("repaired",))


def test_crlf_bom_and_blank_lines() -> None:
    data = b"\xef\xbb\xbf" + a_line(message_id="m1") + b"\r\n\r\n  \n" + a_line(message_id="m2")
    outcome = taken(data)
    assert [(event.vendor_id, event.line) for event in outcome.events] == [("m1", 1), ("m2", 4)]
    assert outcome.objects[0].lines == 2


def test_equal_lines_are_two_events_with_one_digest() -> None:
    one_event, other = taken((a_line() + b"\n") * 2).events
    assert one_event.event_id != other.event_id
    assert one_event.raw_sha256 == other.raw_sha256


def test_the_source_is_named() -> None:
    declared = sources(custodian="network", network="bis.example.gov", account="official")
    [event] = taken(a_line() + b"\n", sources=declared).events
    assert (event.custodian, event.network, event.source) == ("network", "bis.example.gov", "wickr")
    [event] = taken(a_line() + b"\n", sources=Sources()).events
    assert (event.custodian, event.network) == ("", "")


SERVERLESS = f"drs/wickr-drs-encrypted/2026/03/20/{ROOM}/message/17-m1.json"
OTHER_FORM = "wickr-drs/2026/03/20/vgroupid_ABC123/message1.txt"


@pytest.mark.parametrize("indent", [None, 2])
def test_one_object_per_message(indent: int | None) -> None:
    entry = json.loads(a_line(message_id="m1"))
    outcome = taken(json.dumps(entry, indent=indent).encode(), key=SERVERLESS)
    [event] = outcome.events
    assert (event.vendor_id, event.format, event.conversation_id) == ("m1", "wickr-serverless", ROOM)
    assert attributes(event)["capture_sequence"] == 17
    assert [(row.format, row.lines) for row in outcome.objects] == [("wickr-serverless", 1)]


@pytest.mark.parametrize(("key", "conversation"), [(SERVERLESS, ROOM), (OTHER_FORM, "ABC123"), ("plain", "")])
def test_a_missing_conversation_is_taken_from_the_key_and_flagged(key: str, conversation: str) -> None:
    [event] = taken(a_line(vgroupid=None), key=key).events
    assert event.conversation_id == conversation
    assert event.flags == (("conversation-from-key",) if conversation else ())


def test_several_pretty_objects_in_one_text() -> None:
    pretty = [json.dumps(json.loads(a_line(message_id=name)), indent=1) for name in ("m1", "m2")]
    outcome = taken("\n".join(pretty).encode())
    assert [(event.vendor_id, event.line) for event in outcome.events] == [("m1", 1), ("m2", 9)]


def test_a_cut_pretty_object_is_one_truncated_entry() -> None:
    text = json.dumps(json.loads(a_line()), indent=1).encode()
    assert taken(text[:-20], key=SERVERLESS).reasons == ["truncated-line"]


def test_the_fast_event_has_the_slots_of_the_slow_one() -> None:
    from dataclasses import fields, replace

    from pipeline.intake.open_event import OpenEvent
    from pipeline.model import Event

    assert sorted(OpenEvent.__slots__) == sorted(f.name for f in fields(Event))
    [event] = taken(a_line() + b"\n").events
    assert type(event) is Event and replace(event) == event and hash(replace(event)) == hash(event)
    with pytest.raises(AttributeError):
        event.body = "x"  # type: ignore[misc]


def test_event_ids_are_those_of_the_model() -> None:
    from pipeline.model import event_id

    [event] = taken(a_line() + b"\n").events
    assert event.event_id == event_id(event.object_key, event.version_id, event.member, event.line)


def test_an_edit_whose_text_is_nowhere_keeps_all_it_has() -> None:
    edit = {"originalmessageid": "m1", "type": "text", "guid": "g"}
    assert attributes(one(msgtype=9000, message=None, edit=edit))["edit"] == edit


@pytest.mark.parametrize(
    "control", [{"changemask": 64}, {"changemask": 68, "ttl": 60}, {"filevaultinfo": {"guid": "g"}}]
)
def test_saved_items_are_told_by_their_bit_or_by_what_they_hold(control: dict[str, Any]) -> None:
    assert one(msgtype=4004, message=None, control=control).subkind == "saved-item"
    assert one(msgtype=4004, message=None, control={"changemask": 47}).subkind == "room-changed"


LOG = b"".join(a_line(message_id=f"m{n}", message=f"señal {n} {{x}} \\" + '"' + "👍") + b"\n" for n in range(4))


@pytest.mark.parametrize("at", range(len(LOG) // 4 + 1, len(LOG) // 2))
def test_a_rotated_file_is_accounted_for_wherever_it_was_cut(at: int) -> None:
    first, second = taken(LOG[:at]), taken(LOG[at:])
    found = [event.vendor_id for event in (*first.events, *second.events)]
    if LOG[at - 1 : at] == b"\n" or LOG[at : at + 1] == b"\n":
        assert (found, first.reasons, second.reasons) == (["m0", "m1", "m2", "m3"], [], [])
    else:
        assert (found, first.reasons, second.reasons) == (["m0", "m2", "m3"], ["truncated-line"], ["headless-line"])


def test_a_first_line_that_is_no_rest_of_one_is_not_called_so() -> None:
    assert taken(b"Starting the bot\n" + LOG).reasons == ["invalid-json"]
    assert taken(LOG + b'x"}\n').reasons == ["invalid-json"]


@pytest.mark.parametrize("size", [1 << 16, 300_000, 3_000_000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\n" + LOG])
def test_a_long_first_line_is_known_by_fields_behind_its_text(size: int, end: bytes) -> None:
    line = b'{"message":"' + b"x" * size + b'",' + a_line(message=None).removeprefix(b"{")
    outcome = taken(line + end)
    assert len(outcome.events) == (5 if end.endswith(LOG) else 1) and not outcome.quarantined
    assert len(outcome.events[0].body or "") == size
    assert len(taken(a_zip({"x": line + end})).events) == len(outcome.events)


def test_a_long_line_of_something_else_stays_unknown() -> None:
    assert taken(b'{"message":"' + b"x" * 100_000 + b'"}').reasons == ["unknown-format"]
    limits = Limits(line_bytes=1 << 17)
    assert taken(b'{"message":"' + b"x" * 200_000 + b'","msgtype":1000}', limits=limits).reasons == ["unknown-format"]


def test_federated_networks_keep_their_own_name_on_each_copy() -> None:
    rows = [
        {"prefix": f"{name}/", "custodian": "network", "account": "official", "network": f"{name}.example.gov"}
        for name in ("north", "south")
    ]
    declared = Sources.model_validate({"sources": rows})
    line = a_line(sender="guest@other.example.gov") + b"\n"
    [north] = taken(line, key="north/1", sources=declared).events
    [south] = taken(line, key="south/1", sources=declared).events
    assert (north.network, south.network) == ("north.example.gov", "south.example.gov")
    assert (north.vendor_id, north.conversation_id) == (south.vendor_id, south.conversation_id)
    assert north.event_id != south.event_id


LAYOUT = [
    ("wickr-drs-encrypted/2026/03/20/S12/message/17-m1.json", "S12", 17),
    ("wickr-drs-decrypted/2026/03/20/S12/message/17-m1.json", "S12", 17),
    ("2026/03/20/S12/message/17-m1.json", "S12", 17),
    ("a/b/2026/03/20/S12/message/deeper/17-m1", "S12", 17),
    ("wickr-drs/2026/03/20/vgroupid_ABC123/message1.txt", "ABC123", None),
    ("wickr-drs/2026/03/20/vgroupid_ABC123/message/message1.txt", "ABC123", None),
]


@pytest.mark.parametrize(("key", "conversation", "sequence"), LAYOUT)
def test_both_layouts_and_the_decrypted_twin(key: str, conversation: str, sequence: int | None) -> None:
    [event] = taken(a_line(vgroupid=None), key=key).events
    assert (event.conversation_id, event.flags) == (conversation, ("conversation-from-key",))
    assert attributes(event).get("capture_sequence") == sequence
    [event] = taken(a_line(), key=key).events
    assert (event.conversation_id, event.flags, event.vendor_id) == (ROOM, (), "a526085032fa11ee9a74053bb1017859")


@pytest.mark.parametrize("key", [key.replace("message/", "file/") for key, _, _ in LAYOUT[:4]])
def test_files_of_the_layout_are_attachments_whatever_they_hold(key: str) -> None:
    [row] = taken(b"\x01\0\x02" * 9, key=key.replace(".json", ".bin")).objects
    assert (row.format, row.path_hint) == ("attachment", key.replace(".json", ".bin").rpartition("/")[2])


@pytest.mark.parametrize("folder", ["message", "username"])
def test_what_the_enclave_encrypted_is_called_sealed(folder: str) -> None:
    outcome = taken(b"\x01\0\x02" * 300, key=f"wickr-drs-encrypted/2026/03/20/S12/{folder}/17-m1.json")
    assert outcome.reasons == ["sealed-unknown-algorithm"]


PAYLOADS: list[dict[str, Any]] = [
    {"time": "8/4/23 7:10 PM", "ttl": "9/3/23 7:10 PM"},
    {"msgtype": 9000, "message": None, "edit": EDIT},
    {"msgtype": 6000, "message": None, "file": {"filename": "é.pdf", "localfilename": "/x/é.pdf"}},
]
KINDS = b"".join(a_line(message_id=f"m{n}", **fields) + b"\n" for n, fields in enumerate(PAYLOADS))


def test_every_cut_keeps_the_lines_before_it() -> None:
    ends = [at for at in range(1, len(KINDS) + 1) if KINDS[at - 1 : at] == b"\n"]
    whole = taken(KINDS).events
    for size in range(len(KINDS)):
        outcome = taken(KINDS[:size])
        complete = sum(end <= size for end in ends)
        assert [event.vendor_id for event in outcome.events[:complete]] == [e.vendor_id for e in whole[:complete]]
        assert len(outcome.entries) <= complete + 1


def test_every_flip_touches_only_its_own_line() -> None:
    lines = KINDS.splitlines(keepends=True)
    for at in range(len(KINDS)):
        changed = bytearray(KINDS)
        changed[at] ^= 1 << (at % 8)
        outcome = taken(bytes(changed))
        touched = KINDS[:at].count(b"\n")
        kept = {entry.raw_sha256 for entry in outcome.entries}
        for number, line in enumerate(lines):
            if number not in (touched, touched + 1):
                assert hashlib.sha256(line[:-1]).hexdigest() in kept
