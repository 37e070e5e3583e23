"""Checks that a candidate is what it looks like. Each takes the matched text and tells how much of it to keep.

A validator returns the number of leading characters of its input that are the value; 0 refuses the candidate.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

import phonenumbers

from pipeline.redact.vocabulary import words

_DIGIT = re.compile(r"[0-9]")
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
                       strict=True))  # fmt: skip
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
}  # fmt: skip
_ITIN_GROUPS = frozenset((*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)))


def digits_of(text: str) -> str:
    """The ASCII digits of a folded text."""
    return "".join(_DIGIT.findall(text))


def luhn(digits: str) -> bool:
    """The check digit of card numbers."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _longest(text: str, good: Callable[[str], bool]) -> int:
    """The longest head of a text that is good, cut only where a separator stands."""
    ends = [len(text), *(i for i in range(len(text) - 1, 0, -1) if text[i] in " -./" and text[i - 1].isalnum())]
    return next((end for end in ends if good(text[:end])), 0)


def card(text: str) -> int:
    """13 to 19 digits that pass the Luhn check and are not one digit repeated; digits after them are left out."""
    return _longest(text, _is_card)


def _is_card(text: str) -> bool:
    digits = digits_of(text)
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1 or not luhn(digits):
        return False
    return len(digits) == 16 or digits[0] in "23456"


def ssn(text: str) -> int:
    """Area, group and serial rules of a social security number, or those of a taxpayer number in its place."""
    digits = digits_of(text)
    if len(digits) != 9 or digits[3:5] == "00" or digits[5:] == "0000" or digits[:3] in {"000", "666"}:
        return 0
    if digits[0] == "9" and int(digits[3:5]) not in _ITIN_GROUPS:
        return 0
    return len(text)


def phone_international(text: str) -> int:
    """A number with its country code, of a length that its country uses; digits after it are left out."""
    return _longest(text, _is_possible)


def _is_possible(text: str) -> bool:
    digits = digits_of(_EXTENSION.sub("", text))
    if not text.lstrip().startswith("+"):
        digits = digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("011")
    try:
        number = phonenumbers.parse("+" + digits, None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_possible_number(number))


_EXTENSION = re.compile(r" ?(?:x|ext\.?|extension) ?\d{1,6}$", re.IGNORECASE)


def phone_bare(text: str) -> int:
    """Ten digits, or eleven from 1, that follow the North American plan."""
    digits = digits_of(text)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    plan = len(digits) == 10 and digits[0] not in "01" and digits[3] not in "01"
    return len(text) if plan and len(set(digits)) > 2 else 0


def phone_grouped(text: str) -> int:
    """Ten to thirteen digits in the groups of a telephone number, and not one digit repeated."""
    digits = digits_of(text)
    return len(text) if 9 <= len(digits) <= 18 and len(set(digits)) > 1 else 0


def phone_in_context(text: str) -> int:
    """Seven to fifteen digits; the words around say what they are."""
    return len(text) if 7 <= len(digits_of(text)) <= 15 else 0


def vin(text: str) -> int:
    """The check digit of a vehicle identification number."""
    code = text.upper()
    total = sum(
        weight * (int(char) if char.isdigit() else _VIN_VALUES.get(char, 0))
        for char, weight in zip(code, _VIN_WEIGHTS, strict=True)
    )
    expected = "0123456789X"[total % 11]
    return len(text) if code[8] == expected and any(c.isdigit() for c in code) and len(set(code)) > 3 else 0


def iban(text: str) -> int:
    """Length by country and the checksum; a following word that the pattern took along is left out."""
    length = _IBAN_LENGTHS.get(text[:2].upper(), 0)
    places = [i for i, c in enumerate(text, 1) if c.isalnum()][:length]
    if not length or len(places) != length:
        return 0
    kept = places[-1]
    compact = "".join(c for c in text[:kept].upper() if c.isalnum())
    turned = compact[4:] + compact[:4]
    return kept if int("".join(str(int(c, 36)) for c in turned)) % 97 == 1 else 0


def clabe(text: str) -> int:
    """The control digit of a Mexican bank account number."""
    digits = digits_of(text)
    if len(digits) != 18:
        return 0
    total = sum(int(d) * w % 10 for d, w in zip(digits[:17], (3, 7, 1) * 6, strict=False))
    return len(text) if (10 - total % 10) % 10 == int(digits[17]) else 0


def ipv4(text: str) -> int:
    """Four octets."""
    return len(text) if all(int(part) <= 255 for part in text.split(".")) else 0


