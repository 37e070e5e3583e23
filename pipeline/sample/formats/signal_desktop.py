"""Signal Desktop databases of two custodians, their key already taken off; one group lies in both.

Message and conversation ids are each installation's own; author and sent time are the same everywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.sample.formats.telling import Place, Shown, Teller, Work, place
from pipeline.sample.people import Person
from pipeline.sample.timeline import AGENCY_ZONE, SECOND
from pipeline.sample.week import Chat, Said, split
from pipeline.sample.wickr_items import File

OWNERS = (("p-009", "shaddad"), ("p-014", "cbrannigan"))
APART = ("p-004", "p-009", "p-014")
FEATURES = frozenset(
    ("edit", "delete", "reaction", "reply", "file", "absent", "call", "member", "title", "timer", "created")
)
MILLISECOND = 1000

_SCHEMA = """
CREATE TABLE conversations(id STRING PRIMARY KEY ASC, json TEXT, active_at INTEGER, type STRING, members TEXT,
  name TEXT, profileName TEXT, profileFamilyName TEXT, profileFullName TEXT, e164 TEXT, serviceId TEXT, groupId TEXT,
  profileLastFetchedAt INTEGER, expireTimerVersion INTEGER NOT NULL DEFAULT 1);
CREATE TABLE messages(rowid INTEGER PRIMARY KEY ASC, id STRING UNIQUE, json TEXT, readStatus INTEGER,
  expires_at INTEGER, sent_at INTEGER, schemaVersion INTEGER, conversationId STRING, received_at INTEGER,
  source STRING, hasAttachments INTEGER, hasFileAttachments INTEGER, hasVisualMediaAttachments INTEGER,
  expireTimer INTEGER, expirationStartTimestamp INTEGER, type STRING, body TEXT, isErased INTEGER,
  isViewOnce INTEGER, sourceServiceId TEXT, serverGuid STRING NULL, sourceDevice INTEGER, storyId STRING,
  timestamp INTEGER, serverTimestamp INTEGER, received_at_ms INTEGER, seenStatus NUMBER default 0);
CREATE TABLE items(id STRING PRIMARY KEY ASC, json TEXT);
CREATE INDEX messages_conversation ON messages(conversationId, received_at, sent_at);
"""
_MESSAGE = (
    "INSERT INTO messages(rowid, id, json, readStatus, sent_at, schemaVersion, conversationId, received_at, source,"
    " hasAttachments, expireTimer, expirationStartTimestamp, type, body, isErased, isViewOnce, sourceServiceId,"
    " sourceDevice, timestamp, serverTimestamp, received_at_ms, seenStatus)"
    " VALUES(?,?,?,0,?,14,?,?,?,?,?,?,?,?,?,0,?,?,?,?,?,2)"
)


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """The two installations."""
    by_id = {person.person_id: person for person in people}
    return [
        {
            "prefix": f"signal-desktop/{custodian}/",
            "platform": "signal",
            "custodian": custodian,
            "account": "official",
            "owner_name": by_id[owner].full_name,
            "owner_id": by_id[owner].phones[0],
        }
        for owner, custodian in OWNERS
    ]


def write(work: Work) -> None:
    """The shared group into both databases, direct chats into one each. All conversations come before all messages."""
    databases = [_Database(work, work.person(owner), custodian) for owner, custodian in OWNERS]
    planned = list(_plan(work, databases))
    conversations = [[database.conversation(chat) for database in holding] for chat, holding in planned]
    teller = Teller(work=work, platform="signal")
    for database in databases:
        teller.directory(place(database.key, number) for number in range(1, database.lines + 1))
    for (chat, holding), inside in zip(planned, conversations, strict=True):
        _write_chat(work, teller, chat, list(zip(holding, inside, strict=True)))
    for database in databases:
        database.put()


def _plan(work: Work, databases: Sequence[_Database]) -> Iterator[tuple[Chat, Sequence[_Database]]]:
    """Every chat, and whose installation has it."""
    shared = work.chats(OWNERS[0][0], work.messages, name="signal_desktop-shared", apart=APART)
    groups = [chat for chat in shared if chat.kind != "dm"]
    for chat in groups:
        chat.members[1] = databases[1].owner
        yield chat, databases
    left = split(work.messages - sum(chat.messages for chat in groups), len(databases))
    for database, (owner, custodian), share in zip(databases, OWNERS, left, strict=True):
        made = work.chats(owner, share * 5 // 2, name=f"signal_desktop-{custodian}", apart=APART)
        chats = [chat for chat in made if chat.kind == "dm"]
        for chat, messages in zip(chats, split(share, len(chats)), strict=True):
            chat.messages = messages
            yield chat, [database]


def _write_chat(work: Work, teller: Teller, chat: Chat, holding: Sequence[tuple[_Database, str]]) -> None:
    talk = work.talk(chat, FEATURES, zone=AGENCY_ZONE, unit=MILLISECOND)
    timer = 0
    for said in talk:
        if said.form == "disappearing-timer":
            timer = said.seconds
        elif timer and said.kind in ("message", "file"):
            said.memo["timer"] = str(timer)
        places = [database.add(said, inside) for database, inside in holding]
        if said.kind in ("message", "file"):
            _tell(teller, said, places, timer)
        else:  # each installation makes a row of its own, under an id of its own
            for number, one in enumerate(places):
                teller.message(said, [one], _shown(said.sender), part=f"-{number + 1}")


def _tell(teller: Teller, said: Said, places: Sequence[Place], timer: int) -> None:
    more: dict[str, Any] = {"vendor_id": f"{service_id(said.sender)}:{said.ts // MILLISECOND}"}
    if "timer" in said.memo:
        more["expires_utc"] = said.ts + timer * SECOND
    teller.message(said, places, _shown(said.sender), history=not said.deleted, **more)
    if said.deleted:
        teller.annotation("recall", said, places, by=said.sender, at_utc=said.deleted)
        return
    for reaction in said.reactions:
        teller.annotation("reaction", said, places, by=reaction.by, value=reaction.emoji, at_utc=reaction.ts)
    for edit in said.edits:
        teller.annotation("edit", said, places, by=said.sender, value=edit.text, at_utc=edit.ts)


def _shown(person: Person) -> Shown:
    names = (service_id(person), person.phones[0], person.full_name)
    return Shown(names=names, spans=(("NAME", person.full_name),))


def service_id(person: Person) -> str:
    """A person's account id: the same on every device."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"aci:{person.person_id}".encode()).digest()[:16], version=4))


