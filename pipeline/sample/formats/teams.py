"""Microsoft Teams through Graph: pages of a channel, and each custodian's chats from the export interface.

Two custodians share a group chat, so its messages are captured twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.sample.formats.teams_shapes import FEATURES, SECRET, TEAM, aad_id, chat_id, message, when
from pipeline.sample.formats.telling import Place, Shown, Teller, Work, place
from pipeline.sample.people import Person
from pipeline.sample.timeline import AGENCY_ZONE
from pipeline.sample.week import Chat, Said, split
from pipeline.sample.wickr import placed

OWNERS = (("p-015", "nquintanilla"), ("p-018", "ilindqvist"))
CHANNELS = "channels"
FOLDER = "teams"
PAGE = 20
MILLISECOND = 1000
_GRAPH = "https://graph.microsoft.com/v1.0"


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """Each custodian's chats, and the channels."""
    by_id = {person.person_id: person for person in people}
    common = {"platform": "teams", "network": "bis.example.gov", "account": "official"}
    rows = [
        {"prefix": f"{FOLDER}/{name}/", **common, "custodian": name, "owner_name": by_id[owner].full_name,
         "owner_id": aad_id(by_id[owner])}
        for owner, name in OWNERS
    ]  # fmt: skip
    return [*rows, {"prefix": f"{FOLDER}/{CHANNELS}/", **common, "custodian": "network"}]


def write(work: Work) -> None:
    """A channel, a shared group chat, and direct chats."""
    captures = {name: _Pages(work, f"{FOLDER}/{name}") for name in (*(name for _, name in OWNERS), CHANNELS)}
    teller = Teller(work=work, platform="teams")
    for chat, names in _chats(work):
        for said in work.talk(chat, FEATURES, zone=AGENCY_ZONE, unit=MILLISECOND):
            places = [captures[name].add(message(said)) for name in names]
            _tell(teller, said, places)
    for pages in captures.values():
        pages.put(last=True)


def _chats(work: Work) -> Iterator[tuple[Chat, list[str]]]:
    """Who talks, and which captures have it."""
    names = [name for _, name in OWNERS]
    second = work.person(OWNERS[1][0])
    apart = [owner for owner, _ in OWNERS]
    planned = work.chats(OWNERS[0][0], work.messages * 2 // 3, staff_only=True, apart=apart)
    for chat in planned:
        if chat.kind != "dm":
            chat.members[1] = second
            yield chat, names
        else:
            yield chat, names[:1]
    left = split(work.messages - work.messages * 2 // 3, 2)
    more = {"staff_only": True, "apart": apart}
    channel = work.chats(OWNERS[1][0], left[0], name="teams-open", group="channel", **more)[0]
    channel.messages, channel.every_trap = left[0], False
    yield channel, [CHANNELS]
    direct = next(c for c in work.chats(OWNERS[1][0], left[1], name="teams-second", **more) if c.kind == "dm")
    direct.messages = left[1]
    yield direct, names[1:]


def _tell(teller: Teller, said: Said, places: Sequence[Place]) -> None:
    inside = chat_id(said.chat) if said.chat.kind != "channel" else f"{TEAM}/{chat_id(said.chat)}"
    row: dict[str, Any] = {"vendor_id": f"{inside}:{said.ts // MILLISECOND}"}
    if said.file is not None and not said.deleted:
        row["attachments"] = [{"name": said.file.name, "sha256": "", "inside": False}]
    if "mention" in said.memo and not said.deleted:
        row |= _mentioned(said)
    sender = Shown(names=(aad_id(said.sender), said.sender.full_name), spans=(("NAME", said.sender.full_name),))
    truth_id = teller.message(said, places, sender, **row)
    if said.file is not None and not said.deleted:
        teller.work.truth.secret(truth_id, "attachments.contentUrl", SECRET)
    for one in said.reactions if not said.deleted else ():
        teller.annotation("reaction", said, places, by=one.by, value=one.emoji, at_utc=one.ts)


def _mentioned(said: Said) -> dict[str, Any]:
    """The text behind a name that was put before it."""
    name, before = said.memo["mention"], len(said.memo["mention"]) + 2
    moved = tuple((c, literal, start + before, end + before) for c, literal, start, end in said.last_spans)
    text = f"@{name} {said.last_text}"
    return {"text": text, "spans": [("body", ("NAME", name, 1, before - 1)), *placed(text, moved)]}


class _Pages:
    """Answers of the service, one file each."""

    def __init__(self, work: Work, folder: str) -> None:
        self.work, self.folder = work, folder
        self.page = 1
        self.held: list[Mapping[str, Any]] = []

    @property
    def key(self) -> str:
        """The file that is being filled."""
        return f"{self.folder}/messages-{self.page:04d}.json"

    def add(self, row: Mapping[str, Any]) -> Place:
        """One message; a full page is put when the next one comes."""
        if len(self.held) >= PAGE:
            self.put(last=False)
        self.held.append(row)
        return place(self.key, len(self.held))

    def put(self, *, last: bool) -> None:
        """Close the page; the last one ends with the link by which changes are asked for later."""
        document: dict[str, Any] = {
            "@odata.context": f"{_GRAPH}/$metadata#Collection(chatMessage)",
            "@odata.count": len(self.held),
        }
        if not last:
            document["@odata.nextLink"] = f"{_GRAPH}/chats/getAllMessages?$skiptoken=page{self.page + 1:04d}"
        document["value"] = self.held
        if last:
            document["@odata.deltaLink"] = f"{_GRAPH}/chats/getAllMessages/delta?$deltatoken={when(0)}"
        self.work.captures.put(self.key, json.dumps(document, ensure_ascii=False).encode())
        self.page += 1
        self.held = []
