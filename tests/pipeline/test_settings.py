"""The settings name every wrong variable, and take nothing that is not theirs."""

from __future__ import annotations

import pytest

from pipeline.errors import UsageError
from pipeline.settings import Settings

ZONES = {"FOIA_CAPTURES": "s3://captures", "FOIA_LAKE": "s3://lake/", "FOIA_TRANSFER": "s3://transfer"}


def test_the_rest_has_defaults() -> None:
    settings = Settings.from_environment({**ZONES, "PATH": "/bin", "FOIA_RUNS": ""})
    assert settings.policy == "law-enforcement"
    assert settings.runs_zone == "s3://lake/runs"
    assert settings.reports_zone == "s3://lake/runs/reports"
    assert settings.reviewer_ids == ()


def test_a_variable_nobody_reads_is_an_error() -> None:
    with pytest.raises(UsageError, match="FOIA_ROSTERS"):
        Settings.from_environment({**ZONES, "FOIA_ROSTERS": "roster.csv"})


@pytest.mark.parametrize("name", sorted(ZONES))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_zone_must_be_set(name: str, value: str | None) -> None:
    environment = {k: v for k, v in {**ZONES, name: value}.items() if v is not None}
    with pytest.raises(UsageError, match=f"not set: {name}"):
        Settings.from_environment(environment)


def test_what_is_asked_goes_before_the_installation() -> None:
    settings = Settings.from_environment({**ZONES, "FOIA_POLICY": "civil", "FOIA_REVIEWERS": "ann, bob,"})
    assert settings.job(policy=None, request="FOIA-2026-00001").policy == "civil"
    assert settings.job(policy="law-enforcement").policy == "law-enforcement"
    assert settings.job().captures == "s3://captures"
    assert settings.reviewer_ids == ("ann", "bob")
