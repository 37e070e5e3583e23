from __future__ import annotations

import io
import random
import time

import pytest

from pipeline.intake.clock import Clock
from pipeline.intake.mime.addresses import people
from pipeline.intake.mime.charsets import decoded
from pipeline.intake.mime.dates import mail_time
from pipeline.intake.mime.headers import Headers, eight_bit, from_base64, parameters, read_headers, words
from pipeline.intake.mime.raw import FiledRaw, HeldRaw
from pipeline.model import TimeSource


def block(data: bytes) -> tuple[Headers, bytes]:
    raw = HeldRaw(data)
    headers, body = read_headers(raw, 0, raw.size)
    return headers, data[body:]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_fields_are_unfolded_and_the_body_follows_the_blank_line(end: bytes) -> None:
    headers, body = block(end.join([b"Subject: one", b" two", b"\tthree", b"X-Empty:", b"", b"body", b"", b"more"]))
    assert headers.fields == [("Subject", "one two\tthree"), ("X-Empty", "")]
    assert headers.text("subject") == "one two three"
    assert body == end.join([b"body", b"", b"more"])
    assert not headers.repaired


@pytest.mark.parametrize(
    ("data", "names", "body"),
    [
        (b"\nbody", [], b"body"),
        (b"\r\nbody", [], b"body"),
        (b"", [], b""),
        (b"Subject: x", ["Subject"], b""),
        (b"Subject: x\n", ["Subject"], b""),
        (b"Subject: x\nno field here\nat all\n\nbody", ["Subject"], b"no field here\nat all\n\nbody"),
        (b"only words\n\nbody", [], b"only words\n\nbody"),
        (b">From a@b Mon\nSubject: x\n\nbody", ["", "Subject"], b"body"),
        (b"Subject: x\nbroken fold\nDate: y\n\nbody", ["Subject", "Date"], b"body"),
        (b" starts with space\n\nbody", [], b" starts with space\n\nbody"),
    ],
)
def test_a_line_that_is_no_field(data: bytes, names: list[str], body: bytes) -> None:
    headers, rest = block(data)
    assert ([name for name, _ in headers.fields], rest) == (names, body)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        (b"=?utf-8?Q?Gr=C3?= =?utf-8?Q?=B6=C3=9Fe?=", "Größe"),
        (b"=?UTF-8?B?R3LDtsOf?=\t=?utf-8?b?ZQ==?= end", "Größe end"),
        (b"a =?iso-8859-1*en?Q?b_c?= d", "a b c d"),
        (b"=?utf-8?B?R3LDtg?=", "Grö"),
        (b"=?x-none?Q?=ff?=", "ÿ"),
        (b"=?utf-8?Q?not closed", "=?utf-8?Q?not closed"),
        ("Größe".encode(), "Größe"),
        ("Größe".encode("latin-1"), "Größe"),
        (b"=?utf-8?Q?two=0D=0Alines?=", "two lines"),
        (b"=?iso-2022-jp?B?GyRCJEYkOSRIGyhC?=", "てすと"),
        (b"=?gb2312?B?suLK1A==?=", "测试"),
    ],
)
def test_words_of_a_header(raw: bytes, text: str) -> None:
    assert words(eight_bit(raw)) == text


@pytest.mark.parametrize(
    ("raw", "main", "found"),
    [
        (b"text/plain", "text/plain", {}),
        (b'Text/HTML; charset="UTF-8"; format=flowed', "text/html", {"charset": "UTF-8", "format": "flowed"}),
        (b'x; filename="a \\"b\\".txt"', "x", {"filename": 'a "b".txt'}),
        (b"x; filename=My File.pdf ; y=z", "x", {"filename": "My File.pdf", "y": "z"}),
        (b"x; filename*=utf-8'en'%E2%82%AC%20rates", "x", {"filename": "€ rates"}),
        (b"x; filename*0*=utf-8''%e2%82; filename*1*=%ac; filename*2=.txt", "x", {"filename": "€.txt"}),
        (b'x; filename="=?utf-8?Q?=E2=82=AC?=.txt"', "x", {"filename": "€.txt"}),
        (b'x; filename="never closed; a=b', "x", {"filename": "never closed", "a": "b"}),
        (b"x; =; ;;a", "x", {}),
    ],
)
def test_parameters(raw: bytes, main: str, found: dict[str, str]) -> None:
    assert parameters(eight_bit(raw)) == (main, found)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"ana@a.example", [("", "ana@a.example")]),
        (b"Ana Ruiz <Ana@A.Example>, ben@b.example", [("Ana Ruiz", "ana@a.example"), ("", "ben@b.example")]),
        (b'"Ruiz, Ana" <ana@a.example>', [("Ruiz, Ana", "ana@a.example")]),
        (b"ana@a.example (Ana Ruiz)", [("Ana Ruiz", "ana@a.example")]),
        (b"=?utf-8?Q?Ruiz=2C_Ana?= <ana@a.example>", [("Ruiz, Ana", "ana@a.example")]),
        (
            b"Team: ana@a.example, Ben <b@b.example>; c@c.example",
            [("", "ana@a.example"), ("Ben", "b@b.example"), ("", "c@c.example")],
        ),
        (b"undisclosed-recipients:;", []),
        (b"a@a.example; b@b.example", [("", "a@a.example"), ("", "b@b.example")]),
        (b"Ana Ruiz", [("Ana Ruiz", "")]),
        (b"Ana Ruiz ana@a.example", [("Ana Ruiz", "ana@a.example")]),
        (b"<>", []),
        (b"Participant Name <>", [("Participant Name", "")]),
        (b"mailto:ana@a.example", [("", "ana@a.example")]),
        (b"'Ana' <mailto:ana@a.example>", [("Ana", "ana@a.example")]),
        (b"<@relay.example:ana@a.example>", [("", "ana@a.example")]),
        (b'"never closed <ana@a.example>', [('"never closed', "ana@a.example")]),
        (b"/O=ORG/OU=X/CN=ANA", [("/O=ORG/OU=X/CN=ANA", "")]),
        (b"", []),
        (b",,;", []),
    ],
)
def test_people(raw: bytes, found: list[tuple[str, str]]) -> None:
    assert [tuple(person) for person in people(eight_bit(raw))] == found


