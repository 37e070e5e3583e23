from __future__ import annotations

import io
import re
from typing import Any

import pytest

from pipeline.intake.formats.telegram_html import read, sniff
from pipeline.intake.limits import Limits
from pipeline.intake.place import Place
from pipeline.model import Event, EventKind, TimeSource
from tests.fuzz.seed import Seed
from tests.pipeline.intake.intaking import Outcome, a_zip, attributes, sources, taken

K = EventKind
AT = 1_771_981_200_000_000 - 3600_000_000
WHEN = "25.02.2026 01:00:00 UTC+01:00"
PICTURE = (
    '      <div class="pull_left userpic_wrap">\n       <div class="userpic userpic3">\n'
    '        <div class="initials">\nA\n        </div>\n       </div>\n      </div>\n'
)
DAY = (
    '     <div class="message service" id="message-1">\n      <div class="body details">\n25 February 2026\n'
    "      </div>\n     </div>\n"
)


def a_page(*messages: str, title: str = "Turno B", tail: str = "") -> bytes:
    """A page as the app lays it out."""
    head = (
        '<!DOCTYPE html>\n<html>\n <head>\n  <meta charset="utf-8"/>\n<title>Exported Data</title>\n </head>\n'
        ' <body onload="CheckLocation();">\n  <div class="page_wrap">\n   <div class="page_header">\n'
        f'    <div class="content">\n     <div class="text bold">\n{title}\n     </div>\n    </div>\n   </div>\n'
        '   <div class="page_body chat_page">\n    <div class="history">\n'
    )
    end = "    </div>\n   </div>\n  </div>\n </body>\n</html>\n"
    return "".join((head, DAY, *messages, tail or end)).encode()


def said(text: str = "", *inside: str, number: int = 5, who: str = "Ana Reyes", when: str = WHEN) -> str:
    """One message; without a sender it is joined to the one above."""
    joined = "" if who else " joined"
    parts = [
        f'     <div class="message default clearfix{joined}" id="message{number}">\n',
        PICTURE if who else "",
        f'      <div class="body">\n       <div class="pull_right date details" title="{when}">\n01:00\n</div>\n',
        f'       <div class="from_name">\n{who} \n       </div>\n' if who else "",
        *inside,
        f'       <div class="text">\n{text}\n       </div>\n' if text else "",
        "      </div>\n     </div>\n\n",
    ]
    return "".join(parts)


def service(sentence: str, number: int = 6, inside: str = "") -> str:
    return (
        f'     <div class="message service" id="message{number}">\n      <div class="body details">\n{sentence}\n'
        f"      </div>\n{inside}     </div>\n"
    )


def media(form: str, title: str = "", description: str = "", status: str = "", link: str = "") -> str:
    name, more = ("a", "block_link ") if link else ("div", "")
    href = f' href="{link}"' if link else ""
    parts = (("title bold", title), ("description", description), ("status details", status))
    return (
        f'<div class="media_wrap clearfix">\n<{name} class="media clearfix pull_left {more}media_{form}"{href}>\n'
        '<div class="fill pull_left">\n</div>\n<div class="body">\n'
        + "".join(f'<div class="{part}">\n{value}\n</div>\n' for part, value in parts if value)
        + f"</div>\n</{name}>\n</div>\n"
    )


LEFT_OUT = "Not included, change data exporting settings to download."

_SEEDED = (
    said("hello <strong>all</strong><br>of you"),
    said("", media("file", "plan.pdf", "1.2 KB", link="files/plan.pdf"), number=6, who="Ben"),
    said("", media("photo", "Photo", LEFT_OUT), number=7),
    said("yes", '<div class="reply_to details">\nIn reply to <a href="#go_to_message5">this</a>\n</div>\n', number=8),
    service("Ben invited Carla", 9),
)
_WHOLE = a_page(*_SEEDED).decode()
_HEAD, _TAIL = _WHOLE.split("".join(_SEEDED))
SEEDS = (
    Seed(
        reader="telegram-html",
        syntax="xml",
        head=_HEAD.encode(),
        elements=tuple(part.encode() for part in _SEEDED),
        tail=_TAIL.encode(),
        key="captures/ChatExport/messages.html",
        lookahead=1,
        learnt=frozenset(("conversation_id", "conversation_title", "vendor_id", "target_id")),
        tokens=(b'<div class="message default clearfix" id="message', b"</div>", b"<br>", b'title="', b'class="text"'),
    ),
)
"""For the damage tests of `tests/fuzz`."""


