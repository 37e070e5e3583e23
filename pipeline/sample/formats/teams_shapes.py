"""The JSON of a Graph `chatMessage`: HTML bodies, quotes as attachments, links instead of files."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
import uuid
from typing import Any

from pipeline.sample.people import Person
from pipeline.sample.week import Chat, Said

FEATURES = frozenset(("edit", "delete", "reaction", "reply", "file", "call", "member", "title", "forward"))
TENANT = "7b0e5d5a-1111-4c2b-9d0e-b15e00000001"
TEAM = "2f1c9b7e-5b3d-4a52-8a3f-b15e00000002"
SECRET = "v1.eyJzaXRlaWQiOiJiaXMifQ.BISexampleTempAuth"  # noqa: S105 - invented, to be found in no output
_REACTIONS = {"👍": "like", "😂": "laugh", "❤️": "heart"}
_MILLISECOND = 1000


def aad_id(person: Person) -> str:
    """A person's directory id."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"aad:{person.person_id}".encode()).digest()[:16], version=4))


def chat_id(chat: Chat) -> str:
    """A chat's or channel's id."""
    digest = hashlib.sha256(f"teams:{chat.name}".encode()).hexdigest()[:32]
    if chat.kind == "dm":
        pair = sorted(aad_id(person) for person in chat.members)
        return f"19:{pair[0]}_{pair[1]}@unq.gbl.spaces"
    return f"19:{digest}@thread.tacv2" if chat.kind == "channel" else f"19:{digest}@thread.v2"


