"""The tasks of our DAGs: one call each into `pipeline`, which is imported inside so that parsing stays cheap.

The first task of a run opens the run folder and leaves its URL in XCom under `run`; every other task finds it
there. Nothing else crosses XCom than that URL and the ids of shards and partitions.
"""

# mypy: disallow-untyped-decorators=False
# (Airflow's @task carries no types.)

from __future__ import annotations

import datetime as dt
import logging
import os
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from forms import read_request

if TYPE_CHECKING:
    from pipeline.job import Job
    from pipeline.settings import Settings

log = logging.getLogger(__name__)

OPENING = "open_run"
RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception="pipeline.errors.StorageError", action=RetryAction.RETRY, reason="a zone may come back"),
        RetryRule(
            exception=[
                "airflow.providers.standard.exceptions.HITLRejectException",
                "airflow.providers.standard.exceptions.HITLTimeoutError",
            ],
            action=RetryAction.FAIL,
            reason="a refusal is an answer, and silence is no approval",
        ),
        RetryRule(
            exception="pipeline.errors.BundlerError",
            action=RetryAction.FAIL,
            reason="bad input, a refused verification, a conflict or a wrong count does not heal by itself",
        ),
        RetryRule(exception=[ConnectionError, TimeoutError], action=RetryAction.RETRY, reason="the network failed"),
    ]
)
"""Which errors are worth another try. First match wins; anything else has its `retries`."""

# No retry_delay: the installation's `default_task_retry_delay` holds, which the demo and the tests shorten.
DEFAULT_ARGS: dict[str, Any] = {"owner": "records", "retries": 2, "retry_policy": RETRIES}

MAY_BE_EMPTY = "none_failed_min_one_success"
"""Trigger rule behind steps that have nothing to do: mapped over nothing they are skipped, and the run goes on."""


@task(task_id=OPENING)
def open_nightly(data_interval_end: dt.datetime | None = None) -> list[str]:
    """Plan a nightly run: what arrived before the interval's end and was not delivered yet. Returns the shards."""
    context = get_current_context()
    params = context["params"]
    asked = params["arrived_before"] and dt.datetime.fromisoformat(params["arrived_before"])
    moment = asked or data_interval_end or context["dag_run"].run_after
    job = current_settings().job(
        policy=params["policy"], only_new=True, product="nightly", arrived_before_utc=_microseconds(moment)
    )
    shards = _open(context, job)
    from pipeline.run import nothing_new

    if nothing_new(run_folder()):
        raise AirflowSkipException("nothing new")
    return shards


@task(task_id=OPENING)
def open_request() -> list[str]:
    """Check the form of an ad-hoc request and plan its run. Returns the shards."""
    context = get_current_context()
    request = read_request(context["params"], context["dag_run"].conf)
    return _open(context, current_settings().job(product="request", **request))


@task(map_index_template="{{ shard }}")
def intake(shard: str) -> None:
    """Read one shard of the new capture objects."""
    get_current_context()["shard"] = shard
    from pipeline.run import intake as stage

    stage(run_folder(), shard)


@task(trigger_rule=MAY_BE_EMPTY)
def resolve() -> list[str]:
    """Commit to the lake, resolve and select. Returns the partitions."""
    from pipeline.run import partitions
    from pipeline.run import resolve as stage

    stage(run_folder())
    return list(partitions(run_folder()))


@task(map_index_template="{{ partition }}")
def detect(partition: str) -> None:
    """Find what is sensitive in one partition."""
    get_current_context()["partition"] = partition
    from pipeline.run import detect as stage

    stage(run_folder(), partition)


@task(map_index_template="{{ partition }}")
def redact(partition: str) -> None:
    """Redact one partition with what was found in all of them."""
    get_current_context()["partition"] = partition
    from pipeline.run import redact as stage

    stage(run_folder(), partition)


@task
def render() -> None:
    """Write the documents from the redacted records."""
    from pipeline.run import render as stage

    stage(run_folder())


@task(task_id="render")
def render_approved() -> None:
    """The same, once a person's approval stands in the run folder: marking a task as done in the pages is none."""
    from pipeline.errors import NotApproved
    from pipeline.run import render as stage
    from pipeline.storage import open_zone

    if not open_zone(run_folder()).exists("approval.json"):
        raise NotApproved("nobody has approved this request")
    stage(run_folder())


@task
def bundle() -> None:
    """Seal the documents in a bag."""
    from pipeline.run import bundle as stage

    stage(run_folder())


@task
def verify() -> None:
    """Try to refuse the sealed bag."""
    from pipeline.run import verify as stage

    stage(run_folder())


@task(trigger_rule=MAY_BE_EMPTY)
def deliver() -> None:
    """Copy the verified bag to the transfer zone, marker last; write down the end of a run that had nothing to copy."""
    from pipeline.run import deliver as stage

    stage(run_folder(), now_utc=_microseconds(dt.datetime.now(dt.UTC)))


@task
def report() -> str:
    """Say what the run did, in counts. Returns the run folder's URL."""
    from pipeline.run import summary

    counts = summary(run_folder())
    log.info("summary %s", {name: value for name, value in counts.items() if isinstance(value, int)})
    return run_folder()


@task
def quarterly_report(data_interval_start: dt.datetime | None = None) -> str:
    """Write the oversight report of the asked quarter, else of the interval's, else of the last full one."""
    from pipeline.report import fiscal_quarter, quarterly

    context = get_current_context()
    settings = current_settings()
    zone = context["dag"].timezone.name
    quarter = context["params"]["quarter"]
    if not quarter:
        inside = data_interval_start or _last_quarter(context["dag_run"].run_after)
        quarter = fiscal_quarter(inside.astimezone(ZoneInfo(zone)).date())
    quarterly(lake=settings.lake, runs=settings.runs_zone, quarter=quarter, out=settings.reports_zone, zone=zone)
    return settings.reports_zone


def run_folder() -> str:
    """The URL of this DAG run's folder, as its first task left it."""
    url = get_current_context()["ti"].xcom_pull(task_ids=OPENING, key="run")
    if not isinstance(url, str):
        raise AirflowFailException(f"{OPENING} left no run folder")
    return url


def _open(context: Any, job: Job) -> list[str]:
    from pipeline.run import open_run, shards

    dag_run = context["dag_run"]
    url = open_run(job, name=re.sub(r"[^A-Za-z0-9]+", "-", f"{dag_run.dag_id}-{dag_run.run_id}"))
    context["ti"].xcom_push(key="run", value=url)
    return list(shards(url))


def current_settings() -> Settings:
    """The settings of this worker's environment."""
    from pipeline.settings import Settings

    return Settings.from_environment(os.environ)


def _microseconds(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _last_quarter(moment: dt.datetime) -> dt.datetime:
    first = moment.replace(month=(moment.month - 1) // 3 * 3 + 1, day=1, hour=12)
    return first - timedelta(days=2)
