from __future__ import annotations

import io
import random
import time

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from pipeline.intake.attachment_text import TEXT_BYTES, extracted, kind_of, text_of
from pipeline.intake.limits import Limits
from tests.pipeline.intake.intaking import a_zip
from tests.pipeline.intake.mailing import a_file, a_mail, a_multipart, a_part

LIMITS = Limits()
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"


def a_pdf(*pages: str, locked: bool = False) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True, encrypt=StandardEncryption("secret", "owner") if locked else None)
    for page in pages:
        canvas.drawString(72, 720, page)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def an_ooxml(**parts: str) -> bytes:
    """Parts by path, `__` for `/`."""
    members = {name.replace("__", "/") + ".xml": text.encode() for name, text in parts.items()}
    return a_zip({"[Content_Types].xml": b"<Types/>", **members})


def a_docx(body: str) -> bytes:
    return an_ooxml(word__document=f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')


def an_odt(body: str) -> bytes:
    text = f'<o:d xmlns:o="urn:o" xmlns:text="urn:t" xmlns:table="urn:b"><o:body>{body}</o:body></o:d>'
    return a_zip({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": text.encode()})


def a_sheet(rows: str) -> str:
    return f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>'


def a_slide(words: str) -> str:
    return f'<p xmlns:a="{DRAWING}"><a:p>{words}</a:p></p>'


SHARED = "<si><t>Name</t></si><si><r><t>Ru</t></r><r><t>iz</t></r><rPh><t>x</t></rPh></si>"
ROWS = (
    '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
    '<row><c><v>12.5</v></c><c t="inlineStr"><is><t>in</t></is></c><c t="s"><v>99</v></c></row>'
)
XLSX = an_ooxml(
    xl__sharedStrings=f'<sst xmlns="{SHEET}">{SHARED}</sst>',
    xl__worksheets__sheet1=a_sheet(ROWS),
    xl__worksheets__sheet10=a_sheet("<row><c><v>10</v></c></row>"),
    xl__worksheets__sheet2=a_sheet("<row><c><v>2</v></c></row>"),
)
PPTX = an_ooxml(
    ppt__slides__slide1=a_slide("<a:r><a:t>one</a:t></a:r><a:br/><a:r><a:t>two</a:t></a:r>"),
    ppt__notesSlides__notesSlide1=a_slide("<a:r><a:t>a note</a:t></a:r>"),
)
DOCX = a_docx(
    "<w:p><w:r><w:t>Ana</w:t><w:tab/><w:t xml:space='preserve'> Ruiz</w:t></w:r></w:p>"
    "<w:p><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del></w:p>"
    "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
)
RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator x;}\f0 Ana \b Ruiz\b0\par gr\'f6\u223 ?e"
    rb"\tab{\pict\bin4 }}{}}\u8364\'80 \{x\}\emdash}"
)
VCARD = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Gr=C3=B6=\r\n=C3=9Fe\r\n"
    b"TEL;TYPE=cell:+1 760 555 0136\r\nPHOTO;ENCODING=BASE64:AAAA\r\n BBBB\r\nNOTE:a\\, b\\nc\r\nEND:VCARD\r\n"
)


VCARD_SHOWN = """BEGIN: VCARD
VERSION: 2.1
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE: Größe
TEL;TYPE=cell: +1 760 555 0136
NOTE: a, b
c
END: VCARD"""
FORWARDED = """From: Ana Ruiz <Ana@a.example>
To: ben@b.example
Date: Wed, 25 Mar 2026 09:00:00 -0700
Subject: ö

inner words
[a.bin]"""


@pytest.mark.parametrize(
    ("data", "mime", "text"),
    [
        (b"plain\r\nwords\r\n", "text/plain", "plain\nwords"),
        ("größe".encode("latin-1"), "text/plain", "größe"),
        ("größe".encode("utf-16"), "text/csv", "größe"),
        (b"\xef\xbb\xbfa;b", "text/csv", "a;b"),
        (b"<p>a &amp; b</p>", "text/html", "a & b"),
        ("<meta charset='koi8-r'>тест".encode("koi8-r"), "text/html", "тест"),
        (b"<html><p>found</p></html>", "application/octet-stream", "found"),
        (RTF, "", "Ana Ruiz\ngröße\t€ {x}—"),
        (
            VCARD,
            "",
            VCARD_SHOWN,
        ),
        (
            b"BEGIN:VCALENDAR\nSUMMARY:meet\n ing\nEND:VCALENDAR",
            "text/calendar",
            "BEGIN: VCALENDAR\nSUMMARY: meeting\nEND: VCALENDAR",
        ),
        (
            a_multipart(a_part("inner words"), a_file(b"1", "a.bin"), Subject="=?utf-8?Q?=C3=B6?="),
            "message/rfc822",
            FORWARDED,
        ),
        (b'{"a": 1}', "application/json", '{"a": 1}'),
        (a_pdf("Ana Ruiz", "page two"), "application/pdf", "Ana Ruiz\npage two"),
        (DOCX, "application/zip", "Ana\t Ruiz\ndeleted\ncell"),
        (XLSX, "", "Name\tRuiz\n12.5\tin\n\n2\n\n10"),
        (PPTX, "", "one\ntwo\n\na note"),
        (
            an_odt("<text:h>Head</text:h><text:p>a<text:tab/>b<text:s text:c='2'/>c<text:line-break/>d</text:p>"),
            "",
            "Head\na\tb  c\nd",
        ),
        (b"\x89PNG\r\n\x1a\n", "text/plain", None),
        (b"\0\1\2", "", None),
        (b"", "text/plain", None),
        (a_zip({"a.txt": b"x"}), "application/zip", None),
    ],
)
def test_the_text_a_reader_would_see(data: bytes, mime: str, text: str | None) -> None:
    assert text_of(data, mime, LIMITS) == text
    assert text_of(io.BytesIO(data), mime, LIMITS) == text


