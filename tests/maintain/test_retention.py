"""Everything that grows has a stated retention; what an office may change of it, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.raw_rows import query
from lachan.maintain.retention import RetentionError, read_retentions, undeclared_files, undeclared_tables
from lachan.maintain.tables import relations
from lachan.settings import Settings, load
from lachan.warehouse import connect


def test_every_table_has_a_retention_and_every_condition_of_removal_a_number_of_days(warehouse: Settings) -> None:
    retentions = read_retentions(warehouse)
    with connect(warehouse.dsn) as connection, connection.cursor() as cursor:
        assert undeclared_tables(cursor, retentions) == []
        cursor.execute("create table ops.of_a_later_release (); create table public.left_by_hand ()")
        assert undeclared_tables(cursor, retentions) == ["ops.of_a_later_release", "public.left_by_hand"]
        connection.rollback()
        cleaned = {name for name, each in retentions.tables.items() if each.days for name in relations(cursor, name)}
    conditions = "select relation from pg_tables, format('%s.%s', schemaname, tablename) as relation"
    removable = query(warehouse, f"{conditions} where ops.condition_of_removal(relation) is not null")
    assert {name for (name,) in removable} == cleaned and len(cleaned) == 9 + 9
    gone = set(retentions.tables) - {name for (name,) in query(warehouse, conditions)}
    assert all(name.endswith(".*") for name in gone), "a retention of a table that is not there"


def test_every_folder_of_a_home_has_a_retention(tmp_path: Path) -> None:
    retentions = read_retentions(load())
    for path in ("logs/tasks/dag_id=build", "gx/results", "dbt/target", "logs/old", "surprise"):
        (tmp_path / path).mkdir(parents=True)
    for path in ("logs/scheduler.log", "postgres.dsn", "dbt/stray"):
        (tmp_path / path).touch()
    assert undeclared_files(tmp_path, retentions) == ["dbt/stray", "logs/old", "surprise"]


def test_an_office_keeps_things_for_another_time(tmp_path: Path) -> None:
    settings = replace(load(), retention=tmp_path / "retention.yaml")
    (tmp_path / "retention.yaml").write_text("ops.mail: 45\nlogs/*.log: 5\nairflow database: 400\n")
    found = read_retentions(settings)
    assert found.tables["ops.mail"].days == 45
    assert found.files["logs/*.log"].megabytes == 5
    assert found.others["airflow database"].days == 400
    assert found.tables["ops.alert"].days == read_retentions(load()).tables["ops.alert"].days


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ops.mail: 7", "ops.mail: days must be a whole number, at least 31, not 7"),
        ("ops.mail: '90'", "ops.mail: days must be a whole number"),
        ("ops.decision: 90", "ops.decision cannot be changed; what can is raw"),
        ("ops.nothing: 90", "ops.nothing cannot be changed"),
        ("logs/tasks: 0", "logs/tasks: days must be a whole number, at least 1, not 0"),
        ("- ops.mail", "must map the name of each thing"),
        ("ops.mail: [", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "retention.yaml").write_text(text)
    with pytest.raises(RetentionError, match=why):
        read_retentions(replace(load(), retention=tmp_path / "retention.yaml"))
