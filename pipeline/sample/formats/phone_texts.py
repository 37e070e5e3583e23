"""What a phone's message store holds of the week, for both tools that back it up: SMS, MMS and calls."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.sample.formats.telling import Place, Shown, Teller, Work, attachment
from pipeline.sample.people import Person
from pipeline.sample.timeline import AGENCY_ZONE, SECOND
from pipeline.sample.week import DAYS, Chat, Said, start_of

OWNERS = ("p-010", "p-013")
"""Whose phones there are."""
FEATURES = frozenset(("file",))
MILLISECOND = 1000
FIRST_BACKUP = start_of(4) + 7 * 3600 * SECOND
SECOND_BACKUP = start_of(DAYS) + 7 * 3600 * SECOND
CUT = "\ufffd"
"""What is left of an emoji whose other half went missing: the capture has half a surrogate pair."""

MIME = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf", "vcf": "text/x-vCard", "wav": "audio/x-wav"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One row of the store."""

    said: Said
    owner: Person
    mms: bool
    box: int = 0
    """1 received, 2 sent, 3 draft, 5 failed."""

    @property
    def others(self) -> list[Person]:
        """Everybody in the chat but the phone's owner."""
        return [person for person in self.said.chat.members if person is not self.owner]

    @property
    def ident(self) -> str:
        """The message id of an MMS, the same in every backup."""
        return hashlib.sha256(f"{self.said.chat.name}:{self.said.number}".encode()).hexdigest()[:20].upper()


def texts_of(work: Work, owner: Person) -> list[list[Text]]:
    """The rows chat by chat: a group is MMS throughout, a direct chat only where something is attached."""
    out = []
    for chat in work.chats(owner.person_id, work.messages, apart=OWNERS):
        group = chat.kind != "dm"
        special = 0 if group else 5
        chat.messages -= special
        said = work.talk(chat, FEATURES, zone=AGENCY_ZONE, unit=SECOND if group else MILLISECOND)
        chat.messages += special
        rows = [_row(one, owner, group or one.file is not None) for one in said]
        out.append(rows + ([] if group else _special(chat, owner, len(rows))))
    return out


def calls_of(texts: Sequence[Sequence[Text]]) -> list[Said]:
    """The calls of the direct chats: answered, missed, voicemail, rejected."""
    calls = []
    for rows in texts:
        chat = rows[0].said.chat
        if chat.kind == "dm":
            outcomes = (("completed", chat.owner, 312), ("missed", chat.other, 0), ("completed", chat.other, 47))
            for number, (form, sender, seconds) in enumerate(outcomes, start=1):
                ts = start_of(number) + (17 * 3600 + chat.number * 300) * SECOND
                call = Said(ts=ts, chat=chat, sender=sender, kind="call", form=form, seconds=seconds)
                call.number = len(rows) + number
                calls.append(call)
    return calls


def sender_of(said: Said) -> Shown:
    """The sender by number, and by name where the address book knows it."""
    return Shown(names=(said.sender.phones[0], said.sender.full_name), spans=(("PHONE", said.sender.phones[0]),))


def tell(teller: Teller, text: Text, places: Sequence[Place], *, inside: bool) -> None:
    """The truth about one row."""
    said = text.said
    more: dict[str, Any] = {}
    if said.file is not None:
        more["attachments"] = [attachment(said.file, inside=inside)]
    if text.box in (3, 5):
        more["flags"] = ["draft" if text.box == 3 else "failed"]
    teller.message(said, list(places), sender_of(said), inside=inside, **more)


def _row(said: Said, owner: Person, mms: bool) -> Text:
    if mms:
        said.ts = said.ts // SECOND * SECOND
    return Text(said=said, owner=owner, mms=mms, box=2 if said.sender is owner else 1)


def _special(chat: Chat, owner: Person, made: int) -> list[Text]:
    """A draft, a text that failed, one cut through an emoji, a photo, and one that was queued and then sent."""
    from pipeline.sample.week_traps import FAMILY  # noqa: PLC0415

    other, ts = chat.other, start_of(5) + (16 * 3600 + chat.number * 60) * SECOND
    rows = []
    for number, (sender, text, box) in enumerate(
        (
            (owner, "not sure I should send this", 3),
            (owner, "this one did not go through", 5),
            (other, f"llego en 5 {CUT}", 1),
            (other, f'la familia {FAMILY} 😀 & <ya> dijo "sí"\nmañana', 1),
            (owner, "null", 2),
        ),
        start=1,
    ):
        said = Said(ts=ts + number * 40 * SECOND, chat=chat, sender=sender, text=text, number=made + number)
        rows.append(Text(said=said, owner=owner, mms=False, box=box))
    return rows
