"""Loading one large export: its rate beside bare COPY, pandas and dlt, and its peak memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from lachan.settings import PROJECT

from bench.measure import Line, line, ratios
from bench.stage import PYTHON, BenchError, Outcome, Stage, require, select

PEER_ROWS = 50_000
DLT_PYTHON = PROJECT / ".venv-bench" / "bin" / "python"
Tell = Callable[[str], None]
Runs = dict[str, list[Outcome]]


def load(stage: Stage, rows: int, repeats: int, only: str | None, tell: Tell) -> list[Line]:
    """Measure the parts `load` and `memory`, or one of them. Raises BenchError."""
    tenth, peers = rows // 10, min(PEER_ROWS, rows)
    runs: Runs = defaultdict(list)
    timed: list[tuple[str, int, Callable[[Stage, Path, int], Outcome]]] = [("ours", rows, _ours)]
    if only != "memory":
        if not DLT_PYTHON.exists():
            raise BenchError(f"{DLT_PYTHON.parent.parent} is not there; `make bench` makes it")
        timed += [("COPY", rows, _copy), ("pandas", peers, _pandas), ("dlt", peers, _dlt)]
    if only != "load":
        timed.append(("ours, a tenth", tenth, _ours))
    landings = {size: _export(stage, size) for size in sorted({size for _, size, _ in timed})}
    for turn in range(1, repeats + 1):
        for name, size, loader in timed:
            done = loader(stage, landings[size], size)
            runs[name].append(done)
            took = f"{done.seconds:.1f} s, {done.peak_mb:.0f} MB"
            tell(f"load {turn} of {repeats}: {name}, {size:,} rows, {took}")
    lines: list[Line] = []
    if only != "memory":
        lines += _rates(runs, rows, peers)
    if only != "load":
        lines += _memory(runs, rows, tenth)
    return lines


def _rates(runs: Runs, rows: int, peers: int) -> list[Line]:
    rate = {name: [done.rows / done.seconds for done in runs[name]] for name in ("COPY", "ours", "pandas", "dlt")}
    ours = rate["ours"]
    return [
        line("load", f"COPY into text columns, {rows:,} rows", rate["COPY"], " rows/s"),
        line("load", f"Lá Chắn, {rows:,} rows", ours, " rows/s"),
        line("load", f"pandas read_csv + to_sql, {peers:,} rows", rate["pandas"], " rows/s"),
        line("load", f"dlt pipeline, {peers:,} rows", rate["dlt"], " rows/s"),
        line("load", "Lá Chắn ÷ COPY", ratios(ours, rate["COPY"]), least=0.5),
        line("load", "Lá Chắn ÷ pandas", ratios(ours, rate["pandas"]), least=10),
        line("load", "Lá Chắn ÷ dlt", ratios(ours, rate["dlt"]), least=10),
    ]


def _memory(runs: Runs, rows: int, tenth: int) -> list[Line]:
    large, small = ([done.peak_mb for done in runs[name]] for name in ("ours", "ours, a tenth"))
    return [
        line("memory", f"peak, {tenth:,} rows", small, " MB", most=500),
        line("memory", f"peak, {rows:,} rows", large, " MB", most=500),
        line("memory", f"{rows:,} rows ÷ {tenth:,} rows", ratios(large, small), least=0.8, most=1.2),
    ]


def _export(stage: Stage, rows: int) -> Path:
    """A landing zone that holds one export of so many rows."""
    landing = stage.folder("landing")
    stage.run("write_tips", landing, rows)
    return landing


def _file(landing: Path) -> Path:
    return next(landing.rglob("*.csv"))


def _ours(stage: Stage, landing: Path, rows: int) -> Outcome:
    with stage.database() as dsn:
        done = stage.run("ingest", "tips", dsn=dsn, landing=str(landing))
        defective = (rows + 500) // 1000
        require("records read", rows, done.rows)
        require("records in quarantine", defective, done.detail["rows_quarantined"])
        require("rows in raw.tips", [(rows - defective,)], select(dsn, "select count(*) from raw.tips"))
    return done


def _copy(stage: Stage, landing: Path, rows: int) -> Outcome:
    return _peer(stage, "public.tips", rows, "copy", _file(landing))


def _pandas(stage: Stage, landing: Path, rows: int) -> Outcome:
    return _peer(stage, "public.tips", rows, "pandas_sql", _file(landing))


def _dlt(stage: Stage, landing: Path, rows: int) -> Outcome:
    return _peer(stage, "dlt.tips", rows, "dlt_rows", _file(landing), stage.folder("dlt"), python=DLT_PYTHON)


def _peer(stage: Stage, table: str, rows: int, job: str, *arguments: Path, python: Path = PYTHON) -> Outcome:
    with stage.database() as dsn:
        done = stage.run(job, *arguments, python=python, dsn=dsn)
        require(f"rows that {job} told", rows, done.rows)
        require(f"rows that {job} left in {table}", [(rows,)], select(dsn, f"select count(*) from {table}"))
    return done
