"""The databases of one server: a province has one of its own and one for each city."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

from psycopg2 import errors, sql

from lachan.contract import Feed
from lachan.contract.published import PublishedTable
from lachan.settings import Settings
from lachan.warehouse.migration import SERVER_LOCK, MigrationReport, migrate, migration_lock
from lachan.warehouse.session import WarehouseError, connect


def migrate_warehouse(
    settings: Settings, feeds: Mapping[str, Feed], published: Mapping[str, PublishedTable], distributed: bool = False
) -> MigrationReport:
    """Bring the warehouse of these settings to this release, see `migrate`; that of a city is created first.

    Raises WarehouseError.
    """
    if settings.database is not None:
        create_database(settings.server_dsn, settings.database)
    return migrate(settings.dsn, feeds, published, settings.cities is not None, distributed)


@contextmanager
def migration_of_server(settings: Settings) -> Iterator[None]:
    """Within the block no other process migrates a database of the province, whose roles are those of one server."""
    if settings.cities is None:
        yield
        return
    with migration_lock(settings.server_dsn, SERVER_LOCK):
        yield


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
