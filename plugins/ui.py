"""`make ui`: Airflow's pages over the demo archive, with four users and the DAGs ready to trigger. Ctrl-C ends it.

The S3 server is the demo's own, with the same buckets, so a night that `make demo` delivered is delivered here too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from demo_installation import DEMO, ROOT, S3, fill_archive, set_environment
from embedded_s3 import running

HOME = DEMO / "airflow-ui"
LOG = DEMO / "ui.log"
USERS_FILE = ROOT / "docker" / "demo-users.json"
ROLES = {"admin": "admin", "archivist": "user", "reviewer": "user", "auditor": "viewer"}
START_SECONDS = 300


def main() -> int:
    """Start everything, wait for Ctrl-C, stop everything; returns the exit code."""
    DEMO.mkdir(exist_ok=True)
    port = os.environ.get("PORT", "8080")
    url = f"http://localhost:{port}"
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, _interrupt)
    with running(S3) as endpoint, LOG.open("wb") as log:
        set_environment(HOME, endpoint)
        os.environ.update(_ui_settings(port, url))
        _say("Writing the sample archive ...")
        fill_archive()
        _say(f"Starting Airflow (half a minute; its log is {os.path.relpath(LOG, ROOT)}) ...")
        command = [sys.executable, "-m", "airflow", "standalone"]
        airflow = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - our own command
        try:
            if not _answers(url, airflow):
                _say(f"Airflow did not start; see {os.path.relpath(LOG, ROOT)}.")
                return 1
            _greet(url)
            return airflow.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            _say("Stopping ...")
            _stop(airflow)


def _ui_settings(port: str, url: str) -> dict[str, str]:
    return {
        # standalone starts its parts as `airflow ...`, and the virtual environment need not be active.
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
        "FOIA_REVIEWERS": "reviewer,admin",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in ROLES.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(USERS_FILE),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
    }


def _answers(url: str, airflow: subprocess.Popen[bytes]) -> bool:
    """Wait until the pages answer and the DAG processor has been seen; False when Airflow ended or took too long."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and airflow.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310 - our own URL
                health = json.load(answer)
            if all(health[part]["status"] == "healthy" for part in ("scheduler", "dag_processor")):
                return True
        except (urllib.error.URLError, TimeoutError, ConnectionError, KeyError):
            pass
        time.sleep(1)
    return False


def _greet(url: str) -> None:
    users = json.loads(USERS_FILE.read_text(encoding="utf-8"))
    _say(f"\nAirflow is at {url}\n")
    for user, role in ROLES.items():
        _say(f"  {user:10} password {users[user]:10} role {role}")
    _say("\nTrigger `Export for a request` as archivist, approve it as reviewer. Ctrl-C ends.\n")


def _stop(airflow: subprocess.Popen[bytes]) -> None:
    """End the whole process group: standalone leaves children behind when only it is told."""
    for sign, patience in ((signal.SIGINT, 20), (signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        try:
            os.killpg(airflow.pid, sign)
            airflow.wait(timeout=patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
