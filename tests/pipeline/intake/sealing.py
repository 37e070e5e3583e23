"""Builders of the tests of sealed objects: what S3EncryptionClientV2 would write, made with another library call."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CIPHER = "AES/GCM/NoPadding"
CONTEXT = {"aws:x-amz-cek-alg": CIPHER, "office": "field"}
VECTOR = bytes(range(12))


def sealed(plain: bytes, kms: Any, key_id: str, **changes: str | None) -> tuple[bytes, dict[str, str]]:
    """Ciphertext with its tag, and the envelope that goes into the object's metadata; None takes a field out."""
    key = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256", EncryptionContext=CONTEXT)
    fields: Mapping[str, str | None] = {
        "x-amz-key-v2": base64.b64encode(key["CiphertextBlob"]).decode(),
        "x-amz-iv": base64.b64encode(VECTOR).decode(),
        "x-amz-tag-len": "128",
        "x-amz-matdesc": json.dumps(CONTEXT),
        "x-amz-wrap-alg": "kms+context",
        "x-amz-cek-alg": CIPHER,
        "x-amz-unencrypted-content-length": str(len(plain)),
        **{f"x-amz-{name.replace('_', '-')}": value for name, value in changes.items()},
    }
    data = AESGCM(key["Plaintext"]).encrypt(VECTOR, plain, None)
    return data, {name: value for name, value in fields.items() if value is not None}
