"""The WhatsApp chats of several custodians: two phones export the same group, other chats are exported once."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.sample.attachments import contact_card, photo, report_pdf, voice_note
from pipeline.sample.people import Person
from pipeline.sample.personal_data import MAKERS
from pipeline.sample.phrases import TextSpan, Voice
from pipeline.sample.timeline import DAY, SECOND, Timeline, moment, pause
from pipeline.sample.truth import Truth
from pipeline.sample.uploads import Uploads
from pipeline.sample.whatsapp_export import NOTICES, Export, Phone
from pipeline.sample.whatsapp_plan import Chat, plan_chats
from pipeline.sample.wickr import placed

_LACKED = 0.02
OF_THE_PHONE = frozenset({"encryption-notice", "security-code-changed"})
"""Notices about one phone's own keys: each is a record of its own. The others tell what happened to the chat."""


@dataclass(slots=True)
class Said:
    """One thing somebody put into a chat."""

    ts: int
    sender: Person
    form: str = "text"
    text: str = ""
    spans: tuple[TextSpan, ...] = ()
    deleted: str = ""
    """`both` or `one`: on which phones only a tombstone is left."""
    edited: bool = False
    file: tuple[str, bytes, tuple[TextSpan, ...], tuple[TextSpan, ...]] | None = None
    """Name, bytes, spans of the name, spans of the content."""
    values: dict[str, str] = field(default_factory=dict)
    kind: str = "message"
    lost: str = ""


def write_whatsapp(
    *,
    captures: Uploads,
    truth: Truth,
    scratch: Path,
    rng: random.Random,
    people: Sequence[Person],
    phones: Sequence[Phone],
    timeline: Timeline,
    messages: int,
    progress: Callable[[int], None],
) -> None:
    """Write every chat, one after the other; only the one being written is held, and of that one day."""
    voice = Voice(rng, people)
    done = 0
    for number, chat in enumerate(plan_chats(voice, people, phones, messages)):
        _ChatWriter((captures, scratch), truth, voice, timeline, chat=chat, number=number).write()
        done += chat.messages
        progress(done)


def _gathered(quotas: Sequence[int], least: int = 6) -> list[int]:
    """The same sum on fewer days: in a quiet chat people talk now and then, and then to the end."""
    out, held = [], 0
    for day, quota in enumerate(quotas):
        held += quota
        out.append(held if held >= least or day == len(quotas) - 1 else 0)
        held -= out[-1]
    return out