def of(*messages: str, key: str = "ChatExport_2026-02-25/messages.html", **options: Any) -> Outcome:
    return taken(a_page(*messages), key=key, **options)


def one(*arguments: str, **options: Any) -> Event:
    return of(said(*arguments, **options)).events[0]


def test_a_message() -> None:
    event = of(said("hello"), sources=sources()).events[0]
    assert (event.event_kind, event.body, event.flags, event.attributes) == (K.MESSAGE, "hello", (), '{"id":5}')
    assert (event.sender_id, event.sender_display, event.line) == ("Ana Reyes", "Ana Reyes", 1)
    assert (event.ts_utc, event.ts_source, event.ts_raw) == (AT, TimeSource.OFFSET, "25.02.2026 01:00:00 UTC+01:00")
    assert (event.source, event.format, event.conversation_title) == ("telegram", "telegram-html", "Turno B")
    assert event.conversation_id == "telegram:mreyes:page:Turno B"


@pytest.mark.parametrize(
    ("options", "source", "hours"),
    [({}, TimeSource.UNKNOWN, 1), ({"timezone": "America/Chicago"}, TimeSource.ZONE_FROM_CONFIG, 7)],
)
def test_older_pages_have_no_offset(options: dict[str, Any], source: TimeSource, hours: int) -> None:
    event = of(said("x", when="25.02.2026 01:00:00"), **options).events[0]
    assert (event.ts_source, event.ts_utc) == (source, AT + hours * 3600_000_000)


def test_a_time_that_is_none() -> None:
    event = one("x", when="yesterday")
    assert (event.ts_utc, event.flags, event.ts_raw) == (None, ("bad-time",), "yesterday")


def test_joined_messages_have_the_sender_above() -> None:
    outcome = of(said("a"), said("b", who="", number=6), said("c", who="Ben", number=7), said("d", who="", number=8))
    assert [event.sender_id for event in outcome.events] == ["Ana Reyes", "Ana Reyes", "Ben", "Ben"]
    assert of(said("alone", who="")).events[0].sender_id == ""


@pytest.mark.parametrize(
    ("markup", "body", "source"),
    [
        ("a &lt;b&gt; &amp; c &#39;d&#39;", "a <b> & c 'd'", False),
        ("one<br>two", "one\ntwo", False),
        ("<strong>now</strong>!", "now!", True),
        ('<a href="https://example.gov/x">here</a>', "here <https://example.gov/x>", True),
        ('<a href="https://example.gov">https://example.gov</a>', "https://example.gov", True),
    ],
)
def test_the_text_as_it_is_read(markup: str, body: str, source: bool) -> None:
    event = one(markup)
    assert event.body == body
    assert attributes(event).get("body_source") == (markup if source else None)


@pytest.mark.parametrize(
    ("inside", "subkind", "path", "note", "name"),
    [
        ('<a class="photo_wrap clearfix pull_left" href="photos/a.jpg">', "image", "photos/a.jpg", "", "a.jpg"),
        ('<a class="sticker_wrap clearfix pull_left" href="s/a.webp">', "sticker", "s/a.webp", "", "a.webp"),
        ('<a class="video_file_wrap clearfix pull_left" href="v/a.mp4">', "video", "v/a.mp4", "", "a.mp4"),
        ('<a class="animated_wrap clearfix pull_left" href="v/a.mp4">', "gif", "v/a.mp4", "", "a.mp4"),
        (media("voice_message", "Voice message", "", "00:05", "voice/a.ogg"), "voice", "voice/a.ogg", "", "a.ogg"),
        (media("video", "Video message", "", "00:05", "r/a.mp4"), "video-note", "r/a.mp4", "", "a.mp4"),
        (media("file", "plan.pdf", "", "12 KB", "files/plan.pdf"), "document", "files/plan.pdf", "", "plan.pdf"),
        (
            media("file", "plan.pdf", LEFT_OUT, "12 KB"),
            "document", "", "omitted", "plan.pdf",
        ),
        (media("photo", "Photo", "Exceeds maximum size, change settings."), "image", "", "omitted", ""),
        (media("photo", "Photo", "Unavailable, please try again later."), "image", "", "unavailable", ""),
        (media("photo", "Sticker", LEFT_OUT), "sticker", "", "omitted", ""),
    ],
)  # fmt: skip
def test_files(inside: str, subkind: str, path: str, note: str, name: str) -> None:
    event = one("caption", inside)
    assert (event.event_kind, event.subkind, event.body) == (K.FILE, subkind, "caption")
    file = event.attachments[0]
    assert (file.path, file.note, file.name) == (path, note, name)


