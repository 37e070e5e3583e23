"""Seeds of the formats that are texts or lines: Wickr and WhatsApp."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.fuzz.seed import Seed

ROOM: Final = "S" + "0a" * 31 + "0"
LRM: Final = "\u200e"


def _wickr(number: int, msgtype: int, **fields: Any) -> dict[str, Any]:
    return {
        "message_id": f"{number:08x}32fa11ee9a74053bb1017859",
        "msg_ts": f"{1_770_000_000 + number}.5",
        "time": "2/2/26 2:40 AM",
        "msgtype": msgtype,
        "sender": "quintanilla@example.gov",
        "vgroupid": ROOM,
        **fields,
    }


_ENTRIES: Final = (
    _wickr(1, 1000, message="quarterly figures are finished \U0001f44d", ttl="3/4/26 2:40 AM", bor="2/3/26 2:40 AM"),
    _wickr(2, 4001, control={"members": ["a", "b"], "title": "Harbor watch", "changemask": 47, "ttl": 60}),
    _wickr(3, 6000, file={"filename": "harborplan.pdf", "guid": "G-1", "localfilename": "attachment_1_harborplan.pdf"}),
    _wickr(4, 9000, edit={"originalmessageid": "m1", "type": "text", "text": "corrected wording"}),
    _wickr(5, 9100, edit={"originalmessageid": "m1", "type": "reaction", "reaction": "+1", "reactAdded": False}),
    _wickr(6, 4011, control={"isrecall": True, "msgid": "m1"}),
    _wickr(7, 7000, call={"status": 1, "participants": ["hash"], "duration": 60}, receiver="ben@example.gov"),
    _wickr(8, 4004, control={"changemask": 64, "filevaultinfo": {"guid": "g", "key": "s3cret"}}),
    _wickr(9, 9200, readreceipt={"status": "READ", "message_timestamp_secs": "1", "message_timestamp_usecs": "2"}),
    _wickr(10, 7777, brandnew={"a": [1]}),
)

WICKR_LINES: Final = Seed(
    reader="wickr-jsonl",
    syntax="lines",
    elements=tuple(json.dumps(entry, separators=(",", ":")).encode() + b"\n" for entry in _ENTRIES),
)
WICKR_SERVERLESS: Final = Seed(
    reader="wickr-serverless",
    syntax="text",
    elements=tuple(json.dumps(entry, indent=2).encode() + b"\n" for entry in _ENTRIES[:3]),
    lookahead=1,
    key=f"drs/wickr-drs-encrypted/2026/02/02/{ROOM}/message/17-m1.json",
)

WICKR_USERNAMES: Final = Seed(
    reader="wickr-usernames",
    syntax="json",
    head=json.dumps(
        [{"username_hash": "ab" * 32, "username": "quintanilla@example.gov"}, {"hash": "cd" * 32}]
    ).encode(),
    key=f"drs/wickr-drs-encrypted/2026/02/02/{ROOM}/username/1-u.json",
)

_PHONE: Final = (
    f"[25/01/26, 9:00:00] Harbor watch: {LRM}Messages and calls are end-to-end encrypted.",
    "[25/01/26, 9:01:02] Ana Quintanilla: quarterly figures",
    "are finished",
    "[25/01/26, 9:02:00] Ben: answered",
    f"[25/01/26, 9:03:00] Ben: {LRM}<attached: 00000042-PHOTO-2026-01-25-09-03-00.jpg>",
    f"[25/01/26, 9:04:00] ~\u202fCarolina: corrected {LRM}<This message was edited>",
    f"[25/01/26, 9:05:00] Ana Quintanilla: {LRM}This message was deleted.",
    f"[25/01/26, 9:06:00] Ben: {LRM}image omitted",
    f"[25/01/26, 9:07:00] Harbor watch: {LRM}Ana Quintanilla added Dorothea",
    "[25/01/26, 9:08:00] Ben: thanks",
)
_ANDROID: Final = (
    "1/25/26, 9:00\u202fAM - Messages and calls are end-to-end encrypted.",
    "1/25/26, 9:01\u202fAM - Ana Quintanilla: quarterly figures",
    "1/25/26, 9:02\u202fAM - Ben: IMG-20260125-WA0001.jpg (file attached)",
    "1/25/26, 9:03\u202fAM - Ben: <Media omitted>",
    "1/25/26, 9:04\u202fAM - Ana Quintanilla: This message was deleted",
    "1/25/26, 9:05\u202fAM - Ben: thanks",
)
_LEARNT: Final = frozenset(("conversation_kind", "conversation_title", "recipients", "attributes"))


def _text(lines: tuple[str, ...], starts: str) -> tuple[bytes, ...]:
    """Lines as elements; a line that starts otherwise belongs to the one before."""
    elements: list[bytes] = []
    for line in lines:
        if line.startswith(starts) or not elements:
            elements.append(b"")
        elements[-1] += line.encode() + b"\n"
    return tuple(elements)


def _whatsapp(name: str, lines: tuple[str, ...], starts: str) -> Seed:
    return Seed(
        reader="whatsapp",
        name=name,
        syntax="text",
        elements=_text(lines, starts),
        timezone="America/New_York",
        lookahead=1,
        learnt=_LEARNT,
        settled=False,
        tokens=(
            b" added ",
            b"<attached: ",
            b"1/1/26, 9:00 - a: b\n",
            b"1/1/26, ",
            b"\xe2\x80\xaf",
            b" (file attached)",
        ),
    )


_TEXTED: Final = (
    "Feb 02, 2026 12:00:01 PM\nMe\nquarterly figures\n\n",
    "Feb 02, 2026 12:00:02 PM (Read by you after 5 seconds)\n+15205550100\nwording\nTapbacks:\nLoved by Me\n\n",
    "Feb 02, 2026 12:00:03 PM\n+15205550100\nattachments/12/harborplan.pdf\n\n",
    "Feb 02, 2026 12:00:04 PM Carolina added Dorothea to the conversation.\n\n",
    "Feb 02, 2026 12:00:05 PM\nMe\nEdited 5 seconds later: thanks\n\n",
)
IMESSAGE: Final = Seed(
    reader="imessage",
    syntax="text",
    elements=tuple(text.encode() for text in _TEXTED),
    key="captures/+15205550100.txt",
    timezone="America/Los_Angeles",
    lookahead=1,
    learnt=_LEARNT | {"conversation_id", "vendor_id"},
    settled=False,
    tokens=(b" added ", b" by ", b"Sticker from ", b"    ", b"Edited 1 day later: ", b"Tapbacks:\n", b"Feb 02, 2026 "),
)

SEEDS: Final = (
    IMESSAGE,
    WICKR_LINES,
    WICKR_SERVERLESS,
    WICKR_USERNAMES,
    _whatsapp("iphone", _PHONE, "["),
    _whatsapp("android", _ANDROID, "1/"),
)
