"""The gate: which files it holds and accepts; a held file or missing suite does not affect other files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers.exports import deliver, row
from helpers.raw_rows import query
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.operate.decisions import DecisionError, release
from lachan.quality.expectations import SuiteMissing
from lachan.quality.gate import GateReport, gate
from lachan.settings import Settings
from lachan.warehouse import connect

Feeds = dict[str, Feed]


def files(settings: Settings) -> list[tuple[Any, ...]]:
    with connect(settings.dsn) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select to_char(export_date, 'YYYYMMDD'), gate, acceptance_no from ops.export_file order by 1, file_id"
        )
        return cursor.fetchall()


def day(feed: Feed, on: date, count: int, settings: Settings, start: int) -> None:
    rows = [row(feed.name, start + n, updated_at=f"{on:%d/%m/%Y} 09:00:00") for n in range(count)]
    deliver(settings, feed, rows, f"{on:%Y%m%d}")


def weeks(feed: Feed, settings: Settings, count: int = 4, rows: int = 20) -> date:
    """Deliver one file on the same weekday of several weeks; returns that weekday in the week after."""
    first = date(2024, 3, 4)
    for number in range(count):
        day(feed, first + timedelta(weeks=number), rows, settings, 1000 * (number + 1))
    return first + timedelta(weeks=count)


def test_ordinary_files_are_numbered_by_export_day(warehouse: Settings, feeds: Feeds) -> None:
    weeks(feeds["tips"], warehouse)
    ingest(warehouse, feeds["tips"], "r1")
    assert gate(warehouse, "r1") == GateReport(4, 0, 0)
    assert [(g, n) for _, g, n in files(warehouse)] == [("accepted", n) for n in (1, 2, 3, 4)]
    assert gate(warehouse, "r2") == GateReport(0, 0, 0)


def test_a_flood_is_held_and_released_and_other_files_are_accepted(warehouse: Settings, feeds: Feeds) -> None:
    following = weeks(feeds["tips"], warehouse)
    day(feeds["tips"], following, 400, warehouse, 90_000)
    day(feeds["tips"], following + timedelta(weeks=1), 20, warehouse, 99_000)
    deliver(warehouse, feeds["patrol_rosters"], [row("patrol_rosters")])
    for feed in feeds.values():
        ingest(warehouse, feed, "r1")
    assert gate(warehouse, "r1") == GateReport(accepted=6, warned=0, held=1)
    held = [name for name, state, _ in files(warehouse) if state == "held"]
    assert held == [f"{following:%Y%m%d}"]
    with connect(warehouse.dsn) as connection, connection.cursor() as cursor:
        cursor.execute("select file_id, gate_reason from ops.export_file where gate = 'held'")
        [(file_id, reason)] = cursor.fetchall()
    assert reason == "rows_read 400 (at most 150), wanted max_value 5 * rows_usual + 50"
    release(warehouse, file_id, "the whole city moved to one export", "officer")
    assert max(n for _, _, n in files(warehouse)) == 7
    with pytest.raises(DecisionError, match="is not held: its rows are in the figures"):
        release(warehouse, file_id, "again", "officer")


def test_a_file_of_another_day_is_held(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", n) for n in range(1, 13)], "20240310")
    ingest(warehouse, feeds["tips"], "r1")
    assert gate(warehouse, "r1").held == 1


def test_a_file_with_a_warning_is_accepted_with_its_reason(warehouse: Settings, feeds: Feeds) -> None:
    deliver(warehouse, feeds["tips"], [row("tips", 1, Zalo="x")])
    ingest(warehouse, feeds["tips"], "r1")
    assert gate(warehouse, "r1") == GateReport(accepted=1, warned=1, held=0)
    with connect(warehouse.dsn) as connection, connection.cursor() as cursor:
        cursor.execute("select gate_reason from ops.export_file")
        assert "warnings 1, wanted max_value 0" in cursor.fetchone()[0]  # type: ignore[index]


@pytest.fixture
def own_suites(warehouse: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(warehouse.project / "expectations", tmp_path / "project" / "expectations")
    shutil.copytree(warehouse.contracts, tmp_path / "project" / "contracts")
    for folder in ("seeds", "cities"):
        shutil.copytree(warehouse.project / "dbt_project" / folder, tmp_path / "project" / "dbt_project" / folder)
    return replace(warehouse, project=tmp_path / "project")


def test_an_expectation_that_raises_an_error_is_critical(own_suites: Settings, feeds: Feeds) -> None:
    path = own_suites.project / "expectations" / "suites" / "tips.json"
    suite = json.loads(path.read_text())
    for expectation in suite["expectations"]:
        if expectation["severity"] == "warning":
            expectation["kwargs"]["column"] = "no_such_column"
    path.write_text(json.dumps(suite))
    deliver(own_suites, feeds["tips"], [row("tips")])
    ingest(own_suites, feeds["tips"], "r1")
    assert gate(own_suites, "r1") == GateReport(0, 0, 1)


def invalid_json(path: Path) -> None:
    path.write_text("{")


def no_suite(path: Path) -> None:
    path.write_text('["a list"]')


def unknown_expectation(path: Path) -> None:
    suite = json.loads(path.read_text())
    suite["expectations"][0]["type"] = "expect_miracles"
    path.write_text(json.dumps(suite))


@pytest.mark.parametrize("break_suite", [Path.unlink, invalid_json, no_suite, unknown_expectation])
def test_files_without_a_readable_suite_stay_pending_and_other_feeds_are_judged(
    own_suites: Settings, feeds: Feeds, break_suite: Callable[[Path], None]
) -> None:
    path = own_suites.project / "expectations" / "suites" / "tips.json"
    readable = path.read_text()
    break_suite(path)
    for name in ("patrol_rosters", "tips", "camera_extractions"):
        deliver(own_suites, feeds[name], [row(name)])
        ingest(own_suites, feeds[name], "r1")
    with pytest.raises(SuiteMissing, match=r"suites/tips\.json.*; 1 files of tips wait for it"):
        gate(own_suites, "r1")
    gate_states = "select feed, gate from ops.export_file order by feed"
    others = [("camera_extractions", "accepted"), ("patrol_rosters", "accepted")]
    assert query(own_suites, gate_states) == [*others, ("tips", "pending")]
    path.write_text(readable)
    assert gate(own_suites, "r2") == GateReport(1, 0, 0)
    assert query(own_suites, gate_states) == [*others, ("tips", "accepted")]
