from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.intake.formats import FORMATS
from pipeline.intake.formats.ufed import sniff
from pipeline.intake.limits import Limits
from pipeline.model import Event, EventKind, TimeSource
from tests.pipeline.intake.intaking import Outcome, a_line, a_zip, attributes, sources, taken

K = EventKind
ANA, BEN, CARL = "15205550101@s.whatsapp.net", "15205550102@s.whatsapp.net", "15205550103@s.whatsapp.net"
NOON = 1727535575_230000
OWNED = sources(owner_id="+15205550101", owner_name="Ana")


def a_field(name: str, value: str | None, kind: str = "String", extra: str = "") -> str:
    if value is None:
        return f'<field name="{name}" type="{kind}"><empty /></field>'
    text = value.replace("]]>", "]]]]><![CDATA[>")
    return f'<field name="{name}" type="{kind}"><value type="{kind}"{extra}><![CDATA[{text}]]></value></field>'


def a_time(name: str = "TimeStamp", value: str = "2024-09-28T14:59:35.230+00:00", known: bool = True) -> str:
    kind = "TimeStampKnown" if known else "TimeStampUnknown"
    return a_field(name, value, "TimeStamp", f' format="{kind}" formattedTimestamp="{value[:19]}+00:00"')


def a_model(kind: str, *inner: str, state: str = "Intact", **attributes: str) -> str:
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    head = f'<model type="{kind}" id="m-{kind}" deleted_state="{state}" decoding_confidence="High"{more}>'
    return head + "\n".join(("", *inner, "</model>"))


def one_of(name: str, model: str) -> str:
    return f'<modelField name="{name}" type="x">{model}</modelField>'


def many(name: str, *models: str) -> str:
    return f'<multiModelField name="{name}" type="x">{"".join(models)}</multiModelField>'


def a_party(who: str, name: str = "", owner: bool = False, *more: str) -> str:
    return a_model(
        "Party",
        a_field("Identifier", who),
        a_field("Name", name),
        a_field("IsPhoneOwner", str(owner), "Boolean"),
        *more,
    )


def a_message(*more: str, body: str | None = "hello", sender: str = BEN, state: str = "Intact", **fields: str) -> str:
    named = {"Identifier": "3EB0A9C1D2E3F4A5B6C7", "Source": "WhatsApp", **fields}
    return a_model(
        "InstantMessage",
        one_of("From", a_party(sender, "Ben" if sender == BEN else "", sender == ANA)),
        a_field("Body", body),
        a_time(),
        *(a_field(name, value) for name, value in named.items() if value),
        *more,
        state=state,
        extractionId="2",
    )


def a_chat(
    *messages: str, members: Sequence[str] = (ANA, BEN), after: str = "", before: str = "", **fields: str
) -> str:
    named = {"Source": "WhatsApp", "Id": BEN, "Name": "Ben", "Account": ANA, **fields}
    people = many("Participants", *(a_party(who, who[9:11], who == ANA) for who in members))
    inner = [a_field(name, value) for name, value in named.items() if value]
    return a_model("Chat", *inner, before, people, many("Messages", *messages), after)


def a_report(*types: tuple[str, Sequence[str]], files: str = "", tail: str = "") -> bytes:
    decoded = "".join(f'<modelType type="{kind}">\n' + "\n".join(models) + "\n</modelType>\n" for kind, models in types)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<project id="p" name="x" extractionType="FileSystem" xmlns="http://pa.cellebrite.com/report/2.0">\n'
        '<caseInformation><field name="Case">26-1</field></caseInformation>\n'
        f"<taggedFiles>{files}</taggedFiles>\n<decodedData>\n{decoded}</decodedData>\n{tail}</project>\n"
    ).encode()


def chats(*found: str, **options: Any) -> bytes:
    return a_report(("Chat", found), **options)


def read(data: bytes, **options: Any) -> Outcome:
    return taken(data, key="report.xml", **options)


