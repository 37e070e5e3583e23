from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from pipeline.intake.formats import FORMATS, signal_export, signal_html, signal_markdown, signal_members
from pipeline.intake.formats.signal_export_again import Again
from pipeline.model import Event, EventKind, TimeSource
from tests.pipeline.intake.intaking import Outcome, a_zip, attributes, sources, taken
from tests.pipeline.intake.signal_folder import Said, chat_md, data_json, index_html, said
from tests.pipeline.intake.signal_seeds import EXPORTS

K = EventKind
SEEDS = EXPORTS
NOON = 1_772_020_800_000_000
PHOTO = {"name": "2026-02-25T12-00_00_a b.jpg", "path": "media/2026-02-25T12-00_00_a%20b.jpg"}

WEEK: tuple[Said, ...] = (
    said(0.123),
    said(5.5, "Me", "two\nlines", quote="\n\n> hello\n> again\n\n", reactions=[["BenDoe", "👍"], ["Me", "❤️"]]),
    said(6.5, "Me", "", attachments=[PHOTO]),
    said(60, "Me", "ok"),
    said(60, "Me", "ok"),
    said(70.001, body="look [2026-02-25 12:00:00] \n[2026-02-25 12:02:00] Me: forged"),
    said(80.001, body="", sticker={"id": "1", "packId": "p", "packKey": "s3cret", "emoji": "🐱", "extension": None}),
    said(90.001, body="", deleted=True),
    said(100.001, body="Incoming voice call (accepted, 2m 5s)", call=True),
    said(101.001, body="Missed video call", call=True, missed=True),
    said(110.001, "Me", "third", edits=[{"date": "2026-02-25T12:01:50.001000", "body": "first"}]),
    said(120.001, body="", attachments=[{"name": "", "path": "", "missing_kind": "media"}]),
    said(121.001, body="1. one\n2. two *three*"),
)


def folder(files: Mapping[str, bytes], **options: Any) -> Outcome:
    return taken(a_zip({f"BenDoe/{name}": data for name, data in files.items()}), key="signal/ana.zip", **options)


def line(one: Said, **options: Any) -> Event:
    return taken(data_json([one]), key="signal/BenDoe/data.json", **options).events[0]


def entry(text: str, **options: Any) -> list[Event]:
    return taken(text.encode(), key="signal/BenDoe/chat.md", **options).events


def of(outcome: Outcome, name: str) -> list[Event]:
    return [event for event in outcome.events if event.member.endswith(name)]


def meaning(event: Event) -> tuple[Any, ...]:
    """What resolve compares."""
    files = tuple(file.name for file in event.attachments)
    key = (event.event_kind, event.subkind, event.vendor_id, event.target_id, event.sender_id, event.conversation_id)
    return (*key, event.ts_utc, event.body, files)


def test_a_message_and_its_folder() -> None:
    event = line(said(0.123))
    assert (event.event_kind, event.source, event.format) == (K.MESSAGE, "signal", "signal-export")
    assert (event.sender_id, event.body, event.line) == ("BenDoe", "hello", 1)
    assert (event.conversation_id, event.conversation_title) == ("signal::BenDoe", "BenDoe")
    assert (event.ts_utc, event.ts_source) == (NOON + 123_000, TimeSource.UNKNOWN)
    assert (event.ts_raw, event.attributes) == ("2026-02-25T12:00:00.123000", "{}")


def test_with_a_zone_and_an_owner() -> None:
    declared = sources(timezone="America/Denver", owner_name="Ana Q.", owner_id="+15205550100")
    event = line(said(0, "Me"), sources=declared)
    assert (event.ts_utc, event.ts_source) == (NOON + 7 * 3600 * 1_000_000, TimeSource.ZONE_FROM_CONFIG)
    assert (event.sender_id, event.sender_display) == ("+15205550100", "Ana Q.")
    assert event.conversation_id == "signal:mreyes:BenDoe"
    assert line(said(0, "Me"), sources=sources()).sender_id == "mreyes"
    assert line(said(0, "Me")).sender_id == "Me"


