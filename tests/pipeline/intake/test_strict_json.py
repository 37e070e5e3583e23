from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.strict_json import BadJson, parse_object

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    SCALARS | TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a":NaN}', "invalid-json"),
        (b'{"a":-Infinity}', "invalid-json"),
        (b'{"a":1e999}', "number-out-of-range"),
        (b'{"a":123456789012345678901234567890}', "number-out-of-range"),
        (b'{"a":' + b"9" * 5000 + b"}", "number-out-of-range"),
        (b'{"a":1} x', "invalid-json"),
        (b'{"a":1}{"a":2}', "invalid-json"),
        (b'{"a":1', "invalid-json"),
        (b"{'a':1}", "invalid-json"),
        (b'{"a":"\xff"}', "invalid-utf8"),
        (b'{"a":"\xed\xa0\x80"}', "invalid-utf8"),
        (b'{"a":"\0"}', "nul-bytes"),
        (b"[1,2]", "not-an-object"),
        (b'"text"', "not-an-object"),
        (b"7", "not-an-object"),
        (b"{}", "empty-object"),
        (b" { } ", "empty-object"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "too-deep"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too-deep"),
    ],
)
def test_refused_with_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(BadJson) as refused:
        parse_object(raw, 64)
    assert refused.value.reason == reason


def test_depth_just_within_the_limit_is_read() -> None:
    found, repaired = parse_object(b'{"a":' * 64 + b"1" + b"}" * 64, 64)
    assert list(found) == ["a"] and not repaired


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (rb'{"a":"x\ud83dy"}', {"a": "x\ufffdy"}),
        (rb'{"\ud83d":1}', {"\ufffd": 1}),
        (rb'{"\ud83d":1,"\ud83e":2}', {"\ufffd": 2, "\ufffd#1": 1}),
        (rb'{"a":[{"b":"\ude00"}]}', {"a": [{"b": "\ufffd"}]}),
        (b'{"a":1,"a":2}', {"a": 2, "a#1": 1}),
        (b'{"a":1,"a":2,"a":3}', {"a": 3, "a#1": 1, "a#2": 2}),
        (b'{"a":1,"a#1":5,"a":2}', {"a": 2, "a#1": 5, "a#2": 1}),
        (b'{"a" :1,"a" :2,"b":":x"}', {"a": 2, "a#1": 1, "b": ":x"}),
        (b'{"a"\t:1,"a":2,"b":":x"}', {"a": 2, "a#1": 1, "b": ":x"}),
        (b'{"o":{"key":"1","key":"2"}}', {"o": {"key": "2", "key#1": "1"}}),
    ],
)
def test_repaired_without_losing_a_value(raw: bytes, found: object) -> None:
    assert parse_object(raw, 64) == (found, True)


@pytest.mark.parametrize(
    "raw", [rb'{"a":"\ud83d\ude00"}', b'{"a":":)","b":"say \\"x\\": y"}', b'{"a":18446744073709551615}']
)
def test_sound_objects_are_not_called_repaired(raw: bytes) -> None:
    assert parse_object(raw, 64) == (json.loads(raw), False)


@given(st.dictionaries(TEXTS, VALUES, min_size=1), st.sampled_from([None, 1]), st.booleans())
def test_agrees_with_the_standard_library(document: dict[str, object], indent: int | None, ascii_only: bool) -> None:
    raw = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
    assert parse_object(raw, 64) == (json.loads(raw), False)
