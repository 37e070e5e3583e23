"""The table of capture formats that the sample can write beside Wickr and WhatsApp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from pipeline.sample.formats import (
    email,
    imessage,
    rsmf,
    signal_desktop,
    signal_export,
    slack,
    sms_ie,
    sms_xml,
    teams,
    telegram,
    ufed,
)
from pipeline.sample.formats.telling import Work
from pipeline.sample.people import Person


class SampleFormat(Protocol):
    """A module of this package."""

    def sources(self, people: Sequence[Person]) -> list[dict[str, str]]:
        """Its rows of the sources file."""

    def write(self, work: Work) -> None:
        """Write captures and truth."""


SAMPLE_FORMATS: Final[Mapping[str, SampleFormat]] = {
    "signal_export": signal_export,
    "signal_desktop": signal_desktop,
    "sms_xml": sms_xml,
    "sms_ie": sms_ie,
    "slack": slack,
    "teams": teams,
    "email": email,
    "rsmf": rsmf,
    "telegram": telegram,
    "imessage": imessage,
    "ufed": ufed,
}
"""Formats in the order in which they are written. A new one is a module beside these and a row here."""
