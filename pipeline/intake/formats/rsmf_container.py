"""The zip inside an RSMF file: its manifest as a stream, every other file as an attachment, and what was refused."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final, cast

from pipeline.intake.archives import (
    BrokenArchive,
    Budget,
    Member,
    Metered,
    OverLimit,
    Refused,
    guarded,
    open_archive,
    walk,
)
from pipeline.intake.formats.mail_attachments import attach_measured
from pipeline.intake.mime.decode import measure
from pipeline.intake.mime.parts import Part, Tree
from pipeline.intake.place import Place
from pipeline.intake.spool import spool
from pipeline.model import Attachment, Quarantined
from pipeline.storage import CHUNK

MANIFEST: Final = "rsmf_manifest.json"
INNER: Final = "rsmf.zip"


@dataclass(slots=True)
class Container:
    """What a zip held."""

    manifest: BinaryIO | None = None
    """Stands at its start; closed with the stack that `open_container` was given."""
    files: dict[str, Attachment] = field(default_factory=dict)
    """All other members, by path and by base name."""
    refused: list[Quarantined] = field(default_factory=list)

    def add(self, path: str, attachment: Attachment) -> None:
        """One more file."""
        self.files[path] = attachment
        self.files.setdefault(path.rpartition("/")[2], attachment)


def unpacked(tree: Tree, part: Part, place: Place, stack: ExitStack) -> BinaryIO:
    """The bytes of the part that holds the zip, as a stream that can seek."""
    memory = place.limits.memory_bytes
    held = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=memory))  # noqa: SIM115 - the stack closes it
    stack.callback(held.close)
    for piece in tree.pieces(part):
        held.write(piece)
    held.seek(0)
    return held


def open_container(stream: BinaryIO, place: Place, stack: ExitStack) -> Container:
    """Read every member of the zip once, within the limits of archives."""
    found = Container()
    budget = Budget(limits=place.limits, packed=stream.seek(0, 2))
    opened = open_archive(stream, place.limits)
    if opened.zip is None:
        found.refused.append(place.quarantined(opened.refusal, 1))
        return found
    with opened.zip:
        for member in walk(opened.zip, budget):
            if isinstance(member, Refused):
                found.refused.append(_refused(place, member.path, member.reason, member.size))
                continue
            try:
                with guarded():
                    _take(member, budget, place, found, stack)
            except BrokenArchive:
                found.refused.append(_refused(place, member.path, "zip-broken"))
            except OverLimit as problem:
                found.refused.append(_refused(place, member.path, problem.reason))
    return found


def _refused(place: Place, path: str, reason: str, size: int = 0) -> Quarantined:
    """A member that is not read, under its own path."""
    member = f"{place.member}!/{INNER}!/{path}" if place.member else f"{INNER}!/{path}"
    return replace(place, member=member).quarantined(reason, 1, size=size)


def _take(member: Member, budget: Budget, place: Place, found: Container, stack: ExitStack) -> None:
    name = member.path.rpartition("/")[2]
    with member.open() as opened:
        stream = Metered(opened, budget)
        if name.lower() == MANIFEST and found.manifest is None:
            found.manifest = stack.enter_context(spool(stream, place.limits.memory_bytes))
            return
        path = f"{INNER}!/{member.path}"
        if member.info.file_size <= place.limits.document_bytes:
            data = b"".join(_pieces(stream))
            found.add(member.path, place.attach(path, data, name=name))
        else:
            measured = measure(_pieces(stream))
            found.add(member.path, attach_measured(place, path, measured, name=name, mime=""))


def _pieces(stream: Metered) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece


def digest_of(stream: BinaryIO) -> str:
    """SHA-256 of a stream, which stands at its start afterwards."""
    digest = hashlib.sha256()
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()
