"""What one capture object may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one object may cost. A line, member or file beyond a limit is quarantined, the rest goes on."""

    line_bytes: int = 16 << 20
    """One line, or one document that is not made of lines."""
    document_bytes: int = 64 << 20
    """One element of a document that is parsed as a whole, e.g. a mail or a message with its pictures in it."""
    json_depth: int = 64
    archive_depth: int = 3
    """Archives in archives; 1 reads the members of a plain zip."""
    archive_members: int = 100_000
    archive_ratio: int = 200
    """Unpacked to packed bytes, of one member and of all; small members are let through."""
    archive_ratio_floor: int = 4 << 20
    """Members below this size are never called bombs: a short run of zeros packs well."""
    member_bytes: int = 4 << 30
    archive_bytes: int = 64 << 30
    memory_bytes: int = 32 << 20
    """What is spooled in memory before a temporary file takes over."""
