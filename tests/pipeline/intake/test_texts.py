from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from pipeline.intake.shard import read_shard
from pipeline.intake.sources import Sources
from pipeline.storage import FolderZone, sha256_of
from tests.pipeline.intake.intaking import a_line, a_zip

NOTE = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana Example\r\nEND:VCARD\r\n"
CHAT = b"2/25/26, 9:00 AM - Ana: list.txt (file attached)\n2/25/26, 9:01 AM - Bo: ok\n"


def texts_of(folder: Path, objects: dict[str, bytes]) -> list[tuple[str, str, str]]:
    zone = FolderZone(folder / "captures")
    for key, data in objects.items():
        zone.put(key, data)
    out = folder / "out"
    out.mkdir()
    read_shard(zone, [(info, sha256_of(objects[info.key])) for info in zone.iter_objects()], Sources(), out)
    return [(row["object_key"], row["member"], row["text"]) for row in pq.read_table(out / "texts.parquet").to_pylist()]


def test_what_attachments_say_is_kept_beside_the_objects(tmp_path: Path) -> None:
    found = texts_of(
        tmp_path,
        {
            "a-card": NOTE,
            "b-chats.zip": a_zip({"chat.txt": CHAT, "list.txt": b"two coolers\n", "photo.jpg": b"\xff\xd8\xff\xe0"}),
            "c-log": a_line() + b"\n",
        },
    )
    assert [(key, member) for key, member, _ in found] == [("a-card", ""), ("b-chats.zip", "list.txt")]
    assert "Ana Example" in found[0][2]
    assert found[1][2] == "two coolers"


def test_captures_without_attachments_have_no_texts(tmp_path: Path) -> None:
    assert texts_of(tmp_path, {"log": a_line() + b"\n"}) == []
