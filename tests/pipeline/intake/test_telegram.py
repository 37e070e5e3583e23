from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest

from pipeline.intake.formats.telegram import read, sniff
from pipeline.intake.limits import Limits
from pipeline.intake.place import Place
from pipeline.model import Event, EventKind, TimeSource
from tests.pipeline.intake.intaking import Outcome, a_zip, attributes, sources, taken

K = EventKind
AT = 1_771_999_200
MICROS = 1_000_000


def a_message(**changes: Any) -> dict[str, Any]:
    """One message as newer versions write it; None takes a field out."""
    message = {
        "id": 5,
        "type": "message",
        "date": "2026-02-25T01:00:00",
        "date_unixtime": str(AT),
        "from": "Ana Reyes",
        "from_id": "user11",
        "text": "hello",
        "text_entities": [{"type": "plain", "text": changes.get("text", "hello")}],
    }
    changed = {**message, **changes}
    return {name: value for name, value in changed.items() if value is not None or name in ("from", "actor")}


def a_service(action: str, **changes: Any) -> dict[str, Any]:
    message = a_message(text="", text_entities=[], actor="Ana Reyes", actor_id="user11", action=action)
    del message["from"], message["from_id"]
    return {**message, "type": "service", **changes}


def a_chat(*messages: dict[str, Any], form: str = "private_supergroup", **changes: Any) -> dict[str, Any]:
    return {"name": "Turno B", "type": form, "id": 1502913684, **changes, "messages": list(messages)}


def written(document: Any) -> bytes:
    """Laid out as the app does it."""
    return json.dumps(document, indent=1, ensure_ascii=False).encode()


def of(*messages: dict[str, Any], form: str = "private_supergroup", **options: Any) -> Outcome:
    return taken(written(a_chat(*messages, form=form)), key="result.json", **options)


def one(**changes: Any) -> Event:
    return of(a_message(**changes)).events[0]


