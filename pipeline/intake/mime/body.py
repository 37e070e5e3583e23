"""What a person read in a mail: the text parts in order, of alternatives the plain one, else HTML as text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from pipeline.intake.html_text import html_to_text
from pipeline.intake.mime.charsets import decoded, html_charset
from pipeline.intake.mime.parts import Part, Tree

_PLAIN: Final = frozenset(("text/plain", "text/enriched", "text/richtext"))
_HTML: Final = frozenset(("text/html", "application/xhtml+xml"))
_STUB: Final = 400
"""A plain alternative shorter than this may be no more than "your program cannot show HTML"."""
_QUOTES: Final = re.compile(r">*")


@dataclass(slots=True)
class Body:
    """The text of a mail, and which parts it was made of."""

    text: str = ""
    html: str = ""
    """All HTML that is not an attachment, as it was sent."""
    other: str = ""
    """A plain alternative that says much less than the HTML does, which was read instead."""
    used: set[int] = field(default_factory=set)
    """`id` of the parts that need not be attachments."""
    repaired: bool = False
    partly: bool = False


def read_body(tree: Tree, limit: int) -> Body:
    """Choose and decode the text.

    Args:
        tree: The mail.
        limit: Bytes of one part that are read; of a longer one the start is read, and it is an attachment too.
    """
    body = Body()
    shown = _shown(tree.root, tree.root)
    if not shown and (named := next((leaf for leaf in tree.root.leaves() if _may_be_text(leaf)), None)):
        shown = [(named, [])]
    texts: list[str] = []
    sources: list[str] = []
    for part, others in shown:
        text = _decoded(tree, part, limit, body)
        alternatives = [_decoded(tree, other, limit, body) for other in others]
        if part.type in _HTML:
            sources.append(text)
            texts.append(html_to_text(text))
        else:
            sources += alternatives
            texts.append(_fuller(text, alternatives, body))
    body.text = "\n".join(text for text in texts if text) if len(texts) > 1 else "".join(texts)
    body.html = "\n".join(sources)
    return body


def _may_be_text(leaf: Part) -> bool:
    return leaf.disposition != "attachment" and (leaf.type in _PLAIN or leaf.type in _HTML)


def _shown(part: Part, root: Part) -> list[tuple[Part, list[Part]]]:
    """The text parts that a mail program shows one below the other, each with the HTML that says the same."""
    if not part.children:
        return [(part, [])] if _may_be_text(part) and (part is root or not part.name) else []
    found = [_shown(child, root) for child in part.children]
    if part.type == "multipart/related":
        return next((texts for texts in found if texts), [])
    if part.type != "multipart/alternative":
        return [text for texts in found for text in texts]
    options = [texts for texts in found if texts]
    plain = [texts for texts in options if all(text.type in _PLAIN for text, _ in texts)]
    rich = [texts for texts in options if any(text.type in _HTML for text, _ in texts)]
    if not plain:
        return rich[-1] if rich else []
    chosen = plain[0]
    html = [text for texts in rich for text, _ in texts if text.type in _HTML]
    return [(chosen[0][0], [*chosen[0][1], *html]), *chosen[1:]]


def _decoded(tree: Tree, part: Part, limit: int, body: Body) -> str:
    data, faulty = tree.content(part, limit)
    charset = part.type_parameters.get("charset", "") or (html_charset(data) if part.type in _HTML else "")
    text, lied = decoded(data, charset)
    body.repaired = body.repaired or faulty or lied
    if part.end - part.start > limit:
        body.partly = True
    else:
        body.used.add(id(part))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if part.type == "text/plain" and part.type_parameters.get("format", "").lower() == "flowed":
        text = _unflowed(text, part.type_parameters.get("delsp", "").lower() == "yes")
    return text.rstrip() if part.type not in _HTML else text


def _fuller(text: str, alternatives: list[str], body: Body) -> str:
    """The plain text, unless it is blank or a stub beside HTML that says far more."""
    if len(text) > _STUB or not alternatives:
        return text
    rich = "\n".join(html_to_text(html) for html in alternatives)
    if len("".join(text.split())) * 4 >= len("".join(rich.split())):
        return text
    body.other = text
    return rich


def _unflowed(text: str, delete_space: bool) -> str:
    """Text of `format=flowed` (RFC 3676): a line that ends with a space goes on in the next one."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = _QUOTES.match(line).end()  # type: ignore[union-attr]
        words = line[depth:].removeprefix(" ")
        flows = words.endswith(" ") and words != "-- "
        if flows and delete_space:
            words = words[:-1]
        if open_depth == depth and words != "-- ":
            out.append(words)
        else:
            out.append(("\n" if out else "") + ("> " * depth if depth < 9 else line[:depth] + " ") + words)
        open_depth = depth if flows else -1
    return "".join(out)
