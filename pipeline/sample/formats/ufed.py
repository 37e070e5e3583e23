"""Two Cellebrite reports of one phone: `.ufdr` zips with `report.xml` and the files beside it.

The second extraction has everything of the first under new model ids; the app's own message ids are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.sample.formats.telling import Place, Shown, Teller, Work, a_zip, attachment, place
from pipeline.sample.formats.ufed_shapes import PLATFORMS, Report, member_of, secret_of, user_id
from pipeline.sample.people import Person
from pipeline.sample.timeline import AGENCY_ZONE
from pipeline.sample.week import Chat, Said, start_of

OWNER = "p-011"
FOLDER = "ufed/gtrevino"
FEATURES = frozenset(("delete", "reply", "forward", "file", "absent", "location"))
CUT = start_of(4)
"""When the phone was read for the first time."""
MILLISECOND = 1000


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """Whose phone it is."""
    owner = next(person for person in people if person.person_id == OWNER)
    row = {"prefix": f"{FOLDER}/", "custodian": "gtrevino", "account": "official"}
    return [{**row, "owner_name": owner.full_name, "owner_id": owner.phones[0]}]


def write(work: Work) -> None:
    """Both reports. Chats of one app are told under that app's name."""
    reports = (Report(work, "first"), Report(work, "second"))
    chats = work.chats(OWNER, work.messages)
    talks = [(chat, work.talk(chat, FEATURES, zone=AGENCY_ZONE, unit=MILLISECOND)) for chat in chats]
    places: dict[str, list[Place]] = {}
    for report in reports:
        held = [(chat, _held(report, said)) for chat, said in talks]
        key = f"{FOLDER}/{report.name}.ufdr"
        shown = [(chat, said) for chat, said in held if said]
        number = 0
        for chat, said in shown:
            number += 1
            _teller(work, chat).directory([place(key, number, "report.xml")])
            for one in said:
                number += 1
                places.setdefault(_key(one), []).append(place(key, number, "report.xml"))
        files = {member_of(one): one.file.data for _, said in held for one in said if _captured(one) and one.file}
        work.captures.put(key, a_zip([("report.xml", report.document(shown)), *sorted(files.items())]))
    for chat, said in talks:
        for one in said:
            _tell(_teller(work, chat), one, places[_key(one)])


def _teller(work: Work, chat: Chat) -> Teller:
    return Teller(work=work, platform=PLATFORMS[chat.kind][1], time_source="offset")


def _held(report: Report, said: Sequence[Said]) -> list[Said]:
    return [one for one in said if one.ts < CUT] if report.name == "first" else list(said)


def _captured(said: Said) -> bool:
    return said.file is not None and not said.file.absent


def _key(said: Said) -> str:
    return f"{said.chat.name}:{said.number}"


def _tell(teller: Teller, said: Said, places: Sequence[Place]) -> None:
    sender = Shown(
        names=(user_id(said.sender), said.sender.phones[0], said.sender.full_name),
        spans=(("NAME", said.sender.full_name), ("PHONE", said.sender.phones[0])),
    )
    more: dict[str, Any] = {}
    if said.file is not None:
        more["attachments"] = [attachment(said.file, name=member_of(said).rpartition("/")[2])]
    if said.deleted:
        more["flags"] = ["recovered-deleted"]
    truth_id = teller.message(said, places, sender, history=True, **more)
    if _captured(said):
        teller.work.truth.secret(truth_id, "URL", secret_of(said))
