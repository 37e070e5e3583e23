"""The zones: list, read, write once. The same code for a folder and for an S3 prefix.

A zone is a URL, `file:///path`, a plain path, or `s3://bucket/prefix`. Keys are relative to it, with `/`.
A folder keeps no object metadata, so `<name>.metadata.json` beside a file stands for it and is not listed.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import io
import json
import logging
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast
from urllib.parse import unquote

from pipeline.errors import DeliveryConflict, StorageError

log = logging.getLogger(__name__)

CHUNK = 1 << 20
_SIDECAR = ".metadata.json"
_WRITING = ".writing-"
_CONTENT_TYPES: Mapping[str, str] = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/jsonl; charset=utf-8",
    ".pdf": "application/pdf",
    ".txt": "text/plain; charset=utf-8",
}
_BINARY = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """One object version of a listing."""

    key: str
    version_id: str
    """Empty where the zone keeps no versions."""
    size: int
    modified_utc: int
    """Microseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """An opened object: its stream, and the metadata that came with it."""

    stream: BinaryIO
    size: int
    metadata: Mapping[str, str] = field(default_factory=dict)


class Zone(Protocol):
    """What every zone can do. Errors are StorageError, or DeliveryConflict from `put_new`."""

    url: str

    def iter_objects(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object version under the prefix, by key, oldest version first; one listing, no request per object."""

    def get(self, key: str, version_id: str = "") -> Blob:
        """Open one object version for reading."""

    def put(self, key: str, source: Path | bytes, metadata: Mapping[str, str] | None = None) -> None:
        """Write an object in one step; readers see the old bytes or the new ones."""

    def put_new(
        self, key: str, source: Path | bytes, metadata: Mapping[str, str] | None = None, *, sha256: str = ""
    ) -> bool:
        """Write an object that must not exist. True when written, False when the same bytes lie there already.

        Args:
            key: Where.
            source: What.
            metadata: Kept beside it.
            sha256: What its digest must be; nothing is written when it is another.

        Raises:
            DeliveryConflict: Other bytes lie under that key.
            StorageError: The source is not what `sha256` says, or the zone cannot be written.
        """

    def exists(self, key: str) -> bool:
        """Whether an object lies under that key."""

    def at(self, prefix: str) -> Zone:
        """The zone below that prefix."""


def open_zone(url: str, *, create: bool = False) -> Zone:
    """The zone behind a URL or a plain path; with `create` a folder that is not there is made.

    Raises:
        StorageError: The URL's scheme is neither `file` nor `s3`.
    """
    scheme, colon, rest = url.partition("://")
    bucket, _, prefix = rest.partition("/")
    if colon and scheme.lower() == "s3" and bucket and "@" not in bucket:
        return S3Zone(bucket, prefix.strip("/"))
    if colon and scheme.lower() == "file" and bucket in ("", "localhost") and prefix:
        return _folder_zone(Path("/" + unquote(prefix)).absolute(), create)
    if not colon and url and "\0" not in url:
        return _folder_zone(Path(url.removeprefix("file:")).absolute(), create)
    raise StorageError(f"a zone is file:///path, a path, or s3://bucket/prefix, not a URL with scheme {scheme[:10]!a}")


def _folder_zone(folder: Path, create: bool) -> FolderZone:
    try:
        if create:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StorageError(f"{folder}: {problem.strerror}") from problem
    return FolderZone(folder)


def read_bytes(zone: Zone, key: str) -> bytes:
    """A whole small object."""
    with zone.get(key).stream as stream:
        return stream.read()


def read_json(zone: Zone, key: str) -> Any:
    """A JSON document."""
    return json.loads(read_bytes(zone, key))


def write_json(zone: Zone, key: str, document: object) -> None:
    """A JSON document with sorted keys, so equal content is equal bytes."""
    zone.put(key, json_bytes(document))


def json_bytes(document: object) -> bytes:
    """The one way this program writes JSON documents: sorted keys, two spaces, final newline, UTF-8."""
    return (json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()


def sha256_of(source: Path | bytes) -> str:
    """Hex SHA-256 of a file or of bytes."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class FolderZone:
    """A zone in the file system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = root.as_uri()

    def path(self, key: str) -> Path:
        """The file behind a key. Raises StorageError when the key climbs out of the zone."""
        if "\0" in key or any(part in ("..", ".", "") for part in key.split("/")):
            raise StorageError(f"key leaves its zone: {key!a}")
        return self.root / key

    def iter_objects(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Files by key. A link is refused: it can leave the zone, and passing it over would lose what it stands for."""
        if not self.root.is_dir():
            raise StorageError(f"{self.url}: no such folder")
        keys: list[str] = []
        below = prefix.rpartition("/")[0]
        start = self.path(below) if below else self.root
        if not start.is_dir():
            return
        for folder, folders, files in os.walk(start, onerror=_raise_unreadable):
            base = Path(folder).relative_to(self.root)
            self._refuse_links_among(Path(folder), folders)
            keys += [(base / name).as_posix() for name in files if not name.startswith(_WRITING)]
        known = set(keys)
        for key in sorted(k for k in keys if k.startswith(prefix)):
            if key.endswith(_SIDECAR) and key.removesuffix(_SIDECAR) in known:
                continue
            try:
                found = (self.root / key).lstat()
            except FileNotFoundError:  # gone since it was listed
                continue
            if not stat.S_ISREG(found.st_mode):
                raise StorageError(f"{self.url}: {key!a} is a link or device, not a file; put the file itself there")
            if not _is_text(key):
                raise StorageError(f"{self.url}: the name of {key!a} is not UTF-8; rename the file")
            yield ObjectInfo(key=key, version_id="", size=found.st_size, modified_utc=found.st_mtime_ns // 1000)

    def _refuse_links_among(self, folder: Path, names: list[str]) -> None:
        for name in sorted(names):
            if (folder / name).is_symlink():
                key = (folder / name).relative_to(self.root).as_posix()
                raise StorageError(f"{self.url}: {key!a} is a link, not a folder; put the files themselves there")

    def get(self, key: str, version_id: str = "") -> Blob:
        """Open a file; the version must be empty."""
        if version_id:
            raise StorageError(f"{key}: a folder keeps no versions")
        path = self.path(key)
        self._refuse_link(path, key)
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise StorageError(f"{self.url}/{key}: not a plain file")
            stream = path.open("rb")
        except OSError as problem:
            raise StorageError(f"{self.url}/{key}: {problem.strerror}") from problem
        return Blob(stream=stream, size=os.fstat(stream.fileno()).st_size, metadata=_read_sidecar(path))

    def put(self, key: str, source: Path | bytes, metadata: Mapping[str, str] | None = None) -> None:
        """Write to a temporary name, flush, rename."""
        path = self.path(key)
        if metadata:
            self._land(path.with_name(path.name + _SIDECAR), json_bytes(dict(metadata)), os.replace)
        self._land(path, source, os.replace)

    def put_new(
        self, key: str, source: Path | bytes, metadata: Mapping[str, str] | None = None, *, sha256: str = ""
    ) -> bool:
        """Link the finished temporary file into place: the file system refuses when the name is taken."""
        path = self.path(key)
        try:
            self._land(path, source, os.link, sha256)
        except FileExistsError:
            if path.is_file() and not path.is_symlink() and sha256_of(path) == (sha256 or sha256_of(source)):
                return False
            raise DeliveryConflict(f"{self.url}/{key}: exists with other content") from None
        if metadata:
            self._land(path.with_name(path.name + _SIDECAR), json_bytes(dict(metadata)), os.replace)
        return True

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        try:
            return self.path(key).is_file()
        except OSError as problem:
            raise StorageError(f"{self.url}/{key}: {problem.strerror}") from problem

    def at(self, prefix: str) -> FolderZone:
        """The folder below."""
        below = prefix.strip("/")
        return FolderZone(self.path(below)) if below else self

    def _refuse_link(self, path: Path, key: str) -> None:
        """A link inside the zone may lead out of it; the zone itself may lie behind one."""
        real = os.path.realpath(path)
        if real != self._real_root and not real.startswith(self._real_root.rstrip("/") + "/"):
            raise StorageError(f"key leaves its zone: {key!a}")

    @cached_property
    def _real_root(self) -> str:
        return os.path.realpath(self.root)

    def _land(self, path: Path, source: Path | bytes, step: Any, sha256: str = "") -> None:
        """Copy to a temporary name, make it last, then take the step (replace or link) to the real name."""
        self._refuse_link(path.parent, path.name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=_WRITING, dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as out, _reader(source) as data:
                    digest = _copy(data, out)
                    out.flush()
                    os.fsync(out.fileno())
                if sha256 and digest != sha256:
                    raise StorageError(f"{path.name}: its bytes are not the announced ones; nothing was written")
                Path(name).chmod(0o644)
                step(name, path)
                _sync_folder(path.parent)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as problem:
            if isinstance(problem, FileExistsError) and step is os.link and problem.filename2 == str(path):
                raise
            raise StorageError(f"{path}: {problem.strerror}") from problem


class S3Zone:
    """A zone in an S3 bucket. Endpoint and credentials come from the environment or the instance role."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.url = f"s3://{bucket}/{prefix}".rstrip("/")

    @cached_property
    def client(self) -> Any:
        """A boto3 S3 client with standard retries."""
        import boto3  # noqa: PLC0415 - a second of import that folders need not pay
        from botocore.config import Config  # noqa: PLC0415

        wished = os.environ.get("AWS_MAX_ATTEMPTS", "")
        retries = {"mode": "standard", "max_attempts": int(wished) if wished.isdecimal() else 5}
        config = Config(retries=retries, s3={"addressing_style": "path"})
        return boto3.client("s3", config=config)

    def full(self, key: str) -> str:
        """The key in the bucket."""
        return f"{self.prefix}/{key}" if self.prefix else key

    def iter_objects(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """`ListObjectVersions`, page by page; delete markers are passed over, the versions under them are not."""
        base = self.full(prefix) if prefix else (self.prefix + "/" if self.prefix else "")
        with self._translate(base):
            pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=base)
            held: list[ObjectInfo] = []
            for page in pages:
                for item in page.get("Versions", ()):
                    info = self._info(item)
                    if held and held[0].key != info.key:
                        yield from reversed(held)
                        held = []
                    held.append(info)
            yield from reversed(held)

    def _info(self, item: Mapping[str, Any]) -> ObjectInfo:
        version = str(item.get("VersionId") or "")
        return ObjectInfo(
            key=item["Key"].removeprefix(self.prefix + "/" if self.prefix else ""),
            version_id="" if version == "null" else version,
            size=item["Size"],
            modified_utc=int(item["LastModified"].timestamp() * 1_000_000),
        )

    def get(self, key: str, version_id: str = "") -> Blob:
        """GetObject; its answer carries the metadata, so no HEAD is needed."""
        extra = {"VersionId": version_id} if version_id else {}
        with self._translate(key):
            answer = self.client.get_object(Bucket=self.bucket, Key=self.full(key), **extra)
        raw = _RawBody(answer["Body"], self._translate(key))
        stream = io.BufferedReader(cast(io.RawIOBase, raw), CHUNK)
        return Blob(stream=stream, size=answer["ContentLength"], metadata=answer.get("Metadata", {}))

    def put(self, key: str, source: Path | bytes, metadata: Mapping[str, str] | None = None) -> None:
        """Upload with the server checking our SHA-256."""
        with self._translate(key):
            self._put(key, source, metadata)

    def put_new(
        self, key: str, source: Path | bytes, metadata: Mapping[str, str] | None = None, *, sha256: str = ""
    ) -> bool:
        """`If-None-Match: *`. On 412 the object's own bytes decide between success and conflict."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        with self._translate(key):
            for _ in range(5):
                try:
                    self._put(key, source, metadata, sha256, IfNoneMatch="*")
                except ClientError as problem:
                    status = problem.response["ResponseMetadata"]["HTTPStatusCode"]
                    if status == 409:
                        continue
                    if status != 412:
                        raise
                    if self._digest(key) == (sha256 or sha256_of(source)):
                        return False
                    raise DeliveryConflict(f"{self.url}/{key}: exists with other content") from None
                return True
        raise DeliveryConflict(f"{self.url}/{key}: another writer holds this key")

    def exists(self, key: str) -> bool:
        """HeadObject."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        with self._translate(key):
            try:
                self.client.head_object(Bucket=self.bucket, Key=self.full(key))
            except ClientError as problem:
                if problem.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    return False
                raise
            return True

    def at(self, prefix: str) -> S3Zone:
        """The prefix below."""
        below = prefix.strip("/")
        zone = S3Zone(self.bucket, self.full(below) if below else self.prefix)
        if "client" in vars(self):
            zone.client = self.client
        return zone

    def _put(
        self, key: str, source: Path | bytes, metadata: Mapping[str, str] | None, sha256: str = "", **extra: str
    ) -> None:
        try:
            digest = sha256_of(source)
        except OSError as problem:
            raise StorageError(f"{key}: its source cannot be read: {problem.strerror}") from problem
        if sha256 and digest != sha256:
            raise StorageError(f"{key}: its bytes are not the announced ones; nothing was written")
        with _reader(source) as body:
            self.client.put_object(
                Bucket=self.bucket,
                Key=self.full(key),
                Body=body,
                ContentType=_CONTENT_TYPES.get(Path(key).suffix, _BINARY),
                Metadata={**(metadata or {}), "sha256": digest},
                ChecksumSHA256=base64.b64encode(bytes.fromhex(digest)).decode(),
                **extra,
            )

    def _digest(self, key: str) -> str:
        with self.get(key).stream as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]

    def _translate(self, key: str) -> _Translate:
        return _Translate(f"{self.url}: {key!r}")


class _Translate:
    """Turns boto's errors into StorageError that names the zone and the key, and nothing secret."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        if isinstance(problem, ClientError):
            raise StorageError(f"{self.place}: {problem.response['Error'].get('Code', 'error')}") from problem
        if isinstance(problem, BotoCoreError):
            raise StorageError(f"{self.place}: {type(problem).__name__}") from problem


class _RawBody(io.RawIOBase):
    """botocore's body as a raw stream that BufferedReader takes; a broken body is a StorageError."""

    def __init__(self, body: Any, translate: _Translate) -> None:
        self.body = body
        self.translate = translate

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            with self.translate:
                data = self.body.read(len(buffer))
        except (HTTPError, OSError) as problem:
            raise StorageError(f"{self.translate.place}: the answer broke off ({type(problem).__name__})") from problem
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.body.close()
        super().close()


def _reader(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _copy(data: BinaryIO, out: BinaryIO) -> str:
    """Copy a stream; the SHA-256 of what went through."""
    digest = hashlib.sha256()
    while chunk := data.read(CHUNK):
        digest.update(chunk)
        out.write(chunk)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_sidecar(path: Path) -> dict[str, str]:
    sidecar = path.with_name(path.name + _SIDECAR)
    try:
        if not stat.S_ISREG(sidecar.lstat().st_mode):
            return {}
        found = json.loads(sidecar.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as problem:
        raise StorageError(f"{sidecar.name}: not readable as JSON") from problem
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise StorageError(f"{sidecar.name}: must be an object of strings")
    return found


def _is_text(key: str) -> bool:
    """Whether a name can be written down; a file system may hold names that are no text in any encoding."""
    return not any("\ud800" <= character <= "\udfff" for character in key)


def _raise_unreadable(problem: OSError) -> None:
    reason = problem.strerror or errno.errorcode.get(problem.errno or 0, "unreadable")
    raise StorageError(f"{problem.filename}: {reason}") from problem