@pytest.mark.parametrize(
    ("key", "title"),
    [("a/BenDoe/data.json", "BenDoe"), ("captures/29250340", ""), ("data.json", "")],
)
def test_the_folder_names_the_chat_only_beside_known_names(key: str, title: str) -> None:
    event = taken(data_json([said()]), key=key).events[0]
    assert event.conversation_title == title
    assert event.conversation_id.startswith("signal::BenDoe" if title else "signal::object-")


def test_an_archive_of_one_chat_is_named_for_it() -> None:
    assert taken(a_zip({"data.json": data_json([said()])}), key="x/BenDoe.zip").events[0].conversation_title == "BenDoe"


def test_quote_reactions_and_times_of_a_message() -> None:
    message, *reactions = taken(data_json([WEEK[1]]), key="BenDoe/data.json").events
    assert (message.body, attributes(message)) == ("two\nlines", {"shown": {"quote": "hello\nagain"}})
    assert [(e.event_kind, e.sender_id, e.body, e.ts_utc) for e in reactions] == [
        (K.REACTION, "BenDoe", "👍", None),
        (K.REACTION, "Me", "❤️", None),
    ]
    assert {event.target_id for event in reactions} == {message.vendor_id}


def test_media_stickers_deletions_and_calls() -> None:
    photo, sticker, deleted, call, missed = (line(WEEK[at]) for at in (2, 6, 7, 8, 9))
    assert (photo.event_kind, photo.subkind, photo.body) == (K.FILE, "image", None)
    assert (photo.attachments[0].name, photo.attachments[0].path) == (PHOTO["name"], f"media/{PHOTO['name']}")
    assert (sticker.subkind, sticker.stripped, attributes(sticker)["shown"]) == (
        "sticker",
        ("sticker.packKey",),
        {"sticker": "🐱"},
    )
    assert (deleted.event_kind, deleted.body, deleted.flags) == (K.MESSAGE, "", ("deleted",))
    assert (call.event_kind, call.subkind, attributes(call)["shown"]) == (K.CALL, "completed", {"call_duration": "125"})
    assert (missed.subkind, missed.body) == ("missed", "Missed video call")
    assert line(WEEK[11]).attachments[0].note == "omitted"


def test_an_edited_message_starts_with_its_first_text() -> None:
    message, edit = taken(data_json([WEEK[10]]), key="BenDoe/data.json").events
    assert (message.body, edit.event_kind, edit.body, edit.ts_utc) == ("first", K.EDIT, "third", None)
    assert edit.target_id == message.vendor_id


def test_ids_are_made_of_sender_and_time_and_of_the_text_where_that_is_coarse() -> None:
    assert line(said(0.5, body="a")).vendor_id == line(said(0.5, body="b")).vendor_id
    assert line(said(0, body="a")).vendor_id != line(said(0, body="b")).vendor_id
    ids = [e.vendor_id for e in taken(data_json([said(), said(), said(1), said(1, "Me")]), key="B/data.json").events]
    assert len(set(ids)) == 4
    again = [e.vendor_id for e in taken(data_json([said(), said()]), key="B/data.json").events]
    assert again == ids[:2]


def test_a_time_that_the_tool_did_not_know() -> None:
    event = line({**said(), "date": "1970-01-01T01:00:00"})
    assert (event.ts_utc, event.flags, event.ts_raw) == (None, ("bad-time",), "1970-01-01T01:00:00")
    assert line({**said(), "date": "soon"}).flags == ("bad-time",)


def test_values_of_the_wrong_type_are_kept() -> None:
    odd = {**said(), "body": 5, "sender": None, "reactions": [["x"], 7], "attachments": [1], "edits": "x", "quote": []}
    events = taken(data_json([odd]), key="B/data.json").events
    assert [e.event_kind for e in events] == [K.MESSAGE, K.REACTION, K.REACTION]
    assert (events[0].body, events[0].flags) == ("5", ("repaired",))
    assert {"attachments#1", "body#1", "edits#1"} <= attributes(events[0]).keys()
    assert attributes(events[2]) == {"reaction": 7}


