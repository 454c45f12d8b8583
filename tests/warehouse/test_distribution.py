"""Where tables are in a distributed warehouse (tests/citus tries it), and a server over which nothing can be spread."""

from __future__ import annotations

import pytest
import yaml
from helpers.raw_rows import query
from lachan.cli import main
from lachan.contract import Feed
from lachan.settings import PROJECT, Settings
from lachan.warehouse.distribution import placement

TABLES = """
select relnamespace::regnamespace::text || '.' || relname from pg_class
where relkind = 'r' and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
"""
SETTINGS = """
select setconfig from pg_db_role_setting
where setdatabase = (select oid from pg_database where datname = current_database())
"""


def test_every_table_has_its_place(warehouse: Settings, feeds: dict[str, Feed]) -> None:
    tables = {name for (name,) in query(warehouse, TABLES)}
    spread = {name: placement(name, feeds).by for name in tables if placement(name, feeds).by}
    assert spread == {f"raw.{feed.name}": feed.key[0] for feed in feeds.values()}
    for feed in feeds.values():
        [key] = [column for column in feed.columns if column.name == feed.key[0]]
        assert key.required, "a row without a value of the distribution column has no place"
    assert all(placement(name, feeds).why for name in tables - spread.keys())

    project = yaml.safe_load((PROJECT / "dbt_project" / "dbt_project.yml").read_text())
    built = [*project["models"]["lachan"].values(), *project["seeds"].values()]
    schemas = {each["+schema"] for each in built if "+schema" in each} | {"changes"}
    assert schemas >= {"staging", "intermediate", "marts", "reference"}
    assert all(placement(f"{schema}.any", feeds).why for schema in schemas)
    with pytest.raises(KeyError):
        placement("people.any", feeds)


def test_a_server_without_citus_is_refused_and_not_changed(
    warehouse: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = query(warehouse, SETTINGS)
    assert main(["migrate", "--distributed"]) == 2
    assert "this server has no Citus" in capsys.readouterr().err
    assert query(warehouse, SETTINGS) == before
