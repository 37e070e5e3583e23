from __future__ import annotations

import io
import re
from typing import Any

import pytest

from pipeline.intake.formats.imessage import read, sniff
from pipeline.intake.limits import Limits
from pipeline.intake.place import Place
from pipeline.model import Event, EventKind, TimeSource
from tests.pipeline.intake.intaking import Outcome, a_zip, attributes, sources, taken

K = EventKind
KEY = "imessage/ana/Ben Doe.txt"
FIRST = 1_652_808_582_000_000
"""May 17, 2022  5:29:42 PM read as UTC."""
MINUTE = 60_000_000
ANSWERED = "This message responded to an earlier message."


def moment(minutes: int = 0) -> str:
    hour, minute = divmod(17 * 60 + 29 + minutes, 60)
    return f"May 17, 2022 {hour % 12 or 12:2d}:{minute:02}:42 {'AM' if hour < 12 else 'PM'}"


def said(*lines: str, who: str = "Ben Doe", at: int = 0, read_by: str = "") -> str:
    """One message of the conversation itself."""
    head = moment(at) + (f" (Read by {read_by})" if read_by else "")
    return "\n".join([head, who, *lines]) + "\n\n"


def below(*lines: str, who: str = "Ben Doe", at: int = 0, first_line_only: bool = False) -> str:
    """An answer repeated below what it answers; older versions indent only the first line of a text."""
    parts = [moment(at), who, *lines]
    if first_line_only:
        return "".join(f"    {part}\n" for part in parts) + "\n"
    return "".join(f"    {line}\n" if line else "\n" for part in parts for line in part.split("\n")) + "\n"


def of(*entries: str, key: str = KEY, **options: Any) -> Outcome:
    return taken("".join(entries).encode(), key=key, **options)


def one(*lines: str, **options: Any) -> Event:
    return of(said(*lines, **options)).events[0]


