from __future__ import annotations

import hashlib
import io
import random
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import StorageError
from pipeline.intake.limits import Limits
from pipeline.intake.read import read_object
from pipeline.intake.sources import Sources
from pipeline.storage import Blob, FolderZone, ObjectInfo
from tests.pipeline.intake.intaking import a_line, a_zip, read, taken

LINE = a_line() + b"\n"
CHAT = b"2/25/26, 9:00 AM - Ana: one\ntwo\n2/26/26, 9:00 AM - Ben: three\n"


class OneObject:
    """A zone that holds one object version behind a stream that cannot seek, as S3 gives it."""

    url = "s3://captures"

    def __init__(self, data: bytes, metadata: dict[str, str] | None = None) -> None:
        self.data = data
        self.metadata = metadata or {}
        self.opened = 0

    def get(self, key: str, version_id: str = "") -> Blob:
        self.opened += 1
        return Blob(stream=_Forward(self.data), size=len(self.data), metadata=self.metadata)

    def exists(self, key: str) -> bool:
        return False


class _Forward(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size, 7) if size and size > 0 else 7)


def info(version: str = "v1", size: int = 0) -> ObjectInfo:
    return ObjectInfo(key="k", version_id=version, size=size, modified_utc=5)


@pytest.mark.parametrize("data", [LINE * 3, CHAT, a_zip({"_chat.txt": CHAT}), b"\xff\xd8\xff\xe0jpeg", b"?", b""])
@pytest.mark.parametrize("version", ["v1", ""])
def test_a_stream_that_cannot_seek_reads_like_a_file(data: bytes, version: str) -> None:
    zone = OneObject(data)
    streamed = read(zone, info(version), Sources(), "", Limits())
    assert zone.opened == 1
    digest = hashlib.sha256(data).hexdigest()
    stored = taken(data, key="k")
    assert [row.sha256 for row in streamed.objects] == [row.sha256 for row in stored.objects]
    assert streamed.objects[0].sha256 == digest
    assert {row.version_id for row in streamed.objects} == {version or digest}
    assert {entry.version_id for entry in streamed.entries} <= {version or digest}
    assert [type(entry) for entry in streamed.entries] == [type(entry) for entry in stored.entries]
    if not version:
        assert streamed.entries == stored.entries


def test_metadata_makes_an_attachment_of_anything() -> None:
    metadata = {"wickrio-type": "file", "wickrio-file-path": "attachments/attachment_1_notes.txt"}
    outcome = taken(LINE, metadata=metadata)
    [row] = outcome.objects
    assert (row.format, row.path_hint, row.lines, outcome.entries) == (
        "attachment",
        metadata["wickrio-file-path"],
        0,
        [],
    )


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"OggS\0", "audio/ogg"),
        (b"#!AMR\n", "audio/amr"),
        (b"%PDF-1.7", "application/pdf"),
        (b"BEGIN:VCARD\r\nVERSION:3.0", "text/vcard"),
    ],
)
def test_attachments_are_told_by_content(data: bytes, mime: str) -> None:
    [row] = taken(data, key="whatever").objects
    assert (row.format, row.mime, row.size) == ("attachment", mime, len(data))


def test_the_serverless_file_folder_holds_attachments() -> None:
    [row] = taken(b"\0\1\2", key="x/2026/03/20/Sabc/file/12-m1.bin").objects
    assert (row.format, row.mime, row.path_hint) == ("attachment", "application/octet-stream", "12-m1.bin")


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "empty-file"), (b"hello\n", "unknown-format"), (b"\0" * 99, "unknown-format"), (b"[1]", "unknown-format")],
)
def test_what_nobody_knows_is_one_quarantined_entry(data: bytes, reason: str) -> None:
    outcome = taken(data)
    assert outcome.reasons == [reason]
    assert [(row.format, row.lines, row.quarantined) for row in outcome.objects] == [("unknown", 1, 1)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"msgtype":1000', "invalid-json"),
        (b'{"msgtype":1000,"a":NaN}', "invalid-json"),
        (b'{"msgtype":1000} trailing', "invalid-json"),
        (b'{"msgtype":1000,"a":1e400}', "number-out-of-range"),
        (b'{"message":"\xff"}', "invalid-utf8"),
        (b'{"message":"\0"}', "nul-bytes"),
        (b"\0\0\0\0", "nul-bytes"),
        (b"[]", "not-an-object"),
        (b"{}", "empty-object"),
        (b'{"message":"no type"}', "missing-type"),
        (b'{"msgtype":null}', "missing-type"),
        (b'{"msgtype":1000,"a":' + b"[" * 5000 + b"]" * 5000 + b"}", "too-deep"),
    ],
)
def test_a_bad_line_is_quarantined_and_the_rest_goes_on(line: bytes, reason: str) -> None:
    outcome = taken(LINE + line + b"\n" + LINE)
    assert [event.line for event in outcome.events] == [1, 3]
    [entry] = outcome.quarantined
    assert (entry.reason, entry.line, entry.size) == (reason, 2, len(line))
    assert entry.raw_sha256 == hashlib.sha256(line).hexdigest()


