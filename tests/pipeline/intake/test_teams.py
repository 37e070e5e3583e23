from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.intake.formats import FORMATS, teams
from pipeline.model import Event, EventKind, TimeSource
from tests.fuzz.damage import cuts, flips
from tests.fuzz.harness import by_element, hold, hold_kept, read_in_zip, read_in_zone, read_straight
from tests.fuzz.seed import Seed
from tests.pipeline.intake.intaking import Outcome, a_line, attributes, sources, taken

K = EventKind
ANA, BEN = "8ea0e38b-efb3-4757-924a-5f94061cf8c2", "97f62344-57dc-409c-88ad-c4af14158ff5"
CHAT = f"19:{ANA}_{BEN}@unq.gbl.spaces"
GROUP = "19:0de69e5e2da84fe4a7e2a1f1ee4c2d6e@thread.v2"
TEAM, CHANNEL = "fbe2bf47-16c8-47cf-b4a5-4b9b187c508b", "19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2"
ID = "1616964509832"
AT = "2021-03-28T20:48:29.832Z"
MICROS = 1616964509_832000


def identity(user: str, name: str | None) -> dict[str, Any]:
    return {"application": None, "device": None, "user": {"id": user, "displayName": name, "tenantId": "t"}}


def a_message(**changes: Any) -> dict[str, Any]:
    """One message of a chat as Graph gives it; None leaves a field null."""
    return {
        "id": ID,
        "replyToId": None,
        "etag": ID,
        "messageType": "message",
        "createdDateTime": AT,
        "lastModifiedDateTime": AT,
        "lastEditedDateTime": None,
        "deletedDateTime": None,
        "subject": None,
        "summary": None,
        "chatId": CHAT,
        "importance": "normal",
        "locale": "en-us",
        "webUrl": None,
        "channelIdentity": None,
        "policyViolation": None,
        "eventDetail": None,
        "from": identity(ANA, "Ana Ruiz"),
        "body": {"contentType": "text", "content": "hello"},
        "attachments": [],
        "mentions": [],
        "reactions": [],
        **changes,
    }


def a_page(*messages: Any, context: str = f"chats('{CHAT}')/messages", **more: Any) -> bytes:
    page = {"@odata.context": f"https://graph.microsoft.com/v1.0/$metadata#{context}", "value": list(messages), **more}
    return json.dumps(page).encode()


def of(*messages: Any, **options: Any) -> Outcome:
    return taken(a_page(*messages), **options)


def one(**changes: Any) -> Event:
    [event] = of(a_message(**changes)).events
    return event


def html(content: str, **changes: Any) -> Event:
    return one(body={"contentType": "html", "content": content}, **changes)


def shown(event: Event) -> Any:
    return attributes(event).get("shown")


def test_a_message_of_a_chat() -> None:
    event = one()
    assert (event.event_kind, event.body, event.vendor_id) == (K.MESSAGE, "hello", f"{CHAT}:{ID}")
    assert (event.ts_utc, event.ts_source, event.ts_raw) == (MICROS, TimeSource.UTC, AT)
    assert (event.conversation_id, event.conversation_kind, event.recipients) == (f"teams:{CHAT}", "dm", (BEN,))
    assert (event.sender_id, event.sender_display, event.flags) == (ANA, "Ana Ruiz", ())
    assert (event.source, event.format, event.line) == ("teams", "teams", 1)
    kept = attributes(event)
    assert (kept["etag"], kept["importance"], kept["from"]["user"]["tenantId"]) == (ID, "normal", "t")
    assert None not in kept.values() and "id" not in kept and "chatId" not in kept


@pytest.mark.parametrize(
    ("fields", "conversation", "kind"),
    [
        ({"chatId": GROUP}, GROUP, "group"),
        ({"chatId": "48:notes"}, "48:notes", "dm"),
        ({"chatId": None, "channelIdentity": {"teamId": TEAM, "channelId": CHANNEL}}, f"{TEAM}/{CHANNEL}", "channel"),
        ({"chatId": None}, CHAT, "dm"),
    ],
)
def test_the_conversation_is_the_chat_or_the_channel_or_the_pages(
    fields: dict[str, Any], conversation: str, kind: str
) -> None:
    event = one(**fields)
    assert (event.conversation_id, event.conversation_kind) == (f"teams:{conversation}", kind)
    assert event.vendor_id == f"{conversation}:{ID}"


