"""Whether some bytes start as a mail does; strict, since any note may start with a word and a colon."""

from __future__ import annotations

import re
from typing import Final

from pipeline.intake.lines import BOM

_BLANK: Final = re.compile(rb"\r?\n\r?\n")
_NAMED: Final = re.compile(rb"([!-9;-~]+)[ \t]*:")
_SAYS_WHO: Final = frozenset(
    b"from to cc bcc sender subject message-id received return-path delivered-to x-envelope-from".split()
)
_KNOWN: Final = _SAYS_WHO | frozenset(
    b"date reply-to in-reply-to references mime-version content-type content-transfer-encoding x-rsmf-version".split()
)


def start_of_mail(data: bytes) -> int:
    """Where the text begins behind a byte order mark and blank lines."""
    at = len(BOM) if data.startswith(BOM) else 0
    return at + len(data[at:]) - len(data[at:].lstrip(b"\r\n"))


def header_names(head: bytes) -> frozenset[bytes]:
    """Names (lower case) of the header fields that a text starts with; none when it does not start with fields.

    A line that is no field is let pass where fields that only mail has stand around it.
    """
    block = _BLANK.split(head[start_of_mail(head) :], maxsplit=1)[0]
    names: set[bytes] = set()
    strange = 0
    for line in block.split(b"\n"):
        if line.startswith((b" ", b"\t")):
            continue
        if named := _NAMED.match(line):
            names.add(named[1].lower())
        elif names or not line.startswith(b">From "):
            strange += 1
        if strange and not names:
            return frozenset()
    return frozenset(names) if strange <= len(names & _KNOWN) // 2 else frozenset()


def is_mail(names: frozenset[bytes]) -> bool:
    """Whether fields of these names are a mail's: two that are well known, one of them telling who or what."""
    return len(names & _KNOWN) > 1 and not names.isdisjoint(_SAYS_WHO)
