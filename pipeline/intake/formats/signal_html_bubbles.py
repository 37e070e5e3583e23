"""A signal-export `index.html` cut into the bubbles of a chat, and what one of them shows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from pipeline.intake.html_text import html_to_text
from pipeline.storage import CHUNK

START: Final = re.compile(rb"<div\s{1,8}class=[\"']?(?:msg|event|day|page)(?=[\s\"'>])")
END: Final = b"</html>"
_MARK_LENGTH: Final = 32
_BUBBLE: Final = re.compile(r"<div\s{1,8}class=[\"']?(msg|event)\b([^>\"']{0,100})")
_PART: Final = re.compile(
    r"<(?:div|p|span|time|details)\s[^>]{0,200}?class=[\"']?(date|time|event-time|sender|quote|body|edits|reactions?)"
    r"(?=[\s\"'>])[^>]{0,200}>"
)
_SPAN: Final = re.compile(r"<span>([^<]*)</span>")
_MOMENT: Final = re.compile(r"""datetime=["']([^"']{1,40})["']""")
_MEDIA: Final = re.compile(r"""(?:src|href)=["']\./(media/[^"'<>]{1,4096})["']""")
_FILES_START: Final = re.compile(r"""<figure|<audio|<video|<a\s[^>]{0,40}class=["']?file|<div\s{1,8}class=["']?file""")
_MISSING: Final = re.compile(r"([A-Z][a-z]+) not exported")
_STICKER: Final = re.compile(r"\(\( (.{1,100}) \)\)\s*\Z")
_REACTION: Final = re.compile(
    r"""<span\s{1,8}class=["']?reaction["']?>([^<]*)<span\s{1,8}class=["']?who["']?>([^<]*)</span>"""
)


@dataclass(slots=True)
class Piece:
    """The bytes of one bubble or divider, up to the next one."""

    data: bytes
    size: int
    sha256: str
    complete: bool
    """Something follows, or the document ends as it should."""
    too_long: bool = False


@dataclass(slots=True)
class Bubble:
    """What one bubble shows, under the keys of `data.json`."""

    said: dict[str, Any]
    body: str
    timed: bool
    """False where the page leaves out sender and time, since the bubble before it has the same."""
    rest: dict[str, Any] = field(default_factory=dict)


def pieces(stream: BinaryIO, limit: int) -> Iterator[Piece]:
    """The bubbles of a page; what stands before the first is left out: it holds no message."""
    held, inside, overlong = b"", False, 0
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        since = max(len(held) - _MARK_LENGTH, int(inside and not overlong), 0)
        held += chunk
        begun = 0
        for found in START.finditer(held, since):
            if inside:
                yield _piece(held[begun : found.start()], digest, overlong, True)
            begun, inside, overlong = found.start(), True, 0
            digest = hashlib.sha256()
        held = held[begun:]
        if not inside:
            held = held[-_MARK_LENGTH:]
        elif len(held) > limit + _MARK_LENGTH:
            cut = len(held) - _MARK_LENGTH
            digest.update(held[:cut])
            overlong += cut
            held = held[cut:]
    if inside:
        yield _piece(held, digest, overlong, END in held)


def _piece(data: bytes, digest: Any, before: int, complete: bool) -> Piece:
    digest.update(data)
    return Piece(
        data=b"" if before else data,
        size=before + len(data),
        sha256=digest.hexdigest(),
        complete=complete,
        too_long=bool(before),
    )


def bubble_of(piece: str) -> Bubble | None:
    """What a piece shows; None for dividers between days and pages."""
    start = _BUBBLE.match(piece)
    if not start:
        return None
    return _call(piece, start[2]) if start[1] == "event" else _message(piece)


def _call(piece: str, classes: str) -> Bubble:
    words = [html_to_text(found[1]).strip() for found in _SPAN.finditer(piece)]
    moment = _MOMENT.search(piece)
    body = next(filter(None, words), "")
    said = {
        "date": moment[1] if moment else "",
        "sender": "",
        "body": body,
        "call": True,
        "missed": "missed" in classes,
    }
    return Bubble(said, body, timed=bool(moment))


def _message(piece: str) -> Bubble:
    parts = list(_PART.finditer(piece))
    found: dict[str, str] = {}
    for at, part in enumerate(parts):
        end = parts[at + 1].start() if at + 1 < len(parts) else len(piece)
        found.setdefault(part[1], piece[part.start() : end])
    whole = found.get("body", "")
    files = _FILES_START.search(whole)
    body = html_to_text(whole[: files.start()] if files else whole).strip()
    sticker = _STICKER.search(body, max(0, len(body) - 120))
    body = body[: sticker.start()].rstrip() if sticker else body
    deleted = body == "This message was deleted" and re.search(r"class=[\"']?msg[^\"'>]*\bdeleted\b", piece[:100])
    said: dict[str, Any] = {
        "date": _moment(found),
        "sender": html_to_text(found.get("sender", "")).strip(),
        "body": "" if deleted else body,
        "quote": html_to_text(found.get("quote", "")).strip(),
        "sticker": sticker[1] if sticker else None,
        "attachments": _attachments(whole, whole[files.start() :] if files else ""),
        "reactions": [[html_to_text(name).strip(), emoji.strip()] for emoji, name in _REACTION.findall(piece)],
        "deleted": bool(deleted),
    }
    rest: dict[str, Any] = {}
    for name in ("edits", "reaction"):
        if name in found and not said["reactions"] and (words := html_to_text(found[name]).strip()):
            rest[name] = words
    return Bubble(said, body, timed=bool(said["date"]), rest=rest)


def _moment(found: dict[str, str]) -> str:
    if "time" in found and (moment := _MOMENT.search(found["time"])):
        return moment[1]
    return " ".join(html_to_text(found[name]).strip() for name in ("date", "time") if name in found)


def _attachments(body: str, files: str) -> list[dict[str, str]]:
    paths = dict.fromkeys(html_to_text(path).replace("%20", " ") for path in _MEDIA.findall(body))
    listed = [{"name": path.rpartition("/")[2], "path": path} for path in paths]
    missing = [{"name": "", "path": "", "missing_kind": kind.lower()} for kind in _MISSING.findall(files)]
    return listed + missing
