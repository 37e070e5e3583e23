"""The manifest of an RSMF file, of any size: first who and where, then the events in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, Final

import orjson

from pipeline.intake.formats.rsmf_container import digest_of
from pipeline.intake.formats.rsmf_events import RsmfEvents
from pipeline.intake.formats.rsmf_people import People, text_of
from pipeline.intake.json_elements import Broken, Element, split_elements
from pipeline.intake.lines import TooLong
from pipeline.intake.place import Entry, Place
from pipeline.intake.strict_json import BadJson, parse_object
from pipeline.model import Attachment, Event, EventKind

_PEOPLE: Final = ("participants",)
_TALKS: Final = ("conversations",)
_EVENTS: Final = ("events",)
_COLLECTION: Final = ("eventcollectionid",)
_VERSION: Final = ("version",)
_BUT_EVENTS: Final = (_PEOPLE, _TALKS, _COLLECTION, _VERSION)
_PATHS: Final = (*_BUT_EVENTS, _EVENTS)
_ENTRIES: Final = frozenset((_PEOPLE, _TALKS, _EVENTS))


class Manifest:
    """Reads one manifest. `events` is the number of elements of its list of events when the reading has ended."""

    def __init__(self, place: Place, format_name: str) -> None:
        self.place = place
        self.format = format_name
        self.files: Mapping[str, Attachment] = {}
        self.inside = False
        self.parts: tuple[Attachment, ...] = ()
        """Attachments of the mail around it."""
        self.header: dict[str, Any] = {}
        self.header_collection = ""
        self.events = 0

    def entries(self, stream: BinaryIO) -> Iterator[Entry]:
        """The manifest itself as line 1, then its elements from line 2 on."""
        limits = self.place.limits
        digest = digest_of(stream)
        size = stream.seek(0, 2)
        stream.seek(0)
        held: list[Element | Broken] | None = None
        if size <= limits.line_bytes:
            held = list(split_elements(stream, _PATHS, limits.document_bytes))
            self._keep_rest(stream)
        people, scalars = self._learn(held or split_elements(stream, _BUT_EVENTS, limits.document_bytes))
        collection = scalars.get("eventcollectionid", "") or self.header_collection
        maker = RsmfEvents(self.place, self.format, people, collection, digest)
        maker.files, maker.inside = self.files, self.inside
        yield self._own(maker, scalars, digest)
        stream.seek(0)
        yield from self._all(maker, held or split_elements(stream, _PATHS, limits.document_bytes))

    def _keep_rest(self, stream: BinaryIO) -> None:
        """What stands beside the lists in a manifest that is small enough to be read whole."""
        stream.seek(0)
        try:
            document = orjson.loads(stream.read())
        except ValueError:
            return
        if isinstance(document, dict):
            rest = {name: value for name, value in document.items() if (name,) not in _ENTRIES}
            self.header["manifest"] = rest

    def _learn(self, elements: Iterable[Element | Broken]) -> tuple[People, dict[str, str]]:
        people, scalars = People(), dict[str, str]()
        for element in elements:
            if isinstance(element, Broken) or isinstance(element.data, TooLong) or element.array == _EVENTS:
                continue
            if element.array in (_COLLECTION, _VERSION):
                scalars.setdefault(element.array[0], _scalar(element.data))
                continue
            try:
                row, _ = parse_object(element.data, self.place.limits.json_depth)
            except BadJson:
                continue
            if element.array == _PEOPLE:
                people.add_participant(row)
            else:
                people.add_conversation(row)
        return people, scalars

    def _own(self, maker: RsmfEvents, scalars: Mapping[str, str], digest: str) -> Event:
        draft = maker.open(1, 0, digest, maker.people.source())
        draft.event_kind, draft.subkind = EventKind.DIRECTORY, "manifest"
        draft.vendor_id = maker.scope
        draft.attachments = self.parts
        attributes = {"manifest": dict(scalars), **self.header}
        draft.attributes = orjson.dumps(attributes, option=orjson.OPT_SORT_KEYS).decode()
        return draft.seal()

    def _all(self, maker: RsmfEvents, elements: Iterable[Element | Broken]) -> Iterator[Entry]:
        line = 1
        for element in elements:
            if isinstance(element, Broken):
                yield self.place.quarantined(element.reason, line + 1, size=element.size, sha256=element.sha256)
            elif element.array in _ENTRIES:
                line += 1
                self.events += element.array == _EVENTS
                yield from self._one(maker, element, line)

    def _one(self, maker: RsmfEvents, element: Element, line: int) -> Iterator[Entry]:
        data = element.data
        if isinstance(data, TooLong):
            yield self.place.quarantined("line-too-long", line, size=data.size, sha256=data.sha256)
            return
        try:
            row, repaired = parse_object(data, self.place.limits.json_depth)
        except BadJson as problem:
            yield self.place.quarantined(problem.reason, line, data, detail=problem.detail)
            return
        if element.array == _PEOPLE:
            yield maker.participant(row, line, data)
        elif element.array == _TALKS:
            yield maker.conversation(row, line, data)
        else:
            yield from maker.entry(row, line, data, repaired)


def _scalar(data: bytes) -> str:
    try:
        return text_of(orjson.loads(data))
    except ValueError:
        return ""