def shown(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = attributes(event).get("shown", {})
    return found


def test_a_message_of_a_supergroup() -> None:
    event = one()
    assert (event.event_kind, event.body, event.flags, event.attributes) == (K.MESSAGE, "hello", (), '{"id":5}')
    assert (event.sender_id, event.sender_display) == ("user11", "Ana Reyes")
    assert (event.ts_utc, event.ts_source, event.ts_raw) == (AT * MICROS, TimeSource.UTC, "2026-02-25T01:00:00")
    assert (event.source, event.format, event.line) == ("telegram", "telegram", 1)
    assert (event.conversation_id, event.conversation_kind) == ("telegram:channel1502913684", "group")
    assert (event.conversation_title, event.vendor_id) == ("Turno B", "channel1502913684:5")


@pytest.mark.parametrize(
    ("form", "kind", "conversation"),
    [
        ("public_supergroup", "group", "telegram:channel77"),
        ("private_channel", "channel", "telegram:channel77"),
        ("public_channel", "channel", "telegram:channel77"),
        ("private_group", "group", "telegram:chat77"),
        ("personal_chat", "dm", "telegram:user11,user77"),
        ("bot_chat", "dm", "telegram:user11,user77"),
        ("saved_messages", "dm", "telegram:mreyes:saved_messages"),
        ("a_new_type", "", "telegram:user77"),
    ],
)
def test_kinds_of_chats(form: str, kind: str, conversation: str) -> None:
    outcome = taken(written(a_chat(a_message(), form=form, id=77)), key="result.json", sources=sources())
    event = outcome.events[0]
    assert (event.conversation_kind, event.conversation_id) == (kind, conversation)
    assert (event.vendor_id == "channel77:5") == conversation.startswith("telegram:channel")


@pytest.mark.parametrize(
    ("chat_id", "form", "from_id", "conversation", "sender"),
    [
        (8589934592 + 1502913684, "private_supergroup", 11, "telegram:channel1502913684", "user11"),
        (8589934592 + 15, "public_channel", 8589934592 + 15, "telegram:channel15", "channel15"),
        (4294967296 + 15, "private_group", 11, "telegram:chat15", "user11"),
        (12, "personal_chat", 11, "telegram:user11,user12", "user11"),
    ],
)
def test_numbers_of_older_exports(chat_id: int, form: str, from_id: int, conversation: str, sender: str) -> None:
    message = a_message(from_id=from_id, date_unixtime=None, text_entities=None, edited="1970-01-01T01:00:00")
    event = taken(written(a_chat(message, form=form, id=chat_id)), key="r.json").events[0]
    assert (event.conversation_id, event.sender_id, event.flags) == (conversation, sender, ())
    assert "edited" not in attributes(event)


def test_a_name_type_and_id_behind_the_messages() -> None:
    document = written(a_chat(a_message()))
    moved = json.dumps(dict(sorted(json.loads(document).items()))).encode()
    assert taken(moved, key="r.json").events[0].conversation_id == "telegram:channel1502913684"
    assert taken(moved, key="r.json").events[0].conversation_title == "Turno B"


@pytest.mark.parametrize(
    ("options", "source", "hour"),
    [({}, TimeSource.UNKNOWN, 0), ({"timezone": "America/Chicago"}, TimeSource.ZONE_FROM_CONFIG, 6)],
)
def test_older_exports_have_local_times_only(options: dict[str, Any], source: TimeSource, hour: int) -> None:
    event = of(a_message(date_unixtime=None), **options).events[0]
    assert (event.ts_source, event.ts_utc) == (source, (1_771_981_200 + hour * 3600) * MICROS)


@pytest.mark.parametrize("date", ["yesterday", "2026-02-30T01:00:00", 7, "", [1]])
def test_times_that_are_none(date: Any) -> None:
    event = one(date=date, date_unixtime=None)
    assert (event.ts_utc, event.flags) == (None, ("bad-time",))
    assert attributes(event)["date"] == date
    event = one(date_unixtime="x")
    assert (event.ts_source, attributes(event)["date_unixtime"]) == (TimeSource.UNKNOWN, "x")


@pytest.mark.parametrize(
    ("text", "body", "lost"),
    [
        ("plain", "plain", False),
        ("", "", False),
        (["a ", {"type": "link", "text": "https://example.gov"}, " b"], "a https://example.gov b", False),
        ([{"type": "bold", "text": "now"}, "!"], "now!", True),
        ([{"type": "text_link", "text": "here", "href": "https://example.gov"}], "here <https://example.gov>", True),
        ([{"type": "mention_name", "text": "Ben", "user_id": 12}, " hi"], "@Ben hi", True),
        ([{"type": "mention", "text": "@ben"}, " hi"], "@ben hi", False),
        ([{"type": "new"}, 7], '{"type":"new"}7', True),
    ],
)
def test_the_text_as_it_is_read(text: Any, body: str, lost: bool) -> None:
    event = one(text=text, text_entities=None)
    assert event.body == body
    source = attributes(event).get("body_source")
    assert (source is not None) == lost
    assert source is None or json.loads(source) == text


def test_entities_that_say_no_more_than_the_text_are_not_kept_twice() -> None:
    rich = [{"type": "bold", "text": "now"}]
    assert "text_entities" not in attributes(one(text=rich, text_entities=rich))
    assert attributes(one(text="a", text_entities=[{"type": "plain", "text": "b"}]))["text_entities"]
    assert one(text=None, text_entities=[{"type": "plain", "text": "only here"}]).body == "only here"


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ({"edited": "2026-02-25T02:00:00", "edited_unixtime": "1772002800"}, ("edited",)),
        ({"edited": "2026-02-25T02:00:00"}, ("edited",)),
        ({"edited": "1970-01-01T05:30:00"}, ()),
        ({"edited": "1969-12-31T16:00:00"}, ()),
        ({"edited": 0}, ()),
        ({"forwarded_from": "Ben"}, ("forwarded",)),
        ({"forwarded_from": None, "forwarded_from_id": "user12"}, ("forwarded",)),
    ],
)
def test_flags(fields: dict[str, Any], flags: tuple[str, ...]) -> None:
    assert one(**fields).flags == flags


def test_replies_bots_and_signatures_are_kept() -> None:
    event = one(reply_to_message_id=4, via_bot="@gif", author="A. R.", saved_from="Ben", forwarded_from="Ben")
    kept = attributes(event)
    assert (kept["via_bot"], kept["author"], kept["saved_from"]) == ("@gif", "A. R.", "Ben")
    assert kept["shown"] == {"reply_to": "channel1502913684:4", "forwarded_from": "Ben"}
    assert "reply_to" not in shown(one(reply_to_message_id=4, reply_to_peer_id="channel9"))


