"""Cellebrite UFED / Physical Analyzer: the XML report of a phone's extraction, in its `.ufdr` zip or alone.

Fields kept: of chats all fields and participants (one directory entry each), of messages sender, recipients, text, time
with its offset, attachments joined to the report's files, quoted, answered and forwarded messages, contacts and
positions sent along, self-destruct timers, labels; reactions and read times as entries of their own; calls, mails,
texts, contacts and user accounts; every other model whole, as an entry of unknown kind. What has no column of the
event is in the attributes under the report's own names. What was recovered from deleted data is flagged
`recovered-deleted`. Secrets are removed and named as stripped: addresses of attachments, passwords, keys, tokens.
Implied losses: what the examiner did not select or decode; edits, unless the app keeps them; times without a known
zone (`unknown`); the database row from which a model was decoded and the case's own data (`extraInfos`,
`caseInformation`, `metadata`), which tell of the examination and not of the records; of more than 400,000 attachments
only the place that the message itself gives.
Ids: the app's own message id (`Identifier`), scoped by the chat; where it is short enough to be a row number of one
phone, also by the phone's account and the time. Model ids are new in each report and are no ids. The conversation is
the chat's id, scoped by the account where it may not be the same on other phones; for one other person it is both
people's ids where the chat's id is one of them; for the phone's own texts the set of phone numbers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from pipeline.intake.formats.ufed_drafts import Drafts, Mark
from pipeline.intake.formats.ufed_files import FILE_ID, TaggedFiles
from pipeline.intake.formats.ufed_messages import MESSAGES, Messages
from pipeline.intake.formats.ufed_model import Model
from pipeline.intake.formats.ufed_others import Others
from pipeline.intake.formats.ufed_plan import ACTIVITIES, CHAT, Plan
from pipeline.intake.formats.ufed_talk import Talk
from pipeline.intake.place import Entry, Place
from pipeline.intake.xml_elements import RAW, WHOLE, BrokenXml, XmlClosed, XmlElement, XmlOpened, XmlRaw, xml_elements
from pipeline.intake.xml_nodes import BadXml, Node, parse_element

NAME = "ufed"
TWO_PASSES = True
_ROOT: Final = re.compile(rb"<project\s[^<>]*(?:cellebrite|extractionType)", re.IGNORECASE)
_INSIDE: Final = re.compile(rb"<modelType\s[^<>]*type=\"|<model\s[^<>]*type=\"(?:Chat|InstantMessage|SMS|Call)\"")
_HEADERS_KEPT: Final = 64 << 20


def sniff(head: bytes) -> bool:
    """The root of such a report, or its models."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith(b"<") and (_ROOT.search(text) is not None or _INSIDE.search(text) is not None)


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The entries of a report; the first pass learns what stands in chats behind their messages."""
    survey = _survey(stream, place)
    stream.seek(0)
    report = _Report(place, survey)
    for item in xml_elements(stream, Plan(WHOLE), place.limits.document_bytes, place.limits.json_depth):
        match item:
            case XmlElement():
                yield from report.element(item)
            case XmlRaw():
                yield from report.raw(item)
            case XmlOpened():
                yield from report.opened(item)
            case XmlClosed():
                yield from report.closed(item)
            case BrokenXml():
                yield report.broken(item)


@dataclass(slots=True)
class _Survey:
    """What the first pass found."""

    headers: list[list[XmlRaw] | None] = field(default_factory=list)
    """Per chat, the elements beside its messages; None where there are too many to keep."""
    wanted: set[bytes] = field(default_factory=set)
    """Ids of files that messages name."""


def _survey(stream: BinaryIO, place: Place) -> _Survey:
    survey, kept, lists = _Survey(), 0, _Lists()
    for item in xml_elements(stream, Plan(RAW), place.limits.document_bytes, place.limits.json_depth):
        match item:
            case XmlOpened():
                lists.opened(item.role)
                if item.role == CHAT:
                    survey.headers.append([] if kept < _HEADERS_KEPT else None)
            case XmlClosed():
                lists.closed(item.role)
            case XmlRaw():
                if item.name == b"model":
                    survey.wanted.update(FILE_ID.findall(item.data))
                elif lists.innermost == CHAT and (header := survey.headers[-1]) is not None:
                    header.append(item)
                    kept += len(item.data) + 200
    return survey


class _Lists:
    """The lists that are open."""

    def __init__(self) -> None:
        self.open: list[str] = []

    @property
    def innermost(self) -> str:
        return self.open[-1] if self.open else ""

    def opened(self, role: str) -> None:
        self.open.append(role)

    def closed(self, role: str) -> None:
        while self.open and self.open.pop() != role:
            pass


class _Report:
    """The entries of one report, numbered in their order."""

    def __init__(self, place: Place, survey: _Survey) -> None:
        self.place = place
        self.headers = iter(survey.headers)
        self.files = TaggedFiles(survey.wanted)
        self.drafts = Drafts(place, NAME, self.files)
        self.messages, self.others = Messages(self.drafts), Others(self.drafts)
        self.number = 0
        self.lists = _Lists()
        self.talk: Talk | None = None
        self.chat: dict[str, str] = {}
        self.header: list[Node] = []
        self.pending = hashlib.sha256()
        self.known = False

    def opened(self, item: XmlOpened) -> Iterator[Entry]:
        """A list begins; of a chat, its own entry is known from the first pass."""
        self.lists.opened(item.role)
        if item.role != CHAT:
            return
        self.chat, self.header, self.pending, self.talk = item.attributes, [], hashlib.sha256(), None
        header = next(self.headers, None)
        self.known = header is not None
        for raw in header or ():
            self._add(raw)
        if self.known:
            yield self._chat()

    def closed(self, item: XmlClosed) -> Iterator[Entry]:
        """A list ends."""
        self.lists.closed(item.role)
        if item.role == CHAT:
            yield from self._flush()
            self.talk = None

    def raw(self, item: XmlRaw) -> Iterator[Entry]:
        """A file of the report's list, or a part of a chat beside its messages."""
        if item.name == b"file":
            self.files.add(item.data, item.codec, self.place.limits.json_depth)
        elif self.lists.innermost == CHAT and (problem := self._add(item, keep=not self.known)):
            self.number += 1
            yield self.place.quarantined(problem.reason, self.number, item.data, detail=problem.detail)

    def _add(self, item: XmlRaw, keep: bool = True) -> BadXml | None:
        try:
            node, _ = parse_element(item.data, item.codec, self.place.limits.json_depth)
        except BadXml as problem:
            return problem
        if keep:
            self.header.append(node)
            self.pending.update(item.data)
        return None

    def _flush(self) -> Iterator[Entry]:
        """The entry of a chat that was too large for the first pass, as far as it was read."""
        if not self.known and (self.header or self.talk is None):
            yield self._chat()

    def _chat(self) -> Entry:
        node = Node("model", dict(self.chat))
        node.children, self.header = self.header, []
        model = Model(node)
        self.talk = self.talk or self.drafts.talks.of_chat(model)
        self.number += 1
        return self.messages.chat(model, self.talk, Mark(self.number, False, self.pending.hexdigest()))

    def element(self, item: XmlElement) -> Iterator[Entry]:
        """A model, or whatever lies in its place."""
        in_chat = CHAT in self.lists.open
        if in_chat:
            yield from self._flush()
        self.number += 1
        mark = Mark(self.number, item.repaired, item.sha256)
        if item.node.name != "model":
            yield self.messages.stray(item.node.as_json(), self.talk, mark)
            return
        model = Model(item.node)
        if in_chat and self.talk and self.lists.innermost == ACTIVITIES:
            yield self.messages.activity(model, self.talk, mark)
        elif model.type in MESSAGES:
            yield from self.messages.message(model, self.talk if in_chat else None, mark)
        else:
            yield from self.others.events(model, mark)

    def broken(self, item: BrokenXml) -> Entry:
        """A part that is no element."""
        self.number += 1
        return self.place.quarantined(item.reason, self.number, detail=item.detail, size=item.size, sha256=item.sha256)
