"""What the oversight report counts, on lakes small enough to count by hand."""

import csv
import io
from typing import Any

import duckdb
import pytest

from pipeline.report.contents import Report
from pipeline.report.oversight import compose
from pipeline.report.quarter import quarter_in
from pipeline.report.sheets import as_csv, as_json
from tests.pipeline.report.report_builders import (
    a_delivery,
    a_finding,
    a_quarantined,
    a_record,
    a_redaction,
    a_sighting,
    an_event,
    an_object,
    busy_quarter,
    micros,
    tables,
)


def report_of(zone: str = "America/New_York", suppress_below: int = 0, **rows: list[dict[str, Any]]) -> Report:
    period = quarter_in("FY2026Q4", zone)
    return compose(tables(**rows), period, held=lambda run_id: True, suppress_below=suppress_below)


def test_an_empty_lake_counts_nothing_and_balances() -> None:
    report = report_of()
    assert {figure.value for figure in report.figures} == {0}
    assert all(check.holds for check in report.checks)
    assert list(report.groups("records_by_month")) == [("2026-07",), ("2026-08",), ("2026-09",)]


@pytest.mark.parametrize(
    ("unit", "counted"), [("2026-06-30", 0), ("2026-07-01", 1), ("2026-09-30", 1), ("2026-10-01", 0)]
)
def test_a_message_belongs_to_the_quarter_of_its_day(unit: str, counted: int) -> None:
    report = report_of(records=[a_record(unit=unit)])
    assert report.value("records", "records") == counted


@pytest.mark.parametrize(
    ("zone", "moment", "counted"),
    [
        ("America/New_York", "2026-07-01T03:59:59", 0),
        ("America/New_York", "2026-07-01T04:00:00", 1),
        ("America/New_York", "2026-10-01T03:59:59", 1),
        ("America/New_York", "2026-10-01T04:00:00", 0),
        ("UTC", "2026-07-01T00:00:00", 1),
        ("UTC", "2026-10-01T00:00:00", 0),
        ("Pacific/Honolulu", "2026-10-01T09:59:59", 1),
    ],
)
def test_deliveries_objects_and_entries_follow_the_agencys_midnight(zone: str, moment: str, counted: int) -> None:
    at = micros(moment, "UTC")
    report = report_of(
        zone,
        deliveries=[a_delivery(delivered_utc=at)],
        objects=[an_object(modified_utc=at)],
        events=[an_event(ts_utc=at)],
        findings=[a_finding(unit="", from_utc=at)],
    )
    assert report.value("deliveries", "bundles") == counted
    assert report.value("received", "objects") == counted
    assert report.value("losses", "findings") == counted
    assert sum(f.value or 0 for f in report.figures if f.section == "entries_by_kind") == counted


def test_copies_are_messages_plus_folded() -> None:
    twice = (a_sighting("mreyes"), a_sighting("network"), a_sighting("mreyes"))
    report = report_of(records=[a_record("r-1", sightings=twice), a_record("r-2")])
    totals = report.groups("records")[()]
    assert (totals["copies"], totals["records"], totals["folded"]) == (4, 2, 2)


def test_only_the_latest_row_of_a_record_counts() -> None:
    older = a_record(run_seq=1, sightings=(a_sighting(),), unit="2026-08-01")
    newer = a_record(run_seq=2, sightings=(a_sighting(), a_sighting("dokafor")), unit="2026-09-01")
    report = report_of(records=[newer, older])
    assert report.value("records", "copies") == 2
    assert report.groups("records_by_month")[("2026-08",)]["records"] == 0


def test_a_record_that_moved_out_of_the_quarter_is_not_counted() -> None:
    report = report_of(records=[a_record(run_seq=1, unit="2026-09-30"), a_record(run_seq=2, unit="2026-10-01")])
    assert report.value("records", "records") == 0


def test_custodians_are_people_with_a_copy_of_their_own() -> None:
    records = [
        a_record("r-1", sightings=(a_sighting("network"), a_sighting("mreyes"), a_sighting(""))),
        a_record("r-2", sightings=(a_sighting("mreyes"), a_sighting("dokafor")), platform="whatsapp"),
    ]
    report = report_of(records=records)
    assert report.value("custodians", "custodians") == 2
    assert report.groups("custodians_by_platform")[("wickr",)]["custodians"] == 1


