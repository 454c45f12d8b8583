"""Ten years of days, with housekeeping each week: how large everything is at the end of each year.

`python -m bench.housekeeping --years 10`. What is kept for ever is real: each year's exports of the synthetic city are
loaded, built and published, and deliveries are retracted. What ages out is simulated: the rows and files of one real
day are copied for every day, with their clock moved, and `maintain` runs at the end of every week of that clock.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg2
from lachan import settings
from lachan.maintain.retention import read_retentions
from lachan.maintain.run import maintain
from lachan.operate.decisions import retract
from lachan.settings import Settings
from rich.console import Console
from rich.table import Table

from bench.sandbox import Sandbox, exit_status, select, start_sandbox

FIRST_YEAR = 2017
BUILDS_A_DAY = 4
"""Feeds arrive at four hours of a morning, and each that comes alone starts a build."""
TASK_LOGS_A_DAY = 9 + BUILDS_A_DAY * 4 + 3
AUDITED = ("figure", "reconciliation", "report_sentence")
RETRACTED_A_YEAR = 6
SHARE_OF_QUARANTINE_SETTLED = 0.9
LOG_LINE = b"2026-01-01T00:00:00 a heartbeat or the like, about a hundred bytes a line, as a component writes it\n"
NEWEST_DAY = datetime.now(UTC).date() - timedelta(days=40)
"""Nothing is removed that is not 30 days old by the clock of the server."""
SIZES = """
select format('%s.%s', relnamespace::regnamespace, relname), pg_total_relation_size(oid)
from pg_class
where relkind in ('r', 'm') and relnamespace::regnamespace::text = any(array[
    'ops', 'raw', 'reporting', 'staging', 'intermediate', 'marts', 'changes', 'reference'
])
"""
MOVE_CLOCK = """
update ops.export_file set
    loaded_at = export_date + interval '31 hours', gate_at = export_date + interval '32 hours'
