"""What the gate found: findings that name rule and file, never text, and the certificate that carries them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.errors import BadInput
from pipeline.storage import json_bytes

CERTIFICATE_VERSION = 1
_TOOLS = ("ahocorasick_rs", "bagit", "pikepdf", "pypdfium2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason against the release, or a note. `expected` and `found` hold counts, codes and digests only."""

    rule: str
    path: str = ""
    expected: str = ""
    found: str = ""
    blocks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The gate's verdict over one sealed bundle."""

    bundle_id: str
    verdict: str
    """`pass` or `refuse`."""
    checks: Mapping[str, int]
    """Checks that ran and how many things each looked at."""
    findings: Sequence[Finding]
    tagmanifests: Mapping[str, str]
    """SHA-256 of each tag manifest that was judged."""
    with_ledger: bool
    tools: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the bundle may leave."""
        return self.verdict == "pass"

    def document(self) -> dict[str, Any]:
        """As JSON; no clock in it."""
        return {"certificate_version": CERTIFICATE_VERSION, **asdict(self)}

    def to_json(self) -> bytes:
        """The same bytes for the same bundle."""
        return json_bytes(self.document())

    def text(self) -> str:
        """For a person: the verdict, what was checked, and one line per finding."""
        lines = [f"{self.bundle_id}: {self.verdict}"]
        lines += [f"  checked {name}: {count}" for name, count in self.checks.items()]
        for finding in self.findings:
            what = "refused" if finding.blocks else "note"
            parts = [
                finding.path,
                finding.expected and f"expected {finding.expected}",
                finding.found and f"found {finding.found}",
            ]
            lines.append(f"  {what}: {finding.rule}  " + ", ".join(part for part in parts if part))
        return "\n".join(lines)

    def write_beside(self, bundle: Path) -> Path:
        """Write `<bundle-id>.verification.json` next to the bundle's folder, in one step."""
        path = bundle.parent / f"{bundle.name}.verification.json"
        building = path.with_name(f".building-{path.name}")
        building.write_bytes(self.to_json())
        return building.replace(path)


def certificate(
    bundle_id: str,
    *,
    checks: Mapping[str, int],
    findings: Iterable[Finding],
    tagmanifests: Mapping[str, str],
    with_ledger: bool,
) -> Certificate:
    """Sorted, without repetitions; refused as soon as one finding blocks."""
    distinct = sorted(set(findings), key=lambda f: (not f.blocks, f.rule, f.path, f.expected, f.found))
    return Certificate(
        bundle_id=bundle_id,
        verdict="refuse" if any(f.blocks for f in distinct) else "pass",
        checks=dict(sorted(checks.items())),
        findings=distinct,
        tagmanifests=dict(sorted(tagmanifests.items())),
        with_ledger=with_ledger,
        tools={name: version(name) for name in _TOOLS},
    )


def read_certificate(path: Path) -> Certificate:
    """A certificate from its file.

    Raises:
        BadInput: The file is absent or not a certificate of this version.
    """
    try:
        document = json.loads(path.read_bytes())
        if document.pop("certificate_version") != CERTIFICATE_VERSION:
            raise ValueError
        findings = [Finding(**item) for item in document.pop("findings")]
        return Certificate(findings=findings, **document)
    except OSError as problem:
        raise BadInput(f"{path.name}: the certificate cannot be read: {problem.strerror}") from problem
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BadInput(f"{path.name}: not a certificate of this version") from problem
