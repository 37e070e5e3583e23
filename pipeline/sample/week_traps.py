"""What the first chat of every format shows: each shape that a reader may stumble over, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from pipeline.sample.personal_data import place
from pipeline.sample.phrases import TextSpan, Voice, compile_template
from pipeline.sample.timeline import SECOND
from pipeline.sample.week import DAYS, FIRST_DAY, Talk, start_of

MINUTE = 60 * SECOND
FAMILY = "👨‍👩‍👧"

Trap = Callable[[Talk, int], None]


def traps(features: frozenset[str]) -> Iterator[tuple[int, Trap]]:
    """The traps that a format can show, each with the day it falls on."""
    day = 0
    for feature, trap in _TRAPS:
        if feature in features or not feature:
            yield day % (DAYS - 1), trap
            day += 1


def opening(talk: Talk) -> None:
    """How the chat begins, as far as the format tells."""
    chat, ts = talk.chat, start_of(0) + 12 * 3600 * SECOND + talk.chat.number * MINUTE
    if chat.kind != "dm" and "created" in talk.features:
        talk.add(ts, chat.owner, kind="system", form="group-created", value=chat.title, whom=tuple(chat.members[1:]))


def doubled_hour(talk: Talk, ts: int) -> None:
    """Four messages in the hour that the clocks of the owner's zone show twice."""
    night = dt.datetime.combine(FIRST_DAY + dt.timedelta(days=DAYS - 1), dt.time(1), talk.zone)
    first = int(night.timestamp()) * SECOND
    one, two = talk.chat.members[:2]
    for minutes, sender in ((20, one), (50, two), (70, one), (100, two)):
        talk.add(first + minutes * MINUTE, sender, text=f"still quiet, {minutes} past")


def _repeats(talk: Talk, ts: int) -> None:
    one, two = talk.chat.members[:2]
    for after, sender in ((0, one), (0, one), (20, two), (35, one)):
        talk.add(ts + after * SECOND, sender, text="ok")


def _many_lines(talk: Talk, ts: int) -> None:
    text = "lista para mañana:\n1. agua\n\n2. pilas\n2026-10-05 10:30:00 salida\n> y las llaves"
    talk.add(ts, talk.chat.members[1], text=text)


def _markup(talk: Talk, ts: int) -> None:
    one, two = talk.chat.members[:2]
    talk.add(ts, one, text='gate <B> & "lane 2" isn\'t 5 < 6; see ]]> and {x: [1, 2]}, 100% \\o/ *not bold* _or this_')
    talk.add(ts + 9 * SECOND, two, text="&amp; stays &lt;as typed&gt; #1: yes | no, col1;col2 — “ok”")


def _scripts(talk: Talk, ts: int) -> None:
    one, two = talk.chat.members[:2]
    for after, sender, template in (
        (0, one, "ID card reads {SUBJ_AR}, passport {PASSPORT}"),
        (20, two, "请稍等, checking {SUBJ_ZH}"),
        (40, one, "papers say {SUBJ_RU}"),
        (60, two, f"family {FAMILY} 👩🏽‍✈️ at secondary, todo tranquilo 🏴‍☠️"),
    ):
        text, spans = _filled(talk.voice, template)
        talk.add(ts + after * SECOND, sender, text=text, spans=spans)


def _edits(talk: Talk, ts: int) -> None:
    one, two = talk.chat.members[:2]
    text, spans = _filled(talk.voice, "meet {OFFICER} at {COORD}")
    said = talk.add(ts, one, text=text, spans=spans)
    talk.edited(said, 70 * SECOND)
    talk.edited(said, 200 * SECOND)
    talk.edited(talk.add(ts + 3 * MINUTE, two, text="see you there at 5:30"), 30 * SECOND)


def _deletes(talk: Talk, ts: int) -> None:
    text, spans = _filled(talk.voice, "ignore that, my cell is {PHONE}")
    said = talk.add(ts, talk.chat.members[1], text=text, spans=spans)
    said.deleted = ts + 40 * SECOND


