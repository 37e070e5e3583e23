from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.intake.formats import FORMATS, slack
from pipeline.model import Event, EventKind, TimeSource
from tests.fuzz.damage import cuts, flips
from tests.fuzz.harness import by_element, hold, hold_kept, read_in_zip, read_in_zone, read_straight
from tests.fuzz.seed import Seed
from tests.pipeline.intake.intaking import Outcome, a_line, a_zip, attributes, sources, taken

K = EventKind
TS = "1503435956.000247"
MICROS = 1503435956_000247
USERS = [
    {
        "id": "U0ANA00001",
        "team_id": "T1",
        "name": "ana",
        "profile": {"display_name": "Ana R.", "real_name": "Ana Ruiz"},
    },
    {"id": "U0BEN00002", "team_id": "T1", "name": "ben", "real_name": "Ben Ode", "profile": {"display_name": ""}},
    {"id": "U0BOT00003", "team_id": "T1", "name": "ticker", "is_bot": True, "profile": {}},
]
CHANNELS = [
    {"id": "C0GENERAL1", "name": "general", "created": 1500000000, "creator": "U0ANA00001", "members": ["U0ANA00001"]}
]
GROUPS = [{"id": "G0SECRET01", "name": "secret", "created": 1500000000, "members": []}]
DMS = [{"id": "D0ANABEN01", "created": 1500000000, "members": ["U0ANA00001", "U0BEN00002"]}]
MPIMS = [
    {
        "id": "G0MPIM0001",
        "name": "mpdm-ana--ben--cy-1",
        "created": 1500000000,
        "members": ["U0ANA00001", "U0BEN00002", "U0CY000009"],
    }
]
LISTS = {
    "users.json": USERS,
    "channels.json": CHANNELS,
    "groups.json": GROUPS,
    "dms.json": DMS,
    "mpims.json": MPIMS,
    "integration_logs.json": [],
}
DAY = "general/2017-08-22.json"


def a_message(**changes: Any) -> dict[str, Any]:
    """One message of a day file; None takes a field out."""
    entry = {"type": "message", "user": "U0ANA00001", "text": "hello", "ts": TS, **changes}
    return {name: value for name, value in entry.items() if value is not None}


def exported(days: Mapping[str, Any], lists: Mapping[str, Any] = LISTS, top: str = "") -> bytes:
    members = {**lists, **days}
    return a_zip({top + name: json.dumps(value, indent=4).encode() for name, value in members.items()})


def of_day(*messages: Any, folder: str = "general", **options: Any) -> Outcome:
    day = f"{folder}/2017-08-22.json"
    outcome = taken(exported({day: list(messages)}), **options)
    events = [entry for entry in outcome.entries if entry.member == day]
    return Outcome(events, outcome.objects)


def one(**changes: Any) -> Event:
    """The event of one message, read beside another one."""
    event, _ = of_day(a_message(**changes), a_message(ts="1503439999.000001")).events
    return event


def shown(event: Event) -> Any:
    return attributes(event).get("shown")


def test_a_message_has_the_id_of_its_channel_and_its_exact_time() -> None:
    event = one(client_msg_id="e4d2", team="T1")
    assert (event.event_kind, event.body, event.vendor_id) == (K.MESSAGE, "hello", f"C0GENERAL1:{TS}")
    assert (event.ts_utc, event.ts_source, event.ts_raw) == (MICROS, TimeSource.UTC, TS)
    assert (event.conversation_id, event.conversation_kind) == ("slack:C0GENERAL1", "channel")
    assert (event.conversation_title, event.recipients) == ("general", ())
    assert (event.sender_id, event.sender_display) == ("U0ANA00001", "Ana R.")
    assert (event.source, event.format, event.line) == ("slack", "slack", 1)
    assert attributes(event) == {"client_msg_id": "e4d2", "team": "T1"}