def test_a_page_of_a_channel_and_its_nested_replies() -> None:
    reply = a_message(id="2", chatId=None, replyToId=ID, body={"contentType": "text", "content": "reply"})
    encoded = CHANNEL.replace(":", "%3A").replace("@", "%40")
    context = f"teams('{TEAM}')/channels('{encoded}')/messages"
    parent, child = taken(a_page(a_message(chatId=None, replies=[reply, 5]), context=context)).events
    assert {parent.conversation_id, child.conversation_id} == {f"teams:{TEAM}/{CHANNEL}"}
    assert (child.body, shown(child), child.line) == ("reply", {"reply_to": f"{TEAM}/{CHANNEL}:{ID}"}, 1)
    assert attributes(parent)["replies"] == [5]


def test_without_any_conversation_the_text_is_the_scope() -> None:
    data = json.dumps([a_message(chatId=None)]).encode()
    [event], [other] = (taken(data, key=key).events for key in ("a", "b"))
    assert event.flags == ("conversation-unknown",) and event.conversation_id != other.conversation_id
    assert event.vendor_id == f"{event.conversation_id.removeprefix('teams:')}:{ID}"


@pytest.mark.parametrize(
    ("at", "micros", "source"),
    [
        ("2021-03-28T20:48:29Z", 1616964509_000000, TimeSource.UTC),
        ("2021-03-28T20:48:29.8Z", 1616964509_800000, TimeSource.UTC),
        ("2021-03-28T20:48:29.8321234Z", 1616964509_832123, TimeSource.UTC),
        ("2021-03-28T22:48:29.832+02:00", MICROS, TimeSource.OFFSET),
        ("2021-03-28T20:48:29", None, TimeSource.UNKNOWN),
        ("soon", None, TimeSource.UNKNOWN),
        (None, None, TimeSource.UNKNOWN),
        (7, None, TimeSource.UNKNOWN),
    ],
)
def test_times(at: Any, micros: int | None, source: TimeSource) -> None:
    event = one(createdDateTime=at)
    assert (event.ts_utc, event.ts_source) == (micros, source)
    assert event.ts_raw == at or attributes(event).get("createdDateTime") == at
    assert event.flags == (() if micros is not None else ("bad-time",))


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("<div>plain words</div>", "plain words"),
        ("<p>a &amp; b</p>", "a & b"),
        ('<div><at id="0">Ben Ode</at>&nbsp;look <b>here</b></div>', "@Ben Ode look here"),
        ('<p>ok <emoji id="smile" alt="🙂" title="Smile"></emoji></p>', "ok 🙂"),
        ('<attachment id="1616964509832"></attachment><p>reply</p>', "reply"),
        ('see <a href="https://a.example/x">this</a>', "see this <https://a.example/x>"),
        ("<p> two  spaces </p>", "two spaces"),
        ("", ""),
    ],
)
def test_html_becomes_what_people_read(content: str, body: str) -> None:
    event = html(content)
    assert event.body == body
    assert attributes(event).get("body_source") == (content if content != body else None)


def test_text_bodies_stay_as_they_are() -> None:
    assert one(body={"contentType": "text", "content": "a &amp; <b> "}).body == "a &amp; <b> "


def test_an_edited_message_is_flagged_and_a_deleted_one_is_a_mark() -> None:
    edited = one(lastEditedDateTime="2021-03-28T20:50:00Z", importance="urgent", subject="Plan")
    assert (edited.flags, shown(edited)) == (("edited", "urgent"), {"subject": "Plan"})
    gone = html("", deletedDateTime="2021-03-28T20:50:00Z")
    assert (gone.event_kind, gone.body, gone.flags) == (K.MESSAGE, "", ("deleted",))
    assert attributes(gone)["deletedDateTime"] == "2021-03-28T20:50:00Z"
    kept = one(deletedDateTime="2021-03-28T20:50:00Z", body=None)
    assert (kept.body, one(body=None).body) == ("", None)
    assert one(deletedDateTime="2021-03-28T20:50:00Z").body == "hello"


def test_a_policy_violation_is_flagged_and_kept() -> None:
    event = one(policyViolation={"dlpAction": "blockAccess", "policyTip": {"generalText": "no"}})
    assert event.flags == ("policy-violation",) and attributes(event)["policyViolation"]["dlpAction"] == "blockAccess"


