from __future__ import annotations

import hashlib
import io
import json
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake import json_elements
from pipeline.intake.json_elements import Broken, Element, split_elements
from pipeline.intake.lines import TooLong

MANY = 1 << 20


def split(text: bytes | str, *arrays: tuple[str, ...], limit: int = MANY, many: bool = False) -> list[Element | Broken]:
    raw = text.encode() if isinstance(text, str) else text
    return list(split_elements(io.BytesIO(raw), arrays or ((),), limit, many=many))


def values(found: list[Element | Broken]) -> list[Any]:
    return [json.loads(one.data) for one in found if isinstance(one, Element) and isinstance(one.data, bytes)]


def broken(found: list[Element | Broken]) -> list[str]:
    assert all(isinstance(one, Element) for one in found[:-1])
    return [one.reason for one in found if isinstance(one, Broken)]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_elements, "CHUNK", 3)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
TEXT = st.booleans(), st.sampled_from([None, 0, 4]), st.sampled_from([1, 2, 7, 1 << 20])


@settings(max_examples=150, deadline=None)
@given(st.lists(JSON, max_size=6), *TEXT)
def test_elements_are_those_of_the_whole_document(items: list[Any], ascii_only: bool, indent: int, chunk: int) -> None:
    text = json.dumps(items, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_elements, "CHUNK", chunk)
        found = split(text)
    assert values(found) == json.loads(text) and broken(found) == []
    assert [one.number for one in found if isinstance(one, Element)] == list(range(1, len(items) + 1))


def _walked(value: Any, path: tuple[str, ...], arrays: tuple[tuple[str, ...], ...]) -> Iterator[Any]:
    """The elements as one finds them in the parsed document."""
    leads = any(len(one) > len(path) and one[: len(path)] == path for one in arrays)
    if isinstance(value, list) and path in arrays:
        yield from value
    elif isinstance(value, dict) and leads:
        for name, item in value.items():
            yield from _walked(item, (*path, name), arrays)
    elif isinstance(value, list) and leads:
        for item in value:
            yield from _walked(item, (*path, "*"), arrays)
    elif path in arrays and value is not None:
        yield value


NAMED = st.recursive(
    st.none() | st.integers() | st.text(alphabet='ab{[,"\\', max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abc"), NAMED) | st.lists(NAMED, max_size=4),
    st.sets(st.lists(st.sampled_from("ab*"), max_size=3).map(tuple), min_size=1, max_size=3),
    st.sampled_from([1, 5, 1 << 20]),
)
def test_arrays_are_found_on_any_path(document: Any, arrays: set[tuple[str, ...]], chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_elements, "CHUNK", chunk)
        found = split(json.dumps(document), *arrays)
    assert values(found) == list(_walked(document, (), tuple(arrays)))
    assert broken(found) in ([], ["no-entries"])


SLACK_LIKE = {
    "name": "general",
    "skip": {"deep": [[["}"]]], "messages": [0]},
    "messages": [{"text": 'a "b" {\n', "n": [1, {"x": "\\"}]}, {"text": "é😀"}, 5, "s", None, []],
    "after": [1],
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("chunk", [1, 1 << 20])
def test_a_document_cut_anywhere_gives_what_came_before(
    indent: int | None, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_elements, "CHUNK", chunk)
    text = json.dumps(SLACK_LIKE, indent=indent).encode()
    whole = split(text, ("messages",))
    assert values(whole) == SLACK_LIKE["messages"] and broken(whole) == []
    for cut in range(len(text)):
        found = split(text[:cut], ("messages",))
        assert found[:-1] == whole[: len(found) - 1]
        last = found[-1]
        assert isinstance(last, Broken) and last.reason == "truncated-document"
        tail = text[cut - last.size : cut]
        assert last.sha256 == hashlib.sha256(tail).hexdigest()


def test_a_cut_element_is_the_broken_part() -> None:
    text = b'[\n{"a": 1},\n {"b": "' + b"x" * 50
    first, last = split(text)
    assert isinstance(first, Element) and isinstance(last, Broken)
    assert (last.line, last.size) == (3, len(b'{"b": "') + 50)


@pytest.mark.usefixtures("small_chunks")
def test_no_flipped_byte_raises() -> None:
    text = json.dumps(SLACK_LIKE, indent=1).encode()
    for place in range(len(text)):
        for mask in (0x01, 0x04, 0x20, 0x80, 0xFF):
            damaged = bytearray(text)
            damaged[place] ^= mask
            found = split(bytes(damaged), ("messages",), limit=40)
            assert found and len(broken(found)) <= 1


def test_too_long_elements_are_passed_over_and_named() -> None:
    long = json.dumps({"a": "x" * 300}).encode()
    deep = b"[" * 40 + b"1" + b"]" * 40
    for limit, chunk in ((20, 8), (20, 1 << 20)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_elements, "CHUNK", chunk)
            found = split(b'[{"a":1},' + long + b"," + deep + b',"' + b"y" * 99 + b'",{"b":2}]', limit=limit)
        assert values(found) == [{"a": 1}, {"b": 2}]
        assert [one.data for one in found[1:4] if isinstance(one, Element)] == [
            TooLong(len(raw), hashlib.sha256(raw).hexdigest()) for raw in (long, deep, b'"' + b"y" * 99 + b'"')
        ]


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("", ["truncated-document"]),
        (" \n ", ["truncated-document"]),
        ("[] \r\n", []),
        ("\ufeff [ ]", []),
        ("\ufeff", ["truncated-document"]),
        ("[1] x", ["trailing-data"]),
        ("[1][2]", ["trailing-data"]),
        ("[1] \0", ["trailing-data"]),
        ("[1,]", ["invalid-json"]),
        ("[,1]", ["invalid-json"]),
        ("[1 2]", ["invalid-json"]),
        ("[1}", ["invalid-json"]),
        ("]", ["invalid-json"]),
        ('{"value" 1}', ["invalid-json"]),
        ('{"value":}', ["invalid-json"]),
        ("{value:[1]}", ["invalid-json"]),
        ('{"value":[1],}', ["invalid-json"]),
        ('{"value":[1],"@odata.nextLink":"x"}', []),
        ('{"values":[1]}', ["no-entries"]),
        ('{"value":null}', []),
        ('{"*":1}', ["no-entries"]),
        ("{}", ["no-entries"]),
    ],
)
def test_what_is_no_document_is_named(text: str, reasons: list[str]) -> None:
    assert broken(split(text, (), ("value",))) == reasons


