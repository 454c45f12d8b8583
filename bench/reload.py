"""Ingesting the year's files a second time: all of them are in the ledger, so nothing may be loaded."""

from __future__ import annotations

from pathlib import Path

from lachan.contract import read_contracts
from lachan.settings import PROJECT

from bench.load import PrintProgress
from bench.measure import Line, line
from bench.sandbox import Sandbox, require_equal


def reload(sandbox: Sandbox, city: Path, repeats: int, print_progress: PrintProgress) -> list[Line]:
    """Measure the time of `ingest` for all feeds in one process, without imports. Raises BenchError."""
    feeds = list(read_contracts(PROJECT / "contracts"))
    seconds = []
    with sandbox.database() as dsn:
        first = sandbox.run("ingest", *feeds, dsn=dsn, landing=str(city))
        files = f"{first.detail['files_loaded']:,} files, {first.rows:,} rows"
        print_progress(f"reload: first load, {files}, {first.seconds:.1f} s")
        for round_number in range(1, repeats + 1):
            again = sandbox.run("ingest", *feeds, dsn=dsn, landing=str(city))
            require_equal("files and records of a reload", {0}, set(again.detail.values()))
            seconds.append(again.seconds)
            print_progress(f"reload {round_number} of {repeats}: {again.seconds:.2f} s")
    return [line("reload", f"{len(feeds)} feeds that are already loaded", seconds, " s", most=1)]
