"""The JSON of a Telegram Desktop export: messages, service messages, and texts that may be lists of pieces."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.sample.formats.telling import local
from pipeline.sample.people import Person
from pipeline.sample.timeline import SECOND
from pipeline.sample.week import Chat, Said
from pipeline.sample.wickr_items import File

NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"
_FOLDERS = {"jpg": "photos", "png": "files", "pdf": "files", "vcf": "contacts", "wav": "voice_messages"}
_MIMES = {"png": "image/png", "pdf": "application/pdf", "wav": "audio/wav"}
_LINK = re.compile(r"https://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose export it is, and how old the program that made it was."""

    person_id: str
    custodian: str
    zone: ZoneInfo
    features: frozenset[str]
    old: bool

    def user(self, person: Person) -> str:
        """A person's number."""
        digest = hashlib.sha256(f"telegram:{person.person_id}".encode()).digest()
        return str(5_000_000_000 + int.from_bytes(digest[:4]))


def chat_id(chat: Chat, account: Account) -> int:
    """A supergroup's id is the same for everybody; a personal chat has the other person's."""
    if chat.kind == "dm":
        return int(account.user(chat.other))
    return 1_600_000_000 + int.from_bytes(hashlib.sha256(chat.name.encode()).digest()[:3])


def media_of(said: Said, account: Account) -> str:
    """Where the file lies in the chat's folder."""
    assert said.file is not None
    ending = said.file.name.rpartition(".")[2]
    folder = _FOLDERS[ending]
    stamp = f"{local(said.ts, ZoneInfo('UTC')):%d-%m-%Y_%H-%M-%S}"
    name = {"photos": f"photo_{said.number}@{stamp}.jpg", "voice_messages": f"audio_{said.number}@{stamp}.wav"}
    contact = {"contacts": f"contact_{said.number}.vcard"}
    return f"{folder}/{(name | contact).get(folder, said.file.name)}"


def message(said: Said, account: Account, inside: str) -> dict[str, Any]:
    """One element of `messages`."""
    row: dict[str, Any] = {"id": 1000 + said.number * 3, "type": "message", **_when(said.ts, account)}
    who = _who(said.sender, account)
    if said.kind in ("system", "call"):
        return row | {"type": "service", "actor": who[0], "actor_id": who[1]} | _service(said)
    if said.edits:
        row |= _when(said.edits[-1].ts, account, "edited")
    elif account.old:
        row["edited"] = "1970-01-01T03:00:00"
    row |= {"from": who[0], "from_id": who[1]}
    if said.reply_to is not None:
        row["reply_to_message_id"] = 1000 + said.reply_to.number * 3
    if said.forwarded_from is not None:
        row["forwarded_from"] = said.forwarded_from.full_name
    if said.file is not None:
        row |= _file(said, said.file, account, inside)
    if said.kind == "location":
        row["location_information"] = {"latitude": said.place[0], "longitude": said.place[1]}
    row["text"], entities = _pieces(said.last_text)
    if not account.old:
        row["text_entities"] = entities
        row |= {"reactions": _reactions(said, account)} if said.reactions else {}
    return row


def _when(ts: int, account: Account, name: str = "date") -> dict[str, str]:
    at = local(ts, account.zone).replace(tzinfo=None).isoformat()
    return {name: at} if account.old else {name: at, f"{name}_unixtime": str(ts // SECOND)}


def _who(person: Person, account: Account) -> tuple[str, str | int]:
    number = account.user(person)
    return person.full_name, int(number) if account.old else f"user{number}"


def _pieces(text: str) -> tuple[Any, list[dict[str, str]]]:
    """The text as the export has it, one string or a list, and the list of its entities."""
    entities, at = [], 0
    for found in _LINK.finditer(text):
        if found.start() > at:
            entities.append({"type": "plain", "text": text[at : found.start()]})
        kind = "link" if found[0].startswith("https") else "email"
        entities.append({"type": kind, "text": found[0]})
        at = found.end()
    if at < len(text):
        entities.append({"type": "plain", "text": text[at:]})
    if all(one["type"] == "plain" for one in entities):
        return text, entities
    return [one["text"] if one["type"] == "plain" else one for one in entities], entities


def _file(said: Said, file: File, account: Account, inside: str) -> dict[str, Any]:
    path = NOT_INCLUDED if file.absent else inside + media_of(said, account)
    ending = file.name.rpartition(".")[2]
    if ending == "jpg":
        return {"photo": path, "photo_file_size": len(file.data), "width": 96, "height": 72}
    if ending == "vcf":
        return {"contact_information": {"first_name": "", "last_name": "", "phone_number": ""}, "contact_vcard": path}
    row: dict[str, Any] = {"file": path, "file_name": file.name, "file_size": len(file.data)}
    row["mime_type"] = _MIMES[ending]
    if ending == "wav":
        row |= {"media_type": "voice_message", "duration_seconds": 1}
    return row


def _reactions(said: Said, account: Account) -> list[dict[str, Any]]:
    rows = []
    for emoji in dict.fromkeys(one.emoji for one in said.reactions):
        those = [one for one in said.reactions if one.emoji == emoji]
        recent = [
            {"from": one.by.full_name, "from_id": f"user{account.user(one.by)}",
             "date": local(one.ts, account.zone).replace(tzinfo=None).isoformat()}
            for one in those
        ]  # fmt: skip
        rows.append({"type": "emoji", "count": len(those), "emoji": emoji, "recent": recent})
    return rows


def _service(said: Said) -> dict[str, Any]:
    members = [person.full_name for person in said.whom]
    if said.kind == "call":
        reason = "missed" if said.form == "missed" else "hangup"
        length = {"duration_seconds": said.seconds} if said.seconds else {}
        return {"action": "phone_call", **length, "discard_reason": reason, "text": "", "text_entities": []}
    actions: dict[str, dict[str, Any]] = {
        "group-created": {"action": "create_group", "title": said.value, "members": members},
        "member-added": {"action": "invite_members", "members": members},
        "member-removed": {"action": "remove_members", "members": members},
        "member-left": {"action": "remove_members", "members": members},
        "subject-changed": {"action": "edit_group_title", "title": said.value},
        "disappearing-timer": {"action": "set_messages_ttl", "period": said.seconds},
    }
    return actions[said.form] | {"text": "", "text_entities": []}