@pytest.mark.parametrize(
    ("inside", "kind", "subkind", "told"),
    [
        (
            media("call success", "Ben", "", "Outgoing (61 seconds)"),
            K.CALL,
            "completed",
            {"event": "phone call", "call_duration": 61},
        ),
        (media("call", "Ben", "", "Missed"), K.CALL, "missed", {"event": "phone call"}),
        (media("call", "Ben", "", "Declined"), K.CALL, "declined", {"event": "phone call"}),
        (media("call", "Ben", "", "Cancelled"), K.CALL, "cancelled", {"event": "phone call"}),
        (
            media("contact", "Ben Doe", "", "+1 520 555 0100"),
            K.MESSAGE,
            "contact",
            {"contact": "Ben Doe +1 520 555 0100"},
        ),
        (media("contact", "Ben", "", "+1 520 - vCard", "contacts/c.vcf"), K.FILE, "contact", {"contact": "Ben +1 520"}),
        (media("venue", "Gate 4", "North lane"), K.LOCATION, "shared", {"place": "Gate 4 North lane"}),
        (media("game", "Chess", "Play", "x"), K.MESSAGE, "game", {"link_title": "Chess", "link_description": "Play"}),
        (media("invoice", "Fee", "May", "$5"), K.MESSAGE, "invoice", {"link_title": "Fee", "link_description": "May"}),
    ],
)
def test_other_content(inside: str, kind: EventKind, subkind: str, told: dict[str, Any]) -> None:
    event = one("", inside)
    assert (event.event_kind, event.subkind, attributes(event)["shown"]) == (kind, subkind, told)


def test_positions() -> None:
    link = "https://maps.google.com/maps?q=31.5,-110.25&amp;ll=31.5,-110.25&amp;z=16"
    event = one("", media("location", "Location", "", "31.5, -110.25", link))
    assert (event.event_kind, event.subkind) == (K.LOCATION, "shared")
    assert attributes(event)["location"] == {"latitude": 31.5, "longitude": -110.25}
    assert one("", media("live_location", "Live location", "", "", link)).subkind == "live"


def test_polls() -> None:
    answers = (
        '<div class="answer">\n- now <span class="details">2 votes, chosen vote</span>\n</div>\n'
        '<div class="answer">\n- later\n</div>\n'
    )
    question = '<div class="question bold">\nWhen?\n</div>\n'
    inside = f'<div class="media_wrap clearfix">\n<div class="media_poll">\n{question}{answers}</div>\n</div>\n'
    event = one("", inside)
    assert (event.subkind, attributes(event)["shown"]) == (
        "poll",
        {"poll": "When?", "poll_options": ["now (2)", "later (0)"]},
    )


def test_answers_signatures_and_bots() -> None:
    link = '<a href="#go_to_message4" onclick="return GoToMessage(4)">this message</a>'
    reply = f'<div class="reply_to details">\nIn reply to {link}\n</div>\n'
    signature = '<div class="signature details">\nA. R.\n</div>\n'
    event = one("x", reply, signature, who="Ana Reyes via @gif")
    kept = attributes(event)
    assert (kept["reply_to_message_id"], kept["author"], kept["via_bot"], event.sender_id) == (
        4,
        "A. R.",
        "@gif",
        "Ana Reyes",
    )
    elsewhere = '<div class="reply_to details">\nIn reply to a message in another chat\n</div>\n'
    assert attributes(one("x", elsewhere))["reply_to"] == "In reply to a message in another chat"