def said(data: bytes, **options: Any) -> list[Event]:
    return [event for event in read(data, **options).events if event.event_kind != K.DIRECTORY]


def one(message: str, **options: Any) -> Event:
    return said(chats(a_chat(message)), **options)[0]


def shown(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = attributes(event).get("shown", {})
    return found


def test_a_chat_is_a_directory_entry_and_its_messages_follow() -> None:
    outcome = read(chats(a_chat(a_message(), a_message(sender=ANA, Identifier="3EB0A9C1D2E3F4A5B6C8"))))
    chat, first, second = outcome.events
    assert (chat.event_kind, chat.subkind, chat.line, chat.vendor_id) == (
        K.DIRECTORY,
        "conversation",
        1,
        chat.conversation_id,
    )
    assert attributes(chat)["model"]["fields"]["Id"] == BEN
    assert (first.event_kind, first.source, first.format, first.line) == (K.MESSAGE, "whatsapp", "ufed", 2)
    assert (first.sender_id, first.sender_display, first.recipients) == (BEN, "Ben", (ANA,))
    assert (second.sender_id, second.recipients) == (ANA, (BEN,))
    assert (first.conversation_kind, first.conversation_title, first.body) == ("dm", "Ben", "hello")
    assert (first.ts_utc, first.ts_source) == (NOON, TimeSource.OFFSET)
    assert first.ts_raw == "2024-09-28T14:59:35.230+00:00"
    assert attributes(first)["model"]["@extractionId"] == "2"


def test_fields_behind_the_messages_count_for_all_of_them() -> None:
    text = chats(
        a_chat(
            a_message(),
            members=(),
            Id="",
            Name="",
            Account="",
            after=a_field("Name", "Late") + many("Participants", a_party(ANA, "", True), a_party(BEN)),
        )
    )
    chat, message = read(text).events
    assert (chat.conversation_title, message.conversation_title, message.recipients) == ("Late", "Late", (ANA,))


@pytest.mark.parametrize(
    ("chat", "conversation"),
    [
        ({"Id": BEN}, f"whatsapp:{ANA},{BEN}"),
        ({"Id": "15205550102-1600000000@g.us"}, "whatsapp:15205550102-1600000000@g.us"),
        ({"Id": "17"}, f"whatsapp:{ANA}:17"),
        ({"Id": ""}, f"whatsapp:{ANA},{BEN}"),
        ({"Id": "", "Source": "Native Messages"}, f"sms:{ANA},{BEN}"),
        ({"Source": "Facebook Messenger", "Id": "100012345678901234"}, "facebook-messenger:100012345678901234"),
    ],
)
def test_conversations(chat: dict[str, str], conversation: str) -> None:
    [event] = said(chats(a_chat(a_message(), **chat)))
    assert event.conversation_id == conversation


def test_texts_of_the_phone_are_in_the_conversation_of_their_numbers() -> None:
    parties = many("Parties", a_model("Party", a_field("Identifier", "(520) 555-0102"), a_field("Role", "From")))
    sms = a_model("SMS", parties, a_field("Body", "hi"), a_time(), a_field("Folder", "Inbox"))
    [event] = said(a_report(("SMS", [sms])), sources=OWNED)
    assert (event.source, event.conversation_id) == ("sms", "sms:+15205550101,+15205550102")
    assert (event.sender_id, event.body, event.vendor_id) == ("+15205550102", "hi", "")


@pytest.mark.parametrize(
    ("folder", "sender", "flags"), [("Sent", "+15205550101", ()), ("Drafts", "+15205550101", ("draft",))]
)
def test_texts_that_the_owner_wrote(folder: str, sender: str, flags: tuple[str, ...]) -> None:
    parties = many("Parties", a_model("Party", a_field("Identifier", "5205550102"), a_field("Role", "To")))
    sms = a_model("MMS", parties, a_field("Body", "hi"), a_time(), a_field("Folder", folder))
    [event] = said(a_report(("MMS", [sms])), sources=OWNED)
    assert (event.sender_id, event.recipients, event.flags) == (sender, ("+15205550102",), flags)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("3EB0A9C1D2E3F4A5B6C7", f"whatsapp:{ANA},{BEN}:3EB0A9C1D2E3F4A5B6C7"),
        ("417", f"{ANA}:whatsapp:{ANA},{BEN}:{NOON}:417"),
        ("1727535575230", f"{ANA}:whatsapp:{ANA},{BEN}:{NOON}:1727535575230"),
        ("", ""),
    ],
)
def test_ids_are_the_apps_and_never_the_reports(identifier: str, expected: str) -> None:
    assert one(a_message(Identifier=identifier)).vendor_id == expected


