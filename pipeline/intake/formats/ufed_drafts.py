"""Events of a Cellebrite report under construction: where they stand, who speaks in which chat, what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from pipeline.intake.formats.ufed_files import TaggedFiles
from pipeline.intake.formats.ufed_model import Model
from pipeline.intake.formats.ufed_talk import Talk, Talks
from pipeline.intake.formats.ufed_values import Moment, Person, person, platform
from pipeline.intake.open_event import OpenEvent
from pipeline.intake.place import Place
from pipeline.model import Event, EventKind

_SORTED: Final = orjson.OPT_SORT_KEYS
_SENT_FOLDERS: Final = frozenset(("sent", "sent items", "sent messages", "outbox", "drafts", "draft"))
_RECEIVED_FOLDERS: Final = frozenset(("inbox", "received"))


class Mark(NamedTuple):
    """Where an entry stands in its report."""

    number: int
    repaired: bool
    sha256: str


class Drafts:
    """Starts and finishes the events of one report."""

    def __init__(self, place: Place, format_name: str, files: TaggedFiles) -> None:
        self.place = place
        self.format = format_name
        self.files = files
        self.talks = Talks(place.source)

    def start(self, talk: Talk, kind: EventKind, subkind: str = "") -> OpenEvent:
        """An event of a conversation."""
        draft = OpenEvent()
        draft.event_kind, draft.subkind, draft.source = kind, subkind, talk.source
        draft.conversation_id, draft.conversation_kind = talk.conversation, talk.kind
        draft.conversation_title = talk.title
        return draft

    def set_sender(self, draft: OpenEvent, talk: Talk, party: Model | None) -> None:
        """Whoever did it."""
        if party:
            who = person(party)
            draft.sender_id, draft.sender_display = self.talks.address(who, talk.source), who.name

    def set_people(
        self, draft: OpenEvent, talk: Talk, sender: Person | None, recipients: Sequence[Person], model: Model
    ) -> None:
        """Sender and recipients, by what the folder tells where the sender is not named."""
        source = self.place.source
        folder = model.get("Folder").casefold()
        if sender is None and folder in _SENT_FOLDERS:
            sender = Person("", "", True)
        elif sender is None and folder in _RECEIVED_FOLDERS and len(recipients) == 1:
            sender, recipients = recipients[0], ()
        if sender and not sender.is_nobody:
            draft.sender_id = self.talks.address(sender, talk.source)
            draft.sender_display = sender.name
            if sender.is_owner:
                draft.sender_id = draft.sender_id or talk.owner or source.owner_name or source.custodian
                draft.sender_display = sender.name or source.owner_name
        named = [self.talks.address(one, talk.source) for one in recipients or talk.members if not one.is_nobody]
        draft.recipients = tuple(dict.fromkeys(one for one in named if one and one != draft.sender_id))

    def finish(
        self,
        draft: OpenEvent,
        mark: Mark,
        *,
        model: Model | None = None,
        shown: Mapping[str, Any] | None = None,
        more: Mapping[str, Any] | None = None,
        flags: Sequence[str] = (),
        ordinal: int = 0,
    ) -> Event:
        """The event: `model` is what is left of its model, `shown` and `more` are further attributes."""
        place = self.place
        attributes = dict(more or {})
        if shown:
            attributes["shown"] = shown
        if model:
            attributes["model"] = model.as_json()
        draft.event_id = place.event_id(mark.number, ordinal)
        draft.format = self.format
        draft.custodian = place.source.custodian
        draft.network = place.source.network
        draft.attributes = orjson.dumps(attributes, option=_SORTED).decode()
        draft.raw_sha256 = mark.sha256
        draft.object_key = place.object_key
        draft.version_id = place.version_id
        draft.member = place.member
        draft.line = mark.number
        if flags or mark.repaired:
            draft.flags = tuple(sorted({*flags, "repaired"} if mark.repaired else set(flags)))
        return draft.seal()


def source_of(model: Model, native: str) -> str:
    """The app; `native` where the report names none."""
    named = model.get("SourceApplication") or model.get("Source")
    return platform(named) if named else native


def parties(model: Model) -> tuple[Person | None, list[Person]]:
    """The sender and the recipients, which texts of the phone itself list by role."""
    sender = model.first("From")
    recipients = [person(one) for name in ("To", "Cc", "Bcc") for one in model.sub(name)]
    by_role = [(one.get("Role").casefold(), person(one)) for one in model.sub("Parties")]
    recipients += [who for role, who in by_role if role != "from"]
    from_role = next((who for role, who in by_role if role == "from"), None)
    return (person(sender) if sender else from_role), recipients


def set_time(draft: OpenEvent, found: Moment) -> None:
    """The columns of a time."""
    draft.ts_utc, draft.ts_source, draft.ts_raw = found


def set_delivery(model: Model, shown: dict[str, Any], flags: list[str]) -> None:
    """Whether it was sent at all."""
    folder, status = model.get("Folder").casefold(), model.get("Status").casefold()
    if folder in ("draft", "drafts"):
        shown["delivery"] = "draft"
        flags.append("draft")
    elif status in ("unsent", "failed"):
        shown["delivery"] = status
        flags.append(status)
