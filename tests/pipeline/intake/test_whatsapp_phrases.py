from __future__ import annotations

import time
from importlib.resources import files
from typing import Any

import pytest
import yaml

from pipeline.intake.formats.whatsapp_phrases import (
    LONGEST,
    body_phrase,
    export_title,
    named_file,
    notice,
    without_edit_marker,
)

TABLES: dict[str, dict[str, Any]] = yaml.safe_load(
    files("pipeline.intake.formats").joinpath("whatsapp_phrases.yml").read_text("utf-8")
)
FILLED = {
    "{who}": "Ana María",
    "{any}": " some thing",
    "{rest}": ". New messages will disappear after 24 hours",
    "{title}": "“Turno B”",
    "{name}": "a b.pdf",
    "{chat}": "Turno B",
}


def rows(*kinds: str) -> list[tuple[str, str, str]]:
    found = []
    for table in TABLES.values():
        for kind in kinds:
            entries = table.get(kind, [])
            by_subkind = entries if isinstance(entries, dict) else {"": entries}
            found += [(kind, subkind, text) for subkind, texts in by_subkind.items() for text in texts]
    return found


def filled(text: str) -> str:
    for part, value in FILLED.items():
        text = text.replace(part, value)
    return text


@pytest.mark.parametrize(
    ("kind", "subkind", "text"), rows("deleted", "view-once", "pending", "omitted", "call", "poll", "location", "live")
)
def test_every_stand_in_of_the_table_is_known(kind: str, subkind: str, text: str) -> None:
    shouted = filled(text).upper()
    shouted = shouted if shouted.casefold() == filled(text).casefold() else filled(text)
    for said in (filled(text), f"\u200e{shouted}."):
        phrase = body_phrase(said, said)
        assert phrase is not None and (phrase.kind, phrase.subkind) == (kind, subkind)


@pytest.mark.parametrize(("kind", "subkind", "text"), rows("attached", "document"))
def test_every_way_to_name_a_file_is_known(kind: str, subkind: str, text: str) -> None:
    found = named_file("\u200e" + filled(text))
    assert found is not None
    assert (found[0].kind, found[1], found[2]) == (kind, "a b.pdf", "")


@pytest.mark.parametrize(("kind", "subkind", "text"), rows("system"))
def test_every_notice_of_the_table_is_known(kind: str, subkind: str, text: str) -> None:
    found = notice("\u200e" + filled(text))
    assert found is not None
    assert found.phrase.kind == kind
    if subkind == "disappearing-off":
        assert (found.phrase.subkind, found.timer) == ("disappearing-timer", 0)
    else:
        assert found.phrase.subkind == subkind
    assert found.title == ("Turno B" if "{title}" in text else found.title)


@pytest.mark.parametrize(("kind", "subkind", "text"), rows("edited"))
def test_every_edit_marker_is_taken_off(kind: str, subkind: str, text: str) -> None:
    assert without_edit_marker(f"a < b \u200e{text}") == ("a < b", text)


@pytest.mark.parametrize(("kind", "subkind", "text"), rows("export"))
def test_every_export_name_gives_the_title(kind: str, subkind: str, text: str) -> None:
    assert export_title(f"whatsapp/x/{filled(text)}.zip") == "Turno B"
    assert export_title(f"{filled(text)} (2).txt") == "Turno B"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello there",
        "Ana: Ben left",
        "the call",
        "Video call tomorrow",
        "voice call, ok?",
        "GIF",
        "<Media>",
        "x" * 5000,
    ],
)
def test_ordinary_texts_are_none_of_them(text: str) -> None:
    assert notice(text) is None
    assert body_phrase(text, text) is None
    assert named_file(text) is None
    assert without_edit_marker(text) == (text, "")


@pytest.mark.parametrize(
    "piece", [" left", ' to "', " changed the subject from a to ", " added", "<attached: ", " • ", "a"]
)
def test_texts_made_to_be_slow_are_not(piece: str) -> None:
    text = (piece * LONGEST)[:LONGEST]
    start = time.perf_counter()
    for said in (text, "x" + text, text + "\n"):
        notice(said)
        body_phrase(said, said)
        named_file(said)
    assert time.perf_counter() - start < 2
