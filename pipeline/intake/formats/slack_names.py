"""Who and what the ids of a Slack export are: the lists beside its channel folders, each parsed once.

A channel's messages lie in a folder with the channel's name, a direct message's in one with its id.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.intake.json_elements import Element, split_elements
from pipeline.intake.place import Place
from pipeline.intake.strict_json import BadJson, parse_object

_USERS: Final = ("users.json", "org_users.json")
_CONVERSATIONS: Final = ("channels.json", "groups.json", "mpims.json", "dms.json")
_FOLDERS: Final = ("../", "", "../../")
_ROW_BYTES: Final = 4 << 20
_DEPTH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One row of `channels.json`, `groups.json`, `mpims.json` or `dms.json`."""

    id: str
    name: str = ""
    kind: str = ""
    """`channel`, `group`, `dm`, or empty."""
    members: tuple[str, ...] = ()
    """Kept for direct messages only: a channel's are those of the day of the export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Channels:
    by_id: Mapping[str, Channel] = field(default_factory=dict)
    by_name: Mapping[str, list[Channel]] = field(default_factory=dict)


class Workspace:
    """The names of one export."""

    def __init__(self, users: list[Mapping[str, str]], channels: list[_Channels]) -> None:
        self._users = users
        self._channels = channels

    def user(self, user_id: str) -> str:
        """The shown name of a user; empty when it is unknown."""
        return next((users[user_id] for users in self._users if user_id in users), "")

    def channel(self, channel_id: str) -> str:
        """The name of a channel; empty when it is unknown."""
        found = self.by_id(channel_id)
        return found.name if found else ""

    def by_id(self, channel_id: str) -> Channel | None:
        """The conversation of that id."""
        return next((rows.by_id[channel_id] for rows in self._channels if channel_id in rows.by_id), None)

    def named(self, name: str) -> list[Channel]:
        """Every conversation of that name, or of that id: several when a name was used twice."""
        if direct := self.by_id(name):
            return [direct]
        return [row for rows in self._channels for row in rows.by_name.get(name, ())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The conversation that a text belongs to."""

    id: str
    """Slack's, or the folder's name with a scope where no list tells it."""
    title: str = ""
    kind: str = ""
    members: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def shown_name(user: Mapping[str, Any]) -> str:
    """What Slack shows for a row of `users.json`, or for the `user_profile` of a message."""
    profile = user.get("profile")
    holders = [profile, user] if isinstance(profile, dict) else [user]
    for name in ("display_name", "real_name", "name"):
        for holder in holders:
            if isinstance(value := holder.get(name), str) and value.strip():
                return value.strip()
    return ""


def channel_of(row: Mapping[str, Any]) -> Channel:
    """A conversation's row, whichever list holds it."""
    found = _text(row.get("id"))
    kind = _kind(found, row)
    members = row.get("members")
    named = tuple(one for one in members if isinstance(one, str)) if isinstance(members, list) else ()
    return Channel(id=found, name=_text(row.get("name")), kind=kind, members=named if kind in ("dm", "group") else ())


def _kind(channel_id: str, row: Mapping[str, Any]) -> str:
    if channel_id.startswith("D") or row.get("is_im") is True:
        return "dm"
    if row.get("is_mpim") is True or _text(row.get("name")).startswith("mpdm-"):
        return "group"
    return "channel" if channel_id[:1] in ("C", "G") else ""


def workspace_of(place: Place) -> Workspace:
    """The lists of the export that this text belongs to."""
    base = place.remembered("slack-lists", lambda: _base(place))
    users = [found for name in _USERS if (found := place.beside_as(base + name, _users))]
    channels = [rows for name in _CONVERSATIONS if (rows := place.beside_as(base + name, _channels)).by_id]
    return Workspace(users, channels)


def _base(place: Place) -> str:
    """Where the lists lie, seen from this folder."""
    for folder in _FOLDERS:
        if any(place.beside_as(folder + name, _users) for name in _USERS):
            return folder
        if any(place.beside_as(folder + name, _channels).by_id for name in _CONVERSATIONS):
            return folder
    return _FOLDERS[0]


def _rows(data: bytes | None) -> Iterator[dict[str, Any]]:
    if data is None:
        return
    for element in split_elements(io.BytesIO(data), [()], _ROW_BYTES):
        if isinstance(element, Element) and isinstance(element.data, bytes):
            try:
                yield parse_object(element.data, _DEPTH)[0]
            except BadJson:
                continue  # the list's own reading quarantines it


def _users(data: bytes | None) -> Mapping[str, str]:
    pairs = ((_text(row.get("id")), shown_name(row)) for row in _rows(data))
    return {user_id: name for user_id, name in pairs if user_id and name}


def _channels(data: bytes | None) -> _Channels:
    by_id: dict[str, Channel] = {}
    for row in _rows(data):
        if (channel := channel_of(row)).id:
            by_id.setdefault(channel.id, channel)
    by_name: dict[str, list[Channel]] = {}
    for channel in by_id.values():
        if channel.name:
            by_name.setdefault(channel.name, []).append(channel)
    return _Channels(by_id=by_id, by_name=by_name)


def talk_of(channel_id: str, name: str, workspace: Workspace) -> Talk:
    """The conversation of an id that the text itself names."""
    row = workspace.by_id(channel_id) or channel_of({"id": channel_id, "name": name})
    return _known(row, workspace)


def talk_of_folder(place: Place, workspace: Workspace) -> Talk:
    """The conversation of the folder that this text lies in."""
    path = place.name.replace("!/", "/").rpartition("/")[0]
    folder = path.rpartition("/")[2]
    rows = workspace.named(folder) if folder else []
    if len(rows) == 1:
        return _known(rows[0], workspace)
    scope = "\x1f".join((place.object_key if place.member else "", path))
    digest = hashlib.sha256(scope.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    flags = ("conversation-ambiguous",) if rows else ("conversation-from-key",)
    return Talk(id=f"{digest}:{folder}", title=folder, flags=flags)


def _known(row: Channel, workspace: Workspace) -> Talk:
    shown = ", ".join(workspace.user(member) or member for member in row.members)
    return Talk(id=row.id, title=shown or row.name, kind=row.kind, members=row.members)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
