"""Folded views: the plain spelling is read, and places lead back to the original's code points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.redact.folding import fold, view_of, views_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("plain", "plain"),
        ("José Ñandú", "Jose Nandu"),
        ("Jose\u0301", "Jose"),
        ("１２３", "123"),
        ("٤٥٦", "456"),
        ("a\u200bb\u2060c", "abc"),
        ("a\u00a0b\u202fc\u3000d", "a b c d"),
        ("1\u20132\u20143\u22124\u20115", "1-2-3-4-5"),
        ("’‘“”", "''\"\""),
        ("straße Łódź", "strasse Lodz"),
        ("5\ufe0f\u20e3", "5"),
        ("①ﬁ", "1fi"),
        ("31º", "31°"),
        ("x\ud800y", "x\ufffdy"),
    ],
)
def test_a_text_is_read_in_its_plain_spelling(text, folded):
    assert view_of(text).text == folded


@pytest.mark.parametrize(
    ("text", "word", "original"),
    [
        ("😀 José\u0301 x", "Jose", "José\u0301"),
        ("a\u200bb1\u200b23 z", "123", "1\u200b23"),
        ("𝟏𝟐𝟑 four", "123", "𝟏𝟐𝟑"),
        ("👨‍👩‍👧 ok", "ok", "ok"),
        ("große", "ss", "ß"),
        ("grüße", "s", "ß"),
        ("ends Jose\u0301", "Jose", "Jose\u0301"),
    ],
)
def test_a_place_in_the_view_leads_back_to_the_original(text, word, original):
    view = view_of(text)
    at = view.text.index(word)
    start, end = view.span(at, at + len(word))
    assert text[start:end] == original


def test_a_hidden_character_is_read_as_nothing_and_as_a_space():
    assert [v.text for v in views_of("ma\u200bria")] == ["maria", "ma ria"]


def test_percent_encoding_is_read_decoded_too():
    decoded = views_of("mar%C3%ADa%20x")[-1]
    assert decoded.text == "maria x"
    assert decoded.span(0, 5) == (0, len("mar%C3%ADa"))


def test_broken_percent_encoding_is_no_error():
    assert views_of("%FF%C3 100% %zz")[-1].text.endswith("100% %zz")


@given(st.text())
def test_every_place_of_a_view_is_a_place_of_the_text(text):
    for view in views_of(text):
        for at in range(len(view.text)):
            start, end = view.span(at, at + 1)
            assert 0 <= start < end <= len(text)
        view.text.encode()


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert view_of(view_of(text).text).text == view_of(text).text or not fold(text).isascii()
