"""Events of the rooms themselves: created, renamed, joined, left, deleted, and what else is not a message."""

from __future__ import annotations

from typing import Any

from pipeline.sample.people import Person
from pipeline.sample.phrases import phrase_book
from pipeline.sample.timeline import SECOND
from pipeline.sample.wickr import Network, guid
from pipeline.sample.wickr_items import Conversation, Item, group_id

_MINUTE = 60 * SECOND
_SUBKINDS = {
    4001: "room-created",
    4002: "members-changed",
    4003: "left",
    4004: "room-changed",
    4005: "room-deleted",
    4012: "starred",
    4013: "attribute-sync",
    4014: "pinned",
    4015: "room-key",
    9000: "live-location",
}
_VERIFICATIONS = ("requested", "responded", "accepted", "rejected", "not-now")


def rooms_created(net: Network, _: Conversation, ts: int) -> None:
    rooms = [c for c in net.conversations if c.kind != "dm"]
    for number, room in enumerate(rooms):
        if number % 3 != 2:  # the bot joined the others later: their membership stays unknown
            _settings(net, room, ts - ts % (86_400 * SECOND) + (number + 1) * 7 * SECOND, 4001, 47)


def _settings(net: Network, room: Conversation, ts: int, msgtype: int, mask: int, **more: Any) -> Item:
    names = [p.username for p in room.members]
    control = {
        "bor": room.bor,
        "changemask": mask,
        "description": room.description,
        **more,
        "masters": names[:2],
        "members": names,
        "msgtype": msgtype,
        "title": room.title,
        "ttl": room.ttl,
    }
    item = system_item(room, room.members[0], ts, msgtype, {"control": control})
    if mask & 64:
        item.subkind = "saved-item"
    item.spans = tuple(("title", span) for span in room.title_spans)
    item.spans += tuple(("description", span) for span in room.description_spans)
    return net.add(item)


def system_item(
    room: Conversation, sender: Person, ts: int, msgtype: int, fields: dict[str, Any], *, kind: str = "system"
) -> Item:
    subkind = _SUBKINDS.get(msgtype, "")
    return Item(ts=ts, conversation=room, sender=sender, msgtype=msgtype, subkind=subkind, fields=fields, kind=kind)


def key_verification(net: Network, _: Conversation, ts: int) -> None:
    pair = net.pick_conversation("dm")
    for step, answer in enumerate(_VERIFICATIONS, start=1):
        key = f"0004{net.rng.getrandbits(168):042x}"
        verify = {"msgtype": step, "verifiedkey": key}
        item = system_item(pair, pair.members[step % 2], ts + step * SECOND, 3000, {"keyverify": verify})
        item.subkind, item.secrets = answer, (("keyverify.verifiedkey", key),)
        net.add(item)


def members_changed(net: Network, _: Conversation, ts: int) -> None:
    room = net.pick_conversation("room")
    newcomer = net.rng.choice([p for p in net.staff if p not in room.members] or net.staff)
    control: dict[str, Any] = {"addedusers": [newcomer.username], "deletedusers": [], "msgtype": 4002}
    net.add(system_item(room, room.members[0], ts, 4002, {"control": control}))
    if newcomer not in room.members:
        room.members.append(newcomer)


def member_removed(net: Network, _: Conversation, ts: int) -> None:
    room = net.pick_conversation("room")
    if len(room.members) > 4:
        gone = room.members.pop()
        control = {"deletedusers": [gone.username], "msgtype": 4002}
        net.add(system_item(room, room.members[0], ts, 4002, {"control": control}))


def left_silently(net: Network, _: Conversation, ts: int) -> None:
    room = net.pick_conversation("room")
    if len(room.members) > 4:
        net.add(system_item(room, room.members.pop(), ts, 4003, {}))


def left(net: Network, _: Conversation, ts: int) -> None:
    room = net.pick_conversation("room")
    if len(room.members) > 4:
        gone = room.members.pop()
        net.add(system_item(room, gone, ts, 4003, {"control": {"deletedusers": [gone.username], "msgtype": 4003}}))


def room_renamed(net: Network, _: Conversation, ts: int) -> None:
    room, book = net.pick_conversation("room"), phrase_book()
    room.title, room.title_spans = net.voice.fresh(net.rng.choice((*book.titles, *book.titles_personal)))
    _settings(net, room, ts, 4004, 4)


def room_described(net: Network, _: Conversation, ts: int) -> None:
    room, book = net.pick_conversation("room"), phrase_book()
    room.description, room.description_spans = net.voice.fresh(net.rng.choice(book.descriptions_personal))
    room.bor = net.rng.choice((0, 3_600, 7 * 86_400))
    _settings(net, room, ts, 4004, 40)


def saved_item(net: Network, _: Conversation, ts: int) -> None:
    room, rng = net.pick_conversation("room"), net.rng
    person = net.voice.pick("third_party")
    name, key = f"{person.full_name} statement.pdf", f"00{rng.getrandbits(256):064x}"
    action = {
        "action": rng.choice(("create", "upload", "save", "rename", "move", "delete")),
        "target": "file",
        "name": name,
        "path": "/shared",
        "modifiedbyuser": room.members[0].username,
        "modifiedtimestamp": str(ts // SECOND),
    }
    vault = {
        "filehash": f"{rng.getrandbits(88):022x}",
        "guid": guid(rng).upper(),
        "key": key,
        "domain": "messaging.example.gov",
        "filemgtaction": action,
    }
    item = _settings(net, room, ts, 4004, 64, filevaultinfo=vault)
    item.secrets = (("control.filevaultinfo.key", key),)
    item.spans += (("file_name", ("NAME", person.full_name, 0, len(person.full_name))),)


def scratch_room(net: Network, _: Conversation, ts: int) -> None:
    members = net.rng.sample(net.staff, 4)
    number = net.rng.getrandbits(32)
    room = Conversation(f"wickr-scratch-{number:08x}", group_id(net.rng, "room"), "room", members, 0.0)
    room.title, room.title_spans = net.voice.fresh(net.rng.choice(phrase_book().titles_personal))
    _settings(net, room, ts, 4001, 47)
    net.add(system_item(room, members[0], ts + 30 * _MINUTE, 4005, {}))


def starred(net: Network, room: Conversation, ts: int) -> None:
    sender, reader = net.pick_two(room)
    target = net.say(room, sender, ts)
    control = {"attributes": [{"isstarred": True, "msgid": target.message_id}], "msgtype": 4012}
    net.add(system_item(room, reader, ts + _MINUTE, 4012, {"control": control}))


def sync_and_pin(net: Network, room: Conversation, ts: int) -> None:
    one, other = net.pick_two(room)
    net.add(system_item(room, one, ts, 4013, {"control": {"msgtype": 4013}}))
    net.add(system_item(room, other, ts + 9 * SECOND, 4014, {"control": {"msgtype": 4014, "pinned": True}}))
    net.add(system_item(room, one, ts + 11 * SECOND, 4015, {"control": {"msgtype": 4015}}))


def unknown_type(net: Network, room: Conversation, ts: int) -> None:
    sender, _ = net.pick_two(room)
    poll = {"question": "overtime " + net.rng.choice(("Saturday?", "Sunday?")), "options": ["yes", "no"]}
    net.add(system_item(room, sender, ts, 9300, {"poll": poll}, kind="unknown"))
