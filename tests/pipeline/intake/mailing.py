"""Builders of the mail tests."""

from __future__ import annotations

import base64
import io
import random
from collections.abc import Sequence

from pipeline.intake.limits import Limits
from pipeline.intake.place import Entry, Place, Reader
from pipeline.model import Event

BOUNDARY = "=_b1"


def a_mail(body: bytes | str = "hello\n", *, end: bytes = b"\r\n", **fields: str | None) -> bytes:
    """A mail with these header fields (`_` for `-`); None takes one out."""
    named = {
        "From": "Ana Ruiz <Ana@a.example>",
        "To": "ben@b.example",
        "Date": "Wed, 25 Mar 2026 09:00:00 -0700",
        "Subject": "Gate 4",
        "Message_ID": "<m1@a.example>",
        **fields,
    }
    lines = [f"{name.replace('_', '-')}: {value}".encode() for name, value in named.items() if value is not None]
    text = body.encode() if isinstance(body, str) else body
    return end.join([*lines, b"", text.replace(b"\n", end) if end != b"\n" and b"\r" not in text else text])


def a_part(body: bytes | str, **fields: str) -> bytes:
    """One part of a multipart."""
    lines = [f"{name.replace('_', '-')}: {value}".encode() for name, value in fields.items()]
    return b"\r\n".join([*lines, b"", body.encode() if isinstance(body, str) else body])


def parts_of(parts: Sequence[bytes], boundary: str = BOUNDARY, *, closed: bool = True) -> bytes:
    """The body of a multipart."""
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return body + (mark + b"--\r\n" if closed else b"")


def a_multipart(*parts: bytes, kind: str = "mixed", closed: bool = True, **fields: str | None) -> bytes:
    """A mail of several parts."""
    content = f'multipart/{kind}; boundary="{BOUNDARY}"'
    return a_mail(parts_of(parts, closed=closed), **{"MIME_Version": "1.0", "Content_Type": content, **fields})


def a_file(data: bytes, name: str, mime: str = "application/octet-stream") -> bytes:
    """A part that is an attached file."""
    encoded = base64.encodebytes(data)
    return a_part(
        encoded,
        Content_Type=f'{mime}; name="{name}"',
        Content_Transfer_Encoding="base64",
        Content_Disposition=f'attachment; filename="{name}"',
    )


ENVELOPE = """Sender: ana@a.example
Subject: Gate 4
Message-ID: <m1@a.example>
To: ben@b.example
Cc: cy@c.example, Expanded: all@b.example
Bcc: dee@d.example, Forwarded: boss@b.example
"""


def a_report(inner: bytes, envelope: str = ENVELOPE, **fields: str | None) -> bytes:
    """A journal report around a mail."""
    outer: dict[str, str | None] = {
        "From": "journal@a.example",
        "To": "archive@a.example",
        "Message_ID": "<report1@a.example>",
        "X_MS_Journal_Report": "",
        **fields,
    }
    envelope_part = a_part(envelope.replace("\n", "\r\n"), Content_Type='text/plain; charset="utf-8"')
    return a_multipart(envelope_part, a_part(inner, Content_Type="message/rfc822"), **outer)


def a_mailbox(*mails: bytes, end: bytes = b"\n") -> bytes:
    """Mails in a mailbox, with lines `From ` quoted as mboxrd does."""
    out = b""
    for mail in mails:
        plain = mail.replace(b"\r\n", b"\n")
        lines = [b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in plain.split(b"\n")]
        text = b"\n".join(lines)
        out += (
            b"From ana@a.example Wed Mar 25 09:00:00 2026\n" + text + (b"" if text.endswith(b"\n") else b"\n") + b"\n"
        )
    return out.replace(b"\n", end)


def straight(reader: Reader, data: bytes, limits: Limits | None = None) -> list[Entry]:
    """What the reader alone makes of the bytes."""
    place = Place(object_key="k", version_id="v", content_sha256="0" * 64, limits=limits or Limits())
    return list(reader.read(io.BytesIO(data), place))


def hold_under_damage(reader: Reader, data: bytes, *, step: int = 1) -> None:
    """Cut the bytes at every place and flip every byte: always an outcome, never a fault, never an id twice."""
    chance = random.Random(5)
    for at in range(1, len(data), step):
        flipped = data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :]
        for damaged in (data[:at], flipped):
            entries = straight(reader, damaged)
            ids = [entry.event_id for entry in entries if isinstance(entry, Event)]
            assert len(set(ids)) == len(ids)
            assert entries or not damaged.strip()
