"""What a Telegram message holds beside text and files: contacts, positions, polls, games, bills, stickers."""

from __future__ import annotations

from typing import Any, Final

import orjson

from pipeline.intake.open_event import OpenEvent
from pipeline.model import EventKind

_ONCE: Final = 2_147_483_647
"""The self-destruct period of what can be seen once."""

_MEDIA: Final = frozenset(
    (
        *("contact_information", "location_information", "place_name", "poll", "game_title", "invoice_information"),
        *("sticker_emoji", "self_destruct_period_seconds"),
    )
)


def show_media(draft: OpenEvent, entry: dict[str, Any], shown: dict[str, Any]) -> None:
    """Set the kind of the event and what a release shows of it; the entry keeps what it was told in."""
    if _MEDIA.isdisjoint(entry):
        return
    if isinstance(contact := entry.get("contact_information"), dict):
        draft.subkind = "contact"
        shown["contact"] = _joined(contact, ("first_name", "last_name", "phone_number"))
    if "location_information" in entry or "place_name" in entry:
        _position(draft, entry, shown)
    if isinstance(poll := entry.get("poll"), dict):
        draft.subkind = "poll"
        _poll(poll, shown)
    if isinstance(title := entry.get("game_title"), str):
        draft.subkind = "game"
        shown["link_title"] = title
        _show(entry, shown, {"game_description": "link_description", "game_link": "link"})
    if "invoice_information" in entry:
        draft.subkind = "invoice"
        _show(_parsed(entry["invoice_information"]), shown, {"title": "link_title", "description": "link_description"})
    if isinstance(emoji := entry.get("sticker_emoji"), str):
        shown["sticker"] = emoji
    period = entry.get("self_destruct_period_seconds")
    if isinstance(period, int) and not isinstance(period, bool) and 0 < period < _ONCE:
        shown["expires_after"] = period


def _position(draft: OpenEvent, entry: dict[str, Any], shown: dict[str, Any]) -> None:
    draft.event_kind, draft.subkind = EventKind.LOCATION, "shared"
    if "live_location_period_seconds" in entry:
        draft.subkind = "live"
    where = entry.get("location_information")
    if isinstance(where, dict) and _is_number(where.get("latitude")) and _is_number(where.get("longitude")):
        del entry["location_information"]
        entry["location"] = where
    if name := _joined(entry, ("place_name", "address")):
        shown["place"] = name


def _poll(poll: dict[str, Any], shown: dict[str, Any]) -> None:
    question, answers = poll.get("question"), poll.get("answers")
    if isinstance(question, str):
        shown["poll"] = question
    options = [one for one in answers if isinstance(one, dict)] if isinstance(answers, list) else []
    said = [f"{_text(one.get('text'))} ({one.get('voters')})" for one in options if isinstance(one.get("voters"), int)]
    plain = [_text(one.get("text")) for one in options]
    if options:
        shown["poll_options"] = said if len(said) == len(options) else plain


def _parsed(value: Any) -> dict[str, Any]:
    """A bill; the app writes it as a text that holds JSON."""
    if isinstance(value, dict):
        return value
    try:
        found = orjson.loads(value) if isinstance(value, str) else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _show(entry: dict[str, Any], shown: dict[str, Any], labels: dict[str, str]) -> None:
    for name, label in labels.items():
        if isinstance(value := entry.get(name), str) and value:
            shown[label] = value


def _joined(entry: dict[str, Any], names: tuple[str, ...]) -> str:
    return " ".join(value for name in names if isinstance(value := entry.get(name), str) and value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
