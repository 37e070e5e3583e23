"""Finished pages between the two passes: kept per part, read back in order."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import orjson

from pipeline.render.galley import Page

_SPAN = struct.Struct("<II")


class PageSpool:
    """Where pass one puts pages and the page spans of records."""

    def __init__(self, spool: Path, part: int) -> None:
        stem = spool / f"part-{part:04d}"
        self._pages = stem.with_suffix(".pages").open("wb")
        self._offsets = stem.with_suffix(".offsets").open("wb")
        self._spans = stem.with_suffix(".spans").open("wb")

    def __enter__(self) -> PageSpool:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self._pages, self._offsets, self._spans):
            stream.close()

    def add(self, page: Page) -> None:
        """Keep a page."""
        self._offsets.write(self._pages.tell().to_bytes(8, "little"))
        glyphs = {face: {str(glyph): text for glyph, text in used.items()} for face, used in page.glyphs.items()}
        head = orjson.dumps([page.latin, glyphs])
        self._pages.write(_SPAN.pack(len(head), len(page.stream)) + head + page.stream)

    def span(self, first: int, last: int) -> None:
        """Keep the pages of the next record."""
        self._spans.write(_SPAN.pack(first, last))


def read_spans(spool: Path, part: int) -> Iterator[tuple[int, int]]:
    """First and last page within the part of each of its records, in order."""
    yield from _SPAN.iter_unpack((spool / f"part-{part:04d}.spans").read_bytes())


def read_pages(spool: Path, part: int, first: int, last: int) -> Iterator[Page]:
    """Pages of a part from the spool, `last` exclusive."""
    stem = spool / f"part-{part:04d}"
    offsets = stem.with_suffix(".offsets").read_bytes()
    with stem.with_suffix(".pages").open("rb") as stream:
        stream.seek(int.from_bytes(offsets[first * 8 : first * 8 + 8], "little"))
        for _ in range(first, last):
            yield _read_page(stream)


def _read_page(stream: BinaryIO) -> Page:
    head, body = _SPAN.unpack(stream.read(_SPAN.size))
    latin, glyphs = orjson.loads(stream.read(head))
    used = {face: {int(glyph): text for glyph, text in held.items()} for face, held in glyphs.items()}
    return Page(stream.read(body), latin, used)
