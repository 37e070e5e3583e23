"""What is encrypted is opened before anybody judges its content; what cannot be opened says why."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias, cast

from pipeline.intake.content import Content, Kind
from pipeline.intake.envelope import INSTRUCTION, Envelope, instruction_in, kms_client
from pipeline.intake.limits import Limits
from pipeline.intake.magic import OCTETS
from pipeline.intake.sources import Source
from pipeline.intake.spool import Counted, read_head
from pipeline.intake.sqlcipher import Sealed, is_sealed_by_name, key_from, may_be_sealed, unseal
from pipeline.storage import ObjectInfo, Zone

FORMAT: Final = "sealed"
"""Format of the row of the object as it is stored; its content has a row of its own, as a member."""
_INSTRUCTION_BYTES: Final = 1 << 16

Opener: TypeAlias = Callable[[BinaryIO, BinaryIO], None]
"""Writes the plaintext of the first stream into the second, or raises Sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object whose first bytes were read."""

    zone: Zone
    info: ObjectInfo
    source: Source
    metadata: Mapping[str, str]
    head: bytes
    content: Content
    """What it would be if it were not sealed."""

    @property
    def unclear(self) -> bool:
        """Whether it looks like nothing that is known, as ciphertext does."""
        kind = self.content.kind
        return kind is Kind.UNKNOWN or (kind is Kind.ATTACHMENT and self.content.mime == OCTETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsealed:
    """What is in a sealed object, or why that is not known."""

    plain: BinaryIO | None
    """Verified to its last byte, at its start; the caller closes it."""
    reason: str = ""
    detail: str = ""


def unsealed(found: Found, stored: Counted, limits: Limits) -> Unsealed | None:
    """Open a sealed object, reading it to its end; None, and nothing read, when it is not sealed.

    Args:
        found: The object.
        stored: All of it.
        limits: What may be held in memory.

    Raises:
        StorageError: The object, or what would open it, cannot be read now.
    """
    try:
        opener = next((opener for seal in _SEALS if (opener := seal(found))), None)
        plain = None if opener is None else _opened(opener, stored, limits)
    except Sealed as problem:
        stored.drain()
        return Unsealed(plain=None, reason=problem.reason, detail=problem.detail)
    return None if plain is None else Unsealed(plain=plain)


def unsealed_member(name: str, held: BinaryIO, size: int, secret: str, limits: Limits) -> Unsealed | None:
    """Open a member of an archive that looks like nothing known, when it is an encrypted database; None when not."""
    held.seek(0)
    head = read_head(held)
    held.seek(0)
    try:
        opener = _database_opener(name, head, size, secret)
        return None if opener is None else Unsealed(plain=_opened(opener, Counted(b"", held), limits))
    except Sealed as problem:
        return Unsealed(plain=None, reason=problem.reason, detail=problem.detail)


def is_instruction(key: str, head: bytes) -> bool:
    """Whether an object is no capture but says how to open one."""
    return key.endswith(INSTRUCTION) and bool(instruction_in(head))


def _opened(opener: Opener, stored: Counted, limits: Limits) -> BinaryIO:
    out = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=limits.memory_bytes))  # noqa: SIM115 - given away
    try:
        opener(stored.buffered(), out)
        stored.drain()
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return out


def _by_metadata(found: Found) -> Opener | None:
    return _by(Envelope.of(found.metadata))


def _by_instruction(found: Found) -> Opener | None:
    key = found.info.key + INSTRUCTION
    if not found.unclear or not found.zone.exists(key):
        return None
    with found.zone.get(key).stream as stream:
        return _by(Envelope.of(instruction_in(stream.read(_INSTRUCTION_BYTES))))


def _by(envelope: Envelope | None) -> Opener | None:
    return None if envelope is None else lambda stored, out: envelope.open(stored, out, kms_client)


def _database(found: Found) -> Opener | None:
    if not found.unclear:
        return None
    return _database_opener(found.info.key, found.head, found.info.size, found.source.secret)


def _database_opener(name: str, head: bytes, size: int, secret: str) -> Opener | None:
    if not may_be_sealed(head, size) or not (secret or is_sealed_by_name(name, head)):
        return None
    key = key_from(secret)
    return lambda stored, out: unseal(stored, key, out)


_SEALS: Final[tuple[Callable[[Found], Opener | None], ...]] = (_by_metadata, _by_instruction, _database)
"""Each gives what opens an object, or None where it is not its seal."""
