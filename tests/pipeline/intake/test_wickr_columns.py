from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.intake.block import Block, entries_of
from pipeline.intake.formats import wickr
from pipeline.intake.formats.wickr_columns import Rows, WickrColumns
from pipeline.intake.formats.wickr_events import WickrEvents
from pipeline.intake.lines import split_lines
from pipeline.intake.place import Entry, Place
from pipeline.intake.sources import Source
from pipeline.intake.strict_json import BadJson, parse_object
from pipeline.model import EVENT_SCHEMA, STORED_EVENT_SCHEMA, event_id, events_of, to_batch
from tests.pipeline.intake.intaking import a_line

PLACE = Place(object_key="captures/1", version_id="v1", source=Source(custodian="network", network="bis.example.gov"))


def one_by_one(data: bytes) -> list[Entry]:
    """The entries as the plain functions make them: what columns must agree with."""
    events, found = WickrEvents(PLACE, wickr.NAME), list[Entry]()
    for number, raw, _ in split_lines(io.BytesIO(data), PLACE.limits.line_bytes):
        assert isinstance(raw, bytes)
        if not raw.strip():
            continue
        try:
            entry, repaired = parse_object(raw, PLACE.limits.json_depth)
        except BadJson as problem:
            headless = number == 1 and problem.reason in ("invalid-json", "invalid-utf8") and raw[:1] == b"\xff"
            reason = "headless-line" if headless else problem.reason
            found.append(PLACE.quarantined(reason, number, raw, detail=problem.detail))
            continue
        found.append(events.event(entry, number, raw, repaired) or PLACE.quarantined("missing-type", number, raw))
    return found


def blocks(data: bytes) -> list[Block]:
    return list(wickr.blocks(io.BytesIO(data), PLACE))


ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        ["", "x", "1691176258.5", "8/4/23 7:10 PM", "9/3/23 7:10 PM", 0, 7, 1.5, 2**63, [], ["a"], {}, {"key": 1}]
    ),
)
FIELDS = st.sampled_from(
    [
        "message",
        "message_id",
        "id",
        "msg_ts",
        "msgtype",
        "sender",
        "vgroupid",
        "receiver",
        "time",
        "ttl",
        "bor",
        "time_iso",
        "x",
    ]
)
TYPES = st.sampled_from([1000, 1000, 1000, "1000", 1000.0, True, 9000, 9100, 4011, 6000, 7000, 4005, 12])
PAYLOADS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"edit": {"type": "text", "text": "new", "originalmessageid": "m1"}},
        {"edit": {"type": "reaction", "reaction": "x", "originalmessageid": "m1", "reactAdded": False}},
        {"control": {"isrecall": True, "msgid": "m1"}},
        {"control": {"title": "Room", "filevaultinfo": {"key": "s"}, "changemask": 64}},
        {"file": {"filename": "a.jpg", "localfilename": "/x/a.jpg", "isvoicememo": True}},
        {"links": ["https://a.example"]},
    ]
)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    changes: dict[str, Any] = {
        "time": "8/4/23 7:10 PM",
        "ttl": "9/3/23 7:10 PM",
        "message": draw(st.sampled_from(["hello", 'say "x"', "back\\slash", "nul \x00 here", "ñ 👍", " :)"])),
        "msgtype": draw(TYPES),
    }
    changes |= draw(PAYLOADS)
    changes |= draw(st.dictionaries(FIELDS, ODD, max_size=2))
    raw = a_line(**changes)
    if draw(st.integers(0, 9)) == 0:
        return raw.replace(b"{", b'{"x":1,"x":null,', 1)
    if draw(st.integers(0, 9)) == 0:
        return json.dumps(json.loads(raw), ensure_ascii=draw(st.booleans())).encode()
    if draw(st.integers(0, 19)) == 0:
        return draw(st.sampled_from([b"", b"  ", b"null", b"[1]", b'{"a":', raw + b"\r", raw[:-1], b"\xff" + raw]))
    return raw


@given(st.lists(lines(), max_size=12))
@example([a_line(message_id=None, id="m1"), a_line(), a_line(receiver="ben@example.gov"), a_line(receiver="")])
@example([a_line(bor="8/4/23 7:11 PM", time="8/4/23 7:10 PM"), a_line()])
@example([a_line().replace(b"{", b'{"x":null,"y":1,"y":1,', 1), a_line()])
@example([a_line(msg_ts="9" * 12), a_line()])
def test_columns_say_what_the_plain_functions_say(parts: list[bytes]) -> None:
    data = b"".join(part + b"\n" for part in parts)
    assert list(entries_of(blocks(data))) == one_by_one(data)


def test_the_table_of_a_block_is_that_of_its_events() -> None:
    data = b"".join(a_line(message_id=f"m{n}", receiver="b@example.gov" if n % 2 else None) + b"\n" for n in range(9))
    [block] = blocks(data)
    [batch] = block.batches
    assert batch.schema == STORED_EVENT_SCHEMA and not block.others
    assert (
        pa.Table.from_batches([batch])
        .cast(EVENT_SCHEMA)
        .equals(pa.Table.from_batches([to_batch(one_by_one(data), EVENT_SCHEMA)]))
    )


def test_beyond_four_billion_lines_ids_are_still_those_of_the_model() -> None:
    for line in (2**32 - 1, 2**32):
        rows = Rows([json.loads(a_line())], [bytes(32)], [line])
        [event] = events_of(WickrColumns(PLACE, wickr.NAME).texts(rows))
        assert (event.line, event.event_id) == (line, event_id("captures/1", "v1", "", line))
        assert len(event.event_id) == 32
