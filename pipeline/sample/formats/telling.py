"""What every writer of a format needs: where to write, the week's talk, and the rows of the truth."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import random
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.sample.people import Person
from pipeline.sample.phrases import TextSpan, Voice
from pipeline.sample.truth import Truth
from pipeline.sample.uploads import Uploads
from pipeline.sample.week import Chat, Said, Talk, plan_chats
from pipeline.sample.wickr import placed
from pipeline.sample.wickr_items import File

Place = dict[str, Any]
"""Where one entry of a capture stands: object, member, line or element number."""

_ZIP_TIME = (2026, 11, 2, 9, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Work:
    """One format's share of the sample."""

    name: str
    captures: Uploads
    scratch: Path
    truth: Truth
    people: Sequence[Person]
    messages: int
    seed: int

    def rng(self, purpose: str) -> random.Random:
        """A stream of its own for each purpose."""
        return random.Random(f"{self.seed}:{self.name}:{purpose}")  # noqa: S311 - fiction, not secrecy

    @cached_property
    def voice(self) -> Voice:
        """Who speaks in this format's chats."""
        return Voice(self.rng("voice"), self.people)

    def person(self, person_id: str) -> Person:
        """Somebody of the cast."""
        return next(person for person in self.people if person.person_id == person_id)

    def chats(self, owner: str, messages: int, *, name: str = "", **more: Any) -> list[Chat]:
        """The chats of one person's device."""
        return plan_chats(self.people, self.person(owner), messages, name=name or self.name, voice=self.voice, **more)

    def talk(self, chat: Chat, features: frozenset[str], *, zone: ZoneInfo, unit: int) -> list[Said]:
        """What is said in one of them."""
        return Talk(chat, self.voice, features=features, zone=zone, unit=unit).said()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A person as a capture names them: every id or name a reader may give, and what of it is sensitive."""

    names: tuple[str, ...]
    spans: tuple[tuple[str, str], ...] = ()
    """Category and literal."""


@dataclass(slots=True, kw_only=True)
class Teller:
    """Tells the truth about one format's entries."""

    work: Work
    platform: str
    time_source: str = "utc"

    def message(
        self,
        said: Said,
        places: Sequence[Place],
        sender: Shown,
        *,
        text: str | None = None,
        spans: Sequence[tuple[str, TextSpan]] | None = None,
        inside: bool = False,
        history: bool = False,
        part: str = "",
        **more: object,
    ) -> str:
        """One record and its sightings.

        Args:
            said: What happened.
            places: Where it is captured; none of it is told when there are none.
            sender: How the capture names the sender.
            text: What the capture shows, where that is not the last wording (nothing where it was deleted).
            spans: What is sensitive in that text.
            inside: The bytes of its file lie inside the text.
            history: The capture keeps the earlier wordings.
            part: Ends the id where one thing that happened makes several records.
            more: Further fields of the row.
        """
        gone = bool(said.deleted) and not history
        shown = text if text is not None else ("" if gone else said.last_text)
        row = self._row(said, shown, history, part) | {"sender_names": list(sender.names), "sightings": list(places)}
        if said.file is not None and not gone:
            row["attachments"] = [attachment(said.file, inside=inside)]
        if said.edits and not gone:
            row["edited"] = True
        row |= more
        for _ in places:
            self.work.truth.line(self.platform)
        self.work.truth.message(row, list(self._spans(said, gone, history)) if spans is None else spans)
        for category, literal in sender.spans:
            self.work.truth.display_name(row["truth_id"], places[0]["object"], literal, category)
        if gone:
            lost = self._row(said, said.text, False, part) | {"sightings": [], "reason": "deleted-by-sender"}
            self.work.truth.removed(lost | {"traces": ["tombstone"]})
        return str(row["truth_id"])

    def annotation(
        self, kind: str, said: Said | None, places: Sequence[Place], *, by: Person | None = None, **more: object
    ) -> None:
        """What is done to a message, or an entry that only explains (`directory`, with no message)."""
        for _ in places:
            self.work.truth.line(self.platform)
        target = self.truth_id(said) if said is not None else None
        row: dict[str, Any] = {"type": kind, "change": "", "vendor_id": "", "target": target, "removed_target": None}
        row |= {"platform": self.platform, "format": self.work.name, "at_utc": None, "value": ""}
        self.work.truth.annotation(
            row | {"by": by.person_id if by else None, "sightings": list(places)} | dict(more.items())
        )

    def directory(self, places: Iterable[Place]) -> None:
        """Entries that only say who or what an id is."""
        for place in places:
            self.annotation("directory", None, [place])

    def truth_id(self, said: Said) -> str:
        """The id of the record in the truth."""
        return f"{self.work.name}-{said.chat.name.removeprefix(self.work.name).strip('-')}-{said.number:06d}"

    def _row(self, said: Said, text: str, history: bool, part: str) -> dict[str, Any]:
        versions = []
        if said.edits and history:
            versions = [{"change": "original", "at_utc": said.ts, "text": said.text}]
            versions += [{"change": "edit", "at_utc": edit.ts, "text": edit.text} for edit in said.edits]
        return {
            "truth_id": self.truth_id(said) + part,
            "platform": self.platform,
            "format": self.work.name,
            "kind": said.kind,
            "subkind": said.form,
            "conversation": said.chat.name,
            "sent_utc": said.ts,
            "time_source": self.time_source,
            "sender": said.sender.person_id,
            "text": text,
            "versions": versions,
            "deleted": bool(said.deleted),
            "attachments": [],
        }

    def _spans(self, said: Said, gone: bool, history: bool) -> Iterator[tuple[str, TextSpan]]:
        if gone:
            return
        yield from placed(said.text if history else said.last_text, said.spans if history else said.last_spans)
        for edit in said.edits if history else ():
            yield from (("edit", span) for span in edit.spans)
        if said.file is not None:
            yield from (("file_name", span) for span in said.file.name_spans)
            yield from (("attachment_text", span) for span in said.file.spans if not said.file.absent)


def attachment(file: File, *, inside: bool = False, name: str = "") -> dict[str, Any]:
    """A file as the truth tells it: its digest only where its bytes are captured."""
    sha256 = "" if file.absent else hashlib.sha256(file.data).hexdigest()
    return {"name": name or file.name, "sha256": sha256, "inside": inside and not file.absent}


def place(key: str, line: int, member: str = "") -> Place:
    """One place in a capture object."""
    return {"object": key, "member": member, "line": line}


def a_zip(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip with a fixed time, so that the same members are the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def named(person: Person) -> Shown:
    """Somebody under the full name."""
    return Shown(names=(person.full_name,), spans=(("NAME", person.full_name),))


def local(ts: int, zone: ZoneInfo) -> dt.datetime:
    """The wall clock of a moment, with its microseconds."""
    return dt.datetime.fromtimestamp(ts // 1_000_000, zone).replace(microsecond=ts % 1_000_000)
