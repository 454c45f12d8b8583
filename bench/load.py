"""Loading one large export: rows per second compared with plain COPY, pandas and dlt, and peak memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from lachan.settings import PROJECT

from bench.measure import Line, line, ratios
from bench.sandbox import PYTHON, BenchError, Outcome, Sandbox, require_equal, select

PEER_ROWS = 50_000
DLT_PYTHON = PROJECT / ".venv-bench" / "bin" / "python"
PrintProgress = Callable[[str], None]
Runs = dict[str, list[Outcome]]


def load(sandbox: Sandbox, rows: int, repeats: int, only: str | None, print_progress: PrintProgress) -> list[Line]:
    """Measure the parts `load` and `memory`, or one of them. Raises BenchError."""
    tenth, peer_rows = rows // 10, min(PEER_ROWS, rows)
    runs: Runs = defaultdict(list)
    timed: list[tuple[str, int, Callable[[Sandbox, Path, int], Outcome]]] = [("ours", rows, _lachan)]
    if only != "memory":
        if not DLT_PYTHON.exists():
            raise BenchError(f"{DLT_PYTHON.parent.parent} does not exist; `make bench` creates it")
        timed += [("COPY", rows, _copy), ("pandas", peer_rows, _pandas), ("dlt", peer_rows, _dlt)]
    if only != "load":
        timed.append(("ours, a tenth", tenth, _lachan))
    landings = {size: _export(sandbox, size) for size in sorted({size for _, size, _ in timed})}
    for round_number in range(1, repeats + 1):
        for name, size, loader in timed:
            done = loader(sandbox, landings[size], size)
            runs[name].append(done)
            took = f"{done.seconds:.1f} s, {done.peak_mb:.0f} MB"
            print_progress(f"load {round_number} of {repeats}: {name}, {size:,} rows, {took}")
    lines: list[Line] = []
    if only != "memory":
        lines += _rates(runs, rows, peer_rows)
    if only != "load":
        lines += _memory(runs, rows, tenth)
    return lines


def _rates(runs: Runs, rows: int, peer_rows: int) -> list[Line]:
    rate = {name: [done.rows / done.seconds for done in runs[name]] for name in ("COPY", "ours", "pandas", "dlt")}
    ours = rate["ours"]
    return [
        line("load", f"COPY into text columns, {rows:,} rows", rate["COPY"], " rows/s"),
        line("load", f"Lá Chắn, {rows:,} rows", ours, " rows/s"),
        line("load", f"pandas read_csv + to_sql, {peer_rows:,} rows", rate["pandas"], " rows/s"),
        line("load", f"dlt pipeline, {peer_rows:,} rows", rate["dlt"], " rows/s"),
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


def _export(sandbox: Sandbox, rows: int) -> Path:
    """Write one export with this number of rows into a new landing zone; returns the landing zone."""
    landing = sandbox.folder("landing")
    sandbox.run("write_tips", landing, rows)
    return landing


def _file(landing: Path) -> Path:
    return next(landing.rglob("*.csv"))


def _lachan(sandbox: Sandbox, landing: Path, rows: int) -> Outcome:
    with sandbox.database() as dsn:
        done = sandbox.run("ingest", "tips", dsn=dsn, landing=str(landing))
        defective = (rows + 500) // 1000
        require_equal("records read", rows, done.rows)
        require_equal("records in quarantine", defective, done.detail["rows_quarantined"])
        require_equal("rows in raw.tips", [(rows - defective,)], select(dsn, "select count(*) from raw.tips"))
    return done


def _copy(sandbox: Sandbox, landing: Path, rows: int) -> Outcome:
    return _peer(sandbox, "public.tips", rows, "copy", _file(landing))


def _pandas(sandbox: Sandbox, landing: Path, rows: int) -> Outcome:
    return _peer(sandbox, "public.tips", rows, "pandas_sql", _file(landing))


def _dlt(sandbox: Sandbox, landing: Path, rows: int) -> Outcome:
    return _peer(sandbox, "dlt.tips", rows, "dlt_rows", _file(landing), sandbox.folder("dlt"), python=DLT_PYTHON)


def _peer(sandbox: Sandbox, table: str, rows: int, job: str, *arguments: Path, python: Path = PYTHON) -> Outcome:
    with sandbox.database() as dsn:
        done = sandbox.run(job, *arguments, python=python, dsn=dsn)
        require_equal(f"rows reported by {job}", rows, done.rows)
        require_equal(f"rows loaded by {job} into {table}", [(rows,)], select(dsn, f"select count(*) from {table}"))
    return done
