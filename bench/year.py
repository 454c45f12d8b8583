"""The year through Airflow, beside the same functions in one plain process, and where the difference goes."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median

from lachan import settings
from lachan.local import postgres
from lachan.local.run import down
from lachan.publish.comparison import compare
from lachan.settings import PROJECT

from bench.load import Tell
from bench.measure import Line, line, ratios
from bench.stage import PYTHON, BenchError, Stage, require, select

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
NO_TASK = ("no task runs: before the first", "no task runs: between", "no task runs: after the last")
START = "start of the process"

Span = tuple[str, datetime, datetime]


@dataclass(frozen=True)
class Phase:
    """One line of the breakdown, seconds (medians): plain work, plain imports, through Airflow.

    `start_up` is the part of Airflow's seconds before the task's own code: its start told, the DAG file read.
    """

    name: str
    work: float
    imports: float
    airflow: float
    start_up: float


def year(stage: Stage, city: Path, repeats: int, tell: Tell) -> tuple[list[Line], list[Phase]]:
    """Measure both, in turns, each on an empty home with the exports already written. Raises BenchError."""
    airflow, plain = [], []
    spent: dict[str, list[float]] = defaultdict(list)
    for turn in range(1, repeats + 1):
        seconds, phases, ledger = _through_airflow(stage, city)
        airflow.append(seconds)
        for name, part in phases.items():
            spent[name].append(part)
        tell(f"year {turn} of {repeats}: through Airflow, {seconds:.1f} s")
        seconds, steps, again = _plain(stage, city)
        plain.append(seconds)
        for name, part in (steps | {f"import {START}": seconds - sum(steps.values())}).items():
            spent[f"plain {name}"].append(part)
        tell(f"year {turn} of {repeats}: one plain process, {seconds:.1f} s")
        require("the ledger of the year", ledger, again)
    middle = {name: median(parts) for name, parts in spent.items()}
    breakdown = [
        Phase(
            name,
            middle.get(f"plain {name}", 0),
            middle.get(f"plain import {name}", 0),
            middle.get(f"airflow {name}", 0),
            middle.get(f"start-up {name}", 0),
        )
        for name in (START, *STEPS, *NO_TASK)
    ]
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
        spans, first, last = _spans(postgres.dsn(home, "airflow"))
        phases = {f"airflow {name}": part for name, part in attribute(spans, first, last).items()}
        phases |= {f"start-up {name}": part for name, part in _start_ups(home / "logs" / "tasks").items()}
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


def _spans(metadata: str) -> tuple[list[Span], datetime, datetime]:
    """When each task ran, the first trigger, and the last end."""
    [(first, last)] = select(metadata, RUNS)
    return [(_step(dag, task), start, end) for dag, task, start, end in select(metadata, TASKS)], first, last


def _start_ups(logs: Path) -> dict[str, float]:
    """Seconds until a step's tasks got to their own code; of the ingest tasks, side by side, the longest."""
    seconds = dict.fromkeys(STEPS, 0.0)
    for log in logs.glob("dag_id=*/run_id=*/task_id=*/attempt=*.log"):
        names = dict(part.split("=", 1) for part in log.relative_to(logs).parts[:-1])
        marks = [json.loads(text) for text in log.read_text().splitlines() if '"::' in text]
        if len(marks) < 2:
            continue  # stopped before its own code
        begun, ready = (datetime.fromisoformat(mark["timestamp"]) for mark in marks[:2])
        step, spent = _step(names["dag_id"], names["task_id"]), (ready - begun).total_seconds()
        seconds[step] = max(seconds[step], spent) if step == "ingest" else seconds[step] + spent
    return seconds


def _step(dag: str, task: str) -> str:
    return "ingest" if dag.startswith("ingest__") else task


def attribute(spans: Sequence[Span], first: datetime, last: datetime) -> dict[str, float]:
    """Seconds of [first, last] by step: the earliest of those that run, or NO_TASK where none runs."""
    begun, ended = min(start for _, start, _ in spans), max(end for _, _, end in spans)
    edges = sorted({first, last, *(edge for _, start, end in spans for edge in (start, end))})
    seconds = dict.fromkeys((*STEPS, *NO_TASK), 0.0)
    for left, right in itertools.pairwise(edges):
        running = {step for step, start, end in spans if start <= left and right <= end}
        idle = NO_TASK[0] if right <= begun else NO_TASK[2] if left >= ended else NO_TASK[1]
        seconds[next((step for step in STEPS if step in running), idle)] += (right - left).total_seconds()
    return seconds
