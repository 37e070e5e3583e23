"""The files beside a text: what an export keeps in a file of its own, such as who its users are.

Paths never leave the archive or the zone. What was parsed once is remembered for the texts that follow.
"""

from __future__ import annotations

import zipfile
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, Protocol, TypeVar

from pipeline.intake.archives import BrokenArchive, guarded
from pipeline.storage import Zone

T = TypeVar("T")
_REMEMBERED: Final = 64
_LISTED: Final = 100_000
"""Siblings that are listed at most: a listing is a hint for counts, never the list of what is read."""


def resolved(folder: str, relative: str) -> str | None:
    """A relative path as a path from the root; None when it climbs out."""
    parts = [part for part in folder.split("/") if part]
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


class Neighbours(Protocol):
    """The files around a text."""

    def read(self, path: str, limit: int) -> bytes | None:
        """A whole file by its path; None when it is absent, cannot be read, or is larger than the limit."""

    def names(self, folder: str) -> Sequence[str]:
        """Paths of all files below a folder (empty for the root), sorted."""

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, made once as long as it is remembered."""


class Memory:
    """The things remembered last."""

    def __init__(self) -> None:
        self.held: OrderedDict[Hashable, Any] = OrderedDict()

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, made once as long as it is remembered."""
        if key in self.held:
            self.held.move_to_end(key)
            known: T = self.held[key]
            return known
        made = self.held[key] = make()
        if len(self.held) > _REMEMBERED:
            self.held.popitem(last=False)
        return made


class NoNeighbours(Memory):
    """A text that stands alone."""

    def read(self, path: str, limit: int) -> bytes | None:
        """Nothing."""
        return None

    def names(self, folder: str) -> Sequence[str]:
        """Nothing."""
        return ()


class ZoneNeighbours(Memory):
    """The objects of a captures zone, each as it is now."""

    def __init__(self, zone: Zone) -> None:
        super().__init__()
        self.zone = zone

    def read(self, path: str, limit: int) -> bytes | None:
        """An object's bytes."""
        if not path or not self.zone.exists(path):
            return None
        with self.zone.get(path).stream as stream:
            data = stream.read(limit + 1)
        return data if len(data) <= limit else None

    def names(self, folder: str) -> Sequence[str]:
        """Keys below a prefix, each once."""
        prefix = f"{folder}/" if folder else ""
        keys: set[str] = set()
        for info in self.zone.iter_objects(prefix):
            keys.add(info.key)
            if len(keys) >= _LISTED:
                break
        return sorted(keys)


class ZipNeighbours(Memory):
    """The members of one zip archive; `prefix` is what stands before their paths in member paths."""

    def __init__(self, archive: zipfile.ZipFile, prefix: str) -> None:
        super().__init__()
        self.archive = archive
        self.prefix = prefix
        self.infos = {info.filename: info for info in archive.infolist() if not info.filename.endswith("/")}

    def read(self, path: str, limit: int) -> bytes | None:
        """A member's bytes; a member that lies about its size is cut off at the limit and refused."""
        info = self.infos.get(path.removeprefix(self.prefix)) if path.startswith(self.prefix) else None
        if info is None or info.flag_bits & 0x1 or info.file_size > limit:
            return None
        try:
            with guarded(), self.archive.open(info) as stream:
                data = stream.read(limit + 1)
        except BrokenArchive:
            return None
        return data if len(data) <= limit else None

    def names(self, folder: str) -> Sequence[str]:
        """Paths of members below a folder, with the archive's prefix."""
        inner = folder.removeprefix(self.prefix.removesuffix("/")).lstrip("/")
        start = f"{inner}/" if inner else ""
        return sorted(self.prefix + name for name in self.infos if name.startswith(start))[:_LISTED]
