"""Which elements of a Cellebrite report are entries, which are lists, and where reading goes on after damage."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from pipeline.intake.xml_elements import ENTER, RAW, Open

CHAT: Final = "chat"
ACTIVITIES: Final = "activities"
LISTS: Final = {b"Messages": "messages", b"ActivityLog": ACTIVITIES}
"""The lists in a chat whose models are entries."""
_TYPES: Final = "types"
_NAME: Final = re.compile(rb"\sname\s*=\s*[\"']([^\"'<&]{0,60})[\"']")
_TYPE: Final = re.compile(rb"\stype\s*=\s*[\"']([^\"'<&]{0,60})[\"']")
_KNOWN_TYPES: Final = rb"Chat|InstantMessage|SMS|MMS|Call|Email|Contact|UserAccount"
_IN_MODEL: Final = re.compile(rb"(?:</model\s*+>|<(?!model[\s>]|[/!])[^<>]*[^/<>]>)\s*+\Z|\A[^<]*\Z")
"""What stands before a model that lies in a model; anything else is one whose end was lost."""
_OUTSIDE: Final = rb"/?(?:modelType|decodedData|taggedFiles|project)(?=[\s>])"
_NOT_IN_A_MESSAGE: Final = _OUTSIDE + rb"|model\s{1,4}type\s{0,2}=\s{0,2}[\"']Chat[\"']"
_NOT_IN_A_HEADER: Final = _OUTSIDE + rb"|model\s{1,4}type\s{0,2}=\s{0,2}[\"'](?:Chat|InstantMessage)[\"']"


class Plan:
    """`models` is the role of models: raw for a first look, whole to read them."""

    bulk = b""
    names = frozenset((b"model", b"field", b"modelField", b"multiModelField", b"multiField", b"file", b"extraInfo"))

    def __init__(self, models: str) -> None:
        self.models = models
        self.current = b""
        self.resume = _resume(b"")

    def role(self, stack: Sequence[Open], name: bytes, tag: bytes) -> str:
        parent = stack[-1].role if stack else ""
        if name == b"modelType":
            self.current = _value(_TYPE, tag)
            self.resume = _resume(self.current)
            return _TYPES
        if name == b"model":
            return CHAT if self._is_chat(parent, _value(_TYPE, tag)) else self.models
        if parent == CHAT:
            return LISTS.get(_value(_NAME, tag), RAW) if name == b"multiModelField" else RAW
        if parent:
            return self._in(parent, name)
        return ENTER

    def _is_chat(self, parent: str, kind: bytes) -> bool:
        """By its type; where that was damaged, by the list it is in."""
        return kind == b"Chat" or (
            parent == _TYPES and self.current == b"Chat" and kind not in _KNOWN_TYPES.split(b"|")
        )

    def _in(self, parent: str, name: bytes) -> str:
        if parent == ENTER:
            return RAW if name in (b"file", b"extraInfo") else ENTER
        return self.models

    def border(self, name: bytes) -> bytes:
        if name == b"model":
            return _NOT_IN_A_MESSAGE
        return _OUTSIDE if name in (b"file", b"extraInfo") else _NOT_IN_A_HEADER

    def misplaced(self, name: bytes, before: bytes) -> bool:
        if name == b"model":
            return _IN_MODEL.search(before) is None
        return name in (b"field", b"file", b"extraInfo")


@lru_cache(maxsize=256)
def _resume(current: bytes) -> re.Pattern[bytes]:
    types = _KNOWN_TYPES + (b"|" + re.escape(current) if current else b"")
    return re.compile(
        rb"<(?:modelType|decodedData|taggedFiles)(?=[\s>])|<file\s{1,4}fs="
        rb"|<model\s{1,4}type\s{0,2}=\s{0,2}[\"'](?:" + types + rb")[\"']"
    )


def _value(pattern: re.Pattern[bytes], tag: bytes) -> bytes:
    found = pattern.search(tag)
    return found[1] if found else b""
