"""The counting of records never fails on what it reads: hostile JSON is a finding, not a traceback."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bundle.verify.records import (
    Tally,
    check_manifest,
    check_tables,
    count_labels,
    read_records,
    released_texts,
    table_cells,
)
from tests.pipeline.bundle.a_bundle import a_record, records, redaction, text

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "value", "label", "exemptions", "index_no", "body", "x"]), inner, max_size=5
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(a_record(1, [redaction(1), text("x")]))), JSON)
def test_any_json_in_any_field_is_counted_or_found(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: Any
) -> None:
    path = tmp_path_factory.mktemp("records") / "records.jsonl"
    path.write_text(json.dumps({**a_record(1, [redaction(1), text("x")]), field: value}) + "\n")
    tally, _ = read_records(path, "data/records.jsonl")
    assert tally.records == 1
    assert all(isinstance(words, str) for words in released_texts(path))


@settings(max_examples=80, deadline=None)
@given(JSON)
def test_any_json_as_a_line_is_a_finding(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.mktemp("records") / "records.jsonl"
    path.write_text(json.dumps(value) + "\n")
    tally, findings = read_records(path, "data/records.jsonl")
    assert tally.records == 1
    assert [f.rule for f in findings] == ["record-lacks-fields"]


@settings(max_examples=80, deadline=None)
@given(JSON)
def test_any_json_as_a_manifest_is_a_finding(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.mktemp("manifest") / "manifest.json"
    path.write_text(json.dumps(value))
    tally, _ = read_records_of(records(), path.with_name("records.jsonl"))
    assert [f.rule for f in check_manifest(path, tally, "release-1")[1]] == ["manifest-unreadable"]


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_a_table_are_a_finding(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    root = tmp_path_factory.mktemp("data")
    (root / "index").mkdir()
    (root / "records.csv").write_bytes(content)
    (root / "index/withholding.csv").write_bytes(content)
    tally, _ = read_records_of(records(), root / "records.jsonl")
    assert [f for f in check_tables(root, tally) if f.blocks]
    assert all(isinstance(cell, str) for cell in table_cells(root / "records.csv"))


def read_records_of(rows: list[dict[str, Any]], path: Path) -> Any:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_records(path, "data/records.jsonl")


@pytest.mark.parametrize(
    ("page", "labels"),
    [
        ("[(b)(6)]", 1),
        ("[(b)(6); (b)(7)(C) \u00b7 1-5 words] and [(b)(7)(E)]", 2),
        ("[\r\n(b)\r\n(6)]", 1),
        ("[redacted]", 0),
        ("(b)(6)", 0),
    ],
)
def test_labels_on_a_page(page: str, labels: int) -> None:
    assert count_labels(page) == labels


@pytest.mark.parametrize(
    ("numbers", "labels", "numbered"),
    [({1, 2, 3}, 3, 3), ({1, 2, 4}, 3, 0), ({2, 3}, 2, 0), ({1, 2}, 3, 0), (set(), 0, 0)],
)
def test_index_numbers_count_only_without_a_gap(numbers: set[int], labels: int, numbered: int) -> None:
    assert Tally(indexes=numbers, labels=Counter({"[(b)(6)]": labels})).numbered == numbered
