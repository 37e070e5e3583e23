from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.job import Job
from pipeline.resolve import slices
from pipeline.resolve.slices import NO_IDS, ROWS_PER_SLICE, cut
from pipeline.run import run_job
from pipeline.sample import write_sample
from pipeline.storage import open_zone


@given(st.lists(st.integers(1, 3 * ROWS_PER_SLICE), max_size=20))
def test_every_bucket_is_in_exactly_the_shares_of_one_cut(counts: list[int]) -> None:
    found = cut([(bucket, count) for bucket, count in enumerate(counts, NO_IDS)])
    assert [one.number for one in found] == list(range(len(found)))
    whole = [bucket for one in found if one.share == 0 for bucket in one.buckets]
    assert whole == list(range(NO_IDS, NO_IDS + len(counts)))
    for one in found:
        assert {other.share for other in found if other.buckets == one.buckets} == set(range(one.shares))
        assert sum(counts[bucket - NO_IDS] for bucket in one.buckets) <= one.shares * ROWS_PER_SLICE


def test_a_small_lake_is_one_slice() -> None:
    assert [one.buckets for one in cut([(NO_IDS, 10), (0, 5), (7, 1)])] == [(NO_IDS, 0, 7)]


@pytest.mark.slow
def test_small_slices_give_the_same_bundle_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_sample(str(tmp_path / "sample"), messages=800, seed=6)
    digests = []
    for rows in (ROWS_PER_SLICE, 40):
        monkeypatch.setattr(slices, "ROWS_PER_SLICE", rows)
        out = tmp_path / str(rows)
        job = Job(
            captures=str(tmp_path / "sample"), lake=str(out / "lake"), transfer=str(out / "bundles"), product="request"
        )
        summary = run_job(job, now_utc=0, workers=1)
        zone = open_zone(str(out / "bundles"))
        digests.append((summary["records"], sorted((i.key, i.size) for i in zone.iter_objects())))
    assert digests[0] == digests[1]
