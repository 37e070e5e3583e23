"""Attachments of a Signal Desktop database: what it says of them, and their bytes where they lie beside it.

Signal keeps each file under a random name below `attachments.noindex`, since 2024 encrypted under a key of its own
(`localKey`, AES-256-CBC and HMAC-SHA256). A file that opens becomes an attachment with bytes; one that does not keeps
the note `encrypted`. Keys never leave here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from pipeline.intake.formats.signal_desktop_people import text
from pipeline.intake.place import Place
from pipeline.model import Attachment

_FOLDERS: Final = ("../attachments.noindex/", "attachments.noindex/")
_VECTOR: Final = 16
_CODE: Final = 32
_KEYS: Final = 64
_REMEMBERED: Final = 10_000
_FAILURES: Final = 1_000
"""Files that do not open, after which no further one is tried."""
_MAJORS: Final = ("image", "video", "audio")
VOICE: Final = 1
GIF: Final = 8


class Files:
    """Makes attachments of one database."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.known: dict[str, Attachment] = {}
        self.failures = 0

    def attachment(self, said: Mapping[str, Any], where: str, note: str = "") -> Attachment:
        """One attachment.

        Args:
            said: What the database says of it.
            where: Unique and stable inside the database.
            note: Why there are no bytes, where the message tells.
        """
        path = text(said.get("path")).replace("\\", "/")
        size = said.get("size")
        plain = Attachment(
            name=text(said.get("fileName")),
            path=path,
            mime=text(said.get("contentType")),
            size=size if type(size) is int and size >= 0 else -1,
            note=note or ("" if path else "not-downloaded"),
        )
        if not path or said.get("version") != 2:
            return plain
        return self._opened(said, plain, where) or replace(plain, note=note or "encrypted")

    def _opened(self, said: Mapping[str, Any], plain: Attachment, where: str) -> Attachment | None:
        key = text(said.get("localKey"))
        if found := self.known.get(f"{plain.path}\0{key}"):
            return replace(found, name=plain.name)
        if self.failures >= _FAILURES:
            return None
        data = self._bytes(plain.path)
        opened = _decrypted(data, key, plain.size) if data is not None else None
        if opened is None:
            self.failures += data is not None
            return None
        held = replace(self.place.attach(where, opened, name=plain.name, mime=plain.mime), path=plain.path)
        if len(self.known) < _REMEMBERED:
            self.known[f"{plain.path}\0{key}"] = held
        return held

    def _bytes(self, path: str) -> bytes | None:
        found = (self.place.beside(folder + path, self.place.limits.document_bytes) for folder in _FOLDERS)
        return next((data for data in found if data is not None), None)


def _decrypted(data: bytes, key: str, size: int) -> bytes | None:
    """The plain bytes; None when the code does not fit, which is all that a wrong key or a changed file shows."""
    try:
        keys = base64.b64decode(key, validate=True)
    except ValueError:
        return None
    body = len(data) - _VECTOR - _CODE
    if len(keys) != _KEYS or body <= 0 or body % _VECTOR or not 0 <= size <= body:
        return None
    code = hmac.digest(keys[32:], data[:-_CODE], hashlib.sha256)
    if not hmac.compare_digest(code, data[-_CODE:]):
        return None
    decryptor = Cipher(AES(keys[:32]), CBC(data[:_VECTOR])).decryptor()
    return (decryptor.update(data[_VECTOR:-_CODE]) + decryptor.finalize())[:size]


def media_kind(said: Mapping[str, Any]) -> str:
    """`image`, `video`, `audio`, `gif` or `document`, by what the sender's app claimed."""
    major = text(said.get("contentType")).partition("/")[0].casefold()
    if said.get("flags") == GIF:
        return "gif"
    return major if major in _MAJORS else "document"
