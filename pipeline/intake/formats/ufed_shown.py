"""What stands beside the words of a message in a report: quotes, places, contacts, marks, and when it goes."""

from __future__ import annotations

import math
from typing import Any, Final

from pipeline.intake.formats.ufed_model import Model
from pipeline.intake.formats.ufed_talk import Talk
from pipeline.intake.formats.ufed_values import person, seconds_of
from pipeline.intake.open_event import OpenEvent

_RECOVERED: Final = frozenset(("deleted", "trash"))
_LABELS: Final = (
    ("edited", "edited"),
    ("forward", "forwarded"),
    ("view once", "view-once"),
    ("viewonce", "view-once"),
    ("deleted", "deleted"),
    ("recalled", "deleted"),
    ("unsent by", "deleted"),
)
"""Words of a label, and the flag they stand for."""
_QUOTED: Final = frozenset(("ReplyMessageData", "QuotedMessageData"))
_QUOTES: Final = ("Body", "Text", "QuotedText", "Message", "OriginalMessage")
_ORIGINAL_IDS: Final = ("OriginalMessageID", "OriginalMessageId", "QuotedMessageID", "MessageID", "Identifier")


def read_all(
    model: Model, talk: Talk, draft: OpenEvent, shown: dict[str, Any], more: dict[str, Any], flags: list[str]
) -> bool:
    """Everything below for one message whose time is set; says whether it has a position."""
    read_marks(model, flags)
    _read_quotes(model, talk, shown, flags)
    _read_contacts(model, shown)
    _read_transcripts(model, shown)
    _read_timer(model, draft, shown)
    if subject := model.get("Subject"):
        shown["subject"] = subject
    return _read_place(model, shown, more)


def read_marks(model: Model, flags: list[str]) -> None:
    """Flags by the state of the model and by the app's labels."""
    if model.attributes.get("deleted_state", "").casefold() in _RECOVERED:
        flags.append("recovered-deleted")
    if model.get("DateDeleted") or model.get("Erased").casefold() == "true":
        flags.append("deleted")
    labels = [model.get("Label"), *model.lists.get("Labels", ())]
    labels += [one.get("Label") or one.get("Value") for one in _extra(model) if one.type == "MessageLabel"]
    for label in labels:
        flags += [flag for words, flag in _LABELS if words in label.casefold()]


def _read_quotes(model: Model, talk: Talk, shown: dict[str, Any], flags: list[str]) -> None:
    """The message that is answered or passed on; its words are a second copy of another record's."""
    for name, inner in model.models.items():
        if name.startswith("Embedded") and inner and inner[0].type == "InstantMessage":
            _quote(inner[0], talk, shown)
    for extra in _extra(model):
        if extra.type == "ForwardedMessageData":
            flags.append("forwarded")
            sender = extra.first("OriginalSender")
            who = person(sender) if sender else None
            if origin := (who.name or who.id) if who else extra.get("OriginalSender"):
                shown["forwarded_from"] = origin
        elif extra.type in _QUOTED:
            _quote(extra.first("InstantMessage") or extra, talk, shown)
            reply_to = next((found for name in _ORIGINAL_IDS if (found := extra.get(name))), "")
            if reply_to and (target := talk.message_id(reply_to, None)):
                shown["reply_to"] = target


def _extra(model: Model) -> list[Model]:
    """All of MessageExtraData, which reports hold in one model or in several."""
    found = []
    for name in ("MessageExtraData", "ExtraData"):
        for one in model.sub(name):
            found += [one, *(inner for models in one.models.values() for inner in models)]
    return found


def _quote(quoted: Model, talk: Talk, shown: dict[str, Any]) -> None:
    text = next((quoted.fields[name] for name in _QUOTES if quoted.fields.get(name)), "")
    sender = quoted.first("From")
    if text:
        shown.setdefault("quote", text)
    if sender and (who := person(sender)):
        shown.setdefault("quote_by", who.name or who.id)
    identifier = quoted.get("Identifier") if quoted.type == "InstantMessage" else ""
    if target := talk.message_id(identifier, None):
        shown.setdefault("reply_to", target)


def _read_place(model: Model, shown: dict[str, Any], attributes: dict[str, Any]) -> bool:
    """A position, and the name of its place; says whether there is one."""
    address = model.get("PositionAddress")
    if address:
        shown["place"] = address
    for position in (*model.sub("Position"), *model.sub("Location")):
        latitude, longitude = (_degrees(position.get(name)) for name in ("Latitude", "Longitude"))
        if latitude is not None and longitude is not None:
            attributes["location"] = {"latitude": latitude, "longitude": longitude}
            return True
    return bool(address)


def _degrees(text: str) -> float | None:
    try:
        found = float(text.replace(",", ".")) if len(text) < 40 else math.nan
    except ValueError:
        return None
    return found if -180 <= found <= 180 else None


def _read_contacts(model: Model, shown: dict[str, Any]) -> None:
    """The address cards that were sent along."""
    cards = []
    for contact in model.sub("SharedContacts"):
        values = [value for entry in contact.sub("Entries") if (value := entry.get("Value"))]
        cards.append(": ".join(part for part in (contact.get("Name"), ", ".join(values)) if part))
    if text := "\n".join(card for card in cards if card):
        shown["contact"] = text


def _read_timer(model: Model, draft: OpenEvent, shown: dict[str, Any]) -> None:
    """When the message destroys itself."""
    seconds = seconds_of(model.get("SelfDestructDuration"))
    if seconds:
        shown["expires_after"] = seconds
        if draft.ts_utc is not None:
            draft.expires_utc = draft.ts_utc + seconds * 1_000_000


def _read_transcripts(model: Model, shown: dict[str, Any]) -> None:
    """What was heard in recordings."""
    texts = [text for one in (*model.sub("Attachments"), *model.sub("Attachment")) if (text := one.get("Transcript"))]
    if texts:
        shown["transcript"] = "\n".join(texts)