def test_bad_lines_cost_themselves_only() -> None:
    good = data_json([said()])
    data = good + b"{nonsense}\n\xff{}\n[1]\n" + good + b'{"date": "2026'
    outcome = taken(data, key="B/data.json")
    assert outcome.reasons == ["invalid-json", "invalid-utf8", "not-an-object", "truncated-line"]
    assert [e.line for e in outcome.events] == [1, 5]


def test_a_file_that_was_appended_to_says_so() -> None:
    first = [said(0.1), said(1.1), said(2.1), said(3.1)]
    changed = {**said(1.1), "reactions": [["Me", "👍"]]}
    outcome = taken(data_json([*first, first[0], changed, first[3], said(9.1)]), key="B/data.json")
    flags = {e.line: e.flags for e in outcome.events if e.event_kind is K.MESSAGE}
    again = ("appended-again",)
    assert flags == {1: (), 2: (), 3: (), 4: (), 5: again, 6: (), 7: again, 8: ()}
    assert len({e.vendor_id for e in outcome.events if e.event_kind is K.MESSAGE}) == 5


def test_one_word_said_twice_at_the_start_is_said_twice() -> None:
    outcome = taken(data_json([said(), said(), said(), said(5)]), key="B/data.json")
    assert [e.flags for e in outcome.events] == [()] * 4
    assert len({e.vendor_id for e in outcome.events}) == 4


def test_repeats_are_found_in_their_order_only() -> None:
    again = Again()
    assert [again.repeats(b"%c" % sign, str(sign)) for sign in b"abcdacxbadd"] == [
        *[False] * 4,
        *[True, True, False, False],
        *[True, True, False],
    ]


@pytest.mark.parametrize("head", ["[%Y-%m-%d %H:%M:%S]", "[%Y-%m-%d, %H:%M]", "[%Y-%m-%d %H:%M]"])
def test_markdown_beside_json_says_the_same(head: str) -> None:
    outcome = folder({"data.json": data_json(WEEK), "chat.md": chat_md(WEEK, head)}, sources=sources())
    assert outcome.reasons == []
    assert [meaning(e) for e in of(outcome, "chat.md")] == [meaning(e) for e in of(outcome, "data.json")]
    assert {e.format for e in of(outcome, "chat.md")} == {"signal-export-markdown"}


def test_markdown_keeps_what_json_lacks_and_json_what_markdown_lacks() -> None:
    outcome = folder({"data.json": data_json(WEEK[:-1]), "chat.md": chat_md(WEEK[1:])})
    ids = {name: {e.vendor_id for e in of(outcome, name)} for name in ("data.json", "chat.md")}
    assert len(ids["data.json"] - ids["chat.md"]) == len(ids["chat.md"] - ids["data.json"]) == 1


def test_a_broken_line_of_json_leaves_the_message_to_markdown() -> None:
    data = data_json(WEEK[:3]).replace(b'"sender": "BenDoe"', b'"sender": BenDoe')
    outcome = folder({"data.json": data, "chat.md": chat_md(WEEK[:3])})
    assert outcome.reasons == ["invalid-json"]
    assert [e.body for e in of(outcome, "chat.md")][:2] == ["hello", "two\nlines"]


def test_markdown_alone() -> None:
    events = taken(chat_md(WEEK), key="signal/BenDoe/chat.md").events
    assert [(e.line, e.event_kind, e.sender_id, e.body) for e in events[:7]] == [
        (1, K.MESSAGE, "BenDoe", "hello"),
        (3, K.MESSAGE, "Me", "two\nlines"),
        (3, K.REACTION, "BenDoe", "👍"),
        (3, K.REACTION, "Me", "❤️"),
        (12, K.FILE, "Me", None),
        (14, K.MESSAGE, "Me", "ok"),
        (16, K.MESSAGE, "Me", "ok"),
    ]
    assert attributes(events[1])["shown"] == {"quote": "hello\nagain"}
    assert events[4].attachments[0].path == f"media/{PHOTO['name']}"
    assert len({e.vendor_id for e in events if e.vendor_id}) == len(WEEK) + 1
    assert ("deleted",) in {e.flags for e in events}


