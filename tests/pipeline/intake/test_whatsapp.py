from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.intake.formats.whatsapp import read, sniff
from pipeline.intake.place import Place
from pipeline.model import Event, EventKind, TimeSource
from tests.pipeline.intake.intaking import DATA, a_zip, attributes, sources, taken

K = EventKind
LRM = "\u200e"
GOLD = DATA / "whatsapp_chatminer"


def android(*entries: str, tail: str = "") -> bytes:
    """An Android text whose dates prove the order; entries are `author: text` or notices."""
    lines = ["2/25/26, 9:00\u202fAM - Ana: first"]
    lines += [f"2/25/26, 9:{minute:02}\u202fAM - {entry}" for minute, entry in enumerate(entries, 1)]
    return ("\n".join(lines) + "\n" + tail).encode()


def iphone(*entries: str) -> bytes:
    lines = ["[25/2/26, 9:00:00] Ana: first", f"{LRM}[25/2/26, 9:00:01] Turno B: {LRM}Ana creó el grupo “Turno B”"]
    lines += [f"[25/2/26, 9:{minute:02}:30] {entry}" for minute, entry in enumerate(entries, 1)]
    return ("\n".join(lines) + "\n").encode()


def last(data: bytes, **options: Any) -> Event:
    return taken(data, key="x.txt", **options).events[-1]


