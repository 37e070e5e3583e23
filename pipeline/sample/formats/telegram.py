"""Telegram Desktop exports: one person's whole account, a second person's export of the same supergroup, and an old
one whose times have no epoch beside them and whose ids are plain numbers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.sample.formats.telegram_shapes import Account, chat_id, media_of, message
from pipeline.sample.formats.telling import Place, Shown, Teller, Work, attachment, place
from pipeline.sample.people import Person
from pipeline.sample.timeline import SECOND
from pipeline.sample.week import Chat, Said

FEATURES = frozenset(
    ("edit", "reaction", "reply", "forward", "file", "absent", "call", "location", "member", "title", "timer",
     "created")
)  # fmt: skip
FULL = Account("p-006", "pkowalski", ZoneInfo("America/Chicago"), FEATURES, old=False)
SINGLE = Account("p-012", "jvillarreal", ZoneInfo("America/Los_Angeles"), FEATURES, old=False)
OLD = Account("p-003", "thernandez", ZoneInfo("America/Los_Angeles"), frozenset(("reply",)), old=True)
APART = tuple(account.person_id for account in (FULL, SINGLE, OLD))
FOLDER = "telegram"


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """Three accounts."""
    by_id = {person.person_id: person for person in people}
    return [
        {
            "prefix": f"{FOLDER}/{account.custodian}/",
            "platform": "telegram",
            "custodian": account.custodian,
            "timezone": account.zone.key,
            "account": "personal",
            "owner_name": by_id[account.person_id].full_name,
            "owner_id": account.user(by_id[account.person_id]),
        }
        for account in (FULL, SINGLE, OLD)
    ]


def write(work: Work) -> None:
    """The old export has a fifth of the messages, the others share the rest."""
    old = work.messages // 5
    chats = work.chats(FULL.person_id, work.messages - old, group="room", apart=APART)
    second = work.person(SINGLE.person_id)
    whole, teller = _Full(work, FULL), Teller(work=work, platform="telegram")
    for chat in chats:
        shared = chat.kind != "dm"
        if shared:
            chat.members[1] = second
        said = work.talk(chat, FEATURES, zone=FULL.zone, unit=SECOND)
        places = whole.chat(chat, said)
        captured = [places, _single(work, SINGLE, chat, said)] if shared else [places]
        for one, seen in zip(said, zip(*captured, strict=True), strict=True):
            _tell(teller, FULL, one, seen)
    whole.put()
    teller.directory([place(whole.key, 1)])
    direct = work.chats(OLD.person_id, old * 5 // 2, name="telegram-old", apart=APART)[-1]
    direct.messages, direct.doubled_hour = old, True
    said = work.talk(direct, OLD.features, zone=OLD.zone, unit=SECOND)
    local = Teller(work=work, platform="telegram", time_source="zone-from-config")
    for one, only in zip(said, _single(work, OLD, direct, said), strict=True):
        _tell(local, OLD, one, [only])


def _tell(teller: Teller, account: Account, said: Said, places: Sequence[Place]) -> None:
    names = (account.user(said.sender), f"user{account.user(said.sender)}", said.sender.full_name)
    sender = Shown(names=names, spans=(("NAME", said.sender.full_name),))
    more: dict[str, Any] = {"text": said.last_text}
    if said.file is not None:
        path = media_of(said, account).rpartition("/")[2]
        more["attachments"] = [attachment(said.file, name=path)]
        if said.file.absent:
            more["attachments"][0]["name"] = ""
    teller.message(said, places, sender, **more)
    for one in said.reactions:
        teller.annotation("reaction", said, places, by=one.by, value=one.emoji, at_utc=one.ts)


def _single(work: Work, account: Account, chat: Chat, said: Sequence[Said]) -> list[Place]:
    """The export of one chat."""
    folder = f"{FOLDER}/{account.custodian}/{'ChatExport_2018-11-02' if account.old else 'ChatExport_2026-11-02'}"
    document = _chat(chat, account, said, "")
    _keep_media(work, account, said, folder)
    work.captures.put(f"{folder}/result.json", json.dumps(document, ensure_ascii=False, indent=1).encode())
    return [place(f"{folder}/result.json", number) for number in range(1, len(said) + 1)]


class _Full:
    """The export of an account: written chat by chat, since it may be large."""

    def __init__(self, work: Work, account: Account) -> None:
        self.work, self.account = work, account
        self.folder = f"{FOLDER}/{account.custodian}/DataExport_2026-11-02"
        self.key = f"{self.folder}/result.json"
        self.path = work.scratch / "result.json"
        self.out = self.path.open("w", encoding="utf-8")
        self.chats, self.elements = 0, 1
        owner = work.person(account.person_id)
        about = "Here is the data you requested. Remember: we don't use your data to sell you things."
        personal = {"user_id": int(account.user(owner)), "first_name": owner.given, "last_name": owner.surname,
                    "phone_number": owner.phones[0], "username": owner.handles[0], "bio": ""}  # fmt: skip
        head = json.dumps({"about": about, "personal_information": personal}, ensure_ascii=False)
        self.out.write(head[:-1] + ', "chats": {"about": "This page lists all chats from this export.", "list": [')

    def chat(self, chat: Chat, said: Sequence[Said]) -> list[Place]:
        """One chat; its media lie in a folder of their own."""
        self.chats += 1
        inside = f"chats/chat_{self.chats:03d}/"
        text = json.dumps(_chat(chat, self.account, said, inside), ensure_ascii=False)
        self.out.write((",\n" if self.chats > 1 else "\n") + text)
        _keep_media(self.work, self.account, said, f"{self.folder}/{inside.rstrip('/')}")
        first, self.elements = self.elements + 1, self.elements + len(said)
        return [place(f"{self.folder}/result.json", number) for number in range(first, self.elements + 1)]

    def put(self) -> None:
        """Close it and move it into the captures."""
        self.out.write(']}, "left_chats": {"about": "Supergroups that you left.", "list": []}}\n')
        self.out.close()
        self.work.captures.put(self.key, self.path)
        self.path.unlink()


def _chat(chat: Chat, account: Account, said: Sequence[Said], inside: str) -> dict[str, Any]:
    kind = "private_supergroup" if chat.kind == "room" else "personal_chat"
    name = chat.title if chat.kind == "room" else chat.other.full_name
    messages = [message(one, account, inside) for one in said]
    return {"name": name, "type": kind, "id": chat_id(chat, account), "messages": messages}


def _keep_media(work: Work, account: Account, said: Sequence[Said], folder: str) -> None:
    for one in said:
        if one.file is not None and not one.file.absent:
            work.captures.put(f"{folder}/{media_of(one, account)}", one.file.data)