@pytest.mark.parametrize("top", ["", "Agency Slack export/"])
def test_the_lists_are_directory_entries_and_every_row_is_counted(top: str) -> None:
    outcome = taken(exported({DAY: [a_message(), a_message(ts="1503435957.000001")]}, top=top))
    rows = {row.member.removeprefix(top): (row.format, row.events, row.quarantined) for row in outcome.objects}
    assert rows == {
        "": ("archive", 0, 0),
        DAY: ("slack", 2, 0),
        "users.json": ("slack", 3, 0),
        "channels.json": ("slack", 1, 0),
        "groups.json": ("slack", 1, 0),
        "dms.json": ("slack", 1, 0),
        "mpims.json": ("slack", 1, 0),
        "integration_logs.json": ("slack", 0, 0),
    }
    directory = [event for event in outcome.events if event.event_kind is K.DIRECTORY]
    assert [(e.subkind, e.vendor_id, e.sender_display or e.conversation_title) for e in directory] == [
        ("user", "U0ANA00001", "Ana R."),
        ("user", "U0BEN00002", "Ben Ode"),
        ("user", "U0BOT00003", "ticker"),
        ("conversation", "C0GENERAL1", "general"),
        ("conversation", "G0SECRET01", "secret"),
        ("conversation", "D0ANABEN01", "Ana R., Ben Ode"),
        ("conversation", "G0MPIM0001", "Ana R., Ben Ode, U0CY000009"),
    ]
    assert attributes(directory[0])["profile"]["real_name"] == "Ana Ruiz"


@pytest.mark.parametrize(
    ("folder", "conversation", "kind", "title", "recipients"),
    [
        ("general", "slack:C0GENERAL1", "channel", "general", ()),
        ("secret", "slack:G0SECRET01", "channel", "secret", ()),
        ("D0ANABEN01", "slack:D0ANABEN01", "dm", "Ana R., Ben Ode", ("U0BEN00002",)),
        (
            "mpdm-ana--ben--cy-1",
            "slack:G0MPIM0001",
            "group",
            "Ana R., Ben Ode, U0CY000009",
            ("U0BEN00002", "U0CY000009"),
        ),
        ("G0SECRET01", "slack:G0SECRET01", "channel", "secret", ()),
    ],
)
def test_the_folder_names_the_conversation(
    folder: str, conversation: str, kind: str, title: str, recipients: tuple[str, ...]
) -> None:
    [event] = of_day(a_message(), folder=folder).events
    assert (event.conversation_id, event.conversation_kind, event.conversation_title) == (conversation, kind, title)
    assert event.recipients == recipients and event.flags == ()


def test_a_folder_that_no_list_knows_keeps_its_name_under_a_scope() -> None:
    [event] = of_day(a_message(), folder="gone").events
    scope = event.conversation_id.removeprefix("slack:").removesuffix(":gone")
    assert len(scope) == 12 and event.vendor_id == f"{scope}:gone:{TS}"
    assert (event.conversation_title, event.flags) == ("gone", ("conversation-from-key",))
    [other] = of_day(a_message(), folder="gone", key="captures/other").events
    assert other.conversation_id != event.conversation_id


def test_a_name_that_two_channels_have_is_not_guessed() -> None:
    twice = {**LISTS, "groups.json": [{**GROUPS[0], "name": "general"}]}
    [event] = [e for e in taken(exported({DAY: [a_message()]}, twice)).events if e.event_kind is K.MESSAGE]
    assert event.flags == ("conversation-ambiguous",) and event.conversation_id.endswith(":general")


def test_a_message_that_names_its_channel_is_believed() -> None:
    event = one(channel="D0ANABEN01")
    assert (event.conversation_id, event.vendor_id) == ("slack:D0ANABEN01", f"D0ANABEN01:{TS}")
    assert event.recipients == ("U0BEN00002",) and attributes(event) == {}
    named = one(channel="General")
    assert (named.conversation_id, attributes(named)) == ("slack:C0GENERAL1", {"channel": "General"})


def test_an_unpacked_export_is_read_as_the_zip_is(tmp_path: Path) -> None:
    files = {**LISTS, DAY: [a_message(text="<@U0BEN00002>")]}
    held = {f"slack/{name}": json.dumps(value).encode() for name, value in files.items()}
    seed = Seed(reader="slack", syntax="json", elements=(held.pop(f"slack/{DAY}"),), key=f"slack/{DAY}", beside=held)
    [event] = read_in_zone(seed, seed.data, tmp_path).events
    assert (event.conversation_id, event.body) == ("slack:C0GENERAL1", "@Ben Ode")


