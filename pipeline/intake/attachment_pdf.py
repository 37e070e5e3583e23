"""The text of a PDF, page by page, by PDFium. Runs in the child process only: a hostile file may take it down."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2


def pdf_pages(stream: BinaryIO) -> Iterator[str]:
    """The text of each page; a page that cannot be read is passed over.

    Raises:
        ValueError: It is no PDF, or it is locked.
    """
    try:
        document = pypdfium2.PdfDocument(io.BytesIO(stream.read()))
    except pypdfium2.PdfiumError as problem:
        raise ValueError("not a PDF that can be read") from problem
    try:
        for number in range(len(document)):
            yield _page(document, number)
    finally:
        document.close()


def _page(document: pypdfium2.PdfDocument, number: int) -> str:
    try:
        page = document[number]
        text: str = page.get_textpage().get_text_range(errors="replace")
    except pypdfium2.PdfiumError:
        return ""
    page.close()
    return text.replace("\r\n", "\n").replace("\ufffe", "-").replace("\x02", "-") + "\n"
