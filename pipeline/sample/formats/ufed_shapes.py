"""The XML of a Cellebrite report: models with fields, chats with their messages, and the list of files."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import quoteattr

from pipeline.sample.formats.telling import Work, local
from pipeline.sample.people import Person
from pipeline.sample.timeline import AGENCY_ZONE, SECOND
from pipeline.sample.week import Chat, Said

PLATFORMS = {"group": ("Viber", "viber"), "dm": ("Facebook Messenger", "facebook-messenger")}
"""By kind of chat: the app as the report names it, and its short name."""
_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<project id="{id}" name="{name}" reportVersion="5.2.0.0" licenseID="0" containsGarbage="False"\
 extractionType="FileSystem" xmlns="http://pa.cellebrite.com/report/2.0">
<sourceExtractions><extractionInfo id="0" name="Logical" isCustom="False" type="Logical" deviceName="Example"\
 fullName="Example" index="0" IsPartialData="False" /></sourceExtractions>
<caseInformation><field name="Case number" fieldType="CaseNumber">26-BIS-000044</field></caseInformation>
<metadata section="Additional Fields"><item name="DeviceInfoTimeZone"><![CDATA[(UTC-05:00) New_York]]></item></metadata>
<taggedFiles>
"""
_BETWEEN = '</taggedFiles>\n<decodedData>\n<modelType type="Chat">\n'
_FOOT = "</modelType>\n</decodedData>\n</project>\n"
_FOLDERS = {"jpg": "Image", "png": "Image", "pdf": "Document", "vcf": "Text", "wav": "Audio"}
_MIMES = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf", "vcf": "text/vcard", "wav": "audio/wav"}


def user_id(person: Person) -> str:
    """A person as the apps know them."""
    return person.phones[0]


def member_of(said: Said) -> str:
    """Where the zip has a message's file."""
    assert said.file is not None
    ending = said.file.name.rpartition(".")[2]
    return f"files/{_FOLDERS[ending]}/{said.chat.number}_{said.number:04d}_{said.file.name}"


