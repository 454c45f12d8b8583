"""Taking the year's files once more: everything is in the ledger, nothing may be loaded."""

from __future__ import annotations

from pathlib import Path

from lachan.contract import read_contracts
from lachan.settings import PROJECT

from bench.load import Tell
from bench.measure import Line, line
from bench.stage import Stage, require


def reload(stage: Stage, city: Path, repeats: int, tell: Tell) -> list[Line]:
    """Measure the functions' time in one process, all feeds together, imports apart. Raises BenchError."""
    feeds = list(read_contracts(PROJECT / "contracts"))
    seconds = []
    with stage.database() as dsn:
        first = stage.run("ingest", *feeds, dsn=dsn, landing=str(city))
        files = f"{first.detail['files_loaded']:,} files, {first.rows:,} rows"
        tell(f"reload: first load, {files}, {first.seconds:.1f} s")
        for turn in range(1, repeats + 1):
            again = stage.run("ingest", *feeds, dsn=dsn, landing=str(city))
            require("files and records of a reload", {0}, set(again.detail.values()))
            seconds.append(again.seconds)
            tell(f"reload {turn} of {repeats}: {again.seconds:.2f} s")
    return [line("reload", f"{len(feeds)} feeds that are already loaded", seconds, " s", most=1)]
