"""Prepare the warehouse: roles, the tables of `ops` and `reporting`, and the raw tables that the contracts declare."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg2.extensions import cursor as Cursor

from lachan.contract import Feed
from lachan.contract.published import PublishedTable
from lachan.contract.raw_table import raw_columns
from lachan.warehouse.session import WarehouseError, transaction
from lachan.warehouse.statements import run

_LOCK = 138_000


def prepare(dsn: str, feeds: Mapping[str, Feed], published: Mapping[str, PublishedTable]) -> None:
    """Create or complete everything in the warehouse that dbt does not create; safe to run again at any time.

    A column that a contract has gained is added to its raw table. Raises WarehouseError for a column whose type
    a contract has changed, because rows that are already loaded are not converted.
    """
    with transaction(dsn) as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        run(cursor, "warehouse/create_roles_and_schemas")
        run(cursor, "warehouse/create_ops_tables")
        run(cursor, "warehouse/comment_on_ops_tables")
        run(cursor, "warehouse/grant_rights")
        cursor.execute("set local role lachan_publisher")
        run(cursor, "warehouse/create_reporting_tables", **published)
        run(cursor, "warehouse/comment_on_reporting_tables", **published)
        run(cursor, "warehouse/create_trace_function")
        run(cursor, "warehouse/grant_reporting")
        cursor.execute("set local role lachan_loader")
        for feed in feeds.values():
            _prepare_raw_table(cursor, feed)


def _prepare_raw_table(cursor: Cursor, feed: Feed) -> None:
    columns = raw_columns(feed)
    existing = dict(run(cursor, "warehouse/raw_column_types", feed=feed).fetchall())
    if not existing:
        run(cursor, "warehouse/create_raw_table", feed=feed, columns=columns)
    for column in columns if existing else ():
        if column.name not in existing:
            run(cursor, "warehouse/add_raw_column", feed=feed, column=column)
        elif existing[column.name] != column.sql_type:
            raise WarehouseError(
                f"raw.{feed.name}.{column.name} is {existing[column.name]}, the contract now says {column.sql_type}; "
                "give the column a new name in the contract, or change the table by hand"
            )
    run(cursor, "warehouse/comment_on_raw_table", feed=feed, columns=columns)
