"""The files of a report: which file an attachment names, and where the archive has its bytes."""

from __future__ import annotations

import re
from typing import Final

from pipeline.intake.formats.ufed_model import Model
from pipeline.intake.xml_nodes import BadXml, Node, parse_element
from pipeline.model import Attachment

FILE_ID: Final = re.compile(rb"\bfile_id\s*=\s*[\"']([^\"'<&]{1,200})[\"']")
_ID: Final = re.compile(rb"<file\s[^<>]*?\bid\s*=\s*[\"']([^\"'<&]{1,200})[\"']")
_MOST: Final = 400_000


class TaggedFiles:
    """What the report lists of the files that its messages name; the others are passed over."""

    def __init__(self, wanted: set[bytes]) -> None:
        self.wanted = wanted
        self.paths: dict[str, tuple[str, str]] = {}

    def add(self, raw: bytes, codec: str, depth: int) -> None:
        """Remember a file if some message names it. One that is not well-formed is not remembered."""
        found = _ID.match(raw)
        if not found or found[1] not in self.wanted or len(self.paths) >= _MOST:
            return
        try:
            node, _ = parse_element(raw, codec, depth)
        except BadXml:
            return
        local = next((item.text.strip() for item in _items(node) if item.attributes.get("name") == "Local Path"), "")
        self.paths[found[1].decode("utf-8", "replace")] = (local, node.attributes.get("path", ""))

    def attachment(self, model: Model) -> Attachment:
        """The attachment that a model describes. The model keeps everything but the name's place."""
        local, original = self.paths.get(model.attributes.get("file_id", ""), ("", ""))
        path = (local or model.get("attachment_extracted_path")).replace("\\", "/")
        named = model.get("Filename") or model.get("Title") or original or path
        name = named.replace("\\", "/").rstrip("/").rpartition("/")[2]
        link = bool(model.get("URL")) and not path
        note = "" if path else "link-only" if link else "omitted"
        return Attachment(name=name, path=path, mime=model.get("ContentType"), note=note)


def _items(node: Node) -> list[Node]:
    return [item for metadata in node.named("metadata") for item in metadata.named("item")]
