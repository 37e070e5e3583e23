"""One exported chat as one phone writes it: its locale's headers, placeholders, notices, and its own address book."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from pipeline.sample.people import Person
from pipeline.sample.timeline import SECOND
from pipeline.sample.uploads import Uploads

ANDROID = "android-en"
IPHONE = "ios-es"

_LRM = "\u200e"
_EPOCH_ZIP = (2026, 1, 1, 0, 0, 0)
_PLACE_OF = {"photo": "PHOTO", "voice": "AUDIO", "vcard": "", "pdf": ""}

NOTICES: Mapping[str, Mapping[str, str]] = {
    ANDROID: {
        "encryption-notice": "Messages and calls are end-to-end encrypted. Only people in this chat can read, "
        "listen to, or share them. Learn more.",
        "group-created": '{who} created group "{title}"',
        "member-added": "{who} added {whom}",
        "member-removed": "{who} removed {whom}",
        "member-left": "{who} left",
        "disappearing-timer": "{who} turned on disappearing messages. New messages will disappear from this chat "
        "24 hours after they're sent, except when kept.",
        "security-code-changed": "Your security code with {who} changed. Tap to learn more.",
        "subject-changed": '{who} changed the group name to "{title}"',
        "icon-changed": "{who} changed this group's icon",
        "admin-changed": "You're now an admin",
        "pinned": "{who} pinned a message",
    },
    IPHONE: {
        "encryption-notice": "Los mensajes y las llamadas están cifrados de extremo a extremo. Nadie fuera de este "
        "chat, ni siquiera WhatsApp, puede leerlos ni escucharlos.",
        "group-created": "{who} creó el grupo “{title}”",
        "member-added": "{who} añadió a {whom}",
        "member-removed": "{who} eliminó a {whom}",
        "member-left": "{who} salió del grupo",
        "disappearing-timer": "{who} activó los mensajes temporales. Los mensajes nuevos desaparecerán de este chat "
        "24 horas después de enviarse, excepto si se conservan.",
        "security-code-changed": "Cambió tu código de seguridad con {who}.",
        "subject-changed": "{who} cambió el nombre del grupo a “{title}”",
        "icon-changed": "{who} cambió el ícono de este grupo",
        "admin-changed": "Ahora eres admin. del grupo",
        "pinned": "{who} fijó un mensaje",
    },
}
"""What each app writes by itself."""

PHRASES: Mapping[str, Mapping[str, str]] = {
    ANDROID: {
        "edited": " <This message was edited>",
        "deleted": "This message was deleted",
        "deleted-own": "You deleted this message",
        "view-once": "",
        "missed-call": "Missed voice call",
        "call": "Voice call, {minutes} min",
        "poll": "POLL:\n{question}\nOPTION: {one} (3 votes)\nOPTION: {two} (1 vote)",
        "location": "location: {link}",
        "photo": "<Media omitted>",
        "voice": "<Media omitted>",
        "pdf": "<Media omitted>",
        "vcard": "<Media omitted>",
        "sticker": "<Media omitted>",
    },
    IPHONE: {
        "edited": f" {_LRM}<Se editó este mensaje.>",
        "deleted": f"{_LRM}Se eliminó este mensaje.",
        "deleted-own": f"{_LRM}Eliminaste este mensaje.",
        "view-once": f"{_LRM}Recibiste un mensaje de visualización única. Para mayor privacidad, solo puedes abrirlo "
        "en tu teléfono.",
        "missed-call": f"{_LRM}Llamada de voz perdida",
        "call": f"{_LRM}Llamada de voz, {_LRM}{{minutes}} min",
        "poll": f"{_LRM}ENCUESTA:\n{{question}}\n"
        f"{_LRM}OPCIÓN: {{one}} ({_LRM}3 votos)\n{_LRM}OPCIÓN: {{two}} ({_LRM}1 voto)",
        "location": f"{_LRM}Ubicación: {{link}}",
        "photo": f"{_LRM}imagen omitida",
        "voice": f"{_LRM}audio omitido",
        "pdf": f"{_LRM}documento omitido",
        "vcard": f"{_LRM}Tarjeta de contacto omitida",
        "sticker": f"{_LRM}sticker omitido",
    },
}
"""What each app writes in place of, or behind, what somebody sent."""


@dataclass(slots=True)
class Phone:
    """A custodian's phone: its app, its time zone, and how its address book names people."""

    custodian: str
    owner: Person
    owner_name: str
    style: str
    zone: ZoneInfo
    _names: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def shown(self, person: Person) -> tuple[str, str, str]:
        """How exports show a person: as written, the sensitive literal in it, and its category."""
        if person is self.owner:
            return self.owner_name, self.owner_name, "NAME"
        found = self._names.get(person.person_id)
        if found is None:
            found = self._names[person.person_id] = self._look_up(person)
        return found

    def _look_up(self, person: Person) -> tuple[str, str, str]:
        digest = hashlib.sha256(f"{self.custodian}:{person.person_id}".encode()).digest()
        pick = digest[0] % 6
        nickname = person.aliases[-1] if person.aliases else person.given
        if person.role in ("third_party", "source") and pick < 3:
            pick = 5
        if pick < 2:
            return person.full_name, person.full_name, "NAME"
        if pick == 2:
            return f"{person.surname} Turno B", f"{person.surname} Turno B", "NAME"
        if pick == 3 and self.style == IPHONE:
            return f"~\u202f{nickname}", nickname, "NAME"
        if pick == 5 and person.phones[0].startswith("+1"):
            digits = person.phones[0]
            spelled = f"+1 ({digits[2:5]}) {digits[5:8]}-{digits[8:]}"
            return (f"\u202a{spelled}\u202c" if self.style == IPHONE else spelled), spelled, "PHONE"
        return nickname, nickname, "NAME"


