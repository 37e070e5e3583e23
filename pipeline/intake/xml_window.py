"""A window on an XML document: its tags one after the other in bounded memory, and a way past what is none."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import BinaryIO, Final, Protocol

from pipeline.intake.lines import BOM
from pipeline.storage import CHUNK

NAME: Final = rb"[^\s/<>\"'=!?&]++"
_VALUES: Final = rb"(?:[^\"'<>]++|\"[^\"<]*+\"|'[^'<]*+')*+"
TAG: Final = re.compile(rb"<(/?)(" + NAME + rb")" + _VALUES + rb">")
ANY_MARKUP: Final = re.compile(rb"<")
_TAG_SO_FAR: Final = re.compile(rb"</?(?:" + NAME + _VALUES + rb")?")
_DOCTYPE: Final = re.compile(
    rb"<!DOCTYPE(?:[^\"'<>\[\]]++|\"[^\"]*+\"|'[^']*+')*+"
    rb"(?:\[(?:[^\"'\]<]++|\"[^\"]*+\"|'[^']*+'|<!--(?:(?!-->).)*+-->|<\?(?:(?!\?>).)*+\?>|<(?!!--|\?))*+\]\s*+)?>",
    re.DOTALL | re.IGNORECASE,
)
_CDATA: Final = b"<![CDATA["
_ASIDES: Final = {
    b"<!--": re.compile(rb"--(?:>|(?=[^>]))"),
    _CDATA: re.compile(rb"\]\]>"),
    b"<?": re.compile(rb"\?>|<"),
}
"""What is no tag, and how it ends; or what it cannot hold, which shows that its end was lost."""
_OPENERS: Final = (b"<!--", _CDATA, b"<!DOCTYPE")
_HIDING: Final = {_CDATA: b"]]>", b"<!--": b"-->"}
_LARGEST_STEP: Final = 8 << 20
_LONGEST_ASIDE: Final = 1 << 16
_LONGEST_DOCTYPE: Final = 1 << 20
_STRADDLE: Final = 256
_SLASH: Final = ord("/")


class Fault(Exception):
    """The document is broken: all from `begin` to the next match of `pattern` from `onward` is no element."""

    def __init__(
        self, reason: str, begin: int, onward: int, pattern: re.Pattern[bytes] | None = None, detail: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.begin = begin
        self.onward = onward
        self.pattern = pattern
        """None for the starts at which the format reads on."""
        self.detail = detail


class Borders(Protocol):
    """What the format knows of its elements' ends."""

    names: frozenset[bytes]
    """The elements it expects."""

    def border(self, name: bytes) -> bytes:
        """A pattern, without the `<`, of markup that cannot lie in such an element: where its end must be missing."""

    def misplaced(self, name: bytes, before: bytes) -> bool:
        """Whether an element cannot start there inside one of its own name, by the up to 256 bytes before it."""


