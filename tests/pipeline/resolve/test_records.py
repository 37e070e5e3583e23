"""One record per real message, whatever captured it and in whatever order."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import Attachment, CaptureObject, Event, Quarantined
from tests.pipeline.resolve.resolving import NOON, SECOND, an_event, control, resolved


def test_the_same_message_in_two_layouts_is_one_record_with_two_sightings() -> None:
    counts, records, _ = resolved(
        [an_event(), an_event(object_key="drs/2026/a.json", format="wickr-serverless", custodian="network")]
    )
    assert (counts.messages, counts.records, counts.folded) == (2, 1, 1)
    assert [sighting["rule"] for sighting in records[0]["sightings"]] == ["founder", "vendor-id"]


def test_the_same_words_under_two_ids_are_two_records() -> None:
    counts, _, _ = resolved([an_event(body="ok"), an_event(body="ok", vendor_id="m2", line=2)])
    assert (counts.records, counts.folded) == (2, 0)


def test_one_id_used_for_two_kinds_is_two_things() -> None:
    counts, records, _ = resolved(
        [
            an_event(event_kind="recall", vendor_id="x", target_id="m9", body=None),
            an_event(event_kind="system", subkind="pinned", vendor_id="x", body=None, line=2),
        ]
    )
    assert (counts.records, counts.annotations) == (1, 1)
    assert records[0]["kind"] == "system"


def test_an_entry_without_an_id_folds_only_with_its_exact_copy() -> None:
    first = an_event(vendor_id="")
    counts, records, _ = resolved(
        [first, an_event(vendor_id="", line=9), an_event(vendor_id="", line=10, ts_utc=NOON + 1)]
    )
    assert (counts.records, counts.folded) == (2, 1)
    assert records[0]["sightings"][1]["rule"] == "exact-copy"


def test_copies_that_differ_are_a_conflict_that_keeps_both_texts() -> None:
    _, records, _ = resolved(
        [an_event(body="leave at nine"), an_event(body="leave at ten", object_key="bot/2", line=5)]
    )
    assert records[0]["conflicts"] == ["body"]
    texts = {records[0]["body"], *(version["body"] for version in records[0]["versions"])}
    assert texts == {"leave at nine", "leave at ten"}


def test_an_edit_makes_a_version_and_the_last_text_is_the_body() -> None:
    edit = an_event(
        event_kind="edit", subkind="edit", vendor_id="e1", target_id="m1", body="at ten", line=2, ts_utc=NOON + 9
    )
    _, records, _ = resolved([edit, an_event(body="at nine")])
    assert records[0]["body"] == "at ten"
    assert [(v["change"], v["body"]) for v in records[0]["versions"]] == [("original", "at nine"), ("edit", "at ten")]
    assert records[0]["flags"] == ["edited"]


def test_an_edit_that_repeats_the_text_or_its_link_is_a_preview() -> None:
    preview = an_event(
        event_kind="edit", subkind="edit", vendor_id="e1", target_id="m1", body="https://x.example/a", line=2
    )
    _, records, _ = resolved([an_event(body="see https://x.example/a"), preview])
    assert records[0]["body"] == "see https://x.example/a"
    assert records[0]["versions"][-1]["change"] == "link-preview"


def test_an_orphan_edit_stands_in_for_its_message_and_is_a_finding() -> None:
    events = [
        an_event(event_kind="edit", vendor_id="e1", target_id="gone", body="first", ts_utc=NOON),
        an_event(event_kind="edit", vendor_id="e1", target_id="gone", body="first", ts_utc=NOON, object_key="bot/2"),
        an_event(event_kind="edit", vendor_id="e2", target_id="gone", body="second", ts_utc=NOON + 1, line=2),
    ]
    counts, records, findings = resolved(events)
    assert (counts.messages, counts.records, counts.folded, counts.annotations) == (2, 1, 1, 1)
    assert records[0]["body"] == "second"
    assert "original-missing" in records[0]["flags"]
    assert [f["rule"] for f in findings] == ["target-never-captured"]
    assert findings[0]["record_id"] == records[0]["record_id"]


def test_a_stand_in_keeps_its_record_id_when_the_message_turns_up() -> None:
    edit = an_event(event_kind="edit", vendor_id="e1", target_id="m1", body="late", line=2, ts_utc=NOON + 5)
    _, before, _ = resolved([edit])
    _, after, findings = resolved([edit, an_event()])
    assert before[0]["record_id"] == after[0]["record_id"]
    assert before[0]["digest"] != after[0]["digest"]
    assert findings == []


def test_reactions_and_recalls_attach_and_their_copies_count_once() -> None:
    reaction = an_event(event_kind="reaction", vendor_id="x1", target_id="m1", body="👍", sender_id="bo", line=2)
    recall = an_event(event_kind="recall", vendor_id="x2", target_id="m1", body=None, line=3)
    _, records, _ = resolved([reaction, replace(reaction, event_id="copy", object_key="z"), recall, an_event()])
    assert [r["value"] for r in records[0]["reactions"]] == ["👍"]
    assert [d["scope"] for d in records[0]["deletions"]] == ["everyone"]
    assert records[0]["body"] == "on my way"


@pytest.mark.parametrize("kind", ["reaction", "recall", "delete"])
def test_an_annotation_of_a_message_never_captured_is_a_finding(kind: str) -> None:
    counts, records, findings = resolved([an_event(event_kind=kind, vendor_id="x", target_id="gone", body=None)])
    assert (counts.records, records) == (0, [])
    assert [(f["rule"], f["basis"]) for f in findings] == [("target-never-captured", "proved")]


def test_a_receipt_finds_its_message_by_conversation_and_time() -> None:
    receipt = an_event(
        event_kind="read_receipt",
        vendor_id="x",
        body=None,
        sender_id="bo@agency.example",
        attributes='{"readreceipt":{"message_timestamp_secs":"1790000000","message_timestamp_usecs":"7"}}',
        line=2,
    )
    _, records, findings = resolved([an_event(ts_utc=NOON + 7), receipt])
    assert records[0]["read_by"] == ["bo@agency.example"]
    assert findings == []


def test_recipients_are_the_members_of_the_room_at_that_time() -> None:
    events = [
        an_event(event_kind="room_settings", subkind="room-created", vendor_id="c1", body=None,
                 attributes=control(members=["ana@agency.example", "bo", "cy"])),
        an_event(vendor_id="m1", ts_utc=NOON + SECOND, line=2),
        an_event(event_kind="membership", subkind="members-changed", vendor_id="c2", body=None, line=3,
                 ts_utc=NOON + 2 * SECOND, attributes=control(addedusers=["di"], deletedusers=["bo"])),
        an_event(vendor_id="m2", ts_utc=NOON + 3 * SECOND, line=4),
        an_event(event_kind="membership", subkind="left", vendor_id="c3", sender_id="cy", body=None, line=5,
                 ts_utc=NOON + 4 * SECOND),
        an_event(vendor_id="m3", ts_utc=NOON + 5 * SECOND, line=6),
    ]  # fmt: skip
    _, records, _ = resolved(events)
    assert [r["recipients"] for r in records if r["kind"] == "message"] == [["bo", "cy"], ["cy", "di"], ["di"]]


def test_members_are_unknown_until_the_first_full_list() -> None:
    joined = an_event(event_kind="membership", subkind="members-changed", vendor_id="c2", body=None, line=3,
                      ts_utc=NOON - SECOND, attributes=control(addedusers=["di"]))  # fmt: skip
    _, records, _ = resolved([joined, an_event()])
    assert records[-1]["recipients"] == []


def test_a_file_finds_its_bytes_by_the_recorded_path() -> None:
    event = an_event(
        event_kind="file", body=None, attachments=(Attachment(name="a b.jpg", path="/opt/x/attachment_1_a b.jpg"),)
    )
    stored = CaptureObject(
        object_key="bot/77", version_id="v", sha256="ab" * 32, size=3, modified_utc=0, format="attachment",
        lines=0, events=0, quarantined=0, path_hint="files/attachment_1_a b.jpg", mime="image/jpeg",
    )  # fmt: skip
    _, with_bytes, no_findings = resolved([event], files=[stored])
    _, without, findings = resolved([event])
    assert with_bytes[0]["attachments"][0]["object_key"] == "bot/77"
    assert no_findings == []
    assert without[0]["attachments"][0]["object_key"] == ""
    assert [f["rule"] for f in findings] == ["attachment-absent"]


def test_a_truncated_line_is_a_finding_that_names_the_place() -> None:
    cut = Quarantined(reason="truncated-line", object_key="bot/1", version_id="v1", line=7)
    _, _, findings = resolved([an_event()], quarantined=[cut])
    assert findings[0]["evidence"] == ["bot/1#7"]


def test_a_unit_is_the_day_in_the_agencys_zone() -> None:
    late_evening = 1_775_008_800_000_000  # 2026-04-01T02:00:00Z
    _, records, _ = resolved([an_event(ts_utc=late_evening)])
    _, abroad, _ = resolved([an_event(ts_utc=late_evening)], zone="Asia/Kathmandu")
    assert (records[0]["unit"], abroad[0]["unit"]) == ("2026-03-31", "2026-04-01")


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_events_never_matters(source: random.Random) -> None:
    events = [
        an_event(body="one", line=1),
        an_event(body="one", object_key="drs/1", line=1, attributes='{"more":1}'),
        an_event(event_kind="edit", vendor_id="e1", target_id="m1", body="two", line=2, ts_utc=NOON + 1),
        an_event(event_kind="edit", vendor_id="e2", target_id="m1", body="three", line=3, ts_utc=NOON + 1),
        an_event(event_kind="edit", vendor_id="e3", target_id="gone", body="x", line=4),
        an_event(event_kind="reaction", vendor_id="r1", target_id="gone2", body="👍", line=5),
        an_event(vendor_id="m7", body="two", line=6),
    ]
    shuffled = list(events)
    source.shuffle(shuffled)
    assert resolved(shuffled) == resolved(events)


def an_export(phone: str, *entries: dict[str, object]) -> list[Event]:
    """Lines of one phone's export of a chat; enough ordinary talk around them that the chats are seen to be one."""
    talk = [{"body": f"gate {number} is clear, moving to the next one now"} for number in range(8)]
    return [
        an_event(
            source="whatsapp", format="whatsapp", custodian=phone, conversation_id=f"whatsapp:{phone}", vendor_id="",
            conversation_kind="group", sender_id="Ana", sender_display="Ana", object_key=f"whatsapp/{phone}/chat.txt",
            line=line, ts_utc=NOON + line * 60 * SECOND, **entry,
        )
        for line, entry in enumerate([*talk, *entries], 1)
    ]  # fmt: skip