def test_a_short_id_of_a_phone_that_nobody_knows_is_none() -> None:
    [event] = said(chats(a_chat(a_message(Identifier="417"), members=(), Account="", Id="9")))
    assert event.vendor_id == ""


@pytest.mark.parametrize(
    ("value", "known", "micros", "source"),
    [
        ("2024-09-28T09:59:35.230-05:00", True, NOON, TimeSource.OFFSET),
        ("2024-09-28T14:59:35.230Z", True, NOON, TimeSource.UTC),
        ("2024-09-28T14:59:35.230+00:00", False, NOON, TimeSource.UNKNOWN),
        ("2024-09-28T14:59:35.230", True, NOON, TimeSource.UNKNOWN),
        ("28/09/2024 14:59", True, None, TimeSource.UNKNOWN),
    ],
)
def test_times(value: str, known: bool, micros: int | None, source: TimeSource) -> None:
    event = one(a_message().replace(a_time(), a_time(value=value, known=known)))
    assert (event.ts_utc, event.ts_source, event.ts_raw) == (micros, source, value)


@pytest.mark.parametrize(
    ("state", "flags"), [("Deleted", ("recovered-deleted",)), ("Trash", ("recovered-deleted",)), ("Unknown", ())]
)
def test_what_was_recovered_is_flagged(state: str, flags: tuple[str, ...]) -> None:
    assert one(a_message(state=state)).flags == flags


def test_labels_become_flags() -> None:
    extra = many("MessageExtraData", a_model("MessageLabel", a_field("Label", "Edited")))
    labels = '<multiField name="Labels" type="String"><value type="String">Forwarded</value></multiField>'
    assert one(a_message(extra, labels)).flags == ("edited", "forwarded")
    assert one(a_message(a_time("DateDeleted"))).flags == ("deleted",)


FILE_PATH = "files\\Image\\1_photo.jpg"
TAGGED = (
    '<file fs="userdata" path="/data/media/photo.jpg" size="24" id="F1" extractionId="0" deleted="Intact">\n'
    f'<metadata section="File"><item name="Local Path"><![CDATA[{FILE_PATH}]]></item></metadata></file>\n'
)


def an_attachment(*fields: str, **attributes: str) -> str:
    return many("Attachments", a_model("Attachment", a_field("ContentType", "image/jpeg"), *fields, **attributes))


@pytest.mark.parametrize(
    ("attachment", "name", "path", "note"),
    [
        (an_attachment(a_field("Filename", "photo.jpg"), file_id="F1"), "photo.jpg", "files/Image/1_photo.jpg", ""),
        (an_attachment(a_field("attachment_extracted_path", FILE_PATH)), "1_photo.jpg", "files/Image/1_photo.jpg", ""),
        (
            an_attachment(a_field("Filename", "C:\\x\\a.jpg"), a_field("URL", "https://mmg.whatsapp.net/d/f/x")),
            "a.jpg",
            "",
            "link-only",
        ),
        (an_attachment(a_field("Filename", "a.jpg"), file_id="F2"), "a.jpg", "", "omitted"),
    ],
)
def test_attachments(attachment: str, name: str, path: str, note: str) -> None:
    [event] = said(chats(a_chat(a_message(attachment, body=None)), files=TAGGED))
    [found] = event.attachments
    assert (event.event_kind, event.subkind, event.body) == (K.FILE, "image", None)
    assert (found.name, found.path, found.note, found.mime) == (name, path, note, "image/jpeg")


