"""The two capture layouts of the Wickr network, and the truth about every line in them.

The bot's objects are rotated JSON Lines under opaque numbers; now and then it restarts, repeats its last line, or
leaves one cut off. The serverless layout holds one object per message for an overlapping period.
"""

from __future__ import annotations

import heapq
import random
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.sample.timeline import SECOND, Timeline
from pipeline.sample.truth import Truth
from pipeline.sample.uploads import Uploads
from pipeline.sample.wickr_items import Item
from pipeline.sample.wickr_shapes import BotShape, date_path, serverless

MAX_SERVERLESS = 5_000
BOT = "wickr-bot"
SERVERLESS = "wickr-drs-decrypted"


class WickrCapture:
    """Takes each day's items and writes them as the capture tools would."""

    def __init__(
        self, *, captures: Uploads, truth: Truth, scratch: Path, rng: random.Random, timeline: Timeline, messages: int
    ) -> None:
        self.captures = captures
        self.truth = truth
        self.rng = rng
        self.shape = BotShape(upgraded_at=timeline.start_of(2))
        self.rotate_after = max(40, min(20_000, messages // 7))
        self.window = _overlap(timeline, messages)
        self.serverless_left = MAX_SERVERLESS
        self._scratch = scratch / "bot.log"
        self._out: BinaryIO | None = None
        self._number = 29_250_339
        self._rotation = 0
        self._key = ""
        self._line = 0
        self._last: tuple[Item, bytes] | None = None
        self._waiting: list[tuple[int, int, Item]] = []
        self._order = 0

    def take(self, items: list[Item], until: int) -> None:
        """One day's items. What the bot receives late waits for the next call."""
        for item in items:
            if item.lost and not item.cut:
                self._removed(item)
                continue
            self._order += 1
            bot, cloud = self._layouts(item)
            if cloud:
                self._serverless(item)
            if bot:
                heapq.heappush(self._waiting, (item.ts + self._delay(), self._order, item))
            else:
                self._settle(item)
        while self._waiting and self._waiting[0][0] < until:
            self._write(heapq.heappop(self._waiting)[2])

    def close(self) -> None:
        """Write what still waits and put the last object."""
        while self._waiting:
            self._write(heapq.heappop(self._waiting)[2])
        self._hold(None, b"")
        self._put_object()

    def _layouts(self, item: Item) -> tuple[bool, bool]:
        inside = self.window[0] <= item.ts < self.window[1] and self.serverless_left > 0
        if not inside or item.one_layout or item.cut:
            return True, False
        roll = self.rng.random()
        return roll >= 0.01, roll < 0.985

    def _delay(self) -> int:
        roll = self.rng.random()
        if roll < 0.015:
            return int(self.rng.expovariate(1 / 1800) * SECOND)
        return int(roll * 2 * SECOND)

    def _write(self, item: Item) -> None:
        if item.file is not None and not item.file.absent:
            self._put_attachment(item, item.file.data)
        data = self.shape.line(item)
        if self._out is None or self._line >= self.rotate_after:
            elsewhere = self._rotate(item, data)
            if elsewhere:
                self._settle(item)
                return
        if item.cut:
            self._cut_off(data)
            self._removed(item)
            self._put_object()
            return
        self._emit(data)
        item.sightings.append(self._place())
        self._hold(item, data)

    def _hold(self, item: Item | None, data: bytes) -> None:
        """Keep the last item back: a restart may repeat its line."""
        if self._last is not None:
            self._settle(self._last[0])
        self._last = (item, data) if item is not None else None

    def _rotate(self, item: Item, data: bytes) -> bool:
        """Begin the next object. Of four restarts one repeats the last line, two leave the coming line cut off.

        Returns:
            Whether the coming line was cut off for good, because the serverless layout has the message too.
        """
        turn = self._rotation % 4
        cut = turn in (1, 2) and self._out is not None and not item.cut
        if cut:
            self._cut_off(data)
        self._put_object()
        self._open()
        if turn == 3 and self._last is not None and not self._last[0].stands_in:
            self._emit(self._last[1])
            self._last[0].sightings.append(self._place())
        return cut and turn == 2 and bool(item.sightings)

    def _emit(self, data: bytes, end: bytes = b"\n") -> None:
        assert self._out is not None
        self._out.write(data + end)
        self._line += 1
        self.truth.line("wickr")

    def _cut_off(self, data: bytes) -> None:
        self._emit(_half(data), end=b"")
        self.truth.quarantined("wickr", self._key, self._line, "truncated-line")

    def _open(self) -> None:
        self._number += self.rng.randrange(1, 40)
        self._key = f"{BOT}/{self._number}"
        self._out = self._scratch.open("wb", buffering=1 << 20)
        self._rotation += 1
        self._line = 0
        if self._rotation == 3:
            self._out.write(b"\xef\xbb\xbf")

    def _put_object(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None
            self.captures.put(self._key, self._scratch, metadata={"wickrio-type": "message"})
            self._scratch.unlink()

    def _put_attachment(self, item: Item, data: bytes) -> None:
        self._number += 1
        path = "attachments/" + self.shape.file_name(item)
        metadata = {"wickrio-type": "file", "wickrio-file-path": path}
        self.captures.put(f"{BOT}/{self._number}", data, metadata=metadata)

    def _serverless(self, item: Item) -> None:
        self.serverless_left -= 1
        day = date_path(item.ts)
        stem = f"{SERVERLESS}/{day}/{item.conversation.vgroupid}"
        name = f"{item.sequence:06d}-{item.message_id}"
        key = f"{stem}/message/{name}.json"
        self.captures.put(key, serverless(item))
        if item.file is not None and not item.file.absent:
            self.captures.put(f"{stem}/file/{name}.bin", item.file.data)
        self.truth.line("wickr")
        item.sightings.append({"object": key, "member": "", "line": 1})

    def _place(self) -> dict[str, Any]:
        return {"object": self._key, "member": "", "line": self._line}

    def _settle(self, item: Item) -> None:
        """No further copy can come: tell the truth about it."""
        owner = item.target if item.target is not None else item
        if item.founds:
            self.truth.message(_message_row(item), item.spans)
        else:
            self.truth.annotation(_annotation_row(item))
            if item.stands_in and item.target is not None:
                self.truth.message(_stand_in_row(item, item.target), item.spans)
            else:
                self.truth.spans(owner.truth_id, item.spans)
        shown = item.sender.username
        self.truth.display_name(owner.truth_id, "wickr", shown, "EMAIL" if "@" in shown else "HANDLE")
        for name, literal in item.secrets:
            self.truth.secret(owner.truth_id, name, literal)

    def _removed(self, item: Item) -> None:
        traces = list(item.traces)
        if self.window[0] <= item.ts < self.window[1] and self.serverless_left > 0:
            traces.append("sequence-gap")
        row = _base_row(item) | {"reason": item.lost, "traces": traces, "text": item.text}
        self.truth.removed(row)


def _base_row(item: Item) -> dict[str, Any]:
    return {
        "truth_id": item.truth_id,
        "platform": "wickr",
        "kind": item.kind,
        "subkind": item.subkind,
        "vendor_id": item.message_id,
        "conversation": item.conversation.name,
        "vendor_conversation": item.conversation.vgroupid,
        "sent_utc": item.ts,
        "sender": item.sender.person_id,
    }


def _message_row(item: Item) -> dict[str, Any]:
    row = _base_row(item)
    row["text"] = item.text
    row["versions"] = item.versions
    row["deleted"] = item.deleted
    row["sightings"] = item.sightings
    if item.versions:
        row["versions"] = versions = sorted(item.versions, key=lambda v: v["at_utc"])
        row["text"] = [v["text"] for v in versions if v["change"] != "link-preview"][-1]
    if item.file is not None:
        row["attachment"] = {"name": item.file.name, "absent": item.file.absent}
    return row


def _stand_in_row(item: Item, target: Item) -> dict[str, Any]:
    return _base_row(target) | {
        "sent_utc": item.ts,
        "text": item.text,
        "versions": [],
        "deleted": target.deleted,
        "stand_in": True,
        "sightings": item.sightings,
    }


def _annotation_row(item: Item) -> dict[str, Any]:
    assert item.target is not None
    lost = bool(item.target.lost)
    return {
        "type": item.kind,
        "change": item.change,
        "vendor_id": item.message_id,
        "target": None if lost else item.target.truth_id,
        "removed_target": item.target.truth_id if lost else None,
        "at_utc": item.ts,
        "by": item.sender.person_id,
        "value": item.text,
        "sightings": item.sightings,
    }


def _overlap(timeline: Timeline, messages: int) -> tuple[int, int]:
    """A quarter of the period from its middle on, shorter when that would be too many objects."""
    first = timeline.start_of(max(3, timeline.days // 2))
    share = min(0.25, 0.8 * MAX_SERVERLESS / max(1, messages * 1.15))
    return first, first + int((timeline.end - timeline.start_of(0)) * share)


def _half(data: bytes) -> bytes:
    """The first part of a line, cut between two characters."""
    text = data.decode()
    return text[: max(8, len(text) * 3 // 5)].encode()
