"""The pages that list keys, categories and roles list exactly those that the code knows."""

import re
from pathlib import Path

import yaml

from pipeline.intake.sources import Retention, SourceEntry, Sources, parse_sources
from pipeline.redact.policy import CATEGORIES, SHIPPED, Policy, Rule, parse_policy
from pipeline.redact.roster import ROLES, parse_roster

REPO = Path(__file__).resolve().parents[2]
POLICY = (REPO / "docs/policy.md").read_text("utf-8")
SOURCES = (REPO / "docs/sources.md").read_text("utf-8")


def keys_in_tables(page: str) -> list[str]:
    rows = re.findall(r"^\| (`[^|]*`) \|", page, re.MULTILINE)
    return [key for row in rows for key in re.findall(r"`(\w[\w-]*)`", row)]


def test_the_policy_page_lists_every_category_and_no_other() -> None:
    section = POLICY.split("\n## Categories\n")[1].split("\n## ")[0].split("What was found once")[0]
    assert sorted(re.findall(r"`([A-Z_]+)`", section)) == list(CATEGORIES)


def test_the_policy_page_lists_every_key_role_and_shipped_policy() -> None:
    expected = {*SHIPPED, *Policy.model_fields, "extends", *Rule.model_fields, *ROLES}
    assert set(keys_in_tables(POLICY)) == expected


def test_the_examples_of_the_policy_page_are_accepted() -> None:
    policy, roster = (
        re.search(pattern, POLICY, re.DOTALL) for pattern in (r"```yaml\n(.*?)```", r"```\n(person_id.*?)```")
    )
    assert policy
    assert roster
    assert parse_policy(policy[1]).name == "our-policy"
    assert parse_roster(roster[1]).persons[0].role == "line_officer"


def test_the_sources_page_lists_every_key_and_its_example_is_accepted() -> None:
    retention = {field.alias or name for name, field in Retention.model_fields.items()}
    assert set(keys_in_tables(SOURCES)) == {*Sources.model_fields, *SourceEntry.model_fields, *retention}
    example = re.search(r"```yaml\n(.*?)```", SOURCES, re.DOTALL)
    assert example
    assert yaml.safe_load(example[1])
    assert len(parse_sources(example[1].encode(), "example").sources) == 2


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*REPO.glob("*.md"), *(REPO / "docs").rglob("*.md")]
    assert pages
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
