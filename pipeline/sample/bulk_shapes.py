"""How one element of each format looks when there are millions: a start, an element by its number, an end."""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any, Final

from pipeline.sample.people import build_cast
from pipeline.sample.phrases import Voice

PEOPLE: Final = 30
_TEXTS: Final = 400
_START: Final = 1_750_000_000
_STEP: Final = 7
"""Seconds between two messages."""
_REACTED: Final = 6
_PICTURE: Final = 20_000
"""Bytes of a picture in an MMS; one message in a hundred has one."""

SIGNAL_SCHEMA: Final = """
CREATE TABLE conversations(id STRING PRIMARY KEY ASC, json TEXT, type STRING, members TEXT, name TEXT,
  profileName TEXT, profileFullName TEXT, e164 TEXT, serviceId TEXT, groupId TEXT);
CREATE TABLE messages(rowid INTEGER PRIMARY KEY ASC, id STRING UNIQUE, json TEXT, readStatus INTEGER, sent_at INTEGER,
  conversationId STRING, received_at INTEGER, source STRING, hasAttachments INTEGER, expireTimer INTEGER,
  expirationStartTimestamp INTEGER, type STRING, body TEXT, isErased INTEGER, isViewOnce INTEGER, sourceServiceId TEXT,
  timestamp INTEGER, serverTimestamp INTEGER, received_at_ms INTEGER, seenStatus NUMBER default 0);
"""
SIGNAL_INSERT: Final = (
    "INSERT INTO messages(rowid, id, json, readStatus, sent_at, conversationId, received_at, source, hasAttachments,"
    " type, body, sourceServiceId, timestamp, serverTimestamp, received_at_ms) VALUES(?,?,?,0,?,?,?,?,0,?,?,?,?,?,?)"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """The bytes of a file of any length."""

    element: Callable[[int], bytes]
    head: bytes = b""
    between: bytes = b""
    foot: bytes = b""


def signal_export(seed: int) -> Shape:
    """`data.json`."""

    def row(text: str, who: int) -> str:
        document = {"date": "@DATE@", "sender": _NAMES[who], "body": text + "  ", "quote": "", "sticker": None}
        more = {"reactions": [], "attachments": [], "deleted": False, "call": False, "missed": False}
        return json.dumps({**document, **more}, ensure_ascii=False) + "\n"

    return _filled(seed, row, {"@DATE@": _iso})


def sms_xml(seed: int) -> Shape:
    """One backup: texts, and now and then a picture."""
    picture = base64.b64encode(random.Random(seed).randbytes(_PICTURE)).decode()  # noqa: S311 - only bytes

    def row(text: str, who: int) -> str:
        body = escape(text).replace("\n", "&#10;")
        number = _PHONES[1 + who % 20]
        if text is texts[0]:
            return (
                f'  <mms date="@MS@" msg_box="1" address="{number}" m_id="M@N@" m_type="132" ct_t="multipart"'
                f' sub="null" tr_id="T@N@" contact_name="{_NAMES[who]}">\n    <parts>\n'
                f'      <part seq="0" ct="image/jpeg" name="IMG_@N@.jpg" cl="IMG_@N@.jpg" text="null"'
                f' data="{picture}" />\n    </parts>\n    <addrs>\n'
                f'      <addr address="{number}" type="137" charset="106" />\n    </addrs>\n  </mms>\n'
            )
        return (
            f'  <sms protocol="0" address="{number}" date="@MS@" type="{1 + who % 2}" subject="null" body="{body}"'
            f' toa="null" sc_toa="null" service_center="null" read="1" status="-1" locked="0" date_sent="@MS@"'
            f' sub_id="1" readable_date="Jun 15, 2025 9:00:00 AM" contact_name="{_NAMES[who]}" />\n'
        )

    texts = _texts(seed)[:100]
    shape = _filled(seed, row, {"@MS@": _millis, "@N@": str}, texts=texts)
    head = b"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses type=\"full\">\n"
    return Shape(shape.element, head, b"", b"</smses>\n")


def sms_ie(seed: int) -> Shape:
    """`messages.ndjson`."""

    def row(text: str, who: int) -> str:
        document = {"_id": "@N@", "thread_id": str(who), "address": _PHONES[who], "date": "@MS@", "date_sent": "@MS@",
                    "read": "1", "status": "-1", "type": str(1 + who % 2), "body": text, "locked": "0", "sub_id": "1",
                    "__display_name": _NAMES[who]}  # fmt: skip
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"

    return _filled(seed, row, {"@N@": str, "@MS@": _millis})


def slack(seed: int) -> Shape:
    """A day file's element."""

    def row(text: str, who: int) -> str:
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
        document: dict[str, Any] = {"user": _slack_id(who), "type": "message", "ts": "@S@.000@F@",
                    "client_msg_id": "7d3f0000-0000-4000-8000-@H@", "text": escaped, "team": "T0BISEX01",
                    "blocks": [{"type": "rich_text", "block_id": "aB1", "elements": [section]}]}  # fmt: skip
        if who % _REACTED == 0:
            document["reactions"] = [{"name": "+1", "users": [_slack_id(3), _slack_id(4)], "count": 2}]
        return json.dumps(document)

    holes = {"@S@": lambda n: str(_START + n * _STEP), "@F@": lambda n: f"{n % 1000:03d}", "@H@": lambda n: f"{n:012x}"}
    return _filled(seed, row, holes)


def slack_reactions(messages: int) -> int:
    """How many reactions stand under that many messages: two under each of every sixth person."""
    return 2 * sum(n % _TEXTS % PEOPLE % _REACTED == 0 for n in range(messages))


def slack_directories() -> dict[str, str]:
    """Who is there, and the channel."""
    users = [
        {"id": _slack_id(who), "name": f"user{who}", "real_name": name, "profile": {"real_name": name}}
        for who, name in enumerate(_NAMES)
    ]
    channel = {"id": "C0BISLANES", "name": "lanes", "created": _START, "creator": _slack_id(0), "is_archived": False,
               "members": [user["id"] for user in users]}  # fmt: skip
    return {"users.json": json.dumps(users), "channels.json": json.dumps([channel])}


def teams(seed: int) -> Shape:
    """One page of Graph without an end."""

    def row(text: str, who: int) -> str:
        user = {"id": _guid(who), "displayName": _NAMES[who], "userIdentityType": "aadUser"}
        content = f"<p>{escape(text)}</p>".replace("\n", "<br>")
        document: dict[str, Any] = {"id": "@MS@", "etag": "@MS@", "messageType": "message",
                    "createdDateTime": "@DATE@Z", "lastModifiedDateTime": "@DATE@Z", "lastEditedDateTime": None,
                    "deletedDateTime": None,
                    "subject": None, "chatId": f"19:{who % 7:032x}@thread.v2", "importance": "normal",
                    "from": {"application": None, "device": None, "user": user}, "attachments": [], "mentions": [],
                    "reactions": [], "body": {"contentType": "html", "content": content}}  # fmt: skip
        return json.dumps(document, ensure_ascii=False)

    shape = _filled(seed, row, {"@MS@": _millis, "@DATE@": _iso})
    return Shape(shape.element, b'{"@odata.context":"chatMessages","value":[', b",", b"]}")


def mbox(seed: int) -> Shape:
    """A mailbox."""

    def row(text: str, who: int) -> str:
        body = text.replace("\n", "\r\n")
        sender = f"user{who}@bis.example.gov"
        return (
            f"From {sender} Mon Jun 15 09:00:00 2025\r\nFrom: {_ascii(_NAMES[who])} <{sender}>\r\n"
            f"To: user{(who + 1) % PEOPLE}@bis.example.gov\r\nSubject: Turno {who}\r\nDate: @DATE@\r\n"
            f"Message-ID: <@N@@bis.example.gov>\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n\r\n"
        )

    return _filled(seed, row, {"@DATE@": _mail_date, "@N@": lambda n: f"{n:012d}"})


def rsmf(seed: int) -> Shape:
    """`rsmf_manifest.json`."""

    def row(text: str, who: int) -> str:
        document = {"id": "e@N@", "type": "message", "participant": f"p{who}", "conversation": "c1",
                    "timestamp": "@DATE@Z", "body": text}  # fmt: skip
        return json.dumps(document, ensure_ascii=False)

    people = [{"id": f"p{who}", "display": name} for who, name in enumerate(_NAMES)]
    chat = {"id": "c1", "platform": "webex", "display": "Lanes", "participants": [person["id"] for person in people]}
    start = {"version": "2.0.0", "participants": people, "conversations": [chat], "eventcollectionid": "b0"}
    shape = _filled(seed, row, {"@N@": str, "@DATE@": _iso})
    head = json.dumps(start, ensure_ascii=False)[:-1] + ', "events": ['
    return Shape(shape.element, head.encode(), b",", b"]}")


def rsmf_head(events: int) -> bytes:
    """The mail up to the zip."""
    lines = (
        "X-RSMF-Version: 2.0.0", "X-RSMF-Generator: bis-sample", f"X-RSMF-EventCount: {events}",
        "X-RSMF-BeginDate: 2025-06-15T15:06:40Z", "X-RSMF-EndDate: 2025-12-15T15:06:40Z", "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="RSMFEML"', "", "--RSMFEML",
        "Content-Type: text/plain; charset=utf-8", "", "Lanes", "", "--RSMFEML",
        "Content-Type: application/octet-stream; name=rsmf.zip", "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment; filename=rsmf.zip", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def base64_lines(chunk: bytes) -> bytes:
    """Bytes as the lines of a mail."""
    return base64.encodebytes(chunk).replace(b"\n", b"\r\n")


def telegram(seed: int) -> Shape:
    """`result.json` of one chat."""

    def row(text: str, who: int) -> str:
        document = {"id": -1, "type": "message", "date": "@DATE@", "date_unixtime": "@S@", "from": _NAMES[who],
                    "from_id": f"user{7_000_000 + who}", "text": text,
                    "text_entities": [{"type": "plain", "text": text}]}  # fmt: skip
        return json.dumps(document, ensure_ascii=False).replace('"id": -1', '"id": @N@', 1)

    holes = {"@DATE@": _iso, "@S@": lambda n: str(_START + n * _STEP), "@N@": lambda n: str(n + 1)}
    shape = _filled(seed, row, holes)
    head = b'{"name": "Lanes", "type": "private_supergroup", "id": 1650001, "messages": ['
    return Shape(shape.element, head, b",\n", b"]}")


def imessage(seed: int) -> Shape:
    """One conversation's text file."""

    def row(text: str, who: int) -> str:
        return f"@DATE@\n{'Me' if who % 3 == 0 else _PHONES[who]}\n{text}\n\n"

    return _filled(seed, row, {"@DATE@": _apple_date})


def ufed(seed: int) -> Shape:
    """`report.xml` with one chat."""

    def row(text: str, who: int) -> str:
        fields = {"Source": "Viber", "Identifier": "m@N@", "Body": text}
        made = "".join(
            f'<field name="{name}" type="String"><value type="String"><![CDATA[{value.replace("]]>", "]]&gt;")}]]>'
            "</value></field>"
            for name, value in fields.items()
        )
        return (
            f'<model type="InstantMessage" id="{_guid(who)}-@N@" deleted_state="Intact" decoding_confidence="High">'
            f'<modelField name="From" type="Party"><model type="Party" id="p{who}-@N@" deleted_state="Intact">'
            f'<field name="Identifier" type="String"><value type="String"><![CDATA[{_PHONES[who]}]]></value></field>'
            f'<field name="Name" type="String"><value type="String"><![CDATA[{_NAMES[who]}]]></value></field>'
            f"</model></modelField>{made}"
            f'<field name="TimeStamp" type="TimeStamp"><value type="TimeStamp" format="TimeStampKnown">'
            f"@DATE@.000+00:00</value></field></model>\n"
        )

    shape = _filled(seed, row, {"@N@": str, "@DATE@": _iso})
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<project xmlns="http://pa.cellebrite.com/report/2.0" id="1"'
        ' name="bulk" reportVersion="5.0.0.0"><decodedData><modelType type="Chat"><model type="Chat" id="c1"'
        ' deleted_state="Intact"><field name="Source" type="String"><value type="String"><![CDATA[Viber]]></value>'
        '</field><field name="Id" type="String"><value type="String"><![CDATA[lanes]]></value></field>'
        '<multiModelField name="Messages" type="InstantMessage">\n'
    )
    return Shape(shape.element, head.encode(), b"", b"</multiModelField></model></modelType></decodedData></project>\n")


def signal_people() -> Iterator[tuple[str, str, str, str, str, str]]:
    """The contact list."""
    for who, name in enumerate(_NAMES):
        yield _guid(500 + who), "private", name, _PHONES[who], _guid(who), "{}"


def signal_rows(seed: int, block: int) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of `messages`, a block at a time, without an end."""
    texts, number = _texts(seed), 0
    while True:
        rows = []
        for n in range(number, number + block):
            who, stamp = n % PEOPLE, (_START + n * _STEP) * 1000
            kind = "outgoing" if who == 0 else "incoming"
            document = f'{{"timestamp":{stamp},"type":"{kind}","attachments":[],"reactions":[]}}'
            ids = (n + 1, f"{n:08x}-0000-4000-8000-000000000000", document, stamp, _guid(500 + (who or 1)), n)
            rows.append((*ids, _PHONES[who], kind, texts[n % _TEXTS], _guid(who), stamp, stamp + 90, stamp + 120))
        yield rows
        number += block


def _filled(
    seed: int,
    row: Callable[[str, int], str],
    holes: dict[str, Callable[[int], str]],
    *,
    texts: list[str] | None = None,
) -> Shape:
    """Elements made of rendered rows; what stands in the holes depends on the element's number."""
    pattern = re.compile("|".join(map(re.escape, holes)))
    rows: list[tuple[str, list[Callable[[int], str]]]] = []
    for number, text in enumerate(texts or _texts(seed)):
        made = row(text, number % PEOPLE)
        rows.append((pattern.sub("%s", made.replace("%", "%%")), [holes[hole] for hole in pattern.findall(made)]))

    def element(number: int) -> bytes:
        template, found = rows[number % len(rows)]
        return (template % tuple([fill(number) for fill in found])).encode()

    return Shape(element)


def _texts(seed: int) -> list[str]:
    """Lines of the phrase book."""
    rng = random.Random(f"{seed}:bulk")  # noqa: S311 - fiction, not secrecy
    voice = Voice(rng, build_cast(PEOPLE, rng))
    said: list[str] = []
    while len(said) < _TEXTS:
        said += [voice.say(template)[0] for _, template in voice.scene()]
    return said[:_TEXTS]


def _millis(number: int) -> str:
    return str((_START + number * _STEP) * 1000)


def _iso(number: int) -> str:
    day, seconds = divmod(_START + number * _STEP, 86_400)
    return f"{_day(day, '%Y-%m-%d')}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _mail_date(number: int) -> str:
    day, seconds = divmod(_START + number * _STEP, 86_400)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{_day(day, '%a, %d %b %Y')} {clock} +0000"


def _apple_date(number: int) -> str:
    day, seconds = divmod(_START + number * _STEP, 86_400)
    hour = seconds // 3600
    half = "AM" if hour < 12 else "PM"
    return f"{_day(day, '%b %d, %Y')} {hour % 12 or 12:2d}:{seconds // 60 % 60:02d}:{seconds % 60:02d} {half}"


@cache
def _day(day: int, style: str) -> str:
    """A day since 1970; there are few, and formatting one is slow."""
    return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).strftime(style)


def _slack_id(who: int) -> str:
    return f"U0BIS{who:05d}"


def _guid(who: int) -> str:
    return str(uuid.UUID(int=0xB15 << 64 | who, version=4))


def _ascii(name: str) -> str:
    return name.encode("ascii", "ignore").decode()


_CAST = build_cast(PEOPLE, random.Random(0))  # noqa: S311 - the hand-written people only
_NAMES: Final = [person.full_name for person in _CAST]
_PHONES: Final = [person.phones[0] for person in _CAST]
