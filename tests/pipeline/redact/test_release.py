# ruff: noqa: E501 - records read best unbroken
"""Two phases over records: what is found once is found everywhere, and one ledger says all of it."""

import json
from dataclasses import replace
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import REDACTION_SCHEMA, Attachment, Deletion, Reaction, Record, Sighting, Version, to_batch
from pipeline.redact.cutting import amount_of
from pipeline.redact.details import LABELS
from pipeline.redact.index import squeeze
from pipeline.redact.literals import BundleLiterals, distinctive, gather, keys_of
from pipeline.redact.participants import appearances, assign_participants
from pipeline.redact.policy import load_policy, parse_policy
from pipeline.redact.proposals import PROPOSAL_SCHEMA, detect_part, proposal_batch
from pipeline.redact.release import deliberative_expired, redact_part
from pipeline.redact.roster import Roster, parse_roster

ZONE = ZoneInfo("America/New_York")
POLICY = load_policy("law-enforcement")
HEADER = "person_id,full_name,role,aliases,emails,phones,handles\n"
ROSTER = parse_roster(
    HEADER
    + "1,María Elena López García,line_officer,,maria.lopez@cbp.example,+1 915 555 0147,@mlopez77\n"
    + "2,John Smithers,appointee,,john.smithers@cbp.example,,\n"
    + "3,Pavel Informer,source,,,,\n"
)


def a_record(**changes) -> Record:
    base = Record(
        record_id="r-0000000000000000000a",
        platform="wickr",
        conversation_id="c-0000000000000001",
        unit="2026-10-05",
        kind="message",
        ts_utc=1_791_206_400_000_000,
        ts_source="utc",
        sender_id="user001",
    )
    return replace(base, **changes)


def release(records, *, policy=POLICY, roster=ROSTER):
    participants = assign_participants(appearances(records))
    whole = roster.with_participants(participants.values())
    literals = gather(detect_part(records, policy, whole))
    return list(redact_part(records, policy, whole, literals, participants, {}, zone=ZONE))


def one(**changes):
    return release([a_record(**changes)])[0]


def texts(parts) -> str:
    return "".join(p.get("value", p.get("label", "")) for p in parts)


def every_part(node):
    if isinstance(node, dict):
        if node.get("type") == "redaction":
            yield node
        else:
            for value in node.values():
                yield from every_part(value)
    elif isinstance(node, list):
        for value in node:
            yield from every_part(value)


def test_the_label_stands_at_the_place_of_the_deletion():
    released, rows = one(body="plate ABC 1234 seen")
    assert released["body"] == [
        {"type": "text", "value": "plate "},
        {
            "type": "redaction",
            "label": "[(b)(6); (b)(7)(C)]",
            "exemptions": ["(b)(6)", "(b)(7)(C)"],
            "amount": "1-5 words",
            "category": "PLATE",
            "statute": None,
            "privilege": None,
            "index_no": 2,
        },
        {"type": "text", "value": " seen"},
    ]
    assert [(r.number, r.field, r.literal) for r in rows] == [(1, "sender.name", "user001"), (2, "body", "ABC 1234")]
    assert released["disposition"] == "RIP"


def test_every_text_of_a_record_is_searched():
    secret = "ssn 123-45-6789"
    released, rows = one(
        body=secret,
        conversation_title=secret,
        recipients=("maria.lopez@cbp.example",),
        versions=(
            Version(event_id="a", body=secret, at_utc=1, change="original"),
            Version(event_id="b", body=secret, at_utc=2, change="edit"),
        ),
        reactions=(Reaction(event_id="c", value=secret, sender_id="x9", sender_display="López", at_utc=None, removed=False),),
        deletions=(Deletion(event_id="d", sender_id="x8", sender_display="García", at_utc=3, scope="everyone"),),
        read_by=("x7",),
        attachments=(Attachment(name="IMG_123-45-6789.jpg"),),
        sightings=(Sighting(event_id="e", custodian="mreyes", format="f", object_key="k", version_id="", member="", line=1, rule="founder"),),
        attributes=json.dumps({"control": {"title": secret, "description": secret, "members": ["maria.lopez@cbp.example"]}, "links": [{"url": "https://x.example/123-45-6789"}]}),
    )  # fmt: skip
    assert {r.field for r in rows} == {
        "conversation.title", "sender.name", "recipients[0].name", "body", "versions[0].body", "versions[1].body",
        "deleted[0].by.name", "reactions[0].value", "reactions[0].by.name", "read_by[0].name", "attachments[0].name",
        "details[0].value", "details[1].value", "details[2].value", "details[3].value", "custodians[0].name",
    }  # fmt: skip
    assert "123-45-6789" not in json.dumps(released)