@pytest.mark.parametrize(
    ("sender", "sender_id", "display"),
    [
        (None, "", ""),
        (identity(ANA, None), ANA, ""),
        ({"user": None, "application": {"id": "a1", "displayName": "Bot"}}, "a1", "Bot"),
        ({"device": {"id": "d1", "displayName": "Phone"}}, "d1", "Phone"),
        ({"guest": {"id": "g1", "displayName": "Guest"}}, "g1", "Guest"),
        ({"user": {"displayName": "Only A Name"}}, "Only A Name", "Only A Name"),
        ("odd", "", ""),
    ],
)
def test_who_it_is_from(sender: Any, sender_id: str, display: str) -> None:
    event = one(**{"from": sender})
    assert (event.sender_id, event.sender_display) == (sender_id, display)


def reference(**content: Any) -> dict[str, Any]:
    return {"id": "7", "contentType": "messageReference", "content": json.dumps({"messageId": "7", **content})}


def test_a_quoted_message_is_shown() -> None:
    quoted = reference(messagePreview="old words", messageSender=identity(BEN, "Ben Ode"))
    event = html('<attachment id="7"></attachment><p>yes</p>', attachments=[quoted])
    assert (event.event_kind, event.body, event.attachments) == (K.MESSAGE, "yes", ())
    assert shown(event) == {"quote": "old words", "quote_by": "Ben Ode", "reply_to": f"{CHAT}:7"}


def test_a_forwarded_message_is_shown_and_flagged() -> None:
    content = {
        "originalMessageId": "7",
        "originalMessageContent": "<p>their &amp; words</p>",
        "originalMessageSender": identity(BEN, "Ben Ode"),
    }
    forwarded = {"id": "7", "contentType": "forwardedMessageReference", "content": json.dumps(content)}
    event = html('<attachment id="7"></attachment>', attachments=[forwarded])
    assert (event.flags, shown(event)) == (("forwarded",), {"quote": "their & words", "forwarded_from": "Ben Ode"})


def test_files_and_inline_images_are_links() -> None:
    files = [
        {"id": "1", "contentType": "reference", "contentUrl": "https://x.sharepoint.example/a.docx", "name": "a.docx"},
        {"id": "2", "contentType": "image/png", "contentUrl": "https://x.example/pic.png?v=1", "name": None},
    ]
    image = f'<img alt="map &amp; key" src="https://graph.microsoft.com/v1.0/chats/{CHAT}/messages/1/hostedContents/aWQ9/$value">'
    event = html(f"<p>see</p>{image}", attachments=files)
    assert event.event_kind is K.FILE
    assert [(one.name, one.mime, one.note) for one in event.attachments] == [
        ("a.docx", "", "link-only"),
        ("pic.png", "image/png", "link-only"),
        ("map & key", "", "link-only"),
    ]


