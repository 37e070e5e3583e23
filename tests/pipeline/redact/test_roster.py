"""The roster: its format is checked line by line, and each person is found in every spelling."""

import pytest

from pipeline.errors import BadRoster
from pipeline.redact.names import NameMatcher
from pipeline.redact.participants import Participant
from pipeline.redact.roster import COLUMNS, load_roster, parse_roster

HEADER = ",".join(COLUMNS) + "\n"
PEOPLE = (
    "1,María Elena López García,line_officer,Nena;Mari,maria.lopez@cbp.example,+1 (915) 555-0147,@mlopez77\n"
    "2,Will Rose,third_party,,,,\n"
    '3,"de la Cruz, Juan",appointee,,,,\n'
    "4,王小明,source,,,,\n"
    "5,Sean O'Brien-Smith,supervisor,,,,\n"
    "6,Yusuf Al-Masri,third_party,,,,@yalmasri\n"
    "7,يوسف المصري,third_party,,,,\n"
)
MATCHER = NameMatcher(parse_roster(HEADER + PEOPLE), frozenset({"NAME_LINE_OFFICER"}))

FOUND = [
    ("maria said so", "maria"),
    ("MARÍA ELENA", "MARÍA ELENA"),
    ("Marí\u0301a López", "Marí\u0301a López"),
    ("IMG_maria-lopez.jpg", "maria-lopez"),
    ("maria_lopez2.pdf", "maria_lopez"),
    ("López García, María", "López García, María"),
    ("M. López here", "M. López"),
    ("m lopez garcia", "m lopez garcia"),
    ("López's truck", "López's"),
    ("ask garcia", "garcia"),
    ("mlopez ok", "mlopez"),
    ("MariaLopez", "MariaLopez"),
    ("nena dice", "nena"),
    ("call 1-915.555.0147 now", "915.555.0147"),
    ("wa.me/19155550147", "9155550147"),
    ("9 1 5 5 5 5 0 1 4 7", "9 1 5 5 5 5 0 1 4 7"),
    ("5550147", "5550147"),
    ("@MLopez77 or mlopez77", "@MLopez77"),
    ("ping @yalmasri", "@yalmasri"),
    ("mar%C3%ADa%20l%C3%B3pez", "mar%C3%ADa%20l%C3%B3pez"),
    ("Mari\u200ba", "Mari\u200ba"),
    ("我叫王小明吗", "王小明"),
    ("obrien is out", "obrien"),
    ("O’Brien smith", "O’Brien smith"),
    ("AL-MASRI, YUSUF", "AL-MASRI, YUSUF"),
    ("هذا يوسف المصري", "يوسف المصري"),
    ("tell Will to go", "Will"),
    ("officer rose is late", "rose"),
    ("Rose is late", "Rose"),
    ("will rose", "will rose"),
    ("IMG_Rose_1.jpg", "Rose"),
    ("juan de la cruz", "juan de la cruz"),
]
LEFT = [
    "will you go",
    "Will you go",
    "the price rose",
    "roses",
    "banana",
    "marinate",
    "lopezville",
    "WILL BE THERE",
    "la cruz roja",
]


@pytest.mark.parametrize(("text", "value"), FOUND)
def test_a_person_is_found(text, value):
    assert value in [text[s.start : s.end] for s in MATCHER.find(text)]


@pytest.mark.parametrize("text", LEFT)
def test_an_ordinary_word_is_no_person(text):
    assert MATCHER.find(text) == []


def test_the_longer_reading_explains_the_shorter_one():
    assert [s.category for s in MATCHER.find("Juan de la Cruz")] == ["NAME_APPOINTEE"]


