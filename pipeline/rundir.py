"""One folder per run. A stage's output appears whole or not at all, and a finished stage is not done again.

The folder lies in the runs zone, which may be S3; stages work on local files. `publish` hands out an empty local
folder and puts it in place when the block ends; `folder` gives a local copy of what an earlier stage published.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.errors import BundlerError, StorageError
from pipeline.storage import FolderZone, json_bytes, open_zone, read_json

DONE = "done.json"


class RunFolder:
    """A run's folder, by URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.zone = open_zone(self.url)

    @cached_property
    def plan(self) -> dict[str, Any]:
        """What `open_run` wrote. Raises StorageError when this is no run folder."""
        plan: dict[str, Any] = read_json(self.zone, "plan.json")
        return plan

    @property
    def run_id(self) -> str:
        """The run's name: the last part of its URL."""
        return self.url.rsplit("/", 1)[-1]

    def done(self, stage: str) -> bool:
        """Whether that stage's output is in place."""
        return self.zone.exists(f"{stage}/{DONE}")

    def read(self, stage: str) -> dict[str, Any]:
        """The counts that the stage left in its `done.json`."""
        counts: dict[str, Any] = read_json(self.zone, f"{stage}/{DONE}")
        return counts

    @contextmanager
    def publish(self, stage: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """An empty local folder and a dict of counts; both are put in place when the block ends without an error."""
        counts: dict[str, Any] = {}
        if isinstance(self.zone, FolderZone):
            final = self.zone.path(stage)
            final.parent.mkdir(parents=True, exist_ok=True)
            with _scratch(final.parent) as work:
                yield work, counts
                (work / DONE).write_bytes(json_bytes(counts))
                self._land(work, final, stage)
            return
        with _scratch(None) as work:
            yield work, counts
            for path in sorted(p for p in work.rglob("*") if p.is_file()):
                self.zone.put(f"{stage}/{path.relative_to(work).as_posix()}", path)
            self.zone.put(f"{stage}/{DONE}", json_bytes(counts))

    def _land(self, work: Path, final: Path, stage: str) -> None:
        """Rename into place. Where another process was first its output stays: somebody may be reading it."""
        if final.exists() and not self.done(stage):
            shutil.rmtree(final)
        try:
            work.rename(final)
        except OSError as problem:
            if problem.errno not in (errno.ENOTEMPTY, errno.EEXIST) or not self.done(stage):
                raise StorageError(f"{self.url}/{stage}: {problem.strerror}") from problem

    @contextmanager
    def folder(self, *stages: str) -> Iterator[Path]:
        """A local folder that holds the named stages' output, each under its own name.

        Raises:
            BundlerError: A stage has not been done.
        """
        for stage in stages:
            if not self.done(stage):
                raise BundlerError(f"{self.run_id}: stage {stage} has not been done")
        if isinstance(self.zone, FolderZone):
            yield self.zone.root
            return
        with _scratch(None) as work:
            for stage in stages:
                for info in self.zone.iter_objects(f"{stage}/"):
                    self._fetch(info.key, work / info.key)
            yield work

    def _fetch(self, key: str, path: Path) -> None:
        if ".." in key.split("/"):
            raise StorageError(f"{self.url}: key leaves the run folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.zone.get(key).stream as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)


def partition_names(run: RunFolder) -> list[str]:
    """The ids of the partitions that the run's selection was cut into."""
    return [f"{number:04}" for number in range(run.read("resolve")["partitions"])]


def records_path(root: Path, partition: str) -> Path:
    """Where resolve put the records of one partition."""
    return root / "resolve" / "records" / f"part-{partition}.parquet"


@contextmanager
def _scratch(parent: Path | None) -> Iterator[Path]:
    """A folder of our own that is gone afterwards unless it was renamed."""
    path = Path(tempfile.mkdtemp(prefix=".working-", dir=parent))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
