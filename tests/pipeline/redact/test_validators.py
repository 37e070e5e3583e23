"""Validators: the check digits and the rules of each number."""

import pytest

from pipeline.redact import validators as v


@pytest.mark.parametrize(
    ("check", "text", "good"),
    [
        (v.card, "4111111111111111", True),
        (v.card, "4111111111111112", False),
        (v.card, "1111111111111111", False),
        (v.ssn, "123-45-6789", True),
        (v.ssn, "000-45-6789", False),
        (v.ssn, "666-45-6789", False),
        (v.ssn, "912-70-6789", True),
        (v.ssn, "912-10-6789", False),
        (v.ssn, "123-45-0000", False),
        (v.vin, "1M8GDM9AXKP042788", True),
        (v.vin, "1M8GDM9A1KP042788", False),
        (v.iban, "DE89370400440532013000", True),
        (v.iban, "DE88370400440532013000", False),
        (v.iban, "ZZ89370400440532013000", False),
        (v.clabe, "032180000118359719", True),
        (v.clabe, "032180000118359718", False),
        (v.ipv4, "255.1.2.3", True),
        (v.ipv4, "256.1.2.3", False),
        (v.ipv6, "fe80::1ff:fe23", True),
        (v.ipv6, "12:30:45", False),
        (v.latlon, "31.123, -106.123", True),
        (v.latlon, "95.123, -106.123", False),
        (v.phone_international, "+52 656 123 4567", True),
        (v.phone_international, "+999 1", False),
        (v.phone_bare, "9155550147", True),
        (v.phone_bare, "1234567890", False),
        (v.has_four_digits, "2024", False),
        (v.has_four_digits, "24-1234", True),
    ],
)
def test_a_value_is_judged_by_its_own_rules(check, text, good):
    assert bool(check(text)) is good


def test_an_iban_lets_go_of_the_word_after_it():
    text = "GB29 NWBK 6016 1331 9268 19 and"
    assert text[: v.iban(text)] == "GB29 NWBK 6016 1331 9268 19"
