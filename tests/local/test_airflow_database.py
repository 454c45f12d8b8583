"""Airflow's login: owner of its own database, which may have been another login's, and nothing elsewhere."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest
from lachan.local.airflow_database import NAME, give_own_login
from psycopg2.extensions import make_dsn, parse_dsn

FORMER = """
create type state as enum ('running');
create table dag_run (id serial primary key, no integer generated always as identity, state state);
create view running as select * from dag_run;
insert into dag_run (state) values ('running');
"""


def run(dsn: str, statement: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_the_database_that_airflow_had_is_given_to_its_login(server: str) -> None:
    place = parse_dsn(server)
    admin = make_dsn(**place | {"dbname": "postgres"})
    own = make_dsn(**place | {"user": NAME, "password": "p w", "dbname": NAME})
    run(admin, "create database airflow")
    run(make_dsn(**place | {"dbname": NAME}), FORMER)
    give_own_login(admin, "p w")
    give_own_login(admin, "p w")
    run(own, "alter table dag_run add column note text; alter type state add value 'failed'")
    run(own, "drop view running; create table more (id serial); insert into dag_run (state) values ('running')")
    assert run(own, "select id, no, state from dag_run order by 1") == [(1, 1, "running"), (2, 2, "running")]
    for database in ("lachan", "postgres"):
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            psycopg2.connect(make_dsn(**parse_dsn(own) | {"dbname": database}))
    assert run(admin, "select rolsuper or rolcreaterole or rolcreatedb from pg_roles where rolname = 'airflow'") == [
        (False,)
    ]
    run(admin, "drop database airflow")
    run(admin, "drop role airflow")
