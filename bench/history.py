"""What one more day costs after one year, after many years and in many cities, and what their history takes up."""

from __future__ import annotations

import re
import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles

from lachan import settings
from lachan.publish.trace import trace
from lachan.settings import PROJECT

from bench.jobs.pipeline import STEPS
from bench.load import PrintProgress
from bench.measure import Line, line, ratios
from bench.sandbox import Outcome, Sandbox, require_equal, select, tidy_up

# The sample begins in 2017. The histories end in the past: an export that is dated after today would be held.
FIRST = date(2017, 1, 1)
LAST = date(2026, 11, 14)
DAY_IN_NAME = re.compile(r"20\d{6}")
QUERY_ROUNDS = 20
FIGURES_TRACED = 40
DEAREST = """
    select node, seconds from ops.dbt_result where run_id = '{}' and resource_type in ('model', 'seed')
    order by seconds desc limit 10
"""
DAYS_THAT_COUNT = """
    select count(*), count(*) filter (where standing = 'in_force') from marts.expected_export
    where period_from = period_to and period_to between '{}' and '{}'
"""
ANY_FIGURES = "select figure_id from reporting.figure order by md5(figure_id || '138') limit {}"


@dataclass
class History:
    """The measurements of one history: seconds of whole processes and of their steps, peak MB, bytes on disk."""

    years: int
    cities: int
    rows: int = 0
    first_build: float = 0
    first_steps: dict[str, float] = field(default_factory=dict)
    first_peaks: dict[str, float] = field(default_factory=dict)
    days: list[float] = field(default_factory=list)
    day_steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    nothing_new: list[float] = field(default_factory=list)
    day_peaks: dict[str, float] = field(default_factory=dict)
    exports: int = 0
    database: int = 0
    dearest: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    queries: dict[str, float] = field(default_factory=dict)
    traces: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As in the table: `10 years`, `1 year of 100 cities`."""
        return f"{self.years} year{'s' * (self.years > 1)}{f' of {self.cities} cities' * (self.cities > 1)}"


def history(
    sandbox: Sandbox, years: Sequence[int], cities: Sequence[int], repeats: int, print_progress: PrintProgress
) -> tuple[list[Line], list[History]]:
    """Measure one year of one city, then each other number of years, then one year of each other number of cities.

    Raises BenchError.
    """
    one, *others = [
        _measure(sandbox, History(*size), repeats, print_progress)
        for size in [(1, 1), *((each, 1) for each in years if each > 1), *((1, each) for each in cities if each > 1)]
    ]
    lines = _lines(one)
    for other in others:
        is_long = other.cities == 1
        lines += [
            line("history", f"first build, {other.name} ÷ 1 year", [other.first_build / one.first_build],
                 most=other.years if is_long else None),
            line("history", f"one new day, {other.name} ÷ 1 year", ratios(other.days, one.days),
                 most=1.2 if is_long else None),
            *_lines(other),
        ]  # fmt: skip
    return lines, [one, *others]


def _lines(measured: History) -> list[Line]:
    name, is_long = measured.name, measured.cities == 1
    return [
        line("history", f"{measured.rows:,} rows: first build, {name}", [measured.first_build], " s"),
        line("history", f"one new day, {name}", measured.days, " s", most=15 if is_long else 60),
        line("history", f"nothing new, {name}", measured.nothing_new, " s", most=3),
        line(
            "history", f"peak of any step, first build, {name}", [max(measured.first_peaks.values())], " MB", most=500
        ),
        line("history", f"peak of any step, new day, {name}", [max(measured.day_peaks.values())], " MB", most=500),
        line("history", f"database ÷ exports, {name}", [measured.database / measured.exports], most=8),
        line("history", f"slowest worked query, p95, {name}", [max(measured.queries.values())], " ms", most=100),
        line("history", f"slowest of {len(measured.traces)} traces, {name}", [max(measured.traces)], " s", most=1),
    ]


def _measure(sandbox: Sandbox, measured: History, repeats: int, print_progress: PrintProgress) -> History:
    landing, waiting, home = (sandbox.folder(name) for name in ("history", "days to come", "home"))
    first = max(FIRST, LAST.replace(year=LAST.year - measured.years) + timedelta(days=1))
    sandbox.run("write_city", landing, first, LAST + timedelta(repeats + 1), measured.cities)
    _move(landing, waiting, after=LAST)
    measured.exports = sum(file.stat().st_size for file in landing.rglob("*") if file.is_file())
    with sandbox.database() as dsn:

        def run(run_id: str, *steps: str) -> tuple[float, Outcome]:
            started = time.perf_counter()
            outcome = sandbox.run("pipeline", run_id, *steps, home=str(home), dsn=dsn, landing=str(landing))
            return time.perf_counter() - started, outcome

        for step in STEPS:  # each in a process of its own, as in Airflow, so that it has a peak of its own
            seconds, outcome = run("first", step)
            measured.rows += outcome.rows
            measured.first_build += seconds
            measured.first_steps |= outcome.detail["steps"]
            measured.first_peaks[step] = outcome.peak_mb
        print_progress(f"history of {measured.name}: {measured.rows:,} rows, first build {measured.first_build:.1f} s")
        [(measured.database,)] = select(dsn, "select pg_database_size(current_database())")
        tidy_up(dsn)  # otherwise autovacuum does it while the first days are timed, which come hours later in real life
        for number in range(1, repeats + 1):
            _move(waiting, landing, until=LAST + timedelta(number))
            seconds, outcome = run(f"day {number}")
            measured.days.append(seconds)
            for step, spent in outcome.detail["steps"].items():
                measured.day_steps[step].append(spent)
            measured.nothing_new.append(run(f"nothing after day {number}")[0])
            print_progress(
                f"history of {measured.name}: day {number} of {repeats} {measured.days[-1]:.1f} s,"
                f" nothing new {measured.nothing_new[-1]:.1f} s"
            )
        _move(waiting, landing)
        measured.day_peaks = {step: run("last day", step)[1].peak_mb for step in STEPS}
        require_equal("exports of the last days that count", *_days_that_count(dsn, repeats))
        measured.dearest = {run_id: select(dsn, DEAREST.format(run_id)) for run_id in ("first", f"day {repeats}")}
        measured.queries = _time_queries(dsn)
        measured.traces = _time_traces(dsn, home)
        slowest = max(measured.queries, key=lambda name: measured.queries[name])
        print_progress(f"history of {measured.name}: slowest query {slowest}, p95 {measured.queries[slowest]:.0f} ms")
    shutil.rmtree(landing)
    return measured


def _days_that_count(dsn: str, repeats: int) -> tuple[int, int]:
    """How many exports of changes were expected in the timed days, and how many of them count."""
    [counted] = select(dsn, DAYS_THAT_COUNT.format(LAST + timedelta(1), LAST + timedelta(repeats)))
    return counted[0], counted[1]


def _time_queries(dsn: str) -> dict[str, float]:
    """The 95th percentile of each worked query of docs/queries, in milliseconds with its connection."""
    found: dict[str, float] = {}
    for file in sorted((PROJECT / "docs" / "queries").glob("*.sql")):
        times = []
        for _ in range(QUERY_ROUNDS):
            started = time.perf_counter()
            select(dsn, file.read_text(encoding="utf-8"))
            times.append((time.perf_counter() - started) * 1000)
        found[file.stem] = quantiles(times, n=20)[-1]
    return found


def _time_traces(dsn: str, home: Path) -> list[float]:
    """Seconds of the traces of some figures, the largest among them."""
    config = replace(settings.load(), home=home, dsn_override=dsn)
    largest = select(dsn, "select figure_id from reporting.figure order by numerator desc nulls last limit 10")
    # chosen by the server: the peak memory of a process that is started later would count what is held here
    others = select(dsn, ANY_FIGURES.format(FIGURES_TRACED - len(largest)))
    times = []
    for (figure,) in [*largest, *others]:
        started = time.perf_counter()
        trace(config, figure)
        times.append(time.perf_counter() - started)
    return times


def steps(histories: Sequence[History]) -> list[tuple[str, list[str]]]:
    """The steps of one new day (medians) and of the first build, one column for each history: seconds, and the peak
    memory of the step in a process of its own.
    """
    rows: list[tuple[str, list[str]]] = []
    for step in histories[0].day_steps:
        cells = [_step(median(each.day_steps[step]), each.day_peaks.get(step)) for each in histories]
        rows.append((f"one new day: {step}", cells))
    for step in histories[0].first_steps:
        cells = [_step(each.first_steps[step], each.first_peaks.get(step)) for each in histories]
        rows.append((f"first build: {step}", cells))
    return rows


def _step(seconds: float, peak: float | None) -> str:
    return f"{seconds:.1f} s" + ("" if peak is None else f", {peak:.0f} MB")


def _move(here: Path, there: Path, after: date = date.min, until: date = date.max) -> None:
    """Move the exports of some days, by the day in their names."""
    for file in sorted(here.rglob("*")):
        found = DAY_IN_NAME.search(file.name)
        if file.is_file() and found and after < date.fromisoformat(found[0]) <= until:
            target = there / file.relative_to(here)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.rename(target)
