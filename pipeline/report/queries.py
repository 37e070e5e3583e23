"""What the oversight report counts: a table of views over the lake and a table of sections over the views.

Everything here is data. A section groups one view and adds up its measures; each result becomes one figure that
names the view, the expression and the filter which give it again in any SQL console. `{...}` in a view is filled
with the quarter's borders by `pipeline.report.figures`; every border is a number or a day of our own making.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

IN_QUARTER = "month is not null"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A named query over lake tables or over views before it."""

    tables: tuple[str, ...]
    """Lake tables it draws on."""
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One group of figures."""

    title: str
    view: str
    measures: Mapping[str, str]
    """Name of the figure -> aggregate expression over the view."""
    by: tuple[str, ...] = ()
    where: str = IN_QUARTER
    people: bool = False
    """Small counts can point at a person: a public edition hides them."""
    total: str = ""
    """Section without groups that these groups add up to, when they do."""
    public: bool = True
    """Whether a public edition has it at all."""


VIEWS: Mapping[str, View] = {
    # A version read by two runs counts once, an archive together with its members. Its time is when the capture
    # tool wrote it.
    "capture_object": View(
        tables=("objects",),
        sql="""
        select object_key, version_id, run_id, size, lines, events, quarantined, {month:modified_utc} as month
        from (select object_key, version_id, run_id, min(modified_utc) as modified_utc,
                     sum(case when member = '' then size else 0 end) as size,
                     sum(lines) as lines, sum(events) as events, sum(quarantined) as quarantined
              from (select *, dense_rank() over (partition by object_key, version_id order by run_id) as place
                    from objects)
              where place = 1 group by object_key, version_id, run_id)""",
    ),
    # Rows of a run that died before it committed its objects are not counted: those objects were read again.
    "entry": View(
        tables=("events", "objects"),
        sql="""
        select kind, platform, month, undated, received_month
        from (select e.event_kind as kind, e.source as platform, {month:e.ts_utc} as month,
                     case when e.ts_utc is null then 1 else 0 end as undated, o.month as received_month
              from events e join capture_object o
                on o.object_key = e.object_key and o.version_id = e.version_id and o.run_id = e.run_id)
        where month is not null or received_month is not null""",
    ),
    "quarantined_line": View(
        tables=("quarantine", "objects"),
        sql="""
        select q.reason, o.month
        from quarantine q join capture_object o
          on o.object_key = q.object_key and o.version_id = q.version_id and o.run_id = q.run_id""",
    ),
    "latest_record": View(
        tables=("records",),
        sql="""
        select record_id, platform, conversation_id, unit, {month_of_day:unit} as month,
               list_distinct(list_transform(sightings, lambda copy: copy.custodian)) as custodians,
               len(sightings) as copies, len(conflicts) as conflicts,
               case when len(versions) > 1 or list_contains(flags, 'edited') then 1 else 0 end as edited,
               case when len(deletions) > 0 or list_contains(flags, 'deleted') then 1 else 0 end as deleted,
               case when coalesce(body, '') <> ''
                      or len(list_filter(attachments, lambda file: file.object_key <> '')) > 0
                    then 1 else 0 end as held,
               case when expires_utc is not null then 1 else 0 end as expiring
        from (select *, row_number() over (partition by record_id order by run_seq desc, run_id desc) as place
              from records)
        where place = 1 and {month_of_day:unit} is not null""",
    ),
    "captured_record": View(
        tables=("records", "delivered_records"),
        sql="""
        select r.record_id, r.platform, r.conversation_id, r.unit, r.month, r.copies, r.conflicts, r.edited,
               r.deleted, r.held, r.expiring, case when d.record_id is null then 0 else 1 end as delivered
        from latest_record r left join (select distinct record_id from delivered_records) d
          on d.record_id = r.record_id""",
    ),
    # A capture of the whole network and a copy of unknown origin have no custodian to count.
    "custodian_copy": View(
        tables=("records",),
        sql="""
        select platform, month, custodian
        from (select platform, month, unnest(custodians) as custodian from latest_record)
        where custodian not in ('', 'network')""",
    ),
    "finished_run": View(
        tables=("deliveries",),
        sql="""
        select run_id, bundle_id, product, request, url, records, units, files, bytes, tag_manifest_sha256,
               delivered_utc, {month:delivered_utc} as month
        from deliveries""",
    ),
    # The same bundle delivered again is the same bundle: the first delivery counts.
    "delivered_bundle": View(
        tables=("deliveries",),
        sql="""
        select run_id, bundle_id, product, request, url, records, units, files, bytes, tag_manifest_sha256,
               delivered_utc, month,
               case when request <> '' then request when product = 'request' then bundle_id end as request_key
        from (select *, row_number() over (partition by bundle_id order by delivered_utc, run_id) as place
              from finished_run where bundle_id <> '')
        where place = 1""",
    ),
    "redaction": View(
        tables=("redactions", "deliveries"),
        sql="""
        select r.platform, r.record_id, r.label, r.codes, r.category, {month_of_day:r.unit} as month,
               b.bundle_id, b.month as delivered_month, b.request_key
        from redactions r join delivered_bundle b on b.bundle_id = r.bundle_id and b.run_id = r.run_id""",
    ),
    "exemption_use": View(
        tables=("redactions", "deliveries"),
        sql="""
        select unnest(codes) as code, platform, record_id, month, bundle_id, delivered_month, request_key
        from redaction""",
    ),
    # A finding written by several runs counts once, as the run that finished last wrote it. One without a time is
    # dated by the object that its first piece of evidence, `object#line`, lies in.
    "loss": View(
        tables=("findings", "deliveries", "objects"),
        sql="""
        select finding_id, rule, basis, platform, conversation_id, count_low, count_high,
               case when unit <> '' then {month_of_day:unit} else {month:dated_utc} end as month,
               case when unit = '' and dated_utc is null then 1 else 0 end as undated
        from (select f.*, coalesce(f.from_utc, f.to_utc, o.written_utc) as dated_utc,
                     row_number() over (partition by f.finding_id order by
                       coalesce(d.delivered_utc, -1) desc, f.run_id desc) as place
              from findings f
              left join (select run_id, max(delivered_utc) as delivered_utc from deliveries group by run_id) d
                on d.run_id = f.run_id
              left join (select object_key, min(modified_utc) as written_utc from objects group by object_key) o
                on o.object_key = regexp_replace(f.evidence[1], '#[0-9]+$', ''))
        where place = 1""",
    ),
}
"""In an order in which each may use those before it."""

_RECORDS = {
    "copies": "coalesce(sum(copies), 0)",
    "records": "count(*)",
    "folded": "coalesce(sum(copies), 0) - count(*)",
    "delivered": "coalesce(sum(delivered), 0)",
    "edited": "coalesce(sum(edited), 0)",
    "deleted_held": "coalesce(sum(deleted * held), 0)",
    "deleted_empty": "coalesce(sum(deleted * (1 - held)), 0)",
    "expiring": "coalesce(sum(expiring), 0)",
    "expiring_held": "coalesce(sum(expiring * held), 0)",
    "conflicting": "coalesce(sum(case when conflicts > 0 then 1 else 0 end), 0)",
    "conversations": "count(distinct conversation_id)",
    "units": "count(distinct (conversation_id, unit))",
}
_LOSSES = {
    "findings": "count(*)",
    "low": "coalesce(sum(count_low), 0)",
    "high": "coalesce(sum(count_high), 0)",
    "conversations": "count(distinct nullif(conversation_id, ''))",
}
_REDACTIONS = {"redactions": "count(*)", "records": "count(distinct record_id)"}
_BUNDLES = {
    "bundles": "count(*)",
    "records": "coalesce(sum(records), 0)",
    "units": "coalesce(sum(units), 0)",
    "files": "coalesce(sum(files), 0)",
    "bytes": "coalesce(sum(bytes), 0)",
}

SECTIONS: Mapping[str, Section] = {
    "received": Section(
        title="Capture objects received",
        view="capture_object",
        measures={
            "objects": "count(*)",
            "bytes": "coalesce(sum(size), 0)",
            "lines": "coalesce(sum(lines), 0)",
            "events": "coalesce(sum(events), 0)",
            "quarantined": "coalesce(sum(quarantined), 0)",
        },
    ),
    "entries": Section(
        title="Entries read from the objects received",
        view="entry",
        measures={"entries": "count(*)", "undated": "coalesce(sum(undated), 0)"},
        where="received_month is not null",
    ),
    "quarantine": Section(title="Lines held in quarantine", view="quarantined_line", measures={"lines": "count(*)"}),
    "quarantine_by_reason": Section(
        title="Lines held in quarantine, by reason",
        view="quarantined_line",
        by=("reason",),
        measures={"lines": "count(*)"},
    ),
    "entries_by_kind": Section(
        title="Entries dated in the quarter, by kind", view="entry", by=("kind",), measures={"entries": "count(*)"}
    ),
    "records": Section(title="Messages captured", view="captured_record", measures=_RECORDS),
    "records_by_platform": Section(
        title="Messages captured, by platform", view="captured_record", by=("platform",), measures=_RECORDS
    ),
    "records_by_month": Section(
        title="Messages captured, by month", view="captured_record", by=("month",), measures=_RECORDS
    ),
    "custodians": Section(
        title="Custodians with a captured copy",
        view="custodian_copy",
        measures={"custodians": "count(distinct custodian)"},
        people=True,
    ),
    "custodians_by_platform": Section(
        title="Custodians with a captured copy, by platform",
        view="custodian_copy",
        by=("platform",),
        measures={"custodians": "count(distinct custodian)"},
        people=True,
        total="custodians",
    ),
    "redactions": Section(title="Redactions", view="redaction", measures=_REDACTIONS, people=True),
    "redactions_by_code": Section(
        title="Redactions that cite each exemption",
        view="exemption_use",
        by=("code",),
        measures=_REDACTIONS,
        people=True,
        total="redactions",
    ),
    "redactions_by_label": Section(
        title="Redactions, by the label printed", view="redaction", by=("label",), measures=_REDACTIONS, public=False
    ),
    "redactions_by_category": Section(
        title="Redactions, by category", view="redaction", by=("category",), measures=_REDACTIONS, public=False
    ),
    "redactions_by_platform": Section(
        title="Redactions, by platform",
        view="redaction",
        by=("platform",),
        measures=_REDACTIONS,
        people=True,
        total="redactions",
    ),
    "redactions_by_month": Section(
        title="Redactions, by month",
        view="redaction",
        by=("month",),
        measures=_REDACTIONS,
        people=True,
        total="redactions",
    ),
    "requests": Section(
        title="Requests answered with a bundle",
        view="delivered_bundle",
        measures={"requests": "count(distinct request_key)"},
    ),
    "requests_by_code": Section(
        title="Requests in which each exemption was used",
        view="exemption_use",
        by=("code",),
        measures={"requests": "count(distinct request_key)"},
        where="delivered_month is not null and request_key is not null",
        people=True,
        total="requests",
    ),
    "losses": Section(title="Findings of loss", view="loss", measures=_LOSSES),
    "losses_by_basis": Section(title="Findings of loss, by basis", view="loss", by=("basis",), measures=_LOSSES),
    "losses_by_rule": Section(
        title="Findings of loss, by rule and basis", view="loss", by=("rule", "basis"), measures=_LOSSES
    ),
    "losses_by_platform": Section(
        title="Findings of loss, by platform", view="loss", by=("platform",), measures=_LOSSES
    ),
    "losses_by_month": Section(title="Findings of loss, by month", view="loss", by=("month",), measures=_LOSSES),
    "losses_undated": Section(
        title="Findings of loss that no quarter can hold",
        view="loss",
        where="undated = 1",
        measures=_LOSSES,
    ),
    "deliveries": Section(title="Bundles delivered", view="delivered_bundle", measures=_BUNDLES),
    "deliveries_by_product": Section(
        title="Bundles delivered, by product", view="delivered_bundle", by=("product",), measures=_BUNDLES
    ),
    "deliveries_by_month": Section(
        title="Bundles delivered, by month", view="delivered_bundle", by=("month",), measures=_BUNDLES
    ),
    "runs": Section(
        title="Runs finished",
        view="finished_run",
        measures={
            "runs": "count(*)",
            "nothing_to_release": "coalesce(sum(case when bundle_id = '' then 1 else 0 end), 0)",
        },
    ),
}

BUNDLE_COLUMNS = (
    "delivered_utc",
    "product",
    "request",
    "bundle_id",
    "records",
    "units",
    "files",
    "bytes",
    "tag_manifest_sha256",
    "url",
    "run_id",
)
BUNDLES = (
    f"select {', '.join(BUNDLE_COLUMNS)} from delivered_bundle where {IN_QUARTER} order by delivered_utc, bundle_id"
)
"""The list of deliveries."""
