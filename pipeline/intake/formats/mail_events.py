"""A mail as an event: who, to whom, when, which thread, what was read, and everything else beside it.

Shared by the readers of single mails, mailboxes and journal reports, and by whatever else wraps a mail.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from pipeline.intake.clock import Clock
from pipeline.intake.formats.mail_attachments import attach, described, fields_of, is_sealed
from pipeline.intake.formats.mail_journal import Journal, journal_of
from pipeline.intake.mime.addresses import Person, people
from pipeline.intake.mime.body import read_body
from pipeline.intake.mime.dates import mail_time
from pipeline.intake.mime.headers import Headers, eight_bit, from_base64
from pipeline.intake.mime.parts import Part, Tree, read_tree
from pipeline.intake.mime.raw import Raw
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Entry, Place
from pipeline.model import Attachment, Event, EventKind

_ID: Final = re.compile(r"<([^<>]+)>")
_REPLY: Final = re.compile(r"(?:(?:re|fwd?|aw|wg|sv|vs|tr|rv|antw)(?:\[\d{1,3}\])?[ \t]*:[ \t]*)+", re.IGNORECASE)
_IN_COLUMNS: Final = frozenset(("date", "message-id", "subject"))
_SECRETS: Final = frozenset(("authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token"))
_SUBKINDS: Final = {
    "text/calendar": "calendar",
    "message/delivery-status": "delivery-status",
    "message/disposition-notification": "disposition-notification",
}
_NAMES_THREAD: Final = re.compile(r"x-(?:[a-z0-9]+-)*(?:thread|conversation|chat|room)(?:-?id|-?key)?")
"""Fields by which archivers of chats tell which mails are of one conversation; such mails have no References."""
_THREAD_BYTES: Final = 22
"""The first bytes of a Thread-Index, which all mails of a thread share."""
_STATUS: Final = re.compile("[0-9a-fA-F]{4}")
_EXPUNGED: Final = 0x0008
_AROUND_BYTES: Final = 1 << 16


class MailEvents:
    """Makes events of the mails of one place."""

    def __init__(self, place: Place, format_name: str) -> None:
        self.place = place
        self.format = format_name
        self.clock = Clock(place.source.timezone)
        self.event_id = place.event_ids()

    def entries(
        self, raw: Raw, line: int, *, start: int = 0, unquote: bool = False, sent_line: str = "", last: bool = True
    ) -> Iterator[Entry]:
        """The event of one mail, then what of it is missing.

        Args:
            raw: The whole mail.
            line: Its number in the object.
            start: Where its header begins.
            unquote: It comes from a mailbox that quotes lines that start with `From `.
            sent_line: The line that a mailbox puts before it.
            last: Nothing follows it, so that an end inside a header or part means that the rest is lost.
        """
        tree = read_tree(raw, start, raw.size, unquote=unquote)
        if not tree.root.headers.fields and not raw.slice(tree.root.start, raw.size).strip():
            yield self.place.quarantined("empty-object", line, sha256=raw.digest(0, raw.size), size=raw.size)
            return
        tree.truncated = tree.truncated or (last and _ends_in_header(tree))
        journal = journal_of(tree, self.place.limits.document_bytes)
        mail = _Mail(self, tree, line)
        if journal:
            mail = _Mail(self, read_tree(journal.raw, journal.start, journal.end, unquote=unquote), line)
            mail.wrapped_in(tree, journal)
        if sent_line:
            mail.attributes["mbox"] = sent_line
        yield mail.event(raw.digest(0, raw.size))
        if tree.truncated and last:
            yield self.place.quarantined("truncated-document", line)


class _Mail:
    """One mail while its event is made."""

    def __init__(self, maker: MailEvents, tree: Tree, line: int) -> None:
        self.maker = maker
        self.tree = tree
        self.line = line
        self.headers: Headers = tree.root.headers
        self.attributes: dict[str, Any] = {}
        self.flags: set[str] = set()
        self.attachments: list[Attachment] = []
        self.journal: Journal | None = None
        self.outer: Tree | None = None

    def wrapped_in(self, outer: Tree, journal: Journal) -> None:
        """The mail lies in a journal report."""
        self.journal, self.outer = journal, outer
        self.attributes["journal"] = {**journal.envelope, "headers": fields_of(outer.root.headers, _SECRETS)}

    def event(self, raw_sha256: str) -> Event:
        """The finished event."""
        draft, place = OpenEvent(), self.maker.place
        draft.event_kind = EventKind.MESSAGE
        shown: dict[str, Any] = {}
        self._when(draft)
        self._who(draft, shown)
        self._thread(draft, shown)
        self._said(draft)
        self._rest(draft, shown)
        draft.attachments = tuple(self.attachments)
        draft.attributes = orjson.dumps(self.attributes, option=orjson.OPT_SORT_KEYS).decode()
        draft.flags = tuple(sorted(self.flags))
        draft.event_id = self.maker.event_id(self.line)
        draft.source = "email"
        draft.format = self.maker.format
        draft.custodian = place.source.custodian
        draft.network = place.source.network
        draft.raw_sha256 = raw_sha256
        draft.object_key = place.object_key
        draft.version_id = place.version_id
        draft.member = place.member
        draft.line = self.line
        return draft.seal()

    def _when(self, draft: OpenEvent) -> None:
        draft.ts_raw = said = self.headers.first("date")
        found = mail_time(said, self.maker.clock) if said else None
        if found is None:
            for header in reversed(self.headers.by_name.get("received", ())):
                hop = header.rpartition(";")[2]
                if found := mail_time(hop, self.maker.clock):
                    self.flags.add("time-from-received")
                    draft.ts_raw = draft.ts_raw or hop.strip()
                    break
            else:
                self.flags.add("bad-time")
        if found:
            draft.ts_utc, draft.ts_source, doubt = found
            self.flags.update((doubt,) if doubt else ())

    def _who(self, draft: OpenEvent, shown: dict[str, Any]) -> None:
        headers = self.headers
        for name in ("from", "sender", "reply-to", "return-path"):
            if found := people(headers.first(name)):
                draft.sender_id, draft.sender_display = found[0].id, found[0].name or found[0].address
                break
        to, cc, bcc = (self._people(name) for name in ("to", "cc", "bcc"))
        ids = [person.id for person in (*to, *cc, *bcc)]
        if cc:
            shown["cc"] = [person.shown for person in cc]
        blind = [person.shown for person in bcc]
        if self.journal:
            if not draft.sender_id:
                draft.sender_id = next((one.id for one in people(self.journal.envelope.get("sender", ""))), "")
            blind += [address for address in self.journal.addresses("bcc") if address not in ids]
            ids += [one["address"] for one in self.journal.recipients]
        if blind:
            shown["bcc"] = blind
            self.flags.add("bcc")
        draft.recipients = tuple(dict.fromkeys(ids))

    def _people(self, name: str) -> list[Person]:
        return [person for field in self.headers.by_name.get(name, ()) for person in people(field)]

    def _thread(self, draft: OpenEvent, shown: dict[str, Any]) -> None:
        headers = self.headers
        draft.vendor_id = _message_id(headers.first("message-id"))
        if not draft.vendor_id and self.journal:
            draft.vendor_id = _message_id(self.journal.envelope.get("message_id", ""))
        parents = _ID.findall(headers.first("in-reply-to")) or _ID.findall(headers.first("references"))[-1:]
        if parents:
            shown["reply_to"] = parents[0]
        subject = headers.text("subject")
        if subject:
            shown["subject"] = subject
        draft.conversation_id = f"email:{self._root() or draft.vendor_id or self._stand_in(draft, subject)}"
        draft.conversation_title = _REPLY.sub("", subject, count=1) if _REPLY.match(subject) else subject
        others = len({*draft.recipients} - {draft.sender_id})
        draft.conversation_kind = "" if not others else "dm" if others == 1 else "group"

    def _root(self) -> str:
        """The mail that the thread began with, else what its mails share; empty for a first mail."""
        headers = self.headers
        known = _ID.findall(headers.first("references"))[:1] or _ID.findall(headers.first("in-reply-to"))[:1]
        if known:
            return str(known[0])
        if named := next((name for name in sorted(headers.by_name) if _NAMES_THREAD.fullmatch(name)), ""):
            return f"{named}:{headers.first(named).strip()}"
        index = headers.first("thread-index")
        data = from_base64(index[:200].encode("utf-8"))[0] if index else b""
        return f"thread-index:{data[:_THREAD_BYTES].hex()}" if len(data) > _THREAD_BYTES else ""

    def _stand_in(self, draft: OpenEvent, subject: str) -> str:
        """Names the thread of a mail without any id, so that its copies meet."""
        words = "\x1f".join((draft.sender_id, draft.ts_raw, subject, *sorted(draft.recipients)))
        return f"no-id:{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()[:32]}"

    def _said(self, draft: OpenEvent) -> None:
        limits = self.maker.place.limits
        body = read_body(self.tree, limits.line_bytes)
        draft.body = body.text
        if body.html:
            self.attributes["body_source"] = body.html
        if body.other:
            self.attributes["body_alternative"] = body.other
            self.flags.add("alternatives-differ")
        self.flags.update(("repaired",) if body.repaired or self.tree.repaired else ())
        self.flags.update(("partly-read",) if body.partly or self.tree.overfull else ())
        leaves = list(self.tree.root.leaves())
        self._attach(draft, self.tree, [leaf for leaf in leaves if id(leaf) not in body.used])
        if self.tree.root.children:
            self.attributes["parts"] = described(leaves)
        if self.journal and self.outer:
            self._attach(draft, self.outer, list(self.journal.parts))

    def _attach(self, draft: OpenEvent, tree: Tree, parts: list[Part]) -> None:
        for part in parts:
            if part.start == part.end and not part.headers.fields:
                continue
            path = f"{self.line}/{len(self.attachments) + 1}"
            attachment, faulty = attach(tree, part, self.maker.place, path)
            self.attachments.append(attachment)
            self.flags.update(("repaired",) if faulty else ())
            self.flags.update(("not-readable",) if is_sealed(part, attachment) else ())
            draft.subkind = draft.subkind or _SUBKINDS.get(part.type, "")

    def _rest(self, draft: OpenEvent, shown: dict[str, Any]) -> None:
        headers, tree = self.headers, self.tree
        secret = sorted(_SECRETS.intersection(headers.by_name))
        draft.stripped = tuple(f"headers.{name}" for name in secret)
        self.attributes["headers"] = fields_of(headers, _IN_COLUMNS | _SECRETS)
        if around := [tree.raw.slice(start, min(end, start + _AROUND_BYTES)) for start, end in tree.root.around]:
            self.attributes["around_parts"] = [eight_bit(piece).strip() for piece in around]
        if shown:
            self.attributes["shown"] = shown
        if tree.truncated or (self.outer and self.outer.truncated):
            self.flags.add("truncated")
        if headers.first("x-unsent") == "1":
            self.flags.add("draft")
        if _is_expunged(headers.first("x-mozilla-status")):
            self.flags.add("recovered-deleted")


def _ends_in_header(tree: Tree) -> bool:
    """Whether the mail ends before the blank line behind its header."""
    root, raw = tree.root, tree.raw
    return root.start >= raw.size and not raw.slice(raw.size - 4, raw.size).replace(b"\r", b"").endswith(b"\n\n")


def _message_id(text: str) -> str:
    found = _ID.search(text)
    return "".join((found[1] if found else text).split())


def _is_expunged(status: str) -> bool:
    """Whether a mailbox of Mozilla marks the mail as deleted but still holds it."""
    return (
        len(status) == 4
        and all(digit in "0123456789abcdefABCDEF" for digit in status)
        and bool(int(status, 16) & _EXPUNGED)
    )
