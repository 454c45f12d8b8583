"""Connections to the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg2
from psycopg2.extras import RealDictCursor

if TYPE_CHECKING:
    import pandas as pd
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor


class WarehouseError(Exception):
    """The warehouse cannot be reached or used; the message says which address and what to check."""


def connect(dsn: str, role: str | None = None, application: str = "lachan") -> Connection:
    """Open a connection to the warehouse; `role` (`loader`, `publisher`, …) is one of its roles, without `lachan_`.

    The server's log names the `application`. Raises WarehouseError when the server does not answer; the message
    contains no password.
    """
    try:
        connection = psycopg2.connect(dsn, application_name=application)
    except psycopg2.OperationalError as error:
        place = psycopg2.extensions.parse_dsn(dsn)
        raise WarehouseError(
            f"no warehouse at {place.get('host', 'local socket')}:{place.get('port', 5432)}/{place.get('dbname', '')}: "
            f"{str(error).strip()}; check LACHAN_DSN, or start the embedded server with `lachan dsn`; "
            "`lachan migrate` makes the login of each process"
        ) from error
    with connection.cursor() as cursor:
        cursor.execute("set timezone to 'Asia/Ho_Chi_Minh'")
        if role is not None:
            cursor.execute(f"set role lachan_{role}")
    connection.commit()
    return connection


@contextmanager
def snapshot(connection: Connection) -> Iterator[RealDictCursor]:
    """A cursor whose rows are dicts, in one transaction of a connection that sees one state and changes nothing."""
    with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute("set transaction isolation level repeatable read read only")
        yield cursor


@contextmanager
def transaction(dsn: str, role: str | None = None) -> Iterator[Cursor]:
    """Run the block in one transaction on a new connection, which is closed afterwards.

    The transaction is committed at the end of the block, and rolled back when the block raises.
    """
    with closing(connect(dsn, role)) as connection, connection, connection.cursor() as cursor:
        yield cursor


def read_frame(cursor: Cursor, query: str, *values: object) -> pd.DataFrame:
    """Rows of a query as a frame."""
    import pandas as pd

    cursor.execute(query, values or None)
    return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])
