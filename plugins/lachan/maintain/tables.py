"""Removal of rows: in batches, each in a transaction of its own, by functions that know what is still needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime

from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from lachan.maintain.removed import Removed
from lachan.settings import Settings
from lachan.warehouse import connect
from lachan.warehouse.statements import run

BATCH_ROWS = 10_000
"""Rows that one transaction removes: a tenth of a second, so nothing waits for it, and bounded memory."""
_LIMITS = ("set lock_timeout to '5s'", "set statement_timeout to '15min'")


@contextmanager
def housekeeper(settings: Settings) -> Iterator[Connection]:
    """A session of the role that may remove: every statement is a transaction, and none waits long for a lock."""
    with closing(connect(settings.address("housekeeper"), "housekeeper", "lachan maintain")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for limit in _LIMITS:
                cursor.execute(limit)
        yield connection


def relations(cursor: Cursor, name: str) -> list[str]:
    """The tables that a name of expectations/retention.yaml stands for."""
    if not name.endswith(".*"):
        return [name]
    return [table for (table,) in run(cursor, "maintain/tables").fetchall() if table.startswith(name.removesuffix("*"))]


def remove_rows(
    cursor: Cursor, run_id: str, relation: str, older_than: datetime, is_dry_run: bool, batch_rows: int = BATCH_ROWS
) -> Removed:
    """Remove the rows of a table that happened before `older_than` and are not needed; in a dry run, count them.

    Each batch is entered in ops.removal by the statement that removes it. Afterwards the table is vacuumed, so that new
    rows take the place of the removed ones.
    """
    expired = {"relation": relation, "older_than": older_than}
    if is_dry_run:
        return Removed(relation, older_than, *_counts(run(cursor, "maintain/count_expired", **expired).fetchall()))
    items = size = 0
    removed = batch_rows
    while removed == batch_rows:
        batch = run(cursor, "maintain/remove_expired", run_id=run_id, at_most=batch_rows, **expired)
        removed, removed_bytes = _counts(batch.fetchall())
        items, size = items + removed, size + removed_bytes
    if items:
        cursor.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(*relation.split("."))))
    return Removed(relation, older_than, items, size)


def _counts(rows: Sequence[tuple[int, int]]) -> tuple[int, int]:
    [(items, size)] = rows
    return items, size
