"""The texts of attachments, taken while their bytes flow by: a redaction must read what a requester would read."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from pipeline.intake.attachment_text import extracted, may_hold_text
from pipeline.intake.limits import Limits
from pipeline.model import AttachmentText


class Texts:
    """Takes attachments and gives what they say to `add`, one row for each that says or hides something."""

    def __init__(self, limits: Limits, add: Callable[[AttachmentText], None]) -> None:
        self.limits = limits
        self.add = add

    def wants(self, mime: str) -> bool:
        """Whether files of that type are worth holding on to."""
        return may_hold_text(mime)

    def take(
        self, object_key: str, version_id: str, member: str, sha256: str, data: bytes | BinaryIO, mime: str
    ) -> None:
        """Read one attachment. Whatever is in it, this neither raises nor hangs."""
        found = extracted(data, mime, self.limits)
        if found.text or found.note:
            self.add(
                AttachmentText(
                    object_key=object_key,
                    version_id=version_id,
                    member=member,
                    sha256=sha256,
                    text=found.text or "",
                    note=found.note,
                )
            )
