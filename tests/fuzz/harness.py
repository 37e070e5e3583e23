"""Reads a damaged file in every way that intake may meet it, and holds what comes out against what must be true.

The rules hold for any bytes: nothing but an entry comes out, each names its place, lines = events + quarantined, no
quarantined entry quotes the file, every event fits the lake, and the same bytes give the same entries.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import process_time
from typing import Any, BinaryIO, Final, cast

import orjson

from pipeline.intake.formats import DATABASES, FORMATS
from pipeline.intake.limits import Limits
from pipeline.intake.neighbours import Memory
from pipeline.intake.parse import event_line
from pipeline.intake.place import DatabaseReader, Entry, Place, Reader
from pipeline.intake.read import read_object
from pipeline.intake.sources import Source, Sources
from pipeline.model import EVENT_SCHEMA, QUARANTINE_SCHEMA, CaptureObject, Event, Quarantined, to_batch
from pipeline.report.vocabulary import REASONS
from pipeline.storage import Blob, FolderZone, ObjectInfo, Zone
from tests.fuzz.seed import OWN_PLACE, Seed

READERS: Final[Mapping[str, Reader]] = {reader.NAME: reader for reader in FORMATS}
DATABASE_READERS: Final[Mapping[str, DatabaseReader]] = {reader.NAME: reader for reader in DATABASES}
SECONDS: Final = 5.0
"""What a small file may take of CPU time: a hundred times what it does, so that only a hang or a runaway is caught."""
SLOWEST: Final = 50_000
"""Bytes per second that a large file must be read with, whatever it holds."""
SMALL: Final = Limits(line_bytes=1 << 20, document_bytes=1 << 20, member_bytes=8 << 20, archive_bytes=16 << 20)
EARLIEST: Final = -62_135_596_800_000_000
LATEST: Final = 253_402_300_800_000_000
"""The years 1 to 9999 in UTC, which is what dates can be shown for."""
WHOLE_OBJECT: Final = frozenset(("unknown-format", "empty-file", "database-broken", "count-differs"))
"""Reasons that are about a text as a whole and so name no line."""
OF_CONTAINERS: Final = ("zip-", "sealed-", "gzip-")
"""Starts of reasons that are about what holds a text."""
_CODE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ID: Final = re.compile(r"[0-9A-Za-z_-]{32}")
_EVENT_ID: Final = re.compile(r"[0-9A-Za-z_-]{32}")
_WORD: Final = re.compile(r"[^\W\d_]{6,}")


class Violated(AssertionError):
    """Something came out that must not; the first argument names the rule."""


@dataclass(slots=True)
class Reading:
    """What came out of one file."""

    entries: list[Entry] = field(default_factory=list)
    objects: list[CaptureObject] = field(default_factory=list)

    @property
    def events(self) -> list[Event]:
        """The events, in order."""
        return [entry for entry in self.entries if isinstance(entry, Event)]

    @property
    def quarantined(self) -> list[Quarantined]:
        """The quarantined entries, in order."""
        return [entry for entry in self.entries if isinstance(entry, Quarantined)]


class Held(Memory):
    """Files beside a text, held in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self.files = files

    def read(self, path: str, limit: int) -> bytes | None:
        """A file's bytes."""
        data = self.files.get(path)
        return data if data is not None and len(data) <= limit else None

    def names(self, folder: str) -> Sequence[str]:
        """Paths below a folder."""
        return sorted(path for path in self.files if path.startswith(f"{folder}/" if folder else ""))


class Dribble(io.RawIOBase):
    """A stream that cannot seek and gives few bytes at a time, as a network may."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__()
        self.rest = io.BytesIO(data)
        self.step = step

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a few bytes of the buffer."""
        view = memoryview(cast(bytearray, buffer))
        data = self.rest.read(min(self.step, len(view)))
        view[: len(data)] = data
        return len(data)


def place_of(seed: Seed, data: bytes) -> Place:
    """Where the seed stands when its reader is called without intake around it."""
    return Place(
        object_key=seed.key,
        version_id="v1",
        source=Source(**{"timezone": seed.timezone, **seed.source}),
        content_sha256="0" * 64,
        limits=SMALL,
        neighbours=Held({**seed.beside, seed.key: data}),
    )


def read_straight(seed: Seed, data: bytes, step: int = 0) -> Reading:
    """The reader alone, on these bytes; with `step` from a stream that cannot seek and gives few bytes at a time."""
    place = place_of(seed, data)
    with _in_time(seed, data):
        if seed.reader in DATABASE_READERS:
            with tempfile.NamedTemporaryFile(suffix=".db") as file:
                file.write(data)
                file.flush()
                return Reading(list(DATABASE_READERS[seed.reader].read(Path(file.name), place)))
        reader = READERS[seed.reader]
        stream: BinaryIO = io.BytesIO(data)
        if step and not reader.TWO_PASSES:
            stream = io.BufferedReader(Dribble(data, step))
        return Reading(list(reader.read(stream, place)))


