"""A strict reader for any BagIt bag, 0.93 to 1.0: what is wrong with it, everything at once.

Shares no code with the writer. Paths are judged before any file is opened; nothing outside the bag is read.
From 1.0 on every payload manifest must list every payload file exactly once, and whitespace is not forgiven.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_CHUNK = 1 << 20
_MAX_TAG_FILE = 1 << 30
_KNOWN_VERSIONS = frozenset({(0, 93), (0, 94), (0, 95), (0, 96), (0, 97), (1, 0)})
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9-]+)\.txt")
_STRICT_ALGORITHM = re.compile(r"[a-z0-9]+")
_DECLARATION = re.compile(r"BagIt-Version: (\d+)\.(\d+)\nTag-File-Character-Encoding: ([A-Za-z0-9._:-]+)")
_DRIVE = re.compile(r"[A-Za-z]:")
_SHELL = re.compile(r"~|\$|%[A-Za-z]+%")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_ONCE = frozenset({"bagging-date", "bag-size", "payload-oxum", "bag-group-identifier", "bag-count"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a bag."""

    rule: str
    path: str = ""
    expected: str = ""
    found: str = ""
    fatal: bool = True
    """False for what an older version of the format tolerates."""


@dataclass(slots=True, kw_only=True)
class _Bag:
    root: Path
    version: tuple[int, int] = (1, 0)
    encoding: str = "utf-8"
    files: dict[str, Path] = field(default_factory=dict)
    """Everything in the bag by its path; never a link."""
    payload: dict[str, dict[str, str]] = field(default_factory=dict)
    """Payload manifests: algorithm, path, digest."""
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    excused: set[str] = field(default_factory=set)
    """Listed, not there, and nothing lost by it."""

    @property
    def strict(self) -> bool:
        return self.version >= (1, 0)

    def wrong(self, rule: str, path: str = "", *, expected: str = "", found: str = "", fatal: bool = True) -> None:
        self.problems.append(Problem(rule=rule, path=path, expected=expected, found=found, fatal=fatal))

    def doubtful(self, rule: str, path: str = "", *, expected: str = "", found: str = "") -> None:
        """An error from 1.0 on, a warning before."""
        self.wrong(rule, path, expected=expected, found=found, fatal=self.strict)


def check_bag(path: Path) -> list[Problem]:
    """Everything that is wrong with a bag, sorted; a bag is valid when no problem is fatal."""
    bag = _Bag(root=path)
    if not path.is_dir() or path.is_symlink():
        return [Problem(rule="not-a-folder")]
    _walk(bag)
    if not _declaration(bag):
        return _sorted(bag.problems)
    _read_manifests(bag)
    fetched = _read_fetch(bag)
    _check_listing(bag, fetched)
    _check_fixity(bag)
    _check_info(bag)
    return _sorted(bag.problems)


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(set(problems), key=lambda p: (not p.fatal, p.rule, p.path, p.expected, p.found))


def _walk(bag: _Bag) -> None:
    for folder, names, files in os.walk(bag.root):
        base = Path(folder).relative_to(bag.root)
        for name in [*names, *files]:
            full = Path(folder) / name
            path = (base / name).as_posix()
            if full.is_symlink():
                bag.wrong("link-in-bag", path)
            elif full.is_file():
                bag.files[path] = full
            elif not full.is_dir():
                bag.wrong("not-a-plain-file", path)
    if not (bag.root / "data").is_dir():
        bag.wrong("payload-folder-missing", "data")


def _declaration(bag: _Bag) -> bool:
    """Read bagit.txt; False when nothing more can be said."""
    if "bagit.txt" not in bag.files:
        bag.wrong("bagit-txt-missing", "bagit.txt")
        return False
    raw = bag.files["bagit.txt"].read_bytes()[:4096]
    if raw.startswith(codecs.BOM_UTF8):
        bag.wrong("byte-order-mark", "bagit.txt")
        return False
    text = re.sub(r"\r\n|\r|\n", "\n", raw.decode("utf-8", "replace"))
    found = _DECLARATION.fullmatch(text.removesuffix("\n"))
    if not found:
        bag.wrong("bagit-txt-malformed", "bagit.txt")
        return False
    bag.version = (int(found[1]), int(found[2]))
    if bag.version not in _KNOWN_VERSIONS:
        bag.wrong("version-unknown", "bagit.txt", expected="0.93 to 1.0", found=f"{found[1]}.{found[2]}"[:20])
        return False
    try:
        bag.encoding = codecs.lookup(found[3]).name
        "".encode(bag.encoding)  # refuses codecs that are not text, such as zip
    except LookupError:
        bag.wrong("encoding-unknown", "bagit.txt")
        return False
    return True