def test_a_deleted_account_has_no_name() -> None:
    event = one(**{"from": None})
    assert (event.sender_id, event.sender_display) == ("user11", "")


PHOTO = "photos/photo_1@25-02-2026_01-00-00.jpg"
LEFT_OUT = "(File not included. Change data exporting settings to download.)"


@pytest.mark.parametrize(
    ("fields", "subkind", "file"),
    [
        ({"photo": PHOTO, "photo_file_size": 9}, "image", ("photo_1@25-02-2026_01-00-00.jpg", PHOTO, "", 9)),
        ({"photo": LEFT_OUT}, "image", ("", "", "omitted", -1)),
        (
            {"file": LEFT_OUT, "file_name": "plan.pdf", "mime_type": "application/pdf", "file_size": 7},
            "document",
            ("plan.pdf", "", "omitted", 7),
        ),
        ({"file": f"plan.pdf {LEFT_OUT}"}, "document", ("plan.pdf", "", "omitted", -1)),
        (
            {"file": "(File exceeds maximum size. Change data exporting settings to download.)"},
            "document",
            ("", "", "omitted", -1),
        ),
        ({"file": "(File unavailable, please try again later)"}, "document", ("", "", "unavailable", -1)),
        ({"file": "files/a.mp4", "media_type": "video_file"}, "video", ("a.mp4", "files/a.mp4", "", -1)),
        ({"file": "v/a.ogg", "media_type": "voice_message"}, "voice", ("a.ogg", "v/a.ogg", "", -1)),
        ({"file": "v/a.mp4", "media_type": "video_message"}, "video-note", ("a.mp4", "v/a.mp4", "", -1)),
        ({"file": "v/a.mp4", "media_type": "animation"}, "gif", ("a.mp4", "v/a.mp4", "", -1)),
        ({"file": "s/a.webp", "media_type": "sticker"}, "sticker", ("a.webp", "s/a.webp", "", -1)),
        ({"file": "m/a.mp3", "media_type": "audio_file"}, "audio", ("a.mp3", "m/a.mp3", "", -1)),
        ({"file": "m/a.png", "mime_type": "image/png"}, "image", ("a.png", "m/a.png", "", -1)),
    ],
)
def test_files(fields: dict[str, Any], subkind: str, file: tuple[str, str, str, int]) -> None:
    event = one(text="caption", text_entities=None, **fields)
    assert (event.event_kind, event.subkind, event.body) == (K.FILE, subkind, "caption")
    found = event.attachments[0]
    assert (found.name, found.path, found.note, found.size) == file


def test_thumbnails_are_files_where_they_are_there() -> None:
    event = one(file="v/a.mp4", thumbnail="v/a.mp4_thumb.jpg")
    assert [file.path for file in event.attachments] == ["v/a.mp4", "v/a.mp4_thumb.jpg"]
    event = one(file="v/a.mp4", thumbnail=LEFT_OUT)
    assert [file.path for file in event.attachments] == ["v/a.mp4"]
    assert attributes(event)["thumbnail"] == LEFT_OUT


@pytest.mark.parametrize(
    ("fields", "kind", "subkind", "said"),
    [
        (
            {"contact_information": {"first_name": "Ben", "last_name": "Doe", "phone_number": "+1 520 555 0100"}},
            K.MESSAGE,
            "contact",
            {"contact": "Ben Doe +1 520 555 0100"},
        ),
        (
            {
                "poll": {
                    "question": "When?",
                    "closed": False,
                    "total_voters": 3,
                    "answers": [
                        {"text": "now", "voters": 2, "chosen": True},
                        {"text": "later", "voters": 1, "chosen": False},
                    ],
                }
            },
            K.MESSAGE,
            "poll",
            {"poll": "When?", "poll_options": ["now (2)", "later (1)"]},
        ),
        (
            {"place_name": "Gate 4", "address": "North lane", "location_information": {"latitude": 1, "longitude": 2}},
            K.LOCATION,
            "shared",
            {"place": "Gate 4 North lane"},
        ),
        ({"location_information": None, "live_location_period_seconds": 900}, K.MESSAGE, "", {}),
        (
            {"game_title": "Chess", "game_link": "https://t.me/x"},
            K.MESSAGE,
            "game",
            {"link_title": "Chess", "link": "https://t.me/x"},
        ),
        (
            {"invoice_information": '{"title": "Fee", "description": "May", "amount": 5, "currency": "USD"}'},
            K.MESSAGE,
            "invoice",
            {"link_title": "Fee", "link_description": "May"},
        ),
        ({"sticker_emoji": "👍", "file": "s/a.webp", "media_type": "sticker"}, K.FILE, "sticker", {"sticker": "👍"}),
        ({"photo": PHOTO, "self_destruct_period_seconds": 10}, K.FILE, "image", {"expires_after": 10}),
        ({"photo": PHOTO, "self_destruct_period_seconds": 2147483647}, K.FILE, "image", {}),
    ],
)
def test_other_content(fields: dict[str, Any], kind: EventKind, subkind: str, said: dict[str, Any]) -> None:
    event = one(text="", text_entities=[], **fields)
    assert (event.event_kind, event.subkind, shown(event)) == (kind, subkind, said)