def test_two_phones_of_one_chat_are_one_set_of_records() -> None:
    counts, records, _ = resolved([*an_export("mreyes"), *an_export("ldominguez")])
    assert (counts.messages, counts.records, counts.folded) == (16, 8, 8)
    assert {len(record["sightings"]) for record in records} == {2}


def test_a_text_survives_its_tombstone_on_another_phone() -> None:
    gone, whole = {"body": "", "flags": ("deleted",)}, {"body": "meet at pier 4"}
    _, records, findings = resolved([*an_export("mreyes", gone), *an_export("ldominguez", whole)])
    assert (records[-1]["body"], records[-1]["flags"]) == ("meet at pier 4", ["deleted"])
    assert "deleted-before-capture" not in {finding["rule"] for finding in findings}


def test_a_deletion_that_no_phone_preceded_is_a_finding() -> None:
    _, records, findings = resolved(an_export("mreyes", {"body": "", "flags": ("deleted",)}))
    assert [f["rule"] for f in findings] == ["deleted-before-capture"]
    assert records[-1]["findings"] == ["deleted-before-capture"]


def test_an_older_text_on_another_phone_is_kept_as_a_version() -> None:
    newer, older = {"body": "pier 5 instead", "flags": ("edited",)}, {"body": "pier 4"}
    _, records, _ = resolved([*an_export("mreyes", newer), *an_export("ldominguez", older)])
    assert len(records) == 9
    assert records[-1]["body"] == "pier 5 instead"
    assert [version["body"] for version in records[-1]["versions"]] == ["pier 5 instead", "pier 4"]


