"""What kind of file some bytes are, by their first bytes: attachments are told apart by content, never by name.

`mime_of` knows only what can be no capture: what it names is an attachment before any reader is asked. Texts, which may
be captures, are named by `text_mime_of`, for the attachments inside a capture.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from typing import Final

OCTETS: Final = "application/octet-stream"
SQLITE: Final = "application/vnd.sqlite3"
ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE: Final = "application/x-ole-storage"
_AT_START: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\x8aMNG\r\n\x1a\n", "video/x-mng"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"8BPS\0\1", "image/vnd.adobe.photoshop"),
    (b"8BPS\0\2", "image/vnd.adobe.photoshop"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51\0", "image/jp2"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"\xd7\xcd\xc6\x9a\0\0", "image/wmf"),
    (b"\1\0\x09\0\0\3", "image/wmf"),
    (b"%PDF-", "application/pdf"),
    (b"%!PS", "application/postscript"),
    (b"{\\rtf", "application/rtf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"ADIF", "audio/aac"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"#!AMR\n", "audio/amr"),
    (b"#!SILK_V3", "audio/silk"),
    (b"\x02#!SILK_V3", "audio/silk"),
    (b"caff\0\1", "audio/x-caf"),
    (b"MThd\0\0\0\6", "audio/midi"),
    (b".snd\0\0\0", "audio/basic"),
    (b"wvpk", "audio/x-wavpack"),
    (b"MAC \x96\x0f", "audio/x-ape"),
    (b"FLV\1", "video/x-flv"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\0\xaa\0b\xcel", "video/x-ms-asf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"SQLite format 3\0", SQLITE),
    (b"\0\1\0\0Standard Jet DB\0", "application/vnd.ms-access"),
    (b"\0\1\0\0Standard ACE DB\0", "application/vnd.ms-access"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x04\x22\x4d\x18", "application/x-lz4"),
    (b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (b'x\x9f>"', "application/vnd.ms-tnef"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"OTTO\0", "font/otf"),
    (b"ttcf\0", "font/collection"),
    (b"\x7fELF", "application/x-elf"),
    (b"\0asm\1\0\0\0", "application/wasm"),
    (b"L\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0F", "application/x-ms-shortcut"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "application/onenote"),
    (b"bplist00", "application/x-bplist"),
    (b"AT&TFORM", "image/vnd.djvu"),
    (b"ITSF\3\0\0\0", "application/vnd.ms-htmlhelp"),
)
_RIFF: Final = {
    b"WEBP": "image/webp",
    b"WAVE": "audio/wav",
    b"AVI ": "video/x-msvideo",
    b"RMID": "audio/midi",
    b"ACON": "image/x-ani",
    b"QLCM": "audio/qcelp",
}
_BRANDS: Final = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis"), "image/heic"),
    **dict.fromkeys((b"hevc", b"hevx", b"hevm", b"hevs"), "image/heic-sequence"),
    b"mif1": "image/heif",
    b"msf1": "image/heif-sequence",
    b"mif2": "image/heif",
    **dict.fromkeys((b"avif", b"avis", b"avio"), "image/avif"),
    b"crx ": "image/x-canon-cr3",
    b"jp2 ": "image/jp2",
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "), "audio/mp4"),
    **dict.fromkeys((b"M4V ", b"M4VH", b"M4VP"), "video/x-m4v"),
    b"qt  ": "video/quicktime",
    **dict.fromkeys((b"3gp1", b"3gp2", b"3gp3", b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3gp8", b"3gp9"), "video/3gpp"),
    **dict.fromkeys((b"3gr6", b"3gs7", b"3ge6", b"3ge7", b"3gg6", b"mmp4"), "video/3gpp"),
    **dict.fromkeys((b"3g2a", b"3g2b", b"3g2c", b"kddi"), "video/3gpp2"),
}
"""Brands of the ISO base media file format; any other is an MP4."""
_PICTURES: Final = frozenset((b"heic", b"heix", b"avif"))
_QUICKTIME: Final = (b"moov", b"mdat", b"wide", b"pnot", b"skip", b"free")
_OLE_STREAMS: Final[tuple[tuple[str, str], ...]] = (
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("VisioDocument", "application/vnd.visio"),
    ("EncryptedPackage", "application/x-ole-encrypted-package"),
)
_TEXT_STARTS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"BEGIN:VCARD", "text/vcard"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"-----BEGIN PKCS7-----", "application/pkcs7-mime"),
    (b"-----BEGIN CMS-----", "application/pkcs7-mime"),
    (b"-----BEGIN CERTIFICATE", "application/x-pem-file"),
    (b"-----BEGIN PGP MESSAGE", "application/pgp-encrypted"),
    (b"-----BEGIN PGP SIGNATU", "application/pgp-signature"),
    (b"-----BEGIN PGP PUBLIC ", "application/pgp-keys"),
)
_OPEN_XML: Final = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_CMS: Final = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x80|\x81.|\x82..|\x83...|\x84....)\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x01-\x06]",
    re.DOTALL,
)
_MBOX: Final = re.compile(rb"From \S+ .*\d\d:\d\d")
_HEADER: Final = re.compile(rb"(?im)^(?:received|from|to|date|subject|message-id|mime-version|return-path)[ \t]*:")
_BEFORE_ROOT: Final = rb"(?is)(?:<\?xml[^>]*+>\s*+|(?><!--.*?-->)\s*+|<!doctype svg[^>]*+>\s*+){0,8}+"
_ROOTS: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = (
    (re.compile(_BEFORE_ROOT + rb"<svg[\s>]"), "image/svg+xml"),
    (re.compile(_BEFORE_ROOT + rb"(?:<!doctype html|<html[\s>])"), "text/html"),
    (re.compile(rb"(?is)(?:<head|<body|<div|<table|<meta|<p)[\s>]"), "text/html"),
    (re.compile(rb"<\?xml\s"), "application/xml"),
)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BOM: Final = b"\xef\xbb\xbf"


def mime_of(head: bytes) -> str:
    """The MIME type these first bytes prove, or an empty text. Zip files are `application/zip`, whatever they hold."""
    for start, mime in _AT_START:
        if head.startswith(start):
            return _refined(head, mime)
    if head.startswith(ZIP_STARTS):
        return "application/zip"
    for found in _SHAPES:
        if mime := found(head):
            return mime
    text = head.removeprefix(_BOM).lstrip()[:22].upper()
    return next((mime for start, mime in _TEXT_STARTS if text.startswith(start)), "")


def text_mime_of(head: bytes) -> str:
    """The MIME type of an attachment that is a text, by its first bytes; empty when it is none.

    A mail, a mailbox, HTML, SVG or XML are told by how they start; any other text is `text/plain`.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text/plain"
    if _CONTROL.search(head):
        return "application/vnd.ms-outlook-pst" if head.startswith(b"!BDN") else ""
    text = head.removeprefix(_BOM).lstrip()
    if not text:
        return "text/plain" if head else ""
    if _MBOX.match(text):
        return "application/mbox"
    if len({name.lower() for name in _HEADER.findall(text.replace(b"\r", b"").partition(b"\n\n")[0])}) > 1:
        return "message/rfc822"
    return next((mime for root, mime in _ROOTS if root.match(text)), "text/plain")


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


