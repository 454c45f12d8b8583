"""The year through Airflow compared with the same functions in one process, and what the difference consists of."""

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

from bench.load import PrintProgress
from bench.measure import Line, line, ratios
from bench.sandbox import PYTHON, BenchError, Sandbox, require_equal, select

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
    """One line of the breakdown, in seconds (medians): `work` and `imports` in one process, `airflow` with Airflow.

    `start_up` is the part of `airflow` before the task's own code runs: reporting the start, importing the DAG file.
    """

    name: str
    work: float
    imports: float
    airflow: float
    start_up: float


def year(sandbox: Sandbox, city: Path, repeats: int, print_progress: PrintProgress) -> tuple[list[Line], list[Phase]]:
    """Measure both alternately, each in an empty home with the exports already written. Raises BenchError."""
    airflow, plain = [], []
    spent: dict[str, list[float]] = defaultdict(list)
    for round_number in range(1, repeats + 1):
        seconds, phases, ledger = _through_airflow(sandbox, city)
        airflow.append(seconds)
        for name, part in phases.items():
            spent[name].append(part)
        print_progress(f"year {round_number} of {repeats}: through Airflow, {seconds:.1f} s")
        seconds, steps, again = _plain(sandbox, city)
        plain.append(seconds)
        for name, part in (steps | {f"import {START}": seconds - sum(steps.values())}).items():
            spent[f"plain {name}"].append(part)
        print_progress(f"year {round_number} of {repeats}: one plain process, {seconds:.1f} s")
        require_equal("the ledger of the year", ledger, again)
    medians = {name: median(parts) for name, parts in spent.items()}
    breakdown = [
        Phase(
            name,
            medians.get(f"plain {name}", 0),
            medians.get(f"plain import {name}", 0),
            medians.get(f"airflow {name}", 0),
            medians.get(f"start-up {name}", 0),
        )
        for name in (START, *STEPS, *NO_TASK)
    ]
    lines = [
        line("year", "one plain process", plain, " s", most=40),
        line("year", "through Airflow, first trigger to published", airflow, " s"),
        line("year", "Airflow ÷ plain", ratios(airflow, plain), most=1.5),
    ]
    return lines, breakdown


def _through_airflow(sandbox: Sandbox, city: Path) -> tuple[float, dict[str, float], object]:
    """Seconds from the first trigger to the publication, seconds by phase, and the ledger."""
    home = sandbox.folder("airflow")
    config = replace(settings.load(), home=home, landing=str(city), dsn_override=None)
    environment = sandbox.environment(home=str(home), landing=config.landing)
    (home / "run").mkdir()
    postgres.choose_port(home / "run" / "port")  # any free port: another Airflow may be about to use 8080
    log = home.with_suffix(".log")
    try:
        with log.open("w") as output:
            done = subprocess.run(
                [str(PYTHON), "-m", "lachan", "run"],
                cwd=PROJECT, env=environment, stdout=output, stderr=output, check=False,
            )  # fmt: skip
        if done.returncode:
            log_tail = "\n".join(log.read_text().splitlines()[-30:])
            raise BenchError(f"`lachan run` ended with status {done.returncode}:\n{log_tail}")
        timings = json.loads((home / "run" / "timings.json").read_text())
        warehouse = postgres.start(home)
        spans, first, last = _spans(postgres.dsn(home, "airflow"))
        phases = {f"airflow {name}": part for name, part in attribute(spans, first, last).items()}
        phases |= {f"start-up {name}": part for name, part in _start_ups(home / "logs" / "tasks").items()}
        return timings["first trigger to published"], phases, select(warehouse, LEDGER)
    finally:
        down(config)
        shutil.rmtree(home, ignore_errors=True)


def _plain(sandbox: Sandbox, city: Path) -> tuple[float, dict[str, float], object]:
    """Seconds of the whole process with its imports, seconds by step, and the ledger."""
    home = sandbox.folder("plain")
    with sandbox.database() as dsn:
        started = time.perf_counter()
        done = sandbox.run("pipeline", "bench", home=str(home), dsn=dsn, landing=str(city))
        seconds = time.perf_counter() - started
        figures = compare(replace(settings.load(), home=home, dsn_override=dsn))
        require_equal("figures that equal the published ones", len(figures), sum(each.equal for each in figures))
        return seconds, done.detail["steps"], select(dsn, LEDGER)


def _spans(metadata: str) -> tuple[list[Span], datetime, datetime]:
    """When each task ran, when the first run was triggered, and when the last run ended."""
    [(first, last)] = select(metadata, RUNS)
    return [(_step(dag, task), start, end) for dag, task, start, end in select(metadata, TASKS)], first, last


def _start_ups(logs: Path) -> dict[str, float]:
    """Seconds until the tasks of a step reached their own code; for the parallel ingest tasks, the longest."""
    seconds = dict.fromkeys(STEPS, 0.0)
    for log in logs.glob("dag_id=*/run_id=*/task_id=*/attempt=*.log"):
        names = dict(part.split("=", 1) for part in log.relative_to(logs).parts[:-1])
        marks = [json.loads(text) for text in log.read_text().splitlines() if '"::' in text]
        if len(marks) < 2:
            continue  # the task was stopped before it reached its own code
        launched, ready = (datetime.fromisoformat(mark["timestamp"]) for mark in marks[:2])
        step, spent = _step(names["dag_id"], names["task_id"]), (ready - launched).total_seconds()
        seconds[step] = max(seconds[step], spent) if step == "ingest" else seconds[step] + spent
    return seconds


def _step(dag: str, task: str) -> str:
    return "ingest" if dag.startswith("ingest__") else task


def attribute(spans: Sequence[Span], first: datetime, last: datetime) -> dict[str, float]:
    """Divide [first, last] into seconds by step.

    When several steps run, the time counts for the earliest of them; when none runs, for one of NO_TASK.
    """
    first_start, last_end = min(start for _, start, _ in spans), max(end for _, _, end in spans)
    edges = sorted({first, last, *(edge for _, start, end in spans for edge in (start, end))})
    seconds = dict.fromkeys((*STEPS, *NO_TASK), 0.0)
    for left, right in itertools.pairwise(edges):
        running = {step for step, start, end in spans if start <= left and right <= end}
        idle = NO_TASK[0] if right <= first_start else NO_TASK[2] if left >= last_end else NO_TASK[1]
        seconds[next((step for step in STEPS if step in running), idle)] += (right - left).total_seconds()
    return seconds
