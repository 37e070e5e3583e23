"""SQLCipher 4 databases decrypted into plain SQLite files: every page is authenticated before a byte of it is used.

This is the form that Signal Desktop writes: a raw key of 32 bytes, pages of 4096 bytes of which the last 80 hold the
initialisation vector and the authentication code (AES-256-CBC, HMAC-SHA512; the key of the code is derived from the
raw key and the salt at the start of the file).

Signal keeps the key as 64 hex digits in `key` of its `config.json`; such a file may be named as the secret itself.
Newer versions keep only `encryptedKey` there, which the keystore of the custodian's operating system has sealed: it can
be opened on that machine only, by that person's login, and never here. The key has to be exported there.

A page of zeros is passed on as it is, as SQLCipher itself does: SQLite leaves holes for free pages. If the database
still refers to one, SQLite calls the database damaged.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import orjson
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

PAGE: Final = 4096
_SALT: Final = 16
_VECTOR: Final = 16
_CODE: Final = 64
_RESERVE: Final = _VECTOR + _CODE
_SALT_MASK: Final = 0x3A
_ROUNDS: Final = 2
_RESERVED_AT: Final = 20
"""Where the header of a database says how many bytes at the end of a page are not SQLite's."""
_MAGIC: Final = b"SQLite format 3\0"
_ZEROS: Final = bytes(PAGE)
_HEX_KEY: Final = re.compile(r"(?:x')?([0-9a-fA-F]{64})(?:[0-9a-fA-F]{32})?'?")
_NAME: Final = "db.sqlite"
_SECRET_BYTES: Final = 1 << 16


class Sealed(Exception):
    """The database stays closed; `reason` is the quarantine code, `detail` names no secret."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def may_be_sealed(head: bytes, size: int) -> bool:
    """Whether a file can be an encrypted database: whole pages, and no header of a plain one."""
    return size >= PAGE and size % PAGE == 0 and not head.startswith(_MAGIC)


def is_sealed_by_name(name: str, head: bytes) -> bool:
    """Whether a file that nobody gave a key for is Signal's own database all the same: its name, and all noise."""
    return name.rpartition("/")[2] == _NAME and len(set(head)) == 256


def key_from(secret: str) -> bytes:
    """The raw key that `env:NAME` or `file:PATH` refers to: hex digits, or a Signal `config.json` that holds them.

    Raises:
        Sealed: `sealed-no-key` where nothing is referred to, nothing is there, or it is no key.
    """
    kind, _, name = secret.partition(":")
    if not name:
        raise Sealed("sealed-no-key", "no secret is stated for this source")
    text = os.environ.get(name, "") if kind == "env" else _file_text(Path(name))
    if match := _HEX_KEY.fullmatch(text.strip()):
        return bytes.fromhex(match[1])
    return _key_of_config(text)


def unseal(stream: BinaryIO, key: bytes, out: BinaryIO) -> None:
    """Write the plain database to `out`.

    Args:
        stream: The encrypted file from its start.
        key: The raw key, 32 bytes.
        out: Takes one page after the other; what is in it is of no use when this raises.

    Raises:
        Sealed: `sealed-wrong-key`, or `sealed-broken` where a page is not what was written, or is cut off.
    """
    pages = _pages(stream)
    first = next(pages, b"")
    if len(first) < PAGE:
        raise Sealed("sealed-broken", "page 1 is cut off")
    opener = PageOpener(key, first[:_SALT])
    second = next(pages, b"")
    if not opener.is_genuine(1, first[_SALT:]):
        known = len(second) == PAGE and opener.is_genuine(2, second)
        raise Sealed("sealed-broken", "page 1") if known else Sealed("sealed-wrong-key")
    out.write(_MAGIC + opener.plain(first[_SALT:])[:-_RESERVE] + first[:_SALT] + bytes(_RESERVE - _SALT))
    number = 2
    while second:
        out.write(opener.page(number, second))
        number += 1
        second = next(pages, b"")


def salt_of(first: bytes) -> bytes | None:
    """The salt of a database that `unseal` wrote, from its first page: it lies in bytes that SQLite does not use."""
    salt = first[-_RESERVE : _SALT - _RESERVE]
    return salt if len(first) == PAGE and first[_RESERVED_AT] == _RESERVE and any(salt) else None


class PageOpener:
    """Checks and decrypts pages under one key."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self.key = AES(key)
        masked = bytes(byte ^ _SALT_MASK for byte in salt)
        code_key = hashlib.pbkdf2_hmac("sha512", key, masked, _ROUNDS, 32)
        self.code = hmac.new(code_key, digestmod=hashlib.sha512)

    def page(self, number: int, page: bytes) -> bytes:
        """A page as it was before it was encrypted; holes of zeros as they are.

        Raises:
            Sealed: `sealed-broken`, with the number of the page.
        """
        if len(page) < PAGE:
            raise Sealed("sealed-broken", f"page {number} is cut off")
        if number == 1 and self.is_genuine(1, page[_SALT:]):
            return _MAGIC + self.plain(page[_SALT:])
        if number > 1 and self.is_genuine(number, page):
            return self.plain(page)
        if page == _ZEROS:
            return page
        raise Sealed("sealed-broken", f"page {number}")

    def is_genuine(self, number: int, page: bytes) -> bool:
        """Whether a page (the first one without its salt) was written under this key, for this place."""
        code = self.code.copy()
        code.update(page[:-_CODE])
        code.update(number.to_bytes(4, "little"))
        return hmac.compare_digest(code.digest(), page[-_CODE:])

    def plain(self, page: bytes) -> bytes:
        """The content of a page; what the vector and the code took up is zeros."""
        vector = page[-_RESERVE:-_CODE]
        decryptor = Cipher(self.key, CBC(vector)).decryptor()
        return decryptor.update(page[:-_RESERVE]) + decryptor.finalize() + bytes(_RESERVE)


def _pages(stream: BinaryIO) -> Iterator[bytes]:
    while page := stream.read(PAGE):
        while len(page) < PAGE and (more := stream.read(PAGE - len(page))):
            page += more
        yield page


def _file_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_SECRET_BYTES).decode("utf-8", "replace")
    except OSError as problem:
        raise Sealed("sealed-no-key", f"the file of the secret: {problem.strerror}") from problem


def _key_of_config(text: str) -> bytes:
    try:
        config = orjson.loads(text)
    except orjson.JSONDecodeError:
        config = None
    if isinstance(config, dict):
        key = config.get("key")
        if isinstance(key, str) and (match := _HEX_KEY.fullmatch(key.strip())):
            return bytes.fromhex(match[1])
        if "encryptedKey" in config:
            raise Sealed("sealed-no-key", "encryptedKey is sealed by the keystore of the custodian's own system")
    raise Sealed("sealed-no-key", "the secret is empty or is not 64 hex digits" if text else "the secret is empty")
