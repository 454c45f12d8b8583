"""SQL files: values become quoted literals, identifiers are quoted, and a missing value is an error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from lachan.settings import PROJECT, Settings
from lachan.warehouse import statements, transaction
from psycopg2.extensions import cursor as Cursor

HOSTILE = "x'); drop table ops.export_file; --"
FILES = sorted((PROJECT / "plugins" / "lachan").rglob("sql/*.sql"))


@pytest.fixture
def cursor(warehouse: Settings) -> Iterator[Cursor]:
    with transaction(warehouse.dsn) as opened:
        yield opened


def rendered(cursor: Cursor, template: str, **values: Any) -> str:
    return statements._TEMPLATES.from_string(template).render(values, cursor=cursor)


@pytest.mark.parametrize(
    "value", [HOSTILE, "it's \\ {{ 7 * 7 }} % %s ộ", None, 7, date(2024, 3, 5), [1, 2], ["a'b"], []]
)
def test_a_value_is_read_back_unchanged(cursor: Cursor, value: Any) -> None:
    kinds = {int: "int", date: "date", list: "text[]"}
    kind = "int[]" if value == [1, 2] else kinds.get(type(value), "text")
    cursor.execute(rendered(cursor, f"select {{{{ value }}}}::{kind}", value=value))
    assert cursor.fetchone() == (value,)


def test_an_identifier_is_quoted(cursor: Cursor) -> None:
    name = 'o"dd; name'
    cursor.execute(rendered(cursor, "create temporary table {{ name | identifier }} (a int, b int)", name=name))
    names = rendered(cursor, '{{ ["a", "b"] | identifiers("t", prefix="old_") }}')
    assert names == '"t"."old_a", "t"."old_b"'
    cursor.execute("select count(*) from pg_class where relname = %s", (name,))
    assert cursor.fetchone() == (1,)


def test_a_missing_value_is_an_error(cursor: Cursor) -> None:
    with pytest.raises(UndefinedError, match="'feed_name' is undefined"):
        statements.statement(cursor, "warehouse/known_files")


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}/{file.stem}")
def test_every_sql_file_is_used(file: Path) -> None:
    stage = file.parts[-3]
    package = PROJECT / "plugins" / "lachan"
    sources = [path.read_text(encoding="utf-8") for path in (*package.rglob("*.py"), *package.rglob("*.sql"))]
    named = (f'"{stage}/{file.stem}"', f'"{stage}/sql/{file.stem}.sql"')
    if stage == "board":  # its pages name their queries without it
        named = (*named, f'rows("{file.stem}"', f'row("{file.stem}"', f'"{file.stem}",\n')
    assert any(name in text for text in sources for name in named), "no code runs this file"
