"""Fictional personal data in the spellings people use, each value with the category the truth gives it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[str, str, int]
"""Category, literal, and where it starts in the value."""


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A piece of text with the sensitive spans inside it."""

    text: str
    spans: tuple[Span, ...]


_STREETS = (
    "Calle Jacaranda", "Willow Bend Dr", "Desert Sage Ln", "Mesquite Ave", "Camino del Sol", "E Palo Verde St",
    "Ocotillo Way", "N Saguaro Rd", "Bluebonnet Ct", "Cottonwood Cir", "Calle Primavera", "Agave Ridge Rd",
)  # fmt: skip
_TOWNS = (
    "Nogales, AZ 85621", "El Centro, CA 92243", "Calexico, CA 92231", "Douglas AZ 85607", "Laredo, TX 78040",
    "San Luis AZ 85349", "Brownsville, TX 78520", "Chula Vista, CA 91910", "Eagle Pass TX 78852",
)  # fmt: skip
_MAIL_WORDS = (
    "sunset", "truckero", "lamorena", "primo", "bluejay", "norteno", "cachanilla", "desertrat", "chivas", "ranchito",
    "gasolina", "elpatron", "mariposa", "halcon", "costeno",
)  # fmt: skip
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTHS_ES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_AREAS = ("619", "760", "520", "956", "915", "928", "858")
_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"


def email(rng: random.Random) -> Sensitive:
    """A private mailbox under example.com, .net or .org."""
    word, number = rng.choice(_MAIL_WORDS), rng.randrange(10, 999)
    joint = rng.choice(("", ".", "_"))
    return _one("EMAIL", f"{word}{joint}{number}@example.{rng.choice(('com', 'net', 'org'))}")


def phone(rng: random.Random) -> Sensitive:
    """A US number of the fictional 555-01xx block, in one of seven spellings."""
    area, last = rng.choice(_AREAS), f"01{rng.randrange(100):02d}"
    spelling = rng.choice(
        ("({a}) 555-{l}", "{a}-555-{l}", "{a}.555.{l}", "+1 {a} 555 {l}", "{a}555{l}", "+1{a}555{l}", "1-{a}-555-{l}")
    )
    return _one("PHONE", spelling.format(a=area, l=last))


def phone_mx(rng: random.Random) -> Sensitive:
    """A Mexican number, sometimes with the mobile prefix 1 that was dropped in 2019 but is still typed."""
    area = rng.choice(("664", "631", "656", "686", "868"))
    first, last = rng.randrange(100, 1000), rng.randrange(10000)
    spelling = rng.choices(
        ("+52 {a} {f} {l:04d}", "{a} {f} {l:04d}", "({a}) {f}-{l:04d}", "+52{a}{f}{l:04d}", "+52 1 {a} {f} {l:04d}"),
        (8, 8, 4, 4, 1),
    )[0]
    return _one("PHONE", spelling.format(a=area, f=first, l=last))


def ssn(rng: random.Random) -> Sensitive:
    """A social security number with a valid area, from two blocks long printed in advertising."""
    area, group = rng.choice((("219", "09"), ("457", "55")))
    joint = rng.choices(("-", " ", ""), (6, 2, 1))[0]
    return _one("SSN", f"{area}{joint}{group}{joint}{rng.randrange(1, 9998):04d}")


def a_number(rng: random.Random) -> Sensitive:
    """An alien registration number of nine digits, rarely eight."""
    digits = f"2{rng.randrange(10**8):08d}"
    a, b, c = digits[:3], digits[3:6], digits[6:]
    old = f"{rng.randrange(10, 99)}"
    spellings = (
        f"A{digits}", f"A {a} {b} {c}", f"A-{a}-{b}-{c}", f"A# {a}-{b}-{c}", f"A#{digits}", f"A{a} {b} {c}",
        f"A{old} {b} {c}",
    )  # fmt: skip
    return _one("A_NUMBER", rng.choice(spellings))


def card(rng: random.Random) -> Sensitive:
    """A payment card number that passes the Luhn check."""
    prefix, length = rng.choice((("4", 16), ("52", 16), ("55", 16), ("37", 15)))
    body = prefix + "".join(rng.choice("0123456789") for _ in range(length - len(prefix) - 1))
    digits = body + _luhn_digit(body)
    joint = rng.choice(("", " ", "-"))
    cuts = (0, 4, 10, 15) if length == 15 else (0, 4, 8, 12, 16)
    return _one("CARD", joint.join(digits[a:b] for a, b in pairwise(cuts)))


def dob(rng: random.Random) -> Sensitive:
    """A date of birth as an English speaker writes it."""
    year, month, day = _birthday(rng)
    name = _MONTHS_EN[month - 1]
    spellings = (
        f"{month:02d}/{day:02d}/{year}", f"{month}/{day}/{year % 100:02d}", f"{day:02d} {name[:3].upper()} {year}",
        f"{name} {day}, {year}", f"{year}-{month:02d}-{day:02d}", f"{day:02d}{name[:3].upper()}{year}",
    )  # fmt: skip
    return _one("DOB", rng.choice(spellings))


def dob_es(rng: random.Random) -> Sensitive:
    """A date of birth as a Spanish speaker writes it: the day first."""
    year, month, day = _birthday(rng)
    spellings = (
        f"{day:02d}/{month:02d}/{year}",
        f"{day} de {_MONTHS_ES[month - 1]} de {year}",
        f"{day:02d}-{month:02d}-{year}",
    )
    return _one("DOB", rng.choice(spellings))


