"""What a reader of a Signal message saw beside its text: quotes, stickers, links, contacts, polls, names of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipeline.intake.formats.signal_desktop_kinds import as_object, as_objects
from pipeline.intake.formats.signal_desktop_people import People, text

_MOST: Final = 1_000
_BESIDE: Final = frozenset(
    (
        "contact",
        "errors",
        "giftBadge",
        "payment",
        "poll",
        "preview",
        "quote",
        "sendStateByConversationId",
        "sticker",
        "storyReaction",
        "storyReactionEmoji",
    )
)
_FAILED: Final = {"Failed": "failed", "Pending": "pending"}


def with_mentions(body: str, ranges: object, people: People) -> str:
    """The text with `@Name` where it mentions somebody. Ranges count UTF-16 units, as JavaScript does."""
    mentions = sorted(_mentions(ranges, people))
    if not mentions:
        return body
    units = body.encode("utf-16-le", "surrogatepass")
    parts, at = [], 0
    for start, length, name in mentions[:_MOST]:
        if 2 * start < at or 2 * (start + length) > len(units):
            continue
        parts += [units[at : 2 * start].decode("utf-16-le", "replace"), f"@{name}"]
        at = 2 * (start + length)
    return "".join(parts) + units[at:].decode("utf-16-le", "replace")


def _mentions(ranges: object, people: People) -> Iterator[tuple[int, int, str]]:
    for one in as_objects(ranges):
        start, length = one.get("start"), one.get("length")
        whom = text(one.get("mentionAci") or one.get("mentionUuid") or one.get("mentionServiceId")).lower()
        if whom and type(start) is int and type(length) is int and start >= 0 and length >= 0:
            named, name = people.person(whom)
            yield start, length, name or text(one.get("replacementText")) or named


def shown_beside(said: Mapping[str, Any], people: People) -> dict[str, Any]:
    """Values for `attributes.shown`; empty ones are left out."""
    shown: dict[str, Any] = {}
    if _BESIDE.isdisjoint(said):
        return shown
    for add in (_quote, _sticker, _link, _contact, _poll, _other):
        add(said, shown, people)
    return {name: value for name, value in shown.items() if value}


def _quote(said: Mapping[str, Any], shown: dict[str, Any], people: People) -> None:
    quote = as_object(said.get("quote"))
    if not quote:
        return
    words = text(quote.get("text"))
    shown["quote"] = with_mentions(words, quote.get("bodyRanges"), people) if words else _quoted_file(quote)
    author = text(quote.get("authorAci") or quote.get("authorUuid")).lower() or text(quote.get("author"))
    found, name = people.person(author) if author else ("", "")
    shown["quote_by"] = name or found
    if found and type(quote.get("id")) is int:
        shown["reply_to"] = f"{found}:{quote['id']}"


def _quoted_file(quote: Mapping[str, Any]) -> str:
    files = as_objects(quote.get("attachments"))
    return text(files[0].get("fileName")) or text(files[0].get("contentType")) if files else ""


def _sticker(said: Mapping[str, Any], shown: dict[str, Any], people: People) -> None:
    sticker = as_object(said.get("sticker"))
    if sticker:
        shown["sticker"] = text(sticker.get("emoji")) or text(as_object(sticker.get("data")).get("emoji")) or "sticker"


def _link(said: Mapping[str, Any], shown: dict[str, Any], people: People) -> None:
    previews = as_objects(said.get("preview"))
    if previews:
        shown["link"] = text(previews[0].get("url"))
        shown["link_title"] = text(previews[0].get("title"))
        shown["link_description"] = text(previews[0].get("description"))


def _contact(said: Mapping[str, Any], shown: dict[str, Any], people: People) -> None:
    contacts = as_objects(said.get("contact"))
    if contacts:
        shown["contact"] = "; ".join(filter(None, map(_card, contacts[:_MOST])))


def _card(contact: Mapping[str, Any]) -> str:
    name = as_object(contact.get("name"))
    names = [text(name.get(part)) for part in ("givenName", "familyName")]
    whole = text(name.get("displayName") or name.get("nickname")) or " ".join(filter(None, names))
    lists = (as_objects(contact.get(kind)) for kind in ("number", "email"))
    values = [text(one.get("value")) for found in lists for one in found]
    return ", ".join(filter(None, (whole, *values, text(contact.get("organization")))))


def _poll(said: Mapping[str, Any], shown: dict[str, Any], people: People) -> None:
    poll = as_object(said.get("poll"))
    if poll:
        shown["poll"] = text(poll.get("question"))
        options = poll.get("options")
        shown["poll_options"] = (
            [one for one in map(_option, options[:_MOST]) if one] if isinstance(options, list) else []
        )


def _option(option: object) -> str:
    return text(as_object(option).get("text")) or text(option)


def _other(said: Mapping[str, Any], shown: dict[str, Any], people: People) -> None:
    states = [
        text(as_object(state).get("status")) for state in as_object(said.get("sendStateByConversationId")).values()
    ]
    if said.get("errors") and not states:
        shown["delivery"] = "failed"
    for state, words in reversed(_FAILED.items()):
        if state in states:
            shown["delivery"] = words
    reaction = as_object(said.get("storyReaction"))
    emoji = text(reaction.get("emoji") or said.get("storyReactionEmoji"))
    if emoji:
        shown["event"] = f"Reacted to a story: {emoji}"
    elif said.get("giftBadge"):
        shown["event"] = "Gift badge"
    elif said.get("payment"):
        shown["event"] = "Payment"