def read_in_zone(seed: Seed, data: bytes, folder: Path) -> Reading:
    """The way of a real object: judged by content in a zone that is a folder."""
    zone = FolderZone(folder)
    for key, content in {**seed.beside, seed.key: data}.items():
        path = zone.path(key)
        if not path.is_file() or key == seed.key:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return _read_object(seed, data, zone, seed.key)


def read_in_zip(seed: Seed, data: bytes, folder: Path) -> Reading:
    """The same file as a member of a zip, with its neighbours."""
    zone, key = FolderZone(folder), "zipped/one.zip"
    path = zone.path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zip_of({**seed.beside, seed.key: data}))
    return _read_object(seed, data, zone, key)


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """A zip of these members, the same bytes every time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def read_held(seed: Seed, data: bytes) -> Reading:
    """As an object of a zone that lies in memory."""
    return _read_object(seed, data, cast(Zone, HeldZone({**seed.beside, seed.key: data})), seed.key)


def check(seed: Seed, data: bytes) -> None:
    """Any bytes at all, by the seed's reader alone and as an object: the rules that hold for all of them.

    Raises:
        Violated: Named by the rule.
    """
    straight = read_straight(seed, data)
    hold(straight.entries)
    stored = read_held(seed, data)
    hold(stored.entries)
    if data and not stored.entries and not stored.objects:
        raise Violated("nothing-came-out")
    if len(data) % 8 == 0 and straight.entries != read_straight(seed, data).entries:
        raise Violated("not-the-same-twice")


class HeldZone:
    """What intake asks of a captures zone, over files in memory."""

    url = "memory:"

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def iter_objects(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Files under the prefix, by key."""
        for key in sorted(self.files):
            if key.startswith(prefix):
                yield self.info(key)

    def info(self, key: str) -> ObjectInfo:
        """One row of the listing."""
        return ObjectInfo(key=key, version_id="", size=len(self.files[key]), modified_utc=0)

    def get(self, key: str, version_id: str = "") -> Blob:
        """Open a file."""
        return Blob(stream=io.BytesIO(self.files[key]), size=len(self.files[key]))

    def exists(self, key: str) -> bool:
        """Whether there is one."""
        return key in self.files


def _read_object(seed: Seed, data: bytes, zone: Zone, key: str) -> Reading:
    info = ObjectInfo(key=key, version_id="", size=len(data), modified_utc=0)
    row = {"prefix": "", "custodian": "", "account": "official", "timezone": seed.timezone, **seed.source}
    sources = Sources.model_validate({"sources": [row]})
    with _in_time(seed, data), read_object(zone, info, sources, limits=SMALL) as reading:
        found = Reading(list(reading), reading.objects)
    _hold_count_equation(found)
    return found


@contextmanager
def _in_time(seed: Seed, data: bytes) -> Iterator[None]:
    began = process_time()
    yield
    if (took := process_time() - began) > SECONDS + len(data) / SLOWEST:
        raise Violated("too-slow", seed.id, f"{took:.1f} s for {len(data)} bytes")


def _hold_count_equation(reading: Reading) -> None:
    rows = reading.objects
    if any(row.lines != row.events + row.quarantined for row in rows):
        raise Violated("count-equation")
    if sum(row.events for row in rows) != len(reading.events):
        raise Violated("count-of-events")
    if sum(row.quarantined for row in rows) != len(reading.quarantined):
        raise Violated("count-of-quarantined")
    if len({(row.object_key, row.version_id, row.member) for row in rows}) != len(rows):
        raise Violated("object-rows-repeat")


def hold(entries: Sequence[Entry], secret_words: frozenset[str] = frozenset()) -> None:
    """What must be true of the entries of any file.

    Raises:
        Violated: Named by the rule.
    """
    for entry in entries:
        if isinstance(entry, Event):
            _hold_event(entry)
        elif isinstance(entry, Quarantined):
            _hold_quarantined(entry, secret_words)
        else:
            raise Violated("neither-event-nor-quarantined", type(entry).__name__)
    hold_apart(entries)
    hold_fit(entries)


def hold_apart(entries: Iterable[Entry]) -> None:
    """No two events share an id."""
    ids = [entry.event_id for entry in entries if isinstance(entry, Event)]
    if len(set(ids)) != len(ids):
        raise Violated("event-id-repeats")


def unlike(entries: Iterable[Entry], known: Mapping[int, Sequence[Entry]]) -> list[Entry]:
    """The entries that are not just as they were in the whole file."""
    return [entry for entry in entries if entry not in known.get(entry.line, ())]


