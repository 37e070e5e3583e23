"""Phone numbers as one spelling each (E.164), so that two exports name one person the same way."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import phonenumbers

DEFAULT_REGION: Final = "US"
_LONGEST: Final = 64
_DIALLED: Final = re.compile(r"[+\uff0b]?[\d\s().\-\u2010-\u2015\u00a0/]+")
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_POSSIBLE: Final = phonenumbers.ValidationResult.IS_POSSIBLE


@lru_cache(maxsize=1 << 16)
def e164(address: str, region: str = DEFAULT_REGION) -> str:
    """The number in international form, e.g. `+15205550100`.

    What is no full number stays as it is, without the blanks around it: short codes, alphanumeric senders, mail
    addresses, service codes, numbers with an extension, and local numbers that lack their area code.

    Args:
        address: As a capture has it.
        region: Country of numbers that do not say theirs, as two letters.
    """
    text = _INVISIBLE.sub("", address).strip() if len(address) <= _LONGEST else address
    if len(text) > _LONGEST or not _DIALLED.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text
    if phonenumbers.is_possible_number_with_reason(number) != _POSSIBLE:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=1024)
def region_of(number: str) -> str:
    """The country of an international number; the default one where it has none."""
    try:
        parsed = phonenumbers.parse(number[:_LONGEST], None)
    except phonenumbers.NumberParseException:
        return DEFAULT_REGION
    return phonenumbers.region_code_for_number(parsed) or DEFAULT_REGION
