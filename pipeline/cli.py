"""The `foia` command: data on stdout, everything else on stderr, exit codes from the error classes."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
import time
import traceback
from pathlib import Path
from typing import Any, TextIO

import click

from pipeline import __version__
from pipeline.errors import BundlerError, VerificationRefused
from pipeline.job import Job

DAY = click.DateTime(["%Y-%m-%d"])


def main() -> None:
    """Run the command; an error of ours becomes one readable line and its exit code."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    try:
        command.main(standalone_mode=False)
        sys.stdout.flush()
    except BundlerError as problem:
        click.echo(f"foia: {problem}\n      {problem.advice}", err=True)
        sys.exit(problem.exit_code)
    except click.ClickException as problem:
        problem.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python must not try again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as defect:  # noqa: BLE001 - its own message may quote a record, so only its place is shown
        click.echo(f"foia: defect: {type(defect).__name__}\n{_frames(defect)}      {BundlerError.advice}", err=True)
        sys.exit(1)


def _frames(defect: BaseException) -> str:
    """Where a defect arose, here or in a worker process, without any value."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(defect.__traceback__)]
    worker = re.findall(r'^  File "(.+)", line (\d+), in (\S+)$', str(defect.__cause__ or ""), re.MULTILINE)
    frames += [f"{file}:{line} {name}" for file, line, name in worker]
    return "".join(f"      {frame}\n" for frame in frames)


@click.group(name="foia", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="foia")
@click.option("-v", "--verbose", is_flag=True, help="Log what each stage did, in counts.")
def command(verbose: bool) -> None:
    """Archived chat messages in; redacted, proved and delivered release bundles out."""
    if verbose:
        logging.getLogger("pipeline").setLevel(logging.INFO)


@command.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--tz", default="", metavar="ZONE", help="Zone of local times in exports that carry none.")
@click.option(
    "--report", type=click.File("w", encoding="utf-8"), help="Intake report: a CSV row of counts per object and member."
)
def parse(paths: tuple[Path, ...], tz: str, report: TextIO | None) -> None:
    """Capture files in, canonical events out as JSON Lines; quarantined entries on stderr and counted."""
    from pipeline.intake.parse import parse_paths  # noqa: PLC0415

    counts = parse_paths(list(paths), tz, sys.stdout, sys.stderr, report)
    click.echo(f"{counts.lines} lines = {counts.events} events + {counts.quarantined} quarantined", err=True)


@command.command()
@click.option("--policy", default="law-enforcement", show_default=True, help="A shipped policy's name, or a file.")
@click.option("--roster", default="", help="Roster CSV of known persons.")
def detect(policy: str, roster: str) -> None:
    """JSON Lines {"id", "text"} on stdin; {"id", "spans"} on stdout. Offsets are code points, end exclusive."""
    from pipeline.redact.detect_cli import detect_lines  # noqa: PLC0415
    from pipeline.redact.policy import load_policy  # noqa: PLC0415
    from pipeline.redact.roster import Roster, load_roster  # noqa: PLC0415

    people = load_roster(Path(roster)) if roster else Roster()
    detect_lines(sys.stdin.buffer, sys.stdout.buffer, load_policy(policy), people)


@command.command()
@click.option("--captures", required=True, metavar="URL", help="Zone of the capture objects; read only.")
@click.option("--out", required=True, metavar="URL", help="Zone that receives the bundles.")
@click.option("--lake", default="", metavar="URL", help="Zone of the lake; default: beside --out.")
@click.option("--sources", default="", metavar="FILE", help="Sources file; default: the archive's own.")
@click.option("--policy", default="law-enforcement", show_default=True, help="A shipped policy's name, or a file.")
@click.option("--roster", default="", metavar="FILE", help="Roster CSV of known persons; default: the archive's own.")
@click.option(
    "--profile",
    default="release",
    show_default=True,
    type=click.Choice(["release", "accession"]),
    help="What is built; `accession` is not built yet.",
)
@click.option("--from", "from_day", type=DAY, metavar="DAY", help="First day, in the agency's zone.")
@click.option("--to", "to_day", type=DAY, metavar="DAY", help="Last day, inclusive.")
@click.option("--custodian", "custodians", multiple=True, help="Only days with messages of this custodian; repeatable.")
@click.option("--conversation", "conversations", multiple=True, help="Only this conversation; repeatable.")
@click.option("--term", "terms", multiple=True, help="Only days in which this term occurs; repeatable.")
@click.option("--request", default="", metavar="ID", help="Request number; becomes the bundle's name and Bates prefix.")
@click.option("--tz", "timezone", default="", metavar="ZONE", help="The agency's zone; default: from the sources file.")
@click.option("--only-new", is_flag=True, help="Release only what no earlier nightly bundle of this lake delivered.")
def run(out: str, lake: str, from_day: Any, to_day: Any, **settings: Any) -> None:
    """The whole job without Airflow: bundles under --out, the summary as JSON on stdout."""
    from pipeline.progress import stage_bar  # noqa: PLC0415
    from pipeline.run import run_job  # noqa: PLC0415

    job = Job(
        transfer=out,
        lake=lake or f"{out.rstrip('/')}-lake",
        from_day=_day(from_day),
        to_day=_day(to_day),
        product="request" if settings["request"] or not settings["only_new"] else "nightly",
        **settings,
    )
    with stage_bar() as progress:
        summary = run_job(job, now_utc=_now(), progress=progress)
    _print_json(summary)


@command.command()
@click.argument("record")
@click.option("--lake", required=True, metavar="URL", help="Zone of the lake.")
@click.option("--texts", is_flag=True, help="Show the texts of its versions too.")
@click.option("--json", "as_json", is_flag=True, help="The explanation as JSON on stdout.")
def explain(record: str, lake: str, texts: bool, as_json: bool) -> None:
    """Why a record is one record: its sightings, the rule and line of each, and where copies differ."""
    from pipeline.lake import Lake  # noqa: PLC0415
    from pipeline.resolve.explain import explain as explain_record  # noqa: PLC0415
    from pipeline.resolve.explain import explanation  # noqa: PLC0415

    document = explain_record(Lake(lake), record, texts=texts)
    if as_json:
        click.echo(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False))
        return
    for line in explanation(document):
        click.echo(line)


@command.command()
@click.option("--lake", required=True, metavar="URL", help="Zone of the lake.")
def losses(lake: str) -> None:
    """Every finding that something is missing, as CSV on stdout."""
    import csv  # noqa: PLC0415

    from pipeline.cells import safe_cell  # noqa: PLC0415
    from pipeline.lake import Lake  # noqa: PLC0415
    from pipeline.resolve.explain import LOSS_COLUMNS  # noqa: PLC0415
    from pipeline.resolve.explain import losses as listed  # noqa: PLC0415

    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(LOSS_COLUMNS)
    for row in listed(Lake(lake)):
        table.writerow([safe_cell(cell) for cell in row])


@command.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--ledger", default="", metavar="RUN", help="The private run folder: every redacted literal is searched.")
@click.option("--bag-only", is_flag=True, help="Check any BagIt bag, ours or not.")
@click.option("--json", "as_json", is_flag=True, help="The certificate as JSON on stdout.")
def verify(bundle: Path, ledger: str, bag_only: bool, as_json: bool) -> None:
    """The independent gate over one bundle. Exit code 4 when it refuses."""
    from pipeline.bundle.verify import verify_bag, verify_bundle  # noqa: PLC0415
    from pipeline.run import ledger_folder  # noqa: PLC0415

    if bag_only:
        certificate = verify_bag(bundle)
    elif ledger:
        with ledger_folder(ledger) as folder:
            certificate = verify_bundle(bundle, folder)
    else:
        certificate = verify_bundle(bundle, None)
    if as_json:
        _print_json(certificate.document())
    else:
        click.echo(certificate.text())
    if not certificate.passed:
        blocking = sum(finding.blocks for finding in certificate.findings)
        raise VerificationRefused(f"{bundle.name}: {blocking} findings")


@command.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("url")
def deliver(bundle: Path, url: str) -> None:
    """Deliver one verified bundle to a transfer zone; prints the receipt."""
    from pipeline.deliver.transfer import deliver as deliver_bundle  # noqa: PLC0415
    from pipeline.storage import open_zone  # noqa: PLC0415

    certificate = bundle.with_name(f"{bundle.name}.verification.json")
    _print_json(deliver_bundle(bundle, certificate, open_zone(url, create=True), _now()).document())


@command.group()
def report() -> None:
    """Reports for oversight."""


@report.command()
@click.option("--lake", required=True, metavar="URL", help="Zone of the lake.")
@click.option("--runs", default="", metavar="URL", help="Zone of the run folders; default: below the lake.")
@click.option("--quarter", required=True, metavar="FY2026Q4", help="US federal fiscal quarter.")
@click.option("--out", required=True, metavar="URL", help="Zone that receives the report.")
@click.option("--tz", "zone", default="America/New_York", show_default=True, metavar="ZONE", help="The agency's zone.")
@click.option("--agency", default="", help="Printed on the report.")
@click.option("--suppress-below", default=0, show_default=True, help="A public edition that hides smaller counts.")
def quarterly(lake: str, runs: str, quarter: str, out: str, **edition: Any) -> None:
    """What was captured, folded, redacted, lost and delivered in one fiscal quarter: JSON, CSV and PDF."""
    from pipeline.report import quarterly as write_report  # noqa: PLC0415

    _print_json(write_report(lake, runs or f"{lake.rstrip('/')}/runs", quarter, out, **edition))


@command.command()
@click.option("--out", required=True, metavar="URL", help="Zone that receives the archive.")
@click.option(
    "--messages", default=2000, show_default=True, type=click.IntRange(200, 10_000_000), help="How many real messages."
)
@click.option("--seed", default=1, show_default=True, type=int, help="The same seed gives the same bytes.")
@click.option("--format", "formats", multiple=True, metavar="NAME", help="Write only this format; `all` for each.")
def sample(out: str, messages: int, seed: int, formats: tuple[str, ...]) -> None:
    """A fictional agency's capture archive with its ground truth in `truth/`.

    Without `--format`: `wickr` and `whatsapp`.
    """
    from pipeline.progress import count_bar  # noqa: PLC0415
    from pipeline.sample import ALL_FORMATS, DEFAULT_FORMATS, write_sample  # noqa: PLC0415

    chosen = ALL_FORMATS if "all" in formats else formats or DEFAULT_FORMATS
    with count_bar("sample") as progress:
        counts = write_sample(out, messages=messages, seed=seed, formats=chosen, progress=progress)
    _print_json(counts)


def _day(value: Any) -> str:
    return "" if value is None else value.date().isoformat()


def _now() -> int:
    """The one place where the command line reads the clock: microseconds UTC, for receipts only."""
    return time.time_ns() // 1000


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False))