@pytest.mark.parametrize(
    ("data", "claimed", "kind"),
    [
        (DOCX, "application/zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (a_zip({"a": b"x"}), "text/plain", "application/zip"),
        (b"%PDF-1.4", "text/plain", "application/pdf"),
        (b"words", "application/octet-stream", "text/plain"),
        (b"words", "Text/CSV; charset=utf-8", "text/csv"),
        (b"\0", "", "application/octet-stream"),
        (b"PK\3\4 broken", "application/msword", "application/zip"),
    ],
)
def test_what_a_file_is(data: bytes, claimed: str, kind: str) -> None:
    assert kind_of(data, claimed, LIMITS) == kind


def test_long_texts_are_cut_and_say_so() -> None:
    found = extracted("ö".encode() * TEXT_BYTES, "text/plain", LIMITS)
    assert found.note == "text-cut" and len((found.text or "").encode()) == TEXT_BYTES
    words = random.Random(1).choices("abcdefghijklmnopqrstuvwxyz ", k=2_000_000)
    found = extracted(a_docx(f"<w:p><w:r><w:t>{''.join(words)}</w:t></w:r></w:p>"), "", LIMITS)
    assert found.note == "text-cut" and len(found.text or "") == TEXT_BYTES
    assert extracted(b"<p>x</p>" + b" " * (9 << 20), "text/html", LIMITS) == ("x", "text-cut")


@pytest.mark.parametrize(
    "data",
    [
        a_pdf("x", locked=True),
        b"%PDF-1.7\nno pdf",
        an_ooxml(word__document="<w:document"),
        an_ooxml(word__document='<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>'),
        an_ooxml(word__document='<!DOCTYPE d SYSTEM "http://x.example/x"><d/>'),
        a_docx("<w:p><w:r><w:t>" + "0" * (64 << 20) + "</w:t></w:r></w:p>"),
    ],
)
def test_what_cannot_be_read_says_so_and_does_no_harm(data: bytes) -> None:
    assert extracted(data, "", LIMITS) == (None, "not-readable")
    assert text_of(a_pdf("still there"), "", LIMITS) == "still there"


def test_a_file_beyond_the_limit_is_not_opened() -> None:
    assert extracted(b"x" * 200, "text/plain", Limits(document_bytes=100)) == (None, "too-large")


def test_a_child_that_dies_is_replaced() -> None:
    from pipeline.intake.attachment_text import _sandbox

    assert text_of(a_pdf("one"), "", LIMITS) == "one"
    child = _sandbox().child
    assert child is not None
    child.kill()
    assert text_of(a_pdf("two"), "", LIMITS) in ("two", None)
    assert text_of(a_pdf("three"), "", LIMITS) == "three"


def test_the_child_keeps_its_share_of_memory_and_time() -> None:
    from pipeline.intake.attachment_sandbox import Sandbox

    sandbox = Sandbox(1000)
    assert sandbox.read(b"pdf", io.BytesIO(a_pdf("x"))) == ("x\n", False)
    assert sandbox.read(b"no such reader", io.BytesIO(b"")) == (None, False)
    assert sandbox.read(b"pdf", io.BytesIO(a_pdf("y" * 40))).text == "y" * 40 + "\n"
    sandbox.close()


@pytest.mark.parametrize(
    ("piece", "mime"),
    [
        (b"{", "application/rtf"),
        (rb"\'", "application/rtf"),
        (rb"\u1", "application/rtf"),
        (b"{\\*", "application/rtf"),
        (b"A;B", "text/vcard"),
        (b";ENCODING=QUOTED-PRINTABLE:=\r\n", "text/vcard"),
        (b'A;X="', "text/vcard"),
        (b"\n ", "text/calendar"),
    ],
)
def test_time_is_linear(piece: bytes, mime: str) -> None:
    start = time.process_time()
    lead = rb"{\rtf" if mime.endswith("rtf") else b""
    text_of(lead + piece * (300_000 // len(piece)), mime, LIMITS)
    assert time.process_time() - start < 10


@pytest.mark.parametrize("data", [RTF, VCARD, a_mail("x"), b"<p>x</p>"])
def test_any_damage_is_survived(data: bytes) -> None:
    chance = random.Random(5)
    for at in range(len(data)):
        text_of(data[:at], "", LIMITS)
        text_of(data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :], "", LIMITS)


@pytest.mark.parametrize("data", [a_pdf("words of a page"), DOCX, XLSX])
def test_damaged_documents_are_survived(data: bytes) -> None:
    chance = random.Random(5)
    for _ in range(60):
        at = chance.randrange(len(data))
        text_of(data[:at], "", LIMITS)
        text_of(data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :], "", LIMITS)
    assert text_of(a_pdf("still there"), "", LIMITS) == "still there"
