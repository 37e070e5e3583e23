"""Slack export: the JSON files of a workspace, zipped or unpacked, and the exports and dumps of slackdump.

Fields kept: all; those without a column of the event are in its attributes. The text is kept as people read it,
mentions and channels by their names in the lists beside the channel folders, with its markup in
`attributes.body_source`. Text that an app put only into blocks or attachments is part of the body; previews of links
and shared messages are shown beside it. Each reaction is an event with its user. Edit and delete logs become edits
and deletions, and the earlier text that a log line repeats a copy of the message. Users, channels and direct messages
of the lists are directory entries; app installations are system events; canvases are files; lines of other lists are
unknown events, kept whole. Private addresses of files (`url_private...`) and export tokens (`?t=xox...`) are removed
and named as stripped.
Implied losses: files are links and not bytes, unless a tool fetched them into the archive; links die when the export
token is revoked, and deleted files or those beyond the limit of a free plan have none. Only the last text of an
edited message and nothing of a deleted one, unless the workspace kept edit and delete logs; only the parent of a
thread leaves a tombstone. A standard export has no private channels and no direct messages, which nothing in it
tells. Messages older than the retention setting are gone without a trace. Reactions have no times, channel members
are those of the day of the export, and who read what is not told. Text exports of single users are not read.
Ids: `channel:ts`, since `ts` is unique in its channel only; it is compared as the text it is and gives the time to
the microsecond, although old fractions count messages rather than microseconds. No date is taken from a file's name.
A channel is known by the id that the lists give for its folder; a folder that no list knows keeps its name, with a
scope. The copies of a shared channel in two workspaces have one `client_msg_id`, which is in the attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO, Final

import orjson

from pipeline.intake.formats.slack_directory import directory_event
from pipeline.intake.formats.slack_message import SlackEvents
from pipeline.intake.formats.slack_names import Talk, Workspace, talk_of, talk_of_folder, workspace_of
from pipeline.intake.json_elements import Element, split_elements
from pipeline.intake.json_entries import json_entries
from pipeline.intake.lines import BOM
from pipeline.intake.place import Entry, Place
from pipeline.model import Quarantined

NAME = "slack"
TWO_PASSES = True
_LIST: Final = ()
_DUMP: Final = ("messages",)
_NAMES: Final = (("channel_id",), ("name",))
_NAME_BYTES: Final = 4096
_DUMP_NAME: Final = re.compile(r"(?:.*/)?([CGD][A-Z0-9]{6,})(?:-\d+\.\d+)?\.json", re.ASCII)

_EMPTY: Final = re.compile(rb"\[\s*\]")
_TS: Final = re.compile(rb'"ts"\s*:\s*"?\d{9,11}(?:\.\d{1,9})?"?[\s,}]')
_MESSAGE: Final = re.compile(rb'"type"\s*:\s*"message"')
_MESSAGES: Final = re.compile(rb'"messages"\s*:\s*\[')
_ROWS: Final = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        (rb'"id"\s*:\s*"[UW][A-Z0-9]+"', rb'"(?:profile|team_id|is_bot|is_admin)"\s*:'),
        (rb'"id"\s*:\s*"[CGD][A-Z0-9]+"', rb'"created"\s*:\s*\d'),
        (rb'"id"\s*:\s*"F[A-Z0-9]+"', rb'"(?:filetype|mimetype|permalink|url_private)"\s*:'),
        (rb'"change_type"\s*:', rb'"(?:app|service)_(?:id|type)"\s*:'),
        (rb'"(?:content_)?flag[a-z_]*"\s*:', rb'"(?:channel|channel_id|message_ts|team_id)"\s*:'),
    )
)
"""What the rows of each list have, two members of each."""


def sniff(head: bytes) -> bool:
    """An array of messages or of rows of one of the export's lists, or an object with messages.

    An empty array is Slack's way to say that there are none; no other format writes one.
    """
    text = head.removeprefix(BOM).strip()
    if text.startswith(b"["):
        pairs = ((_TS, _MESSAGE), *_ROWS)
        return _EMPTY.fullmatch(text) is not None or any(
            one.search(text) and other.search(text) for one, other in pairs
        )
    return text.startswith(b"{") and all(one.search(text) for one in (_MESSAGES, _TS, _MESSAGE))


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The events of each element in order: of a message its own, then its reactions and replies."""
    workspace = workspace_of(place)
    events = SlackEvents(place, NAME, workspace, _talk(stream, place, workspace))
    stream.seek(0)
    for entry in json_entries(stream, (_LIST, _DUMP), place):
        if isinstance(entry, Quarantined):
            yield entry
        elif entry.array == _DUMP or "ts" in entry.value or entry.value.get("type") == "message":
            yield from events.of_message(entry.value, entry.number, entry.raw, entry.repaired)
        else:
            yield directory_event(events, entry.value, entry.number, entry.raw, entry.repaired)


def _talk(stream: BinaryIO, place: Place, workspace: Workspace) -> Talk:
    """The conversation: a dump names it, before or after its messages; an export by its folder."""
    if not stream.read(_NAME_BYTES).removeprefix(BOM).lstrip().startswith(b"{"):
        return talk_of_folder(place, workspace)
    stream.seek(0)
    named: dict[tuple[str, ...], str] = {}
    for element in split_elements(stream, _NAMES, _NAME_BYTES):
        if isinstance(element, Element) and isinstance(element.data, bytes):
            named.setdefault(element.array, _string(element.data))
    channel, name = (named.get(path, "") for path in _NAMES)
    if channel:
        return talk_of(channel, name, workspace)
    if hint := _DUMP_NAME.fullmatch(place.name):
        return replace(talk_of(hint[1], name, workspace), flags=("conversation-from-key",))
    return replace(talk_of_folder(place, workspace), title=name)


def _string(raw: bytes) -> str:
    try:
        found: Any = orjson.loads(raw)
    except ValueError:
        return ""
    return found if isinstance(found, str) else ""
