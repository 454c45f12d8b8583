"""What a morning of a province costs whose cities have a database each: processor time, memory and disk.

`python -m bench.cities --cities 100`. Synthetic cities, with the wards of the release's city under other codes and
names, deliver the exports of `--days` days; all are loaded, built, published and collected by the command line, one
city after the other in one process, and then once more with the exports of one more day.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from lachan.local import postgres
from lachan.settings import PROJECT
from lachan_sample.other_cities import write_cities
from rich.console import Console
from rich.table import Table

from bench.sandbox import BenchError, exit_status, select

FIRST = date(2024, 3, 3)
"""A Sunday, so that the eighth day is a Monday without a register."""
FIRST_CODE = 380
MORNING = (("--city", "all", "ingest"), ("--city", "all", "build"), ("province", "collect"))
CITIES_COLLECTED = "select count(*) from province.city_state where published_at is not null"
SIZES = "select sum(pg_database_size(datname)) from pg_database where datname like 'lachan%'"


@dataclass(frozen=True)
class Step:
    """One command: wall seconds, processor seconds of it and of PostgreSQL, its peak memory in MB."""

    name: str
    seconds: float
    command: float
    server: float
    peak_mb: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.cities", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cities", type=int, default=10, help="number of cities")
    parser.add_argument("--days", type=int, default=7, help="days of exports before the one that is compared")
    given = parser.parse_args()
    return exit_status(lambda: _measure(given.cities, given.days))


def _measure(cities: int, days: int) -> None:
    with TemporaryDirectory(prefix="lachan bench ", ignore_cleanup_errors=True) as folder:
        province = Province(Path(folder), [str(FIRST_CODE + number) for number in range(cities)])
        try:
            province.run("migrate")
            steps = [province.run("--city", "all", "migrate")]
            last = FIRST + timedelta(days - 1)
            for day, name in ((last, "first"), (last + timedelta(1), "one more day")):
                province.run("--city", "all", "sample", "--from", str(FIRST), "--to", str(day))
                steps += [province.run(*command, name=name) for command in MORNING]
            dsn = postgres.dsn(province.home, postgres.DATABASE)
            [(collected,)], [(size,)] = select(dsn, CITIES_COLLECTED), select(dsn, SIZES)
        finally:
            postgres.stop(province.home)
        if collected != cities:
            raise BenchError(f"the figures of {collected} of {cities} cities were collected; the times are invalid")
        _print(cities, steps)
        homes = _size(province.home / "cities")
        print(f"{int(size) / 1e6:,.0f} MB of databases, {homes / 1e6:,.0f} MB of homes of cities")


class Province:
    """A province with a folder, a home and a database for each of its cities."""

    def __init__(self, folder: Path, codes: Sequence[str]) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        own = {
            "LACHAN_HOME": str(self.home),
            "LACHAN_CITIES": str(write_cities(folder / "cities", *codes)),
            "LACHAN_ARCHIVE_RECIPIENTS": "none",
            "LACHAN_BACKUP": "none",
            "PYTHONPATH": str(PROJECT / "plugins"),
        }
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("LACHAN_")} | own

    def run(self, *arguments: str, name: str = "") -> Step:
        """Run `lachan` with these arguments. Raises BenchError."""
        log = self.home / "bench.log"
        before, started = self._server_seconds(), time.perf_counter()
        with log.open("wb") as out:
            command = [sys.executable, "-m", "lachan", *arguments]
            process = subprocess.Popen(command, cwd=PROJECT, env=self._environment, stdout=out, stderr=out)
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if process.returncode:
            ending = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
            raise BenchError(f"lachan {' '.join(arguments)} ended with status {process.returncode}:\n{ending}")
        shown = f"{name}: {' '.join(arguments)}".removeprefix(": ")
        step = Step(
            shown, seconds, used.ru_utime + used.ru_stime, self._server_seconds() - before, used.ru_maxrss * 1024 / 1e6
        )
        print(f"{step.name}: {step.seconds:.1f} s", flush=True)
        return step

    def _server_seconds(self) -> float:
        """Processor seconds of the sessions of PostgreSQL that have ended."""
        pid_file = self.home / "postgres" / "data" / "postmaster.pid"
        if not pid_file.exists():
            return 0
        used = psutil.Process(int(pid_file.read_text(encoding="utf-8").splitlines()[0])).cpu_times()
        return float(used.children_user + used.children_system)


def _print(cities: int, steps: Sequence[Step]) -> None:
    table = Table(title=f"{cities} cities with a database each; {os.cpu_count()} cores")
    for heading in ("step", "seconds", "processor: command", "processor: PostgreSQL", "peak memory of the command"):
        table.add_column(heading, justify="left" if heading == "step" else "right")
    for step in steps:
        table.add_row(
            step.name, f"{step.seconds:.1f}", f"{step.command:.1f}", f"{step.server:.1f}", f"{step.peak_mb:.0f} MB"
        )
    Console(width=140, highlight=False).print(table)


def _size(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())


if __name__ == "__main__":
    sys.exit(main())
