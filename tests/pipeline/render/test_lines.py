"""Lines: nothing lost, nothing wider than its column, labels as boxes, right-to-left text in visual order."""

from __future__ import annotations

import re

import pytest
from bidi import get_base_level, get_display
from hypothesis import given
from hypothesis import strategies as st

from pipeline.render.bidi import levels, visual_order
from pipeline.render.faces import latin_face
from pipeline.render.lines import Setter
from pipeline.render.shaping import clusters, shape
from pipeline.render.typeset import LABEL_SIZE, Label, Line, Style

STYLE = Style("R", 10, 12)
LATIN = st.text(alphabet="abc de-f (x)\\ é€“”…", max_size=300)


def shown(line: Line) -> str:
    """Text of the one-byte strings of a line."""
    strings = re.findall(r"\(((?:\\.|[^\\)])*)\)Tj", line.operators)
    return "".join(re.sub(r"\\(.)", r"\1", string) for string in strings)


@given(LATIN, st.integers(40, 400))
def test_wrapping_keeps_every_character_but_the_space_at_a_break(text: str, width: int) -> None:
    lines = Setter().wrap(text, STYLE, width)
    assert "".join(map(shown, lines)).replace(" ", "") == text.replace(" ", "")


@given(LATIN, st.integers(40, 400))
def test_no_line_is_wider_than_its_column(text: str, width: int) -> None:
    for line in Setter().wrap(text, STYLE, width):
        assert latin_face("R").width(shown(line).rstrip(" ")) * STYLE.size / 1000 <= width


@given(LATIN.filter(lambda text: text.strip(" ")), st.integers(60, 400))
def test_both_ways_to_set_latin_text_agree(text: str, width: int) -> None:
    """With single spaces, which is where the ways may differ by a space at the end of a line."""
    text = " ".join(text.split())
    setter = Setter()
    fast = [shown(line) for line in setter.wrap(text, STYLE, width)]
    slow = [shown(line) for line in setter._runs.wrap([text], STYLE, width)]
    assert slow == fast


def test_a_word_of_100_000_letters_is_cut_at_the_column() -> None:
    lines = Setter().wrap("x" * 100_000, STYLE, 300)
    assert sum(len(shown(line)) for line in lines) == 100_000
    assert len({len(shown(line)) for line in lines[:-1]}) == 1


def test_a_word_of_100_000_letters_in_another_script_is_cut_too() -> None:
    lines = Setter().wrap("ж" * 20_000, STYLE, 300)
    assert sum(sum(len(glyphs) for glyphs in re.findall(r"<([0-9A-F]+)>", line.operators)) for line in lines) == 80_000


def test_a_label_is_boxed_and_kept_whole() -> None:
    label = "[(b)(6); (b)(7)(C) · 1-5 words]"
    lines = Setter().wrap_mixed(["Please call ", Label(label), ", today"], STYLE, 160)
    assert [shown(line) for line in lines] == ["Please call", f"{label}, today"]
    (box,) = lines[1].boxes
    assert box.x == 0
    assert box.width == pytest.approx(latin_face("R").width(label) * STYLE.size * LABEL_SIZE / 1000)


def test_a_label_wider_than_the_column_is_cut_at_its_spaces() -> None:
    label = "[(b)(6); (b)(7)(C); (b)(7)(E); (b)(7)(F) · 6-20 words]"
    lines = Setter().wrap_mixed([Label(label)], STYLE, 90)
    assert "".join(map(shown, lines)) == label
    assert all(len(line.boxes) == 1 for line in lines)


def test_a_label_says_the_same_whatever_stands_around_it() -> None:
    widths = {
        round(box.width, 6)
        for text in ("a ", "a longer text before ", "مرحبا ", "请 ")
        for line in Setter().wrap_mixed([text, Label("[(b)(6)]"), " b"], STYLE, 300)
        for box in line.boxes
    }
    assert len(widths) == 1


def test_a_missing_glyph_is_named() -> None:
    setter = Setter()
    assert [shown(line) for line in setter.wrap("a\ue000b", STYLE, 300)] == ["a‹U+E000›b"]
    assert setter.replaced == 1


def test_characters_that_look_like_operators_stay_text() -> None:
    text = ")Tj ( ]TJ [ >< /R 9 Tf"
    assert shown(Setter().wrap_mixed([text, Label("[(b)(6)]")], STYLE, 400)[0]) == f"{text}[(b)(6)]"


@pytest.mark.parametrize(
    ("text", "face"),
    [
        ("Жук", "GN"),
        ("Ωμέγα", "GN"),
        ("नमस्ते", "GN"),
        ("مرحبا", "GA"),
        ("שלום", "GH"),
        ("中文", "GC"),
        ("かな漢字", "GJ"),
        ("한국어", "GK"),
        ("🚀", "GE"),
    ],
)
def test_faces_are_chosen_by_script(text: str, face: str) -> None:
    (line,) = Setter().wrap(text, STYLE, 300)
    assert {use.face for use in line.uses} == {face}


@pytest.mark.parametrize(
    "text",
    ["é\ufe0f", "e\u093f", "中\u0301", "א\u093f", "🚀\u064b", "ب\u0301\u064e", "1\u20e3", "x\u20e3"],
)
def test_odd_combinations_never_show_an_empty_box(text: str) -> None:
    (line,) = Setter().wrap(text, STYLE, 300)
    assert all(glyph for use in line.uses for glyph, _ in use.glyphs)


def test_han_follows_the_language_around_it() -> None:
    setter = Setter()
    faces = [{use.face for use in setter.wrap(t, STYLE, 300)[0].uses} for t in ("漢字", "漢字です", "漢字 한글")]
    assert faces == [{"GC"}, {"GJ"}, {"GK"}]


@pytest.mark.parametrize("text", ["👩‍💻", "🇺🇸", "👌🏽", "👨‍👩‍👧‍👦"])
def test_joined_emoji_are_one_glyph_that_stands_for_all_of_it(text: str) -> None:
    assert clusters(text) == [text]
    ((_, meaning),) = shape(text, "GE", False).glyphs
    assert meaning == text


def visual(text: str) -> str:
    """Text in visual order, brackets not mirrored."""
    base, level = levels(text)
    order = visual_order(level)
    assert base == get_base_level(text)
    return "".join(text[at] for at in order)


@pytest.mark.parametrize(
    "text",
    ["שלום", "abc שלום def", "שלום (abc) 123", "a (שלום) b", "מחיר 12.50 ש", "א (b [ג] d) ה", "a) ב(", "مرحبا (12) ok"],
)
def test_visual_order_is_that_of_the_reference(text: str) -> None:
    assert visual(text) == get_display(text)


@given(st.text(alphabet="abאבم1 2.,()[]-", max_size=30).map(str.strip).filter(bool))
def test_visual_order_of_any_text_is_that_of_the_reference(text: str) -> None:
    assert visual(text) == get_display(text)


@given(st.text(alphabet="aב1 (.،م", max_size=40))
def test_every_character_has_a_level(text: str) -> None:
    assert len(levels(text)[1]) == len(text)


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=80), st.integers(30, 300))
def test_any_text_can_be_set(text: str, width: int) -> None:
    for line in Setter().wrap(text, STYLE, width):
        line.operators.encode("cp1252")
        assert "\n" not in line.operators
        assert all(glyph for use in line.uses for glyph, _ in use.glyphs)
