"""signal-export folders: per chat `data.json` (JSON Lines), `chat.md` and `media/`. Local times, no ids.

One phone, exported twice into two folders; the group is in both. One chat was exported twice into the same folder,
where the tool appends: it has everything twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.sample.formats.telling import Place, Shown, Teller, Work, attachment, local, named, place
from pipeline.sample.people import Person
from pipeline.sample.week import Chat, Said
from pipeline.sample.wickr_items import File

OWNER = "p-004"
OTHERS = ("p-009", "p-014")
"""Whose installations `signal_desktop` writes."""
CUSTODIAN = "cokafor"
ZONE = ZoneInfo("America/Denver")
FOLDERS = ("signal-export/2026-10-30", "signal-export/2026-11-02")
FEATURES = frozenset(("reaction", "reply", "file", "absent", "call", "delete", "fold"))
MILLISECOND = 1000


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """Whose phone was exported."""
    owner = next(person for person in people if person.person_id == OWNER)
    common = {"platform": "signal", "custodian": CUSTODIAN, "timezone": ZONE.key, "account": "personal"}
    return [{"prefix": "signal-export/", **common, "owner_name": owner.full_name, "owner_id": owner.phones[0]}]


def write(work: Work) -> None:
    """Every chat into the later folder; the first chat also into the earlier one, as far as it had come by then."""
    for chat in work.chats(OWNER, work.messages, apart=OTHERS):
        said = work.talk(chat, FEATURES, zone=ZONE, unit=MILLISECOND)
        folders = FOLDERS if chat.every_trap else FOLDERS[1:]
        _ChatFolder(work, chat, folders, said).write()


class _ChatFolder:
    """One chat's folder in each export that has it."""

    def __init__(self, work: Work, chat: Chat, folders: Sequence[str], said: Sequence[Said]) -> None:
        self.work, self.chat, self.said = work, chat, said
        self.teller = Teller(work=work, platform="signal", time_source="zone-from-config")
        title = (chat.title if chat.kind != "dm" else chat.other.full_name).replace("/", "-")
        self.folders = [f"{folder}/{title}" for folder in folders]
        self.texts: dict[str, list[str]] = {}
        self.lines: dict[str, int] = {}

    def write(self) -> None:
        """The texts, the media, and the truth."""
        again = self.chat.number == 1
        places: dict[int, list[Place]] = {}
        for said in [*self.said, *self.said] if again else self.said:
            folders = self.folders if said.number <= len(self.said) * 2 // 3 else self.folders[-1:]
            for folder in folders:
                places.setdefault(said.number, []).extend(
                    (
                        self._append(f"{folder}/data.json", self._json(said)),
                        self._append(f"{folder}/chat.md", self._markdown(said)),
                    )
                )
                self._media(folder, said)
        for said in self.said:
            self._tell(said, places[said.number])
        for key, texts in self.texts.items():
            self.work.captures.put(key, "".join(texts).encode())

    def _append(self, key: str, text: str) -> Place:
        line = self.lines.get(key, 1)
        self.texts.setdefault(key, []).append(text)
        self.lines[key] = line + text.count("\n")
        return place(key, line)

    def _tell(self, said: Said, places: list[Place]) -> None:
        sender = named(said.sender)
        if said.sender is self.chat.owner:
            sender = Shown(names=("Me", said.sender.full_name), spans=())
        more: dict[str, Any] = {}
        if said.file is not None:
            more["attachments"] = [attachment(said.file, name=_media_name(said, said.file))]
        self.teller.message(said, places, sender, **more)
        for reaction in said.reactions:
            self.teller.annotation("reaction", said, places, by=reaction.by, value=reaction.emoji)

    def _json(self, said: Said) -> str:
        document = {
            "date": local(said.ts, ZONE).replace(tzinfo=None).isoformat(),
            "sender": self._name(said.sender),
            "body": "" if said.deleted else self._body(said) + "  ",
            "quote": _quote(said),
            "sticker": None,
            "reactions": [[self._name(one.by), one.emoji] for one in said.reactions],
            "attachments": [self._attachment(said, said.file)] if said.file else [],
            "deleted": bool(said.deleted),
            "call": said.kind == "call",
            "missed": said.form == "missed",
        }
        return json.dumps(document, ensure_ascii=False) + "\n"

    def _markdown(self, said: Said) -> str:
        head = f"[{local(said.ts, ZONE):%Y-%m-%d %H:%M:%S}] {self._name(said.sender)}: "
        if said.deleted:
            return head + "(This message was deleted)\n"
        body = self._body(said) + "  "
        if said.reactions:
            listed = ", ".join(f"{self._name(one.by)}: {one.emoji}" for one in said.reactions)
            body += f"\n(- {listed} -)"
        if said.file is not None:
            made = self._attachment(said, said.file)
            shown = "!" if made["path"].endswith((".jpg", ".png")) else ""
            body += f"{shown}[{made['name']}](./{made['path']})  "
        return f"{head}{_quote(said)}{body}\n"

    def _body(self, said: Said) -> str:
        if said.kind != "call":
            return said.text.replace("`", "")
        if said.form == "missed":
            return "Missed voice call"
        minutes, seconds = divmod(said.seconds, 60)
        length = f"{minutes}m {seconds}s" if minutes else f"{seconds}s"
        return f"{'Outgoing' if said.sender is self.chat.owner else 'Incoming'} voice call (accepted, {length})"

    def _name(self, person: Person) -> str:
        return "Me" if person is self.chat.owner else person.full_name

    def _attachment(self, said: Said, file: File) -> dict[str, Any]:
        name = _media_name(said, file)
        return {"name": name, "path": f"media/{name}", "missing_kind": "not_downloaded" if file.absent else None}

    def _media(self, folder: str, said: Said) -> None:
        if said.file is not None and not said.file.absent and not said.deleted:
            self.work.captures.put(f"{folder}/media/{_media_name(said, said.file)}", said.file.data)


def _media_name(said: Said, file: File) -> str:
    stamp = local(said.ts, ZONE).replace(tzinfo=None).isoformat(timespec="milliseconds").replace(":", "-")
    return f"{stamp}_00_{file.name.replace(' ', '_')}"


def _quote(said: Said) -> str:
    if said.reply_to is None:
        return ""
    return "\n\n> {}\n\n".format(said.reply_to.text.rstrip("\n").replace("\n", "\n> "))
