from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import BadSources
from pipeline.intake.sources import Source, load_sources, parse_sources
from pipeline.storage import FolderZone

GOOD = """
agency: Border Inspection Service
timezone: America/New_York
sources:
  - {prefix: whatsapp/, platform: whatsapp, custodian: phones, account: official}
  - {prefix: whatsapp/mreyes/, platform: whatsapp, custodian: mreyes, timezone: America/Chicago, account: personal}
retention:
  - {prefix: wickr-bot/, from: 2026-10-01, to: 2026-12-31, ttl_seconds: 2592000}
"""


def test_the_longest_prefix_wins(tmp_path: Path) -> None:
    path = tmp_path / "sources.yml"
    path.write_text(GOOD)
    for found in (load_sources(path), load_sources(FolderZone(tmp_path))):
        assert found.of("whatsapp/mreyes/a.txt").custodian == "mreyes"
        assert found.of("whatsapp/mreyes2/a.txt").custodian == "phones"
        assert found.of("elsewhere") == Source()
        assert (found.agency, found.timezone) == ("Border Inspection Service", "America/New_York")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("agencies: x", "agencies"),
        ("timezone: America/Nowhere", "timezone"),
        ("timezone: ../../etc/passwd", "timezone"),
        ("timezone: [1]", "timezone"),
        ("sources: [{prefix: a, custodian: b}]", "sources.0.account"),
        ("sources: [{prefix: a, custodian: b, account: secret}]", "sources.0.account"),
        ("sources: [{prefix: a, custodian: b, account: official, colour: red}]", "sources.0.colour"),
        ("sources: [{prefix: a, custodian: b, account: official, timezone: Mars/Base}]", "sources.0.timezone"),
        (
            "sources: [{prefix: a, custodian: b, account: official}, {prefix: a, custodian: c, account: official}]",
            "twice",
        ),
        ("retention: [{days: 3}]", "retention.0.days"),
        ("- a list", "mapping"),
        ("a: [", "line 1"),
        ("a: !!python/object:os.system {}", "YAML"),
    ],
)
def test_errors_name_file_and_key(text: str, named: str) -> None:
    with pytest.raises(BadSources) as refused:
        parse_sources(text.encode(), "sources.yml")
    assert "sources.yml" in str(refused.value) and named in str(refused.value)


def test_errors_do_not_quote_values() -> None:
    with pytest.raises(BadSources) as refused:
        parse_sources(b"sources: [{prefix: a, custodian: b, account: official, owner_name: [Jane Roe]}]", "s.yml")
    assert "Jane" not in str(refused.value)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a: \xff"])
def test_not_utf8(data: bytes) -> None:
    with pytest.raises(BadSources, match="UTF-8"):
        parse_sources(data, "sources.yml")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadSources, match=r"none\.yml"):
        load_sources(tmp_path / "none.yml")
    with pytest.raises(BadSources, match=r"sources\.yml"):
        load_sources(FolderZone(tmp_path))


def test_an_empty_file_says_nothing() -> None:
    assert parse_sources(b"", "sources.yml").of("x") == Source()
