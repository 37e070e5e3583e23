"""What WhatsApp itself says in an export, in the languages of `whatsapp_phrases.yml`: stand-ins, markers, notices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from pipeline.intake.formats.whatsapp_header import OWN_MARKS, without_marks
from pipeline.intake.formats.whatsapp_tables import LETTERS, Phrase, fold, tables, tail_of, unquoted

LONGEST: Final = 1000
"""The app's own phrases are shorter than this."""
_TRAILING: Final = re.compile(rf"(?<![\s{OWN_MARKS}])[\s{OWN_MARKS}]++$")
_TAG: Final = re.compile(r"<(?P<word>[^<>:：\n]{1,40})[:：] ?(?P<name>[^<>/\\:*?\"|\n]{1,250})>")
_EDITED: Final = re.compile(rf"[{OWN_MARKS}]<[^<>:：\n]{{3,80}}>\s*$")
_TIMER: Final = re.compile(r"(?<!\d)(24|7|90)(?!\d)")
_SECONDS: Final[Mapping[str, int]] = {"24": 24 * 3600, "7": 7 * 86_400, "90": 90 * 86_400}
"""The timers that the app offers: 24 hours, 7 days, 90 days. The unit is in each language, the number is not."""


class Said(NamedTuple):
    """A notice, and what it names."""

    phrase: Phrase
    title: str
    timer: int | None
    """Seconds after which new messages disappear; 0 when the timer was turned off; None when it does not say."""


def body_phrase(first_line: str, body: str) -> Phrase | None:
    """What a body stands for when the app wrote it in place of what somebody sent."""
    if len(first_line) > LONGEST:
        return None
    known = tables()
    folded = fold(first_line)
    if phrase := known.exact.get(folded):
        return phrase if phrase.kind == "omitted" or first_line == body else None
    if folded[:2] not in known.openings:
        return None
    whole = first_line == body
    for letters in range(min(LETTERS, len(folded)), 1, -1):
        key = folded[:letters]
        for start, phrase in known.starts.get(key, ()):
            if folded.startswith(start):
                return phrase
        if whole:
            for pattern, phrase in known.open_bodies.get(key, ()):
                if pattern.fullmatch(folded):
                    return phrase
    return None


def named_file(line: str) -> tuple[Phrase, str, str] | None:
    """The file a line names, with what the line says besides (a caption); None when it names none."""
    if len(line) > LONGEST:
        return None
    plain = without_marks(line).strip()
    for pattern, phrase in tables().tails.get(tail_of(plain), ()):
        match = pattern.fullmatch(plain)
        if match and (phrase.kind == "attached" or "." in match["name"]):
            return phrase, match["name"].strip(), ""
    match = _TAG.search(plain) if "<" in plain else None
    if match is None:
        return None
    tag = tables().tags.get(fold(match["word"])) or _unknown_tag(line, match["name"])
    if tag is None:
        return None
    return tag, match["name"].strip(), (plain[: match.start()] + plain[match.end() :]).strip()


def _unknown_tag(line: str, name: str) -> Phrase | None:
    """A tag in a language that is in no table: the mark before it proves that the app wrote it."""
    at = line.find("<")
    return Phrase("attached") if at > 0 and line[at - 1] in OWN_MARKS and "." in name else None


def notice(text: str) -> Said | None:
    """The app's own notice, with the title or timer it names; None for anything else."""
    if len(text) > LONGEST:
        return None
    known = tables()
    folded = fold(text)
    candidates = [one for one in known.wordless if one.literal in folded]
    for word in set(folded.split()):
        candidates += known.by_word.get(word, ())
    for one in sorted(candidates):
        if one.literal in folded and (match := one.pattern.fullmatch(folded)):
            return Said(one.phrase, _title(match, text), _timer(match, one.phrase))
    return None


def _title(match: re.Match[str], text: str) -> str:
    if "title" not in match.re.groupindex:
        return ""
    plain = unquoted(text)
    start, end = match.span("title")
    return plain[start:end] if len(plain.casefold()) == len(plain) else ""


def _timer(match: re.Match[str], phrase: Phrase) -> int | None:
    if phrase.off:
        return 0
    found = _TIMER.search(match["rest"]) if "rest" in match.re.groupindex else None
    return _SECONDS[str(int(found[1]))] if found else None


def without_edit_marker(body: str) -> tuple[str, str]:
    """A body without the marker that it was edited, and that marker; the marker is empty when there is none.

    In a language that is in no table the mark before it tells: nothing else that the app marks stands at the end in
    angle brackets and names no file.
    """
    if ">" not in body or not body.rstrip().endswith(">"):
        return body, ""
    start = body.rfind("<")
    marker = body[start:]
    if start < 0 or (fold(marker) not in tables().edited and not (start > 1 and _EDITED.search(body, start - 1))):
        return body, ""
    return _TRAILING.sub("", body[:start]), without_marks(marker).strip()


def export_title(name: str) -> str:
    """The chat's title in the file name of an export, or an empty text."""
    base = name.rpartition("/")[2]
    stem = base.removesuffix(".txt").removesuffix(".zip")
    if stem == base or len(stem) > 300:
        return ""
    stem = without_marks(re.sub(r" ?\(\d+\)$", "", stem))
    for pattern in tables().exports:
        if match := pattern.fullmatch(stem):
            return match["title"].strip()
    return ""
