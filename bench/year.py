"""The year through Airflow, beside the same functions in one plain process, and where the difference goes."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median

from bench.load import Tell
from bench.measure import Line, line, ratios
from bench.stage import PYTHON, BenchError, Stage, require, select
from lachan import settings
from lachan.figures import compare
from lachan.local import postgres
from lachan.local.run import down
from lachan.settings import PROJECT

LEDGER = """
    select feed, status, count(*), sum(rows_loaded)::bigint, sum(rows_quarantined)::bigint
    from ops.export_file group by 1, 2 order by 1, 2
"""
TASKS = """
    select dag_id, task_id, start_date, end_date from task_instance
    where start_date is not null and end_date is not null
"""
RUNS = "select min(queued_at), max(end_date) from dag_run"
STEPS = ("ingest", "gate", "transform", "audit", "publish")
NO_TASK = ("from trigger to the first task", "between tasks", "from the last task to the end")

Span = tuple[str, datetime, datetime]


@dataclass(frozen=True)
class Phase:
    """One line of the breakdown, seconds (medians): plain work, plain imports, and through Airflow."""

    name: str
    work: float | None
    imports: float | None
    airflow: float


def year(stage: Stage, city: Path, repeats: int, tell: Tell) -> tuple[list[Line], list[Phase]]:
    """Measure both, in turns, each on an empty home with the exports already written. Raises BenchError."""
    airflow, plain = [], []
    spent: dict[str, list[float]] = defaultdict(list)
    for turn in range(1, repeats + 1):
        seconds, phases, ledger = _through_airflow(stage, city)
        airflow.append(seconds)
        for name, part in phases.items():
            spent[f"airflow {name}"].append(part)
        tell(f"year {turn} of {repeats}: through Airflow, {seconds:.1f} s")
        seconds, steps, again = _plain(stage, city)
        plain.append(seconds)
        for name, part in (steps | {"start": seconds - sum(steps.values())}).items():
            spent[f"plain {name}"].append(part)
        tell(f"year {turn} of {repeats}: one plain process, {seconds:.1f} s")
        require("the ledger of the year", ledger, again)
    middle = {name: median(parts) for name, parts in spent.items()}
    breakdown = [Phase("start of the process", 0, middle["plain start"], 0)]
    breakdown += [
        Phase(
            step, middle[f"plain {step}"], middle.get(f"plain import {step}", 0), middle[f"airflow {step}"]
        )
        for step in STEPS
    ]
    breakdown += [Phase(f"no task runs: {name}", None, None, middle[f"airflow {name}"]) for name in NO_TASK]
    lines = [
        line("year", "one plain process", plain, " s"),
        line("year", "through Airflow, first trigger to published", airflow, " s"),
        line("year", "Airflow ÷ plain", ratios(airflow, plain), most=2),
    ]
    return lines, breakdown


def _through_airflow(stage: Stage, city: Path) -> tuple[float, dict[str, float], object]:
    """Seconds from the first trigger to published, seconds by phase, and the ledger."""
    home = stage.folder("airflow")
    ours = replace(settings.load(), home=home, landing=str(city), dsn_override=None)
    environment = stage.environment(home=str(home), landing=ours.landing)
    (home / "run").mkdir()
    postgres.choose_port(home / "run" / "port")  # any free one: another Airflow may be about to take 8080
    log = home.with_suffix(".log")
    try:
        with log.open("w") as output:
            done = subprocess.run(
                [str(PYTHON), "-m", "lachan", "run"],
                cwd=PROJECT, env=environment, stdout=output, stderr=output, check=False,
            )  # fmt: skip
        if done.returncode:
            ending = "\n".join(log.read_text().splitlines()[-30:])
            raise BenchError(f"`lachan run` ended with status {done.returncode}:\n{ending}")
        timings = json.loads((home / "run" / "timings.json").read_text())
        warehouse = postgres.start(home)
        phases = _phases(postgres.dsn(home, "airflow"))
        return timings["first trigger to published"], phases, select(warehouse, LEDGER)
    finally:
        down(ours)
        shutil.rmtree(home, ignore_errors=True)


def _plain(stage: Stage, city: Path) -> tuple[float, dict[str, float], object]:
    """Seconds of the whole process, imports included, seconds by step, and the ledger."""
    home = stage.folder("plain")
    with stage.database() as dsn:
        begun = time.perf_counter()
        done = stage.run("year", home=str(home), dsn=dsn, landing=str(city))
        seconds = time.perf_counter() - begun
        figures = compare(replace(settings.load(), home=home, dsn_override=dsn))
        require("figures that equal the published ones", len(figures), sum(each.equal for each in figures))
        return seconds, done.detail["steps"], select(dsn, LEDGER)


def _phases(metadata: str) -> dict[str, float]:
    """Every second from the first trigger to the last end, given to the one thing that went on then."""
    [(first, last)] = select(metadata, RUNS)
    spans = [(_step(dag, task), start, end) for dag, task, start, end in select(metadata, TASKS)]
    return attribute(spans, first, last)


def _step(dag: str, task: str) -> str:
    return "ingest" if dag.startswith("ingest__") else task


def attribute(spans: Iterable[Span], first: datetime, last: datetime) -> dict[str, float]:
    """Seconds of [first, last] by step; where several run, the earlier step has it, where none runs, NO_TASK."""
    known = list(spans)
    begun, ended = min(start for _, start, _ in known), max(end for _, _, end in known)
    edges = sorted({first, last, *(edge for _, start, end in known for edge in (start, end))})
    seconds = dict.fromkeys((*STEPS, *NO_TASK), 0.0)
    for left, right in zip(edges, edges[1:], strict=False):
        running = {step for step, start, end in known if start <= left and right <= end}
        idle = NO_TASK[0] if right <= begun else NO_TASK[2] if left >= ended else NO_TASK[1]
        seconds[next((step for step in STEPS if step in running), idle)] += (right - left).total_seconds()
    return seconds
