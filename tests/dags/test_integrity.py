"""The house rules of a DAG file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from forms import REQUEST_FORM

DAGS = Path(__file__).resolve().parents[2] / "dags"
FILES = sorted(path.stem for path in DAGS.glob("*.py"))
TAGS = {"nightly", "request", "oversight", "impact:public"}


def test_every_file_parses_and_holds_the_dag_it_is_named_for(dagbag: Any) -> None:
    assert dagbag.import_errors == {}
    assert sorted(dagbag.dags) == FILES
    assert {dag_id: Path(dag.fileloc).stem for dag_id, dag in dagbag.dags.items()} == {name: name for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_a_dag_keeps_the_house_rules(dagbag: Any, name: str) -> None:
    from tasks import DEFAULT_ARGS, RETRIES

    dag = dagbag.dags[name]
    assert dag.doc_md.lstrip().startswith("# ")
    assert dag.tags
    assert set(dag.tags) <= TAGS
    assert dag.catchup is False
    assert len(dag.tasks) <= 10
    assert dag.default_args.keys() == DEFAULT_ARGS.keys()
    assert {task.retries for task in dag.tasks} == {DEFAULT_ARGS["retries"]}
    assert all(task.retry_policy.serialize() == RETRIES.serialize() for task in dag.tasks)
    assert all(task.pool == "default_pool" for task in dag.tasks)
    assert len((DAGS / f"{name}.py").read_text(encoding="utf-8").splitlines()) < 60


def test_nothing_fixes_a_retry_delay(dagbag: Any) -> None:
    from airflow.sdk.definitions._internal.abstractoperator import DEFAULT_RETRY_DELAY

    assert {task.retry_delay for dag in dagbag.dags.values() for task in dag.tasks} == {DEFAULT_RETRY_DELAY}


@pytest.mark.parametrize("name", ["nightly_bundles", "quarterly_oversight"])
def test_a_scheduled_dag_runs_one_interval_at_a_time(dagbag: Any, name: str) -> None:
    assert dagbag.dags[name].max_active_runs == 1
    assert type(dagbag.dags[name].timetable).__name__ == "CronDataIntervalTimetable"


def test_the_form_shows_titles_and_descriptions() -> None:
    for param in REQUEST_FORM.values():
        assert param.schema["title"]
        assert (param.description or "").endswith(".")


def test_only_a_person_can_approve(dagbag: Any) -> None:
    approve = dagbag.dags["adhoc_export"].get_task("approve")
    assert approve.defaults is None
    assert approve.fail_on_reject
    packaging = {task.task_id for task in approve.get_flat_relatives(upstream=False)}
    assert packaging == {"render", "bundle", "verify", "deliver"}
