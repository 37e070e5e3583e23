"""Writes objects into a zone, the small ones side by side: thousands of them cost waiting, not work."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.storage import S3Zone, Zone

_SIDE_BY_SIDE = 8
_MOST_WAITING = 64


class Uploads:
    """A zone to put things into. At most 64 small objects wait in memory."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        if isinstance(zone, S3Zone):
            _ = zone.client  # made once, before threads share it
        self._pool = ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="sample-upload")
        self._waiting: set[Future[None]] = set()

    def put(self, key: str, source: Path | bytes, metadata: Mapping[str, str] | None = None) -> None:
        """Write an object: a file at once, bytes when their turn comes.

        Raises:
            StorageError: The zone cannot be written; of bytes it may be raised by a later call.
        """
        if isinstance(source, Path):
            self._zone.put(key, source, metadata=metadata)
            return
        if len(self._waiting) >= _MOST_WAITING:
            done, self._waiting = wait(self._waiting, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
        self._waiting.add(self._pool.submit(self._zone.put, key, source, metadata))

    def finish(self) -> None:
        """Wait until everything is written."""
        done, self._waiting = wait(self._waiting)[0], set()
        for future in done:
            future.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, at: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