def _refined(head: bytes, mime: str) -> str:
    refine = _REFINED.get(mime)
    return refine(head) if refine else mime


def _ogg(head: bytes) -> str:
    return "video/ogg" if b"\x80theora" in head[:512] or b"\x01video" in head[:512] else "audio/ogg"


def _ole(head: bytes) -> str:
    """Which program wrote a compound file, as far as its directory lies in the first bytes."""
    return next((mime for name, mime in _OLE_STREAMS if name.encode("utf-16-le") in head), _OLE)


def _riff(head: bytes) -> str:
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    return _RIFF.get(head[8:12], "") if head[:4] == b"RIFF" else ""


def _iso_media(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        brands = [head[at : at + 4] for at in range(16, min(int.from_bytes(head[:4], "big"), 128, len(head)), 4)]
        if head[8:12] in (b"mif1", b"mif2") and (picture := next((one for one in brands if one in _PICTURES), b"")):
            return _BRANDS[picture]
        return _BRANDS.get(head[8:12], "video/mp4")
    return "video/quicktime" if head[:1] == b"\0" and head[4:8] in _QUICKTIME else ""


def _matroska(head: bytes) -> str:
    if not head.startswith(b"\x1aE\xdf\xa3"):
        return ""
    return "video/x-matroska" if b"matroska" in head[:64] else "video/webm"


def _mpeg_audio(head: bytes) -> str:
    """Frames of AAC and MP3 start with the same eleven bits; the layer tells them apart."""
    if len(head) < 4 or head[0] != 0xFF:
        return ""
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac" if head[2] >> 2 & 0xF < 13 else ""
    is_layer_3 = head[1] & 0xE6 == 0xE2 and head[1] >> 3 & 3 != 1
    return "audio/mpeg" if is_layer_3 and head[2] >> 4 != 15 and head[2] >> 2 & 3 != 3 else ""


def _mpeg_stream(head: bytes) -> str:
    return "video/mp2t" if len(head) > 376 and head[0] == head[188] == head[376] == 0x47 else ""


def _bitmap(head: bytes) -> str:
    if len(head) < 18 or head[:2] != b"BM" or head[6:10] != b"\0\0\0\0":
        return ""
    return "image/bmp" if struct.unpack_from("<L", head, 14)[0] in (12, 40, 52, 56, 64, 108, 124) else ""


def _icon(head: bytes) -> str:
    if len(head) < 22 or (head[:3] != b"\0\0\1" and head[:3] != b"\0\0\2") or head[3] or head[9]:
        return ""
    (count,) = struct.unpack_from("<H", head, 4)
    size, at = struct.unpack_from("<LL", head, 14)
    return "image/vnd.microsoft.icon" if 0 < count < 256 and size and at >= 6 + 16 * count else ""


def _enhanced_metafile(head: bytes) -> str:
    return "image/emf" if head[:4] == b"\1\0\0\0" and head[40:44] == b" EMF" else ""


def _true_type(head: bytes) -> str:
    if len(head) < 12 or head[:4] not in (b"\0\1\0\0", b"true"):
        return ""
    tables = int.from_bytes(head[4:6], "big")
    return "font/ttf" if (4 <= tables <= 64 and head[12:16].strip().isalnum()) or head[12:16] == b"OS/2" else ""


def _program(head: bytes) -> str:
    if head[:2] != b"MZ" or len(head) < 64:
        return ""
    (at,) = struct.unpack_from("<L", head, 60)
    return "application/vnd.microsoft.portable-executable" if head[at : at + 4] == b"PE\0\0" else ""


def _bzip2(head: bytes) -> str:
    return "application/x-bzip2" if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90") else ""


def _tar(head: bytes) -> str:
    return "application/x-tar" if head[257:262] == b"ustar" else ""


def _dicom(head: bytes) -> str:
    return "application/dicom" if head[128:132] == b"DICM" and head[:1] == b"\0" else ""


def _cms(head: bytes) -> str:
    return "application/pkcs7-mime" if _CMS.match(head) else ""


_REFINED: Final[Mapping[str, Callable[[bytes], str]]] = {"audio/ogg": _ogg, _OLE: _ole}
_SHAPES: Final[tuple[Callable[[bytes], str], ...]] = (
    _riff,
    _iso_media,
    _matroska,
    _mpeg_audio,
    _mpeg_stream,
    _bitmap,
    _icon,
    _enhanced_metafile,
    _true_type,
    _program,
    _bzip2,
    _tar,
    _dicom,
    _cms,
)