def test_a_position_is_a_pair_of_numbers() -> None:
    event = one(location_information={"latitude": 31.5, "longitude": -110.25}, live_location_period_seconds=900)
    assert (event.event_kind, event.subkind) == (K.LOCATION, "live")
    assert attributes(event)["location"] == {"latitude": 31.5, "longitude": -110.25}


@pytest.mark.parametrize(
    ("action", "fields", "kind", "subkind", "said"),
    [
        (
            "create_group",
            {"title": "T", "members": ["Ben", None]},
            K.SYSTEM,
            "group-created",
            {"room_title": "T", "members_added": ["Ben", "Deleted Account"]},
        ),
        ("edit_group_title", {"title": "T"}, K.ROOM_SETTINGS, "subject-changed", {"room_title": "T"}),
        ("invite_members", {"members": ["Ben"]}, K.MEMBERSHIP, "member-added", {"members_added": ["Ben"]}),
        ("remove_members", {"members": ["Ben"]}, K.MEMBERSHIP, "member-removed", {"members_removed": ["Ben"]}),
        ("remove_members", {"members": ["Ana Reyes"]}, K.MEMBERSHIP, "member-left", {"members_removed": ["Ana Reyes"]}),
        ("join_group_by_link", {"inviter": "Ben"}, K.MEMBERSHIP, "member-joined", {}),
        (
            "phone_call",
            {"duration_seconds": 61, "discard_reason": "hangup"},
            K.CALL,
            "completed",
            {"call_duration": 61},
        ),
        ("phone_call", {"discard_reason": "missed"}, K.CALL, "missed", {}),
        ("phone_call", {"discard_reason": "busy"}, K.CALL, "declined", {}),
        ("phone_call", {"discard_reason": "hangup"}, K.CALL, "cancelled", {}),
        ("group_call", {}, K.CALL, "started", {}),
        ("pin_message", {"message_id": 3}, K.SYSTEM, "pinned", {}),
        ("clear_history", {}, K.SYSTEM, "history-cleared", {}),
        ("take_screenshot", {}, K.SYSTEM, "screenshot-taken", {}),
        ("set_messages_ttl", {"period": 86400}, K.ROOM_SETTINGS, "disappearing-timer", {"expires_after": 86400}),
        ("something_new", {"a": 1}, K.UNKNOWN, "something-new", {}),
    ],
)
def test_service_messages(
    action: str, fields: dict[str, Any], kind: EventKind, subkind: str, said: dict[str, Any]
) -> None:
    event = of(a_service(action, **fields)).events[0]
    assert (event.event_kind, event.subkind, event.body, event.sender_id) == (kind, subkind, None, "user11")
    assert shown(event) == {"event": action.replace("_", " "), **said}
    assert attributes(event)["action"] == action
    assert all(attributes(event)[name] == value for name, value in fields.items())


def test_a_sentence_of_the_service() -> None:
    message = {name: value for name, value in a_service("x", information_text="Be careful").items() if name != "action"}
    event = of(message).events[0]
    assert (event.event_kind, event.subkind, event.body) == (K.SYSTEM, "other", "Be careful")


