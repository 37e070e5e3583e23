"""Exchange journal reports: each a mail about a mail, naming everybody who got it, blind copies included.

Fields kept: the inner mail is the message, with all that a mail keeps (see `eml`). The envelope is in
`attributes.journal`: sender, subject, id, and for each recipient the address, whether to, cc or bcc, and through
which list it was expanded or from whom forwarded; the report's own header fields are in `attributes.journal.headers`.
Recipients are those of the inner mail and of the envelope together; blind copies are in `attributes.shown.bcc` and
flagged `bcc`. Lines of the envelope that are of no known form are in `attributes.journal.other`.
Implied losses: a report names only the recipients of its own copy: one mail gives several reports, and only all of
them together name everybody. What a mail keeps closed stays closed. A report whose inner mail is missing is read as a
mail.
Ids: `Message-ID` of the inner mail, else the one in the envelope, so that all reports of one mail are sightings of
one record; the conversation is the inner mail's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from pipeline.intake.formats.eml import whole
from pipeline.intake.formats.mail_events import MailEvents
from pipeline.intake.formats.mail_journal import HEADERS
from pipeline.intake.mime.sniff import header_names, is_mail, start_of_mail
from pipeline.intake.place import Entry, Place

NAME = "journal"
TWO_PASSES = True
_ENVELOPE: Final = re.compile(
    rb"(?im)^Sender:[^\n]*\n(?:(?:Subject|On-Behalf-Of)[ \t]*:[^\n]*\n){0,4}Message-ID:[^\n]*\n"
)
_REPORTS: Final = frozenset(name.encode() for name in HEADERS)
_LEAD: Final = 1 << 12


def sniff(head: bytes) -> bool:
    """A mail whose header says that it is a report, or whose first part is an envelope and its second a mail."""
    names = header_names(head)
    if not is_mail(names):
        return False
    inside = b"message/rfc822" in head.lower()
    return inside and (not names.isdisjoint(_REPORTS) or _ENVELOPE.search(head) is not None)


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The event of the inner mail, and one quarantined entry when the report's end is missing."""
    raw = whole(stream, place)
    yield from MailEvents(place, NAME).entries(raw, 1, start=start_of_mail(raw.slice(0, _LEAD)))
