"""SMS Backup & Restore: two backups of one phone, the second with everything of the first, and a file of calls."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from pipeline.sample.formats.phone_texts import CUT, FIRST_BACKUP, MIME, SECOND_BACKUP, Text, calls_of, tell, texts_of
from pipeline.sample.formats.phone_texts import sender_of as shown
from pipeline.sample.formats.telling import Place, Teller, Work, local, place
from pipeline.sample.people import Person
from pipeline.sample.week import Said
from pipeline.sample.wickr_items import File

OWNER = "p-010"
ZONE = ZoneInfo("America/Phoenix")
FOLDER = "sms-backup/dschaefer"
_HEAD = """<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>
<!--File Created By SMS Backup & Restore v10.20.002 on {made:%d/%m/%Y %H:%M:%S}-->
<!--

To view this file in a more readable format, visit https://synctech.com.au/view-backup/

-->
<?xml-stylesheet type="text/xsl" href="{kind}.xsl"?>
<{root} count="{count}" backup_set="6f9d2c1e-5a74-4b7e-9d3a-3c5e1f0a7b21" backup_date="{stamp}" type="full">
"""
_CALL_TYPES = {("completed", False): 1, ("completed", True): 2, ("missed", False): 3}
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", CUT: "&#55357;"}
_ESCAPED = re.compile('[&<>"\n\ufffd]|[\U00010000-\U0010ffff]')


def sources(people: Sequence[Person]) -> list[dict[str, str]]:
    """Whose phone it is."""
    owner = next(person for person in people if person.person_id == OWNER)
    row = {"prefix": f"{FOLDER}/", "platform": "sms", "custodian": "dschaefer", "timezone": ZONE.key}
    return [{**row, "account": "official", "owner_name": owner.full_name, "owner_id": owner.phones[0]}]


def write(work: Work) -> None:
    """Both backups, the calls, and the truth."""
    teller = Teller(work=work, platform="sms")
    texts = texts_of(work, work.person(OWNER))
    rows = sorted((text for chat in texts for text in chat), key=lambda text: (text.mms, text.said.ts, text.ident))
    places: dict[int, list[Place]] = {}
    for moment in (FIRST_BACKUP, SECOND_BACKUP):
        held = [text for text in rows if text.said.ts < moment]
        made = local(moment, ZONE)
        key = f"{FOLDER}/sms-{made:%Y%m%d%H%M%S}.xml"
        counted = len(held) + (moment == SECOND_BACKUP)
        path = work.scratch / "backup.xml"
        with path.open("w", encoding="utf-8", newline="") as out:
            out.write(_HEAD.format(made=made, kind="sms", root="smses", count=counted, stamp=moment // 1000))
            for number, text in enumerate(held, start=1):
                out.write(_mms(text) if text.mms else _sms(text))
                places.setdefault(id(text), []).append(place(key, number))
            out.write("</smses>")
        if counted != len(held):
            work.truth.line("sms")
            work.truth.quarantined("sms", key, len(held), "count-differs")
        work.captures.put(key, path)
        path.unlink()
    for text in rows:
        tell(teller, text, places[id(text)], inside=text.said.file is not None)
    _write_calls(work, teller, calls_of(texts))


def _write_calls(work: Work, teller: Teller, calls: Sequence[Said]) -> None:
    made = local(SECOND_BACKUP, ZONE)
    key = f"{FOLDER}/calls-{made:%Y%m%d%H%M%S}.xml"
    out = [_HEAD.format(made=made, kind="calls", root="calls", count=len(calls), stamp=SECOND_BACKUP // 1000)]
    for number, call in enumerate(sorted(calls, key=lambda call: call.ts), start=1):
        other = call.chat.other
        values = {
            "number": other.phones[0],
            "duration": str(call.seconds),
            "date": str(call.ts // 1000),
            "type": str(_CALL_TYPES[call.form, call.sender is call.chat.owner]),
            "presentation": "1",
            "subscription_id": "null",
            "post_dial_digits": "",
            "subscription_component_name": "null",
            "readable_date": _readable(call.ts),
            "contact_name": _contact([other]),
        }
        out.append(f"  <call{_attributes(values)} />\n")
        teller.message(call, [place(key, number)], shown(call))
    out.append("</calls>")
    work.captures.put(key, "".join(out).encode())


def _sms(text: Text) -> str:
    said, other = text.said, text.others[0]
    received = text.box == 1
    values = {
        "protocol": "0",
        "address": other.phones[0],
        "date": str(said.ts // 1000),
        "type": str(text.box),
        "subject": "null",
        "body": said.text,
        "toa": "null",
        "sc_toa": "null",
        "service_center": "+12063130004" if received else "null",
        "read": "1",
        "status": "-1",
        "locked": "0",
        "date_sent": str(said.ts // 1_000_000 * 1000) if received else "0",
        "sub_id": "1",
        "readable_date": _readable(said.ts),
        "contact_name": _contact([other]),
    }
    return f"  <sms{_attributes(values)} />\n"


def _mms(text: Text) -> str:
    said = text.said
    received = text.box == 1
    empty = ("sub", "read_status", "sub_cs", "resp_st", "retr_st", "d_tm", "exp", "st", "retr_txt_cs", "retr_txt",
             "rpt_a", "ct_cls", "resp_txt", "ct_l")  # fmt: skip
    values = {
        "date": str(said.ts // 1000),
        "rr": "129",
        "ct_t": "application/vnd.wap.multipart.related",
        "seen": "1",
        "msg_box": str(text.box),
        "address": "~".join(person.phones[0] for person in text.others),
        "text_only": "0" if said.file else "1",
        "locked": "0",
        "m_id": text.ident,
        "creator": "com.google.android.apps.messaging",
        "date_sent": str(said.ts // 1000) if received else "0",
        "read": "1",
        "m_size": str(len(said.file.data) if said.file else len(said.text)),
        "pri": "129",
        "sub_id": "1",
        "tr_id": f"T{text.ident[:12].lower()}",
        "m_cls": "personal",
        "d_rpt": "129",
        "v": "18",
        "m_type": "132" if received else "128",
        **dict.fromkeys(empty, "null"),
        "readable_date": _readable(said.ts),
        "contact_name": _contact(text.others),
    }
    parts = "".join(f"      <part{_attributes(part)} />\n" for part in _parts(text))
    addresses = "".join(f"      <addr{_attributes(one)} />\n" for one in _addresses(text))
    return (
        f"  <mms{_attributes(values)}>\n    <parts>\n{parts}    </parts>\n"
        f"    <addrs>\n{addresses}    </addrs>\n  </mms>\n"
    )


def _parts(text: Text) -> Iterator[Mapping[str, str]]:
    said = text.said
    empty = dict.fromkeys(("name", "chset", "cd", "fn", "ctt_s", "ctt_t"), "null")
    layout = '<smil><head><layout><root-layout/></layout></head><body><par dur="5000ms"/></body></smil>'
    yield {"seq": "-1", "ct": "application/smil", **empty, "cid": "<smil>", "cl": "smil.xml", "text": layout}
    if said.file is not None:
        yield {"seq": "0", **_file_part(said.file), "text": "null", "data": base64.b64encode(said.file.data).decode()}
    if said.text:
        more = {"chset": "106", "cid": "<text000001>", "cl": "text000001.txt", "text": said.text}
        yield {"seq": "0", "ct": "text/plain", **empty, **more}


def _file_part(file: File) -> Mapping[str, str]:
    empty = dict.fromkeys(("chset", "cd", "fn", "ctt_s", "ctt_t"), "null")
    mime = MIME[file.name.rpartition(".")[2]]
    return {"ct": mime, "name": file.name, **empty, "cid": "<file000001>", "cl": file.name}


def _addresses(text: Text) -> Iterator[Mapping[str, str]]:
    own = text.owner.phones[0]
    sender = text.said.sender.phones[0] if text.box == 1 else "insert-address-token"
    yield {"address": sender, "type": "137", "charset": "106"}
    for person in text.said.chat.members:
        if person is not text.said.sender:
            number = person.phones[0] if person is not text.owner else own
            yield {"address": number, "type": "151", "charset": "106"}


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f' {name}="{_escaped(value)}"' for name, value in values.items())


def _escaped(value: str) -> str:
    """As the app writes it: everything beyond the basic plane as two references, one for each surrogate."""
    return _ESCAPED.sub(_reference, value)


def _reference(found: re.Match[str]) -> str:
    character = found[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character) - 0x10000
    return f"&#{0xD800 + (code >> 10)};&#{0xDC00 + (code & 0x3FF)};"


def _readable(ts: int) -> str:
    at = local(ts, ZONE)
    return f"{at:%b} {at.day}, {at.year} {at.hour % 12 or 12}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"


def _contact(people: Sequence[Person]) -> str:
    """Who the address book knows: colleagues, not travellers."""
    known = [p.full_name if p.role not in ("third_party", "source") else "(Unknown)" for p in people]
    return ", ".join(known)
