"""The client-side encryption envelope of S3: AES-GCM under a data key that KMS has wrapped, opened and checked.

This is what S3EncryptionClientV2 writes with KMSWithContext, which Wickr's retention bot uses when it is given a key.
The envelope lies in the object's metadata, or in an instruction file beside it. Plaintext is given out only after the
tag at the end of the ciphertext was found right; until then it lies in a spool that nobody reads.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO, Final, Self

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from pipeline.errors import StorageError
from pipeline.intake.sqlcipher import Sealed
from pipeline.intake.strict_json import BadJson, parse_object
from pipeline.storage import CHUNK

INSTRUCTION: Final = ".instruction"
"""What an instruction file's key has more than the object's."""
_KEY: Final = "x-amz-key-v2"
_FIELDS: Final = frozenset(
    (
        _KEY,
        "x-amz-iv",
        "x-amz-tag-len",
        "x-amz-matdesc",
        "x-amz-wrap-alg",
        "x-amz-cek-alg",
        "x-amz-unencrypted-content-length",
    )
)
_OTHER_VERSIONS: Final[Mapping[str, str]] = {"x-amz-key": "version 1", "x-amz-3": "version 3"}
"""Fields by which envelopes of other versions are known."""
_WRAP: Final = "kms+context"
_CIPHER: Final = "AES/GCM/NoPadding"
_CONTEXT_CIPHER: Final = "aws:x-amz-cek-alg"
_NAMED: Final = {
    "AES/CBC/PKCS5Padding": "AES-CBC, which cannot show that nothing was changed",
    "kms": "a key wrapped without context",
    "AESWrap": "a key wrapped without KMS",
    "AES/GCM": "a key wrapped without KMS",
    "RSA-OAEP-SHA1": "a key wrapped without KMS",
}
_PREFIX: Final = "x-amz-meta-"
_TAG: Final = 16
_VECTOR: Final = 12
_DATA_KEY: Final = 32
_INSTRUCTION_BYTES: Final = 1 << 16
_REFUSING: Final = frozenset(
    (
        "AccessDeniedException",
        "AccessDenied",
        "DisabledException",
        "IncorrectKeyException",
        "InvalidKeyUsageException",
        "KMSInvalidStateException",
        "NotFoundException",
        "UnrecognizedClientException",
    )
)
"""Answers that mean that this key is not ours to use; any other may be another one tomorrow, so the run stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """How one object was encrypted."""

    wrapped_key: bytes
    context: Mapping[str, str]
    vector: bytes
    size: int | None
    """Of the plaintext, as far as it is stated."""

    @classmethod
    def of(cls, metadata: Mapping[str, str]) -> Self | None:
        """The envelope in an object's metadata; None where there is none.

        Raises:
            Sealed: `sealed-unknown-algorithm`, or `sealed-broken` where a field of it makes no sense.
        """
        fields = {name.lower().removeprefix(_PREFIX): value for name, value in metadata.items()}
        if _KEY not in fields:
            other = next((version for name, version in _OTHER_VERSIONS.items() if name in fields), "")
            if other:
                raise Sealed("sealed-unknown-algorithm", f"an envelope of {other}")
            return None
        context = _context(fields.get("x-amz-matdesc", "{}"))
        _check_algorithms(fields, context)
        stated = fields.get("x-amz-unencrypted-content-length", "")
        return cls(
            wrapped_key=_decoded(fields[_KEY], "x-amz-key-v2"),
            context=context,
            vector=_decoded(fields.get("x-amz-iv", ""), "x-amz-iv", _VECTOR),
            size=int(stated) if stated.isascii() and stated.isdecimal() and len(stated) <= 18 else None,
        )

    def open(self, stream: BinaryIO, out: BinaryIO, kms: Any) -> None:
        """Write the plaintext to `out`, which is of no use to anybody when this raises.

        Raises:
            Sealed: `sealed-no-key` or `sealed-broken`.
            StorageError: KMS cannot be asked.
        """
        decryptor = Cipher(AES(self._data_key(kms)), GCM(self.vector)).decryptor()
        held, size = b"", 0
        while chunk := stream.read(CHUNK):
            held += chunk
            size += out.write(decryptor.update(held[:-_TAG]))
            held = held[-_TAG:]
        if len(held) < _TAG:
            raise Sealed("sealed-broken", "shorter than its tag")
        try:
            decryptor.finalize_with_tag(held)
        except InvalidTag:
            raise Sealed("sealed-broken", "the tag does not fit") from None
        if self.size not in (None, size):
            raise Sealed("sealed-broken", "the size is not the stated one")

    def _data_key(self, kms: Any) -> bytes:
        from botocore.exceptions import (  # noqa: PLC0415 - a second of import that few objects need
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            NoRegionError,
        )

        try:
            answer = kms().decrypt(CiphertextBlob=self.wrapped_key, EncryptionContext=dict(self.context))
        except ClientError as problem:
            code = str(problem.response["Error"].get("Code", ""))
            if code == "InvalidCiphertextException":
                raise Sealed("sealed-broken", "KMS does not know its key in this context") from None
            if code in _REFUSING:
                raise Sealed("sealed-no-key", code) from None
            raise StorageError(f"KMS: {code or 'error'}") from problem
        except (NoCredentialsError, NoRegionError) as problem:
            raise Sealed("sealed-no-key", type(problem).__name__) from None
        except BotoCoreError as problem:
            raise StorageError(f"KMS: {type(problem).__name__}") from problem
        key: bytes = answer["Plaintext"]
        if len(key) != _DATA_KEY:
            raise Sealed("sealed-unknown-algorithm", "the data key is not one of AES-256")
        return key


