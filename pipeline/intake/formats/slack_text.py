"""Slack's markup as the plain text that a person read: mentions by name, links with their address, entities decoded.

Asterisks, underlines and `:emoji:` names stay as they were typed. Text that is only in the blocks of a message, or
in the attachments that an app gave it, is put into lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

_CONTROL: Final = re.compile(r"<([^<>\n]++)>")
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[\w.+-]+@")
_BROADCASTS: Final = frozenset(("here", "channel", "everyone", "group"))
_SAME_AS_ADDRESS: Final = ("", "mailto:", "tel:", "http://", "https://")
_MOST_NESTED: Final = 40


class Names(Protocol):
    """Who and what the ids in a text are."""

    def user(self, user_id: str) -> str:
        """The shown name of a user; empty when it is unknown."""

    def channel(self, channel_id: str) -> str:
        """The name of a channel; empty when it is unknown."""


def plain_text(text: str, names: Names) -> str:
    """A text field of a message without its markup."""
    if "<" not in text:
        return _decoded(text)
    parts: list[str] = []
    start = 0
    for found in _CONTROL.finditer(text):
        parts += (_decoded(text[start : found.start()]), _control(found[1], names))
        start = found.end()
    parts.append(_decoded(text[start:]))
    return "".join(parts)


def _decoded(text: str) -> str:
    if "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _control(inside: str, names: Names) -> str:
    target, _, label = inside.partition("|")
    label = _decoded(label)
    if target.startswith("@"):
        return "@" + (names.user(target[1:]) or label.removeprefix("@") or target[1:])
    if target.startswith("#"):
        return "#" + (label.removeprefix("#") or names.channel(target[1:]) or target[1:])
    if target.startswith("!"):
        return _special(target[1:], label)
    if not _ADDRESS.match(target):
        return _decoded(f"<{inside}>")  # what the sender typed, left as it is by a tool that does not escape
    return link_text(_decoded(target), label)


def _special(command: str, label: str) -> str:
    name = command.partition("^")[0]
    if name in _BROADCASTS:
        return "@" + name
    if name == "subteam":
        return "@" + (label.removeprefix("@") or command.rpartition("^")[2])
    return label or command


def link_text(address: str, label: str) -> str:
    """A link as it is shown: its address follows where it says more than the label."""
    if not label:
        return address.removeprefix("mailto:").removeprefix("tel:")
    bare = label.removesuffix("/")
    if any(address.removesuffix("/") == scheme + bare for scheme in _SAME_AS_ADDRESS):
        return label
    return f"{label} <{address}>"


def block_text(blocks: object, names: Names) -> str:
    """The words of a message's blocks, a line for each block."""
    return _lines(_block(block, names, 0) for block in blocks) if isinstance(blocks, list) else ""


