"""
# Export for a request

One request in; one numbered, redacted, sealed and verified bundle out. **Nothing is packaged until a person approves.**

1. *Trigger*, fill in the form. The fields marked with a star are required; the rest may stay as it is.
2. The run stops at `approve`. Home shows a *Required Action*: how many records respond and how many redactions each
   exemption has. Give a reason, then **Approve** or **Reject**. No answer is no approval: the run waits.
3. Approved: the bundle is in the transfer zone when the run is green. Rejected: the run ends red at `approve`, nothing
   was packaged, and the refusal stands in the run folder. When no record responds, nobody is asked and the run is
   green, with every step from `detect` to `verify` skipped.

Use the request number as the *Run ID* (Advanced Options) and nobody can start the same request twice by mistake.
"""

import datetime as dt

from airflow.sdk import chain, dag

from approval import ANSWER, ReleaseApproval
from forms import REQUEST_FORM
from tasks import DEFAULT_ARGS, bundle, deliver, detect, intake, open_request, redact, render_approved, resolve, verify


@dag(
    dag_display_name="Export for a request",
    schedule=None,
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    doc_md=__doc__,
    tags=["request", "impact:public"],
    default_args=DEFAULT_ARGS,
    params=REQUEST_FORM,
)
def adhoc_export():
    shards = open_request()
    partitions = resolve()
    found = detect.expand(partition=partitions)
    redacted = redact.expand(partition=partitions)
    approved = ReleaseApproval(task_id="approve", subject="Release {{ params.request }}?", params=ANSWER)
    delivered = deliver()
    chain([shards, intake.expand(shard=shards)], partitions, found, redacted, approved)
    chain(approved, render_approved(), bundle(), verify(), delivered)
    chain(partitions, delivered)


adhoc_export()
