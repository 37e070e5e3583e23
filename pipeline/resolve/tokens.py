"""Say what an entry says in a way that depends on no phone, no language and no address book."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.model import Event, EventKind, TimeSource

_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
_MENTION = re.compile(r"@\u2068[^\u2069\n]{0,200}\u2069|@\+?\d{7,15}\b")
_LINK = re.compile(r"https?://\S+")
_LABEL = re.compile(r"^[^\W\d_]{3,20} ?:")
_VOTES = re.compile(r"\(\d+ [^()]{1,20}\)$")
_MENTIONED = "@mention"
_EXTENSIONS: Mapping[str, str] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "heic"), "image"),
    **dict.fromkeys(("mp4", "mov", "3gp", "gif"), "video"),
    **dict.fromkeys(("opus", "m4a", "mp3", "aac", "ogg", "amr"), "audio"),
    "webp": "sticker",
    "vcf": "contact",
}
_KINDS: Mapping[str, str] = {
    **{name: name for name in ("image", "video", "audio", "sticker", "document", "contact")},
    **dict.fromkeys(("photo", "picture"), "image"),
    **dict.fromkeys(("gif", "video-note", "video-message", "video_note"), "video"),
    **dict.fromkeys(("voice", "voice-note", "ptt"), "audio"),
    **dict.fromkeys(("contact-card", "vcard"), "contact"),
    **dict.fromkeys(("file", "pdf"), "document"),
}
"""Finer names that captures use, and the kind of media two phones can agree on."""


class Shape(StrEnum):
    """What sort of thing an entry is as far as matching goes."""

    TEXT = "text"
    MEDIA = "media"
    DELETED = "deleted"
    SYSTEM = "system"
    CALL = "call"
    PLACE = "place"


_FIXED: Mapping[str, Shape] = {
    EventKind.CALL: Shape.CALL,
    **dict.fromkeys(
        (EventKind.SYSTEM, EventKind.MEMBERSHIP, EventKind.ROOM_SETTINGS, EventKind.KEY_VERIFICATION), Shape.SYSTEM
    ),
}
"""Kinds whose words depend on the language and on whose phone it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The part of an event that identity by alignment looks at."""

    event_id: str
    source: str
    """The conversation as one capture names it: one export of one phone."""
    place: str = ""
    """Object, version and member. The same export captured twice is one source at two places."""
    line: int
    ts_utc: int | None
    """Microseconds; to the minute or to the second, as the source has it."""
    kind: str
    subkind: str = ""
    sender: str = ""
    """Name in the address book of that phone."""
    body: str = ""
    media: str = ""
    """`image`, `video`, `audio`, `sticker`, `document`, `contact`; empty when the source does not tell."""
    hashes: tuple[str, ...] = ()
    """SHA-256 of the attachments whose bytes are known."""
    flags: tuple[str, ...] = ()
    zone_known: bool = True
    """False when `ts_utc` is a wall clock read as if it were UTC."""


def entry_of(event: Event) -> Entry:
    """The entry of an event."""
    return Entry(
        event_id=event.event_id,
        source=event.conversation_id,
        place="\x1f".join((event.object_key, event.version_id, event.member)),
        line=event.line,
        ts_utc=event.ts_utc,
        kind=str(event.event_kind),
        subkind=event.subkind,
        sender=event.sender_display or event.sender_id,
        body=event.body or "",
        media=_media_kind(event),
        hashes=tuple(sorted({item.sha256 for item in event.attachments if item.sha256})),
        flags=tuple(event.flags),
        zone_known=event.ts_source != TimeSource.UNKNOWN,
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """What an entry says, worked out once."""

    shape: Shape
    token: str
    """Equal for two copies of one message that hold the same."""
    coarse: str
    """The token without what only some copies know: the kind and the bytes of media."""


def read(entry: Entry) -> Reading:
    """Shape and tokens of an entry.

    Text: NFKC, case folded, white space folded, invisible marks gone, mentions alike. Placeholders stand in angle
    brackets and a text that starts with one is escaped, so nobody can type a placeholder. A message without any text
    is media that the phone could not show.
    """
    if entry.kind in _FIXED:
        form = _FIXED[entry.kind]
        said = "<call>" if form is Shape.CALL else f"<system:{entry.subkind or 'other'}>"
        return Reading(form, said, said)
    if "deleted" in entry.flags:
        return Reading(Shape.DELETED, "<deleted>", "<deleted>")
    text = fold_text(entry.body)
    if entry.kind == EventKind.LOCATION:
        said = " ".join(("<location>", *_LINK.findall(text)))
        return Reading(Shape.PLACE, said, said)
    if not text or entry.kind == EventKind.FILE or entry.media or entry.hashes or "view-once" in entry.flags:
        caption = f" {text}" if text else ""
        named = "+".join(entry.hashes) or f"<{entry.media or 'media'}>"
        return Reading(Shape.MEDIA, named + caption, f"<media>{caption}")
    if entry.subkind == "poll":
        said = "<poll> " + " / ".join(_poll_lines(entry.body))
        return Reading(Shape.TEXT, said, said)
    said = "\\" + text if text.startswith(("<", "\\")) else text
    return Reading(Shape.TEXT, said, said)


def token(entry: Entry) -> str:
    """The normalised token of an entry; see `read`."""
    return read(entry).token


def fold_text(text: str) -> str:
    """A text as any phone would show it, without case, invisible marks, runs of white space or whom `@` names."""
    folded = _MENTION.sub(_MENTIONED, text) if "@" in text else text
    if not folded.isascii():
        folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", folded))
        folded = unicodedata.normalize("NFKC", folded.casefold())
    return " ".join(folded.casefold().split())


def fold_name(name: str) -> str:
    """A sender's name for comparing: no tilde of unsaved contacts; a phone number is its digits."""
    folded = fold_text(name).lstrip("~ ")
    digits = re.sub(r"\D", "", folded)
    return digits if len(digits) >= 7 and not any(char.isalpha() for char in folded) else folded


def _poll_lines(body: str) -> Iterator[str]:
    """Question and options of a poll, without the app's labels and the votes so far."""
    for line in body.split("\n"):
        said = _VOTES.sub("", _LABEL.sub("", fold_text(line))).strip()
        if said:
            yield said


def _media_kind(event: Event) -> str:
    if event.event_kind != EventKind.FILE and not event.attachments:
        return ""
    named = [_KINDS.get(event.subkind, "")]
    for item in event.attachments:
        major = item.mime.partition("/")[0]
        extension = item.name.rpartition(".")[2].casefold() if "." in item.name else ""
        named.append(_EXTENSIONS.get(extension) or _KINDS.get(major) or ("document" if item.mime or extension else ""))
    return next((kind for kind in named if kind), "")