def test_what_is_bad_inside_an_element_is_left_to_its_parser() -> None:
    found = split('[{"a":NaN}, {"a" 1}, {"a":1]}, \x01, nul, {"b":2}]'.replace("]}", "]"))
    assert [one.data for one in found if isinstance(one, Element)] == [
        b'{"a":NaN}',
        b'{"a" 1}',
        b'{"a":1]',
        b"\x01",
        b"nul",
        b'{"b":2}',
    ]


def test_an_object_at_a_path_is_one_element() -> None:
    document = {"owner": {"id": 1}, "chats": {"list": [{"id": 7, "messages": [1]}, {"id": 8, "messages": {"n": 2}}]}}
    found = split(json.dumps(document), ("owner",), ("chats", "list", "*", "messages"))
    assert [(one.array, one.data) for one in found if isinstance(one, Element)] == [
        (("owner",), b'{"id": 1}'),
        (("chats", "list", "*", "messages"), b"1"),
        (("chats", "list", "*", "messages"), b'{"n": 2}'),
    ]


def test_scalars_of_the_enclosing_objects_come_along() -> None:
    document = {
        "about": "all",
        "big": "x" * 70_000,
        "chats": {
            "n": 12345678901234567890,
            "list": [
                {"name": 'a "1"', "type": None, "ok": True, "messages": [{}], "late": 1},
                {"id": 2, "messages": [{}, {}]},
            ],
        },
    }
    found = split(json.dumps(document), ("chats", "list", "*", "messages"))
    outer = {"about": "all", "chats.n": 12345678901234567890}
    assert [one.around for one in found if isinstance(one, Element)] == [
        {**outer, "chats.list.name": 'a "1"', "chats.list.ok": True},
        {**outer, "chats.list.id": 2},
        {**outer, "chats.list.id": 2},
    ]


def test_lines_are_those_of_the_text() -> None:
    text = '\ufeff{\r\n"value": [\r\n{"a":\r\n1}, {},\n\n{}\n]}'
    for chunk in (1, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_elements, "CHUNK", chunk)
            found = split(text, ("value",))
        assert [one.line for one in found] == [3, 4, 6]


def test_several_documents_when_they_are_expected() -> None:
    text = '{"value":[1]}\n{"value":[2,3]}\n[4]\n{"x'
    found = split(text, (), ("value",), many=True)
    assert values(found) == [1, 2, 3, 4] and broken(found) == ["truncated-document"]
    assert [one.number for one in found if isinstance(one, Element)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "text",
    [
        b"[" * (1 << 16),
        b'{"value":' * (1 << 17),
        b'["' + b"\\" * (1 << 16),
        b'["' + b'\\"' * (1 << 19),
        b'[{"":' * (1 << 16),
        b"[" + b'"",' * (1 << 17),
        b'{"value":[' + b'{"a":[{"b":[' * (1 << 16),
        b"[" + b" " * (1 << 20) + b"1",
        b"[" + b"1" * (1 << 16),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_text_takes_linear_time_and_little_memory(text: bytes) -> None:
    started = time.process_time()
    found = sum(1 for _ in split_elements(io.BytesIO(text), [(), ("value",)], 1 << 16))
    assert found and time.process_time() - started < 8


class Endless:
    """A document of many small elements that never lies in memory as a whole."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.start = b"["

    def read(self, size: int) -> bytes:
        if self.left <= 0:
            return b""
        self.left -= size
        part, self.start = self.start + (b'{"a":"' + b"x" * 1014 + b'"},') * (size // 1023), b""
        return part


def test_memory_does_not_grow_with_the_document() -> None:
    tracemalloc.start()
    try:
        count = sum(1 for _ in split_elements(Endless(24 << 20), [()], 2000))  # type: ignore[arg-type]
        assert count > 20_000
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_of_many_documents_one_without_the_arrays_is_named_and_the_next_is_read() -> None:
    text = b'{"value":[{"a":1}]}\n{"error":{"code":1}}\n"odd"\n{"value":[{"a":2}]}'
    found = list(split_elements(io.BytesIO(text), [("value",)], 100, many=True))
    assert [one.reason if isinstance(one, Broken) else one.number for one in found] == [
        1,
        "no-entries",
        "no-entries",
        4,
    ]
    assert [(one.line, one.size) for one in found if isinstance(one, Broken)] == [(2, 20), (3, 5)]
