"""Every sensitive literal of the truth lies where the truth says, and the people are those of the roster."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sample import write_sample
from pipeline.sample.people import ROSTER_COLUMNS, build_cast
from pipeline.sample.personal_data import MAKERS, card, dob, ssn
from pipeline.sample.phrases import Voice, phrase_book

CATEGORIES = {
    "NAME", "EMAIL", "PHONE", "SSN", "A_NUMBER", "CARD", "DOB", "COORDINATES", "PLATE", "PASSPORT", "ADDRESS",
    "CASE_NUMBER", "HANDLE",
}  # fmt: skip
ROLES = {"line_officer", "supervisor", "appointee", "press", "third_party", "source"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    write_sample(str(out), messages=2000, seed=5)
    return out


def rows(archive: Path, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (archive / "truth" / f"{table}.jsonl").read_text("utf-8").splitlines()]


def all_bytes(archive: Path) -> bytes:
    parts = []
    for path in sorted((archive / "captures").rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if data.startswith(b"PK"):
                archive_file = zipfile.ZipFile(io.BytesIO(data))
                parts += [archive_file.read(name) for name in archive_file.namelist()]
                parts += [name.encode() for name in archive_file.namelist()]
            parts += [path.name.encode(), data]
    return b"\0".join(parts)


def test_a_span_of_the_body_is_cut_out_of_the_text(archive: Path) -> None:
    texts = {row["truth_id"]: row for row in rows(archive, "messages")}
    seen = 0
    for span in rows(archive, "spans"):
        if span["place"] not in ("body", "quote", "link") or texts[span["truth_id"]]["kind"] != "message":
            continue
        row = texts[span["truth_id"]]
        spoken = row["versions"][0]["text"] if row["versions"] else row["text"]
        assert spoken[span["start"] : span["end"]] == span["literal"]
        seen += 1
    assert seen > 200


def test_a_span_of_an_edit_is_cut_out_of_that_edit(archive: Path) -> None:
    edits = defaultdict(list)
    for row in rows(archive, "annotations"):
        edits[row["target"] or row["removed_target"]].append(row["value"])
    spans = [span for span in rows(archive, "spans") if span["place"] == "edit"]
    assert spans
    for span in spans:
        assert span["literal"] in {text[span["start"] : span["end"]] for text in edits[span["truth_id"]]}


def test_every_literal_is_in_the_captures(archive: Path) -> None:
    haystack = all_bytes(archive)
    for span in rows(archive, "spans"):
        literal = span["literal"].encode()
        escaped = json.dumps(span["literal"], ensure_ascii=False)[1:-1].encode()
        assert literal in haystack or escaped in haystack, (span["place"], span["category"])
    for secret in rows(archive, "secrets"):
        assert secret["literal"].encode() in haystack


def test_every_category_and_every_place_occurs(archive: Path) -> None:
    spans = rows(archive, "spans")
    assert {span["category"] for span in spans} == CATEGORIES
    assert {span["place"] for span in spans} >= {
        "body", "title", "description", "file_name", "display_name", "edit", "quote", "attachment_text", "link",
        "location",
    }  # fmt: skip


def test_ten_to_fifteen_percent_of_the_chat_is_personal(archive: Path) -> None:
    said = {row["truth_id"] for row in rows(archive, "messages") if row["kind"] == "message"}
    personal = {span["truth_id"] for span in rows(archive, "spans") if span["place"] in ("body", "quote", "link")}
    assert 0.10 <= len(personal & said) / len(said) <= 0.15


def test_every_name_is_of_the_roster_or_a_display_name(archive: Path) -> None:
    with (archive / "roster.csv").open(encoding="utf-8", newline="") as file:
        roster = list(csv.DictReader(file))
    assert list(roster[0]) == list(ROSTER_COLUMNS)
    assert {row["role"] for row in roster} == ROLES
    known = " ".join(f"{row['full_name']} {row['aliases'].replace(';', ' ')}" for row in roster).lower()
    spans = rows(archive, "spans")
    shown = {span["literal"] for span in spans if span["place"] == "display_name"}
    plain = known.translate(str.maketrans("áéíóúñü", "aeiounu"))
    for literal in {span["literal"] for span in spans if span["category"] == "NAME"} - shown:
        for word in literal.replace(",", " ").lower().split():
            assert word in known or word in plain


def test_every_name_says_which_roles_it_can_mean(archive: Path) -> None:
    names = [span for span in rows(archive, "spans") if span["category"] == "NAME"]
    assert all(span["roles"] for span in names)
    assert {role for span in names for role in span["roles"]} == ROLES


def test_the_truth_knows_each_literal_said_in_plain_scenes() -> None:
    rng = random.Random(1)
    cast = build_cast(30, rng)
    names = {word for person in cast for name in (person.full_name, *person.aliases) for word in name.split()}
    book = phrase_book()
    values = [value for pool in book.pools.values() for value in pool]
    voice = Voice(rng, cast)
    for scene in (scene for scenes in book.plain.values() for scene in scenes):
        for _, template in scene:
            text, spans = voice.say(template)
            assert not spans
            values.append(text)
    for value in values:
        assert not names & set(value.replace(",", " ").replace("?", " ").split()), value


@given(st.integers(0, 2**32))
def test_cards_pass_luhn_and_social_security_numbers_are_issuable(seed: int) -> None:
    rng = random.Random(seed)
    digits = [int(c) for c in card(rng).spans[0][1] if c.isdigit()]
    doubled = [d * 2 - 9 if d > 4 else d * 2 for d in digits[-2::-2]]
    assert (sum(doubled) + sum(digits[-1::-2])) % 10 == 0
    number = "".join(c for c in ssn(rng).spans[0][1] if c.isdigit())
    assert len(number) == 9 and number[:3] not in ("000", "666") and number[0] != "9" and number[5:] != "0000"


@given(st.integers(0, 2**32), st.sampled_from(sorted(MAKERS)))
def test_a_made_value_knows_where_its_spans_are(seed: int, slot: str) -> None:
    value = MAKERS[slot](random.Random(seed))
    assert value.spans
    for category, literal, start in value.spans:
        assert category in CATEGORIES
        assert value.text[start : start + len(literal)] == literal


def test_dates_of_birth_are_of_grown_people() -> None:
    values = {dob(random.Random(seed)).text for seed in range(200)}
    assert len(values) > 150


def test_extra_people_have_names_of_their_own() -> None:
    cast = build_cast(500, random.Random(1))
    assert len({person.full_name for person in cast}) == 500
    assert len({person.emails[0] for person in cast}) == 500
    assert len({handle for person in cast for handle in person.handles}) == 500
