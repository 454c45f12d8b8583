"""`python -m bench`: measure and print the results. A missed target does not fail the bench; a wrong row count does."""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.history import History, history, steps
from bench.load import load
from bench.measure import Line
from bench.reload import reload
from bench.sandbox import exit_status, start_sandbox
from bench.shapes import shapes
from bench.year import Phase, year

PARTS = ("load", "memory", "shapes", "year", "reload", "history")
VERDICT = {None: Text(""), True: Text("met", style="green"), False: Text("missed", style="bold red")}


def main() -> int:
    arguments = _parser().parse_args()
    return exit_status(lambda: _measure_and_print(arguments))


def _measure_and_print(arguments: argparse.Namespace) -> None:
    lines, breakdown, histories = _measure(arguments)
    console = Console(highlight=False)
    wide = console if console.is_terminal else Console(highlight=False, width=140)
    wide.print(_table(lines, arguments.repeats))
    if breakdown:
        wide.print(_breakdown(breakdown))
    if histories:
        wide.print(_history_steps(histories))
        wide.print(_dearest_models(histories))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the speed of Lá Chắn relative to other tools."
    )
    parser.add_argument("--rows", type=_rows, default=1_000_000, help="number of rows of the large export")
    parser.add_argument("--repeats", type=_positive, default=3, help="number of rounds; the table shows medians")
    parser.add_argument("--years", type=_positive, nargs="+", default=[10], help="years of the long histories")
    parser.add_argument("--cities", type=_positive, nargs="*", default=[], help="numbers of cities with one year")
    parser.add_argument("--only", choices=PARTS, help="measure only this part")
    return parser


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _rows(text: str) -> int:
    if (number := int(text.replace(",", "").replace("_", ""))) < 10_000:
        raise argparse.ArgumentTypeError("at least 10,000: with fewer rows, mostly start-up time would be measured")
    return number


def _measure(arguments: argparse.Namespace) -> tuple[list[Line], Sequence[Phase], Sequence[History]]:
    repeats, only = arguments.repeats, arguments.only
    lines: list[Line] = []
    breakdown: Sequence[Phase] = []
    histories: Sequence[History] = []
    with start_sandbox() as sandbox:
        if only in (None, "load", "memory"):
            lines += load(sandbox, arguments.rows, repeats, only, _print_progress)
        if only in (None, "shapes"):
            lines += shapes(sandbox, repeats, _print_progress)
        if only in (None, "year", "reload"):
            city = sandbox.folder("city")
            sandbox.run("write_city", city, "2024-01-01", "2024-12-31", 1)
        if only in (None, "year"):
            measured, breakdown = year(sandbox, city, repeats, _print_progress)
            lines += measured
        if only in (None, "reload"):
            lines += reload(sandbox, city, repeats, _print_progress)
        if only in (None, "history"):
            measured, histories = history(sandbox, arguments.years, arguments.cities, repeats, _print_progress)
            lines += measured
    return lines, breakdown, histories


def _print_progress(message: str) -> None:
    print(message, flush=True)


def _table(lines: Sequence[Line], repeats: int) -> Table:
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    table = Table(title=f"median of {repeats}; {machine}, Python {platform.python_version()}")
    for heading, justify in (("part", "left"), ("what", "left"), ("median", "right"), ("range", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]  # one of its literals
    table.add_column("target")
    table.add_column("verdict")
    for before, each in zip([None, *lines], lines, strict=False):
        if before is not None and before.part != each.part:
            table.add_section()
        table.add_row(each.part, each.what, each.value, each.spread, each.target, VERDICT[each.met])
    return table


def _breakdown(phases: Sequence[Phase]) -> Table:
    table = Table(title="where the year's seconds go (medians)", show_footer=True)
    table.add_column("step", footer="total")
    columns = {
        "plain: work": [phase.work for phase in phases],
        "plain: imports": [phase.imports for phase in phases],
        "through Airflow": [phase.airflow for phase in phases],
        "of that: start-up": [phase.start_up for phase in phases],
        "difference": [phase.airflow - phase.work - phase.imports for phase in phases],
    }
    for heading, seconds in columns.items():
        table.add_column(heading, justify="right", footer=f"{sum(seconds):.1f}")
    for number, phase in enumerate(phases):
        table.add_row(phase.name, *(f"{seconds[number]:.1f}" for seconds in columns.values()))
    return table


def _history_steps(histories: Sequence[History]) -> Table:
    table = Table(title="the steps of the histories: seconds (medians), peak memory of a process of its own")
    table.add_column("step")
    for each in histories:
        table.add_column(each.name, justify="right")
    for name, measured in steps(histories):
        table.add_row(name, *measured)
    return table


def _dearest_models(histories: Sequence[History]) -> Table:
    table = Table(title="the ten dearest models (seconds)")
    runs = [(each, run_id) for each in histories for run_id in each.dearest]
    for each, run_id in runs:
        table.add_column(f"{each.name}, {run_id}")
    for row in itertools.zip_longest(*(each.dearest[run_id] for each, run_id in runs)):
        table.add_row(*(f"{cell[1]:.2f} {cell[0]}" if cell else "" for cell in row))
    return table


if __name__ == "__main__":
    sys.exit(main())