@pytest.mark.parametrize("name", ["[mmddyy]_24hrs", "ddmmyy_24hrs", "mmddyy_24hrs", "mmddyyyy_12hrs", "yyyymmdd_24hrs"])
def test_agrees_with_the_gold_of_chat_miner(name: str) -> None:
    path = GOLD / f"test_{name}.txt"
    if not path.is_file():
        pytest.skip("the chat-miner samples are not beside this checkout")
    outcome = taken(path.read_bytes(), key="chat.txt")
    said = [
        {
            "timestamp": datetime.fromtimestamp((event.ts_utc or 0) / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "author": event.sender_display,
            "message": (event.body or "").replace("\n", " "),
        }
        for event in outcome.events
        if event.event_kind == K.MESSAGE
    ]
    assert said[::-1] == json.loads((GOLD / "target.json").read_text())
    others = [
        (event.event_kind, event.subkind, event.sender_id) for event in outcome.events if event.event_kind != K.MESSAGE
    ]
    assert others == [(K.SYSTEM, "other", ""), (K.SYSTEM, "group-created", ""), (K.SYSTEM, "member-added", "")]


def test_lines_without_a_head_continue_the_entry() -> None:
    event = last(android("Ben: one", tail="2016-04-29 10:30:00\n\nthree: 3\n"))
    assert event.body == "one\n2016-04-29 10:30:00\n\nthree: 3"


def test_a_head_of_another_shape_is_text() -> None:
    event = last(android("Ben: look", tail="[25/2/26, 9:00:00] Ana: quoted\n"))
    assert event.body == "look\n[25/2/26, 9:00:00] Ana: quoted"


def test_an_impossible_date_is_text_when_the_rest_decides() -> None:
    data = android(*[f"Ben: {n}" for n in range(50)], tail="26/26/26, 9:00\u202fAM - Ana: pasted\n")
    assert last(data).body == "49\n26/26/26, 9:00\u202fAM - Ana: pasted"


@pytest.mark.parametrize(
    ("entry", "author", "body"),
    [
        ("Ben: hi: there", "Ben", "hi: there"),
        ("Ben:", "Ben", ""),
        ("Ben: ", "Ben", ""),
        ("\u202a+1 (760) 555-0136\u202c: hi", "+1 (760) 555-0136", "hi"),
    ],
)
def test_author_and_body(entry: str, author: str, body: str) -> None:
    event = last(android(entry))
    assert (event.event_kind, event.sender_id, event.body) == (K.MESSAGE, author, body)


def test_people_who_are_not_in_the_address_book() -> None:
    event = last(iphone("~\u202fKafo: hola"))
    assert (event.sender_id, event.sender_display, event.body) == ("Kafo", "~\u202fKafo", "hola")


def test_a_name_with_a_colon_is_learnt_from_the_file() -> None:
    outcome = taken(android(*["Gate: North: in"] * 3, "Ben: re: x"), key="x.txt")
    assert [(e.sender_id, e.body) for e in outcome.events[1:]] == [("Gate: North", "in")] * 3 + [("Ben", "re: x")]


@pytest.mark.parametrize(
    ("text", "kind", "subkind", "body", "flags"),
    [
        ("<Media omitted>", K.FILE, "", None, ()),
        ("<Media omitted>\nlook at this", K.FILE, "", "look at this", ()),
        ("IMG-20260225-WA0001.jpg (file attached)\nlook", K.FILE, "image", "look", ()),
        ("PTT-20260225-WA0002.opus (file attached)", K.FILE, "audio", None, ()),
        ("Ben Doe.vcf (file attached)", K.FILE, "contact", None, ()),
        ("report 3.pdf (file attached)", K.FILE, "document", None, ()),
        ("2015-08-04-PHOTO-00004762.jpg <attached>", K.FILE, "image", None, ()),
        ("<Video note omitted>", K.FILE, "video-note", None, ()),
        ("see you <This message was edited>", K.MESSAGE, "", "see you", ("edited",)),
        (f"two\nlines {LRM}<This message was edited>", K.MESSAGE, "", "two\nlines", ("edited",)),
        ("This message was deleted", K.MESSAGE, "", "", ("deleted",)),
        ("You deleted this message.", K.MESSAGE, "", "", ("deleted",)),
        ("You received a view once message. For added privacy", K.MESSAGE, "", "", ("view-once",)),
        ("Missed voice call", K.CALL, "missed", "Missed voice call", ()),
        ("Voice call, 12 min", K.CALL, "completed", "Voice call, 12 min", ()),
        ("POLL:\nWhen?\nOPTION: now (1 vote)", K.MESSAGE, "poll", "POLL:\nWhen?\nOPTION: now (1 vote)", ()),
        (
            "location: https://maps.google.com/?q=1.5,2.5",
            K.LOCATION,
            "shared",
            "https://maps.google.com/?q=1.5,2.5",
            (),
        ),
        ("this message was deleted yesterday", K.MESSAGE, "", "this message was deleted yesterday", ()),
        (
            "Voice call me later please, it is about the other thing we spoke of on Monday in the north lane",
            K.MESSAGE,
            "",
            ...,
            (),
        ),
        ("a <b> c>", K.MESSAGE, "", "a <b> c>", ()),
    ],
)
def test_what_an_android_phone_writes(text: str, kind: EventKind, subkind: str, body: Any, flags: object) -> None:
    event = last(android(f"Ben: {text}"))
    assert (event.event_kind, event.subkind, event.flags) == (kind, subkind, flags)
    assert event.body == (text if body is ... else body)
    assert event.sender_id == "Ben"


@pytest.mark.parametrize(
    ("text", "kind", "subkind", "body", "flags"),
    [
        (f"{LRM}imagen omitida", K.FILE, "image", None, ()),
        ("imagen omitida", K.MESSAGE, "", "imagen omitida", ()),
        (f"{LRM}<adjunto: 00000042-PHOTO-2026-02-25-15-13-20.jpg>", K.FILE, "image", None, ()),
        (f"mira {LRM}<adjunto: 00000042-PHOTO-2026-02-25-15-13-20.jpg>", K.FILE, "image", "mira", ()),
        (f"plan.pdf • {LRM}3 páginas {LRM}documento omitido", K.FILE, "document", None, ()),
        (f"{LRM}Se eliminó este mensaje.", K.MESSAGE, "", "", ("deleted",)),
        (f"voy {LRM}<Se editó este mensaje.>", K.MESSAGE, "", "voy", ("edited",)),
        (f"{LRM}Llamada de voz, {LRM}4 min", K.CALL, "completed", f"Llamada de voz, {LRM}4 min", ()),
        (f"{LRM}Recibiste un mensaje de visualización única. Para", K.MESSAGE, "", "", ("view-once",)),
        ("Ana salió del grupo", K.MESSAGE, "", "Ana salió del grupo", ()),
    ],
)
def test_what_an_iphone_writes(text: str, kind: EventKind, subkind: str, body: Any, flags: object) -> None:
    event = last(iphone(f"Ben: {text}"))
    assert (event.event_kind, event.subkind, event.body, event.flags) == (kind, subkind, body, flags)
    assert event.sender_id == "Ben"


@pytest.mark.parametrize(
    ("notice", "subkind"),
    [
        ("Messages and calls are end-to-end encrypted. Only people in this chat can read them.", "encryption-notice"),
        ('Ben changed the group name to "Ops: night"', "subject-changed"),
        ("Ben added Carla", "member-added"),
        ("Ben left", "member-left"),
        ("Ben turned on disappearing messages. New messages will disappear.", "disappearing-timer"),
        ("Your security code with Ben changed. Tap to learn more.", "security-code-changed"),
        ("Ben changed their phone number to a new number. Tap to message.", "number-changed"),
        ("Jemand hat die Gruppe verlassen", "member-left"),
        ("Quelqu'un a quitté le groupe", "member-left"),
        ("Alguém saiu", "member-left"),
        ("Alguien salió del grupo", "member-left"),
        ("something the app never said before", "other"),
    ],
)
def test_notices(notice: str, subkind: str) -> None:
    event = last(android(notice))
    assert (event.event_kind, event.subkind, event.sender_id, event.body) == (K.SYSTEM, subkind, "", notice)


def test_a_message_that_sounds_like_a_notice_stays_a_message() -> None:
    assert last(android("Carla: everyone left")).event_kind == K.MESSAGE


def test_notices_of_iphones_stand_under_the_chat() -> None:
    created = taken(iphone(), key="x.txt").events[1]
    assert (created.event_kind, created.subkind, created.sender_id) == (K.SYSTEM, "group-created", "")
    assert (created.conversation_title, created.conversation_kind) == ("Turno B", "group")
    assert attributes(created)["shown_as"] == "Turno B"


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("whatsapp/ana/WhatsApp Chat with Ben Doe.txt", "Ben Doe"),
        ("Chat de WhatsApp con Ben Doe (1).txt", "Ben Doe"),
        ("Conversa do WhatsApp com Ben Doe.txt", "Ben Doe"),
        ("WhatsApp-Chat mit Ben Doe.txt", "Ben Doe"),
        ("Discussion WhatsApp avec Ben Doe.txt", "Ben Doe"),
        ("29250340", ""),
    ],
)
def test_the_title_comes_from_the_name_of_the_export(key: str, title: str) -> None:
    event = taken(android("Ben Doe: hi"), key=key).events[-1]
    assert event.conversation_title == title
    assert event.conversation_kind == ("dm" if title else "")
    assert event.recipients == (("Ana",) if title else ())


