"""One message of a Telegram page as an object of the same members as in `result.json`."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from pipeline.intake.formats.telegram_page import PageBlock
from pipeline.intake.formats.telegram_sentences import service_of
from pipeline.intake.html_text import html_to_text

_INNER: Final = r"\s*+(.*?)\s*</div>"
_SERVICE: Final = re.compile(rf'<div class="body details">{_INNER}', re.DOTALL)
_LARGE: Final = re.compile(r'<a class="userpic_link" href="([^"]{1,2000})"')
_DATE: Final = re.compile(r'<div class="pull_right date details" title="([^"]{1,100})"')
_FROM: Final = re.compile(rf'<div class="from_name">{_INNER}', re.DOTALL)
_SPAN: Final = re.compile(r"<span\b.*?</span>", re.DOTALL)
_VIA: Final = re.compile(r" via (@\w{1,64})$")
_FORWARDED: Final = '<div class="forwarded body">'
_REPLY: Final = re.compile(rf'<div class="reply_to details">{_INNER}', re.DOTALL)
_TARGET: Final = re.compile(r"go_to_message(-?\d{1,18})\b")
_TEXT: Final = re.compile(rf'<div class="text">{_INNER}', re.DOTALL)
_SIGNATURE: Final = re.compile(rf'<div class="signature details">{_INNER}', re.DOTALL)
_WRAPPED: Final = re.compile(r'<a class="(photo|sticker|animated|video_file)_wrap[^"]*" href="([^"]{1,2000})"')
_MEDIA: Final = re.compile(
    r'<(?:a|div) class="media clearfix pull_left (?:block_link )?media_(\w{1,40})[^"]*"(?: href="([^"]{1,2000})")?>'
)
_PART: Final = re.compile(rf'<div class="(title bold|description|status details)">{_INNER}', re.DOTALL)
_QUESTION: Final = re.compile(rf'<div class="question bold">{_INNER}', re.DOTALL)
_ANSWER: Final = re.compile(rf'<div class="answer">{_INNER}', re.DOTALL)
_VOTES: Final = re.compile(r'<span class="details">(\d{1,9}) votes?')
_REACTION: Final = re.compile(r'<span class="reaction[ "]')
_EMOJI: Final = re.compile(r'<span class="emoji">\s*+(.*?)\s*</span>', re.DOTALL)
_COUNT: Final = re.compile(r'<span class="count">\s*+(\d{1,9})\s*</span>')
_GIVEN: Final = re.compile(r'title="([^"]{1,300}), (\d\d\.\d\d\.\d{4} [^"]{1,40})"')
_POINT: Final = re.compile(r"q=(-?\d{1,3}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)")
_CALL: Final = re.compile(r"(\w{1,40})(?: \((\d{1,9}) seconds\))?")
_REASONS: Final = {"Missed": "missed", "Cancelled": "hangup", "Declined": "busy"}
_LEFT_OUT: Final = re.compile(r"(Not included|Exceeds maximum size|Unavailable)", re.IGNORECASE)
_FORMS: Final = {
    "sticker": "sticker",
    "animated": "animation",
    "video_file": "video_file",
    "voice_message": "voice_message",
    "audio_file": "audio_file",
}
_TITLES: Final = {"Sticker": "sticker", "Animation": "animation", "Video file": "video_file"}
_MESSAGES: Final = {"Video message": "video_message"}


@dataclass(slots=True)
class Before:
    """What a message shares with the one above it, where the page shows it only once."""

    sender: str = ""
    forwarded: str | None = None


def entry_of(block: PageBlock, text: str, before: Before) -> dict[str, Any]:
    """The members of a message; `before` is kept up to date."""
    entry: dict[str, Any] = {"id": block.id}
    if block.service:
        before.sender, before.forwarded = "", None
        entry.update(service_of(_plain(_first(_SERVICE, text))))
        if picture := _first(_LARGE, text):
            entry["photo"] = html.unescape(picture)
        return entry
    own, forwarded_mark, forwarded = text.partition(_FORWARDED)
    entry["type"] = "message"
    entry["date"] = html.unescape(_first(_DATE, own))
    name = _name(_first(_FROM, own), entry)
    before.sender = name if not block.joined or name else before.sender
    if before.sender:
        entry["from"] = before.sender
    _forward(entry, forwarded_mark, forwarded, before)
    _answer(entry, text)
    _media(entry, text)
    _words(entry, text)
    if signature := _first(_SIGNATURE, text):
        entry["author"] = _plain(signature)
    if reactions := _reactions(text):
        entry["reactions"] = reactions
    return entry


def day_of(text: str) -> str:
    """The date that stands between two messages."""
    return _plain(_first(_SERVICE, text))


def _name(markup: str, entry: dict[str, Any]) -> str:
    name = _plain(_SPAN.sub("", markup))
    if via := _VIA.search(name):
        entry["via_bot"] = via[1]
        name = name[: via.start()]
    return name.strip()


def _forward(entry: dict[str, Any], mark: str, forwarded: str, before: Before) -> None:
    if not mark:
        before.forwarded = None
        return
    markup = _first(_FROM, forwarded)
    before.forwarded = _name(markup, entry) if markup else before.forwarded
    entry["forwarded_from"] = before.forwarded


def _answer(entry: dict[str, Any], text: str) -> None:
    if not (match := _REPLY.search(text)):
        return
    if target := _TARGET.search(match[1]):
        entry["reply_to_message_id"] = int(target[1])
    else:
        entry["reply_to"] = _plain(match[1])


def _words(entry: dict[str, Any], text: str) -> None:
    """The text; with markup it is kept as it stands too."""
    match = _TEXT.search(text)
    markup = match[1] if match else ""
    entry["text"] = _plain(markup)
    if "<" in markup.replace("<br>", "").replace("<br/>", ""):
        entry["body_source"] = markup


def _media(entry: dict[str, Any], text: str) -> None:
    if match := _WRAPPED.search(text):
        path = html.unescape(match[2])
        entry["photo" if match[1] == "photo" else "file"] = path
        if match[1] in _FORMS:
            entry["media_type"] = _FORMS[match[1]]
    elif match := _MEDIA.search(text):
        parts = {found[1].split()[0]: _plain(found[2]) for found in _PART.finditer(text, match.end())}
        _generic(entry, match[1], html.unescape(match[2] or ""), parts)
    if question := _first(_QUESTION, text):
        answers = [_option(found[1]) for found in _ANSWER.finditer(text)]
        entry["poll"] = {"question": _plain(question), "answers": answers}


def _option(markup: str) -> dict[str, Any]:
    votes = _VOTES.search(markup)
    return {"text": _plain(_SPAN.sub("", markup)).removeprefix("- "), "voters": int(votes[1]) if votes else 0}


def _generic(entry: dict[str, Any], form: str, link: str, parts: dict[str, str]) -> None:
    """A box with a title, a description and a status."""
    title, status = parts.get("title", ""), parts.get("status", "")
    entry["media"] = {"form": form, **parts, **({"link": link} if link else {})}
    point = _POINT.search(link)
    if form == "call":
        _call(entry, status)
    elif form in ("location", "live_location", "venue"):
        where = {"latitude": float(point[1]), "longitude": float(point[2])} if point else None
        entry["location_information"] = where
        if form == "venue":
            entry["place_name"], entry["address"] = title, parts.get("description", "")
        elif form == "live_location":
            entry["live_location_period_seconds"] = 0
    elif form == "contact":
        entry["contact_information"] = {"first_name": title, "phone_number": status.removesuffix(" - vCard")}
        if link:
            entry["contact_vcard"] = link
    elif form in ("game", "invoice"):
        names = ("game_title", "game_description") if form == "game" else ("title", "description")
        said = dict(zip(names, (title, parts.get("description", "")), strict=True))
        entry.update(said if form == "game" else {"invoice_information": said})
    else:
        _file(entry, form, link, title, parts.get("description", ""))


def _call(entry: dict[str, Any], status: str) -> None:
    match = _CALL.fullmatch(status)
    entry["type"], entry["action"] = "service", "phone_call"
    if match and match[1] in _REASONS:
        entry["discard_reason"] = _REASONS[match[1]]
    if match and match[2]:
        entry["duration_seconds"] = int(match[2])


def _file(entry: dict[str, Any], form: str, link: str, title: str, description: str) -> None:
    is_photo = form == "photo" and title != "Sticker"
    left_out = _LEFT_OUT.match(description)
    entry["photo" if is_photo else "file"] = link or f"(File {(left_out[1] if left_out else 'not included').lower()})"
    if form == "file" and title != "File":
        entry["file_name"] = title
    media = _MESSAGES.get(title) or _TITLES.get(title) or _FORMS.get(form)
    if media:
        entry["media_type"] = media


def _reactions(text: str) -> list[dict[str, Any]]:
    """Each emoji with the people whose pictures the page shows, or with their number."""
    starts = [match.start() for match in _REACTION.finditer(text)]
    found: list[dict[str, Any]] = []
    for start, end in pairwise((*starts, len(text))):
        piece = text[start:end]
        recent = [{"from": html.unescape(given[1]), "date": given[2]} for given in _GIVEN.finditer(piece)]
        count = _COUNT.search(piece)
        emoji = _plain(_first(_EMOJI, piece))
        total = int(count[1]) if count else len(recent)
        found.append({"type": "emoji", "emoji": emoji, "count": max(total, len(recent)), "recent": recent})
    return found


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _plain(markup: str) -> str:
    if "<" not in markup:
        return html.unescape(" ".join(markup.split()))
    return html_to_text(markup).strip()