def test_what_is_found_once_is_found_everywhere():
    records = [
        a_record(record_id="r-1", body="plate KLM 4321, dob 3/4/85, passport C12345678"),
        a_record(record_id="r-2", body="klm-4321 again; 3/4/85; c12345678; KLM4321.jpg", attachments=(Attachment(name="scan_C12345678.pdf"),)),
    ]  # fmt: skip
    released = release(records)[1][0]
    assert texts(released["body"]) == "[(b)(6); (b)(7)(C)] again; [(b)(6); (b)(7)(C)].jpg"
    assert texts(released["attachments"][0]["name"]) == "scan_[(b)(6); (b)(7)(C)].pdf"


def test_a_value_in_a_path_that_is_never_released_is_found_in_the_text():
    released, _ = one(body="see maria-jones again", attachments=(Attachment(name="x", path="maria.jones@x.example"),))
    assert texts(released["body"]) == "see [(b)(6); (b)(7)(C)] again"


def test_a_short_or_common_value_is_not_looked_for_elsewhere():
    assert not distinctive("4321", "SSN")
    assert not distinctive("Will", "NAME_LINE_OFFICER")
    assert not distinctive("34 y/o", "AGE")
    assert not distinctive("May 5", "DOB")
    assert distinctive("ABC 1234", "PLATE")


def test_a_kept_official_is_named_as_sender_and_in_the_text():
    released, rows = one(
        sender_id="john.smithers@cbp.example", sender_display="John Smithers", body="John Smithers here"
    )
    assert released["sender"] == {"participant": "P1", "name": [{"type": "text", "value": "John Smithers"}]}
    assert texts(released["body"]) == "John Smithers here"
    assert (rows, released["disposition"]) == ([], "RIF")


def test_a_source_is_not_called_one():
    (part,) = every_part(one(sender_id="", body="ask pavel informer")[0]["body"])
    assert (part["category"], part["exemptions"]) == ("NAME", ["(b)(6)", "(b)(7)(C)", "(b)(7)(D)"])


def test_pseudonyms_follow_first_appearance_and_not_the_order_of_rows():
    records = [
        a_record(record_id="r-2", ts_utc=2, sender_id="zed", recipients=("amy",)),
        a_record(record_id="r-1", ts_utc=1, sender_id="bob", sender_display="Bobby", recipients=("zed",)),
    ]
    rows = list(appearances(records))
    assigned = assign_participants(rows)
    assert {k: p.pseudonym for k, p in assigned.items()} == {"bob": "P1", "zed": "P2", "amy": "P3"}
    assert assign_participants(reversed(rows)) == assigned
    assert assigned["bob"].name == "Bobby"


def test_platform_ids_do_not_appear():
    vgroup, guid = "S" + "ab" * 31 + "f", "068ed9ed-d6e4-4f41-984f-b82f74b16fde"
    attributes = {
        "vgroupid": vgroup,
        "call": {"status": 1, "duration": 65, "participants": ["a" * 64, "b" * 64], "calluri": "sip:10.1.2.3", "meetingid": 77123},
        "odd": {"note": "hello", "guid": guid, "blob": "c" * 64},
    }  # fmt: skip
    for kind in ("call", "unknown"):
        released, _ = one(
            kind=kind,
            attributes=json.dumps(attributes),
            attachments=(Attachment(name="a.txt", path="/tmp/x/a.txt", object_key="cap/123"),),
        )
        said = json.dumps(released)
        assert not [
            x for x in (vgroup, guid, "a" * 64, "c" * 64, "10.1.2.3", "77123", "cap/123", "/tmp/x") if x in said
        ]
    assert [d["label"] for d in one(kind="call", attributes=json.dumps(attributes))[0]["details"]] == [
        "Call status",
        "Call duration",
        "Call participants",
    ]
    assert "odd.note: hello" in [
        texts(d["value"]) for d in one(kind="unknown", attributes=json.dumps(attributes))[0]["details"]
    ]


