from __future__ import annotations

import base64
import hashlib
import json
import random
from typing import Any

import pytest

from pipeline.intake.formats import FORMATS
from pipeline.intake.formats.sms_ie import sniff
from pipeline.intake.limits import Limits
from pipeline.model import EventKind
from tests.pipeline.intake.intaking import Outcome, a_line, a_zip, attributes, sources, taken
from tests.pipeline.intake.test_sms import a_backup, an_sms

K = EventKind
ANA, BEN, CARL = "+15205550101", "+15205550102", "+15205550103"
PHOTO = b"\xff\xd8\xff\xe0 not much of a photo"
OWNED = sources(owner_id=ANA, owner_name="Ana")


def a_text(**changes: Any) -> dict[str, Any]:
    entry = {
        "_id": "7",
        "thread_id": "3",
        "address": BEN,
        "date": "1691176258901",
        "date_sent": "1691176258000",
        "protocol": "0",
        "read": "1",
        "status": "-1",
        "type": "1",
        "body": "hello",
        "__display_name": "Ben",
        **changes,
    }
    return {key: value for key, value in entry.items() if value is not None}


def a_picture(*parts: dict[str, Any], to: tuple[str, ...] = (ANA,), **changes: Any) -> dict[str, Any]:
    entry = {
        "_id": "8",
        "thread_id": "3",
        "date": "1691176258",
        "msg_box": "1",
        "m_id": "M1",
        "m_type": "132",
        "sub": "plan",
        "__sender_address": {"address": BEN, "type": "137", "charset": "106", "__display_name": "Ben"},
        "__recipient_addresses": [{"address": one, "type": "151"} for one in to],
        "__parts": list(parts),
        **changes,
    }
    return {key: value for key, value in entry.items() if value is not None}


def a_file(name: str = "PART_1_photo.jpg", **changes: Any) -> dict[str, Any]:
    stored = f"/data/user_de/0/com.android.providers.telephony/app_parts/{name}"
    return {"_id": "1", "mid": "8", "seq": "0", "ct": "image/jpeg", "cl": "photo.jpg", "_data": stored, **changes}


TEXT_PART = {"_id": "2", "mid": "8", "seq": "0", "ct": "text/plain", "chset": "106", "text": "look"}
SMIL_PART = {"_id": "3", "mid": "8", "seq": "-1", "ct": "application/smil", "text": "<smil/>"}
CALL = {"_id": "5", "number": BEN, "date": "1691176258901", "duration": "37", "type": "1", "name": "Ben"}


def lines(*entries: Any) -> bytes:
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


def unmarked(entry: Any) -> Any:
    """As the app's first version wrote it."""
    if isinstance(entry, list):
        return [unmarked(one) for one in entry]
    return {k.removeprefix("__"): unmarked(v) for k, v in entry.items()} if isinstance(entry, dict) else entry


def an_array(*entries: Any) -> bytes:
    return json.dumps([unmarked(entry) for entry in entries], indent=1).encode()


def read(data: bytes, **options: Any) -> Outcome:
    return taken(data, key="messages.ndjson", **{"sources": OWNED, **options})


@pytest.mark.parametrize("layout", [lines, an_array])
def test_both_layouts_say_the_same(layout: Any) -> None:
    text, picture = read(layout(a_text(), a_picture(SMIL_PART, TEXT_PART, a_file()))).events
    assert (text.event_kind, text.source, text.format) == (K.MESSAGE, "sms", "sms-ie")
    assert (text.sender_id, text.sender_display, text.recipients, text.body) == (BEN, "Ben", (ANA,), "hello")
    assert (text.conversation_id, text.ts_utc) == (f"sms:{ANA},{BEN}", 1691176258_901000)
    assert (picture.event_kind, picture.subkind, picture.body) == (K.FILE, "image", "look")
    assert (picture.sender_id, picture.recipients) == (BEN, (ANA,))
    assert (picture.conversation_id, picture.ts_utc) == (f"sms:{ANA},{BEN}", 1691176258_000000)
    assert (picture.vendor_id, attributes(picture)["smil"]) == (f"{ANA}:1:1691176258:M1", 1)
    assert attributes(picture)["shown"] == {"subject": "plan"}
    [photo] = picture.attachments
    assert (photo.name, photo.path, photo.note) == ("photo.jpg", "data/PART_1_photo.jpg", "")


def test_a_text_is_the_same_in_both_apps() -> None:
    [here] = read(lines(a_text())).events
    [there] = taken(a_backup(an_sms()), key="x.xml", sources=OWNED).events
    for name in ("conversation_id", "sender_id", "recipients", "ts_utc", "body", "vendor_id", "event_kind"):
        assert getattr(here, name) == getattr(there, name)


def test_the_files_of_the_zip_are_the_attachments() -> None:
    data = a_zip({"messages.ndjson": lines(a_picture(a_file())), "data/PART_1_photo.jpg": PHOTO})
    outcome = taken(data, key="messages.zip")
    assert not outcome.quarantined
    rows = {row.member: row.format for row in outcome.objects}
    assert rows == {"": "archive", "messages.ndjson": "sms-ie", "data/PART_1_photo.jpg": "attachment"}


