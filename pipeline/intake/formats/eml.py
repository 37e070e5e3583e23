"""E-mail, one message per file (EML): what archives, mail programs, Purview, Smarsh and Global Relay write.

Fields kept: sender, all recipients, date with its offset, subject, thread, the text (of alternatives the plain one,
else HTML as text) and every other part as an attachment with size, digest and type. HTML as sent is in
`attributes.body_source`; all header fields, X- ones among them, are verbatim in `attributes.headers` and
`attributes.parts`. A forwarded mail is an attachment; in a journal report the inner mail is the message (see
`journal`).
Implied losses: which of several alternatives was read; whether and when it was read at all. What S/MIME or PGP has
encrypted and what winmail.dat (TNEF) holds stays closed: an attachment, and the flag `not-readable`. A date without a
zone takes the zone of the source; `-0000` and unknown zone letters leave the zone unknown; without a date the first
Received field's is taken and flagged `time-from-received`. A claimed character set that is wrong is flagged
`repaired`. A text part beyond the limit of a line is read up to there (`partly-read`) and is an attachment as a
whole. Chats that a capture tool put into the body of one mail per day are that mail's text. Values of header fields
that carry credentials are removed.
Ids: `Message-ID` without its brackets; a mail may lack one, and two mails may share one. The conversation is the
first id in References, else In-Reply-To, else the Thread-Index, else the mail's own id.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from pipeline.intake.formats.mail_events import MailEvents
from pipeline.intake.mime.raw import FiledRaw, HeldRaw, Raw
from pipeline.intake.mime.sniff import header_names, is_mail, start_of_mail
from pipeline.intake.place import Entry, Place

NAME = "eml"
TWO_PASSES = True
_LEAD: Final = 1 << 12


def sniff(head: bytes) -> bool:
    """Header fields at the start, two of them well known, one of them telling who or what."""
    return is_mail(header_names(head))


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The event of the mail, and one quarantined entry when its end is missing."""
    raw = whole(stream, place)
    yield from MailEvents(place, NAME).entries(raw, 1, start=start_of_mail(raw.slice(0, _LEAD)))


def whole(stream: BinaryIO, place: Place) -> Raw:
    """The bytes of a stream that can seek: in memory unless they are too many."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return HeldRaw(stream.read(size)) if size <= place.limits.document_bytes else FiledRaw(stream, 0, size)
