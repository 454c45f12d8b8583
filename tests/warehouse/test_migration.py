"""Migrations: each runs once, in order, whole or not at all, and a warehouse of another release is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from helpers.exports import deliver, row
from helpers.raw_rows import query
from helpers.warehouses import migrate
from jinja2 import ChoiceLoader, FileSystemLoader
from lachan.cli import main
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.settings import Settings
from lachan.warehouse import MigrationError, require_current, statements
from lachan.warehouse import migration as module
from lachan.warehouse.migration import known_migrations

Feeds = dict[str, Feed]
APPLIED = "select number from ops.migration order by 1"


@pytest.fixture
def own_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of migrations that a test may change: those of this release, copied."""
    package = tmp_path / "lachan"
    folder = package / "warehouse" / "migrations"
    shutil.copytree(str(files("lachan.warehouse").joinpath("migrations")), folder)
    monkeypatch.setattr(module, "files", lambda _: package / "warehouse")
    loader = ChoiceLoader([FileSystemLoader(package), statements._TEMPLATES.loader])  # type: ignore[list-item]
    monkeypatch.setattr(statements._TEMPLATES, "loader", loader)
    statements._TEMPLATES.cache.clear()  # type: ignore[union-attr]
    yield folder
    statements._TEMPLATES.cache.clear()  # type: ignore[union-attr]


def test_the_numbers_of_migrations_have_no_gap() -> None:
    assert [migration.number for migration in known_migrations()] == [*range(1, len(known_migrations()) + 1)]


def test_a_second_run_changes_nothing(warehouse: Settings, feeds: Feeds) -> None:
    before = query(warehouse, "select oid, relname, relnatts from pg_class order by 1")
    assert migrate(warehouse.dsn, feeds) == module.MigrationReport()
    assert query(warehouse, "select oid, relname, relnatts from pg_class order by 1") == before
    require_current(warehouse.dsn)


def test_a_new_migration_runs_once_and_is_recorded_with_its_login(
    warehouse: Settings, feeds: Feeds, own_migrations: Path
) -> None:
    number = len(known_migrations()) + 1
    name = f"{number:04}_count_runs.sql"
    (own_migrations / name).write_text("create table ops.run_count as select 1 as n")
    with pytest.raises(MigrationError, match=rf"lacks 1 migrations .* \(the first is {name}\); run `lachan migrate`"):
        require_current(warehouse.dsn)
    assert migrate(warehouse.dsn, feeds).applied == [name]
    assert migrate(warehouse.dsn, feeds).applied == []
    [(applied_by,)] = query(warehouse, f"select applied_by from ops.migration where number = {number}")
    assert applied_by == "lachan"


def test_a_migration_that_fails_leaves_nothing_and_keeps_those_before_it(
    warehouse: Settings, feeds: Feeds, own_migrations: Path
) -> None:
    number = len(known_migrations()) + 1
    (own_migrations / f"{number:04}_good.sql").write_text("create table ops.good ()")
    bad = own_migrations / f"{number + 1:04}_bad.sql"
    bad.write_text("create table ops.half (); select 1 / 0")
    with pytest.raises(Exception, match="division by zero"):
        migrate(warehouse.dsn, feeds)
    assert query(warehouse, "select to_regclass('ops.good') is null, to_regclass('ops.half') is null") == [
        (False, True)
    ]
    bad.write_text("create table ops.half ()")
    assert migrate(warehouse.dsn, feeds).applied == [bad.name]


def test_a_migration_that_was_changed_after_it_ran_is_refused(
    warehouse: Settings, feeds: Feeds, own_migrations: Path
) -> None:
    first = own_migrations / known_migrations()[0].name
    first.write_text(first.read_text() + "-- changed\n")
    with pytest.raises(MigrationError, match=f"{first.name} was changed after it had run here"):
        migrate(warehouse.dsn, feeds)


def test_a_warehouse_of_a_newer_release_is_refused(warehouse: Settings, feeds: Feeds) -> None:
    query(warehouse, "insert into ops.migration values (9000, '9000_future.sql', 'x')")
    for refused in (lambda: migrate(warehouse.dsn, feeds), lambda: require_current(warehouse.dsn)):
        with pytest.raises(MigrationError, match=r"9000_future\.sql, which this release does not know"):
            refused()


def test_commands_change_no_table_and_name_the_command_that_does(
    warehouse: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    query(warehouse, "drop schema ops, raw, staging, intermediate, marts, reporting, reference, province cascade")
    for command in (["ingest"], ["build"], ["watch"], ["replay"], ["figures"]):
        assert main(command) == 2
        assert "run `lachan migrate`" in capsys.readouterr().err
    assert query(warehouse, "select to_regclass('ops.migration') is null") == [(True,)]
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"applied {each.name}" for each in known_migrations()]
    assert main(["ingest"]) == 0
    capsys.readouterr()
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == "the warehouse is at this release already\n"


def test_a_retyped_column_stops_the_loads_of_its_feed_only(
    warehouse: Settings, feeds: Feeds, capsys: pytest.CaptureFixture[str]
) -> None:
    query(warehouse, "alter table raw.tips alter column category type bigint using null")
    deliver(warehouse, feeds["tips"], [row("tips")])
    deliver(warehouse, feeds["patrol_rosters"], [row("patrol_rosters")])
    [refusal] = migrate(warehouse.dsn, feeds).refused
    assert refusal.startswith("raw.tips.category is bigint, the contract now says text; give the column a new name")
    with pytest.raises(MigrationError, match=r"raw\.tips\.category is bigint"):
        ingest(warehouse, feeds["tips"], "r1")
    assert main(["migrate"]) == 1
    assert main(["ingest"]) == 2
    assert "raw.tips.category is bigint" in capsys.readouterr().err
    assert query(warehouse, "select feed, status from ops.export_file") == [("patrol_rosters", "loaded")]


def test_a_column_that_a_contract_gains_waits_for_the_migration(warehouse: Settings, feeds: Feeds) -> None:
    tips = feeds["tips"]
    wider = replace(tips, columns=(*tips.columns, replace(tips.columns[-1], name="more")))
    with pytest.raises(MigrationError, match=r"raw\.tips lacks the column more; run `lachan migrate`"):
        ingest(warehouse, wider, "r1")
    assert migrate(warehouse.dsn, {"tips": wider}).added == ["raw.tips.more"]
    assert ingest(warehouse, wider, "r1").files_loaded == 0
