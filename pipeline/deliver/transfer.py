"""Deliver one verified bundle: payload, metadata, manifests, tag manifests, certificate, and the marker last.

Nothing is overwritten, a second delivery changes nothing, a broken one is continued. What is uploaded is checked
against the digests that the gate judged, on the way out and by reading it back.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.bundle.verify.certificate import Certificate, read_certificate
from pipeline.errors import DeliveryConflict, StorageError, VerificationRefused
from pipeline.storage import Zone, json_bytes, sha256_of

log = logging.getLogger(__name__)

MARKER_VERSION = 1
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_CHUNK = 1 << 20
_ORDER = ("data/", "metadata/", "signatures/", "bag", "manifest-", "tagmanifest-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What lies in the transfer zone now."""

    bundle_id: str
    url: str
    files: int
    bytes: int
    certificate_sha256: str
    marker_sha256: str
    tagmanifests: Mapping[str, str]
    already_delivered: bool
    """True when the marker lay there before and every object was what it should be."""
    delivered_utc: int
    """Microseconds since 1970 UTC."""

    def document(self) -> dict[str, object]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    key: str
    source: Path | bytes
    sha256: str
    size: int


def deliver(bundle: Path, certificate: Path, zone: Zone, now_utc: int) -> Receipt:
    """Bring a bundle into a transfer zone, exactly once in effect.

    Args:
        bundle: The sealed bag.
        certificate: The gate's certificate over it.
        zone: The transfer zone; the bundle lands under `<bundle-id>/`.
        now_utc: Time of delivery for the receipt; nothing delivered contains it.

    Raises:
        VerificationRefused: No passing certificate for exactly these bytes; also when the bundle is edited meanwhile.
        DeliveryConflict: The zone holds something else under a name that the bundle needs.
        BadInput: The certificate or the zone cannot be read.
    """
    judged = _accepted(bundle, certificate)
    items = _items(bundle, judged)
    proof = _item_of_bytes(f"{judged.bundle_id}.verification.json", certificate.read_bytes())
    marker = _item_of_bytes(f"{judged.bundle_id}.complete.json", _marker(judged, items, proof))
    plan = [*items, proof, marker]
    present = _present(zone, judged.bundle_id)
    _refuse_strangers(zone, judged.bundle_id, present, plan)
    already = marker.key in present
    if already and len(present) < len(plan):
        log.warning("%s: the marker is there but %d objects are not", judged.bundle_id, len(plan) - len(present))
    sent = sum(_bring(zone, item, present) for item in plan)
    log.info("%s: %d objects, %d sent, %d bytes", judged.bundle_id, len(plan), sent, sum(i.size for i in plan))
    return Receipt(
        bundle_id=judged.bundle_id,
        url=f"{zone.url}/{judged.bundle_id}",
        files=len(items),
        bytes=sum(item.size for item in items),
        certificate_sha256=proof.sha256,
        marker_sha256=marker.sha256,
        tagmanifests=judged.tagmanifests,
        already_delivered=already and not sent,
        delivered_utc=now_utc,
    )


def _accepted(bundle: Path, path: Path) -> Certificate:
    judged = read_certificate(path)
    if not judged.passed or any(finding.blocks for finding in judged.findings):
        raise VerificationRefused(f"{bundle.name}: the gate refused this bundle")
    if judged.bundle_id != bundle.name:
        raise VerificationRefused(f"{bundle.name}: the certificate is about {judged.bundle_id}")
    if not {"tagmanifest-sha256.txt", "tagmanifest-sha512.txt"} <= set(judged.tagmanifests):
        raise VerificationRefused(f"{bundle.name}: the certificate names no tag manifests")
    for name, digest in judged.tagmanifests.items():
        file = bundle / name
        if not file.is_file() or sha256_of(file) != digest:
            raise VerificationRefused(f"{bundle.name}: {name} is not the one that the gate judged")
    return judged


