"""Text of mail from bytes and the character set that it claims: never a fault, and a claim that is a lie is seen.

Only character sets that mail uses are known. Python's other codecs are slow on hostile bytes or not for text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_SAME: Final = re.compile(r"[^a-z0-9]")
_WESTERN: Final = frozenset(("cp1252", "latin-1", "ascii"))
"""In which every byte is some letter, so that text in UTF-8 passes for it."""
_META_BYTES: Final = 2048
_META: Final = re.compile(rb"<meta\b[^>]{0,400}?\bcharset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_LONE: Final = re.compile("[\ud800-\udfff]")
_NOT_ASCII: Final = frozenset(f"{name}{order}" for name in ("utf-16", "utf-32") for order in ("", "-le", "-be")) | {
    "utf-7",
    "hz",
    "iso2022_kr",
    "iso2022_jp_ext",
    "iso2022_jp_1",
    "iso2022_jp_2",
}
"""In which bytes below 128 are not always ASCII."""
_BY_NUMBER: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)
_PAGES: Final = (
    437,
    720,
    737,
    775,
    850,
    852,
    855,
    857,
    858,
    860,
    861,
    862,
    863,
    864,
    865,
    866,
    869,
    874,
    932,
    949,
    950,
)
_NAMES: Final[Mapping[str, str]] = {
    **{f"iso8859{number}": f"iso8859-{number}" for number in _BY_NUMBER},
    **{f"iso8859{number}e": f"iso8859-{number}" for number in (6, 8)},
    **{f"iso8859{number}i": f"iso8859-{number}" for number in (6, 8)},
    **{f"latin{number}": f"iso8859-{number}" for number in (1, 2, 3, 4)},
    **{f"windows125{number}": f"cp125{number}" for number in range(9)},
    **{f"cp125{number}": f"cp125{number}" for number in range(9)},
    **{f"{prefix}{page}": f"cp{page}" for page in _PAGES for prefix in ("cp", "ibm", "windows")},
    **dict.fromkeys(("usascii", "ascii", "ansix341968", "iso646us", "us", "7bit"), "ascii"),
    **dict.fromkeys(("iso88591", "latin1", "l1", "iso885915windows", "windowslatin1", "ansi"), "cp1252"),
    **dict.fromkeys(("iso885915", "latin9"), "iso8859-15"),
    **dict.fromkeys(("utf8", "utf8mb4", "unicode11utf8", "cp65001", "csutf8"), "utf-8"),
    **dict.fromkeys(("utf7", "unicode11utf7", "cp65000"), "utf-7"),
    **dict.fromkeys(("utf16", "ucs2", "unicode"), "utf-16"),
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "utf32": "utf-32",
    "utf32le": "utf-32-le",
    "utf32be": "utf-32-be",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    "koi8ru": "koi8-u",
    "macintosh": "mac-roman",
    "xmacroman": "mac-roman",
    "xmaccyrillic": "mac-cyrillic",
    "tis620": "tis-620",
    **dict.fromkeys(("shiftjis", "sjis", "xsjis", "mskanji", "windows31j", "cp943c"), "cp932"),
    **dict.fromkeys(("iso2022jp", "csiso2022jp"), "iso2022_jp_ext"),
    "iso2022jp1": "iso2022_jp_1",
    "iso2022jp2": "iso2022_jp_2",
    "iso2022kr": "iso2022_kr",
    "eucjp": "euc_jp",
    **dict.fromkeys(("euckr", "ksc56011987", "ksc5601", "ksc56011992"), "cp949"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "cp936", "xgbk", "euccn", "hzgb"), "gb18030"),
    "hzgb2312": "hz",
    **dict.fromkeys(("big5", "xxbig5", "cnbig5"), "cp950"),
    "big5hkscs": "big5hkscs",
    "euctw": "cp950",
}


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str:
    """Python's codec for the name of a character set; empty when it is none that mail uses."""
    name = _SAME.sub("", charset.lower()[:40])
    return _NAMES.get(name, "")


def decoded(data: bytes, charset: str) -> tuple[str, bool]:
    """The text, and whether the claim was wrong.

    The claimed character set comes first, then UTF-8, then windows-1252, in which bytes that mean nothing become
    U+FFFD. What claims a western alphabet and is good UTF-8 is UTF-8.
    """
    codec = codec_of(charset) if charset else ""
    is_ascii = data.isascii()
    if is_ascii and codec not in _NOT_ASCII:
        return data.decode("ascii"), False
    if not codec:
        text, utf8 = _guessed(data)
        return text, bool(charset) or not utf8
    if codec in _WESTERN and not is_ascii:
        text, utf8 = _guessed(data)
        if utf8:
            return text, True
    try:
        return _LONE.sub("\ufffd", data.decode(codec)), False
    except (UnicodeError, ValueError):
        return _guessed(data)[0], codec != "cp1252"


def html_charset(data: bytes) -> str:
    """The character set that an HTML document names itself; empty when it names none."""
    found = _META.search(data[:_META_BYTES])
    return found[1].decode("ascii") if found else ""


def _guessed(data: bytes) -> tuple[str, bool]:
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), False