def test_the_files_of_the_archive_are_the_attachments() -> None:
    attachment = an_attachment(a_field("Filename", "photo.jpg"), file_id="F1")
    data = a_zip(
        {
            "report.xml": chats(a_chat(a_message(attachment)), files=TAGGED),
            "files/Image/1_photo.jpg": b"\xff\xd8\xff\xe0 not much of a photo",
        }
    )
    outcome = taken(data, key="phone.ufdr")
    rows = {row.member: row.format for row in outcome.objects}
    assert rows == {"": "archive", "report.xml": "ufed", "files/Image/1_photo.jpg": "attachment"}


def test_secrets_are_removed_and_named() -> None:
    attachment = an_attachment(a_field("Filename", "a.jpg"), a_field("URL", "https://a.example/?sig=s3cret"))
    event = one(a_message(attachment, a_field("EncryptionKey", "s3cret")))
    assert event.stripped == ("Attachments.URL", "EncryptionKey")
    assert "s3cret" not in event.attributes
    password = a_model("Password", a_field("Account", "ana"), a_field("Data", "s3cret"), a_field("Label", "x"))
    [event] = said(a_report(("Password", [password])))
    assert (event.event_kind, event.stripped) == (K.UNKNOWN, ("Data",)) and "s3cret" not in event.attributes


def test_quotes_answers_and_forwards() -> None:
    quoted = a_model(
        "InstantMessage",
        one_of("From", a_party(ANA, "Ana")),
        a_field("Body", "before"),
        a_field("Identifier", "3EB0000000000000000A"),
    )
    event = one(a_message(one_of("EmbeddedInstantMessage", quoted)))
    assert shown(event) == {
        "quote": "before",
        "quote_by": "Ana",
        "reply_to": f"whatsapp:{ANA},{BEN}:3EB0000000000000000A",
    }
    reply = a_model("ReplyMessageData", one_of("InstantMessage", quoted))
    assert shown(one(a_message(many("MessageExtraData", reply))))["quote"] == "before"
    forwarded = a_model("ForwardedMessageData", one_of("OriginalSender", a_party(CARL, "Carl")))
    event = one(a_message(many("MessageExtraData", forwarded)))
    assert (event.flags, shown(event)) == (("forwarded",), {"forwarded_from": "Carl"})


def test_timers_positions_contacts_and_transcripts() -> None:
    event = one(a_message(a_field("SelfDestructDuration", "7.00:00:30", "TimeSpan")))
    assert (event.expires_utc, shown(event)) == (NOON + 604_830_000_000, {"expires_after": 604_830})
    position = one_of("Position", a_model("Coordinate", a_field("Latitude", "38,34"), a_field("Longitude", "-0.47")))
    event = one(a_message(position, a_field("PositionAddress", "Plaza 1"), body=None))
    assert (event.event_kind, event.subkind, shown(event)) == (K.LOCATION, "shared", {"place": "Plaza 1"})
    assert attributes(event)["location"] == {"latitude": 38.34, "longitude": -0.47}
    entry = many("Entries", a_model("PhoneNumber", a_field("Category", "Mobile"), a_field("Value", "+15205550103")))
    event = one(a_message(many("SharedContacts", a_model("Contact", a_field("Name", "Carl"), entry)), body=None))
    assert (event.subkind, shown(event)) == ("contact", {"contact": "Carl: +15205550103"})
    event = one(a_message(an_attachment(a_field("Transcript", "good morning"))))
    assert shown(event) == {"transcript": "good morning"}


@pytest.mark.parametrize("bad", ["soon", "9" * 12, "-1:00:00", ""])
def test_durations_that_are_none(bad: str) -> None:
    assert one(a_message(a_field("SelfDestructDuration", bad))).expires_utc is None


