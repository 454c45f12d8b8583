"""Lá Chắn: load all new files of the landing zone into the warehouse. The arguments are the names of feeds."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict

import lachan.load  # noqa: F401  # isort: skip  # sets the allocator before polars is imported
from lachan import settings
from lachan.contract import read_contracts
from lachan.load.ingest import IngestReport, ingest

from bench.jobs import print_outcome

if __name__ == "__main__":
    config = settings.load()
    feeds = read_contracts(config.contracts)
    report = IngestReport()
    started = time.perf_counter()
    for name in sys.argv[1:]:
        report += ingest(config, feeds[name], "bench")
    print_outcome(time.perf_counter() - started, report.rows_read, **asdict(report))
