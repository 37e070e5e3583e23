# ruff: noqa: E501 - a case of a table reads best unbroken
"""The detector table: what each row must find, what it must leave alone, and that the gate changes nothing."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.redact.detector import Detector
from pipeline.redact.matcher import Matcher
from pipeline.redact.patterns import PATTERN_CATEGORIES, PATTERNS
from pipeline.redact.policy import load_policy
from pipeline.redact.roster import Roster, parse_roster

GATED = Matcher()
PLAIN = Matcher(gate=False)
DETECTOR = Detector(load_policy("law-enforcement"), Roster())

POSITIVE = [
    ("EMAIL", "write to maria_lopez+x@field.example.gov today", "maria_lopez+x@field.example.gov"),
    ("EMAIL", "correo: jose.ñandú@ejemplo.com.mx", "jose.ñandú@ejemplo.com.mx"),
    ("EMAIL", "see https://x.example/?to=a.b%40c.example", "a.b%40c.example"),
    ("EMAIL", "jdoe (at) example (dot) com", "jdoe (at) example (dot) com"),
    ("EMAIL", "jdoe arroba ejemplo punto com", "jdoe arroba ejemplo punto com"),
    ("PHONE", "call 915-555-0147", "915-555-0147"),
    ("PHONE", "(915) 555-0147", "(915) 555-0147"),
    ("PHONE", "915.555.0147", "915.555.0147"),
    ("PHONE", "915 555 0147", "915 555 0147"),
    ("PHONE", "9155550147", "9155550147"),
    ("PHONE", "+1 (915) 555-0147 ext. 12", "+1 (915) 555-0147 ext. 12"),
    ("PHONE", "+52 656 123 4567", "+52 656 123 4567"),
    ("PHONE", "cel 656-123-45-67", "656-123-45-67"),
    ("PHONE", "55 1234 5678 es de ella", "55 1234 5678"),
    ("PHONE", "+44 20 7946 0958", "+44 20 7946 0958"),
    ("PHONE", "+972-3-555-1234", "+972-3-555-1234"),
    ("PHONE", "IMG_9155550147.jpg", "9155550147"),
    ("PHONE", "٩١٥-٥٥٥-٠١٤٧", "٩١٥-٥٥٥-٠١٤٧"),
    ("PHONE", "915\u00a0555\u202f0147", "915\u00a0555\u202f0147"),
    ("PHONE", "915–555—0147", "915–555—0147"),
    ("PHONE", "its 555-0147", "555-0147"),
    ("PHONE", "llámale al 555 1234", "555 1234"),
    ("SSN", "123-45-6789", "123-45-6789"),
    ("SSN", "123–45–6789", "123–45–6789"),
    ("SSN", "123‑45‒6789", "123‑45‒6789"),
    ("SSN", "123.45.6789", "123.45.6789"),
    ("SSN", "123 45 6789", "123 45 6789"),
    ("SSN", "ssn 123456789", "123456789"),
    ("SSN", "social is 666-12-3456", "666-12-3456"),
    ("SSN", "１２３-４５-６７８９", "１２３-４５-６７８９"),
    ("SSN", "12\u200b3-45-67\u200b89", "12\u200b3-45-67\u200b89"),
    ("SSN", "ssn ends 4321", "4321"),
    ("A_NUMBER", "A123456789", "A123456789"),
    ("A_NUMBER", "A 123-456-789 in custody", "A 123-456-789"),
    ("A_NUMBER", "A# 12 345 678", "A# 12 345 678"),
    ("A_NUMBER", "alien number 123456789", "123456789"),
    ("A_NUMBER", "A74 759 397", "A74 759 397"),
    ("CARD", "4111 1111 1111 1111", "4111 1111 1111 1111"),
    ("CARD", "amex 378282246310005", "378282246310005"),
    ("CARD", "tarjeta 5555-5555-5555-4444", "5555-5555-5555-4444"),
    ("DOB", "DOB 03/04/1985", "03/04/1985"),
    ("DOB", "dob: 3-4-85", "3-4-85"),
    ("DOB", "born March 4, 1985 in Texas", "March 4, 1985"),
    ("DOB", "D.O.B. 12MAR1985", "12MAR1985"),
    ("DOB", "nacida el 5 de mayo de 1990", "5 de mayo de 1990"),
    ("DOB", "fecha de nacimiento: 05/12/1990", "05/12/1990"),
    ("DOB", "F.N. 1990-05-12", "1990-05-12"),
    ("DOB", "nació en 1990", "1990"),
    ("DOB", "1990-05-12 is her dob", "1990-05-12"),
    ("AGE", "34 y/o male", "34 y/o"),
    ("AGE", "the driver is 34 years old", "34 years old"),
    ("AGE", "edad: 34", "34"),
    ("COORDINATES", "31.7619, -106.4850", "31.7619, -106.4850"),
    ("COORDINATES", "N 31.4918 W 116.5637", "N 31.4918 W 116.5637"),
    ("COORDINATES", "31°45'42\"N 106°29'06\"W", "31°45'42\"N 106°29'06\"W"),
    ("COORDINATES", "31° 45′ 42″ N, 106° 29′ 6″ O", "31° 45′ 42″ N, 106° 29′ 6″ O"),
    ("COORDINATES", "geo:31.7619,-106.485", "geo:31.7619,-106.485"),
    ("COORDINATES", "https://maps.app.goo.gl/AbC123", "https://maps.app.goo.gl/AbC123"),
    ("COORDINATES", "13R CR 12345 67890", "13R CR 12345 67890"),
    ("PLATE", "license plate ABC 1234", "ABC 1234"),
    ("PLATE", "placas FRT-123-A", "FRT-123-A"),
    ("PLATE", "TX plate: KLM4321", "KLM4321"),
    ("PLATE", "matrícula 1234 BCD", "1234 BCD"),
    ("PLATE", "silver Tacoma AZ NJL7A6", "NJL7A6"),
    ("VIN", "1HGCM82633A004352", "1HGCM82633A004352"),
    ("PASSPORT", "passport no. C12345678", "C12345678"),
    ("PASSPORT", "pasaporte G1234567", "G1234567"),
    ("PASSPORT", "scan_C51100761.jpg", "C51100761"),
    ("DRIVER_LICENSE", "TX DL 12345678", "12345678"),
    ("DRIVER_LICENSE", "licencia de conducir B1234567", "B1234567"),
    ("ADDRESS", "lives at 123 Main St, El Paso, TX 79901", "123 Main St, El Paso, TX 79901"),
    ("ADDRESS", "4131 Agave Ridge Rd #12, Calexico, CA 92231", "4131 Agave Ridge Rd #12, Calexico, CA 92231"),
    ("ADDRESS", "2729 Calle Primavera Apt 4, Laredo, TX 78040", "2729 Calle Primavera Apt 4, Laredo, TX 78040"),
    ("ADDRESS", "vive en calle Benito Juárez 123, col. Centro", "calle Benito Juárez 123, col. Centro"),
    ("ADDRESS", "Av. 16 de Septiembre #45", "Av. 16 de Septiembre #45"),
    ("ADDRESS", "P.O. Box 1234", "P.O. Box 1234"),
    ("EMAIL", "write juan.perez@gmail", "juan.perez@gmail"),
    ("DOB", "fec. nac. 14-03-1987", "14-03-1987"),
    ("DOB", "Geburtsdatum 13.05.1969", "13.05.1969"),
    ("DOB", "dob031487", "031487"),
    ("PASSPORT", "passport # 512 345 678", "512 345 678"),
    ("COORDINATES", "N32 32.538 W117 01.806", "N32 32.538 W117 01.806"),
    ("ADDRESS", "vive en calle 5ta 1234", "calle 5ta 1234"),
    ("NATIONAL_ID", "su CURP GODE561231HDFRRN09", "GODE561231HDFRRN09"),
    ("NATIONAL_ID", "GODE561231GR8", "GODE561231GR8"),
    ("HANDLE", "venmo @juan-perez-22", "@juan-perez-22"),
    ("HANDLE", "https://instagram.com/juanp22", "juanp22"),
    ("HANDLE", "t.me/juanp ok", "juanp"),
    ("CASE_NUMBER", "case 2:26-cr-00123-ABC", "2:26-cr-00123-ABC"),
    ("CASE_NUMBER", "3:24-cv-00123", "3:24-cv-00123"),
    ("CASE_NUMBER", "FIN# 1234567890", "1234567890"),
    ("CASE_NUMBER", "TECS P4F1234567", "P4F1234567"),
    ("CASE_NUMBER", "event number: ELP2610000123", "ELP2610000123"),
    ("CASE_NUMBER", "case # 24-001234", "24-001234"),
    ("CASE_NUMBER", "expediente 123/2024", "123/2024"),
    ("IBAN", "GB29 NWBK 6016 1331 9268 19 and go", "GB29 NWBK 6016 1331 9268 19"),
    ("BANK", "account number 000123456789", "000123456789"),
    ("BANK", "CLABE 032180000118359719", "032180000118359719"),
    ("IP", "from 10.20.30.40 again", "10.20.30.40"),
    ("IP", "2001:db8::8a2e:370:7334", "2001:db8::8a2e:370:7334"),
    ("MAC", "00:1A:2B:3C:4D:5E", "00:1A:2B:3C:4D:5E"),
    ("HANDLE", "somebody check @weimin.zhang's page", "@weimin.zhang's"),
    ("CREDENTIAL", "password: Hunter2!", "Hunter2!"),
    ("CREDENTIAL", "la contraseña es Verano2026", "Verano2026"),
    ("CREDENTIAL", "AKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOP"),
    ("CREDENTIAL", "https://x.example/f?sig=abc123", "https://x.example/f?sig=abc123"),
    ("CREDENTIAL", "https://mmg.whatsapp.net/v/t62.enc", "https://mmg.whatsapp.net/v/t62.enc"),
    ("BADGE", "badge # 12345", "12345"),
    ("URL", "see https://records.example.gov/x", "https://records.example.gov/x"),
]

NEGATIVE = [
    ("SSN", "000-12-3456"),
    ("SSN", "666-12-3456"),
    ("SSN", "123-00-6789"),
    ("SSN", "case of 123456789 bottles"),
    ("CARD", "4111 1111 1111 1112"),
    ("CARD", "0000 0000 0000 0000"),
    ("DOB", "meeting on 03/04/2026"),
    ("DOB", "arrived 5 de mayo de 2026"),
    ("COORDINATES", "31.7, 106.4 degrees"),
    ("COORDINATES", "91.7619, -106.4850"),
    ("VIN", "1HGCM82633A004353"),
    ("IBAN", "GB29 NWBK 6016 1331 9268 18"),
    ("IP", "10.20.30.400"),
    ("IP", "release 1.2.3.4.5"),
    ("IP", "12:30:45"),
    ("PHONE", "$915,555,0147"),
    ("PHONE", "ratio 1.9155550147"),
    ("PLATE", "the plates are dirty"),
    ("PASSPORT", "his passport is expired"),
    ("CREDENTIAL", "please reset my password"),
    ("A_NUMBER", "A 10 minute break"),
    ("HANDLE", "meet @checkpoint"),
    ("EMAIL", "look @ that"),
]


@pytest.mark.parametrize(("category", "text", "value"), POSITIVE)
def test_a_sensitive_value_is_covered_by_its_category(category, text, value):
    start = text.index(value)
    covering = [s for s in DETECTOR.find(text) if s.category == category]
    covered = {i for s in covering for i in range(s.start, s.end)}
    bare = value.rstrip("!'s") if category in {"CREDENTIAL", "HANDLE"} else value
    assert set(range(start, start + len(bare))) <= covered


@pytest.mark.parametrize(("category", "text"), NEGATIVE)
def test_a_look_alike_is_left_alone(category, text):
    assert [s for s in DETECTOR.find(text) if s.category == category] == []


@pytest.mark.parametrize(("category", "text", "value"), POSITIVE)
def test_the_gate_finds_what_every_row_by_itself_finds(category, text, value):
    assert GATED.find(text) == PLAIN.find(text)


PIECES = st.sampled_from(
    [text for _, text, _ in POSITIVE] + [text for _, text in NEGATIVE] + [" ", "\n", ", ", "😀", "é", "\u200b"]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=5).map("".join))
@settings(max_examples=150, deadline=None)
def test_gate_and_fallback_agree_on_any_text(text):
    found = GATED.find(text)
    assert found == PLAIN.find(text)
    assert all(0 <= s.start < s.end <= len(text) and 0.0 < s.score <= 1.0 for s in found)


def test_every_category_has_a_positive_case():
    assert set(PATTERN_CATEGORIES) - {category for category, _, _ in POSITIVE} == set()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("4111111111111111 5500000000000004", ["4111111111111111", "5500000000000004"]),
        ("unit 12 4111 1111 1111 1111 at 5", ["4111 1111 1111 1111"]),
        ("4111 1111 1111 1111 123", ["4111 1111 1111 1111"]),
        ("+44 20 7946 0958 10 min", ["+44 20 7946 0958"]),
        ("915-555-0147 915-555-0148", ["915-555-0147", "915-555-0148"]),
        ("915-555-0147/915-555-0148", ["915-555-0147", "915-555-0148"]),
        ("123-45-6789 234-56-7890", ["123-45-6789", "234-56-7890"]),
        ("plate ABC 1234 seen", ["ABC 1234"]),
        ("plates ABC1234 and XYZ-98-76", ["ABC1234", "XYZ-98-76"]),
        ("A123456789 A987654321", ["A123456789", "A987654321"]),
        ("12:30 10.20.30.40 10.20.30.41", ["10.20.30.40", "10.20.30.41"]),
        ("a.b@x.example,c.d@y.example;e@z.example", ["a.b@x.example", "c.d@y.example", "e@z.example"]),
        ("3 units to 123 Main St", ["123 Main St"]),
        ("dob 3/4/85 or 3/5/85", ["3/4/85", "3/5/85"]),
        ("31.7619, -106.4850 31.7620, -106.4851", ["31.7619, -106.4850", "31.7620, -106.4851"]),
    ],
)
def test_what_stands_around_a_value_does_not_hide_it(text, values):
    covered = {i for s in DETECTOR.find(text) for i in range(s.start, s.end)}
    for value in values:
        start = text.index(value)
        assert set(range(start, start + len(value))) <= covered, value


def test_context_raises_the_score():
    without = next(s for s in GATED.find("9155550147") if s.rule == "phone-bare")
    within = next(s for s in GATED.find("her cell 9155550147") if s.rule == "phone-bare")
    assert without.score < within.score


def test_a_long_hostile_text_is_searched_in_reasonable_time():
    for text in (
        "1-" * 20_000,
        "a" * 50_000 + "@",
        "calle " * 8_000,
        "dob " * 10_000,
        "https://" * 6_000,
        "A1 " * 10_000,
    ):
        GATED.find(text)


def test_rules_are_named_once_per_category():
    assert all(p.rule and p.category.isupper() for p in PATTERNS)


ORDINARY = (Path(__file__).parent / "ordinary_chat.txt").read_text("utf-8").splitlines()
COMMON_NAMES = (
    "María Elena López|Will Rose|Mark Hill|Grace Park|April May|José Cruz|Rosa Flores|Juan de la Cruz|Dan King|Sol Reyes"
    "|Guadalupe Paz|Luz Guerra|Sam West|Joe Day|Al Long|Victor Mesa|Ray Banks|Bill Price"
)


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_chat_is_left_whole_even_when_officers_have_ordinary_names(line, ordinary_detector):
    assert ordinary_detector.find(line) == []


@pytest.fixture(scope="module")
def ordinary_detector():
    rows = [f"{i},{name},line_officer,,,," for i, name in enumerate(COMMON_NAMES.split("|"))]
    header = "person_id,full_name,role,aliases,emails,phones,handles"
    return Detector(load_policy("law-enforcement"), parse_roster("\n".join([header, *rows]) + "\n"))
