"""
# Nightly bundles

Every night: what the capture tools wrote since the last run comes in, and leaves as one redacted, sealed and
verified release bundle in the transfer zone. Nobody has to do anything.

* **One run per day.** It takes the capture objects that arrived before the end of its day (midnight, Eastern) and
  that no earlier run took, late ones included. When nothing is new the run ends green, with every step skipped.
* **Safe to repeat.** Clear any task and it gives the same result; a bundle is delivered once. Missed days: *Trigger*,
  *Backfill*. One run is active at a time, in order of days.
* **Errors.** A zone that does not answer is tried again. Bad input, a wrong count, a refused verification or a
  delivery conflict stops the run before anything is delivered: `docs/errors.md` says what to do.
"""

import pendulum
from airflow.sdk import CronDataIntervalTimetable, Param, chain, dag

from forms import POLICY
from tasks import DEFAULT_ARGS, bundle, deliver, detect, intake, open_nightly, redact, render, report, resolve, verify


@dag(
    dag_display_name="Nightly bundles",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="America/New_York"),
    start_date=pendulum.datetime(2026, 1, 1, tz="America/New_York"),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["nightly", "impact:public"],
    default_args=DEFAULT_ARGS,
    params={
        "arrived_before": Param(
            None,
            type=["null", "string"],
            format="date-time",
            title="Arrived before",
            description="Take what arrived before this moment. Empty: the end of the run's day.",
        ),
        "policy": POLICY,
    },
)
def nightly_bundles():
    shards = open_nightly()
    partitions = resolve()
    found = detect.expand(partition=partitions)
    redacted = redact.expand(partition=partitions)
    delivered = deliver()
    chain([shards, intake.expand(shard=shards)], partitions, found, redacted, render(), bundle(), verify(), delivered)
    chain(partitions, delivered, report())


nightly_bundles()
