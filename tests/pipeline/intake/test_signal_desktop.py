from __future__ import annotations

import random
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3

from pipeline.intake.formats import signal_desktop
from pipeline.intake.place import Limits
from pipeline.model import Event, EventKind, TimeSource
from pipeline.storage import FolderZone, ObjectInfo
from tests.pipeline.intake.intaking import Outcome, a_zip, attributes, sources, taken
from tests.pipeline.intake.intaking import read as read_zone
from tests.pipeline.intake.signal_profile import (
    ANA,
    BEN,
    CARLA,
    GROUP,
    NOON,
    PEOPLE,
    a_message,
    fill,
    insert,
    key_text,
    locked_file,
    profile,
    sealed_profile,
)

K = EventKind
KEYS = bytes(range(64))


def read(*messages: dict[str, Any], **options: Any) -> Outcome:
    """The outcome of a database; its entries for the four conversations are left out."""
    outcome = taken(profile(messages, **options), key="signal/ana/sql/db.sqlite")
    return Outcome(outcome.entries[len(PEOPLE) :], outcome.objects)


def one(message: dict[str, Any], **options: Any) -> Event:
    return read(message, **options).events[0]


def shown(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = attributes(event).get("shown", {})
    return found


def outgoing(**changes: Any) -> dict[str, Any]:
    return a_message(type="outgoing", sourceServiceId=None, **changes)


def test_knows_its_tables() -> None:
    assert signal_desktop.knows(frozenset(("messages", "conversations", "items")))
    assert not signal_desktop.knows(frozenset(("message", "chat", "handle")))


def test_a_message_and_who_wrote_it() -> None:
    event = one(a_message())
    assert (event.event_kind, event.source, event.format) == (K.MESSAGE, "signal", "signal-desktop")
    assert (event.vendor_id, event.body) == (f"{BEN}:{NOON}", "hello")
    assert (event.sender_id, event.sender_display, event.recipients) == (BEN, "Ben Doe", (ANA,))
    assert (event.ts_utc, event.ts_source, event.ts_raw) == (NOON * 1000, TimeSource.UTC, str(NOON))
    assert (event.conversation_id, event.conversation_kind) == (f"signal:{ANA},{BEN}", "dm")
    assert (event.conversation_title, event.line) == ("Ben Doe", 5)


def test_the_owner_writes_to_a_group() -> None:
    event = one(outgoing(conversationId="c-group"))
    assert (event.sender_id, event.sender_display, event.vendor_id) == (ANA, "Ana Quintanilla", f"{ANA}:{NOON}")
    assert (event.conversation_id, event.conversation_kind) == (f"signal:{GROUP}", "group")
    assert event.recipients == (BEN, CARLA)


def test_both_sides_of_a_chat_name_it_and_its_messages_alike() -> None:
    ana = one(a_message())
    people = [
        {"id": "x-1", "type": "private", "serviceId": ANA, "name": "Ana Q."},
        {"id": "x-2", "type": "private", "serviceId": BEN, "name": "Myself"},
    ]
    theirs = profile([outgoing(id="other", conversationId="x-1")], conversations=people)
    theirs = theirs.replace(f"{ANA}.2".encode(), f"{BEN}.2".encode())
    ben = taken(theirs, key="signal/ben/db.sqlite").events[2]
    assert (ben.vendor_id, ben.conversation_id, ben.sender_id) == (ana.vendor_id, ana.conversation_id, ana.sender_id)
    assert ben.event_id != ana.event_id


def test_conversations_are_directory_entries_without_their_keys() -> None:
    events = taken(profile(), key="db.sqlite").events
    assert [(e.event_kind, e.subkind, e.vendor_id) for e in events] == [
        (K.DIRECTORY, "user", ANA),
        (K.DIRECTORY, "user", BEN),
        (K.DIRECTORY, "user", CARLA),
        (K.DIRECTORY, "conversation", GROUP),
    ]
    assert [e.sender_display for e in events] == ["Ana Quintanilla", "Ben Doe", "Carla Roe", ""]
    assert (events[3].conversation_title, events[3].recipients) == ("Harbor watch", (ANA, BEN, CARLA))
    assert (events[1].stripped, events[3].stripped) == (("profileKey",), ("masterKey", "secretParams"))
    assert not any("s3cret" in event.attributes for event in events)
    assert attributes(events[1])["about"] == "on shift"


def test_an_edited_message_starts_with_its_first_text() -> None:
    history = [
        {"body": "third", "timestamp": NOON + 9000},
        {"body": "second", "timestamp": NOON + 8000, "received_at": 7},
        {"body": "first", "timestamp": NOON},
    ]
    message, *edits = read(a_message(body="third", json={"editHistory": history})).events
    assert message.body == "first"
    assert [(e.event_kind, e.body, e.ts_utc, e.target_id, e.sender_id) for e in edits] == [
        (K.EDIT, "second", (NOON + 8000) * 1000, message.vendor_id, BEN),
        (K.EDIT, "third", (NOON + 9000) * 1000, message.vendor_id, BEN),
    ]
    assert (attributes(edits[0]), "body" in attributes(message)) == ({"received_at": 7}, False)


def test_a_text_that_the_history_does_not_have_is_kept() -> None:
    history = [{"body": "new", "timestamp": 2}, {"body": "old", "timestamp": 1}]
    assert attributes(one(a_message(body="stale", json={"editHistory": history})))["body"] == "stale"


def test_an_edit_of_which_only_the_mark_is_left() -> None:
    assert one(a_message(json={"editMessageTimestamp": NOON + 1})).flags == ("edited",)


def test_reactions_are_about_the_message() -> None:
    reactions = [
        {"emoji": "👍", "fromId": "c-carla", "timestamp": NOON + 1, "targetTimestamp": NOON},
        {"fromId": "c-ana", "timestamp": NOON + 2},
    ]
    message, first, removed = read(a_message(json={"reactions": reactions})).events
    assert (first.event_kind, first.body, first.sender_id, first.sender_display) == (
        K.REACTION,
        "👍",
        CARLA,
        "Carla Roe",
    )
    assert (first.target_id, first.ts_utc) == (message.vendor_id, (NOON + 1) * 1000)
    assert (removed.body, removed.flags, removed.sender_id) == (None, ("reaction-removed",), ANA)


def test_who_read_it_and_when() -> None:
    states = {
        "c-ben": {"status": "Read", "updatedAt": NOON + 5},
        "c-carla": {"status": "Viewed"},
        "c-ana": {"status": "Sent", "updatedAt": NOON + 1},
    }
    message, *receipts = read(outgoing(conversationId="c-group", json={"sendStateByConversationId": states})).events
    assert [(e.event_kind, e.sender_id, e.ts_utc) for e in receipts] == [
        (K.READ_RECEIPT, BEN, (NOON + 5) * 1000),
        (K.READ_RECEIPT, CARLA, None),
    ]
    assert attributes(message)["sendStateByConversationId"] == states
    receipt = read(a_message(json={"readAt": NOON + 60_000})).events[1]
    assert (receipt.event_kind, receipt.sender_id, receipt.ts_utc) == (K.READ_RECEIPT, ANA, (NOON + 60_000) * 1000)


def test_a_message_that_could_not_be_sent() -> None:
    states = {"c-ben": {"status": "Failed"}}
    assert shown(one(outgoing(json={"sendStateByConversationId": states}))) == {"delivery": "failed"}


def test_a_message_deleted_for_everyone() -> None:
    deleted = {"deletedForEveryone": True, "deletedForEveryoneTimestamp": NOON + 7}
    message, recall = read(a_message(body=None, json=deleted)).events
    assert (message.event_kind, message.body, message.flags) == (K.MESSAGE, "", ("deleted",))
    assert (recall.event_kind, recall.sender_id, recall.ts_utc) == (K.RECALL, BEN, (NOON + 7) * 1000)
    assert recall.target_id == message.vendor_id


def test_disappearing_and_view_once() -> None:
    event = one(a_message(expireTimer=3600, expirationStartTimestamp=NOON + 1000))
    assert event.expires_utc == (NOON + 1000 + 3_600_000) * 1000
    assert shown(event) == {"expires_after": "3600"}
    unread = one(a_message(expireTimer=60))
    assert (unread.expires_utc, shown(unread)) == (None, {"expires_after": "60"})
    photo = {"attachments": [{"contentType": "image/jpeg", "size": 3}]}
    once = one(a_message(body=None, isViewOnce=1, isErased=1, json=photo))
    assert (once.event_kind, once.body, once.flags) == (K.FILE, "", ("view-once",))
    assert once.attachments[0].note == "view-once"


def test_a_quote_and_mentions_count_utf16_units() -> None:
    body = "👍 \ufffc and \ufffc"
    ranges = [{"start": 9, "length": 1, "mentionAci": CARLA}, {"start": 3, "length": 1, "mentionUuid": BEN}]
    quote = {"id": NOON - 5, "authorAci": CARLA, "text": "before"}
    event = one(a_message(body=body, json={"bodyRanges": ranges, "quote": quote}))
    assert event.body == "👍 @Ben Doe and @Carla Roe"
    assert attributes(event)["body_source"] == body
    assert shown(event) == {"quote": "before", "quote_by": "Carla Roe", "reply_to": f"{CARLA}:{NOON - 5}"}


@pytest.mark.parametrize("ranges", [[{"start": 1, "length": 99, "mentionAci": BEN}], "x", [{"start": -1}], [5]])
def test_odd_ranges_leave_the_text_alone(ranges: Any) -> None:
    assert one(a_message(json={"bodyRanges": ranges})).body == "hello"


@pytest.mark.parametrize(
    ("json", "subkind", "found"),
    [
        ({"sticker": {"emoji": "🐱", "packId": "p", "packKey": "s3cret"}}, "sticker", {"sticker": "🐱"}),
        (
            {"contact": [{"name": {"displayName": "Dora"}, "number": [{"value": "+1520"}]}]},
            "contact",
            {"contact": "Dora, +1520"},
        ),
        (
            {"preview": [{"url": "https://a.example", "title": "T", "description": "D"}]},
            "",
            {"link": "https://a.example", "link_title": "T", "link_description": "D"},
        ),
        (
            {"poll": {"question": "When?", "options": ["now", "never"]}},
            "",
            {"poll": "When?", "poll_options": ["now", "never"]},
        ),
        ({"storyReaction": {"emoji": "🔥"}}, "", {"event": "Reacted to a story: 🔥"}),
        ({"giftBadge": {"level": 1}}, "", {"event": "Gift badge"}),
    ],
)
def test_what_was_shown_beside_the_text(json: dict[str, Any], subkind: str, found: dict[str, Any]) -> None:
    event = one(a_message(json=json))
    assert (event.event_kind, event.subkind, shown(event)) == (K.MESSAGE, subkind, found)
    assert "s3cret" not in event.attributes


@pytest.mark.parametrize(
    ("type_", "json", "kind", "subkind", "sender", "found"),
    [
        (
            "group-v2-change",
            {"groupV2Change": {"from": BEN, "details": [{"type": "member-add", "aci": CARLA}]}},
            K.MEMBERSHIP,
            "member-added",
            BEN,
            {"event": "Group changed: member add", "members_added": ["Carla Roe"]},
        ),
        (
            "group-v2-change",
            {"groupV2Change": {"from": BEN, "details": [{"type": "member-remove", "uuid": BEN}]}},
            K.MEMBERSHIP,
            "member-left",
            BEN,
            {"event": "Group changed: member remove", "members_removed": ["Ben Doe"]},
        ),
        (
            "group-v2-change",
            {"groupV2Change": {"details": [{"type": "title", "newTitle": "Night watch"}]}},
            K.ROOM_SETTINGS,
            "subject-changed",
            "",
            {"event": "Group changed: title", "room_title": "Night watch"},
        ),
        (
            "timer-notification",
            {"expirationTimerUpdate": {"expireTimer": 86400, "sourceServiceId": BEN}},
            K.ROOM_SETTINGS,
            "disappearing-timer",
            BEN,
            {"event": "Disappearing messages turned on", "expires_after": "86400"},
        ),
        (
            "keychange",
            {"key_changed": BEN},
            K.KEY_VERIFICATION,
            "safety-number-changed",
            BEN,
            {"event": "Safety number changed"},
        ),
        (
            "verified-change",
            {"verifiedChanged": "c-ben", "verified": True, "local": True},
            K.KEY_VERIFICATION,
            "verified",
            ANA,
            {"event": "Safety number marked as verified", "contact": "Ben Doe"},
        ),
        (
            "profile-change",
            {"changedId": "c-ben", "profileChange": {"type": "name", "oldName": "B", "newName": "Ben"}},
            K.SYSTEM,
            "profile-changed",
            BEN,
            {"event": "Name changed from B to Ben"},
        ),
        ("group", {"group_update": {"joined": ["c-carla"]}}, K.MEMBERSHIP, "member-added", "", ...),
        ("chat-session-refreshed", {}, K.SYSTEM, "chat-session-refreshed", "", ...),
        ("from-the-future", {"brandNew": {"a": 1}}, K.UNKNOWN, "from-the-future", "", {}),
    ],
)
def test_rows_that_nobody_wrote(
    type_: str, json: dict[str, Any], kind: EventKind, subkind: str, sender: str, found: Any
) -> None:
    event = one(a_message(type=type_, body=None, sourceServiceId=None, conversationId="c-group", json=json))
    assert (event.event_kind, event.subkind, event.sender_id, event.vendor_id) == (kind, subkind, sender, "m-1")
    assert found is ... or shown(event) == found


CALL = {
    "callId": "99",
    "peerId": BEN,
    "mode": "Direct",
    "type": "Video",
    "direction": "Incoming",
    "status": "Accepted",
    "timestamp": NOON,
    "endedTimestamp": NOON + 61_000,
}


def test_a_call_and_what_the_history_of_calls_knows_of_it() -> None:
    outcome = read(a_message(type="call-history", body=None, sourceServiceId=None, json={"callId": "99"}), calls=[CALL])
    assert len(outcome.events) == 1
    event = outcome.events[0]
    assert (event.event_kind, event.subkind, event.sender_id) == (K.CALL, "completed", BEN)
    assert shown(event) == {"event": "Incoming video call", "call_duration": "61"}


def test_a_call_without_a_message_is_an_entry_too() -> None:
    event = one({**a_message(), "id": "m-9"}, calls=[{**CALL, "status": "Missed"}])
    assert event.event_kind is K.MESSAGE
    call = read(a_message(), calls=[{**CALL, "status": "Missed"}]).events[1]
    assert (call.event_kind, call.subkind, call.vendor_id, call.ts_utc) == (K.CALL, "missed", "99", NOON * 1000)
    assert call.conversation_id == f"signal:{ANA},{BEN}"


@pytest.mark.parametrize(
    ("details", "subkind", "sender"),
    [
        ({"wasIncoming": True, "acceptedTime": NOON, "endedTime": NOON + 5000}, "completed", BEN),
        ({"wasIncoming": True}, "missed", BEN),
        ({"wasIncoming": False, "wasDeclined": True}, "declined", ANA),
    ],
)
def test_calls_of_older_versions(details: dict[str, Any], subkind: str, sender: str) -> None:
    json = {"callHistoryDetails": {"callMode": "Direct", **details}}
    event = one(a_message(type="call-history", body=None, sourceServiceId=None, json=json))
    assert (event.subkind, event.sender_id) == (subkind, sender)


def test_the_oldest_schema_keeps_everything_in_its_json() -> None:
    json = {
        "timestamp": NOON,
        "read_by": ["+15205550101"],
        "attachments": [{"fileName": "a.jpg", "contentType": "image/jpeg", "path": "ab\\abcd", "size": 3}],
    }
    row = {"id": "m", "type": "outgoing", "conversationId": "c-ben", "json": json}
    message, receipt = read(row, schema="old").events
    assert (message.event_kind, message.subkind, message.ts_utc) == (K.FILE, "image", NOON * 1000)
    assert (message.attachments[0].name, message.attachments[0].path) == ("a.jpg", "ab/abcd")
    assert (receipt.sender_id, receipt.ts_utc) == (BEN, None)
    incoming = one({**row, "type": "incoming", "source": "+15205550101"}, schema="old")
    assert incoming.sender_id == BEN


def test_a_time_of_two_halves_and_no_time_at_all() -> None:
    halves = {"high": NOON >> 32, "low": (NOON & 0xFFFFFFFF) - (1 << 32)}
    assert one(a_message(sent_at=None, json={"sent_at": halves})).ts_utc == NOON * 1000
    missing = one(a_message(sent_at=None))
    assert (missing.ts_utc, missing.ts_source, missing.vendor_id) == (None, TimeSource.UNKNOWN, "m-1")
    assert one(a_message(sent_at=1 << 60)).flags == ("bad-time",)


def test_a_clock_that_runs_ahead_is_marked() -> None:
    assert one(a_message(serverTimestamp=NOON - 600_000)).flags == ("clock-ahead",)


def test_a_json_that_is_none_costs_nothing_else() -> None:
    row = {"id": "m", "type": "incoming", "body": "hello", "source": "+15205550101", "sent_at": NOON}
    event = one({**row, "json": "{broken"}, schema="old")
    assert (event.body, event.flags, attributes(event)["json"]) == ("hello", ("repaired",), "{broken")
    mended = one({**row, "json": '{"x": "\\ud83d"}'}, schema="old")
    assert (mended.flags, attributes(mended)["x"]) == (("repaired",), "\ufffd")


def test_values_of_the_wrong_type_are_kept() -> None:
    event = one(a_message(body=5, json={"reactions": "x", "attachments": 7, "quote": [1], "editHistory": {"a": 1}}))
    assert (event.event_kind, event.body) == (K.MESSAGE, "5")
    assert attributes(event)["attachments"] == 7


def test_without_its_owner_a_chat_is_the_custodians() -> None:
    outcome = taken(profile([outgoing()], items=False), key="db.sqlite", sources=sources())
    event = outcome.events[len(PEOPLE)]
    assert (event.sender_id, event.conversation_id) == ("mreyes", f"signal:{BEN},mreyes")


def attachment(**changes: Any) -> dict[str, Any]:
    row = {
        "messageId": "m-1",
        "editHistoryIndex": -1,
        "attachmentType": "attachment",
        "orderInMessage": 0,
        "conversationId": "c-ben",
        "sentAt": NOON,
        "size": 5,
        "contentType": "image/png",
        "path": "ab/abcd",
        "localKey": key_text(KEYS),
        "fileName": "plan.png",
        "version": 2,
        "transitCdnKey": "s3cret",
    }
    return {**row, **changes}


def test_attachments_are_decrypted_where_they_lie_beside_it() -> None:
    database = profile([a_message(body=None)], attachments=[attachment()])
    data = b"\x89PNG\r\n\x1a\n"
    database = profile([a_message(body=None)], attachments=[attachment(size=len(data))])
    files = {"p/sql/db.sqlite": database, "p/attachments.noindex/ab/abcd": locked_file(data, KEYS)}
    outcome = taken(a_zip(files), key="p.zip")
    event = outcome.events[-1]
    found = event.attachments[0]
    assert (event.event_kind, event.subkind) == (K.FILE, "image")
    assert (found.name, found.path, found.size, found.mime) == ("plan.png", "ab/abcd", len(data), "image/png")
    assert found.member == "p/sql/db.sqlite!/5/0" and len(found.sha256) == 64
    assert "s3cret" not in event.attributes and key_text(KEYS) not in event.attributes
    assert {row.member: row.format for row in outcome.objects}["p/attachments.noindex/ab/abcd"] == "attachment"
    assert outcome.reasons == []


@pytest.mark.parametrize("spoil", ["absent", "changed", "key"])
def test_attachments_that_do_not_open_are_named(spoil: str) -> None:
    data = locked_file(b"hello", KEYS)
    if spoil == "changed":
        data = data[:20] + b"\0" + data[21:]
    key = "x" if spoil == "key" else key_text(KEYS)
    files = {"sql/db.sqlite": profile([a_message()], attachments=[attachment(localKey=key)])}
    if spoil != "absent":
        files["attachments.noindex/ab/abcd"] = data
    event = taken(a_zip(files), key="p.zip").events[-1]
    assert [(one.name, one.note, one.sha256) for one in event.attachments] == [("plan.png", "encrypted", "")]


SECRET = bytes(range(32))


def stored_sealed(in_zip: bool, secret: str, **changes: Any) -> Outcome:
    data = sealed_profile(SECRET, [a_message()])
    name = "signal/ana/sql/db.sqlite"
    if in_zip:
        return taken(a_zip({name: data}), key="ana.zip", sources=sources(secret=secret))
    return taken(data, key=changes.get("key", name), sources=sources(secret=secret))


@pytest.mark.parametrize("in_zip", [False, True])
def test_a_sealed_database_is_opened_with_its_key(in_zip: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNAL_KEY", SECRET.hex())
    outcome = stored_sealed(in_zip, "env:SIGNAL_KEY")
    assert outcome.reasons == []
    assert [e.body for e in outcome.events if e.event_kind is K.MESSAGE] == ["hello"]
    assert {row.format for row in outcome.objects} == {"archive" if in_zip else "sealed", "signal-desktop"}


@pytest.mark.parametrize("in_zip", [False, True])
@pytest.mark.parametrize(
    ("value", "secret", "reason"),
    [
        ("00" * 32, "env:SIGNAL_KEY", "sealed-wrong-key"),
        ("", "env:SIGNAL_KEY", "sealed-no-key"),
        ("00" * 32, "", "sealed-no-key"),
    ],
)
def test_a_sealed_database_that_stays_closed(
    in_zip: bool, value: str, secret: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNAL_KEY", value)
    outcome = stored_sealed(in_zip, secret)
    assert (outcome.events, outcome.reasons) == ([], [reason])


def test_noise_under_another_name_is_unknown() -> None:
    assert stored_sealed(False, "", key="29250340").reasons == ["unknown-format"]


def test_attachments_beside_a_sealed_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNAL_KEY", SECRET.hex())
    data = b"\x89PNG\r\n\x1a\n"
    database = sealed_profile(SECRET, [a_message(body=None)], attachments=[attachment(size=len(data))])
    zone = FolderZone(tmp_path)
    for key, content in {"p/sql/db.sqlite": database, "p/attachments.noindex/ab/abcd": locked_file(data, KEYS)}.items():
        zone.path(key).parent.mkdir(parents=True, exist_ok=True)
        zone.path(key).write_bytes(content)
    info = ObjectInfo(key="p/sql/db.sqlite", version_id="", size=len(database), modified_utc=0)
    outcome = read_zone(zone, info, sources(secret="env:SIGNAL_KEY"), "", Limits())
    found = outcome.events[-1].attachments[0]
    assert (found.member, found.mime, found.size) == ("decrypted!/5/0", "image/png", len(data))


def with_log(sealed: bool) -> dict[str, bytes]:
    """A profile copied while Signal runs: the first message is in the file, two further ones in its log only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "db.sqlite"
        connection = (sqlcipher3 if sealed else sqlite3).connect(path)
        if sealed:
            connection.execute(f"pragma key = \"x'{SECRET.hex()}'\"")
        connection.execute("pragma page_size = 4096")
        connection.execute("pragma journal_mode = wal")
        fill(connection, [a_message()])
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.execute("pragma wal_autocheckpoint = 0")
        for number in (2, 3):
            insert(connection, "messages", a_message(id=f"m-{number}", sent_at=NOON + number, body="late " * 2000))
            connection.commit()
        files = {f"p/sql/{one}": (Path(folder) / one).read_bytes() for one in ("db.sqlite", "db.sqlite-wal")}
        connection.close()
        return files


def bodies(files: dict[str, bytes], secret: str = "") -> tuple[list[str], list[str]]:
    outcome = taken(a_zip(files), key="p.zip", sources=sources(secret=secret))
    found = [(e.body or "")[:5] for e in outcome.events if e.event_kind is K.MESSAGE]
    return found, [reason for reason in outcome.reasons if reason != "unknown-format"]


@pytest.mark.parametrize("sealed", [False, True])
def test_the_log_beside_a_database_holds_its_newest_messages(sealed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNAL_KEY", SECRET.hex())
    secret = "env:SIGNAL_KEY" if sealed else ""
    files = with_log(sealed)
    assert bodies({"p/sql/db.sqlite": files["p/sql/db.sqlite"]}, secret) == (["hello"], [])
    assert bodies(files, secret) == (["hello", "late ", "late "], [])


def test_a_log_counts_as_far_as_it_was_committed() -> None:
    files = with_log(False)
    log = files["p/sql/db.sqlite-wal"]
    chance = random.Random(20260225)
    for size in sorted(chance.sample(range(len(log)), 25)):
        found, reasons = bodies({**files, "p/sql/db.sqlite-wal": log[:size]})
        assert found in (["hello"], ["hello", "late "]) and reasons == []
    for at in sorted(chance.sample(range(len(log)), 25)):
        found, reasons = bodies({**files, "p/sql/db.sqlite-wal": log[:at] + bytes([log[at] ^ 1]) + log[at + 1 :]})
        assert found in (["hello"], ["hello", "late "], ["hello", "late ", "late "]) and reasons == []


def test_an_attachment_without_its_message_is_an_entry() -> None:
    outcome = read(a_message(), attachments=[attachment(messageId="gone")])
    assert [(e.event_kind, e.subkind) for e in outcome.events] == [
        (K.MESSAGE, ""),
        (K.UNKNOWN, "attachment-without-message"),
    ]
    assert outcome.events[1].attachments[0].name == "plan.png"


def test_every_row_is_counted() -> None:
    rows = [
        a_message(id=f"m-{n}", sent_at=NOON + n, type=kind)
        for n, kind in enumerate(["incoming", "outgoing", "odd"] * 200)
    ]
    outcome = read(*rows, page_size=1024)
    assert Counter(e.event_kind for e in outcome.events) == {K.MESSAGE: 400, K.UNKNOWN: 200}
    assert [e.line for e in outcome.events] == list(range(5, 605))


def damaged(rows: int, places: int) -> Outcome:
    """A database in which some pages of messages, far from each other, are nothing but ones."""
    messages = [a_message(id=f"m-{n}", sent_at=NOON + n, body=f"text {n} " * 8) for n in range(rows)]
    data = bytearray(profile(messages, page_size=1024))
    leaves = [at for at in range(0, len(data), 1024) if data[at] == 0x0D and b"text 5" in data[at : at + 1024]]
    for number in range(places):
        at = leaves[(number + 1) * len(leaves) // (places + 1)]
        data[at : at + 1024] = b"\xff" * 1024
    return taken(bytes(data), key="db.sqlite")


@pytest.mark.parametrize("places", [1, 2, 3])
def test_a_damaged_page_costs_its_own_rows(places: int) -> None:
    outcome = damaged(800, places)
    found = [e for e in outcome.events if e.event_kind is K.MESSAGE]
    assert outcome.reasons == ["database-broken"] * places
    assert outcome.quarantined[0].detail.startswith("table messages after row ")
    assert 800 - 12 * places < len(found) < 800
    assert {e.vendor_id for e in found} < {f"{BEN}:{NOON + n}" for n in range(800)}


def test_damaged_bytes_never_break_the_reading() -> None:
    messages = [a_message(id=f"m-{n}", sent_at=NOON + n, json={"reactions": [{"emoji": "x"}]}) for n in range(40)]
    data, chance = profile(messages, page_size=1024), random.Random(20260225)
    for _ in range(150):
        spoiled = bytearray(data)
        for _ in range(chance.choice((1, 1, 3, 20))):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        outcome = taken(bytes(spoiled), key="db.sqlite")
        assert outcome.entries or outcome.objects[0].format == "attachment"
    for size in chance.sample(range(len(data)), 40):
        assert taken(data[:size], key="db.sqlite").objects


def test_a_database_whose_tables_cannot_be_listed_is_not_taken_for_an_attachment() -> None:
    data = bytearray(profile([a_message()]))
    data[100:200] = b"\xff" * 100
    outcome = taken(bytes(data), key="db.sqlite")
    assert (outcome.reasons, [row.format for row in outcome.objects]) == (["database-broken"], ["unknown"])
    assert taken(a_zip({"db.sqlite": bytes(data)}), key="x.zip").reasons == ["database-broken"]


def hostile(*statements: str) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "db"
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
        return taken(path.read_bytes(), key="db.sqlite", limits=Limits(document_bytes=1 << 20))


ENDLESS = "with recursive c(x) as (select 1 union all select x + 1 from c) select x as id from c"


def test_views_and_virtual_tables_are_not_read() -> None:
    outcome = hostile(
        f"create view messages as {ENDLESS}",
        "create virtual table conversations using fts5(id)",
        "create table items (id, json)",
    )
    assert outcome.events == []


def test_generated_columns_are_not_run() -> None:
    outcome = hostile(
        "create table conversations (id)",
        "create table messages (id, body, x generated always as (length(hex(zeroblob(20000000)))))",
        "insert into messages values ('a', 'hello')",
    )
    assert [e.body for e in outcome.events] == ["hello"]


def test_a_value_beyond_the_limit_costs_its_row() -> None:
    outcome = hostile(
        "create table conversations (id)",
        "create table messages (id, type, body)",
        "insert into messages values ('a', '', 'one'), ('b', '', hex(zeroblob(1000000))), ('c', '', 'two')",
    )
    assert outcome.reasons == ["line-too-long"]
    assert [e.body for e in outcome.events] == ["one", "two"]


@pytest.mark.parametrize(
    "declared",
    ["(rowid text, _rowid_ text, oid text, id text)", "(id text primary key) without rowid", "(rowid text, id text)"],
)
def test_tables_with_odd_row_ids(declared: str) -> None:
    outcome = hostile(
        "create table conversations (id)",
        f"create table messages {declared}",
        "insert into messages (id) values ('b'), ('a'), ('c')",
    )
    assert sorted(e.vendor_id for e in outcome.events) == ["a", "b", "c"]


def test_names_of_columns_are_quoted() -> None:
    outcome = hostile(
        "create table conversations (id)",
        'create table messages (id, "a""b; drop", "select")',
        "insert into messages values ('a', 1, 2)",
    )
    assert attributes(outcome.events[0])['a"b; drop'] == 1


def test_text_that_is_not_utf8_is_mended() -> None:
    outcome = hostile(
        "create table conversations (id)",
        "create table messages (id, type, body)",
        "insert into messages values ('a', 'incoming', cast(x'68ff69' as text))",
    )
    assert [(e.body, e.flags) for e in outcome.events] == [("h\ufffdi", ("repaired",))]


def test_fills_as_sqlite_would(tmp_path: Path) -> None:
    """The builder itself: what it says it writes is there."""
    connection = sqlite3.connect(tmp_path / "db")
    fill(connection, [a_message(), a_message(id="m-2")])
    assert connection.execute("select count(*) from messages").fetchone() == (2,)
    connection.close()
