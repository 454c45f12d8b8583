"""The databases of one server: a province has one of its own and one for each city."""

from __future__ import annotations

from contextlib import closing

from psycopg2 import errors, sql

from lachan.warehouse.session import WarehouseError, connect


def create_database(server_dsn: str, name: str) -> None:
    """Create a database that nobody may connect to yet, if the server of `server_dsn` does not have it.

    Raises WarehouseError if the login may not create databases.
    """
    with closing(connect(server_dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select from pg_database where datname = %s", (name,))
            if cursor.fetchone() is not None:
                return
            try:
                cursor.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
            except errors.InsufficientPrivilege:
                raise WarehouseError(
                    f"the login of LACHAN_DSN may not create the database {name}: let a superuser run "
                    f"`create database {name} owner …`, then repeat the command"
                ) from None
            cursor.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
