"""imessage-exporter's text files: one conversation each, local times, no ids; the same phone exported twice.

An answer stands twice in its file: indented below what it answers, and in its own place with a note.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.sample.formats.telling import Place, Shown, Teller, Work, attachment, local, place
from pipeline.sample.people import Person
from pipeline.sample.timeline import SECOND
from pipeline.sample.week import Chat, Edit, Said, start_of

OWNER = "p-005"
CUSTODIAN = "lcastaneda"
ZONE = ZoneInfo("America/Los_Angeles")
FEATURES = frozenset(("edit", "delete", "reaction", "reply", "file", "absent", "member", "title", "fold"))
FOLDERS = (f"imessage/{CUSTODIAN}/2026-10-30", f"imessage/{CUSTODIAN}/2026-11-02")
CUT = start_of(4)
"""What the earlier export still lacks."""
_READ_AFTER = 95 * SECOND
_TAPBACKS = {"👍": "Liked", "😂": "Laughed", "❤️": "Loved"}


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """Whose phone it is."""
    owner = next(person for person in people if person.person_id == OWNER)
    row = {"prefix": f"imessage/{CUSTODIAN}/", "platform": "imessage", "custodian": CUSTODIAN, "timezone": ZONE.key}
    return [{**row, "account": "personal", "owner_name": owner.full_name, "owner_id": owner.phones[0]}]


def write(work: Work) -> None:
    """Every conversation into the later export, what was there by then into the earlier one."""
    for chat in work.chats(OWNER, work.messages):
        _Conversation(work, chat).write()


class _Conversation:
    """One conversation's file in each export."""

    def __init__(self, work: Work, chat: Chat) -> None:
        self.work, self.chat = work, chat
        self.teller = Teller(work=work, platform="imessage", time_source="zone-from-config")
        others = [person.phones[0] for person in chat.members if person is not chat.owner]
        self.file = (f"{chat.title} - {chat.number + 1}" if chat.title else ", ".join(others)).replace("/", "_")
        self.said = work.talk(chat, FEATURES, zone=ZONE, unit=SECOND)
        self.answers = {one.reply_to.number: one for one in self.said if one.reply_to is not None}

    def write(self) -> None:
        """The texts, the media, and the truth."""
        places: dict[int, list[Place]] = {}
        for folder in FOLDERS:
            held = [one for one in self.said if one.ts < CUT] if folder == FOLDERS[0] else self.said
            key, lines, line = f"{folder}/{self.file}.txt", [], 1
            for said in held:
                text = self._announcement(said) if said.kind == "system" else self._message(said, held)
                places.setdefault(said.number, []).append(place(key, line))
                lines.append(text)
                line += text.count("\n")
                if said.file is not None and not said.file.absent:
                    self.work.captures.put(f"{folder}/{self._path(said)}", said.file.data)
            if held:
                self.work.captures.put(key, "".join(lines).encode())
        for said in self.said:
            self._tell(said, places[said.number])

    def _tell(self, said: Said, places: Sequence[Place]) -> None:
        more: dict[str, Any] = {}
        names = (self._who(said.sender), said.sender.full_name, said.sender.phones[0])
        sender = Shown(names=names, spans=(("PHONE", said.sender.phones[0]),))
        if said.file is not None:
            name = said.file.name if said.file.absent else self._path(said).rpartition("/")[2]
            more["attachments"] = [attachment(said.file, name=name)]
        self.teller.message(said, places, sender, history=not said.deleted, **more)
        for one in said.reactions:
            self.teller.annotation("reaction", said, places, by=one.by, value=one.emoji)
        for edit in said.edits if not said.deleted else ():
            self.teller.annotation("edit", said, places, by=said.sender, value=edit.text, at_utc=edit.ts)
        if said.kind != "system" and self._read(said):
            self.teller.annotation("read_receipt", said, places, at_utc=said.ts + _READ_AFTER)

    def _message(self, said: Said, held: Sequence[Said], indent: str = "") -> str:
        lines = [_when(said.ts) + self._read(said), self._who(said.sender)]
        if said.file is not None:
            lines.append(said.file.name if said.file.absent else self._path(said))
        if said.deleted:
            who = "You" if said.sender is self.chat.owner else "They"
            lines.append(f"{who} unsent this message part {_ago(said.deleted - said.ts)} after sending!")
        elif said.edits:
            lines += self._edited(said)
        elif said.text:
            lines.append(said.text)
        if said.reactions:
            lines += ["Tapbacks:", *(f"{_TAPBACKS[one.emoji]} by {self._who(one.by)}" for one in said.reactions), ""]
        answer = self.answers.get(said.number)
        if not indent and answer is not None and any(one is answer for one in held):
            lines.append(self._message(answer, held, indent="    "))
        if said.reply_to is not None and not indent:
            lines.append("This message responded to an earlier message.")
        return "".join(f"{indent}{line}\n" for line in lines) + ("" if indent else "\n")

    def _edited(self, said: Said) -> list[str]:
        lines = [f"{_when(said.ts)} {said.text}"]
        before: Said | Edit = said
        for edit in said.edits:
            lines.append(f"Edited {_ago(edit.ts - before.ts)} later: {edit.text}")
            before = edit
        return [*lines, ""]

    def _announcement(self, said: Said) -> str:
        who = "You" if said.sender is self.chat.owner else said.sender.phones[0]
        whom = ", ".join(person.phones[0] for person in said.whom)
        words = {
            "member-added": f"added {whom} to the conversation.",
            "member-removed": f"removed {whom} from the conversation.",
            "member-left": "left the conversation.",
            "subject-changed": f"renamed the conversation to {said.value}",
        }
        return f"{_when(said.ts)} {who} {words[said.form]}\n\n"

    def _read(self, said: Said) -> str:
        """A receipt where the phone has one."""
        if said.number % 4 or self.chat.kind != "dm":
            return ""
        return f" (Read by {'them' if said.sender is self.chat.owner else 'you'} after {_ago(_READ_AFTER)})"

    def _who(self, person: Person) -> str:
        return "Me" if person is self.chat.owner else person.phones[0]

    def _path(self, said: Said) -> str:
        assert said.file is not None
        return f"attachments/{self.chat.number + 1}/{said.number:04d}_{said.file.name.replace(' ', '_')}"


def _when(ts: int) -> str:
    at = local(ts, ZONE)
    return f"{at:%b %d, %Y} {at.hour % 12 or 12:2d}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"


def _ago(micros: int) -> str:
    """A span of time in words."""
    minutes, seconds = divmod(micros // SECOND, 60)
    parts = [(minutes, "minute"), (seconds, "second")]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count) or "0 seconds"
