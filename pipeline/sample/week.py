"""One fictional week of the cast, told without any app: chats, and everything that happens in them.

Each format's writer tells it in its own words. The week ends on the night when US clocks go back, so that formats
which keep the wall clock show one hour twice.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from pipeline.sample.attachments import make_file
from pipeline.sample.people import SHIFT, STAFF, Person
from pipeline.sample.phrases import TextSpan, Voice, phrase_book
from pipeline.sample.timeline import DAY, SECOND, moment, pause
from pipeline.sample.wickr_items import File

FIRST_DAY = dt.date(2026, 10, 26)
DAYS = 7
MAX_CHAT = 5_000
"""Messages of one chat; a larger week has more chats, so that one chat at a time fits into memory."""

_EPOCH = dt.date(1970, 1, 1)
_START = (FIRST_DAY - _EPOCH).days * DAY
_QUIET_HOURS = 11
"""Nobody says anything by chance on Sunday before 11:00 UTC: the doubled hour belongs to its own scene."""


@dataclass(slots=True, kw_only=True)
class Chat:
    """Who talks with whom. `name` is the truth's, `title` what a screen shows."""

    name: str
    kind: str
    """`dm`, `group`, `room` or `channel`."""
    members: list[Person]
    owner: Person
    """Whose device or account the capture comes from; always one of the members."""
    messages: int
    title: str = ""
    every_trap: bool = False
    doubled_hour: bool = False
    """Without the other traps: somebody talks in the hour that the clocks show twice."""
    number: int = 0

    @property
    def other(self) -> Person:
        """The other person of a direct chat."""
        return next(person for person in self.members if person is not self.owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A later wording."""

    ts: int
    text: str
    spans: tuple[TextSpan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """An emoji under a message."""

    ts: int
    by: Person
    emoji: str


@dataclass(slots=True, kw_only=True)
class Said:
    """One thing that happened in a chat."""

    ts: int
    """Microseconds since 1970 UTC, rounded to what the format keeps."""
    chat: Chat
    sender: Person
    kind: str = "message"
    """`message`, `file`, `call`, `location`, or `system`."""
    form: str = ""
    """Of a call `completed` or `missed`; of a system event what changed."""
    text: str = ""
    """The first wording."""
    spans: tuple[TextSpan, ...] = ()
    edits: tuple[Edit, ...] = ()
    deleted: int = 0
    """When its sender deleted it for everyone."""
    reactions: tuple[Reaction, ...] = ()
    reply_to: Said | None = None
    forwarded_from: Person | None = None
    file: File | None = None
    seconds: int = 0
    """Length of a call, or of a timer."""
    place: tuple[float, float] = (0.0, 0.0)
    whom: tuple[Person, ...] = ()
    """Who was added or removed."""
    value: str = ""
    """The new title."""
    number: int = 0
    """1-based in its chat, by time."""
    memo: dict[str, str] = field(default_factory=dict)
    """Ids that a writer gave it."""

    @property
    def last_text(self) -> str:
        """The text as it stands in the end."""
        return self.edits[-1].text if self.edits else self.text

    @property
    def last_spans(self) -> tuple[TextSpan, ...]:
        """What is sensitive in that text."""
        return self.edits[-1].spans if self.edits else self.spans


def start_of(day: int) -> int:
    """Midnight UTC of a day of the week, counted from 0."""
    return _START + day * DAY


def plan_chats(
    people: Sequence[Person],
    owner: Person,
    messages: int,
    *,
    name: str,
    voice: Voice,
    group: str = "group",
    staff_only: bool = False,
    apart: Sequence[str] = (),
) -> list[Chat]:
    """One group with every trap and two direct chats; more of both when there is more to say.

    Args:
        people: The cast.
        owner: Whose device or account it is.
        messages: How many messages in all.
        name: Begins the names of the chats.
        voice: Draws lots.
        group: Kind of the groups.
        staff_only: Nobody from outside the agency has an account there.
        apart: People who are in none of these chats, since another capture of the same platform is theirs.
    """
    groups = max(1, -(-messages * 6 // 10 // MAX_CHAT))
    direct = max(2, -(-messages * 4 // 10 // MAX_CHAT))
    rng, titles = voice.rng, phrase_book().titles
    shift = [p for p in people if p.role in SHIFT and p is not owner and p.person_id not in apart]
    outside = [p for p in people if p.role not in STAFF and not staff_only]
    chats = []
    for number, share in enumerate(split(messages * 6 // 10, groups)):
        members = [owner, *rng.sample(shift, 4)]
        chats.append(Chat(name=f"{name}-group-{number + 1}", kind=group, members=members, owner=owner, messages=share))
        chats[-1].title = voice.fresh(titles[(number + 1) % len(titles)])[0] + (f" {number + 1}" if number else "")
    chats[0].every_trap = True
    partners = _in_turn(rng.sample(shift, len(shift)), outside)
    for number, share in enumerate(split(messages - messages * 6 // 10, direct)):
        members = [owner, partners[number % len(partners)]]
        chats.append(Chat(name=f"{name}-dm-{number + 1}", kind="dm", members=members, owner=owner, messages=share))
    for number, chat in enumerate(chats):
        chat.number = number
    return chats


def _in_turn(shift: Sequence[Person], outside: Sequence[Person]) -> list[Person]:
    """Colleagues and others by turns, while there are both."""
    pairs = [[one, *outside[n : n + 1]] for n, one in enumerate(shift)]
    return [person for pair in pairs for person in pair]


def split(total: int, parts: int) -> list[int]:
    """A sum in nearly equal whole parts."""
    return [total * (i + 1) // parts - total * i // parts for i in range(parts)]


class Talk:
    """What is said in one chat of the week, for a format that can show certain features and keeps a certain time."""

    def __init__(self, chat: Chat, voice: Voice, *, features: frozenset[str], zone: ZoneInfo, unit: int) -> None:
        self.chat, self.voice, self.features, self.zone, self.unit = chat, voice, features, zone, unit
        self.rng: random.Random = voice.rng
        self.made: list[Said] = []
        self.left = chat.messages
        self.names: set[str] = set()

    def said(self) -> list[Said]:
        """Everything in order of time; exactly `chat.messages` of it are messages, files, calls or positions."""
        from pipeline.sample.week_traps import doubled_hour, opening, traps  # noqa: PLC0415 - traps know the talk, not the reverse

        opening(self)
        if self.chat.every_trap:
            for day, trap in traps(self.features):
                trap(self, start_of(day) + (13 * 3600 + self.rng.randrange(6 * 3600)) * SECOND)
        elif self.chat.doubled_hour:
            doubled_hour(self, start_of(DAYS - 1))
        while self.left > 0:
            self._scene(self._moment(self.rng.randrange(DAYS)))
        return self._in_order()

    def add(self, ts: int, sender: Person, **more: object) -> Said:
        """Let it happen. A system event does not count as a message."""
        said = Said(ts=ts, chat=self.chat, sender=sender, **more)  # type: ignore[arg-type]
        self.left -= said.kind != "system"
        self.made.append(said)
        return said

    def file(self, ts: int, sender: Person, kind: str, text: str = "") -> Said:
        """Somebody sends a file under a name that the chat has not seen."""
        made = make_file(kind, self.voice)
        stem, _, ending = made.name.rpartition(".")
        number = 1
        while made.name in self.names:
            number += 1
            made = File(f"{stem} ({number}).{ending}", made.data, made.spans, made.name_spans)
        self.names.add(made.name)
        return self.add(ts, sender, kind="file", file=made, text=text)

    def edited(self, said: Said, after: int) -> None:
        """Its sender words it anew."""
        before, tail = self.rng.choice(phrase_book().edits)
        spans = tuple((c, literal, s + len(before), e + len(before)) for c, literal, s, e in said.last_spans)
        said.edits += (Edit(ts=said.ts + after, text=before + said.last_text + tail, spans=spans),)

    def react(self, said: Said, by: Person, emoji: str, after: int) -> None:
        """Somebody puts an emoji under it."""
        said.reactions += (Reaction(ts=said.ts + after, by=by, emoji=emoji),)

    def _moment(self, day: int) -> int:
        within = moment(self.rng)
        if day == DAYS - 1 and within < _QUIET_HOURS * 3600 * SECOND:
            within += 12 * 3600 * SECOND
        return start_of(day) + within

    def _scene(self, ts: int) -> None:
        chat, rng = self.chat, self.rng
        contact = chat.other.role if chat.kind == "dm" else ""
        speakers = chat.members if chat.kind == "dm" else rng.sample(chat.members, 3)
        end = (ts // DAY + 1) * DAY - SECOND
        for who, template in self.voice.scene(contact):
            if self.left <= 0:
                return
            text, spans = self.voice.say(template)
            said = self.add(ts, speakers[who % len(speakers)], text=text, spans=spans)
            self._afterlife(said)
            ts = min(ts + pause(rng), end)

    def _afterlife(self, said: Said) -> None:
        roll, rng = self.rng.random(), self.rng
        if roll < 0.02 and "edit" in self.features:
            self.edited(said, 9 * SECOND + rng.randrange(400) * SECOND)
        elif 0.02 <= roll < 0.027 and "delete" in self.features:
            said.deleted = said.ts + 15 * SECOND + rng.randrange(900) * SECOND
        elif 0.03 <= roll < 0.07 and "reaction" in self.features:
            others = [person for person in self.chat.members if person is not said.sender]
            self.react(said, rng.choice(others), rng.choice(("👍", "😂", "❤️")), 4 * SECOND + rng.randrange(90) * SECOND)

    def _in_order(self) -> list[Said]:
        self.made.sort(key=lambda said: said.ts)
        last = 0
        for number, said in enumerate(self.made, start=1):
            said.ts = said.ts // self.unit * self.unit
            if self.unit < SECOND:
                said.ts = max(said.ts, last + self.unit)
            last = said.ts
            said.number = number
            said.edits = tuple(
                Edit(ts=edit.ts // self.unit * self.unit, text=edit.text, spans=edit.spans) for edit in said.edits
            )
            said.reactions = tuple(
                Reaction(ts=one.ts // self.unit * self.unit, by=one.by, emoji=one.emoji) for one in said.reactions
            )
            said.deleted = said.deleted // self.unit * self.unit
        return self.made
