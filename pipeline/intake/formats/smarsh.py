"""Delivery manifests of Smarsh Capture Mobile (TeleMessage): the `.mf` file in a zip of mails.

Fields kept: each file that the manifest lists is a directory entry (`manifest`); further columns of its line are in
`attributes.line`, the manifest's own fields in `attributes.manifest` of the first one. The manifest is held against
the delivery: another number of mails than stated (`manifest-count-differs`), a listed file that is missing
(`manifest-file-missing`), a file that is not listed (`manifest-file-unlisted`) and an empty one
(`manifest-empty-file`) are each a quarantined entry that names the member. The mails themselves are read as mails.
Implied losses: a manifest says what was delivered, never what was captured. Where the capture tool put a whole day of a
conversation into one mail, that mail is one message, since its layout is the customer's own choice; the same words may
come a second time in mails of one message each. Participants are shown as the customer configured it.
Ids: the path of the listed file. The mails carry their `Message-ID`; X- fields of the capture tool are kept verbatim.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

import orjson

from pipeline.intake.lines import TooLong, split_lines
from pipeline.intake.mime.headers import eight_bit
from pipeline.intake.mime.sniff import start_of_mail
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Entry, Place
from pipeline.model import Event, EventKind

NAME = "smarsh-manifest"
TWO_PASSES = False
_COUNT: Final = re.compile(rb"(?im)^[ \t]*Count[ \t]*[:=][ \t]*(\d{1,9})[ \t]*\r?$")
_FIELD: Final = re.compile(r"([A-Za-z][A-Za-z0-9 _-]{0,40}?)[ \t]*[:=][ \t]*(.*)")
_FILE: Final = re.compile(r"[^\x00-\x1f:*?\"<>|]{1,240}\.[A-Za-z0-9]{1,5}")
_COLUMNS: Final = re.compile(r"[\t;,|]")
_LISTS: Final = frozenset(("file", "files", "filename", "file name", "name", "files list", "file list", "list"))
_LONGEST_LINE: Final = 1 << 12
_MAIL: Final = ".eml"


def sniff(head: bytes) -> bool:
    """A line `Count:`, and nothing beside it but fields and names of files."""
    text = head[start_of_mail(head) :]
    if b"\0" in text or not _COUNT.search(text):
        return False
    lines = [line.strip() for line in eight_bit(text).split("\n")[:200] if line.strip()]
    whole = lines if len(head) < (1 << 16) else lines[:-1]
    return all(len(line) < _LONGEST_LINE and (_FIELD.fullmatch(line) or _named(line)) for line in whole)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A line of the manifest that names a file."""

    line: int
    text: str
    candidates: Sequence[str]
    """What the name may be: the whole line, or its first column."""


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """A directory entry for each listed file, then one quarantined entry for each contradiction."""
    listed: list[_Listed] = []
    fields: dict[str, str] = {}
    count, count_line = -1, 1
    for line in split_lines(stream, place.limits.line_bytes):
        if isinstance(line.data, TooLong):
            yield place.quarantined("line-too-long", line.number, size=line.data.size, sha256=line.data.sha256)
            continue
        text = eight_bit(line.data).strip()
        field = _FIELD.fullmatch(text)
        if stated := _COUNT.fullmatch(line.data):
            count, count_line = int(stated[1]), line.number
        elif found := _names(text, field):
            listed.append(_Listed(line.number, text, found))
        elif field:
            fields[field[1]] = field[2]
        elif text:
            yield place.quarantined("stray-text", line.number, line.data)
    delivery = _Delivery(place, listed)
    for number, entry in enumerate(listed):
        yield delivery.event(entry, fields if number == 0 else {})
    yield from delivery.contradictions(count, count_line)


def _named(text: str) -> str:
    """A file name that a line is or starts with; empty when there is none."""
    first = _COLUMNS.split(text, maxsplit=1)[0].strip().strip('"')
    return first if _FILE.fullmatch(first) else ""


def _names(text: str, field: re.Match[str] | None) -> list[str]:
    if field and field[1].lower() in _LISTS:
        text = field[2].strip()
    elif field:
        return []
    plain = text.strip('"')
    return list(dict.fromkeys(name for name in (plain, _named(text)) if _FILE.fullmatch(name)))


class _Delivery:
    """The files beside a manifest, and those that it lists."""

    def __init__(self, place: Place, listed: Sequence[_Listed]) -> None:
        self.place = place
        self.event_id = place.event_ids()
        own = place.name.rpartition("/")[2]
        self.present = {path: path for path in place.siblings() if path != own and not path.lower().endswith(".mf")}
        by_name: dict[str, str] = {}
        for path in self.present:
            by_name.setdefault(path.rpartition("/")[2], path)
        self.found = {entry.line: self._find(entry, by_name) for entry in listed}
        self.listed = listed

    def _find(self, entry: _Listed, by_name: dict[str, str]) -> str:
        """The file that a line means: by its path, else by its name alone."""
        paths = [name.replace("\\", "/").removeprefix("./") for name in entry.candidates]
        known = next((path for path in paths if path in self.present), "")
        return known or next((by_name[name] for path in paths if (name := path.rpartition("/")[2]) in by_name), "")

    def event(self, entry: _Listed, fields: dict[str, str]) -> Event:
        draft, place = OpenEvent(), self.place
        name = entry.candidates[0] if not self.found[entry.line] else self.found[entry.line]
        draft.event_kind, draft.subkind = EventKind.DIRECTORY, "manifest"
        draft.event_id = self.event_id(entry.line)
        draft.source, draft.format = "email", NAME
        draft.custodian, draft.network = place.source.custodian, place.source.network
        draft.conversation_id = ""
        draft.vendor_id = name
        attributes = {"line": entry.text, **({"manifest": fields} if fields else {})}
        draft.attributes = orjson.dumps(attributes, option=orjson.OPT_SORT_KEYS).decode()
        draft.raw_sha256 = hashlib.sha256(entry.text.encode()).hexdigest()
        draft.object_key, draft.version_id, draft.member = place.object_key, place.version_id, place.member
        draft.line = entry.line
        return draft.seal()

    def contradictions(self, count: int, line: int) -> Iterator[Entry]:
        """Where the manifest and the files beside it do not agree."""
        place = self.place
        mails = [path for path in self.present if path.lower().endswith(_MAIL)]
        if count != len(mails):
            told = f"states {max(count, 0)}, holds {len(mails)}"
            yield place.quarantined("manifest-count-differs", line, detail=told)
        for entry in self.listed:
            if not self.found[entry.line]:
                yield place.quarantined("manifest-file-missing", entry.line)
        known = set(self.found.values())
        only_mails = all(path.lower().endswith(_MAIL) for path in known if path)
        for path in self.present if not only_mails else mails:
            if path not in known:
                yield place.quarantined("manifest-file-unlisted", line, detail=path)
        for path in self.present:
            if place.beside(path, 0) == b"":
                yield place.quarantined("manifest-empty-file", line, detail=path)
