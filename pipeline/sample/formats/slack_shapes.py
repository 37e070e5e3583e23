"""The JSON of a Slack export: people, conversations, and each entry of a day file."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.sample.people import STAFF, Person
from pipeline.sample.timeline import SECOND
from pipeline.sample.week import Chat, Said

FEATURES = frozenset(("edit", "delete", "reaction", "reply", "file", "absent", "call", "member", "title", "created"))
TEAM = "T0BISEX01"
_EMOJI = {"👍": "+1", "😂": "joy", "❤️": "heart"}
_MIMES = {
    "jpg": ("image/jpeg", "jpg", "JPEG"),
    "png": ("image/png", "png", "PNG"),
    "pdf": ("application/pdf", "pdf", "PDF"),
    "vcf": ("text/vcard", "vcard", "VCard"),
    "wav": ("audio/wav", "wav", "WAV"),
}
_ADDRESS = re.compile(r"https://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(slots=True, kw_only=True)
class Entry:
    """One element of a day file, and what the truth says of it."""

    said: Said
    micros: int
    document: Mapping[str, Any]
    founds: bool = True
    annotations: Sequence[tuple[str, Mapping[str, Any]]] = ()
    row: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ts(self) -> str:
        """Its time as Slack writes it, which is also its id."""
        return stamp(self.micros)


def stamp(micros: int) -> str:
    """Seconds and six digits."""
    return f"{micros // SECOND}.{micros % SECOND:06d}"


def user_id(person: Person) -> str:
    """A person's id in the workspace."""
    return "U" + _token(f"user:{person.person_id}", 10)


def secret_of(said: Said) -> str:
    """The token by which an export's links open."""
    return "xoxe-" + _token(f"token:{said.chat.name}", 24).lower()


class Workspace:
    """Who and what is in it."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = [person for person in people if person.role in STAFF]

    def channel(self, chat: Chat) -> str:
        """A conversation's id."""
        prefix = {"channel": "C", "group": "G", "dm": "D"}[chat.kind]
        return prefix + _token(f"chat:{chat.name}", 10)

    def folder(self, chat: Chat) -> str:
        """The folder of its day files: a direct conversation has its id, others their name."""
        if chat.kind == "dm":
            return self.channel(chat)
        if chat.kind == "group":
            return "mpdm-" + "--".join(person.username.partition("@")[0] for person in chat.members) + "-1"
        return re.sub("[^a-z0-9]+", "-", chat.title.lower()).strip("-")

    def directories(self, chats: Sequence[Chat]) -> dict[str, list[dict[str, Any]]]:
        """The files beside the folders."""
        kinds = {"channels.json": "channel", "groups.json": "room", "dms.json": "dm", "mpims.json": "group"}
        files = {name: [self._conversation(c) for c in chats if c.kind == kind] for name, kind in kinds.items()}
        return {"users.json": [_user(person) for person in self.people], **files, "integration_logs.json": []}

    def _conversation(self, chat: Chat) -> dict[str, Any]:
        members = [user_id(person) for person in chat.members]
        row: dict[str, Any] = {"id": self.channel(chat), "created": 1_790_000_000, "members": members}
        if chat.kind == "dm":
            return row
        empty = {"value": "", "creator": "", "last_set": 0}
        more = {"name": self.folder(chat), "creator": members[0], "is_archived": False, "is_general": False}
        return row | more | {"topic": empty, "purpose": {**empty, "value": "Lane coverage, muster times and gear."}}


def entries_of(chat: Chat, said: Sequence[Said], workspace: Workspace) -> list[Entry]:
    """Everything of one conversation as its export has it, in order of `ts`."""
    entries: list[Entry] = []
    answers: dict[int, list[Said]] = {}
    for one in said:
        if one.reply_to is not None:
            answers.setdefault(one.reply_to.number, []).append(one)
    for one in said:
        if one.kind == "system":
            entries += _system(one)
        elif one.kind == "call":
            entries.append(_huddle(one, workspace))
        else:
            entries += _message(one, answers.get(one.number, []))
    if chat.every_trap:
        entries += _oddities(chat, said)
    return sorted(entries, key=lambda entry: entry.micros)