def a_text(line: int, key: str, **changes: object) -> Event:
    values = {"source": "sms", "format": "sms-xml", "vendor_id": "", "body": "ok", "line": line, "object_key": key}
    return an_event(**{**values, **changes})


def test_a_word_said_twice_in_one_backup_is_two_messages_however_often_it_is_backed_up() -> None:
    backups = [a_text(line, key) for key in ("monday.xml", "tuesday.xml") for line in (3, 4)]
    counts, records, _ = resolved([*backups, a_text(9, "tuesday.xml")])
    assert (counts.messages, counts.records, counts.folded) == (5, 3, 2)
    assert sorted(len(record["sightings"]) for record in records) == [1, 2, 2]


def test_a_block_that_a_tool_appended_again_folds_with_the_first() -> None:
    twice = [a_text(line, "chat") for line in (1, 2)] + [
        a_text(line, "chat", flags=("appended-again",)) for line in (11, 12)
    ]
    counts, _, _ = resolved(twice)
    assert (counts.messages, counts.records) == (4, 2)


def test_who_somebody_is_founds_no_record() -> None:
    counts, records, _ = resolved([an_event(), an_event(event_kind="directory", vendor_id="U1", line=2, body=None)])
    assert (counts.events, counts.directory, counts.records) == (2, 1, 1)
    assert len(records) == 1


