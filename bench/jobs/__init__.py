"""The processes that are timed, `python -m bench.jobs.<name>`; this module is standard library only."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any


def tell(seconds: float, rows: int, **detail: Any) -> None:
    """Hand the outcome to the bench, as the last line of standard output: wall seconds, rows, peak memory."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB, on macOS bytes
    megabytes = peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
    print(json.dumps({"seconds": seconds, "rows": rows, "peak_mb": megabytes, "detail": detail}), flush=True)
