"""What `make run` shows: progress while it goes, then the figures and the account of all rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lachan import warehouse
from lachan.local.rest import TaskRun
from lachan.settings import Settings
from lachan.warehouse.statements import run

if TYPE_CHECKING:
    from lachan.publish.comparison import Comparison
    from lachan.publish.trace import Trace

COLORS = {
    "success": "green",
    "skipped": "cyan",
    "running": "yellow",
    "failed": "red",
    "upstream_failed": "red",
}


def console() -> Console:
    """Standard output; wide enough for the tables where it is not a terminal."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=140)


@dataclass(frozen=True)
class Account:
    """What became of every file and row of one feed, over all time."""

    feed: str
    files_loaded: int
    files_duplicate: int
    files_rejected: int
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_duplicate: int
    batches_held: int
    batches_pending: int


def account(settings: Settings) -> list[Account]:
    """The ledger added up, one entry per feed that has files."""
    with closing(warehouse.connect(settings.dsn)) as connection, connection.cursor() as cursor:
        return [Account(*row) for row in run(cursor, "local/ledger_totals").fetchall()]


class Progress:
    """Shows tasks and the ledger while they change: a live table on a terminal, else a line per change."""

    def __init__(self) -> None:
        self._console = console()
        self._live = Live(console=self._console, refresh_per_second=4) if self._console.is_terminal else None
        self._seen: dict[tuple[str, str, str], str] = {}
        self._counted = ""
        self._told = 0.0
        self._begun = time.monotonic()

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, tasks: Sequence[TaskRun], accounts: Sequence[Account]) -> None:
        """Bring the display up to date."""
        files = sum(each.files_loaded + each.files_duplicate + each.files_rejected for each in accounts)
        counted = f"{files:,} files, "
        counted += f"{sum(each.rows_read for each in accounts):,} rows, "
        counted += f"{sum(each.batches_pending for each in accounts):,} batches waiting at the gate"
        if self._live:
            self._live.update(self._table(tasks, counted))
        else:
            self._lines(tasks, counted)

    def _table(self, tasks: Sequence[TaskRun], counted: str) -> Group:
        table = Table("DAG", "task", "state", "seconds", box=None)
        for task in tasks:
            table.add_row(task.dag, task.task, _state(task), "" if task.seconds is None else f"{task.seconds:.1f}")
        return Group(table, Text(f"{time.monotonic() - self._begun:5.0f} s  {counted}"))

    def _lines(self, tasks: Sequence[TaskRun], counted: str) -> None:
        now = time.monotonic() - self._begun
        for task in tasks:
            key = (task.dag, task.run, task.task)
            if task.state != "waiting" and self._seen.get(key) != task.state:
                self._seen[key] = task.state
                took = "" if task.seconds is None else f" ({task.seconds:.1f} s)"
                self._console.print(f"{now:5.0f} s  {task.dag}.{task.task} {task.state}{took}", markup=False)
        if counted != self._counted and now - self._told >= 2:
            self._counted, self._told = counted, now
            self._console.print(f"{now:5.0f} s  {counted}", markup=False)


def _state(task: TaskRun) -> Text:
    again = f" (try {task.attempt})" if task.attempt > 1 else ""
    return Text(task.state + again, style=COLORS.get(task.state, ""))


def figures(comparisons: Sequence[Comparison]) -> bool:
    """Print published against computed figures; returns whether all are equal (and there are any)."""
    table = Table(title="Số liệu năm 2024: đã công bố và tính lại")
    for heading in ("chỉ tiêu", "khóa", "đơn vị"):
        table.add_column(heading)
    for heading in ("đã công bố", "năm 2024", "khớp", "năm hành chính"):
        table.add_column(heading, justify="right")
    readings: list[str] = []
    for each in comparisons:
        mark = Text("=", style="green") if each.equal else Text("KHÁC", style="bold red")
        if each.reading:
            readings.append(each.reading)
        label = f"{each.label_vi} [{len(readings)}]" if each.reading else each.label_vi
        administrative = _number(each.administrative) + ("" if each.covered or each.administrative is None else "*")
        table.add_row(
            Text(label), each.key, each.unit, _number(each.published), _number(each.computed), mark, administrative
        )
    console().print(table)
    console().print("Năm hành chính: 15/12 năm trước đến 14/12; * là kỳ mà các tệp chưa phủ hết. Cách hiểu đã dùng:")
    for number, reading in enumerate(readings, start=1):
        console().print(Text(f"  [{number}] {reading}"))
    equal = sum(each.equal for each in comparisons)
    console().print(f"{equal} of {len(comparisons)} figures are equal")
    return bool(comparisons) and equal == len(comparisons)


def _number(value: Any) -> str:
    return "–" if value is None else f"{value:,}".replace(",", ".")


def accounts(entries: Sequence[Account]) -> None:
    """Print what became of every file and row."""
    table = Table(title="Files and rows, over all runs")
    table.add_column("feed")
    names = (
        ("files loaded", "files_loaded"),
        ("duplicate", "files_duplicate"),
        ("rejected", "files_rejected"),
        ("rows read", "rows_read"),
        ("loaded", "rows_loaded"),
        ("quarantined", "rows_quarantined"),
        ("duplicate", "rows_duplicate"),
        ("batches held", "batches_held"),
    )
    for heading, _ in names:
        table.add_column(heading, justify="right")
    for entry in entries:
        table.add_row(entry.feed, *(f"{getattr(entry, name):,}" for _, name in names))
    console().print(table)


def trace(found: Trace) -> bool:
    """Print a figure and its lines; returns whether they add up to it."""
    table = Table(title=f"{found.label_vi}, {found.part_vi.lower()}: {found.window_vi}, {found.ward_vi}")
    for heading in ("tính", "đối tượng", "ngày", "phường, xã", "tệp : dòng"):
        table.add_column(heading, justify="right" if heading == "tính" else "left", no_wrap=heading != "tệp : dòng")
    for line in found.lines:
        counts = str(line.numerator) if line.denominator is None else f"{line.numerator}/{line.denominator}"
        days = f"{line.first_day}" if str(line.first_day) == str(line.last_day) else f"từ {line.first_day}"
        place = line.path if line.line_no is None else f"{line.path} : {line.line_no}"
        table.add_row(counts, line.item, days, line.ward, Text(place))
    console().print(table)
    of = "" if found.denominator is None else f" / {_number(Decimal(found.denominator))}"
    console().print(f"{_number(Decimal(found.numerator))}{of} = tổng của {len(found.lines)} dòng; {found.figure_id}")
    if not found.complete:
        console().print("The lines do not add up to it: a newer build waits to be published; run `lachan build`.")
    return found.complete
