"""Which phones there are, who is in which chat, and how many messages each chat holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pipeline.sample.people import SHIFT, Person, without_accents
from pipeline.sample.phrases import Voice
from pipeline.sample.whatsapp_export import ANDROID, IPHONE, Phone

MAX_CHAT = 25_000
"""Messages per chat: exports end near forty thousand lines."""

_ZONES = ("America/Chicago", "America/Los_Angeles", "America/Phoenix", "America/New_York", "America/Denver")


@dataclass(slots=True)
class Chat:
    """One chat, the phones that export it, and how many messages it holds."""

    name: str
    title: str
    members: list[Person]
    phones: list[Phone]
    messages: int
    every_trap: bool


def plan_phones(people: Sequence[Person], messages: int) -> list[Phone]:
    """The custodians: two, and more for large archives. Styles and zones alternate."""
    by_id = {p.person_id: p for p in people}
    owners = [by_id["p-001"], by_id["p-017"]]
    extra = [p for p in people[30:] if p.role == "line_officer"]
    owners += extra[: min(18, messages // 40_000)]
    return [_phone(number, owner) for number, owner in enumerate(owners)]


def _phone(number: int, owner: Person) -> Phone:
    custodian = without_accents(owner.full_name[0] + owner.surname).lower() + (str(number) if number > 1 else "")
    shown = f"{owner.given} {owner.surname[0]}."
    style = (ANDROID, IPHONE)[number % 2]
    return Phone(custodian, owner, shown, style, ZoneInfo(_ZONES[number % len(_ZONES)]))


def plan_chats(voice: Voice, people: Sequence[Person], phones: Sequence[Phone], messages: int) -> list[Chat]:
    """Half of the messages in groups that two phones export, the other half in chats that one phone exports."""
    rng = voice.rng
    staff = [p for p in people if p.role in SHIFT]
    groups = -(-messages // 2 // MAX_CHAT)
    shares = _split(messages // 2, groups)
    chats = []
    for number, share in enumerate(shares):
        pair = [phones[2 * number % len(phones)], phones[(2 * number + 1) % len(phones)]]
        owners = [phone.owner for phone in pair]
        others = rng.sample([p for p in staff if p not in owners], 6)
        title = "Turno B 🌵" if number == 0 else f"Turno {number + 1} Garita"
        chats.append(Chat(f"whatsapp-group-{number + 1}", title, owners + others, pair, share, number == 0))
    partners = _partners(people, phones)
    rest = messages - messages // 2
    direct = min(len(partners), max(4, -(-rest // MAX_CHAT)))
    for number, share in enumerate(_split(rest, direct)):
        phone, other = partners[number]
        title = phone.shown(other)[1]
        chats.append(Chat(f"whatsapp-dm-{number + 1}", title, [phone.owner, other], [phone], share, number == 0))
    return chats


def _partners(people: Sequence[Person], phones: Sequence[Phone]) -> list[tuple[Phone, Person]]:
    """Who talks to whom outside any group: colleagues, informants, the press, travellers. Titles are unique."""
    order = ("p-011", "p-021", "p-028", "p-022")
    first = [next(p for p in people if p.person_id == key) for key in order]
    found, used = [], set()
    for number in range(len(people) * 2):
        phone = phones[number % len(phones)]
        other = first[number] if number < len(first) else people[(number * 7) % len(people)]
        title = (phone.custodian, phone.shown(other)[1])
        if other is not phone.owner and title not in used:
            used.add(title)
            found.append((phone, other))
    return found


def _split(total: int, parts: int) -> list[int]:
    return [total * (i + 1) // parts - total * i // parts for i in range(parts)]
