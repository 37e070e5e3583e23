"""Recall on texts that others labelled, where they are present: a floor, so that a change that loses values shows."""

import json
from collections import Counter
from pathlib import Path

import pytest

from pipeline.redact.detector import Detector
from pipeline.redact.policy import load_policy
from pipeline.redact.roster import Roster

DATA = Path(__file__).resolve().parents[3] / "../shared/data/pii_presidio/generated_large.json"
FLOORS = {
    "CREDIT_CARD": 0.99,
    "EMAIL_ADDRESS": 0.99,
    "PHONE_NUMBER": 0.95,
    "US_SSN": 0.99,
    "IBAN_CODE": 0.99,
    "IP_ADDRESS": 0.99,
}


@pytest.fixture(scope="module")
def recall():
    if not DATA.is_file():
        pytest.skip(f"the development set {DATA.name} is not beside the repository")
    detector = Detector(load_policy("law-enforcement"), Roster())
    found, asked = Counter(), Counter()
    for item in json.loads(DATA.read_text("utf-8")):
        covered = {i for s in detector.find(item["full_text"]) for i in range(s.start, s.end)}
        for span in item["spans"]:
            asked[span["entity_type"]] += 1
            found[span["entity_type"]] += covered.issuperset(range(span["start_position"], span["end_position"]))
    return {kind: found[kind] / asked[kind] for kind in FLOORS}


@pytest.mark.parametrize("kind", FLOORS)
def test_structured_values_are_found_whole(kind, recall):
    assert recall[kind] >= FLOORS[kind]
