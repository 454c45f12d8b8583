"""Terminal output of `make run`: the progress of the tasks, then the totals of files and rows, and the figures."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lachan import warehouse
from lachan.local.rest import TaskRun
from lachan.printable import printable
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
    """A console on standard output; 140 columns wide if that is not a terminal, so that the tables fit."""
    standard = Console(highlight=False)
    return standard if standard.is_terminal else Console(highlight=False, width=140)


@dataclass(frozen=True)
class FeedTotals:
    """Numbers of files and rows of one feed in the ledger, by outcome, over all runs."""

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


def feed_totals(settings: Settings) -> list[FeedTotals]:
    """The totals of the ledger, one entry for each feed that has files."""
    with warehouse.transaction(settings.address("analyst"), "analyst") as cursor:
        return [FeedTotals(*row) for row in run(cursor, "local/ledger_totals").fetchall()]


class Progress:
    """Shows the states of tasks and the ledger's totals: a live table on a terminal, otherwise a line per change."""

    def __init__(self) -> None:
        self._console = console()
        self._live = Live(console=self._console, refresh_per_second=4) if self._console.is_terminal else None
        self._printed_states: dict[tuple[str, str, str], str] = {}
        self._printed_summary = ""
        self._summary_printed_at = 0.0
        self._started = time.monotonic()

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, tasks: Sequence[TaskRun], totals: Sequence[FeedTotals]) -> None:
        """Update the display."""
        files = sum(each.files_loaded + each.files_duplicate + each.files_rejected for each in totals)
        summary = f"{files:,} files, "
        summary += f"{sum(each.rows_read for each in totals):,} rows, "
        summary += f"{sum(each.batches_pending for each in totals):,} batches waiting at the gate"
        if self._live:
            self._live.update(self._table(tasks, summary))
        else:
            self._print_changes(tasks, summary)

    def _table(self, tasks: Sequence[TaskRun], summary: str) -> Group:
        table = Table("DAG", "task", "state", "seconds", box=None)
        for task in tasks:
            table.add_row(task.dag, task.task, _state(task), "" if task.seconds is None else f"{task.seconds:.1f}")
        return Group(table, Text(f"{time.monotonic() - self._started:5.0f} s  {summary}"))

    def _print_changes(self, tasks: Sequence[TaskRun], summary: str) -> None:
        now = time.monotonic() - self._started
        for task in tasks:
            key = (task.dag, task.run, task.task)
            if task.state != "waiting" and self._printed_states.get(key) != task.state:
                self._printed_states[key] = task.state
                duration = "" if task.seconds is None else f" ({task.seconds:.1f} s)"
                self._console.print(f"{now:5.0f} s  {task.dag}.{task.task} {task.state}{duration}", markup=False)
        if summary != self._printed_summary and now - self._summary_printed_at >= 2:
            self._printed_summary, self._summary_printed_at = summary, now
            self._console.print(f"{now:5.0f} s  {summary}", markup=False)


def _text(value: str) -> Text:
    """A value from an export: it may hold what rich takes for markup, and characters that terminals obey."""
    return Text(printable(value))


def _state(task: TaskRun) -> Text:
    attempt = f" (try {task.attempt})" if task.attempt > 1 else ""
    return Text(task.state + attempt, style=COLORS.get(task.state, ""))


def figures(comparisons: Sequence[Comparison]) -> bool:
    """Print the published next to the computed figures; returns whether there are any and all are equal."""
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


def totals(feeds: Sequence[FeedTotals]) -> None:
    """Print the numbers of files and rows of each feed, by outcome."""
    table = Table(title="Files and rows, over all runs")
    table.add_column("feed")
    columns = (
        ("files loaded", "files_loaded"),
        ("duplicate", "files_duplicate"),
        ("rejected", "files_rejected"),
        ("rows read", "rows_read"),
        ("loaded", "rows_loaded"),
        ("quarantined", "rows_quarantined"),
        ("duplicate", "rows_duplicate"),
        ("batches held", "batches_held"),
    )
    for heading, _ in columns:
        table.add_column(heading, justify="right")
    for feed in feeds:
        table.add_row(feed.feed, *(f"{getattr(feed, name):,}" for _, name in columns))
    console().print(table)


def trace(found: Trace) -> bool:
    """Print a figure and its source lines; returns whether the lines add up to the figure."""
    table = Table(title=_text(f"{found.label_vi}, {found.part_vi.lower()}: {found.window_vi}, {found.ward_vi}"))
    for heading in ("tính", "đối tượng", "ngày", "phường, xã", "tệp : dòng"):
        table.add_column(heading, justify="right" if heading == "tính" else "left", no_wrap=heading != "tệp : dòng")
    for line in found.lines:
        counts = str(line.numerator) if line.denominator is None else f"{line.numerator}/{line.denominator}"
        days = f"{line.first_day}" if str(line.first_day) == str(line.last_day) else f"từ {line.first_day}"
        place = line.path if line.line_no is None else f"{line.path} : {line.line_no}"
        table.add_row(counts, _text(line.item), days, _text(line.ward), _text(place))
    console().print(table)
    of = "" if found.denominator is None else f" / {_number(Decimal(found.denominator))}"
    console().print(f"{_number(Decimal(found.numerator))}{of} = tổng của {len(found.lines)} dòng; {found.figure_id}")
    if not found.complete:
        console().print(
            "The lines do not add up to the figure: a newer build is not yet published; run `lachan build`."
        )
    return found.complete
