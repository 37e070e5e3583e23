"""The files that `readers.py` measures with: for each reader one of the size asked for, or the largest there is."""

from __future__ import annotations

import base64
import json
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.sample.bulk import write_bulk

WHATSAPP_MOST: Final = 40_000
"""Messages that an export without media holds at most."""
_WORDS: Final = ("the", "harbor", "watch", "files", "its", "figures", "on", "Tuesday", "after", "noon", "unless")
_START: Final = 1_770_000_000

_ZIP_TIME: Final = (2026, 2, 2, 9, 0, 0)
_MOST_MEMBERS: Final = 90_000
"""Below what one archive may hold."""
_MAIL: Final = """From: Ana Quintanilla <ana@example.gov>
To: "Deputy, Ben" <ben@example.gov>, carolina@example.gov
Subject: Re: =?utf-8?Q?quarterly_figures_{number}?=
Date: Mon, 2 Feb 2026 02:40:00 -0500
Message-ID: <{number:08d}.2026@example.gov>
References: <zero.2026@example.gov>
X-Smarsh-Network: Signal
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

{said}
--inner
Content-Type: text/html; charset=utf-8

<html><body><p>{said}</p></body></html>
--inner--
"""
_REPORT: Final = (
    """From: journal@example.gov
To: archive@example.gov
Subject: quarterly figures
Date: Mon, 2 Feb 2026 02:40:01 -0500
Message-ID: <report.{number:08d}@example.gov>
X-MS-Journal-Report:
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="report"

--report
Content-Type: text/plain; charset="us-ascii"

Sender: ana@example.gov
Subject: quarterly figures
Message-ID: <{number:08d}.2026@example.gov>
To: ben@example.gov
Bcc: hidden@example.gov, Expanded: everybody@example.gov

--report
Content-Type: message/rfc822

"""
    + _MAIL
    + """--report--
"""
)
_WITH_FILE: Final = """From: Ana Quintanilla <ana@example.gov>
To: ben@example.gov
Subject: scans
Date: Mon, 2 Feb 2026 02:40:00 -0500
Message-ID: <large.2026@example.gov>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

attached
--b
Content-Type: application/octet-stream; name="scans.bin"
Content-Transfer-Encoding: base64

"""


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


def zipped_mails(text: str, label: str) -> Callable[[Path, int], str]:
    """Single mails in a zip, as archivers hand them over."""

    def write(path: Path, size: int) -> str:
        chance, number = random.Random(1), 0  # noqa: S311 - not a secret
        with zipfile.ZipFile(path, "w") as archive:
            while archive.fp.tell() < size:
                mail = text.format(number=number, said=_said(chance)).replace("\n", "\r\n")
                archive.writestr(zipfile.ZipInfo(f"{number // 1000:04d}/{number}.eml", _ZIP_TIME), mail)
                number += 1
                if number == _MOST_MEMBERS:
                    break
        return f"{number:,} {label} in a zip"

    return write


def one_mail(path: Path, size: int) -> str:
    """One mail with an attachment that is nearly all of it."""
    block = base64.encodebytes(random.Random(1).randbytes(57 * 1024)).replace(b"\n", b"\r\n")  # noqa: S311
    with path.open("wb") as out:
        out.write(_WITH_FILE.replace("\n", "\r\n").encode())
        while out.tell() < size:
            out.write(block)
        out.write(b"--b--\r\n")
    return "one mail"


def sampled(name: str, most: int = 0, said: str = "any size") -> Callable[[Path, int], str]:
    """As the sample writes it in bulk."""

    def write(path: Path, size: int) -> str:
        write_bulk(name, path, min(size, most) if most else size)
        return said

    return write


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
    "signal-desktop": Capture(sampled("signal_desktop"), "select *"),
    "signal-export": Capture(sampled("signal_export"), "json.loads per line"),
    "sms-backup": Capture(sampled("sms_xml"), "iterparse"),
    "sms-ie": Capture(sampled("sms_ie"), "json.loads per line in a zip"),
    "slack": Capture(sampled("slack"), "json.loads per member"),
    "teams": Capture(sampled("teams"), "json.load"),
    "mbox": Capture(sampled("email"), "mailbox"),
    "eml": Capture(zipped_mails(_MAIL, "mails"), "email per member"),
    "eml, one": Capture(one_mail, "email"),
    "journal": Capture(zipped_mails(_REPORT, "reports"), "email per member"),
    "rsmf": Capture(sampled("rsmf", 2 * 10**6, "10,000 events, the most that load well"), "email"),
    "telegram": Capture(sampled("telegram"), "json.load"),
    "imessage": Capture(sampled("imessage"), "re.match per line"),
    "ufed": Capture(sampled("ufed"), "iterparse in a zip"),
}
"""By reader; where a reader's files differ in kind, each kind has a row."""