def instruction_in(data: bytes) -> Mapping[str, str]:
    """The fields of an instruction file; none where it is no such file."""
    if len(data) > _INSTRUCTION_BYTES or b"x-amz-" not in data:
        return {}
    try:
        found, _ = parse_object(data.strip(), 8)
    except BadJson:
        return {}
    fields = {name.lower(): value for name, value in found.items() if isinstance(value, str)}
    return fields if _KEY in fields or not _OTHER_VERSIONS.keys().isdisjoint(fields) else {}


def kms_client() -> Any:
    """A boto3 KMS client with the retries of the zones' S3 client; endpoint, region and credentials as for that."""
    names = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE")
    return _client(tuple(os.environ.get(name, "") for name in names))


@lru_cache(maxsize=4)
def _client(_settings: tuple[str, ...]) -> Any:
    import boto3  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    wished = os.environ.get("AWS_MAX_ATTEMPTS", "")
    retries = {"mode": "standard", "max_attempts": int(wished) if wished.isdecimal() else 5}
    return boto3.client("kms", config=Config(retries=retries))


def _check_algorithms(fields: Mapping[str, str], context: Mapping[str, str]) -> None:
    """Both are stated twice, the cipher once where KMS vouches for it: a change of either is not gone along with."""
    wrap = fields.get("x-amz-wrap-alg", _WRAP)
    cipher = fields.get("x-amz-cek-alg", context.get(_CONTEXT_CIPHER, ""))
    for found, known in ((cipher, _CIPHER), (wrap, _WRAP)):
        if found != known:
            raise Sealed("sealed-unknown-algorithm", _NAMED.get(found, "its name is not known"))
    if context.get(_CONTEXT_CIPHER) != cipher:
        raise Sealed("sealed-broken", "the context names another cipher")
    if fields.get("x-amz-tag-len", "128") != "128":
        raise Sealed("sealed-unknown-algorithm", "a short tag")


def _context(text: str) -> Mapping[str, str]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Sealed("sealed-broken", "x-amz-matdesc")
    return found


def _decoded(text: str, name: str, size: int = 0) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found or (size and len(found) != size):
        raise Sealed("sealed-broken", name)
    return found
