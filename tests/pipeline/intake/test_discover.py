from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BadSources, StorageError
from pipeline.intake.discover import discover, open_captures, plan_shards
from pipeline.storage import ObjectInfo


def info(key: str, size: int = 1) -> ObjectInfo:
    return ObjectInfo(key=key, version_id="", size=size, modified_utc=0)


def an_archive(folder: Path, descriptor: object) -> str:
    (folder / "captures/wickr").mkdir(parents=True)
    (folder / "captures/wickr/a").write_text("x")
    (folder / "roster.csv").write_text("x")
    (folder / "sources.yml").write_text("agency: A")
    text = descriptor if isinstance(descriptor, str) else json.dumps(descriptor)
    (folder / "archive.json").write_text(text)
    return str(folder)


def test_a_descriptor_gives_captures_and_defaults(tmp_path: Path) -> None:
    descriptor = {
        "captures": "captures/",
        "sources": "sources.yml",
        "roster": "roster.csv",
        "timezone": "America/New_York",
        "seed": 1,
    }
    captures = open_captures(an_archive(tmp_path, descriptor))
    assert [found.key for found in discover(captures.zone)] == ["wickr/a"]
    assert (captures.roster_key, captures.timezone, captures.sources().agency) == (
        "roster.csv",
        "America/New_York",
        "A",
    )


@pytest.mark.parametrize(
    "descriptor",
    [
        "{",
        "[]",
        '"x"',
        {},
    ],
)
def test_an_invalid_descriptor_is_no_descriptor(tmp_path: Path, descriptor: object) -> None:
    captures = open_captures(an_archive(tmp_path, descriptor))
    assert captures.descriptor is None
    assert "archive.json" in [found.key for found in discover(captures.zone)]


@pytest.mark.parametrize(
    ("descriptor", "said"),
    [
        ({"captures": "../up"}, "captures: not usable"),
        ({"captures": "/etc"}, "captures: not usable"),
        ({"captures": 5}, "captures: not usable"),
        ({"captures": "captures/", "timezone": "X"}, "timezone: not usable"),
        ({"captures": "captures/", "roster": "../roster.csv"}, "roster: not usable"),
        ('{"captures": "captures/", "roster": "ros', "not a JSON object"),
    ],
)
def test_a_descriptor_that_cannot_be_used_is_an_error(tmp_path: Path, descriptor: object, said: str) -> None:
    with pytest.raises(BadSources, match=rf"archive\.json: {said}"):
        open_captures(an_archive(tmp_path, descriptor))


def test_without_a_descriptor_everything_is_a_capture(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("x")
    captures = open_captures(str(tmp_path))
    assert [found.key for found in discover(captures.zone)] == ["b"]
    assert captures.sources().agency == ""


def test_an_unreadable_zone_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        list(discover(open_captures(str(tmp_path / "none")).zone))


def test_shards_are_bounded_by_bytes_and_by_objects() -> None:
    infos = [info("d", 5), info("a", 5), info("c", 50), info("b", 5)]
    assert [[i.key for i in shard] for shard in plan_shards(infos, 10, 10)] == [["a", "b"], ["c"], ["d"]]
    assert [[i.key for i in shard] for shard in plan_shards(infos, 100, 3)] == [["a", "b", "c"], ["d"]]
    assert plan_shards([]) == []


@given(st.lists(st.tuples(st.text(min_size=1), st.integers(0, 30)), max_size=30), st.integers(1, 40), st.integers(1, 5))
def test_shards_hold_every_object_once_whatever_the_order(items: list[tuple[str, int]], size: int, count: int) -> None:
    infos = [info(key, length) for key, length in dict(items).items()]
    shards = plan_shards(infos, size, count)
    assert sorted(i.key for shard in shards for i in shard) == sorted(i.key for i in infos)
    assert plan_shards(reversed(infos), size, count) == shards
    assert all(len(shard) <= count and (len(shard) == 1 or sum(i.size for i in shard) <= size) for shard in shards)
