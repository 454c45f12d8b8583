"""Documentation of the tables: comments in the database, the data dictionary and dbt's pages."""

from __future__ import annotations

import pytest
from helpers.raw_rows import query
from lachan.settings import PROJECT, Settings
from lachan.transform.dictionary import NothingBuilt, data_dictionary, write_docs

RELATIONS = """
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm')
  and n.nspname in ('reporting', 'marts', 'reference', 'intermediate', 'staging', 'raw', 'ops', 'province')
"""
MINIMUM_RELATIONS = {
    "reporting": 2, "marts": 20, "reference": 10, "intermediate": 3, "staging": 9, "raw": 9, "ops": 12, "province": 6,
}  # fmt: skip


def test_every_table_states_its_grain_first(city: Settings) -> None:
    described = query(city, f"select n.nspname::text, c.relname::text, obj_description(c.oid, 'pg_class') {RELATIONS}")
    for schema, minimum in MINIMUM_RELATIONS.items():
        assert len([each for each in described if each[0] == schema]) >= minimum
    assert [each for each in described if not (each[2] or "").startswith("One row is ")] == []


def test_every_column_has_a_comment(city: Settings) -> None:
    without_comment = query(
        city,
        f"""
        select n.nspname || '.' || c.relname || '.' || a.attname
        {RELATIONS.replace("where", "inner join pg_attribute as a on a.attrelid = c.oid where")}
        and a.attnum > 0 and not a.attisdropped and coalesce(col_description(c.oid, a.attnum), '') = ''
        """,
    )
    assert without_comment == []


def test_staging_columns_have_the_comments_of_the_contract(city: Settings) -> None:
    in_staging = query(city, "select col_description('staging.stg_tips'::regclass, 5), count(*) from staging.stg_tips")
    assert in_staging == query(city, "select col_description('raw.tips'::regclass, 5), count(*) from staging.stg_tips")
    assert in_staging[0][0].startswith("Thời gian tiếp nhận. ")


def test_every_column_of_a_seed_has_its_vietnamese_name(city: Settings) -> None:
    without_name = query(
        city,
        """
        select c.relname || '.' || a.attname
        from pg_class as c
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'reference'::regnamespace and c.relkind = 'r'
          and col_description(c.oid, a.attnum) !~ '\\([^()]*[^ -~][^()]*\\)\\.$'
        """,
    )
    assert without_name == []


def test_the_committed_dictionary_is_what_the_database_says(city: Settings) -> None:
    committed = (PROJECT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert data_dictionary(city) == committed, (
        "the comments have changed: with a new LACHAN_HOME run `lachan build && lachan docs`"
        " and copy its docs/data-dictionary.md to docs/"
    )
    assert "| silent_models |" not in committed
    assert "| tips_received | Số tin tiếp nhận | tin | flow |" in committed


def test_docs_are_two_self_contained_files(city: Settings) -> None:
    pages, dictionary = write_docs(city)
    assert pages == city.home / "docs" / "index.html"
    html = pages.read_text(encoding="utf-8")
    assert "model.lachan.model_vitality" in html and "a prompt for review, not a conclusion" in html
    assert dictionary.read_text(encoding="utf-8") == data_dictionary(city)


def test_docs_before_the_first_build_are_refused(warehouse: Settings) -> None:
    with pytest.raises(NothingBuilt, match="run `lachan build` first"):
        write_docs(warehouse)
