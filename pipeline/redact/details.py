"""What a release says of a record's payload: call, location, room settings, membership, and types nobody knows.

Labels come from the table below. Ids, hashes, keys, paths and addresses of the platform are left out, by name and
by look.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_CALL_STATUS = {"0": "started", "1": "completed", "2": "missed", "3": "cancelled"}
_VERIFICATION = {"1": "requested", "2": "answered and requested", "3": "accepted", "4": "rejected", "5": "put off"}


@dataclass(frozen=True, slots=True)
class Detail:
    """One labelled value. `category` is set where the whole value is sensitive by its place."""

    label: str
    value: str
    category: str | None = None


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    label: str
    say: Callable[[Any], str]
    category: str | None = None


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _listed(value: Any) -> str:
    return ", ".join(_plain(v) for v in value) if isinstance(value, list) else _plain(value)


def _counted(value: Any) -> str:
    return str(len(value)) if isinstance(value, list) else ""


def _seconds(value: Any) -> str:
    text = _plain(value)
    return f"{text} s" if re.fullmatch(r"[1-9][0-9]{0,11}", text) else ""


def _yes(value: Any) -> str:
    return "yes" if value is True else ""


def _one_of(words: dict[str, str]) -> Callable[[Any], str]:
    return lambda value: words.get(_plain(value), "other")


_TABLE = (
    _Entry("call.status", "Call status", _one_of(_CALL_STATUS)),
    _Entry("call.duration", "Call duration", _seconds),
    _Entry("call.participants", "Call participants", _counted),
    _Entry("control.title", "Room title", _plain),
    _Entry("control.description", "Room description", _plain),
    _Entry("control.members", "Members", _listed),
    _Entry("control.masters", "Moderators", _listed),
    _Entry("control.addedusers", "Members added", _listed),
    _Entry("control.deletedusers", "Members removed", _listed),
    _Entry("control.ttl", "Messages expire after", _seconds),
    _Entry("control.bor", "Burn-on-read after", _seconds),
    _Entry("control.pinned", "Pinned", _yes),
    _Entry("control.attributes.isstarred", "Starred", _yes),
    _Entry("control.filevaultinfo.filemgtaction.action", "Saved item action", _plain),
    _Entry("control.filevaultinfo.filemgtaction.name", "Saved item name", _plain),
    _Entry("control.filevaultinfo.filemgtaction.modifiedbyuser", "Saved item changed by", _plain),
    _Entry("keyverify.msgtype", "Key verification", _one_of(_VERIFICATION)),
    _Entry("links.url", "Link", _plain),
    _Entry("links.title", "Link title", _plain),
    _Entry("links.description", "Link description", _plain),
    _Entry("file.isscreenshot", "Screenshot", _yes),
    _Entry("file.isvoicememo", "Voice note", _yes),
    _Entry("file.voicememoduration", "Voice note length", _seconds),
    _Entry("edit.text", "Text", _plain),
    # What readers of every other format put under `shown`.
    _Entry("shown.subject", "Subject", _plain),
    _Entry("shown.cc", "Copy to", _listed),
    _Entry("shown.bcc", "Blind copy to", _listed),
    _Entry("shown.forwarded_from", "Forwarded from", _plain),
    _Entry("shown.quote_by", "Quoted person", _plain),
    _Entry("shown.quote", "Quoted text", _plain),
    _Entry("shown.room_title", "Room title", _plain),
    _Entry("shown.room_description", "Room description", _plain),
    _Entry("shown.members", "Members", _listed),
    _Entry("shown.members_added", "Members added", _listed),
    _Entry("shown.members_removed", "Members removed", _listed),
    _Entry("shown.expires_after", "Messages expire after", _seconds),
    _Entry("shown.call_duration", "Call duration", _seconds),
    _Entry("shown.call_participants", "Call participants", _plain),
    _Entry("shown.contact", "Contact", _listed),
    _Entry("shown.poll", "Poll", _plain),
    _Entry("shown.poll_options", "Poll options", _listed),
    _Entry("shown.place", "Place", _plain),
    _Entry("shown.sticker", "Sticker", _plain),
    _Entry("shown.transcript", "Transcript", _plain),
    _Entry("shown.link", "Link", _listed),
    _Entry("shown.link_title", "Link title", _listed),
    _Entry("shown.link_description", "Link description", _listed),
    _Entry("shown.event", "Event", _plain),
    _Entry("shown.delivery", "Delivery", _plain),
)
_STEPS = tuple((entry, entry.path.split(".")) for entry in _TABLE)
_MEMBER_LISTS = (
    "control.members",
    "control.masters",
    "control.addedusers",
    "control.deletedusers",
    "shown.members",
    "shown.members_added",
    "shown.members_removed",
)
_POSITIONS = ("location", "edit")

LABELS = tuple(sorted({*(e.label for e in _TABLE), "Location", "Unrecognised field"}))
"""Every label that a release can show."""

_DROPPED_KEY = re.compile(
    r"(?:^|[._-])(?:\w*id|id|ids|guid|uuid|\w*hash|hashes|\w*key|keys|sig|signature|token|secret|localfilename|path|\w*uri\w*|etag|version\w*"
    r"|msg_ts|time|time_iso|sender|receiver|ip|ipv4|ipv6|\w*url_private\w*|object_key|filename_hash)$",
    re.IGNORECASE,
)
_LOOKS_LIKE_ID = re.compile(r"^(?:[0-9A-Fa-f-]{20,}|[SG]?[0-9A-Fa-f]{32,}|[A-Za-z0-9+/_=-]{32,})$")
_MOST = 200


def details_of(attributes: str, kind: str) -> list[Detail]:
    """The details of a record, in the order of the table; of an unknown kind every field that is no identifier."""
    tree = _tree(attributes)
    if kind == "unknown":
        leaves = ((path, value) for path, value in _leaves(tree, ""))
        said = (f"{path}: {_plain(value)}" for path, value in leaves if _may_be_said(path, value))
        return [Detail("Unrecognised field", text) for _, text in zip(range(_MOST), said, strict=False)]
    found = [_position(tree, name) for name in _POSITIONS]
    details = [detail for detail in found if detail]
    for entry, steps in _STEPS:
        if isinstance(tree, dict) and steps[0] not in tree:
            continue
        values = (entry.say(value) for value in _at(tree, steps))
        details.extend(Detail(entry.label, value, entry.category) for value in values if value)
    return details


def members_of(attributes: str) -> list[str]:
    """The members that a room event names, in order, each once."""
    tree = _tree(attributes)
    names = (
        name
        for path in _MEMBER_LISTS
        for value in _at(tree, path.split("."))
        if isinstance(value, list)
        for name in value
        if isinstance(name, str) and name
    )
    return list(dict.fromkeys(names))


def hidden_texts(attributes: str) -> list[str]:
    """Every other text of the payload: never released, but what is sensitive in it is sensitive elsewhere too."""
    return [value for _, value in _leaves(_tree(attributes), "") if isinstance(value, str) and value]


@lru_cache(maxsize=4)
def _tree(attributes: str) -> Any:
    """The payload. Details and hidden texts ask for the same one in turn; nobody changes it."""
    if attributes in {"", "{}"}:
        return {}
    try:
        return json.loads(attributes)
    except (ValueError, RecursionError):
        return {"content": attributes}


def _at(tree: Any, path: list[str]) -> Iterator[Any]:
    """The values at a path; a list on the way is walked."""
    if isinstance(tree, list) and path:
        for item in tree:
            yield from _at(item, path)
    elif not path:
        yield tree
    elif isinstance(tree, dict) and path[0] in tree:
        yield from _at(tree[path[0]], path[1:])


def _position(tree: Any, name: str) -> Detail | None:
    place = tree.get(name) if isinstance(tree, dict) else None
    if not isinstance(place, dict) or not {"latitude", "longitude"} & place.keys():
        return None
    value = ", ".join(_plain(place[axis]) for axis in ("latitude", "longitude") if axis in place)
    return Detail("Location", value, "COORDINATES")


def _leaves(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    stack = [(path, tree)]
    while stack:
        at, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((f"{at}.{key}" if at else str(key), value[key]) for key in sorted(value, reverse=True))
        elif isinstance(value, list):
            stack.extend((at, item) for item in reversed(value))
        elif value is not None:
            yield at, value


def _may_be_said(path: str, value: Any) -> bool:
    return not _DROPPED_KEY.search(path) and not _LOOKS_LIKE_ID.match(_plain(value))
