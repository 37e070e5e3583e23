"""Events per second and peak memory of each reader, on a file of 1 GB or the largest that its format allows.

    python bench/readers.py [--size 1000] [--reader NAME]... [--keep FOLDER]

A row is one process that reads one object from a folder and writes canonical Parquet, as intake does; its CPU time
counts, and its peak memory. The peer reads a file of the same kind with the plain library that a script would use, and
keeps nothing: what our reader does beyond that is what the ratio shows. Compare rows of one run with each other.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

MB: Final = 1_000_000
PEER_MB: Final = 64
"""The peer reads a smaller file of the same kind: some of them hold the whole of it."""
COLUMNS: Final = ("reader", "file", "MB", "events", "events/s", "MB/s", "peak MB", "peer", "peer MB/s", "ratio")


@dataclass(frozen=True, slots=True)
class Measured:
    """One process."""

    seconds: float
    """Of CPU time."""
    peak_mb: float
    events: int
    quarantined: int = 0


def main() -> None:
    """Make the files, measure, print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--size", type=int, default=1000, help="MB of the files that may have any size (1000)")
    asked.add_argument("--reader", action="append", help="only this one; may be given again")
    asked.add_argument("--keep", type=Path, help="where the files stay")
    asked.add_argument("--one", nargs=2, metavar=("HOW", "PATH"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.one:
        _measure_here(*given.one)
        return
    from bench.captures import CAPTURES

    known = list(CAPTURES)
    if unknown := sorted(set(given.reader or ()) - set(known)):
        asked.error(f"{', '.join(unknown)}: is none of {', '.join(known)}")
    folder = given.keep or Path(tempfile.mkdtemp(prefix="foia-bench-"))
    try:
        _print_row(COLUMNS)
        _print_row(["-" * len(name) for name in COLUMNS])
        for reader in given.reader or known:
            _print_row(_row(reader, folder, given.size))
    finally:
        if not given.keep:
            shutil.rmtree(folder)


def _row(reader: str, folder: Path, size: int) -> Sequence[str]:
    from bench.captures import CAPTURES

    capture = CAPTURES[reader]
    whole, small = folder / "capture", folder / "capture-small"
    said = capture.write(whole, size * MB)
    capture.write(small, min(size, PEER_MB) * MB)
    ours, peer = _measured("read", whole), _measured(capture.peer, small)
    if ours.quarantined > 1:  # a backup may say of itself that its count is wrong
        raise SystemExit(f"{reader}: {ours.quarantined} entries of the benchmark's own file were quarantined")
    size_mb, small_mb = _taken(whole) / MB, _taken(small) / MB
    rate, peer_rate = size_mb / ours.seconds, small_mb / peer.seconds
    return (
        f"`{reader}`",
        said,
        f"{size_mb:,.0f}" if size_mb >= 10 else f"{size_mb:.1f}",
        f"{ours.events:,}",
        f"{ours.events / ours.seconds:,.0f}",
        f"{rate:,.1f}",
        f"{ours.peak_mb:,.0f}",
        capture.peer,
        f"{peer_rate:,.1f}",
        f"{rate / peer_rate:.2f}",
    )


def _taken(path: Path) -> int:
    """The bytes of a file or folder, which is removed."""
    if path.is_file():
        size = path.stat().st_size
        path.unlink()
        return size
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    shutil.rmtree(path)
    return size


def _print_row(cells: Sequence[str]) -> None:
    sys.stdout.write("| " + " | ".join(cells) + " |\n")
    sys.stdout.flush()


def _measured(how: str, path: Path) -> Measured:
    command = [sys.executable, __file__, "--one", how, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - this file
    if done.returncode:
        raise SystemExit(f"{how} {path.name}: {done.stderr}")
    return Measured(**json.loads(done.stdout))


def _measure_here(how: str, path: str) -> None:
    """In a process of its own: read the file, then say what it took."""
    from bench.peers import PEERS

    if how == "read":
        found = _read(Path(path))
    else:
        began = time.process_time()
        found = {"events": PEERS[how](Path(path)), "seconds": time.process_time() - began}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({**found, "peak_mb": peak}))


def _read(path: Path) -> dict[str, Any]:
    from pipeline.intake.shard import read_shard
    from pipeline.intake.sources import Sources
    from pipeline.storage import FolderZone, sha256_of

    row = {"prefix": "", "custodian": "bench", "account": "official", "timezone": "America/New_York"}
    sources = Sources.model_validate({"sources": [row]})
    zone = FolderZone(path if path.is_dir() else path.parent)
    found = [info for info in zone.iter_objects() if path.is_dir() or info.key == path.name]
    objects = [(info, sha256_of(zone.path(info.key))) for info in found]
    with tempfile.TemporaryDirectory() as out:
        began = time.process_time()
        counts = read_shard(zone, objects, sources, Path(out))
        took = time.process_time() - began
    return {"seconds": took, "events": counts["events"], "quarantined": counts["quarantined"]}


if __name__ == "__main__":
    main()
