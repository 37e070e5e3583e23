from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.formats.whatsapp_header import match_head
from pipeline.intake.formats.whatsapp_order import DateEvidence, Decision, decide


def evidence(*heads: str, rest: str = "Ana: x") -> DateEvidence:
    found: DateEvidence | None = None
    for text in heads:
        head = match_head(text)
        assert head is not None
        found = found or DateEvidence(shape=head.shape)
        found.add(head, rest)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("dates", "decision"),
    [
        (["25/02/26", "26/02/26"], Decision("dmy", "only-valid")),
        (["02/25/26", "02/26/26"], Decision("mdy", "only-valid")),
        (["2026/02/25"], Decision("ymd", "only-valid")),
        (["2026/25/02"], Decision("ydm", "only-valid")),
        (["31/12/13", "32/01/02"], Decision("ymd", "only-valid")),
        (["01/02/26", "02/02/26", "01/03/26"], Decision("dmy", "sequence")),
        (["02/01/26", "02/02/26", "03/01/26"], Decision("mdy", "sequence")),
        (["01/01/26", "02/02/26", "03/03/26"], Decision("dmy", "same-days")),
        (["01/02/26", "02/02/26", "03/02/26"], None),
        (["2026-01-02"], Decision("ymd", "locale")),
        (["01.02.26", "02.02.26"], Decision("dmy", "locale")),
        (["01-02-2026", "02-02-2026"], Decision("dmy", "locale")),
    ],
)
def test_what_decides(dates: list[str], decision: Decision | None) -> None:
    assert decide(evidence(*[f"{day}, 09:00 - " for day in dates]), "") == decision


@pytest.mark.parametrize(
    ("head", "language", "order"),
    [
        ("2/5/26, 3:04 PM - ", "en", "mdy"),
        ("02/05/26, 3:04 PM - ", "en", None),
        ("2/5/2026, 3:04 PM - ", "en", None),
        ("2/5/26, 3:04 pm - ", "en", None),
        ("2/5/26, 15:04 - ", "en", None),
        ("2/5/26, 3:04 PM - ", "", None),
        ("2/5/26, 15:04 - ", "es", "dmy"),
        ("02/05/26, 3:04 p. m. - ", "es", None),
        ("02/05/26, 15:04 - ", "pt", "dmy"),
        ("02/05/26, 15:04 - ", "fr", "dmy"),
    ],
)
def test_the_locale_decides_only_where_it_is_sure(head: str, language: str, order: str | None) -> None:
    decision = decide(evidence(head), language)
    assert (decision.order if decision else None) == order


def test_names_of_media_hold_the_day() -> None:
    found = evidence("01/02/26, 09:00 - ", rest="Ana: IMG-20260201-WA0001.jpg (file attached)")
    assert decide(found, "") == Decision("dmy", "media-names")
    found = evidence("01/02/26, 09:00 - ", rest="Ana: <attached: 00000042-PHOTO-2026-01-02-15-13-20.jpg>")
    assert decide(found, "") == Decision("mdy", "media-names")


def test_a_few_pasted_heads_do_not_unsettle_a_file() -> None:
    heads = [f"02/{day:02}/26, 09:00 - " for day in range(1, 29)] * 4
    assert decide(evidence(*heads, "26/02/26, 09:00 - "), "") == Decision("mdy", "most-valid")
    assert decide(evidence("25/02/26, 09:00 - ", "02/25/26, 09:00 - "), "") is None


@given(
    st.dates(date(2015, 1, 1), date(2030, 1, 1)),
    st.lists(st.integers(0, 20), max_size=40),
    st.sampled_from(["dmy", "mdy"]),
)
def test_a_decision_is_never_wrong(start: date, gaps: list[int], order: str) -> None:
    days = [start]
    for gap in gaps:
        days.append(days[-1] + timedelta(days=gap))
    pattern = "%d/%m/%y" if order == "dmy" else "%m/%d/%y"
    found = evidence(*[f"{day.strftime(pattern)}, 09:00 - " for day in days])
    decision = decide(found, "")
    assert decision is None or decision.order == order or decision.by == "same-days"