def test_forwarded_messages() -> None:
    name = 'Ben <span class="date details" title="24.02.2026 01:00:00 UTC+01:00"> 24.02.2026 01:00:00</span>'
    words = '<div class="text">\na\n</div>\n'
    first = f'<div class="forwarded body">\n<div class="from_name">\n{name}\n</div>\n{words}</div>\n'
    second = '<div class="forwarded body">\n<div class="text">\nb\n</div>\n</div>\n'
    events = of(said("", first), said("", second, who="", number=6), said("c", who="", number=7)).events
    assert [(event.body, event.flags, event.sender_id) for event in events] == [
        ("a", ("forwarded",), "Ana Reyes"), ("b", ("forwarded",), "Ana Reyes"), ("c", (), "Ana Reyes"),
    ]  # fmt: skip
    assert [attributes(event).get("shown") for event in events[:2]] == [{"forwarded_from": "Ben"}] * 2


def test_reactions_are_events() -> None:
    who = '<div class="initials" title="Ben Doe, 25.02.2026 01:02:00 UTC+01:00">\nB\n</div>\n'
    ben = (
        '<span class="reaction">\n<span class="emoji">\n👍\n</span>\n<span class="userpics">\n'
        f'<div class="userpic">\n{who}</div>\n</span>\n</span>\n'
    )
    many = '<span class="reaction">\n<span class="emoji">\n🔥\n</span>\n<span class="count">\n12\n</span>\n</span>\n'
    message, liked, fire = of(said("x", f'<span class="reactions">\n{ben}{many}</span>\n')).events
    assert (liked.event_kind, liked.body, liked.sender_display) == (K.REACTION, "👍", "Ben Doe")
    assert (liked.ts_utc, liked.ts_source) == (AT + 120_000_000, TimeSource.OFFSET)
    assert (fire.body, attributes(fire)["count"]) == ("🔥", 12)
    assert {liked.target_id, fire.target_id} == {message.vendor_id}


@pytest.mark.parametrize(
    ("sentence", "kind", "subkind", "actor", "told"),
    [
        (
            "Ana created group &laquo;T&raquo; with members Ben, Carla and Dora",
            K.SYSTEM,
            "group-created",
            "Ana",
            {"room_title": "T", "members_added": ["Ben", "Carla", "Dora"]},
        ),
        ("Ana invited Ben", K.MEMBERSHIP, "member-added", "Ana", {"members_added": ["Ben"]}),
        ("Ana invited Ben to the voice chat", K.SYSTEM, "call-invitation", "Ana", {"members": ["Ben"]}),
        ("Ana removed Ben", K.MEMBERSHIP, "member-removed", "Ana", {"members_removed": ["Ben"]}),
        ("Ana removed Ana", K.MEMBERSHIP, "member-left", "Ana", {"members_removed": ["Ana"]}),
        ("Ben joined group by link from Ana", K.MEMBERSHIP, "member-joined", "Ben", {}),
        ("Ana changed group title to &laquo;T&raquo;", K.ROOM_SETTINGS, "subject-changed", "Ana", {"room_title": "T"}),
        ("Channel &laquo;T&raquo; created", K.SYSTEM, "channel-created", "", {"room_title": "T"}),
        (
            'Ana pinned <a href="#go_to_message4" onclick="return GoToMessage(4)">this message</a>',
            K.SYSTEM,
            "pinned",
            "Ana",
            {},
        ),
        ("Ana started voice chat (61 seconds)", K.CALL, "completed", "Ana", {"call_duration": 61}),
        (
            "Ana has set messages to auto-delete in 24 hours",
            K.ROOM_SETTINGS,
            "disappearing-timer",
            "Ana",
            {"expires_after": 86400},
        ),
        ("Ana has set messages not to auto-delete", K.ROOM_SETTINGS, "disappearing-timer", "Ana", {"expires_after": 0}),
        ("History cleared", K.SYSTEM, "history-cleared", "", {}),
        ("Ana did something new", K.SYSTEM, "other", "", {}),
    ],
)
def test_service_messages(sentence: str, kind: EventKind, subkind: str, actor: str, told: dict[str, Any]) -> None:
    event = of(service(sentence)).events[0]
    assert (event.event_kind, event.subkind, event.sender_id) == (kind, subkind, actor)
    assert attributes(event).get("shown", {}) == told
    assert event.body and "<" not in event.body.replace("<#", "")


def test_service_messages_have_the_day_above_them() -> None:
    event = of(service("History cleared"), timezone="UTC").events[0]
    assert (event.ts_raw, event.ts_utc, event.flags) == ("25 February 2026", AT, ("day-only",))


