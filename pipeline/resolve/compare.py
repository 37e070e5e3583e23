"""Judge whether two entries of two captures can be one message: the rule that says so, and how strongly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pipeline.resolve.clock import MINUTE, SECOND
from pipeline.resolve.tokens import Entry, Reading, Shape

EXACT = "aligned-exact"
TOMBSTONE = "aligned-tombstone"
MEDIA = "aligned-media"
EDIT = "aligned-edit"
SYSTEM = "aligned-system"
OF_THE_PHONE = frozenset({"encryption-notice", "security-code-changed"})
"""System lines about one phone's own keys: two phones that show them were told two things."""
CROSSED = "aligned-crossed"

_STRONG = 1000
_FAIR = 600
_WEAK = 100
_SAME_MINUTE = 10
_SAME_MOMENT = 10
_SAME_SENDER = 5
_MOMENT = 2 * SECOND
_ALIKE = 0.3
_COMPARED = 160
"""Characters of a text that likeness looks at."""


@dataclass(frozen=True, slots=True)
class Face:
    """One entry made ready for comparing."""

    entry: Entry
    shape: Shape
    token: str
    coarse: str
    at: int
    """Microseconds on the chat's clock."""
    minute: int
    minutes: tuple[int, ...]
    """That minute; of a time in the hour that a clock shows twice, also the one an hour later."""
    precise: bool
    """The source tells seconds."""
    soft: bool
    """Its counterpart may bear another token."""


def face_of(entry: Entry, reading: Reading, at: int, *, precise: bool) -> Face:
    """An entry at a time of the chat's clock, ready for comparing."""
    soft = reading.shape is not Shape.TEXT or "edited" in entry.flags
    minute = at // MINUTE
    minutes = (minute, minute + 60) if "ambiguous-time" in entry.flags else (minute,)
    return Face(entry, reading.shape, reading.token, reading.coarse, at, minute, minutes, precise, soft)


def compare(one: Face, two: Face, same_sender: bool | None) -> tuple[int, str] | None:
    """Weight and rule of a match of two entries of different captures, or None.

    Nothing matches over more than a minute, and nothing but a system line against what the senders' mapping says.
    """
    apart = _apart(one, two)
    if apart > 1:
        return None
    found = _by_shape(one, two, same_sender)
    if found is None:
        return None
    weight = found[0] + _SAME_MINUTE * (apart == 0) + _SAME_SENDER * (same_sender is True)
    if one.precise and two.precise and abs(one.at - two.at) <= _MOMENT:
        weight += _SAME_MOMENT
    return weight, found[1]


def _apart(one: Face, two: Face) -> int:
    """Minutes between two entries; where a time has two readings, between the nearest."""
    if len(one.minutes) == len(two.minutes) == 1:
        return abs(one.minute - two.minute)
    return min(abs(minute - other) for minute in one.minutes for other in two.minutes)


def _by_shape(one: Face, two: Face, same_sender: bool | None) -> tuple[int, str] | None:
    if one.shape is Shape.SYSTEM or two.shape is Shape.SYSTEM:
        return _system(one, two)
    if same_sender is False:
        return None
    if one.shape is not two.shape:
        return _tombstone(one, two, same_sender)
    if one.shape is Shape.MEDIA:
        return _media(one, two, same_sender)
    if one.coarse == two.coarse:
        return _STRONG if one.shape is Shape.TEXT else _FAIR, EXACT
    return _edit(one, two, same_sender)


def _system(one: Face, two: Face) -> tuple[int, str] | None:
    if one.coarse != two.coarse or one.entry.subkind in OF_THE_PHONE:
        return None
    vague = one.entry.subkind in ("", "other")
    if vague and _apart(one, two):
        return None
    return _WEAK if vague else _FAIR, SYSTEM


def _tombstone(one: Face, two: Face, same_sender: bool | None) -> tuple[int, str] | None:
    forms = {one.shape, two.shape}
    if Shape.DELETED in forms and forms & {Shape.TEXT, Shape.MEDIA, Shape.PLACE} and same_sender:
        return _WEAK, TOMBSTONE
    return None


def _media(one: Face, two: Face, same_sender: bool | None) -> tuple[int, str] | None:
    """Media agree by their bytes, else by kind and caption; other bytes under one caption are a conflict, not two."""
    known = bool(one.entry.hashes and two.entry.hashes)
    if known and set(one.entry.hashes) & set(two.entry.hashes):
        return _STRONG, EXACT if one.token == two.token else MEDIA
    kinds = {one.entry.media, two.entry.media} - {""}
    captions = {one.coarse, two.coarse} - {"<media>"}
    if len(kinds) > 1 or len(captions) > 1 or (known and (not captions or one.coarse != two.coarse)):
        return None
    if captions and one.coarse == two.coarse:
        return _STRONG, EXACT if one.token == two.token else MEDIA
    weight = _FAIR if same_sender else _FAIR // 2
    return weight - _WEAK * bool(captions), EXACT if one.token == two.token else MEDIA


def _edit(one: Face, two: Face, same_sender: bool | None) -> tuple[int, str] | None:
    edited = "edited" in one.entry.flags or "edited" in two.entry.flags
    if not edited or not same_sender or one.shape is not Shape.TEXT:
        return None
    alike = likeness(one.token, two.token)
    far = _apart(one, two) > 0 or (one.precise and two.precise and abs(one.at - two.at) > 5 * _MOMENT)
    if far and alike < _ALIKE:
        return None
    return _WEAK // 2 + int(alike * _WEAK), EDIT


def likeness(one: str, two: str) -> float:
    """How much two texts have in common, 0 to 1.

    Pairs of neighbouring characters in both, as a share of all (Dice) and of the shorter text, in equal parts: an edit
    often only adds words.
    """
    first, second = (_bigrams(text[:_COMPARED]) for text in (one, two))
    common, sizes = (first & second).total(), (first.total(), second.total())
    return common / sum(sizes) + common / (2 * min(sizes)) if common else 0.0


def _bigrams(text: str) -> Counter[str]:
    return Counter(text[at : at + 2] for at in range(max(len(text) - 1, 1)))