def test_the_recipients_of_every_report_of_a_mail_are_its_recipients() -> None:
    mail = {"source": "email", "format": "eml", "vendor_id": "<1@x>"}
    first = an_event(**mail, recipients=("bo@x", "cy@x"))
    second = an_event(**mail, recipients=("di@x",), object_key="journal/2")
    _, [record], _ = resolved([first, second])
    assert record["recipients"] == ["bo@x", "cy@x", "di@x"]


def test_bytes_inside_an_entry_need_no_file_of_that_name() -> None:
    inside = Attachment(name="photo.jpg", object_key="bot/1", member="1/1", sha256="ab" * 32, size=4, mime="image/jpeg")
    other = CaptureObject(
        object_key="bot/photo.jpg",
        version_id="",
        sha256="cd" * 32,
        size=9,
        modified_utc=0,
        format="attachment",
        lines=0,
        events=0,
        quarantined=0,
    )
    _, [record], findings = resolved([an_event(attachments=(inside,))], files=[other])
    assert [(a["member"], a["sha256"], a["size"]) for a in record["attachments"]] == [("1/1", "ab" * 32, 4)]
    assert findings == []


def test_only_wickr_says_that_a_deletion_was_on_own_devices() -> None:
    scopes = []
    for source in ("wickr", "slack"):
        deletion = an_event(source=source, event_kind="delete", vendor_id="x", target_id="m1", body=None, line=2)
        _, [record], _ = resolved([an_event(source=source), deletion])
        scopes += [deletion["scope"] for deletion in record["deletions"]]
    assert scopes == ["own-devices", "unknown"]


def test_one_id_in_two_conversations_is_two_messages() -> None:
    counts, records, _ = resolved([an_event(), an_event(conversation_id="S-other", line=2)])
    assert counts.records == len({record["record_id"] for record in records}) == 2


def test_a_file_and_the_tombstone_that_another_export_has_of_it_are_one_message() -> None:
    slack = {"source": "slack", "format": "slack", "vendor_id": "C1:1.000001"}
    posted = an_event(**slack, event_kind="file", body="see attached", attachments=(Attachment(name="a.png"),))
    gone = an_event(**slack, body="", flags=("deleted",), object_key="export/2")
    counts, [record], _ = resolved([gone, posted])
    assert (counts.records, counts.folded, record["kind"], record["body"]) == (1, 1, "file", "see attached")
    assert [attachment["name"] for attachment in record["attachments"]] == ["a.png"]
