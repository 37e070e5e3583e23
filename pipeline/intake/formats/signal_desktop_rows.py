"""Rows of an untrusted SQLite file, one after the other, within a budget; behind damaged pages it goes on.

Nothing of the file's own program runs: only real tables are read, never views or virtual tables, and no generated
columns. (`trusted_schema` stays on, since without it SQLite calls Signal's own tables malformed; an authorizer says
no to everything but reading instead.) A page that cannot be read costs the rows on it and one `Broken`, not the rest
of the table.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

Value: TypeAlias = str | int | float

_STEPS: Final = 10_000
_STEPS_PER_ROW: Final = 1_000
"""Times `_STEPS` instructions; a row takes some dozens of instructions, so that only a trap comes near."""
_BREAKS: Final = 1_000
"""Damaged places of one table after which the rest of it is given up."""
_ROWID_NAMES: Final = ("rowid", "_rowid_", "oid")
_ALLOWED: Final = frozenset(
    (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_FUNCTION)
)
"""Functions are named when tables are declared; none is called by what is asked here."""
_SLACK: Final = 1 << 20
_FARTHEST: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Broken:
    """Rows that cannot be read: those after one row id, up to the next row that comes out."""

    table: str
    after: int | None
    reason: str = "database-broken"


@dataclass(slots=True)
class Row:
    """One row: its columns by name, those without a value left out, texts decoded."""

    values: dict[str, Value]
    sha256: str
    size: int
    repaired: bool = False
    """A text was not UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A real table: the columns that are stored, and what its row id may be called."""

    name: str
    columns: tuple[str, ...]
    rowid: str
    """Empty where rows have no id of their own."""


@dataclass(slots=True)
class _Budget:
    """What may still be spent before the file is called a trap."""

    bytes_left: int
    steps: int = 0

    def step(self) -> int:
        """Called by SQLite every `_STEPS` instructions; anything but 0 stops it."""
        self.steps += 1
        return int(self.steps > _STEPS_PER_ROW)


class Trap(Exception):
    """The file gives more than it can hold."""


@dataclass(slots=True)
class Database:
    """An open file."""

    connection: sqlite3.Connection
    budget: _Budget
    tables: dict[str, Table] = field(default_factory=dict)

    def rows(self, name: str) -> Iterator[Row | Broken]:
        """The rows of a table in the order in which they are stored; none when there is no such table."""
        table = self.tables.get(name)
        if table is None:
            return
        last: int | None = None
        breaks, singly = 0, False
        while breaks < _BREAKS:
            reason, found = "", 0
            try:
                for rowid, row in self._stored(table, last, singly):
                    last = rowid
                    found += 1
                    yield row
            except (sqlite3.Error, MemoryError) as problem:
                reason = _reason(problem)
            except Trap:
                yield Broken(name, last)
                return
            if not reason and not (singly and found):
                return
            if reason and (singly or not table.rowid):
                yield Broken(name, last, reason)
                breaks += 1
                last = self._next_readable(table, last)
                if last is None:
                    return
            # A failure takes the row before it along, unless that is asked for alone.
            singly = (bool(reason) and not singly) or not reason
        yield Broken(name, last)

    def _stored(self, table: Table, after: int | None, singly: bool) -> Iterator[tuple[int | None, Row]]:
        previous = after
        with closing(self.connection.execute(*_select(table, after, singly))) as cursor:
            self.budget.steps = 0
            for values in cursor:
                self.budget.steps = 0
                rowid: int | None = None
                if table.rowid:
                    rowid, *values = values  # noqa: PLW2901 - the first of them is the id
                    if type(rowid) is not int or (previous is not None and rowid <= previous):
                        raise Trap
                    previous = rowid
                row = _row(table.columns, values)
                self.budget.bytes_left -= row.size
                if self.budget.bytes_left < 0:
                    raise Trap
                yield rowid, row

    def _next_readable(self, table: Table, after: int | None) -> int | None:
        """The id behind which reading works again: first in doubled steps, then the nearest of those tried."""
        if not table.rowid:
            return None
        low = after if after is not None else -1
        step, high = 1, low
        while step < _FARTHEST and low + step < _FARTHEST:
            high = low + step
            if self._readable(table, high) is not False:
                break
            step *= 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._readable(table, middle) is False else (low, middle)
        return high if self._readable(table, high) else None

    def _readable(self, table: Table, after: int) -> bool | None:
        """Whether the first row behind an id comes out; None when there is none."""
        try:
            return next(self._stored(table, after, True), None) is not None or None
        except (sqlite3.Error, MemoryError, Trap):
            return False


@contextmanager
def opened(path: Path, longest: int) -> Iterator[Database]:
    """An SQLite file, read-only, with its real tables.

    Args:
        path: The file.
        longest: Bytes that one value may have.

    Raises:
        sqlite3.Error: It is none, or what it says of its tables is damaged.
        MemoryError: It says so much of its tables that SQLite may not hold it.
    """
    budget = _Budget(bytes_left=3 * path.stat().st_size + _SLACK)
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        connection.text_factory = bytes
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.set_progress_handler(budget.step, _STEPS)
        connection.set_authorizer(_only_reading)
        database = Database(connection, budget)
        try:
            _load_tables(database)
        except UnicodeDecodeError as problem:  # of the message in which SQLite quotes what is damaged
            raise sqlite3.DatabaseError("the list of tables is damaged") from problem
        yield database


def _load_tables(database: Database) -> None:
    connection = database.connection
    for setting in ("cell_size_check = on", "mmap_size = 0", "query_only = on"):
        connection.execute(f"pragma {setting}")
    found = connection.execute("select name from sqlite_schema where type = 'table' and rootpage > 0").fetchall()
    for (name,) in found:
        database.budget.steps = 0
        table = _table(connection, _text(name))
        if table is not None:
            database.tables[table.name] = table


def _only_reading(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _table(connection: sqlite3.Connection, name: str) -> Table | None:
    found = connection.execute(f"pragma table_xinfo({_quoted(name)})").fetchall()
    stored = [(_text(column), _text(kind), pk) for _, column, kind, _, _, pk, hidden in found if not hidden]
    if not stored:
        return None
    keys = [(column, kind) for column, kind, pk in stored if pk]
    own = {column.casefold() for column, kind in keys if len(keys) == 1 and kind.upper() == "INTEGER"}
    taken = {column.casefold() for column, _, _ in stored} - own
    rowid = next((alias for alias in _ROWID_NAMES if alias not in taken), "")
    if rowid:
        try:
            connection.execute(f"select {rowid} from {_quoted(name)} limit 0")
        except sqlite3.Error:
            rowid = ""  # WITHOUT ROWID
    return Table(name=name, columns=tuple(column for column, _, _ in stored), rowid=rowid)


def _select(table: Table, after: int | None, singly: bool) -> tuple[str, tuple[int, ...]]:
    columns = [table.rowid] * bool(table.rowid) + [_quoted(column) for column in table.columns]
    select = f"select {', '.join(columns)} from {_quoted(table.name)} not indexed"
    if not table.rowid:
        return select, ()
    first = " limit 1" if singly else ""
    if after is None:
        return f"{select} order by {table.rowid}{first}", ()
    return f"{select} where {table.rowid} > ? order by {table.rowid}{first}", (after,)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _row(columns: Sequence[str], values: Sequence[object]) -> Row:
    named: dict[str, Value] = {}
    parts: list[bytes] = []
    repaired = False
    for column, value in zip(columns, values, strict=True):
        if value is None:
            parts.append(b"")
        elif type(value) is bytes:
            parts.append(value)
            try:
                named[column] = value.decode()
            except UnicodeDecodeError:
                named[column], repaired = value.decode("utf-8", "replace"), True
        elif isinstance(value, (int, float)):
            parts.append(b"%r" % value)
            named[column] = value
    whole = b"\x1f".join(parts)
    return Row(named, hashlib.sha256(whole).hexdigest(), len(whole), repaired)


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _reason(problem: sqlite3.Error | MemoryError) -> str:
    """`content.open_database` limits the memory of SQLite, so that a lack of it comes from the row."""
    too_big = isinstance(problem, MemoryError) or getattr(problem, "sqlite_errorcode", None) == sqlite3.SQLITE_TOOBIG
    return "line-too-long" if too_big else "database-broken"
