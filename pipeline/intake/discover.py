"""What there is to read: one listing of the captures, in shares of equal work, and what an archive says of itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from pipeline.errors import BadSources
from pipeline.intake.sources import Sources, load_sources, zone_of
from pipeline.storage import ObjectInfo, Zone, open_zone

log = logging.getLogger(__name__)

DESCRIPTOR_KEY = "archive.json"
SHARD_BYTES = 64 << 20
SHARD_OBJECTS = 5000
_DESCRIPTOR_LIMIT = 1 << 20


class Descriptor(BaseModel):
    """`archive.json` at the root of an archive: where its parts lie. Unknown keys are left to their producer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    captures: str
    sources: str = ""
    roster: str = ""
    truth: str = ""
    timezone: str = ""

    @field_validator("captures", "sources", "roster", "truth")
    @classmethod
    def _inside(cls, value: str) -> str:
        if value.startswith("/") or "\\" in value or "\0" in value or ".." in value.split("/"):
            raise ValueError("leaves the archive")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value:
            zone_of(value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Captures:
    """A captures zone, and the defaults that its archive gives."""

    zone: Zone
    """The zone of the capture objects; keys are relative to it."""
    root: Zone
    """The zone that was asked for; the keys below are relative to it."""
    descriptor: Descriptor | None = None

    @property
    def sources_key(self) -> str:
        """Key of the archive's own sources file, or empty."""
        return self.descriptor.sources if self.descriptor else ""

    @property
    def roster_key(self) -> str:
        """Key of the archive's own roster, or empty."""
        return self.descriptor.roster if self.descriptor else ""

    @property
    def timezone(self) -> str:
        """The agency's zone as the archive states it, or empty."""
        return self.descriptor.timezone if self.descriptor else ""

    def sources(self) -> Sources:
        """The archive's own sources; empty when it has none.

        Raises:
            BadSources: The file it names is wrong.
        """
        return load_sources(self.root, self.sources_key) if self.sources_key else Sources()


def open_captures(url: str) -> Captures:
    """The captures behind a URL. Where a valid `archive.json` lies there, only its `captures/` are captures.

    Raises:
        StorageError: The zone cannot be read.
        BadSources: `archive.json` means to be a descriptor and is none: a release without the roster that it names
            would leave names in the clear.
    """
    root = open_zone(url)
    if not root.exists(DESCRIPTOR_KEY):
        return Captures(zone=root, root=root)
    with root.get(DESCRIPTOR_KEY).stream as stream:
        text = stream.read(_DESCRIPTOR_LIMIT + 1)
    try:
        descriptor = Descriptor.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError) as problem:
        if b'"captures"' in text:
            keys = (
                [".".join(map(str, e["loc"])) for e in problem.errors()] if isinstance(problem, ValidationError) else []
            )
            said = f"{', '.join(keys)}: not usable" if keys else "not a JSON object"
            raise BadSources(f"{root.url}/{DESCRIPTOR_KEY}: {said}") from problem
        log.warning("%s/%s is not an archive descriptor and is read as a capture", root.url, DESCRIPTOR_KEY)
        return Captures(zone=root, root=root)
    inner = descriptor.captures.strip("/")
    return Captures(zone=root.at(inner) if inner not in ("", ".") else root, root=root, descriptor=descriptor)


def discover(zone: Zone) -> Iterator[ObjectInfo]:
    """Every object version, by key: one listing, no request per object.

    Raises:
        StorageError: The zone cannot be listed.
    """
    return zone.iter_objects()


def plan_shards(
    infos: Iterable[ObjectInfo], max_bytes: int = SHARD_BYTES, max_objects: int = SHARD_OBJECTS
) -> list[list[ObjectInfo]]:
    """Object versions in shares of work, in key order. An object larger than a share has one for itself."""
    shards: list[list[ObjectInfo]] = []
    held: list[ObjectInfo] = []
    size = 0
    for info in sorted(infos, key=lambda info: info.key):
        if held and (size + info.size > max_bytes or len(held) >= max_objects):
            shards.append(held)
            held, size = [], 0
        held.append(info)
        size += info.size
    return [*shards, held] if held else shards
