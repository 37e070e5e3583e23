"""Seeds of signal-export folders: the chat as JSON Lines, as Markdown and as a page, and who is in a group."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.fuzz.seed import Seed

_FOLDER: Final = "captures/Harbor watch"
_NAME: Final = "2026-01-25T09-03-00.123_00_plan.jpg"


def _said(number: int, sender: str, body: str, **more: Any) -> dict[str, Any]:
    return {
        "date": f"2026-01-25T09:0{number}:00.123000",
        "sender": sender,
        "body": f"{body}  ",
        "quote": "",
        "sticker": None,
        "reactions": [],
        "attachments": [],
        "deleted": False,
        "call": False,
        "missed": False,
        **more,
    }


_SAID: Final = (
    _said(1, "Quintanilla", "quarterly figures\nare finished \U0001f44d"),
    _said(2, "Me", "answered", quote="\n\n> quarterly figures\n\n", reactions=[["Quintanilla", "\U0001f44d"]]),
    _said(3, "Benedikt", "", attachments=[{"name": _NAME, "path": f"media/{_NAME}", "missing_kind": None}]),
    _said(4, "Benedikt", "", sticker={"id": "3", "packId": "p", "packKey": "s3cret", "emoji": ":)", "extension": None}),
    _said(5, "Me", "corrected", edits=[{"date": "2026-01-25T09:05:00.123000", "body": "wording"}]),
    _said(6, "Benedikt", "", deleted=True),
    _said(7, "Benedikt", "Missed voice call", call=True, missed=True),
)
_MARKDOWN: Final = (
    "[2026-01-25 09:01:00] Quintanilla: quarterly figures\nare finished \U0001f44d  \n\n",
    "[2026-01-25 09:02:00] Me: \n\n> quarterly figures\n\nanswered  \n(- Quintanilla: \U0001f44d -)\n\n",
    f"[2026-01-25 09:03:00] Benedikt:   ![{_NAME}](./media/{_NAME})  \n\n",
    "[2026-01-25 09:04:00] Benedikt:   \n(( :) ))\n\n",
    "[2026-01-25 09:05:00] Me: corrected  \n\n",
    "[2026-01-25 09:06:00] Benedikt: (This message was deleted)\n\n",
    "[2026-01-25 09:07:00] Benedikt: Missed voice call  \n\n",
)


def _meta(sender: str, minute: int) -> str:
    moment = f'datetime="2026-01-25T09:0{minute}:00.123000" title="2026-01-25 09:0{minute}:00"'
    return f'<div class="meta"><span class="sender">{sender}</span><time class="time" {moment}>09:00</time></div>'


_HEAD: Final = (
    '<!doctype html>\n<html lang="en"><head><title>Harbor watch</title><link href="../style.css" rel="stylesheet"/>'
    '</head>\n<body><main><div class="page" id="pg0"><div class="day">2026-01-25</div>\n'
)
_BUBBLES: Final = (
    f'<div class="msg">{_meta("Quintanilla", 1)}<div class="body"><p>quarterly figures</p></div></div>\n',
    '<div class="msg cont"><div class="body"><p>are finished</p></div></div>\n',
    (
        f'<div class="msg me">{_meta("Me", 2)}<div class="quote">quarterly</div><div class="body"><p>answered</p></div>'
        '<div class="reactions"><span class="reaction">+1<span class="who">Quintanilla</span></span></div></div>\n'
    ),
    (
        f'<div class="msg">{_meta("Benedikt", 3)}<div class="body"><figure><img src="./media/plan.jpg"/></figure></div>'
        "</div>\n"
    ),
    (
        '<div class="event call missed"><span>Missed voice call</span><time class="event-time" '
        'datetime="2026-01-25T09:07:00.123000">09:07</time></div>\n'
    ),
)
_MEMBERS: Final = (
    '{"name": "Harbor watch", "exported_by": "Ana", "exported_on": "2026-01-25T09:00:00", "members": [{"name": '
    '"Benedikt", "display_name": null, "number": "+15205550101", "other_groups": []}]}'
)

EXPORTS: Final = (
    Seed(
        reader="signal-export",
        name="week",
        syntax="lines",
        elements=tuple(json.dumps(said, ensure_ascii=False).encode() + b"\n" for said in _SAID),
        key=f"{_FOLDER}/data.json",
        timezone="America/New_York",
    ),
    Seed(
        reader="signal-export-markdown",
        name="week",
        syntax="text",
        elements=tuple(text.encode() for text in _MARKDOWN),
        key=f"{_FOLDER}/chat.md",
        timezone="America/New_York",
        lookahead=1,
    ),
    Seed(
        reader="signal-export-markdown",
        name="beside",
        syntax="text",
        elements=tuple(text.encode() for text in _MARKDOWN),
        key=f"{_FOLDER}/chat.md",
        beside={f"{_FOLDER}/data.json": b"".join(json.dumps(said).encode() + b"\n" for said in _SAID)},
        lookahead=1,
    ),
    Seed(
        reader="signal-export-html",
        name="week",
        syntax="xml",
        head=_HEAD.encode(),
        elements=tuple(text.encode() for text in _BUBBLES),
        tail=b"</div></main></body></html>\n",
        key=f"{_FOLDER}/index.html",
        timezone="America/New_York",
        lookahead=1,
        learnt=frozenset(("raw_sha256",)),
    ),
    Seed(
        reader="signal-export-members",
        name="week",
        syntax="json",
        head=_MEMBERS.encode(),
        key=f"{_FOLDER}/meta.json",
    ),
)
