from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from pipeline.intake.formats import FORMATS, eml
from pipeline.intake.limits import Limits
from pipeline.model import Event, EventKind, TimeSource
from tests.pipeline.intake.intaking import Outcome, a_line, a_zip, attributes, sources, taken
from tests.pipeline.intake.mailing import a_file, a_mail, a_multipart, a_part, hold_under_damage

SENT = 1774454400_000000


def one(data: bytes, **options: Any) -> Event:
    outcome: Outcome = taken(data, key="mail/1", **options)
    assert outcome.quarantined == []
    [event] = outcome.events
    assert event.format == "eml"
    return event


def test_the_columns_of_a_plain_mail() -> None:
    event = one(
        a_mail("Gate 4 is open.\n", Cc='"Cy, C." <cy@c.example>', Bcc="dee@d.example"),
        sources=sources(custodian="ana", network="a.example"),
    )
    assert (event.event_kind, event.source, event.custodian, event.network) == (
        EventKind.MESSAGE,
        "email",
        "ana",
        "a.example",
    )
    assert (event.sender_id, event.sender_display) == ("ana@a.example", "Ana Ruiz")
    assert event.recipients == ("ben@b.example", "cy@c.example", "dee@d.example")
    assert (event.ts_utc, event.ts_source) == (SENT, TimeSource.OFFSET)
    assert event.ts_raw == "Wed, 25 Mar 2026 09:00:00 -0700"
    assert (event.vendor_id, event.conversation_id) == ("m1@a.example", "email:m1@a.example")
    assert (event.conversation_kind, event.conversation_title) == ("group", "Gate 4")
    assert (event.body, event.line, event.flags) == ("Gate 4 is open.", 1, ("bcc",))
    shown = attributes(event)["shown"]
    assert shown == {"subject": "Gate 4", "cc": ["Cy, C. <cy@c.example>"], "bcc": ["dee@d.example"]}


def test_all_header_fields_are_kept_verbatim() -> None:
    long = "x" * 3000
    data = a_mail(X_One="=?utf-8?Q?kept?=", X_Long=f"a\r\n {long}", X_XMPP_Message_ID="7", Received="by a; date")
    headers = attributes(one(data))["headers"]
    assert headers["X-One"] == ["=?utf-8?Q?kept?="]
    assert headers["X-Long"] == [f"a {long}"]
    assert headers["X-XMPP-Message-ID"] == ["7"] and headers["From"] == ["Ana Ruiz <Ana@a.example>"]


def test_credentials_are_removed_and_named() -> None:
    event = one(a_mail(Authorization="Bearer s3cret", X_Auth_Token="s3cret"))
    assert event.stripped == ("headers.authorization", "headers.x-auth-token")
    assert "s3cret" not in event.attributes


@pytest.mark.parametrize(
    ("fields", "conversation", "title"),
    [
        ({"References": "<r@a> <q@a>", "In_Reply_To": "<q@a>", "Subject": "Re: AW: Gate 4"}, "email:r@a", "Gate 4"),
        ({"In_Reply_To": "<q@a>"}, "email:q@a", "Gate 4"),
        ({"Message_ID": None, "References": "<r@a>"}, "email:r@a", "Gate 4"),
        (
            {"Thread_Index": base64.b64encode(bytes(range(27))).decode()},
            f"email:thread-index:{bytes(range(22)).hex()}",
            "Gate 4",
        ),
        ({"Thread_Index": base64.b64encode(bytes(22)).decode()}, "email:m1@a.example", "Gate 4"),
    ],
)
def test_the_thread(fields: dict[str, str | None], conversation: str, title: str) -> None:
    event = one(a_mail(**fields))
    assert (event.conversation_id, event.conversation_title) == (conversation, title)


def test_copies_of_a_mail_without_ids_share_a_conversation() -> None:
    first, second = one(a_mail(Message_ID=None)), one(a_mail(Message_ID=None, X_Copy="2"))
    assert first.vendor_id == "" and first.conversation_id == second.conversation_id
    assert one(a_mail(Message_ID=None, Subject="other")).conversation_id != first.conversation_id


@pytest.mark.parametrize(
    ("fields", "micros", "source", "raw", "flags"),
    [
        ({"Date": "Wed, 25 Mar 2026 16:00:00 -0000"}, SENT, TimeSource.UNKNOWN, "Wed, 25 Mar 2026 16:00:00 -0000", ()),
        ({"Date": "Wed, 25 Mar 2026 16:00:00 GMT"}, SENT, TimeSource.UTC, "Wed, 25 Mar 2026 16:00:00 GMT", ()),
        (
            {"Date": "someday", "Received": "by b; Wed, 25 Mar 2026 16:00:00 +0000"},
            SENT,
            TimeSource.OFFSET,
            "someday",
            ("time-from-received",),
        ),
        ({"Date": None}, None, TimeSource.UNKNOWN, "", ("bad-time",)),
    ],
)
def test_the_time(
    fields: dict[str, str | None], micros: int | None, source: TimeSource, raw: str, flags: object
) -> None:
    event = one(a_mail(**fields))
    assert (event.ts_utc, event.ts_source, event.ts_raw, event.flags) == (micros, source, raw, flags)


