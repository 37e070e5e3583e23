"""What the form of a request accepts, and what its first task refuses."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowFailException, ParamValidationError

from forms import REQUEST_FORM, read_request

ASKED = {"request": "FOIA-2026-00042", "from_day": "2026-10-01", "to_day": "2026-10-31"}


def filled(**changes: Any) -> dict[str, Any]:
    form = ParamsDict(REQUEST_FORM)
    form.update({**ASKED, **changes})
    return form.validate()


def test_a_request_with_the_required_fields_asks_for_everything_in_between() -> None:
    asked = read_request(filled(), ASKED)
    assert asked == {
        **ASKED,
        "custodians": (),
        "terms": (),
        "formats": ("pdf", "json", "csv"),
        "profile": "release",
        "policy": None,
    }


def test_lines_are_trimmed_and_sorted_and_formats_have_one_order() -> None:
    asked = read_request(
        filled(custodians=["b ", "a", "  "], terms=["permit", "permit"], formats=["csv", "pdf"]), ASKED
    )
    assert asked["custodians"] == ("a", "b")
    assert asked["terms"] == ("permit",)
    assert asked["formats"] == ("pdf", "csv")


@pytest.mark.parametrize(
    "changes",
    [
        {"request": "42"},
        {"request": "FOIA-2026-00042; rm"},
        {"request": "FOIA-٢٠٢٦-00042"},
        {"from_day": "yesterday"},
        {"formats": []},
        {"formats": ["docx"]},
        {"product": "accession"},
        {"terms": ["x"]},
        {"custodians": "alice"},
        {"policy": "../../etc/passwd"},
    ],
)
def test_the_server_refuses_a_field_that_breaks_its_schema(changes: dict[str, Any]) -> None:
    with pytest.raises(ParamValidationError):
        filled(**changes)


@pytest.mark.parametrize(
    ("changes", "sent", "names"),
    [
        ({"from_day": "2026-11-01"}, {}, "to_day"),
        ({"to_day": "2026-02-30"}, {}, "to_day"),
        ({"request": "FOIA-2026-00042\n"}, {}, "request"),
        ({}, {"custodian": "alice"}, "custodian"),
    ],
)
def test_the_first_task_refuses_what_no_schema_can_say(
    changes: dict[str, Any], sent: dict[str, Any], names: str
) -> None:
    with pytest.raises(AirflowFailException, match=names):
        read_request({**filled(), **changes}, {**ASKED, **sent})
