"""Write one export of tips into a landing zone. Arguments: the folder of the landing zone, the number of rows."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

from lachan import settings
from lachan_sample.bench import write_tips
from lachan_sample.layout import read_layout

from bench.jobs import print_outcome

if __name__ == "__main__":
    landing, rows = Path(sys.argv[1]), int(sys.argv[2])
    path = landing / read_layout(settings.load().contracts / "tips.yaml").export_path(date(2024, 12, 31))
    started = time.perf_counter()
    write_tips(path, rows)
    print_outcome(time.perf_counter() - started, rows, path=str(path))
