"""Calls, mails, contacts and all other models of a Cellebrite report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pipeline.intake.formats import ufed_shown as shows
from pipeline.intake.formats.ufed_drafts import Drafts, Mark, parties, set_delivery, set_time, source_of
from pipeline.intake.formats.ufed_model import Model
from pipeline.intake.formats.ufed_values import Person, moment, person, seconds_of, strip_secrets
from pipeline.intake.html_text import html_to_text
from pipeline.intake.open_event import OpenEvent
from pipeline.model import Event, EventKind

_CALL_STATES: Final = (
    ("miss", "missed"),
    ("no answer", "missed"),
    ("noanswer", "missed"),
    ("unanswer", "missed"),
    ("reject", "declined"),
    ("declin", "declined"),
    ("block", "declined"),
    ("cancel", "cancelled"),
    ("establish", "completed"),
    ("answer", "completed"),
    ("complet", "completed"),
)
_HTML: Final = re.compile(r"<(?:html|body|div|p|br|table|span)\b[^>]{0,2000}>", re.IGNORECASE)
_MESSAGE_ID: Final = re.compile(r"^message-id\s*:\s*(?:\r?\n[ \t]+)?<([^<>\s]{1,998})>", re.IGNORECASE | re.MULTILINE)


class Others:
    """Makes the events of models that lie in no chat. The models given to it are used up."""

    def __init__(self, drafts: Drafts) -> None:
        self.drafts = drafts
        self.by_type: Mapping[str, Callable[[Model, Mark], Iterator[Event]]] = {
            "Call": self._call,
            "Email": self._mail,
            "Contact": self._contact,
            "UserAccount": self._contact,
        }

    def events(self, model: Model, mark: Mark) -> Iterator[Event]:
        """The events of a model; one of a type that nobody knows is kept whole."""
        yield from self.by_type.get(model.type, self._unknown)(model, mark)

    def _call(self, model: Model, mark: Mark) -> Iterator[Event]:
        roles = [(one.get("Role").casefold(), person(one)) for one in model.sub("Parties")]
        talk = self.drafts.talks.of_people(source_of(model, "sms"), [who for _, who in roles])
        draft, shown, flags = self.drafts.start(talk, EventKind.CALL), dict[str, Any](), list[str]()
        set_time(draft, moment(model, "TimeStamp"))
        seconds = seconds_of(model.get("Duration"))
        if seconds is not None:
            shown["call_duration"] = seconds
        if len(roles) > 2:
            shown["call_participants"] = len(roles)
        state = f"{model.get('Status')} {model.get('Type')}".casefold()
        found = next((subkind for words, subkind in _CALL_STATES if words in state), "")
        draft.subkind = found or ("completed" if seconds else "started")
        caller, called = _caller(model, roles)
        self.drafts.set_people(draft, talk, caller, called, model)
        shows.read_marks(model, flags)
        if model.get("VideoCall").casefold() == "true":
            flags.append("video")
        draft.stripped = strip_secrets(model)
        draft.vendor_id = talk.message_id(model.get("Identifier"), draft.ts_utc)
        yield self.drafts.finish(draft, mark, model=model, shown=shown, flags=flags)

    def _mail(self, model: Model, mark: Mark) -> Iterator[Event]:
        sender, recipients = parties(model)
        talk = self.drafts.talks.of_people("email", [one for one in (sender, *recipients) if one])
        draft, shown, flags = self.drafts.start(talk, EventKind.MESSAGE), dict[str, Any](), list[str]()
        more: dict[str, Any] = {}
        set_time(draft, moment(model, "TimeStamp"))
        files = (*model.sub("Attachments"), *model.sub("Attachment"))
        draft.attachments = tuple(map(self.drafts.files.attachment, files))
        draft.body = model.fields.pop("Body", None)
        if draft.body and _HTML.search(draft.body):
            more["body_source"], draft.body = draft.body, html_to_text(draft.body)
        if subject := model.get("Subject"):
            shown["subject"] = subject
        for name in ("Cc", "Bcc"):
            if people := [person(one).id for one in model.sub(name)]:
                shown[name.casefold()] = people
        self.drafts.set_people(draft, talk, sender, recipients, model)
        shows.read_marks(model, flags)
        set_delivery(model, shown, flags)
        draft.stripped = strip_secrets(model)
        if found := _MESSAGE_ID.search(model.get("EmailHeader")):
            draft.vendor_id = found[1]
        yield self.drafts.finish(draft, mark, model=model, shown=shown, more=more, flags=flags)

    def _contact(self, model: Model, mark: Mark) -> Iterator[Event]:
        """What somebody is called: one event for each of the numbers and names that are somebody's ids."""
        stripped, source = strip_secrets(model), source_of(model, "sms")
        name = model.get("Name") or model.get("Username")
        ids = [value for entry in model.sub("Entries") if (value := self._entry_id(entry))]
        ids += [value for key in ("Username", "UserID") if (value := model.get(key))]
        for ordinal, one in enumerate(dict.fromkeys(ids) or ("",)):
            draft = OpenEvent()
            draft.event_kind, draft.subkind, draft.source = EventKind.DIRECTORY, "user", source
            draft.conversation_id = ""
            draft.vendor_id = draft.sender_id = one
            draft.sender_display = name
            draft.stripped = () if ordinal else stripped
            yield self.drafts.finish(draft, mark, model=None if ordinal else model, ordinal=ordinal)

    def _entry_id(self, entry: Model) -> str:
        value = entry.get("Value")
        is_phone = "phone" in f"{entry.type} {entry.get('Category')}".casefold()
        return self.drafts.talks.address(Person(value, "", False), "sms") if is_phone else value

    def _unknown(self, model: Model, mark: Mark) -> Iterator[Event]:
        talk = self.drafts.talks.of_people(source_of(model, "ufed"), ())
        draft, flags = self.drafts.start(talk, EventKind.UNKNOWN, model.type.casefold()[:60]), list[str]()
        shows.read_marks(model, flags)
        draft.stripped = strip_secrets(model)
        set_time(draft, moment(model, "TimeStamp"))
        yield self.drafts.finish(draft, mark, model=model, flags=flags)


def _caller(model: Model, roles: list[tuple[str, Person]]) -> tuple[Person | None, list[Person]]:
    """Who called whom, by the parties' roles, else by the direction."""
    direction = (model.get("Direction") or model.get("Type")).casefold()
    callers = [who for role, who in roles if role == "from"]
    called = [who for role, who in roles if role != "from"]
    if not callers and len(called) == 1 and ("incoming" in direction or "missed" in direction):
        callers, called = called, []
    if callers:
        return callers[0], called
    return (Person("", "", True) if "outgoing" in direction else None), called
