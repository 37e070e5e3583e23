"""What may not reach a page as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.render.legible import MAX_MARKS, legible


@pytest.mark.parametrize(
    ("text", "shown", "changed"),
    [
        ("plain – text", "plain – text", 0),
        ("a\x00b", "a‹U+0000›b", 1),
        ("\x1b[31m", "‹U+001B›[31m", 1),
        ("x\ud83dy", "x‹U+D83D›y", 1),
        ("\u202egnp.exe", "‹U+202E›gnp.exe", 1),
        ("\u2068Name\u2069", "Name", 2),
        ("\u200b" * 500 + "a\u200b", "a", 501),
        ("a\u200db", "ab", 1),
        ("\ufeffstart", "start", 1),
        ("soft\u00adhyphen", "softhyphen", 1),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive", 0),
        ("a\tb", "a    b", 0),
        ("👩\u200d💻", "👩\u200d💻", 0),
        ("نمی\u200cدانم", "نمی\u200cدانم", 0),
        ("z" + "\u0301" * 50, "z" + "\u0301" * MAX_MARKS, 42),
        ("hidden\U000e0041\U000e0042", "hidden", 2),
        ("\ufffc", "‹U+FFFC›", 1),
    ],
)
def test_what_cannot_be_shown_is_named_or_dropped_and_counted(text: str, shown: str, changed: int) -> None:
    assert legible(text) == (shown, changed)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_result_can_be_encoded_and_needs_no_second_pass(text: str) -> None:
    shown, _ = legible(text)
    shown.encode("utf-8")
    assert legible(shown) == (shown, 0)
    assert not {"\x00", "\u202e", "\u2066", "\r", "\ufffc"} & set(shown)
