"""The write-ahead log of a database: the newest pages, which SQLite had not yet moved into the file when it was copied.

Only what was committed counts, as far as checksums run through, just as SQLite itself would have it. The log of an
encrypted database is encrypted as well; its pages are authenticated before they are used.
"""

from __future__ import annotations

import shutil
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipeline.intake.place import Place
from pipeline.intake.sqlcipher import PAGE, PageOpener, Sealed, key_from, salt_of

LARGEST: Final = 128 << 20
_HEADER: Final = 32
_FRAME: Final = 24
_MAGIC: Final = {b"\x37\x7f\x06\x82": "<", b"\x37\x7f\x06\x83": ">"}
_WRAP: Final = 0xFFFFFFFF


@contextmanager
def with_log(path: Path, place: Place) -> Iterator[tuple[Path, str]]:
    """The database with its log applied, in a copy; the database itself where there is no log.

    Yields:
        Where it lies, and why pages of the log were left out, empty where none were.
    """
    log = place.beside(f"{place.name.rpartition('/')[2]}-wal", LARGEST)
    with path.open("rb") as file:
        first = file.read(PAGE)
    page_size = _page_size(first)
    committed, size = _committed(log, page_size) if log else ({}, 0)
    if log is None or not committed:
        yield path, ""
        return
    with tempfile.TemporaryDirectory(prefix="foia-intake-") as folder:
        copy = Path(folder) / "content"
        shutil.copyfile(path, copy)
        try:
            opener = _opener(place, first)
            with copy.open("r+b") as file:
                for number, start in sorted(committed.items()):
                    page = log[start : start + page_size]
                    file.seek((number - 1) * page_size)
                    file.write(page if opener is None else opener.page(number, page))
                file.truncate(size * page_size)
        except Sealed as problem:
            yield path, problem.reason
            return
        yield copy, ""


def _opener(place: Place, first: bytes) -> PageOpener | None:
    """What opens the pages of the log; None where they are plain."""
    salt = salt_of(first)
    return None if salt is None else PageOpener(key_from(place.source.secret), salt)


def _page_size(first: bytes) -> int:
    size = int.from_bytes(first[16:18], "big")
    return 65536 if size == 1 else size


def _committed(log: bytes, page_size: int) -> tuple[dict[int, int], int]:
    """Where the last committed state of each page starts, and how many pages the database has then."""
    order = _MAGIC.get(log[:4], "")
    if not order or page_size < 512 or int.from_bytes(log[8:12], "big") != page_size:
        return {}, 0
    sums = _sums(log[:_FRAME], order, (0, 0))
    if sums != struct.unpack(">II", log[_FRAME:_HEADER]):
        return {}, 0
    committed: dict[int, int] = {}
    pending: dict[int, int] = {}
    size = 0
    for start in range(_HEADER, len(log) - _FRAME - page_size + 1, _FRAME + page_size):
        number, pages, *rest = struct.unpack(">IIIIII", log[start : start + _FRAME])
        sums = _sums(log[start : start + 8], order, sums)
        sums = _sums(log[start + _FRAME : start + _FRAME + page_size], order, sums)
        if log[start + 8 : start + 16] != log[16:24] or list(sums) != rest[2:] or not number:
            break
        pending[number] = start + _FRAME
        if pages:
            committed |= pending
            pending.clear()
            size = pages
    return {number: start for number, start in committed.items() if number <= size}, size


def _sums(data: bytes, order: str, sums: tuple[int, int]) -> tuple[int, int]:
    one, two = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for at in range(0, len(words), 2):
        one = (one + words[at] + two) & _WRAP
        two = (two + words[at + 1] + one) & _WRAP
    return one, two