def _lines(bag: _Bag, path: str) -> Iterator[str]:
    """Lines of a tag file; LF, CR or CRLF end a line, nothing else does."""
    full = bag.files[path]
    if full.stat().st_size > _MAX_TAG_FILE:
        bag.wrong("tag-file-too-large", path)
        return
    try:
        text = full.read_bytes().decode(bag.encoding)
    except UnicodeDecodeError:
        bag.wrong("tag-file-encoding", path, expected=bag.encoding)
        return
    if text.startswith("\ufeff"):
        bag.wrong("byte-order-mark", path)
    for line in re.split(r"\r\n|\r|\n", text):
        if line.strip():
            yield line


def _read_manifests(bag: _Bag) -> None:
    for name in sorted(path for path in bag.files if "/" not in path):
        found = _MANIFEST.fullmatch(name)
        if not found:
            continue
        algorithm = found[2].replace("-", "")
        if bag.strict and not _STRICT_ALGORITHM.fullmatch(found[2]):
            bag.wrong("algorithm-name", name)
        if algorithm not in hashlib.algorithms_available or algorithm.startswith("shake"):
            bag.wrong("algorithm-unknown", name)
            continue
        target = bag.tags if found[1] else bag.payload
        target[algorithm] = _read_manifest(bag, name, algorithm, tag=bool(found[1]))
    if not bag.payload:
        bag.wrong("manifest-missing")


def _read_manifest(bag: _Bag, name: str, algorithm: str, *, tag: bool) -> dict[str, str]:
    listed: dict[str, str] = {}
    spellings: dict[str, str] = {}
    width = hashlib.new(algorithm).digest_size * 2
    for line in _lines(bag, name):
        parts = line.split(None, 1)
        if len(parts) != 2 or not re.fullmatch(rf"[0-9A-Fa-f]{{{width}}}", parts[0]) or line[0].isspace():
            bag.wrong("manifest-line", name)
            continue
        digest, path = parts[0].lower(), _clean(bag, name, parts[1])
        if not _is_safe(bag, name, path, payload=not tag):
            continue
        if path in listed:
            same = listed[path] == digest
            bag.wrong("listed-twice", path, found=name, fatal=bag.strict or not same)
            continue
        twin = spellings.setdefault(_canonical(path), path)
        if twin != path:
            bag.doubtful("names-differ-in-spelling-only", path, found=name)
        listed[path] = digest
        if path.rsplit("/", 1)[-1].lower() in _SYSTEM_FILES:
            bag.wrong("system-file", path, fatal=False)
    return listed


def _clean(bag: _Bag, name: str, raw: str) -> str:
    """The path that a manifest line means."""
    path = raw
    if path.startswith("*"):
        bag.doubtful("md5sum-asterisk", path[1:], found=name)
        path = path[1:]
    if path.startswith("./"):
        bag.doubtful("leading-dot-slash", path, found=name)
        while path.startswith("./"):
            path = path[2:]
    if path != path.strip():
        bag.doubtful("padded-path", path, found=name)
    path = re.sub("%0a", "\n", path, flags=re.IGNORECASE)
    path = re.sub("%0d", "\r", path, flags=re.IGNORECASE)
    return path.replace("%25", "%") if bag.strict else path


def _is_safe(bag: _Bag, name: str, path: str, *, payload: bool) -> bool:
    """Judge a listed path before anything is opened under it."""
    parts = path.split("/")
    rule = ""
    if path.startswith(("/", "\\")) or _DRIVE.match(path):
        rule = "absolute-path"
    elif ".." in re.split(r"[/\\]", path):
        rule = "path-climbs-out"
    elif _SHELL.match(path):
        rule = "shell-shortcut"
    elif "\0" in path or any(part in ("", ".") for part in parts):
        rule = "path-malformed"
    elif payload and parts[0] != "data":
        rule = "not-in-payload"
    elif not payload and (parts[0] == "data" or re.fullmatch(r"tagmanifest-.*\.txt", path)):
        rule = "not-a-tag-file"
    if rule:
        bag.wrong(rule, path, found=name)
        return False
    if any(_DEVICE.fullmatch(part) for part in parts):
        bag.doubtful("device-name", path, found=name)
    return True