def hold_fit(entries: Iterable[Entry]) -> None:
    """Every entry can be written to the lake and printed by `foia parse`; fails for lone surrogates among others."""
    held = list(entries)
    events = [entry for entry in held if isinstance(entry, Event)]
    to_batch(events, EVENT_SCHEMA).validate(full=True)
    to_batch([entry for entry in held if isinstance(entry, Quarantined)], QUARANTINE_SCHEMA).validate(full=True)
    for event in events:
        event_line(event)


def _hold_event(event: Event) -> None:
    if not (event.object_key and event.line >= 1 and _EVENT_ID.fullmatch(event.event_id)):
        raise Violated("event-without-place", event.line)
    if len(event.raw_sha256) != 64:
        raise Violated("event-without-digest", event.line)
    if not (event.source and event.format and event.event_kind):
        raise Violated("event-without-kind", event.line)
    if any(at is not None and not EARLIEST <= at < LATEST for at in (event.ts_utc, event.expires_utc)):
        raise Violated("time-outside-the-calendar", event.line)
    for name, values in (("flags", event.flags), ("stripped", event.stripped)):
        if list(values) != sorted(set(values)):
            raise Violated(f"{name}-not-sorted", event.line)
    attributes = orjson.loads(event.attributes)
    if not isinstance(attributes, dict) or list(attributes) != sorted(attributes):
        raise Violated("attributes-not-sorted-object", event.line)


def _hold_quarantined(entry: Quarantined, secret_words: frozenset[str]) -> None:
    if not _CODE.fullmatch(entry.reason) or entry.reason not in REASONS:
        raise Violated("reason-without-words", entry.reason)
    if not entry.object_key:
        raise Violated("quarantined-without-place", entry.reason)
    if entry.line < 1 and entry.reason not in WHOLE_OBJECT and not entry.reason.startswith(OF_CONTAINERS):
        raise Violated("quarantined-without-line", entry.reason)
    if told := sorted(secret_words.intersection(map(str.casefold, _WORD.findall(entry.detail)))):
        raise Violated("detail-quotes-the-file", entry.reason, len(told))


def secret_words(entries: Iterable[Entry]) -> frozenset[str]:
    """The words of six letters and more that the file's people wrote or are called by."""
    said: set[str] = set()
    for event in entries:
        if isinstance(event, Event):
            names = [attachment.name for attachment in event.attachments]
            texts = (event.body or "", event.conversation_title, event.sender_display, event.sender_id, *names)
            said.update(word.casefold() for text in texts for word in _WORD.findall(text))
    return frozenset(said)


def by_element(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    """Entries in groups, one for each line or element they stand on, in order."""
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.line, []).append(entry)
    return groups


def hold_kept(seed: Seed, whole: Sequence[Entry], damaged: Sequence[Entry], intact: int) -> None:
    """Every element that lies complete in the first `intact` bytes comes out as it does of the whole file.

    Raises:
        Violated: One is missing or says something else.
    """
    groups = list(by_element(whole).values())[seed.in_head : seed.in_head + seed.complete(intact)]
    found = by_element(damaged)
    lost = [entry for group in groups for entry in group if not _is_among(seed, entry, found.get(entry.line, ()))]
    if lost:
        raise Violated(
            "element-before-the-damage-lost", seed.id, f"{len(lost)} entries, the first of line {lost[0].line}"
        )


def hold_others(seed: Seed, whole: Sequence[Entry], damaged: Sequence[Entry], changed: int) -> None:
    """Every element but one comes out as it does of the whole file, and that one is not lost without a word.

    Raises:
        Violated: One is missing or says something else.
    """
    groups, found = list(by_element(whole).items()), by_element(damaged)
    changed += seed.in_head
    for number, (line, group) in enumerate(groups):
        if number == changed:
            continue
        if not all(_is_among(seed, entry, found.get(line, ())) for entry in group):
            raise Violated("another-element-changed", seed.id, f"line {line}, by the one of line {groups[changed][0]}")
    if len(found) < len(groups) and not any(isinstance(entry, Quarantined) for entry in damaged):
        raise Violated("lost-without-a-row", seed.id, f"line {groups[changed][0]}")


def _is_among(seed: Seed, entry: Entry, found: Sequence[Entry]) -> bool:
    if entry in found:
        return True
    if not seed.settled:
        return any(one.raw_sha256 == entry.raw_sha256 for one in found)
    return _said(seed, entry) in (_said(seed, one) for one in found)


def _said(seed: Seed, entry: Entry) -> Entry:
    """The entry without what says where it stands and what the whole text decides."""
    if not isinstance(entry, Event):
        return entry
    blank: dict[str, Any] = dict.fromkeys(OWN_PLACE | seed.learnt, "")
    attachments = tuple(
        replace(one, object_key="", version_id="", member=one.member.rpartition("!/")[2]) for one in entry.attachments
    )
    return replace(entry, **{"attachments": attachments, **blank})
