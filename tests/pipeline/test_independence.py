"""The work never needs Airflow: every module of `pipeline` imports where it is blocked."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pipeline

BLOCKER = """
import importlib, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == "airflow" or name.startswith("airflow."):
            raise ImportError("airflow is blocked")
sys.meta_path.insert(0, Blocked())
for name in sys.argv[1:]:
    importlib.import_module(name)
print(len(sys.argv) - 1)
"""


def test_every_module_imports_with_airflow_blocked() -> None:
    names = [m.name for m in pkgutil.walk_packages(pipeline.__path__, "pipeline.") if m.name != "pipeline.__main__"]
    done = subprocess.run([sys.executable, "-c", BLOCKER, *names], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(names) > 50