def test_the_conversation_is_the_content_wherever_it_lies() -> None:
    text = android("Ben: hi")
    plain, zipped = taken(text, key="a.txt").events[0], taken(a_zip({"_chat.txt": text}), key="b.zip").events[0]
    assert plain.conversation_id == zipped.conversation_id
    assert plain.conversation_id.startswith("whatsapp:") and len(plain.conversation_id) == 41
    assert (zipped.member, zipped.object_key) == ("_chat.txt", "b.zip")


def test_without_a_zone_the_time_is_a_wall_clock() -> None:
    event = last(android("Ben: hi"))
    assert (event.ts_utc, event.ts_source) == (1772010060_000000, TimeSource.UNKNOWN)
    assert event.ts_raw == "2/25/26, 9:01\u202fAM"


@pytest.mark.parametrize(
    ("notice", "seconds"),
    [
        (
            "Ben turned on disappearing messages. New messages will disappear 24 hours after they're sent.",
            86_400,
        ),
        (
            "You updated the message timer. New messages will disappear from this chat 7 days after they're sent.",
            7 * 86_400,
        ),
        (
            "Activaste los mensajes temporales. Los mensajes nuevos desaparecerán de este chat después de 90 días.",
            90 * 86_400,
        ),
        (
            "Du hast selbstlöschende Nachrichten aktiviert. Neue Nachrichten verschwinden 7 Tage nach dem Senden.",
            7 * 86_400,
        ),
        (
            "Você atualizou a duração das mensagens temporárias. Todas as novas mensagens desaparecerão 24 horas após",
            86_400,
        ),
        (
            "Vous avez activé les messages éphémères. Les nouveaux messages disparaîtront 24 heures après leur envoi.",
            86_400,
        ),
        ("Ben turned on disappearing messages.", None),
    ],
)
def test_a_timer_is_when_the_messages_after_it_expire(notice: str, seconds: int | None) -> None:
    before, said, after, file, left = taken(
        android(notice, "Ben: hi", "Ben: <Media omitted>", "Ben left"), key="x.txt"
    ).events
    assert (said.event_kind, said.subkind) == (K.SYSTEM, "disappearing-timer")
    assert before.expires_utc is said.expires_utc is left.expires_utc is None
    for event in (after, file):
        assert event.expires_utc == (None if seconds is None else (event.ts_utc or 0) + seconds * 1_000_000)


