"""How one event is written: as a line of the retention bot (old and new versions), or as a serverless object."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson

from pipeline.sample.timeline import SECOND
from pipeline.sample.wickr_items import Item

HOST_OFFSET = -7 * 3600 * SECOND
"""The bot host's clock runs seven hours behind UTC, unlike the agency's."""

_LINE = orjson.OPT_SORT_KEYS
_ATTACHMENTS = "/opt/WickrIO/clients/compliance_bot/integration/wickrio-compliance-bot/attachments/"


class BotShape:
    """Lines of the retention bot. Minute strings are cached, since most lines share them."""

    def __init__(self, upgraded_at: int) -> None:
        self.upgraded_at = upgraded_at
        self._minutes: dict[int, tuple[str, str]] = {}

    def line(self, item: Item) -> bytes:
        """The line without its line feed; before the bot's upgrade it has fewer fields and calls the id `id`."""
        ts = item.ts
        shown, iso = self._minute(ts)
        entry: dict[str, Any] = {
            **_payload(item, self.local_name(item), shown),
            "msg_ts": f"{ts // SECOND}.{ts % SECOND}",
            "msgtype": item.msgtype,
            "sender": item.sender.username,
            "time": shown,
            "vgroupid": item.conversation.vgroupid,
        }
        if item.conversation.kind == "dm":
            entry["receiver"] = _receiver(item)
        if ts < self.upgraded_at:
            entry["id"] = item.message_id
            return orjson.dumps(entry, option=_LINE)
        entry["message_id"] = item.message_id
        entry["sender_type"] = "normal"
        entry["time_iso"] = f"{iso}{ts // SECOND % 60:02d}.{ts // 1000 % 1000:03d}"
        entry["ttl"] = self._minute(ts + item.conversation.ttl * SECOND)[0]
        if item.conversation.bor:
            entry["bor"] = self._minute(ts + item.conversation.bor * SECOND)[0]
        return orjson.dumps(entry, option=_LINE)

    def local_name(self, item: Item) -> str:
        """What the bot calls the attachment on its disk: a full path, later a bare name."""
        if item.file is None:
            return ""
        return (_ATTACHMENTS if item.ts < self.upgraded_at else "") + self.file_name(item)

    def file_name(self, item: Item) -> str:
        """The attachment's own name with a stamp of the host's clock."""
        if item.file is None:
            return ""
        stamp = _moment(item.ts + HOST_OFFSET).strftime("%Y%m%d%H%M%S") + f"{item.ts // 1000 % 1000:03d}"
        return f"attachment_{stamp}_{item.file.name}"

    def _minute(self, ts: int) -> tuple[str, str]:
        minute = ts // (60 * SECOND)
        found = self._minutes.get(minute)
        if found is None:
            if len(self._minutes) > 50_000:
                self._minutes.clear()
            found = self._minutes[minute] = (display_time(ts), _moment(ts).strftime("%Y-%m-%d %H:%M:"))
        return found


def serverless(item: Item) -> bytes:
    """The decrypted serverless object: fewer fields in another order, the fraction padded."""
    ts = item.ts
    moment = _moment(ts)
    entry: dict[str, Any] = {
        "message_id": item.message_id,
        "msgtype": item.msgtype,
        "vgroupid": item.conversation.vgroupid,
        "sender": item.sender.username,
        "sender_type": "normal",
        "msg_ts": f"{ts // SECOND}.{ts % SECOND:06d}",
        "time": _display(moment),
        "time_iso": moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{ts // 1000 % 1000:03d}",
    }
    if item.conversation.kind == "dm":
        entry["receiver"] = _receiver(item)
    name = f"compliance-output-file-{item.file.name}" if item.file else ""
    return orjson.dumps(entry | _payload(item, name, _display(moment)))


def display_time(ts: int) -> str:
    """`M/D/YY h:mm AM` on the host's clock."""
    return _display(_moment(ts + HOST_OFFSET))


def _display(moment: dt.datetime) -> str:
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment.month}/{moment.day}/{moment.year % 100} {moment.hour % 12 or 12}:{moment.minute:02d} {half}"


def _payload(item: Item, local_name: str, shown: str) -> dict[str, Any]:
    fields = dict(item.fields)
    if item.file is not None:
        fields["file"] = {**fields["file"], "localfilename": local_name, "uploadedtimestamp": shown}
    return fields


def _receiver(item: Item) -> str:
    one, other = item.conversation.members[:2]
    return (other if item.sender is one else one).username


def _moment(ts: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ts // SECOND, dt.UTC)
