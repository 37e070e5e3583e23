from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake.limits import Limits
from tests.pipeline.intake.intaking import a_line, a_zip, taken

LINE = a_line() + b"\n"
LIMITS = Limits()


def reasons(data: bytes, limits: Limits = LIMITS) -> list[tuple[str, str]]:
    outcome = taken(data, key="a.zip", limits=limits)
    return [(entry.reason, entry.member) for entry in outcome.quarantined]


def test_members_are_read_and_described() -> None:
    outcome = taken(a_zip({"b/one": LINE, "two": LINE * 2}), key="a.zip")
    assert [(event.member, event.line) for event in outcome.events] == [("b/one", 1), ("two", 1), ("two", 2)]
    assert [(row.member, row.format, row.lines) for row in outcome.objects] == [
        ("", "archive", 0),
        ("b/one", "wickr-jsonl", 1),
        ("two", "wickr-jsonl", 2),
    ]
    assert outcome.objects[1].size == len(LINE)


def test_a_thousandfold_bomb_is_refused_and_the_rest_goes_on() -> None:
    assert reasons(a_zip({"bomb": b"0" * (64 << 20), "fine": LINE})) == [("zip-ratio", "bomb")]


def test_many_small_bombs_use_up_the_budget() -> None:
    bomb = b"0" * (3 << 20)
    found = reasons(a_zip({f"{n}": bomb for n in range(10)}))
    assert "zip-ratio" in {reason for reason, _ in found}
    assert len(found) == 10


def test_a_size_that_lies_is_found_while_reading() -> None:
    data = bytearray(a_zip({"liar": LINE * 500, "fine": LINE}))
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 10)
    outcome = taken(bytes(data), key="a.zip")
    assert [(entry.reason, entry.member) for entry in outcome.quarantined] == [("zip-broken", "liar")]
    assert [event.member for event in outcome.events] == ["fine"]


@pytest.mark.parametrize("name", ["../up", "a/../../up", "/etc/up", "C:/up", "c:up", "a\\..\\up", "..", "a/.."])
def test_paths_that_climb_are_refused(name: str) -> None:
    assert reasons(a_zip([(name, LINE), ("fine", LINE)])) == [("zip-path", name)]


def test_a_nul_in_a_name_is_refused() -> None:
    data = a_zip({"aXb": LINE}).replace(b"aXb", b"a\0b")
    assert reasons(data) == [("zip-path", "a\ufffdb")]


def test_links_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert reasons(out.getvalue()) == [("zip-link", "link")]


def test_encrypted_members_are_refused() -> None:
    data = bytearray(a_zip({"locked": LINE, "fine": LINE}))
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    assert reasons(bytes(data)) == [("zip-encrypted", "locked")]


def test_an_unknown_method_is_refused() -> None:
    data = bytearray(a_zip({"odd": LINE, "fine": LINE}))
    struct.pack_into("<H", data, 8, 99)
    struct.pack_into("<H", data, data.find(b"PK\x01\x02") + 10, 99)
    assert reasons(bytes(data)) == [("zip-broken", "odd")]


def test_a_bad_checksum_is_refused() -> None:
    data = bytearray(a_zip({"bad": LINE, "fine": LINE}))
    struct.pack_into("<L", data, data.find(b"PK\x01\x02") + 16, 1)
    assert reasons(bytes(data)) == [("zip-broken", "bad")]


def test_one_name_twice_is_two_members() -> None:
    with pytest.warns(UserWarning):
        data = a_zip([("same", LINE), ("same", LINE)])
    outcome = taken(data, key="a.zip")
    assert [event.member for event in outcome.events] == ["same", "same#2"]


def test_archives_in_archives_up_to_the_depth() -> None:
    data = a_zip({"deep": LINE})
    for level in range(3):
        data = a_zip({f"level{level}.zip": data, "text": LINE})
    outcome = taken(data, key="a.zip")
    assert [event.member for event in outcome.events] == ["level2.zip!/level1.zip!/text", "level2.zip!/text", "text"]
    assert [(q.reason, q.member) for q in outcome.quarantined] == [("zip-depth", "level2.zip!/level1.zip!/level0.zip")]


def test_too_many_members() -> None:
    limits = replace(LIMITS, archive_members=3)
    data = a_zip({str(n): LINE for n in range(5)})
    assert reasons(data, limits) == [("zip-members", "")]
    assert len(taken(data, key="a.zip", limits=limits).events) == 3


def test_a_directory_that_is_too_large_is_not_even_read() -> None:
    limits = replace(LIMITS, archive_members=1)
    assert reasons(a_zip({"n" * 400: LINE}), limits) == [("zip-members", "")]


def test_a_member_larger_than_allowed() -> None:
    limits = replace(LIMITS, member_bytes=len(LINE))
    assert reasons(a_zip({"large": LINE * 2, "fine": LINE}), limits) == [("zip-size", "large")]


def test_documents_that_are_zips_inside_are_attachments() -> None:
    docx = a_zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    mime = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    [row] = taken(docx, key="a.docx").objects
    assert (row.format, row.mime, row.lines) == ("attachment", mime, 0)
    row = taken(a_zip({"report": docx}), key="a.zip").objects[1]
    assert (row.format, row.mime, row.member) == ("attachment", mime, "report")


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, a_zip({"a": LINE})[:-30]])
def test_broken_archives_are_one_entry(data: bytes) -> None:
    outcome = taken(data, key="a.zip")
    expected = [] if data.startswith(b"PK\x05\x06") else ["zip-broken"]
    assert outcome.reasons == expected


SMALL = a_zip({"a": LINE, "b.zip": a_zip({"c": LINE}), "d.jpg": b"\xff\xd8\xff\xe0"})


def test_cut_anywhere_it_never_raises() -> None:
    for size in range(len(SMALL)):
        taken(SMALL[:size], key="a.zip")


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_flipped_anywhere_it_never_raises(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for at, value in changes:
        data[at] = value
    taken(bytes(data), key="a.zip")


def test_a_member_without_a_name_is_refused() -> None:
    data = bytearray(a_zip({"a": LINE}))
    at = data.find(b"PK\x01\x02")
    data[at + 28 : at + 30] = b"\0\0"
    data[at + 46 : at + 47] = b""
    end = data.find(b"PK\x05\x06")
    struct.pack_into("<L", data, end + 12, end - at)
    assert reasons(bytes(data)) == [("zip-path", "")]
