"""A Slack workspace export, taken twice over overlapping days: zips of JSON, one file per conversation and day.

The channel keeps a log of edits and deletions; other conversations keep the last wording only. Files are links.
"""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.sample.formats.slack_shapes import FEATURES, Entry, Workspace, entries_of, secret_of, stamp, user_id
from pipeline.sample.formats.telling import Place, Shown, Teller, Work, named, place
from pipeline.sample.people import Person
from pipeline.sample.timeline import AGENCY_ZONE
from pipeline.sample.week import Chat, Said, start_of

OWNER = "p-001"
ZONE = ZoneInfo("America/Los_Angeles")
"""The exporter's zone: it decides which day's file holds a message."""
FOLDER = "slack"
_ZIP_TIME = (2026, 11, 2, 9, 0, 0)


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """One workspace, captured as a whole."""
    row = {"prefix": f"{FOLDER}/", "platform": "slack", "custodian": "network", "network": "bis-example"}
    return [{**row, "account": "official"}]


def write(work: Work) -> None:
    """Both exports, conversation by conversation."""
    workspace = Workspace(work.people)
    teller = Teller(work=work, platform="slack")
    chats = _chats(work)
    exports = [
        _Export(work, "BIS Slack export Oct 26 2026 - Oct 29 2026.zip", (0, start_of(4))),
        _Export(work, "BIS Slack export Oct 28 2026 - Nov 1 2026.zip", (start_of(2), start_of(8))),
    ]
    for export in exports:
        for name, rows in workspace.directories(chats).items():
            teller.directory(export.array(name, rows))
    for chat in chats:
        entries = entries_of(chat, work.talk(chat, FEATURES, zone=AGENCY_ZONE, unit=1), workspace)
        placed = [export.chat(workspace.folder(chat), entries) for export in exports]
        found = [[places[number] for places in placed if number in places] for number in range(len(entries))]
        logged: dict[int, list[Place]] = {}
        for entry, places in zip(entries, found, strict=True):
            if not entry.founds:
                logged.setdefault(entry.said.number, []).extend(places)
        for entry, places in zip(entries, found, strict=True):
            _tell(teller, workspace, entry, places, logged.get(entry.said.number, []))
    for export in exports:
        export.put()


def _chats(work: Work) -> list[Chat]:
    """Channels, a conversation of three, and direct ones; the owner of the workspace is in all of them."""
    chats = work.chats(OWNER, work.messages, group="channel", staff_only=True)
    first = next(chat for chat in chats if chat.kind == "dm")
    first.kind, first.name = "group", first.name.replace("-dm-", "-mpim-")
    others = (p for p in work.people if p.role == "supervisor" and p not in first.members)
    first.members.append(next(others))
    return chats


def _tell(teller: Teller, workspace: Workspace, entry: Entry, places: list[Place], logged: list[Place]) -> None:
    """The truth about one entry; the log of its edits shows a message again, as it was before."""
    said = entry.said
    if not places:
        return
    for kind, more in entry.annotations:
        teller.annotation(kind, said, places, **more)
    if not entry.founds:
        return
    sender = _shown(said)
    row: dict[str, Any] = {"vendor_id": f"{workspace.channel(said.chat)}:{stamp(said.ts)}"} | dict(entry.row)
    if said.file is not None and "attachments" not in row:
        name = "" if said.file.absent else said.file.name
        row["attachments"] = [{"name": name, "sha256": "", "inside": False}]
    if logged:
        row["history"] = True
    truth_id = teller.message(said, [*places, *logged], sender, **row)
    if said.file is not None and said.file.absent is False:
        teller.work.truth.secret(truth_id, "files.url_private", secret_of(said))


def _shown(said: Said) -> Shown:
    shown = named(said.sender)
    return Shown(names=(user_id(said.sender), *shown.names), spans=shown.spans)


@dataclass(slots=True)
class _Export:
    """One zip while it is written."""

    work: Work
    name: str
    period: tuple[int, int]
    path: Path = field(init=False)
    out: zipfile.ZipFile = field(init=False)

    def __post_init__(self) -> None:
        self.path = self.work.scratch / f"slack-{self.period[0]}.zip"
        self.out = zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED)

    @property
    def key(self) -> str:
        """Its key among the captures."""
        return f"{FOLDER}/{self.name}"

    def array(self, member: str, rows: Iterable[Mapping[str, Any]]) -> list[Place]:
        """One JSON file that is an array; the places of its elements."""
        held = list(rows)
        info = zipfile.ZipInfo(member, _ZIP_TIME)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        self.out.writestr(info, json.dumps(held, indent=4).replace("/", "\\/"))
        return [place(self.key, number, member) for number in range(1, len(held) + 1)]

    def chat(self, folder: str, entries: Sequence[Entry]) -> dict[int, Place]:
        """The day files of one conversation; where each of its entries stands, by its number."""
        days: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            if self.period[0] <= entry.micros < self.period[1]:
                days.setdefault(_day(entry.micros), []).append(number)
        places: dict[int, Place] = {}
        for day, numbers in days.items():
            found = self.array(f"{folder}/{day}.json", (entries[number].document for number in numbers))
            places |= dict(zip(numbers, found, strict=True))
        return places

    def put(self) -> None:
        """Close it and move it into the captures."""
        self.out.close()
        self.work.captures.put(self.key, self.path)
        self.path.unlink()


def _day(micros: int) -> str:
    return dt.datetime.fromtimestamp(micros // 1_000_000, ZONE).date().isoformat()