def place(rng: random.Random) -> tuple[float, float]:
    """Latitude and longitude along a stretch of desert."""
    return round(31.3 + rng.random() * 1.3, 6), round(-117.1 + rng.random() * 6.1, 6)


def coordinates(rng: random.Random) -> Sensitive:
    """A position in decimal degrees, in degrees, minutes and seconds, or behind hemisphere letters."""
    lat, lon = place(rng)
    decimal = f"{lat:.5f}, {lon:.5f}"
    spellings = (decimal, decimal.replace(" ", ""), f"{_dms(lat)}N {_dms(-lon)}W", f"N {lat:.4f} W {-lon:.4f}")
    return _one("COORDINATES", rng.choice(spellings))


def plate(rng: random.Random) -> Sensitive:
    """A US number plate; the state, when given, stands before it and is not part of the value."""
    two, three = _letters(rng, 2), _letters(rng, 3)
    spellings = (
        ("CA ", f"{rng.randrange(4, 10)}{three}{rng.randrange(1000):03d}"),
        ("TX ", f"{three}-{rng.randrange(10000):04d}"),
        ("", f"{three} {rng.randrange(10000):04d}"),
        ("AZ ", f"{three}{rng.randrange(10)}{two[0]}{rng.randrange(10)}"),
        ("", f"{rng.randrange(4, 10)}{three}{rng.randrange(1000):03d}"),
    )
    state, value = rng.choice(spellings)
    return Sensitive(state + value, (("PLATE", value, len(state)),))


def plate_mx(rng: random.Random) -> Sensitive:
    """A number plate of Baja California or Sonora."""
    two = _letters(rng, 2)
    return _one("PLATE", rng.choice((f"{two}-{rng.randrange(1000):03d}-{_letters(rng, 1)}", f"{_plate_mx_new(rng)}")))


def passport(rng: random.Random) -> Sensitive:
    """A passport number: nine digits, or a letter and eight."""
    lead = rng.choice(("C", "G", "5", "A"))
    return _one("PASSPORT", f"{lead}{rng.randrange(10**8):08d}")


def address(rng: random.Random) -> Sensitive:
    """A street address with town, state and postal code."""
    flat = rng.choice(("", "", "", " Apt 4", " Unit B", " #12"))
    return _one("ADDRESS", f"{rng.randrange(100, 9900)} {rng.choice(_STREETS)}{flat}, {rng.choice(_TOWNS)}")


def case_number(rng: random.Random) -> Sensitive:
    """The agency's case number."""
    return _one("CASE_NUMBER", f"26-BIS-{rng.randrange(1000, 999999):06d}")


def event_number(rng: random.Random) -> Sensitive:
    """A processing event: station, year, month and a running number."""
    station = rng.choice(("ELC", "NGL", "DGL", "BRP"))
    return _one("CASE_NUMBER", f"{station}26{rng.randrange(9, 13):02d}{rng.randrange(10**6):06d}")


def tecs_number(rng: random.Random) -> Sensitive:
    """A subject record number of the lookout system."""
    return _one(
        "CASE_NUMBER", f"P{rng.randrange(10, 99)}{_letters(rng, 1)}{rng.randrange(10**7):07d}{_letters(rng, 2)}"
    )


def case_link(rng: random.Random) -> Sensitive:
    """An internal address whose path holds a case number and whose query holds a mailbox."""
    number, mailbox = case_number(rng).text, email(rng).text
    head, middle = "https://records.bis.example.gov/case/", "?notify="
    spans = (("CASE_NUMBER", number, len(head)), ("EMAIL", mailbox, len(head + number + middle)))
    return Sensitive(head + number + middle + mailbox, spans)


def map_link(rng: random.Random) -> Sensitive:
    """A map address whose query is a position."""
    lat, lon = place(rng)
    head, value = "https://maps.example.com/?q=", f"{lat:.6f},{lon:.6f}"
    return Sensitive(head + value, (("COORDINATES", value, len(head)),))


MAKERS: Mapping[str, Callable[[random.Random], Sensitive]] = {
    "EMAIL": email,
    "PHONE": phone,
    "PHONE_MX": phone_mx,
    "SSN": ssn,
    "ANUM": a_number,
    "CARD": card,
    "DOB": dob,
    "DOB_ES": dob_es,
    "COORD": coordinates,
    "PLATE": plate,
    "PLATE_MX": plate_mx,
    "PASSPORT": passport,
    "ADDRESS": address,
    "CASE": case_number,
    "EVENT": event_number,
    "TECS": tecs_number,
    "CASE_LINK": case_link,
    "MAP_LINK": map_link,
}
"""The slots of the phrase book that are filled with personal data."""


def _one(category: str, text: str) -> Sensitive:
    return Sensitive(text, ((category, text, 0),))


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(_LETTERS) for _ in range(count))


def _plate_mx_new(rng: random.Random) -> str:
    return f"{_letters(rng, 1)}{rng.randrange(10, 99)}-{_letters(rng, 3)}-{rng.randrange(10)}"


def _birthday(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(1958, 2006), rng.randrange(1, 13), rng.randrange(1, 29)


def _dms(degrees: float) -> str:
    whole = int(degrees)
    minutes = (degrees - whole) * 60
    return f"{whole}°{int(minutes):02d}'{min((minutes - int(minutes)) * 60, 59.9):04.1f}\""


def _luhn_digit(body: str) -> str:
    total = 0
    for place_from_right, digit in enumerate(reversed(body), start=1):
        value = int(digit) * (2 if place_from_right % 2 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
