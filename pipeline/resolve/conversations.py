"""What a conversation is called in a release.

The id is derived from the one its platform or its first export gives. An id once given is kept: a later export of
a chat joins the conversation that earlier runs released.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence


def vendor_conversation_id(source: str, conversation: str) -> str:
    """The released id of a conversation that its platform names: `c-` and 16 hex digits."""
    return "c-" + hashlib.sha256(f"{source}|{conversation}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def joined_conversation_id(exports: Sequence[str], source: str, known: Mapping[str, str]) -> str:
    """The released id of a chat that several exports are of.

    Args:
        exports: The exports' own conversation ids.
        source: The platform.
        known: Ids given by earlier runs, by export. Where two chats turn out to be one, the smaller id stays.
    """
    given = sorted({known[name] for name in exports if name in known})
    return given[0] if given else vendor_conversation_id(source, min(exports))