class _Database:
    """One installation's `db.sqlite`."""

    def __init__(self, work: Work, owner: Person, custodian: str) -> None:
        self.work, self.owner, self.custodian = work, owner, custodian
        self.key = f"signal-desktop/{custodian}/sql/db.sqlite"
        self.path: Path = work.scratch / f"{custodian}.sqlite"
        self.out = sqlite3.connect(self.path)
        self.out.executescript("PRAGMA page_size=4096; PRAGMA journal_mode=OFF;" + _SCHEMA)
        self.out.execute("INSERT INTO items VALUES('uuid_id', ?)", (json.dumps({"value": service_id(owner) + ".1"}),))
        self.rows = 0
        self.lines = 0
        """Rows of conversations, which are read before the messages."""
        self.people: dict[str, str] = {}
        for person in work.people:
            self.contact(person)

    def put(self) -> None:
        """Close the file and move it into the captures."""
        self.out.commit()
        self.out.close()
        self.work.captures.put(self.key, self.path)
        self.path.unlink()

    def contact(self, person: Person) -> str:
        """The conversation with a person, which is also their row in the contact list."""
        found = self.people.get(person.person_id)
        if found is None:
            found = self.people[person.person_id] = self._id(f"contact:{person.person_id}")
            names = (person.full_name, person.given, person.surname, person.full_name)
            self._conversation(found, "private", names, person=person)
        return found

    def conversation(self, chat: Chat) -> str:
        """The row of a chat."""
        if chat.kind == "dm":
            return self.contact(chat.other)
        inside = self._id(chat.name)
        self._conversation(inside, "group", (chat.title, "", "", ""), chat=chat)
        return inside

    def add(self, said: Said, conversation: str) -> Place:
        """One row of `messages`."""
        self.rows += 1
        stamp = said.ts // MILLISECOND
        kind, document = _payload(said, self)
        text = "" if said.deleted or (said.kind != "message" and said.file is None) else said.last_text
        timer = int(said.memo.get("timer", 0)) or None
        row = (
            self.rows, self._id(f"message:{said.chat.name}:{said.number}"), json.dumps(document, ensure_ascii=False),
            stamp, conversation, 1_000_000 + self.rows, said.sender.phones[0], int(said.file is not None), timer,
            stamp if timer else None, kind, text, int(bool(said.deleted)), service_id(said.sender), 1, stamp,
            stamp + 180, stamp + 240,
        )  # fmt: skip
        self.out.execute(_MESSAGE, row)
        return place(self.key, self.lines + self.rows)

    def keep(self, file: File) -> str:
        """A file's bytes in the attachment folder; returns its path there."""
        name = hashlib.sha256(file.data + file.name.encode()).hexdigest()
        path = f"{name[:2]}/{name}"
        if not file.absent:
            self.work.captures.put(f"signal-desktop/{self.custodian}/attachments.noindex/{path}", file.data)
        return path

    def _conversation(
        self,
        inside: str,
        kind: str,
        names: tuple[str, str, str, str],
        *,
        person: Person | None = None,
        chat: Chat | None = None,
    ) -> None:
        self.lines += 1
        members = " ".join(service_id(member) for member in chat.members) if chat else None
        group = base64.b64encode(hashlib.sha256(chat.name.encode()).digest()).decode() if chat else None
        ids = (person.phones[0], service_id(person)) if person else (None, None)
        document = {"id": inside, "type": kind, "name": names[0], "groupId": group, "e164": ids[0], "serviceId": ids[1]}
        self.out.execute(
            "INSERT INTO conversations(id, json, type, members, name, profileName, profileFamilyName, profileFullName,"
            " e164, serviceId, groupId) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
            (inside, json.dumps(document, ensure_ascii=False), kind, members, *names, *ids, group),
        )

    def _id(self, what: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.custodian}:{what}"))


