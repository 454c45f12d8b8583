"""Write the synthetic city's exports of 2024. The argument is the landing zone."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

from lachan_sample import write_city

from bench.jobs import print_outcome

if __name__ == "__main__":
    started = time.perf_counter()
    write_city(Path(sys.argv[1]), date(2024, 1, 1), date(2024, 12, 31))
    print_outcome(time.perf_counter() - started, 0)
