"""The bundle id: the same inputs, policy, roster and request always get the same name, wherever the zones lie."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.errors import BundlerError

FORMAT_VERSION = 1
"""Raise it when the bytes of a bundle change for equal inputs; the id changes with it."""
_FORBIDDEN = re.compile(r"[^a-z0-9]+")
_MAX_LABEL = 40


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class InputObject:
    """One capture object that went in."""

    key: str
    """Relative to the captures zone."""
    version_id: str
    """The zone's version, or empty where it keeps none."""
    sha256: str
    size: int = 0


def bundle_id(
    inputs: Iterable[InputObject],
    *,
    policy_digest: str,
    roster_digest: str = "",
    request: Mapping[str, object],
    label: str = "",
) -> str:
    """`<label or release>-<16 hex>`: lower case, `[a-z0-9-]`.

    Args:
        inputs: The capture objects; their order does not matter. A version id stands for the content where
            the zone keeps versions, the content digest elsewhere.
        policy_digest: SHA-256 of the policy as applied.
        roster_digest: SHA-256 of the roster as applied.
        request: What was asked for (dates, custodians, terms, profile, time zone ...): JSON values only.
        label: The request number, when there is one.

    Raises:
        BundlerError: The request holds something that is not JSON.
    """
    document = {
        "format_version": FORMAT_VERSION,
        "inputs": sorted([item.key, item.version_id or item.sha256] for item in set(inputs)),
        "policy": policy_digest,
        "request": request,
        "roster": roster_digest,
    }
    try:
        canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    except (TypeError, ValueError) as problem:
        raise BundlerError("the request of a bundle id must be plain JSON") from problem
    short = _FORBIDDEN.sub("-", label.lower()).strip("-")[:_MAX_LABEL].strip("-")
    return f"{short or 'release'}-{hashlib.sha256(canonical.encode()).hexdigest()[:16]}"
