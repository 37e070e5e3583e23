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
from pipeline.sample.formats import SAMPLE_FORMATS
from pipeline.sample.formats.telling import Work
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
OFFICE = "El Centro Station (fictional)"
WICKR = "wickr"
WHATSAPP = "whatsapp"
DEFAULT_FORMATS = (WICKR, WHATSAPP)
ALL_FORMATS = (*DEFAULT_FORMATS, *SAMPLE_FORMATS)

Progress = Callable[[int, int], None]


def write_sample(
    out_url: str,
    *,
    messages: int = 2000,
    seed: int = 1,
    formats: Sequence[str] = DEFAULT_FORMATS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write a fictional agency's capture archive and the truth about it.

    Args:
        out_url: Zone to write to, a folder or `s3://bucket/prefix`.
        messages: Distinct real messages (text, file, call, location) that at least one Wickr or WhatsApp capture
            holds; each other format has a twentieth of that, and at least 60.
        seed: Same size, same formats and same seed, same bytes.
        formats: Names of `ALL_FORMATS`.
        progress: Called with messages written so far and in all.

    Returns:
        What `truth/counts.json` says.

    Raises:
        UsageError: The size is not between 200 and 10 million, or there is no such format.
        StorageError: The zone cannot be written.
    """
    if not MIN_MESSAGES <= messages <= MAX_MESSAGES:
        raise UsageError(f"--messages must be between {MIN_MESSAGES} and {MAX_MESSAGES}")
    if unknown := set(formats) - set(ALL_FORMATS):
        raise UsageError(f"no such format: {', '.join(sorted(unknown))}")
    chosen = [name for name in ALL_FORMATS if name in formats]
    shares = {name: _share(name, messages) for name in chosen}
    zone = open_zone(out_url)
    people = build_cast(_head_count(messages), _rng(seed, "people"))
    phones = plan_phones(people, _share(WHATSAPP, messages))
    _write_settings(zone, people, phones, formats=chosen, messages=messages, seed=seed)
    done = 0
    with tempfile.TemporaryDirectory(prefix="foia-sample-") as folder, Uploads(zone.at("captures")) as captures:
        scratch = Path(folder)
        truth = Truth(scratch, people)
        timeline = build_timeline(messages, _rng(seed, "timeline"))
        work = _Work(captures, scratch, truth, people, timeline, phones, seed)
        for name, share in shares.items():
            _write(work, name, share, _Report(progress, done, sum(shares.values())))
            done += share
        captures.finish()
        return truth.publish(zone)


@dataclass(frozen=True, slots=True)
class _Report:
    """Tells the progress of one format as part of the whole."""

    progress: Progress | None
    before: int
    total: int

    def __call__(self, done: int) -> None:
        if self.progress is not None:
            self.progress(self.before + done, self.total)


@dataclass(frozen=True, slots=True)
class _Work:
    captures: Uploads
    scratch: Path
    truth: Truth
    people: Sequence[Person]
    timeline: Timeline
    phones: Sequence[Phone]
    seed: int


def _share(name: str, messages: int) -> int:
    """How many messages a format gets: of the given number a tenth is WhatsApp's and the rest Wickr's."""
    phones = max(60, messages // 10)
    return {WICKR: messages - phones, WHATSAPP: phones}.get(name, max(60, messages // 20))


def _write(work: _Work, name: str, messages: int, progress: Callable[[int], None]) -> None:
    if name == WICKR:
        _write_wickr(work, messages, progress)
    elif name == WHATSAPP:
        write_whatsapp(
            captures=work.captures,
            truth=work.truth,
            scratch=work.scratch,
            rng=_rng(work.seed, "whatsapp"),
            people=work.people,
            phones=work.phones,
            timeline=work.timeline,
            messages=messages,
            progress=progress,
        )
    else:
        share = Work(
            name=name,
            captures=work.captures,
            scratch=work.scratch,
            truth=work.truth,
            people=work.people,
            messages=messages,
            seed=work.seed,
        )
        SAMPLE_FORMATS[name].write(share)
        progress(messages)


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


def _write_settings(
    zone: Zone,
    people: Sequence[Person],
    phones: Sequence[Phone],
    *,
    formats: Sequence[str],
    messages: int,
    seed: int,
) -> None:
    zone.put("roster.csv", roster_csv(people))
    sources = [row for name in formats for row in _sources_of(name, people, phones)]
    document = {"agency": AGENCY, "timezone": AGENCY_ZONE.key, "sources": sources}
    zone.put("sources.yml", yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode())
    descriptor: dict[str, Any] = {
        "agency": AGENCY,
        "captures": "captures/",
        "messages": messages,
        "roster": "roster.csv",
        "seed": seed,
        "sources": "sources.yml",
        "timezone": AGENCY_ZONE.key,
        "truth": "truth/",
    }
    if tuple(formats) != DEFAULT_FORMATS:
        descriptor["formats"] = list(formats)
    write_json(zone, "archive.json", descriptor)


def _sources_of(name: str, people: Sequence[Person], phones: Sequence[Phone]) -> list[dict[str, str]]:
    """The rows of the sources file for one format."""
    if name == WICKR:
        network = {"platform": WICKR, "custodian": "network", "network": "bis.example.gov", "office": OFFICE}
        prefixes = ("wickr-bot/", "wickr-drs-decrypted/")
        return [{"prefix": prefix, **network, "account": "official"} for prefix in prefixes]
    if name != WHATSAPP:
        return [{**row, "office": OFFICE} for row in SAMPLE_FORMATS[name].sources(people)]
    return [
        {
            "prefix": f"whatsapp/{phone.custodian}/",
            "platform": WHATSAPP,
            "custodian": phone.custodian,
            "office": OFFICE,
            "timezone": phone.zone.key,
            "account": "personal",
            "owner_name": phone.owner_name,
        }
        for phone in phones
    ]


def _head_count(messages: int) -> int:
    return int(max(30, 30 * (messages / 2000) ** 0.35))


def _rng(seed: int, purpose: str) -> random.Random:
    """An independent stream per purpose: text seeds are hashed with SHA-512, not with the process's hash."""
    return random.Random(f"{seed}:{purpose}")  # noqa: S311 - fiction, not secrecy
