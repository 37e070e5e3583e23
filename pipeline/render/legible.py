"""Makes any string safe to set: what would hide, reorder or flood is dropped, what cannot be drawn is named."""

from __future__ import annotations

import re

MAX_MARKS = 8
"""Combining marks kept on one letter; more only climb over the lines above and below."""

_CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\ufff0-\ufffc\ufffe\uffff\ud800-\udfff"
_UNSEEN = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u206f\u3164\ufeff\uffa0"
_JOINERS = "\u200c\u200d\ufe00-\ufe0f\U000e0020-\U000e007f"

_SUSPECT = re.compile(f"[{_CONTROLS}{_UNSEEN}\u0300-\u036f\t\r\x0b\x0c\x85\u2028\u2029{_JOINERS}\U000e0000-\U000e0fff]")
_NAMED = re.compile(f"[{_CONTROLS}]")
_DROPPED = re.compile(
    f"[{_UNSEEN}]"
    f"|(?<=[\ufe00-\ufe0f\u200c\u200d])[\ufe00-\ufe0f\u200c\u200d]+"
    f"|(?:^|(?<=[\\s!-~]))[{_JOINERS}]+"
    f"|[\U000e0000-\U000e001f\U000e0080-\U000e0fff]"
)
_STACKED = re.compile(
    f"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{{{MAX_MARKS}}})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def name_of(character: str) -> str:
    """`‹U+XXXX›`, how a character that cannot be shown is shown."""
    return f"\u2039U+{ord(character):04X}\u203a"


def legible(text: str) -> tuple[str, int]:
    """Text that can be set, and how many characters were dropped or named.

    Line separators become newlines and tabs spaces; neither counts. Controls, direction overrides and
    unpaired surrogates are shown as `U+XXXX`. Characters without a shape of their own are dropped unless they join
    what stands on both sides of them.
    """
    if not _SUSPECT.search(text):
        return text, 0
    text = _BREAKS.sub("\n", text).replace("\t", "    ")
    before = len(text)
    text = _DROPPED.sub("", text)
    text = _STACKED.sub("\\1", text)
    dropped = before - len(text)
    text, named = _NAMED.subn(lambda match: name_of(match.group()), text)
    return text, dropped + named
