"""Values of a Cellebrite report: times, durations, names of apps, people, and addresses that are keys."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from pipeline.intake.formats.ufed_model import Model
from pipeline.intake.moments import local_time, rfc3339
from pipeline.model import TimeSource

_SPAN: Final = re.compile(r"(?:(\d{1,6})\.)?(\d{1,6}):(\d\d):(\d\d)(?:[.,]\d{1,9})?", re.ASCII)
_SECONDS: Final = re.compile(r"(\d{1,9})(?:\.\d{1,9})?", re.ASCII)
_CENTURY: Final = 100 * 366 * 86_400
_NOT_A_SLUG: Final = re.compile(r"[^a-z0-9]+")
_NATIVE: Final = frozenset(
    ("", "sms", "mms", "sms-mms", "native-messages", "native", "messages", "android-messages", "phone", "native-calls")
)
_SECRET_NAME: Final = re.compile(
    r"pass(?:word|code|phrase)|secret|token|private.?key|encryption.?key|session.?key|auth.?key|credential|cookie"
    r"|^(?:media|cipher|file)?.?key$|^url$",
    re.IGNORECASE,
)
_SECRET_MODELS: Final = {"Password": frozenset(("Data", "Value")), "Cookie": frozenset(("Value",))}
_KEEPS_URL: Final = frozenset(("VisitedPage", "WebBookmark", "SearchedItem", "WebAddress"))
_NOBODY: Final = frozenset(("system message", "system"))


class Moment(NamedTuple):
    """A time as the columns of an event have it."""

    micros: int | None
    source: TimeSource
    raw: str


def moment(model: Model, name: str) -> Moment:
    """A time with the certainty that the report gives it; taken out of the model."""
    known = model.formats.pop(name, "") == ""
    raw = model.take(name)
    if found := rfc3339(raw):
        return Moment(found[0], found[1] if known else TimeSource.UNKNOWN, raw)
    if wall := local_time(raw):
        return Moment(_as_if_utc(wall), TimeSource.UNKNOWN, raw)
    return Moment(None, TimeSource.UNKNOWN, raw)


def _as_if_utc(wall: datetime) -> int:
    seconds = (wall.toordinal() - 719_163) * 86_400 + wall.hour * 3600 + wall.minute * 60 + wall.second
    return seconds * 1_000_000 + wall.microsecond


def seconds_of(text: str) -> int | None:
    """A duration as `[d.]hh:mm:ss` or as a number of seconds; None for what is none, or longer than a century."""
    if match := _SPAN.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        found = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    elif match := _SECONDS.fullmatch(text):
        found = int(match[1])
    else:
        return None
    return found if found < _CENTURY else None


def platform(source: str) -> str:
    """The short name of the app that a report names; `sms` for the phone's own texts and calls."""
    slug = _NOT_A_SLUG.sub("-", source.casefold()).strip("-")[:40].strip("-")
    if slug in _NATIVE:
        return "sms"
    return slug or "ufed"


class Person(NamedTuple):
    """Somebody as one model names them."""

    id: str
    name: str
    is_owner: bool

    @property
    def is_nobody(self) -> bool:
        """Whether it stands for the app itself."""
        return self.id.casefold() in _NOBODY or (not self.id and self.name.casefold() in _NOBODY)


def person(party: Model) -> Person:
    """The person of a Party."""
    identifier, name = party.get("Identifier"), party.get("Name")
    return Person(identifier or name, name, party.get("IsPhoneOwner").casefold() == "true")


def strip_secrets(model: Model) -> tuple[str, ...]:
    """Take out keys, passwords, and addresses by which anybody could fetch a file; returns what was taken."""
    return tuple(sorted(_stripped(model, "")))


def _stripped(model: Model, path: str) -> set[str]:
    named = _SECRET_MODELS.get(model.type, frozenset())
    taken = set()
    for name, value in list(model.fields.items()):
        if name not in named and not (_SECRET_NAME.search(name) and _is_secret(model, name, value)):
            continue
        del model.fields[name]
        model.formats.pop(name, None)
        taken.add(path + name)
    for name in [name for name in model.lists if _SECRET_NAME.search(name) and name.casefold() != "url"]:
        del model.lists[name]
        taken.add(path + name)
    for name, inner in model.models.items():
        for one in inner:
            taken |= _stripped(one, f"{path}{name}.")
    return taken


def _is_secret(model: Model, name: str, value: str) -> bool:
    if name.casefold() != "url" or model.type == "Attachment":
        return True
    return model.type not in _KEEPS_URL and without_query(value) != value


def without_query(url: str) -> str:
    """An address without what may let somebody in: its query, its fragment, and a name with a password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