def _message(said: Said, answers: Sequence[Said]) -> Iterator[Entry]:
    logged = said.chat.kind == "channel"
    document = _user_message(said, said.last_text)
    if answers:
        users = sorted({user_id(answer.sender) for answer in answers})
        document |= {"thread_ts": stamp(said.ts), "reply_count": len(answers), "reply_users_count": len(users)}
        document |= {"latest_reply": stamp(answers[-1].ts), "reply_users": users, "is_locked": False}
        document["replies"] = [{"user": user_id(answer.sender), "ts": stamp(answer.ts)} for answer in answers]
    if said.reply_to is not None:
        document |= {"thread_ts": stamp(said.reply_to.ts), "parent_user_id": user_id(said.reply_to.sender)}
    if said.edits:
        document["edited"] = {"user": user_id(said.sender), "ts": stamp(said.edits[-1].ts)}
    reactions = list(_reactions(said))
    if reactions:
        document["reactions"] = reactions
    told = [("reaction", {"by": one.by, "value": one.emoji}) for one in said.reactions]
    if said.deleted:
        yield _deletion(said, logged=logged)
        return
    yield Entry(said=said, micros=said.ts, document=document, annotations=told)
    if logged:
        yield from _edits(said)


def _edits(said: Said) -> Iterator[Entry]:
    """The log of edits: each wording with the one before it."""
    before = _user_message(said, said.text)
    for edit in said.edits:
        after = _user_message(said, edit.text)
        after["edited"] = {"user": user_id(said.sender), "ts": stamp(edit.ts)}
        document: dict[str, Any] = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "ts": stamp(edit.ts),
        }
        document |= {"message": after, "previous_message": before}
        told = ("edit", {"by": said.sender, "value": edit.text, "at_utc": edit.ts})
        yield Entry(said=said, micros=edit.ts, document=document, founds=False, annotations=[told])
        before = after


def _deletion(said: Said, *, logged: bool) -> Entry:
    document: dict[str, Any]
    if logged:
        document = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": stamp(said.deleted)}
        document |= {"deleted_ts": stamp(said.ts), "previous_message": _user_message(said, said.text)}
        told = ("delete", {"by": said.sender, "at_utc": said.deleted})
        row = {"history": True}
        return Entry(said=said, micros=said.deleted, document=document, annotations=[told], row=row)
    document = {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True, "ts": stamp(said.ts)}
    document |= {"text": "This message was deleted.", "thread_ts": stamp(said.ts)}
    return Entry(said=said, micros=said.ts, document=document, row={"sender_names": []})


def _user_message(said: Said, text: str) -> dict[str, Any]:
    person = said.sender
    document: dict[str, Any] = {
        "user": user_id(person),
        "type": "message",
        "ts": stamp(said.ts),
        "client_msg_id": str(uuid.UUID(hashlib.sha256(f"{said.chat.name}:{said.number}".encode()).hexdigest()[:32])),
        "text": _mrkdwn(text),
        "team": TEAM,
        "user_team": TEAM,
        "source_team": TEAM,
        "user_profile": {
            "avatar_hash": "g" + _token(person.person_id, 11).lower(),
            "first_name": person.given,
            "real_name": person.full_name,
            "display_name": "",
            "team": TEAM,
            "name": person.username.partition("@")[0],
            "is_restricted": False,
        },
    }
    if said.file is not None:
        return document | {"files": [_file(said)], "upload": True, "display_as_bot": False}
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return document | {"blocks": [{"type": "rich_text", "block_id": _token(text, 5), "elements": [section]}]}


def _file(said: Said) -> dict[str, Any]:
    assert said.file is not None
    file, number = said.file, "F" + _token(f"file:{said.chat.name}:{said.number}", 10)
    if file.absent:
        return {"id": number, "mode": "tombstone"}
    mime, kind, pretty = _MIMES[file.name.rpartition(".")[2]]
    private = f"https://files.slack.com/files-pri/{TEAM}-{number}"
    name = file.name.lower().replace(" ", "_")
    return {
        "id": number,
        "created": said.ts // SECOND,
        "timestamp": said.ts // SECOND,
        "name": file.name,
        "title": file.name,
        "mimetype": mime,
        "filetype": kind,
        "pretty_type": pretty,
        "user": user_id(said.sender),
        "user_team": TEAM,
        "editable": False,
        "size": len(file.data),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": said.chat.kind == "channel",
        "url_private": f"{private}/{name}?t={secret_of(said)}",
        "url_private_download": f"{private}/download/{name}?t={secret_of(said)}",
        "permalink": f"https://bis-example.slack.com/files/{user_id(said.sender)}/{number}/{name}",
    }


def _reactions(said: Said) -> Iterator[dict[str, Any]]:
    by_emoji: dict[str, list[str]] = {}
    for one in said.reactions:
        by_emoji.setdefault(_EMOJI[one.emoji], []).append(user_id(one.by))
    for name, users in by_emoji.items():
        yield {"name": name, "users": users, "count": len(users)}


