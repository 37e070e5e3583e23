"""Builders of Signal Desktop databases: schemas of three ages, rows of one small fictional profile."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlcipher3
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

ANA = "0a000000-aaaa-4000-8000-000000000001"
BEN = "0b000000-bbbb-4000-8000-000000000002"
CARLA = "0c000000-cccc-4000-8000-000000000003"
GROUP = "R3JvdXBPbmU="
NOON = 1_772_020_800_000
"""2026-02-25 12:00:00 UTC in ms."""

_CONVERSATIONS = """create table conversations (id STRING primary key asc, json TEXT, active_at INTEGER, type STRING,
    members TEXT, name TEXT, profileName TEXT, profileFamilyName TEXT, profileFullName TEXT, e164 TEXT, serviceId TEXT,
    groupId TEXT, profileLastFetchedAt INTEGER, expireTimerVersion INTEGER not null default 1)"""
_NEW = """create table messages (rowid INTEGER primary key asc, id STRING unique, json TEXT, readStatus INTEGER,
    expires_at INTEGER, sent_at INTEGER, schemaVersion INTEGER, conversationId STRING, received_at INTEGER,
    hasAttachments INTEGER, expireTimer INTEGER, expirationStartTimestamp INTEGER, type STRING, body TEXT,
    isErased INTEGER, isViewOnce INTEGER, sourceServiceId TEXT, serverGuid STRING, sourceDevice INTEGER,
    isStory INTEGER generated always as (type is 'story'), seenStatus NUMBER default 0, timestamp INTEGER,
    received_at_ms INTEGER, serverTimestamp INTEGER, source TEXT,
    callId TEXT generated always as (json_extract(json, '$.callId')))"""
_OLD = """create table messages (id STRING primary key asc, json TEXT, unread INTEGER, expires_at INTEGER,
    sent_at INTEGER, schemaVersion INTEGER, conversationId STRING, received_at INTEGER, source STRING,
    sourceDevice STRING, hasAttachments INTEGER, body TEXT, type STRING)"""
_PARTS = """create table message_attachments (messageId TEXT not null, editHistoryIndex INTEGER not null,
    attachmentType TEXT not null, orderInMessage INTEGER not null, conversationId TEXT not null,
    sentAt INTEGER not null, size INTEGER not null, contentType TEXT not null, path TEXT, localKey TEXT,
    fileName TEXT, version INTEGER, flags INTEGER, transitCdnKey TEXT,
    primary key (messageId, editHistoryIndex, attachmentType, orderInMessage)) strict"""
_CALLS = """create table callsHistory (callId TEXT primary key, peerId TEXT not null, ringerId TEXT, mode TEXT not null,
    type TEXT not null, direction TEXT not null, status TEXT not null, timestamp INTEGER not null, startedById TEXT,
    endedTimestamp INTEGER)"""
SCHEMAS = {"new": (_NEW, _PARTS, _CALLS), "old": (_OLD,)}


def a_message(**changes: Any) -> dict[str, Any]:
    """An incoming text; `json` takes an object, None takes a column out."""
    row = {
        "id": "m-1",
        "type": "incoming",
        "conversationId": "c-ben",
        "body": "hello",
        "sent_at": NOON,
        "sourceServiceId": BEN,
        "json": {},
        **changes,
    }
    return {name: value for name, value in row.items() if value is not None}


def profile(
    messages: Iterable[Mapping[str, Any]] = (),
    *,
    schema: str = "new",
    conversations: Iterable[Mapping[str, Any]] | None = None,
    calls: Iterable[Mapping[str, Any]] = (),
    attachments: Iterable[Mapping[str, Any]] = (),
    items: bool = True,
    page_size: int = 4096,
) -> bytes:
    """A plain database of Ana's, who knows Ben, and Carla in a group."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "db.sqlite"
        connection = sqlite3.connect(path)
        fill(connection, messages, schema, conversations, calls, attachments, items, page_size)
        connection.close()
        return path.read_bytes()


def fill(
    connection: Any,
    messages: Iterable[Mapping[str, Any]],
    schema: str = "new",
    conversations: Iterable[Mapping[str, Any]] | None = None,
    calls: Iterable[Mapping[str, Any]] = (),
    attachments: Iterable[Mapping[str, Any]] = (),
    items: bool = True,
    page_size: int = 4096,
) -> None:
    """Make the tables in an open database and fill them."""
    connection.execute(f"pragma page_size = {page_size}")
    for statement in (_CONVERSATIONS, "create table items (id STRING primary key asc, json TEXT)", *SCHEMAS[schema]):
        connection.execute(statement)
    if items:
        insert(connection, "items", {"id": "uuid_id", "json": {"id": "uuid_id", "value": f"{ANA}.2"}})
        insert(connection, "items", {"id": "number_id", "json": {"id": "number_id", "value": "+15205550100.2"}})
        insert(connection, "items", {"id": "identityKeyMap", "json": {"value": "s3cret"}})
    for row in PEOPLE if conversations is None else conversations:
        insert(connection, "conversations", row)
    for table, rows in (("messages", messages), ("callsHistory", calls), ("message_attachments", attachments)):
        for row in rows:
            insert(connection, table, row)
    connection.commit()


PEOPLE: tuple[dict[str, Any], ...] = (
    {"id": "c-ana", "type": "private", "serviceId": ANA, "e164": "+15205550100", "profileFullName": "Ana Quintanilla"},
    {
        "id": "c-ben",
        "type": "private",
        "serviceId": BEN,
        "e164": "+15205550101",
        "name": "Ben Doe",
        "json": {"profileKey": "s3cret", "about": "on shift"},
    },
    {"id": "c-carla", "type": "private", "serviceId": CARLA, "profileName": "Carla", "profileFamilyName": "Roe"},
    {
        "id": "c-group",
        "type": "group",
        "groupId": GROUP,
        "name": "Harbor watch",
        "members": f"{ANA} {BEN} {CARLA}",
        "json": {"masterKey": "s3cret", "secretParams": "s3cret"},
    },
)


def insert(connection: Any, table: str, row: Mapping[str, Any]) -> None:
    """One row; objects become JSON."""
    values = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in row.items()}
    places = ", ".join("?" * len(values))
    connection.execute(f"insert into {table} ({', '.join(values)}) values ({places})", tuple(values.values()))


def locked_file(data: bytes, keys: bytes) -> bytes:
    """A file as Signal encrypts it below `attachments.noindex`."""
    padded = data + bytes(-len(data) % 16 + 16)
    encryptor = Cipher(AES(keys[:32]), CBC(bytes(16))).encryptor()
    body = bytes(16) + encryptor.update(padded) + encryptor.finalize()
    return body + hmac.digest(keys[32:], body, hashlib.sha256)


def key_text(keys: bytes) -> str:
    """Keys as `localKey` has them."""
    return base64.b64encode(keys).decode()


def sealed_profile(key: bytes, messages: Iterable[Mapping[str, Any]] = (), **more: Any) -> bytes:
    """The same database, encrypted by SQLCipher as Signal has it do."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "db.sqlite"
        connection = sqlcipher3.connect(path)
        connection.execute(f"pragma key = \"x'{key.hex()}'\"")
        fill(connection, messages, **more)
        connection.close()
        return path.read_bytes()
