"""How PostgreSQL reads the view of figures. Rows and seconds differ between machines, the nodes of a plan do not."""

from __future__ import annotations

from contextlib import closing

from helpers.raw_rows import query
from lachan.settings import Settings
from lachan.warehouse import connect
from lachan.warehouse.statements import statement


def test_windows_in_an_array_are_looked_up_before_figures_are_computed(city: Settings) -> None:
    """Otherwise a build, an audit or a publication of one day computes the figures of all years."""
    windows = "array(select window_key from ops.unpublished_window)"
    plan = [line for (line,) in query(city, f"explain select * from marts.figure where window_key = any({windows})")]
    [found] = [number for number, line in enumerate(plan) if " on dim_reporting_window reporting_window" in line]
    assert any("window_key = ANY" in line for line in plan[found + 1 : found + 3]), "\n".join(plan)


def test_the_counts_of_a_window_are_read_once_and_not_once_for_every_feed(city: Settings) -> None:
    """The windows of feeds are joined with figures whose indicator is known, so they stand further out in the plan."""
    windows = "array(select window_key from ops.unpublished_window)"
    plan = [line for (line,) in query(city, f"explain select * from marts.figure where window_key = any({windows})")]
    [counts] = [line for line in plan if " on int_figure_count counted" in line]
    [of_feeds] = [line for line in plan if " on int_feed_window feed_window" in line]
    assert of_feeds.index("->") < counts.index("->"), "\n".join(plan)


def test_the_figure_of_a_trace_is_looked_up_without_reading_the_others(city: Settings) -> None:
    names = {"figure_name": "0" * 32, "window": "calendar_year@2024-01-01", "ward": "city", "basis": "as_was"}
    with closing(connect(city.address("analyst"), role="analyst")) as connection, connection.cursor() as cursor:
        cursor.execute("set enable_seqscan = off")  # on so few rows the planner needs no index
        cursor.execute("explain " + statement(cursor, "publish/find_figure", **names))
        plan = [line for (line,) in cursor.fetchall()]
    reading = [number for number, line in enumerate(plan) if " on figure_state_" in line or " on open_figure" in line]
    assert len(reading) == 8, "two tables of states for cleared readers and two for others, by id and by name"
    assert all("Index Cond" in plan[number + 1] for number in reading), "\n".join(plan)


def test_the_counts_of_a_window_lie_together(city: Settings) -> None:
    """The windows of a day are read from few pages; 1 is the correlation of a table in the order of its windows."""
    stored = "select correlation from pg_stats where tablename = 'int_figure_count' and attname = 'window_id'"
    [[correlation]] = query(city, stored)
    assert correlation > 0.9


def test_changed_figures_are_found_without_reading_the_unchanged_ones(city: Settings) -> None:
    """The condition of the partial index is that of the readers; on so few rows the planner needs no index."""
    statement = "explain select figure_id from reporting.figure_revision where change <> 'new'"
    plan = "\n".join(line for (line,) in query(city, f"set enable_seqscan = off; {statement}"))
    assert "_threshold_change_no_idx on figure_state_without_threshold" in plan, plan
    assert "_threshold_change_no_idx on figure_state_with_threshold" in plan, plan