def test_a_last_line_without_its_end_is_truncated_and_a_whole_one_is_not() -> None:
    assert taken(LINE + LINE[:40]).reasons == ["truncated-line"]
    assert taken(LINE + "ñ".encode().join([LINE[:40], b""])[:-1]).reasons == ["truncated-line"]
    assert len(taken(LINE + LINE[:-1]).events) == 2


def test_bad_lines_only_are_still_lines() -> None:
    assert taken(b'{"msgtype":10\n{"msg_ts":\n').reasons == ["invalid-json", "invalid-json"]


@pytest.mark.parametrize("at", [0, 1])
def test_a_line_of_fifty_megabytes_is_passed_over_in_bounded_memory(at: int) -> None:
    lines = [LINE, LINE]
    lines.insert(at, b'{"message":"' + b"x" * (50 << 20) + b'"}\n')
    data = b"".join(lines)
    zone = OneObject(data)
    zone.get = lambda key, version_id="": Blob(stream=io.BytesIO(data), size=len(data))  # type: ignore[method-assign]
    tracemalloc.start()
    outcome = read(zone, info(), Sources(), "", Limits(memory_bytes=1 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(entry.reason, entry.line, entry.size) for entry in outcome.quarantined] == [
        ("line-too-long", at + 1, (50 << 20) + 14)
    ]
    assert len(outcome.events) == 2
    assert peak < 40 << 20


def test_memory_does_not_grow_with_the_file() -> None:
    class Endless(io.RawIOBase):
        left = 20_000 * len(LINE)
        block = LINE * 6000

        def read(self, size: int = -1) -> bytes:
            start = -self.left % len(LINE)
            data = self.block[start : start + min(size, self.left)]
            self.left -= len(data)
            return data

    zone = OneObject(b"")
    zone.get = lambda key, version_id="": Blob(stream=Endless(), size=0)  # type: ignore[arg-type, method-assign]
    tracemalloc.start()
    count = sum(1 for _ in read_object(zone, info(), Sources()))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 24 << 20


def test_a_missing_object_is_a_storage_error(tmp_path: object) -> None:
    with pytest.raises(StorageError):
        list(read_object(FolderZone(__import__("pathlib").Path(str(tmp_path))), info(""), Sources()))


def flipped(data: bytes, seed: int) -> Iterator[bytes]:
    rng = random.Random(seed)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randrange(8)
        yield bytes(changed)


WICKR = a_line(msgtype=9000, edit={"type": "text", "text": "x"}, time="8/4/23 7:10 PM", ttl="9/3/23 7:10 PM") + b"\n"
IOS = (
    "\u200e[25/2/26, 9:00:01] B: \u200eAna creó el grupo “B”\n[25/2/26, 9:01:02] Ana: \u200e<adjunto: 1.jpg>\n".encode()
)


@pytest.mark.parametrize("data", [WICKR, CHAT, IOS, CHAT.decode().encode("utf-16")])
def test_every_cut_and_every_flip_is_accounted_for(data: bytes) -> None:
    for size in range(len(data)):
        taken(data[:size])
    for changed in flipped(data, 7):
        taken(changed)


def test_a_flipped_byte_costs_at_most_the_lines_it_touches() -> None:
    for changed in flipped(LINE * 3, 11):
        outcome = taken(changed)
        assert len(outcome.events) >= 1
        assert 2 <= len(outcome.entries) <= 4


STARTS = st.sampled_from(
    [b"", LINE, CHAT, IOS, b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b'{\n"msgtype"', b"\xef\xbb\xbf{"]
)


@settings(deadline=None)
@given(STARTS, st.binary(max_size=400), st.sampled_from(["", "America/New_York"]))
def test_any_bytes_are_accounted_for(start: bytes, data: bytes, timezone: str) -> None:
    taken(start + data, timezone=timezone)


@settings(deadline=None)
@given(st.lists(st.sampled_from([LINE, b"{}\n", b"\n", b"x\n", b"[1]\n", a_line(msgtype=7) + b"\r\n"]), max_size=12))
def test_lines_are_the_lines_that_are_not_blank(lines: list[bytes]) -> None:
    outcome = taken(LINE + b"".join(lines))
    assert outcome.objects[0].lines == 1 + sum(bool(line.strip()) for line in lines)
