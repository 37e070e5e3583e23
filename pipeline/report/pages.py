"""The order of the report's pages and what each part says."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.platypus import Flowable, KeepTogether, Paragraph

from pipeline.platforms import PLATFORMS
from pipeline.report.charts import amount, span
from pipeline.report.contents import Report
from pipeline.report.front import front
from pipeline.report.notes import NOTES
from pipeline.report.sheets import listed_bundles
from pipeline.report.style import (
    BODY,
    CAPTION,
    CELL,
    CELL_DIGEST,
    CELL_QUIET,
    HEADING,
    markup,
)
from pipeline.report.tables import grid
from pipeline.report.vocabulary import EXEMPTIONS, PRODUCTS, REASONS, in_words, month_name

_MESSAGE_COLUMNS = {
    "Copies captured": "copies",
    "Folded": "folded",
    "Messages": "records",
    "Delivered": "delivered",
    "Edited": "edited",
    "Deleted, content held": "deleted_held",
    "Deleted, content gone": "deleted_empty",
    "With expiry timer": "expiring",
    "Copies differ": "conflicting",
}


def story_of(report: Report) -> list[Flowable]:
    """The whole report as ReportLab flowables."""
    parts = (front, _messages, _withheld, _lost, _intake, _delivered, _method)
    return [flowable for part in parts for flowable in part(report)]


def _messages(report: Report) -> Iterator[Flowable]:
    rows: list[list[str]] = []
    breaks: list[int] = []
    for section, words in (("records_by_platform", PLATFORMS), ("records_by_month", {})):
        breaks.append(len(rows) + 1)
        for (item,), found in report.groups(section).items():
            name = in_words(words, item) if words else f"{month_name(item)} {item[:4]}"
            rows.append([name, *(amount(found[column]) for column in _MESSAGE_COLUMNS.values())])
    totals = report.groups("records")[()]
    rows.append(["Quarter", *(amount(totals[column]) for column in _MESSAGE_COLUMNS.values())])
    custodians = "; ".join(
        f"{in_words(PLATFORMS, platform)} {amount(found['custodians'])}"
        for (platform,), found in report.groups("custodians_by_platform").items()
    )
    yield KeepTogether(
        [
            Paragraph("Messages, by platform and by month", HEADING),
            Paragraph("Platforms first, then months; each group adds up to the quarter.", CAPTION),
            grid(["", *_MESSAGE_COLUMNS], rows, [2, *([1.3] * len(_MESSAGE_COLUMNS))], total=True, breaks=breaks),
            Paragraph(
                markup(
                    f"{amount(totals['conversations'])} conversations on {amount(totals['units'])} conversation-days. "
                    f"Custodians whose own copy was captured: {amount(report.value('custodians', 'custodians'))}"
                    + (f" ({custodians})." if custodians else ".")
                ),
                BODY,
            ),
        ]
    )


def _withheld(report: Report) -> Iterator[Flowable]:
    codes, requests = report.groups("redactions_by_code"), report.groups("requests_by_code")
    rows = [
        [
            code,
            in_words(EXEMPTIONS, code),
            amount(codes.get((code,), {}).get("redactions", 0)),
            amount(codes.get((code,), {}).get("records", 0)),
            amount(requests.get((code,), {}).get("requests", 0)),
        ]
        for (code,) in sorted({*codes, *requests})
    ]
    answered = amount(report.value("requests", "requests"))
    caption = f"Per redaction, per message and per request. Requests answered with a bundle in the quarter: {answered}."
    head = ["Exemption", "Covers", "Redactions", "Messages", "Requests"]
    yield Paragraph("Exemptions used", HEADING)
    yield Paragraph(caption, CAPTION)
    yield grid(head, rows, [1.6, 5, 1.3, 1.3, 1.3], texts=2) if rows else Paragraph("None.", BODY)
    for section, title, column in (
        ("redactions_by_label", "Redactions, by the label printed at the place of deletion", "Label"),
        ("redactions_by_category", "Redactions, by category of material", "Category"),
    ):
        groups = report.groups(section)
        if groups:
            total = report.groups("redactions")[()]
            listed = [[item, amount(v["redactions"]), amount(v["records"])] for (item,), v in groups.items()]
            listed.append(["All redactions", amount(total["redactions"]), amount(total["records"])])
            yield Paragraph(title, HEADING)
            yield Paragraph("Redactions add up to the total; a message can be in several rows.", CAPTION)
            yield grid([column, "Redactions", "Messages"], listed, [7, 1.4, 1.4], total=True)


def _lost(report: Report) -> Iterator[Flowable]:
    names = ("findings", "low", "high", "conversations")
    rows = [
        [rule, basis, *(amount(found[name]) for name in names)]
        for (rule, basis), found in report.groups("losses_by_rule").items()
    ]
    yield Paragraph("Findings of loss", HEADING)
    if rows:
        total = report.groups("losses")[()]
        rows.append(["All findings", "", *(amount(total[name]) for name in names)])
        head = ["Rule", "Basis", "Findings", "Missing, low", "Missing, high", "Conversations"]
        yield grid(head, rows, [3.6, 1.3, 1.2, 1.4, 1.4, 1.5], texts=2, total=True)
        platforms = [
            f"{in_words(PLATFORMS, platform)}: {amount(v['findings'])} findings, {span(v['low'], v['high'])} missing"
            for (platform,), v in report.groups("losses_by_platform").items()
        ]
        yield Paragraph(markup("By platform. " + ". ".join(platforms) + "."), BODY)
    else:
        yield Paragraph("No finding of loss is dated in this quarter.", BODY)
    undated = report.groups("losses_undated")[()]
    if undated["findings"]:
        text = (
            f"Findings without a time: {amount(undated['findings'])}, for {span(undated['low'], undated['high'])} "
            "missing messages. They belong to no quarter and are in no figure above; every report shows them."
        )
        yield Paragraph(text, BODY)


def _intake(report: Report) -> Iterator[Flowable]:
    received = report.groups("received")[()]
    names = {"objects": "Objects", "bytes": "Bytes", "lines": "Lines", "events": "Events", "quarantined": "Quarantined"}
    checks = [
        [check.name, f"{check.left:,}", f"{check.right:,}", "yes" if check.holds else "NO"] for check in report.checks
    ]
    block: list[Flowable] = [
        Paragraph("Capture objects received", HEADING),
        Paragraph("By the time the capture tool wrote the object, whenever its messages were sent.", CAPTION),
        grid(["", *names.values()], [["Quarter", *(amount(received[name]) for name in names)]], [1.5] * 6),
    ]
    yield KeepTogether(block)
    reasons = report.groups("quarantine_by_reason")
    if reasons:
        listed = [[reason, in_words(REASONS, reason), amount(v["lines"])] for (reason,), v in reasons.items()]
        listed.append(["All", "", amount(report.value("quarantine", "lines"))])
        yield Paragraph("Quarantine, by reason", HEADING)
        yield Paragraph("Lines kept and counted that no reader could turn into an event.", CAPTION)
        yield grid(["Reason", "Meaning", "Lines"], listed, [3, 5, 1.2], texts=2, total=True)
    yield KeepTogether(
        [
            Paragraph("Do the figures balance?", HEADING),
            grid(["Equation", "Left", "Right", "Equal"], checks, [7, 1.3, 1.3, 1]),
        ]
    )


def _delivered(report: Report) -> Iterator[Flowable]:
    runs = report.groups("runs")[()]
    yield Paragraph("Bundles delivered", HEADING)
    yield Paragraph(
        f"{amount(runs['runs'])} runs finished in the quarter; {amount(runs['nothing_to_release'])} had nothing to "
        "release. The digest is the SHA-256 of the bundle's tag manifest, which covers every file in it.",
        CAPTION,
    )
    rows = [
        [
            bundle["delivered_day"],
            [
                Paragraph(markup(bundle["request"] or in_words(PRODUCTS, bundle["product"])), CELL),
                Paragraph(markup(bundle["bundle_id"]), CELL_QUIET),
                Paragraph(markup(bundle["tag_manifest_sha256"]), CELL_DIGEST),
            ],
            *(amount(bundle[name]) for name in ("records", "units", "files", "bytes")),
        ]
        for bundle in listed_bundles(report)
    ]
    if not rows:
        yield Paragraph("No bundle was delivered in this quarter.", BODY)
        return
    total = report.groups("deliveries")[()]
    rows.append(
        [
            "All",
            f"{amount(total['bundles'])} bundles",
            *(amount(total[n]) for n in ("records", "units", "files", "bytes")),
        ]
    )
    head = ["Delivered", "For; bundle; digest", "Messages", "Units", "Files", "Bytes"]
    yield grid(head, rows, [1.35, 5.6, 1.2, 0.9, 0.9, 1.4], texts=2, total=True)


def _method(report: Report) -> Iterator[Flowable]:
    yield Paragraph("How each figure is counted", HEADING)
    for title, text in NOTES.items():
        yield Paragraph(f"<b>{title}.</b> {text}", BODY)
    if report.public:
        yield Paragraph(
            f"<b>Hidden counts.</b> Counts of custodians, requests and redactions below {report.suppress_below} are "
            "hidden, with the next smallest where a hidden count could be worked out from a total. Breakdowns by label "
            "and by category are left out of this edition.",
            BODY,
        )
    yield Paragraph(
        f"<b>Following a figure.</b> Every number above is a row of <b>{report.name}.csv</b>, which names the lake "
        "table, the filter and the expression that give it again.",
        BODY,
    )