def test_a_date_without_zone_takes_the_zone_of_the_source() -> None:
    event = one(a_mail(Date="Wed, 25 Mar 2026 09:00:00"), timezone="America/Los_Angeles")
    assert (event.ts_utc, event.ts_source) == (SENT, TimeSource.ZONE_FROM_CONFIG)


PLAIN = a_part("plain words", Content_Type="text/plain")
HTML = a_part("<p>html <b>words</b></p>", Content_Type="text/html")


@pytest.mark.parametrize(
    ("data", "body", "source", "files"),
    [
        (a_multipart(PLAIN, HTML, kind="alternative"), "plain words", "<p>html <b>words</b></p>", []),
        (a_multipart(HTML, kind="alternative"), "html words", "<p>html <b>words</b></p>", []),
        (a_mail("<p>a &amp; b</p>", Content_Type="text/html"), "a & b", "<p>a &amp; b</p>", []),
        (a_multipart(PLAIN, a_file(b"1", "a.bin"), PLAIN), "plain words\nplain words", None, ["a.bin"]),
        (a_multipart(a_file(b"1", "a.bin")), "", None, ["a.bin"]),
        (a_multipart(PLAIN, a_part("log", Content_Type='text/plain; name="a.log"')), "plain words", None, ["a.log"]),
        (a_multipart(a_part("only", Content_Type='text/plain; name="a.txt"')), "only", None, []),
        (
            a_multipart(HTML, a_file(b"GIF89a", "a.gif"), kind="related"),
            "html words",
            "<p>html <b>words</b></p>",
            ["a.gif"],
        ),
        (a_mail("no boundary", Content_Type="multipart/mixed"), "no boundary", None, []),
        (a_mail("no parts", Content_Type='multipart/mixed; boundary="zz"'), "no parts", None, []),
        (a_mail("x", Content_Type="nonsense"), "x", None, []),
    ],
)
def test_the_text_that_was_read(data: bytes, body: str, source: str | None, files: list[str]) -> None:
    event = one(data)
    assert event.body == body
    assert attributes(event).get("body_source") == source
    assert [attachment.name for attachment in event.attachments] == files


def test_a_stub_beside_html_gives_way_to_it() -> None:
    html = a_part("<p>" + "the whole text " * 20 + "</p>", Content_Type="text/html")
    event = one(a_multipart(a_part("See HTML.", Content_Type="text/plain"), html, kind="alternative"))
    assert event.body == ("the whole text " * 20).strip()
    assert event.flags == ("alternatives-differ",) and attributes(event)["body_alternative"] == "See HTML."


@pytest.mark.parametrize(
    ("body", "fields", "text", "flags"),
    [
        ("größe\n".encode("latin-1"), {"Content_Type": "text/plain; charset=iso-8859-1"}, "größe", ()),
        ("größe\n".encode(), {"Content_Type": "text/plain; charset=iso-8859-1"}, "größe", ("repaired",)),
        ("größe\n".encode("latin-1"), {"Content_Type": "text/plain; charset=utf-8"}, "größe", ("repaired",)),
        (
            "gr=C3=B6=C3=9Fe=\r\n!\r\n",
            {"Content_Transfer_Encoding": "quoted-printable", "Content_Type": "text/plain; charset=utf-8"},
            "größe!",
            (),
        ),
        (
            base64.b64encode("größe".encode()),
            {"Content_Transfer_Encoding": "BASE64", "Content_Type": "text/plain; charset=utf-8"},
            "größe",
            (),
        ),
        ("one \r\ntwo\r\n>q \r\n>r\r\n", {"Content_Type": "text/plain; format=flowed"}, "one two\n> q r", ()),
        ("a\0b", {}, "a\0b", ()),
        (
            '<meta http-equiv=x content="text/html; charset=koi8-r"><p>тест</p>'.encode("koi8-r"),
            {"Content_Type": "text/html"},
            "тест",
            (),
        ),
    ],
)
def test_encodings_of_the_text(body: bytes | str, fields: dict[str, str | None], text: str, flags: object) -> None:
    event = one(a_mail(body, **fields))
    assert (event.body, event.flags) == (text, flags)


