"""How a mail of the week looks on the wire: headers, encodings, HTML twins, attachments, and a journal's envelope."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import quopri
from collections.abc import Sequence
from email.header import Header
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from pipeline.sample.people import Person
from pipeline.sample.week import Said
from pipeline.sample.wickr_items import File

ZONE = ZoneInfo("America/New_York")
HOST = "bis.example.gov"
_MIMES = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf", "vcf": "text/vcard", "wav": "audio/wav"}
_CRLF = "\r\n"


def address(person: Person) -> str:
    """The mailbox a person writes from."""
    return person.emails[0]


def message_id(said: Said) -> str:
    """The id between angle brackets."""
    return _id(said.chat.name, said.number)


def _id(chat: str, number: int) -> str:
    return f"{hashlib.sha256(f'{chat}:{number}'.encode()).hexdigest()[:24]}@{HOST}"


def recipients(said: Said) -> list[Person]:
    """Everybody else in the thread."""
    return [person for person in said.chat.members if person is not said.sender]


def body_of(said: Said) -> str:
    """What was written, and below it what was answered or passed on."""
    if said.reply_to is not None:
        quoted = said.reply_to
        at = dt.datetime.fromtimestamp(quoted.ts // 1_000_000, ZONE)
        lines = "\n".join(f"> {line}" for line in quoted.text.split("\n"))
        return f"{said.text}\n\nOn {at:%a, %b} {at.day}, {at.year}, {quoted.sender.full_name} wrote:\n{lines}"
    if said.forwarded_from is not None:
        head = "---------- Forwarded message ---------"
        return f"FYI\n\n{head}\nFrom: {said.forwarded_from.full_name}\nSubject: {said.chat.title}\n\n{said.text}"
    return said.text


def subject_of(said: Said) -> str:
    """The thread's subject, with what was done to it."""
    subject = said.chat.title or f"Turno: {said.chat.owner.surname}"
    if said.forwarded_from is not None:
        return f"Fwd: {subject}"
    return f"Re: {subject}" if said.number > 1 else subject


def mail(said: Said) -> bytes:
    """The mail with CRLF line ends."""
    headers = [
        f"Received: from mx1.{HOST} (mx1.{HOST} [192.0.2.25]) by mail.{HOST} with ESMTP id {said.number:06d}",
        f"From: {_mailbox(said.sender)}",
        "To: " + f",{_CRLF} ".join(_mailbox(person) for person in recipients(said)),
        f"Subject: {_encoded(subject_of(said))}",
        f"Date: {format_datetime(dt.datetime.fromtimestamp(said.ts // 1_000_000, ZONE))}",
        f"Message-ID: <{message_id(said)}>",
        "MIME-Version: 1.0",
    ]
    return _joined([*headers, *_thread(said), *_content(said)])


def _thread(said: Said) -> list[str]:
    """What a mail answers, and where its thread began."""
    if said.number == 1:
        return []
    root = f"<{_id(said.chat.name, 1)}>"
    if said.reply_to is None or said.reply_to.number == 1:
        return [f"In-Reply-To: {root}", f"References: {root}"]
    answered = f"<{message_id(said.reply_to)}>"
    return [f"In-Reply-To: {answered}", f"References: {root}{_CRLF} {answered}"]


