"""Airflow for the DAG tests: its own home, an S3 server on the loopback, a fresh set of zones for each test.

All DAG tests share one process (one xdist group), since each process pays Airflow's start again.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
os.environ.update(  # before Airflow is imported anywhere
    AIRFLOW_HOME=tempfile.mkdtemp(prefix="airflow-test-"),
    AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
    AIRFLOW__API_AUTH__JWT_SECRET=secrets.token_hex(32),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY="1",
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS="archivist:user,reviewer:user,auditor:viewer",
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=str(ROOT / "docker" / "demo-users.json"),
    AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS="False",
    AIRFLOW__LOGGING__LOGGING_LEVEL="CRITICAL",
)

import boto3  # noqa: E402
import pytest  # noqa: E402
from airflow.listeners import hookimpl  # noqa: E402

from demo_installation import ZONES, fill_archive  # noqa: E402
from embedded_s3 import client_environment, create_buckets  # noqa: E402

MESSAGES = 200


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("dags"))


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def s3(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of the server, and the environment that leads there."""
    for name, value in client_environment(s3_endpoint).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return boto3.client("s3")


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive")


@pytest.fixture
def zones(
    s3: Any, archive: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], list[str]]:
    """Captures that all tests share; lake, runs, transfer and reports of this test's own. Lists the keys of a zone."""
    create_buckets(*ZONES)
    fill_archive(archive, MESSAGES)
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name)
    monkeypatch.setenv("FOIA_CAPTURES", "s3://captures")
    for zone in ("lake", "runs", "transfer"):
        monkeypatch.setenv(f"FOIA_{zone.upper()}", f"s3://{zone}/{name}")
    monkeypatch.setenv("FOIA_REPORTS", f"s3://runs/{name}/reports")

    def keys(zone: str) -> list[str]:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=zone, Prefix=f"{name}/")
        return sorted(item["Key"].removeprefix(f"{name}/") for page in pages for item in page.get("Contents", ()))

    return keys


class Told:
    """Airflow's listener: a task's error goes to the output that pytest shows with a failed test."""

    @hookimpl
    def on_task_instance_failed(self, task_instance: Any, error: BaseException | str | None) -> None:
        sys.stdout.write(f"{task_instance.task_id} failed: {type(error).__name__}: {error}\n")


@pytest.fixture(scope="session")
def airflow_db() -> None:
    from airflow.sdk.listener import get_listener_manager
    from airflow.utils.db import initdb

    initdb()
    get_listener_manager().add_listener(Told())


@pytest.fixture(scope="session")
def dagbag(airflow_db: None) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(ROOT / "dags"))


@pytest.fixture(scope="session")
def api(airflow_db: None) -> Any:
    """Airflow's own REST API, over the tests' database."""
    from airflow.api_fastapi.app import create_app
    from starlette.testclient import TestClient

    return TestClient(create_app(apps="core"))


@pytest.fixture
def signed_in(api: Any) -> Callable[[str], dict[str, str]]:
    """The headers of a demo user."""

    def headers(user: str) -> dict[str, str]:
        token = api.post("/auth/token", json={"username": user, "password": user}).json()["access_token"]
        return {"Authorization": f"Bearer {token}"}

    return headers


@pytest.fixture
def answering(api: Any, signed_in: Callable[[str], dict[str, str]]) -> Iterator[Callable[..., threading.Thread]]:
    """Starts a person who waits for the approval to appear and answers it over REST, as the page does."""
    over = threading.Event()
    started: list[threading.Thread] = []

    def person(user: str, *, choose: str, reason: str | None, seen: dict[str, Any]) -> threading.Thread:
        def wait_and_answer() -> None:
            headers = signed_in(user)
            asked = "/api/v2/dags/adhoc_export/dagRuns/~/hitlDetails?state=awaiting_input&response_received=false"
            while not (waiting := api.get(asked, headers=headers).json()["hitl_details"]):
                if over.wait(0.2):
                    return
            seen.update(waiting[0])
            run = waiting[0]["task_instance"]["dag_run_id"]
            place = f"/api/v2/dags/adhoc_export/dagRuns/{run}/taskInstances/approve/-1/hitlDetails"
            answer = {"chosen_options": [choose], "params_input": {"reason": reason}}
            seen["status"] = api.patch(place, headers=headers, json=answer).status_code

        thread = threading.Thread(target=wait_and_answer, daemon=True)
        started.append(thread)
        thread.start()
        return thread

    yield person
    over.set()
    for thread in started:
        thread.join(timeout=30)
