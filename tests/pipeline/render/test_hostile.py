"""Hostile records: rendered safely, and what is left to right can be read back word by word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.render import render_payload
from pipeline.render.released import flatten
from tests.pipeline.render.builders import JOB, a_record, deletion, numbered, person, text, write_part
from tests.pipeline.render.reading import has_run, json_lines, pdf_pages, words

WORDS = st.lists(
    st.text(alphabet="abcxyz-'.,:;!?()[]{}<>/\\\"&%#@0123456789éñüßøçЖщλπěř", min_size=1, max_size=30), max_size=120
)


def body_words(folder: Path, said: str) -> list[str]:
    part = write_part(folder / "part.jsonl", numbered([a_record(body=text(said)), a_record(body=text("After."))]))
    render_payload([part], [], JOB, folder / "out")
    return words(pdf_pages(folder / "out/data/pdf/volume-0001.pdf"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS)
def test_left_to_right_text_is_read_back_word_by_word(tmp_path: Path, wanted: list[str]) -> None:
    assert has_run(body_words(tmp_path, " ".join(wanted)), wanted)


def test_a_message_of_10_000_lines_is_all_there(tmp_path: Path) -> None:
    wanted = [f"line{n}" for n in range(10_000)]
    found = body_words(tmp_path, "\n".join(wanted))
    assert [word for word in found if word.startswith("line")] == wanted
    (record, _) = json_lines(tmp_path / "out/data/records.jsonl")
    assert record["bates"]["begin"] == "BIW-000002"
    assert int(record["bates"]["end"].removeprefix("BIW-")) > 180


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a\x00b", "a‹U+0000›b"),
        ("\u202eevil", "‹U+202E›evil"),
        ("\u200b" * 100_000 + "end", "end"),
        ("\ue000", "‹U+E000›"),
        ("\U000f0000", "‹U+F0000›"),
    ],
)
def test_what_cannot_be_shown_is_named_on_the_page(tmp_path: Path, said: str, shown: str) -> None:
    assert shown in body_words(tmp_path, said)
    record, _ = json_lines(tmp_path / "out/data/records.jsonl")
    assert flatten(record["body"]) == said


def test_5_000_participants_are_listed(tmp_path: Path) -> None:
    people = [person(f"P{n}", f"Name{n}") for n in range(1, 5001)]
    part = write_part(tmp_path / "part.jsonl", [a_record(recipients=people, read_by=people[:600])])
    render_payload([part], [], JOB, tmp_path / "out")
    found = words(pdf_pages(tmp_path / "out/data/pdf/volume-0001.pdf"))
    assert {f"Name{n}" for n in range(1, 5001)} <= set(found)


def test_everything_redacted_and_long_titles_do_not_break_the_page(tmp_path: Path) -> None:
    everything = deletion(1, "(b)(1)", "(b)(3)", "(b)(5)", "(b)(6)", "(b)(7)(A)", "(b)(7)(C)", "(b)(7)(E)", "(b)(7)(F)")
    record = a_record(
        conversation={"kind": "room", "title": text("很长的标题 " * 200, everything | {"index_no": 2})},
        sender=person("P1", everything),
        body=text(everything | {"index_no": 3, "amount": "whole"}),
    )
    report = render_payload([write_part(tmp_path / "part.jsonl", [record])], [], JOB, tmp_path / "out")
    assert sum(report.redactions.values()) == 3
    label = "[(b)(1); (b)(3); (b)(5); (b)(6); (b)(7)(A); (b)(7)(C); (b)(7)(E); (b)(7)(F) · whole]"
    assert has_run(words(pdf_pages(tmp_path / "out/data/pdf/volume-0001.pdf")), label.split())