@pytest.mark.parametrize(
    ("text", "seconds", "source"),
    [
        ("Thu, 01 Jan 1970 00:00:00 +0000", 0, TimeSource.OFFSET),
        ("Thu, 1 Jan 1970 01:00:05 +0100", 5, TimeSource.OFFSET),
        ("1 Jan 70 00:00 GMT", 0, TimeSource.UTC),
        ("Thu, 01 Jan 1970 00:00:00 -0000", 0, TimeSource.UNKNOWN),
        ("Thu, 01 Jan 1970 00:00:00", 0, TimeSource.UNKNOWN),
        ("Wed, 31 Dec 1969 19:00:00 EST (Eastern)", 0, TimeSource.OFFSET),
        ("Thu, 01 Jan 1970 00:00:00 CEST", 0, TimeSource.UNKNOWN),
        ("Thu, 01 Jan 1970 00:00:00 GMT+01:00", -3600, TimeSource.OFFSET),
        ("Thu Jan  1 00:00:00 1970", 0, TimeSource.UNKNOWN),
        ("Thu Jan  1 00:00:00 1970 +0000", 0, TimeSource.OFFSET),
        ("1970-01-01T00:00:00Z", 0, TimeSource.UTC),
        ("Thu, 01-Jan-1970 12:00:00 AM +0000", 0, TimeSource.OFFSET),
        ("Thu, 01 Jan 1970 00:00:60 +0000", 60, TimeSource.OFFSET),
    ],
)
def test_dates(text: str, seconds: int, source: TimeSource) -> None:
    found = mail_time(text, Clock(""))
    assert found is not None and (found.micros, found.source) == (seconds * 1_000_000, source)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "32 Jan 2024 00:00 +0000",
        "1 Foo 2024 00:00",
        "1 Jan 2024 25:00",
        "1 Jan 2024 00:00 +9900",
        "9" * 500,
    ],
)
def test_no_date(text: str) -> None:
    assert mail_time(text, Clock("")) is None


def test_a_date_without_zone_takes_the_zone_of_the_source() -> None:
    found = mail_time("Thu, 01 Jan 1970 00:00:00", Clock("America/New_York"))
    assert found is not None and (found.micros, found.source) == (18000_000_000, TimeSource.ZONE_FROM_CONFIG)


@pytest.mark.parametrize(
    ("data", "charset", "text", "lied"),
    [
        (b"abc", "x-nothing", "abc", False),
        ("größe".encode(), "utf-8", "größe", False),
        ("größe".encode(), "iso-8859-1", "größe", True),
        ("größe".encode("latin-1"), "utf-8", "größe", True),
        ("größe".encode("latin-1"), "", "größe", True),
        ("größe".encode(), "", "größe", False),
        (b"\x93quoted\x94", "iso-8859-1", "“quoted”", False),
        (b"\x81", "utf-8", "�", True),
        ("てすと".encode("iso-2022-jp"), "ISO-2022-JP", "てすと", False),
        (b"+AGE-", "utf-7", "a", False),
        (b"+2D0-x", "utf-7", "�x", False),
        ("тест".encode("koi8-r"), "koi8-r", "тест", False),
        (b"\xff\xfea\0", "utf-16", "a", False),
        (b"abc", "idna", "abc", False),
    ],
)
def test_character_sets(data: bytes, charset: str, text: str, lied: bool) -> None:
    assert decoded(data, charset) == (text, lied)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVs\r\nbG8", b"hello"),
        (b"aGVs!!bG8=\n--", b"hello"),
        (b"aGk=aGk=", b"hi"),
        (b"a", b""),
    ],
)
def test_base64_with_faults(text: bytes, data: bytes) -> None:
    assert from_base64(text)[0].startswith(data)


@pytest.mark.parametrize(
    "piece",
    [
        b"=?a?q?",
        b"=?utf-8?B?YQ==?= ",
        b'"',
        b'\\"',
        b"(",
        b"<",
        b"[",
        b"a@b,",
        b"a:",
        b';a="',
        b"a*1*=x;",
        b"\n ",
        b"\na",
        b"\na:b",
    ],
)
def test_time_is_linear(piece: bytes) -> None:
    start = time.process_time()
    value = piece * (1_000_000 // len(piece))
    words(value.decode())
    people(value.decode())
    parameters("x;" + value.decode())
    block(b"Subject: x" + value)
    assert time.process_time() - start < 20


def test_a_filed_mail_is_searched_as_one_in_memory() -> None:
    chance = random.Random(3)
    data = bytes(chance.choices(b"ab\n-", k=200_000)) * 60
    filed, held = FiledRaw(io.BytesIO(b"xx" + data), 2, len(data)), HeldRaw(data)
    for _ in range(80):
        start, end = sorted((chance.randrange(len(data)), chance.randrange(len(data))))
        needle = bytes(chance.choices(b"ab\n-", k=chance.randrange(1, 24)))
        assert filed.find(needle, start, end) == held.find(needle, start, end)
        assert filed.slice(start, start + 100) == held.slice(start, start + 100)
    assert b"".join(filed.chunks(5, len(data) - 7)) == data[5:-7]