def _system(said: Said) -> Iterator[Entry]:
    """Joining, leaving, and the topic; a removal is told by nobody but the log of who left."""
    base = {"type": "message", "ts": stamp(said.ts)}
    who = user_id(said.sender)
    if said.form in ("member-added", "group-created"):
        for number, person in enumerate(said.whom):
            micros = said.ts + number
            text = f"<@{user_id(person)}> has joined the channel"
            document = {**base, "ts": stamp(micros), "subtype": "channel_join", "user": user_id(person), "text": text}
            one = Said(ts=micros, chat=said.chat, sender=person, kind="system", form="channel-join")
            one.number = 900_000 + said.number * 20 + number
            yield Entry(said=one, micros=micros, document={**document, "inviter": who})
    elif said.form in ("member-removed", "member-left"):
        person = said.whom[0]
        text = f"<@{user_id(person)}> has left the channel"
        said.sender = person
        document = {**base, "subtype": "channel_leave", "user": user_id(person), "text": text}
        yield Entry(said=said, micros=said.ts, document=document)
    else:
        text = f"<@{who}> set the channel topic: {_mrkdwn(said.value)}"
        document = {**base, "subtype": "channel_topic", "user": who, "text": text, "topic": said.value}
        yield Entry(said=said, micros=said.ts, document=document)


def _huddle(said: Said, workspace: Workspace) -> Entry:
    channel, who = workspace.channel(said.chat), user_id(said.sender)
    joined = [who] if said.form == "missed" else [who, user_id(said.chat.members[0])]
    room: dict[str, Any] = {
        "id": "R" + _token(f"room:{said.chat.name}:{said.number}", 10),
        "name": "",
        "created_by": who,
        "date_start": said.ts // SECOND,
        "date_end": said.ts // SECOND + said.seconds,
        "participants": [],
        "participant_history": joined,
        "channels": [channel],
        "is_dm_call": False,
        "was_missed": said.form == "missed",
        "has_ended": True,
    }
    document: dict[str, Any] = {
        "type": "message",
        "subtype": "huddle_thread",
        "user": "USLACKBOT",
        "ts": stamp(said.ts),
    }
    document |= {"text": "A huddle happened", "channel": channel, "no_notifications": True, "room": room}
    return Entry(said=said, micros=said.ts, document=document, row={"sender_names": []})


def _oddities(chat: Chat, said: Sequence[Said]) -> Iterator[Entry]:
    """What only Slack has: a mention, a labelled link, a bot, a /me, and a subtype that nobody documents."""
    one, two = chat.members[:2]
    base = max(item.ts for item in said) + 60 * SECOND
    shapes: tuple[tuple[str, str, str, Person, dict[str, Any]], ...] = (
        ("message", f"<@{user_id(two)}> te toca <!here>", f"@{two.full_name} te toca @here", one, {}),
        ("message", "see <https://records.bis.example.gov/form|the form>",
         "see the form <https://records.bis.example.gov/form>", one, {}),
        ("message", "reinicia la pluma del carril", "", two, {"subtype": "me_message"}),
        ("message", "lane 2 camera is offline", "", one, {"subtype": "bot_message", "bot_id": "B0BISBOT1",
                                                           "username": "gate-watch"}),
        ("unknown", "something new", "", one, {"subtype": "sh_hologram_waved"}),
    )  # fmt: skip
    for number, (kind, text, shown, sender, more) in enumerate(shapes):
        item = Said(ts=base + number * 3 * SECOND, chat=chat, sender=sender, kind=kind, text=shown or text)
        item.number = 800_000 + number
        document = {"type": "message", "user": user_id(sender), "ts": stamp(item.ts), "text": text, **more}
        row: dict[str, Any] = {"any_text": True} if kind == "unknown" else {}
        if "bot_id" in more:
            del document["user"]
            row = {"sender_names": ["B0BISBOT1", "gate-watch"]}
        yield Entry(said=item, micros=item.ts, document=document, row=row)


def _mrkdwn(text: str) -> str:
    """As Slack keeps what was typed: three characters escaped, addresses in angle brackets."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _ADDRESS.sub(lambda found: f"<{_link(found[0])}>", escaped)


def _link(address: str) -> str:
    return address if address.startswith("https://") else f"mailto:{address}|{address}"


def _user(person: Person) -> dict[str, Any]:
    name = person.username.partition("@")[0]
    profile = {
        "title": "",
        "phone": "",
        "real_name": person.full_name,
        "real_name_normalized": person.full_name,
        "display_name": "",
        "display_name_normalized": "",
        "email": person.username,
        "team": TEAM,
    }
    row = {"id": user_id(person), "team_id": TEAM, "name": name, "deleted": False, "color": "9f69e7"}
    flags = {"is_admin": person.role == "appointee", "is_bot": False, "is_app_user": False, "updated": 1_790_000_000}
    return row | {"real_name": person.full_name, "tz": "America/Los_Angeles", "profile": profile} | flags


def _token(text: str, length: int) -> str:
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest())
    out = []
    for _ in range(length):
        digest, rest = divmod(digest, len(letters))
        out.append(letters[rest])
    return "".join(out)