def test_a_name_that_two_persons_share_goes_to_the_protected_one():
    people = "1,Ana Vidrio,appointee,,,,\n2,Eva Vidrio,line_officer,,,,\n"
    matcher = NameMatcher(parse_roster(HEADER + people), frozenset({"NAME_LINE_OFFICER"}))
    assert [s.category for s in matcher.find("ask vidrio")] == ["NAME_LINE_OFFICER"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the header"),
        ("id,name\n", "line 1: the header"),
        (HEADER + "1,Ann Lee,line_officer,,,\n", "line 2: 6 columns"),
        (HEADER + "1,Ann Lee,boss,,,,\n", "line 2, column role"),
        (HEADER + ",Ann Lee,press,,,,\n", "line 2, column person_id"),
        (HEADER + "1,,press,,,,\n", "line 2, column full_name"),
        (HEADER + "1,Ann Lee,press,,nobody,,\n", "line 2, column emails"),
        (HEADER + "1,Ann Lee,press,,,123,\n", "line 2, column phones"),
        (HEADER + "1,A Lee,press,,,,\n\n1,B Lee,press,,,,\n", "line 4, column person_id"),
        (HEADER + '1,"Ann,press,,,,\n', "line 2"),
    ],
)
def test_a_broken_roster_is_refused_with_its_place(text, message):
    with pytest.raises(BadRoster, match=message) as caught:
        parse_roster(text)
    assert "Ann" not in str(caught.value)


def test_a_roster_file_may_start_with_a_bom(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (HEADER + PEOPLE).encode())
    assert len(load_roster(path).persons) == 7


def test_a_roster_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(HEADER.encode() + b"1,Jos\xe9,press,,,,\n")
    with pytest.raises(BadRoster, match="not UTF-8 at byte"):
        load_roster(path)


def test_a_missing_roster_is_refused(tmp_path):
    with pytest.raises(BadRoster, match=r"none\.csv"):
        load_roster(tmp_path / "none.csv")


def test_the_digest_does_not_depend_on_the_order_of_lines():
    lines = PEOPLE.splitlines(keepends=True)
    assert parse_roster(HEADER + PEOPLE).digest == parse_roster(HEADER + "".join(reversed(lines))).digest


def a_participant(**changes):
    return Participant(**{"pseudonym": "P1", "ids": ("u1",), "displays": (), **changes})


def test_a_participant_on_the_roster_keeps_the_role_and_lends_the_display_name():
    roster = parse_roster(HEADER + PEOPLE).with_participants(
        [a_participant(ids=("maria.lopez@cbp.example",), displays=("La Güera",))]
    )
    matcher = NameMatcher(roster, frozenset({"NAME_LINE_OFFICER"}))
    assert len(roster.persons) == 7
    assert [s.category for s in matcher.find("la guera viene")] == ["NAME_LINE_OFFICER"]


def test_an_unknown_participant_becomes_a_line_officer_in_every_spelling():
    roster = parse_roster(HEADER).with_participants(
        [a_participant(ids=("+1 915 555 0199",), displays=("~ Brenda Zúñiga",))]
    )
    matcher = NameMatcher(roster, frozenset({"NAME_LINE_OFFICER"}))
    assert {s.category for s in matcher.find("zuniga or 9155550199")} == {"NAME_LINE_OFFICER", "PHONE"}


def test_a_display_name_that_is_no_persons_name_is_found_only_whole():
    roster = parse_roster(HEADER).with_participants([a_participant(displays=("Night Desk",))])
    matcher = NameMatcher(roster, frozenset({"NAME_LINE_OFFICER"}))
    assert matcher.find("the night was long, ask the desk") == []


def test_who_is_unknown_counts_as_a_line_officer():
    category = parse_roster(HEADER + PEOPLE).categories()
    assert category("x", "Somebody Else") == "NAME_LINE_OFFICER"
    assert (
        category("x", "Juan de la Cruz") == "NAME_LINE_OFFICER" or category("x", "de la Cruz, Juan") == "NAME_APPOINTEE"
    )


@pytest.mark.parametrize("text", ["Tigre", "Tigre says the north gate", "el tigre ya llegó", "ask tigre"])
def test_a_sources_alias_is_found_whatever_ordinary_word_it_is(text):
    roster = parse_roster(HEADER + "9,Ramiro Quiroz,source,Tigre,,,\n")
    found = NameMatcher(roster, frozenset({"NAME_SOURCE"})).find(text)
    assert [text[span.start : span.end].lower() for span in found] == ["tigre"]