def test_without_lists_names_come_from_the_message() -> None:
    data = json.dumps([a_message(user_profile={"display_name": "", "real_name": "Ana Ruiz"}, text="<@U1|cal> <@U2>")])
    [event] = taken(data.encode(), key="general/2017-08-22.json").events
    assert (event.sender_display, event.body) == ("Ana Ruiz", "@cal @U2")
    assert event.conversation_id.endswith(":general")


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("<@U0ANA00001> and <@U0ANA00001|ana> and <@U9|cal>", "@Ana R. and @Ana R. and @cal"),
        ("<#C0GENERAL1> <#C9|other> <#C8|> <#C7>", "#general #other #C8 #C7"),
        ("<!here> <!channel> <!everyone|everyone> <!here|here>", "@here @channel @everyone @here"),
        ("<!subteam^S1|@ops> <!subteam^S1>", "@ops @S1"),
        ("<!date^1392734382^{date}|Feb 18, 2014> <!new|thing>", "Feb 18, 2014 thing"),
        ("<https://a.example/x> <https://a.example/x|here>", "https://a.example/x here <https://a.example/x>"),
        ("<http://a.example|a.example> <https://a.example/|a.example>", "a.example a.example"),
        ("<mailto:a@b.example|a@b.example> <tel:+15205550100|call>", "a@b.example call <tel:+15205550100>"),
        ("&lt;@U0ANA00001&gt; &amp;lt; a &amp;&amp; b", "<@U0ANA00001> &lt; a && b"),
        ("<https://a.example/?a=1&amp;b=2|a &lt;b&gt;>", "a <b> <https://a.example/?a=1&b=2>"),
        ("5 < 6 and 7 > 3, <b>typed</b>", "5 < 6 and 7 > 3, <b>typed</b>"),
        ("*bold* _it_ `code` :smile: &nbsp;", "*bold* _it_ `code` :smile: &nbsp;"),
        ("<unclosed <@U0ANA00001", "<unclosed <@U0ANA00001"),
    ],
)
def test_markup_becomes_what_people_read(text: str, body: str) -> None:
    event = one(text=text)
    assert event.body == body
    assert attributes(event) == ({} if text == body else {"body_source": text})


RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "see "},
                {"type": "link", "url": "https://a.example", "text": "this"},
                {"type": "user", "user_id": "U0ANA00001"},
                {"type": "channel", "channel_id": "C0GENERAL1"},
                {"type": "broadcast", "range": "here"},
                {"type": "emoji", "name": "wave"},
                {"type": "unheard-of", "text": "!"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": word}]} for word in "ab"],
        },
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q1\nq2"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x = 1"}]},
    ],
}
RICH_TEXT = "see this <https://a.example>@Ana R.#general@here:wave:!\n1. a\n2. b\n> q1\n> q2\nx = 1"
KIT = [
    {"type": "header", "text": {"type": "plain_text", "text": "Build <failed>"}},
    {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "by <@U0BEN00002>"},
        "fields": [{"type": "mrkdwn", "text": "f &amp; g"}],
    },
    {"type": "divider"},
    {"type": "context", "elements": [{"type": "image", "alt_text": "logo"}, {"type": "plain_text", "text": "now"}]},
    {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Retry"}}]},
    {"type": "image", "title": {"type": "plain_text", "text": "Chart"}, "alt_text": "a chart"},
    {"type": "brand-new", "text": {"type": "mrkdwn", "text": "<!here>"}},
]
KIT_TEXT = "Build <failed>\nby @Ben Ode\nf & g\nlogo\nnow\n[Retry]\nChart\na chart\n@here"


@pytest.mark.parametrize(
    ("text", "blocks", "body"),
    [
        ("", [RICH], RICH_TEXT),
        (None, [RICH], RICH_TEXT),
        ("said", [RICH], "said"),
        ("", KIT, KIT_TEXT),
        ("Build <failed>", KIT, "Build <failed>\n" + KIT_TEXT),
        ("by @Ben Ode", [KIT[1]], "by @Ben Ode\nby @Ben Ode\nf & g"),
        ("f &amp; g", [{"type": "section", "text": {"type": "mrkdwn", "text": "f &amp; g"}}], "f & g"),
        ("", [], ""),
        ("", [None, 5, {"type": []}, {"type": "rich_text", "elements": "x"}], ""),
    ],
)
def test_what_stands_only_in_blocks_is_part_of_the_body(text: str | None, blocks: Any, body: str) -> None:
    event = one(text=text, blocks=blocks)
    assert event.body == body
    assert attributes(event)["blocks"] == blocks


def test_what_an_app_attaches_is_part_of_the_body_and_previews_are_shown_beside_it() -> None:
    event = one(
        subtype="bot_message",
        user=None,
        bot_id="B1",
        username="ticker",
        text="New:",
        attachments=[
            {
                "pretext": "p",
                "title": "t",
                "title_link": "https://t.example",
                "text": "<!here>",
                "fields": [{"title": "k", "value": "v"}],
            },
            {"fallback": "only this"},
            {"from_url": "https://a.example/x", "title": "A", "text": "about &amp; more", "service_name": "S"},
            {
                "is_msg_unfurl": True,
                "from_url": "https://z.example",
                "author_name": "Ben Ode",
                "text": "old <@U0ANA00001>",
            },
        ],
    )
    assert event.body == "New:\np\nt <https://t.example>\n@here\nk: v\nonly this"
    assert (event.sender_id, event.sender_display, event.subkind) == ("B1", "ticker", "app-message")
    assert shown(event) == {
        "link": ["https://a.example/x"],
        "link_title": ["A"],
        "link_description": ["about & more"],
        "quote": "old @Ana R.",
        "quote_by": "Ben Ode",
    }