def test_reactions_and_read_times_are_entries_of_their_own() -> None:
    reaction = a_model("Reaction", a_field("Emoji", "👍"), a_time(), one_of("Actor", a_party(ANA, "Ana")))
    to = many("To", a_party(ANA, "Ana", True, a_time("DateRead")), a_party(CARL))
    message, liked, read_at = said(chats(a_chat(a_message(many("Reactions", reaction), to))))
    assert (liked.event_kind, liked.body, liked.sender_id, liked.target_id) == (
        K.REACTION,
        "👍",
        ANA,
        message.vendor_id,
    )
    assert (read_at.event_kind, read_at.sender_id, read_at.ts_utc) == (K.READ_RECEIPT, ANA, NOON)
    assert {event.line for event in (message, liked, read_at)} == {2}
    assert message.recipients == (ANA, CARL)


def test_without_an_id_reactions_stay_with_their_message() -> None:
    reaction = a_model("Reaction", a_field("Emoji", "👍"))
    [message] = said(chats(a_chat(a_message(many("Reactions", reaction), Identifier=""))))
    assert attributes(message)["model"]["models"]["Reactions"][0]["fields"] == {"Emoji": "👍"}


@pytest.mark.parametrize(
    ("action", "kind", "subkind"),
    [
        ("Added", K.MEMBERSHIP, "member-added"),
        ("Left", K.MEMBERSHIP, "member-left"),
        ("RemovedParticipant", K.MEMBERSHIP, "member-removed"),
        ("NameChanged", K.ROOM_SETTINGS, "subject-changed"),
        ("Screenshot taken", K.SYSTEM, "screenshot-taken"),
    ],
)
def test_what_happened_in_a_chat(action: str, kind: EventKind, subkind: str) -> None:
    activity = a_model("ChatActivity", a_field("Action", action), a_time(), one_of("Participant", a_party(BEN, "Ben")))
    for data in (
        chats(a_chat(after=many("ActivityLog", activity))),
        chats(a_chat(a_message(many("ActivityLog", activity)))),
    ):
        event = said(data)[-1]
        assert (event.event_kind, event.subkind, event.sender_id) == (kind, subkind, BEN)
        assert shown(event) == {"event": action}


def test_notices_of_the_app() -> None:
    event = one(a_message(sender="System Message", body="Messages are encrypted"))
    assert (event.event_kind, event.sender_id, event.body) == (K.SYSTEM, "", "Messages are encrypted")


@pytest.mark.parametrize(
    ("fields", "subkind", "sender"),
    [
        ({"Direction": "Incoming", "Status": "Established", "Duration": "00:00:37"}, "completed", "+15205550102"),
        ({"Direction": "Outgoing", "Duration": "00:00:00"}, "started", "+15205550101"),
        ({"Type": "Missed"}, "missed", "+15205550102"),
        ({"Type": "Rejected", "Direction": "Incoming"}, "declined", "+15205550102"),
        ({"Direction": "Outgoing", "Status": "Cancelled"}, "cancelled", "+15205550101"),
        ({}, "started", ""),
    ],
)
def test_calls(fields: dict[str, str], subkind: str, sender: str) -> None:
    parties = many("Parties", a_model("Party", a_field("Identifier", "5205550102")))
    call = a_model("Call", *(a_field(name, value) for name, value in fields.items()), parties, a_time())
    [event] = said(a_report(("Call", [call])), sources=OWNED)
    assert (event.event_kind, event.subkind, event.sender_id) == (K.CALL, subkind, sender)
    assert event.conversation_id == "sms:+15205550101,+15205550102"
    assert shown(event) == (
        {"call_duration": 37}
        if "37" in fields.get("Duration", "")
        else {"call_duration": 0}
        if "Duration" in fields
        else {}
    )