@pytest.mark.parametrize(
    ("text", "body", "more"),
    [
        ("hello  ", "hello", {}),
        ("hello", "hello", {}),
        ("a\n\nb\n(- c -)  ", "a\n\nb\n(- c -)", {}),
        ("hi  \n(- Ben: 👍 -)  ", "hi  \n(- Ben: 👍 -)", {}),
        ("hi\n(- Ben: 👍, Carla, R: x -)", "hi\n(- Ben: 👍, Carla, R: x -)", {}),
        ("see [x](./media/a.jpg) there  ", "see [x](./media/a.jpg) there", {}),
        ("  \n(( 🐱 ))", "", {"sticker": "🐱"}),
        ("  [🐱](../exported_stickers/p/1.webp)  ", "", {"sticker": "🐱"}),
        ("> no quote  ", "> no quote", {}),
        ("\n\n> q\n\nanswer  ", "answer", {"quote": "q"}),
    ],
)
def test_only_the_end_of_a_text_is_the_tools(text: str, body: str, more: dict[str, str]) -> None:
    events = entry(f"[2026-02-25 12:00:00] Ben: {text}\n\n[2026-02-25 12:00:01] Me: x  \n\n")
    assert len(events) == 2
    assert (events[0].body, attributes(events[0]).get("shown", {})) == (body, more)


@pytest.mark.parametrize("name", ["a[1].jpg", "a b.jpg", "a](b.jpg", "%20.jpg", "(1).jpg"])
def test_names_of_files_with_odd_signs(name: str) -> None:
    path = f"media/{name}".replace(" ", "%20")
    event = entry(f"[2026-02-25 12:00:00] Ben: look  ![{name}](./{path})  [{name}](./{path})  \n\n")[0]
    assert [(file.name, file.path) for file in event.attachments] == [(name, f"media/{name}")] * 2
    assert event.body == "look"


def test_text_before_the_first_head_and_a_cut_at_the_end() -> None:
    whole = chat_md([said(0), said(1), said(2)])
    outcome = taken(whole[:-7], key="B/chat.md")
    assert ([e.body for e in outcome.events], outcome.reasons) == (["hello", "hello"], ["truncated-line"])
    assert taken(b"\n" + whole, key="B/chat.md").reasons == []
    spoiled = taken(whole.replace(b"hello", b"\xff", 1).replace(b"hello", b"\0", 1), key="B/chat.md")
    assert spoiled.reasons == ["invalid-utf8", "nul-bytes"]


def test_whatsapp_keeps_its_own_texts() -> None:
    swedish = "[2026-02-25 09:00:00] Ana: hej\n[2026-02-25 09:01:00] Ben: hej igen\nmer\n[2026-02-25 09:02:00] Ana: x\n"
    assert {e.format for e in taken(swedish.encode(), key="chat.md").events} == {"whatsapp"}
    oldest = "[2020-02-25 09:00] Ana: hi  \n[2020-02-25 09:01] Me: yes  \n"
    assert {e.format for e in taken(oldest.encode(), key="x").events} == {"signal-export-markdown"}


def test_a_page_beside_the_others_is_one_entry() -> None:
    files = {"data.json": data_json(WEEK), "chat.md": chat_md(WEEK), "index.html": index_html(WEEK)}
    outcome = folder(files)
    (page,) = of(outcome, "index.html")
    assert (page.event_kind, page.subkind) == (K.DIRECTORY, "rendition")
    assert attributes(page) == {"messages": len(WEEK), "also_in": "data.json"}
    without = folder({name: files[name] for name in ("chat.md", "index.html")})
    assert [attributes(e)["also_in"] for e in of(without, "index.html") if e.event_kind is K.DIRECTORY] == ["chat.md"]


def test_a_page_keeps_what_the_others_lack() -> None:
    outcome = folder(
        {"data.json": data_json(WEEK[:-1]), "index.html": index_html([*WEEK[:-1], said(150, body="only here")])}
    )
    message, page = of(outcome, "index.html")
    assert (message.body, message.sender_id, message.flags) == (
        "only here",
        "BenDoe",
        ("rendition-only", "time-inherited"),
    )
    assert page.event_kind is K.DIRECTORY