@pytest.mark.parametrize(
    "off",
    [
        "Ben turned off disappearing messages.",
        "+49 170 24 7 90 turned off disappearing messages.",
        "Desactivaste los mensajes temporales.",
        "Ben hat selbstlöschende Nachrichten deaktiviert.",
        "Ben desativou as mensagens temporárias.",
        "Ben a désactivé les messages éphémères.",
    ],
)
def test_a_timer_that_was_turned_off(off: str) -> None:
    on = "Ben turned on disappearing messages. New messages will disappear 24 hours after they're sent."
    events = taken(android(on, "Ben: a", off, "Ben: b"), key="x.txt").events
    assert [event.subkind for event in events[1:]] == ["disappearing-timer", "", "disappearing-timer", ""]
    assert [event.expires_utc is None for event in events] == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("text", "kind", "subkind", "body", "flags"),
    [
        ("<Media omessi>", K.FILE, "", None, ()),
        ("<Medya dahil edilmedi>", K.FILE, "", None, ()),
        ("<Без медиафайлов>", K.FILE, "", None, ()),
        ("IMG-20260225-WA0001.jpg (файл добавлен)", K.FILE, "image", None, ()),
        ("IMG-20260225-WA0001.jpg (الملف مرفق)", K.FILE, "image", None, ()),
        ("यह मैसेज डिलीट कर दिया गया है", K.MESSAGE, "", "", ("deleted",)),
        ("Dit bericht is verwijderd", K.MESSAGE, "", "", ("deleted",)),
        ("消息已删除", K.MESSAGE, "", "", ("deleted",)),
        ("このメッセージは削除されました。", K.MESSAGE, "", "", ("deleted",)),
        ("삭제한 메시지입니다", K.MESSAGE, "", "", ("deleted",)),
        ("besok <Pesan ini diedit>", K.MESSAGE, "", "besok", ("edited",)),
        (f"αύριο {LRM}<Αυτό το μήνυμα έχει υποστεί επεξεργασία>", K.MESSAGE, "", "αύριο", ("edited",)),
        ("αύριο <Αυτό το μήνυμα>", K.MESSAGE, "", "αύριο <Αυτό το μήνυμα>", ()),
        ("Ligação de vídeo. Não atendida", K.CALL, "missed", "Ligação de vídeo. Não atendida", ()),
        ("Nieodebrane połączenie głosowe", K.CALL, "missed", "Nieodebrane połączenie głosowe", ()),
        ("Waiting for this message. This may take a while.", K.MESSAGE, "", "", ("unavailable",)),
        ("live location:", K.LOCATION, "live", "live location:", ()),
    ],
)
def test_other_languages(text: str, kind: EventKind, subkind: str, body: Any, flags: object) -> None:
    event = last(android(f"Ben: {text}"))
    assert (event.event_kind, event.subkind, event.body, event.flags) == (kind, subkind, body, flags)


def test_a_tag_of_an_unknown_language_names_a_file_where_the_app_marks_it() -> None:
    event = last(iphone(f"Ben: {LRM}<συνημμένο: 00000042-PHOTO-2026-02-25-15-13-20.jpg>"))
    assert (event.event_kind, event.attachments[0].name) == (K.FILE, "00000042-PHOTO-2026-02-25-15-13-20.jpg")
    assert last(android("Ben: <look: at.this>")).event_kind == K.MESSAGE


def test_a_position_is_a_number_too() -> None:
    event = last(android("Ben: location: https://maps.google.com/?q=-31.5,2.25"))
    assert attributes(event)["location"] == {"latitude": -31.5, "longitude": 2.25}
    assert "location" not in attributes(last(android("Ben: location: https://maps.google.com/?q=here")))


