"""The text of a Telegram message as people read it: a string, or pieces of which some are marked up."""

from __future__ import annotations

from typing import Any, Final

import orjson

_AS_READ: Final = frozenset(
    ("plain", "hashtag", "cashtag", "bot_command", "link", "email", "phone", "mention", "bank_card", "custom_emoji")
)
"""Kinds of pieces whose words say everything about them."""


def plain_text(text: object) -> tuple[str, bool]:
    """The text, and whether markup was lost on the way. Pieces of an unknown form are kept as JSON."""
    if isinstance(text, str):
        return text, False
    if not isinstance(text, list):
        return ("", False) if text is None else (_json(text), True)
    said = [_piece(piece) for piece in text]
    return "".join(words for words, _ in said), any(lost for _, lost in said)


def _piece(piece: Any) -> tuple[str, bool]:
    if isinstance(piece, str):
        return piece, False
    words = piece.get("text") if isinstance(piece, dict) else None
    if not isinstance(words, str):
        return _json(piece), True
    kind, href = piece.get("type"), piece.get("href")
    if kind == "text_link" and isinstance(href, str) and href and href != words:
        return f"{words} <{href}>", True
    if kind == "mention_name" and words and not words.startswith("@"):
        return f"@{words}", True
    return words, not (isinstance(kind, str) and kind in _AS_READ)


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
