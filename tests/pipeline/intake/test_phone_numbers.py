from __future__ import annotations

import pytest

from pipeline.intake.phone_numbers import e164, region_of


@pytest.mark.parametrize(
    "written",
    [
        "5205550100",
        "520-555-0100",
        "(520) 555-0100",
        "1 520 555 0100",
        "+1 (520) 555-0100",
        "\u202a+1\u00a0(520)\u00a0555\u20110100\u202c",
        " +15205550100 ",
        "\uff0b1 520 555 0100",
    ],
)
def test_one_number_has_one_spelling(written: str) -> None:
    assert e164(written) == "+15205550100"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("12345", "12345"),
        ("262966", "262966"),
        ("555-0100", "555-0100"),
        ("AMAZON", "AMAZON"),
        (" Bank of X ", "Bank of X"),
        ("ana@example.gov", "ana@example.gov"),
        ("1-800-FLOWERS", "1-800-FLOWERS"),
        ("*611", "*611"),
        ("+1 520 555 0100 x9", "+1 520 555 0100 x9"),
        ("+15205550100;ext=3", "+15205550100;ext=3"),
        ("+999123", "+999123"),
        ("", ""),
        ("-", "-"),
        ("0" * 300, "0" * 300),
    ],
)
def test_what_is_no_full_number_stays(written: str, kept: str) -> None:
    assert e164(written) == kept


def test_the_region_decides_what_a_national_number_means() -> None:
    assert e164("020 7946 0958", "GB") == "+442079460958"
    assert e164("+44 20 7946 0958", "US") == "+442079460958"


@pytest.mark.parametrize(
    ("number", "region"), [("+442079460958", "GB"), ("+15205550100", "US"), ("5205550100", "US"), ("", "US")]
)
def test_the_owner_tells_the_region(number: str, region: str) -> None:
    assert region_of(number) == region