def test_mails() -> None:
    mail = a_model(
        "Email",
        one_of("From", a_party("ben@example.gov", "Ben")),
        many("To", a_party("ana@example.gov")),
        many("Cc", a_party("carl@example.gov")),
        a_field("Subject", "plan"),
        a_field("Body", "<html><p>Hi <b>all</b></p></html>"),
        a_field("EmailHeader", "Received: x\r\nMessage-ID: <1@example.gov>\r\n"),
        a_time(),
    )
    [event] = said(a_report(("Email", [mail])))
    assert (event.source, event.vendor_id, event.sender_id) == ("email", "1@example.gov", "ben@example.gov")
    assert (event.body or "").strip() == "Hi all" and "<p>" in attributes(event)["body_source"]
    assert shown(event) == {"subject": "plan", "cc": ["carl@example.gov"]}
    assert event.recipients == ("ana@example.gov", "carl@example.gov")


def test_contacts_say_what_a_number_is_called() -> None:
    entries = [("Mobile", "PhoneNumber", "520-555-0102"), ("Home", "EmailAddress", "ben@example.gov")]
    models = [
        a_model(kind, a_field("Category", category), a_field("Value", value)) for category, kind, value in entries
    ]
    contact = a_model("Contact", a_field("Name", "Ben"), many("Entries", *models), a_field("Source", "WhatsApp"))
    first, second = read(a_report(("Contact", [contact]))).events
    assert (first.event_kind, first.vendor_id, first.sender_display) == (K.DIRECTORY, "+15205550102", "Ben")
    assert (second.vendor_id, second.line, first.line) == ("ben@example.gov", 1, 1)


def test_models_of_an_unknown_type_are_kept_whole() -> None:
    inner = one_of("Where", a_model("Coordinate", a_field("Latitude", "1")))
    targets = '<jumptargets name=""><targetid ismodel="true">x</targetid></jumptargets>'
    rest = f'<nodeField name="N"><id>7</id></nodeField>{targets}'
    [event] = said(a_report(("Journey", [a_model("Journey", a_field("Name", "trip"), a_time(), inner, rest)])))
    assert (event.event_kind, event.subkind, event.ts_utc) == (K.UNKNOWN, "journey", NOON)
    model = attributes(event)["model"]
    assert model["fields"] == {"Name": "trip"}
    assert model["models"]["Where"][0]["fields"] == {"Latitude": "1"}
    assert [one["element"] for one in model["rest"]] == ["nodeField", "jumptargets"]


def test_elements_that_are_no_models_are_kept() -> None:
    outcome = read(chats(a_chat(a_message(), "<thing a='1'/>", a_message(body="b"))))
    assert [event.event_kind for event in outcome.events] == [K.DIRECTORY, K.MESSAGE, K.UNKNOWN, K.MESSAGE]
    assert not outcome.quarantined


def test_unknown_elements_beside_the_messages_are_kept() -> None:
    chat = read(chats(a_chat(a_message(), after="<thing a='1'/>"))).events[0]
    assert attributes(chat)["model"]["rest"] == [{"element": "thing", "attributes": {"a": "1"}}]


def test_words_that_look_like_markup_are_words() -> None:
    body = '</value></field></model><model type="InstantMessage" id="no"> ]]> &amp; <!--'
    events = said(chats(a_chat(a_message(body=body), a_message(body="after"))))
    assert [event.body for event in events] == [body, "after"]


def test_what_lies_outside_of_the_decoded_data_is_no_entry() -> None:
    tail = '<extraInfos><extraInfo type="model" id="m"><nodeInfo path="x"/></extraInfo></extraInfos><x>text</x>'
    outcome = read(chats(a_chat(a_message()), tail=tail))
    assert len(outcome.events) == 2 and not outcome.quarantined


