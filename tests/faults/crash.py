"""A process of its own that runs a job and dies of SIGKILL at one point of it.

python -m tests.faults.crash <job as JSON> <stage> <before | amid | after>
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline import run, rundir
from pipeline.job import Job
from pipeline.storage import FolderZone
from tests.faults.archives import NOW

STAGES = ("intake", "resolve", "detect", "redact", "render", "bundle", "verify", "deliver")
FOLDERS = {"intake/shard-0000": "intake", "detect/part-0000": "detect", "redact/part-0000": "redact", "bag": "bundle"}


def die(*_: object, **__: object) -> Any:
    """What a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


def before(stage: str) -> None:
    """Die where the stage would begin."""
    setattr(run, stage, die)


def after(stage: str) -> None:
    """Die when the stage is through."""
    work: Callable[..., Any] = getattr(run, stage)
    setattr(run, stage, lambda *a, **k: (work(*a, **k), die()))


def amid(stage: str) -> None:
    """Die when all is written but not yet in place."""
    if stage == "deliver":
        put = FolderZone.put_new
        FolderZone.put_new = lambda self, key, *a, **k: die() if "manifest" in key else put(self, key, *a, **k)  # type: ignore[method-assign, assignment]
        return
    publish = rundir.RunFolder.publish

    @contextmanager
    def interrupted(self: Any, name: str) -> Any:
        with publish(self, name) as opened:
            yield opened
            if FOLDERS.get(name, name) == stage:
                die()

    rundir.RunFolder.publish = interrupted  # type: ignore[method-assign]


POINTS = {"before": before, "amid": amid, "after": after}


def main() -> None:
    """Break the program at the point, then run the job."""
    given, name, point = sys.argv[1:]
    if point in POINTS:
        POINTS[point](name)
    run.run_job(Job.from_json(json.loads(Path(given).read_text("utf-8"))), now_utc=NOW, workers=1)


if __name__ == "__main__":
    main()
