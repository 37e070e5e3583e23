"""What kind of file some bytes are, by their first bytes: attachments are told apart by content, never by name."""

from __future__ import annotations

from typing import Final

SQLITE: Final = "application/vnd.sqlite3"
_AT_START: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"#!AMR\n", "audio/amr"),
    (b"caff", "audio/x-caf"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"{\\rtf", "application/rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"SQLite format 3\0", SQLITE),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS: Final = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"hevc": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"3gp4": "video/3gpp",
    b"3gp5": "video/3gpp",
    b"3gp6": "video/3gpp",
}
_TEXT_STARTS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"BEGIN:VCARD", "text/vcard"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
)
ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OCTETS: Final = "application/octet-stream"
_OPEN_XML: Final = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)


def mime_of(head: bytes) -> str:
    """The MIME type these first bytes prove, or an empty text. Zip files are `application/zip`, whatever they hold."""
    for start, mime in _AT_START:
        if head.startswith(start):
            return mime
    if head.startswith(ZIP_STARTS):
        return "application/zip"
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    if len(head) > 3 and head[0] == 0xFF and head[1] in (0xFB, 0xF3, 0xF2):
        return "audio/mpeg"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:20].upper()
    return next((mime for start, mime in _TEXT_STARTS if text.startswith(start)), "")


def document_mime(names: list[str]) -> str:
    """The MIME type of a document that is a zip inside, by its members' names; empty for an archive of files."""
    if "[Content_Types].xml" in names:
        return next(
            (mime for folder, mime in _OPEN_XML if any(name.startswith(folder) for name in names)),
            "application/vnd.openxmlformats-package",
        )
    if names[:1] == ["mimetype"]:
        return "application/vnd.oasis.opendocument"
    if "META-INF/MANIFEST.MF" in names:
        return "application/java-archive"
    return ""
