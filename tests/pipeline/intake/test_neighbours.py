from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.intake import content as content_module
from pipeline.intake.neighbours import ZipNeighbours, ZoneNeighbours, resolved
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Entry, Place
from pipeline.model import EventKind
from pipeline.storage import FolderZone
from tests.pipeline.intake.intaking import a_zip, taken


@pytest.mark.parametrize(
    ("folder", "relative", "path"),
    [
        ("export/general", "../users.json", "export/users.json"),
        ("", "users.json", "users.json"),
        ("a/b", "./c//d.txt", "a/b/c/d.txt"),
        ("a", "../../etc/passwd", None),
        ("", "..", None),
    ],
)
def test_a_relative_path(folder: str, relative: str, path: str | None) -> None:
    assert resolved(folder, relative) == path


def a_place(key: str, root: Path) -> Place:
    return Place(object_key=key, neighbours=ZoneNeighbours(FolderZone(root)))


def test_files_beside_an_object(tmp_path: Path) -> None:
    (tmp_path / "x/general").mkdir(parents=True)
    (tmp_path / "x/users.json").write_bytes(b"[1]")
    (tmp_path / "x/general/day.json").write_bytes(b"[2]")
    place = a_place("x/general/day.json", tmp_path)
    assert place.beside("../users.json") == b"[1]"
    assert place.beside("../users.json", limit=2) is None
    assert place.beside("../nobody.json") is None
    assert place.beside("../../../../etc/passwd") is None
    assert place.siblings("..") == ["general/day.json", "users.json"]


def test_what_lies_beside_is_parsed_once_for_all_texts_beside_it(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_bytes(b"[1]")
    calls: list[bytes | None] = []

    def parse(data: bytes | None) -> int:
        calls.append(data)
        return len(data or b"")

    place = a_place("general/1.json", tmp_path)
    other = replace(place, object_key="random/2.json")
    assert [p.beside_as("../users.json", parse) for p in (place, other, place)] == [3, 3, 3]
    assert place.beside_as("users.json", parse) == 0
    assert calls == [b"[1]", None]


def test_members_beside_a_member_of_a_nested_archive() -> None:
    data = a_zip({"users.json": b"[1]", "general/day.json": b"[2]", "": b"nameless"})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        around = ZipNeighbours(archive, "outer.zip!/")
        place = Place(object_key="k", member="outer.zip!/general/day.json", neighbours=around)
        assert place.beside("../users.json") == b"[1]"
        assert place.beside("../../users.json") is None
        assert place.siblings("") == ["day.json"]
        assert place.siblings("..") == ["", "general/day.json", "users.json"]


def test_an_attachment_inside_a_text_is_an_object_of_its_own() -> None:
    place = Place(object_key="mail.eml", version_id="v1")
    found = place.attach("1/2", b"\xff\xd8\xff\xe0", name="photo.jpg", mime="text/plain")
    assert (found.object_key, found.version_id, found.member, found.size) == ("mail.eml", "v1", "1/2", 4)
    assert found.mime == "image/jpeg"
    assert [inner.member for inner in place.inner] == ["1/2"]


class Notes:
    """A format that is an SQLite file."""

    NAME = "notes"

    def knows(self, tables: frozenset[str]) -> bool:
        return "notes" in tables

    def read(self, path: Path, place: Place) -> Iterator[Entry]:
        with content_module.open_database(path) as connection:
            for number, (body,) in enumerate(connection.execute("select body from notes order by rowid"), 1):
                yield a_note(place, number, body)


def a_note(place: Place, number: int, body: str) -> Entry:
    draft = OpenEvent()
    draft.event_id = place.event_id(number)
    draft.event_kind = EventKind.MESSAGE
    draft.source = draft.format = "notes"
    draft.custodian = draft.network = ""
    draft.conversation_id = "notes"
    draft.body = body
    draft.raw_sha256 = ""
    draft.object_key, draft.version_id, draft.member, draft.line = (
        place.object_key,
        place.version_id,
        place.member,
        number,
    )
    return draft.seal()


def a_database(tmp_path: Path, table: str) -> bytes:
    path = tmp_path / f"{table}.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(f"create table {table} (body text)")
        connection.executemany(f"insert into {table} values (?)", [("one",), ("two",)])
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize("zipped", [False, True])
def test_a_database_is_read_by_the_reader_that_knows_its_tables(
    zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content_module, "DATABASES", (Notes(),))
    data = a_database(tmp_path, "notes")
    outcome = taken(a_zip({"db.sqlite": data}) if zipped else data)
    assert [event.body for event in outcome.events] == ["one", "two"]
    assert [(row.format, row.lines) for row in outcome.objects if row.format != "archive"] == [("notes", 2)]


def test_a_database_that_nobody_knows_is_an_attachment(tmp_path: Path) -> None:
    outcome = taken(a_database(tmp_path, "other"))
    assert [(row.format, row.mime) for row in outcome.objects] == [("attachment", "application/vnd.sqlite3")]


def test_a_damaged_database_is_quarantined() -> None:
    assert taken(b"SQLite format 3\0" + b"\xff" * 5000).reasons == ["database-broken"]