@pytest.mark.parametrize(
    ("fields", "kind", "subkind", "show"),
    [
        ({"subtype": "channel_join"}, K.MEMBERSHIP, "member-joined", {"members_added": ["Ana R."]}),
        (
            {"subtype": "group_join", "inviter": "U0BEN00002"},
            K.MEMBERSHIP,
            "member-added",
            {"members_added": ["Ana R."]},
        ),
        ({"subtype": "channel_leave"}, K.MEMBERSHIP, "member-left", {"members_removed": ["Ana R."]}),
        (
            {"subtype": "channel_topic", "topic": "a &amp; b"},
            K.ROOM_SETTINGS,
            "topic-changed",
            {"room_description": "a & b"},
        ),
        ({"subtype": "channel_purpose", "purpose": "p"}, K.ROOM_SETTINGS, "purpose-changed", {"room_description": "p"}),
        (
            {"subtype": "channel_name", "name": "new", "old_name": "o"},
            K.ROOM_SETTINGS,
            "subject-changed",
            {"room_title": "new"},
        ),
        ({"subtype": "channel_archive"}, K.ROOM_SETTINGS, "archived", None),
        ({"subtype": "bot_add"}, K.SYSTEM, "app-added", None),
        ({"subtype": "pinned_item"}, K.SYSTEM, "pinned", None),
        ({"subtype": "reminder_add"}, K.SYSTEM, "reminder-added", None),
        ({"subtype": "me_message"}, K.MESSAGE, "me-message", None),
        ({"subtype": "never_heard_of"}, K.UNKNOWN, "", None),
        ({"subtype": {"a": 1}}, K.UNKNOWN, "", None),
        ({"type": "brand_new"}, K.UNKNOWN, "", None),
    ],
)
def test_subtypes(fields: dict[str, Any], kind: EventKind, subkind: str, show: Any) -> None:
    event = one(**fields)
    assert (event.event_kind, event.subkind, event.body) == (kind, subkind, "hello")
    assert shown(event) == show
    assert attributes(event).items() >= fields.items()


@pytest.mark.parametrize(
    ("room", "subkind", "show"),
    [
        (
            {"date_start": 100, "date_end": 160, "participants": ["U1"], "participant_history": ["U1", "U2"]},
            "completed",
            {"call_duration": 60, "call_participants": 2},
        ),
        ({"date_start": 100, "date_end": 0, "participants": []}, "started", None),
        ({"date_start": 100, "date_end": 0, "was_missed": True}, "missed", None),
        ({"date_start": 200, "date_end": 100, "was_rejected": True}, "declined", None),
        ("odd", "started", None),
    ],
)
def test_huddles_are_calls(room: Any, subkind: str, show: Any) -> None:
    event = one(subtype="huddle_thread", text="", room=room)
    assert (event.event_kind, event.subkind, shown(event)) == (K.CALL, subkind, show)


def test_replies_and_broadcasts_are_linked_to_their_thread() -> None:
    parent, reply, broadcast = of_day(
        a_message(thread_ts=TS, reply_count=2),
        a_message(ts="1503435960.000001", thread_ts=TS, parent_user_id="U0ANA00001"),
        a_message(ts="1503435961.000001", thread_ts=TS, subtype="thread_broadcast", root=a_message()),
    ).events
    assert attributes(parent) == {"thread": TS, "reply_count": 2}
    assert attributes(reply)["shown"] == {"reply_to": f"C0GENERAL1:{TS}"}
    assert (broadcast.subkind, shown(broadcast)) == ("thread-broadcast", {"reply_to": f"C0GENERAL1:{TS}"})
    assert attributes(broadcast)["root"] == a_message()


def test_an_edited_message_is_flagged_and_keeps_who_and_when() -> None:
    event = one(edited={"user": "U0ANA00001", "ts": "1503435999.000000"})
    assert event.flags == ("edited",)
    assert attributes(event) == {"edited": {"user": "U0ANA00001", "ts": "1503435999.000000"}}


