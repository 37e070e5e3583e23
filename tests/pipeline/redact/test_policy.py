# ruff: noqa: E501 - a case of a table reads best unbroken
"""The policy: every rule of the statute that a file can break is refused with the file and the key."""

import pytest

from pipeline.errors import BadPolicy
from pipeline.redact.exemptions import BY_LABEL, EXEMPTIONS, in_order, label_of, parse_code
from pipeline.redact.policy import CATEGORIES, SHIPPED, load_policy, parse_policy

BASE = "extends: law-enforcement\n"


def with_email(rule: str) -> str:
    return f"{BASE}categories:\n  EMAIL: {{{rule}}}\n"


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_policies_hold(name):
    policy = load_policy(name)
    assert policy.name == name
    assert set(policy.categories) == set(CATEGORIES)
    assert policy.digest == load_policy(name).digest


def test_appointees_and_press_officers_are_named_by_law_enforcement():
    protected = load_policy("law-enforcement").protected
    assert not {"NAME_APPOINTEE", "NAME_PRESS"} & protected
    assert {"NAME_LINE_OFFICER", "NAME_THIRD_PARTY", "NAME_SOURCE", "SSN"} <= protected


def test_a_policy_that_extends_says_only_what_differs():
    policy = parse_policy(with_email("action: keep"))
    assert "EMAIL" not in policy.protected
    assert policy.digest != load_policy("law-enforcement").digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (with_email("action: redact, exemptions: ['(b)(7)'], harm: h, description: d"), r"my\.yml: categories\.EMAIL\.exemptions\.0: \(b\)\(7\) alone"),
        (with_email("action: redact, exemptions: ['Ex. 7'], harm: h, description: d"), "alone"),
        (with_email("action: redact, exemptions: ['(b)(3)'], harm: h, description: d"), "needs its statute"),
        (with_email("action: redact, exemptions: ['(b)(5)'], harm: h, description: d"), "needs a privilege"),
        (with_email("action: redact, exemptions: ['(b)(5)'], privilege: XYZ, harm: h, description: d"), "needs a privilege"),
        (with_email("action: redact, exemptions: ['(b)(1)'], harm: h, description: d"), "classified"),
        (with_email("action: redact, exemptions: ['(b)(12)'], harm: h, description: d"), "not a code"),
        (with_email("action: redact, exemptions: ['(c)(1)'], harm: h, description: d"), "exclusions"),
        (with_email("action: redact, exemptions: ['(b)(6)'], description: d"), "foreseeable harm"),
        (with_email("action: redact, exemptions: ['(b)(6)', '(b)(7)(C)'], harm: {'(b)(6)': h}, description: d"), r"harm is given for \(b\)\(7\)\(C\)"),
        (with_email("action: redact, exemptions: [], harm: h, description: d"), "at least one exemption"),
        (with_email("action: redact, exemptions: ['(b)(6)'], harm: h"), "description"),
        (with_email("action: erase"), r"categories\.EMAIL\.action"),
        (with_email("action: keep, colour: red"), r"categories\.EMAIL\.colour"),
        (BASE + "colour: red\n", "my.yml: colour"),
        (BASE + "min_score: 7\n", "min_score"),
        (BASE + "categories: {SHOE_SIZE: {action: keep}}\n", "unknown categories: SHOE_SIZE"),
        (BASE + "threshold: ''\n", "threshold"),
        (BASE + "attachments: {action: keep}\n", "attachments"),
        ("extends: nothing\n", "extends"),
        ("version: 1\n", "name: Field required"),
        ("a: [", "line 1"),
        ("- a\n", "not a mapping"),
        ("a: &x 1\nb: *x\n", "aliases"),
        (BASE + "name: a\nname: b\n", "line 3: the key is given twice"),
        ("a: !!python/object/apply:os.system ['x']\n", "my.yml"),
    ],
)  # fmt: skip
def test_a_policy_that_breaks_a_rule_is_refused(text, message):
    with pytest.raises(BadPolicy, match=message):
        parse_policy(text, "my.yml")


def test_a_category_that_nobody_decided_is_refused():
    with pytest.raises(BadPolicy, match="without a decision"):
        parse_policy(
            "version: 1\nname: x\ncategories: {}\nattachments: {action: withhold, exemptions: ['(b)(6)'], harm: h, description: d}\n"
        )


def test_a_statute_makes_exemption_three_whole():
    rule = "action: redact, exemptions: ['Ex. 3'], statute: 49 U.S.C. 114(r), harm: h, description: d"
    assert parse_policy(with_email(rule)).categories["EMAIL"].codes == ("(b)(3)",)


def test_a_missing_policy_file_is_refused(tmp_path):
    with pytest.raises(BadPolicy, match=r"none\.yml"):
        load_policy(tmp_path / "none.yml")


def test_the_digest_does_not_depend_on_layout(tmp_path):
    path = tmp_path / "p.yml"
    path.write_text("# a note\nmin_score: 0.5\nextends: general\n", "utf-8")
    assert load_policy(path).digest == load_policy("general").digest


def test_codes_stand_in_statutory_order():
    assert label_of(["(b)(7)(C)", "(b)(6)", "(b)(7)(C)"]) == "[(b)(6); (b)(7)(C)]"
    assert in_order(reversed([e.label for e in EXEMPTIONS])) == tuple(e.label for e in EXEMPTIONS)


@pytest.mark.parametrize("exemption", EXEMPTIONS, ids=lambda e: e.label)
def test_a_code_is_read_from_its_label_and_its_official_name(exemption):
    assert parse_code(exemption.label) == exemption.label
    if exemption.doj:
        assert parse_code(exemption.doj) == exemption.label


def test_there_is_no_bare_seven():
    assert "(b)(7)" not in BY_LABEL
