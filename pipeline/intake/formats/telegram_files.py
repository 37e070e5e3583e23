"""The files that a Telegram message names: paths beside the export, or the sentence that stands in for one."""

from __future__ import annotations

import re
from typing import Any, Final

from pipeline.model import Attachment

_SENTENCE: Final = re.compile(
    r"(?:(?P<name>.{1,250}) )?\((?:File|Photo|Video|Media) (?P<why>not included|exceeds maximum size|unavailable)\b"
    r".{0,80}\)",
    re.DOTALL,
)
_NOTES: Final = {"not included": "omitted", "exceeds maximum size": "omitted", "unavailable": "unavailable"}
_FORMS: Final = {
    "sticker": "sticker",
    "video_message": "video-note",
    "voice_message": "voice",
    "animation": "gif",
    "video_file": "video",
    "audio_file": "audio",
}
_FILES: Final = frozenset(("photo", "file", "contact_vcard", "thumbnail"))
_MAJOR: Final = frozenset(("image", "video", "audio"))


def stored(value: object, *, name: object = "", mime: object = "", size: object = -1) -> Attachment | None:
    """The attachment at a path, or one without bytes that says why; None for a value that is no text.

    Args:
        value: The path, or the sentence.
        name: The name that the sender's file had.
        mime: The type that the sender's app stated.
        size: Bytes, as the server counted them.
    """
    if not isinstance(value, str) or not value:
        return None
    given = name if isinstance(name, str) else ""
    if sentence := _SENTENCE.fullmatch(value):
        given = given or sentence["name"] or ""
        return Attachment(name=given, note=_NOTES[sentence["why"]], mime=_text(mime), size=_count(size))
    return Attachment(name=given or value.rpartition("/")[2], path=value, mime=_text(mime), size=_count(size))


def files_of(entry: dict[str, Any]) -> tuple[tuple[Attachment, ...], str]:
    """The files of a message, and what the first one is; what got a place in them is taken out of the entry."""
    found: list[Attachment] = []
    form = ""
    if _FILES.isdisjoint(entry):
        return (), form
    if file := _taken(entry, "photo", size="photo_file_size"):
        found.append(file)
        form = "image"
    mime, media = entry.get("mime_type"), entry.get("media_type")
    if file := _taken(entry, "file", name="file_name", mime="mime_type", size="file_size"):
        found.append(file)
        form = form or (_FORMS.get(media, "") if isinstance(media, str) else "") or _form_of(mime)
    if file := _taken(entry, "contact_vcard", size="contact_vcard_file_size"):
        found.append(file)
        form = form or "contact"
    small = stored(entry.get("thumbnail"), size=entry.get("thumbnail_file_size", -1))
    if small and not small.note:
        del entry["thumbnail"]
        found.append(small)
    return tuple(found), form


def _taken(entry: dict[str, Any], key: str, *, name: str = "", mime: str = "", size: str = "") -> Attachment | None:
    file = stored(entry.get(key), name=entry.get(name, ""), mime=entry.get(mime, ""), size=entry.get(size, -1))
    if file:
        del entry[key]
    return file


def _form_of(mime: object) -> str:
    major = mime.partition("/")[0] if isinstance(mime, str) else ""
    return major if major in _MAJOR else "document"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else -1