def shown(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = attributes(event).get("shown", {})
    return found


def test_a_message() -> None:
    event = one("Hello world")
    assert (event.event_kind, event.body, event.flags, event.attributes) == (K.MESSAGE, "Hello world", (), "{}")
    assert (event.sender_id, event.sender_display, event.line) == ("Ben Doe", "Ben Doe", 1)
    assert (event.ts_utc, event.ts_source) == (FIRST, TimeSource.UNKNOWN)
    assert event.ts_raw == "May 17, 2022  5:29:42 PM"
    assert (event.source, event.format, event.conversation_title) == ("imessage", "imessage", "Ben Doe")


def test_with_a_zone_the_time_is_utc() -> None:
    event = of(said("x"), timezone="America/Los_Angeles").events[0]
    assert (event.ts_utc, event.ts_source) == (FIRST + 7 * 60 * MINUTE, TimeSource.ZONE_FROM_CONFIG)


@pytest.mark.parametrize(
    ("text", "hours"), [("12:29:42 AM", -17), ("12:29:42 PM", -5), (" 5:29:42 AM", -12), ("11:29:42 PM", 6)]
)
def test_the_twelve_hour_clock(text: str, hours: int) -> None:
    event = of(f"May 17, 2022 {text}\nMe\nx\n\n").events[0]
    assert event.ts_utc == FIRST + hours * 60 * MINUTE


def test_several_messages_and_texts_of_many_lines() -> None:
    outcome = of(said("one\ntwo\n\nthree"), said("four", who="Me", at=1), said("", at=2), said(at=3))
    assert [event.body for event in outcome.events] == ["one\ntwo\n\nthree", "four", "", ""]
    assert [event.line for event in outcome.events] == [1, 8, 12, 16]


def test_a_text_that_looks_like_a_head_is_one_only_behind_an_empty_line() -> None:
    assert one(f"look:\n{moment(3)}\nBen").body == f"look:\n{moment(3)}\nBen"
    assert len(of(said("a\n\nMay 17, 2022 was long")).events) == 1
    assert len(of(said("a\n\nFeb 31, 2022  5:29:42 PM\nx")).events) == 1


def test_the_owner_is_who_the_sources_file_says() -> None:
    plain = of(said("x", who="Me")).events[0]
    assert (plain.sender_id, plain.sender_display) == ("Me", "Me")
    declared = sources(owner_name="Ana Reyes", owner_id="+15205550101")
    event = of(said("x", who="Me"), said("y"), sources=declared).events[0]
    assert (event.sender_id, event.sender_display) == ("+15205550101", "Ana Reyes")
    assert event.recipients == ("Ben Doe",)
    assert of(said("x", who="Me"), sources=sources()).events[0].sender_id == "mreyes"


@pytest.mark.parametrize(
    ("key", "options", "conversation", "title"),
    [
        ("x/Ben Doe.txt", {"sources": sources()}, "imessage:mreyes:Ben Doe", "Ben Doe"),
        ("y/Ben Doe.txt", {"sources": sources()}, "imessage:mreyes:Ben Doe", "Ben Doe"),
        ("x/orphaned.txt", {"sources": sources()}, "imessage:mreyes:orphaned", "orphaned"),
    ],
)
def test_the_file_is_the_conversation(key: str, options: dict[str, Any], conversation: str, title: str) -> None:
    event = of(said("x"), key=key, **options).events[0]
    assert (event.conversation_id, event.conversation_title) == (conversation, title)


def test_without_a_custodian_folders_are_kept_apart() -> None:
    ids = {of(said("x"), key=key).events[0].conversation_id for key in ("a/Ben.txt", "b/Ben.txt", "captures/0042")}
    assert len(ids) == 3
    assert of(said("x"), key="captures/0042").events[0].conversation_title == ""


@pytest.mark.parametrize(
    ("entries", "key", "kind"),
    [
        ([said("a"), said("b", who="Me")], KEY, "dm"),
        ([said("a"), said("b", who="Me"), said("c", who="Carla")], KEY, "group"),
        ([said("a")], "x/+15205550101, +15205550102.txt", "group"),
        ([said("a"), f"{moment(1)} Ben Doe left the conversation.\n\n"], KEY, "group"),
    ],
)
def test_the_kind_of_conversation(entries: list[str], key: str, kind: str) -> None:
    assert {event.conversation_kind for event in of(*entries, key=key).events} == {kind}


@pytest.mark.parametrize(
    ("words", "kind", "subkind", "who", "told"),
    [
        (
            "You renamed the conversation to Ops: night",
            K.ROOM_SETTINGS,
            "subject-changed",
            "Me",
            {"room_title": "Ops: night"},
        ),
        ("You named the conversation Ops", K.ROOM_SETTINGS, "subject-changed", "Me", {"room_title": "Ops"}),
        ("Ben added Carla to the conversation.", K.MEMBERSHIP, "member-added", "Ben", {"members_added": ["Carla"]}),
        ("You removed Ben from the conversation.", K.MEMBERSHIP, "member-removed", "Me", {"members_removed": ["Ben"]}),
        ("Ben left the conversation.", K.MEMBERSHIP, "member-left", "Ben", {}),
        ("Ben changed the group photo.", K.ROOM_SETTINGS, "icon-changed", "Ben", {}),
        ("Ben removed the group photo.", K.ROOM_SETTINGS, "icon-removed", "Ben", {}),
        ("Ben changed the chat background.", K.ROOM_SETTINGS, "background-changed", "Ben", {}),
        ("Ben changed their phone number.", K.SYSTEM, "number-changed", "Ben", {}),
        ("You kept an audio message.", K.SYSTEM, "audio-kept", "Me", {}),
        ("Ben performed unknown action 7", K.SYSTEM, "other", "Ben", {}),
    ],
)
def test_announcements(words: str, kind: EventKind, subkind: str, who: str, told: dict[str, Any]) -> None:
    _, event, _ = of(said("a"), f"{moment(1)} {words}\n\n", said("b", at=2)).events
    assert (event.event_kind, event.subkind, event.sender_id, event.body) == (kind, subkind, who, words)
    assert (shown(event), event.ts_utc) == (told, FIRST + MINUTE)


def test_an_announcement_that_could_not_be_written() -> None:
    _, event, _ = of(said("a"), "Unable to format announcement!\n\n", said("b", at=2)).events
    assert (event.event_kind, event.ts_utc, event.body) == (K.SYSTEM, None, None)


def test_a_message_that_was_taken_back() -> None:
    event = of(said("a"), f"{moment(1)} Ben Doe unsent a message!\n\n").events[1]
    assert (event.event_kind, event.flags, event.body, event.sender_id) == (K.MESSAGE, ("deleted",), "", "Ben Doe")
    for line in (
        "They unsent this message part 1 minute, 2 seconds after sending!",
        "You unsent this message part!",
        "They deleted a message.",
    ):
        event = one(line)
        assert (event.flags, event.body, attributes(event)["marker"]) == (("deleted",), "", line)
    event = one("kept", "They unsent this message part!")
    assert (event.flags, event.body) == (("part-deleted",), "kept")


def test_a_message_from_the_bin() -> None:
    event = one("This message was deleted from the conversation!", "Hello")
    assert (event.flags, event.body) == (("recovered-deleted",), "Hello")


def test_read_receipts_are_events() -> None:
    declared = sources(owner_name="Ana", owner_id="ana")
    mine = said("x", who="Me", read_by="them after 1 hour, 49 seconds")
    theirs = said("y", at=1, read_by="you after 2 days")
    _, first, _, second = of(mine, theirs, sources=declared).events
    assert (first.event_kind, first.sender_id, first.ts_utc) == (K.READ_RECEIPT, "Ben Doe", FIRST + 3649 * 1_000_000)
    assert (second.sender_id, second.ts_utc) == ("ana", FIRST + (2 * 24 * 60 + 1) * MINUTE)
    assert first.target_id and first.target_id != second.target_id


@pytest.mark.parametrize("label", ["Tapbacks:", "Reactions:"])
def test_tapbacks_are_events(label: str) -> None:
    picture = "/Users/ana/Library/Messages/StickerCache/8e/a.heic"
    lines = [label, "Loved by Me", "☕️ by Carla", f"Sticker from Ben Doe: {picture} (App: Free People) from Ben Doe"]
    message, *tapbacks = of(said("hi", *lines, "", "second part")).events
    assert message.body == "hi\nsecond part"
    assert [(event.event_kind, event.body, event.sender_id) for event in tapbacks] == [
        (K.REACTION, "Loved", "Me"),
        (K.REACTION, "☕️", "Carla"),
        (K.REACTION, "Sticker", "Ben Doe"),
    ]
    assert {event.target_id for event in tapbacks} == {message.vendor_id}
    assert tapbacks[2].attachments[0].path == picture
    assert len({event.event_id for event in (message, *tapbacks)}) == 4


def test_words_that_are_no_list_of_tapbacks_are_text() -> None:
    assert one("Tapbacks:", "are nice").body == "Tapbacks:\nare nice"
    assert one("Reactions:").body == "Reactions:"


def test_an_edited_text_has_all_its_wordings() -> None:
    lines = [f"{moment()} first", "Edited 1 minute, 5 seconds later: second\nline", "Edited 3 seconds later: third", ""]
    message, one_edit, other_edit = of(said(*lines, "Sent with Slam")).events
    assert (message.body, message.flags) == ("first", ())
    assert attributes(message)["effect"] == "Sent with Slam"
    assert [(edit.event_kind, edit.body, edit.ts_utc) for edit in (one_edit, other_edit)] == [
        (K.EDIT, "second\nline", FIRST + 65_000_000),
        (K.EDIT, "third", FIRST + 68_000_000),
    ]
    assert {edit.target_id for edit in (one_edit, other_edit)} == {message.vendor_id}


def test_parts_beside_an_edited_one_stay() -> None:
    lines = ["before", f"{moment()} a", "Edited 2 seconds later: b", "", "attachments/1/2.jpg"]
    message, edit = of(said(*lines)).events
    assert (message.body, edit.body) == ("before\na", "before\nb")
    assert message.attachments[0].path == "attachments/1/2.jpg"


@pytest.mark.parametrize(
    ("line", "name", "path", "note", "subkind"),
    [
        ("attachments/12/345.heic", "345.heic", True, "", "image"),
        ("/Users/ana/Library/Messages/Attachments/0a/10/AB-CD/IMG_0042.MOV", "IMG_0042.MOV", True, "", "video"),
        ("~/Library/Messages/Attachments/0a/10/AB/Ben Doe.vcf", "Ben Doe.vcf", True, "", "contact"),
        (
            "/tmp/backup/33/33c81da8ae3194fc5a0ea993ef6ffe0b048baedb",
            "33c81da8ae3194fc5a0ea993ef6ffe0b048baedb",
            True,
            "",
            "document",
        ),
        ("Audio Message.caf", "Audio Message.caf", False, "missing", "audio"),
        ("IMG_0042.HEIC", "IMG_0042.HEIC", False, "missing", "image"),
        ("Attachment missing!", "", False, "missing", ""),
        ("Attachment missing name metadata!", "", False, "missing", ""),
    ],
)
def test_files(line: str, name: str, path: bool, note: str, subkind: str) -> None:
    event = one(line, "see above")
    assert (event.event_kind, event.subkind, event.body) == (K.FILE, subkind, "see above")
    file = event.attachments[0]
    assert (file.name, file.path, file.note) == (name, line if path else "", note)


@pytest.mark.parametrize(
    "text", ["see /etc/hosts", "and/or", "https://example.gov/a.jpg", "report v2.pdf is late", "a.b", "/x"]
)
def test_texts_that_are_no_files(text: str) -> None:
    assert (one(text).event_kind, one(text).body) == (K.MESSAGE, text)


def test_a_voice_message_with_its_words() -> None:
    event = one("attachments/1/2.caf", "Transcription: hello there")
    assert (event.body, shown(event)) == (None, {"transcript": "hello there"})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Sticker from Ben Doe: attachments/1/2.heic", "sticker"),
        ("Outline Sticker from Ben Doe: attachments/1/2.heic", "Outline"),
        ("Sticker from Ben Doe: attachments/1/2.heic (App: Free People)", "Free People"),
        ("Sticker from Ben Doe: attachments/1/2.heic (Genmoji prompt: a red gate)", "a red gate"),
    ],
)
def test_stickers(line: str, told: str) -> None:
    event = one(line)
    assert (event.event_kind, event.subkind, shown(event)) == (K.FILE, "sticker", {"sticker": told})
    assert event.attachments[0].path == "attachments/1/2.heic"


