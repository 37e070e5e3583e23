from __future__ import annotations

import base64
import hashlib
import random
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from pipeline.intake.formats import FORMATS
from pipeline.intake.formats.sms import sniff
from pipeline.intake.limits import Limits
from pipeline.model import Event, EventKind, TimeSource
from tests.pipeline.intake.intaking import Outcome, a_line, attributes, sources, taken

K = EventKind
ANA, BEN, CARL = "+15205550101", "+15205550102", "+15205550103"
PHOTO = b"\xff\xd8\xff\xe0 not much of a photo"
OWNED = sources(owner_id="(520) 555-0101", owner_name="Ana")


def element(tag: str, inner: str = "", /, **fields: str) -> str:
    written = " ".join(f"{key}={quoteattr(value, {chr(10): '&#10;'})}" for key, value in fields.items())
    return f"<{tag} {written}>{inner}</{tag}>" if inner else f"<{tag} {written} />"


def an_sms(**changes: str) -> str:
    fields = {
        "protocol": "0",
        "address": BEN,
        "date": "1691176258901",
        "type": "1",
        "subject": "null",
        "body": "hello",
        "toa": "null",
        "service_center": "null",
        "read": "1",
        "status": "-1",
        "date_sent": "1691176258000",
        "readable_date": "Aug 4, 2023 7:10:58 PM",
        "contact_name": "Ben",
        **changes,
    }
    return element("sms", **{key: value for key, value in fields.items() if value != "-"})


def a_part(**fields: str) -> str:
    return element("part", **{"seq": "0", "ct": "text/plain", "name": "null", "chset": "106", "text": "null", **fields})


def an_mms(*parts: str, addrs: list[tuple[str, str]] | None = None, **changes: str) -> str:
    fields = {"date": "1691176258000", "msg_box": "1", "m_type": "132", "address": BEN, "m_id": "M1", **changes}
    inner = "<parts>" + "".join(parts) + "</parts>"
    if addrs is not None:
        inner += "<addrs>" + "".join(element("addr", address=a, type=t, charset="106") for a, t in addrs) + "</addrs>"
    return element("mms", inner, **{key: value for key, value in fields.items() if value != "-"})


def a_photo(data: bytes = PHOTO, **fields: str) -> str:
    return a_part(ct="image/jpeg", cl="IMG_7.jpg", data=base64.b64encode(data).decode(), **fields)


def a_backup(*elements: str, root: str = "smses", count: int | None = None, comment: str = "SMS Backup") -> bytes:
    stated = len(elements) if count is None else count
    lines = ["<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>", f"<!-- File Created By {comment} -->"]
    return "\n".join([*lines, f'<{root} count="{stated}" backup_date="1">', *elements, f"</{root}>\n"]).encode()


def read(*elements: str, **options: Any) -> Outcome:
    return taken(a_backup(*elements), key="x.xml", **options)


def one(element: str, **options: Any) -> Event:
    [event] = read(element, **options).entries
    assert isinstance(event, Event)
    return event