def test_the_first_version_holds_the_bytes() -> None:
    part = a_file(binary_data=base64.b64encode(PHOTO).decode())
    [event] = read(an_array(a_picture(part))).events
    assert event.attachments[0].sha256 == hashlib.sha256(PHOTO).hexdigest()
    assert "binary_data" not in attributes(event)["parts"][0]


def test_a_group_without_the_owners_number() -> None:
    sent = a_picture(TEXT_PART, to=(BEN, CARL), msg_box="2", __sender_address={"address": ANA, "type": "137"})
    received = a_picture(TEXT_PART, to=(ANA, CARL))
    outcome = read(lines(sent, received), sources=sources())
    assert {event.conversation_id for event in outcome.events} == {f"sms:mreyes:{BEN},{CARL}"}
    assert [event.sender_id for event in outcome.events] == [ANA, BEN]


@pytest.mark.parametrize("layout", [lines, an_array])
def test_calls(layout: Any) -> None:
    [event] = read(layout(CALL)).events
    assert (event.event_kind, event.subkind, event.sender_id, event.sender_display) == (K.CALL, "completed", BEN, "Ben")
    assert attributes(event)["shown"] == {"call_duration": 37}


def test_contacts_say_what_a_number_is_called() -> None:
    phone = "vnd.android.cursor.item/phone_v2"
    rows = [{"mimetype": phone, "data1": "520-555-0102"}, {"mimetype": phone, "data1": CARL}, {"mimetype": "x"}]
    contact = {"_id": "1", "lookup": "k", "display_name": "Ben", "raw_contacts": [{"contacts_data": rows}]}
    outcome = read(an_array(contact, {"_id": "2", "lookup": "j", "raw_contacts": []}))
    assert [(e.event_kind, e.vendor_id, e.sender_display) for e in outcome.events] == [
        (K.DIRECTORY, BEN, "Ben"),
        (K.DIRECTORY, CARL, "Ben"),
        (K.DIRECTORY, "", ""),
    ]
    assert attributes(outcome.events[0])["raw_contacts"]


def test_an_object_of_an_unknown_kind_is_kept_whole() -> None:
    outcome = read(lines(a_text(), {"_id": "1", "blocked": True, "n": {"a": None}}))
    assert outcome.events[1].event_kind == K.UNKNOWN
    assert attributes(outcome.events[1]) == {"_id": "1", "blocked": "true", "n": '{"a": null}'}


@pytest.mark.parametrize("wrong", [None, 5, 1.5, True, [], [1], {}, {"a": 1}, "x", "\ud800"])
@pytest.mark.parametrize("name", [*a_picture(), *a_text(), "__display_name"])
def test_a_column_of_any_shape_does_no_harm(name: str, wrong: Any) -> None:
    outcome = read(lines({**a_text(), name: wrong}, {**a_picture(TEXT_PART, a_file()), name: wrong}, a_text()))
    assert len(outcome.events) == 3


@pytest.mark.parametrize("name", ["ct", "text", "chset", "_data", "cl", "binary_data"])
def test_a_part_of_any_shape_does_no_harm(name: str) -> None:
    for wrong in (None, 5, [1], {"a": 1}, "x"):
        assert len(read(lines(a_picture({**a_file(), name: wrong}, {**TEXT_PART, name: wrong}))).events) == 1


def test_a_broken_line_costs_itself() -> None:
    data = lines(a_text()) + b'{"_id": \n\n' + lines(a_text()) + json.dumps(a_text()).encode()[:-5]
    outcome = read(data)
    assert (len(outcome.events), outcome.reasons) == (2, ["invalid-json", "truncated-line"])
    assert [entry.line for entry in outcome.entries] == [1, 2, 4, 5]


def test_lines_and_elements_beyond_the_limit() -> None:
    limits = Limits(line_bytes=1000, document_bytes=1000)
    long = a_text(body="x" * 2000)
    for layout in (lines, an_array):
        outcome = read(layout(a_text(), long, a_text()), limits=limits)
        assert (len(outcome.events), outcome.reasons) == (2, ["line-too-long"])


@pytest.mark.parametrize("layout", [lines, an_array])
def test_cut_or_changed_anywhere(layout: Any) -> None:
    data = layout(a_text(body="first"), a_picture(TEXT_PART, a_file(), sub="second"), a_text(body="third"))
    first_end = data.index(b"second")
    seeded = random.Random(6)
    for at in range(first_end, len(data) - 2):
        cut = read(data[:at])
        assert cut.events[0].body == "first" and len(cut.quarantined) <= 1
        changed = read(data[:at] + bytes([seeded.randrange(256)]) + data[at + 1 :])
        assert changed.events[0].body == "first" and len(changed.entries) >= 2


def test_says_no_to_other_formats() -> None:
    assert not any(sniff(data) for data in (a_line(), b"[1]", b"{}", b"", b"<smses/>", b'[{"id": 1, "date": "x"}]'))
    for data in (
        lines(a_text()),
        an_array(a_text()),
        lines(a_picture()),
        an_array(CALL),
        b"\xef\xbb\xbf" + lines(CALL),
    ):
        assert [reader.NAME for reader in FORMATS if reader.sniff(data)] == ["sms-ie"]
