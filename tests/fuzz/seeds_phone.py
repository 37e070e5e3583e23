"""Seeds of text message backups (XML, JSON Lines, JSON) and of Signal's database and exports."""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing
from typing import Any, Final

from tests.fuzz.seed import Seed

PICTURE: Final = base64.b64encode(b"\xff\xd8\xff\xe0 not much of a photo").decode()
_SMS: Final = (
    (
        '<sms protocol="0" address="+15205550100" date="1770000001000" type="1" subject="null" toa="null" '
        'body="quarterly figures finished &#55357;&#56397;" service_center="null" read="1" status="-1" locked="0" '
        'date_sent="1770000000000" sc_toa="null" readable_date="Feb 2, 2026" contact_name="Ana Quintanilla" />'
    ),
    (
        '<sms protocol="0" address="5205550101" date="1770000002000" type="3" body="draft &amp; unsent" read="1" '
        'contact_name="(Unknown)" />'
    ),
    (
        '<mms date="1770000003000" msg_box="1" address="+15205550100~+15205550102" m_id="m77" m_type="132" '
        'ct_t="application/vnd.wap.multipart.related" contact_name="Carolina, Ana Quintanilla" sub="null"><parts>'
        '<part seq="-1" ct="application/smil" name="null" text="&lt;smil/&gt;" />'
        f'<part seq="0" ct="image/jpeg" name="harborplan.jpg" cl="harborplan.jpg" text="null" data="{PICTURE}" />'
        '<part seq="1" ct="text/plain" name="null" text="caption beneath" /></parts><addrs>'
        '<addr address="+15205550100" type="137" charset="106" /><addr address="insert-address-token" type="151" />'
        '<addr address="+15205550102" type="130" /></addrs></mms>'
    ),
    '<sms address="47368" date="1770000004000" type="5" body="line one&#10;line two" />',
)
SMS_XML: Final = Seed(
    reader="sms-backup",
    syntax="xml",
    head=b"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses count=\"4\" type=\"full\">\n  ",
    elements=tuple(text.encode() for text in _SMS),
    between=b"\n  ",
    tail=b"\n</smses>\n",
    source={"owner_id": "+15205550199"},
)
CALLS_XML: Final = Seed(
    reader="sms-backup",
    name="calls",
    syntax="xml",
    head=b'<calls count="2">',
    elements=(
        b'<call number="+15205550100" duration="61" date="1770000001000" type="1" contact_name="Ana Quintanilla" />',
        b'<call number="" duration="0" date="1770000002000" type="3" presentation="2" contact_name="(Unknown)" />',
    ),
    between=b"\n",
    tail=b"</calls>",
)

_ROWS: Final[tuple[dict[str, Any], ...]] = (
    {
        "_id": "1",
        "thread_id": "4",
        "address": "+15205550100",
        "date": "1770000001000",
        "read": "1",
        "type": "1",
        "body": "quarterly figures finished",
        "__display_name": "Ana Quintanilla",
    },
    {
        "_id": "2",
        "thread_id": "5",
        "date": "1770000002",
        "msg_box": "1",
        "m_id": "m77",
        "m_type": "132",
        "__sender_address": {"address": "+15205550100", "type": "137", "charset": "106"},
        "__recipient_addresses": [{"address": "+15205550102", "type": "151"}],
        "__parts": [
            {"seq": "0", "ct": "image/jpeg", "name": "harborplan.jpg", "_data": "/data/PART_1.jpg"},
            {"seq": "1", "ct": "text/plain", "text": "caption beneath"},
        ],
    },
    {"_id": "3", "number": "+15205550100", "date": "1770000003000", "duration": "61", "type": "2", "name": "Ana"},
    {
        "_id": "4",
        "lookup": "x",
        "display_name": "Ana Quintanilla",
        "raw_contacts": [
            {"contacts_data": [{"mimetype": "vnd.android.cursor.item/phone_v2", "data1": "+1 520 555 0100"}]}
        ],
    },
)
_V1: Final[tuple[dict[str, Any], ...]] = (
    _ROWS[0],
    {**_ROWS[1], "__parts": [{"seq": "0", "ct": "image/jpeg", "name": "harborplan.jpg", "binary_data": PICTURE}]},
)
SMS_IE: Final = Seed(
    reader="sms-ie",
    syntax="lines",
    elements=tuple(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in _ROWS),
)
SMS_IE_ARRAY: Final = Seed(
    reader="sms-ie",
    name="array",
    syntax="json",
    head=b"[",
    elements=tuple(json.dumps(row).encode() for row in _V1),
    between=b", ",
    tail=b"]",
)