def test_a_message_beyond_the_limit_is_passed_over() -> None:
    data = chats(a_chat(a_message(body="a"), a_message(body="x" * 9000), a_message(body="b")))
    outcome = read(data, limits=Limits(document_bytes=6000))
    assert outcome.reasons == ["line-too-long"]
    assert [event.body for event in outcome.events[1:]] == ["a", "b"]


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("</model>\n<!--2-->", "</mod3l>\n<!--2-->", {"1"}),
        (
            '<field name="Body" type="String"><value type="String"><![CDATA[2',
            '<field name="Body" type="String"<value type="String"><![CDATA[2',
            {"2"},
        ),
        ("[2]]", "[2]!", {"2"}),
        ("[2]]", "[2&]]", set()),
        (
            '<model type="InstantMessage" id="m-InstantMessage"',
            '<mode1 type="InstantMessage" id="m-InstantMessage"',
            {"1"},
        ),
        ("</multiModelField>\n\n<!--end-->", "</multiModelFielx>\n\n<!--end-->", set()),
        ('<multiModelField name="Participants" type="x">', '<multiModelField name="Participants" type="x>', set()),
    ],
)
def test_damage_costs_little(old: str, new: str, lost: set[str]) -> None:
    messages = [a_message(body="1") + "\n<!--2-->", a_message(body="2"), a_message(body="3")]
    text = chats(a_chat(*messages, after="\n<!--end-->"), a_chat(a_message(body="4"))).decode()
    assert old in text
    outcome = read(text.replace(old, new, 1).encode())
    found = {(event.body or "").removesuffix("&") for event in outcome.events}
    assert {"1", "2", "3", "4"} - lost <= found
    assert outcome.quarantined or new in ("[2]!", "[2&]]")


def test_document_types_are_refused() -> None:
    data = chats(a_chat(a_message())).replace(b"<project", b'<!DOCTYPE p [<!ENTITY a "b">]><project', 1)
    outcome = read(data)
    assert outcome.reasons == ["xml-dtd"] and len(outcome.events) == 2


def test_as_many_messages_as_an_independent_count() -> None:
    seeded = random.Random(8)
    found = [a_chat(*[a_message(body=f"{n}") for n in range(seeded.randrange(20))]) for _ in range(30)]
    data = chats(*found)
    outcome = read(data)
    assert not outcome.quarantined
    assert len(outcome.events) == data.count(b'type="InstantMessage"') + data.count(b'<model type="Chat"')


def test_says_no_to_other_formats() -> None:
    assert not any(sniff(data) for data in (a_line(), b"<html>", b"<smses count='1'/>", b"", b"<project name='x'/>"))
    data = chats(a_chat(a_message()))
    assert [reader.NAME for reader in FORMATS if reader.sniff(data)] == ["ufed"]


SMALL = chats(
    a_chat(a_message(body="one"), a_message(body="two", sender=ANA)), a_chat(a_message(body="three"), Id=CARL)
)


def test_cut_at_any_byte_the_messages_before_stay_and_a_row_tells() -> None:
    start = SMALL.index(b"<decodedData>")
    bodies = [b"one", b"two", b"three"]
    for cut in range(start, len(SMALL) - 11, 3):
        outcome = taken(SMALL[:cut], key="report.xml")
        found = [event.body for event in outcome.events if event.event_kind == K.MESSAGE]
        whole = [body.decode() for body in bodies if 0 <= _end(body) <= cut]
        assert found == whole, cut
        assert "truncated-document" in outcome.reasons, cut


def _end(body: bytes) -> int:
    """Where the message of that body ends: its own end tag closes the one behind its parties'."""
    at = SMALL.index(b"[" + body + b"]")
    return SMALL.index(b"\n</model>", at) + len(b"\n</model>")


def test_any_byte_changed_costs_at_most_its_own_message() -> None:
    bodies = {"one", "two", "three"}
    seeded = random.Random(9)
    for at in range(SMALL.index(b"<decodedData>"), len(SMALL)):
        new = ord(seeded.choice("<>\"'/&\0\xff x"))
        changed = SMALL[:at] + bytes([new]) + SMALL[at + 1 :]
        outcome = taken(changed, key="report.xml")
        found = {event.body for event in outcome.events if event.event_kind == K.MESSAGE}
        assert len(bodies - found) <= 2, at
        assert len(outcome.entries) >= 5 or outcome.quarantined, at
