"""Portable names: a bundle's paths read the same on every system that will ever hold it.

Lower-case ASCII letters, digits, `.`, `_`, `-`; no hidden files, no empty files, no empty folders, no device
names of Windows, paths of at most 255 characters (archives' file naming guidance; BagIt security notes).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PART = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))})
MAX_PATH = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class NameProblem:
    """One path that breaks a rule."""

    rule: str
    """`name-not-portable`, `path-too-long`, `empty-file`, `empty-folder`, `not-a-plain-file`."""
    path: str


def check_name(path: str) -> str:
    """The rule that a relative path breaks, or an empty string."""
    if len(path) > MAX_PATH:
        return "path-too-long"
    for part in path.split("/"):
        if not _PART.fullmatch(part) or part.split(".")[0] in _DEVICES:
            return "name-not-portable"
    return ""


def iter_files(root: Path) -> Iterator[str]:
    """Relative paths of everything under a folder that is not a folder, sorted; links are not followed."""
    found = []
    for folder, _, files in os.walk(root):
        base = Path(folder).relative_to(root)
        found += [(base / name).as_posix() for name in files]
        found += [(base / name).as_posix() for name in _linked_folders(folder)]
    yield from sorted(found)


def check_names(root: Path) -> list[NameProblem]:
    """Every path under a folder that breaks a rule, sorted by path."""
    problems = []
    for path in iter_files(root):
        rule = check_name(path)
        full = root / path
        if full.is_symlink() or not full.is_file():
            rule = "not-a-plain-file"
        elif not rule and full.stat().st_size == 0:
            rule = "empty-file"
        if rule:
            problems.append(NameProblem(rule=rule, path=path))
    for folder, names, files in os.walk(root):
        if not names and not files:
            path = Path(folder).relative_to(root).as_posix()
            problems.append(NameProblem(rule="empty-folder", path=path))
    return sorted(problems, key=lambda p: (p.path, p.rule))


def _linked_folders(folder: str) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.is_symlink() and entry.is_dir()]
