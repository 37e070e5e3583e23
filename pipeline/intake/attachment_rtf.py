"""Rich text (RTF) as plain text, in one pass: words, line ends and tabs; fonts, pictures and styles are passed over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pipeline.intake.mime.charsets import codec_of

_TOKEN: Final = re.compile(
    rb"\\(?:'(?P<hex>[0-9A-Fa-f]{2})|(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|(?P<symbol>[^a-zA-Z]))"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n\\]",
    re.DOTALL,
)
_SILENT: Final = frozenset(
    b"fonttbl colortbl stylesheet info pict object themedata colorschememapping listtable listoverridetable rsidtbl "
    b"generator datastore latentstyles xmlnstbl fldinst filetbl revtbl bkmkstart bkmkend listtext nonshppict "
    b"objdata blipuid panose falt".split()
)
_WORDS: Final = {
    **dict.fromkeys((b"par", b"line", b"sect", b"page", b"row"), "\n"),
    **dict.fromkeys((b"tab", b"cell", b"nestcell"), "\t"),
    b"emdash": "\u2014",
    b"endash": "\u2013",
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
    b"bullet": "\u2022",
    b"emspace": "\u2003",
    b"enspace": "\u2002",
}
_SYMBOLS: Final = {
    b"\\": "\\",
    b"{": "{",
    b"}": "}",
    b"~": " ",
    b"_": "\u2011",
    b"\n": "\n",
    b"\r": "\n",
    b"\t": "\t",
}
_DEEPEST: Final = 1000


@dataclass(slots=True)
class _Group:
    """What a group has set."""

    silent: bool = False
    after_unicode: int = 1
    """How many characters stand in for a `\\u`, and are passed over."""


def rtf_to_text(data: bytes, most: int) -> str:
    """The text of an RTF file; reading ends when there are `most` characters."""
    return _Reading(most).text(data)


class _Reading:
    def __init__(self, most: int) -> None:
        self.most = most
        self.out: list[str] = []
        self.size = 0
        self.groups = [_Group()]
        self.codec = "cp1252"
        self.pending = bytearray()
        """Bytes of the file's own character set: two of them may be one character."""
        self.skip = 0

    def text(self, data: bytes) -> str:
        at = 0
        while self.size < self.most and (token := _TOKEN.match(data, at)):
            at = token.end()
            if token["word"] == b"bin":
                at += max(int(token["number"] or 0), 0)
            self._token(token)
        self._flush()
        return "".join(self.out)

    def _token(self, token: re.Match[bytes]) -> None:
        group = self.groups[-1]
        if token["hex"]:
            self._bytes(bytes((int(token["hex"], 16),)))
        elif token["text"]:
            self._bytes(token["text"])
        elif token["brace"] == b"{":
            if len(self.groups) < _DEEPEST:
                self.groups.append(_Group(group.silent, group.after_unicode))
        elif token["brace"]:
            del self.groups[max(len(self.groups) - 1, 1) :]
            self.skip = 0
        elif token["word"]:
            self._word(token["word"], token["number"])
        elif token["symbol"] == b"*":
            group.silent = True
        elif token["symbol"]:
            self._write(_SYMBOLS.get(token["symbol"], ""))

    def _word(self, word: bytes, number: bytes | None) -> None:
        group = self.groups[-1]
        if word == b"u" and number:
            code = int(number) & 0xFFFF
            self._write(chr(code))
            self.skip = group.after_unicode
        elif word == b"uc" and number:
            group.after_unicode = min(max(int(number), 0), 16)
        elif word == b"ansicpg" and number:
            self.codec = codec_of(f"cp{int(number)}") or self.codec
        elif word in _SILENT:
            group.silent = True
        else:
            self._write(_WORDS.get(word, ""))

    def _bytes(self, data: bytes) -> None:
        if self.skip:
            passed = min(self.skip, len(data))
            self.skip -= passed
            data = data[passed:]
        if data and not self.groups[-1].silent:
            self.pending += data
            self.size += len(data)

    def _write(self, text: str) -> None:
        if text and not self.groups[-1].silent:
            self._flush()
            self.out.append(text)
            self.size += len(text)

    def _flush(self) -> None:
        if self.pending:
            self.out.append(bytes(self.pending).decode(self.codec, "replace"))
            self.pending.clear()
