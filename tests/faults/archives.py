"""One small archive, and whatever is put into it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.job import Job

NOW = 1_795_000_000_000_000
ROOM = "S" + "0a" * 31 + "0"
POLICY = b"version: 1\nextends: law-enforcement\nname: ours\n"
"""A policy file to add something wrong to."""
CANARY = "canaryword"
"""Stands in every damaged entry, so that a quoted text gives itself away."""
SOURCES = b"""timezone: America/New_York
sources:
  - {prefix: wickr-bot/, platform: wickr, custodian: network, account: official}
  - {prefix: whatsapp/ana/, platform: whatsapp, custodian: ana, timezone: America/Chicago, account: personal}
"""
ROSTER = b"""person_id,full_name,role,aliases,emails,phones,handles
p-1,Marisol Quintanilla,line_officer,,mq@example.gov,,
"""
CHAT = b"1/25/26, 9:00 AM - Ana: first light\n1/25/26, 9:01 AM - Ben: second watch\n"


def a_line(number: int, **changes: Any) -> bytes:
    """One Wickr text message with its newline; None takes a field out."""
    entry = {
        "message": f"all quiet at post {number}, says Marisol Quintanilla",
        "message_id": f"{number:08x}32fa11ee9a74053bb1017859",
        "msg_ts": f"{1_770_000_000 + number}.5",
        "msgtype": 1000,
        "sender": "mq@example.gov",
        "vgroupid": ROOM,
        **changes,
    }
    kept = {name: value for name, value in entry.items() if value is not None}
    return json.dumps(kept, separators=(",", ":")).encode() + b"\n"


def a_zip(members: Mapping[str, bytes]) -> bytes:
    """A zip whose member names are taken as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def an_archive(root: Path, captures: Mapping[str, bytes] | None = None, **files: bytes) -> Path:
    """Two good captures and the given ones; `files` replaces `sources`, `roster` or `archive`."""
    own = {"sources": "sources.yml", "roster": "roster.csv", "archive": "archive.json"}
    descriptor = json.dumps({"captures": "captures/", "sources": "sources.yml", "roster": "roster.csv"}).encode()
    held = {"sources": SOURCES, "roster": ROSTER, "archive": descriptor, **files}
    good = {"wickr-bot/1": a_line(1) + a_line(2), "whatsapp/ana/chat.txt": CHAT}
    contents = {own[name]: content for name, content in held.items()}
    contents |= {f"captures/{key}": content for key, content in {**good, **(captures or {})}.items()}
    for key, content in contents.items():
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(content)
    return root


def a_job(archive: Path | str, out: Path | str, **changes: Any) -> Job:
    """A request over the whole archive."""
    return Job(
        **{"captures": str(archive), "lake": f"{out}-lake", "transfer": str(out), "product": "request", **changes}
    )