def test_the_words_of_a_card_are_part_of_the_body() -> None:
    card = {
        "type": "AdaptiveCard",
        "body": [
            {"type": "TextBlock", "text": "Gate 2 closed"},
            {"type": "FactSet", "facts": [{"title": "Since", "value": "0600"}]},
            {"type": "ColumnSet", "columns": [{"items": [{"type": "TextBlock", "text": "in a column"}]}]},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": "https://x.example"}],
    }
    attachment = {"id": "1", "contentType": "application/vnd.microsoft.card.adaptive", "content": json.dumps(card)}
    event = html('<attachment id="1"></attachment>', attachments=[attachment])
    assert event.body == "Gate 2 closed\nSince: 0600\nin a column\nOpen" and event.attachments == ()


LIKE = {
    "reactionType": "like",
    "displayName": "Like",
    "createdDateTime": "2021-03-28T21:00:00.5Z",
    "user": identity(BEN, "Ben Ode"),
}


def test_each_reaction_is_an_event_with_user_and_time() -> None:
    custom = {**LIKE, "reactionType": "custom", "displayName": "parrot", "user": identity(ANA, None)}
    message, like, parrot = of(a_message(reactions=[LIKE, custom])).events
    assert "reactions" not in attributes(message)
    assert (like.event_kind, like.body, like.target_id, like.sender_display) == (
        K.REACTION,
        "like",
        message.vendor_id,
        "Ben Ode",
    )
    assert (like.ts_utc, like.ts_source, like.line) == (1616965200_500000, TimeSource.UTC, 1)
    assert (parrot.body, parrot.sender_id) == ("parrot", ANA)
    assert len({message.vendor_id, like.vendor_id, parrot.vendor_id}) == 3


def test_the_history_tells_reactions_that_were_taken_back() -> None:
    history = [
        {"modifiedDateTime": "2021-03-28T21:00:00.5Z", "actions": "reactionAdded", "reaction": LIKE},
        {
            "modifiedDateTime": "2021-03-28T22:00:00Z",
            "actions": "reactionRemoved",
            "reaction": {**LIKE, "reactionType": "sad"},
        },
        {
            "modifiedDateTime": "2021-03-28T20:49:00Z",
            "actions": "edited",
            "body": {"contentType": "html", "content": "<p>first</p>"},
        },
        5,
    ]
    message, like, gone, edit = of(a_message(reactions=[LIKE], messageHistory=history)).events
    assert (like.body, like.flags) == ("like", ())
    assert (gone.body, gone.flags, gone.ts_raw) == ("sad", ("reaction-removed",), "2021-03-28T22:00:00Z")
    assert (edit.event_kind, edit.body, edit.target_id) == (K.EDIT, "first", message.vendor_id)


def detail(name: str, **fields: Any) -> dict[str, Any]:
    return {"@odata.type": f"#microsoft.graph.{name}EventMessageDetail", "initiator": identity(BEN, None), **fields}


MEMBERS = [{"id": ANA, "displayName": "Ana Ruiz"}, {"id": BEN, "displayName": None}]


@pytest.mark.parametrize(
    ("event_detail", "kind", "subkind", "show"),
    [
        (
            detail("callEnded", callDuration="PT1H2M3.5S", callParticipants=[{}, {}]),
            K.CALL,
            "completed",
            {"call_duration": 3723, "call_participants": 2},
        ),
        (detail("callStarted"), K.CALL, "started", None),
        (
            detail("callRecording", callRecordingDisplayName="Rec"),
            K.SYSTEM,
            "call-recording",
            {"event": "Call recording", "link_title": "Rec"},
        ),
        (detail("chatRenamed", chatDisplayName="Ops"), K.ROOM_SETTINGS, "subject-changed", {"room_title": "Ops"}),
        (
            detail("channelDescriptionUpdated", channelDescription="d"),
            K.ROOM_SETTINGS,
            "description-changed",
            {"room_description": "d"},
        ),
        (detail("membersAdded", members=MEMBERS), K.MEMBERSHIP, "member-added", {"members_added": ["Ana Ruiz", BEN]}),
        (
            detail("membersDeleted", members=MEMBERS[:1]),
            K.MEMBERSHIP,
            "member-removed",
            {"members_removed": ["Ana Ruiz"]},
        ),
        (detail("membersJoined", members="odd"), K.MEMBERSHIP, "member-joined", None),
        (detail("membersLeft", members=MEMBERS[:1]), K.MEMBERSHIP, "member-left", {"members_removed": ["Ana Ruiz"]}),
        (
            detail(
                "conversationMemberRoleUpdated", conversationMemberRoles=["owner"], conversationMemberUser=MEMBERS[0]
            ),
            K.MEMBERSHIP,
            "role-changed",
            {"event": "Role changed: owner", "members": ["Ana Ruiz"]},
        ),
        (
            detail("teamsAppInstalled", teamsAppDisplayName="Polls"),
            K.SYSTEM,
            "app-added",
            {"event": "App added", "link_title": "Polls"},
        ),
        (detail("brandNew", a=1), K.UNKNOWN, "", None),
        ({"initiator": None}, K.UNKNOWN, "", None),
    ],
)
@pytest.mark.parametrize("message_type", ["systemEventMessage", "unknownFutureValue"])
def test_system_messages(event_detail: Any, kind: EventKind, subkind: str, show: Any, message_type: str) -> None:
    body = {"contentType": "html", "content": "<systemEventMessage/>"}
    event = one(messageType=message_type, eventDetail=event_detail, body=body, **{"from": None})
    assert (event.event_kind, event.subkind, shown(event), event.body) == (kind, subkind, show, "")
    assert event.sender_id == (BEN if event_detail["initiator"] else "")
    assert attributes(event)["eventDetail"].keys() == event_detail.keys()


@pytest.mark.parametrize(
    ("message_type", "kind", "subkind"),
    [
        ("chatEvent", K.SYSTEM, "chat-event"),
        ("typing", K.SYSTEM, "typing"),
        ("unknownFutureValue", K.UNKNOWN, ""),
        ("never-heard-of", K.UNKNOWN, ""),
        (None, K.UNKNOWN, ""),
        (5, K.UNKNOWN, ""),
    ],
)
def test_other_types_of_message_keep_their_text(message_type: Any, kind: EventKind, subkind: str) -> None:
    event, _ = of(a_message(messageType=message_type), a_message()).events
    assert (event.event_kind, event.subkind, event.body) == (kind, subkind, "hello")


def test_a_delta_page_tells_what_was_removed() -> None:
    removed = {"id": ID, "@removed": {"reason": "deleted"}}
    _, event = of(a_message(), removed).events
    assert (event.event_kind, event.target_id) == (K.DELETE, f"{CHAT}:{ID}")
    assert attributes(event) == {"@removed": {"reason": "deleted"}}


def test_addresses_that_open_a_file_are_disarmed_wherever_they_stand() -> None:
    url = "https://x.sharepoint.example/a.docx?tempauth=eyJ0&web=1"
    content = json.dumps({"messageId": "7", "messagePreview": "p", "link": url})
    event = html(
        f'<a href="{url}">doc</a>',
        attachments=[
            {"contentType": "reference", "contentUrl": url, "name": "a.docx", "@content.downloadUrl": url},
            {"contentType": "messageReference", "content": content},
        ],
        webUrl="https://teams.example/l?sig=abc",
    )
    assert event.stripped == (
        "attachments.@content.downloadUrl",
        "attachments.content",
        "attachments.contentUrl",
        "body.content",
        "webUrl",
    )
    assert "eyJ0" not in event.attributes + str(event.body) and "sig=" not in event.attributes
    assert event.body == "doc <https://x.sharepoint.example/a.docx?web=1>"


def test_a_list_of_chats_gives_directory_entries() -> None:
    rows = [
        {"id": GROUP, "topic": "Port ops", "createdDateTime": AT, "chatType": "group", "members": []},
        {
            "id": CHAT,
            "topic": None,
            "createdDateTime": AT,
            "chatType": "oneOnOne",
            "members": [{"userId": ANA, "displayName": "Ana Ruiz"}],
        },
    ]
    found = taken(a_page(*rows, context="chats")).events
    assert [
        (e.event_kind, e.subkind, e.vendor_id, e.conversation_kind, e.conversation_title, e.recipients) for e in found
    ] == [
        (K.DIRECTORY, "conversation", GROUP, "group", "Port ops", ()),
        (K.DIRECTORY, "conversation", CHAT, "dm", "Ana Ruiz", (ANA,)),
    ]


TWO = (a_message(), a_message(id="2", messageHistory=None))


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (a_page(*TWO), [1, 2]),
        (
            b"\xef\xbb\xbf\r\n" + a_page(*TWO, **{"@odata.nextLink": "https://graph.microsoft.com/x?$skiptoken=s"}),
            [1, 2],
        ),
        (json.dumps(TWO).encode(), [1, 2]),
        (b"\n".join(json.dumps(one).encode() for one in TWO), [1, 2]),
        (b"\r\n\r\n".join(json.dumps(one).encode() for one in TWO) + b"\n", [1, 3]),
        (b"\n".join(a_page(one) for one in TWO), [1, 2]),
        (b"".join(json.dumps(one, indent=2).encode() for one in TWO), [1, 2]),
    ],
    ids=["page", "page-with-mark", "array", "lines", "blank-lines", "pages", "objects"],
)
def test_every_layout(data: bytes, lines: list[int]) -> None:
    outcome = taken(data)
    assert [(e.vendor_id, e.line) for e in outcome.events] == [(f"{CHAT}:{ID}", lines[0]), (f"{CHAT}:2", lines[1])]
    assert outcome.quarantined == [] and outcome.objects[0].format == "teams"


