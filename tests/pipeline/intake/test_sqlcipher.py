"""Encrypted databases are written by SQLCipher itself, so that nothing here agrees with itself only."""

from __future__ import annotations

import io
import random
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from pipeline.intake.sqlcipher import PAGE, Sealed, key_from, may_be_sealed, unseal
from tests.pipeline.intake.signal_profile import sealed_profile

KEY = bytes(range(32))
SECRET = KEY.hex()


@cache
def sealed(rows: int = 300) -> bytes:
    """A database of some dozens of pages."""
    return sealed_profile(KEY, [{"id": f"m-{n}", "body": "word " * 50, "json": "{}"} for n in range(rows)])


def opened(data: bytes, key: bytes = KEY) -> bytes:
    out = io.BytesIO()
    unseal(io.BytesIO(data), key, out)
    return out.getvalue()


def refusal(data: bytes, key: bytes = KEY) -> tuple[str, str]:
    with pytest.raises(Sealed) as problem:
        opened(data, key)
    return problem.value.reason, problem.value.detail


def test_gives_the_database_that_sqlcipher_wrote(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(opened(sealed()))
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as plain:
        assert plain.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert plain.execute("select count(*), max(length(body)) from messages").fetchall() == [(300, 250)]


def test_streams_whatever_the_size_of_the_pieces(tmp_path: Path) -> None:
    class Dribble(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or -1, 1000))

    out = io.BytesIO()
    unseal(Dribble(sealed()), KEY, out)
    assert out.getvalue() == opened(sealed())


def test_knows_what_can_be_sealed() -> None:
    plain = opened(sealed())
    assert may_be_sealed(sealed()[:100], len(sealed()))
    assert not may_be_sealed(plain[:100], len(plain))
    assert not may_be_sealed(sealed()[:100], len(sealed()) - 1)
    assert not may_be_sealed(b"", 0)


def test_a_wrong_key_opens_nothing() -> None:
    assert refusal(sealed(), bytes(32)) == ("sealed-wrong-key", "")
    assert refusal(random.Random(1).randbytes(PAGE * 3)) == ("sealed-wrong-key", "")


def test_every_flipped_byte_is_found() -> None:
    data, chance = sealed(), random.Random(20260225)
    for at in sorted(chance.sample(range(len(data)), 400)):
        damaged = bytearray(data)
        damaged[at] ^= 1 << chance.randrange(8)
        reason, detail = refusal(bytes(damaged))
        page = at // PAGE + 1
        assert (reason, detail) == ("sealed-broken", f"page {page}") if at >= 16 else reason == "sealed-wrong-key"


def test_every_cut_inside_a_page_is_found() -> None:
    data = sealed()
    for size in [*range(0, len(data), 997), len(data) - 1]:
        if size % PAGE:
            assert refusal(data[:size])[0] == "sealed-broken"
    assert refusal(b"")[0] == "sealed-broken"


def test_pages_that_change_places_are_found() -> None:
    data = sealed()
    swapped = data[:PAGE] + data[2 * PAGE : 3 * PAGE] + data[PAGE : 2 * PAGE] + data[3 * PAGE :]
    assert refusal(swapped) == ("sealed-broken", "page 2")


def test_holes_of_zeros_are_passed_on() -> None:
    data = sealed() + bytes(PAGE)
    assert opened(data) == opened(sealed()) + bytes(PAGE)


@pytest.mark.parametrize(
    "text",
    [SECRET, SECRET.upper(), f"  {SECRET}\n", f"x'{SECRET}'", f'{{"key": "{SECRET}"}}', SECRET + "00" * 16],
)
def test_takes_the_key_as_people_keep_it(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text(text)
    monkeypatch.setenv("SIGNAL_KEY", text)
    assert key_from(f"file:{tmp_path / 'config.json'}") == KEY
    assert key_from("env:SIGNAL_KEY") == KEY


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (SECRET[:-1], "the secret is empty or is not 64 hex digits"),
        ("", "the secret is empty"),
        ('{"key": 5}', "the secret is empty or is not 64 hex digits"),
        ('{"encryptedKey": "76"}', "encryptedKey is sealed by the keystore of the custodian's own system"),
    ],
)
def test_says_why_there_is_no_key(text: str, detail: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(Sealed) as problem:
        key_from(f"file:{path}")
    assert (problem.value.reason, problem.value.detail) == ("sealed-no-key", detail)


@pytest.mark.parametrize("secret", ["", "env:NO_SUCH_NAME", "file:/no/such/file"])
def test_a_key_that_is_not_there(secret: str) -> None:
    with pytest.raises(Sealed) as problem:
        key_from(secret)
    assert problem.value.reason == "sealed-no-key"
