"""HTML as the plain text a person read: every visible word in order, in linear time whatever the input.

What style sheets hide is kept too, since it was sent. Left out are scripts, style sheets and comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from pipeline.intake.html_tokens import HtmlTokens, Tag

_MOST_NESTED: Final = 8
"""Quotes and lists nested deeper are not set in further, so that the text stays as long as its source."""
_BLOCK_NAMES: Final = (
    "address article aside body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup html legend main menu nav option p section summary table tbody tfoot thead title"
)
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_SPACES: Final = re.compile(r"[ \t\n\r\f]+")
_NO_ADDRESS: Final = ("#", "javascript:", "data:")
_SAME_AS_TEXT: Final = ("", "mailto:", "tel:", "sms:", "http://", "https://")


def html_to_text(source: str) -> str:
    """The text of an HTML document or fragment.

    Blocks stand on lines of their own, list items have a dash or number, quotes `> `, cells of a row a tab between
    them. A link's address follows its text in `<...>` where it says more than the text; images give their
    alternative text; Teams' `<at>` gives `@Name`.
    """
    page = _Page()
    for token in HtmlTokens(source):
        if isinstance(token, str):
            page.text(token)
        else:
            page.tag(token)
    return page.finished()


class _Page:
    """The text so far, and what is open."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.fresh = True
        """Nothing stands on the current line yet."""
        self.line_due = False
        """A block has ended: the next words start a line."""
        self.space = False
        """White space was read that shows only between words."""
        self.marked = False
        """The line ends with a mark that brings its own space."""
        self.quotes = 0
        self.cells = 0
        self.preformatted = 0
        self.opened = False
        self.lists: list[int] = []
        """For each open list the number of its last item, -1 where items have no numbers."""
        self.link: tuple[str, int] | None = None
        self.mention = False

    def text(self, words: str) -> None:
        """Decoded text; white space runs together unless it is preformatted."""
        if self.preformatted:
            self._lines(words.replace("\r\n", "\n"))
            return
        plain = _SPACES.sub(" ", words)
        self.space = self.space or plain.startswith(" ")
        if bare := plain.strip(" "):
            self._write(bare)
            self.space = plain.endswith(" ")

    def _lines(self, words: str) -> None:
        if self.opened:
            words, self.opened = words.removeprefix("\n"), False
        for number, line in enumerate(words.split("\n")):
            if number:
                self.new_line()
            if line:
                self._write(line)

    def _write(self, words: str) -> None:
        if self.line_due:
            self._end_line()
        if self.fresh:
            self.parts.append("> " * self.quotes)
        elif self.space and not self.marked:
            self.parts.append(" ")
        self.fresh = self.space = self.marked = False
        if self.mention:
            words, self.mention = "@" + words.removeprefix("@"), False
        self.parts.append(words.replace("\xa0", " "))

    def _end_line(self) -> None:
        self.parts.append("\n")
        self.fresh, self.line_due, self.space, self.marked = True, False, False, False

    def new_line(self) -> None:
        """End the line, even an empty one."""
        if self.line_due:
            self._end_line()
        if self.fresh:
            self.parts.append("> " * self.quotes)
        self._end_line()

    def block(self, _tag: Tag | None = None) -> None:
        """What follows starts a line."""
        self.line_due = self.line_due or not (self.fresh or self.marked)

    def tag(self, tag: Tag) -> None:
        """Do what a tag does to the text."""
        act = (_ENDS if tag.is_end else _STARTS).get(tag.name)
        if act:
            act(self, tag)
        elif tag.name in _BLOCKS:
            self.block()

    def finished(self) -> str:
        """The whole text, without white space at its ends and at those of its lines."""
        self.end_link()
        return "\n".join(line.rstrip(" \t") for line in "".join(self.parts).split("\n")).strip()

    def start_link(self, tag: Tag) -> None:
        """Remember the address and where its text starts."""
        self.end_link()
        self.link = (tag.get("href").strip(), len(self.parts))

    def end_link(self, _tag: Tag | None = None) -> None:
        """Add the address where it differs from the text."""
        if self.link is None:
            return
        (address, start), self.link = self.link, None
        shown = "".join(self.parts[start:]).strip().lstrip("> ").removesuffix("/")
        told = {prefix + shown for prefix in _SAME_AS_TEXT}
        if address and not address.lower().startswith(_NO_ADDRESS) and address.removesuffix("/") not in told:
            after, self.space = self.space, True
            self._write(f"<{_SPACES.sub('', address)}>")
            self.space = after

    def start_item(self, _tag: Tag) -> None:
        """A dash, or the number in an ordered list."""
        self.marked = False
        self.block()
        mark = "- "
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            mark = f"{self.lists[-1]}. "
        self._write("  " * min(len(self.lists) - 1, _MOST_NESTED) + mark)
        self.marked = True

    def start_list(self, tag: Tag) -> None:
        """Items below are set in."""
        self.block()
        start = tag.get("start")
        first = int(start) if start.isascii() and start.isdecimal() and len(start) < 7 else 1
        self.lists.append(max(first - 1, 0) if tag.name == "ol" else -1)

    def end_list(self, _tag: Tag) -> None:
        """Back to the list around it."""
        self.block()
        del self.lists[-1:]

    def start_quote(self, _tag: Tag) -> None:
        """Lines below are quoted."""
        self.block()
        self.quotes = min(self.quotes + 1, _MOST_NESTED)

    def end_quote(self, _tag: Tag) -> None:
        """Lines below are not quoted, or less."""
        self.block()
        self.quotes = max(self.quotes - 1, 0)

    def row(self, _tag: Tag) -> None:
        """A row starts or ends."""
        self.block()
        self.cells = 0

    def start_cell(self, _tag: Tag) -> None:
        """A tab between the cells of a row, even where each holds a paragraph."""
        self.cells += 1
        if self.cells > 1:
            self.line_due = self.space = False
            self._write("\t")
            self.marked = True

    def start_preformatted(self, _tag: Tag) -> None:
        """White space counts from here."""
        self.block()
        self.preformatted += 1
        self.opened = True

    def end_preformatted(self, _tag: Tag) -> None:
        """White space runs together again."""
        self.block()
        self.preformatted = max(self.preformatted - 1, 0)
        self.opened = False

    def image(self, tag: Tag) -> None:
        """What stands for the image."""
        self.text(tag.get("alt") or tag.get("title"))

    def field(self, tag: Tag) -> None:
        """What stands in a form's field."""
        if tag.get("type").lower() != "hidden":
            self.text(f" {tag.get('value')} ")

    def rule(self, _tag: Tag) -> None:
        """A line across the page."""
        self.block()
        self._write("---")
        self.block()

    def broken_line(self, _tag: Tag) -> None:
        """A line break."""
        self.new_line()

    def start_mention(self, _tag: Tag) -> None:
        """The next words are a name that was called."""
        self.mention = True

    def end_mention(self, _tag: Tag) -> None:
        """An empty mention calls nobody."""
        self.mention = False


_Act = Callable[[_Page, Tag], None]
_STARTS: Final[Mapping[str, _Act]] = {
    "a": _Page.start_link,
    "at": _Page.start_mention,
    "blockquote": _Page.start_quote,
    "br": _Page.broken_line,
    "emoji": _Page.image,
    "hr": _Page.rule,
    "img": _Page.image,
    "input": _Page.field,
    "li": _Page.start_item,
    "ol": _Page.start_list,
    "pre": _Page.start_preformatted,
    "td": _Page.start_cell,
    "textarea": _Page.start_preformatted,
    "th": _Page.start_cell,
    "tr": _Page.row,
    "ul": _Page.start_list,
}
_ENDS: Final[Mapping[str, _Act]] = {
    "a": _Page.end_link,
    "at": _Page.end_mention,
    "blockquote": _Page.end_quote,
    "li": _Page.block,
    "ol": _Page.end_list,
    "pre": _Page.end_preformatted,
    "textarea": _Page.end_preformatted,
    "tr": _Page.row,
    "ul": _Page.end_list,
}
