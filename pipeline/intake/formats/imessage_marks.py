"""What imessage-exporter itself writes: heads, announcements, and the lines it puts below a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from pipeline.model import EventKind

INDENT: Final = "    "
"""Stands before what answers a message, where it is repeated below that message."""
ANSWERED: Final = "This message responded to an earlier message."
RECOVERED: Final = "This message was deleted from the conversation!"
TAPBACKS: Final = frozenset(("Tapbacks:", "Reactions:"))
NO_ANNOUNCEMENT: Final = "Unable to format announcement!"
MISSING: Final = {"Attachment missing!": "", "Attachment missing name metadata!": ""}
OWNERS: Final = frozenset(("Me", "You", "you"))
"""What the exporter calls the person whose phone it is, unless told a name."""
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOMENT: Final = rf"(?:{'|'.join(MONTHS)}) [0-3]\d, \d{{4}} [ \d]\d:[0-5]\d:[0-5]\d [AP]M"
_HEAD: Final = re.compile(
    rf"(?P<moment>{_MOMENT})(?: \(Read by (?P<reader>.{{1,200}}?) after (?P<after>[^()]{{1,80}})\))?(?P<rest> .*)?",
    re.DOTALL,
)
_SPAN: Final = re.compile(r"(\d{1,6}) (day|hour|minute|second)s?")
_LENGTHS: Final = {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}
_EDIT: Final = re.compile(r"Edited (?P<after>(?:\d{1,6} (?:day|hour|minute|second)s?(?:, )?){0,4}) later: (?P<text>.*)")
_UNSENT: Final = re.compile(
    r"(?P<who>.{1,200}) (?:unsent this message part(?: (?P<after>[^!]{1,80}) after sending)?!|deleted a message\.)"
)
_TAPBACK: Final = re.compile(r"(?P<value>.{1,60}?) by (?P<who>.{1,200})")
_STICKER: Final = re.compile(
    r"(?:(?P<effect>\w{1,30}) )?Sticker from (?P<who>.{1,200}?)(?:: (?P<path>.{1,1000}?)| not found!)"
    r"(?: \((?P<origin>App|Genmoji prompt): (?P<detail>.{1,500}?)\))?(?: from (?P<again>.{1,200}))?"
)
_PATH: Final = re.compile(
    r"(?:~?/|attachments/|[A-Za-z]:[\\/]|\.\.?/)[^\x00-\x1f]{0,1000}[/\\](?P<base>[^/\\\x00-\x1f]{1,255})"
)
_HASHED: Final = re.compile(r"[0-9a-f]{40}")
_ENDING: Final = re.compile(r".{1,250}\.(?P<ending>[A-Za-z0-9]{1,24})")
_NAMED: Final = re.compile(
    r"[^\s/\\:*?\"<>|]{1,250}|Audio Message|(?:Screenshot|Screen Recording|Screen Shot) [^/\\:*?\"<>|]{1,60}"
)
ENDINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "heic", "heif", "heics", "tif", "tiff", "bmp", "webp", "dng"), "image"),
    **dict.fromkeys(("mov", "mp4", "m4v", "3gp", "avi", "mkv"), "video"),
    **dict.fromkeys(("caf", "m4a", "mp3", "amr", "aac", "wav", "opus", "ogg"), "audio"),
    **dict.fromkeys(("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "rtf", "csv", "zip"), "document"),
    **dict.fromkeys(("pages", "numbers", "key", "ics", "pkpass", "eml", "html", "json", "xml"), "document"),
    "pluginpayloadattachment": "document",
    "gif": "gif",
    "vcf": "contact",
}
"""What a file is by its ending; a line that is a name and nothing else must have one of them."""
_EFFECTS: Final = re.compile(
    r"Sent with (?:Confetti|Echo|Fireworks|Balloons|Heart|Lasers|Shooting Start?|Sparkles|Spotlight|Slam|Loud|Gentle"
    r"|Invisible Ink)"
)


class Announcement(NamedTuple):
    """What is said of a conversation, not in it."""

    kind: EventKind
    subkind: str
    who: str
    whom: str = ""
    title: str = ""


_ANNOUNCED: Final = tuple(
    (re.compile(pattern, re.DOTALL), kind, subkind)
    for pattern, kind, subkind in (
        (
            r"(?P<who>.+?) (?:re)?named the conversation (?:to )?(?P<title>.*)",
            EventKind.ROOM_SETTINGS,
            "subject-changed",
        ),
        (r"(?P<who>.+?) added (?P<whom>.+) to the conversation\.", EventKind.MEMBERSHIP, "member-added"),
        (r"(?P<who>.+?) removed (?P<whom>.+) from the conversation\.", EventKind.MEMBERSHIP, "member-removed"),
        (r"(?P<who>.+?) left the conversation\.", EventKind.MEMBERSHIP, "member-left"),
        (r"(?P<who>.+?) changed the group photo\.", EventKind.ROOM_SETTINGS, "icon-changed"),
        (r"(?P<who>.+?) removed the group photo\.", EventKind.ROOM_SETTINGS, "icon-removed"),
        (r"(?P<who>.+?) changed the chat background\.", EventKind.ROOM_SETTINGS, "background-changed"),
        (r"(?P<who>.+?) removed the chat background\.", EventKind.ROOM_SETTINGS, "background-removed"),
        (r"(?P<who>.+?) changed their phone number\.", EventKind.SYSTEM, "number-changed"),
        (r"(?P<who>.+?) kept an audio message\.", EventKind.SYSTEM, "audio-kept"),
        (r"(?P<who>.+?) unsent a message!", EventKind.MESSAGE, "unsent"),
        (r"(?P<who>.+?) performed unknown action -?\d+", EventKind.SYSTEM, "other"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first line of an entry."""

    moment: str
    day: date
    clock: tuple[int, int, int]
    reader: str
    after: str
    rest: str
    """What follows on the same line: an announcement, or the first wording of an edited text."""