CHANGED = {
    "type": "message",
    "subtype": "message_changed",
    "hidden": True,
    "ts": "1503436000.000100",
    "message": a_message(text="new &amp; better", edited={"user": "U0BEN00002", "ts": "1503436000.000000"}),
    "previous_message": a_message(text="old"),
}


def test_the_edit_log_gives_the_edit_and_the_text_before_it() -> None:
    edit, before = of_day(CHANGED).events
    assert (edit.event_kind, edit.subkind, edit.body) == (K.EDIT, "edit", "new & better")
    assert (edit.target_id, edit.vendor_id) == (f"C0GENERAL1:{TS}", "C0GENERAL1:1503436000.000100")
    assert (edit.sender_id, edit.ts_utc) == ("U0BEN00002", 1503436000_000100)
    assert attributes(edit)["message"]["body_source"] == "new &amp; better"
    assert (before.event_kind, before.vendor_id, before.body) == (K.MESSAGE, f"C0GENERAL1:{TS}", "old")
    assert (before.line, edit.line) == (1, 1) and before.event_id != edit.event_id


def test_a_changed_preview_is_no_edit_and_a_changed_tombstone_is_a_deletion() -> None:
    unfurled = {
        **CHANGED,
        "message": a_message(text="old", attachments=[{"from_url": "https://a.example", "title": "A"}]),
    }
    [edit, _] = of_day(unfurled).events
    assert (edit.event_kind, edit.subkind, shown(edit)) == (
        K.EDIT,
        "link-preview",
        {"link": ["https://a.example"], "link_title": ["A"]},
    )
    buried = {**CHANGED, "message": a_message(subtype="tombstone", text="This message was deleted.")}
    gone, before = of_day(buried).events
    assert (gone.event_kind, gone.target_id, before.body) == (K.DELETE, f"C0GENERAL1:{TS}", "old")


@pytest.mark.parametrize("name", ["previous_message", "original"])
def test_the_delete_log_gives_the_deletion_and_what_was_deleted(name: str) -> None:
    entry = {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "ts": "1503436001.000000",
        "deleted_ts": TS,
    }
    gone, before = of_day(
        {**entry, name: a_message(text="secret", reactions=[{"name": "x", "users": ["U1"], "count": 1}])}
    ).events
    assert (gone.event_kind, gone.subkind, gone.target_id) == (K.DELETE, "everyone", f"C0GENERAL1:{TS}")
    assert (before.event_kind, before.body, before.vendor_id) == (K.MESSAGE, "secret", f"C0GENERAL1:{TS}")
    [alone] = of_day(entry).events
    assert alone.target_id == f"C0GENERAL1:{TS}" and alone.event_kind is K.DELETE


def test_a_tombstone_is_a_deleted_message_without_words_or_author() -> None:
    event = one(subtype="tombstone", user="USLACKBOT", text="This message was deleted.", hidden=True, thread_ts=TS)
    assert (event.event_kind, event.body, event.sender_id) == (K.MESSAGE, "", "")
    assert event.flags == ("deleted", "hidden") and event.vendor_id == f"C0GENERAL1:{TS}"
    assert attributes(event).items() >= {"user": "USLACKBOT", "body_source": "This message was deleted."}.items()


def test_each_reaction_is_an_event_with_its_user() -> None:
    reactions = [
        {"name": "+1", "users": ["U0ANA00001", "U9"], "count": 2},
        {"name": "eyes", "users": ["U9"], "count": 1},
    ]
    message, *found = of_day(a_message(reactions=reactions), a_message(ts="1503435957.000001")).events[:4]
    assert attributes(message) == {}
    assert [(e.event_kind, e.body, e.sender_id, e.sender_display, e.target_id, e.line) for e in found] == [
        (K.REACTION, "+1", "U0ANA00001", "Ana R.", message.vendor_id, 1),
        (K.REACTION, "+1", "U9", "", message.vendor_id, 1),
        (K.REACTION, "eyes", "U9", "", message.vendor_id, 1),
    ]
    assert {(e.ts_utc, e.ts_source) for e in found} == {(None, TimeSource.UNKNOWN)}
    assert len({e.vendor_id for e in found}) == 3


def test_reactions_that_count_more_users_than_they_name_stay_with_the_message() -> None:
    reactions = [{"name": "+1", "users": ["U9"], "count": 60}]
    message, found = of_day(a_message(reactions=reactions)).events
    assert attributes(message)["reactions"] == reactions and found.sender_id == "U9"