def when(ts: int, digits: int = 3) -> str:
    """A time as Graph writes it: with `Z` and up to seven digits."""
    at = dt.datetime.fromtimestamp(ts // 1_000_000, dt.UTC)
    fraction = f"{ts % 1_000_000:06d}0"[:digits]
    return f"{at:%Y-%m-%dT%H:%M:%S}" + (f".{fraction}Z" if fraction else "Z")


def message(said: Said) -> dict[str, Any]:
    """One message as the service returns it."""
    ident = str(said.ts // _MILLISECOND)
    changed = max([said.ts, said.deleted, *(e.ts for e in said.edits), *(one.ts for one in said.reactions)])
    channel = said.chat.kind == "channel"
    identity = {"teamId": TEAM, "channelId": chat_id(said.chat)} if channel else None
    row: dict[str, Any] = {
        "id": ident,
        "replyToId": None,
        "etag": str(changed // _MILLISECOND),
        "messageType": "message",
        "createdDateTime": when(said.ts, 7 if said.number % 5 == 0 else 3),
        "lastModifiedDateTime": when(changed),
        "lastEditedDateTime": when(said.edits[-1].ts) if said.edits and not said.deleted else None,
        "deletedDateTime": when(said.deleted) if said.deleted else None,
        "subject": None,
        "summary": None,
        "chatId": None if channel else chat_id(said.chat),
        "importance": "normal",
        "locale": "en-us",
        "webUrl": None,
        "policyViolation": None,
        "eventDetail": None,
        "channelIdentity": identity,
        "from": {"application": None, "device": None, "user": _user(said.sender)},
        "attachments": [],
        "mentions": [],
        "reactions": [],
    }
    if said.kind in ("system", "call"):
        detail = _call(said) if said.kind == "call" else _event(said)
        body = {"contentType": "html", "content": "<systemEventMessage/>"}
        return row | {"messageType": "systemEventMessage", "from": None, "body": body, "eventDetail": detail}
    if said.deleted:
        return row | {"body": {"contentType": "html", "content": ""}}
    row["reactions"] = [_reaction(said, number) for number in range(len(said.reactions))]
    return row | _content(said)


def _content(said: Said) -> dict[str, Any]:
    """The body, and what stands beside it."""
    attachments: list[dict[str, Any]] = []
    mentions: list[dict[str, Any]] = []
    inner = html.escape(said.last_text, quote=False).replace("\n", "<br>")
    if said.number % 9 == 4 and said.chat.kind != "dm" and said.kind == "message" and not said.reply_to:
        whom = next(person for person in said.chat.members if person is not said.sender)
        inner = f'<at id="0">{html.escape(whom.full_name)}</at>&nbsp;{inner}'
        mentions = [{"id": 0, "mentionText": whom.full_name, "mentioned": {"application": None, "user": _user(whom)}}]
        said.memo["mention"] = whom.full_name
    if said.reply_to is not None or said.forwarded_from is not None:
        attachments.append(_quote(said))
    if said.file is not None:
        attachments.append(_file(said))
    placeholders = "".join(f'<attachment id="{one["id"]}"></attachment>' for one in attachments)
    plain = not (attachments or mentions) and said.number % 3 == 0
    body = {"contentType": "text", "content": said.last_text}
    if not plain:
        body = {"contentType": "html", "content": f"{placeholders}<p>{inner}</p>" if inner else placeholders}
    return {"body": body, "attachments": attachments, "mentions": mentions}


def _quote(said: Said) -> dict[str, Any]:
    """What is answered: a second copy of its text, as JSON inside JSON."""
    quoted = said.reply_to
    sender = quoted.sender if quoted is not None else said.forwarded_from
    assert sender is not None
    ident = str((quoted.ts if quoted is not None else said.ts - 60_000_000) // _MILLISECOND)
    who = {"application": None, "device": None, "user": _user(sender)}
    preview = quoted.text if quoted is not None else "lo que dijo antes"
    content: dict[str, Any] = {"messageId": ident, "messagePreview": preview, "messageSender": who}
    kind = "messageReference" if quoted is not None else "forwardedMessageReference"
    if quoted is None:
        content = {"originalMessageId": ident, "originalMessageContent": f"<p>{preview}</p>"}
        content |= {"originalConversationId": "19:elsewhere@thread.v2", "originalMessageSender": who}
    return {
        "id": ident,
        "contentType": kind,
        "contentUrl": None,
        "content": json.dumps(content, ensure_ascii=False),
        "name": None,
        "thumbnailUrl": None,
    }


def _file(said: Said) -> dict[str, Any]:
    assert said.file is not None
    url = "https://bis-my.sharepoint.example.com/personal/Documents/Microsoft%20Teams%20Chat%20Files/"
    return {
        "id": str(uuid.UUID(hashlib.sha256(f"{said.chat.name}:{said.file.name}".encode()).hexdigest()[:32])),
        "contentType": "reference",
        "contentUrl": f"{url}{said.file.name.replace(' ', '%20')}?tempauth={SECRET}",
        "content": None,
        "name": said.file.name,
        "thumbnailUrl": None,
    }


def _reaction(said: Said, number: int) -> dict[str, Any]:
    one = said.reactions[number]
    who = {"application": None, "device": None, "user": _user(one.by) | {"displayName": None}}
    kind = _REACTIONS[one.emoji]
    return {"reactionType": kind, "displayName": kind.title(), "createdDateTime": when(one.ts), "user": who}


def _user(person: Person) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.teamworkUserIdentity",
        "id": aad_id(person),
        "displayName": person.full_name,
        "userIdentityType": "aadUser",
        "tenantId": TENANT,
    }


def _event(said: Said) -> dict[str, Any]:
    initiator = {"application": None, "device": None, "user": _user(said.sender)}
    if said.form == "subject-changed":
        detail = {"chatId": chat_id(said.chat), "chatDisplayName": said.value}
        return {"@odata.type": "#microsoft.graph.chatRenamedEventMessageDetail", **detail, "initiator": initiator}
    kind = "membersAdded" if said.form == "member-added" else "membersDeleted"
    members = [_user(person) for person in said.whom]
    return {"@odata.type": f"#microsoft.graph.{kind}EventMessageDetail", "members": members, "initiator": initiator}


def _call(said: Said) -> dict[str, Any]:
    minutes, seconds = divmod(said.seconds, 60)
    initiator = {"application": None, "device": None, "user": _user(said.sender)}
    others = [person for person in said.chat.members[:2] if said.form == "completed" or person is said.sender]
    taking_part = [{"participant": {"application": None, "user": _user(person)}} for person in others]
    return {
        "@odata.type": "#microsoft.graph.callEndedEventMessageDetail",
        "callId": str(uuid.UUID(hashlib.sha256(f"call:{said.chat.name}:{said.number}".encode()).hexdigest()[:32])),
        "callDuration": f"PT{minutes}M{seconds}S" if minutes else f"PT{seconds}S",
        "callEventType": "call",
        "callParticipants": taking_part,
        "initiator": initiator,
    }
