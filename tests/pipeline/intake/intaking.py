"""Builders of the intake tests: entries, texts, zips, and one object read in a folder zone."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.intake.limits import Limits
from pipeline.intake.place import Entry
from pipeline.intake.read import read_object
from pipeline.intake.sources import Sources
from pipeline.model import CaptureObject, Event, Quarantined
from pipeline.storage import FolderZone, ObjectInfo

DATA = Path(__file__).resolve().parents[3] / "../shared/data"
ROOM = "S" + "0a" * 31 + "0"


@dataclass(frozen=True)
class Outcome:
    """What came out of one object."""

    entries: list[Entry]
    objects: list[CaptureObject]

    @property
    def events(self) -> list[Event]:
        return [entry for entry in self.entries if isinstance(entry, Event)]

    @property
    def quarantined(self) -> list[Quarantined]:
        return [entry for entry in self.entries if isinstance(entry, Quarantined)]

    @property
    def reasons(self) -> list[str]:
        return [entry.reason for entry in self.quarantined]


def a_line(**changes: Any) -> bytes:
    """One Wickr text message as a JSON line without newline; None takes a field out."""
    entry = {
        "message": "hello",
        "message_id": "a526085032fa11ee9a74053bb1017859",
        "msg_ts": "1691176258.901277",
        "msgtype": 1000,
        "sender": "ana@example.gov",
        "vgroupid": ROOM,
        **changes,
    }
    return json.dumps({k: v for k, v in entry.items() if v is not None}, separators=(",", ":")).encode()


def taken(
    data: bytes,
    *,
    key: str = "captures/29250340",
    metadata: Mapping[str, str] | None = None,
    sources: Sources | None = None,
    timezone: str = "",
    limits: Limits | None = None,
) -> Outcome:
    """Put the bytes into a folder zone and read them back; the count equation is checked every time."""
    with tempfile.TemporaryDirectory() as folder:
        zone = FolderZone(Path(folder))
        path = zone.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if metadata:
            path.with_name(path.name + ".metadata.json").write_text(json.dumps(metadata))
        info = ObjectInfo(key=key, version_id="", size=len(data), modified_utc=0)
        return read(zone, info, sources or Sources(), timezone, limits or Limits())


def read(zone: Any, info: ObjectInfo, sources: Sources, timezone: str, limits: Limits) -> Outcome:
    with read_object(zone, info, sources, timezone=timezone, limits=limits) as reading:
        outcome = Outcome(list(reading), reading.objects)
    rows = outcome.objects
    assert all(row.lines == row.events + row.quarantined for row in rows)
    assert sum(row.events for row in rows) == len(outcome.events)
    assert sum(row.quarantined for row in rows) == len(outcome.quarantined)
    assert len({(row.object_key, row.version_id, row.member) for row in rows}) == len(rows)
    assert len({event.event_id for event in outcome.events}) == len(outcome.events)
    return outcome


def sources(**changes: Any) -> Sources:
    entry = {"prefix": "", "custodian": "mreyes", "account": "personal", **changes}
    return Sources.model_validate({"sources": [entry]})


def a_zip(members: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items() if isinstance(members, Mapping) else members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def attributes(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event.attributes)
    return found
