"""The database of Airflow belongs to a login of its own, which cannot reach the warehouse."""

from __future__ import annotations

from contextlib import closing

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import encrypt_password, make_dsn, parse_dsn

NAME = "airflow"
"""Of the database and of its login."""

# Relations and types of an installation whose Airflow used the login of the server's owner.
_OWNED_BY_OTHERS = """
select format('alter table %s owner to airflow', oid::regclass) from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'S') and relowner <> 'airflow'::regrole
    and not exists (select from pg_depend where objid = pg_class.oid and relkind = 'S' and deptype in ('a', 'i'))
union all
select format('alter type %s owner to airflow', oid::regtype) from pg_type
where typnamespace = 'public'::regnamespace and typtype in ('e', 'd') and typowner <> 'airflow'::regrole
"""


def give_own_login(dsn: str, password: str) -> None:
    """Make Airflow's login and database if they are missing, and let the database belong to the login.

    `dsn` is an address of the server with a login that may create databases and roles. What Airflow has stored there
    with another login is kept. Safe to run at any time.
    """
    with closing(_connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("select from pg_roles where rolname = %s", (NAME,))
        if cursor.fetchone() is None:
            cursor.execute("create role airflow login nosuperuser nocreatedb nocreaterole connection limit 100")
        cursor.execute(
            "alter role airflow password %s", (encrypt_password(password, NAME, connection, "scram-sha-256"),)
        )
        cursor.execute("select datdba = 'airflow'::regrole from pg_database where datname = %s", (NAME,))
        found = cursor.fetchone()
        if found is None:
            cursor.execute("create database airflow owner airflow")
        elif found == (False,):
            _give(dsn)
            cursor.execute("alter database airflow owner to airflow")
        cursor.execute("revoke all on database airflow from public")
        cursor.execute("select from pg_roles where rolname = 'lachan_backup_login'")
        if cursor.fetchone() is not None:  # else `lachan migrate` makes it, and lets it in
            cursor.execute("grant connect on database airflow to lachan_backup_login")


def _give(dsn: str) -> None:
    with closing(_connect(make_dsn(**parse_dsn(dsn) | {"dbname": NAME}))) as connection, connection.cursor() as cursor:
        cursor.execute(_OWNED_BY_OTHERS)
        for (statement,) in cursor.fetchall():
            cursor.execute(sql.SQL(statement))


def _connect(dsn: str) -> Connection:
    connection = psycopg2.connect(dsn, connect_timeout=10)
    connection.autocommit = True
    return connection