def journal_report(said: Said, envelope: Sequence[tuple[str, Person]], number: int) -> bytes:
    """What Exchange sends to the journal mailbox: the envelope as text, and the mail untouched behind it."""
    boundary = f"_{number:03d}_journal{said.number:06d}_"
    lines = [f"Sender: {address(said.sender)}", f"Subject: {subject_of(said)}", f"Message-Id: <{message_id(said)}>"]
    lines += [f"{kind}: {address(person)}" for kind, person in envelope]
    text = base64.b64encode("".join(line + _CRLF for line in lines).encode()).decode()
    at = dt.datetime.fromtimestamp(said.ts // 1_000_000 + 3, dt.UTC)
    head = [
        f"From: <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@{HOST}>",
        f"To: <journal@{HOST}>",
        f"Subject: {_encoded(subject_of(said))}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{number:02d}-{message_id(said).partition('@')[0]}@journal.report.generator>",
        "X-MS-Journal-Report:",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        f"--{boundary}",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: base64",
        "",
        *(text[at : at + 76] for at in range(0, len(text), 76)),
        f"--{boundary}",
        "Content-Type: message/rfc822",
        "",
    ]
    return _joined(head) + mail(said) + f"{_CRLF}--{boundary}--{_CRLF}".encode()


def captured_text(said: Said, platform: str) -> bytes:
    """A text message as a mobile archiver hands it over: one mail each, times in UTC."""
    to = ", ".join(f'"{person.full_name} {person.phones[0]}" <{address(person)}>' for person in recipients(said))
    sender = f'"{said.sender.full_name} {said.sender.phones[0]}" <{address(said.sender)}>'
    headers = [
        f"From: {_encoded_phrase(sender)}",
        f"To: {_encoded_phrase(to)}",
        f"Subject: {platform} message from {said.sender.phones[0]}",
        f"Date: {format_datetime(dt.datetime.fromtimestamp(said.ts // 1_000_000, dt.UTC))}",
        f"Message-ID: <{message_id(said).partition('@')[0]}@archiver.example.com>",
        f"X-Archiver-Message-Type: {platform}",
        f"References: <{hashlib.sha256(said.chat.name.encode()).hexdigest()[:16]}@archiver.example.com>",
        "MIME-Version: 1.0",
    ]
    return _joined([*headers, *_content(said)])


def _content(said: Said) -> list[str]:
    """The rest of the headers and the parts, in one of the shapes that mail programs choose."""
    text = body_of(said)
    if said.file is not None:
        boundary = f"=_mixed_{said.number:06d}"
        parts = [_text_part(text, said.number), _file_part(said.file)]
        return _multipart("mixed", boundary, parts)
    if said.number % 5 == 2:
        boundary = f"=_alternative_{said.number:06d}"
        return _multipart("alternative", boundary, [_text_part(text, 1), _html_part(text)])
    if said.number % 11 == 7:
        return _html_part(text)
    return _text_part(text, said.number)


def _multipart(kind: str, boundary: str, parts: Sequence[Sequence[str]]) -> list[str]:
    lines = [f'Content-Type: multipart/{kind}; boundary="{boundary}"', "", "This is a multi-part message."]
    for part in parts:
        lines += [f"--{boundary}", *part]
    return [*lines, f"--{boundary}--", ""]


def _text_part(text: str, number: int) -> list[str]:
    """Plain text; the encodings take turns."""
    data = text.replace("\n", _CRLF).encode() + _CRLF.encode()
    if number % 3 == 0:
        coded = base64.encodebytes(data).decode().splitlines()
        return ["Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: base64", "", *coded]
    if number % 3 == 1:
        quoted = quopri.encodestring(text.encode() + b"\n").decode().split("\n")
        head = ['Content-Type: text/plain; charset="utf-8"', "Content-Transfer-Encoding: quoted-printable", ""]
        return [*head, *quoted[:-1]]
    head = ["Content-Type: text/plain; charset=utf-8; format=fixed", "Content-Transfer-Encoding: 8bit", ""]
    return [*head, *text.split("\n")]


def _html_part(text: str) -> list[str]:
    inner = html.escape(text, quote=False).replace("\n", "<br>\n")
    page = f"<html><head><style>p {{color:#222}}</style></head><body><div>{inner}</div></body></html>"
    coded = base64.encodebytes(page.encode()).decode().splitlines()
    return ['Content-Type: text/html; charset="utf-8"', "Content-Transfer-Encoding: base64", "", *coded]


def _file_part(file: File) -> list[str]:
    return [
        f'Content-Type: {_MIMES[file.name.rpartition(".")[2]]}; name="{file.name}"',
        f'Content-Disposition: attachment; filename="{file.name}"; size={len(file.data)}',
        "Content-Transfer-Encoding: base64",
        "",
        *base64.encodebytes(file.data).decode().splitlines(),
    ]


def _mailbox(person: Person) -> str:
    return f"{_encoded(person.full_name)} <{address(person)}>"


def _encoded_phrase(text: str) -> str:
    """Mailboxes whose names may need an encoded word."""
    return ", ".join(
        f"{_encoded(one.partition('<')[0].strip().strip(chr(34)))} <{one.partition('<')[2]}" for one in text.split(", ")
    )


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=200).encode()


def _joined(lines: Sequence[str]) -> bytes:
    return _CRLF.join(lines).encode() + _CRLF.encode()
