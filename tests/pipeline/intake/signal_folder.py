"""Builders of signal-export folders: one list of messages as each of the three files, as the tool writes them."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

Said = dict[str, Any]


def said(second: float = 0, sender: str = "BenDoe", body: str = "hello", **more: Any) -> Said:
    """One object of `data.json`, so many seconds after noon."""
    return {
        "date": (datetime(2026, 2, 25, 12) + timedelta(seconds=second)).isoformat(),
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


def data_json(messages: Iterable[Said]) -> bytes:
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in messages)


def chat_md(messages: Iterable[Said], head: str = "[%Y-%m-%d %H:%M:%S]") -> bytes:
    return "".join(_entry(one, head) for one in messages).encode()


def _entry(one: Said, head: str) -> str:
    start = f"{datetime.fromisoformat(one['date']).strftime(head)} {one['sender']}: "
    if one["deleted"]:
        return f"{start}(This message was deleted)\n\n"
    body = one["body"]
    if one["reactions"]:
        body += "\n(- " + ", ".join(f"{name}: {emoji}" for name, emoji in one["reactions"]) + " -)"
    if one["sticker"]:
        body += f"\n(( {one['sticker']['emoji']} ))"
    for file in one["attachments"]:
        if file.get("missing_kind"):
            body += f"({file['missing_kind']} not exported)  "
        else:
            body += f"{'!' if file['path'].endswith('.jpg') else ''}[{file['name']}](./{file['path']})  "
    return f"{start}{one['quote']}{body}\n\n"


def index_html(messages: Sequence[Said], grouped: bool = True) -> bytes:
    """A page of the newer kind: a bubble that follows its sender's last one shows neither name nor time."""
    bubbles, before = [], ""
    for one in messages:
        bubbles.append(_event(one) if one["call"] else _bubble(one, grouped and before == one["sender"]))
        before = "" if one["call"] else one["sender"]
    content = "\n".join(bubbles)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n <head>\n  <title>Chat</title>\n  <link href="../style.css" '
        'rel="stylesheet"/>\n  <script src="../chat.js"></script>\n </head>\n <body data-last-page="0">\n  <main>\n'
        f'   <div class="page" id="pg0">\n<div class="day">2026-02-25</div>\n{content}\n   </div>\n  </main>\n'
        " </body>\n</html>\n"
    ).encode()


def _event(one: Said) -> str:
    classes = "event call missed" if one["missed"] else "event call"
    return (
        f'<div class="{classes}">\n <span aria-hidden="true" class="event-icon">\n  \u260e\n </span>\n <span>\n  '
        f"{html.escape(one['body'].strip())}\n </span>\n"
        f' <time class="event-time" datetime="{one["date"]}">12:00</time>\n</div>'
    )


def _bubble(one: Said, grouped: bool) -> str:
    meta = (
        f'<div class="meta">\n <span class="sender">\n  {html.escape(one["sender"])}\n </span>\n'
        f' <time class="time" datetime="{one["date"]}" title="x">\n  12:00:00\n </time>\n</div>'
    )
    classes = f"msg{' me' if one['sender'] == 'Me' else ''}{' cont' if grouped else ''}"
    quote = one["quote"].replace(">", "").strip()
    body = "<p>\n " + html.escape(one["body"].strip()).replace("\n", "\n ") + "\n</p>"
    if one["deleted"]:
        classes, body, quote = f"{classes} deleted", "<em>\n This message was deleted\n</em>", ""
    for file in one["attachments"]:
        body += f'<figure>\n<img alt="{file["name"]}" src="./{file["path"]}"/>\n</figure>'
    chips = "".join(
        f'<span class="reaction">{emoji}<span class="who">{name}</span></span>' for name, emoji in one["reactions"]
    )
    return (
        f'<div class="{classes}">\n{"" if grouped else meta}\n'
        + (f'<div class="quote">{html.escape(quote)}</div>\n' if quote else "")
        + f'<div class="body">\n{body}\n</div>\n'
        + (f'<div class="reactions">{chips}</div>\n' if chips else "")
        + "</div>"
    )
