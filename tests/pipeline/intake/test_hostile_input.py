"""Input made to hurt: archives that lie about themselves, and texts that make a careless reader slow.

Damage to captures of each format is in `tests/fuzz/`; here is what somebody would build on purpose.
"""

from __future__ import annotations

import binascii
import codecs
import io
import struct
import zipfile
import zlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest

from pipeline.intake.limits import Limits
from tests.fuzz.damage import HOSTILE_TEXTS
from tests.fuzz.harness import DATABASE_READERS, READERS, Violated, hold, read_held, read_straight
from tests.fuzz.seed import Seed
from tests.fuzz.seeds import SEEDS, tokens_of
from tests.pipeline.intake.intaking import Outcome, a_line, a_zip, taken

LINE = a_line() + b"\n"
LIMITS = Limits()
TEXTS = [seed for seed in SEEDS if seed.reader not in DATABASE_READERS]
every_text = pytest.mark.parametrize("seed", TEXTS, ids=lambda seed: seed.id)


def read(data: bytes, limits: Limits = LIMITS) -> Outcome:
    return taken(data, key="a.zip", limits=limits)


def refused(outcome: Outcome) -> list[tuple[str, str]]:
    return [(entry.reason, entry.member) for entry in outcome.quarantined]


# Archives


def one_kernel_many_names(kernel: bytes, count: int) -> bytes:
    """A zip whose directory names the same compressed bytes many times over, so that its size says nothing."""
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeezed.compress(kernel) + squeezed.flush()
    checksum = binascii.crc32(kernel)
    sizes = struct.pack("<LLL", checksum, len(body), len(kernel))
    local = b"PK\3\4" + struct.pack("<HHHHH", 20, 0, 8, 0, 0x21) + sizes + struct.pack("<HH", 1, 0) + b"a"
    entry = b"PK\1\2" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0x21) + sizes
    entry += struct.pack("<HHHHHLL", 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * count
    end = struct.pack("<HHHHLLH", 0, 0, count, count, len(directory), len(local + body), 0)
    return local + body + directory + b"PK\5\6" + end


def test_members_that_share_their_bytes_use_up_the_budget_like_any_others() -> None:
    limits = replace(LIMITS, archive_ratio_floor=1 << 20, archive_ratio=10)
    outcome = read(one_kernel_many_names(LINE * 400, 2000), limits)
    found = Counter(entry.reason for entry in outcome.quarantined)
    assert set(found) <= {"zip-ratio", "zip-broken"} and found.total() > 1000
    assert len(outcome.events) * len(LINE) < 4 << 20


def test_a_zip_of_zips_of_zips_of_bombs_costs_no_more_than_its_limits() -> None:
    data = a_zip({"0": b"0" * (3 << 20)})
    for _ in range(4):
        data = a_zip({f"{number}.zip": data for number in range(12)})
    began = process_time()
    outcome = read(data, replace(LIMITS, archive_depth=4))
    assert process_time() - began < 10
    assert {reason for reason, _ in refused(outcome)} <= {"zip-ratio", "zip-depth", "unknown-format"}
    assert "zip-ratio" in {reason for reason, _ in refused(outcome)}


def test_the_number_of_members_counts_over_all_archives_in_one_object() -> None:
    inner = a_zip({str(number): LINE for number in range(6)})
    outcome = read(a_zip({f"{number}.zip": inner for number in range(6)}), replace(LIMITS, archive_members=20))
    assert len(outcome.events) < 20
    assert ("zip-members", "") in refused(outcome) or any(reason == "zip-members" for reason, _ in refused(outcome))


def test_the_total_size_counts_over_all_members() -> None:
    limits = replace(LIMITS, archive_bytes=len(LINE) * 25, archive_ratio=10_000)
    outcome = read(a_zip({str(number): LINE * 10 for number in range(6)}), limits)
    assert len(outcome.events) == 20
    assert refused(outcome)[0] == ("zip-size", "2")


def test_a_member_that_says_it_is_small_is_not_unpacked_beyond_that() -> None:
    data = bytearray(a_zip({"liar": b"0" * (8 << 20), "fine": LINE}))
    for at, offset in ((data.find(b"PK\1\2"), 24), (0, 22)):
        struct.pack_into("<L", data, at + offset, 100)
    outcome = read(bytes(data))
    assert refused(outcome) == [("zip-broken", "liar")]
    assert [event.member for event in outcome.events] == ["fine"]


def test_a_member_that_says_it_is_huge_is_refused_unopened() -> None:
    data = bytearray(a_zip({"liar": LINE, "fine": LINE}))
    struct.pack_into("<L", data, data.find(b"PK\1\2") + 24, 0xFFFFFFFE)
    assert refused(read(bytes(data), replace(LIMITS, member_bytes=1 << 30))) == [("zip-size", "liar")]


def test_a_directory_that_is_mostly_comments_is_not_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(40):
            info = zipfile.ZipInfo(str(number))
            info.comment = b"c" * 60_000
            archive.writestr(info, LINE)
    assert refused(read(out.getvalue(), replace(LIMITS, archive_members=1000))) == [("zip-members", "")]


def test_a_directory_offset_beyond_the_file_is_a_broken_zip() -> None:
    data = bytearray(a_zip({"a": LINE}))
    struct.pack_into("<LL", data, data.rfind(b"PK\5\6") + 12, 46, 0xFFFFFFF0)
    assert refused(read(bytes(data))) == [("zip-broken", "")]


def test_two_directories_are_one_zip_by_the_last_of_them() -> None:
    first, second = a_zip({"hidden": LINE}), a_zip({"shown": LINE})
    assert [event.member for event in read(first + second).events] == ["shown"]


@pytest.mark.parametrize(
    "name", ["a\u202etxt.exe", "con", "a" * 5000, "\ufeff", "a\r\nb", "~root", "a//b", "./a", "a/./b"]
)
def test_odd_names_are_labels_and_nothing_else(name: str) -> None:
    outcome = read(a_zip([(name, LINE), ("fine", LINE)]))
    hold(outcome.entries)
    assert outcome.events[-1].member == "fine"
    assert len(outcome.entries) == 2


def test_an_encrypted_member_inside_an_inner_archive_is_named_by_its_path() -> None:
    inner = bytearray(a_zip({"locked": LINE}))
    inner[inner.find(b"PK\1\2") + 8] |= 1
    assert refused(read(a_zip({"box/in.zip": bytes(inner)}))) == [("zip-encrypted", "box/in.zip!/locked")]


# Texts


def runaway(seed: Seed, token: bytes, size: int) -> bytes:
    """The start of a real file, and then one token over and over; the harness holds the time."""
    return seed.head + (seed.elements[0] if seed.elements else b"") + token * (size // len(token))


@every_text
def test_one_token_over_and_over_takes_time_in_proportion(seed: Seed) -> None:
    for token in tokens_of(seed):
        hold(read_straight(seed, runaway(seed, token, 64 << 10)).entries)


@pytest.mark.slow
@every_text
def test_much_of_one_token_takes_time_in_proportion(seed: Seed) -> None:
    tokens = tokens_of(seed)
    pairs = [one + other for one in tokens for other in tokens if one != other]
    words = [text.encode() + b" " for text in HOSTILE_TEXTS]
    for size, found in ((512 << 10, tokens), (64 << 10, [*pairs, *words])):
        for token in found:
            try:
                read_straight(seed, runaway(seed, token, size))
            except Violated as problem:
                problem.add_note(repr(token))
                raise


@every_text
def test_the_element_over_and_over_is_as_many_entries(seed: Seed) -> None:
    if len(seed.elements) < 2:
        pytest.skip("a file of this format holds one element")
    data = seed.head + seed.between.join([seed.elements[-1]] * 300) + seed.tail
    found = read_straight(seed, data)
    hold(found.entries)
    assert len({entry.line for entry in found.entries}) == seed.in_head + 300


@every_text
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-8"])
def test_a_byte_order_mark_decides_how_a_text_is_read(seed: Seed, codec: str) -> None:
    try:
        text = seed.data.decode("utf-8")
    except UnicodeDecodeError:
        pytest.skip("the seed is not text")
    if seed.syntax == "mail":
        pytest.skip("mail is bytes: its parts say their own encodings")
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-8": codecs.BOM_UTF8}[codec]
    found = read_held(seed, mark + text.encode(codec))
    plain = read_held(seed, seed.data)
    assert [entry.line for entry in found.entries] == [entry.line for entry in plain.entries]
    assert [event.body for event in found.events] == [event.body for event in plain.events]


@pytest.mark.parametrize("name", sorted(READERS))
def test_no_reader_takes_what_is_nobodys(name: str) -> None:
    for text in (
        b"",
        b"\n",
        b"{}",
        b"[{}]",
        b"<a/>",
        b"hello\n",
        b"a,b\n1,2\n",
        b"\0" * 100,
        b"\xff" * 100,
        b"{" * 65536,
    ):
        assert not READERS[name].sniff(text), text[:20]


@pytest.mark.parametrize("name", sorted(DATABASE_READERS))
def test_no_reader_takes_a_database_without_tables(name: str) -> None:
    assert not DATABASE_READERS[name].knows(frozenset())
    assert not DATABASE_READERS[name].knows(frozenset(("a", "sqlite_sequence")))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.id)
def test_reading_leaves_no_file_behind(seed: Seed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read_held(seed, seed.data)
    assert list(tmp_path.iterdir()) == []
