"""The first page: what, when, the leading figures, and the charts that show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from reportlab.platypus import Flowable, KeepTogether, Paragraph

from pipeline.report.charts import Bar, Panel, amount, bars, panels, span
from pipeline.report.contents import Report
from pipeline.report.style import BODY, CAPTION, HEADING, KICKER, LEAD, SUBTITLE, TITLE, WARNING, markup
from pipeline.report.tables import tiles
from pipeline.report.vocabulary import EXEMPTIONS, RULES, in_words, month_name


def front(report: Report) -> Iterator[Flowable]:
    """Title block, lead, key figures and charts."""
    quarter = report.quarter
    edition = "Public edition" if report.public else "Full edition, for official use"
    yield Paragraph(markup(" · ".join(filter(None, (report.agency, "Oversight report", edition)))), KICKER)
    yield Paragraph("Chat records: captured, withheld, lost", TITLE)
    days = f"{_day(quarter.first)} to {_day(quarter.last)}"
    yield Paragraph(markup(f"Fiscal quarter {quarter.name}: {days}, days in {quarter.zone}"), SUBTITLE)
    for check in report.checks:
        if not check.holds:
            text = f"Does not balance: {check.name} ({check.left:,} against {check.right:,})."
            yield Paragraph(markup(text), WARNING)
    yield Paragraph(markup(_lead(report)), LEAD)
    low, high = report.value("losses", "low"), report.value("losses", "high")
    yield tiles(
        [
            (amount(report.value("records", "records")), "messages captured", False),
            (amount(report.value("records", "delivered")), "of them delivered", False),
            (amount(report.value("redactions", "redactions")), "redactions", False),
            (span(low, high), "messages missing, estimate", bool(high)),
            (amount(report.value("received", "quarantined")), "lines in quarantine", False),
            (amount(report.value("deliveries", "bundles")), "bundles delivered", False),
        ]
    )
    yield from _by_month(report)
    yield from _by_exemption(report)
    yield from _by_rule(report)


def _lead(report: Report) -> str:
    value = report.value
    captured, folded = value("records", "records"), value("records", "folded")
    if not value("records", "copies") and not value("losses", "findings"):
        return "The lake holds no message dated in this quarter, and no finding of loss."
    proved = report.groups("losses_by_basis").get(("proved",), {}).get("low", 0)
    return (
        f"{amount(value('records', 'copies'))} captured copies of messages sent in the quarter were resolved to "
        f"{amount(captured)} messages; {amount(folded)} copies were folded as the same message seen again. "
        f"Evidence of loss: {amount(value('losses', 'findings'))} findings, which stand for "
        f"{span(value('losses', 'low'), value('losses', 'high'), ' to ')} missing messages, at least "
        f"{amount(proved)} of them proved. Of {amount(value('records', 'expiring'))} captured messages that were set "
        f"to disappear the content of {amount(value('records', 'expiring_held'))} is held. The content of "
        f"{amount(value('records', 'deleted_held'))} messages that a person deleted is held; of a further "
        f"{amount(value('records', 'deleted_empty'))} only the mark of the deletion was captured."
    )


def _by_month(report: Report) -> Iterator[Flowable]:
    months = [month.name for month in report.quarter.months]
    labels = [month_name(month) for month in months]
    records, losses = report.groups("records_by_month"), report.groups("losses_by_month")

    def row(groups: dict[tuple[str, ...], dict[str, int | None]], name: str) -> list[int | None]:
        return [groups[(month,)][name] for month in months]

    charts = [
        Panel(title="Messages captured", labels=labels, values=row(records, "records")),
        Panel(title="Delivered in a bundle", labels=labels, values=row(records, "delivered")),
        Panel(
            title="Missing, low to high estimate",
            labels=labels,
            values=row(losses, "low"),
            high=row(losses, "high"),
            accent=True,
        ),
    ]
    caption = "By the day a message was sent. Each panel has its own scale."
    yield KeepTogether([Paragraph("Month by month", HEADING), Paragraph(caption, CAPTION), panels(charts)])


def _by_exemption(report: Report) -> Iterator[Flowable]:
    rows = [
        Bar(label=code, note=in_words(EXEMPTIONS, code), value=found["redactions"])
        for (code,), found in report.groups("redactions_by_code").items()
    ]
    caption = "One redaction can cite several exemptions, so the bars can add up to more than the total."
    chart: Flowable = bars(rows, 280) if rows else Paragraph("No redaction in this quarter.", BODY)
    yield KeepTogether([Paragraph("Withheld, by exemption", HEADING), Paragraph(caption, CAPTION), chart])


def _by_rule(report: Report) -> Iterator[Flowable]:
    caption = (
        "Proved: the capture itself names what is missing. Inferred: the pattern of what was captured suggests it."
    )
    rows = [
        Bar(label=basis, note=in_words(RULES, rule), value=v["low"], high=v["high"], accent=True)
        for (rule, basis), v in report.groups("losses_by_rule").items()
    ]
    chart: Flowable = bars(rows, 330) if rows else Paragraph("No finding of loss is dated in this quarter.", BODY)
    yield KeepTogether([Paragraph("Missing, by kind of evidence", HEADING), Paragraph(caption, CAPTION), chart])


def _day(day: dt.date) -> str:
    return f"{day.day} {month_name(day.isoformat())} {day.year}"
