"""The sources file: for each key prefix whose copy it is, what wrote it, and in which time zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline.errors import BadSources, StorageError
from pipeline.storage import Zone, read_bytes

DEFAULT_KEY = "sources.yml"


def zone_of(name: str) -> ZoneInfo:
    """The IANA time zone of that name.

    Raises:
        ValueError: There is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise ValueError("is not an IANA time zone") from problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the agency says of the objects under one prefix; empty where it says nothing."""

    prefix: str = ""
    platform: str = ""
    custodian: str = ""
    """Whose copy it is; `network` for the capture of a whole network."""
    network: str = ""
    office: str = ""
    timezone: str = ""
    """Zone of the local times in exports that carry none."""
    account: str = ""
    """`official` or `personal`."""
    owner_name: str = ""
    """The custodian's name as the export shows it."""
    owner_id: str = ""
    """The custodian's own number or account as captures show it."""
    secret: str = ""
    """Where the key of an encrypted database is: `env:NAME` or `file:PATH`. Never the key itself."""


class SourceEntry(BaseModel):
    """One row of `sources:`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: str
    platform: str = ""
    custodian: str
    network: str = ""
    office: str = ""
    timezone: str = ""
    account: Literal["official", "personal"]
    owner_name: str = ""
    owner_id: str = ""
    secret: str = ""

    @field_validator("secret")
    @classmethod
    def _reference(cls, value: str) -> str:
        if value and not value.startswith(("env:", "file:")):
            raise ValueError("must say where the key is, env:NAME or file:PATH")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value:
            zone_of(value)
        return value

    def source(self) -> Source:
        """As the plain value that readers get."""
        return Source(**self.model_dump())


class Retention(BaseModel):
    """One row of `retention:`: what was set to expire, and when that setting held."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    prefix: str = ""
    platform: str = ""
    network: str = ""
    conversation: str = ""
    since: date | None = Field(default=None, alias="from")
    until: date | None = Field(default=None, alias="to")
    ttl_seconds: int | None = Field(default=None, ge=0)
    burn_on_read_seconds: int | None = Field(default=None, ge=0)
    note: str = ""


class Sources(BaseModel):
    """The sources file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agency: str = ""
    timezone: str = ""
    """The agency's zone: decides record units, never the time of an event."""
    sources: tuple[SourceEntry, ...] = ()
    retention: tuple[Retention, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value:
            zone_of(value)
        return value

    @field_validator("sources")
    @classmethod
    def _prefix_once(cls, value: tuple[SourceEntry, ...]) -> tuple[SourceEntry, ...]:
        prefixes = [entry.prefix for entry in value]
        if len(set(prefixes)) != len(prefixes):
            raise ValueError("names one prefix twice")
        return value

    def of(self, object_key: str) -> Source:
        """The source of an object: the longest prefix wins; empty values when none fits."""
        fitting = [entry for entry in self.sources if object_key.startswith(entry.prefix)]
        return max(fitting, key=lambda entry: len(entry.prefix)).source() if fitting else Source()


def load_sources(place: Zone | Path | str, key: str = DEFAULT_KEY) -> Sources:
    """Read a sources file from a path, or from a zone under `key`.

    Raises:
        BadSources: It cannot be read, is not YAML, or breaks a rule; the message names file and key.
    """
    named = str(place) if isinstance(place, (str, Path)) else f"{place.url}/{key}"
    try:
        text = Path(place).read_bytes() if isinstance(place, (str, Path)) else read_bytes(place, key)
    except OSError as problem:
        raise BadSources(f"{named}: {problem.strerror}") from problem
    except StorageError as problem:
        raise BadSources(str(problem)) from problem
    return parse_sources(text, named)


def parse_sources(text: bytes, named: str) -> Sources:
    """The sources in the bytes of a YAML file; `named` is how errors call it.

    Raises:
        BadSources: As for `load_sources`.
    """
    try:
        document: Any = yaml.safe_load(text.decode("utf-8-sig")) or {}
    except UnicodeDecodeError as problem:
        raise BadSources(f"{named}: not UTF-8") from problem
    except (yaml.YAMLError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        raise BadSources(f"{named}: not YAML" + (f", line {mark.line + 1}" if mark else "")) from problem
    if not isinstance(document, Mapping):
        raise BadSources(f"{named}: must be a mapping")
    try:
        return Sources.model_validate(document)
    except ValidationError as problem:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in problem.errors(include_input=False, include_url=False)
        ]
        raise BadSources(f"{named}: " + "; ".join(faults)) from problem
