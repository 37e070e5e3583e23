"""HTML as tokens, in linear time whatever the input: decoded text, and tags with their attributes.

The tokenizer is our own: the standard library's changes what it makes of broken markup from one patch release to the
next, and needs quadratic time for some of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_SILENT: Final = frozenset(("script", "style", "xml"))
"""`xml` is the island of settings that a word processor puts into its mail."""
_NAME: Final = re.compile(r"/?[A-Za-z][^\s/>]*")
_QUOTED_END: Final = re.compile(r"""[^>"'=]*+(?:=\s*+(?:"[^"]*+"|'[^']*+')?+[^>"'=]*+|["'][^>"'=]*+)*+>""")
_ATTRIBUTE: Final = re.compile(r"""([^\s/>=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]*+)))?+""")
_CONDITION: Final = re.compile(r"<!--\[if\b[^\]>]*\]>|<!\[(?:if\b[^\]>]*|endif)\](?:--)?>", re.IGNORECASE)
_CLOSING: Final = {name: re.compile(f"</{name}(?![a-z0-9])", re.IGNORECASE) for name in sorted(_SILENT)}
_ZEROS: Final = re.compile(r"&#0+(?=[0-9])")
_TOO_HIGH: Final = re.compile(r"&#[0-9]{8,};?")


class Tag(NamedTuple):
    """A start or end tag; the attributes are parsed by those who want them."""

    name: str
    is_end: bool
    inside: str

    def get(self, wanted: str) -> str:
        """The first attribute of that name, decoded; empty when there is none."""
        for found in _ATTRIBUTE.finditer(self.inside):
            if found[1].lower() == wanted:
                return decoded(found[2] or found[3] or found[4] or "")
        return ""


def decoded(text: str) -> str:
    if "&" not in text:
        return text
    if "&#" in text:
        text = _TOO_HIGH.sub("\ufffd", _ZEROS.sub("&#", text))
    return html.unescape(text)


class HtmlTokens:
    """Decoded text and tags of a source. What looks like markup and never ends is text.

    A search that failed is not made again, which keeps the time linear.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.quotes_close = True
        self.comments_close = True
        self.unclosed: set[str] = set()

    def __iter__(self) -> Iterator[str | Tag]:
        source, at, start, first = self.source, 0, 0, -1
        while (at := source.find("<", at)) >= 0:
            if first < at and (first := source.find(">", at)) < 0:
                break
            end, tag = self._markup(at, first)
            if end < 0:
                at += 1
                continue
            if at > start:
                yield decoded(source[start:at])
            if tag:
                yield tag
                if tag.name in _SILENT and not tag.is_end and not tag.inside.endswith("/"):
                    end = self._after_silence(end, tag.name)
            at = start = end
        if start < len(source):
            yield decoded(source[start:])

    def _markup(self, at: int, first: int) -> tuple[int, Tag | None]:
        """Where the markup at a `<` ends, and its tag; -1 where it is text. `first` is the next `>`."""
        source = self.source
        if source[at + 1] in "!?":
            return self._declaration(at, first), None
        if not (named := _NAME.match(source, at + 1)):
            return -1, None
        end = first + 1
        if self.quotes_close and (source.find('"', at, first) >= 0 or source.find("'", at, first) >= 0):
            closed = _QUOTED_END.match(source, named.end())
            self.quotes_close = closed is not None
            end = closed.end() if closed else end
        name = named[0].lower()
        return end, Tag(name.removeprefix("/"), name.startswith("/"), source[named.end() : end - 1])

    def _declaration(self, at: int, first: int) -> int:
        """Where a comment ends. Conditions of a mail program are passed over, but what they hold is not."""
        source = self.source
        if condition := _CONDITION.match(source, at):
            return condition.end()
        if source.startswith("<![CDATA[", at):
            return at + len("<![CDATA[")
        if self.comments_close and source.startswith("<!--", at):
            end = source.find("-->", at + 2)
            if end >= 0:
                return end + 3
            self.comments_close = False
        return first + 1

    def _after_silence(self, at: int, name: str) -> int:
        if name in self.unclosed:
            return at
        if closing := _CLOSING[name].search(self.source, at):
            return closing.start()
        self.unclosed.add(name)
        return at
