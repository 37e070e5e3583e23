"""RSMF: a group's days as slices of version 2.0, whose last event comes again in the next one; a direct chat as 1.0.

Version 1.0 has times without a zone, no list of edits, and what was said before as a custom field.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.sample.formats.telling import Place, Shown, Teller, Work, a_zip, local, place
from pipeline.sample.people import Person
from pipeline.sample.timeline import DAY, SECOND
from pipeline.sample.week import Chat, Said

OWNER = "p-016"
ZONE = ZoneInfo("America/Denver")
FOLDER = "rsmf"
FEATURES = frozenset(("edit", "delete", "reaction", "reply", "file", "absent", "member"))
OLD_FEATURES = frozenset(("edit",))
MILLISECOND = 1000
_TYPES = {"member-added": "join", "member-removed": "leave", "member-left": "leave"}
_AVATAR = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """What a review platform exported of one person's meetings and chats."""
    owner = next(person for person in people if person.person_id == OWNER)
    common = {"custodian": "pmcallister", "account": "official", "owner_name": owner.full_name}
    rows = [{"prefix": f"{FOLDER}/{name}/", "platform": name, **common} for name in ("webex", "zoom")]
    rows[1]["timezone"] = ZONE.key
    return rows


def write(work: Work) -> None:
    """The last direct chat in the old version, everything else in the new one."""
    chats = work.chats(OWNER, work.messages, staff_only=True)
    for chat in chats[:-1]:
        _write_slices(work, chat)
    chats[-1].doubled_hour = True
    _write_old(work, chats[-1])


