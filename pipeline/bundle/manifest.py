"""`metadata/`: what the bundle is, what went in, how the numbers add up, and one row for each file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from pipeline.bundle.bag import Digests
from pipeline.bundle.bundle_id import FORMAT_VERSION, InputObject
from pipeline.model import Counts

FILE_METADATA_HEADER = (
    "identifier_file_name|identifier_record_id|title|description|creator|creation_date|rights_access|rights_use|"
    "rights_holder|coverage_temporal_start|coverage_temporal_end|relation_is_part_of|relation_has_part|format_puid|"
    "size_bytes|sha256|record_group|disposition_authority|transfer_request|series_title|security_classification|"
    "platform|conversation_id|conversation_type|sender_full_name|recipients_full_names|sent_start_utc|sent_end_utc|"
    "capstone_official|capstone_role|account_official_yn"
)
FILE_METADATA_COLUMNS = tuple(FILE_METADATA_HEADER.split("|"))
FILE_LIST_COLUMNS = ("name", "path", "size", "extension", "date", "sha256")
_PUIDS: Mapping[str, str] = {"json": "fmt/817", "csv": "x-fmt/18", "jpg": "fmt/44", "jpeg": "fmt/44", "txt": "chr/1"}
_TITLES: Mapping[str, str] = {
    "records.jsonl": "Released records, one JSON object per line",
    "records.csv": "Released records, flat table",
    "index/withholding.csv": "Withholding index, one row per redaction",
    "index/duplicates.csv": "Sightings folded into each record",
    "index/losses.csv": "Findings of loss that touch the selection",
}
_UNSAFE = re.compile(r"[|\r\n\t\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleManifest:
    """Everything `metadata/manifest.json` says. Nothing in it may come from a clock or the environment."""

    bundle_id: str
    run: str
    """A label that is the same when the job is run again, e.g. the data interval; not a random run id."""
    code_version: str
    product: str
    """`release` or `accession`."""
    profile: str
    request: Mapping[str, object]
    policy_digest: str
    roster_digest: str = ""
    record_unit: str = "conversation-day"
    timezone: str
    agency: str = ""
    inputs: Sequence[InputObject]
    counts: Counts
    """The whole job's counts."""
    released: Mapping[str, int]
    """This bundle's own: `records`, `sightings`, `folded`, `redactions`, `losses`, `pages` as far as they apply."""
    redactions: Mapping[str, int] = field(default_factory=dict)
    """This bundle's redactions by exemption label."""
    kept_categories: Sequence[str] = ()
    """Categories that the policy keeps; the gate's re-detection does not refuse them."""
    stripped_secrets: Sequence[str] = ()
    """Names of the secrets that intake removed, e.g. `control.filevaultinfo.key`."""
    fonts: Sequence[str] = ()

    def document(self) -> dict[str, object]:
        """The JSON document; keys and lists in a fixed order."""
        counts = asdict(self.counts)
        by_label = counts.pop("redactions")
        return {
            "format_version": FORMAT_VERSION,
            "bundle_id": self.bundle_id,
            "run": self.run,
            "code_version": self.code_version,
            "product": self.product,
            "profile": self.profile,
            "agency": self.agency,
            "timezone": self.timezone,
            "record_unit": self.record_unit,
            "request": self.request,
            "policy": {"sha256": self.policy_digest, "kept_categories": sorted(self.kept_categories)},
            "roster": {"sha256": self.roster_digest},
            "inputs": [asdict(item) for item in sorted(set(self.inputs))],
            "job": {
                "counts": counts,
                "redactions": dict(sorted(by_label.items())),
                "equations": [
                    _equation("lines", self.counts.lines, events=self.counts.events, quarantined=counts["quarantined"]),
                    _equation("messages", self.counts.messages, records=counts["records"], folded=counts["folded"]),
                ],
            },
            "released": dict(sorted(self.released.items())),
            "redactions": dict(sorted(self.redactions.items())),
            "stripped_secrets": sorted(self.stripped_secrets),
            "fonts": sorted(self.fonts),
        }


def file_metadata(
    manifest: BundleManifest,
    digests: Mapping[str, Digests],
    described: Mapping[str, Mapping[str, str]],
    *,
    date: str,
) -> bytes:
    """`file-metadata.csv`: pipe-delimited, one row per payload file, columns of the archives' bulletin.

    Args:
        manifest: What the files are part of.
        digests: By path, `data/...`.
        described: Further columns by path, e.g. `title`, `conversation_id`, `coverage_temporal_start`.
        date: `YYYY-MM-DD`, the creation date of every file.
    """
    lines = [FILE_METADATA_HEADER]
    for path in sorted(digests):
        row = {
            "identifier_file_name": path,
            "title": _TITLES.get(path.removeprefix("data/"), path.rsplit("/", 1)[-1]),
            "creator": manifest.agency,
            "creation_date": date,
            "rights_access": _rights(manifest.product),
            "relation_is_part_of": manifest.bundle_id,
            "format_puid": _PUIDS.get(_extension(path), ""),
            "size_bytes": str(digests[path].size),
            "sha256": digests[path].sha256,
            **described.get(path, {}),
        }
        lines.append("|".join(_UNSAFE.sub(" ", row.get(column, "")).strip() for column in FILE_METADATA_COLUMNS))
    return ("\n".join(lines) + "\n").encode()


def file_list(digests: Mapping[str, Digests], *, date: str) -> bytes:
    """`file-list.csv`: the columns of the archives' own file lister, every file but the list and the manifests."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FILE_LIST_COLUMNS)
    for path in sorted(digests):
        name = path.rsplit("/", 1)[-1]
        writer.writerow([name, path, digests[path].size, _extension(path), date, digests[path].sha256])
    return out.getvalue().encode()


def bag_info(manifest: BundleManifest) -> dict[str, str]:
    """Elements of `bag-info.txt`."""
    info = {
        "Source-Organization": manifest.agency,
        "External-Identifier": manifest.bundle_id,
        "Bag-Count": "1 of 1",
        "Bundle-Type": {"release": "foia-release"}.get(manifest.product, manifest.product),
        "Redaction-State": {"release": "redacted"}.get(manifest.product, "unredacted"),
    }
    return {label: value for label, value in info.items() if value}


def columns_unknown(described: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    """Column names of descriptions that the header does not have."""
    return sorted({column for row in described.values() for column in row} - set(FILE_METADATA_COLUMNS))


def _equation(name: str, total: int, **parts: int) -> dict[str, object]:
    return {"total": name, "value": total, "parts": parts, "holds": total == sum(parts.values())}


def _extension(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[-1] if "." in name else ""


def _rights(product: str) -> str:
    return {"release": "Released under 5 U.S.C. 552; redacted"}.get(product, "Restricted: unredacted record copy")
