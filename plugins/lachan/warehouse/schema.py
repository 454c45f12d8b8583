"""Make the warehouse ready: roles, ledger, and what follows from the contracts. Safe to run at any time."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from lachan.contract import Feed
from lachan.contract.raw_table import raw_columns
from lachan.warehouse.session import WarehouseError, transaction

_LOCK = 138_000


def prepare(dsn: str, feeds: Mapping[str, Feed]) -> None:
    """Create or complete everything in the warehouse that dbt does not make.

    A column that a contract has gained is added to its raw table. Raises WarehouseError for a column whose type
    a contract has changed: history is not rewritten silently.
    """
    scripts = sorted(files("lachan.warehouse").iterdir(), key=lambda entry: (entry.name != "schema.sql", entry.name))
    with transaction(dsn) as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        for script in scripts:
            if script.name.endswith(".sql"):
                cursor.execute(script.read_text(encoding="utf-8"))
        cursor.execute("set local role lachan_loader")
        for feed in feeds.values():
            _raw_table(cursor, feed)


def raw_ddl(feed: Feed) -> str:
    """The statement that creates a feed's raw table; a contract's names are quoted, for they may be SQL's own words."""
    columns = ",\n".join(
        f'    "{column.name}" {column.sql_type}{" not null" if column.is_required else ""}'
        for column in raw_columns(feed)
    )
    return f'create table raw."{feed.name}" (\n{columns}\n);\n'


def _raw_table(cursor: Cursor, feed: Feed) -> None:
    table = sql.Identifier("raw", feed.name)
    cursor.execute(
        "select column_name, case data_type when 'ARRAY' then 'text[]'"
        " when 'timestamp with time zone' then 'timestamptz' else data_type end"
        " from information_schema.columns where table_schema = 'raw' and table_name = %s",
        (feed.name,),
    )
    there = dict(cursor.fetchall())
    if not there:
        cursor.execute(raw_ddl(feed))
        cursor.execute(sql.SQL("create index on {} using brin (file_id)").format(table))
    for column in feed.columns:
        if there and column.name not in there:
            cursor.execute(
                sql.SQL("alter table {} add column {} {}").format(
                    table, sql.Identifier(column.name), sql.SQL(column.sql_type)
                )
            )
        elif there and there[column.name] != column.sql_type:
            raise WarehouseError(
                f"raw.{feed.name}.{column.name} is {there[column.name]}, the contract now says {column.sql_type}; "
                "give the column a new name in the contract, or change the table by hand"
            )
    _comment(cursor, sql.SQL("table {}").format(table), f"{feed.grain} {feed.title}.")
    for described in raw_columns(feed):
        words = f"{described.label}. {described.description}" if described.label else described.description
        _comment(cursor, sql.SQL("column {}.{}").format(table, sql.Identifier(described.name)), words)


def _comment(cursor: Cursor, what: sql.Composable, text: str) -> None:
    cursor.execute(sql.SQL("comment on {} is {}").format(what, sql.Literal(text)))
