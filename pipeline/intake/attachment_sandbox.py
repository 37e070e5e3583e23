"""Runs the readers of PDF and office documents in a child process, which is replaced when a document takes it down."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from typing import BinaryIO, Final, NamedTuple

from pipeline.intake.attachment_child import CUT, HEAD, READ
from pipeline.storage import CHUNK

_SECONDS: Final = 120
"""How long an answer may take by the clock on the wall; the child's own limit on CPU time comes long before."""
_JOBS: Final = 500
"""After so many documents a fresh child takes over, so that nothing piles up in it."""
_START: Final = "import json,sys;sys.path[:]=json.loads(sys.argv[1]);from pipeline.intake.attachment_child import main;"


class Answer(NamedTuple):
    """What a document gave."""

    text: str | None
    """None when it could not be read."""
    cut: bool


_NOTHING: Final = Answer(None, False)


class Sandbox:
    """One child at a time, started when it is first needed."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.lock = threading.Lock()
        self.owner = 0
        self.child: subprocess.Popen[bytes] | None = None
        self.link: socket.socket | None = None
        self.jobs = 0

    def read(self, reader: bytes, stream: BinaryIO) -> Answer:
        """The text of a document, by the name of a reader of `attachment_child`."""
        with self.lock, tempfile.TemporaryFile() as file:
            while chunk := stream.read(CHUNK):
                file.write(chunk)
            file.flush()
            file.seek(0)
            link = self._ready()
            try:
                socket.send_fds(link, [reader], [file.fileno()])
                answer = self._answer(link)
            except OSError:
                answer = None
            self.jobs += 1
            if answer is None:
                self.close()
                return _NOTHING
            return answer

    def _answer(self, link: socket.socket) -> Answer | None:
        """What the child says; None when it is gone or silent."""
        head = _received(link, HEAD.size)
        if head is None:
            return None
        marks, size = HEAD.unpack(head)
        text = _received(link, size)
        if text is None:
            return None
        return Answer(text.decode("utf-8", "replace") if marks & READ else None, bool(marks & CUT))

    def _ready(self) -> socket.socket:
        """The link to a child of this very process; one that a fork has copied is left to its owner."""
        if self.owner != os.getpid():
            self.child = self.link = None
        elif self.child is not None and (self.jobs >= _JOBS or self.child.poll() is not None):
            self.close()
        return self.link or self._start()

    def _start(self) -> socket.socket:
        own, other = socket.socketpair()
        with other:
            command = f"{_START}main({other.fileno()},{self.most})"
            self.child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
                [sys.executable, "-I", "-c", command, json.dumps(sys.path)],
                pass_fds=(other.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        own.settimeout(_SECONDS)
        self.link, self.owner, self.jobs = own, os.getpid(), 0
        return own

    def close(self) -> None:
        """End the child."""
        if self.owner == os.getpid() and self.child is not None and self.link is not None:
            self.link.close()
            self.child.kill()
            self.child.wait()
        self.child = self.link = None


def _received(link: socket.socket, size: int) -> bytes | None:
    parts = []
    while size:
        part = link.recv(min(size, CHUNK))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def opened(data: bytes | BinaryIO) -> BinaryIO:
    """Bytes as a stream; a stream that can seek is rewound."""
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    stream.seek(0)
    return stream
