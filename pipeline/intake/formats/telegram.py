"""Telegram Desktop export, `result.json`: one chat, or the whole account with its chats, left chats and lists.

Fields kept: all; those without a column of the event are in its attributes. The text is kept as people read it, with
links behind words in angle brackets; where markup is lost by that, it is in `attributes.body_source`. Service messages
become calls, members, room settings and system events by their action. Each reaction that names a person is an event
of its own, the rest of a kind of reaction one more with its count. Contacts, frequent contacts, sessions and profile
pictures are directory entries; stories are files. A chat's timer sets when the messages after it expire.
Implied losses: nothing of a deleted message, not even a mark; only the last text of an edited one; no read receipts;
who reacted only as far as the export lists recent people; no names of deleted accounts; secret chats, which only the
phone holds; files that the export's settings left out, of which a sentence stands in their place (`omitted`). Times of
older exports are local times of the computer that exported, without a zone: with a zone from the sources file they are
made UTC, else they stay wall clock times (`unknown`); newer ones state the second in UTC beside it.
Ids: in channels and supergroups, `channel:message`. In private chats and basic groups every account counts messages on
its own, so that two people's copies of one message have different numbers, and one number names two messages: there
the id is made of what all copies share: chat, second, sender, text or action, and which of equal ones it is. A private
chat is known by both people; the owner of the export is the one of the sources file (`owner_id`), of the export's own
account data, or the second person of the chat; else the chat is known by the custodian and the other person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pipeline.intake.formats.telegram_chat import Account, chat_of
from pipeline.intake.formats.telegram_directory import LISTS, directory_event
from pipeline.intake.formats.telegram_events import TelegramEvents
from pipeline.intake.formats.telegram_first import look_ahead
from pipeline.intake.json_elements import NO_ENTRIES, Broken, Path, split_elements
from pipeline.intake.lines import BOM, TooLong
from pipeline.intake.place import Entry, Place
from pipeline.intake.strict_json import BadJson, parse_object

NAME = "telegram"
TWO_PASSES = True
_ONE: Final[Path] = ("messages",)
_CHATS: Final[Path] = ("chats", "list", "*", "messages")
_LEFT: Final[Path] = ("left_chats", "list", "*", "messages")
_ARRAYS: Final = (_ONE, _CHATS, _LEFT, *LISTS)
_TYPE: Final = re.compile(
    rb'"type"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|replies|verify_codes|'
    rb'(?:private|public)_(?:group|supergroup|channel))"'
)
_MESSAGES: Final = re.compile(rb'"messages"\s*:\s*\[')
_MESSAGE: Final = re.compile(rb'"type"\s*:\s*"(?:message|service|unsupported)"')
_DATED: Final = re.compile(rb'"date"\s*:\s*"\d{4}-\d\d-\d\dT')
_OWN: Final = re.compile(rb'"(?:from_id|actor_id|text_entities|date_unixtime)"\s*:')
_ACCOUNT: Final = re.compile(
    rb'"(?:chats|left_chats|contacts|frequent_contacts|sessions|web_sessions)"\s*:\s*\{\s*"about"\s*:'
    rb'|"personal_information"\s*:\s*\{\s*"user_id"\s*:'
)
_HEX_ESCAPE: Final = re.compile(rb"\\(?:\\|x([0-9A-Fa-f]{2}))")


def sniff(head: bytes) -> bool:
    """An object with a type of chat and messages, or with the lists of an account."""
    text = head.removeprefix(BOM).lstrip()
    if not text.startswith(b"{"):
        return False
    if _ACCOUNT.search(text):
        return True
    if not _MESSAGES.search(text):
        return False
    return _TYPE.search(text) is not None or all(one.search(text) for one in (_MESSAGE, _DATED, _OWN))


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The events of each element in order: of a message its own, then its reactions."""
    first = look_ahead(stream, place)
    stream.seek(0)
    account = Account(place, first.owner)
    events = TelegramEvents(place, NAME)
    number, around, chat = 0, None, None
    for element in split_elements(stream, _ARRAYS, place.limits.document_bytes):
        if isinstance(element, Broken):
            yield _broken(place, element, number + 1)
            return
        number, data = element.number, element.data
        if isinstance(data, TooLong):
            yield place.quarantined("line-too-long", number, size=data.size, sha256=data.sha256)
            continue
        try:
            value, repaired = _parsed(data, place.limits.json_depth)
        except BadJson as problem:
            yield place.quarantined(problem.reason, number, data, detail=problem.detail)
            continue
        if element.array in LISTS:
            yield directory_event(events, account, element.array, value, number, data, repaired)
            continue
        if chat is None or element.around is not around:
            around = element.around
            chat = chat_of(element.array, around, first.named, account)
        yield from events.of_message(chat, value, number, data, repaired)


def _parsed(data: bytes, depth: int) -> tuple[dict[str, Any], bool]:
    """The members of an element. The app writes control characters as \\xHH, which JSON does not have."""
    try:
        return parse_object(data, depth)
    except BadJson as problem:
        if problem.reason != "invalid-json" or b"\\x" not in data:
            raise
    mended = _HEX_ESCAPE.sub(lambda match: rb"\u00" + match[1] if match[1] else match[0], data)
    return parse_object(mended, depth)[0], True


def _broken(place: Place, broken: Broken, number: int) -> Entry:
    if broken.reason == NO_ENTRIES:
        return place.quarantined("unknown-format", size=broken.size)
    detail = f"line {broken.line}"
    return place.quarantined(broken.reason, number, detail=detail, size=broken.size, sha256=broken.sha256)