def test_a_deleted_message_is_held_only_with_its_content() -> None:
    file = {"name": "a.jpg", "object_key": "wickr-bot/2"}
    held = {"path": "", "version_id": "", "member": "", "sha256": "", "size": 1, "mime": "", "note": "", **file}
    records = [
        a_record("r-1", flags=("deleted",), body="text", expires_utc=1),
        a_record("r-2", flags=("deleted",), body="", expires_utc=1),
        {**a_record("r-3", flags=("deleted",)), "attachments": [held]},
        {**a_record("r-4", flags=("deleted",)), "attachments": [{**held, "object_key": ""}]},
    ]
    totals = report_of(records=records).groups("records")[()]
    assert (totals["deleted_held"], totals["deleted_empty"]) == (2, 2)
    assert (totals["expiring"], totals["expiring_held"]) == (2, 1)


def test_redactions_count_per_redaction_per_message_and_per_request() -> None:
    rows = [
        a_redaction("(b)(6)", "(b)(7)(C)", bundle_id="b-1"),
        a_redaction("(b)(6)", bundle_id="b-1"),
        a_redaction("(b)(6)", bundle_id="b-2", record_id="r-2"),
        a_redaction("(b)(6)", bundle_id="b-3", record_id="r-3"),
    ]
    bundles = [
        a_delivery("b-1", product="request", request="FOIA-1"),
        a_delivery("b-2", product="request", request="FOIA-1"),
        a_delivery("b-3"),
    ]
    report = report_of(redactions=rows, deliveries=bundles)
    assert report.groups("redactions")[()] == {"redactions": 4, "records": 3}
    assert report.groups("redactions_by_code")[("(b)(6)",)] == {"redactions": 4, "records": 3}
    assert report.groups("redactions_by_code")[("(b)(7)(C)",)] == {"redactions": 1, "records": 1}
    assert report.groups("requests_by_code") == {("(b)(6)",): {"requests": 1}, ("(b)(7)(C)",): {"requests": 1}}
    assert report.value("requests", "requests") == 1


def test_redactions_of_a_bundle_that_was_never_delivered_do_not_count() -> None:
    assert report_of(redactions=[a_redaction()]).value("redactions", "redactions") == 0


def test_a_request_without_a_number_is_a_request_by_its_bundle() -> None:
    report = report_of(redactions=[a_redaction()], deliveries=[a_delivery(product="request")])
    assert report.groups("requests_by_code")[("(b)(6)",)]["requests"] == 1


def test_the_same_bundle_delivered_again_counts_once() -> None:
    again = [a_delivery(run_id="r2", delivered_utc=micros("2026-08-05T00:00")), a_delivery(run_id="r1")]
    report = report_of(deliveries=again, redactions=[a_redaction(run_id="r1"), a_redaction(run_id="r2")])
    assert report.value("deliveries", "bundles") == 1
    assert report.value("redactions", "redactions") == 1
    assert report.bundles[0]["run_id"] == "r1"


def test_a_run_with_nothing_to_release_is_a_run_and_no_bundle() -> None:
    report = report_of(deliveries=[a_delivery(""), a_delivery("b-1", run_id="r2")])
    assert report.groups("runs")[()] == {"runs": 2, "nothing_to_release": 1}
    assert report.value("deliveries", "bundles") == 1


def test_a_finding_counts_once_as_the_run_that_finished_last_wrote_it() -> None:
    findings = [a_finding(run_id="r1", count_high=9), a_finding(run_id="r0", count_high=4)]
    ends = [a_delivery("", run_id="r1", delivered_utc=1), a_delivery("", run_id="r0", delivered_utc=2)]
    report = report_of(findings=findings, deliveries=ends)
    assert report.groups("losses")[()] == {"findings": 1, "low": 1, "high": 4, "conversations": 1}


def test_a_finding_without_a_time_is_shown_apart() -> None:
    report = report_of(findings=[a_finding(unit=""), a_finding("f-2", basis="inferred", count_low=2, count_high=7)])
    assert report.value("losses", "findings") == 1
    assert report.value("losses_undated", "findings") == 1
    assert report.groups("losses_by_basis")[("inferred",)]["high"] == 7