class Report:
    """One extraction's report."""

    def __init__(self, work: Work, name: str) -> None:
        self.work, self.name = work, name
        self.models = 0

    def document(self, talks: Sequence[tuple[Chat, Sequence[Said]]]) -> bytes:
        """`report.xml`: each chat with its messages."""
        order = [one for _, said in talks for one in said]
        head = _HEAD.format(id=self._id("project"), name=self.name)
        files = "".join(self._tagged(one) for one in order if one.file is not None and not one.file.absent)
        chats = "".join(self._chat(chat, said) for chat, said in talks)
        return f"{head}{files}{_BETWEEN}{chats}{_FOOT}".encode()

    def _tagged(self, said: Said) -> str:
        assert said.file is not None
        path = f"/data/media/{said.file.name}"
        inside = member_of(said).replace("/", "\\")
        digest = hashlib.sha256(said.file.data).hexdigest().upper()
        return (
            f'<file fs="userdata" fsid="1" path={quoteattr(path)} size="{len(said.file.data)}"'
            f' id="{self._file_id(said)}" extractionId="0" deleted="Intact" embedded="false" isrelated="False">\n'
            f'<accessInfo><timestamp name="CreationTime" format="TimeStampKnown">{_stamp(said.ts)}</timestamp>'
            f'</accessInfo>\n<metadata section="File"><item name="Local Path"><![CDATA[{inside}]]></item>'
            f'<item name="SHA256"><![CDATA[{digest}]]></item></metadata>\n</file>\n'
        )

    def _chat(self, chat: Chat, said: Sequence[Said]) -> str:
        people = "".join(self._party(person, chat) for person in chat.members)
        messages = "".join(self._message(one) for one in said)
        return self._model(
            "Chat",
            _field("Source", PLATFORMS[chat.kind][0])
            + _field("Id", f"{chat.kind}-{uuid.uuid5(uuid.NAMESPACE_URL, chat.name).hex}")
            + (_field("Name", chat.title) if chat.title else '<field name="Name" type="String"><empty /></field>\n')
            + _field("Account", user_id(chat.owner))
            + _time("StartTime", said[0].ts)
            + _time("LastActivity", said[-1].ts)
            + f'<multiModelField name="Participants" type="Party">\n{people}</multiModelField>\n'
            + '<multiModelField name="Photos" type="ContactPhoto" />\n'
            + f'<multiModelField name="Messages" type="InstantMessage">\n{messages}</multiModelField>\n'
            + '<multiModelField name="ActivityLog" type="ChatActivity" />\n',
        )

    def _party(self, person: Person, chat: Chat) -> str:
        owner = "True" if person is chat.owner else "False"
        return self._model(
            "Party",
            _field("Identifier", user_id(person))
            + _field("Name", person.full_name)
            + _value("IsPhoneOwner", "Boolean", owner),
        )

    def _message(self, said: Said) -> str:
        chat = said.chat
        others = "".join(self._party(person, chat) for person in chat.members if person is not said.sender)
        body = _field("Body", said.text) if said.text else '<field name="Body" type="String"><empty /></field>\n'
        status = "Sent" if said.sender is chat.owner else "Read"
        parts = [
            _field("Source", PLATFORMS[chat.kind][0]),
            f'<modelField name="From" type="Party">\n{self._party(said.sender, chat)}</modelField>\n',
            f'<multiModelField name="To" type="Party">\n{others}</multiModelField>\n',
            body,
            _field("Identifier", str(uuid.uuid5(uuid.NAMESPACE_URL, f"{chat.name}:{said.number}"))),
            _time("TimeStamp", said.ts),
            _value("Status", "MessageStatus", status),
            _value("Type", "InstantMessageType", "AppMessage"),
            *self._attached(said),
            *self._extra(said),
        ]
        return self._model("InstantMessage", "".join(parts), "Deleted" if said.deleted else "Intact")

    def _attached(self, said: Said) -> Iterator[str]:
        if said.kind == "location":
            names = zip(("Latitude", "Longitude"), said.place, strict=True)
            position = self._model("Coordinate", "".join(_value(n, "Double", f"{degrees:.6f}") for n, degrees in names))
            yield f'<modelField name="Position" type="Coordinate">\n{position}</modelField>\n'
        if said.file is None:
            return
        name = member_of(said).rpartition("/")[2]
        mime = _MIMES[name.rpartition(".")[2]]
        fields = _field("Filename", name) + _field("ContentType", mime)
        if not said.file.absent:
            path = member_of(said).replace("/", "\\")
            fields += _field("attachment_extracted_path", path)
            fields += _field("URL", f"https://cdn.viber.example.com/{name}?sig={secret_of(said)}")
        model = self._model("Attachment", fields, file_id="" if said.file.absent else self._file_id(said))
        yield f'<multiModelField name="Attachments" type="Attachment">\n{model}</multiModelField>\n'

    def _extra(self, said: Said) -> Iterator[str]:
        """What is answered or passed on: a second copy of its words."""
        if said.reply_to is not None:
            quoted = said.reply_to
            number = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{quoted.chat.name}:{quoted.number}"))
            inner = self._model("ReplyMessageData", _field("OriginalMessageID", number) + _field("Label", "Reply"))
            embedded = self._model("InstantMessage", _field("Body", quoted.text) + _field("Identifier", number))
            yield f'<modelField name="EmbeddedMessage" type="InstantMessage">\n{embedded}</modelField>\n'
            yield f'<multiModelField name="MessageExtraData" type="ReplyMessageData">\n{inner}</multiModelField>\n'
        if said.forwarded_from is not None:
            inner = self._model("ForwardedMessageData", _field("OriginalSender", said.forwarded_from.full_name))
            yield f'<multiModelField name="MessageExtraData" type="ForwardedMessageData">\n{inner}</multiModelField>\n'

    def _model(self, kind: str, fields: str, state: str = "Intact", file_id: str = "") -> str:
        self.models += 1
        ref = f' file_id="{file_id}"' if file_id else ""
        return (
            f'<model type="{kind}" id="{self._id(str(self.models))}" deleted_state="{state}"{ref}'
            f' decoding_confidence="High" isrelated="False" source_index="{self.models}" extractionId="0">\n{fields}'
            "</model>\n"
        )

    def _file_id(self, said: Said) -> str:
        return self._id(f"file:{said.chat.name}:{said.number}")

    def _id(self, what: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}:{what}"))


def secret_of(said: Said) -> str:
    """The signature by which the app's server gives the file away."""
    return "sig" + hashlib.sha256(f"ufed:{said.chat.name}".encode()).hexdigest()[:24]


def _field(name: str, value: str) -> str:
    text = value.replace("]]>", "]]]]><![CDATA[>")
    return f'<field name="{name}" type="String"><value type="String"><![CDATA[{text}]]></value></field>\n'


def _value(name: str, kind: str, value: str) -> str:
    return f'<field name="{name}" type="{kind}"><value type="{kind}">{value}</value></field>\n'


def _time(name: str, ts: int) -> str:
    shown = local(ts // SECOND * SECOND, AGENCY_ZONE).isoformat()
    return (
        f'<field name="{name}" type="TimeStamp"><value type="TimeStamp" format="TimeStampKnown"'
        f' formattedTimestamp="{shown}">{_stamp(ts)}</value></field>\n'
    )


def _stamp(ts: int) -> str:
    return local(ts, AGENCY_ZONE).isoformat(timespec="milliseconds")
