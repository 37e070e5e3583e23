"""Folding for the search: what looks or reads the same becomes the same bytes.

Case, diacritics, compatibility forms, digits of other scripts and look-alike letters are folded; invisible
characters vanish; every other character that is neither letter nor digit becomes a space. The gate folds on its own
and shares no table with the redactor, so that one mistake cannot hide in both.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate

_LOOKS_LIKE = dict(
    zip(
        "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u03b1\u03bf\u03c1\u03bd\u03b9",
        "aeopcyxijshdaopvi",
        strict=True,
    )
)
_PLAIN = {"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u0131": "i", "\u00e6": "ae", "\u0153": "oe", "\u00f0": "d"}
_SEPARATORS = bytes(c for c in range(128) if not chr(c).isalnum())
_NOT_ASCII_WORD = bytes(c for c in range(256) if not (c < 128 and chr(c).isalnum()))
_GAP = re.compile(rb"[^a-z0-9\x80-\xff]+")
_BLOCK = 256


class _Table(dict[int, str]):
    """A `str.translate` table that fills itself."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if character.isascii():
        return character.lower()
    out = []
    for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold()):
        kind = unicodedata.category(part)
        if kind == "Nd":
            out.append(str(unicodedata.digit(part)))
        elif kind[0] in "LN":
            out.append(_LOOKS_LIKE.get(part) or _PLAIN.get(part) or part)
        elif kind[0] == "M" or kind == "Cf":
            continue
        else:
            out.append(part.lower() if part.isascii() else " ")
    return "".join(out)


_TABLE = _Table()


def fold(text: str) -> bytes:
    """Folded text: lower-case ASCII, letters of other scripts as UTF-8, ASCII separators as they are."""
    if text.isascii():
        return text.lower().encode()
    text = text.replace("\ufffd", " ")  # folds to a space, and is most of what is not ASCII in decoded bytes
    blocks = (text[start : start + _BLOCK] for start in range(0, len(text), _BLOCK))
    folded = "".join(block if block.isascii() else block.translate(_TABLE) for block in blocks)
    return folded.lower().encode("utf-8", "replace")


def squeeze(folded: bytes) -> bytes:
    """Letters and digits only."""
    return folded.translate(None, _SEPARATORS)


def squeeze_ascii(raw: bytes) -> bytes:
    """ASCII letters and digits of arbitrary bytes, lower case."""
    return raw.translate(None, _NOT_ASCII_WORD).lower()


def gaps(span: bytes) -> list[bytes]:
    """The separators inside a folded span."""
    return _GAP.findall(span)


def is_word_byte(folded: bytes, index: int) -> bool:
    """Whether a letter or digit stands at that place; False outside the text."""
    if not 0 <= index < len(folded):
        return False
    byte = folded[index]
    return byte >= 128 or chr(byte).isalnum()


def is_digit_byte(folded: bytes, index: int) -> bool:
    """Whether an ASCII digit stands at that place."""
    return 0 <= index < len(folded) and 48 <= folded[index] <= 57


class Places:
    """Maps places in the squeezed text back to the folded text; built only when something was found."""

    def __init__(self, folded: bytes, removed: bytes = _SEPARATORS) -> None:
        self._folded = folded
        self._removed = frozenset(removed)
        lengths = (
            len(folded[start : start + _BLOCK].translate(None, removed)) for start in range(0, len(folded), _BLOCK)
        )
        self._before = [0, *accumulate(lengths)]

    @classmethod
    def of_raw(cls, raw: bytes) -> Places:
        """For `squeeze_ascii`."""
        return cls(raw, _NOT_ASCII_WORD)

    def __getitem__(self, squeezed: int) -> int:
        """Index in the folded text of the letter or digit at that index of the squeezed text."""
        block = bisect_right(self._before, squeezed) - 1
        left = squeezed - self._before[block]
        for index in range(block * _BLOCK, len(self._folded)):
            if self._folded[index] not in self._removed:
                if not left:
                    return index
                left -= 1
        raise IndexError(squeezed)