def head_of(line: str) -> Head | None:
    """The head that a line is; None for any other."""
    match = _HEAD.fullmatch(line)
    moment = _moment(match["moment"]) if match else None
    if match is None or moment is None:
        return None
    return Head(
        moment=match["moment"],
        day=moment[0],
        clock=moment[1],
        reader=match["reader"] or "",
        after=match["after"] or "",
        rest=(match["rest"] or "")[1:],
    )


@lru_cache(maxsize=1024)
def _moment(text: str) -> tuple[date, tuple[int, int, int]] | None:
    month, day, year = MONTHS.index(text[:3]) + 1, int(text[4:6]), int(text[8:12])
    hour, minute, second = int(text[13:15]), int(text[16:18]), int(text[19:21])
    try:
        at = date(year, month, day)
    except ValueError:
        return None
    if not 1 <= hour <= 12:
        return None
    return at, (hour % 12 + (12 if text[22] == "P" else 0), minute, second)


def announced(words: str) -> Announcement | None:
    """The announcement behind a time; None for other words."""
    if len(words) > 2000:
        return None
    for pattern, kind, subkind in _ANNOUNCED:
        if match := pattern.fullmatch(words):
            found = match.groupdict()
            return Announcement(kind, subkind, found["who"], found.get("whom") or "", found.get("title") or "")
    return None


def seconds_of(span: str) -> int | None:
    """A span of time in words, e.g. `1 hour, 49 seconds`."""
    parts = _SPAN.findall(span)
    return sum(int(count) * _LENGTHS[unit] for count, unit in parts) if parts else None


def edit_of(line: str) -> tuple[int | None, str] | None:
    """How much later a text was changed, and the first line of its new wording."""
    match = _EDIT.fullmatch(line)
    return (seconds_of(match["after"]), match["text"]) if match else None


def unsent_by(line: str) -> tuple[str, int | None] | None:
    """Who took back a part of a message, and after how many seconds."""
    match = _UNSENT.fullmatch(line)
    return (match["who"], seconds_of(match["after"] or "")) if match else None


def tapback_of(line: str) -> tuple[str, str, str] | None:
    """What somebody put on a message, who, and the path where it is a picture."""
    if match := _STICKER.fullmatch(line):
        return "Sticker", match["again"] or match["who"], match["path"] or ""
    match = _TAPBACK.fullmatch(line)
    return (match["value"], match["who"], "") if match else None


def sticker_of(line: str) -> tuple[str, str] | None:
    """The path of a sticker that was sent, and what is known of it."""
    match = _STICKER.fullmatch(line)
    if match is None or match["again"]:
        return None
    return match["path"] or "", match["detail"] or match["effect"] or "sticker"


def effect_of(line: str) -> bool:
    """Whether a line names the effect that a message was sent with."""
    return _EFFECTS.fullmatch(line) is not None


def file_of(line: str) -> tuple[str, str] | None:
    """Name and path of the file that a line names; the path is empty where only the name was left."""
    if (match := _PATH.fullmatch(line)) and (_HASHED.fullmatch(match["base"]) or _ENDING.fullmatch(match["base"])):
        return match["base"], line
    ending = _ENDING.fullmatch(line) if "." in line else None
    if ending and ending["ending"].casefold() in ENDINGS and _NAMED.fullmatch(line[: ending.start("ending") - 1]):
        return line, ""
    return None