@pytest.mark.parametrize(
    ("lines", "kind", "subkind"),
    [
        (["SharePlay Message", "Ended"], K.MESSAGE, "shareplay"),
        (["Started sharing location!"], K.SYSTEM, "location-sharing-started"),
        (["Stopped sharing location!"], K.SYSTEM, "location-sharing-stopped"),
        (["Handwritten messages are not yet supported!"], K.MESSAGE, "handwriting"),
        (["Maps message:", "title", "subtitle"], K.MESSAGE, ""),
        (["Check\u00a0In: Timer Started", "Checked in at Oct 14, 2023  1:54:29 PM"], K.MESSAGE, ""),
    ],
)
def test_what_apps_put_in(lines: list[str], kind: EventKind, subkind: str) -> None:
    event = one(*lines)
    assert (event.event_kind, event.subkind, event.body) == (kind, subkind, "\n".join(lines))


def test_an_effect_needs_something_that_was_sent_with_it() -> None:
    event = one("hi", "Sent with Confetti")
    assert (event.body, attributes(event)) == ("hi", {"effect": "Sent with Confetti"})
    assert one("Sent with Confetti").body == "Sent with Confetti"


@pytest.mark.parametrize("first_line_only", [False, True], ids=["new", "old"])
def test_an_answer_stands_twice_and_is_one_message(first_line_only: bool) -> None:
    answer = ["yes\nof course\n\n    really", "Tapbacks:", "Liked by Ben Doe", ""]
    repeated = below(*answer, who="Me", at=5, first_line_only=first_line_only)
    entries = [said("come?", repeated, "and more", who="Ben Doe"), said(*answer, ANSWERED, who="Me", at=5)]
    question, given, liked = of(*entries).events
    assert question.body == "come?\nand more"
    assert (given.body, given.ts_utc) == ("yes\nof course\n\n    really", FIRST + 5 * MINUTE)
    assert (liked.event_kind, liked.target_id) == (K.REACTION, given.vendor_id)
    assert attributes(question)["answers_below"] == 1
    assert (attributes(given)["answer"], shown(given)) == (True, {"quote": "come?\nand more", "quote_by": "Ben Doe"})


