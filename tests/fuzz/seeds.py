"""All seeds, and the words of each format's grammar. A format without a seed fails `test_damage.py`.

A seed stands here, or as `SEEDS` in a test file of `tests/pipeline/intake/`, so that a new format needs no other file.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.fuzz import seeds_chat, seeds_exports, seeds_phone, seeds_work
from tests.fuzz.seed import Seed

_FORMAT_TESTS: Final = Path(__file__).parents[1] / "pipeline/intake"


def _of_format_tests() -> Iterator[Seed]:
    for path in sorted(_FORMAT_TESTS.glob("test_*.py")):
        if "\nSEEDS" in path.read_text("utf-8"):
            yield from importlib.import_module(f"tests.pipeline.intake.{path.stem}").SEEDS


_HERE: Final = (*seeds_chat.SEEDS, *seeds_exports.SEEDS, *seeds_phone.SEEDS, *seeds_work.SEEDS)

SEEDS: Final[tuple[Seed, ...]] = tuple({seed.id: seed for seed in (*_HERE, *_of_format_tests())}.values())
"""Of two with one name that of the format's own test."""

TOKENS: Final[Mapping[str, tuple[bytes, ...]]] = {
    "lines": (b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u", b"\\ud83d", b"\n", b"\r\n", b"null", b"1e999", b"\0", b","),
    "json": (b"{", b"}", b"[", b"]", b'"', b"\\", b"\\ud83d", b"\n", b"null", b"1e999", b"\0", b",", b":", b"\xff"),
    "xml": (b"<", b">", b"/>", b"</", b"&", b"&#55357;", b"&#0;", b"&lt;", b"<!--", b"<![CDATA[", b"]]>", b'"', b"<?"),
    "mail": (b"\n\n", b"\nFrom ", b"\n>From ", b"--", b"=?utf-8?B?", b"?=", b"\r\n", b"\0", b"\xff", b"\n ", b": "),
    "text": (b"\n", b"\r\n", b": ", b" - ", b"[", b"]", b"\xe2\x80\x8e", b"\xef\xbb\xbf", b"\0", b"\xff", b", "),
    "sqlite": (b"\0", b"\xff\xff\xff\xff", b"\x0d", b"\x05", b"\x81"),
}
"""By syntax: what splices put in and what the fuzzer's dictionary holds."""


def tokens_of(seed: Seed) -> tuple[bytes, ...]:
    """The words of its syntax and of its format."""
    return (*TOKENS[seed.syntax], *seed.tokens)


def seeds_of(reader: str) -> list[Seed]:
    """The seeds of one reader."""
    return [seed for seed in SEEDS if seed.reader == reader]


def seed_named(name: str) -> Seed:
    """The seed that findings call so; a reader's name is its first seed."""
    return next(seed for seed in SEEDS if name in (seed.id, seed.reader))