def test_an_unsupported_message_has_a_number_only() -> None:
    event = of({"id": 7, "type": "unsupported"}).events[0]
    assert (event.event_kind, event.subkind, event.ts_utc, event.flags) == (K.UNKNOWN, "unsupported", None, ())


def test_a_timer_is_when_the_messages_after_it_expire() -> None:
    timer = a_service("set_messages_ttl", period=86400, id=1)
    off = a_service("set_messages_ttl", period=0, id=3)
    events = of(a_message(id=0), timer, a_message(id=2), off, a_message(id=4)).events
    assert [event.expires_utc for event in events] == [None, None, (AT + 86400) * MICROS, None, None]


LIKED = {
    "type": "emoji",
    "count": 3,
    "emoji": "👍",
    "recent": [{"from": "Ben", "from_id": "user12", "date": "2026-02-25T01:02:00"}],
}
CUSTOM = {"type": "custom_emoji", "count": 1, "document_id": "stickers/a.tgs"}


@pytest.mark.parametrize("form", ["private_supergroup", "personal_chat"])
def test_reactions_are_events_of_their_own(form: str) -> None:
    outcome = of(a_message(reactions=[LIKED, CUSTOM]), form=form, timezone="UTC")
    message, ben, others, custom = outcome.events
    assert "reactions" not in attributes(message)
    assert {event.target_id for event in (ben, others, custom)} == {message.vendor_id} != {""}
    assert [(event.event_kind, event.body, event.sender_id) for event in (ben, others, custom)] == [
        (K.REACTION, "👍", "user12"),
        (K.REACTION, "👍", ""),
        (K.REACTION, None, ""),
    ]
    assert ben.ts_utc == 1_771_981_320 * MICROS
    assert (attributes(others)["count"], others.ts_utc) == (2, None)
    assert custom.attachments[0].path == "stickers/a.tgs"
    assert {event.line for event in outcome.events} == {1}


@pytest.mark.parametrize("reactions", [7, "x", {}, []])
def test_reactions_that_are_none_are_kept(reactions: Any) -> None:
    event = one(reactions=reactions)
    assert attributes(event)["reactions"] == reactions


def test_private_chats_share_no_numbers_so_their_ids_are_made_of_what_they_share() -> None:
    ana = taken(
        written(
            a_chat(
                a_message(id=5), a_message(id=6, **{"from": "Ben", "from_id": "user12"}), form="personal_chat", id=12
            )
        ),
        key="ana.json",
    ).events
    ben = taken(
        written(
            a_chat(
                a_message(id=905, **{"from": "Chief"}),
                a_message(id=906, **{"from": "Ben", "from_id": "user12"}),
                form="personal_chat",
                id=11,
            )
        ),
        key="ben.json",
    ).events
    assert [event.conversation_id for event in ana + ben] == ["telegram:user11,user12"] * 4
    assert [event.vendor_id for event in ana] == [event.vendor_id for event in ben]
    assert len({event.vendor_id for event in ana}) == 2
    assert ana[0].recipients == ("user12",)


def test_equal_messages_of_one_second_stay_apart() -> None:
    events = of(a_message(id=1), a_message(id=2), a_message(id=3, text="x"), form="private_group").events
    assert len({event.vendor_id for event in events}) == 3
    assert events[0].vendor_id.rpartition(":")[0] == events[1].vendor_id.rpartition(":")[0]


def test_the_owner_may_be_declared() -> None:
    document = written(a_chat(a_message(from_id="user12"), form="personal_chat", id=12))
    assert taken(document, key="r.json").events[0].conversation_id == "telegram:user12"
    declared = sources(owner_id="user11")
    assert taken(document, key="r.json", sources=declared).events[0].conversation_id == "telegram:user11,user12"


