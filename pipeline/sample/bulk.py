"""One capture file of a given size for each format, streamed: what benchmarks read.

A few hundred lines of the phrase book are put into a format's own words once; then only numbers and times are filled
in, so that a gigabyte takes seconds. Archives are stored and not packed: their size is what a reader has to read.
"""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from pipeline.sample import bulk_shapes as shapes
from pipeline.sample.bulk_shapes import Shape

Bulk = Callable[[Path, int, int], int]
_ZIP_TIME = (2026, 11, 2, 9, 0, 0)
_BLOCK = 1_000
_SLACK_FILE = 2_000
"""Messages of one day of a busy channel."""


def write_bulk(format: str, path: Path, target_bytes: int, seed: int = 1) -> int:  # noqa: A002 - the sample's word
    """Write one capture file of about that size.

    Returns:
        How many entries it holds: messages, what was done to them, and what explains ids.

    Raises:
        KeyError: There is no such format.
    """
    return BULK[format](path, target_bytes, seed)


def _plain(make: Callable[[int], Shape]) -> Bulk:
    """A file that is one shape from start to end."""

    def write(path: Path, target_bytes: int, seed: int) -> int:
        with path.open("wb") as out:
            return _fill(out, make(seed), target_bytes)

    return write


def _zipped(make: Callable[[int], Shape], member: str, explained: int = 0) -> Bulk:
    """A zip with one large member, in which so many entries only explain ids."""

    def write(path: Path, target_bytes: int, seed: int) -> int:
        with zipfile.ZipFile(path, "w") as archive, _member(archive, member) as out:
            return _fill(out, make(seed), target_bytes) + explained

    return write


def _slack(path: Path, target_bytes: int, seed: int) -> int:
    """A workspace with one channel and as many days as it takes."""
    shape, number, day = shapes.slack(seed), 0, 0
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in shapes.slack_directories().items():
            with _member(archive, name) as out:
                out.write(text.encode())
        while path.stat().st_size < target_bytes:
            with _member(archive, f"lanes/{2000 + day // 336}-{1 + day // 28 % 12:02d}-{1 + day % 28:02d}.json") as out:
                out.write(b"[" + b",".join(shape.element(number + n) for n in range(_SLACK_FILE)) + b"]")
            number += _SLACK_FILE
            day += 1
    return number + shapes.slack_reactions(number) + shapes.PEOPLE + 1


def _signal_desktop(path: Path, target_bytes: int, seed: int) -> int:
    """A database, its key taken off."""
    out = sqlite3.connect(path)
    out.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + shapes.SIGNAL_SCHEMA)
    out.executemany("INSERT INTO conversations(id, type, name, e164, serviceId, json) VALUES(?,?,?,?,?,?)",
                    shapes.signal_people())  # fmt: skip
    number = 0
    for rows in shapes.signal_rows(seed, _BLOCK * 10):
        out.executemany(shapes.SIGNAL_INSERT, rows)
        out.commit()
        number += len(rows)
        if path.stat().st_size >= target_bytes:
            break
    out.close()
    return number + shapes.PEOPLE


def _rsmf(path: Path, target_bytes: int, seed: int) -> int:
    """A mail whose attachment is the zip of the manifest: three quarters of its size is the manifest's."""
    manifest = path.with_name(path.name + ".manifest")
    with zipfile.ZipFile(manifest, "w") as archive, _member(archive, "rsmf_manifest.json") as out:
        number = _fill(out, shapes.rsmf(seed), target_bytes * 73 // 100)
    with path.open("wb") as mail, manifest.open("rb") as zipped:
        mail.write(shapes.rsmf_head(number))
        for chunk in iter(lambda: zipped.read(57 * 1024), b""):
            mail.write(shapes.base64_lines(chunk))
        mail.write(b"--RSMFEML--\r\n")
    manifest.unlink()
    return number + shapes.PEOPLE + 2


def _fill(out: IO[bytes], shape: Shape, target_bytes: int) -> int:
    """The shape's start, elements until it is large enough, its end."""
    written, number = out.write(shape.head), 0
    while written < target_bytes:
        block = [shape.element(number + n) for n in range(_BLOCK)]
        written += out.write((shape.between if number else b"") + shape.between.join(block))
        number += _BLOCK
    out.write(shape.foot)
    return number


@contextmanager
def _member(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    with archive.open(zipfile.ZipInfo(name, _ZIP_TIME), "w", force_zip64=True) as raw:
        out = io.BufferedWriter(raw, 1 << 20)
        yield out
        out.flush()


BULK: Final[Mapping[str, Bulk]] = {
    "signal_export": _plain(shapes.signal_export),
    "signal_desktop": _signal_desktop,
    "sms_xml": _plain(shapes.sms_xml),
    "sms_ie": _zipped(shapes.sms_ie, "messages.ndjson"),
    "slack": _slack,
    "teams": _plain(shapes.teams),
    "email": _plain(shapes.mbox),
    "rsmf": _rsmf,
    "telegram": _plain(shapes.telegram),
    "imessage": _plain(shapes.imessage),
    "ufed": _zipped(shapes.ufed, "report.xml", 1),
}
"""By format: path, size in bytes and seed in, number of entries out."""
