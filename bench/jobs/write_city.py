"""Write the synthetic city's exports. Arguments: the landing zone, the first and the last day, the number of cities."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

from lachan_sample import write_city

from bench.jobs import print_outcome

if __name__ == "__main__":
    started = time.perf_counter()
    landing, first, last, cities = sys.argv[1:]
    write_city(Path(landing), date.fromisoformat(first), date.fromisoformat(last), scale=int(cities))
    print_outcome(time.perf_counter() - started, 0)
