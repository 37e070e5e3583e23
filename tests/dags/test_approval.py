"""The review sheet says how much and how often, and warns when nothing was redacted."""

from __future__ import annotations

from typing import Any

from approval import sheet

ASKED = {"from_day": "2026-10-01", "to_day": "2026-10-31", "custodians": ["mreyes"], "terms": None}


def counts(**changes: Any) -> dict[str, Any]:
    held = {"records": 1200, "units": 33, "participants": 14, "withheld_attachments": 2, "losses": 1}
    return {**held, "redactions": {"(b)(6)": 812, "(b)(6); (b)(7)(C)": 3}, **changes}


def test_the_sheet_shows_counts_by_exemption_and_no_names() -> None:
    text = sheet(ASKED, counts())
    assert "| Days | 2026-10-01 to 2026-10-31 |" in text
    assert "| Custodians | 1 |" in text
    assert "| Search terms | none |" in text
    assert "| Records that respond | 1,200 |" in text
    assert "| (b)(6) | 812 |" in text
    assert "| (b)(6); (b)(7)(C) | 3 |" in text
    assert "mreyes" not in text
    assert "Nothing was redacted" not in text


def test_nothing_redacted_is_said_aloud() -> None:
    assert "**Nothing was redacted." in sheet(ASKED, counts(redactions={}))
