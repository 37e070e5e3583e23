"""The ground truth beside the archive: written while the archive is, so that nothing is held in memory.

Files (JSON Lines): `messages` (one row per record that resolve must make), `spans` (every sensitive literal and its
place; a NAME with the roster roles it can mean), `removed` (what no capture holds, and which traces remain),
`quarantined` (lines nobody can read), `annotations` (edits, reactions, recalls, deletions, receipts and their target),
`secrets` (keys that must be stripped).
`counts.json` sums them up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from pipeline.sample.people import Person, without_accents
from pipeline.sample.phrases import TextSpan
from pipeline.storage import Zone, write_json

TABLES = ("messages", "spans", "removed", "quarantined", "annotations", "secrets")
REAL_KINDS = ("message", "file", "call", "location")


class Truth:
    """Open tables in a scratch folder; `publish` moves them into the archive."""

    def __init__(self, scratch: Path, people: Sequence[Person]) -> None:
        self._roles = _roles_by_name(people)
        self._paths = {name: scratch / f"{name}.jsonl" for name in TABLES}
        self._files = {name: path.open("wb", buffering=1 << 20) for name, path in self._paths.items()}
        self._counts: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._categories: Counter[str] = Counter()
        self._named: set[tuple[str, str]] = set()

    def line(self, platform: str) -> None:
        """One entry of a capture was written: a line (Wickr), a chat entry (WhatsApp), an element of a document."""
        self._counts[f"lines.{platform}"] += 1

    def message(self, row: Mapping[str, Any], spans: Sequence[tuple[str, TextSpan]] = ()) -> None:
        """One record, with all its sightings, and what is sensitive in it."""
        platform = row["platform"]
        self._counts[f"records.{platform}"] += 1
        self._counts[f"messages.{platform}"] += len(row["sightings"])
        self._kinds[row["kind"]] += 1
        if "stand_in" in row:
            self._counts["stand_ins"] += 1
        self._put("messages", row)
        if spans:
            self.spans(row["truth_id"], spans)

    def spans(self, truth_id: str, spans: Iterable[tuple[str, TextSpan]]) -> None:
        """Sensitive places of one entry."""
        for place, (category, literal, start, end) in spans:
            self._categories[category] += 1
            row = {
                "truth_id": truth_id,
                "place": place,
                "category": category,
                "literal": literal,
                "start": start,
                "end": end,
            }
            if category == "NAME":
                row["roles"] = self._roles.get(literal.casefold(), [])
            self._put("spans", row)

    def display_name(self, truth_id: str, source: str, shown: str, category: str) -> None:
        """A participant as a capture shows them; one row per source and name, not one per message."""
        if (source, shown) not in self._named:
            self._named.add((source, shown))
            self.spans(truth_id, [("display_name", (category, shown, 0, len(shown)))])

    def removed(self, row: Mapping[str, Any]) -> None:
        """A real message that no capture holds."""
        self._put("removed", row)

    def quarantined(self, platform: str, object_key: str, line: int, reason: str, *, member: str = "") -> None:
        """A line that cannot be read."""
        self._counts[f"quarantined.{platform}"] += 1
        row = {"object": object_key, "line": line, "reason": reason}
        self._put("quarantined", row | {"member": member} if member else row)

    def annotation(self, row: Mapping[str, Any]) -> None:
        """An edit, reaction, recall, deletion or receipt."""
        self._put("annotations", row)

    def secret(self, truth_id: str, name: str, literal: str) -> None:
        """A key in the metadata that must never leave the capture."""
        self._put("secrets", {"truth_id": truth_id, "name": name, "literal": literal})

    @property
    def real_messages(self) -> int:
        """Distinct real messages with at least one sighting."""
        return sum(self._kinds[kind] for kind in REAL_KINDS) - self._counts["stand_ins"]

    def publish(self, zone: Zone) -> dict[str, Any]:
        """Close the tables and put them into the archive; returns what `counts.json` says."""
        for name in TABLES:
            self._files[name].close()
            zone.put(f"truth/{name}.jsonl", self._paths[name])
            self._paths[name].unlink()
        counts = self._summary()
        write_json(zone, "truth/counts.json", counts)
        return counts

    def _summary(self) -> dict[str, Any]:
        platforms = sorted({name.partition(".")[2] for name in self._counts} - {""})
        sums = {
            name: sum(self._counts[f"{name}.{p}"] for p in platforms)
            for name in ("lines", "quarantined", "messages", "records")
        }
        return {
            **sums,
            "events": sums["lines"] - sums["quarantined"],
            "folded": sums["messages"] - sums["records"],
            "real_messages": self.real_messages,
            "stand_ins": self._counts["stand_ins"],
            "removed": self._rows["removed"],
            "annotations": self._rows["annotations"],
            "records_by_kind": dict(sorted(self._kinds.items())),
            "spans_by_category": dict(sorted(self._categories.items())),
            "by_platform": {
                p: {name: self._counts[f"{name}.{p}"] for name in ("lines", "quarantined", "messages", "records")}
                for p in platforms
            },
        }

    def _put(self, table: str, row: Mapping[str, Any]) -> None:
        self._rows[table] += 1
        self._files[table].write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def _roles_by_name(people: Sequence[Person]) -> dict[str, list[str]]:
    """The roles of everybody whom a name can mean: names of appointees and press officers are public."""
    roles: dict[str, set[str]] = {}
    for person in people:
        shown = (person.given, f"{person.surname} Turno B", f"{person.given} {person.surname[0]}.")
        for name in (*(name for _, name, _ in person.forms), *shown):
            for spelled in (name, without_accents(name)):
                roles.setdefault(spelled.casefold(), set()).add(person.role)
    return {name: sorted(found) for name, found in roles.items()}
