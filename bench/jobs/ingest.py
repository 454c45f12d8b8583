"""Ours: take everything new in the landing zone into the warehouse. The arguments are feeds."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict

from lachan import settings
from lachan.contract import read_contracts
from lachan.load.ingest import IngestReport, ingest

from bench.jobs import tell

if __name__ == "__main__":
    known = settings.load()
    feeds = read_contracts(known.contracts)
    report = IngestReport()
    begun = time.perf_counter()
    for name in sys.argv[1:]:
        report += ingest(known, feeds[name], "bench")
    tell(time.perf_counter() - begun, report.rows_read, **asdict(report))
