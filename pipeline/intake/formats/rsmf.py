"""Relativity Short Message Format (RSMF) 1.0 and 2.0: a mail around a zip, the zip alone, or its manifest alone.

Fields kept: every event of the manifest with its participant, conversation, time, text, importance and direction; the
first wording of an edited text and each edit as an event of its own, reactions for each participant, read receipts;
participants and conversations as directory entries; every file of the zip as an attachment. `custom` fields, and with
them the old texts that some tools keep there as `Edit1`, are in the attributes. The header of the mail (X-RSMF fields)
and the manifest's own fields are in the first entry, a directory entry `manifest`; the mail's text, which repeats the
events for searching, and further parts of the mail are attachments. Values of a wrong type are taken as they can be and
flagged `repaired`.
Implied losses: RSMF is made from other exports, mostly a day of a conversation at a time: what its maker left out is
not told. Times without a zone take the zone of the source or stay unknown. Reactions may be counted without names, and
carry no time. Another number of events than the header states is quarantined as `count-differs`.
Ids: an event's `id` inside its conversation and its collection (`eventcollectionid`, which the slices of one
conversation share), else inside this manifest by its digest; an event may have none. The platform is the one that the
conversation states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO, Final

from pipeline.intake.formats.eml import whole
from pipeline.intake.formats.mail_attachments import attach, fields_of
from pipeline.intake.formats.mail_events import MailEvents
from pipeline.intake.formats.rsmf_container import INNER, Container, open_container, unpacked
from pipeline.intake.formats.rsmf_manifest import Manifest
from pipeline.intake.lines import BOM
from pipeline.intake.magic import ZIP_STARTS
from pipeline.intake.mime.parts import Part, Tree, read_tree
from pipeline.intake.mime.raw import Raw
from pipeline.intake.mime.sniff import header_names, is_mail, start_of_mail
from pipeline.intake.place import Entry, Place

NAME = "rsmf"
TWO_PASSES = True
_LEAD: Final = 1 << 12
_ARRAYS: Final = re.compile(rb'"(participants|conversations|events|version|eventcollectionid)"\s*:\s*(?:\[|"[\d.]+")')
_ATTACHED: Final = re.compile(rb"(?i)name\s*=\s*\"?rsmf\.zip")


def sniff(head: bytes) -> bool:
    """A mail with X-RSMF fields or a part `rsmf.zip`, or an object with lists of participants and of events."""
    text = head[start_of_mail(head) :]
    if text.lstrip().startswith(b"{"):
        found = set(_ARRAYS.findall(head))
        return {b"participants", b"conversations"} <= found or (b"events" in found and len(found) > 1)
    names = header_names(text)
    if any(name.startswith(b"x-rsmf-") for name in names):
        return is_mail(names) or b"x-rsmf-version" in names
    return is_mail(names) and _ATTACHED.search(head) is not None


def read(stream: BinaryIO, place: Place) -> Iterator[Entry]:
    """The manifest's header, its participants and conversations, its events, and what could not be read."""
    lead = stream.read(_LEAD).removeprefix(BOM).lstrip()
    stream.seek(0)
    if lead.startswith(b"{") or not lead:
        yield from Manifest(place, NAME).entries(stream)
        return
    raw = whole(stream, place)
    start = start_of_mail(raw.slice(0, _LEAD))
    tree = read_tree(raw, start, raw.size)
    with ExitStack() as stack:
        zipped = next((part for part in tree.root.leaves() if _is_zip(tree, part)), None)
        container = open_container(unpacked(tree, zipped, place, stack), place, stack) if zipped else Container()
        if container.manifest is None:
            yield from _as_mail(raw, start, place, container)
        else:
            yield from _Mail(place, tree, zipped, container).entries()
    if tree.truncated and container.manifest is not None:
        yield place.quarantined("truncated-document", 1)


def _is_zip(tree: Tree, part: Part) -> bool:
    if part.name.casefold() == INNER:
        return True
    if part.disposition != "attachment" and part.name:
        return False
    return part.type in ("application/zip", "application/x-zip-compressed") or (
        part.type == "application/octet-stream" and tree.content(part, 64)[0].startswith(ZIP_STARTS)
    )


def _as_mail(raw: Raw, start: int, place: Place, container: Container) -> Iterator[Entry]:
    """Without a manifest there is still the mail, whose text repeats the events."""
    place.inner.clear()
    yield from MailEvents(place, NAME).entries(raw, 1, start=start)
    yield from container.refused or [place.quarantined("manifest-file-missing", 1)]


class _Mail:
    """An RSMF file: the mail and the zip in it."""

    def __init__(self, place: Place, tree: Tree, zipped: Part | None, container: Container) -> None:
        self.place = place
        self.tree = tree
        self.zipped = zipped
        self.container = container

    def entries(self) -> Iterator[Entry]:
        """All entries of the manifest, and where header and manifest differ."""
        headers = self.tree.root.headers
        manifest = Manifest(self.place, NAME)
        manifest.files, manifest.inside = self.container.files, True
        manifest.header = {"headers": fields_of(headers)}
        manifest.header_collection = headers.text("x-rsmf-eventcollectionid")
        leaves = [leaf for leaf in self.tree.root.leaves() if leaf is not self.zipped]
        manifest.parts = tuple(attach(self.tree, leaf, self.place, f"part/{leaf.number or 0}")[0] for leaf in leaves)
        assert self.container.manifest is not None
        yield from manifest.entries(self.container.manifest)
        stated = headers.text("x-rsmf-eventcount")
        if stated.isascii() and stated.isdecimal() and len(stated) < 19 and int(stated) != manifest.events:
            yield self.place.quarantined("count-differs", 1, detail=f"states {int(stated)}, holds {manifest.events}")
        yield from self.container.refused
