"""The form of an ad-hoc request: its fields, and the rules that no single field can state.

A field without a default is required. The server checks each field's own schema before a run exists; what two
fields must agree on, and keys that are no field at all, `read_request` checks in the run's first task.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException

REQUEST_NUMBER = r"^[A-Z]{2,6}-[0-9]{4}-[0-9]{5,6}$"
FORMATS = {"pdf": "PDF, to read and print", "json": "JSON Lines, for programs", "csv": "CSV, for spreadsheets"}
POLICY = Param(
    None,
    type=["null", "string"],
    pattern="^[a-z0-9][a-z0-9-]*$",
    title="Redaction policy",
    description="Name of a policy that comes with the program. Empty: this installation's own.",
    examples=["law-enforcement"],
    section="More",
)
REQUEST_FORM: dict[str, Param] = {
    "request": Param(
        type="string",
        pattern=REQUEST_NUMBER,
        title="Request number",
        description="Office letters, year and number, for example FOIA-2026-00042.",
    ),
    "from_day": Param(
        type="string",
        format="date",
        title="First day",
        description="First day of the records asked for, in the agency's time zone.",
    ),
    "to_day": Param(
        type="string",
        format="date",
        title="Last day",
        description="Last day, included.",
    ),
    "custodians": Param(
        None,
        type=["null", "array"],
        items={"type": "string", "minLength": 1, "maxLength": 200},
        title="Custodians, one per line",
        description="As the sources file names them, for example mreyes. Empty: everyone.",
    ),
    "terms": Param(
        None,
        type=["null", "array"],
        items={"type": "string", "minLength": 2, "maxLength": 200},
        title="Search terms, one per line",
        description="A conversation's whole day is taken when one of its messages holds a term. Empty: everything.",
    ),
    "formats": Param(
        list(FORMATS),
        type="array",
        examples=list(FORMATS),
        values_display=FORMATS,
        items={"type": "string", "enum": list(FORMATS)},
        minItems=1,
        uniqueItems=True,
        title="Formats",
        description="What the bundle holds. The manifest and the indexes always come with it.",
    ),
    "product": Param(
        "release",
        type="string",
        enum=["release"],
        values_display={"release": "Release: redacted, for the requester"},
        title="Product",
        description="The unredacted accession copy for the archives is not offered yet.",
    ),
    "policy": POLICY,
    "note": Param(
        None,
        type=["null", "string"],
        format="multiline",
        maxLength=2000,
        title="Note",
        description="Kept with the run, never in the bundle. No personal data, please.",
        section="More",
    ),
}


def read_request(params: Mapping[str, Any], sent: Mapping[str, Any] | None) -> dict[str, Any]:
    """The request of a filled form, as fields of a Job. `sent` holds the keys that came in, known or not.

    Raises:
        AirflowFailException: The form breaks a rule; it names the field and the rule.
    """
    if unknown := sorted(set(sent or {}) - set(REQUEST_FORM)):
        raise AirflowFailException(f"not a field of this form: {', '.join(unknown)}")
    if not re.fullmatch(REQUEST_NUMBER.strip("^$"), params["request"]):
        raise AirflowFailException("request: not a request number, for example FOIA-2026-00042")
    first, last = (_day(params, name) for name in ("from_day", "to_day"))
    if last < first:
        raise AirflowFailException("to_day: the last day lies before the first day")
    return {
        "request": params["request"],
        "from_day": first.isoformat(),
        "to_day": last.isoformat(),
        "custodians": _lines(params["custodians"]),
        "terms": _lines(params["terms"]),
        "formats": tuple(name for name in FORMATS if name in params["formats"]),
        "profile": params["product"],
        "policy": params["policy"] or None,
    }


def _day(params: Mapping[str, Any], name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(params[name])
    except ValueError:
        raise AirflowFailException(f"{name}: not a day, for example 2026-10-05") from None


def _lines(values: list[str] | None) -> tuple[str, ...]:
    return tuple(sorted({line.strip() for line in values or () if line.strip()}))
