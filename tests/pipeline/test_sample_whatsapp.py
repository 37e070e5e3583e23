"""Two phones export the same chat, each in its own language, zone and address book."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.sample import write_sample

ANDROID = re.compile(r"^\d{1,2}/\d{1,2}/\d\d, \d{1,2}:\d\d\u202f[AP]M - ")
IPHONE = re.compile(r"^\u200e?\[\d{1,2}/\d{1,2}/\d\d, \d{1,2}:\d\d:\d\d\] ")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    write_sample(str(out), messages=2000, seed=11)
    return out


def messages(archive: Path) -> list[dict[str, Any]]:
    lines = (archive / "truth/messages.jsonl").read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["platform"] == "whatsapp"]


def group_texts(archive: Path) -> tuple[str, str]:
    folder = archive / "captures/whatsapp"
    android = next((folder / "mreyes").glob("*Turno B*.txt")).read_text("utf-8")
    iphone = zipfile.ZipFile(next((folder / "ldominguez").glob("*Turno B*.zip"))).read("_chat.txt").decode()
    return android, iphone


def heads(text: str, pattern: re.Pattern[str]) -> list[str]:
    return [line for line in text.split("\n") if pattern.match(line)]


def test_each_phone_writes_its_own_grammar(archive: Path) -> None:
    android, iphone = group_texts(archive)
    assert len(heads(android, ANDROID)) > 80 and not heads(android, IPHONE)
    assert len(heads(iphone, IPHONE)) > 80 and not heads(iphone, ANDROID)


def test_each_phone_lacks_a_few_messages_of_the_other(archive: Path) -> None:
    lacking = {row["lacked_by"] for row in messages(archive) if "lacked_by" in row}
    assert len(lacking) == 2
    for row in messages(archive):
        if "lacked_by" in row:
            assert [row["lacked_by"]] != [place["object"] for place in row["sightings"]]
            assert len(row["sightings"]) == 1


def test_a_message_deleted_on_one_phone_is_still_read_on_the_other(archive: Path) -> None:
    android, iphone = group_texts(archive)
    row = next(row for row in messages(archive) if row["text"] == "on my way" and row["deleted"])
    lines = [
        text.split("\n")[place["line"] - 1] for text, place in zip((android, iphone), row["sightings"], strict=True)
    ]
    assert lines[0].endswith("This message was deleted")
    assert lines[1].endswith(": on my way")


def test_the_same_word_twice_in_one_minute_is_two_messages(archive: Path) -> None:
    rows = [row for row in messages(archive) if row["text"] == "ok" and row["conversation"] == "whatsapp-group-1"]
    first, second = rows[:2]
    assert first["sender"] == second["sender"]
    assert 0 < second["sent_utc"] - first["sent_utc"] < 60_000_000
    assert len(first["sightings"]) == len(second["sightings"]) == 2


def test_entries_are_in_time_order_on_each_phone(archive: Path) -> None:
    by_object: dict[str, list[tuple[int, int]]] = {}
    for row in messages(archive):
        for place in row["sightings"]:
            by_object.setdefault(place["object"], []).append((place["line"], row["sent_utc"]))
    for places in by_object.values():
        times = [ts for _, ts in sorted(places)]
        assert times == sorted(times)


@pytest.mark.parametrize(
    ("android", "iphone"),
    [
        ("(file attached)", "<adjunto: "),
        ("<Media omitted>", "imagen omitida"),
        ("<This message was edited>", "<Se editó este mensaje.>"),
        ("You deleted this message", "Se eliminó este mensaje."),
        ("Missed voice call", "Llamada de voz perdida"),
        ("turned on disappearing messages", "activó los mensajes temporales"),
        ("POLL:\n", "ENCUESTA:\n"),
        ("Messages and calls are end-to-end encrypted", "cifrados de extremo a extremo"),
        ("location: https://maps.google.com/?q=", "Ubicación: https://maps.google.com/?q="),
    ],
)
def test_both_languages_have_their_markers(android: str, iphone: str, archive: Path) -> None:
    texts = group_texts(archive)
    assert android in texts[0]
    assert iphone in texts[1]


def test_media_of_the_zip_are_those_the_chat_names(archive: Path) -> None:
    _, text = group_texts(archive)
    path = next((archive / "captures/whatsapp/ldominguez").glob("*Turno B*.zip"))
    media = set(zipfile.ZipFile(path).namelist()) - {"_chat.txt"}
    assert media == set(re.findall(r"<adjunto: (.+?)>", text))
    assert media


def test_the_owner_has_another_name_on_the_other_phone(archive: Path) -> None:
    android, iphone = group_texts(archive)
    assert " - Marco R.: " in android and "Marco R.:" not in iphone
    assert " Luis D.: " in iphone and "Luis D.:" not in android
