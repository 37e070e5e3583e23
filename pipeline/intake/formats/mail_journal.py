"""Exchange journal reports: a mail around a mail, which names everybody who got it, blind copies too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.intake.mime.addresses import people
from pipeline.intake.mime.charsets import decoded
from pipeline.intake.mime.headers import words
from pipeline.intake.mime.parts import Part, Tree
from pipeline.intake.mime.raw import HeldRaw, Raw

HEADERS: Final = frozenset(("x-ms-journal-report", "x-ms-exchange-organization-journal-report", "x-gm-journal-report"))
_ENVELOPE_BYTES: Final = 4 << 20
_LINE: Final = re.compile(r"[ \t]*([A-Za-z][A-Za-z -]{0,40}?)[ \t]*:[ \t]*(.*)")
_VIA: Final = re.compile(r",[ \t]*(Expanded|Forwarded)[ \t]*:[ \t]*([^,\n]*)", re.IGNORECASE)
_RECIPIENTS: Final = {"to": "to", "cc": "cc", "bcc": "bcc", "recipient": "", "recipients": ""}
_SINGLE: Final = {"sender": "sender", "subject": "subject", "message-id": "message_id", "on-behalf-of": "on_behalf_of"}


@dataclass(slots=True)
class Journal:
    """One report: what the envelope says, and where the mail itself lies."""

    envelope: dict[str, Any]
    recipients: list[dict[str, str]] = field(default_factory=list)
    """`address`, and where it is told `kind` (to, cc, bcc), `expanded` or `forwarded`."""
    raw: Raw = field(default_factory=lambda: HeldRaw(b""))
    start: int = 0
    end: int = 0
    parts: tuple[Part, ...] = ()
    """The parts of the report that are neither the envelope nor the mail."""

    def addresses(self, kind: str) -> list[str]:
        """Addresses of one kind."""
        return [one["address"] for one in self.recipients if one.get("kind", "") == kind]


def journal_of(tree: Tree, limit: int) -> Journal | None:
    """The report that this mail is; None when it is an ordinary mail."""
    root = tree.root
    said = not HEADERS.isdisjoint(root.headers.by_name)
    if len(root.children) < 2:
        return None
    texts = [part for part in root.children if not part.children and part.type == "text/plain"]
    inner = next((part for part in root.children if part.type == "message/rfc822" and not part.children), None)
    if inner is None or not texts or not (said or texts[0] is root.children[0]):
        return None
    data, _ = tree.content(texts[0], _ENVELOPE_BYTES)
    text = decoded(data, texts[0].type_parameters.get("charset", ""))[0]
    if not said and not _is_envelope(text):
        return None
    journal = read_envelope(text)
    journal.raw, journal.start, journal.end = tree.raw, inner.start, inner.end
    if inner.encoding in ("base64", "quoted-printable"):
        if inner.end - inner.start > limit:
            return None
        journal.raw = HeldRaw(tree.content(inner, limit)[0])
        journal.start, journal.end = 0, journal.raw.size
    journal.parts = tuple(
        leaf for part in root.children if part is not inner and part is not texts[0] for leaf in part.leaves()
    )
    return journal


def _is_envelope(text: str) -> bool:
    """Whether a text starts as an envelope does and names the mail and somebody who got it."""
    lines = text.lstrip().split("\n", 12)[:12]
    names = [found[1].lower() for line in lines if (found := _LINE.match(line))]
    return (
        names[:1] in (["sender"], ["on-behalf-of"])
        and "message-id" in names
        and not _RECIPIENTS.keys().isdisjoint(names)
    )


def read_envelope(text: str) -> Journal:
    """The lines of an envelope. Those of no known form are kept as `other`; Exchange 2003 lists bare addresses."""
    journal, other, kind = Journal({}), [], ""
    for line in text.replace("\r\n", "\n").split("\n"):
        found = _LINE.match(line)
        label = found[1].lower() if found else ""
        value = found[2].strip() if found else line.strip()
        if label in _SINGLE and _SINGLE[label] not in journal.envelope:
            journal.envelope[_SINGLE[label]] = words(value)
            continue
        if label in _RECIPIENTS:
            kind = _RECIPIENTS[label]
            journal.recipients += _recipients(kind, value)
        elif value and "@" in value and not label and journal.envelope:
            journal.recipients += _recipients(kind, value)
        elif value:
            other.append(line.strip())
    if other:
        journal.envelope["other"] = other
    journal.envelope["recipients"] = journal.recipients
    return journal


def _recipients(kind: str, value: str) -> list[dict[str, str]]:
    via = {found[1].lower(): found[2].strip().strip("<>").lower() for found in _VIA.finditer(value)}
    named = people(_VIA.sub("", value))
    shared = {**({"kind": kind} if kind else {}), **via}
    return [{"address": person.id, **({"name": person.name} if person.name else {}), **shared} for person in named]
