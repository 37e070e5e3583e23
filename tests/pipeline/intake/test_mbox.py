from __future__ import annotations

import mailbox
import random
import tempfile
from pathlib import Path

import pytest

from pipeline.intake.formats import FORMATS, mbox
from pipeline.intake.limits import Limits
from pipeline.model import Event
from tests.pipeline.intake.intaking import attributes, taken
from tests.pipeline.intake.mailing import a_file, a_mail, a_mailbox, a_multipart, a_part, a_report, hold_under_damage

FROM = b"From ana@a.example Wed Mar 25 09:00:00 2026\n"


def mails(data: bytes, limits: Limits | None = None) -> list[Event]:
    outcome = taken(data, key="box", limits=limits)
    assert outcome.quarantined == []
    return outcome.events


def numbered(count: int) -> list[bytes]:
    return [a_mail(f"text {n}\n", Message_ID=f"<m{n}@a.example>") for n in range(count)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_each_mail_is_an_event(end: bytes) -> None:
    events = mails(a_mailbox(*numbered(3), end=end))
    assert [(event.vendor_id, event.body, event.line) for event in events] == [
        (f"m{n}@a.example", f"text {n}", n + 1) for n in range(3)
    ]
    assert {event.format for event in events} == {"mbox"}
    assert attributes(events[0])["mbox"] == FROM.decode().strip()


def test_a_last_mail_without_newline() -> None:
    assert [event.body for event in mails(a_mailbox(*numbered(2)).rstrip(b"\n"))] == ["text 0", "text 1"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"one\n\n>From me to you\n", "one\n\nFrom me to you"),
        (b"one\n>>From quoted\n", "one\n>From quoted"),
        (b"one\n\nFrom here on: nothing\nmore\n", "one\n\nFrom here on: nothing\nmore"),
        (b"one\n\nFrom the desk\nNote: this\n", "one\n\nFrom the desk\nNote: this"),
        (b"one\nFrom nobody\nSubject: not a mail\n", "one\nFrom nobody\nSubject: not a mail"),
    ],
)
def test_lines_that_start_with_from(body: bytes, text: str) -> None:
    data = FROM + a_mail(body, end=b"\n") + b"\n" + FROM + a_mail("last\n", end=b"\n")
    assert [event.body for event in mails(data)] == [text, "last"]


def test_content_length_settles_where_a_mail_ends() -> None:
    body = b"one\n\n" + FROM + b"Subject: pasted\n\nx\n"
    inner = a_mail(body, end=b"\n", Content_Length=str(len(body)))
    assert [event.body for event in mails(FROM + inner + b"\n" + FROM + a_mail("last\n", end=b"\n"))] == [
        body.decode().strip(),
        "last",
    ]
    wrong = inner.replace(b"Content-Length: %d" % len(body), b"Content-Length: 7")
    assert len(mails(FROM + wrong + b"\n" + FROM + a_mail("last\n", end=b"\n"))) == 3


@pytest.mark.parametrize(
    "line", [b"From - Wed Mar 25 09:00:00 2026", b"From 17@xxx Wed Mar 25 09:00:00 +0000 2026", b"From ana"]
)
def test_other_writers_lines(line: bytes) -> None:
    data = b"".join(line + b"\n" + mail.replace(b"\r\n", b"\n") + b"\n" for mail in numbered(2))
    assert len(mails(data)) == 2


def test_a_broken_mail_does_not_stop_the_next() -> None:
    data = FROM + b"\xff\xfe\0 no header at all\n\n" + FROM + b"\n\n" + a_mailbox(*numbered(1))
    outcome = taken(data, key="box")
    assert [event.line for event in outcome.events] == [1, 3]
    assert [(entry.reason, entry.line) for entry in outcome.quarantined] == [("empty-object", 2)]


def test_journal_reports_and_parts_in_a_mailbox() -> None:
    events = mails(a_mailbox(a_report(a_mail()), a_multipart(a_part("x"), a_file(b"1", "a.bin"))))
    assert "journal" in attributes(events[0]) and events[0].vendor_id == "m1@a.example"
    assert events[1].attachments[0].member == "2/1"


def test_mails_that_mozilla_marked_as_deleted() -> None:
    [event] = mails(a_mailbox(a_mail(X_Mozilla_Status="0009")))
    assert event.flags == ("recovered-deleted",)


def test_a_mail_beyond_what_is_held() -> None:
    big = a_multipart(a_part("words"), a_file(bytes(range(256)) * 3000, "a.bin"), Message_ID="<big@a.example>")
    data = a_mailbox(*numbered(2), big, *numbered(2))
    small = mails(data, Limits(document_bytes=100_000))
    assert [event.body for event in small] == ["text 0", "text 1", "words", "text 0", "text 1"]
    assert small == mails(data)


def test_the_count_agrees_with_the_standard_library() -> None:
    chance = random.Random(11)
    words = ["From", "me", "you", "\n", "\n\n", "2026", "10:00:00"]
    letters = [a_mail(" ".join(chance.choices(words, k=60)) + "\n", Message_ID=f"<{n}@a>") for n in range(200)]
    data = a_mailbox(*letters)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "box"
        path.write_bytes(data)
        assert len(mails(data)) == len(mailbox.mbox(path)) == 200


def test_sniff() -> None:
    assert [reader.NAME for reader in FORMATS if reader.sniff(a_mailbox(a_mail()))] == ["mbox"]
    assert mbox.sniff(FROM + b"Subject: x\nDate: y\n\n")
    for head in (b"From here to there\n\nit goes", b"From: a@a.example\nTo: b\n\n", a_mail(), b"From a\nb\n", b""):
        assert not mbox.sniff(head)


def test_any_damage_leaves_an_outcome() -> None:
    hold_under_damage(
        mbox, a_mailbox(a_mail(">From x\n"), a_multipart(a_part("x"), a_file(b"1", "a.bin")), a_mail("y\n"))
    )