HOSTED = {
    "id": "F0FILE0001",
    "name": "plan.pdf",
    "mimetype": "application/pdf",
    "mode": "hosted",
    "url_private": "https://files.slack.com/files-pri/T1-F0/plan.pdf?t=xoxe-1-2-3",
    "url_private_download": "https://files.slack.com/files-pri/T1-F0/download/plan.pdf?t=xoxe-1-2-3",
    "thumb_64": "https://files.slack.com/files-tmb/T1-F0/p_64.png?t=xoxe-1-2-3",
    "permalink": "https://agency.slack.example/files/U0/F0/plan.pdf",
}


def test_files_are_links_and_their_tokens_are_removed() -> None:
    event = one(text="", files=[HOSTED], upload=True)
    [attachment] = event.attachments
    assert (attachment.name, attachment.mime, attachment.note) == ("plan.pdf", "application/pdf", "link-only")
    assert event.event_kind is K.FILE
    assert event.stripped == ("files.thumb_64", "files.url_private", "files.url_private_download")
    assert "xoxe" not in event.attributes and "permalink" in event.attributes
    assert attributes(event)["files"][0]["thumb_64"] == "https://files.slack.com/files-tmb/T1-F0/p_64.png"


def test_a_token_in_a_text_is_removed_too() -> None:
    event = one(text="<https://files.slack.com/x.png?a=1&amp;t=xoxe-1-2&b=2> use xoxb-123456789-abc")
    assert "xox" not in str(event.body) + event.attributes and event.stripped == ("text",)
    assert event.body == "https://files.slack.com/x.png?a=1&b=2 use (token removed)"


@pytest.mark.parametrize(
    ("file", "name", "note"),
    [
        ({"id": "F1", "mode": "tombstone"}, "", "tombstone"),
        ({"id": "F1", "mode": "hidden_by_limit", "name": "a"}, "a", "hidden-by-limit"),
        ({"id": "F1", "mode": "external", "title": "Doc", "is_external": True}, "Doc", "external"),
        ({"id": "F1", "is_external": True, "name": "a"}, "a", "external"),
        ({"id": "F1", "name": "a", "mode": "hosted"}, "a", "link-only"),
    ],
)
def test_why_a_file_has_no_bytes(file: dict[str, Any], name: str, note: str) -> None:
    for fields in ({"files": [file]}, {"file": file, "subtype": "file_share"}):
        [attachment] = one(**fields).attachments
        assert (attachment.name, attachment.note) == (name, note)


def test_a_snippet_and_a_clip_show_what_was_read() -> None:
    snippet = {"id": "F1", "mode": "snippet", "title": "notes", "preview": "line 1\nline 2", "name": "n.txt"}
    clip = {"id": "F2", "name": "c.mp4", "transcription": {"preview": {"content": "so I said"}}}
    assert shown(one(files=[snippet, clip])) == {
        "link_title": ["notes"],
        "link_description": ["line 1\nline 2"],
        "transcript": "so I said",
    }


@pytest.mark.parametrize(
    ("member", "path"),
    [
        ("general/attachments/F0FILE0001-plan.pdf", "attachments/F0FILE0001-plan.pdf"),
        ("__uploads/F0FILE0001/plan.pdf", "__uploads/F0FILE0001/plan.pdf"),
    ],
)
def test_files_that_a_tool_fetched_are_pointed_to(member: str, path: str) -> None:
    members = {name: json.dumps(value).encode() for name, value in {**LISTS, DAY: [a_message(files=[HOSTED])]}.items()}
    outcome = taken(a_zip({**members, member: b"%PDF-1.4 plan"}))
    [event] = [event for event in outcome.events if event.attachments]
    assert (event.attachments[0].path, event.attachments[0].note) == (path, "")
    assert (member, "attachment") in {(row.member, row.format) for row in outcome.objects}


def test_each_dump_of_a_folder_has_its_own_files() -> None:
    dumps = {
        f"d/{name}.json": {"channel_id": name, "messages": [a_message(files=[HOSTED])]}
        for name in ("C0OPS00001", "C0OPS00002")
    }
    held = {key: json.dumps(value).encode() for key, value in dumps.items()}
    outcome = taken(a_zip({**held, **{f"d/C0OPS0000{n}/F0FILE0001-plan.pdf": b"%PDF-1.4" for n in (1, 2)}}))
    paths = [event.attachments[0].path for event in outcome.events]
    assert paths == [f"C0OPS0000{n}/F0FILE0001-plan.pdf" for n in (1, 2)]


