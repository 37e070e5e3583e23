"""Which chat a message of a Telegram export is in, and whose account it was exported from.

Old exports wrote people, groups and channels as one number, with the kind in its upper bits; newer ones write
`user1`, `chat1`, `channel1`. Both become the newer form.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pipeline.intake.json_elements import Path
from pipeline.intake.place import Place

SOURCE: Final = "telegram"
PRIVATE: Final = frozenset(("personal_chat", "bot_chat"))
_CHANNELS: Final = frozenset(("private_supergroup", "public_supergroup", "private_channel", "public_channel"))
_OWN: Final = {"saved_messages": "Saved Messages", "replies": "Replies", "verify_codes": "Verification Codes"}
_KINDS: Final = {
    **dict.fromkeys((*PRIVATE, *_OWN), "dm"),
    **dict.fromkeys(("private_group", "private_supergroup", "public_supergroup"), "group"),
    **dict.fromkeys(("private_channel", "public_channel"), "channel"),
}
_GROUP_BIT: Final = 1 << 32
_CHANNEL_BIT: Final = 1 << 33
_USER: Final = re.compile(r"(?:user)?(\d{1,20})", re.ASCII)
_PEER: Final = re.compile(r"(user|chat|channel)(\d{1,20})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramChat:
    """One chat of the export."""

    id: str
    kind: str
    title: str
    shared_ids: bool
    """All members see a message under one number: in channels and supergroups, not in private chats and groups."""
    people: tuple[str, ...] = ()
    """Both people of a private chat, as far as they are known."""
    left: bool = False
    """The account had left it when it was exported."""


class Account:
    """Whose export it is."""

    def __init__(self, place: Place, owner: str) -> None:
        self.place = place
        self.owner = owner
        self.scope = f"telegram:{place.source.custodian}" if place.source.custodian else "telegram"

    def learn(self, user: object) -> None:
        """Take the owner from the export's own account data, where nothing else said it."""
        self.owner = self.owner or user_of(user)


def chat_of(array: Path, around: Mapping[str, Any], named: Mapping[str, Any], account: Account) -> TelegramChat:
    """The chat whose messages these are.

    Args:
        array: The path at which they stand.
        around: Scalars of the objects around them, by dotted path.
        named: Scalars of a document of one chat, before or after the messages.
        account: Whose export it is.
    """
    prefix = ".".join(name for name in array[:-1] if name != "*")
    said = {name: around.get(f"{prefix}.{name}" if prefix else name) for name in ("name", "type", "id")}
    if not prefix:
        said = {**named, **{name: value for name, value in said.items() if value is not None}}
    form = said.get("type")
    form = form if isinstance(form, str) else ""
    peer = peer_of(said.get("id"), form)
    name = said.get("name")
    people = _people(peer, account.owner) if form in PRIVATE else ()
    return TelegramChat(
        id=_conversation(form, peer, people, account),
        kind=_KINDS.get(form, ""),
        title=name if isinstance(name, str) else _OWN.get(form, ""),
        shared_ids=form in _CHANNELS and bool(peer),
        people=people,
        left=prefix == "left_chats.list",
    )


def peer_of(value: object, form: str = "") -> str:
    """A person, group or channel in the newer form; empty where it is none.

    Args:
        value: The number, or the newer text.
        form: The type of the chat, where the number is a chat's own; newer exports leave the kind to it.
    """
    if isinstance(value, str):
        return _named_peer(value)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return ""
    kind = "channel" if form in _CHANNELS else "chat" if form == "private_group" else "user"
    if _CHANNEL_BIT <= value < _CHANNEL_BIT + _GROUP_BIT and form in ("", *_CHANNELS):
        return f"channel{value - _CHANNEL_BIT}"
    if _GROUP_BIT <= value < _CHANNEL_BIT and form == "private_group":
        return f"chat{value - _GROUP_BIT}"
    return f"{kind}{value}"


@lru_cache(maxsize=4096)
def _named_peer(value: str) -> str:
    match = _PEER.fullmatch(value)
    return match[1] + str(int(match[2])) if match else ""


def user_of(value: object) -> str:
    """A person's id, given with or without the word."""
    match = _USER.fullmatch(str(value).strip()) if isinstance(value, (str, int)) else None
    return f"user{int(match[1])}" if match else ""


def _people(peer: str, owner: str) -> tuple[str, ...]:
    known = {one for one in (peer, owner) if one}
    return tuple(sorted(known, key=lambda one: (len(one), one)))


def _conversation(form: str, peer: str, people: tuple[str, ...], account: Account) -> str:
    if form in _OWN:
        return f"{account.scope}:{form}:{account.owner}" if account.owner else f"{account.scope}:{form}"
    if not peer:
        place = f"{account.place.object_key}\x1f{account.place.member}"
        return f"{SOURCE}:object-{hashlib.sha256(place.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
    if form in PRIVATE:
        return f"{SOURCE}:{','.join(people)}" if account.owner else f"{account.scope}:{peer}"
    return f"{SOURCE}:{peer}"
