"""The installation that `make demo` and `make ui` share: its folders, its environment and its capture archive."""

from __future__ import annotations

import os
from pathlib import Path

from embedded_s3 import client_environment, create_buckets
from pipeline.sample import write_sample
from pipeline.storage import open_zone

ROOT = Path(__file__).resolve().parents[1]
DEMO = Path(os.environ.get("DEMO_FOLDER") or ROOT / "demo").absolute()
"""Everything the demo keeps; remove it and the next demo is the first one again."""
S3 = DEMO / "s3"
ARCHIVE = DEMO / "archive"
BUNDLES = DEMO / "bundles"
ZONES = ("captures", "lake", "runs", "transfer")
MESSAGES = 2000
DESCRIPTOR = "archive.json"


def set_environment(home: Path, endpoint: str) -> None:
    """Point this process and its children at the demo: before the first import of Airflow."""
    strangers = [name for name in os.environ if name.startswith(("FOIA_", "AIRFLOW_", "AWS_"))]
    for name in strangers:
        del os.environ[name]
    os.environ.update(client_environment(endpoint))
    os.environ.update({f"FOIA_{zone.upper()}": f"s3://{zone}" for zone in ZONES})
    os.environ.update(
        NO_PROXY="127.0.0.1,localhost",
        PYTHONPATH=os.pathsep.join((str(ROOT), str(ROOT / "plugins"))),
        PYTHONWARNINGS="ignore",
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY="2",
        AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS="False",
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
    )


def fill_archive(archive: Path = ARCHIVE, messages: int = MESSAGES) -> None:
    """Write the sample archive and upload it, once. The truth beside it stays at home; the descriptor goes last."""
    create_buckets(*ZONES)
    captures = open_zone("s3://captures")
    if captures.exists(DESCRIPTOR):
        return
    write_sample(archive.as_uri(), messages=messages)
    folder = open_zone(archive.as_uri())
    keys = [info.key for info in folder.iter_objects() if not info.key.startswith("truth/")]
    for key in sorted(keys, key=lambda key: (key == DESCRIPTOR, key)):
        blob = folder.get(key)
        with blob.stream as stream:
            captures.put(key, stream.read(), blob.metadata)


def fetch_bundle(bundle_id: str) -> None:
    """Copy a delivered bundle, its certificate and its marker to `demo/bundles`."""
    transfer = open_zone("s3://transfer")
    target = open_zone(BUNDLES.as_uri())
    for info in transfer.iter_objects(bundle_id):
        with transfer.get(info.key).stream as stream:
            target.put(info.key, stream.read())
