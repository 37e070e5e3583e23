"""Mail of one press officer: Exchange's journal, her mailbox as MBOX, single EML files, and an archiver's zip of texts.

The thread with colleagues is in the journal and in the mailbox; some of its mails have two journal reports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, BinaryIO

from pipeline.sample.formats.mail_shapes import (
    address,
    body_of,
    captured_text,
    journal_report,
    mail,
    message_id,
    recipients,
)
from pipeline.sample.formats.telling import Place, Shown, Teller, Work, a_zip, place
from pipeline.sample.people import Person
from pipeline.sample.timeline import AGENCY_ZONE, SECOND
from pipeline.sample.week import Chat, Said, split

OWNER = "p-021"
FEATURES = frozenset(("reply", "forward", "file"))
FOLDER = "email"
MBOX = f"{FOLDER}/mailbox/dfarouk.mbox"
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """The journal is the whole agency's, the rest one person's."""
    owner = next(person for person in people if person.person_id == OWNER)
    common = {"platform": "email", "network": "bis.example.gov", "account": "official"}
    own = {"custodian": "dfarouk", "owner_name": owner.full_name, "owner_id": address(owner)}
    rows = [{"prefix": f"{FOLDER}/{part}/", **common, **own} for part in ("mailbox", "eml", "telemessage")]
    return [{"prefix": f"{FOLDER}/journal/", **common, "custodian": "network"}, *rows]


def write(work: Work) -> None:
    """All four."""
    captured = work.messages // 4
    chats = work.chats(OWNER, work.messages - captured)
    teller = Teller(work=work, platform="email", time_source="offset")
    with (work.scratch / "mailbox").open("wb") as mailbox:
        writer = _Mail(work, teller, mailbox)
        for chat in chats:
            said = work.talk(chat, FEATURES, zone=AGENCY_ZONE, unit=SECOND)
            if chat.every_trap:
                said.append(_from_line(chat, said))
            for one in said:
                writer.write(one)
    work.captures.put(MBOX, work.scratch / "mailbox")
    (work.scratch / "mailbox").unlink()
    _write_archiver(work, captured)


class _Mail:
    """Puts each mail where it is captured."""

    def __init__(self, work: Work, teller: Teller, mailbox: BinaryIO) -> None:
        self.work, self.teller, self.mailbox = work, teller, mailbox
        self.mails = 0
        self.single = 0

    def write(self, said: Said) -> None:
        """A thread goes to the journal and the mailbox; of direct mails one half lies in the mailbox."""
        places: list[Place] = []
        if said.chat.kind != "dm":
            places += self._journal(said)
        if said.chat.kind != "dm" or said.chat.number % 2:
            places.append(self._to_mailbox(said))
        else:
            self.single += 1
            key = f"{FOLDER}/eml/{self.single:04d}.eml"
            self.work.captures.put(key, mail(said))
            places.append(place(key, 1))
        tell(self.teller, said, places, vendor_id=message_id(said))

    def _journal(self, said: Said) -> list[Place]:
        others = recipients(said)
        envelopes = [[("To", person) for person in others]]
        if said.number % 6 == 0:
            envelopes = [[("To", person) for person in others[:2]], [("To", person) for person in others[2:]]]
        if said.number % 7 == 3:
            envelopes[0].append(("Bcc", self.work.person("p-019")))
        places = []
        for number, envelope in enumerate(envelopes):
            key = f"{FOLDER}/journal/{said.chat.number:03d}/{said.number:06d}-{number}.eml"
            self.work.captures.put(key, journal_report(said, envelope, number))
            places.append(place(key, 1))
        return places

    def _to_mailbox(self, said: Said) -> Place:
        self.mails += 1
        text = _FROM.sub(rb">\1", mail(said))
        head = f"From {address(said.sender)} Mon Oct 26 09:00:00 2026\r\n"
        self.mailbox.write(head.encode() + text + b"\r\n")
        return place(MBOX, self.mails)


def tell(teller: Teller, said: Said, places: Sequence[Place], **more: Any) -> None:
    """The truth about one mail."""
    text = body_of(said)
    before = text.find(said.text)
    said.spans = tuple((c, literal, start + before, end + before) for c, literal, start, end in said.spans)
    names = (address(said.sender), said.sender.full_name, f"{said.sender.full_name} {said.sender.phones[0]}")
    sender = Shown(names=names, spans=(("EMAIL", address(said.sender)), ("NAME", said.sender.full_name)))
    teller.message(said, places, sender, text=text, inside=True, kind="message", **more)


def _from_line(chat: Chat, said: Sequence[Said]) -> Said:
    """A body with a line that an mbox has to quote, in a mail that is written out as it is."""
    text = "two notes:\nFrom here to lane 6 everything is closed.\nthanks"
    last = said[-1]
    number = next(n for n in range(last.number + 1, last.number + 60) if n % 3 == 2 and n % 5 != 2 and n % 11 != 7)
    return Said(ts=last.ts + 60 * SECOND, chat=chat, sender=chat.owner, text=text, number=number)


def _write_archiver(work: Work, messages: int) -> None:
    """Zips of captured texts, each with the manifest that counts them."""
    teller = Teller(work=work, platform="email", time_source="offset")
    chats = work.chats("p-020", messages, name="email-captured")
    files = 0
    for number, (chat, share) in enumerate(zip(chats, split(messages, len(chats)), strict=True), start=1):
        chat.messages, chat.every_trap = share, False
        stem = f"202610{26 + number % 6}0000-TeleMessage_{number}"
        key = f"{FOLDER}/telemessage/{stem}_2026110{1 + number % 6}021500.zip"
        members, said = [], work.talk(chat, FEATURES, zone=AGENCY_ZONE, unit=SECOND)
        for one in said:
            files += 1
            member = f"{files:06d}_{one.ts // SECOND}.eml"
            members.append((member, captured_text(one, "WhatsApp")))
            tell(teller, one, [place(key, 1, member)])
        names = "".join(f"{name}\r\n" for name, _ in members)
        members.append((f"{stem}.mf", f"Count: {len(said)}\r\n{names}".encode()))
        teller.directory(place(key, line + 1, f"{stem}.mf") for line in range(1, len(said) + 1))
        work.captures.put(key, a_zip(members))