def test_an_answer_that_stands_only_below_is_a_message_too() -> None:
    entries = [said("come?", below("yes", who="Me", at=5), below("no", at=6)), said("later", at=9)]
    outcome = of(*entries)
    assert [event.body for event in outcome.events] == ["come?", "yes", "no", "later"]
    lines = "".join(entries).split("\n")
    assert all(lines[event.line - 1].strip() == event.ts_raw for event in outcome.events)


def test_an_answer_without_what_it_answers() -> None:
    event = one("yes", ANSWERED)
    assert (event.body, attributes(event)) == ("yes", {"answer": True})


def test_ids_are_the_same_in_every_export_of_the_conversation() -> None:
    early = [said("a"), said("ok", at=1), said("ok", at=1)]
    late = [said("zero", at=-9), said("a", read_by="you after 5 seconds"), *early[1:], said("new", at=7)]
    options: dict[str, Any] = {"sources": sources()}
    first = [event.vendor_id for event in of(*early, key="a/Ben.txt", **options).events]
    second = {event.vendor_id for event in of(*late, key="b/Ben.txt", **options).events}
    assert len(set(first)) == 3
    assert set(first) <= second


def test_faults_cost_their_entry() -> None:
    data = "".join([said("a"), said("BAD", at=1), said("NUL", at=2), said("c", at=3)]).encode()
    outcome = taken(data.replace(b"BAD", b"\xff").replace(b"NUL", b"\0"), key=KEY)
    assert [(entry.reason, entry.line) for entry in outcome.quarantined] == [("invalid-utf8", 5), ("nul-bytes", 9)]
    assert [event.body for event in outcome.events] == ["a", "c"]


