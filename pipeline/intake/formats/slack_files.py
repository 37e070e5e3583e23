"""What hangs on a Slack message: files, which an export only links to, links with their previews, shared messages.

Addresses that open a file by themselves are taken out of everything that is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipeline.intake.formats.slack_text import Names, attachment_text, block_text, plain_text
from pipeline.intake.place import Place
from pipeline.model import Attachment

_TOKEN_PARAMETER: Final = re.compile(r"([?&](?:amp;)?)t=xox[a-z]-[^&\s\"'|>)]*(&(?:amp;)?)?")
_TOKEN: Final = re.compile(r"\bxox[a-z]-[0-9A-Za-z-]{8,}")
_REMOVED: Final = "(token removed)"
_NOTES: Final[Mapping[str, str]] = {
    "tombstone": "tombstone",
    "hidden_by_limit": "hidden-by-limit",
    "external": "external",
}
_UPLOADS: Final = "__uploads"
_UNFURL_MARKS: Final = ("from_url", "original_url")
_SHARE_MARKS: Final = ("is_msg_unfurl", "is_share", "is_reply_unfurl")


def without_secrets(entry: dict[str, Any]) -> tuple[str, ...]:
    """Take tokens and private addresses out of an entry; returns what was taken, as sorted dotted paths."""
    found: set[str] = set()
    _strip(entry, "", found)
    return tuple(sorted(found))


def _strip(holder: Any, path: str, found: set[str]) -> None:
    names = list(holder) if isinstance(holder, dict) else range(len(holder))
    for name in names:
        value = holder[name]
        here = (f"{path}.{name}" if path else str(name)) if isinstance(name, str) else path
        if isinstance(name, str) and name.startswith("url_private"):
            del holder[name]
            found.add(here)
        elif isinstance(value, str):
            if "xox" in value and (clean := without_token(value)) != value:
                holder[name] = clean
                found.add(here)
        elif isinstance(value, (dict, list)):
            _strip(value, here, found)


def without_token(text: str) -> str:
    """A text without the tokens of an export's links, and without those that somebody wrote."""
    return _TOKEN.sub(_REMOVED, _TOKEN_PARAMETER.sub(lambda found: found[1] if found[2] else "", text))


def files_of(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files of a message: `files` today, a single `file` in old exports."""
    files = entry.get("files")
    if isinstance(files, list) and files:
        return [file for file in files if isinstance(file, dict)]
    file = entry.get("file")
    return [file] if isinstance(file, dict) and file else []


class Uploads:
    """Files that lie beside the messages because a tool fetched them."""

    def __init__(self, place: Place, channel_id: str) -> None:
        self.place = place
        self.channel_id = channel_id
        self._beside: frozenset[str] | None = None

    def path_of(self, file_id: str, name: str) -> str:
        """Where a file lies; empty when it was not fetched."""
        if not file_id or not name:
            return ""
        if self._beside is None:
            self._beside = self.place.remembered(("slack-uploads", self.channel_id), self._listed)
        own = f"{file_id}-{name}"
        choices = (f"attachments/{own}", f"{_UPLOADS}/{file_id}/{name}", f"{self.channel_id}/{own}")
        return next((path for path in choices if path in self._beside), "")

    def _listed(self) -> frozenset[str]:
        folders = {"attachments": "attachments", f"../{_UPLOADS}": _UPLOADS, self.channel_id: self.channel_id}
        return frozenset(
            f"{shown}/{name}" for folder, shown in folders.items() if folder for name in self.place.siblings(folder)
        )


def attachment_of(file: Mapping[str, Any], uploads: Uploads) -> Attachment:
    """A file as an attachment; its note says why there are no bytes."""
    name = _text(file.get("name")) or _text(file.get("title"))
    mode = _text(file.get("mode"))
    path = uploads.path_of(_text(file.get("id")), _text(file.get("name")))
    note = "" if path else _NOTES.get(mode, "link-only")
    if file.get("is_external") is True and note == "link-only":
        note = "external"
    return Attachment(name=name, path=path, mime=_text(file.get("mimetype")), note=note)


def show_files(files: list[dict[str, Any]], shown: dict[str, Any]) -> None:
    """What of the files a reader of the channel saw: the start of a snippet, the transcript of a clip."""
    for file in files:
        if preview := _text(file.get("preview")):
            _add(shown, "link_title", _text(file.get("title")) or _text(file.get("name")))
            _add(shown, "link_description", preview)
    if transcripts := [text for file in files if (text := _transcript(file))]:
        shown["transcript"] = "\n\n".join(transcripts)


def _transcript(file: Mapping[str, Any]) -> str:
    transcription = file.get("transcription")
    preview = transcription.get("preview") if isinstance(transcription, dict) else None
    return _text(preview.get("content")) if isinstance(preview, dict) else ""


def show_attachments(attachments: object, shown: dict[str, Any], names: Names) -> list[str]:
    """Previews and shared messages go to `shown`; returns the words of those that belong to the message itself."""
    own: list[str] = []
    quotes: dict[str, list[str]] = {"quote": [], "quote_by": []}
    for item in attachments if isinstance(attachments, list) else ():
        if not isinstance(item, dict):
            continue
        if any(item.get(mark) is True for mark in _SHARE_MARKS):
            _quote(item, quotes, names)
        elif any(item.get(mark) for mark in _UNFURL_MARKS):
            _show_link(item, shown, names)
        elif text := attachment_text(item, names):
            own.append(text)
    shown.update({name: "\n\n".join(texts) for name, texts in quotes.items() if texts})
    return own


def _quote(item: Mapping[str, Any], quotes: dict[str, list[str]], names: Names) -> None:
    text = plain_text(_text(item.get("text")), names) or _message_blocks(item, names)
    text = text or plain_text(_text(item.get("fallback")), names)
    by = _text(item.get("author_name")) or _text(item.get("author_subname")) or names.user(_text(item.get("author_id")))
    for name, value in (("quote", text), ("quote_by", by)):
        if value:
            quotes[name].append(value)


def _message_blocks(item: Mapping[str, Any], names: Names) -> str:
    held = item.get("message_blocks")
    messages = (one.get("message") for one in held if isinstance(one, dict)) if isinstance(held, list) else ()
    return "\n".join(block_text(one.get("blocks"), names) for one in messages if isinstance(one, dict))


def _show_link(item: Mapping[str, Any], shown: dict[str, Any], names: Names) -> None:
    _add(shown, "link", _text(item.get("from_url")) or _text(item.get("original_url")))
    _add(shown, "link_title", _text(item.get("title")) or _text(item.get("service_name")))
    description = plain_text(_text(item.get("text")), names) or block_text(item.get("blocks"), names)
    _add(shown, "link_description", description)


def _add(shown: dict[str, Any], name: str, value: str) -> None:
    if value:
        shown.setdefault(name, []).append(value)


def strings(value: object) -> Iterator[str]:
    """The texts of a list."""
    return (one for one in value if isinstance(one, str)) if isinstance(value, list) else iter(())


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