where export_date >= '{first}' and gate <> 'retracted';
update ops.batch_profile set profiled_at = export_date + interval '32 hours' where export_date >= '{first}';
update ops.quarantined_row set discarded_why = 'settled' where random() < {share} and file_id in (
    select file_id from ops.export_file where export_date >= '{first}'
);
update ops.export_file set gate_at = '{last}' where gate = 'retracted' and gate_at > '{last}';
update ops.decision set decided_at = '{last}' where decided_at > '{last}'
"""

Sizes = dict[str, int]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.housekeeping", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--years", type=int, default=10, choices=range(2, 11))
    parser.add_argument(
        "--loaded",
        type=float,
        help="years whose exports are loaded and published; what is kept stays as it is afterwards",
    )
    parser.add_argument("--every", type=int, default=1, help="weeks from one run of maintain to the next")
    given = parser.parse_args()
    return exit_status(lambda: _simulate(given.years, given.loaded or given.years, given.every))


def _simulate(years: int, loaded: float, every: int) -> None:
    with start_sandbox() as sandbox, sandbox.database() as dsn:
        home = sandbox.folder("home")
        config = replace(settings.load(), home=home, dsn_override=dsn, archive=home / "archive")
        sizes: list[Sizes] = []
        try:
            for of_year in _years(sandbox, config, years, loaded, every):
                sizes.append(of_year)
        finally:  # an interrupted run shows the years that have passed
            if len(sizes) > 1:
                print_table(config, sizes, _removed(dsn))


def _removed(dsn: str) -> dict[str, tuple[int, int]]:
    """Rows or files removed of each thing, and their bytes."""
    told = select(dsn, "select thing, sum(item_count), sum(byte_count) from ops.removal group by 1")
    return {thing: (int(items), int(size)) for thing, items, size in told}


def _years(sandbox: Sandbox, config: Settings, years: int, loaded: float, every: int) -> Iterator[Sizes]:
    random.seed(138)
    week, monday = 0, date(FIRST_YEAR, 1, 1)
    for number in range(years):
        first, last = date(FIRST_YEAR + number, 1, 1), date(FIRST_YEAR + number, 12, 31)
        last = min(last, NEWEST_DAY)
        if number < loaded:
            until = min(last, first + timedelta(days=round((loaded - number) * 365)))
            _load_year(sandbox, config, number, first, until)
        while monday <= last:
            _simulate_week(config, week, monday)
            week, monday = week + 1, monday + timedelta(weeks=1)
            if week % every == 0:
                maintain(config, f"week {week}", datetime.combine(monday, datetime.min.time(), UTC), "bench")
        sizes = dict(select(config.dsn, SIZES)) | dict(_folders(config.home))
        print(f"{first.year}: {sum(sizes.values()) / 1e6:,.0f} MB", flush=True)
        yield sizes


def _load_year(sandbox: Sandbox, config: Settings, number: int, first: date, last: date) -> None:
    """Load, build and publish the exports of a year, and move its clock back; the first year also has the real day."""
    landing = sandbox.folder("exports")
    sandbox.run("write_city", landing, first, last, 1)
    environment = {"home": str(config.home), "dsn": config.dsn, "landing": str(landing)}
    if number == 0:
        later = sandbox.folder("the last day")
        _move_last_day(landing, later, last)
        sandbox.run("pipeline", "year 1", **environment)
        sandbox.run("pipeline", "day", **environment | {"landing": str(later)})
        shutil.rmtree(later)
    else:
        sandbox.run("pipeline", f"year {number + 1}", **environment)
    shutil.rmtree(landing)
    _retract_some(config, first)
    _execute(config, MOVE_CLOCK.format(first=first, last=last, share=SHARE_OF_QUARANTINE_SETTLED))


def _move_last_day(landing: Path, later: Path, day: date) -> None:
    for file in sorted(landing.rglob(f"*{day:%Y%m%d}*")):
        target = later / file.relative_to(landing)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.rename(target)


def _retract_some(config: Settings, first: date) -> None:
    accepted = f"select file_id from ops.delivery where standing = 'accepted' and export_date >= '{first}' order by 1"
    for (file_id,) in random.sample(select(config.dsn, accepted), RETRACTED_A_YEAR):
        retract(config, "of another city", "bench", file_id=file_id)


def _simulate_week(config: Settings, week: int, monday: date) -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    values = {":'first'": f"'{monday}'", ":builds": str(BUILDS_A_DAY), ":week": str(week)}
    for name, value in values.items():
        text = text.replace(name, value)
    _execute(config, text)
    for day in (monday + timedelta(days=back) for back in range(7)):
        _simulate_files(config.home, day)


def _simulate_files(home: Path, day: date) -> None:
    at = datetime.combine(day, datetime.min.time(), UTC).timestamp()
    for number in range(TASK_LOGS_A_DAY):
        _write(home / f"logs/tasks/dag_id=build/run_id={day}/task_id={number}/attempt=1.log", LOG_LINE * 40, at)
    _write(home / f"logs/parsing/{day}/build.py.log", LOG_LINE * 500, at)
    for folder in ("gx/results", "gx/data_docs/validations"):
        for file in list((home / folder).glob("*/day/*/*")):
            of_audit = file.parts[-4] in ("figure", "reconciliation", "report_sentence")
            for build in range(BUILDS_A_DAY if of_audit else 1):
                _write(
                    home / folder / file.parts[-4] / f"{day}-{build}" / file.parts[-2] / file.name,
                    file.read_bytes(),
                    at,
                )
    (home / "logs").mkdir(exist_ok=True)
    for component in ("scheduler", "api-server", "dag-processor"):
        with (home / "logs" / f"{component}.log").open("ab") as log:
            log.write(LOG_LINE * 3000)


def _write(path: Path, content: bytes, at: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    for each in (path, path.parent, path.parent.parent):
        os.utime(each, (at, at))


def _folders(home: Path) -> Iterator[tuple[str, int]]:
    for name in ("logs/tasks", "logs/parsing", "gx/results", "gx/data_docs/validations", "dbt"):
        yield name, sum(file.stat().st_size for file in (home / name).rglob("*") if file.is_file())
    yield "logs/*.log", sum(file.stat().st_size for file in (home / "logs").glob("*.*"))


def _execute(config: Settings, statements: str) -> None:
    with closing(psycopg2.connect(config.dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statements)


def print_table(config: Settings, sizes: list[Sizes], removed: dict[str, tuple[int, int]]) -> None:
    """A row for each thing that has a size; what is kept for ever, and computed from it, comes first."""
    retentions = read_retentions(config)
    table = Table(title="size at the end of each year (MB), with housekeeping each week")
    shown = [number for number in (1, 2, 3, 5, 7, 10) if number < len(sizes)] + [len(sizes)]
    shown = sorted(set(shown))
    for heading in ("thing", "kept", *(f"year {number}" for number in shown), "last year +", "removed"):
        table.add_column(heading, justify="left" if heading in ("thing", "kept") else "right")
    rows = []
    for name, of_things in _grouped(sizes):
        retention = (retentions.tables | retentions.files)[name]
        limit = f"{retention.days} days" if retention.days else f"{retention.megabytes} MB"
        gone = [value for thing, value in removed.items() if thing == name or thing.startswith(name.removesuffix("*"))]
        rows.append((
            retention.kept or "", name, retention.kept or limit,
            *(f"{of_things[number - 1] / 1e6:,.2f}" for number in shown),
            f"{(of_things[-1] - of_things[-2]) / 1e6:+,.2f}",
            f"{sum(items for items, _ in gone):,}" if gone else "",
        ))  # fmt: skip
    total = [sum(each.values()) for each in sizes]
    rows.append((
        "~", "everything", "", *(f"{total[number - 1] / 1e6:,.1f}" for number in shown),
        f"{(total[-1] - total[-2]) / 1e6:+,.1f}", f"{sum(items for items, _ in removed.values()):,}",
    ))  # fmt: skip
    for row in sorted(rows):
        table.add_row(*row[1:])
    Console(width=160, highlight=False).print(table)


def _grouped(sizes: list[Sizes]) -> Iterator[tuple[str, list[int]]]:
    """Sizes by year, for each table of `ops` and `reporting`, each other schema, and each folder."""
    groups: dict[str, list[int]] = {}
    for number, of_year in enumerate(sizes):
        for name, size in of_year.items():
            schema = name.partition(".")[0]
            is_table = "/" not in name and "." in name
            group = f"{schema}.*" if is_table and schema not in ("ops", "reporting") else name
            group = "dbt/target" if name == "dbt" else group
            groups.setdefault(group, [0] * len(sizes))[number] += size
    yield from groups.items()


if __name__ == "__main__":
    sys.exit(main())
