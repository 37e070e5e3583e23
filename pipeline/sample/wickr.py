"""What happens on the fictional Wickr network, one day at a time: chat scenes, and now and then every other event."""

from __future__ import annotations

import heapq
import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from pipeline.sample.people import SHIFT, STAFF, Person
from pipeline.sample.phrases import TextSpan, Voice, phrase_book
from pipeline.sample.timeline import DAY, SECOND, Timeline, moment, pause
from pipeline.sample.wickr_items import Conversation, Item, group_id, message_id

GUEST = "p-030"
"""A foreign liaison officer with a guest account in one room."""

BOT_OUTAGE = "bot-outage"
EXPIRED = "expired"
BURNED = "burn-on-read"
RECALLED = "recalled-before-capture"
TRUNCATED = "truncated"

_LOSSES = (BOT_OUTAGE, EXPIRED, BURNED, RECALLED)
_REACTIONS = ("👍", "😂", "❤️", "🙏🏽", "👀", "✅", "🇺🇸", "👨‍👩‍👧", "(thumbs up)")


class Network:
    """The network's state. `day` returns what happened on one day; only what is still to come is held."""

    def __init__(self, *, rng: random.Random, people: Sequence[Person], timeline: Timeline, messages: int) -> None:
        self.rng = rng
        self.timeline = timeline
        self.voice = Voice(rng, people)
        self.staff = [p for p in people if p.role in SHIFT]
        self.conversations = _build_conversations(self.voice, [p for p in people if p.role in STAFF])
        self.conversations[1].members.append(next(p for p in people if p.person_id == GUEST))
        self._sums = list(accumulate(c.weight for c in self.conversations))
        self.files_left = min(400, max(12, messages // 40))
        self.file_share = self.files_left / max(1, messages)
        self.cuts = max(1, messages // 20_000)
        self.quota = 0
        self._counter = 0
        self._today: list[Item] = []
        self._later: list[tuple[int, int, Item]] = []
        self._day_end = 0

    def day(self, day: int, quota: int) -> list[Item]:
        """Everything of that day in send order; exactly `quota` of it are captured real messages."""
        from pipeline.sample.wickr_events import day_events  # noqa: PLC0415 - events know the network, not the reverse

        start = self.timeline.start_of(day)
        self._today, self._day_end, self.quota = [], start + DAY, quota
        while self._later and (self._later[0][0] < self._day_end or day == self.timeline.days - 1):
            self._today.append(heapq.heappop(self._later)[2])
        for event, cost in day_events(self, day):
            if cost <= self.quota:
                event(self, self.pick_conversation(), start + moment(self.rng))
        while self.quota > 0:
            self._scene(self.pick_conversation(), start + moment(self.rng))
        if day == self.timeline.days - 1:
            self._today += [entry[2] for entry in sorted(self._later)]
            self._later = []
        self._today.sort(key=lambda item: (item.ts, item.message_id))
        for item in self._today:
            item.conversation.sequence += 1
            item.sequence = item.conversation.sequence
        return self._today

    def add(self, item: Item) -> Item:
        """Let it happen: give it its id, today or when its time comes."""
        self._counter += 1
        item.message_id = message_id(item.ts, item.sender, self._counter)
        if item.founds:
            item.truth_id = f"w-{self._counter:08d}"
            if not item.lost and item.kind in ("message", "file", "call", "location"):
                self.quota -= 1
        if item.ts < self._day_end:
            self._today.append(item)
        else:
            heapq.heappush(self._later, (item.ts, self._counter, item))
        return item

    def pick_conversation(self, kind: str = "") -> Conversation:
        """A conversation by weight, of one kind when asked."""
        while True:
            found = self.conversations[bisect(self._sums, self.rng.random() * self._sums[-1])]
            if not kind or found.kind == kind:
                return found

    def pick_two(self, conversation: Conversation) -> tuple[Person, Person]:
        """Two different members."""
        one, other = self.rng.sample(conversation.members, 2)
        return one, other

    def say(self, conversation: Conversation, sender: Person, ts: int, lost: str = "", cut: bool = False) -> Item:
        """One message with a line of its own, outside any scene."""
        _, template = self.voice.scene()[0]
        text, spans = self.voice.say(template)
        return self.add(text_item(conversation, sender, ts, text, spans, lost=lost, cut=cut))

    def annotate(
        self, target: Item, msgtype: int, kind: str, *, after: int, fields: Mapping[str, Any], by: Person
    ) -> Item:
        """Something that is done to an earlier message."""
        item = Item(
            ts=target.ts + after,
            conversation=target.conversation,
            sender=by,
            msgtype=msgtype,
            fields=fields,
            kind=kind,
            founds=False,
            target=target,
        )
        if target.lost:
            target.traces += (kind,)
        return self.add(item)

    def react(self, target: Item, *, old_client: bool = False, taken_back: bool = False) -> None:
        """A reaction; old clients sent it as an edit. It may be taken back."""
        by = self.rng.choice(target.conversation.members)
        value = self.rng.choice(_REACTIONS)
        after = 2 * SECOND + int(self.rng.expovariate(1 / 90) * SECOND)
        for added in (True, False) if taken_back else (True,):
            edit: dict[str, Any] = {"originalmessageid": target.message_id, "reaction": value, "type": "reaction"}
            if not old_client:
                edit["reactAdded"] = added
            item = self.annotate(
                target, 9000 if old_client else 9100, "reaction", after=after, fields={"edit": edit}, by=by
            )
            item.text, item.change = value, "" if added else "removed"
            after += 40 * SECOND

    def edit(self, target: Item, shape: str) -> None:
        """An edit by its sender: `text`, `edit_content`, or `edit_content` followed by its link preview."""
        rng = self.rng
        before, tail = rng.choice(phrase_book().edits)
        text = before + target.text + tail
        spans = tuple((p, (c, lit, s + len(before), e + len(before))) for p, (c, lit, s, e) in target.spans)
        links = [{"url": word} for word in text.split() if word.startswith("https://")]
        edit: dict[str, Any] = {"originalmessageid": target.message_id, "text": text, "type": shape}
        fields: dict[str, Any] = {"edit": edit}
        if shape == "edit_content":
            fields["content_edited"] = True
            if links:
                edit["links"] = links
        after = 5 * SECOND + int(rng.expovariate(1 / 240) * SECOND)
        item = self.annotate(target, 9000, "edit", after=after, fields=fields, by=target.sender)
        item.text, item.change = text, "edit"
        item.spans = tuple(("edit", span) for _, span in spans)
        self._new_version(target, item)
        if links and shape == "edit_content":
            self.link_preview(target, after + 2 * SECOND, text)

    def link_preview(self, target: Item, after: int, text: str) -> None:
        """The second 9000 that follows a message or an edit with a link."""
        rng = self.rng
        url = next(word for word in text.split() if word.startswith("https://"))
        host = url.split("/")[2]
        key = f"{rng.getrandbits(256):064x}"
        meta = {"domain": host, "guid": guid(rng), "hash": f"{rng.getrandbits(64):016x}", "key": key}
        links = [{"description": "", "pagetitle": "Sign in", "sitename": host, "url": url}]
        edit = {
            "type": "edit_content",
            "originalmessageid": target.message_id,
            "text": text,
            "linkimagemeta": meta,
            "links": links,
        }
        item = self.annotate(target, 9000, "edit", after=after, fields={"edit": edit}, by=target.sender)
        item.text, item.change = text, "link-preview"
        item.secrets = (("edit.linkimagemeta.key", key),)
        self._new_version(target, item)

    def recall(self, target: Item, *, everyone: bool, spelling: str, after: int | None = None) -> None:
        """The sender deletes the message for everyone, or on their own devices."""
        control = {"isrecall": everyone, spelling: target.message_id, "msgtype": 4011}
        wait = after if after is not None else 20 * SECOND + int(self.rng.expovariate(1 / 600) * SECOND)
        kind = "recall" if everyone else "delete"
        self.annotate(target, 4011, kind, after=wait, fields={"control": control}, by=target.sender)
        target.deleted = True

    def receipt(self, target: Item) -> None:
        """Somebody read it. The receipt has no target id, only the message's time."""
        readers = [p for p in target.conversation.members if p is not target.sender]
        after = SECOND + int(self.rng.expovariate(1 / 45) * SECOND)
        body = {
            "status": "READ",
            "message_timestamp_secs": str(target.ts // SECOND),
            "message_timestamp_usecs": str(target.ts % SECOND),
            "read_receipt_timestamp": str((target.ts + after) // SECOND),
        }
        self.annotate(
            target, 9200, "read_receipt", after=after, fields={"readreceipt": body}, by=self.rng.choice(readers)
        )

    def lose(self, conversation: Conversation, ts: int, why: str, trace: str) -> Item:
        """A message that no capture will hold, and at most one trace of it."""
        sender, _ = self.pick_two(conversation)
        item = self.say(conversation, sender, ts, lost=why)
        if why == RECALLED:
            self.recall(item, everyone=True, spelling="msgid", after=4 * SECOND)
        elif trace == "reaction":
            self.react(item)
        elif trace == "receipt":
            self.receipt(item)
        elif trace == "edit":
            self.edit(item, "edit_content")
        return item

    def _scene(self, conversation: Conversation, ts: int) -> None:
        rng = self.rng
        scene = self.voice.scene()
        speakers = rng.sample(conversation.members, min(3, len(conversation.members)))
        for who, template in scene:
            if self.quota <= 0:
                return
            text, spans = self.voice.say(template)
            item = self.add(text_item(conversation, speakers[who % len(speakers)], ts, text, spans))
            self._afterlife(item)
            ts = min(ts + pause(rng), self._day_end - 1)
        if rng.random() < 0.006:
            self.lose(conversation, ts, rng.choice(_LOSSES), rng.choice(("", "reaction", "receipt", "edit")))

    def _afterlife(self, item: Item) -> None:
        roll = self.rng.random()
        if roll < 0.035:
            self.react(item, taken_back=roll < 0.004)
        elif roll < 0.060:
            self.receipt(item)
        elif roll < 0.072:
            self.edit(item, "edit_content" if roll < 0.067 else "text")
        elif roll < 0.0755:
            self.recall(item, everyone=roll < 0.0745, spelling="msgid" if roll < 0.074 else "message_id")
        elif "https://" in item.text and roll < 0.5:
            self.link_preview(item, 2 * SECOND, item.text)

    def _new_version(self, target: Item, item: Item) -> None:
        if not target.versions:
            target.versions = ({"change": "original", "at_utc": target.ts, "text": target.text},)
        target.versions += ({"change": item.change, "at_utc": item.ts, "text": item.text},)
        if target.lost and not target.stands_in:
            target.stands_in = item.stands_in = item.one_layout = True


def text_item(
    conversation: Conversation,
    sender: Person,
    ts: int,
    text: str,
    spans: tuple[TextSpan, ...],
    *,
    lost: str = "",
    cut: bool = False,
) -> Item:
    """A text message; quoted lines and links are told apart among its sensitive places."""
    fields: dict[str, Any] = {"message": text}
    if "https://" in text:
        fields["links"] = [{"url": word} for word in text.split() if word.startswith("https://")]
    return Item(
        ts=ts,
        conversation=conversation,
        sender=sender,
        msgtype=1000,
        fields=fields,
        kind="message",
        text=text,
        spans=placed(text, spans),
        lost=lost,
        cut=cut,
    )


def placed(text: str, spans: tuple[TextSpan, ...]) -> tuple[tuple[str, TextSpan], ...]:
    """Spans with the kind of place they lie in: a quoted line, a link, or the body."""
    if not spans:
        return ()
    quoted_to = text.find("\n") if text.startswith("> ") else -1
    out = []
    for span in spans:
        start = text.rfind(" ", 0, span[2]) + 1
        link = text.startswith("https://", start)
        out.append(("quote" if span[2] < quoted_to else "link" if link else "body", span))
    return tuple(out)


def guid(rng: random.Random) -> str:
    """A random UUID with dashes."""
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _build_conversations(voice: Voice, staff: Sequence[Person]) -> list[Conversation]:
    rng, book = voice.rng, phrase_book()
    rooms, groups, direct = max(7, len(staff) // 7), 2 + len(staff) // 25, max(6, len(staff) // 3)
    shift = [p for p in staff if p.role in SHIFT]
    made = [_named(voice, "room", n, rng.sample(shift, rng.randrange(5, 11)), 10.0) for n in range(rooms)]
    made[-1].members = [p for p in staff if p.role != "line_officer"][:12]
    made[-1].weight = 3.0
    made += [_named(voice, "group", n, rng.sample(shift, rng.randrange(3, 6)), 4.0) for n in range(groups)]
    for number in range(direct):
        made.append(Conversation(f"wickr-dm-{number + 1}", group_id(rng, "dm"), "dm", rng.sample(shift, 2), 1.5))
    for number, room in enumerate(made[:rooms]):
        personal = book.titles_personal if number % 5 in (1, 4) else book.titles
        room.title, room.title_spans = voice.fresh(personal[number % len(personal)])
        longer = book.descriptions_personal if number % 4 == 1 else book.descriptions
        room.description, room.description_spans = voice.fresh(longer[number % len(longer)])
        room.ttl = rng.choice((7, 14, 30)) * 86_400
        room.bor = 7 * 86_400 if number % 4 == 3 else 0
    return made


def _named(voice: Voice, kind: str, number: int, members: list[Person], weight: float) -> Conversation:
    return Conversation(f"wickr-{kind}-{number + 1}", group_id(voice.rng, kind), kind, members, weight)
