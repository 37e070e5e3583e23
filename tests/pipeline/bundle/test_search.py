"""The search: a deletion's index number is no leak in its own place, and a leak everywhere else."""

from __future__ import annotations

import pytest

from pipeline.bundle.verify.literals import Mode
from pipeline.bundle.verify.search import Search

BIRTH = "1/11/62"
RECORDS = "data/records.jsonl"
INDEX = "data/index/withholding.csv"


def rules(path: str, raw: str, numbered: int = 40_000) -> list[str]:
    search = Search({BIRTH: "r-1"})
    search.numbered = numbered
    search.file(path, raw.encode(), Mode.TEXT, "text")
    return [finding.rule for finding in search.leaks()]


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        (RECORDS, '{"exemptions":[],"index_no":11162,"label":""}'),
        (RECORDS, '{"index_no":11162}\n'),
        (INDEX, "index_no,bates_begin\n11162,FOIA-0000002\n"),
    ],
)
def test_an_index_number_in_its_place_is_no_leak(path: str, raw: str) -> None:
    assert rules(path, raw) == []
    assert rules(path, raw, numbered=11_161) == ["literal-in-text"]


@pytest.mark.parametrize(
    ("path", "raw"),
    [
        (RECORDS, '{"value":"born 11162"}'),
        (RECORDS, '{"value":"born 1/11/62"}'),
        (RECORDS, '{"index_no":1/11/62}'),
        (RECORDS, '{"value":"\\"index_no\\":11162"}'),
        (RECORDS, '{"index_no":"11162"}'),
        (RECORDS, '{"index_no":11162.5}'),
        (INDEX, "1,11162,r-1\n"),
        (INDEX, "1/11/62,FOIA-0000002\n"),
        ("data/records.csv", "record_id\n11162,x\n"),
    ],
)
def test_the_same_digits_elsewhere_are_a_leak(path: str, raw: str) -> None:
    assert rules(path, raw) == ["literal-in-text"]
