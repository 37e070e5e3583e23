"""Zip archives, member by member: what breaks a limit is refused by name of the limit, and the rest goes on.

Nothing is ever extracted under a member's own name; a member is a stream and a label.
"""

from __future__ import annotations

import errno
import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, BinaryIO, Final, cast

from pipeline.intake.limits import Limits
from pipeline.intake.spool import Readable

BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)
"""What zipfile raises on hostile bytes."""

_DIRECTORY_BYTES: Final = 320
"""Central directory bytes that one member may take on average before the archive counts as overfull."""
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DRIVE: Final = re.compile(r"^[A-Za-z]:")


class BrokenArchive(Exception):
    """The zip, or one member, contradicts itself; always caught by the reader of the object."""


@contextmanager
def guarded() -> Iterator[None]:
    """Turn what zipfile raises on hostile bytes into BrokenArchive; a failing disk stays what it is."""
    try:
        yield
    except BROKEN as problem:
        if isinstance(problem, OSError) and problem.errno not in (None, errno.EINVAL):
            raise
        raise BrokenArchive from problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A member, or the whole archive when `path` is empty, that is not read."""

    path: str
    reason: str
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member that may be read; its bytes are still checked while they flow."""

    path: str
    info: zipfile.ZipInfo
    archive: zipfile.ZipFile

    def open(self) -> IO[bytes]:
        """The unpacked bytes; open and read them under `guarded`."""
        return self.archive.open(self.info)


@dataclass(slots=True)
class Budget:
    """What all members of one object, archives in archives included, may still cost."""

    limits: Limits
    packed: int
    """Size of the object itself."""
    unpacked: int = 0
    members: int = 0

    def refusal(self) -> str:
        """The limit that is used up, or an empty text."""
        if self.unpacked > self.limits.archive_bytes:
            return "zip-size"
        generous = max(self.packed, 1) * self.limits.archive_ratio
        return "zip-ratio" if self.unpacked > max(generous, self.limits.archive_ratio_floor) else ""


class OverLimit(Exception):
    """A member turned out larger than the object may cost; `reason` is the quarantine code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Metered(io.RawIOBase):
    """A member's bytes, counted against the budget while they flow."""

    def __init__(self, stream: Readable, budget: Budget) -> None:
        super().__init__()
        self.stream = stream
        self.budget = budget

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill the buffer. Raises OverLimit when the budget is used up."""
        view = memoryview(cast(bytearray, buffer))
        data = self.stream.read(len(view)) or b""
        self.budget.unpacked += len(data)
        if reason := self.budget.refusal():
            raise OverLimit(reason)
        view[: len(data)] = data
        return len(data)


@dataclass(slots=True)
class Archive:
    """An opened zip file, or the reason why it cannot be opened."""

    names: list[str] = field(default_factory=list)
    zip: zipfile.ZipFile | None = None
    refusal: str = ""


def open_archive(stream: BinaryIO, limits: Limits) -> Archive:
    """Read a zip's directory, unless that alone would cost too much."""
    try:
        with guarded():
            if _directory_size(stream) > limits.archive_members * _DIRECTORY_BYTES:
                return Archive(refusal="zip-members")
            stream.seek(0)
            found = zipfile.ZipFile(stream)
    except BrokenArchive:
        return Archive(refusal="zip-broken")
    return Archive(zip=found, names=[info.filename for info in found.infolist()])


def walk(archive: zipfile.ZipFile, budget: Budget) -> Iterator[Member | Refused]:
    """The members in directory order, each allowed or refused. Folders are passed over: they hold nothing."""
    seen: Counter[str] = Counter()
    for info in archive.infolist():
        if info.filename.endswith("/"):
            continue
        budget.members += 1
        if budget.members > budget.limits.archive_members:
            yield Refused(path="", reason="zip-members")
            return
        name = _UNPRINTABLE.sub("�", info.orig_filename)
        seen[name] += 1
        path = name if seen[name] == 1 else f"{name}#{seen[name]}"
        if reason := _refusal(info, budget):
            yield Refused(path=path, reason=reason, size=info.file_size)
        else:
            yield Member(path=path, info=info, archive=archive)


def _refusal(info: zipfile.ZipInfo, budget: Budget) -> str:
    limits = budget.limits
    if not _is_inside(info.orig_filename):
        return "zip-path"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "zip-link"
    if info.flag_bits & 0x1:
        return "zip-encrypted"
    if info.file_size > limits.member_bytes:
        return "zip-size"
    if (
        info.file_size > limits.archive_ratio_floor
        and info.file_size > max(info.compress_size, 1) * limits.archive_ratio
    ):
        return "zip-ratio"
    return budget.refusal()


def _is_inside(name: str) -> bool:
    if not name or "\0" in name or "\\" in name or name.startswith("/") or _DRIVE.match(name):
        return False
    return ".." not in name.split("/")


def _directory_size(stream: BinaryIO) -> int:
    """Bytes of the central directory as the end record states it; the parser believes the same number."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 65_557 - 20))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return 0
    (stated,) = struct.unpack_from("<L", tail, at + 12)
    if stated != 0xFFFFFFFF:
        return int(stated)
    locator = tail.rfind(b"PK\x06\x07", 0, at)
    if locator < 0 or len(tail) < locator + 20:
        return int(stated)
    (offset,) = struct.unpack_from("<Q", tail, locator + 8)
    stream.seek(min(offset, size))
    record = stream.read(56)
    return int(struct.unpack_from("<Q", record, 40)[0]) if len(record) == 56 else int(stated)