def test_a_location_is_taken_out_whole():
    released, rows = one(kind="location", sender_id="", attributes='{"location":{"latitude":31.7,"longitude":"-106"}}')
    assert [d["label"] for d in released["details"]] == ["Location"]
    assert [(r.literal, r.categories) for r in rows] == [("31.7, -106", ("COORDINATES",))]


def test_attachments_are_withheld_or_absent():
    released, _ = one(
        attachments=(Attachment(name="a.jpg", object_key="k", mime="image/JPEG"), Attachment(name="b", mime="../x"))
    )
    assert [(a["disposition"], a["exemptions"], a["mime"], a["path"]) for a in released["attachments"]] == [
        ("withheld", ["(b)(6)", "(b)(7)(C)"], "image/jpeg", None),
        ("absent", [], "application/octet-stream", None),
    ]


@pytest.mark.parametrize(
    ("ts_utc", "said"),
    [
        (1_791_206_400_000_000, "2026-10-05T09:20:00-04:00"),
        (1_791_206_400_000_450, "2026-10-05T09:20:00.000450-04:00"),
        (1_799_154_000_000_000, "2027-01-05T08:00:00-05:00"),
        (10**18, "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_times_are_in_the_agencys_zone(ts_utc, said):
    assert one(ts_utc=ts_utc)[0]["sent_at"] == said


def test_a_withheld_record_says_nothing():
    rule = "{action: withhold, exemptions: ['(b)(7)(A)'], harm: h, description: d}"
    policy = parse_policy(f"extends: law-enforcement\ncategories: {{CASE_NUMBER: {rule}}}\n")
    records = [a_record(body="event number ELP2610000123 tonight", conversation_title="Ops")]
    ((released, rows),) = release(records, policy=policy)
    assert released["disposition"] == "WIF"
    assert {texts(released["body"]), texts(released["conversation"]["title"])} == {"[(b)(7)(A)]"}
    assert {r.amount for r in rows} == {"whole"}


def test_neighbours_under_the_same_codes_become_one():
    released, _ = one(body="maria lopez, (915) 555-0147 and plate ABC1234")
    assert texts(released["body"]) == "[(b)(6); (b)(7)(C)] and plate [(b)(6); (b)(7)(C)]"


def test_neighbours_under_other_codes_stay_apart():
    released, _ = one(body="maria 10.20.30.40")
    assert texts(released["body"]) == "[(b)(6); (b)(7)(C)] [(b)(7)(E)]"


@pytest.mark.parametrize(
    ("literal", "amount"),
    [
        ("a", "1-5 words"),
        ("a b c d e", "1-5 words"),
        ("a " * 6, "6-20 words"),
        ("a " * 21, "line"),
        ("a\n" * 21, "paragraph"),
    ],
)
def test_the_amount_is_one_of_five_sizes(literal, amount):
    assert amount_of(literal) == amount


def test_deliberation_ends_after_25_years():
    assert not deliberative_expired(date(2000, 2, 29), date(2025, 2, 28))
    assert deliberative_expired(date(2000, 2, 29), date(2025, 3, 1))


def test_proposals_are_rows_of_their_schema():
    batch = proposal_batch(detect_part([a_record(body="\ud800 ssn 123-45-6789")], POLICY, Roster()))
    assert batch.schema == PROPOSAL_SCHEMA
    assert "123-45-6789" in batch.column("literal").to_pylist()


def test_the_order_of_proposals_does_not_matter():
    rows = list(detect_part([a_record(body="maria, plate ABC1234, a.b@x.example, 915-555-0100")], POLICY, ROSTER))
    assert gather(rows) == gather(reversed(rows))
    assert BundleLiterals.from_json(json.loads(json.dumps(gather(rows).to_json()))) == gather(rows)


def test_hostile_attributes_are_no_error():
    for attributes in (
        "[" * 50_000,
        "nonsense",
        '{"control": 5}',
        '{"call": {"participants": {}}}',
        '{"location": {"latitude": {}}}',
    ):
        for kind in ("unknown", "call", "location"):
            json.dumps(one(kind=kind, attributes=attributes)[0])


PIECES = st.sampled_from(
    [
        "María López", "lopez garcia", "maria", "915-555-0147", "(915) 555 0147", "ssn 123-45-6789", "plate ABC 1234", "ABC-1234", "dob 03/04/1985",
        "03-04-1985", "a.b@x.example", "A123456789", "4111 1111 1111 1111", "31.7619, -106.4850", "lives at 123 Main St", "@mlopez77", "password: Hunter22",
        "John Smithers", "pavel", "10.20.30.40", "ok", "call me", "😀", "\u200b", " ", ", ", "\n", "será", "_", "%20", "TECS P4F1234567", "will",
    ]
)  # fmt: skip
BODIES = st.lists(st.lists(PIECES, max_size=6).map(" ".join), min_size=1, max_size=3)


@given(BODIES)
@settings(max_examples=60, deadline=None)
def test_the_ledger_and_the_record_agree(bodies):
    records = [
        a_record(
            record_id=f"r-{i}", body=body, conversation_title=body[:20], attachments=(Attachment(name=body[-15:]),)
        )
        for i, body in enumerate(bodies)
    ]
    results = release(records)
    assert len(results) == len(records)
    number = 0
    for (released, rows), record in zip(results, records, strict=True):
        parts = list(every_part(released))
        assert sorted(p["index_no"] for p in parts) == [r.number for r in rows]
        assert [r.number for r in rows] == list(range(number + 1, number + 1 + len(rows)))
        number += len(rows)
        by_number = {r.number: r for r in rows}
        for field, parts_of, original in (
            ("body", released["body"], record.body),
            ("conversation.title", released["conversation"]["title"], record.conversation_title),
            ("attachments[0].name", released["attachments"][0]["name"], record.attachments[0].name),
        ):
            joined = ""
            for part in parts_of:
                if part["type"] == "text":
                    joined += part["value"]
                else:
                    row = by_number[part["index_no"]]
                    assert (row.field, list(row.codes), row.amount) == (field, part["exemptions"], part["amount"])
                    assert original[row.start : row.end] == row.literal
                    joined += row.literal
            assert joined == original
            kinds = [p["type"] for p in parts_of]
            assert ("text", "text") not in pairwise(kinds)
        assert released["disposition"] == ("RIP" if rows else "RIF")
    assert to_batch([r for _, rows in results for r in rows], REDACTION_SCHEMA).num_rows == number


@given(BODIES)
@settings(max_examples=60, deadline=None)
def test_no_distinctive_literal_is_left_in_what_is_released(bodies):
    results = release([a_record(record_id=f"r-{i}", body=body) for i, body in enumerate(bodies)])
    left = [part["value"] for released, _ in results for part in texts_left(released)]
    said = [squeeze(value) for value in left]
    for _, rows in results:
        for row in rows:
            for reading, key in (pair for name in row.categories for pair in keys_of(row.literal, name)):
                needle = squeeze(key) if reading != "words" else key.replace(" ", "")
                if len(needle) >= 7:
                    assert not [value for value in said if needle in value]


def texts_left(node):
    if isinstance(node, dict):
        if node.get("type") == "text":
            yield node
        else:
            for value in node.values():
                yield from texts_left(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts_left(value)


@given(BODIES)
@settings(max_examples=20, deadline=None)
def test_twice_is_the_same(bodies):
    records = [a_record(record_id=f"r-{i}", body=body) for i, body in enumerate(bodies)]
    assert release(records) == release(records)


def test_labels_are_a_fixed_set():
    allowed = {"[(b)(6); (b)(7)(C)]", "[(b)(7)(E)]", "[(b)(6); (b)(7)(C); (b)(7)(D)]", "[(b)(6); (b)(7)(C); (b)(7)(E)]"}
    bodies = ["María López 10.20.30.40", "pavel informer", "password: maria.lopez@cbp.example", "ssn 123-45-6789"]
    results = release([a_record(record_id=f"r-{i}", body=body) for i, body in enumerate(bodies)])
    assert {part["label"] for released, _ in results for part in every_part(released)} <= allowed
    assert {d["label"] for released, _ in results for d in released["details"]} <= set(LABELS)


def test_common_words_of_redaction_are_common_words_of_the_gate():
    """What redaction does not carry on, the gate must not search for, or clean bundles would be refused."""
    from pipeline.bundle.verify.literals import ordinary_words as never_searched
    from pipeline.redact.vocabulary import common_words

    assert common_words() <= never_searched()
