"""Messages per second of each stage and of the whole job, on a fresh sample archive.

    python bench/run.py [--messages 100000] [--workers 2] [--keep FOLDER]

Times are of this run on this machine: compare them with each other, not with another day's.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

STAGES = ("plan", "intake", "resolve", "detect", "redact", "render", "bundle", "verify", "deliver")


class Watch:
    """Notes when each stage began and ended, from the job's own progress."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.ended: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """A progress report; `render pages` and the like belong to their stage."""
        name = stage.split(maxsplit=1)[0]
        now = time.perf_counter()
        self.begun.setdefault(name, now)
        self.ended[name] = now

    def seconds(self, stage: str) -> float:
        """How long a stage took."""
        return self.ended[stage] - self.begun[stage]


def main() -> None:
    """Make the sample, run the job, print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--messages", type=int, default=100_000)
    asked.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--keep", type=Path)
    given = asked.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp(prefix="foia-bench-"))
    try:
        _measure(folder, given.messages, given.workers)
    finally:
        if not given.keep:
            shutil.rmtree(folder)


def _measure(folder: Path, messages: int, workers: int) -> None:
    from pipeline.job import Job
    from pipeline.run import run_job
    from pipeline.sample import write_sample

    began = time.perf_counter()
    write_sample(str(folder / "sample"), messages=messages, seed=1)
    made = time.perf_counter() - began
    job = Job(
        captures=str(folder / "sample"), lake=str(folder / "lake"), transfer=str(folder / "out"), product="request"
    )
    watch = Watch()
    began = time.perf_counter()
    summary = run_job(job, now_utc=0, progress=watch, workers=workers)
    _print(summary, watch, time.perf_counter() - began, made, workers)


def _print(summary: dict[str, Any], watch: Watch, whole: float, made: float, workers: int) -> None:
    records, copies = summary["records"], summary["messages"]
    lines = [
        f"{records:,} messages in {copies:,} captured copies, {summary['lines']:,} lines, {summary['pages']:,} pages",
        f"{workers} processes",
        "",
        f"{'stage':<10}{'seconds':>10}{'messages/s':>14}{'share':>9}",
        f"{'(sample)':<10}{made:>10.1f}{records / made:>14,.0f}",
    ]
    for stage in STAGES:
        took = watch.seconds(stage)
        rate = f"{records / took:,.0f}" if took >= 0.05 else "-"
        lines.append(f"{stage:<10}{took:>10.1f}{rate:>14}{took / whole:>9.0%}")
    lines.append(f"{'whole job':<10}{whole:>10.1f}{records / whole:>14,.0f}{1:>9.0%}")
    usage = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    lines += ["", f"peak memory: {usage[0]:,.0f} MB in this process, {usage[1]:,.0f} MB in the largest child"]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