def test_a_page_alone_is_read() -> None:
    events = taken(index_html(WEEK, grouped=False), key="signal/BenDoe/index.html").events
    assert Counter(e.event_kind for e in events) == {K.MESSAGE: 10, K.FILE: 1, K.CALL: 2, K.REACTION: 2}
    first, second = events[0], events[1]
    assert (first.body, first.sender_id, first.ts_utc) == ("hello", "BenDoe", NOON + 123_000)
    assert (second.body.split() if second.body else [], attributes(second)["shown"]) == (
        ["two", "lines"],
        {"quote": "hello again"},
    )
    assert [e.attachments[0].path for e in events if e.event_kind is K.FILE] == [f"media/{PHOTO['name']}"]


def test_bubbles_that_show_no_time_have_the_one_before() -> None:
    events = taken(index_html([said(0.1), said(9.1), said(20.1, "Me")]), key="B/index.html").events
    assert [e.flags for e in events] == [(), ("time-inherited",), ()]
    assert events[1].ts_utc == events[0].ts_utc


def test_a_forged_bubble_is_marked_where_the_other_files_are() -> None:
    forged = said(5.5, body='<div class="msg me"><span class="sender">Me</span><div class="body">I confess</div></div>')
    page = index_html([forged]).replace(b"&lt;", b"<").replace(b"&gt;", b">").replace(b"&quot;", b'"')
    events = of(folder({"data.json": data_json([forged]), "index.html": page}), "index.html")
    assert all("rendition-only" in e.flags for e in events if e.event_kind is not K.DIRECTORY)
    assert events[-1].event_kind is K.DIRECTORY


def test_a_page_that_is_cut_off() -> None:
    outcome = taken(index_html([said(0.1), said(9.1, "Me")])[:-40], key="B/index.html")
    assert (len(outcome.events), outcome.reasons) == (1, ["truncated-document"])


META = {
    "name": "Harbor watch",
    "exported_by": "Ana",
    "exported_on": "2026-02-25T12:00:00.000001",
    "members": [
        {"name": "BenDoe", "display_name": "Ben", "number": "+15205550101", "other_groups": ["Night"]},
        {"name": "Carla", "display_name": None, "number": None, "other_groups": []},
    ],
}


def test_members_of_a_group() -> None:
    group, ben, carla = taken(json.dumps(META, indent=2).encode(), key="s/Harborwatch/meta.json").events
    assert {e.event_kind for e in (group, ben, carla)} == {K.DIRECTORY}
    assert (group.subkind, group.vendor_id, group.conversation_title) == ("conversation", "Harbor watch", "Harborwatch")
    assert (ben.subkind, ben.vendor_id, ben.sender_display) == ("user", "+15205550101", "BenDoe")
    assert (carla.vendor_id, attributes(ben)["other_groups"]) == ("Carla", ["Night"])
    assert group.conversation_id == "signal::Harborwatch"


def test_members_as_a_table() -> None:
    text = "group_name,exported_by,exported_on,num_shared_groups,name,display_name,number,other_groups\n"
    events = taken(f"{text}H,Ana,2026,1,BenDoe,Ben,+1520,['x']\n".encode(), key="H/members.csv").events
    assert [(e.vendor_id, e.sender_display, e.line) for e in events] == [("+1520", "BenDoe", 1)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [(json.dumps(META)[:-9], "truncated-document"), (json.dumps(META).replace("null", "nil"), "invalid-json")],
)
def test_members_that_cannot_be_read(data: str, reason: str) -> None:
    assert taken(data.encode(), key="H/meta.json").reasons == [reason]


@pytest.mark.parametrize(
    ("reader", "data"),
    [
        (signal_export, data_json([said()])),
        (signal_markdown, chat_md([said()])),
        (signal_html, index_html([said()])),
        (signal_members, json.dumps(META).encode()),
    ],
)
def test_each_file_has_one_reader(reader: Any, data: bytes) -> None:
    assert next(one.NAME for one in FORMATS if one.sniff(data)) == reader.NAME
    assert next(one.NAME for one in FORMATS if one.sniff(b"\xef\xbb\xbf" + data)) == reader.NAME
    assert not reader.sniff(b"") and not reader.sniff(b"{}") and not reader.sniff(b"[2026] x")
