"""The text of office documents: Word, Excel and PowerPoint (OOXML) and OpenDocument, deleted and hidden words included.

Their XML is read without document types or entities, their zip within the limits of archives. Runs in the child
process only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces

import defusedxml.sax  # type: ignore[import-untyped]
from defusedxml import DefusedXmlException

from pipeline.intake.archives import (
    BrokenArchive,
    Budget,
    Member,
    Metered,
    OverLimit,
    Refused,
    guarded,
    open_archive,
    walk,
)
from pipeline.intake.limits import Limits

_NUMBER: Final = re.compile(r"\d+")
_CHUNK: Final = 1 << 16
_WORD: Final = re.compile(r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml")
_SLIDES: Final = re.compile(r"ppt/(?:slides/slide|notesSlides/notesSlide|comments/[^/]*)\d*\.xml")
_SHEETS: Final = re.compile(r"xl/worksheets/sheet\d*\.xml")
_BESIDE_SHEETS: Final = re.compile(r"xl/(?:comments\d*|threadedComments/[^/]*|drawings/drawing\d*)\.xml")
_SHARED: Final = "xl/sharedStrings.xml"
_OPEN_DOCUMENT: Final = re.compile(r"content\.xml|styles\.xml")


class _Tags(ContentHandler):
    """Tags by their local names."""

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """A tag opens."""

    def closed(self, name: str) -> None:
        """A tag closes."""

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:  # noqa: N802
        """As the parser calls it."""
        self.opened(name[1], {local: value for (_, local), value in attrs.items()})

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802
        """As the parser calls it."""
        self.closed(name[1])


class _Words(_Tags):
    """Hands on the words between certain tags, and line ends and tabs for others."""

    def __init__(self, take: Callable[[str], None], shape: Shape) -> None:
        super().__init__()
        self.take = take
        self.shape = shape
        self.inside = 0
        self.silent = 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """A tag opens."""
        if name in self.shape.silent:
            self.silent += 1
        elif name in self.shape.words:
            self.inside += 1
        elif not self.silent and (mark := self.shape.at_start.get(name)):
            self.take(mark * _times(attributes) if name == "s" else mark)

    def closed(self, name: str) -> None:
        """A tag closes."""
        if name in self.shape.silent:
            self.silent -= 1
        elif name in self.shape.words:
            self.inside -= 1
        if not self.silent and (mark := self.shape.at_end.get(name)):
            self.take(mark)

    def characters(self, content: str) -> None:
        """Words."""
        if self.inside and not self.silent:
            self.take(content)


class Shape:
    """What the tags of one kind of document mean for its text."""

    def __init__(self, words: str, *, at_start: Mapping[str, str], at_end: Mapping[str, str], silent: str = "") -> None:
        self.words = frozenset(words.split())
        self.at_start = at_start
        self.at_end = at_end
        self.silent = frozenset(silent.split())


_OOXML: Final = Shape(
    "t delText",
    at_start={"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"},
    at_end={"p": "\n", "tc": "\t", "comment": "\n"},
    silent="Fallback pPr rPr",
)
_ODF: Final = Shape(
    "p h",
    at_start={"tab": "\t", "line-break": "\n", "s": " "},
    at_end={"p": "\n", "h": "\n", "table-cell": "\t"},
)


def _times(attributes: Mapping[str, str]) -> int:
    """How many spaces an OpenDocument `text:s` stands for."""
    count = attributes.get("c", "1")
    return min(int(count), 1000) if _NUMBER.fullmatch(count) and len(count) < 9 else 1


def office_pieces(stream: BinaryIO, limits: Limits) -> Iterator[str]:
    """The text of a document, piece by piece.

    Raises:
        ValueError: It is none that is known, or it is damaged.
    """
    opened = open_archive(stream, limits)
    if opened.zip is None:
        raise ValueError(opened.refusal)
    budget = Budget(limits=limits, packed=stream.seek(0, 2))
    with opened.zip:
        members = {member.path: member for member in walk(opened.zip, budget)}
        if any(isinstance(member, Refused) and member.path.endswith(".xml") for member in members.values()):
            raise ValueError("refused")
        document = _Document({path: one for path, one in members.items() if isinstance(one, Member)}, budget)
        try:
            with guarded():
                yield from document.pieces()
        except (BrokenArchive, OverLimit, SAXException, DefusedXmlException) as problem:
            raise ValueError("damaged") from problem


class _Document:
    """The parts of one document."""

    def __init__(self, members: Mapping[str, Member], budget: Budget) -> None:
        self.members = members
        self.budget = budget

    def pieces(self) -> Iterator[str]:
        """The text of all parts that show some, in the order in which they are numbered."""
        if _SHARED in self.members or any(map(_SHEETS.fullmatch, self.members)):
            yield from self._sheets()
            return
        for pattern, shape in ((_WORD, _OOXML), (_SLIDES, _OOXML), (_OPEN_DOCUMENT, _ODF)):
            for path in self._matching(pattern):
                yield from self._words(path, shape)

    def _matching(self, pattern: re.Pattern[str]) -> list[str]:
        """Main parts first, then by number."""
        found = [path for path in self.members if pattern.fullmatch(path)]
        return sorted(found, key=lambda path: (*self._rank(path), path))

    def _rank(self, path: str) -> tuple[int, int]:
        number = _NUMBER.search(path.rpartition("/")[2])
        main = path.endswith(("document.xml", "content.xml")) or "/slides/" in path or "/worksheets/" in path
        return (0 if main else 1, int(number[0][:9]) if number else 0)

    def _parsed(self, path: str, handler: ContentHandler, out: list[str]) -> Iterator[str]:
        """Feed a part to a handler and hand on what it has taken."""
        parser = defusedxml.sax.make_parser()
        parser.forbid_dtd = True
        parser.setFeature(feature_namespaces, True)
        parser.setContentHandler(handler)
        with self.members[path].open() as opened:
            stream = Metered(opened, self.budget)
            while chunk := stream.read(_CHUNK):
                parser.feed(chunk)
                if out:
                    yield "".join(out)
                    out.clear()
        parser.close()
        yield "".join((*out, "\n"))

    def _words(self, path: str, shape: Shape) -> Iterator[str]:
        out: list[str] = []
        yield from self._parsed(path, _Words(out.append, shape), out)

    def _sheets(self) -> Iterator[str]:
        shared = _Shared()
        if _SHARED in self.members:
            for _ in self._parsed(_SHARED, shared, []):
                pass
        for path in self._matching(_SHEETS):
            out: list[str] = []
            yield from self._parsed(path, _Cells(out.append, shared.texts), out)
        for path in self._matching(_BESIDE_SHEETS):
            yield from self._words(path, _OOXML)


class _Shared(_Tags):
    """The texts that cells of a workbook name by number."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.parts: list[str] = []
        self.inside = False
        self.phonetic = False

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """A tag opens."""
        self.inside = name == "t" and not self.phonetic
        self.phonetic = self.phonetic or name == "rPh"

    def closed(self, name: str) -> None:
        """A tag closes."""
        self.inside = False
        if name == "rPh":
            self.phonetic = False
        elif name == "si":
            self.texts.append("".join(self.parts))
            self.parts.clear()

    def characters(self, content: str) -> None:
        """Words."""
        if self.inside:
            self.parts.append(content)


class _Cells(_Tags):
    """The cells of a sheet: a tab between them, a line for each row; formulas beside their results are left out."""

    def __init__(self, take: Callable[[str], None], shared: list[str]) -> None:
        super().__init__()
        self.take = take
        self.shared = shared
        self.kind = ""
        self.value: list[str] = []
        self.inside = False
        self.first = True

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """A tag opens."""
        if name == "c":
            self.kind = attributes.get("t", "")
            self.value.clear()
        self.inside = name in ("v", "t")

    def closed(self, name: str) -> None:
        """A tag closes."""
        self.inside = False
        if name == "c":
            text = "".join(self.value)
            if self.kind == "s":
                number = int(text) if _NUMBER.fullmatch(text) and len(text) < 10 else -1
                text = self.shared[number] if 0 <= number < len(self.shared) else ""
            if text:
                self.take(text if self.first else f"\t{text}")
                self.first = False
        elif name == "row":
            self.take("" if self.first else "\n")
            self.first = True

    def characters(self, content: str) -> None:
        """Part of a value."""
        if self.inside:
            self.value.append(content)