def test_a_cut_line_belongs_to_the_quarter_its_object_was_written_in() -> None:
    cut = {"unit": "", "rule": "truncated-line"}
    findings = [
        a_finding("f-1", evidence=("wickr-bot/1#4",), **cut),
        a_finding("f-2", evidence=("wickr-bot/old#9",), **cut),
    ]
    objects = [an_object(events=0, lines=0), an_object("wickr-bot/old", events=0, lines=0, modified_utc=0)]
    report = report_of(findings=findings, objects=objects)
    assert report.value("losses", "findings") == 1
    assert report.value("losses_undated", "findings") == 0


def test_rows_of_a_run_that_died_before_its_objects_do_not_count() -> None:
    report = report_of(
        objects=[an_object(run_id="r2", lines=2, quarantined=1)],
        events=[an_event(run_id="r1"), an_event(run_id="r2")],
        quarantine=[a_quarantined(run_id="r1"), a_quarantined(run_id="r2")],
    )
    assert report.value("entries", "entries") == 1
    assert report.groups("quarantine_by_reason") == {("invalid-json",): {"lines": 1}}
    assert all(check.holds for check in report.checks)


def test_figures_that_do_not_balance_are_said_to() -> None:
    report = report_of(objects=[an_object(lines=5, events=3, quarantined=1)], events=[an_event()])
    assert [check.holds for check in report.checks] == [False, False, False, True, True]
    assert b",NO," in as_csv(report)


def test_a_missing_run_folder_breaks_the_balance() -> None:
    period = quarter_in("FY2026Q4", "UTC")
    report = compose(tables(deliveries=[a_delivery()]), period, held=lambda run_id: False)
    assert not report.checks[-1].holds


def test_every_row_of_the_csv_can_be_counted_again_from_the_lake() -> None:
    rows = {**busy_quarter(), "quarantine": [a_quarantined("it's odd", line=n) for n in range(7)]}
    sheet = list(csv.DictReader(io.StringIO(as_csv(report_of(**rows)).decode())))
    with duckdb.connect() as console:
        for name, table in tables(**rows).items():
            console.register(name, table)
        for row in sheet:
            if row["section"] == "view":
                console.execute(f"create temp table {row['view']} as {row['expression']}")
        figures = [row for row in sheet if row["filter"] and row["figure"] != "delivered_day"]
        assert len(figures) > 200
        for row in figures:
            found = console.execute(f"select {row['expression']} from {row['view']} where {row['filter']}").fetchone()
            assert found is not None
            assert str(found[0]) == row["value"], row


def test_a_spreadsheet_does_not_run_a_cell() -> None:
    report = report_of(deliveries=[a_delivery(request="=HYPERLINK(1)", product="request")])
    assert b"'=HYPERLINK(1)" in as_csv(report)


def test_the_public_edition_hides_small_counts_and_what_would_give_them_away() -> None:
    report = report_of(suppress_below=5, **busy_quarter())
    codes = {item[0]: found["redactions"] for item, found in report.groups("redactions_by_code").items()}
    assert codes["(b)(7)(D)"] is None
    assert sum(value is None for value in codes.values()) == 2
    assert report.value("redactions", "redactions") == 450
    assert report.value("records", "records") == 900
    assert not report.groups("redactions_by_label")
    assert not report.groups("redactions_by_category")
    assert b"NAME_LINE_OFFICER" not in as_json(report) + as_csv(report)
    assert b"s3://transfer" not in as_json(report) + as_csv(report)


def test_a_hidden_count_is_not_in_any_file() -> None:
    rows = [a_redaction(record_id=f"r-{n}") for n in range(4)] + [
        a_redaction("(b)(7)(E)", record_id=f"s-{n}") for n in range(40)
    ]
    report = report_of(suppress_below=5, redactions=rows, deliveries=[a_delivery()])
    hidden = {(f.section, f.item) for f in report.figures if f.value is None}
    assert hidden == {("redactions_by_code", ("(b)(6)",)), ("redactions_by_code", ("(b)(7)(E)",))}
