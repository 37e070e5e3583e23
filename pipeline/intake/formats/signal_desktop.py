"""Signal Desktop database: `sql/db.sqlite` of a Signal Desktop profile, plain, or SQLCipher with the key given.

Fields kept: every row of `messages` with its columns and its `json`: texts, times, edits, reactions, quotes, mentions,
stickers, contacts, polls, links, calls, view-once and disappearing messages with their timers, changes of groups, names
and safety numbers, who read it and when, failed and deleted messages; every row of `conversations` as a directory
entry; calls and attachments that no message tells of. What Signal had committed and not yet moved into the database
is read from the write-ahead log (`db.sqlite-wal`, up to 128 MiB) beside it. A damaged page costs the rows on it and one
quarantined entry `database-broken` that names the table; with `line-too-long` a row is beyond the limit. Attachments
come with their bytes where `attachments.noindex` lies beside the database's folder, decrypted where Signal encrypted
them; else with what the database says of them. Keys, secrets of groups and profiles, and places on Signal's servers are
removed and named as stripped; the tables that hold nothing but keys, sessions and settings are never read.
Implied losses: messages that disappeared or were erased before the capture, and texts deleted for everyone, of which
only the mark is left; of a view-once picture only that there was one; what arrived before this computer was linked;
texts of edits that came before it; who was in a group at a given time, except by its changes; times are the senders'
clocks (`clock-ahead` marks those after the server had the message). Where the configuration holds an `encryptedKey`
only, the key has to be exported on the custodian's computer: its keystore sealed it.
Ids: `<author's service id>:<time sent in ms>`, Signal's own key of a message, the same in everybody's database; rows
that nobody wrote have the row's UUID. A conversation is both people's service ids, or the group's id.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import orjson

from pipeline.intake.formats.signal_desktop_log import with_log
from pipeline.intake.formats.signal_desktop_message import Messages
from pipeline.intake.formats.signal_desktop_parts import ATTACHMENTS, CALLS, Parts, parts
from pipeline.intake.formats.signal_desktop_people import Party, People, json_object, owner_of, party_of
from pipeline.intake.formats.signal_desktop_rows import Broken, Database, Row, opened
from pipeline.intake.formats.signal_secrets import without_secrets
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Entry, Place
from pipeline.model import Event, EventKind

NAME = "signal-desktop"
_MESSAGES: Final = "messages"
_CONVERSATIONS: Final = "conversations"


def knows(tables: frozenset[str]) -> bool:
    """Messages and conversations, under Signal's names."""
    return {_MESSAGES, _CONVERSATIONS} <= tables


def read(path: Path, place: Place) -> Iterator[Entry]:
    """Conversations, then messages with what happened to them, then calls and files that no message tells of."""
    with ExitStack() as stack:
        whole, refusal = stack.enter_context(with_log(path, place))
        if refusal:
            yield place.quarantined(refusal, 1, detail="the write-ahead log")
        try:
            database = stack.enter_context(opened(whole, place.limits.document_bytes))
        except (sqlite3.Error, MemoryError):
            yield place.quarantined("database-broken", 1, detail="the list of tables cannot be read")
            return
        yield from _Reading(database, place, stack.enter_context(parts())).entries()


class _Reading:
    """The entries of one open database, numbered in the order in which they come."""

    def __init__(self, database: Database, place: Place, kept: Parts) -> None:
        self.database = database
        self.place = place
        self.parts = kept
        self.people = People(place.source)
        self.line = 0

    def entries(self) -> Iterator[Entry]:
        owner_of(self.database, self.people)
        for row in self.database.rows(_CONVERSATIONS):
            if isinstance(row, Row):
                self._remember(row)
        for row in self.database.rows(_CONVERSATIONS):
            yield self._broken(row) if isinstance(row, Broken) else self._directory(row)
        for broken in self.parts.load(self.database):
            yield self._broken(broken)
        messages = Messages(self.place, self.people, self.parts, NAME)
        for row in self.database.rows(_MESSAGES):
            if isinstance(row, Broken):
                yield self._broken(row)
            else:
                yield from messages.events(row, self._next())
        for source, tell in ((CALLS, messages.call), (ATTACHMENTS, messages.orphan)):
            for part in self.parts.rest(source):
                yield tell(part, Row(part, hashlib.sha256(orjson.dumps(part)).hexdigest(), 0), self._next())

    def _next(self) -> int:
        self.line += 1
        return self.line

    def _broken(self, broken: Broken) -> Entry:
        since = "" if broken.after is None else f" after row {broken.after}"
        return self.place.quarantined(broken.reason, self._next(), detail=f"table {broken.table}{since}")

    def _remember(self, row: Row) -> None:
        self.people.add(self._party(row))

    def _party(self, row: Row) -> Party:
        return party_of(row.values, json_object(row.values.get("json"), self.place.limits.json_depth)[0])

    def _directory(self, row: Row) -> Event:
        said, state = json_object(row.values.get("json"), self.place.limits.json_depth)
        party = party_of(row.values, said)
        place, draft = self.place, OpenEvent()
        draft.line = self._next()
        draft.event_id = place.event_id(draft.line)
        draft.event_kind = EventKind.DIRECTORY
        draft.subkind = "conversation" if party.is_group else "user"
        draft.source, draft.format = "signal", NAME
        draft.custodian, draft.network = place.source.custodian, place.source.network
        found = self.people.conversation(party.local_id)
        draft.conversation_id, draft.conversation_kind, draft.conversation_title = found
        if party.is_group:
            draft.vendor_id = party.group_id or party.local_id
            draft.recipients = tuple(self.people.person(one)[0] for one in party.members)
        else:
            draft.vendor_id = party.service_id or party.number or party.local_id
            draft.sender_id, draft.sender_display = draft.vendor_id, party.name
        rest = {**said, **row.values}
        if state != "broken":
            rest.pop("json", None)
        draft.stripped = without_secrets(rest)
        draft.attributes = orjson.dumps(rest, option=orjson.OPT_SORT_KEYS).decode()
        draft.flags = ("repaired",) if row.repaired or state else ()
        draft.raw_sha256 = row.sha256
        draft.object_key, draft.version_id, draft.member = place.object_key, place.version_id, place.member
        return draft.seal()
