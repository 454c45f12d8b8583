"""Published tables and views are derived from the dbt contract of the mart: columns, types, comments, revisions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from helpers.raw_rows import query
from lachan import warehouse as lachan_warehouse
from lachan.contract.published import PublishedTable, published_tables
from lachan.settings import PROJECT, Settings

ADDED_AT_PUBLICATION = {
    "figure": ["revision_no", "published_at", "suppressed"],
    "report_sentence": ["published_at"],
}
COLUMNS = """
    select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum)
    from pg_attribute where attrelid = 'reporting.{}'::regclass and attnum > 0 and not attisdropped order by attnum
"""


@pytest.fixture(scope="module")
def tables() -> dict[str, PublishedTable]:
    return published_tables(PROJECT)


@pytest.mark.parametrize("name", ADDED_AT_PUBLICATION)
def test_a_published_table_has_the_columns_of_its_mart(
    warehouse: Settings, tables: dict[str, PublishedTable], name: str
) -> None:
    found = {column: rest for column, *rest in query(warehouse, COLUMNS.format(name))}
    assert list(found)[-len(ADDED_AT_PUBLICATION[name]) :] == ADDED_AT_PUBLICATION[name]
    declared = {c.name: [c.sql_type, c.description] for c in tables[name].columns if c.stored_in != "storage"}
    assert {column: found[column] for column in found if column not in ADDED_AT_PUBLICATION[name]} == declared


def test_a_revision_stores_numbers_before_and_after_and_other_columns_once(
    warehouse: Settings, tables: dict[str, PublishedTable]
) -> None:
    figure = tables["figure"]
    assert [column.name for column in figure.revised_columns] == ["numerator", "denominator", "value"]
    expected = {column.name for column in figure.unrevised_columns}
    expected |= {f"{when}_{column.name}" for column in figure.revised_columns for when in ("old", "new")}
    expected |= {"revision_no", "change", "changed_at", "run_id", "why", "publication_id"}
    found = query(warehouse, COLUMNS.format("figure_revision"))
    assert {column for column, *_ in found} == expected
    assert all(description for *_, description in found)


def test_a_column_added_to_the_mart_is_added_to_the_published_table_its_revisions_and_figure_as_of(
    server: str, tmp_path: Path, warehouse: Settings
) -> None:
    marts = Path("dbt_project", "models", "marts")
    shutil.copytree(PROJECT / marts, tmp_path / marts)
    contract = tmp_path / marts / "figure.yml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text + '      - {name: source_vi, data_type: text, description: "Where it is from."}\n')
    query(warehouse, "create view public.kept as select figure_id, value from reporting.figure")
    added = lachan_warehouse.migrate(warehouse.dsn, {}, published_tables(tmp_path)).added
    assert added == ["reporting.figure_state.source_vi", "reporting.open_figure.source_vi"]
    for table in ("figure", "figure_revision"):
        assert ["source_vi", "text", "Where it is from."] in map(list, query(warehouse, COLUMNS.format(table)))
    assert query(warehouse, "select source_vi from reporting.figure_as_of(now())") == []
    assert query(warehouse, "select count(*) from public.kept") == [(0,)]
