"""`write_sample`: a whole fictional capture archive with its ground truth, streamed in bounded memory."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import UsageError
from pipeline.sample.people import Person, build_cast, roster_csv
from pipeline.sample.timeline import AGENCY_ZONE, DAY, Timeline, build_timeline
from pipeline.sample.truth import Truth
from pipeline.sample.uploads import Uploads
from pipeline.sample.whatsapp import write_whatsapp
from pipeline.sample.whatsapp_export import Phone
from pipeline.sample.whatsapp_plan import plan_phones
from pipeline.sample.wickr import Network
from pipeline.sample.wickr_capture import WickrCapture
from pipeline.storage import Zone, open_zone, write_json

MIN_MESSAGES = 200
MAX_MESSAGES = 10_000_000
AGENCY = "Border Inspection Service (fictional)"

Progress = Callable[[int, int], None]


def write_sample(
    out_url: str, *, messages: int = 2000, seed: int = 1, progress: Progress | None = None
) -> dict[str, Any]:
    """Write a fictional agency's capture archive and the truth about it.

    Args:
        out_url: Zone to write to, a folder or `s3://bucket/prefix`.
        messages: Distinct real messages (text, file, call, location) that at least one capture holds.
        seed: Same size and same seed, same bytes.
        progress: Called with messages written so far and in all.

    Returns:
        What `truth/counts.json` says.

    Raises:
        UsageError: The size is not between 200 and 10 million.
        StorageError: The zone cannot be written.
    """
    if not MIN_MESSAGES <= messages <= MAX_MESSAGES:
        raise UsageError(f"--messages must be between {MIN_MESSAGES} and {MAX_MESSAGES}")
    zone = open_zone(out_url)
    timeline = build_timeline(messages, _rng(seed, "timeline"))
    people = build_cast(_head_count(messages), _rng(seed, "people"))
    phone_share = max(60, messages // 10)
    report = progress or (lambda done, total: None)
    phones = plan_phones(people, phone_share)
    _write_settings(zone, people, phones, messages=messages, seed=seed)
    with tempfile.TemporaryDirectory(prefix="foia-sample-") as folder, Uploads(zone.at("captures")) as captures:
        scratch = Path(folder)
        truth = Truth(scratch, people)
        work = _Work(captures, scratch, truth, people, timeline, seed)
        _write_wickr(work, messages - phone_share, lambda done: report(done, messages))
        write_whatsapp(
            captures=work.captures,
            truth=truth,
            scratch=scratch,
            rng=_rng(seed, "whatsapp"),
            people=people,
            phones=phones,
            timeline=timeline,
            messages=phone_share,
            progress=lambda done: report(messages - phone_share + done, messages),
        )
        captures.finish()
        return truth.publish(zone)


@dataclass(frozen=True, slots=True)
class _Work:
    captures: Uploads
    scratch: Path
    truth: Truth
    people: Sequence[Person]
    timeline: Timeline
    seed: int


def _write_wickr(work: _Work, messages: int, progress: Callable[[int], None]) -> None:
    timeline = work.timeline
    network = Network(rng=_rng(work.seed, "wickr"), people=work.people, timeline=timeline, messages=messages)
    capture = WickrCapture(
        captures=work.captures,
        truth=work.truth,
        scratch=work.scratch,
        rng=_rng(work.seed, "capture"),
        timeline=timeline,
        messages=messages,
    )
    done = 0
    for day, quota in enumerate(timeline.share(messages)):
        capture.take(network.day(day, quota), until=timeline.start_of(day) + DAY)
        done += quota
        progress(done)
    capture.close()


def _write_settings(zone: Zone, people: Sequence[Person], phones: Sequence[Phone], *, messages: int, seed: int) -> None:
    zone.put("roster.csv", roster_csv(people))
    office = "El Centro Station (fictional)"
    network = {"platform": "wickr", "custodian": "network", "network": "bis.example.gov", "office": office}
    sources: list[dict[str, str]] = [
        {"prefix": f"{prefix}/", **network, "account": "official"} for prefix in ("wickr-bot", "wickr-drs-decrypted")
    ]
    sources += [
        {
            "prefix": f"whatsapp/{phone.custodian}/",
            "platform": "whatsapp",
            "custodian": phone.custodian,
            "office": office,
            "timezone": phone.zone.key,
            "account": "personal",
            "owner_name": phone.owner_name,
        }
        for phone in phones
    ]
    document = {"agency": AGENCY, "timezone": AGENCY_ZONE.key, "sources": sources}
    zone.put("sources.yml", yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode())
    descriptor = {
        "agency": AGENCY,
        "captures": "captures/",
        "messages": messages,
        "roster": "roster.csv",
        "seed": seed,
        "sources": "sources.yml",
        "timezone": AGENCY_ZONE.key,
        "truth": "truth/",
    }
    write_json(zone, "archive.json", descriptor)


def _head_count(messages: int) -> int:
    return int(max(30, 30 * (messages / 2000) ** 0.35))


def _rng(seed: int, purpose: str) -> random.Random:
    """An independent stream per purpose: text seeds are hashed with SHA-512, not with the process's hash."""
    return random.Random(f"{seed}:{purpose}")  # noqa: S311 - fiction, not secrecy
