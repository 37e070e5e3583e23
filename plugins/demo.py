"""`make demo`: one night of the nightly job, by real Airflow, over a sample archive in an embedded S3 server.

Everything lies under `demo/` and stays there: a second demo finds the same objects in the same buckets, and nothing
new. What Airflow says goes to a log file; the terminal shows a progress bar and the result.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from demo_installation import BUNDLES, DEMO, ROOT, S3, fetch_bundle, fill_archive, set_environment
from embedded_s3 import running

HOME = DEMO / "airflow"
LOG = DEMO / "demo.log"
DAG = "nightly_bundles"
SAY = {
    "open_run": "Looking for new captures",
    "intake": "Reading captures",
    "resolve": "Resolving messages",
    "detect": "Finding personal data",
    "redact": "Redacting",
    "render": "Rendering",
    "bundle": "Sealing the bundle",
    "verify": "Trying to refuse the bundle",
    "deliver": "Delivering",
    "report": "Counting",
}


@dataclass(slots=True, kw_only=True)
class Watch:
    """Airflow's listener: moves the progress bar, and keeps the error of a failed task."""

    bar: Progress
    line: Any
    error: BaseException | str | None = None
    task: str = ""
    seen: set[str] = field(default_factory=set)

    def step(self, name: str, text: str) -> None:
        """Show that a step has begun; mapped tasks of one step count once."""
        if name not in self.seen:
            self.seen.add(name)
            self.bar.update(self.line, completed=len(self.seen) - 1, description=text)


def main() -> int:
    """Run the demo; returns the exit code."""
    DEMO.mkdir(exist_ok=True)
    with _quiet(LOG) as console:
        try:
            return _demo(console)
        except Exception as problem:
            logging.getLogger(__name__).exception("the demo failed")
            # The last frame: whatever it is, a person reads one line.
            return _failed(console, "starting", problem)


def _demo(console: Console) -> int:
    bar = Progress(
        TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
    with running(S3) as endpoint:
        set_environment(HOME, endpoint)
        with bar:
            watch = Watch(bar=bar, line=bar.add_task("", total=len(SAY) + 2))
            watch.step("archive", "Writing the sample archive")
            fill_archive()
            watch.step("airflow", "Starting Airflow")
            run = _night(watch)
            if run is not None:
                bar.update(watch.line, completed=len(SAY) + 2, description="Done")
        if run is None:
            return _failed(console, watch.task, watch.error)
        _tell(console, run)
    return 0


def _night(watch: Watch) -> str | None:
    """One run of the DAG for the data interval that ends tonight; returns its run folder, None if it failed."""
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "WARNING"
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.xcom import XComModel
    from airflow.sdk.listener import get_listener_manager
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session

    initdb()
    bag = DagBag(dag_folder=str(ROOT / "dags"))
    if bag.import_errors:
        watch.task, watch.error = "parsing the DAGs", "; ".join(sorted(bag.import_errors.values()))
        return None
    get_listener_manager().add_listener(_hooks(watch))
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    done = bag.dags[DAG].test(logical_date=tomorrow)
    if done.state != "success":
        return None
    with create_session() as session:
        found = XComModel.get_many(run_id=done.run_id, key="run", task_ids="open_run", dag_ids=DAG)
        row = session.scalars(found).one()
        return str(XComModel.deserialize_value(row))


def _hooks(watch: Watch) -> object:
    from airflow.listeners import hookimpl

    class Hooks:
        @hookimpl  # type: ignore[untyped-decorator]
        def on_task_instance_running(self, task_instance: Any) -> None:
            watch.step(task_instance.task_id, SAY[task_instance.task_id])

        @hookimpl  # type: ignore[untyped-decorator]
        def on_task_instance_failed(self, task_instance: Any, error: BaseException | str | None) -> None:
            watch.task, watch.error = task_instance.task_id, error

    return Hooks()


def _tell(console: Console, run: str) -> None:
    from pipeline.run import summary

    counts = summary(run)
    if counts["nothing_new"]:
        console.print("nothing new: an earlier run took every capture and delivered what came of it.", soft_wrap=True)
        return
    fetch_bundle(counts["bundle_id"])
    console.print(
        "\n".join(lines(counts, os.path.relpath(BUNDLES, ROOT))), highlight=False, markup=False, soft_wrap=True
    )


def lines(counts: Mapping[str, Any], folder: str) -> list[str]:
    """What happened, in ten lines a person understands."""
    redactions = counts["redactions"]
    labels = ", ".join(f"{label} {number:,}" for label, number in sorted(redactions.items())) or "none"
    pdfs = [f"{folder}/{name}" for name in counts["pdf"]]
    more = f"  (and {len(pdfs) - 1:,} more beside it)" if len(pdfs) > 1 else ""
    rows = [
        ("Lines read", f"{counts['lines']:,} = {counts['events']:,} events + {counts['quarantined']:,} quarantined"),
        ("Messages", f"{counts['messages']:,} = {counts['records']:,} records + {counts['folded']:,} copies folded"),
        ("Redactions", f"{sum(redactions.values()):,}"),
        ("  by exemption", labels),
        ("Findings of loss", f"{counts['losses']:,}"),
        ("Pages", f"{counts['pages']:,} in {len(pdfs):,} PDF file{'s' * (len(pdfs) != 1)}"),
        ("Bundle", counts["bundle_id"]),
        ("Delivered to", ", ".join(counts["bundles"])),
        ("Open", f"{folder}/{counts['bundle_id']}/"),
        ("  PDF", (pdfs[0] if pdfs else "none") + more),
    ]
    return [f"{name:18}{value}" for name, value in rows]


def _failed(console: Console, where: str, problem: BaseException | str | None) -> int:
    from pipeline.errors import BundlerError

    console.print(f"The demo failed at {where}: {problem}", highlight=False, markup=False, soft_wrap=True)
    known = problem if isinstance(problem, BundlerError) else None
    advice = known.advice if known else f"The log is {os.path.relpath(LOG, ROOT)}."
    console.print(advice, highlight=False, markup=False, soft_wrap=True)
    return known.exit_code if known else 1


@contextmanager
def _quiet(log: Path) -> Iterator[Console]:
    """Everything that this process and its children print goes to a file, except what the console says."""
    warnings.filterwarnings("ignore")
    sys.stdout.flush()
    kept = [os.dup(1), os.dup(2)]
    with log.open("wb") as target, os.fdopen(os.dup(1), "w") as terminal:
        os.dup2(target.fileno(), 1)
        os.dup2(target.fileno(), 2)
        try:
            yield Console(file=terminal)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, handle in enumerate(kept, start=1):
                os.dup2(handle, number)


if __name__ == "__main__":
    sys.exit(main())
