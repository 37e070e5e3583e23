"""Every reader on damaged copies of a small file: each byte cut off, each byte flipped, pieces moved, hostile values.

The quick part takes a share of the places, spread over the file; the slow part takes them all.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz.damage import HOSTILE, Change, Damaged, cuts, flips, hostile_elements, hostile_json, splices
from tests.fuzz.harness import (
    DATABASE_READERS,
    READERS,
    Reading,
    Violated,
    by_element,
    hold,
    hold_apart,
    hold_kept,
    hold_others,
    read_in_zip,
    read_in_zone,
    read_straight,
    secret_words,
    unlike,
)
from tests.fuzz.seed import Seed
from tests.fuzz.seeds import SEEDS, seeds_of, tokens_of

NUMBER = 20260125
PLACES = 100
"""How many damaged copies the quick part reads of each kind, spread over the file."""
TEXTS = [seed for seed in SEEDS if seed.reader not in DATABASE_READERS]
every_seed = pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.id)
every_text = pytest.mark.parametrize("seed", TEXTS, ids=lambda seed: seed.id)


@cache
def whole(seed_id: str) -> Reading:
    return read_straight(seed_named(seed_id), seed_named(seed_id).data)


def seed_named(seed_id: str) -> Seed:
    return next(seed for seed in SEEDS if seed.id == seed_id)


def spread(copies: Iterable[Damaged | Change], most: int) -> Iterator[Damaged]:
    """A share of the copies, chosen by a fixed number."""
    held = list(copies)
    chosen = sorted(random.Random(NUMBER).sample(range(len(held)), min(most, len(held))))
    return (copy() if callable(copy := held[at]) else copy for at in chosen)


def read_and_hold(seed: Seed, copies: Iterable[Damaged]) -> None:
    """Read damaged copies by the reader alone and hold what comes out against all rules."""
    expected = whole(seed.id).entries
    known, words = by_element(expected), secret_words(expected)
    for copy in copies:
        try:
            found = read_straight(seed, copy.data)
            hold_apart(found.entries)
            hold(unlike(found.entries, known), words)
            if copy.only is None:
                hold_kept(seed, expected, found.entries, copy.intact)
            else:
                hold_others(seed, expected, found.entries, copy.only)
        except Exception as problem:
            problem.add_note(f"{seed.id}: {copy.how}")
            raise


def read_stored_and_hold(seed: Seed, copy: Damaged, folder: Path) -> None:
    """Read a damaged copy as an object of a zone and as a member of a zip."""
    try:
        for read in (read_in_zone, read_in_zip):
            found = read(seed, copy.data, folder)
            hold(found.entries, secret_words(whole(seed.id).entries))
            if copy.data and seed.elements and not found.entries and found.objects[0].format != "attachment":
                raise Violated("nothing-came-out")
    except Exception as problem:
        problem.add_note(f"{seed.id}: {copy.how}")
        raise


@pytest.mark.parametrize("reader", [*READERS, *DATABASE_READERS])
def test_every_reader_has_a_seed(reader: str) -> None:
    assert seeds_of(reader), f"{reader}: give its test file a small file as SEEDS (CONTRIBUTING.md)"


@every_seed
def test_the_seed_itself_is_read_whole(seed: Seed, tmp_path: Path) -> None:
    found = whole(seed.id)
    hold(found.entries)
    assert [entry.reason for entry in found.quarantined] == []
    assert {event.format for event in found.events} == {seed.reader}
    if seed.elements:
        assert len(by_element(found.entries)) == seed.in_head + len(seed.elements)
    for read in (read_in_zone, read_in_zip):
        stored = read(seed, seed.data, tmp_path)
        assert stored.quarantined == []
        assert len([event for event in stored.events if event.member in ("", seed.key)]) == len(found.events)


@every_text
def test_only_its_own_reader_knows_the_seed(seed: Seed) -> None:
    assert [name for name, reader in READERS.items() if reader.sniff(seed.data)][:1] == [seed.reader]


@every_text
@pytest.mark.parametrize("step", [1, 7, 61])
def test_the_size_of_the_pieces_that_are_read_does_not_matter(
    seed: Seed, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = whole(seed.id).entries
    for name, module in sys.modules.items():
        if name.startswith("pipeline.") and hasattr(module, "CHUNK"):
            monkeypatch.setattr(module, "CHUNK", step)
    assert read_straight(seed, seed.data, step).entries == expected


@every_seed
def test_the_same_bytes_give_the_same_entries(seed: Seed) -> None:
    for copy in islice(flips(seed.data, NUMBER, step=max(1, len(seed.data) // 20)), 20):
        assert read_straight(seed, copy.data).entries == read_straight(seed, copy.data).entries


@every_seed
def test_cut_short(seed: Seed) -> None:
    read_and_hold(seed, spread(cuts(seed.data), PLACES))


@every_seed
def test_one_byte_flipped(seed: Seed) -> None:
    read_and_hold(seed, spread(flips(seed.data, NUMBER), PLACES))


@every_seed
def test_pieces_moved(seed: Seed) -> None:
    read_and_hold(seed, splices(seed.data, NUMBER, PLACES, tokens_of(seed)))


@every_text
def test_hostile_values(seed: Seed) -> None:
    read_and_hold(seed, spread(HOSTILE[seed.syntax](seed.data), PLACES))


@every_seed
def test_stored_and_damaged(seed: Seed, tmp_path: Path) -> None:
    tokens = tokens_of(seed)
    for copies in (cuts(seed.data), flips(seed.data, NUMBER), splices(seed.data, NUMBER, PLACES, tokens)):
        for copy in spread(copies, PLACES // 12):
            read_stored_and_hold(seed, copy, tmp_path)


@pytest.mark.slow
@every_seed
def test_every_byte(seed: Seed, tmp_path: Path) -> None:
    step = max(1, len(seed.data) // 8192)
    for copies in (
        cuts(seed.data, step),
        flips(seed.data, NUMBER, step),
        splices(seed.data, NUMBER, 1000, tokens_of(seed)),
    ):
        read_and_hold(seed, copies)
    for copy in spread(flips(seed.data, NUMBER), PLACES * 4):
        read_stored_and_hold(seed, copy, tmp_path)


@every_text
def test_a_hostile_element_costs_no_other(seed: Seed) -> None:
    if seed.syntax not in ("json", "lines") or not seed.elements:
        pytest.skip("not made of elements that are JSON")
    read_and_hold(seed, spread(hostile_elements(seed), PLACES))


@every_text
def test_hostile_neighbours(seed: Seed) -> None:
    files = {path: data for path, data in seed.beside.items() if path.endswith(".json")}
    if not files:
        pytest.skip("nothing that can be hostile lies beside it")
    for path, data in files.items():
        for copy in (*spread(hostile_json(data), PLACES), *spread(cuts(data), PLACES // 5)):
            try:
                hold(read_straight(replace(seed, beside={**seed.beside, path: copy.data}), seed.data).entries)
            except Exception as problem:
                problem.add_note(f"{seed.id}, {path}: {copy.how}")
                raise


@pytest.mark.slow
@every_text
def test_many_hostile_values(seed: Seed) -> None:
    read_and_hold(seed, spread(HOSTILE[seed.syntax](seed.data), PLACES * 40))
    if seed.syntax in ("json", "lines"):
        read_and_hold(seed, spread(hostile_elements(seed), PLACES * 40))