def test_a_broken_line_costs_only_itself() -> None:
    lines = [json.dumps(a_message(id=str(number))).encode() for number in range(3)]
    outcome = taken(b"\n".join([lines[0], lines[1][:-9], b"[1]", lines[2], lines[0][:50]]))
    assert [event.line for event in outcome.events] == [1, 4]
    assert [(row.reason, row.line) for row in outcome.quarantined] == [
        ("invalid-json", 2),
        ("not-an-object", 3),
        ("truncated-line", 5),
    ]


def test_an_empty_page_has_no_entries() -> None:
    outcome = taken(a_page())
    assert outcome.entries == [] and [(row.format, row.lines) for row in outcome.objects] == [("teams", 0)]


@pytest.mark.parametrize(
    "fields",
    [
        {"body": "x"},
        {"body": {"content": 5}},
        {"attachments": {"a": 1}},
        {"attachments": [5, {"contentType": 7, "content": []}, {"contentType": "messageReference", "content": "{"}]},
        {"attachments": [{"contentType": "application/vnd.microsoft.card.hero", "content": "[" * 99}]},
        {"reactions": [5, {"user": 5, "reactionType": {}}]},
        {"messageHistory": {"a": 1}},
        {"eventDetail": "x", "from": {"user": 5}},
        {"id": 7, "chatId": 5, "replyToId": {}},
        {"channelIdentity": {"teamId": 5, "channelId": None}},
        {"replies": {"id": 1}},
        {"shown": {"quote": "x"}, "body_source": 5},
        {"body": {"contentType": "html", "content": "<p>lone \udc00</p>"}},
        {"importance": ["high"], "policyViolation": 1, "subject": 5},
    ],
)
def test_odd_shapes_are_kept(fields: dict[str, Any]) -> None:
    outcome = of(a_message(**fields))
    assert outcome.quarantined == [] and outcome.events[0].event_kind in (K.MESSAGE, K.FILE, K.UNKNOWN)
    hold(outcome.entries)
    if "shown" in fields:
        assert attributes(outcome.events[0]).items() >= {"shown": {}, "shown#1": {"quote": "x"}}.items()