class _ChatWriter:
    """Writes one chat to each phone that exports it."""

    def __init__(
        self, place: tuple[Uploads, Path], truth: Truth, voice: Voice, timeline: Timeline, *, chat: Chat, number: int
    ) -> None:
        captures, scratch = place
        self.truth, self.voice, self.timeline, self.chat = truth, voice, timeline, chat
        self.rng = voice.rng
        self.number = number
        self.made = 0
        self.files_left = 40
        self.files = 0
        self.contact = chat.members[1].role if len(chat.members) == 2 else ""
        self.exports = [Export(captures=captures, scratch=scratch, phone=p, title=chat.title) for p in chat.phones]

    def write(self) -> None:
        """All days, then the files."""
        self._opening()
        quotas = self.timeline.share(self.chat.messages)
        for day, quota in enumerate(quotas if self.chat.every_trap else _gathered(quotas)):
            start = self.timeline.start_of(day)
            today = self._traps(day, quota, start)
            while quota - len(today) > 0:
                self._scene(today, quota, start)
            today += self._losses(start, quota)
            today.sort(key=lambda said: said.ts)
            for said in today:
                self._put(said)
            self._notices_of(day, start)
        for export in self.exports:
            export.put()

    def _scene(self, today: list[Said], quota: int, start: int) -> None:
        rng = self.rng
        ts = start + moment(rng)
        speakers = self.chat.members if self.contact else rng.sample(self.chat.members, min(3, len(self.chat.members)))
        for who, template in self.voice.scene(self.contact):
            if len(today) >= quota:
                return
            text, spans = self.voice.say(template)
            said = Said(ts, speakers[who % len(speakers)], text=text, spans=spans)
            roll = rng.random()
            said.edited = roll < 0.012
            if 0.012 <= roll < 0.016:
                said.deleted = "both"
            elif 0.016 <= roll < 0.02:
                said.deleted = "one"
            elif 0.02 <= roll < 0.03 and self.files_left > 0:
                said = self._file(ts, said.sender, rng.choice(("photo", "voice", "vcard", "pdf")))
            elif 0.03 <= roll < 0.036:
                said = Said(ts, said.sender, "sticker", kind="file")
            today.append(said)
            ts = min(ts + pause(rng), start + DAY - SECOND)

    def _losses(self, start: int, quota: int) -> list[Said]:
        rng = self.rng
        if rng.random() >= min(0.9, quota * 0.004) and not (
            self.chat.every_trap and start == self.timeline.start_of(2)
        ):
            return []
        _, template = self.voice.scene(self.contact)[0]
        text, spans = self.voice.say(template)
        why = "expired" if len(self.chat.phones) > 1 else "phone-lacked"
        return [Said(start + moment(rng), rng.choice(self.chat.members), text=text, spans=spans, lost=why)]

    def _traps(self, day: int, quota: int, start: int) -> list[Said]:
        """On its first days the chat shows every shape an export can hold."""
        if not self.chat.every_trap:
            return []
        members, rng = self.chat.members, self.rng
        ts = start + rng.randrange(14 * 3600) * SECOND
        one, two = members[0], members[1]
        made: list[Said] = []
        if day == 0:
            made = [
                Said(ts, one, text="ok"),
                Said(ts + 12 * SECOND, one, text="ok"),
                Said(ts + 20 * SECOND, two, text="ok"),
                self._file(ts + 300 * SECOND, two, "photo"),
            ]
        elif day == 1:
            made = [
                Said(ts, two, text="lista para mañana:\n1. agua\n2. pilas\n2026-10-05 10:30:00 salida\ny las llaves"),
                Said(ts + 60 * SECOND, members[-1], text="on my way", deleted="one"),
                Said(ts + 90 * SECOND, one, text="ignore that", deleted="both"),
                self._file(ts + 400 * SECOND, one, "vcard"),
            ]
        elif day == 2:
            minutes = {"minutes": str(rng.randrange(2, 50))}
            made = [
                Said(ts, two, "missed-call", kind="call"),
                Said(ts + 200 * SECOND, two, "call", kind="call", values=minutes),
                Said(ts + 4000 * SECOND, one, "view-once"),
                self._position(ts + 4100 * SECOND, two),
            ]
        elif day == 3:
            votes = {"question": "Carne asada el sábado?", "one": "sí 🥩", "two": "me toca turno"}
            poll = self.exports[0].words["poll"].format(**votes)
            made = [
                Said(ts, two, "poll", values=votes, text=poll),
                Said(ts + 60 * SECOND, one, text="see you there at 5:30", edited=True),
                self._file(ts + 500 * SECOND, two, "voice"),
                self._file(ts + 800 * SECOND, one, "pdf"),
            ]
        elif day == 4:
            made = [self._mention(ts, two), Said(ts + 30 * SECOND, one, "sticker", kind="file")]
        return made[:quota]

    def _mention(self, ts: int, sender: Person) -> Said:
        person = self.chat.members[-1]
        text = f"@\u2068{person.full_name}\u2069 te toca la garita"
        return Said(ts, sender, text=text, spans=(("NAME", person.full_name, 2, 2 + len(person.full_name)),))

    def _position(self, ts: int, sender: Person) -> Said:
        value = MAKERS["MAP_LINK"](self.rng).spans[0][1]
        link = f"https://maps.google.com/?q={value}"
        spans = (("COORDINATES", value, len(link) - len(value), len(link)),)
        return Said(ts, sender, "location", text=link, spans=spans, values={"link": link}, kind="location")

    def _file(self, ts: int, sender: Person, kind: str) -> Said:
        self.files_left -= 1
        rng = self.rng
        spans: tuple[TextSpan, ...] = ()
        name_spans: tuple[TextSpan, ...] = ()
        name = f"{kind}.{'jpg' if kind == 'photo' else 'wav'}"
        if kind == "photo":
            data, spelled = photo(rng)
            spans = (("COORDINATES", spelled, 0, len(spelled)),)
        elif kind == "voice":
            data = voice_note(rng)
        elif kind == "vcard":
            person = self.voice.pick("third_party")
            data, spans = contact_card(person)
            name, name_spans = f"{person.full_name}.vcf", (("NAME", person.full_name, 0, len(person.full_name)),)
        else:
            data, spans = report_pdf(self.voice)
            number = MAKERS["CASE"](rng).text
            name, name_spans = f"Reporte {number}.pdf", (("CASE_NUMBER", number, 8, 8 + len(number)),)
        return Said(ts, sender, kind, kind="file", file=(name, data, name_spans, spans))

    def _opening(self) -> None:
        start = self.timeline.start_of(0)
        self._notice("encryption-notice", start)
        if len(self.chat.members) > 2:
            self._notice("group-created", start + SECOND)
            self._notice("member-added", start + 2 * SECOND)
            if self.chat.every_trap:
                self._notice("disappearing-timer", start + 3 * SECOND)

    def _notices_of(self, day: int, start: int) -> None:
        later = ("security-code-changed", "icon-changed", "subject-changed", "member-removed", "pinned", "member-left")
        if len(self.chat.members) > 2 and (0 < day <= len(later) or self.rng.random() < 0.05):
            which = later[(day - 1) % len(later)]
            self._notice(which, start + DAY - SECOND)

    def _notice(self, which: str, ts: int) -> None:
        """The app's own line. What happened in the group is one record however each phone words it."""
        who, whom = self.chat.members[-1], self.chat.members[-2]
        shared: tuple[dict[str, Any], list[Any]] | None = None
        for export in self.exports:
            pattern = NOTICES[export.phone.style][which]
            shown = {"who": export.phone.shown(who), "whom": export.phone.shown(whom)}
            title = self.chat.title + (f" - {whom.surname}" if which == "subject-changed" else "")
            text = pattern.format(title=title, **{slot: names[0] for slot, names in shown.items()})
            spans = []
            if title != self.chat.title:
                at = text.index(title) + len(title) - len(whom.surname)
                spans.append(("title", ("NAME", whom.surname, at, at + len(whom.surname))))
            for slot, (_, literal, category) in shown.items():
                if "{" + slot + "}" in pattern:
                    at = text.index(literal)
                    spans.append(("body", (category, literal, at, at + len(literal))))
            place = export.entry(ts, None, text)
            self.truth.line("whatsapp")
            if which in OF_THE_PHONE or shared is None:
                row = self._row(Said(ts, who, kind="system"), text, [place]) | {"subkind": which, "sender": None}
                if which in OF_THE_PHONE:
                    self.truth.message(row, spans)
                else:
                    shared = (row, spans)
            else:
                shared[0]["sightings"].append(place)
                shared[1].extend(span for span in spans if span not in shared[1])
        if shared is not None:
            self.truth.message(*shared)

    def _put(self, said: Said) -> None:
        if said.lost:
            traces = ["timer-notice"] if said.lost == "expired" and self.chat.every_trap else []
            self._removed(said, said.lost, traces)
            return
        lacking, keeper = self._lacking(said), self._keeper(said)
        places, tombstones = [], 0
        for export in self.exports:
            if export is lacking:
                continue
            buried = said.deleted == "both" or (said.deleted == "one" and export is self.exports[0])
            tombstones += buried
            places.append(self._on_phone(export, said, buried, export is keeper))
            self.truth.line("whatsapp")
        gone = tombstones == len(places)
        row = self._row(said, "" if gone else said.text, places) | {"deleted": bool(said.deleted)}
        if lacking is not None:
            row["lacked_by"] = lacking.key
        if said.edited and not gone:
            row["edited"] = True
        self.truth.message(row, () if gone or (said.file and not keeper) else self._places(said))
        for export in self.exports:
            if export is not lacking:
                _, literal, category = export.phone.shown(said.sender)
                self.truth.display_name(row["truth_id"], export.key, literal, category)
        if gone:
            self._removed(said, "deleted-by-sender", ["tombstone"], row["truth_id"])

    def _on_phone(self, export: Export, said: Said, buried: bool, keeps: bool) -> dict[str, Any]:
        words = export.words
        if buried:
            own = said.sender is export.phone.owner
            return export.entry(said.ts, said.sender, words["deleted-own" if own else "deleted"], marked=True)
        if said.form == "text":
            return export.entry(said.ts, said.sender, said.text + (words["edited"] if said.edited else ""))
        if said.file is not None and keeps:
            body = export.attach(said.ts, said.form, said.file[0], said.file[1])
            return export.entry(said.ts, said.sender, body, marked=True)
        return export.entry(said.ts, said.sender, words[said.form].format(**said.values), marked=True)

    def _keeper(self, said: Said) -> Export | None:
        """The phone whose export has the file itself; the phones take turns, and sometimes none has it."""
        if said.file is None:
            return None
        self.files += 1
        if len(self.exports) == 1 and self.files % 3 == 0:
            return None
        return self.exports[(self.files - 1) % len(self.exports)]

    def _lacking(self, said: Said) -> Export | None:
        """Of two phones, now and then one misses a message.

        Never what only one of them could show, and never an "ok": of two in a minute nobody could tell which is gone.
        """
        if len(self.exports) < 2 or said.deleted or said.file is not None or len(said.text) < 4:
            return None
        sure = self.chat.every_trap and self.made in (8, 11)
        return self.rng.choice(self.exports) if sure or self.rng.random() < _LACKED else None

    def _places(self, said: Said) -> tuple[tuple[str, TextSpan], ...]:
        if said.file is not None:
            _, _, name_spans, spans = said.file
            return (*(("file_name", s) for s in name_spans), *(("attachment_text", s) for s in spans))
        return placed(said.text, said.spans)

    def _row(self, said: Said, text: str, places: list[dict[str, Any]]) -> dict[str, Any]:
        self.made += 1
        return {
            "truth_id": f"a-{self.number:03d}-{self.made:06d}",
            "platform": "whatsapp",
            "kind": said.kind,
            "subkind": said.form if said.form != "text" else "",
            "conversation": self.chat.name,
            "sent_utc": said.ts // SECOND * SECOND,
            "sender": said.sender.person_id,
            "text": text,
            "versions": [],
            "deleted": False,
            "sightings": places,
        }

    def _removed(self, said: Said, why: str, traces: list[str], truth_id: str = "") -> None:
        row = self._row(said, said.text, [])
        if truth_id:
            self.made -= 1
            row["truth_id"] = truth_id
        self.truth.removed(row | {"reason": why, "traces": traces})
