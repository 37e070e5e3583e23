"""One entry of an iMessage text taken apart: what was said, and what the exporter wrote around and below it."""

from __future__ import annotations

import hashlib
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Final

from pipeline.intake.formats.imessage_entries import RawEntry
from pipeline.intake.formats.imessage_marks import (
    ANSWERED,
    INDENT,
    MISSING,
    RECOVERED,
    TAPBACKS,
    Head,
    edit_of,
    effect_of,
    file_of,
    head_of,
    sticker_of,
    tapback_of,
    unsent_by,
)

_TRANSCRIPT: Final = "Transcription: "


@dataclass(slots=True)
class Wordings:
    """A part of a text that was edited: each wording, and how long after the one before it came."""

    texts: list[str]
    after: list[int | None]


@dataclass(slots=True)
class Named:
    """A file that a line names."""

    name: str
    path: str
    note: str = ""
    sticker: str = ""


@dataclass(slots=True)
class Parts:
    """What one message consists of."""

    sender: str = ""
    said: list[str | Wordings] = field(default_factory=list)
    """Lines, and edited parts among them."""
    files: list[Named] = field(default_factory=list)
    transcripts: list[str] = field(default_factory=list)
    tapbacks: list[tuple[str, str, str]] = field(default_factory=list)
    """What, by whom, and the path of a picture."""
    unsent: list[str] = field(default_factory=list)
    """The sentences in place of parts that were taken back."""
    effect: str = ""
    recovered: bool = False
    answers: bool = False
    """It answers an earlier message."""
    nested: list[RawEntry] = field(default_factory=list)
    """Answers repeated below it which stand nowhere else."""
    repeated: list[bytes] = field(default_factory=list)
    """Digests of answers repeated below it that stand in their own place too."""


def parts_of(raw: RawEntry, head: Head, answers: Set[bytes]) -> Parts:
    """Take an entry apart.

    Args:
        raw: The entry.
        head: Its head.
        answers: Digests of all entries of the file that are answers in their own place, as `digest_of` makes them.
    """
    parts = Parts(sender=raw.lines[0] if raw.lines else "")
    own = _without_nested(raw, parts, answers)
    at = 0
    while at < len(own):
        at = _part(own, at, head, parts)
    while parts.said and parts.said[-1] == "":
        parts.said.pop()
    return parts


def answer_digest(raw: RawEntry) -> bytes | None:
    """The digest of an entry that is an answer in its own place; None for any other."""
    if raw.head is None or not raw.lines or raw.lines[-1] != ANSWERED:
        return None
    own = raw.lines[:-1]
    first_nested = next((at for at, line in enumerate(own) if _nested_head(line)), len(own))
    digest = hashlib.blake2b(_flat(_said_on(raw.head)), digest_size=16)
    for line in own[:first_nested]:
        if line.strip():
            digest.update(_flat(line))
    return digest.digest()


def _without_nested(raw: RawEntry, parts: Parts, answers: Set[bytes]) -> list[str]:
    """The entry's own lines behind the sender; what is repeated below it goes to `nested` or `repeated`."""
    own: list[str] = []
    at, lines = 1, raw.lines
    while at < len(lines):
        head = _nested_head(lines[at])
        if head is None:
            own.append(lines[at])
            at += 1
            continue
        end, digest = _end_of_known(lines, at, head, answers)
        if digest is None:
            end = _end_of_indented(lines, at)
            inner = [line.removeprefix(INDENT) for line in lines[at + 1 : end]]
            while inner and not inner[-1]:
                inner.pop()
            parts.nested.append(_nested_entry(raw, at, head, lines[at:end], inner))
        else:
            parts.repeated.append(digest)
            while end < len(lines) and not lines[end].strip():
                end += 1
        at = end
    return own


def _nested_entry(raw: RawEntry, at: int, head: Head, lines: list[str], inner: list[str]) -> RawEntry:
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    return RawEntry(
        line=raw.line + 1 + at, head=head, lines=inner, size=len(data), sha256=hashlib.sha256(data).hexdigest()
    )


