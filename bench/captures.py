"""The files that `readers.py` measures with: for each reader one of the size asked for, or the largest there is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

WHATSAPP_MOST: Final = 40_000
"""Messages that an export without media holds at most."""
_WORDS: Final = ("the", "harbor", "watch", "files", "its", "figures", "on", "Tuesday", "after", "noon", "unless")
_START: Final = 1_770_000_000


@dataclass(frozen=True, slots=True)
class Capture:
    """How to write a file of one format, and what it is held against."""

    write: Callable[[Path, int], str]
    """Writes about so many bytes, or fewer where the format ends before; says which it was."""
    peer: str


def wickr_lines(path: Path, size: int) -> str:
    """The bot's JSON Lines: texts, files, edits and reactions as a room has them."""
    with path.open("wb") as out:
        for entry in _wickr():
            if out.write(json.dumps(entry, separators=(",", ":")).encode() + b"\n") and out.tell() >= size:
                return "any size"
    return ""


def wickr_objects(folder: Path, size: int) -> str:
    """Serverless objects, each one message, in folders by day."""
    most = min(size // 500, 50_000)
    for number, entry in zip(range(most), _wickr(), strict=False):
        place = folder / f"wickr-drs-encrypted/2026/02/{1 + number * 28 // most:02d}/{entry['vgroupid']}/message"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}-{entry['message_id']}.json").write_text(json.dumps(entry, indent=2), encoding="utf-8")
    return f"{most:,} objects of one message"


def whatsapp(path: Path, size: int) -> str:
    """One chat as an Android phone exports it."""
    chance = random.Random(1)  # noqa: S311 - not a secret
    with path.open("w", encoding="utf-8") as out:
        for number in range(WHATSAPP_MOST):
            day, minute = divmod(number, 1440)
            month = f"{1 + day // 28}/{1 + day % 28}/26"
            clock = f"{(minute // 60 + 11) % 12 + 1}:{minute % 60:02d}\u202f{'AM' if minute < 720 else 'PM'}"
            out.write(f"{month}, {clock} - {chance.choice(('Ana', 'Ben', 'Carolina'))}: {_said(chance)}\n")
    return f"{WHATSAPP_MOST:,} messages, the most an export has"


def _wickr() -> Iterator[dict[str, Any]]:
    chance = random.Random(1)  # noqa: S311 - not a secret
    number = 0
    while True:
        number += 1
        entry: dict[str, Any] = {
            "message_id": f"{number:08x}32fa11ee9a74053bb1017859",
            "msg_ts": f"{_START + number}.{chance.randrange(1_000_000)}",
            "time": "2/2/26 2:40 AM",
            "time_iso": "2026-02-02 02:40:00.000",
            "msgtype": 1000,
            "sender": f"person{chance.randrange(40)}@example.gov",
            "sender_type": "normal",
            "vgroupid": f"S{chance.randrange(30):063x}",
        }
        yield {**entry, **_wickr_payload(number, chance)}


def _wickr_payload(number: int, chance: random.Random) -> dict[str, Any]:
    target = f"{max(1, number - 5):08x}32fa11ee9a74053bb1017859"
    match chance.randrange(10):
        case 0:
            file = {"filename": f"plan-{number}.pdf", "guid": f"{number:032X}", "localfilename": f"{number}_plan.pdf"}
            return {"msgtype": 6000, "file": file}
        case 1:
            edit = {"type": "reaction", "reaction": "\U0001f44d", "reactAdded": True, "originalmessageid": target}
            return {"msgtype": 9100, "edit": edit}
        case _:
            return {"message": _said(chance), "ttl": "3/4/26 2:40 AM"}


def _said(chance: random.Random) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randrange(1, 24)))


CAPTURES: Final[Mapping[str, Capture]] = {
    "wickr-jsonl": Capture(wickr_lines, "json.loads per line"),
    "wickr-serverless": Capture(wickr_objects, "json.load per file"),
    "whatsapp": Capture(whatsapp, "re.match per line"),
}
"""By reader."""
