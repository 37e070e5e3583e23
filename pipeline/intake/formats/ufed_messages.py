"""Messages of a Cellebrite report, what was done to them, and what happened in a chat without being said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipeline.intake.formats import ufed_shown as shows
from pipeline.intake.formats.ufed_drafts import Drafts, Mark, parties, set_delivery, set_time, source_of
from pipeline.intake.formats.ufed_model import Model
from pipeline.intake.formats.ufed_talk import Talk
from pipeline.intake.formats.ufed_values import Person, moment, strip_secrets
from pipeline.intake.open_event import OpenEvent
from pipeline.model import Event, EventKind

MESSAGES: Final = frozenset(("InstantMessage", "SMS", "MMS"))
"""The types of models that somebody said."""
_MEDIA: Final = frozenset(("image", "video", "audio"))
_ACTIVITIES: Final = (
    ("remov", EventKind.MEMBERSHIP, "member-removed"),
    ("kick", EventKind.MEMBERSHIP, "member-removed"),
    ("add", EventKind.MEMBERSHIP, "member-added"),
    ("invit", EventKind.MEMBERSHIP, "member-added"),
    ("join", EventKind.MEMBERSHIP, "member-joined"),
    ("left", EventKind.MEMBERSHIP, "member-left"),
    ("leav", EventKind.MEMBERSHIP, "member-left"),
    ("name", EventKind.ROOM_SETTINGS, "subject-changed"),
    ("subject", EventKind.ROOM_SETTINGS, "subject-changed"),
    ("timer", EventKind.ROOM_SETTINGS, "disappearing-timer"),
    ("disappear", EventKind.ROOM_SETTINGS, "disappearing-timer"),
)
"""Words of an activity's name, in this order, and what it is."""
_NOTICE_TIME: Final = "SystemMessageTimeStamp"
_EMOJI: Final = ("Emoji", "Value", "Reaction", "Text", "Type")
_ACTORS: Final = ("Actor", "From", "Party", "Sender")


class Messages:
    """Makes the events of chats. The models given to it are used up."""

    def __init__(self, drafts: Drafts) -> None:
        self.drafts = drafts

    def chat(self, model: Model, talk: Talk, mark: Mark) -> Event:
        """The chat itself: what the report says of it."""
        draft = self.drafts.start(talk, EventKind.DIRECTORY, "conversation")
        draft.stripped = strip_secrets(model)
        draft.vendor_id = talk.conversation
        members = [one.name or one.id for one in talk.members]
        return self.drafts.finish(draft, mark, model=model, shown={"members": members} if members else None)

    def message(self, model: Model, talk: Talk | None, mark: Mark) -> Iterator[Event]:
        """A message of a chat, or one by itself, then what was done to it."""
        shown, more, flags = dict[str, Any](), dict[str, Any](), list[str]()
        sender, recipients = parties(model)
        talk = talk or self._talk_of(model, [one for one in (sender, *recipients) if one])
        draft = self.drafts.start(talk, EventKind.MESSAGE)
        set_time(draft, moment(model, "TimeStamp"))
        files = (*model.sub("Attachments"), *model.sub("Attachment"))
        draft.attachments = tuple(map(self.drafts.files.attachment, files))
        placed = shows.read_all(model, talk, draft, shown, more, flags)
        draft.stripped = strip_secrets(model)
        draft.body = model.fields.pop("Body", None)
        self.drafts.set_people(draft, talk, sender, recipients, model)
        set_delivery(model, shown, flags)
        draft.vendor_id = talk.message_id(model.get("Identifier"), draft.ts_utc)
        _set_kind(draft, sender, placed, shown)
        activities = model.models.pop("ActivityLog", [])
        reactions = model.models.pop("Reactions", []) if draft.vendor_id else []
        event = self.drafts.finish(draft, mark, model=model, shown=shown, more=more, flags=flags)
        yield event
        ordinal = 0
        for ordinal, one in enumerate(activities, 1):
            yield self.activity(one, talk, mark, ordinal)
        if event.vendor_id:
            yield from self._done_to(event, model, reactions, talk, mark, ordinal)

    def _talk_of(self, model: Model, named: list[Person]) -> Talk:
        native = "sms" if model.type in ("SMS", "MMS") else "ufed"
        return self.drafts.talks.of_people(source_of(model, native), named)

    def activity(self, model: Model, talk: Talk, mark: Mark, ordinal: int = 0) -> Event:
        """Something that happened in a chat without being said."""
        action = model.get("Action")
        fitting = (found for found in _ACTIVITIES if found[0] in action.casefold())
        words = action.casefold().replace(" ", "-")[:40]
        _, kind, subkind = next(fitting, ("", EventKind.SYSTEM, words))
        draft = self.drafts.start(talk, kind, subkind)
        set_time(draft, moment(model, "TimeStamp") if "TimeStamp" in model.fields else moment(model, _NOTICE_TIME))
        draft.body = model.fields.pop("SystemMessageBody", None)
        flags: list[str] = []
        shows.read_marks(model, flags)
        self.drafts.set_sender(draft, talk, model.first("Participant"))
        draft.stripped = strip_secrets(model)
        shown = {"event": action} if draft.body is None and action else None
        return self.drafts.finish(draft, mark, model=model, shown=shown, flags=flags, ordinal=ordinal)

    def stray(self, tree: Mapping[str, Any], talk: Talk | None, mark: Mark) -> Event:
        """An element that is no model where only models are."""
        talk = talk or self.drafts.talks.of_people("ufed", ())
        return self.drafts.finish(self.drafts.start(talk, EventKind.UNKNOWN), mark, more=tree)

    def _done_to(
        self, message: Event, model: Model, reactions: list[Model], talk: Talk, mark: Mark, ordinal: int
    ) -> Iterator[Event]:
        """Reactions, and when each recipient read it, as far as the report tells."""
        for one in reactions:
            ordinal += 1
            draft = self.drafts.start(talk, EventKind.REACTION)
            draft.target_id = message.vendor_id
            draft.body = next((text for name in _EMOJI if (text := one.get(name))), "")
            set_time(draft, moment(one, "TimeStamp"))
            self.drafts.set_sender(draft, talk, next((who for name in _ACTORS if (who := one.first(name))), None))
            draft.stripped = strip_secrets(one)
            yield self.drafts.finish(draft, mark, model=one, ordinal=ordinal)
        for party in model.sub("To"):
            if party.get("DateRead"):
                ordinal += 1
                draft = self.drafts.start(talk, EventKind.READ_RECEIPT)
                draft.target_id = message.vendor_id
                self.drafts.set_sender(draft, talk, party)
                set_time(draft, moment(party, "DateRead"))
                yield self.drafts.finish(draft, mark, ordinal=ordinal)


def _set_kind(draft: OpenEvent, sender: Person | None, placed: bool, shown: Mapping[str, Any]) -> None:
    if sender and sender.is_nobody:
        draft.event_kind, draft.subkind = EventKind.SYSTEM, "app-notice"
    elif draft.attachments:
        draft.event_kind = EventKind.FILE
        kind = draft.attachments[0].mime.casefold().partition("/")[0]
        draft.subkind = kind if kind in _MEDIA else "document" if kind else ""
    elif placed:
        draft.event_kind, draft.subkind = EventKind.LOCATION, "shared"
    elif "contact" in shown and not draft.body:
        draft.subkind = "contact"
