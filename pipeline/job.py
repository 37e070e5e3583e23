"""What one run is asked to do: the zones, the rules and the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job. Zones say where, the rest says what; only the rest decides what a bundle holds."""

    captures: str
    lake: str
    transfer: str
    runs: str = ""
    """Zone of the run folders; empty means `<lake>/runs`."""
    sources: str = ""
    """Sources file, a URL or path; empty takes the archive's own, if it has one."""
    policy: str = "law-enforcement"
    """Name of a shipped policy, or a path."""
    roster: str = ""
    profile: str = "release"
    from_day: str = ""
    """First day, `YYYY-MM-DD` in the agency's zone, or empty."""
    to_day: str = ""
    """Last day, inclusive."""
    custodians: tuple[str, ...] = ()
    conversations: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    request: str = ""
    timezone: str = ""
    formats: tuple[str, ...] = ("pdf", "json", "csv")
    only_new: bool = False
    """Release only what no earlier bundle of this kind delivered: the nightly job."""
    arrived_before_utc: int | None = None
    """Take capture objects written before this moment (microseconds)."""
    product: str = "nightly"
    """`nightly` or `request`: which history of deliveries the job belongs to."""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Back from `to_json`."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in document.items()}
        return cls(**values)

    def selection(self) -> dict[str, Any]:
        """The part that decides what a bundle holds, wherever the zones lie."""
        names = ("from_day", "to_day", "custodians", "conversations", "terms", "request", "formats", "only_new")
        return {name: value for name, value in asdict(self).items() if name in (*names, "profile", "product")}
