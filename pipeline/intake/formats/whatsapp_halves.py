"""The words by which phones tell the two halves of the day apart, and the hour of the day that follows from them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_LATIN: Final = r"[AaPp]\.?[ \u00a0\u202f\u2009]?[Mm]\.?"
_BEFORE_NOON: Final = (
    *("上午", "午前", "오전", "凌晨", "清晨", "早上", "ص", "ق.ظ.", "ق.ظ", 'לפנה"צ', "לפנה״צ", "π.μ.", "πμ"),
    *("ÖÖ", "SA", "de.", "fm", "f.m.", "ap.", "पूर्वाह्न", "ก่อนเที่ยง", "дп", "пр.об."),
)
_AFTER_NOON: Final = (
    *("下午", "午後", "오후", "傍晚", "晚上", "م", "ب.ظ.", "ب.ظ", 'אחה"צ', "אחה״צ", "μ.μ.", "μμ"),
    *("ÖS", "CH", "du.", "em", "e.m.", "ip.", "अपराह्न", "หลังเที่ยง", "пп", "сл.об."),
)
_NOON: Final = ("中午",)
"""Around noon: 11:30 and 1:15 are both said to be of it."""
HALF: Final = (
    "(?:"
    + "|".join([_LATIN, *map(re.escape, sorted((*_BEFORE_NOON, *_AFTER_NOON, *_NOON), key=len, reverse=True))])
    + ")"
)
"""Any of them, as a part of a pattern."""


def hour_of_day(hour: int, half: str) -> int:
    """0 to 23. Phones exist that write `23:59 PM`; then the half says nothing new."""
    if not half or hour > 12:
        return hour % 24
    if half in _NOON:
        return hour + 12 if hour < 6 else hour
    return hour % 12 + (12 if _is_late(half) else 0)


@lru_cache(maxsize=256)
def _is_late(half: str) -> bool:
    return half in _AFTER_NOON or half[0] in "Pp"