def _canonical(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _read_fetch(bag: _Bag) -> set[str]:
    paths: set[str] = set()
    if "fetch.txt" not in bag.files:
        return paths
    bag.wrong("fetch-txt-present", "fetch.txt", fatal=False)
    for line in _lines(bag, "fetch.txt"):
        parts = line.split(None, 2)
        if len(parts) != 3 or not re.fullmatch(r"-|\d+", parts[1]):
            bag.wrong("fetch-line", "fetch.txt")
            continue
        path = _clean(bag, "fetch.txt", parts[2])
        if not _is_safe(bag, "fetch.txt", path, payload=True):
            continue
        paths.add(path)
        if path not in bag.files:
            bag.wrong("not-fetched", path)
    return paths


def _check_listing(bag: _Bag, fetched: set[str]) -> None:
    """Complete: what is listed is there, and what is there is listed."""
    present = {path for path in bag.files if path.startswith("data/")}
    everywhere = set.union(set(), *bag.payload.values())
    for name, manifest in sorted(bag.payload.items()):
        if bag.strict:
            for path in sorted((present | everywhere | fetched) - set(manifest)):
                bag.wrong("not-in-manifest", path, found=f"manifest-{name}.txt")
        for path in sorted(set(manifest) - set(bag.files)):
            _missing(bag, path, manifest[path], manifest, name)
    if not bag.strict:
        for path in sorted((present | fetched) - everywhere):
            bag.wrong("not-in-manifest", path)
    for name, manifest in sorted(bag.tags.items()):
        for path in sorted(set(manifest) - set(bag.files)):
            bag.wrong("file-missing", path, found=f"tagmanifest-{name}.txt")
        for needed in sorted(path for path in bag.files if re.fullmatch(r"manifest-[a-z0-9-]+\.txt", path)):
            if bag.strict and needed not in manifest:
                bag.wrong("not-in-manifest", needed, found=f"tagmanifest-{name}.txt")


def _missing(bag: _Bag, path: str, digest: str, manifest: dict[str, str], name: str) -> None:
    """Before 1.0 a second spelling of a file that is there, and an empty system file, may be gone: nothing is lost."""
    twins = [other for other in bag.files if other != path and _canonical(other) == _canonical(path)]
    is_twin = any(manifest.get(other) == digest for other in twins)
    is_empty_system = path.rsplit("/", 1)[-1].lower() in _SYSTEM_FILES and digest == hashlib.new(name).hexdigest()
    excused = not bag.strict and (is_twin or is_empty_system)
    if excused:
        bag.excused.add(path)
    bag.wrong("file-missing", path, found=f"manifest-{name}.txt", fatal=not excused)


def _check_fixity(bag: _Bag) -> None:
    """Valid: one read per file for all algorithms that list it."""
    wanted: dict[str, dict[str, tuple[str, str]]] = {}
    for prefix, manifests in (("manifest", bag.payload), ("tagmanifest", bag.tags)):
        for algorithm, manifest in manifests.items():
            for path, digest in manifest.items():
                if path in bag.files:
                    wanted.setdefault(path, {})[f"{prefix}-{algorithm}.txt"] = (algorithm, digest)
    for path, claims in sorted(wanted.items()):
        found = _digests(bag.files[path], {algorithm for algorithm, _ in claims.values()})
        for name, (algorithm, digest) in sorted(claims.items()):
            if found[algorithm] != digest:
                bag.wrong("digest-differs", path, expected=f"{name}: {digest[:16]}", found=found[algorithm][:16])


def _digests(path: Path, algorithms: set[str]) -> dict[str, str]:
    hashes = {name: hashlib.new(name) for name in sorted(algorithms)}
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            for one in hashes.values():
                one.update(chunk)
    return {name: one.hexdigest() for name, one in hashes.items()}


def _check_info(bag: _Bag) -> None:
    """bag-info.txt: its form, and the payload count it claims."""
    name = "bag-info.txt" if (bag.version >= (0, 96)) else "package-info.txt"
    if name not in bag.files:
        return
    elements: list[tuple[str, str]] = []
    for line in _lines(bag, name):
        if line[0] in " \t" and elements:
            elements[-1] = (elements[-1][0], f"{elements[-1][1]} {line.strip()}")
            continue
        label, colon, value = line.partition(":")
        if not colon or not label.strip():
            bag.wrong("info-line", name)
            continue
        if label != label.strip() or not re.match(r"[ \t]", value):
            bag.doubtful("info-whitespace", name)
        elements.append((label.strip().lower(), value.strip()))
    labels = [label for label, _ in elements]
    for label in sorted(_ONCE & {label for label in labels if labels.count(label) > 1}):
        bag.doubtful("info-repeated", name, found=label)
    _check_oxum(bag, name, [value for label, value in elements if label == "payload-oxum"])


def _check_oxum(bag: _Bag, name: str, claims: list[str]) -> None:
    sizes = [full.stat().st_size for path, full in bag.files.items() if path.startswith("data/")]
    found = f"{sum(sizes)}.{len(sizes)}"
    excused = f"{sum(sizes)}.{len(sizes) + len(bag.excused)}"
    for claim in claims:
        if not re.fullmatch(r"\d+\.\d+", claim):
            bag.wrong("oxum-malformed", name)
        elif claim not in (found, excused):
            bag.wrong("oxum-differs", name, expected=claim, found=found)
