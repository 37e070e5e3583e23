"""Where things are: the zones and the agency's own files, read from `FOIA_*` variables of the environment.

The environment says where, a request says what, rule files hold the vocabulary; there is no fourth place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from pipeline.errors import UsageError
from pipeline.job import Job

PREFIX = "FOIA_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one installation. Each field is the variable `FOIA_<NAME>`; an empty one counts as unset."""

    captures: str
    """Zone of the captures, read only."""
    lake: str
    """Zone of the lake."""
    transfer: str
    """Zone that bundles are delivered to."""
    runs: str = ""
    """Zone of the run folders; empty means `<lake>/runs`."""
    reports: str = ""
    """Zone of the oversight reports; empty means `<runs>/reports`."""
    sources: str = ""
    """Sources file, a path or URL; empty takes the archive's own."""
    roster: str = ""
    """Roster file, a path or URL; empty takes the archive's own."""
    policy: str = "law-enforcement"
    """Name of a shipped policy, or a path."""
    timezone: str = ""
    """The agency's time zone; empty takes the sources file's."""
    reviewers: str = ""
    """User ids that may answer an approval, separated by commas; empty lets every user with the right answer."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The settings in an environment.

        Raises:
            UsageError: A required variable is missing, or a `FOIA_*` variable is not one of ours.
        """
        known = {field.name for field in fields(cls)}
        given = {k.removeprefix(PREFIX).lower(): v for k, v in environment.items() if k.startswith(PREFIX)}
        if unknown := sorted(given.keys() - known):
            raise UsageError("not a setting: " + ", ".join(PREFIX + name.upper() for name in unknown))
        values = {name: value.strip() for name, value in given.items() if value.strip()}
        if missing := sorted({"captures", "lake", "transfer"} - values.keys()):
            raise UsageError("not set: " + ", ".join(PREFIX + name.upper() for name in missing))
        return cls(**values)

    @property
    def runs_zone(self) -> str:
        """The zone of the run folders."""
        return self.runs or f"{self.lake.rstrip('/')}/runs"

    @property
    def reports_zone(self) -> str:
        """The zone of the oversight reports."""
        return self.reports or f"{self.runs_zone.rstrip('/')}/reports"

    @property
    def reviewer_ids(self) -> tuple[str, ...]:
        """The ids in `reviewers`."""
        return tuple(name.strip() for name in self.reviewers.split(",") if name.strip())

    def job(self, **asked: Any) -> Job:
        """A job in these zones; what is asked goes before the installation's own policy."""
        places = {
            "captures": self.captures,
            "lake": self.lake,
            "transfer": self.transfer,
            "runs": self.runs,
            "sources": self.sources,
            "roster": self.roster,
            "policy": self.policy,
            "timezone": self.timezone,
        }
        return Job(**{**places, **{name: value for name, value in asked.items() if value is not None}})