def only_repeats(blocks: object) -> bool:
    """Whether the blocks are those that the editor writes, which say the same as the text."""
    return not isinstance(blocks, list) or all(
        isinstance(block, dict) and block.get("type") == "rich_text" for block in blocks
    )


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _items(holder: Mapping[str, Any], name: str = "elements") -> list[dict[str, Any]]:
    value = holder.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object_text(value: object, names: Names) -> str:
    """A text object: `plain_text` as it is, `mrkdwn` without its markup."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    text = _text(value.get("text"))
    return plain_text(text, names) if value.get("type") == "mrkdwn" else text


def _block(block: object, names: Names, depth: int) -> str:
    if not isinstance(block, dict) or depth > _MOST_NESTED:
        return ""
    shape = _BLOCKS.get(_text(block.get("type")), _any_block)
    return shape(block, names, depth)


def _rich(block: dict[str, Any], names: Names, depth: int) -> str:
    return _lines(_block(item, names, depth + 1) for item in _items(block))


def _section(block: dict[str, Any], names: Names, _depth: int) -> str:
    return "".join(_inline(item, names) for item in _items(block)).strip("\n")


def _listed(block: dict[str, Any], names: Names, depth: int) -> str:
    indent = block.get("indent")
    margin = "  " * (indent if isinstance(indent, int) and 0 < indent < 9 else 0)
    ordered = block.get("style") == "ordered"
    return _lines(
        f"{margin}{f'{number}.' if ordered else '-'} {_block(item, names, depth + 1)}"
        for number, item in enumerate(_items(block), 1)
    )


def _quote(block: dict[str, Any], names: Names, depth: int) -> str:
    return "\n".join("> " + line for line in _section(block, names, depth).split("\n"))


def _titled(block: dict[str, Any], names: Names, _depth: int) -> str:
    """A block with text objects: section, header, image, context, input, video, markdown, alert."""
    said = [_object_text(block.get(name), names) for name in _TEXT_MEMBERS]
    said += [_object_text(item, names) for item in _items(block, "fields")]
    said += [_object_text(item, names) or _text(item.get("alt_text")) for item in _items(block)]
    accessory = block.get("accessory")
    if isinstance(accessory, dict):
        said.append(_object_text(accessory.get("text"), names) or _text(accessory.get("alt_text")))
    return _lines(dict.fromkeys(said))


def _any_block(block: dict[str, Any], names: Names, depth: int) -> str:
    """A block of a type that is not known: its text objects, and those of what it holds."""
    own = _titled(block, names, depth)
    return own or _lines(_block(item, names, depth + 1) for item in _items(block))


def _table(block: dict[str, Any], names: Names, depth: int) -> str:
    rows = block.get("rows")
    return _lines(
        "\t".join(_block(cell, names, depth + 1) or _object_text(cell, names) for cell in row)
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, list)
    )


def _actions(block: dict[str, Any], names: Names, _depth: int) -> str:
    buttons = (_object_text(item.get("text"), names) for item in _items(block))
    return " ".join(f"[{button}]" for button in buttons if button)


_TEXT_MEMBERS: Final = ("title", "text", "label", "hint", "alt_text", "description", "author_name")
_BLOCKS: Final[Mapping[str, Callable[[dict[str, Any], Names, int], str]]] = {
    "rich_text": _rich,
    "rich_text_section": _section,
    "rich_text_preformatted": _section,
    "rich_text_quote": _quote,
    "rich_text_list": _listed,
    "actions": _actions,
    "table": _table,
    "divider": lambda _block, _names, _depth: "",
}


def _inline(item: dict[str, Any], names: Names) -> str:
    shape = _INLINE.get(_text(item.get("type")))
    return shape(item, names) if shape else _text(item.get("text"))


def _date(item: dict[str, Any], _names: Names) -> str:
    return _text(item.get("fallback")) or str(item.get("timestamp", ""))


_INLINE: Final[Mapping[str, Callable[[dict[str, Any], Names], str]]] = {
    "link": lambda item, _names: link_text(_text(item.get("url")), _text(item.get("text"))),
    "user": lambda item, names: _control("@" + _text(item.get("user_id")), names),
    "channel": lambda item, names: _control("#" + _text(item.get("channel_id")), names),
    "usergroup": lambda item, _names: "@" + _text(item.get("usergroup_id")),
    "broadcast": lambda item, _names: "@" + _text(item.get("range")),
    "emoji": lambda item, _names: f":{_text(item.get('name'))}:",
    "color": lambda item, _names: _text(item.get("value")),
    "date": _date,
}


def attachment_text(attachment: Mapping[str, Any], names: Names) -> str:
    """The words of an attachment that an app gave a message."""
    title = _said(attachment, "title", names)
    if title and (address := _text(attachment.get("title_link"))):
        title = link_text(address, title)
    said = [_said(attachment, "pretext", names), _said(attachment, "author_name", names), title]
    said.append(_said(attachment, "text", names))
    said += _fields(attachment, names)
    said += [block_text(attachment.get("blocks"), names), _said(attachment, "footer", names)]
    return _lines(said) or _said(attachment, "fallback", names)


def _fields(attachment: Mapping[str, Any], names: Names) -> Iterator[str]:
    for field in _items(attachment, "fields"):
        title, value = _said(field, "title", names), _said(field, "value", names)
        yield f"{title}: {value}" if title and value else title or value


def _said(holder: Mapping[str, Any], name: str, names: Names) -> str:
    return plain_text(_text(holder.get(name)), names)
