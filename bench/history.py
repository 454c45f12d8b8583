"""What one more day costs after one year of history and after many, and what the history takes up."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from bench.load import PrintProgress
from bench.measure import Line, line, ratios
from bench.sandbox import Outcome, Sandbox, select

LAST = date(2026, 9, 30)
DAY_IN_NAME = re.compile(r"20\d{6}")


@dataclass
class History:
    """The measurements of one history: seconds of whole processes, peak memory in MB, bytes on disk."""

    first_build: float = 0
    days: list[float] = field(default_factory=list)
    nothing_new: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    exports: int = 0
    database: int = 0


def history(sandbox: Sandbox, years: int, repeats: int, print_progress: PrintProgress) -> list[Line]:
    """Measure one year of history and `years` years. Raises BenchError."""
    one, many = (_measure(sandbox, each, repeats, print_progress) for each in (1, years))
    what = f"after {years} years"
    return [
        line("history", "first build, 1 year", [one.first_build], " s"),
        line("history", f"first build, {years} years ÷ 1 year", [many.first_build / one.first_build], most=years),
        line("history", "one new day, after 1 year", one.days, " s"),
        line("history", f"one new day, {what}", many.days, " s", most=15),
        line("history", f"one new day, {what} ÷ after 1 year", ratios(many.days, one.days), most=1.2),
        line("history", f"nothing new, {what}", many.nothing_new, " s", most=3),
        line("history", f"peak of any process, {what}", [max(many.peaks)], " MB", most=500),
        line("history", "database ÷ exports, 1 year", [one.database / one.exports]),
        line("history", f"database ÷ exports, {years} years", [many.database / many.exports], most=8),
    ]


def _measure(sandbox: Sandbox, years: int, repeats: int, print_progress: PrintProgress) -> History:
    measured = History()
    landing, waiting = sandbox.folder("history"), sandbox.folder("days to come")
    sandbox.run(
        "write_city", landing, LAST.replace(year=LAST.year - years) + timedelta(days=1), LAST + timedelta(repeats)
    )
    _move(landing, waiting, after=LAST)
    measured.exports = sum(file.stat().st_size for file in landing.rglob("*") if file.is_file())
    with sandbox.database() as dsn:
        home = sandbox.folder("home")

        def day() -> tuple[float, Outcome]:
            started = time.perf_counter()
            outcome = sandbox.run("day", home=str(home), dsn=dsn, landing=str(landing))
            measured.peaks.append(outcome.peak_mb)
            return time.perf_counter() - started, outcome

        measured.first_build, outcome = day()
        print_progress(f"history of {years} years: {outcome.rows:,} rows, first build {measured.first_build:.1f} s")
        [(measured.database,)] = select(dsn, "select pg_database_size(current_database())")
        for number in range(1, repeats + 1):
            _move(waiting, landing, until=LAST + timedelta(number))
            measured.days.append(day()[0])
            measured.nothing_new.append(day()[0])
            print_progress(
                f"history of {years} years: day {number} of {repeats} {measured.days[-1]:.1f} s,"
                f" nothing new {measured.nothing_new[-1]:.1f} s"
            )
    shutil.rmtree(landing)
    return measured


def _move(here: Path, there: Path, after: date = date.min, until: date = date.max) -> None:
    """Move the exports of some days, by the day in their names."""
    for file in sorted(here.rglob("*")):
        found = DAY_IN_NAME.search(file.name)
        if file.is_file() and found and after < date.fromisoformat(found[0]) <= until:
            target = there / file.relative_to(here)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.rename(target)
