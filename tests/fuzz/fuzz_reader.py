"""Fuzz one reader with Atheris: bytes in, entries out, held against the rules of `harness.py`.

    python tests/fuzz/fuzz_reader.py READER [--seconds 600] [--out build/fuzz] [--date YYYY-MM-DD]

A fault is named, made small and written to the out folder, and the run goes on looking for others; only a hang or the
death of the process ends a stretch, and the next one begins. Seconds are of CPU time. A summary line in Markdown goes
to stdout.
`READER` is a name in the table of formats, or `all`. Findings worth keeping are moved to `tests/fuzz/findings/READER/`.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

LARGEST: Final = 16 << 10
HANG_SECONDS: Final = 20
SHORTEST: Final = 10
"""Seconds of a stretch, below which starting costs more than it does."""
MEMORY_MB: Final = 2048
_COVERAGE: Final = re.compile(r"cov: (\d+)")
_EXECUTED: Final = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
_LINE_COUNT: Final = re.compile(r"^#(\d+)\s", re.MULTILINE)


def main() -> None:
    """Run stretches until the time is used up, then say what they did."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("reader")
    asked.add_argument("--seconds", type=int, default=600)
    asked.add_argument("--out", type=Path, default=ROOT / "build/fuzz")
    asked.add_argument("--date", default="", help="put into the summary line")
    asked.add_argument("--stretch", action="store_true", help=argparse.SUPPRESS)
    given, rest = asked.parse_known_args()
    if given.stretch:
        _stretch(given.reader, given.out, rest)
        return
    from tests.fuzz.harness import DATABASE_READERS, READERS

    known = [*READERS, *DATABASE_READERS]
    if given.reader not in ("all", *known):
        asked.error(f"READER is one of: all, {', '.join(known)}")
    for reader in known if given.reader == "all" else [given.reader]:
        sys.stdout.write(_fuzz(reader, given.seconds, given.out, given.date) + "\n")
        sys.stdout.flush()


def _fuzz(reader: str, seconds: int, out: Path, date: str) -> str:
    folder = out / reader
    for name in ("corpus", "seeds", "findings", "stops"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    before = {path.name for path in (folder / "findings").iterdir()}
    executed = covered = stops = turn = 0
    until = _cpu_seconds() + seconds
    while (left := until - _cpu_seconds()) > 0:
        turn += 1
        said = _run_stretch(reader, out, left, turn)
        executed += _executed(said)
        covered = max([covered, *map(int, _COVERAGE.findall(said))])
        stops += "SUMMARY: libFuzzer: " in said
        (folder / f"stretch-{turn}.log").write_text(said[-20_000:], encoding="utf-8")
        if not _executed(said):
            raise SystemExit(f"{reader}: nothing was executed; see {folder}/stretch-{turn}.log")
    found = {path.name for path in (folder / "findings").iterdir()} - before
    return f"| {date} | `{reader}` | {seconds / 60:.0f} | {executed:,} | {covered:,} | {len(found)} | {stops} |"


def _cpu_seconds() -> int:
    """What the stretches took of the processor: on a busy machine less than the clock says."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int(used.ru_utime + used.ru_stime)


def _run_stretch(reader: str, out: Path, seconds: int, turn: int) -> str:
    folder = out / reader
    command: list[str] = [sys.executable, __file__, reader, "--stretch", "--out", str(out)]
    command += [
        f"-max_total_time={max(seconds, SHORTEST)}",
        f"-max_len={LARGEST}",
        f"-timeout={HANG_SECONDS}",
        f"-seed={turn}",
    ]
    command += [f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={folder}/stops/", "-print_final_stats=1"]
    command += [f"-dict={folder}/tokens.dict", str(folder / "corpus"), str(folder / "seeds")]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return done.stdout + done.stderr


def _executed(said: str) -> int:
    final = _EXECUTED.findall(said)
    return int(final[-1]) if final else max([0, *map(int, _LINE_COUNT.findall(said))])


def _stretch(reader: str, out: Path, options: Sequence[str]) -> None:
    """One process under libFuzzer; ends when its time is over, or at a hang."""
    import atheris  # type: ignore[import-untyped]

    with atheris.instrument_imports(include=["pipeline.intake"], enable_loader_override=False):
        from tests.fuzz.harness import check
    from tests.fuzz.faults import fault_of, kept_as, made_small
    from tests.fuzz.mutate import MUTATIONS
    from tests.fuzz.seeds import seeds_of, tokens_of

    seeds = seeds_of(reader)
    syntax = seeds[0].syntax
    tokens = sorted({token for seed in seeds for token in tokens_of(seed)})
    folder = out / reader
    _write_seeds(folder, reader)
    known = {path.name.rpartition("-")[0] for path in (folder / "findings").iterdir()}

    def judged(data: bytes) -> None:
        check(seeds[data.count(b"\n") % len(seeds)], data)

    def target(data: bytes) -> None:
        fault = fault_of(judged, data)
        if fault and fault not in known:
            known.add(fault)
            small = made_small(judged, data, fault)
            (folder / "findings" / kept_as(fault, small)).write_bytes(small)

    def mutator(data: bytes, most: int, number: int) -> Any:
        chance = random.Random(number)
        if chance.random() < 0.6 and data:
            changed = MUTATIONS[syntax](data, chance)
            if changed is not None and 0 < len(changed) <= most:
                return changed
        return atheris.Mutate(data, most)

    (folder / "tokens.dict").write_text("\n".join(map(_quoted, tokens)) + "\n", encoding="ascii")
    atheris.Setup([sys.argv[0], *options], target, custom_mutator=mutator)
    atheris.Fuzz()


def _write_seeds(folder: Path, reader: str) -> None:
    from tests.fuzz.faults import KEPT
    from tests.fuzz.seeds import seeds_of

    for seed in seeds_of(reader):
        (folder / "seeds" / seed.id).write_bytes(seed.data)
        for number, element in enumerate(seed.elements):
            (folder / "seeds" / f"{seed.id}-{number}").write_bytes(seed.head + element + seed.tail)
    for path in sorted((KEPT / reader).glob("*.bin")):
        (folder / "seeds" / path.name).write_bytes(path.read_bytes())


def _quoted(token: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in token) + '"'


if __name__ == "__main__":
    main()
