"""The timed processes, `python -m bench.jobs.<name>`. All jobs import this module: standard library only."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any


def peak_mb() -> float:
    """The largest memory that this process has had so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB; bytes on macOS
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def print_outcome(seconds: float, rows: int, **detail: Any) -> None:
    """Print the outcome as JSON, which the bench reads from the last line: wall seconds, rows, peak memory in MB."""
    print(json.dumps({"seconds": seconds, "rows": rows, "peak_mb": peak_mb(), "detail": detail}), flush=True)