def ipv6(text: str) -> int:
    """An address as the standard library reads it, with three or more digits so that `::` in prose is none."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return 0
    return len(text) if sum(c != ":" for c in text) >= 3 else 0


def latlon(text: str) -> int:
    """A pair of decimal degrees within their ranges."""
    numbers = [float(n) for n in re.findall(r"\d{1,3}\.\d+", text)]
    return len(text) if len(numbers) >= 2 and numbers[0] <= 90 and numbers[1] <= 180 else 0


def plate(text: str) -> int:
    """Four to nine letters and digits, with a digit among them; a plain word beside a number is none."""
    return _longest(text, _is_plate)


def _is_plate(text: str) -> bool:
    compact = [c for c in text if c.isalnum()]
    letters = sum(c.isalpha() for c in compact)
    if not 4 <= len(compact) <= 9 or letters == len(compact) or (not letters and len(compact) < 5):
        return False
    near = re.findall(r"[A-Za-z]{2,}", text)
    spaced_word = " " in text and any(w.islower() for w in near)
    return not (spaced_word and any(w in _COMMON_NEAR_NUMBERS or len(w) > 3 for w in near))


_COMMON_NEAR_NUMBERS = words(
    "on at in of to by is it the and for from was are has had not off out was con por de del la el en los las",
    "es un una que hay son ya no si al row car veh van bay all any am pm mph",
)


def has_four_digits(text: str) -> int:
    """A reference number: four digits or more, and not only a year."""
    digits = digits_of(text)
    year = text.isdigit() and len(text) == 4 and text[:2] in {"19", "20"}
    return len(text) if len(digits) >= 4 and not year else 0


def has_digit(text: str) -> int:
    """A code with at least one digit or symbol in it, so that a plain word is none."""
    return len(text) if any(not c.isalpha() for c in text.strip(".,;!?")) else 0


_STREETS_IN_PROSE = words(
    "close row run point way court place cove grove gardens pike ridge loop crossing square circle drive"
)
_NOT_A_STREET = words(
    "will would can could should may must do does did go goes went be been have has had need needs",
    "the on of a an in at by to for from with and or but is are was were my our your his her their its this that",
    "these those miles mile blocks block min mins minutes hours hour hrs days day km meters feet ft yards cars trucks",
    "vehicles guys units people agents officers subjects more other half down up off out over no",
    "not all every each some any per pax males females adults kids bags lbs kilos pounds",
)


def street_en(text: str) -> int:
    """A house number and a street name in which no word is one of ordinary prose."""
    named = re.findall(r"[A-Za-z']+", text.split("\n", maxsplit=1)[0])
    if not any(w[:1].isupper() for w in named) and any(w in _STREETS_IN_PROSE for w in named[1:]):
        return 0
    head = [w.lower() for w in named[:-1]][:5]
    return 0 if any(w in _NOT_A_STREET for w in head[:4] if len(w) > 1) else len(text)


def any_text(text: str) -> int:
    """The pattern alone decides."""
    return len(text)


def street_es(text: str) -> int:
    """A street name and its number; words of ordinary prose between them, or a bare lower-case remark, are none."""
    named = re.findall(r"[A-Za-z']+", text)
    plain = any(word.lower() in _NOT_A_CALLE for word in named[1:])
    return 0 if plain else len(text)


_NOT_A_CALLE = words(
    "por abre cerrada cerrado muy largo larga a hay esta estan fue ya en con que son se desde hasta cada otra",
    "otro entre pasando horas minutos cierra is was closed open at opens for from to",
)


def a_number(text: str) -> int:
    """Eight or nine digits after the A."""
    return len(text) if len(digits_of(text)) in {8, 9} else 0


def plate_shape(text: str) -> int:
    """Five to eight capitals and digits, two digits or more and a letter, that are no road, form or unit."""
    compact = "".join(c for c in text if c.isalnum())
    letters = sum(c.isalpha() for c in compact)
    road = _ROAD.match(text)
    return len(text) if 5 <= len(compact) <= 8 and 1 <= letters <= len(compact) - 2 and not road else 0


_ROAD = re.compile(r"(?:I|IH|US|SR|FM|RM|HWY|RT|CR|LN|MM|FY|AM|PM|USC|CFR|EST|CST|MST|PST)[- ]?\d")


def handle(text: str) -> int:
    """A user name after @; a place or a group that people write so is none."""
    name = text.removeprefix("@").rstrip("._").lower()
    marked = any(c.isdigit() or c in "_." for c in name)
    return len(text) if marked or (len(name) >= 4 and name not in _AT_PLACES) else 0


_AT_PLACES = words(
    "here channel everyone todos home work base station checkpoint sector office bridge gate port lane north south",
    "east west desk muster airport border river ranch yard dock lobby noon midnight least once most court school room",
    "team group",
)


def no_link(text: str) -> int:
    """Anything but a link, which has rows of its own."""
    return 0 if text.lower().startswith(("http:", "https:")) else len(text)