class Window:
    """`data` is what is held of the document. All before `start`, or before `at` while `start` is -1, is done with."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream = stream
        self.limit = limit
        self.data = self._read(CHUNK).removeprefix(BOM)
        self.at = 0
        self.start = -1

    def _read(self, size: int) -> bytes:
        parts = []
        while size > 0 and (part := self.stream.read(size)):
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @property
    def begin(self) -> int:
        """From where the data is still needed."""
        return self.start if self.start >= 0 else self.at

    def more(self) -> bool:
        """Read on, in steps that grow with what is held. False at the end of the document.

        Raises:
            Fault: `line-too-long`.
        """
        keep = self.begin
        held = len(self.data) - keep
        if held > self.limit:
            hiding = self.data.startswith(_CDATA, self.at)
            raise Fault("line-too-long", keep, self.at if hiding or self.at > keep else self.at + 1)
        chunk = self._read(max(CHUNK, min(held, _LARGEST_STEP)))
        if not chunk:
            return False
        self.data = self.data[keep:] + chunk
        self.at -= keep
        self.start = 0 if self.start >= 0 else -1
        return True

    def tag(self, in_list: bool) -> re.Match[bytes] | None:
        """The next start or end tag, with `at` behind it; None at the end. Comments and instructions are passed over.

        Args:
            in_list: Whether text here is a fault.

        Raises:
            Fault: `invalid-xml`, `xml-dtd`, `stray-text`, `line-too-long` or `truncated-document`.
        """
        while True:
            data, at = self.data, self.at
            begin = data.find(b"<", at)
            if in_list and begin != at and data[at : begin if begin >= 0 else None].strip():
                raise Fault("stray-text", at, at, ANY_MARKUP)
            if begin < 0:
                self.at = len(data)
                if not self.more():
                    return None
                continue
            if match := TAG.match(data, begin):
                self.at = match.end()
                return match
            self.at = begin
            self._pass_over(in_list)

    def _pass_over(self, in_list: bool) -> None:
        """Set `at` behind the markup there that is no tag, or read on where it is not complete."""
        for opening in _ASIDES:
            if self.data.startswith(opening, self.at):
                self._aside(opening, in_list)
                return
        if self.data[self.at : self.at + 9].upper() == b"<!DOCTYPE":
            if match := _DOCTYPE.match(self.data, self.at):
                raise Fault("xml-dtd", self.at, match.end(), ANY_MARKUP)
            if len(self.data) - self.at > _LONGEST_DOCTYPE:
                raise Fault("xml-dtd", self.at, self.at + 1)
            self.more_of_token()
        else:
            self._more_of_tag()

    def _aside(self, opening: bytes, in_list: bool) -> None:
        if opening == _CDATA and in_list:
            raise Fault("stray-text", self.at, self.at + 1, ANY_MARKUP)
        end = _ASIDES[opening].search(self.data, self.at + len(opening))
        if end and end[0].endswith(b">"):
            self.at = end.end()
        elif end or (opening != _CDATA and len(self.data) - self.at > _LONGEST_ASIDE):
            raise Fault("invalid-xml", self.begin, self.at + 1)
        else:
            self.more_of_token()

    def _more_of_tag(self) -> None:
        """Read on because the tag at `at` is not complete; in a long value, on to what may end it.

        Raises:
            Fault: `invalid-xml` where it never will be, or as for `more_of_token`.
        """
        if any(opening.startswith(self.data[self.at : self.at + len(opening)].upper()) for opening in _OPENERS):
            self.more_of_token()
            return
        match = _TAG_SO_FAR.match(self.data, self.at)
        end = match.end() if match else self.at
        quote = self.data[end : end + 1]
        if quote and (quote not in (b'"', b"'") or self._stops(quote, end + 1)):
            raise Fault("invalid-xml", self.begin, self.at + 1)
        seen = len(self.data) - self.at
        self.more_of_token()
        while quote and not self._stops(quote, self.at + seen):
            seen = len(self.data) - self.at
            self.more_of_token()

    def _stops(self, quote: bytes, begin: int) -> bool:
        return self.data.find(quote, begin) >= 0 or self.data.find(b"<", begin) >= 0

    def more_of_token(self) -> None:
        """Read on because the markup at `at` is not complete.

        Raises:
            Fault: `truncated-document`, or `line-too-long`.
        """
        if not self.more():
            raise Fault("truncated-document", self.begin, self.at + 1)

    def rest_of(self, name: bytes, plan: Borders) -> None:
        """Set `at` behind the end of the element of that name whose start tag was the last tag.

        Raises:
            Fault: As for `tag`; also `invalid-xml` where markup follows that shows that its end was lost.
        """
        markup, open_ones = _markup_of(name if name in plan.names else NAME, plan.border(name)), 1
        while open_ones:
            match = markup.search(self.data, self.at)
            if match is None:
                last = self.data.find(b"<", max(self.at, len(self.data) - _STRADDLE))
                self.at = last if last >= 0 else len(self.data)
                self.more_of_token()
            elif match["border"] is not None:
                raise Fault("invalid-xml", self.start, match.start())
            elif match["hiding"] is not None:
                self.at = match.start()
                self._aside(match[0], in_list=False)
            elif match["name"] != name:
                self.at = match.end()
            else:
                open_ones += self._nested(match, plan)

    def _nested(self, match: re.Match[bytes], plan: Borders) -> int:
        """Pass over a start or end of an element's own name: how many more are open now."""
        self.at = match.start()
        if not match["close"] and plan.misplaced(
            match["name"], self.data[max(self.start, self.at - _STRADDLE) : self.at]
        ):
            raise Fault("invalid-xml", self.start, self.at)
        tag = TAG.match(self.data, self.at)
        if tag is None:
            self._more_of_tag()
            return 0
        self.at = tag.end()
        if match["close"]:
            return -1
        return 0 if self.data[self.at - 2] == _SLASH else 1

    def skip(self, fault: Fault, resume: re.Pattern[bytes]) -> tuple[int, str, bool]:
        """Go on to where reading resumes: size and digest of what is passed over, and whether it was all the rest."""
        pattern = fault.pattern or _hiding_too(resume.pattern)
        size, digest, closing, found = 0, hashlib.sha256(), b"", False
        begin, self.at, self.start = fault.begin, min(fault.onward, len(self.data)), -1
        while True:
            closing, found = self._resumed(pattern, closing)
            size += self.at - begin
            digest.update(memoryview(self.data)[begin : self.at])
            if found:
                return size, digest.hexdigest(), False
            chunk = self._read(CHUNK)
            self.data, begin, self.at = self.data[self.at :] + chunk, 0, 0
            if not chunk:
                self.at = len(self.data)
                digest.update(self.data)
                return size + len(self.data), digest.hexdigest(), True

    def _resumed(self, pattern: re.Pattern[bytes], closing: bytes) -> tuple[bytes, bool]:
        """Search what is held: the end still awaited of what hides markup, and whether reading can resume at `at`."""
        while True:
            if closing:
                end = self.data.find(closing, self.at)
                if end < 0:
                    self.at = max(self.at, len(self.data) - len(closing) + 1)
                    return closing, False
                self.at = end + len(closing)
            match = pattern.search(self.data, self.at)
            if match is None:
                last = self.data.find(b"<", max(self.at, len(self.data) - _STRADDLE))
                self.at = last if last >= 0 else len(self.data)
                return b"", False
            closing = _HIDING.get(match[0], b"")
            if not closing:
                self.at = match.start()
                return b"", True
            self.at = match.end()


@lru_cache(maxsize=64)
def _markup_of(name: bytes, border: bytes) -> re.Pattern[bytes]:
    """What matters inside an element: its own name, what cannot lie in it, and what hides markup."""
    return re.compile(
        rb"<(?:(?P<border>" + border + rb")|(?P<close>/?)(?P<name>" + name + rb")(?=[\s/>])"
        rb"|(?P<hiding>!\[CDATA\[|!--))"
    )


@lru_cache(maxsize=64)
def _hiding_too(resume: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"<!\[CDATA\[|<!--|" + resume)