@pytest.mark.parametrize("year", ["08", "61"])
def test_years_without_the_app_are_flagged(year: str) -> None:
    data = f"25/02/{year}, 09:00 - Ana: a\n26/02/{year}, 09:00 - Ana: b\n".encode()
    assert [event.flags for event in taken(data, key="x.txt").events] == [("unlikely-date",)] * 2


@pytest.mark.parametrize("options", [{"timezone": "America/Chicago"}, {"sources": sources(timezone="America/Chicago")}])
def test_with_a_zone_the_time_is_utc(options: dict[str, Any]) -> None:
    event = last(android("Ben: hi"), **options)
    assert (event.ts_utc, event.ts_source) == (1772010060_000000 + 6 * 3600_000_000, TimeSource.ZONE_FROM_CONFIG)


def test_the_sources_file_wins_over_the_option() -> None:
    declared = sources(timezone="America/Los_Angeles")
    event = last(android("Ben: hi"), sources=declared, timezone="America/Chicago")
    assert event.ts_utc == 1772010060_000000 + 8 * 3600_000_000


def test_ambiguous_dates_are_refused_entry_by_entry() -> None:
    data = b"01/02/26, 09:00 - Ana: a\nmore\n02/02/26, 09:00 - Ben: b\n03/02/26, 09:00 - Ana: c\n"
    outcome = taken(data, key="x.txt")
    assert outcome.reasons == ["ambiguous-date-order"] * 3
    assert [entry.line for entry in outcome.quarantined] == [1, 3, 4]


def test_text_before_the_first_head_is_one_entry() -> None:
    lines = [f"2/25/26, 9:0{n}\u202fAM - Ben: {n}" for n in range(4)]
    outcome = taken("\n".join(["what", "is this", *lines]).encode(), key="x.txt")
    assert outcome.reasons == ["no-header"]
    assert len(outcome.events) == 4


def test_one_bad_byte_costs_one_entry() -> None:
    data = android("Ben: a", "Ben: BAD", "Ben: c").replace(b"BAD", b"\xff")
    outcome = taken(data, key="x.txt")
    assert outcome.reasons == ["invalid-utf8"]
    assert [event.body for event in outcome.events] == ["first", "a", "c"]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_other_encodings_read_the_same(codec: str) -> None:
    text = android("Ben: señal 👍").decode()
    data = text.encode(codec) if codec != "utf-16-be" else b"\xfe\xff" + text.encode(codec)
    assert [event.body for event in taken(data, key="x.txt").events] == ["first", "señal 👍"]


def test_byte_order_marks_within_the_file() -> None:
    data = b"\xef\xbb\xbf[25/2/26, 9:00:00] Ana: a\r\n\xef\xbb\xbf[\xef\xbb\xbf25/2/26, 9:01:00] Ben: b\r\n"
    assert [event.body for event in taken(data, key="x.txt").events] == ["a", "b"]


def test_media_beside_the_text_are_attachments_of_the_archive() -> None:
    photo = b"\xff\xd8\xff\xe0 not much of a photo"
    text = iphone(f"Ben: {LRM}<adjunto: 1-PHOTO.jpg>", f"Ben: {LRM}<adjunto: list.csv>")
    outcome = taken(
        a_zip({"_chat.txt": text, "1-PHOTO.jpg": photo, "list.csv": b"a,b\n", "else.csv": b"x,y\n"}), key="c.zip"
    )
    rows = {row.member: (row.format, row.mime, row.path_hint) for row in outcome.objects}
    assert rows == {
        "": ("archive", "", ""),
        "_chat.txt": ("whatsapp", "", ""),
        "1-PHOTO.jpg": ("attachment", "image/jpeg", "1-PHOTO.jpg"),
        "list.csv": ("attachment", "text/plain", "list.csv"),
    }
    assert [(entry.reason, entry.member) for entry in outcome.quarantined] == [("unknown-format", "else.csv")]


