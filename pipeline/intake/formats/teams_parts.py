"""What hangs on a Teams message: files as links, quoted and forwarded messages, cards, inline images.

Addresses that open a file without a login lose what opens it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import re2

from pipeline.intake.html_text import html_to_text
from pipeline.intake.strict_json import BadJson, parse_object
from pipeline.model import Attachment

_OPENS: Final = "tempauth|access_token|authkey|prooftoken|sig|sigauth|oauth_token|token|odsp_token"


def _marks() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = False
    return re2.compile(rf"downloadUrl|[?&;](?:{_OPENS})=".encode(), options)


MARKS: Final = _marks()
"""What makes the strings of an entry worth looking through."""
_PARAMETER: Final = re.compile(rf"(?i)([?&])(?:amp;)?(?:{_OPENS})=[^&\s\"'<>\\]*(&(?:amp;)?)?")
_IMAGE: Final = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_HOSTED: Final = re.compile(r"/hostedContents/([^/\"'\s]+)", re.IGNORECASE)
_ALT: Final = re.compile(r"""\balt=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_CARD: Final = "application/vnd.microsoft.card."
_CARD_TEXT: Final = (
    "title",
    "subtitle",
    "summary",
    "text",
    "activityTitle",
    "activitySubtitle",
    "activityText",
    "label",
    "altText",
    "placeholder",
    "fallbackText",
)
_MOST_OF_A_CARD: Final = 2000
_CONTENT_DEPTH: Final = 48


def without_secrets(entry: dict[str, Any]) -> tuple[str, ...]:
    """Take download addresses and the parameters that open a file out of an entry; returns what, as dotted paths."""
    found: set[str] = set()
    _strip(entry, "", found)
    return tuple(sorted(found))


def _strip(holder: Any, path: str, found: set[str]) -> None:
    names = list(holder) if isinstance(holder, dict) else range(len(holder))
    for name in names:
        value = holder[name]
        here = (f"{path}.{name}" if path else str(name)) if isinstance(name, str) else path
        if isinstance(name, str) and name.casefold().endswith("downloadurl"):
            del holder[name]
            found.add(here)
        elif isinstance(value, str):
            if "=" in value and (clean := _PARAMETER.sub(lambda one: one[1] if one[2] else "", value)) != value:
                holder[name] = clean
                found.add(here)
        elif isinstance(value, (dict, list)):
            _strip(value, here, found)


@dataclass(slots=True, kw_only=True)
class Parts:
    """What the attachments of one message come to."""

    files: list[Attachment] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    """Text of cards, which people read as part of the message."""
    quotes: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    """Who said what is quoted."""
    reply_to: str = ""
    forwarded: bool = False


def parts_of(attachments: object) -> Parts:
    """The attachments, by what they are."""
    parts = Parts()
    for one in attachments if isinstance(attachments, list) else ():
        if isinstance(one, dict):
            _add(one, parts)
    return parts


def _add(one: Mapping[str, Any], parts: Parts) -> None:
    kind = _text(one.get("contentType"))
    if kind in ("messageReference", "forwardedMessageReference"):
        _reference(one, kind == "forwardedMessageReference", parts)
    elif kind.startswith(_CARD):
        if words := _card_text(_content(one)):
            parts.words.append(words)
    else:
        name = _text(one.get("name")) or _last_step(_text(one.get("contentUrl")))
        mime = kind if "/" in kind else ""
        parts.files.append(Attachment(name=name, mime=mime, note="link-only"))


def _reference(one: Mapping[str, Any], forwarded: bool, parts: Parts) -> None:
    content = _content(one)
    prefix = "originalMessage" if forwarded else "message"
    text = _text(content.get(f"{prefix}Content")) or _text(content.get("messagePreview"))
    text = html_to_text(text) if "<" in text and forwarded else text
    if text:
        parts.quotes.append(text)
    if by := shown_identity(content.get(f"{prefix}Sender"))[1]:
        parts.quoted.append(by)
    parts.forwarded = parts.forwarded or forwarded
    if not forwarded:
        parts.reply_to = parts.reply_to or _text(content.get("messageId")) or _text(one.get("id"))


def _content(one: Mapping[str, Any]) -> dict[str, Any]:
    """The content, which is a JSON document inside a string."""
    content = one.get("content")
    if isinstance(content, dict):
        return content
    try:
        return parse_object(_text(content).encode("utf-8", "surrogatepass"), _CONTENT_DEPTH)[0]
    except BadJson:
        return {}


def _card_text(card: Mapping[str, Any]) -> str:
    lines = (line for line, _ in zip(_card_lines(card), range(_MOST_OF_A_CARD), strict=False))
    return "\n".join(dict.fromkeys(lines))


def _card_lines(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _card_lines(item)
    elif isinstance(value, dict):
        said = [text.strip() for name in _CARD_TEXT if (text := _text(value.get(name)).strip())]
        if (fact := _text(value.get("value"))) and said and value.keys() <= {"title", "value", "type", "name"}:
            said = [f"{said[0]}: {fact}"]
        yield from said
        for item in value.values():
            if isinstance(item, (dict, list)):
                yield from _card_lines(item)


def hosted_images(source: str) -> list[Attachment]:
    """Images that lie in the service beside the message, each needing a request of its own."""
    found = []
    for image in _IMAGE.findall(source) if "hostedContents" in source else ():
        if hosted := _HOSTED.search(image):
            alt = _ALT.search(image)
            name = html.unescape((alt[1] or alt[2] or "") if alt else "")
            found.append(Attachment(name=name or hosted[1], mime="", note="link-only"))
    return found


def shown_identity(identity: object) -> tuple[str, str]:
    """Id and shown name of an identity set: of its user, else of its application, device, or whatever else it has."""
    if not isinstance(identity, dict):
        return "", ""
    for name in ("user", "application", "device", *identity):
        one = identity.get(name)
        if isinstance(one, dict):
            return _text(one.get("id")), _text(one.get("displayName"))
    return "", ""


def people(members: object) -> list[str]:
    """Names of members, or their ids where they have none."""
    rows = members if isinstance(members, list) else []
    named = (_text(row.get("displayName")) or _text(row.get("id")) for row in rows if isinstance(row, dict))
    return [name for name in named if name]


def _last_step(address: str) -> str:
    return address.partition("?")[0].rstrip("/").rpartition("/")[2]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