def test_a_timer_is_when_the_messages_after_it_expire() -> None:
    events = of(service("Ana has set messages to auto-delete in 7 days"), said("x")).events
    assert [event.expires_utc for event in events] == [None, AT + 7 * 86_400_000_000]


def test_ids_are_the_same_in_every_export() -> None:
    one_export = of(said("a"), said("ok", number=6), said("ok", number=7), sources=sources())
    other = of(
        said("z", number=1),
        said("a", number=2),
        said("ok", number=3),
        said("ok", number=4),
        sources=sources(),
        key="x/messages2.html",
    )
    first = [event.vendor_id for event in one_export.events]
    assert len(set(first)) == 3
    assert set(first) <= {event.vendor_id for event in other.events}


def test_folders_of_an_account_keep_chats_of_one_name_apart() -> None:
    keys = ("e/chats/chat_001/messages.html", "e/chats/chat_002/messages.html")
    ids = {of(said("x"), key=key, sources=sources()).events[0].conversation_id for key in keys}
    assert ids == {"telegram:mreyes:page:chat_001:Turno B", "telegram:mreyes:page:chat_002:Turno B"}
    assert (
        len({of(said("x"), key=key).events[0].conversation_id for key in ("a/messages.html", "b/messages.html")}) == 2
    )


def test_media_beside_the_page_are_attachments_of_the_archive() -> None:
    page = a_page(said("x", '<a class="photo_wrap clearfix pull_left" href="photos/a.jpg">'))
    outcome = taken(a_zip({"c/messages.html": page, "c/photos/a.jpg": b"\xff\xd8\xff\xe0 photo"}), key="t.zip")
    assert {row.member: row.format for row in outcome.objects} == {
        "": "archive", "c/messages.html": "telegram-html", "c/photos/a.jpg": "attachment",
    }  # fmt: skip


def test_faults_cost_their_message() -> None:
    data = a_page(said("a"), said("BAD", number=6), said("c", number=7)).replace(b"BAD", b"\xff")
    outcome = taken(data, key="m.html")
    assert [(entry.reason, entry.line) for entry in outcome.quarantined] == [("invalid-utf8", 2)]
    assert [event.body for event in outcome.events] == ["a", "c"]
    outcome = taken(a_page(said("a"), said("x" * 9000, number=6)), key="m.html", limits=Limits(document_bytes=3000))
    assert outcome.reasons == ["line-too-long"]


def test_a_page_cut_short_keeps_what_is_complete() -> None:
    data = a_page(said("a"), said("b", number=6))
    outcome = taken(data[: data.index(b"\nb\n")], key="m.html")
    assert ([event.body for event in outcome.events], outcome.reasons) == (["a"], ["truncated-document"])


PAGE = a_page(
    said("señal"), service("Ana invited Ben"), said("b", media("call", "Ben", "", "Missed"), who="", number=7)
)


def test_every_message_is_an_entry() -> None:
    assert len(taken(PAGE, key="m.html").entries) == len(re.findall(rb'id="message\d', PAGE)) == 3


def test_cut_at_every_byte_and_every_byte_flipped() -> None:
    place = Place(object_key="m.html", content_sha256="0" * 64)
    damaged = [PAGE[:size] for size in range(len(PAGE))]
    damaged += [PAGE[:at] + bytes([PAGE[at] ^ 1 << at % 8]) + PAGE[at + 1 :] for at in range(len(PAGE))]
    for text in damaged:
        sniff(text)
        ids = [entry.event_id for entry in read(io.BytesIO(text), place) if isinstance(entry, Event)]
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<html><title>Exported Data</title></html>",
        b'<div class="message default clearfix" id="message5">',
        b'<html>\n<meta charset="UTF-8">\n<div class="message"><div class="received"><p></p></div></div></html>',
        b"From: a@example.gov\n\n<title>Exported Data</title>",
        b'{"name": "x", "type": "personal_chat", "messages": []}',
    ],
)
def test_other_formats_are_not_read(head: bytes) -> None:
    assert not sniff(head)


def test_its_own_pages_are_known() -> None:
    assert sniff(PAGE)
    assert sniff(b"\xef\xbb\xbf" + PAGE)