def _write_slices(work: Work, chat: Chat) -> None:
    said = work.talk(chat, FEATURES, zone=ZONE, unit=MILLISECOND)
    teller = Teller(work=work, platform="webex")
    places: dict[int, list[Place]] = {}
    before: list[Said] = []
    for day, talk in groupby(said, key=lambda one: one.ts // DAY):
        events = [*before, *talk]
        at = local(day * DAY, ZoneInfo("UTC"))
        key = f"{FOLDER}/webex/{chat.name}_{at:%Y-%m-%d}.rsmf"
        manifest = _manifest(chat, "2.0.0", "webex", [_event(one) for one in events])
        manifest["eventcollectionid"] = f"collection-{chat.name}"
        work.captures.put(key, _mail(chat, manifest, events, _headers(manifest, events)))
        first = _explained(teller, key, manifest)
        for number, one in enumerate(events, start=first):
            places.setdefault(one.number, []).append(place(key, number))
        before = events[-1:]
    for one in said:
        _tell(teller, one, places[one.number])


def _write_old(work: Work, chat: Chat) -> None:
    said = work.talk(chat, OLD_FEATURES, zone=ZONE, unit=SECOND)
    teller = Teller(work=work, platform="zoom", time_source="zone-from-config")
    key = f"{FOLDER}/zoom/{chat.name}.rsmf"
    manifest = _manifest(chat, "1.0.0", "zoom", [_old_event(one) for one in said])
    headers = ["X-RSMF-Version: 1.0.0", "X-RSMF-Generator: bis-review 4.1"]
    work.captures.put(key, _mail(chat, manifest, said, headers))
    for number, one in enumerate(said, start=_explained(teller, key, manifest)):
        teller.message(one, [place(key, number)], _shown(one.sender))


def _explained(teller: Teller, key: str, manifest: dict[str, Any]) -> int:
    """The manifest itself, people and conversations are read before the events; returns the first event's number."""
    count = 1 + len(manifest["participants"]) + len(manifest["conversations"])
    teller.directory(place(key, number) for number in range(1, count + 1))
    return count + 1


def _tell(teller: Teller, said: Said, places: Sequence[Place]) -> None:
    kind = {"file": "message"}.get(said.kind, said.kind)
    teller.message(said, places, _shown(said.sender), inside=True, history=True, kind=kind)
    for one in said.reactions:
        teller.annotation("reaction", said, places, by=one.by, value=one.emoji)
    for edit in said.edits:
        teller.annotation("edit", said, places, by=said.sender, value=edit.text, at_utc=edit.ts)
    for person in _readers(said):
        teller.annotation("read_receipt", said, places, by=person, at_utc=said.ts + 30 * SECOND)


def _shown(person: Person) -> Shown:
    names = (_id(person), person.full_name, person.emails[0], person.handles[0])
    return Shown(names=names, spans=(("NAME", person.full_name),))


def _manifest(chat: Chat, version: str, platform: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    people = [
        {"id": _id(one), "display": one.full_name, "email": one.emails[0], "account_id": one.handles[0]}
        for one in chat.members
    ]
    people[0]["avatar"] = "avatar_1.png"
    kind = "direct" if chat.kind == "dm" else "channel"
    talk = {"id": f"c-{chat.name}", "platform": platform, "type": kind, "participants": [one["id"] for one in people]}
    talk |= {"custodian": _id(chat.owner), "display": chat.title or f"{chat.owner.surname} - {chat.other.surname}"}
    return {"version": version, "participants": people, "conversations": [talk], "events": events}


def _event(said: Said) -> dict[str, Any]:
    event: dict[str, Any] = {
        "id": f"ev-{said.number:06d}",
        "type": _TYPES.get(said.form, "message"),
        "participant": _id(said.whom[0] if said.whom else said.sender),
        "conversation": f"c-{said.chat.name}",
        "timestamp": _iso(said.ts),
    }
    if said.kind == "system":
        return event
    event |= {"body": said.last_text, "direction": "outgoing" if said.sender is said.chat.owner else "incoming"}
    if said.reply_to is not None:
        event["parent"] = f"ev-{said.reply_to.number:06d}"
    if said.deleted:
        event["deleted"] = True
    if said.number % 8 == 0:
        event["importance"] = "high"
    if said.reactions:
        event["reactions"] = list(_reactions(said))
    if said.edits:
        event["edits"] = list(_edits(said))
    if said.file is not None:
        event["attachments"] = [{"id": _member(said), "display": said.file.name, "size": len(said.file.data)}]
    if readers := _readers(said):
        at = _iso(said.ts + 30 * SECOND)
        event["read_receipts"] = [{"participant": _id(one), "timestamp": at, "action": "read"} for one in readers]
    return event


def _reactions(said: Said) -> Iterator[dict[str, Any]]:
    values = list(dict.fromkeys(one.emoji for one in said.reactions))
    for value in values:
        people = [_id(one.by) for one in said.reactions if one.emoji == value]
        yield {"value": value, "count": len(people), "participants": people}


def _edits(said: Said) -> Iterator[dict[str, str]]:
    before = said.text
    for edit in said.edits:
        stamp = _iso(edit.ts)
        yield {"participant": _id(said.sender), "timestamp": stamp, "previous": before, "new": edit.text}
        before = edit.text


def _readers(said: Said) -> list[Person]:
    """Who is known to have read it: of every tenth message one other person."""
    if said.number % 10 or said.kind == "system":
        return []
    return [next(person for person in said.chat.members if person is not said.sender)]


def _old_event(said: Said) -> dict[str, Any]:
    stamp = local(said.ts, ZONE).replace(tzinfo=None).isoformat()
    event = {"id": str(said.number), "type": "message", "participant": _id(said.sender), "timestamp": stamp}
    event |= {"conversation": f"c-{said.chat.name}", "body": said.last_text}
    if not said.edits:
        return event
    texts = [said.text, *(edit.text for edit in said.edits[:-1])]
    return event | {"custom": [{"name": f"Edit{n}", "value": text} for n, text in enumerate(texts, start=1)]}


def _headers(manifest: dict[str, Any], events: Sequence[Said]) -> list[str]:
    files = sum(one.file is not None for one in events)
    people = "; ".join(one["email"] for one in manifest["participants"])
    return [
        "X-RSMF-Version: 2.0.0",
        "X-RSMF-Generator: bis-review 5.0",
        "X-RSMF-Application: Webex",
        f"X-RSMF-BeginDate: {_iso(events[0].ts)}",
        f"X-RSMF-EndDate: {_iso(events[-1].ts)}",
        f"X-RSMF-EventCount: {len(events)}",
        f"X-RSMF-AttachmentCount: {files}",
        f"X-RSMF-Participants: {people}",
        f"X-RSMF-Custodian: {manifest['participants'][0]['email']}",
        f"X-RSMF-EventCollectionID: {manifest['eventcollectionid']}",
    ]


def _mail(chat: Chat, manifest: dict[str, Any], said: Sequence[Said], headers: Sequence[str]) -> bytes:
    """The whole file: headers, a text to search, and the zip."""
    members = {"rsmf_manifest.json": json.dumps(manifest, ensure_ascii=False).encode(), "avatar_1.png": _AVATAR}
    for one in said:
        if one.file is not None and not one.file.absent:
            members[_member(one)] = one.file.data
    searched = [f"{one.sender.full_name}: {one.last_text}" for one in said if one.kind != "system"]
    lines = [
        "From: BIS Review <review@bis.example.gov>",
        "To: " + ", ".join(f"<{person.emails[0]}>" for person in chat.members),
        *headers,
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="RSMFEML"',
        "",
        "--RSMFEML",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: base64",
        "",
        *base64.encodebytes("\r\n".join(searched).encode()).decode().splitlines(),
        "--RSMFEML",
        "Content-Type: application/octet-stream; name=rsmf.zip",
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment; filename=rsmf.zip",
        "",
        *base64.encodebytes(a_zip(members.items())).decode().splitlines(),
        "--RSMFEML--",
        "",
    ]
    return "\r\n".join(lines).encode()


def _member(said: Said) -> str:
    assert said.file is not None
    return f"{said.number:06d}_{said.file.name}"


def _iso(ts: int) -> str:
    return local(ts, ZoneInfo("UTC")).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _id(person: Person) -> str:
    return f"part-{person.person_id}"