def _end_of_known(lines: list[str], at: int, head: Head, answers: Set[bytes]) -> tuple[int, bytes | None]:
    """Where a repeated answer ends: as far as it equals one that stands in its own place.

    Older versions indent only the first line of a text, so that its indentation alone does not tell.
    """
    if not answers:
        return at, None
    digest = hashlib.blake2b(_flat(_said_on(head)), digest_size=16)
    end, found = at, None
    for number in range(at + 1, len(lines)):
        if _nested_head(lines[number]):
            break
        if not lines[number].strip():
            continue
        digest.update(_flat(lines[number]))
        if (made := digest.copy().digest()) in answers:
            end, found = number + 1, made
    return end, found


def _end_of_indented(lines: list[str], at: int) -> int:
    end = at + 1
    while end < len(lines) and (not lines[end] or lines[end].startswith(INDENT)) and not _nested_head(lines[end]):
        end += 1
    return end


def _nested_head(line: str) -> Head | None:
    if not line.startswith(INDENT) or len(line) > 400:
        return None
    head = head_of(line[len(INDENT) :])
    return head if head and not head.rest else None


def _said_on(head: Head) -> str:
    return f"{head.moment}|{head.reader}|{head.after}"


def _flat(line: str) -> bytes:
    return line.strip().encode("utf-8", "surrogatepass") + b"\n"


def _part(own: list[str], at: int, head: Head, parts: Parts) -> int:
    """Take in the line at a place, with those that belong to it; returns the place behind them."""
    line = own[at]
    if line == RECOVERED and at == 0:
        parts.recovered = True
    elif line in TAPBACKS and (end := _tapbacks(own, at + 1, parts)):
        return end
    elif line == ANSWERED and at == len(own) - 1:
        parts.answers = True
    elif unsent_by(line):
        parts.unsent.append(line)
    elif (wording := head_of(line)) and wording.rest and _was_edited(own, at, head, wording):
        return _wordings(own, at, wording.rest, parts)
    elif effect_of(line) and (parts.said or parts.files):
        parts.effect = line
    elif not _file(line, parts):
        _line(line, parts)
    return at + 1


def _line(line: str, parts: Parts) -> None:
    if parts.files and line.startswith(_TRANSCRIPT) and not parts.said:
        parts.transcripts.append(line.removeprefix(_TRANSCRIPT))
    elif line or parts.said:
        parts.said.append(line)


def _file(line: str, parts: Parts) -> bool:
    """Whether a line names a file, which is then taken in."""
    if line in MISSING:
        parts.files.append(Named("", "", note="missing"))
    elif sticker := sticker_of(line):
        path, detail = sticker
        parts.files.append(Named(path.rpartition("/")[2], path, sticker=detail))
    elif file := file_of(line):
        name, path = file
        parts.files.append(Named(name, path, note="" if path else "missing"))
    else:
        return False
    return True


def _tapbacks(own: list[str], at: int, parts: Parts) -> int:
    """The end of a list of tapbacks, which are taken in; 0 when it is none."""
    end = at
    while end < len(own) and own[end] and tapback_of(own[end]) and own[end] != ANSWERED:
        end += 1
    if end == at or (end < len(own) and own[end] and own[end] != ANSWERED):
        return 0
    parts.tapbacks += [found for line in own[at:end] if (found := tapback_of(line))]
    return end + 1 if end < len(own) and not own[end] else end


def _was_edited(own: list[str], at: int, head: Head, wording: Head) -> bool:
    return wording.moment == head.moment or any(edit_of(line) for line in own[at + 1 :])


def _wordings(own: list[str], at: int, first: str, parts: Parts) -> int:
    texts: list[list[str]] = [[first]]
    after: list[int | None] = [None]
    end = at + 1
    while end < len(own) and not _ends_wordings(own, end):
        if edit := edit_of(own[end]):
            after.append(edit[0])
            texts.append([edit[1]])
        else:
            texts[-1].append(own[end])
        end += 1
    parts.said.append(Wordings(["\n".join(lines).rstrip("\n") for lines in texts], after))
    return end


def _ends_wordings(own: list[str], at: int) -> bool:
    line = own[at]
    return (
        unsent_by(line) is not None
        or line in TAPBACKS
        or line in MISSING
        or line == ANSWERED
        or effect_of(line)
        or file_of(line) is not None
    )
