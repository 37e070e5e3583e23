"""The sheet: every style and every column of the pages, in points."""

from __future__ import annotations

from pipeline.render.typeset import Style

HEADER = Style("R", 7.5, 10, 0.42, flush=False)
FOOTER = Style("R", 7.5, 10, 0.42)
BATES = Style("B", 9, 11, 0.1)

EYEBROW = Style("B", 8, 12, 0.42)
TITLE = Style("B", 15, 19, 0.05)
SUBTITLE = Style("R", 9, 13, 0.35)
CAPTION = Style("B", 7.5, 11, 0.42)
PEOPLE = Style("R", 8.5, 12, 0.15)

TIME = Style("R", 8.5, 12.6, 0.2)
PSEUDONYM = Style("R", 7, 12.6, 0.5)
SENDER = Style("B", 8.5, 12.6, 0.1, flush=False)
BODY = Style("R", 9.5, 12.6, 0.0)
EVENT = Style("R", 9, 12.6, 0.3)
NOTE = Style("R", 8, 11, 0.38)
NOTE_HEAD = Style("B", 8, 11, 0.3)
QUOTED = Style("R", 8.5, 11.4, 0.25)
FINDING = Style("B", 8, 11, 0.12)

COVER_TITLE = Style("B", 24, 30, 0.05)
COVER_HEAD = Style("B", 11, 16, 0.05)
COVER_TEXT = Style("R", 9.5, 14, 0.12)
COVER_KEY = Style("R", 9.5, 14, 0.42)
COVER_FIGURE = Style("B", 9.5, 14, 0.05)
COVER_SMALL = Style("R", 8.5, 12, 0.35)

TIME_X = 54.0
PSEUDONYM_X = 119.0
SENDER_X, SENDER_WIDTH = 139.0, 90.0
TEXT_X, TEXT_WIDTH = 237.0, 321.0
INDENT = 8.0
"""Of what is quoted below a message, right of its hairline."""
