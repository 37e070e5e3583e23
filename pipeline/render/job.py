"""What a rendering is asked for and what it reports: plain data that crosses process borders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_VOLUME_PAGES = 2000
"""A volume is closed before the record unit that would take it past this many pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderJob:
    """One rendering. Nothing in it may hold unredacted text."""

    title: str
    """Printed on the cover and kept as the PDF's title."""
    request_id: str
    agency: str
    bates_prefix: str
    """Printed before the number, with its separator, e.g. `FOIA-2026-00123-`."""
    bates_digits: int = 6
    bates_first: int = 1
    timezone: str
    """Name of the zone in which units begin and times are shown."""
    bundle_id: str
    profile: str = "release"
    record_unit: str = "conversation-day"
    date_from: str = ""
    date_to: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    """Exemption label and what it covers, in the order to print."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Category code of the policy and its non-revealing description."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Figures of the run for the cover, in the order to print: caption and number."""
    lang: str = "en-US"


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingRow:
    """One captured copy of a released record, without its place in the captures."""

    record_id: str
    format: str
    custodian: str = ""
    """Pseudonym or released name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeReport:
    """One PDF written."""

    name: str
    pages: int
    first_bates: str
    last_bates: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderReport:
    """What was rendered."""

    records: int
    units: int
    pages: int
    volumes: tuple[VolumeReport, ...]
    redactions: Mapping[str, int]
    """Deletions by exemption label, as printed."""
    losses: int
    duplicates: int
    replaced_characters: int
    """Characters that no page may carry (controls, unpaired surrogates) or no font has, shown as U+XXXX or dropped."""

    @property
    def first_bates(self) -> str:
        """The first number given out, or nothing when no page was made."""
        return self.volumes[0].first_bates if self.volumes else ""

    @property
    def last_bates(self) -> str:
        """The last number given out."""
        return self.volumes[-1].last_bates if self.volumes else ""


def bates(job: RenderJob, position: int) -> str:
    """The Bates number of the page at a 0-based position in the production."""
    return f"{job.bates_prefix}{job.bates_first + position:0{job.bates_digits}d}"
