"""A small real bundle and the tools to damage it: every change is made in the sealed bag, its manifests fixed up."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pyarrow as pa
import pyarrow.parquet as pq
from reportlab.lib.pagesizes import letter
from reportlab.pdfgen import canvas

from pipeline.bundle.bag import digest_files, write_bag
from pipeline.bundle.bundle_id import InputObject, bundle_id
from pipeline.bundle.manifest import BundleManifest, bag_info, file_list
from pipeline.bundle.seal import seal
from pipeline.model import REDACTION_SCHEMA, Counts, Redaction, to_batch

DATE = "2026-10-05"
NAME = "Marisol Quintanilla"
SHORT_NAME = "Zayra"
PHONE = "(956) 555-0134"
SSN = "219-09-9999"
EMAIL = "mquintanilla.priv@example.org"
ACCENTED = "Ram\u00f3n Ibarg\u00fcen"
PLATE = "KLM-8221"
CHINESE = "\u738b\u5c0f\u660e"
LITERALS = (NAME, SHORT_NAME, PHONE, SSN, EMAIL, ACCENTED, PLATE, CHINESE, "Grace", "Unknown", "20261005", "Al", "1234")
REDACTIONS = len(LITERALS)
LABEL = "[(b)(6); (b)(7)(C)]"

INPUTS = (InputObject(key="wickr-bot/1", version_id="v1", sha256="a" * 64, size=10),)


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "value": value}


def redaction(number: int) -> dict[str, Any]:
    return {
        "type": "redaction",
        "label": LABEL,
        "exemptions": ["(b)(6)", "(b)(7)(C)"],
        "amount": "1-5 words",
        "category": "NAME",
        "statute": None,
        "privilege": None,
        "index_no": number,
    }


def a_record(number: int, body: Sequence[Mapping[str, Any]], **changes: Any) -> dict[str, Any]:
    person = {"participant": "P1", "name": [text("Officer 1")]}
    return {
        "record_id": f"r-{number:020x}",
        "platform": "wickr",
        "conversation_id": f"c-{1:016x}",
        "conversation": {"kind": "room", "title": [text("Night shift")]},
        "unit": DATE,
        "kind": "message",
        "subkind": "",
        "sent_at": f"{DATE}T09:12:33.{number:06d}-04:00",
        "time_basis": "utc",
        "sender": person,
        "recipients": [person],
        "body": list(body),
        "versions": [],
        "deleted": [],
        "reactions": [],
        "read_by": [],
        "attachments": [],
        "details": [],
        "flags": [],
        "sightings": 2,
        "custodians": [person],
        "expires_at": None,
        "conflicts": [],
        "findings": [],
        "disposition": "RIP",
        "bates": {"begin": "FOIA-000001", "end": "FOIA-000001"},
        **changes,
    }


def records() -> list[dict[str, Any]]:
    return [
        a_record(1, [text("meet "), redaction(1), text(" at the gate, with grace")]),
        a_record(2, [text("call "), *(redaction(n) for n in range(2, REDACTIONS + 1)), text(" before noon")]),
        a_record(3, [text("nothing to hide here, kind unknown")], disposition="RIF"),
    ]


def a_pdf(lines: Sequence[str] = ()) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=letter, invariant=1)
    page.setTitle("Released records")
    body = [
        f"meet {LABEL} at the gate",
        *[f"call {LABEL} before noon"] * (REDACTIONS - 1),
        "nothing to hide here",
        *lines,
    ]
    for number, line in enumerate(body):
        page.drawString(72, 700 - 14 * number, line)
    page.showPage()
    page.save()
    return out.getvalue()


def jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows).encode()


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue().encode()


def payload(rows: Sequence[Mapping[str, Any]] | None = None) -> dict[str, bytes]:
    held = records() if rows is None else rows
    parts = [
        (part["index_no"], row["record_id"]) for row in held for part in row["body"] if part["type"] == "redaction"
    ]
    return {
        "records.jsonl": jsonl(held),
        "records.csv": table(["record_id", "sent_at"], [(row["record_id"], row["sent_at"]) for row in held]),
        "pdf/volume-0001.pdf": a_pdf(),
        "index/withholding.csv": table(["index_no", "record_id"], parts),
        "index/duplicates.csv": table(["record_id", "sightings"], [(row["record_id"], 2) for row in held]),
        "index/losses.csv": table(["finding_id"], []),
    }


def a_manifest(**changes: Any) -> BundleManifest:
    name = bundle_id(INPUTS, policy_digest="p" * 64, request={"from": DATE}, label="FOIA-2026-00001")
    values: dict[str, Any] = {
        "bundle_id": name,
        "run": "nightly 2026-10-05",
        "code_version": "0.1.0",
        "product": "release",
        "profile": "release",
        "request": {"from": DATE},
        "policy_digest": "p" * 64,
        "timezone": "America/New_York",
        "agency": "Example Agency",
        "inputs": INPUTS,
        "counts": Counts(lines=8, events=7, quarantined=1, messages=6, records=3, folded=3),
        "released": {"records": 3, "redactions": REDACTIONS, "sightings": 6},
        "redactions": {LABEL: REDACTIONS},
        "kept_categories": ("URL",),
        "stripped_secrets": ("control.filevaultinfo.key",),
        **changes,
    }
    return BundleManifest(**values)


def a_bundle(out: Path, files: Mapping[str, bytes] | None = None, **changes: Any) -> Path:
    """Seal a bundle from payload files."""
    source = out / "payload"
    for path, content in (payload() if files is None else files).items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(content)
    return seal(source, out / "bag", a_manifest(**changes), bagging_date=DATE)


def a_run(out: Path, literals: Sequence[str] = LITERALS, kept: Sequence[str] = ()) -> Path:
    """The private run folder with a ledger of these literals, filled up to one row for each deletion."""
    filled = [*literals, *(f"zzqfiller{n}xx" for n in range(len(literals), REDACTIONS))]
    rows = [
        Redaction(
            record_id="r-" + "0" * 19 + "1",
            unit=DATE,
            field="body",
            start=0,
            end=len(literal),
            literal=literal,
            categories=("NAME",),
            codes=("(b)(6)",),
            rule="roster",
            score=1.0,
            proposed_by="roster 1",
            amount="1-5 words",
        )
        for literal in filled
    ]
    folder = out / "run/redact/part-0000"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_batches([to_batch(rows, REDACTION_SCHEMA)]), folder / "ledger.parquet")
    if kept:
        pq.write_table(pa.table({"literal": list(kept)}), out / "run/redact/kept.parquet")
    return out / "run"


def reseal(bundle: Path, *, relist: bool = True) -> Path:
    """Fix up the manifests and the file list after a change, so that only the gate can tell."""
    listing = bundle / "metadata/file-list.csv"
    if relist and listing.is_file():
        names = [
            p.relative_to(bundle).as_posix()
            for top in ("data", "metadata")
            for p in (bundle / top).rglob("*")
            if p.is_file() and p != listing
        ]
        listing.write_bytes(file_list(digest_files(bundle, sorted(names)), date=DATE))
    for name in ("bagit.txt", "bag-info.txt"):
        (bundle / name).unlink(missing_ok=True)
    for path in bundle.glob("*manifest-*.txt"):
        path.unlink()
    write_bag(bundle, bag_info(a_manifest()), bagging_date=DATE)
    return bundle


def change(bundle: Path, path: str, edit: Callable[[bytes], bytes]) -> Path:
    """Change one file and fix up the manifests."""
    (bundle / path).write_bytes(edit((bundle / path).read_bytes()))
    return reseal(bundle, relist=path != "metadata/file-list.csv")


def change_pdf(bundle: Path, edit: Callable[[pikepdf.Pdf], object], **saving: Any) -> Path:
    """Change the volume through qpdf and fix up the manifests."""
    path = bundle / "data/pdf/volume-0001.pdf"
    with pikepdf.open(io.BytesIO(path.read_bytes())) as document:
        edit(document)
        document.save(path, static_id=True, **saving)
    return reseal(bundle)
