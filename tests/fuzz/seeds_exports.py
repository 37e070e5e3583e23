"""Seeds of what exporters write: Teams, Telegram, signal-export, RSMF, Smarsh manifests."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any, Final

from tests.fuzz.seed import Seed
from tests.fuzz.seeds_work import MAIL

_NOON: Final = "2026-02-02T12:00:0"


def _json(name: str, reader: str, head: str, rows: Any, tail: str, **more: Any) -> Seed:
    return Seed(
        reader=reader,
        name=name,
        syntax="json",
        head=head.encode(),
        elements=tuple(json.dumps(row).encode() for row in rows),
        between=b",\n",
        tail=tail.encode(),
        **more,
    )


def _teams(number: int, **fields: Any) -> dict[str, Any]:
    user = {
        "id": "8ea0e38b-efb3-4757-924a-5f94061cf8c2",
        "displayName": "Ana Quintanilla",
        "userIdentityType": "aadUser",
    }
    return {
        "id": f"177003360{number}000",
        "etag": f"177003360{number}000",
        "messageType": "message",
        "createdDateTime": f"{_NOON}{number}.1234567Z",
        "lastEditedDateTime": None,
        "deletedDateTime": None,
        "chatId": "19:561082c0f3f847a58069deb8eb300807@thread.v2",
        "from": {"user": user, "application": None},
        "body": {"contentType": "text", "content": "quarterly figures"},
        "attachments": [],
        "mentions": [],
        "reactions": [],
        **fields,
    }


_QUOTED: Final = json.dumps({"messageId": "1770033601000", "messagePreview": "quarterly figures"})
_TEAMS: Final = (
    _teams(1),
    _teams(
        2,
        body={"contentType": "html", "content": '<p>see <at id="0">Benedikt</at>&nbsp;<b>finished</b></p>'},
        mentions=[{"id": 0, "mentionText": "Benedikt", "mentioned": {"user": {"id": "b", "displayName": "Benedikt"}}}],
        lastEditedDateTime=f"{_NOON}9Z",
        reactions=[{"reactionType": "like", "createdDateTime": f"{_NOON}9Z", "user": {"user": {"id": "b"}}}],
    ),
    _teams(
        3,
        body={"contentType": "html", "content": '<attachment id="a1"></attachment><attachment id="a2"></attachment>'},
        attachments=[
            {"id": "a1", "contentType": "messageReference", "content": _QUOTED},
            {
                "id": "a2",
                "contentType": "reference",
                "name": "harborplan.pdf",
                "contentUrl": "https://x.example/p?sig=s",
            },
        ],
    ),
    _teams(4, deletedDateTime=f"{_NOON}9Z", body={"contentType": "text", "content": ""}),
    _teams(
        5,
        messageType="systemEventMessage",
        body={"contentType": "html", "content": "<systemEventMessage/>"},
        eventDetail={"@odata.type": "#microsoft.graph.membersAddedEventMessageDetail", "members": [{"id": "b"}]},
        **{"from": None},
    ),
    _teams(6, chatId=None, channelIdentity={"teamId": "t", "channelId": "19:c@thread.tacv2"}, importance="urgent"),
)
TEAMS: Final = (
    _json(
        "",
        "teams",
        '{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#chats/messages","value":[',
        _TEAMS,
        "]}",
    ),
    _json("array", "teams", "[", _TEAMS[:2], "]"),
)


def _telegram(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": "message",
        "date": f"{_NOON}{number}",
        "date_unixtime": f"177003360{number}",
        "from": "Ana Quintanilla",
        "from_id": "user100001",
        "text": "quarterly figures",
        "text_entities": [{"type": "plain", "text": "quarterly figures"}],
        **fields,
    }


_TELEGRAM: Final = (
    _telegram(1),
    _telegram(2, text=["see ", {"type": "link", "text": "https://a.example"}, " there"], edited=f"{_NOON}9"),
    _telegram(3, file="files/harborplan.pdf", mime_type="application/pdf", file_size=4, reply_to_message_id=1),
    _telegram(4, photo="(File not included. Change data exporting settings to download.)", width=1, height=1),
    _telegram(
        5, type="service", action="invite_members", actor="Ana Quintanilla", actor_id="user100001", members=["Ben"]
    ),
    _telegram(6, text="", location_information={"latitude": 52.5, "longitude": 13.4}, forwarded_from=None),
    _telegram(7, text="", poll={"question": "When?", "closed": False, "answers": [{"text": "noon", "voters": 1}]}),
    _telegram(
        8, reactions=[{"type": "emoji", "emoji": "+1", "count": 1, "recent": [{"from": "Ben", "from_id": "user2"}]}]
    ),
)
_CHAT: Final = '{"name": "Harbor watch", "type": "private_group", "id": 4711, "messages": ['
TELEGRAM: Final = (
    _json("", "telegram", _CHAT, _TELEGRAM, "]}", timezone="Europe/Berlin"),
    _json(
        "account",
        "telegram",
        '{"about": "x", "chats": {"about": "y", "list": [' + _CHAT,
        _TELEGRAM[:2],
        ']}]}, "left_chats": {"about": "z", "list": []}}',
        learnt=frozenset(("conversation_id", "vendor_id")),
    ),
)


def _signal(number: int, **fields: Any) -> bytes:
    row = {"date": f"{_NOON}{number}.000123", "sender": "Ana Quintanilla", "body": "quarterly figures  ", "quote": ""}
    more = {"sticker": "", "reactions": [], "attachments": [], "deleted": False, "call": False, "missed": False}
    return json.dumps({**row, **more, **fields}).encode() + b"\n"


_DATA: Final = (
    _signal(1),
    _signal(2, sender="Me", quote="> quarterly figures\n\n", reactions=[["Benedikt", "+1"]]),
    _signal(3, attachments=[{"name": "harborplan.pdf", "path": "./media/2026-02-02_00_harborplan.pdf"}], body=""),
    _signal(4, deleted=True, body=""),
    _signal(5, call=True, missed=True, body="Missed call"),
)
_MARKDOWN: Final = (
    "[2026-02-02 12:00:01] Ana Quintanilla: quarterly figures  \n",
    "[2026-02-02 12:00:02] Me: > quarterly figures\n\nare finished  \n(- Benedikt: +1 -)  \n",
    "[2026-02-02 12:00:03] Ana Quintanilla: ![harborplan.jpg](./media/2026-02-02_00_harborplan.jpg)  \n",
    "[2026-02-02 12:00:04] Benedikt: thanks  \n",
)
_BUBBLE: Final = (
    "<div class='msg sender-2'><span class=date>2026-02-02</span><span class=time>12:00:0{n}</span>"
    "<span class=sender>Ana Quintanilla</span><span class=body><p>quarterly figures {n}</p></span></div>\n"
)
SIGNAL: Final = (
    Seed(
        reader="signal-export",
        syntax="lines",
        elements=_DATA,
        key="captures/Harbor/data.json",
        timezone="Europe/Berlin",
    ),
    Seed(
        reader="signal-export-markdown",
        syntax="text",
        elements=tuple(text.encode() for text in _MARKDOWN),
        key="captures/Harbor/chat.md",
        timezone="Europe/Berlin",
        lookahead=1,
    ),
    Seed(
        reader="signal-export-html",
        syntax="xml",
        head=b"<!DOCTYPE html>\n<html><head><link rel=stylesheet href='../style.css'></head><body>\n",
        elements=tuple(_BUBBLE.format(n=number).encode() for number in range(1, 5)),
        tail=b"</body></html>\n",
        key="captures/Harbor/index.html",
        timezone="Europe/Berlin",
        lookahead=1,
        settled=False,
    ),
    Seed(
        reader="signal-export-members",
        syntax="json",
        head=json.dumps(
            {
                "name": "Harbor watch",
                "exported_by": "Ana Quintanilla",
                "exported_on": "2026-02-02 12:00",
                "members": [{"name": "Benedikt", "number": "+15205550101", "shared_groups": ["Harbor watch"]}],
            }
        ).encode(),
        key="captures/Harbor/meta.json",
    ),
    Seed(
        reader="signal-export-members",
        name="table",
        syntax="text",
        head=b"group_name,exported_by,exported_on,num_shared_groups,name,display_name,number\r\n"
        b"Harbor watch,Ana Quintanilla,2026-02-02 12:00,1,Benedikt,Ben,+15205550101\r\n",
        key="captures/Harbor/members.csv",
    ),
)

_MANIFEST: Final[dict[str, Any]] = {
    "version": "2.0.0",
    "participants": [{"id": "p1", "display": "Ana Quintanilla", "email": "ana@example.gov"}, {"id": "p2"}],
    "conversations": [
        {"id": "c1", "platform": "webex", "participants": ["p1", "p2"], "display": "Harbor", "type": "channel"}
    ],
    "events": [
        {
            "id": "e1",
            "type": "message",
            "participant": "p1",
            "conversation": "c1",
            "timestamp": f"{_NOON}1Z",
            "body": "figures",
        },
        {
            "id": "e2",
            "type": "message",
            "parent": "e1",
            "participant": "p2",
            "conversation": "c1",
            "timestamp": f"{_NOON}2",
            "body": "corrected wording",
            "edits": [
                {"participant": "p2", "timestamp": f"{_NOON}3Z", "previous": "wording", "new": "corrected wording"}
            ],
            "reactions": [{"value": "+1", "count": 1, "participants": ["p1"]}],
            "attachments": [{"id": "harborplan.pdf", "display": "harborplan.pdf", "size": 4}],
            "read_receipts": [{"participant": "p1", "timestamp": f"{_NOON}4Z", "action": "read"}],
            "custom": [{"name": "Edit1", "value": "wording"}],
        },
        {"type": "join", "participant": "p2", "conversation": "c1", "timestamp": f"{_NOON}5Z"},
        {"type": "brandnew", "participant": "p9", "conversation": "c9", "deleted": True},
    ],
    "eventcollectionid": "b0",
}


def _rsmf() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("rsmf_manifest.json", json.dumps(_MANIFEST).encode()), ("harborplan.pdf", b"%PDF-1.4")):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    zipped = base64.encodebytes(out.getvalue()).decode()
    text = (
        "X-RSMF-Version: 2.0.0\nX-RSMF-EventCount: 4\nX-RSMF-EventCollectionID: b0\nTo: ana@example.gov\n"
        'Subject: Harbor\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="r"\n\n--r\n'
        "Content-Type: text/plain\n\nfigures\n--r\nContent-Type: application/octet-stream; name=rsmf.zip\n"
        f"Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=rsmf.zip\n\n{zipped}--r--\n"
    )
    return text.replace("\n", "\r\n").encode()


RSMF: Final = (
    Seed(reader="rsmf", syntax="mail", head=_rsmf()),
    Seed(
        reader="rsmf",
        name="manifest",
        syntax="json",
        head=json.dumps(_MANIFEST).encode(),
        key="captures/rsmf_manifest.json",
    ),
)

SMARSH: Final = Seed(
    reader="smarsh-manifest",
    syntax="text",
    head=b"Customer: Harbor\r\nCount: 2\r\nFiles:\r\n1.eml\r\n2.eml\r\n",
    key="captures/delivery/202602020000-TeleMessage_1.mf",
    beside={f"captures/delivery/{number}.eml": MAIL.encode() for number in (1, 2)},
)


def _field(name: str, value: str, kind: str = "String") -> str:
    return f'<field name="{name}" type="{kind}"><value type="{kind}"><![CDATA[{value}]]></value></field>'


def _party(role: str, number: str, name: str) -> str:
    inner = _field("Identifier", number) + _field("Name", name)
    return f'<modelField name="{role}" type="Party"><model type="Party" id="p{number}">{inner}</model></modelField>'


def _instant(number: int, body: str, more: str = "") -> bytes:
    stamp = '<field name="TimeStamp" type="TimeStamp"><value type="TimeStamp" format="TimeStampKnown" '
    stamp += f'formattedTimestamp="{_NOON}{number}+00:00">{_NOON}{number}.230+00:00</value></field>'
    return (
        f'<model type="InstantMessage" id="m{number}" deleted_state="Intact" decoding_confidence="High">'
        + _party("From", f"+1520555010{number}", "Ana Quintanilla")
        + _field("Body", body)
        + _field("Identifier", f"app-{number}")
        + _field("Source", "Viber")
        + stamp
        + more
        + "</model>\n"
    ).encode()


_UFED_HEAD: Final = (
    '<?xml version="1.0" encoding="utf-8"?>\n<project xmlns="http://pa.cellebrite.com/report/2.0" id="r1" name="h" '
    'extractionType="FileSystem">\n<taggedFiles><file fs="fs" path="/media/harborplan.jpg" size="4" id="f1"><metadata>'
    '<item name="Local Path"><![CDATA[files\\Image\\harborplan.jpg]]></item></metadata></file></taggedFiles>\n'
    '<decodedData><modelType type="Chat"><model type="Chat" id="c1" deleted_state="Intact">'
)
_ATTACHED: Final = (
    '<multiModelField name="Attachments" type="Attachment"><model type="Attachment" id="a1" file_id="f1">'
    '<field name="Filename" type="String"><value type="String">harborplan.jpg</value></field>'
    '<field name="URL" type="String"><value type="String">https://x.example/k</value></field></model></multiModelField>'
)
UFED: Final = Seed(
    reader="ufed",
    syntax="xml",
    head=(
        _UFED_HEAD
        + _field("Source", "Viber")
        + _field("Id", "harbor")
        + '<multiModelField name="Messages" type="InstantMessage">\n'
    ).encode(),
    elements=(
        _instant(1, "quarterly figures"),
        _instant(2, "attached beneath", _ATTACHED),
        _instant(3, "finished &#128077;").replace(b'"Intact"', b'"Deleted"'),
        _instant(4, "thanks"),
    ),
    tail=b"</multiModelField></model></modelType></decodedData></project>\n",
    key="captures/report.xml",
    in_head=1,
    tokens=(b'<model type="InstantMessage" id="x">', b'<field name="Body">', b"<value>", b"<![CDATA[", b"</model>"),
)


SEEDS: Final = (*TEAMS, *TELEGRAM, *SIGNAL, *RSMF, SMARSH, UFED)