_ANA, _BEN = "9d0652a3-dcc3-4d11-975f-74d61598733f", "1fc0651e-2bb4-4b4d-bb2d-0e8d2f7a5c11"
_SCHEMA: Final = """
create table conversations(id text primary key, json text, type text, members text, name text, profileName text,
  profileFullName text, e164 text, serviceId text, groupId text);
create table messages(rowid integer primary key asc, id text unique, json text, readStatus integer, sent_at integer,
  conversationId text, received_at integer, source text, hasAttachments integer, expireTimer integer,
  expirationStartTimestamp integer, type text, body text, isErased integer, isViewOnce integer, sourceServiceId text,
  timestamp integer, serverTimestamp integer, received_at_ms integer, seenStatus integer default 0);
create table items(id text primary key, json text);
"""


def _signal_rows() -> list[tuple[Any, ...]]:
    quote = {"id": 1770000001000, "authorAci": _ANA, "text": "quarterly figures finished"}
    jsons: list[dict[str, Any]] = [
        {"reactions": [{"emoji": "\U0001f44d", "fromId": "c2", "timestamp": 1770000001500}]},
        {
            "editHistory": [
                {"body": "corrected wording", "timestamp": 1770000002500},
                {"body": "wording", "timestamp": 5},
            ]
        },
        {"attachments": [{"fileName": "harborplan.pdf", "contentType": "application/pdf", "size": 4, "path": "ab/cd"}]},
        {"quote": quote, "deletedForEveryone": True},
        {"callId": "7", "callHistoryDetails": {"callMode": "Direct", "wasVideoCall": False}},
        {"groupV2Change": {"details": [{"type": "title", "newTitle": "Harbor watch"}]}},
        {"sticker": {"packId": "p", "emoji": ":)"}, "preview": [{"url": "https://a.example", "title": "T"}]},
    ]
    kinds = ("incoming", "outgoing", "incoming", "incoming", "call-history", "group-v2-change", "outgoing")
    bodies = ("quarterly figures finished", "corrected wording", "attached beneath", "", None, None, None)
    rows = []
    for number, (kind, body, more) in enumerate(zip(kinds, bodies, jsons, strict=True), 1):
        sent = 1_770_000_000_000 + number * 1000
        who = _BEN if kind == "outgoing" else _ANA
        rows.append((number, f"m{number}", json.dumps(more), sent, "c3", sent + 300, kind, body, who, sent, sent + 200))
    return rows


def _signal_database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as held:
        held.execute("pragma page_size = 1024")
        held.executescript(_SCHEMA)
        held.executemany(
            "insert into conversations(id, type, name, e164, serviceId, groupId, members, json)"
            " values(?,?,?,?,?,?,?,?)",
            [
                ("c1", "private", "Ana Quintanilla", "+15205550100", _ANA, None, None, '{"profileSharing":true}'),
                ("c2", "private", "Benedikt", "+15205550101", _BEN, None, None, "{}"),
                ("c3", "group", "Harbor watch", None, None, "Z3JvdXA=", f"{_ANA} {_BEN}", '{"expireTimer":60}'),
            ],
        )
        held.executemany(
            "insert into messages(rowid, id, json, sent_at, conversationId, received_at, type, body, sourceServiceId,"
            " timestamp, serverTimestamp) values(?,?,?,?,?,?,?,?,?,?,?)",
            _signal_rows(),
        )
        held.executemany("insert into items values(?,?)", [("uuid_id", json.dumps({"value": f"{_BEN}.2"}))])
        held.commit()
        return held.serialize()


SIGNAL_DESKTOP: Final = Seed(
    reader="signal-desktop",
    syntax="sqlite",
    head=_signal_database(),
    key="captures/sql/db.sqlite",
)

SEEDS: Final = (SMS_XML, CALLS_XML, SMS_IE, SMS_IE_ARRAY, SIGNAL_DESKTOP)