def _items(bundle: Path, judged: Certificate) -> list[_Item]:
    """Every file of the bag in the order of delivery, with the digest that the judged manifests give it."""
    digests = dict(judged.tagmanifests)
    digests |= _listed(bundle / "tagmanifest-sha256.txt")
    manifest = bundle / "manifest-sha256.txt"
    if sha256_of(manifest) != digests.get(manifest.name):
        raise VerificationRefused(f"{bundle.name}: {manifest.name} is not the one that the gate judged")
    digests |= _listed(manifest)
    for path in sorted(p for p in bundle.glob("signatures/*") if p.is_file()):
        digests[path.relative_to(bundle).as_posix()] = sha256_of(path)
    found = {p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_symlink() or not p.is_dir()}
    if found != set(digests):
        odd = len(found ^ set(digests))
        raise VerificationRefused(f"{bundle.name}: {odd} files were added or removed since the gate judged it")
    return [
        _Item(
            key=f"{bundle.name}/{path}",
            source=bundle / path,
            sha256=digests[path],
            size=(bundle / path).stat().st_size,
        )
        for path in sorted(digests, key=_rank)
    ]


def _rank(path: str) -> tuple[int, str]:
    return next(rank for rank, start in enumerate((*_ORDER, "")) if path.startswith(start)), path


def _listed(manifest: Path) -> dict[str, str]:
    listed = {}
    for line in manifest.read_text("utf-8").splitlines():
        found = _LINE.fullmatch(line)
        if not found or ".." in found[2].split("/") or found[2].startswith("/"):
            raise VerificationRefused(f"{manifest.name}: a line is not in the form our writer gives it")
        listed[found[2]] = found[1]
    return listed


def _item_of_bytes(key: str, content: bytes) -> _Item:
    return _Item(key=key, source=content, sha256=sha256_of(content), size=len(content))


def _marker(judged: Certificate, items: Iterable[_Item], proof: _Item) -> bytes:
    """Deterministic: a second delivery of the same bundle writes the same marker."""
    held = list(items)
    return json_bytes(
        {
            "marker_version": MARKER_VERSION,
            "bundle_id": judged.bundle_id,
            "tagmanifests": dict(judged.tagmanifests),
            "certificate": {"name": proof.key, "sha256": proof.sha256},
            "files": len(held),
            "bytes": sum(item.size for item in held),
        }
    )


def _present(zone: Zone, bundle_id: str) -> dict[str, int]:
    """Sizes of what lies in the zone under this bundle's names, by key."""
    names = (f"{bundle_id}/", f"{bundle_id}.verification.json", f"{bundle_id}.complete.json")
    return {info.key: info.size for info in zone.iter_objects(bundle_id) if info.key.startswith(names)}


def _refuse_strangers(zone: Zone, bundle_id: str, present: Mapping[str, int], plan: Iterable[_Item]) -> None:
    strangers = sorted(set(present) - {item.key for item in plan})
    if strangers:
        raise DeliveryConflict(f"{zone.url}/{bundle_id}: {len(strangers)} objects that the bundle does not have")


def _bring(zone: Zone, item: _Item, present: Mapping[str, int]) -> bool:
    """Send one object unless it lies there; read it back either way. True when it was sent."""
    sent = False
    if item.key not in present:
        sent = _send(zone, item)
    blob = zone.get(item.key)
    digest = hashlib.sha256()
    with blob.stream as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != item.sha256:
        raise DeliveryConflict(f"{zone.url}/{item.key}: the bytes there are not the bundle's")
    return sent


def _send(zone: Zone, item: _Item) -> bool:
    try:
        return zone.put_new(item.key, item.source, sha256=item.sha256)
    except StorageError as problem:
        if isinstance(item.source, Path) and (not item.source.is_file() or sha256_of(item.source) != item.sha256):
            raise VerificationRefused(f"{item.key}: edited since the gate judged the bundle") from problem
        raise
