from __future__ import annotations

import hashlib
import io

from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.lines import Line, TooLong, split_lines
from pipeline.storage import CHUNK


def split(data: bytes, limit: int = 1000) -> list[Line]:
    return list(split_lines(io.BytesIO(data), limit))


def test_newline_only_splits_and_carriage_returns_at_ends_go() -> None:
    assert split(b"a\r\nb\rc\x0bd\xe2\x80\xa8e\n\nf") == [
        (1, b"a", True),
        (2, b"b\rc\x0bd\xe2\x80\xa8e", True),
        (3, b"", True),
        (4, b"f", False),
    ]


def test_byte_order_mark_goes_at_the_start_only() -> None:
    assert split(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n") == [(1, b"a", True), (2, b"\xef\xbb\xbfb", True)]


def test_a_long_line_is_named_and_the_next_is_read() -> None:
    long = b"x" * (3 * CHUNK + 17)
    assert split(b"a\n" + long + b"\nb\n", limit=CHUNK)[1:] == [
        (2, TooLong(len(long), hashlib.sha256(long).hexdigest()), True),
        (3, b"b", True),
    ]


def test_the_limit_itself_is_allowed() -> None:
    assert split(b"xxxx\nxxxxx\n", limit=4) == [
        (1, b"xxxx", True),
        (2, TooLong(5, hashlib.sha256(b"xxxxx").hexdigest()), True),
    ]


@given(st.lists(st.binary(max_size=30).map(lambda part: part.replace(b"\n", b"").rstrip(b"\r")), max_size=20))
def test_lines_come_back_as_they_went_in(parts: list[bytes]) -> None:
    data = b"".join(part + b"\n" for part in parts)
    if data.startswith(b"\xef\xbb\xbf"):
        return
    assert [line.data for line in split(data)] == parts
