"""Write the synthetic city's exports. Arguments: the landing zone, the first and the last day (default: 2024)."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

from lachan_sample import write_city

from bench.jobs import print_outcome

if __name__ == "__main__":
    started = time.perf_counter()
    first, last = (date.fromisoformat(day) for day in sys.argv[2:] or ("2024-01-01", "2024-12-31"))
    write_city(Path(sys.argv[1]), first, last)
    print_outcome(time.perf_counter() - started, 0)
