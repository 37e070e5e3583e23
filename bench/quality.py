"""Recall of redaction by category, and over-redaction, on the sample archive's ground truth.

    python bench/quality.py [--messages 4000] [--seed 21]

A span counts as found when no character of it is left in the released records. Names of roles that the policy keeps
are left out. Over-redaction is the share of released words of truth messages without any sensitive span that were
taken out all the same.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

KEPT_ROLES = ("appointee", "press")


def main() -> None:
    """Make the sample, run the job, compare, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--messages", type=int, default=4000)
    asked.add_argument("--seed", type=int, default=21)
    given = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="foia-quality-"))
    try:
        _measure(folder, given.messages, given.seed)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path, messages: int, seed: int) -> None:
    from pipeline.job import Job
    from pipeline.run import run_job
    from pipeline.sample import write_sample

    write_sample(str(folder / "sample"), messages=messages, seed=seed)
    job = Job(
        captures=str(folder / "sample"), lake=str(folder / "lake"), transfer=str(folder / "out"), product="request"
    )
    summary = run_job(job, now_utc=0)
    released = [json.loads(line) for line in _lines(folder / "out" / summary["bundle_id"] / "data/records.jsonl")]
    truth = folder / "sample" / "truth"
    spans = [json.loads(line) for line in _lines(truth / "spans.jsonl")]
    _print_recall(spans, "\n".join(text for record in released for text in _texts(record)).casefold(), _kept(folder))
    _print_excess(released, [json.loads(line) for line in _lines(truth / "messages.jsonl")], spans)


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _kept(folder: Path) -> set[str]:
    kept = set()
    with (folder / "sample/roster.csv").open(encoding="utf-8", newline="") as roster:
        for person in csv.DictReader(roster):
            if person["role"] in KEPT_ROLES:
                columns = ("full_name", "aliases", "emails", "phones", "handles")
                kept |= {value.casefold() for column in columns for value in person[column].split(";") if value}
    return kept


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "text":
            yield node["value"]
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _print_recall(spans: list[dict[str, Any]], released: str, kept: set[str]) -> None:
    total: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for span in spans:
        roles = span.get("roles", [])
        if span["literal"].casefold() in kept or (roles and set(roles) <= set(KEPT_ROLES)):
            continue
        total[span["category"]] += 1
        missed[span["category"]] += span["literal"].casefold() in released
    print(f"{'category':<14}{'spans':>8}{'left in clear':>15}{'recall':>9}")  # noqa: T201
    for category in sorted(total):
        recall = 1 - missed[category] / total[category]
        print(f"{category:<14}{total[category]:>8,}{missed[category]:>15,}{recall:>9.4f}")  # noqa: T201


def _print_excess(released: list[dict[str, Any]], messages: list[dict[str, Any]], spans: list[dict[str, Any]]) -> None:
    sensitive = {span["truth_id"] for span in spans if span["place"] != "display_name"}
    clean = Counter(m["text"] for m in messages if m["truth_id"] not in sensitive and m["kind"] == "message")
    words = sum(len(text.split()) * count for text, count in clean.items())
    shown = Counter("".join(p["value"] for p in r["body"]) for r in released if _whole(r["body"]))
    left = sum(len(text.split()) * min(count, shown[text]) for text, count in clean.items())
    print(f"\nordinary messages: {words:,} words, {1 - left / words:.3%} not released word for word")  # noqa: T201


def _whole(body: list[dict[str, Any]]) -> bool:
    return bool(body) and all(part["type"] == "text" for part in body)


if __name__ == "__main__":
    main()
