"""The released record before redaction: its final shape, with every text that a capture wrote still as `Text`.

Detection and release both walk this one draft, so no field can be released that was not searched.
What is not in the draft is not released: platform ids, object keys, paths, raw times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.model import Attachment, Record
from pipeline.redact.details import details_of, hidden_texts
from pipeline.redact.participants import Participant, custodians_of, key_of, person_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MIME = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,80}")
_UNKNOWN_MIME = "application/octet-stream"
_KINDS = frozenset({"message", "file", "call", "location", "system", "unknown"})
_CONVERSATION_KINDS = frozenset({"room", "group", "dm"})
_TIME_SOURCES = frozenset({"utc", "offset", "zone-from-config"})
_CHANGES = frozenset({"original", "edit", "link-preview", "differing-copy"})
_SCOPES = frozenset({"everyone", "own-devices"})


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the record, at its path in the released record. `category` is set where all of it is sensitive."""

    path: str
    value: str
    category: str | None = None


def draft_of(
    record: Record, participants: Mapping[str, Participant], categories: Callable[[str, str], str], zone: ZoneInfo
) -> dict[str, Any]:
    """The draft of a record, its keys in the order in which redactions are numbered.

    `categories` tells from a participant's id and display name what their name counts as (`Roster.categories`):
    in a name's own place the whole name is sensitive, whether or not a detector would know it for one.
    """

    wall = record.ts_source == "unknown"

    def at(moment: int | None) -> str | None:
        return None if moment is None else wall_clock(moment, zone) if wall else instant(moment, zone)

    def person(path: str, key: str, display: str = "") -> dict[str, Any]:
        if not key:
            return {"participant": "", "name": Text(f"{path}.name", "")}  # the app's own line: nobody sent it
        found = person_of(participants, key)
        name = display or found.name
        return {"participant": found.pseudonym, "name": Text(f"{path}.name", name, categories(key, name))}

    kind = record.conversation_kind if record.conversation_kind in _CONVERSATION_KINDS else ""
    title = record.conversation_title  # of two people's chat: the other one's name
    return {
        "record_id": record.record_id,
        "platform": _word(record.platform),
        "conversation_id": record.conversation_id,
        "conversation": {
            "kind": kind,
            "title": Text("conversation.title", title, categories("", title) if title and kind == "dm" else None),
        },
        "unit": record.unit,
        "kind": record.kind if record.kind in _KINDS else "unknown",
        "subkind": _word(record.subkind),
        "sent_at": at(record.ts_utc),
        "time_basis": record.ts_source if record.ts_source in _TIME_SOURCES else "unknown",
        "sender": person("sender", key_of(record.sender_id, record.sender_display), record.sender_display),
        "recipients": [person(f"recipients[{i}]", key) for i, key in enumerate(record.recipients)],
        "body": Text("body", record.body or ""),
        "versions": [
            {
                "change": version.change if version.change in _CHANGES else "edit",
                "at": at(version.at_utc),
                "body": Text(f"versions[{i}].body", version.body),
            }
            for i, version in enumerate(record.versions if len(record.versions) > 1 else ())
        ],
        "deleted": [
            {
                "scope": deletion.scope if deletion.scope in _SCOPES else "unknown",
                "at": at(deletion.at_utc),
                "by": person(
                    f"deleted[{i}].by", key_of(deletion.sender_id, deletion.sender_display), deletion.sender_display
                ),
            }
            for i, deletion in enumerate(record.deletions)
        ],
        "reactions": [
            {
                "value": Text(f"reactions[{i}].value", reaction.value),
                "by": person(
                    f"reactions[{i}].by", key_of(reaction.sender_id, reaction.sender_display), reaction.sender_display
                ),
                "at": at(reaction.at_utc),
                "removed": reaction.removed,
            }
            for i, reaction in enumerate(record.reactions)
        ],
        "read_by": [person(f"read_by[{i}]", key) for i, key in enumerate(record.read_by)],
        "attachments": [_attachment(i, attachment) for i, attachment in enumerate(record.attachments)],
        "details": [
            {"label": detail.label, "value": Text(f"details[{i}].value", detail.value, detail.category)}
            for i, detail in enumerate(details_of(record.attributes, record.kind))
        ],
        "flags": sorted({flag for flag in record.flags if _WORD.fullmatch(flag)}),
        "sightings": len(record.sightings),
        "custodians": [person(f"custodians[{i}]", key) for i, key in enumerate(custodians_of(record))],
        "expires_at": at(record.expires_utc),
        "conflicts": sorted({name for name in map(_word, record.conflicts) if name}),
        "findings": sorted({name for name in map(_word, record.findings) if name}),
    }


def texts_of(node: Mapping[str, Any]) -> list[Text]:
    """The texts of a draft, in order."""
    found: list[Text] = []
    _collect(node.values(), found)
    return found


def _collect(values: Iterable[Any], found: list[Text]) -> None:
    for value in values:
        kind = type(value)
        if kind is Text:
            found.append(value)
        elif kind is dict:
            _collect(value.values(), found)
        elif kind is list:
            _collect(value, found)


def hidden_of(record: Record) -> Iterator[Text]:
    """Texts that are never released but may name what must be taken out elsewhere."""
    yield Text("sender.id", record.sender_id)
    for i, attachment in enumerate(record.attachments):
        yield Text(f"attachments[{i}].path", attachment.path)
    for i, value in enumerate(hidden_texts(record.attributes)):
        yield Text(f"attributes[{i}]", value)
    if len(record.versions) == 1:
        yield Text("versions[0].body", record.versions[0].body)


def instant(microseconds: int, zone: ZoneInfo) -> str:
    """RFC 3339 in the agency's zone; six digits of a second when there are any."""
    try:
        moment = (_EPOCH + timedelta(microseconds=microseconds)).astimezone(zone)
    except OverflowError:  # a hostile time: the edge of the calendar stands for it
        moment = datetime.max.replace(tzinfo=UTC) if microseconds > 0 else datetime.min.replace(tzinfo=UTC)
    return moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds")


def wall_clock(microseconds: int, zone: ZoneInfo) -> str:
    """A time whose zone nobody knows, as the capture has it; the agency's offset stands in for the missing one."""
    try:
        moment = (_EPOCH + timedelta(microseconds=microseconds)).replace(tzinfo=zone)
    except OverflowError:
        return instant(microseconds, zone)
    return moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds")


def _attachment(place: int, attachment: Attachment) -> dict[str, Any]:
    mime = attachment.mime.lower()
    return {
        "name": Text(f"attachments[{place}].name", attachment.name),
        "mime": mime if _MIME.fullmatch(mime) else _UNKNOWN_MIME,
        "disposition": "withheld" if attachment.object_key else "absent",
        "exemptions": [],
        "path": None,
    }


def _word(value: str) -> str:
    """A word of our own vocabularies; anything else would be text of a capture and is left out."""
    return value if _WORD.fullmatch(value.replace("_", "-")) else ""
