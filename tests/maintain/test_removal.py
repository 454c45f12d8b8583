"""What is removed of the warehouse, and what stays although it is old."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from helpers.aging import age
from helpers.raw_rows import load, query
from helpers.worlds import IN_FORCE
from lachan.maintain import tables
from lachan.maintain.run import NotMaintained, maintain
from lachan.maintain.tables import housekeeper, remove_rows
from lachan.operate.decisions import retract
from lachan.settings import Settings
from psycopg2.errors import InsufficientPrivilege

NOW = datetime.now(UTC)
TABLES = (
    "ops.alert", "ops.alert_history", "ops.batch_profile", "ops.check_result", "ops.dbt_result", "ops.mail",
    "ops.mart_state", "ops.quarantined_row", "ops.watch_run", "raw.tips",
)  # fmt: skip
COUNTS = " union all ".join(f"select '{table}', count(*) from {table}" for table in TABLES)
ROWS = Path(__file__).with_name("old_rows.sql").read_text()
ROWS = ROWS.replace(":old", "(now() - interval '1000 days')").replace(":new", "(now() - interval '1 day')")


OF_MAINTAIN = "application_name = 'lachan maintain'"


@pytest.fixture
def old(warehouse: Settings) -> Settings:
    """Rows of three years ago, and some of yesterday."""
    query(warehouse, ROWS)
    return warehouse


def test_what_is_old_goes_and_what_is_needed_stays(old: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(query(old, COUNTS))
    assert before == {
        "ops.alert": 3, "ops.alert_history": 2, "ops.batch_profile": 6, "ops.check_result": 15, "ops.dbt_result": 10,
        "ops.mail": 5, "ops.mart_state": 24, "ops.quarantined_row": 12, "ops.watch_run": 2, "raw.tips": 12,
    }  # fmt: skip
    dry = maintain(old, "dry", NOW, "tester", is_dry_run=True)
    assert dict(query(old, COUNTS)) == before
    assert query(old, "select count(*) from ops.removal") == [(0,)]
    monkeypatch.setattr(tables.remove_rows, "__defaults__", (2,))  # batches of two rows
    done = maintain(old, "r1", NOW, "tester")
    assert {each.thing: each.items for each in done.removed} == {each.thing: each.items for each in dry.removed}
    assert done.undeclared == ()
    assert dict(query(old, COUNTS)) == {
        "ops.alert": 2,  # one is open, one was cleared yesterday
        "ops.alert_history": 1,
        "ops.batch_profile": 1,  # of the held file
        "ops.check_result": 5,  # of the last audit
        "ops.dbt_result": 5,  # of the last build
        "ops.mail": 3,  # the last digest of each recipient, and the mail of yesterday
        "ops.mart_state": 4,  # of each group the last publication, and that it is held
        "ops.quarantined_row": 1 + 2 + 2,  # waiting, of the accepted and the held file; retracted yesterday
        "ops.watch_run": 1,
        "raw.tips": 12 - 4,  # a third retracted file is still applied, a fourth is of yesterday
    }
    assert query(old, "select distinct file_id from raw.tips order by 1") == [(1,), (3,), (4,), (5,)]
    assert query(old, "select count(*) from ops.export_file") == [(6,)]
    told = query(old, "select thing, item_count, byte_count, run_id, login from ops.removal order by thing")
    assert [row[:3] for row in told] == sorted((it.thing, it.items, it.size) for it in done.removed if it.items)
    assert {row[3:] for row in told} == {("r1", "lachan")} and all(size > 0 for _, _, size, *_ in told)
    assert all(each.items == 0 for each in maintain(old, "r2", NOW, "tester").removed)


def test_the_housekeeper_removes_only_by_the_functions(old: Settings) -> None:
    long_ago, yesterday = NOW - timedelta(days=400), NOW - timedelta(days=1)
    with housekeeper(old) as connection, connection.cursor() as cursor:
        for statement in ("delete from ops.mail", "select from ops.mail", "insert into ops.removal default values",
                          "select ops.remove_expired('r', 'ops.decision', now() - interval '1 year', 1)",
                          "select ops.remove_expired('r', 'reporting.figure_state', now() - interval '1 year', 1)",
                          "select ops.remove_expired('r', 'ops.mail; select 1', now() - interval '1 year', 1)",
                          "select ops.condition_of_removal('ops.mail')"):  # fmt: skip
            with pytest.raises(InsufficientPrivilege):
                cursor.execute(statement)
        with pytest.raises(InsufficientPrivilege, match="before it is 30 days old"):
            remove_rows(cursor, "r", "ops.mail", yesterday, is_dry_run=False)
        assert remove_rows(cursor, "r", "ops.mail", long_ago, is_dry_run=False).items == 2
    for role in ("loader", "auditor", "transformer", "publisher", "steward", "analyst", "reporter"):
        with pytest.raises(InsufficientPrivilege):
            query(old, "select ops.remove_expired('r', 'ops.mail', now() - interval '1 year', 1)", role=role)


def test_what_is_locked_is_left_for_the_next_run_and_stops_nothing_else(
    old: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_LIMITS", ("set lock_timeout to '100ms'",))
    other = psycopg2.connect(old.dsn)
    with other.cursor() as cursor:
        cursor.execute("select from ops.alert where alert_key = 'old' for update")
        with pytest.raises(NotMaintained, match=r"else was: ops\.alert: canceling statement due to lock timeout"):
            maintain(old, "r1", NOW, "tester")
    other.close()
    found = dict(query(old, COUNTS))
    assert (found["ops.alert"], found["ops.alert_history"], found["ops.mail"]) == (3, 1, 3)
    again = maintain(old, "r2", NOW, "tester").removed
    assert [(each.thing, each.items) for each in again if each.items] == [("ops.alert", 1)]


def test_a_killed_run_has_entered_what_it_has_removed(old: Settings) -> None:
    query(
        old,
        "insert into ops.dbt_result select 'big', n::text, 'model', 'success', 1, 1, '', now() - interval '3 years'"
        " from generate_series(1, 20000) as n",
    )
    program = (
        "from datetime import UTC, datetime; from lachan import settings; from lachan.maintain import tables, run;"
        "tables.remove_rows.__defaults__ = (50,); run.maintain(settings.load(), 'killed', datetime.now(UTC), 'tester')"
    )
    victim = subprocess.Popen([sys.executable, "-c", program])
    entered = "select coalesce(sum(item_count), 0) from ops.removal where thing = 'ops.dbt_result'"
    while query(old, entered) == [(0,)]:
        assert victim.poll() is None
        time.sleep(0.01)
    victim.kill()
    victim.wait()
    query(old, f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where {OF_MAINTAIN}")
    [(told,)] = query(old, entered)
    [(left,)] = query(old, "select count(*) from ops.dbt_result where run_id = 'big'")
    assert 0 < told < 20005 and told + left in (20000, 20005)
    maintain(old, "next", NOW, "tester")
    assert query(old, "select count(*) from ops.dbt_result") == [(5,)]
    assert query(old, entered) == [(20005,)]


def test_a_later_retraction_brings_back_what_it_would_have_without(warehouse: Settings) -> None:
    """Superseded contents and versions are kept for ever, because of this."""
    day, later = date(2024, 3, 5), {"updated_at": "2024-03-06"}
    for number, rows in enumerate([{"A": {}, "B": {}}, {"A": {"verdict": "valuable"}}, {"A": later, "C": {}}], start=1):
        assert load(warehouse, "tips", day, rows) == number
    query(warehouse, "update ops.export_file set path = 'the same', sha256 = file_id where file_id < 3")
    load(warehouse, "camera_register", day, {"1": {}, "2": {}})
    load(warehouse, "camera_register", day, {"1": {}})
    retract(warehouse, "a test", "tester", file_id=3)
    before = query(warehouse, IN_FORCE)
    assert [tip["tip_id"] for tip in before[0][0]] == ["A"] and len(before[0][1]) == 1
    age(warehouse, 3000)
    [gone] = [each for each in maintain(warehouse, "r1", NOW, "tester").removed if each.thing == "raw.tips"]
    assert gone.items == 2 and query(warehouse, "select count(*) from raw.tips") == [(3,)]
    assert query(warehouse, IN_FORCE) == before
    retract(warehouse, "of another city", "tester", file_id=2)
    retract(warehouse, "of another city", "tester", file_id=5)
    [(tips, cameras)] = query(warehouse, IN_FORCE)
    assert [(tip["tip_id"], tip["verdict"]) for tip in tips] == [("A", "pending"), ("B", "pending")]
    assert [camera["camera_id"] for camera in cameras] == ["1", "2"], "the register that was replaced is in force again"


def test_it_runs_beside_a_load(warehouse: Settings, tmp_path: Path) -> None:
    """A transaction that adds rows is neither waited for nor makes anything wait."""
    query(warehouse, ROWS)
    other = psycopg2.connect(warehouse.dsn)
    with other.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('lachan.load.tips'))")
        cursor.execute(
            "insert into raw.tips (file_id, line_no, tip_id, updated_at, received_at, channel)"
            " values (9, 2, 'x', now(), now(), 'hotline')"
        )
        done = maintain(warehouse, "r1", NOW, "tester")
        assert sum(each.items for each in done.removed) > 30
        cursor.execute("select count(*) from raw.tips")
        assert cursor.fetchone() == (9,)
    other.close()
