"""SMS Import / Export, version 2: a zip with `messages.ndjson` and the binary parts under `data/`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.sample.formats.phone_texts import CUT, FIRST_BACKUP, MIME, SECOND_BACKUP, Text, tell, texts_of
from pipeline.sample.formats.telling import Place, Teller, Work, a_zip, local, place
from pipeline.sample.people import Person
from pipeline.sample.timeline import AGENCY_ZONE

OWNER = "p-013"
FOLDER = "sms-ie/ribarra"
MEMBER = "messages.ndjson"


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """Whose phone it is."""
    owner = next(person for person in people if person.person_id == OWNER)
    row = {"prefix": f"{FOLDER}/", "platform": "sms", "custodian": "ribarra", "account": "personal"}
    return [{**row, "owner_name": owner.full_name, "owner_id": owner.phones[0]}]


def write(work: Work) -> None:
    """Two scheduled exports of one phone."""
    teller = Teller(work=work, platform="sms")
    texts = texts_of(work, work.person(OWNER))
    rows = sorted((text for chat in texts for text in chat), key=lambda text: (text.mms, text.said.ts, text.ident))
    threads = {id(chat[0].said.chat): number for number, chat in enumerate(texts, start=1)}
    places: dict[int, list[Place]] = {}
    for moment in (FIRST_BACKUP, SECOND_BACKUP):
        held = [text for text in rows if text.said.ts < moment]
        key = f"{FOLDER}/messages-{local(moment, AGENCY_ZONE):%Y-%m-%d}.zip"
        lines = []
        for number, text in enumerate(held, start=1):
            make = _mms if text.mms else _sms
            lines.append(_line(make(text, number, threads[id(text.said.chat)])))
            places.setdefault(id(text), []).append(place(key, number, MEMBER))
        work.captures.put(key, a_zip([(MEMBER, "".join(lines).encode()), *_binaries(held)]))
    for text in rows:
        tell(teller, text, places[id(text)], inside=False)


def _line(document: dict[str, Any]) -> str:
    """As the app writes it: no spaces, and half an emoji as an escape."""
    line = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return line.replace(CUT, "\\ud83d") + "\n"


def _sms(text: Text, number: int, thread: int) -> dict[str, Any]:
    said, other = text.said, text.others[0]
    row = {
        "_id": str(number),
        "thread_id": str(thread),
        "address": other.phones[0],
        "date": str(said.ts // 1000),
        "date_sent": str(said.ts // 1_000_000 * 1000) if text.box == 1 else "0",
        "read": "1",
        "status": "-1",
        "type": str(text.box),
        "body": said.text,
        "locked": "0",
        "error_code": "-1",
        "sub_id": "1",
        "creator": "com.android.messaging",
        "seen": "1",
    }
    return row | _display(other)


def _mms(text: Text, number: int, thread: int) -> dict[str, Any]:
    said = text.said
    row: dict[str, Any] = {
        "_id": str(number),
        "thread_id": str(thread),
        "date": str(said.ts // 1_000_000),
        "date_sent": str(said.ts // 1_000_000) if text.box == 1 else "0",
        "msg_box": str(text.box),
        "read": "1",
        "m_id": text.ident,
        "ct_t": "application/vnd.wap.multipart.related",
        "m_type": "132" if text.box == 1 else "128",
        "v": "18",
        "pri": "129",
        "rr": "129",
        "tr_id": f"T{text.ident[:12].lower()}",
        "locked": "0",
        "sub_id": "1",
        "seen": "1",
        "text_only": "0" if said.file else "1",
    }
    sender = said.sender.phones[0] if text.box == 1 else "insert-address-token"
    row["__sender_address"] = {"msg_id": str(number), "address": sender, "type": "137", "charset": "106"}
    if text.box == 1:
        row["__sender_address"] |= _display(said.sender)
    row["__recipient_addresses"] = [
        {"msg_id": str(number), "address": p.phones[0], "type": "151", "charset": "106"} | _display(p)
        for p in said.chat.members
        if p is not said.sender
    ]
    row["__parts"] = list(_parts(text, number))
    return row


def _parts(text: Text, number: int) -> Iterator[dict[str, Any]]:
    said = text.said
    head = {"mid": str(number)}
    layout = '<smil><body><par dur="5000ms"/></body></smil>'
    yield {**head, "seq": "-1", "ct": "application/smil", "cid": "<smil>", "cl": "smil.xml", "text": layout}
    if said.file is not None:
        kind = MIME[said.file.name.rpartition(".")[2]]
        path = f"/data/user_de/0/com.android.providers.telephony/app_parts/{_binary(text)}"
        yield {**head, "seq": "0", "ct": kind, "name": said.file.name, "cl": said.file.name, "_data": path}
    if said.text:
        yield {**head, "seq": "0", "ct": "text/plain", "chset": "106", "cl": "text000001.txt", "text": said.text}


def _binaries(texts: Sequence[Text]) -> Iterator[tuple[str, bytes]]:
    for text in texts:
        if text.said.file is not None:
            yield f"data/{_binary(text)}", text.said.file.data


def _binary(text: Text) -> str:
    assert text.said.file is not None
    return f"PART_{text.said.ts // 1000}_{text.ident[:6].lower()}.{text.said.file.name.rpartition('.')[2]}"


def _display(person: Person) -> dict[str, str]:
    return {} if person.role in ("third_party", "source") else {"__display_name": person.full_name}
