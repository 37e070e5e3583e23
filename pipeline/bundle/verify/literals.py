"""The literals that may not leave, and the rule table that says when an occurrence of one blocks the release.

| literal, n letters and digits     | blocks when found                                                              |
|-----------------------------------|--------------------------------------------------------------------------------|
| n < 4, or 4 digits                | never; counted as a note (CJK names count from two characters on)              |
| digits, 5 to 8                    | as a whole number: no digit touches it, separators of at most 3                |
| digits, 9 and more                | unbroken anywhere; broken by separators of at most 3 at number borders         |
| 4 or 5, not all digits            | as a whole word, or letter by letter; ordinary words never (note)              |
| one word, 6 and more              | unbroken anywhere, also inside a longer word; broken at word borders, unless   |
|                                   | every piece is an ordinary word                                                |
| several words or mixed, 6 to 11   | at word borders with separators of at most 8; unbroken anywhere                |
| several words or mixed, 12 and up | anywhere with separators of at most 8                                          |

"Broken" means by spaces, dashes, dots, underscores, line ends, markup. Names are also searched in reversed order.
The index number of a deletion, in its own place, is no occurrence as long as the numbers have no gap.
Notes never block: words of the bundle's own frame (`unknown`, `sender` ...), dates of the released units, and
matches inside a value that the run folder lists as kept.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pipeline.bundle.verify.folding import fold, gaps, is_digit_byte, is_word_byte, squeeze

MAX_LENGTH = 256
"""Of a longer literal its beginning is searched, up to this many bytes."""
_WORD_GAP = 8
_DIGIT_GAP = 3
_COUNTRY_CODE = 3
_COLUMN_MARKS = frozenset(b'",;|<>{}')
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_MIN_ENCODED = 8
_TRIED_AS_BASE64 = 12
"""From this many bytes on, Base64 makes a run that `views` decodes."""


class Mode(StrEnum):
    """How much a view can be trusted to be text."""

    TEXT = "text"
    """Text: every rule applies."""
    STREAM = "stream"
    """Decoded bytes with printable runs, full of numbers that are not text: no number is put together from pieces."""
    RAW = "raw"
    """Undecoded bytes: only what stands there unbroken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """One searched form of a redacted value."""

    squeezed: bytes
    folded: bytes
    """With its own separators."""
    record_id: str
    length: int
    """Characters of `squeezed`."""
    digits: bool
    single: bool
    cjk: bool
    ordinary: bool
    """A word that ordinary text needs: noted, never blocking."""


def searched(values: Mapping[str, str]) -> tuple[list[Literal], int]:
    """The forms to search, and how many values are too short to be searched.

    Args:
        values: Redacted value to the id of a record it was redacted in.
    """
    forms: dict[bytes, Literal] = {}
    short = 0
    for value in sorted(values):
        found = [form for text in _spellings(value) if (form := _literal(text, values[value]))]
        short += not found
        for form in found:
            forms.setdefault(form.squeezed, form)
    return [forms[key] for key in sorted(forms)], short


def blocks(literal: Literal, folded: bytes, start: int, end: int, mode: Mode) -> bool:
    """Whether this occurrence blocks the release, by the table above.

    Args:
        literal: What was found.
        folded: The text around it.
        start: First byte of the occurrence in `folded`.
        end: One past its last byte.
        mode: What kind of view it is.
    """
    span = folded[start:end]
    broken = gaps(span)
    exact = span == literal.folded
    if mode is Mode.RAW:
        return not broken and literal.length >= _MIN_ENCODED and (not literal.digits or literal.length >= 9)
    if literal.digits:
        alone = not is_digit_byte(folded, start - 1) and not is_digit_byte(folded, end)
        if not broken:
            return literal.length >= 9 or (alone and mode is Mode.TEXT)
        joined = exact or mode is Mode.TEXT or all(gap == b"-" for gap in broken)
        return joined and _broken_number_blocks(literal, folded, start, end, broken)
    if literal.cjk:
        return all(len(gap) <= 2 for gap in broken)
    aligned = not is_word_byte(folded, start - 1) and not is_word_byte(folded, end)
    if literal.length < 6:
        spelled = len(broken) == literal.length - 1 and all(len(gap) <= _DIGIT_GAP for gap in broken)
        return aligned and (not broken or exact or spelled)
    if not broken:
        return True
    if any(len(gap) > _WORD_GAP for gap in broken):
        return False
    if literal.length >= 12:
        return True
    return aligned and (exact or not literal.single or not all(p in ordinary_words() for p in _pieces(span)))


