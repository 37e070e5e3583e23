"""The attachments of a mail: every part that is not its text, hashed and measured, held only while it is small."""

from __future__ import annotations

from typing import Any, Final

from pipeline.intake.magic import OCTETS, mime_of, text_mime_of
from pipeline.intake.mime.decode import Measured, measure
from pipeline.intake.mime.headers import Headers, read_headers
from pipeline.intake.mime.parts import Part, Tree
from pipeline.intake.mime.raw import HeldRaw
from pipeline.intake.place import Inner, Place
from pipeline.model import Attachment

_HEAD: Final = 4096
_NOT_SAID: Final = frozenset(("", OCTETS, "application/binary", "text/plain", "application/x-unknown"))
_SEALED: Final = frozenset(
    (
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "application/ms-tnef",
        "application/vnd.ms-tnef",
        "application/pgp-encrypted",
    )
)
"""Parts whose words nobody can read without a key or a program of their own."""


def attach(tree: Tree, part: Part, place: Place, path: str) -> tuple[Attachment, bool]:
    """One part as an attachment, and whether its encoding had faults."""
    if part.end - part.start > place.limits.document_bytes:
        return _measured(tree, part, place, path), False
    data, faulty = tree.content(part, place.limits.document_bytes)
    name = part.name or _name(part, data)
    return place.attach(path, data, name=name, mime=_mime(part, data[:_HEAD])), faulty


def _measured(tree: Tree, part: Part, place: Place, path: str) -> Attachment:
    found = measure(tree.pieces(part))
    name = part.name or _name(part, found.head)
    return attach_measured(place, path, found, name=name, mime=_mime(part, found.head))


def attach_measured(place: Place, path: str, found: Measured, *, name: str, mime: str) -> Attachment:
    """As `place.attach`, for bytes that were too many to be held."""
    member = f"{place.member}!/{path}" if place.member else path
    proved = mime_of(found.head) or mime
    place.inner.append(Inner(member=member, sha256=found.sha256, size=found.size, mime=proved))
    return Attachment(
        name=name,
        object_key=place.object_key,
        version_id=place.version_id,
        member=member,
        sha256=found.sha256,
        size=found.size,
        mime=proved,
    )


def _mime(part: Part, head: bytes) -> str:
    """What the part claims to be, unless it claims nothing."""
    return (text_mime_of(head) or part.type) if part.type in _NOT_SAID else part.type


def _name(part: Part, data: bytes) -> str:
    """A name for a part without one: the subject of a mail, else its number."""
    if part.type == "message/rfc822":
        raw = HeldRaw(data[: 1 << 16])
        if subject := read_headers(raw, 0, raw.size)[0].text("subject"):
            return f"{subject}.eml"
    return f"part-{part.number}" if part.number else "body"


def is_sealed(part: Part, attachment: Attachment) -> bool:
    """Whether nobody can read the part without a key or a program of its own; a mere signature is not meant."""
    claimed = attachment.mime if part.type in _NOT_SAID else part.type
    return claimed in _SEALED or attachment.name.lower() in ("winmail.dat", "smime.p7m")


def described(parts: list[Part]) -> list[dict[str, Any]]:
    """The header fields of parts, for the attributes."""
    return [{"headers": fields_of(part.headers), "number": part.number} for part in parts if part.headers.fields]


def fields_of(headers: Headers, without: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Header fields by name as written, values verbatim but unfolded."""
    found: dict[str, list[str]] = {}
    for name, value in headers.fields:
        if name.lower() not in without:
            found.setdefault(name, []).append(value)
    return found