def _reactions(talk: Talk, ts: int) -> None:
    one, two, three = talk.chat.members[:3]
    said = talk.add(ts, one, text="good job on that load last night")
    for after, by, emoji in ((5, two, "👍"), (9, three, "👍"), (30, two, "❤️")):
        talk.react(said, by, emoji, after * SECOND)


def _reply(talk: Talk, ts: int) -> None:
    one, two = talk.chat.members[:2]
    text, spans = _filled(talk.voice, "who has plate {PLATE}?")
    said = talk.add(ts, one, text=text, spans=spans)
    talk.add(ts + 50 * SECOND, two, text="that one crossed at 0645, lane 6", reply_to=said)


def _forward(talk: Talk, ts: int) -> None:
    text, spans = _filled(talk.voice, "dicen que {SUBJ_FULL} anda por la garita")
    talk.add(ts, talk.chat.members[1], text=text, spans=spans, forwarded_from=talk.chat.members[3])


def _files(talk: Talk, ts: int) -> None:
    one, two = talk.chat.members[:2]
    for number, (kind, text) in enumerate(
        (("photo", "lane 2, an hour ago"), ("pdf", ""), ("vcard", ""), ("voice", ""), ("screenshot", "mira"))
    ):
        talk.file(ts + number * 2 * MINUTE, (one, two)[number % 2], kind, text)


def _absent_file(talk: Talk, ts: int) -> None:
    said = talk.file(ts, talk.chat.members[1], "photo")
    if said.file is not None:
        said.file.absent = True


def _calls(talk: Talk, ts: int) -> None:
    one, two = talk.chat.members[:2]
    talk.add(ts, two, kind="call", form="completed", seconds=312)
    talk.add(ts + 3600 * SECOND, two, kind="call", form="missed")
    talk.add(ts + 3700 * SECOND, one, kind="call", form="completed", seconds=47)


def _position(talk: Talk, ts: int) -> None:
    talk.add(ts, talk.chat.members[1], kind="location", place=place(talk.rng))


def _members(talk: Talk, ts: int) -> None:
    chat = talk.chat
    extra = next(p for p in talk.voice.people if p.role == "line_officer" and p not in chat.members)
    talk.add(ts, chat.owner, kind="system", form="member-added", whom=(extra,))
    talk.add(ts + MINUTE, chat.owner, kind="system", form="member-removed", whom=(extra,))
    talk.add(ts + 600 * MINUTE, chat.members[-1], kind="system", form="member-left", whom=(chat.members[-1],))


def _title(talk: Talk, ts: int) -> None:
    talk.add(ts, talk.chat.owner, kind="system", form="subject-changed", value=f"{talk.chat.title} (semana 44)")


def _timer(talk: Talk, ts: int) -> None:
    talk.add(ts, talk.chat.owner, kind="system", form="disappearing-timer", seconds=604_800)


_TRAPS: tuple[tuple[str, Trap], ...] = (
    ("", _repeats),
    ("", _many_lines),
    ("", _markup),
    ("", _scripts),
    ("edit", _edits),
    ("delete", _deletes),
    ("reaction", _reactions),
    ("reply", _reply),
    ("forward", _forward),
    ("file", _files),
    ("absent", _absent_file),
    ("call", _calls),
    ("location", _position),
    ("member", _members),
    ("title", _title),
    ("timer", _timer),
    ("fold", doubled_hour),
)


def _filled(voice: Voice, template: str) -> tuple[str, tuple[TextSpan, ...]]:
    return voice.fresh(compile_template(template))


def map_link(said_place: tuple[float, float]) -> str:
    """A position as an address that many apps send in its stead."""
    lat, lon = said_place
    return f"https://maps.google.com/?q={lat:.6f},{lon:.6f}"
