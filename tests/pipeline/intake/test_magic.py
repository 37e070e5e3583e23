from __future__ import annotations

import struct

import pytest

from pipeline.intake.magic import document_mime, mime_of, text_mime_of
from tests.pipeline.intake.intaking import a_line


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    body = b"ftyp" + major + b"\0\0\0\0" + b"".join(compatible)
    return struct.pack(">L", len(body) + 4) + body + b"\0\0\0\x08mdat"


BITMAP = b"BM" + struct.pack("<LLLL", 70, 0, 54, 40) + bytes(40)
ICON = b"\0\0\1\0\1\0" + bytes((16, 16, 0, 0, 1, 0, 32, 0)) + struct.pack("<LL", 300, 22) + bytes(300)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
SIGNED = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80"
PROVED = {
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "image/png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "image/bmp": BITMAP,
    "image/vnd.microsoft.icon": ICON,
    "image/vnd.adobe.photoshop": b"8BPS\0\1\0\0",
    "image/wmf": b"\xd7\xcd\xc6\x9a\0\0",
    "image/emf": b"\1\0\0\0" + bytes(36) + b" EMF",
    "image/jp2": b"\0\0\0\x0cjP  \r\n\x87\n",
    "image/heic": ftyp(b"heic", b"mif1", b"heic"),
    "image/heif": ftyp(b"mif1", b"miaf"),
    "image/avif": ftyp(b"avif", b"mif1"),
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 ",
    "audio/wav": b"RIFF\x10\0\0\0WAVEfmt ",
    "video/x-msvideo": b"RIFF\x10\0\0\0AVI LIST",
    "audio/aiff": b"FORM\0\0\0\x10AIFFCOMM",
    "audio/midi": b"MThd\0\0\0\6\0\1",
    "audio/flac": b"fLaC\0\0\0\x22",
    "audio/amr": b"#!AMR\n\x3c",
    "audio/amr-wb": b"#!AMR-WB\n",
    "audio/x-caf": b"caff\0\1\0\0desc",
    "audio/aac": b"\xff\xf1\x50\x80\x02\x1f",
    "audio/mpeg": b"\xff\xfb\x90\x64\0",
    "audio/mp4": ftyp(b"M4A ", b"mp42"),
    "audio/ogg": b"OggS\0\2" + bytes(22) + b"OpusHead",
    "video/ogg": b"OggS\0\2" + bytes(22) + b"\x80theora",
    "video/mp4": ftyp(b"isom", b"mp41"),
    "video/quicktime": ftyp(b"qt  "),
    "video/x-m4v": ftyp(b"M4V "),
    "video/3gpp": ftyp(b"3gp5", b"isom"),
    "video/3gpp2": ftyp(b"3g2a"),
    "video/webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\x82\x84webm",
    "video/x-matroska": b"\x1aE\xdf\xa3\xa3B\x86\x81\1B\x82\x88matroska",
    "video/x-ms-asf": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    "video/mpeg": b"\0\0\1\xba\x44",
    "video/mp2t": (b"G" + bytes(187)) * 3,
    "application/pdf": b"%PDF-1.7",
    "application/rtf": rb"{\rtf1\ansi",
    "application/zip": b"PK\3\4",
    "application/x-tar": bytes(257) + b"ustar\x0000",
    "application/x-bzip2": b"BZh91AY&SY",
    "application/vnd.ms-tnef": b'x\x9f>"\1\0',
    "application/pkcs7-mime": SIGNED,
    "application/x-ole-storage": OLE,
    "application/msword": OLE + "WordDocument".encode("utf-16-le"),
    "application/vnd.ms-outlook": OLE + "__properties_version1.0".encode("utf-16-le"),
    "application/vnd.microsoft.portable-executable": b"MZ" + bytes(58) + struct.pack("<L", 64) + b"PE\0\0",
    "application/dicom": bytes(128) + b"DICM",
    "font/ttf": b"\0\1\0\0\0\x0a\0\x80\0\3\0\x20GDEF",
    "font/woff2": b"wOF2\0\1\0\0",
    "text/vcard": b"\xef\xbb\xbfBEGIN:VCARD\r\nVERSION:3.0\r\n",
    "text/calendar": b"begin:vcalendar\r\n",
    "application/pgp-encrypted": b"-----BEGIN PGP MESSAGE-----\n",
}


@pytest.mark.parametrize("mime", sorted(PROVED))
def test_content_proves_the_type(mime: str) -> None:
    assert mime_of(PROVED[mime]) == mime


@pytest.mark.parametrize("mime", sorted(PROVED))
def test_any_prefix_and_any_flipped_byte_is_judged_without_a_fault(mime: str) -> None:
    head = PROVED[mime]
    for at in range(len(head)):
        mime_of(head[:at])
        text_mime_of(head[:at])
        mime_of(head[:at] + bytes([head[at] ^ 0xFF]) + head[at + 1 :])


MAIL = b"From: a@a.example\r\nTo: b@b.example\r\nSubject: x\r\n\r\nhello"


@pytest.mark.parametrize(
    ("text", "mime"),
    [
        (MAIL, "message/rfc822"),
        (b"From a@a.example Mon Jan  1 10:00:00 2024\n" + MAIL, "application/mbox"),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b"<?xml version='1.0'?><!-- x --><html>", "text/html"),
        (b"<div>x</div>", "text/html"),
        (b"<?xml version='1.0'?>\n<svg xmlns=''>", "image/svg+xml"),
        (b"<?xml version='1.0'?><smses/>", "application/xml"),
        (a_line(), "text/plain"),
        ("größe".encode(), "text/plain"),
        ("größe".encode("cp1252"), "text/plain"),
        ("größe".encode("utf-16"), "text/plain"),
        (b"\0\1\2", ""),
        (b"!BDN\0\0", "application/vnd.ms-outlook-pst"),
        (b"", ""),
    ],
)
def test_texts_are_told_by_their_start(text: bytes, mime: str) -> None:
    assert text_mime_of(text) == mime
    assert mime_of(text) == ""


@pytest.mark.parametrize("text", [b"BM is short for bitmap", b"MZ begins a program", b"true story: it happened", b"ID"])
def test_words_that_look_like_signatures_are_words(text: bytes) -> None:
    assert mime_of(text) == ""


def test_many_comments_cost_nothing() -> None:
    assert text_mime_of(b"<!-- x -->" * 400) == "text/plain"


def test_documents_that_are_zips() -> None:
    assert document_mime(["[Content_Types].xml", "word/document.xml"]).endswith("wordprocessingml.document")
    assert document_mime(["mimetype", "content.xml"]) == "application/vnd.oasis.opendocument"
    assert document_mime(["a.txt"]) == ""
