from __future__ import annotations

import pytest

from pipeline.intake.formats import FORMATS, journal
from pipeline.intake.formats.mail_journal import read_envelope
from tests.pipeline.intake.intaking import attributes, taken
from tests.pipeline.intake.mailing import a_file, a_mail, a_multipart, a_part, a_report, hold_under_damage


def test_the_inner_mail_is_the_message_and_the_envelope_names_everybody() -> None:
    outcome = taken(a_report(a_mail("the words\n")), key="j")
    [event] = outcome.events
    assert outcome.quarantined == [] and event.format == "journal"
    assert (event.vendor_id, event.body, event.sender_id) == ("m1@a.example", "the words", "ana@a.example")
    assert event.recipients == ("ben@b.example", "cy@c.example", "dee@d.example")
    assert event.flags == ("bcc",)
    kept = attributes(event)
    assert kept["shown"]["bcc"] == ["dee@d.example"]
    assert kept["journal"]["recipients"] == [
        {"address": "ben@b.example", "kind": "to"},
        {"address": "cy@c.example", "kind": "cc", "expanded": "all@b.example"},
        {"address": "dee@d.example", "kind": "bcc", "forwarded": "boss@b.example"},
    ]
    assert kept["journal"]["headers"]["Message-ID"] == ["<report1@a.example>"]
    assert kept["journal"]["sender"] == "ana@a.example"


def test_reports_of_one_mail_share_its_id_and_keep_their_own_recipients() -> None:
    first, second = (
        taken(
            a_report(a_mail(), f"Sender: ana@a.example\nMessage-ID: <m1@a.example>\nRecipient: {who}\n"), key="j"
        ).events[0]
        for who in ("x@a.example", "y@a.example")
    )
    assert first.vendor_id == second.vendor_id and first.conversation_id == second.conversation_id
    assert [event.recipients[-1] for event in (first, second)] == ["x@a.example", "y@a.example"]


def test_without_the_header_the_envelope_tells() -> None:
    [event] = taken(a_report(a_mail(), X_MS_Journal_Report=None), key="j").events
    assert event.format == "journal" and event.vendor_id == "m1@a.example"


def test_files_of_the_inner_mail_and_of_the_report() -> None:
    report = a_report(a_multipart(a_part("x"), a_file(b"1", "in.bin")))
    report = report[: -len(b"--=_b1--\r\n")] + b"--=_b1\r\n" + a_file(b"2", "out.bin") + b"\r\n--=_b1--\r\n"
    report = report.replace(b"--=_b1", b"--=_out").replace(b'boundary="=_b1"', b'boundary="=_out"', 1)
    inner_at = report.index(b"message/rfc822")
    head, inner = report[:inner_at], report[inner_at:]
    last = inner.index(b"out.bin")
    fixed = inner[: inner.rindex(b"--=_out", 0, last)].replace(b"--=_out", b"--=_b1")
    [event] = taken(head + fixed + inner[inner.rindex(b"--=_out", 0, last) :], key="j").events
    assert [attachment.name for attachment in event.attachments] == ["in.bin", "out.bin"]


def test_a_report_whose_mail_is_missing_is_read_as_a_mail() -> None:
    data = a_report(a_mail()).replace(b"message/rfc822", b"application/x-gone")
    [event] = taken(data, key="j").events
    assert event.vendor_id == "report1@a.example" and "Sender: ana@a.example" in (event.body or "")


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Sender: a@a\nRecipients:\nb@b\n<c@c>\n", ["b@b", "c@c"]),
        ('Sender: "A" <a@a>\nTo: "B, C" <b@b>, Expanded: l@l\n', ["b@b"]),
        ("Sender: a@a\nTo: b@b\nLabel: x\nsomething\n", ["b@b"]),
        ("", []),
    ],
)
def test_forms_of_the_envelope(text: str, addresses: list[str]) -> None:
    assert [one["address"] for one in read_envelope(text).recipients] == addresses


def test_sniff() -> None:
    assert [reader.NAME for reader in FORMATS if reader.sniff(a_report(a_mail()))] == ["journal", "eml"]
    forwarded = a_multipart(a_part("see below"), a_part(a_mail(), Content_Type="message/rfc822"))
    assert [reader.NAME for reader in FORMATS if reader.sniff(forwarded)] == ["eml"]


def test_any_damage_leaves_an_outcome() -> None:
    hold_under_damage(journal, a_report(a_mail()))
