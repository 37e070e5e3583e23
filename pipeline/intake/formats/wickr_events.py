"""One Wickr entry, already decoded, as an event: kind by `msgtype`, times, targets, secrets taken out.

Shared by the readers of the bot's lines and of the serverless objects, since both hold the same entries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from pipeline.intake.formats.wickr_cache import Remembered
from pipeline.intake.formats.wickr_kinds import kind_of, take_text
from pipeline.intake.formats.wickr_secrets import strip_secrets
from pipeline.intake.formats.wickr_times import lifetime, micros_of, wall_clock
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Event, TimeSource

_UTC: Final = TimeSource.UTC
_SORTED: Final = orjson.OPT_SORT_KEYS


class WickrEvents:
    """Makes events of the entries of one place."""

    def __init__(self, place: Place, format_name: str, hints: Mapping[str, Any] | None = None) -> None:
        self.place = place
        self.format = format_name
        self.hints = hints or {}
        self.event_id = place.event_ids()

    def event(self, entry: dict[str, Any], line: int, raw: bytes, repaired: bool) -> Event | None:
        """The event of an entry, which is used up. None when it has no type."""
        code = entry.get("msgtype")
        if code is None:
            return None
        draft = OpenEvent()
        draft.event_kind, draft.subkind, shape = kind_of(code)
        draft.stripped = strip_secrets(entry)
        flags = ["repaired"] if repaired else []
        shape(entry, draft, flags)
        _set_names(entry, draft, flags)
        _set_time(entry, draft, flags)
        if self.hints:
            self._set_hints(entry, draft, flags)
        place = self.place
        draft.event_id = self.event_id(line)
        draft.source = "wickr"
        draft.format = self.format
        draft.custodian = place.source.custodian
        draft.network = place.source.network
        draft.attributes = orjson.dumps(entry, option=_SORTED).decode()
        draft.raw_sha256 = hashlib.sha256(raw).hexdigest()
        draft.object_key = place.object_key
        draft.version_id = place.version_id
        draft.member = place.member
        draft.line = line
        if flags:
            draft.flags = tuple(sorted(set(flags)))
        return draft.seal()

    def _set_hints(self, entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
        if not draft.conversation_id and "vgroupid" in self.hints:
            draft.conversation_id = str(self.hints["vgroupid"])
            draft.conversation_kind = CONVERSATION_KINDS[draft.conversation_id]
            flags.append("conversation-from-key")
        if "sequence" in self.hints:
            entry.setdefault("capture_sequence", self.hints["sequence"])


def _conversation_kind(conversation: str) -> str:
    """By the prefix that Wickr gives rooms and groups."""
    if not conversation:
        return ""
    return {"S": "room", "G": "group"}.get(conversation[0], "dm")


CONVERSATION_KINDS: Final = Remembered(_conversation_kind)
"""The kind of a conversation by its `vgroupid`."""


def _set_names(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    draft.vendor_id = take_text(entry, "message_id", flags) or take_text(entry, "id", flags) or ""
    draft.sender_id = take_text(entry, "sender", flags) or ""
    draft.conversation_id = conversation = take_text(entry, "vgroupid", flags) or ""
    draft.conversation_kind = CONVERSATION_KINDS[conversation]
    receiver = entry.get("receiver")
    if receiver is None:
        return
    if type(receiver) is list and all(type(one) is str for one in receiver):
        draft.recipients = tuple(entry.pop("receiver"))
    elif found := take_text(entry, "receiver", flags):
        draft.recipients = (found,)


def _set_time(entry: dict[str, Any], draft: OpenEvent, flags: list[str]) -> None:
    if entry.get("bor"):
        flags.append("burn-on-read")
    raw = take_text(entry, "msg_ts", flags)
    if raw is not None:
        draft.ts_raw = raw
        moment = micros_of(raw)
        if moment is not None:
            draft.ts_utc, draft.ts_source = moment, _UTC
            if "ttl" in entry or "bor" in entry:
                span = lifetime(entry)
                draft.expires_utc = None if span is None else moment + span
            return
        flags.append("bad-time")
    iso = entry.get("time_iso")
    if isinstance(iso, str):
        draft.ts_utc = wall_clock(iso)
        draft.ts_raw = draft.ts_raw or iso