def an_account() -> dict[str, Any]:
    """The export of a whole account."""
    return {
        "about": "Here is the data you requested.",
        "personal_information": {
            "user_id": 11, "first_name": "Ana", "last_name": "Reyes", "phone_number": "+1 520 555 0101",
        },
        "profile_pictures": [{"date": "2026-02-25T01:00:00", "date_unixtime": str(AT), "photo": "profile/p.jpg"}],
        "stories": [
            {
                "date": "2026-02-25T01:00:00", "date_unixtime": str(AT), "expires": "2026-02-26T01:00:00",
                "expires_unixtime": str(AT + 86400), "pinned": False, "media": "stories/s.mp4",
            }
        ],
        "contacts": {
            "about": "x",
            "list": [
                {"user_id": 12, "first_name": "Ben", "last_name": "", "phone_number": "+1 520 555 0102"},
                {"last_name": "Doe", "phone_number": "+1 520 555 0103", "date": "2026-02-25T01:00:00"},
            ],
        },
        "frequent_contacts": {
            "about": "x",
            "list": [{"id": 15, "category": "people", "type": "private_supergroup", "name": "T", "rating": 1.5}],
        },
        "sessions": {"about": "x", "list": [{"last_ip": "192.0.2.7", "application_name": None}]},
        "other_data": {"help": [1, 2]},
        "chats": {
            "about": "x",
            "list": [
                a_chat(a_message(), form="personal_chat", id=12, name=None),
                a_chat(a_message(), a_message(id=6), id=15),
                a_chat(form="private_group", id=3),
            ],
        },
        "left_chats": {"about": "x", "list": [a_chat(a_message(), form="public_channel", id=16, name="News")]},
    }  # fmt: skip


def test_a_whole_account() -> None:
    outcome = taken(written(an_account()), key="export/result.json")
    assert [
        (event.event_kind, event.subkind, event.vendor_id, event.sender_display) for event in outcome.events[:8]
    ] == [
        (K.DIRECTORY, "user", "user11", "Ana Reyes"),
        (K.DIRECTORY, "profile-picture", "", ""),
        (K.FILE, "story", "", ""),
        (K.DIRECTORY, "user", "user12", "Ben"),
        (K.DIRECTORY, "user", "", "Doe"),
        (K.DIRECTORY, "frequent-contact", "channel15", "T"),
        (K.DIRECTORY, "session", "", ""),
        (K.DIRECTORY, "account-data", "", ""),
    ]
    story = outcome.events[2]
    assert (story.expires_utc, story.attachments[0].path) == ((AT + 86400) * MICROS, "stories/s.mp4")
    said = outcome.events[8:]
    assert [(event.conversation_id, event.conversation_title) for event in said] == [
        ("telegram:user11,user12", ""),
        ("telegram:channel15", "Turno B"),
        ("telegram:channel15", "Turno B"),
        ("telegram:channel16", "News"),
    ]
    assert [event.line for event in outcome.events] == list(range(1, 13))
    assert attributes(said[3])["chat_list"] == "left_chats"
    assert outcome.quarantined == []


def test_media_beside_the_export_are_its_attachments() -> None:
    photo = b"\xff\xd8\xff\xe0 not much of a photo"
    text = written(a_chat(a_message(photo="photos/a.jpg"), a_message(id=6, file="files/list.csv")))
    outcome = taken(a_zip({"e/result.json": text, "e/photos/a.jpg": photo, "e/files/list.csv": b"a,b\n"}), key="t.zip")
    assert {row.member: row.format for row in outcome.objects} == {
        "": "archive",
        "e/result.json": "telegram",
        "e/photos/a.jpg": "attachment",
        "e/files/list.csv": "attachment",
    }


def test_control_characters_as_the_app_writes_them() -> None:
    data = written(a_chat(a_message(text="a\\x41 BELL", text_entities=None))).replace(b"BELL", b"\\x07")
    event = taken(data, key="r.json").events[0]
    assert (event.body, event.flags) == ("a\\x41 \x07", ("repaired",))


def test_a_broken_message_costs_itself() -> None:
    data = written(a_chat(a_message(id=1), a_message(id=2, text="BAD", text_entities=None), a_message(id=3)))
    outcome = taken(data.replace(b'"BAD"', b"bad"), key="r.json")
    assert [(entry.reason, entry.line) for entry in outcome.quarantined] == [("invalid-json", 2)]
    assert [event.line for event in outcome.events] == [1, 3]


def test_a_message_that_is_too_long_costs_itself() -> None:
    data = written(a_chat(a_message(), a_message(text="x" * 5000), a_message()))
    outcome = taken(data, key="r.json", limits=Limits(document_bytes=2000))
    assert outcome.reasons == ["line-too-long"]
    assert len(outcome.events) == 2


