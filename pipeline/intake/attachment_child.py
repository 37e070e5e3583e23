"""The child process that opens PDF and office documents: each job has its share of time, and memory is limited.

It reads one job after the other from its socket until that closes: the name of a reader, and a file that holds the
bytes. It answers with the text, or with the word that there is none.
"""

from __future__ import annotations

import os
import resource
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Final

from pipeline.intake.attachment_office import office_pieces
from pipeline.intake.attachment_pdf import pdf_pages
from pipeline.intake.limits import Limits

HEAD: Final = struct.Struct(">BI")
"""Whether there is a text (1), whether it was cut off (2), and how many bytes of it follow."""
READ: Final = 1
CUT: Final = 2
READERS: Final[Mapping[bytes, Callable[[BinaryIO], Iterator[str]]]] = {
    b"pdf": pdf_pages,
    b"office": lambda stream: office_pieces(stream, Limits(archive_bytes=1 << 30, member_bytes=512 << 20)),
}
_MEMORY: Final = 2 << 30
_SECONDS: Final = 30


def main(descriptor: int, most: int) -> None:
    """Serve jobs until the other side is gone; `most` is how many bytes of text one answer has."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with socket.socket(fileno=descriptor) as link:
        while True:
            job, files, _, _ = socket.recv_fds(link, 64, 1)
            if not job:
                return
            with os.fdopen(files[0], "rb") as stream:
                link.sendall(_answer(READERS[job], stream, most))


def _answer(read: Callable[[BinaryIO], Iterator[str]], stream: BinaryIO, most: int) -> bytes:
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + _SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
    try:
        text, cut = _text(read(stream), most)
    except (ValueError, MemoryError, RecursionError):
        return HEAD.pack(0, 0)
    return HEAD.pack(READ | (CUT if cut else 0), len(text)) + text


def _text(pieces: Iterator[str], most: int) -> tuple[bytes, bool]:
    """The pieces put together, as much of them as is wanted."""
    out, size = [], 0
    for piece in pieces:
        data = piece.encode("utf-8", "replace")
        out.append(data)
        size += len(data)
        if size > most:
            return b"".join(out)[:most].decode("utf-8", "ignore").encode(), True
    return b"".join(out), False
