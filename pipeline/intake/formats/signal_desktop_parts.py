"""Rows that other tables of a Signal Desktop database keep for a message, found again by its id.

They lie in a database of our own without a name, since an index of an untrusted file cannot be relied on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson

from pipeline.intake.formats.signal_desktop_rows import Broken, Database

ATTACHMENTS: Final = "message_attachments"
CALLS: Final = "callsHistory"
_KEYS: Final = {ATTACHMENTS: "messageId", CALLS: "callId"}


class Parts:
    """The parts that no message has asked for yet."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.left: dict[str, int] = {}
        self.connection.execute("create table parts (source text, key text, row blob)")

    def load(self, database: Database) -> Iterator[Broken]:
        """Take in the rows of both tables; what cannot be read comes out."""
        self.connection.execute("begin")
        for source, key in _KEYS.items():
            for row in database.rows(source):
                if isinstance(row, Broken):
                    yield row
                    continue
                data = orjson.dumps(row.values)
                self.connection.execute("insert into parts values (?, ?, ?)", (source, str(row.values.get(key)), data))
                self.left[source] = self.left.get(source, 0) + 1
        self.connection.execute("create index parts_by_key on parts (source, key)")
        self.connection.execute("commit")

    def take(self, source: str, key: str) -> list[dict[str, Any]]:
        """The rows that belong to a message, in the order of their table; nobody else gets them."""
        if not self.left.get(source):
            return []
        mine = (source, key)
        found = self.connection.execute("select row from parts where source = ? and key = ? order by rowid", mine)
        rows = [orjson.loads(data) for (data,) in found]
        if rows:
            self.connection.execute("delete from parts where source = ? and key = ?", mine)
            self.left[source] -= len(rows)
        return rows

    def rest(self, source: str) -> Iterator[dict[str, Any]]:
        """The rows that no message asked for."""
        for (data,) in self.connection.execute("select row from parts where source = ? order by rowid", (source,)):
            yield orjson.loads(data)


@contextmanager
def parts() -> Iterator[Parts]:
    """An empty store; SQLite itself removes its file."""
    connection = sqlite3.connect("", isolation_level=None)
    try:
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")
        yield Parts(connection)
    finally:
        connection.close()