def test_old_file_comments_name_who_said_it() -> None:
    event = one(
        subtype="file_comment",
        user=None,
        text="<@U0BEN00002> commented on <@U0ANA00001>&apos;s file",
        comment={"user": "U0BEN00002", "comment": "ok &amp; done"},
        file={"id": "F1", "name": "a.txt"},
    )
    assert (event.body, event.sender_id, event.sender_display) == ("ok & done", "U0BEN00002", "Ben Ode")
    assert attributes(event)["body_source"].startswith("<@U0BEN00002> commented")


@pytest.mark.parametrize("after", [False, True])
def test_a_dump_names_its_conversation_before_or_after_the_messages(after: bool) -> None:
    replies = ["odd", a_message(ts="1503435960.000001", thread_ts=TS, text="reply")]
    messages = [a_message(thread_ts=TS, slackdump_thread_replies=replies)]
    dump = {"name": "ops", "messages": messages, "channel_id": "C0OPS00001"}
    text = json.dumps(dict(reversed(dump.items())) if after else dump).encode()
    parent, reply = taken(text, key="captures/1").events
    assert {(e.conversation_id, e.conversation_title, e.line) for e in (parent, reply)} == {
        ("slack:C0OPS00001", "ops", 1)
    }
    assert (reply.body, shown(reply)) == ("reply", {"reply_to": f"C0OPS00001:{TS}"})
    assert attributes(parent) == {"thread": TS, "slackdump_thread_replies": ["odd"]}


def test_a_dump_without_an_id_is_known_by_its_files_name() -> None:
    [event] = taken(json.dumps({"messages": [a_message()]}).encode(), key="dump/C0OPS00001.json").events
    assert (event.conversation_id, event.flags) == ("slack:C0OPS00001", ("conversation-from-key",))


def test_app_installations_canvases_and_unheard_of_lists_are_kept() -> None:
    lists = {
        **LISTS,
        "integration_logs.json": [
            {
                "user_id": "U0ANA00001",
                "user_name": "ana",
                "date": "1469998418",
                "change_type": "added",
                "app_type": "Polls",
                "app_id": "A1",
            }
        ],
        "canvases.json": [{**HOSTED, "id": "F0CANVAS01", "title": "Plan", "created": 1500000000, "user": "U0BEN00002"}],
        "content_flags.json": [
            {"flag_id": "X1", "channel_id": "C0GENERAL1", "message_ts": TS, "date_create": 1500000000}
        ],
    }
    events = {e.member: e for e in taken(exported({DAY: [a_message()]}, lists)).events}
    added, canvas, flag = (events[name] for name in ("integration_logs.json", "canvases.json", "content_flags.json"))
    assert (added.event_kind, added.subkind, added.sender_display) == (K.SYSTEM, "app-added", "Ana R.")
    assert (added.ts_utc, shown(added)) == (1469998418_000000, {"event": "App added: Polls"})
    assert (canvas.event_kind, canvas.subkind, canvas.attachments[0].note) == (K.FILE, "canvas", "link-only")
    assert canvas.stripped == ("thumb_64", "url_private", "url_private_download")
    assert (flag.event_kind, attributes(flag)["flag_id"], flag.ts_utc) == (K.UNKNOWN, "X1", 1500000000_000000)


@pytest.mark.parametrize("ts", ["", "soon", "-1e5", "1" * 30, None, ["1"], "٤٤.٤"])
def test_a_time_that_is_none_is_kept_and_flagged(ts: Any) -> None:
    event = one(ts=ts)
    assert (event.ts_utc, event.ts_source, event.flags) == (None, TimeSource.UNKNOWN, ("bad-time",))
    assert event.ts_raw == ts or attributes(event).get("ts") == ts


@pytest.mark.parametrize(
    ("ts", "micros"),
    [
        ("1503435956.000002", 1503435956_000002),
        ("1503435956", 1503435956_000000),
        ("1503435956.1234567", 1503435956_123456),
        (1503435956.000247, MICROS),
    ],
)
def test_times_are_exact(ts: Any, micros: int) -> None:
    event = one(ts=ts)
    assert (event.ts_utc, event.ts_raw, event.vendor_id) == (micros, str(ts), f"C0GENERAL1:{ts}")


