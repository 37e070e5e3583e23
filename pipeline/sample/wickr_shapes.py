"""How one event is written: as a line of the retention bot (old and new versions), or as a serverless object."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

import orjson

from pipeline.sample.people import STAFF
from pipeline.sample.timeline import DAY, SECOND
from pipeline.sample.wickr_items import Item

HOST_OFFSET = -7 * 3600 * SECOND
"""The bot host's clock runs seven hours behind UTC, unlike the agency's."""

_MINUTE = 60 * SECOND
_CLOCK_12 = [f" {h % 12 or 12}:{m:02d} {'AM' if h < 12 else 'PM'}" for h in range(24) for m in range(60)]
_CLOCK_24 = [f" {h:02d}:{m:02d}:" for h in range(24) for m in range(60)]
_LINE = orjson.OPT_SORT_KEYS
_ATTACHMENTS = "/opt/WickrIO/clients/compliance_bot/integration/wickrio-compliance-bot/attachments/"


class BotShape:
    """Lines of the retention bot."""

    def __init__(self, upgraded_at: int) -> None:
        self.upgraded_at = upgraded_at

    def line(self, item: Item) -> bytes:
        """The line without its line feed; before the bot's upgrade it has fewer fields and calls the id `id`."""
        ts = item.ts
        shown = display_time(ts + HOST_OFFSET)
        fields = item.fields if item.file is None else _payload(item, self.local_name(item), shown)
        entry: dict[str, Any] = {
            **fields,
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
        entry["sender_type"] = _sender_type(item)
        entry["time_iso"] = iso_time(ts)
        entry["ttl"] = display_time(ts + HOST_OFFSET + item.conversation.ttl * SECOND)
        if item.conversation.bor:
            entry["bor"] = display_time(ts + HOST_OFFSET + item.conversation.bor * SECOND)
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
        stamp = "".join(c for c in iso_time(item.ts + HOST_OFFSET) if c.isdigit())
        return f"attachment_{stamp}_{item.file.name}"


def serverless(item: Item) -> bytes:
    """The decrypted serverless object: fewer fields in another order, the fraction padded."""
    ts = item.ts
    shown = display_time(ts)
    entry: dict[str, Any] = {
        "message_id": item.message_id,
        "msgtype": item.msgtype,
        "vgroupid": item.conversation.vgroupid,
        "sender": item.sender.username,
        "sender_type": _sender_type(item),
        "msg_ts": f"{ts // SECOND}.{ts % SECOND:06d}",
        "time": shown,
        "time_iso": iso_time(ts),
    }
    if item.conversation.kind == "dm":
        entry["receiver"] = _receiver(item)
    name = f"compliance-output-file-{item.file.name}" if item.file else ""
    return orjson.dumps(entry | _payload(item, name, shown))


def display_time(ts: int) -> str:
    """`M/D/YY h:mm AM`."""
    return _date(ts // DAY)[0] + _CLOCK_12[ts // _MINUTE % 1440]


def iso_time(ts: int) -> str:
    """`YYYY-MM-DD hh:mm:ss.mmm`."""
    return f"{_date(ts // DAY)[1]}{_CLOCK_24[ts // _MINUTE % 1440]}{ts // SECOND % 60:02d}.{ts // 1000 % 1000:03d}"


def date_path(ts: int) -> str:
    """`YYYY/MM/DD` in UTC, as the serverless layout files its objects."""
    return _date(ts // DAY)[1].replace("-", "/")


@lru_cache(maxsize=64)
def _date(day: int) -> tuple[str, str]:
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    return f"{date.month}/{date.day}/{date.year % 100}", date.isoformat()


def _payload(item: Item, local_name: str, shown: str) -> dict[str, Any]:
    fields = dict(item.fields)
    if item.file is not None:
        fields["file"] = {**fields["file"], "localfilename": local_name, "uploadedtimestamp": shown}
    return fields


def _sender_type(item: Item) -> str:
    return "normal" if item.sender.role in STAFF else "guest"


def _receiver(item: Item) -> str:
    one, other = item.conversation.members[:2]
    return (other if item.sender is one else one).username
