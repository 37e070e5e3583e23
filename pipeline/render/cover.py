"""The cover of a volume: what this is, what it holds, what was withheld and how to read the marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.render import styles
from pipeline.render.galley import BOTTOM, LEFT, RIGHT, Block, Galley, Page
from pipeline.render.job import RenderJob
from pipeline.render.lines import Label, Setter, Style

WIDTH = RIGHT - LEFT
KEY_WIDTH = 126.0
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

READING: Sequence[Sequence[str | Label]] = (
    (
        "A label in a grey field stands where matter was deleted. It names the exemptions claimed and how much was "
        "deleted, in ranges: ",
        Label(_SAMPLE_LABEL),
        " . Its width says nothing about the width of what was deleted.",
    ),
    (
        "Times stand before each message with their offset from UTC. The number after the time (P1, P2 \u2026) is the "
        "participant\u2019s pseudonym throughout this bundle; the name follows where it is released.",
    ),
    (
        "Below a message stands what happened to it: earlier text, deletions, reactions, attachments, expiry. A finding "
        "of loss is printed where something is known to be missing.",
    ),
    ("A character that cannot be shown is printed as its Unicode number, such as U+E000.",),
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
        _table(galley, setter, [(caption, f"{number:,}") for caption, number in job.counts.items()], figures=True)
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
    yield Block(styles.COVER_TITLE, LEFT, setter.wrap(job.title, styles.COVER_TITLE, WIDTH), before=6)
    told = PROFILES.get(job.profile, "")
    if told:
        yield Block(styles.COVER_TEXT, LEFT, setter.wrap(told, styles.COVER_TEXT, WIDTH - 60), before=8)


def _identity(job: RenderJob, facts: CoverFacts) -> Iterator[tuple[str, str]]:
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


def _table(galley: Galley, setter: Setter, rows: Sequence[tuple[str, str]], figures: bool = False) -> None:
    galley.skip(0 if figures else 14)
    for key, value in rows:
        style = styles.COVER_FIGURE if figures else styles.COVER_TEXT
        width = WIDTH - 300 if figures else WIDTH - KEY_WIDTH
        x = LEFT + (300 if figures else KEY_WIDTH)
        _pair(galley, setter, (key, styles.COVER_KEY, 290 if figures else KEY_WIDTH - 10), (value, style, x, width))


def _pair(
    galley: Galley, setter: Setter, key: tuple[str, Style, float], value: tuple[str, Style, float, float]
) -> None:
    key_text, key_style, key_width = key
    text, style, x, width = value
    lines = setter.wrap(text, style, width)
    if style is styles.COVER_FIGURE:
        x += width - setter.width_of([text], style) - (width - 60)
    galley.row([Block(key_style, LEFT, setter.wrap(key_text, key_style, key_width)[:3])], [Block(style, x, lines)])


def _legend(galley: Galley, setter: Setter, job: RenderJob, redactions: Mapping[str, int]) -> None:
    known = dict(job.legend)
    codes = [code for code, _ in job.legend if code in redactions]
    codes += sorted(code for code in redactions if code not in known)
    for code in codes:
        count = f"{redactions[code]:,}"
        x = LEFT + KEY_WIDTH - 14 - setter.width_of([count], styles.COVER_FIGURE)
        text = setter.wrap(known.get(code, "Not described in the policy."), styles.COVER_TEXT, WIDTH - KEY_WIDTH)
        galley.room(min(len(text) * styles.COVER_TEXT.leading, galley.y - BOTTOM))
        galley.row(
            [
                Block(styles.COVER_FIGURE, LEFT, setter.wrap(code, styles.COVER_FIGURE, KEY_WIDTH)[:1]),
                Block(styles.COVER_FIGURE, x, setter.wrap(count, styles.COVER_FIGURE, KEY_WIDTH)[:1]),
            ],
            [Block(styles.COVER_TEXT, LEFT + KEY_WIDTH, text)],
        )
    galley.skip(4)
    note = (
        "The figure is the number of deletions under the exemption in this production; a deletion may rest on several."
    )
    galley.place([Block(styles.COVER_SMALL, LEFT, setter.wrap(note, styles.COVER_SMALL, WIDTH))])
