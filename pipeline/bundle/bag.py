"""BagIt 1.0 (RFC 8493): a folder with `data/` becomes a bag, the same folder always the same bytes.

Every payload file is read once for SHA-256 and SHA-512. The tag manifests list every tag file but themselves
and `signatures/`, which signs them and so cannot be listed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.bundle.names import check_names, iter_files
from pipeline.errors import BundlerError

ALGORITHMS = ("sha256", "sha512")
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_CHUNK = 1 << 20
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_COMPUTED = frozenset({"payload-oxum", "bagging-date"})
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """What one read of a file tells."""

    sha256: str
    sha512: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """A finished bag."""

    root: Path
    files: int
    """Payload files."""
    octets: int
    """Payload bytes."""
    tagmanifests: Mapping[str, str]
    """SHA-256 of each tag manifest file, by file name."""


def digest_file(path: Path) -> Digests:
    """SHA-256 and SHA-512 of a file in one pass."""
    hashes = [hashlib.new(name) for name in ALGORITHMS]
    size = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            for one in hashes:
                one.update(chunk)
    return Digests(sha256=hashes[0].hexdigest(), sha512=hashes[1].hexdigest(), size=size)


def digest_files(root: Path, paths: Sequence[str]) -> dict[str, Digests]:
    """Digests of many files; hashing releases the interpreter, so two threads keep two cores busy."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(paths, pool.map(lambda path: digest_file(root / path), paths), strict=True))


def write_bag(
    root: Path,
    info: Mapping[str, str | Sequence[str]],
    *,
    bagging_date: str,
    payload: Mapping[str, Digests] | None = None,
) -> Bag:
    """Turn a folder that holds `data/` (and tag folders) into a bag.

    Args:
        root: The folder. Its name becomes the bag's name.
        info: Elements of `bag-info.txt` in their order; `Bagging-Date` and `Payload-Oxum` are added.
        bagging_date: `YYYY-MM-DD`; comes from the run, so that a re-run writes the same bytes.
        payload: Digests by path (`data/...`) when they are known already.

    Raises:
        BundlerError: A name is not portable, a file or folder is empty, the payload is empty, or `info` is wrong.
    """
    refuse_bad_names(root)
    paths = [path for path in iter_files(root) if path.startswith("data/")]
    if not paths:
        raise BundlerError("a bag needs at least one file under data/")
    digests = dict(payload) if payload is not None else digest_files(root, paths)
    if sorted(digests) != paths:
        raise BundlerError("the digests that were passed do not cover exactly the files under data/")
    octets = sum(d.size for d in digests.values())
    (root / "bagit.txt").write_bytes(DECLARATION)
    (root / "bag-info.txt").write_bytes(_bag_info(info, bagging_date, f"{octets}.{len(paths)}"))
    for name in ALGORITHMS:
        (root / f"manifest-{name}.txt").write_bytes(_manifest(name, digests))
    tags = digest_files(root, [path for path in iter_files(root) if _is_listed_tag(path)])
    written = {}
    for name in ALGORITHMS:
        content = _manifest(name, tags)
        (root / f"tagmanifest-{name}.txt").write_bytes(content)
        written[f"tagmanifest-{name}.txt"] = hashlib.sha256(content).hexdigest()
    return Bag(root=root, files=len(paths), octets=octets, tagmanifests=written)


def refuse_bad_names(root: Path) -> None:
    """Raise for the first paths under a folder that a bundle may not hold.

    Raises:
        BundlerError: Names the rule and up to five paths. Paths are our own, built from ids, never from text.
    """
    problems = check_names(root)
    if problems:
        shown = ", ".join(f"{p.rule}: {p.path!a}" for p in problems[:5])
        raise BundlerError(f"{len(problems)} paths may not go into a bag: {shown}")


def encode_path(path: str) -> str:
    """Percent-encode what RFC 8493 says must be: `%`, CR and LF, nothing else."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _is_listed_tag(path: str) -> bool:
    return not path.startswith(("data/", "signatures/", "tagmanifest-"))


def _manifest(algorithm: str, digests: Mapping[str, Digests]) -> bytes:
    lines = (f"{getattr(digests[path], algorithm)}  {encode_path(path)}\n" for path in sorted(digests))
    return "".join(lines).encode()


def _bag_info(info: Mapping[str, str | Sequence[str]], bagging_date: str, oxum: str) -> bytes:
    if not _DATE.fullmatch(bagging_date):
        raise BundlerError(f"Bagging-Date must be YYYY-MM-DD: {bagging_date!a}")
    lines = [*_elements(info), f"Bagging-Date: {bagging_date}\n", f"Payload-Oxum: {oxum}\n"]
    return "".join(lines).encode()


def _elements(info: Mapping[str, str | Sequence[str]]) -> Iterable[str]:
    for label, given in info.items():
        if not _LABEL.fullmatch(label) or label.lower() in _COMPUTED:
            raise BundlerError(f"bag-info label is not allowed: {label!a}")
        for value in [given] if isinstance(given, str) else given:
            if value != value.strip() or not value or any(ord(c) < 32 or ord(c) == 127 for c in value):
                raise BundlerError(f"bag-info value of {label} is empty, padded or holds control characters")
            yield f"{label}: {value}\n"
