from __future__ import annotations

import pytest

from pipeline.intake.formats import FORMATS, smarsh
from pipeline.model import EventKind
from tests.pipeline.intake.intaking import Outcome, a_line, a_zip, attributes, taken
from tests.pipeline.intake.mailing import a_mail, hold_under_damage

MANIFEST = "202603250000-TeleMessage_1.mf"


def delivery(manifest: str, *, folder: str = "", **files: bytes) -> Outcome:
    members = {f"{folder}{name.replace('_', '.')}": data for name, data in files.items()}
    return taken(
        a_zip({**members, folder + MANIFEST: manifest.encode()}), key="202603250000-TeleMessage_1_20260326.zip"
    )


def told(outcome: Outcome) -> list[tuple[str, int, str]]:
    return [(entry.reason, entry.line, entry.detail) for entry in outcome.quarantined if entry.member.endswith(".mf")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("folder", ["", "deep/er/"])
def test_a_manifest_that_agrees(end: str, folder: str) -> None:
    outcome = delivery(end.join(["Count: 2", "a.eml", "b.eml", ""]), folder=folder, a_eml=a_mail(), b_eml=a_mail())
    listed = [event for event in outcome.events if event.event_kind is EventKind.DIRECTORY]
    assert [(event.subkind, event.vendor_id, event.line) for event in listed] == [
        ("manifest", "a.eml", 2),
        ("manifest", "b.eml", 3),
    ]
    assert outcome.quarantined == []
    assert [event.format for event in outcome.events] == ["eml", "eml", "smarsh-manifest", "smarsh-manifest"] or folder


def test_contradictions_are_named() -> None:
    outcome = delivery("Count: 3\na.eml\ngone.eml\n", a_eml=a_mail(), b_eml=a_mail(), c_eml=b"")
    assert told(outcome) == [
        ("manifest-file-missing", 3, ""),
        ("manifest-file-unlisted", 1, "b.eml"),
        ("manifest-file-unlisted", 1, "c.eml"),
        ("manifest-empty-file", 1, "c.eml"),
    ]
    assert ("manifest-count-differs", 1, "states 9, holds 1") in told(delivery("Count: 9\na.eml\n", a_eml=a_mail()))


def test_attachments_count_only_when_the_manifest_lists_attachments() -> None:
    files = {"a_eml": a_mail(), "p_png": b"\x89PNG\r\n\x1a\n"}
    assert told(delivery("Count: 1\na.eml\n", **files)) == []
    assert told(delivery("Count: 1\na.eml\np.png\n", **files)) == []
    more = {**files, "q_png": b"\x89PNG\r\n\x1a\n"}
    assert told(delivery("Count: 1\na.eml\np.png\n", **more)) == [("manifest-file-unlisted", 1, "q.png")]


@pytest.mark.parametrize(
    "manifest",
    [
        "Count: 1\nFile: a.eml\n",
        "Created: 2026-03-25T00:00:00Z\nCount: 1\na.eml;123;d41d8cd9\n",
        "a.eml\t12\nCount: 1",
        'Count:1\n"a.eml"\n',
        "\ufeffCount = 1\n./a.eml\n",
        "Count: 1\nattachments\\a.eml\n",
    ],
)
def test_forms_of_a_manifest(manifest: str) -> None:
    outcome = delivery(manifest, a_eml=a_mail())
    assert told(outcome) == [] and [event.vendor_id for event in outcome.events][1:] == ["a.eml"]


def test_what_else_a_manifest_says_is_kept() -> None:
    outcome = delivery("Count: 1\nZone: UTC\na.eml, 77\n", a_eml=a_mail())
    assert attributes(outcome.events[1]) == {"line": "a.eml, 77", "manifest": {"Zone": "UTC"}}


def test_sniff() -> None:
    assert [reader.NAME for reader in FORMATS if reader.sniff(b"Count: 2\r\na.eml\r\nb.eml\r\n")] == ["smarsh-manifest"]
    for head in (
        b"Count: many\na.eml\n",
        b"a.eml\nb.eml\n",
        b"Count: 2\nsome prose without a file\n",
        a_mail(),
        a_line(),
    ):
        assert not smarsh.sniff(head)


def test_any_damage_leaves_an_outcome() -> None:
    hold_under_damage(smarsh, b"Count: 2\r\nZone: UTC\r\na.eml;7\r\nFile: b.eml\r\n\r\n")
