"""Everything on the network that is not plain chat: one small function per event, and a table of them.

Each event happens once in the first days, so that even the smallest archive holds every message type and every
trap; afterwards they recur now and then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pipeline.sample.attachments import make_file
from pipeline.sample.people import Person
from pipeline.sample.personal_data import MAKERS, map_link, place
from pipeline.sample.phrases import compile_template, phrase_book
from pipeline.sample.timeline import SECOND
from pipeline.sample.wickr import BOT_OUTAGE, BURNED, EXPIRED, TRUNCATED, Network, guid, text_item
from pipeline.sample.wickr_items import Conversation, File, Item, group_id

Event = Callable[[Network, Conversation, int], None]

_MINUTE = 60 * SECOND
_FIRST_DAYS = 4
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
_FILE_FLAGS: dict[str, dict[str, Any]] = {
    "screenshot": {"isscreenshot": True},
    "voice": {"isvoicememo": True, "voicememoduration": 500},
}


def day_events(net: Network, day: int) -> Iterator[tuple[Event, int]]:
    """The events of one day, each with the number of real messages it makes."""
    if day == 0:
        yield _rooms_created, 0
    if day < _FIRST_DAYS:
        yield from EVENTS[day::_FIRST_DAYS]
    for _ in range(net.quota // 120):
        yield net.rng.choice(_RECURRING)
    if day == 1 or net.rng.random() < net.cuts / net.timeline.days:
        yield _cut_line, 0
    files = net.file_share * net.quota
    for _ in range(int(files) + (net.rng.random() < files % 1)):
        yield _plain_file, 1


def _rooms_created(net: Network, _: Conversation, ts: int) -> None:
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
    item = _system(room, room.members[0], ts, msgtype, {"control": control})
    if mask & 64:
        item.subkind = "saved-item"
    item.spans = tuple(("title", span) for span in room.title_spans)
    item.spans += tuple(("description", span) for span in room.description_spans)
    return net.add(item)


def _system(
    room: Conversation, sender: Person, ts: int, msgtype: int, fields: dict[str, Any], *, kind: str = "system"
) -> Item:
    subkind = _SUBKINDS.get(msgtype, "")
    return Item(ts=ts, conversation=room, sender=sender, msgtype=msgtype, subkind=subkind, fields=fields, kind=kind)


def _key_verification(net: Network, _: Conversation, ts: int) -> None:
    pair = net.pick_conversation("dm")
    for step, answer in enumerate(_VERIFICATIONS, start=1):
        key = f"0004{net.rng.getrandbits(168):042x}"
        verify = {"msgtype": step, "verifiedkey": key}
        item = _system(pair, pair.members[step % 2], ts + step * SECOND, 3000, {"keyverify": verify})
        item.subkind, item.secrets = answer, (("keyverify.verifiedkey", key),)
        net.add(item)


def _members_changed(net: Network, _: Conversation, ts: int) -> None:
    room = net.pick_conversation("room")
    newcomer = net.rng.choice([p for p in net.staff if p not in room.members] or net.staff)
    control: dict[str, Any] = {"addedusers": [newcomer.username], "deletedusers": [], "msgtype": 4002}
    net.add(_system(room, room.members[0], ts, 4002, {"control": control}))
    if newcomer not in room.members:
        room.members.append(newcomer)


def _member_removed(net: Network, _: Conversation, ts: int) -> None:
    room = net.pick_conversation("room")
    if len(room.members) > 4:
        gone = room.members.pop()
        control = {"deletedusers": [gone.username], "msgtype": 4002}
        net.add(_system(room, room.members[0], ts, 4002, {"control": control}))


def _left_silently(net: Network, _: Conversation, ts: int) -> None:
    room = net.pick_conversation("room")
    if len(room.members) > 4:
        net.add(_system(room, room.members.pop(), ts, 4003, {}))


def _left(net: Network, _: Conversation, ts: int) -> None:
    room = net.pick_conversation("room")
    if len(room.members) > 4:
        gone = room.members.pop()
        net.add(_system(room, gone, ts, 4003, {"control": {"deletedusers": [gone.username], "msgtype": 4003}}))


def _room_renamed(net: Network, _: Conversation, ts: int) -> None:
    room, book = net.pick_conversation("room"), phrase_book()
    room.title, room.title_spans = net.voice.fresh(net.rng.choice((*book.titles, *book.titles_personal)))
    _settings(net, room, ts, 4004, 4)


def _room_described(net: Network, _: Conversation, ts: int) -> None:
    room, book = net.pick_conversation("room"), phrase_book()
    room.description, room.description_spans = net.voice.fresh(net.rng.choice(book.descriptions_personal))
    room.bor = net.rng.choice((0, 3_600, 7 * 86_400))
    _settings(net, room, ts, 4004, 40)


def _saved_item(net: Network, _: Conversation, ts: int) -> None:
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


def _scratch_room(net: Network, _: Conversation, ts: int) -> None:
    members = net.rng.sample(net.staff, 4)
    number = net.rng.getrandbits(32)
    room = Conversation(f"wickr-scratch-{number:08x}", group_id(net.rng, "room"), "room", members, 0.0)
    room.title, room.title_spans = net.voice.fresh(net.rng.choice(phrase_book().titles_personal))
    _settings(net, room, ts, 4001, 47)
    net.add(_system(room, members[0], ts + 30 * _MINUTE, 4005, {}))


def _starred(net: Network, room: Conversation, ts: int) -> None:
    sender, reader = net.pick_two(room)
    target = net.say(room, sender, ts)
    control = {"attributes": [{"isstarred": True, "msgid": target.message_id}], "msgtype": 4012}
    net.add(_system(room, reader, ts + _MINUTE, 4012, {"control": control}))


def _sync_and_pin(net: Network, room: Conversation, ts: int) -> None:
    one, other = net.pick_two(room)
    net.add(_system(room, one, ts, 4013, {"control": {"msgtype": 4013}}))
    net.add(_system(room, other, ts + 9 * SECOND, 4014, {"control": {"msgtype": 4014, "pinned": True}}))
    net.add(_system(room, one, ts + 11 * SECOND, 4015, {"control": {"msgtype": 4015}}))


def _unknown_type(net: Network, room: Conversation, ts: int) -> None:
    sender, _ = net.pick_two(room)
    poll = {"question": "overtime " + net.rng.choice(("Saturday?", "Sunday?")), "options": ["yes", "no"]}
    net.add(_system(room, sender, ts, 9300, {"poll": poll}, kind="unknown"))


def _call(net: Network, room: Conversation, ts: int) -> None:
    one, other = net.pick_two(room)
    ends = net.rng.choice((1, 1, 2, 3))
    _call_lines(net, room, (one, other), ts, ends)


def _every_call(net: Network, room: Conversation, ts: int) -> None:
    for number, ends in enumerate((1, 2, 3)):
        _call_lines(net, room, net.pick_two(room), ts + number * 20 * _MINUTE, ends)


def _call_lines(net: Network, room: Conversation, pair: tuple[Person, Person], ts: int, ends: int) -> None:
    rng = net.rng
    start = {
        "calluri": f"198.51.100.{rng.randrange(1, 255)}:{rng.randrange(16000, 17000)}",
        "calluriipv6": f"[2001:db8::{rng.getrandbits(16):x}]:16398",
        "meetingid": rng.choice((0, guid(rng))),
        "participants": [f"{rng.getrandbits(256):064x}" for _ in pair],
        "status": 0,
        "version": 2,
        "versioncheck": True,
    }
    first = net.add(_system(room, pair[0], ts, 7000, {"call": start}, kind="call"))
    end: dict[str, Any] = {"meetingid": start["meetingid"], "startmsgid": first.message_id, "status": ends}
    seconds = rng.randrange(4, 1500)
    if ends == 1:
        end["duration"] = seconds
    more = {"version": 2, "versioncheck": True}
    net.add(_system(room, pair[0], ts + seconds * SECOND, 7000, {"call": {**end, **more}}, kind="call"))


def _location(net: Network, room: Conversation, ts: int) -> None:
    _located(net, room, ts, 8000, {})


def _live_location(net: Network, room: Conversation, ts: int) -> None:
    for step, expires in enumerate((str(ts // SECOND + 900), str(ts // SECOND + 900), "-1")):
        _located(net, room, ts + step * 3 * _MINUTE, 9000, {"shareexpiriation": expires, "type": "location"})


def _located(net: Network, room: Conversation, ts: int, msgtype: int, more: dict[str, str]) -> None:
    sender, _ = net.pick_two(room)
    values = dict(zip(("latitude", "longitude"), place(net.rng), strict=True))
    fields = {"edit" if msgtype == 9000 else "location": {**values, **more}}
    item = _system(room, sender, ts, msgtype, fields, kind="location")
    literals = [repr(value) for value in values.values()]
    item.spans = tuple(("location", ("COORDINATES", literal, 0, len(literal))) for literal in literals)
    net.add(item)


def _send_file(net: Network, room: Conversation, ts: int, file: File, **more: Any) -> Item:
    sender, _ = net.pick_two(room)
    identity = guid(net.rng)
    body = {
        "filename": file.name,
        "guid": identity.upper() if net.rng.random() < 0.5 else identity,
        "localfilename": "",  # each layout names its own copy
        "uploadedbyuser": sender.full_name,
        "uploadedtimestamp": "",
        **more,
    }
    item = _system(room, sender, ts, 6000, {"file": body}, kind="file")
    item.file = file
    item.spans = tuple(("file_name", span) for span in file.name_spans)
    item.spans += tuple(("attachment_text", span) for span in file.spans)
    item.spans += (("display_name", ("NAME", sender.full_name, 0, len(sender.full_name))),)
    return net.add(item)


def _plain_file(net: Network, room: Conversation, ts: int) -> None:
    if net.files_left > 0:
        net.files_left -= 1
        kind = net.rng.choice(("photo", "photo", "photo", "pdf", "vcard", "voice", "screenshot"))
        _send_file(net, room, ts, make_file(kind, net.voice), **_FILE_FLAGS.get(kind, {}))


def _one_file_of_each(net: Network, room: Conversation, ts: int) -> None:
    for number, kind in enumerate(("photo", "pdf", "vcard")):
        _send_file(net, room, ts + number * _MINUTE, make_file(kind, net.voice))


def _screenshot(net: Network, room: Conversation, ts: int) -> None:
    _send_file(net, room, ts, make_file("screenshot", net.voice), **_FILE_FLAGS["screenshot"])


def _voice_memo(net: Network, room: Conversation, ts: int) -> None:
    _send_file(net, room, ts, make_file("voice", net.voice), **_FILE_FLAGS["voice"])


def _file_without_bytes(net: Network, room: Conversation, ts: int) -> None:
    file = make_file("pdf", net.voice)
    file.absent, file.spans = True, ()
    _send_file(net, room, ts, file)


def _edited_twice(net: Network, room: Conversation, ts: int) -> None:
    sender, _ = net.pick_two(room)
    item = net.say(room, sender, ts)
    net.edit(item, "text")
    item = net.say(room, sender, ts + 5 * _MINUTE)
    net.edit(item, "edit_content")


def _edit_that_adds_a_number(net: Network, room: Conversation, ts: int) -> None:
    sender, _ = net.pick_two(room)
    value = MAKERS["PHONE"](net.rng)
    text = f"call transport on {value.text}"
    spans = tuple((c, lit, off + 18, off + 18 + len(lit)) for c, lit, off in value.spans)
    net.edit(net.add(text_item(room, sender, ts, text, spans)), "edit_content")


def _link_with_previews(net: Network, room: Conversation, ts: int) -> None:
    sender, _ = net.pick_two(room)
    net.voice.fresh(compile_template(""))
    text, spans = net.voice.fresh(compile_template("file is here {CASE_LINK}"))
    item = net.add(text_item(room, sender, ts, text, spans))
    net.link_preview(item, 2 * SECOND, text)
    net.edit(item, "edit_content")
    _old_preview(net, room, ts + 9 * _MINUTE, sender)


def _old_preview(net: Network, room: Conversation, ts: int, sender: Person) -> None:
    link = map_link(net.rng)
    text = f"pin: {link.text}"
    spans = tuple((c, lit, off + 5, off + 5 + len(lit)) for c, lit, off in link.spans)
    target = net.add(text_item(room, sender, ts, text, spans))
    edit = {"originalmessageid": target.message_id, "text": link.text, "type": "text"}
    item = net.annotate(target, 9000, "edit", after=2 * SECOND, fields={"edit": edit}, by=sender)
    item.text, item.change = link.text, "link-preview"
    target.versions = (
        {"change": "original", "at_utc": target.ts, "text": text},
        {"change": "link-preview", "at_utc": item.ts, "text": link.text},
    )


def _reactions(net: Network, room: Conversation, ts: int) -> None:
    sender, _ = net.pick_two(room)
    item = net.say(room, sender, ts)
    net.react(item, taken_back=True)
    net.react(item, old_client=True)
    net.receipt(item)


def _recalls(net: Network, room: Conversation, ts: int) -> None:
    sender, _ = net.pick_two(room)
    for number, (everyone, spelling) in enumerate(
        ((True, "msgid"), (True, "message_id"), (False, "msgid"), (False, "message_id"))
    ):
        net.recall(net.say(room, sender, ts + number * 9 * _MINUTE), everyone=everyone, spelling=spelling)


def _orphans(net: Network, room: Conversation, ts: int) -> None:
    net.lose(room, ts, BOT_OUTAGE, "edit")
    net.lose(room, ts + _MINUTE, BOT_OUTAGE, "reaction")
    net.lose(room, ts + 2 * _MINUTE, "recalled-before-capture", "")
    net.lose(room, ts + 3 * _MINUTE, EXPIRED, "receipt")
    net.lose(room, ts + 4 * _MINUTE, BURNED, "")


def _cut_line(net: Network, room: Conversation, ts: int) -> None:
    sender, _ = net.pick_two(room)
    item = net.say(room, sender, ts, lost=TRUNCATED, cut=True)
    item.traces = ("partial-line",)


EVENTS: tuple[tuple[Event, int], ...] = (
    (_one_file_of_each, 3),
    (_key_verification, 0),
    (_orphans, 0),
    (_every_call, 6),
    (_members_changed, 0),
    (_screenshot, 1),
    (_recalls, 4),
    (_room_renamed, 0),
    (_link_with_previews, 2),
    (_voice_memo, 1),
    (_saved_item, 0),
    (_file_without_bytes, 1),
    (_live_location, 3),
    (_edited_twice, 2),
    (_reactions, 1),
    (_left_silently, 0),
    (_scratch_room, 0),
    (_location, 1),
    (_starred, 1),
    (_unknown_type, 0),
    (_sync_and_pin, 0),
    (_edit_that_adds_a_number, 1),
    (_left, 0),
    (_member_removed, 0),
    (_room_described, 0),
    (_call, 2),
)
"""Every event and the number of captured real messages it makes."""

_RECURRING = tuple(
    entry for entry in EVENTS if entry[0] not in (_one_file_of_each, _screenshot, _voice_memo, _file_without_bytes)
)
"""Files recur at their own rate, which is bounded for the largest archives."""