def test_lines_and_entries_beyond_the_limit() -> None:
    limits = Limits(line_bytes=200)
    outcome = of(said("a"), said("x" * 300, at=1), said("x\n" * 150, at=2), said("b", at=3), limits=limits)
    assert outcome.reasons.count("line-too-long") == 2
    assert [event.body for event in outcome.events][-1] == "b"


def test_text_before_the_first_head() -> None:
    outcome = list(read(io.BytesIO(f"what is this\n\n{said('a')}".encode()), Place(object_key="x.txt")))
    assert [getattr(entry, "reason", "") for entry in outcome] == ["no-header", ""]


def test_a_text_cut_short_keeps_what_is_complete() -> None:
    data = "".join([said("a"), said("b", at=1), said("c", at=2)])
    outcome = of(data[: data.index("c\n")])
    assert [event.body for event in outcome.events] == ["a", "b", ""]
    outcome = of(data[: data.index("c\n") + 1])
    assert ([event.body for event in outcome.events], outcome.reasons) == (["a", "b"], ["truncated-line"])


def test_windows_line_ends() -> None:
    data = said("a\nb").replace("\n", "\r\n") + said("c", at=1).replace("\n", "\r\n")
    assert [event.body for event in of(data).events] == ["a\nb", "c"]


def test_media_beside_the_text_are_attachments_of_the_archive() -> None:
    photo = b"\xff\xd8\xff\xe0 not much of a photo"
    text = "".join([said("attachments/1/2.jpg"), said("attachments/1/list.csv", at=1)]).encode()
    outcome = taken(
        a_zip({"e/Ben.txt": text, "e/attachments/1/2.jpg": photo, "e/attachments/1/list.csv": b"a,b\n"}), key="i.zip"
    )
    assert {row.member: row.format for row in outcome.objects} == {
        "": "archive",
        "e/Ben.txt": "imessage",
        "e/attachments/1/2.jpg": "attachment",
        "e/attachments/1/list.csv": "attachment",
    }


MANY = "".join(
    [
        said("a\n\nb", who="Me", read_by="them after 5 seconds"),
        said("c", below("d", at=5), "Tapbacks:", "Loved by Me", "", at=1),
        f"{moment(2)} Ben Doe left the conversation.\n\n",
        said("d", ANSWERED, at=5),
        said(f"{moment(6)} e", "Edited 1 second later: f", "", at=6),
    ]
)


def test_every_head_is_an_entry_and_every_line_below_it_that_tells_of_something_else() -> None:
    heads = len(re.findall(r"(?m)(?:\A|\n\n)May 17, 2022 +\d+:\d\d:\d\d PM(?: \(| Ben|$)", MANY))
    receipts, tapbacks, edits = MANY.count("(Read by"), MANY.count(" by Me\n"), MANY.count("Edited ")
    assert (heads, receipts, tapbacks, edits) == (5, 1, 1, 1)
    assert len(of(MANY).entries) == heads + receipts + tapbacks + edits


def test_cut_at_every_byte_and_every_byte_flipped() -> None:
    data, place = MANY.encode(), Place(object_key="x.txt", content_sha256="0" * 64)
    damaged = [data[:size] for size in range(len(data))]
    damaged += [data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :] for at in range(len(data))]
    for text in damaged:
        sniff(text)
        ids = [entry.event_id for entry in read(io.BytesIO(text), place) if isinstance(entry, Event)]
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n\n",
        b"May 17, 2022  5:29:42 PM",
        b"May 17, 2022 at noon\nMe\nhello\n",
        b"May 17, 2022  5:29:42 PM something happened here\nx\n",
        b"Me\nMay 17, 2022  5:29:42 PM\nhello\n",
        b"5/17/22, 5:29\xe2\x80\xafPM - Ben: hello\n",
        b"[17/05/22, 17:29:42] Ben: hello\n",
        b"From ben@example.gov Tue May 17 17:29:42 2022\nSubject: x\n\nhello\n",
        b'{"messages": []}',
        b"<html><div class='message'>May 17, 2022  5:29:42 PM</div></html>",
    ],
)
def test_other_formats_are_not_read(head: bytes) -> None:
    assert not sniff(head)


@pytest.mark.parametrize("head", [said("x"), f"{moment()} You left the conversation.\n\n", "\n" + said("x"), MANY])
def test_its_own_beginnings_are_known(head: str) -> None:
    assert sniff(head.encode())
    assert sniff(b"\xef\xbb\xbf" + head.encode())
