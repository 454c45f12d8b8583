"""Sessions of people, with logins that are made as `lachan login add` makes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
from lachan.settings import Settings
from lachan.warehouse.logins import add_login, end_login
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn, parse_dsn


@contextmanager
def person(settings: Settings, role: str, unit: str | None = None) -> Iterator[Connection]:
    """A session of a new login with this role, or of this ward; every statement is a transaction of its own."""
    name, password = add_login(settings.dsn, f"test_{role}", role, unit)
    try:
        address = make_dsn(**parse_dsn(settings.dsn) | {"user": name, "password": password})
        with closing(psycopg2.connect(address)) as connection:
            connection.autocommit = True
            yield connection
    finally:
        end_login(settings.dsn, name)