def _broken_number_blocks(literal: Literal, folded: bytes, start: int, end: int, broken: list[bytes]) -> bool:
    if is_digit_byte(folded, end) or any(len(gap) > _DIGIT_GAP or set(gap) & _COLUMN_MARKS for gap in broken):
        return False
    before = start
    while is_digit_byte(folded, before - 1) and start - before <= _COUNTRY_CODE:
        before -= 1
    return before == start or (literal.length >= 9 and start - before <= _COUNTRY_CODE)


def encoded_forms(values: Iterable[str]) -> list[bytes]:
    """Byte forms that the views do not show: Base64 too short to be tried as such, and UTF-16 beyond Latin."""
    found: set[bytes] = set()
    for value in values:
        plain = value.strip()
        if sum(c.isalnum() for c in plain) < 4:
            continue
        if len(plain.encode("utf-8", "replace")) < _TRIED_AS_BASE64:
            for text in {plain, plain.lower(), plain.upper()}:
                found |= _base64_forms(text.encode("utf-8", "replace"))
        if max(plain) > "\xff":
            found |= {plain[:MAX_LENGTH].encode(codec, "replace") for codec in ("utf-16-le", "utf-16-be")}
    return sorted(form for form in found if len(form) >= _MIN_ENCODED)


def _base64_forms(raw: bytes) -> set[bytes]:
    """What Base64 makes of these bytes wherever they start, without the characters that depend on neighbours."""
    out = set()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        whole = (shift + len(raw)) * 8 // 6
        out.add(coded[(0, 2, 3)[shift] : whole])
    return {form for form in out if len(form) >= _MIN_ENCODED}


def _spellings(value: str) -> list[str]:
    """The value, a name in reversed order, a telephone number without its country code."""
    words = re.findall(r"[^\s,]+", value)
    out = [value]
    if 2 <= len(words) <= 4 and all(any(c.isalpha() for c in w) and not any(c.isdigit() for c in w) for w in words):
        out += [" ".join([words[-1], *words[:-1]]), " ".join([*words[1:], words[0]])]
    number = re.sub(r"[^\dA-Za-z]", "", value)
    if number.isdigit() and len(number) > 10 and re.match(r"\s*(?:\+|00|011|1)", value):
        out.append(number[-10:])  # the same telephone number without its country code
    return out


def _literal(value: str, record_id: str) -> Literal | None:
    folded = fold(value).strip(b" \t\r\n" + bytes(range(33, 48)))
    squeezed = squeeze(folded)
    if len(squeezed) > MAX_LENGTH:
        squeezed = squeezed[:MAX_LENGTH].decode("utf-8", "ignore").encode()
    text = squeezed.decode("utf-8", "replace")
    cjk = len(_CJK.findall(text)) >= 2
    digits = text.isdigit()
    if (len(text) < 4 and not cjk) or (digits and len(text) < 5):
        return None
    words = _pieces(folded)
    return Literal(
        squeezed=squeezed,
        folded=folded,
        record_id=record_id,
        length=len(text),
        digits=digits,
        single=len(words) == 1,
        cjk=cjk,
        ordinary=(len(words) == 1 and text in ordinary_words()) or text in frame_words(),
    )


def _pieces(folded: bytes) -> list[str]:
    return folded.decode("utf-8", "replace").translate(_TO_SPACES).split()


_TO_SPACES = {code: " " for code in range(128) if not chr(code).isalnum()}


@cache
def ordinary_words() -> frozenset[str]:
    """Words that names share with ordinary English and Spanish, folded."""
    return frozenset(_word_list("ordinary_words.txt"))


@cache
def frame_words() -> frozenset[str]:
    """Words that every bundle contains: keys, kinds, column names, squeezed."""
    return frozenset(word.replace("_", "").replace("-", "") for word in _word_list("frame_words.txt"))


def _word_list(name: str) -> list[str]:
    text = (files(__package__) / name).read_text("utf-8")
    return [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]