class Export:
    """One export file while it is written. `put` moves it, and its media, into the captures."""

    def __init__(self, *, captures: Uploads, scratch: Path, phone: Phone, title: str) -> None:
        self.captures = captures
        self.phone = phone
        self.title = title
        self.folder = f"whatsapp/{phone.custodian}"
        android = phone.style == ANDROID
        self.key = (
            f"{self.folder}/WhatsApp Chat with {title}.txt"
            if android
            else f"{self.folder}/Chat de WhatsApp con {title}.zip"
        )
        self.member = "" if android else "_chat.txt"
        self.words = PHRASES[phone.style]
        self._path = scratch / f"{phone.custodian}.txt"
        self._out: BinaryIO = self._path.open("wb", buffering=1 << 18)
        self._line = 1
        self._media: list[tuple[str, bytes]] = []
        self._numbers = 0
        self._minute = (-1, "")

    def entry(self, ts: int, person: Person | None, body: str, *, marked: bool = False) -> dict[str, Any]:
        """Write one entry; without a person it is the app's own notice. Returns where it is."""
        head = self._head(ts)
        if person is not None:
            head += f"{self.phone.shown(person)[0]}: "
        elif self.phone.style == IPHONE:
            head += f"{self.title}: {_LRM}"
        if self.phone.style == IPHONE and (marked or person is None):
            head = _LRM + head
        self._out.write(f"{head}{body}\n".encode())
        place = {"object": self.key, "member": self.member, "line": self._line}
        self._line += 1 + body.count("\n")
        return place

    def attach(self, ts: int, kind: str, name: str, data: bytes) -> str:
        """Keep a medium with the export; returns the words that name it."""
        self._numbers += 1
        moment = dt.datetime.fromtimestamp(ts // SECOND, self.phone.zone)
        if self.phone.style == ANDROID:
            prefix = {"photo": "IMG", "voice": "AUD"}.get(kind, "")
            ending = name.rpartition(".")[2]
            shown = f"{prefix}-{moment:%Y%m%d}-WA{self._numbers:04d}.{ending}" if prefix else name
            self.captures.put(f"{self.folder}/{shown}", data)
            return f"{shown} (file attached)"
        place = _PLACE_OF[kind]
        ending = name.rpartition(".")[2]
        tail = f"{place}-{moment:%Y-%m-%d-%H-%M-%S}.{ending}" if place else name
        shown = f"{self._numbers:08d}-{tail}"
        self._media.append((shown, data))
        return f"{_LRM}<adjunto: {shown}>"

    def put(self) -> None:
        """Finish the export."""
        self._out.close()
        if self.phone.style == ANDROID:
            self.captures.put(self.key, self._path)
            self._path.unlink()
            return
        archive = self._path.with_suffix(".zip")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            with self._path.open("rb") as text, out.open(_entry(self.member), "w") as inside:
                shutil.copyfileobj(text, inside, 1 << 20)
            for name, data in self._media:
                out.writestr(_entry(name), data)
        self.captures.put(self.key, archive)
        self._path.unlink()
        archive.unlink()

    def _head(self, ts: int) -> str:
        minute, second = divmod(ts // SECOND, 60)
        if self._minute[0] != minute:
            at = dt.datetime.fromtimestamp(minute * 60, self.phone.zone)
            if self.phone.style == ANDROID:
                half = "AM" if at.hour < 12 else "PM"
                head = f"{at.month}/{at.day}/{at:%y}, {at.hour % 12 or 12}:{at:%M}\u202f{half} - "
            else:
                head = f"[{at.day}/{at.month}/{at:%y}, {at.hour}:{at:%M}:"
            self._minute = (minute, head)
        return self._minute[1] if self.phone.style == ANDROID else f"{self._minute[1]}{second:02d}] "


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH_ZIP)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