def test_a_document_cut_short_keeps_what_is_complete() -> None:
    data = written(a_chat(*[a_message(id=number, text=f"m{number}") for number in range(3)]))
    outcome = taken(data[: data.index(b"m2")], key="r.json")
    assert [event.body for event in outcome.events] == ["m0", "m1"]
    assert outcome.reasons == ["truncated-document"]


def elements_in(data: bytes) -> int:
    """An independent count: what the standard library finds in the arrays, and what is listed inside it."""
    document = json.loads(data)
    chats = [document, *document.get("chats", {}).get("list", []), *document.get("left_chats", {}).get("list", [])]
    messages = [message for chat in chats for message in chat.get("messages", [])]
    rows = [*document.get("profile_pictures", []), *document.get("stories", [])]
    for name in ("contacts", "frequent_contacts", "sessions"):
        rows += document.get(name, {}).get("list", [])
    alone = sum(name in document for name in ("personal_information", "other_data"))
    return len(messages) + len(rows) + alone


def test_every_element_is_an_entry() -> None:
    data = written(an_account())
    assert len(taken(data, key="r.json").entries) == elements_in(data) == 12


SMALL = written(
    a_chat(a_message(text="señal", text_entities=None, reactions=[LIKED]), a_service("pin_message", message_id=1))
)


def test_cut_at_every_byte_and_every_byte_flipped() -> None:
    place = Place(object_key="r.json", content_sha256="0" * 64)
    damaged = [SMALL[:size] for size in range(len(SMALL))]
    damaged += [SMALL[:at] + bytes([SMALL[at] ^ 1 << at % 8]) + SMALL[at + 1 :] for at in range(len(SMALL))]
    for text in damaged:
        sniff(text)
        entries = list(read(io.BytesIO(text), place))
        assert entries, text
        ids = [entry.event_id for entry in entries if isinstance(entry, Event)]
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "value", [None, True, 0, -1, 1.5, 2**63, "", "x", [], [None], [[]], {}, {"a": {}}, {"text": 1}]
)
def test_any_value_anywhere(value: Any) -> None:
    full = a_message(
        **dict.fromkeys(("photo", "file", "edited", "edited_unixtime", "media_type", "mime_type", "file_name"), "x"),
        reactions=[LIKED], poll={}, contact_information={}, location_information={}, place_name="x", address="x",
        game_title="x", invoice_information="x", sticker_emoji="x", self_destruct_period_seconds=1, forwarded_from="x",
    )  # fmt: skip
    service = a_service("set_messages_ttl", period=1, members=[], title="x", duration_seconds=1, discard_reason="x")
    for message in (full, service):
        for name in message:
            outcome = of({**message, name: value}, {**message, name: value}, form="personal_chat")
            assert len([event for event in outcome.events if event.event_kind != K.REACTION]) == 2
            assert outcome.quarantined == []


@pytest.mark.parametrize("name", ["name", "type", "id", "messages"])
@pytest.mark.parametrize("value", [None, True, -1, 2**63, "x", [1], {"a": 1}, [{}]])
def test_any_value_around(name: str, value: Any) -> None:
    data = written({**a_chat(a_message(), form="personal_chat"), name: value})
    entries = list(read(io.BytesIO(data), Place(object_key="r.json", content_sha256="0" * 64)))
    assert len(entries) == 1 or (name == "messages" and value is None)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"{}",
        b"[]",
        b'{"msgtype": 1000, "message": "x", "vgroupid": "S1"}',
        b'{"messages": [{"type": "message", "ts": "1503435956.000247", "text": "x"}]}',
        b'{"value": [{"id": "1", "messageType": "message", "body": {}}]}',
        b'{"date": "2026-02-25T01:00:00", "sender": "Ana", "body": "x", "messages": []}',
        b'{"rsmf_version": "2.0.0", "events": [{"type": "message"}]}',
        b"25/2/26, 9:00 - Ana: x\n",
    ],
)
def test_other_formats_are_not_read(head: bytes) -> None:
    assert not sniff(head)


def test_each_layout_is_known() -> None:
    account = an_account()
    assert sniff(written(account))
    assert sniff(b"\xef\xbb\xbf" + written({"about": "x", "chats": account["chats"]}))
    assert sniff(json.dumps(a_chat(a_message())).encode())
    assert sniff(re.sub(rb'"type": "private_\w+"', b'"type": "brand_new"', written(a_chat(a_message()))))