def shown(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = attributes(event).get("shown", {})
    return found


def test_a_received_text() -> None:
    event = one(an_sms(), sources=OWNED)
    assert (event.event_kind, event.source, event.format) == (K.MESSAGE, "sms", "sms-backup")
    assert (event.sender_id, event.sender_display, event.recipients) == (BEN, "Ben", (ANA,))
    assert (event.conversation_id, event.conversation_kind) == (f"sms:{ANA},{BEN}", "dm")
    assert (event.ts_utc, event.ts_source, event.ts_raw) == (1691176258_901000, TimeSource.UTC, "1691176258901")
    assert (event.body, event.vendor_id, event.line, event.flags) == ("hello", "", 1, ())
    assert attributes(event) == {
        "address": BEN,
        "date": "1691176258901",
        "date_sent": "1691176258000",
        "protocol": "0",
        "read": "1",
        "readable_date": "Aug 4, 2023 7:10:58 PM",
        "status": "-1",
        "type": "1",
    }


def test_a_sent_text() -> None:
    event = one(an_sms(type="2"), sources=OWNED)
    assert (event.sender_id, event.sender_display, event.recipients) == (ANA, "Ana", (BEN,))
    assert (event.conversation_id, event.conversation_title) == (f"sms:{ANA},{BEN}", "Ben")


def test_without_the_owners_number_the_custodian_scopes_the_conversation() -> None:
    sent, received = read(an_sms(type="2"), an_sms(), sources=sources()).events
    assert sent.conversation_id == received.conversation_id == f"sms:mreyes:{BEN}"
    assert (sent.sender_id, received.recipients) == ("mreyes", ("mreyes",))
    assert one(an_sms(type="2")).sender_id == ""


@pytest.mark.parametrize("address", ["(520) 555-0102", "520-555-0102", "15205550102"])
def test_one_number_in_any_spelling_is_one_conversation(address: str) -> None:
    assert one(an_sms(address=address), sources=OWNED).conversation_id == f"sms:{ANA},{BEN}"


@pytest.mark.parametrize("address", ["262966", "AMAZON", "ana@example.gov"])
def test_senders_that_are_no_numbers_stay(address: str) -> None:
    assert one(an_sms(address=address)).sender_id == address


@pytest.mark.parametrize(
    ("box", "flag"), [("3", "draft"), ("4", "outbox"), ("5", "failed"), ("6", "queued"), ("0", ""), ("99", "")]
)
def test_what_was_never_sent_says_so(box: str, flag: str) -> None:
    event = one(an_sms(type=box), sources=OWNED)
    assert event.flags == ((flag,) if flag else ())
    assert shown(event) == ({"delivery": flag} if flag else {})
    assert event.sender_id == (ANA if flag else "")


@pytest.mark.parametrize(
    ("date", "micros", "flags"),
    [
        ("1691176258901", 1691176258_901000, ()),
        ("1691176258", 1691176258_000000, ("time-in-seconds",)),
        ("0", None, ("bad-time",)),
        ("null", None, ("bad-time",)),
        ("-", None, ("bad-time",)),
        ("-5", None, ("bad-time",)),
        ("soon", None, ("bad-time",)),
        ("9" * 17, None, ("bad-time",)),
        ("9" * 400, None, ("bad-time",)),
        ("\u0661" * 13, None, ("bad-time",)),
    ],
)
def test_times(date: str, micros: int | None, flags: tuple[str, ...]) -> None:
    event = one(an_sms(date=date))
    assert (event.ts_utc, event.flags) == (micros, flags)
    assert event.body == "hello"


def test_names_that_stand_for_none() -> None:
    assert [
        event.sender_display for event in read(*[an_sms(contact_name=n) for n in ("null", "(Unknown)", "-", "")]).events
    ] == [""] * 4


def test_the_word_null_as_a_text_is_kept() -> None:
    assert one(an_sms(body="null")).body == "null"
    assert one(an_sms(body="-")).body is None


def test_line_breaks_and_emoji_as_phones_write_them() -> None:
    raw = a_backup(an_sms(body="~")).replace(b"~", b"a&#13;&#10;b &#55357;&#56832; &#55357;")
    [event] = taken(raw, key="x.xml").events
    assert (event.body, event.flags) == ("a\r\nb \U0001f600 \ufffd", ("repaired",))


def test_a_picture_message() -> None:
    smil = a_part(seq="-1", ct="application/smil", text="<smil/>")
    outcome = read(an_mms(smil, a_part(text="look"), a_photo(), a_part(text="here")), sources=OWNED)
    [event] = outcome.events
    assert (event.event_kind, event.subkind, event.body) == (K.FILE, "image", "look\nhere")
    [photo] = event.attachments
    assert (photo.name, photo.mime, photo.size) == ("IMG_7.jpg", "image/jpeg", len(PHOTO))
    assert photo.sha256 == hashlib.sha256(PHOTO).hexdigest() and photo.object_key == "x.xml"
    assert attributes(event)["smil"] == 1
    assert [part["ct"] for part in attributes(event)["parts"]] == [
        "application/smil",
        "text/plain",
        "image/jpeg",
        "text/plain",
    ]
    assert "data" not in attributes(event)["parts"][2]
    assert {(row.member, row.format, row.sha256) for row in outcome.objects if row.member} == {
        ("1/3", "attached", photo.sha256)
    }


@pytest.mark.parametrize("size", [10, 70_000, 1_500_000])
def test_pictures_of_any_size(size: int) -> None:
    data = random.Random(size).randbytes(size)
    [photo] = one(an_mms(a_photo(data))).attachments
    assert (photo.size, photo.sha256) == (size, hashlib.sha256(data).hexdigest())


def test_base64_with_line_breaks_or_without_padding() -> None:
    written = base64.encodebytes(PHOTO * 5).decode()
    for data in (written, written.strip().rstrip("="), written.replace("\n", "")):
        [photo] = one(an_mms(a_part(ct="image/jpeg", data=data))).attachments
        assert (photo.sha256, photo.note) == (hashlib.sha256(PHOTO * 5).hexdigest(), "")


def test_what_is_no_base64_is_kept_as_it_is() -> None:
    [photo] = one(an_mms(a_part(ct="image/jpeg", data="!?"))).attachments
    assert (photo.note, photo.size) == ("not-base64", 2)


@pytest.mark.parametrize("data", [{}, {"data": ""}, {"data": "null"}])
def test_a_picture_that_was_not_exported(data: dict[str, str]) -> None:
    [photo] = one(an_mms(a_part(ct="image/jpeg", fn="a.jpg", **data))).attachments
    assert (photo.name, photo.note, photo.sha256) == ("a.jpg", "omitted", "")


@pytest.mark.parametrize(("charset", "codec"), [("106", "utf-8"), ("4", "latin-1"), ("1015", "utf-16"), ("0", "utf-8")])
def test_a_text_part_with_its_text_as_bytes(charset: str, codec: str) -> None:
    data = base64.b64encode("señal".encode(codec)).decode()
    event = one(an_mms(a_part(chset=charset, data=data)))
    assert (event.event_kind, event.body, event.attachments) == (K.MESSAGE, "señal", ())


@pytest.mark.parametrize(
    ("mime", "subkind"),
    [("video/mp4", "video"), ("audio/amr", "audio"), ("text/x-vCard", "contact"), ("application/pdf", "document")],
)
def test_the_first_file_decides_the_subkind(mime: str, subkind: str) -> None:
    assert one(an_mms(a_part(ct=mime, data="YQ=="), a_photo())).subkind == subkind


def test_a_group_message_received() -> None:
    addrs = [(BEN, "137"), (ANA, "151"), (CARL, "151"), ("d@example.gov", "130"), ("insert-address-token", "129")]
    event = one(
        an_mms(a_part(text="hi"), addrs=addrs, address=f"{BEN}~{CARL}", contact_name="Ben, Carl"), sources=OWNED
    )
    assert (event.sender_id, event.sender_display) == (BEN, "")
    assert event.recipients == (ANA, CARL, "d@example.gov")
    assert (event.conversation_id, event.conversation_kind) == (f"sms:{ANA},{BEN},{CARL}", "group")
    assert event.conversation_title == "Ben, Carl"
    assert shown(event) == {"cc": ["d@example.gov"], "bcc": [ANA]}
    assert len(attributes(event)["addrs"]) == 5


def test_a_group_message_sent() -> None:
    addrs = [("insert-address-token", "137"), (BEN, "151"), (CARL, "151")]
    event = one(an_mms(a_part(text="hi"), addrs=addrs, address=f"{CARL}~{BEN}", msg_box="2"), sources=OWNED)
    assert (event.sender_id, event.sender_display, event.recipients) == (ANA, "Ana", (BEN, CARL))
    assert event.conversation_id == f"sms:{ANA},{BEN},{CARL}"


def test_copies_of_two_phones_are_one_conversation() -> None:
    bens = sources(custodian="ben", owner_id=BEN)
    addrs = [(BEN, "137"), (ANA, "151"), (CARL, "151")]
    on_anas = one(an_mms(a_part(), addrs=addrs, address=f"{BEN}~{CARL}"), sources=OWNED)
    on_bens = one(an_mms(a_part(), addrs=addrs, address=f"{ANA}~{CARL}", msg_box="2"), sources=bens)
    assert on_anas.conversation_id == on_bens.conversation_id
    assert on_anas.sender_id == on_bens.sender_id == BEN


@pytest.mark.parametrize("owner", [OWNED, sources()])
def test_without_a_list_of_addresses_the_single_recipient_is_the_owner(owner: Any) -> None:
    event = one(an_mms(a_part(text="hi"), addrs=[(BEN, "137"), (ANA, "151")], address="null"), sources=owner)
    assert event.conversation_id in (f"sms:{ANA},{BEN}", f"sms:mreyes:{BEN}")
    assert (event.conversation_kind, event.sender_id) == ("dm", BEN)


def test_a_number_that_sent_from_this_phone_is_the_owners() -> None:
    sent = an_mms(a_part(), addrs=[(ANA, "137"), (BEN, "151"), (CARL, "151")], address="-", msg_box="2")
    received = an_mms(a_part(), addrs=[(BEN, "137"), (ANA, "151"), (CARL, "151")], address="-")
    conversations = {event.conversation_id for event in read(sent, received, sources=sources()).events}
    assert conversations == {f"sms:mreyes:{BEN},{CARL}"}


def test_the_id_of_a_picture_message_is_scoped_to_its_phone() -> None:
    event = one(an_mms(a_part()), sources=OWNED)
    assert event.vendor_id == f"{ANA}:1:1691176258:M1"
    assert one(an_mms(a_part()), sources=sources()).vendor_id == "mreyes:1:1691176258:M1"
    assert one(an_mms(a_part())).vendor_id == ""
    assert one(an_mms(a_part(), m_id="null"), sources=OWNED).vendor_id == ""
    assert one(an_mms(a_part(), date="0"), sources=OWNED).vendor_id == ""


@pytest.mark.parametrize(
    ("m_type", "kind", "subkind"),
    [
        ("130", K.MESSAGE, "not-downloaded"),
        ("134", K.SYSTEM, "delivery-report"),
        ("136", K.SYSTEM, "read-report"),
        ("128", K.MESSAGE, ""),
        ("999", K.MESSAGE, ""),
    ],
)
def test_notices_of_the_network(m_type: str, kind: EventKind, subkind: str) -> None:
    event = one(an_mms(a_part(text="x"), m_type=m_type))
    assert (event.event_kind, event.subkind) == (kind, subkind)


def test_subjects_that_phones_keep_byte_by_byte() -> None:
    mangled = "señal 👍".encode().decode("latin-1")
    assert shown(one(an_mms(a_part(), sub=mangled, sub_cs="106")))["subject"] == "señal 👍"
    assert shown(one(an_mms(a_part(), sub="señal", sub_cs="106")))["subject"] == "señal"
    assert shown(one(an_sms(subject="re: x")))["subject"] == "re: x"


@pytest.mark.parametrize(
    ("kind", "duration", "subkind", "sender", "flags"),
    [
        ("1", "37", "completed", BEN, ()),
        ("2", "37", "completed", ANA, ()),
        ("2", "0", "started", ANA, ()),
        ("3", "0", "missed", BEN, ()),
        ("4", "9", "missed", BEN, ("voicemail",)),
        ("5", "0", "declined", BEN, ()),
        ("6", "0", "declined", BEN, ("blocked",)),
        ("8", "1", "", "", ()),
    ],
)
def test_calls(kind: str, duration: str, subkind: str, sender: str, flags: tuple[str, ...]) -> None:
    call = element("call", number="5205550102", duration=duration, date="1691176258901", type=kind, contact_name="Ben")
    [event] = taken(a_backup(call, root="calls"), key="x.xml", sources=OWNED).entries
    assert isinstance(event, Event)
    assert (event.event_kind, event.subkind, event.sender_id, event.flags) == (K.CALL, subkind, sender, flags)
    assert shown(event) == {"call_duration": int(duration)}
    assert event.conversation_id == f"sms:{ANA},{BEN}"


@pytest.mark.parametrize("number", ["", "null", "-1", "-2"])
def test_a_call_without_a_number(number: str) -> None:
    call = element("call", number=number, duration="x", date="1691176258901", type="3")
    [event] = taken(a_backup(call, root="calls"), key="x.xml", sources=OWNED).events
    assert (event.sender_id, event.conversation_id, event.conversation_kind) == ("", f"sms:{ANA}", "")


@pytest.mark.parametrize("comment", ["Signal", "TextSecure", "Text Secure"])
def test_old_exports_of_signal(comment: str) -> None:
    [event] = taken(a_backup(an_sms(), comment=comment), key="x.xml", sources=OWNED).events
    assert (event.source, event.conversation_id) == ("signal", f"signal:{ANA},{BEN}")
    assert [e.source for e in read(an_sms(), an_sms(protocol="31337")).events] == ["sms", "signal"]


def test_an_entry_of_an_unknown_kind_is_kept_whole() -> None:
    outcome = read(an_sms(), '<rcs body="hi"><x>y</x></rcs>', an_sms())
    assert [event.event_kind for event in outcome.events] == [K.MESSAGE, K.UNKNOWN, K.MESSAGE]
    assert attributes(outcome.events[1]) == {
        "element": "rcs",
        "attributes": {"body": "hi"},
        "children": [{"element": "x", "text": "y"}],
    }


def test_unknown_elements_in_a_picture_message_are_kept() -> None:
    event = one(an_mms(a_part(text="a")).replace("<parts>", "<extra k='v'/><parts>"))
    assert attributes(event)["more"] == [{"element": "extra", "attributes": {"k": "v"}}]


def test_another_root_is_read_all_the_same() -> None:
    outcome = taken(a_backup(an_sms(), root="messages"), key="x.xml")
    assert [event.body for event in outcome.events] == ["hello"]


def test_a_stated_count_that_is_wrong_is_a_row() -> None:
    outcome = taken(a_backup(an_sms(), an_sms(), count=2000), key="x.xml")
    assert len(outcome.events) == 2 and outcome.reasons == ["count-differs"]
    assert outcome.quarantined[0].detail == "count 2000, found 2"


def test_a_broken_entry_counts_as_found() -> None:
    outcome = read(an_sms(), an_sms(body="x").replace('"x"', '"x'), an_sms())
    assert (len(outcome.events), outcome.reasons) == (2, ["invalid-xml"])


def test_a_text_beyond_the_limit_is_passed_over() -> None:
    limits = Limits(document_bytes=2000)
    outcome = read(an_sms(), an_mms(a_photo(bytes(5000))), an_sms(body="after"), limits=limits)
    assert (len(outcome.events), outcome.reasons) == (2, ["line-too-long"])
    assert outcome.events[1].body == "after"


def test_entities_and_document_types_are_refused() -> None:
    laughs = '<!DOCTYPE smses [<!ENTITY a "lol"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    data = a_backup(an_sms(), an_sms(body="~"), an_sms(body="^")).replace(b"<smses", laughs.encode() + b"<smses", 1)
    outcome = taken(data.replace(b"~", b"&b;").replace(b"^", b"&f;"), key="x.xml")
    assert outcome.reasons == ["xml-dtd", "xml-entity", "xml-entity"]
    assert [event.body for event in outcome.events] == ["hello"]


@pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig"])
def test_other_encodings_read_the_same(codec: str) -> None:
    text = a_backup(an_sms(body="señal 👍")).decode().replace("UTF-8", "UTF-16" if codec == "utf-16" else "UTF-8")
    assert [event.body for event in taken(text.encode(codec), key="x.xml").events] == ["señal 👍"]


def test_as_many_entries_as_an_independent_count() -> None:
    seeded = random.Random(4)
    kinds = [an_sms(), an_mms(a_part(text="<&>'"), a_photo())]
    elements = [seeded.choice(kinds) for _ in range(300)]
    data = a_backup(*elements)
    outcome = taken(data, key="x.xml")
    assert len(outcome.events) == data.count(b"<sms ") + data.count(b"<mms ") and not outcome.quarantined


def test_says_no_to_other_formats() -> None:
    assert not any(sniff(data) for data in (a_line(), b"<html><body>sms</body></html>", b"[1]", b"", b"<project/>"))
    assert sniff(a_backup()) and sniff(b"<calls/>") and sniff(an_sms().encode())
    asked = [reader.NAME for reader in FORMATS if reader.sniff(a_backup(an_sms(), an_mms(a_photo())))]
    assert asked == ["sms-backup"]


SMALL = a_backup(an_sms(body="a > b"), an_mms(a_part(text="c"), a_photo(), addrs=[(BEN, "137")]), an_sms(body="d"))
ENDS = [SMALL.index(b"/>", SMALL.index(b"a &gt; b")) + 2, SMALL.index(b"</mms>") + 6, SMALL.rindex(b"/>") + 2]
STARTS = [SMALL.index(b"<sms "), SMALL.index(b"<mms "), SMALL.rindex(b"<sms ")]


def test_cut_at_any_byte_the_entries_before_stay_and_one_row_tells() -> None:
    whole = [event.attributes for event in taken(SMALL, key="x.xml").events]
    for cut in range(STARTS[0] + 40, len(SMALL) - 1):
        outcome = taken(SMALL[:cut], key="x.xml")
        complete = sum(end <= cut for end in ENDS)
        assert [event.attributes for event in outcome.events] == whole[:complete]
        assert outcome.reasons == ["truncated-document"]
        assert outcome.quarantined[0].detail == f"count 3, found {complete}"


def test_any_byte_changed_costs_at_most_its_own_entry() -> None:
    bodies = ["a > b", "c", "d"]
    seeded = random.Random(5)
    for at in range(STARTS[0] - 1, len(SMALL)):
        for new in {ord(seeded.choice("<>\"'/&\0\xff")), seeded.randrange(256)} - {SMALL[at]}:
            outcome = taken(SMALL[:at] + bytes([new]) + SMALL[at + 1 :], key="x.xml")
            found = [event.body for event in outcome.events]
            for body, start, end in zip(bodies, STARTS, ENDS, strict=True):
                assert start <= at < end or body in found, (at, new)
            assert len(outcome.entries) >= 3, (at, new)
