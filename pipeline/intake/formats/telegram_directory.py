"""The lists of a Telegram account export: who people are, from where it was used, and its stories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pipeline.intake.formats.telegram_chat import Account, peer_of, user_of
from pipeline.intake.formats.telegram_events import TelegramEvents
from pipeline.intake.formats.telegram_files import stored
from pipeline.intake.json_elements import Path
from pipeline.intake.moments import epoch_micros
from pipeline.intake.open_event import OpenEvent
from pipeline.model import Event, EventKind

_Shaper = Callable[[OpenEvent, dict[str, Any], Account], None]


def directory_event(
    events: TelegramEvents, account: Account, array: Path, row: dict[str, Any], line: int, raw: bytes, repaired: bool
) -> Event:
    """The event of one row of a list, which is kept whole."""
    draft = events.open(None, line, 0, raw)
    draft.event_kind = EventKind.DIRECTORY
    flags: list[str] = ["repaired"] if repaired else []
    subkind, shape = _SHAPES[array]
    draft.subkind = subkind
    shape(draft, row, account)
    events.when(draft, row, flags)
    return events.sealed(draft, row, {}, flags)


def _person(draft: OpenEvent, row: dict[str, Any], _account: Account) -> None:
    draft.vendor_id = draft.sender_id = user_of(row.get("user_id"))
    names = (row.get("first_name"), row.get("last_name"))
    draft.sender_display = " ".join(name for name in names if isinstance(name, str) and name)
    phone = row.get("phone_number")
    if not draft.sender_id and isinstance(phone, str):
        draft.sender_id = phone


def _owner(draft: OpenEvent, row: dict[str, Any], account: Account) -> None:
    account.learn(row.get("user_id"))
    _person(draft, row, account)


def _frequent(draft: OpenEvent, row: dict[str, Any], _account: Account) -> None:
    form, name = row.get("type"), row.get("name")
    draft.vendor_id = draft.sender_id = peer_of(row.get("id"), form if isinstance(form, str) else "")
    draft.sender_display = name if isinstance(name, str) else ""


def _of_the_account(draft: OpenEvent, _row: dict[str, Any], account: Account) -> None:
    draft.sender_id = account.owner


def _picture(draft: OpenEvent, row: dict[str, Any], account: Account) -> None:
    draft.sender_id = account.owner
    draft.attachments = tuple(file for file in (stored(row.pop("photo", None)),) if file)


def _story(draft: OpenEvent, row: dict[str, Any], account: Account) -> None:
    draft.event_kind = EventKind.FILE
    draft.sender_id = account.owner
    draft.conversation_id = f"{account.scope}:stories:{account.owner}" if account.owner else f"{account.scope}:stories"
    draft.conversation_kind, draft.conversation_title = "channel", "Stories"
    draft.attachments = tuple(file for file in (stored(row.pop("media", None)),) if file)
    ends = row.get("expires_unixtime")
    draft.expires_utc = epoch_micros(ends, "s") if isinstance(ends, (str, int)) else None


_SHAPES: Final[Mapping[Path, tuple[str, _Shaper]]] = {
    ("personal_information",): ("user", _owner),
    ("contacts", "list"): ("user", _person),
    ("frequent_contacts", "list"): ("frequent-contact", _frequent),
    ("sessions", "list"): ("session", _of_the_account),
    ("web_sessions", "list"): ("session", _of_the_account),
    ("profile_pictures",): ("profile-picture", _picture),
    ("stories",): ("story", _story),
    ("other_data",): ("account-data", _of_the_account),
}
LISTS: Final[tuple[Path, ...]] = tuple(_SHAPES)
"""Where the lists stand in the document."""