def test_members_of_our_names_do_not_pass_for_ours() -> None:
    event = one(text="&amp;", shown={"quote": "x"}, thread=5, body_source="y", thread_ts=TS)
    assert attributes(event) == {
        "body_source": "&amp;",
        "body_source#1": "y",
        "shown": {},
        "shown#1": {"quote": "x"},
        "thread": TS,
        "thread#1": 5,
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"reactions": "x"},
        {"reactions": [5, {"name": 1, "users": "U1"}, {"users": [1, {}]}]},
        {"files": [None, 3, {"name": 5, "mode": []}]},
        {"file": "F1"},
        {
            "attachments": [
                None,
                {"fields": [1, {"title": 2}]},
                {"is_share": True, "message_blocks": [1, {"message": 2}]},
            ]
        },
        {"attachments": {"from_url": "x"}},
        {"blocks": {"type": "section"}},
        {"edited": "yes", "thread_ts": {}, "channel": 5, "user": ["U1"], "bot_id": {}, "username": 4},
        {"subtype": "message_changed", "message": "x"},
        {"subtype": "message_changed", "message": {}, "previous_message": {"ts": {}}},
        {"subtype": "message_deleted", "deleted_ts": {}, "previous_message": []},
        {"subtype": "huddle_thread", "room": {"date_start": "x", "participants": [{}]}},
        {"subtype": "file_comment", "comment": 5},
        {"slackdump_thread_replies": {"a": 1}},
        {"text": {"a": [1]}},
        {"text": 5, "user_profile": [], "bot_profile": {"name": {}}},
        {"client_msg_id": "\ud83d", "text": "lone \udc00"},
    ],
)
def test_odd_shapes_are_kept(fields: dict[str, Any]) -> None:
    outcome = of_day(a_message(**fields))
    assert outcome.quarantined == [] and outcome.events[0].vendor_id in (f"C0GENERAL1:{TS}", "")
    hold(outcome.entries)


def test_the_source_is_named() -> None:
    [event] = of_day(a_message(), sources=sources(custodian="network", network="agency")).events
    assert (event.custodian, event.network) == ("network", "agency")


PLAIN = json.dumps([a_message()]).encode()


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (PLAIN, True),
        (b"\xef\xbb\xbf\r\n" + PLAIN, True),
        (b"[]", True),
        (b" [ ]\n", True),
        (json.dumps(USERS).encode(), True),
        (json.dumps(DMS).encode(), True),
        (json.dumps({"ok": True, "messages": [a_message()]}).encode(), True),
        (json.dumps(a_message()).encode(), False),
        (b"[1]", False),
        (b"{}", False),
        (b'[{"id": 7, "type": "message", "date": "2024-01-01T00:00:00"}]', False),
        (
            b'{"name": "x", "type": "personal_chat", "messages": [{"id": 7, "type": "message", "date_unixtime": "1"}]}',
            False,
        ),
        (b'{"@odata.context": "x", "value": [{"id": "1616963377068", "messageType": "message"}]}', False),
        (a_line() + b"\n", False),
        (b"2026-01-01, 10:00 - Ana: " + PLAIN, False),
    ],
)
def test_sniffing(data: bytes, known: bool) -> None:
    assert slack.sniff(data) is known
    if known:
        assert [reader.NAME for reader in FORMATS if reader.sniff(data)] == ["slack"]


SEEDS = [
    Seed(
        reader="slack",
        name=name,
        syntax="json",
        head=head,
        elements=tuple(json.dumps(one, indent=indent).encode() for one in elements),
        between=b",\n",
        tail=tail,
        key=key,
        beside={"x/users.json": json.dumps(USERS).encode(), "x/channels.json": json.dumps(CHANNELS).encode()},
    )
    for name, head, elements, tail, key, indent in (
        (
            "day",
            b"[\n",
            (
                a_message(text="<@U0BEN00002> &amp; co", reactions=[{"name": "+1", "users": ["U9"], "count": 1}]),
                CHANGED,
                a_message(ts="1503435958.000001", files=[HOSTED], thread_ts=TS),
            ),
            b"\n]\n",
            f"x/{DAY}",
            None,
        ),
        ("pretty", b"[\n", (a_message(subtype="channel_join"), a_message(ts="1503435958.0001")), b"]", f"x/{DAY}", 1),
        ("users", b"[", USERS, b"]", "x/users.json", None),
        (
            "dump",
            b'{"channel_id":"C0GENERAL1","name":"general","messages":[',
            (a_message(), a_message(text="b")),
            b"]}",
            "x/1",
            None,
        ),
    )
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


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.id)
def test_a_file_cut_anywhere_ends_in_one_quarantined_row(seed: Seed) -> None:
    for cut in range(1, len(seed.data.rstrip()) - 1):
        found = read_straight(seed, seed.data[:cut])
        assert [entry.reason for entry in found.quarantined] == ["truncated-document"]
