"""`make demo`: the first run delivers a bundle a person can open, the second delivers nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demo import lines

ROOT = Path(__file__).resolve().parents[2]
COUNTS: dict[str, Any] = {
    "lines": 2833,
    "events": 2827,
    "quarantined": 6,
    "messages": 2603,
    "records": 2056,
    "folded": 547,
    "redactions": {"(b)(7)(E)": 1, "(b)(6); (b)(7)(C)": 1200},
    "losses": 3,
    "pages": 90,
    "pdf": ["b-1/data/pdf/volume-0001.pdf", "b-1/data/pdf/volume-0002.pdf"],
    "bundles": ["s3://transfer/b-1"],
    "bundle_id": "b-1",
}


def test_the_result_is_ten_lines_with_both_sums() -> None:
    told = lines(COUNTS, "demo/bundles")
    assert len(told) == 10
    assert told[0] == "Lines read        2,833 = 2,827 events + 6 quarantined"
    assert told[1] == "Messages          2,603 = 2,056 records + 547 copies folded"
    assert told[3] == "  by exemption    (b)(6); (b)(7)(C) 1,200, (b)(7)(E) 1"
    assert told[9] == "  PDF             demo/bundles/b-1/data/pdf/volume-0001.pdf  (and 1 more beside it)"


def a_demo(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "plugins" / "demo.py")]
    environment = {**os.environ, "DEMO_FOLDER": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)


def delivered(folder: Path) -> list[str]:
    index = json.loads((folder / "s3" / "index.json").read_text(encoding="utf-8"))
    return sorted(f"{row['key']} {row['version_id']}" for row in index["transfer"])


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_two_demos_deliver_once(tmp_path: Path) -> None:
    first = a_demo(tmp_path)
    assert first.returncode == 0, first.stdout
    assert "Lines read" in first.stdout
    [pdf] = [line.split(maxsplit=1)[1] for line in first.stdout.splitlines() if line.startswith("  PDF")]
    assert (ROOT / pdf.split("  (and")[0]).read_bytes().startswith(b"%PDF")
    assert first.stderr == ""
    held = delivered(tmp_path)
    assert sum(".complete.json" in row for row in held) == 1

    second = a_demo(tmp_path)
    assert second.returncode == 0, second.stdout
    assert "nothing new" in second.stdout
    assert "Lines read" not in second.stdout
    assert delivered(tmp_path) == held


@pytest.mark.slow
def test_a_demo_that_cannot_start_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "s3").mkdir()
    (tmp_path / "s3" / "index.json").write_text("{", encoding="utf-8")
    demo = a_demo(tmp_path)
    assert demo.returncode == 1
    assert "The demo failed at starting: the embedded S3 server did not start" in demo.stdout
    assert "Traceback" not in demo.stdout + demo.stderr
