"""Builders of released records, so that a test shows only what matters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.render import RenderJob

JOB = RenderJob(
    title="Responsive records: field coordination chats",
    request_id="FOIA-2026-00123",
    agency="Bureau of Inland Waterways",
    bates_prefix="BIW-",
    timezone="America/New_York",
    bundle_id="b-0123456789abcdef",
    date_from="2026-10-01",
    date_to="2026-10-31",
    legend=(
        ("(b)(6)", "Personal privacy: disclosure would be a clearly unwarranted invasion of personal privacy."),
        ("(b)(7)(C)", "Law enforcement records: could reasonably be expected to invade personal privacy."),
        ("(b)(7)(E)", "Law enforcement techniques and procedures."),
    ),
    categories={"NAME_LINE_OFFICER": "Name of a line officer", "PHONE": "Telephone number"},
    counts={"Entries read": 1204, "Records in this production": 6, "Copies folded": 2, "Entries quarantined": 0},
)


def text(*parts: str | Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A text value; strings become text parts."""
    return [{"type": "text", "value": part} if isinstance(part, str) else part for part in parts if part != ""]


def deletion(number: int, *exemptions: str, amount: str | None = "1-5 words", **changes: Any) -> dict[str, Any]:
    """A redaction part."""
    codes = list(exemptions or ("(b)(6)",))
    part = {
        "type": "redaction",
        "label": f"[{'; '.join(codes)}]",
        "exemptions": codes,
        "amount": amount,
        "category": "PHONE",
        "statute": None,
        "privilege": None,
        "index_no": number,
    }
    return part | changes


def person(participant: str = "P1", *name: str | Mapping[str, Any]) -> dict[str, Any]:
    """A participant with a released name."""
    return {"participant": participant, "name": text(*name)}


def a_record(**changes: Any) -> dict[str, Any]:
    """A released record: one plain message."""
    record = {
        "record_id": "r-" + "0" * 20,
        "platform": "wickr",
        "conversation_id": "c-" + "0" * 16,
        "conversation": {"kind": "room", "title": text("Lock 14 repairs")},
        "unit": "2026-10-05",
        "kind": "message",
        "subkind": "",
        "sent_at": "2026-10-05T09:12:33.123456-04:00",
        "time_basis": "utc",
        "sender": person("P1", "Dana Whitfield"),
        "recipients": [person("P2", "Marcus Reyes")],
        "body": text("Crew is on site."),
        "versions": [],
        "deleted": [],
        "reactions": [],
        "read_by": [],
        "attachments": [],
        "details": [],
        "flags": [],
        "sightings": 1,
        "custodians": [],
        "expires_at": None,
        "conflicts": [],
        "findings": [],
        "disposition": "RIF",
    }
    return record | changes


def numbered(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records with ids and times that follow each other."""
    found = []
    for index, record in enumerate(records):
        digest = hashlib.sha256(str(index).encode()).hexdigest()
        at = f"2026-10-05T{9 + index // 3600:02d}:{index // 60 % 60:02d}:{index % 60:02d}.000000-04:00"
        found.append(record | {"record_id": "r-" + digest[:20], "sent_at": at})
    return found


def write_part(path: Path, records: Sequence[Mapping[str, Any]]) -> Path:
    """A part as redact writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record, sort_keys=True, ensure_ascii=False) for record in records]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def a_bundle() -> list[list[dict[str, Any]]]:
    """Two parts that hold one of everything; index numbers count from 1 in each."""
    dana, marcus = person("P1", "Dana Whitfield"), person("P2", "Marcus Reyes")
    hidden = person("P3", deletion(3, "(b)(6)", "(b)(7)(C)"))
    at = "2026-10-05T09:20:01-04:00"
    first = numbered(
        [
            a_record(sightings=2, custodians=[person("P1"), person("P2")]),
            a_record(
                sender=marcus,
                body=text("Call me at ", deletion(1), ", or ask ", deletion(2, "(b)(6)", "(b)(7)(C)"), " at the lock."),
                disposition="RIP",
            ),
            a_record(sender=hidden, body=text("ok 👍 see you"), read_by=[dana, marcus], disposition="RIP"),
            a_record(
                body=text("Gate 2 closes at 15:30, not 15:00."),
                versions=[
                    {"change": "original", "at": at, "body": text("Gate 2 closes at 15:00.")},
                    {"change": "edit", "at": at, "body": text("Gate 2 closes at 15:30, not 15:00.")},
                ],
                flags=["edited"],
                reactions=[{"value": text("👍"), "by": marcus, "at": at, "removed": True}],
            ),
            a_record(
                body=text("Disregard that."),
                deleted=[{"scope": "everyone", "at": at, "by": dana}],
                expires_at="2026-10-06T09:12:33-04:00",
                conflicts=["body"],
            ),
            a_record(
                kind="file",
                body=[],
                attachments=[
                    {
                        "name": text("gate-", deletion(4), ".jpg"),
                        "mime": "image/jpeg",
                        "disposition": "withheld",
                        "exemptions": ["(b)(6)"],
                        "path": None,
                    }
                ],
                disposition="RIP",
            ),
            a_record(body=text("Доброго ранку. Ελέγξτε την πύλη. 请在明天上午十点之前把合同发给我。")),
            a_record(sender=person("P9", "سارة"), body=text("مرحبا، هل يمكنك إرسال التقرير 4521 اليوم؟ שלום")),
            a_record(body=text("(brackets) \\ ]TJ [ >< )Tj ( and 50% – “quoted” it’s €5")),
        ]
        + [
            a_record(sender=marcus, body=text(f"Reading {n} of the gauge: " + "level steady, " * (n % 7)))
            for n in range(60)
        ]
    )
    other = {"conversation_id": "c-" + "1" * 16, "unit": "2026-10-06", "platform": "whatsapp"}
    second = [
        a_record(
            **other,
            record_id=f"r-{n:020d}",
            conversation={"kind": "dm", "title": []},
            sent_at=f"2026-10-06T10:00:{n:02d}-04:00",
            time_basis="zone-from-config",
            body=text("About ", deletion(n + 1, "(b)(7)(E)", amount="6-20 words"), "."),
            disposition="RIP",
        )
        for n in range(3)
    ]
    third = [dict(record, unit="2026-10-07", sent_at="2026-10-07T08:00:00-04:00") for record in second[:1]]
    third[0] |= {"record_id": "r-" + "a" * 20, "body": text("Good morning.")}
    return [first, second + third]
