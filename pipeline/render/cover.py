"""The cover of a volume: what this is, what it holds, what was withheld and how to read the marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.render import styles
from pipeline.render.galley import BOTTOM, LEFT, RIGHT, Block, Galley, Page
from pipeline.render.job import RenderJob
from pipeline.render.lines import Setter
from pipeline.render.typeset import Label, Line, Style

WIDTH = RIGHT - LEFT
KEY_WIDTH = 126.0
FIGURE_END = LEFT + 260.0
_SAMPLE_LABEL = "[(b)(6) \u00b7 1-5 words]"

PROFILES: Mapping[str, str] = {
    "release": "Release copy under the Freedom of Information Act, 5 U.S.C. 552. Exempt matter was deleted from the "
    "text before these pages were set; nothing lies under the labels.",
    "accession": "Record copy for transfer to the National Archives. It is not redacted; the restrictions claimed are "
    "listed with the records.",
}

RECORD_UNITS: Mapping[str, str] = {
    "conversation-day": "A record is one conversation on one calendar day in the time zone {zone}. A record that "
    "responds is processed whole.",
    "message": "A record is one message.",
}

_ON_LABELS = (
    "A label in a grey field stands where matter was deleted. It names the exemptions claimed and how much was "
    "deleted, in ranges: "
)
_ON_TIMES = (
    "Times stand before each message with their offset from UTC. The number after the time (P1, P2 \u2026) is the "
    "participant\u2019s pseudonym throughout this bundle; the name follows where it is released."
)
_ON_EVENTS = (
    "Below a message stands what happened to it: earlier text, deletions, reactions, attachments, expiry. A finding "
    "of loss is printed where something is known to be missing."
)
_ON_CHARACTERS = "A character that cannot be shown is printed as its Unicode number, such as \u2039U+E000\u203a."
READING: Sequence[Sequence[str | Label]] = (
    (_ON_LABELS, Label(_SAMPLE_LABEL), " . Its width says nothing about the width of what was deleted."),
    (_ON_TIMES,),
    (_ON_EVENTS,),
    (_ON_CHARACTERS,),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverFacts:
    """What is known once the pages are counted."""

    volume: int
    volumes: int
    pages: int
    first_bates: str
    last_bates: str
    redactions: Mapping[str, int]
    """Deletions by exemption."""


def cover_pages(job: RenderJob, facts: CoverFacts) -> list[Page]:
    """The cover's pages. Their number depends on the job and the exemptions used, not on the numbers in it."""
    pages: list[Page] = []
    galley = Galley(pages.append, lambda: (), rule=False)
    setter = Setter()
    galley.y = 700
    galley.place(_title(setter, job))
    _table(galley, setter, list(_identity(job, facts)))
    if job.counts:
        _section(galley, setter, "What was processed")
        _figures(galley, setter, job.counts)
    if facts.redactions:
        _section(galley, setter, "Exemptions claimed")
        _legend(galley, setter, job, facts.redactions)
    _section(galley, setter, "How to read these pages")
    for paragraph in READING:
        lines = setter.wrap_mixed(paragraph, styles.COVER_TEXT, WIDTH)
        galley.room(len(lines) * styles.COVER_TEXT.leading)
        galley.place([Block(styles.COVER_TEXT, LEFT, lines)])
        galley.skip(5)
    galley.close()
    return pages


def _title(setter: Setter, job: RenderJob) -> Iterator[Block]:
    yield Block(styles.EYEBROW, LEFT, setter.wrap(job.agency, styles.EYEBROW, WIDTH))
    yield Block(styles.COVER_TITLE, LEFT, _balanced(setter, job.title, styles.COVER_TITLE), before=6)
    told = PROFILES.get(job.profile, "")
    if told:
        yield Block(styles.COVER_TEXT, LEFT, setter.wrap(told, styles.COVER_TEXT, WIDTH - 60), before=8)


def _balanced(setter: Setter, text: str, style: Style) -> list[Line]:
    """Text in as few lines as needed and of about equal length."""
    lines = setter.wrap(text, style, WIDTH)
    low, high = WIDTH / max(len(lines), 1), WIDTH
    while high - low > 4:
        middle = (low + high) / 2
        if len(setter.wrap(text, style, middle)) > len(lines):
            low = middle
        else:
            high = middle
    return setter.wrap(text, style, high)


def _identity(job: RenderJob, facts: CoverFacts) -> Iterator[tuple[str, str]]:
    if job.request_id:
        yield "Request", job.request_id
    yield "Bundle", job.bundle_id
    yield "Volume", f"{facts.volume} of {facts.volumes}"
    yield "Pages", f"{facts.pages:,}, numbered {facts.first_bates} to {facts.last_bates}"
    if job.date_from or job.date_to:
        yield "Period", f"{job.date_from or 'the beginning'} to {job.date_to or 'the end'}"
    yield "Time zone", job.timezone
    unit = RECORD_UNITS.get(job.record_unit, job.record_unit)
    yield "Record unit", unit.format(zone=job.timezone)


def _section(galley: Galley, setter: Setter, heading: str) -> None:
    galley.room(60)
    galley.skip(12)
    galley.rule(0.75)
    galley.skip(6)
    galley.place([Block(styles.COVER_HEAD, LEFT, setter.wrap(heading, styles.COVER_HEAD, WIDTH))])
    galley.skip(2)


def _table(galley: Galley, setter: Setter, rows: Sequence[tuple[str, str]]) -> None:
    galley.skip(14)
    for key, value in rows:
        caption = Block(styles.COVER_KEY, LEFT, setter.wrap(key, styles.COVER_KEY, KEY_WIDTH - 10)[:3])
        told = setter.wrap(value, styles.COVER_TEXT, WIDTH - KEY_WIDTH)
        galley.row([caption], [Block(styles.COVER_TEXT, LEFT + KEY_WIDTH, told)])


def _figures(galley: Galley, setter: Setter, rows: Mapping[str, int]) -> None:
    """Captions with figures that end below each other."""
    for caption, number in rows.items():
        figure = _figure(setter, number, FIGURE_END)
        galley.row([figure], [Block(styles.COVER_KEY, LEFT, setter.wrap(caption, styles.COVER_KEY, WIDTH / 2))])


def _figure(setter: Setter, number: int, end: float) -> Block:
    shown = f"{number:,}"
    x = end - setter.width_of([shown], styles.COVER_FIGURE)
    return Block(styles.COVER_FIGURE, x, setter.wrap(shown, styles.COVER_FIGURE, WIDTH))


def _legend(galley: Galley, setter: Setter, job: RenderJob, redactions: Mapping[str, int]) -> None:
    known = dict(job.legend)
    codes = [code for code, _ in job.legend if code in redactions]
    codes += sorted(code for code in redactions if code not in known)
    for code in codes:
        text = setter.wrap(known.get(code, "Not described in the policy."), styles.COVER_TEXT, WIDTH - KEY_WIDTH)
        galley.room(min(len(text) * styles.COVER_TEXT.leading, galley.y - BOTTOM))
        galley.row(
            [
                Block(styles.COVER_FIGURE, LEFT, setter.wrap(code, styles.COVER_FIGURE, KEY_WIDTH)[:1]),
                _figure(setter, redactions[code], LEFT + KEY_WIDTH - 14),
            ],
            [Block(styles.COVER_TEXT, LEFT + KEY_WIDTH, text)],
        )
    galley.skip(4)
    note = (
        "The figure is the number of deletions under the exemption in this production; a deletion may rest on several."
    )
    galley.place([Block(styles.COVER_SMALL, LEFT, setter.wrap(note, styles.COVER_SMALL, WIDTH))])