def test_the_source_is_named() -> None:
    [event] = of(a_message(), sources=sources(custodian="aruiz", network="agency")).events
    assert (event.custodian, event.network) == ("aruiz", "agency")


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (a_page(a_message()), True),
        (a_page(), True),
        (a_page(context="Collection(microsoft.graph.chatMessage)"), True),
        (a_page({"id": "u1", "displayName": "Ana"}, context="users"), False),
        (json.dumps([a_message()]).encode(), True),
        (b"[]", False),
        (b'[{"type": "message", "ts": "1503435956.000247", "text": "\\"messageType\\": \\"message\\""}]', False),
        (b'{"messages": [{"messageType": "message"}]}', False),
        (a_line() + b"\n", False),
        (b"2026-01-01, 10:00 - Ana: " + a_page(a_message()), False),
    ],
)
def test_sniffing(data: bytes, known: bool) -> None:
    assert teams.sniff(data) is known
    if known:
        assert [reader.NAME for reader in FORMATS if reader.sniff(data)] == ["teams"]


def a_seed(name: str, head: bytes, elements: Any, between: bytes, tail: bytes) -> Seed:
    end = b"" if between else b"\n"
    pieces = tuple(json.dumps(one, ensure_ascii=False).encode() + end for one in elements)
    syntax = "json" if between else "lines"
    return Seed(reader="teams", name=name, syntax=syntax, head=head, elements=pieces, between=between, tail=tail)


def small(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in a_message(**changes).items() if value not in (None, [])}


ELEMENTS = (
    small(body={"contentType": "html", "content": "<p>é</p>"}, reactions=[LIKE]),
    small(id="2", attachments=[reference(messagePreview="q")]),
    small(id="3", messageType="systemEventMessage", eventDetail=detail("membersAdded", members=MEMBERS)),
)
CONTEXT = b'{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#chats/messages","value":[\n'
SEEDS = [
    a_seed("page", CONTEXT, ELEMENTS, b",\n", b"]}\n"),
    a_seed("array", b"[", ELEMENTS[:2], b",", b"]"),
    a_seed("lines", b"", ELEMENTS, b"", b""),
]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.id)
def test_no_damage_raises_or_loses_what_came_before(seed: Seed, tmp_path: Path) -> None:
    whole = read_straight(seed, seed.data).entries
    assert len(by_element(whole)) == len(seed.elements)
    for copy in (*cuts(seed.data), *flips(seed.data, 20260125)):
        found = read_straight(seed, copy.data).entries
        hold(found)
        hold_kept(seed, whole, found, copy.intact)
    for read in (read_in_zone, read_in_zip):
        assert not read(seed, seed.data, tmp_path).quarantined


@pytest.mark.parametrize("seed", SEEDS[:2], ids=lambda seed: seed.id)
def test_a_file_cut_anywhere_ends_in_one_quarantined_row(seed: Seed) -> None:
    for cut in range(1, len(seed.data.rstrip()) - 1):
        found = read_straight(seed, seed.data[:cut])
        assert [entry.reason for entry in found.quarantined] == ["truncated-document"]
