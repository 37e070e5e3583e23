"""Progress on a terminal: bars on stderr while it is one, nothing otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

StageProgress = Callable[[str, int, int], None]
"""Called with the stage's name, how much is done, and how much there is."""


@contextmanager
def stage_bar() -> Iterator[StageProgress]:
    """One line per stage."""
    with _bars() as bars:
        lines: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in lines:
                lines[stage] = bars.add_task(stage, total=total)
            bars.update(lines[stage], completed=done, total=total)

        yield show


@contextmanager
def count_bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """One line that counts."""
    with stage_bar() as show:
        yield lambda done, total: show(name, done, total)


def _bars() -> Progress:
    console = Console(file=sys.stderr)
    return Progress(
        TextColumn("{task.description:>9}"),
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
