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
from pipeline.sample.phrases import compile_template
from pipeline.sample.timeline import SECOND
from pipeline.sample.wickr import BOT_OUTAGE, BURNED, EXPIRED, TRUNCATED, Network, guid, text_item
from pipeline.sample.wickr_items import Conversation, File, Item
from pipeline.sample.wickr_rooms import (
    key_verification,
    left,
    left_silently,
    member_removed,
    members_changed,
    room_described,
    room_renamed,
    rooms_created,
    saved_item,
    scratch_room,
    starred,
    sync_and_pin,
    system_item,
    unknown_type,
)

Event = Callable[[Network, Conversation, int], None]

_MINUTE = 60 * SECOND
_FIRST_DAYS = 4
_FILE_FLAGS: dict[str, dict[str, Any]] = {
    "screenshot": {"isscreenshot": True},
    "voice": {"isvoicememo": True, "voicememoduration": 500},
}


def day_events(net: Network, day: int) -> Iterator[tuple[Event, int]]:
    """The events of one day, each with the number of real messages it makes."""
    if day == 0:
        yield rooms_created, 0
    if day < _FIRST_DAYS:
        yield from EVENTS[day::_FIRST_DAYS]
    for _ in range(net.quota // 120):
        yield net.rng.choice(_RECURRING)
    if day == 1 or net.rng.random() < net.cuts / net.timeline.days:
        yield _cut_line, 0
    files = net.file_share * net.quota
    for _ in range(int(files) + (net.rng.random() < files % 1)):
        yield _plain_file, 1


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
    first = net.add(system_item(room, pair[0], ts, 7000, {"call": start}, kind="call"))
    end: dict[str, Any] = {"meetingid": start["meetingid"], "startmsgid": first.message_id, "status": ends}
    seconds = rng.randrange(4, 1500)
    if ends == 1:
        end["duration"] = seconds
    more = {"version": 2, "versioncheck": True}
    net.add(system_item(room, pair[0], ts + seconds * SECOND, 7000, {"call": {**end, **more}}, kind="call"))


def _location(net: Network, room: Conversation, ts: int) -> None:
    _located(net, room, ts, 8000, {})


def _live_location(net: Network, room: Conversation, ts: int) -> None:
    for step, expires in enumerate((str(ts // SECOND + 900), str(ts // SECOND + 900), "-1")):
        _located(net, room, ts + step * 3 * _MINUTE, 9000, {"shareexpiriation": expires, "type": "location"})


def _located(net: Network, room: Conversation, ts: int, msgtype: int, more: dict[str, str]) -> None:
    sender, _ = net.pick_two(room)
    values = dict(zip(("latitude", "longitude"), place(net.rng), strict=True))
    fields = {"edit" if msgtype == 9000 else "location": {**values, **more}}
    item = system_item(room, sender, ts, msgtype, fields, kind="location")
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
    item = system_item(room, sender, ts, 6000, {"file": body}, kind="file")
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
    (key_verification, 0),
    (_orphans, 0),
    (_every_call, 6),
    (members_changed, 0),
    (_screenshot, 1),
    (_recalls, 4),
    (room_renamed, 0),
    (_link_with_previews, 2),
    (_voice_memo, 1),
    (saved_item, 0),
    (_file_without_bytes, 1),
    (_live_location, 3),
    (_edited_twice, 2),
    (_reactions, 1),
    (left_silently, 0),
    (scratch_room, 0),
    (_location, 1),
    (starred, 1),
    (unknown_type, 0),
    (sync_and_pin, 0),
    (_edit_that_adds_a_number, 1),
    (left, 0),
    (member_removed, 0),
    (room_described, 0),
    (_call, 2),
)
"""Every event and the number of captured real messages it makes."""

_RECURRING = tuple(
    entry for entry in EVENTS if entry[0] not in (_one_file_of_each, _screenshot, _voice_memo, _file_without_bytes)
)
"""Files recur at their own rate, which is bounded for the largest archives."""
