"""What the fuzzer found: the input made small, and a name that the same fault always has."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final

from tests.fuzz.harness import Violated

KEPT: Final = Path(__file__).parent / "findings"
"""Inputs that once broke a rule, by reader; `test_findings.py` reads all of them every time."""
OWN: Final = ("/pipeline/", "/tests/fuzz/")
Check = Callable[[bytes], None]


def name_of(problem: BaseException) -> str:
    """The fault's name: the rule, or the exception and where in our own code it arose."""
    if isinstance(problem, Violated):
        return str(problem.args[0])
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if any(o in frame.filename for o in OWN)]
    where = (
        f"{Path(frames[-1].filename).stem}-{frames[-1].name.strip('<>')}-{frames[-1].lineno}" if frames else "outside"
    )
    return f"{type(problem).__name__}-{where}".lower().replace("_", "-")


def fault_of(check: Check, data: bytes) -> str:
    """The name of the fault that these bytes show, or an empty text."""
    try:
        check(data)
    except RecursionError as problem:
        return f"recursionerror-{name_of(problem).rpartition('-')[0]}"
    except Exception as problem:  # noqa: BLE001 - whatever is raised is what is looked for
        return name_of(problem)
    return ""


def made_small(check: Check, data: bytes, fault: str, seconds: float = 8.0) -> bytes:
    """The bytes with everything taken out that the fault does not need, as far as the time allows."""
    until = monotonic() + seconds
    size = len(data) // 2
    while size:
        at = 0
        while at < len(data) and monotonic() < until:
            shorter = data[:at] + data[at + size :]
            if fault_of(check, shorter) == fault:
                data = shorter
            else:
                at += size
        size //= 2
    return data


def kept_as(fault: str, data: bytes) -> str:
    """The file name of a finding."""
    return f"{fault}-{hashlib.sha256(data).hexdigest()[:8]}.bin"