def _payload(said: Said, database: _Database) -> tuple[str, dict[str, Any]]:
    """The row's type, and what it keeps as JSON."""
    direction = "outgoing" if said.sender is database.owner else "incoming"
    stamp = said.ts // MILLISECOND
    document: dict[str, Any] = {"timestamp": stamp, "sent_at": stamp, "type": direction}
    if said.kind == "call":
        details = {"callMode": "Group", "creatorUuid": service_id(said.sender), "eraId": f"{stamp:016x}"}
        return "call-history", document | {"callHistoryDetails": {**details, "startedTime": stamp}}
    if said.form == "disappearing-timer":
        update = {"expireTimer": said.seconds, "sourceServiceId": service_id(said.sender)}
        return "timer-notification", document | {"expirationTimerUpdate": update}
    if said.kind == "system":
        change = {"from": service_id(said.sender), "details": _changes(said)}
        return "group-v2-change", document | {"groupV2Change": change}
    if said.deleted:
        return direction, document | {"deletedForEveryone": True, "deletedForEveryoneTimestamp": said.deleted // 1000}
    document["body"] = said.last_text
    document["attachments"] = [_attachment(said.file, database)] if said.file else []
    if said.reactions:
        document["reactions"] = [_reaction(said, database, number) for number in range(len(said.reactions))]
    if said.reply_to is not None:
        quoted = said.reply_to
        document["quote"] = {
            "id": quoted.ts // MILLISECOND,
            "authorAci": service_id(quoted.sender),
            "text": quoted.text,
            "attachments": [],
        }
    if said.edits:
        texts = [(said.ts, said.text), *((edit.ts, edit.text) for edit in said.edits)]
        document["editHistory"] = [
            {"body": text, "timestamp": ts // MILLISECOND, "attachments": []} for ts, text in reversed(texts)
        ]
        document["editMessageTimestamp"] = said.edits[-1].ts // MILLISECOND
    return direction, document


def _changes(said: Said) -> list[dict[str, str]]:
    if said.form == "group-created":
        return [{"type": "create"}]
    if said.form == "subject-changed":
        return [{"type": "title", "newTitle": said.value}]
    kind = "member-add" if said.form == "member-added" else "member-remove"
    return [{"type": kind, "aci": service_id(person)} for person in said.whom]


def _attachment(file: File, database: _Database) -> dict[str, Any]:
    path = database.keep(file)
    mime = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf", "vcf": "text/vcard", "wav": "audio/wav"}
    row: dict[str, Any] = {"contentType": mime[file.name.rpartition(".")[2]], "fileName": file.name}
    row |= {"size": len(file.data), "localKey": base64.b64encode(hashlib.sha512(path.encode()).digest()).decode()}
    return row | ({"pending": False, "error": True} if file.absent else {"path": path})


def _reaction(said: Said, database: _Database, number: int) -> dict[str, Any]:
    one = said.reactions[number]
    return {
        "emoji": one.emoji,
        "fromId": database.contact(one.by),
        "targetAuthorAci": service_id(said.sender),
        "targetTimestamp": said.ts // MILLISECOND,
        "timestamp": one.ts // MILLISECOND,
    }