def test_media_that_are_not_there_are_named() -> None:
    text = android("Ben: IMG-20260225-WA0001.jpg (file attached)", "Ben: report.pdf • 3 pages document omitted")
    outcome = taken(a_zip({"WhatsApp Chat with Ben.txt": text}), key="c.zip")
    photo, report = (event.attachments[0] for event in outcome.events[1:])
    assert (photo.name, photo.path, photo.note) == ("IMG-20260225-WA0001.jpg", "IMG-20260225-WA0001.jpg", "")
    assert (report.name, report.path, report.note) == ("report.pdf", "", "omitted")


def test_two_chats_of_one_name_stay_two() -> None:
    one, other = android("Ben: one"), android("Ben: other")
    outcome = taken(
        a_zip({"a/WhatsApp Chat with Ben.txt": one, "b/WhatsApp Chat with Ben.txt": other}), key="whatsapp/both.zip"
    )
    assert [event.body for event in outcome.events] == ["first", "one", "first", "other"]
    assert len({event.conversation_id for event in outcome.events}) == 2
    assert {event.conversation_title for event in outcome.events} == {"Ben"}


def test_a_text_cut_off_within_a_head_or_a_letter() -> None:
    whole = android("Ben: señal", "Ben: b")
    outcome = taken(whole + b"2/25/26, 9:0", key="x.txt")
    assert [event.body for event in outcome.events] == ["first", "señal", "b"]
    assert [(entry.reason, entry.line) for entry in outcome.quarantined] == [("truncated-line", 4)]
    cut = whole[: whole.index("ñ".encode()) + 1]
    outcome = taken(cut, key="x.txt")
    assert (outcome.reasons, [event.body for event in outcome.events]) == (["truncated-line"], ["first"])


def heads_in(data: bytes, start: str) -> int:
    """An independent count of entries: lines that start as this phone's heads do."""
    return len(re.findall(rf"(?m)^[\u200e\ufeff]?{start}", data.decode()))


@pytest.mark.parametrize(
    ("data", "start"), [(android("Ben: a\nb", "Ben left"), r"\d+/\d+/\d\d, "), (iphone("Ben: a", "Ben: b"), r"\[")]
)
def test_every_head_is_an_entry(data: bytes, start: str) -> None:
    assert len(taken(data, key="x.txt").entries) == heads_in(data, start)


@pytest.mark.parametrize("data", [android("Ben: señal 👍", "Ana left"), iphone(f"Ben: {LRM}imagen omitida", "Ben: a")])
def test_cut_at_every_byte_and_every_byte_flipped(data: bytes) -> None:
    place = Place(object_key="x.txt", content_sha256="0" * 64)
    damaged = [data[:size] for size in range(len(data))]
    damaged += [data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :] for at in range(len(data))]
    for text in damaged:
        sniff(text)
        entries = list(read(io.BytesIO(text), place))
        assert len({entry.line for entry in entries}) == len(entries)


@pytest.mark.parametrize(
    "head",
    [
        b'{"msgtype": 1000}',
        b"<smses count='1'><sms address='1' date='1' body='25/2/26, 9:00 - Ana: x'/></smses>",
        b"From: a@example.gov\nDate: Wed, 25 Feb 2026 09:00:00 +0000\n\n25/2/26, 9:00 - Ana: x\n",
        b"Feb 25, 2026  9:00:00 AM\nMe\nhello\n\n",
        b'{"name": "Ana", "type": "personal_chat", "id": 1, "messages": []}',
        b"[2026-02-25 09:00:00] Ana: look ![](./media/a.jpg)\n[2026-02-25 09:00:01] Ben: b\n",
        b"[2026-02-25 09:00:00] Ana: look\n(- Ben: \xf0\x9f\x91\x8d -)\n[2026-02-25 09:00:01] Ben: b\n",
        b"[2026-02-25 09:00:00] Ana: a  \n\n[2026-02-25 09:00:01] Ben: b  \n\n[2026-02-25 09:00:02] Ana: c  \n",
        b"2026-02-25 09:00:00: INFO: started\n" * 5,
        b"",
        b"\n\n",
    ],
)
def test_other_formats_are_not_read(head: bytes) -> None:
    assert not sniff(head)


def test_a_phone_that_writes_the_year_first_is_read() -> None:
    assert sniff(b"[2026-02-25 09:00:00] Ana: x\n[2026-02-25 09:00:01] Ben: b\n")
