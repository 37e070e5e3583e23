"""signal-export `meta.json` and `members.csv`: who was in a group on the day when its list of members was exported.

Fields kept: the group's name; of each member the name, the profile's name, the phone number and, in `meta.json`, the
other groups shared with the exporter; who exported and when. All are directory entries.
Implied losses: when somebody joined or left, ids and roles, everybody who is not a member on that day, direct chats.
The time is the exporter's local time.
Ids: the phone number where there is one, else the name. `members.csv` repeats `meta.json`, without the other groups as
a list of their own.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

import orjson

from pipeline.intake.formats.signal_export_chat import Chat
from pipeline.intake.lines import BOM, digest_of_rest
from pipeline.intake.place import Entry, Place
from pipeline.intake.strict_json import BadJson, parse_object
from pipeline.model import EventKind

NAME = "signal-export-members"
TWO_PASSES = False
_COLUMNS: Final = b"group_name,exported_by,exported_on,num_shared_groups,"
_KEYS: Final = (b'"name"', b'"exported_by"', b'"exported_on"', b'"members"')


def sniff(head: bytes) -> bool:
    """The keys of the one file, or the head of the other."""
    start = head.removeprefix(BOM)
    return start.startswith(_COLUMNS) or (start.lstrip()[:1] == b"{" and all(key in start[:2000] for key in _KEYS))


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """One event for the group and one for each member, or one quarantined entry for a file that cannot be read."""
    data = stream.read(place.limits.document_bytes + 1)
    if len(data) > place.limits.document_bytes:
        size, sha256 = digest_of_rest(data, stream)
        yield place.quarantined("line-too-long", 1, size=size, sha256=sha256)
        return
    listing = _Listing(place, hashlib.sha256(data).hexdigest())
    plain = data.removeprefix(BOM)
    yield from listing.table(plain, data) if plain.startswith(_COLUMNS) else listing.document(plain, data)


class _Listing:
    """The entries of one file."""

    def __init__(self, place: Place, sha256: str) -> None:
        self.place = place
        self.chat = Chat(place, NAME)
        self.sha256 = sha256

    def document(self, plain: bytes, data: bytes) -> Iterator[Entry]:
        """Those of `meta.json`."""
        try:
            said, _ = parse_object(plain, self.place.limits.json_depth)
        except BadJson as problem:
            cut = problem.reason == "invalid-json" and not plain.rstrip().endswith(b"}")
            reason = "truncated-document" if cut else problem.reason
            yield self.place.quarantined(reason, 1, data, detail=problem.detail)
            return
        members = said.pop("members", None)
        known = [one for one in members if isinstance(one, dict)] if isinstance(members, list) else []
        if members is not None and (not isinstance(members, list) or len(known) < len(members)):
            said["members#1"] = members
        yield self._group(said)
        for number, member in enumerate(known, 2):
            yield self._member(member, number)

    def table(self, plain: bytes, data: bytes) -> Iterator[Entry]:
        """Those of `members.csv`."""
        number, waiting, fault = 0, None, ""
        try:
            for row in csv.DictReader(io.StringIO(plain.decode("utf-8"), newline="")):
                if waiting is not None:
                    yield self._member(waiting, number)
                number, waiting = number + 1, {str(name): value for name, value in row.items() if value}
        except UnicodeDecodeError:
            fault = "invalid-utf8"
        except csv.Error:
            fault = "line-too-long"
        whole = waiting is not None and not fault and plain.endswith(b"\n")
        if waiting is not None and (whole or fault):
            yield self._member(waiting, number)
        if not whole:
            yield self.place.quarantined(fault or "truncated-document", max(1, number), data)

    def _group(self, said: dict[str, Any]) -> Entry:
        draft = self.chat.draft(1, 0, self.sha256)
        draft.event_kind, draft.subkind = EventKind.DIRECTORY, "conversation"
        draft.conversation_kind = "group"
        draft.conversation_title = draft.conversation_title or _text(said, "name")
        draft.vendor_id = _text(said, "name")
        marks: list[str] = []
        self.chat.when(draft, _text(said, "exported_on"), marks)
        draft.flags = tuple(marks)
        draft.attributes = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
        return draft.seal()

    def _member(self, said: Mapping[str, Any], number: int) -> Entry:
        draft = self.chat.draft(number, 0, self.sha256)
        draft.event_kind, draft.subkind = EventKind.DIRECTORY, "user"
        draft.conversation_kind = "group"
        draft.sender_display = _text(said, "name") or _text(said, "display_name")
        draft.sender_id = draft.vendor_id = _text(said, "number") or draft.sender_display
        draft.attributes = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
        return draft.seal()


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""
