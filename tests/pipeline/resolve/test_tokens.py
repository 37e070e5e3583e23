"""Two copies of one message say the same, whatever phone they come from; two messages do not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Attachment, Event, EventKind, TimeSource
from pipeline.resolve.tokens import Entry, Shape, entry_of, fold_name, fold_text, read, token


def an_entry(**changes: object) -> Entry:
    entry = Entry(event_id="e", source="s", line=1, ts_utc=0, kind="message", sender="Ana", body="Hello")
    return replace(entry, **changes)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Hello  there\n", "hello there"),
        ("\u200eHello\u202f\u200bthere", "hello there"),
        ("CAFE\u0301", "café"),
        ("Straße", "STRASSE"),
        ("\uff21\uff22", "ab"),
        ("ok \u2764\ufe0f", "ok \u2764"),
        ("see @\u2068Ana Lopez\u2069 now", "see @\u2068~ ana\u2069 now"),
        ("see @15550107777 now", "see @\u2068Ana Lopez\u2069 now"),
    ],
)
def test_copies_of_a_text_fold_to_one(one: str, two: str) -> None:
    assert fold_text(one) == fold_text(two)
    assert token(an_entry(body=one)) == token(an_entry(body=two))


@pytest.mark.parametrize(("one", "two"), [("ok", "ok!"), ("mail a@b.example", "mail c@b.example"), ("10", "1 0")])
def test_different_texts_stay_different(one: str, two: str) -> None:
    assert token(an_entry(body=one)) != token(an_entry(body=two))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (an_entry(body="", flags=("deleted",)), "<deleted>"),
        (an_entry(kind="file", flags=("deleted",), body="", media="image"), "<deleted>"),
        (an_entry(kind="file", body="", media="image"), "<image>"),
        (an_entry(kind="file", body="", media=""), "<media>"),
        (an_entry(kind="file", body="Look Here", media="video"), "<video> look here"),
        (an_entry(kind="file", body="", media="image", hashes=("ab", "cd")), "ab+cd"),
        (an_entry(body="", flags=("view-once",)), "<media>"),
        (an_entry(body="\u200e"), "<media>"),
        (an_entry(kind="system", subkind="member-added", body="Ana added Ben"), "<system:member-added>"),
        (an_entry(kind="membership", subkind="left"), "<system:left>"),
        (an_entry(kind="system"), "<system:other>"),
        (an_entry(kind="call", body="Missed voice call"), "<call>"),
    ],
)
def test_what_is_not_text_has_a_placeholder(entry: Entry, expected: str) -> None:
    assert token(entry) == expected


def test_polls_and_places_do_not_depend_on_the_language() -> None:
    polls = [
        an_entry(subkind="poll", body="POLL:\nLunch at five?\nOPTION: Yes (3 votes)\nOPTION: no: never (1 vote)"),
        an_entry(
            subkind="poll",
            body="\u200eENCUESTA:\nLunch at five?\n\u200eOPCIÓN: Yes (\u200e0 votos)\nOPCIÓN: no: never (2 votos)",
        ),
    ]
    assert {token(poll) for poll in polls} == {"<poll> lunch at five? / yes / no: never"}
    link = "https://maps.example/?q=1,2"
    places = [an_entry(kind="location", body=f"location: {link}"), an_entry(kind="location", body=link)]
    assert {token(place) for place in places} == {f"<location> {link}"}
    live = [an_entry(kind="location", body=words) for words in ("Live location shared", "Ubicación en tiempo real")]
    assert {token(place) for place in live} == {"<location>"}


def test_nobody_can_type_a_placeholder() -> None:
    typed = an_entry(body="<deleted>")
    assert token(typed) not in ("<deleted>", token(an_entry(body="\\<deleted>")))
    assert read(typed).shape is Shape.TEXT


def test_coarse_token_ignores_kind_and_bytes_of_media() -> None:
    copies = [an_entry(kind="file", body="x", media="image"), an_entry(kind="file", body="x", hashes=("ab",))]
    assert {read(copy).coarse for copy in copies} == {"<media> x"}


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)


@pytest.mark.parametrize(
    ("one", "two"),
    [("~\u202fAna", "ana"), ("+1 (555) 010-7777", "15550107777"), ("\u202a+1 555 010 7777\u202c", "+15550107777")],
)
def test_names_fold(one: str, two: str) -> None:
    assert fold_name(one) == fold_name(two)


def test_names_with_few_digits_keep_them() -> None:
    assert fold_name("Unit 12") != fold_name("12")


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        (Attachment(name="00000042-PHOTO-2026-01-02-03-04-05.jpg"), "image"),
        (Attachment(name="", mime="audio/ogg"), "audio"),
        (Attachment(name="STK-1.webp", mime="image/webp"), "sticker"),
        (Attachment(name="plan.pdf", mime="application/pdf"), "document"),
        (Attachment(name="x.vcf"), "contact"),
        (Attachment(name="", note="omitted"), ""),
    ],
)
def test_entry_of_an_event(attachment: Attachment, expected: str) -> None:
    event = Event(
        event_id="e1",
        event_kind=EventKind.FILE,
        source="whatsapp",
        format="whatsapp-txt",
        conversation_id="c1",
        sender_display="Ana",
        ts_utc=60_000_000,
        ts_source=TimeSource.UNKNOWN,
        attachments=(replace(attachment, sha256="ab"), replace(attachment, sha256="")),
        object_key="k",
        line=7,
    )
    entry = entry_of(event)
    assert (entry.media, entry.hashes, entry.line, entry.sender) == (expected, ("ab",), 7, "Ana")
    assert not entry.zone_known
