"""Seal: a rendered payload becomes `<bundle-id>/`, built under another name and renamed when it is whole."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.bundle.bag import ALGORITHMS, Digests, digest_files, refuse_bad_names, write_bag
from pipeline.bundle.manifest import BundleManifest, bag_info, columns_unknown, file_list, file_metadata
from pipeline.bundle.names import iter_files
from pipeline.errors import BundlerError, CountMismatch
from pipeline.storage import json_bytes

_CHUNK = 1 << 20


def seal(
    payload: Path,
    out: Path,
    manifest: BundleManifest,
    *,
    bagging_date: str,
    described: Mapping[str, Mapping[str, str]] | None = None,
    tag_files: Mapping[str, bytes] | None = None,
) -> Path:
    """Build the bag of one bundle.

    Args:
        payload: The rendered files; each is copied to `data/` and hashed in the same read.
        out: The folder under which `<bundle-id>/` appears. An older one of the same id is replaced: same
            inputs, same bytes.
        manifest: What the bundle is.
        bagging_date: `YYYY-MM-DD`, from the run.
        described: Columns of `file-metadata.csv` by payload path (without `data/`).
        tag_files: Further files under `metadata/`, e.g. `schema/records.schema.json`.

    Returns:
        The bag's folder.

    Raises:
        CountMismatch: The job's count equation does not hold, or files changed while they were sealed.
        BundlerError: A name is not portable, a file is empty, or a described column is unknown.
    """
    refuse_unbalanced(manifest)
    rows = {f"data/{path}": row for path, row in (described or {}).items()}
    if unknown := list(columns_unknown(rows)):
        raise BundlerError("file-metadata.csv has no such columns: " + ", ".join(unknown))
    refuse_bad_names(payload)
    building = out / f".building-{manifest.bundle_id}"
    shutil.rmtree(building, ignore_errors=True)
    digests = _copy_payload(payload, building)
    metadata = {"manifest.json": json_bytes(manifest.document()), **(tag_files or {})}
    metadata["file-metadata.csv"] = file_metadata(manifest, digests, rows, date=bagging_date)
    for name, content in sorted(metadata.items()):
        path = building / "metadata" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    tags = digest_files(building, [f"metadata/{name}" for name in sorted(metadata)])
    listing = file_list({**digests, **tags}, date=bagging_date)
    (building / "metadata/file-list.csv").write_bytes(listing)
    write_bag(building, bag_info(manifest), bagging_date=bagging_date, payload=digests)
    final = out / manifest.bundle_id
    shutil.rmtree(final, ignore_errors=True)
    building.rename(final)
    return final


def refuse_unbalanced(manifest: BundleManifest) -> None:
    """Check the job's count equation.

    Raises:
        CountMismatch: It does not hold.
    """
    counts = manifest.counts
    if counts.lines != counts.events + counts.quarantined:
        raise CountMismatch(f"lines {counts.lines} != events {counts.events} + quarantined {counts.quarantined}")
    if counts.messages != counts.records + counts.folded:
        raise CountMismatch(f"messages {counts.messages} != records {counts.records} + folded {counts.folded}")


def _copy_payload(payload: Path, building: Path) -> dict[str, Digests]:
    paths = list(iter_files(payload))
    for folder in sorted({(building / "data" / path).parent for path in paths}):
        folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = pool.map(lambda path: _copy(payload / path, building / "data" / path), paths)
        return {f"data/{path}": digests for path, digests in zip(paths, found, strict=True)}


def _copy(source: Path, target: Path) -> Digests:
    hashes = [hashlib.new(name) for name in ALGORITHMS]
    size = 0
    with source.open("rb") as stream, target.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            out.write(chunk)
            for one in hashes:
                one.update(chunk)
    if size != source.stat().st_size:
        raise CountMismatch(f"{source.name}: changed while it was sealed")
    return Digests(sha256=hashes[0].hexdigest(), sha512=hashes[1].hexdigest(), size=size)
