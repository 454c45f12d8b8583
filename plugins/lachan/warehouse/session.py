"""Connections to the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg2

if TYPE_CHECKING:
    import pandas as pd
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor


class WarehouseError(Exception):
    """The warehouse cannot be reached or used; the message says which address and what to check."""


def connect(dsn: str, role: str | None = None) -> Connection:
    """A connection to the warehouse, acting as one of its roles (`loader`, `publisher`, …) when named.

    Raises WarehouseError when the server does not answer; the message holds no password.
    """
    try:
        connection = psycopg2.connect(dsn, application_name="lachan")
    except psycopg2.OperationalError as error:
        place = psycopg2.extensions.parse_dsn(dsn)
        raise WarehouseError(
            f"no warehouse at {place.get('host', 'local socket')}:{place.get('port', 5432)}/{place.get('dbname', '')}: "
            f"{str(error).strip()}; check LACHAN_DSN, or start the embedded server with `lachan dsn`"
        ) from error
    with connection.cursor() as cursor:
        cursor.execute("set timezone to 'Asia/Ho_Chi_Minh'")
        if role is not None:
            cursor.execute(f"set role lachan_{role}")
    connection.commit()
    return connection


@contextmanager
def transaction(dsn: str, role: str | None = None) -> Iterator[Cursor]:
    """A transaction on a connection of its own, as `connect` makes it; closed at the end, whatever happens.

    What was done is committed at the end of the block, and undone when the block raises.
    """
    with closing(connect(dsn, role)) as connection, connection, connection.cursor() as cursor:
        yield cursor


def read_frame(cursor: Cursor, query: str, *values: object) -> pd.DataFrame:
    """The rows of a query as a frame."""
    import pandas as pd

    cursor.execute(query, values or None)
    return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])