def test_attachments_are_objects_with_digest_size_and_type() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(100)
    forwarded = a_part(a_mail("inner", Subject="Inner"), Content_Type="message/rfc822")
    invite = a_part("BEGIN:VCALENDAR\r\nEND:VCALENDAR", Content_Type="text/calendar; method=REQUEST")
    outcome = taken(a_multipart(PLAIN, a_file(png, "r=C3=B6.png"), forwarded, invite), key="mail/1")
    [event] = outcome.events
    assert [(a.name, a.mime, a.size) for a in event.attachments] == [
        ("r=C3=B6.png", "image/png", 108),
        ("Inner.eml", "message/rfc822", len(a_mail("inner", Subject="Inner"))),
        ("part-4", "text/calendar", 30),
    ]
    assert event.attachments[0].sha256 == hashlib.sha256(png).hexdigest()
    assert [row.member for row in outcome.objects] == ["", "1/1", "1/2", "1/3"]
    assert event.subkind == "calendar"
    assert [part["number"] for part in attributes(event)["parts"]] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'x\x9f>"\1\0', "winmail.dat"),
        (b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0", "smime.p7m"),
        (b"-----BEGIN PGP MESSAGE-----\n", "encrypted.asc"),
    ],
)
def test_sealed_parts_are_attachments_and_flagged(data: bytes, name: str) -> None:
    event = one(a_multipart(PLAIN, a_file(data, name)))
    assert event.flags == ("not-readable",) and event.attachments[0].size == len(data)


def test_a_mere_signature_is_no_seal() -> None:
    signature = a_file(
        b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "smime.p7s", "application/pkcs7-signature"
    )
    assert one(a_multipart(PLAIN, signature, kind="signed")).flags == ()


def test_text_around_the_parts_is_kept() -> None:
    data = a_multipart(PLAIN).replace(b"\r\n\r\n--=_b1", b"\r\n\r\nfor old programs\r\n--=_b1", 1) + b"list footer\r\n"
    assert attributes(one(data))["around_parts"] == ["for old programs", "list footer"]


def test_a_mail_that_ends_inside_a_part_is_read_and_named() -> None:
    data = a_multipart(PLAIN, a_file(b"1234567890" * 9, "a.bin"))
    outcome = taken(data[:-60], key="mail/1")
    [event] = outcome.events
    assert event.body == "plain words" and "truncated" in event.flags
    assert [(entry.reason, entry.line) for entry in outcome.quarantined] == [("truncated-document", 1)]


def test_a_mail_in_a_file_and_in_a_zip() -> None:
    assert one(b"\xef\xbb\xbf\r\n" + a_mail()).body == "hello"
    [event] = taken(a_zip({"a/b.eml": a_mail()}), key="x.zip").events
    assert (event.member, event.body) == ("a/b.eml", "hello")


def test_more_than_is_held_is_measured() -> None:
    data = bytes(range(256)) * 4000
    mail = a_multipart(PLAIN, a_file(data, "a.bin"), a_part("t" * 300_000, Content_Type="text/plain"))
    whole, small = one(mail), one(mail, limits=Limits(document_bytes=200_000, line_bytes=100_000))
    assert small.attachments[0] == whole.attachments[0]
    assert whole.attachments[0].sha256 == hashlib.sha256(data).hexdigest()
    assert small.raw_sha256 == whole.raw_sha256 and small.flags == ("partly-read",)
    assert small.body == "plain words\n" + "t" * 100_000
    assert [attachment.size for attachment in small.attachments] == [len(data), 300_000]


def test_ten_thousand_parts_and_deep_nesting_end() -> None:
    event = one(a_multipart(*[b"\r\nx"] * 10_500))
    assert "partly-read" in event.flags
    body = b"\r\ndeep"
    for depth in range(60):
        mark = b"--n%d" % depth
        body = b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n%b\r\n%b\r\n%b--\r\n" % (depth, mark, body, mark)
    assert "partly-read" in one(b"From: a@a.example\r\nSubject: x\r\n" + body).flags


@pytest.mark.parametrize(
    "head",
    [
        b"From: only one field\n\nx",
        b"Note: a\nTodo: b\n\nx",
        b"Date: x\nContent-Type: text/html\nServer: y\n\n",
        b"no fields at all\nFrom: a\nTo: b\n",
        a_line(),
        b'{"From": "a", "To": "b"}',
        b"[25/2/26, 9:00:00] Ana: hi\n",
        b"<smses/>",
        b"",
    ],
)
def test_sniff_refuses_what_is_no_mail(head: bytes) -> None:
    assert not eml.sniff(head)


def test_no_other_format_claims_a_mail() -> None:
    assert [reader.NAME for reader in FORMATS if reader.sniff(a_mail())] == ["eml"]


SAMPLE = a_multipart(
    a_part("gr=C3=B6=C3=9Fe", Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="quoted-printable"),
    a_part("<p>x &amp; y</p>", Content_Type="text/html"),
    a_file(b"\x89PNG\r\n\x1a\n", "a.png"),
    Subject="=?utf-8?Q?Gr=C3=B6=C3=9Fe?=",
    Received="from x by y; Wed, 25 Mar 2026 09:00:00 -0700",
    Cc='"C, D" <c@c.example>',
    X_Long="a\r\n b",
)


def test_any_damage_leaves_an_outcome() -> None:
    hold_under_damage(eml, SAMPLE)
