"""What people read stands in the server's log under their own name, and they can neither stop nor read that."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from helpers.raw_rows import query
from lachan.settings import Settings
from lachan.warehouse.logins import add_login, end_login, log_statements_of_people, logins
from psycopg2.extensions import make_dsn, parse_dsn

ATTEMPTS = (
    "set log_statement to none",
    "alter role curious set log_statement to none",
    "alter role curious reset log_statement",
    "alter role curious in database {} set log_statement to none",
    "set log_min_messages to panic",
    "select pg_rotate_logfile()",
    "select pg_read_file(pg_current_logfile())",
    "select * from pg_ls_logdir()",
    "load 'auto_explain'",
)


def log_of_server(settings: Settings) -> str:
    [(folder,)] = query(settings, "select setting from pg_settings where name = 'data_directory'")
    return "".join(file.read_text() for file in (Path(folder) / "log").glob("*.log"))


def test_what_people_read_is_noted_and_they_cannot_prevent_it(warehouse: Settings) -> None:
    name, password = add_login(warehouse.dsn, "curious", "analyst")
    try:
        place = parse_dsn(warehouse.dsn)
        own = make_dsn(**place | {"user": name, "password": password})
        with closing(psycopg2.connect(own)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for attempt in ATTEMPTS:
                    with pytest.raises(psycopg2.Error):
                        cursor.execute(attempt.format(place["dbname"]))
                cursor.execute("set application_name to 'somebody else'")
                cursor.execute("select 'read by the curious' from reporting.figure limit 1")
        deadline = time.monotonic() + 20
        while "read by the curious" not in (log := log_of_server(warehouse)) and time.monotonic() < deadline:
            time.sleep(0.1)
        [line] = [line for line in log.splitlines() if "statement: select 'read by the curious'" in line]
        assert f"curious@{place['dbname']}" in line
        assert f"connection authorized: user=curious database={place['dbname']}" in log
    finally:
        end_login(warehouse.dsn, name)


def test_migrating_lets_the_statements_of_older_logins_be_noted(warehouse: Settings) -> None:
    name, _ = add_login(warehouse.dsn, "older", "reporter")
    try:
        query(warehouse, "alter role older reset log_statement; select 1")
        assert {login.name: login.is_logged for login in logins(warehouse.dsn)}["older"] is False
        assert log_statements_of_people(warehouse.dsn) == []
        assert {login.name: login.is_logged for login in logins(warehouse.dsn)}["older"] is True
    finally:
        end_login(warehouse.dsn, name)
