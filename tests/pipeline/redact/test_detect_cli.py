"""`foia detect`: lines in, spans out; a bad line is named by its number."""

import io
import json

import pytest

from pipeline.errors import BadInput
from pipeline.redact.detect_cli import detect_lines
from pipeline.redact.policy import load_policy
from pipeline.redact.roster import Roster

POLICY = load_policy("law-enforcement")


def run(data: bytes) -> list[dict]:
    out = io.BytesIO()
    count = detect_lines(io.BytesIO(data), out, POLICY, Roster())
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert count == len(answers)
    return answers


def test_offsets_are_code_points_of_the_text():
    text = "😀𝟏 ñ ssn 123-45-6789"
    (answer,) = run(json.dumps({"id": 7, "text": text}).encode() + b"\n")
    (span,) = answer["spans"]
    assert answer["id"] == 7
    assert text[span["start"] : span["end"]] == "123-45-6789"
    assert span["exemptions"] == ["(b)(6)", "(b)(7)(C)"]
    assert set(span) == {"start", "end", "category", "rule", "exemptions", "score"}


def test_a_text_without_finds_has_an_empty_list():
    assert run(b'{"id":"a","text":"ok"}\n\n{"id":"b","text":""}') == [
        {"id": "a", "spans": []},
        {"id": "b", "spans": []},
    ]


def test_a_category_that_the_policy_keeps_is_no_span():
    assert run(b'{"id":1,"text":"see https://example.gov/page"}')[0]["spans"] == []


def test_a_lone_surrogate_is_no_error():
    assert run(b'{"id":1,"text":"\\ud800 ssn 123-45-6789"}')[0]["spans"][0]["start"] == 6


@pytest.mark.parametrize(
    "bad", [b"{", b"[]", b'{"id":1}', b'{"text":"x"}', b'{"id":1,"text":5}', b"\xff", b"[" * 100_000]
)
def test_a_bad_line_is_named_by_its_number(bad):
    with pytest.raises(BadInput, match="line 2"):
        run(b'{"id":1,"text":"x"}\n' + bad + b"\n")
