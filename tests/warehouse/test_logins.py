"""What a person's login can do: what its one role can, and nothing else, however it tries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from helpers.raw_rows import query
from lachan import cli
from lachan.settings import Settings
from lachan.warehouse.logins import LoginError, add_login, end_login, logins
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn, parse_dsn

NAMES = ("mai_analyst", "tam_reporter", "an_steward", "ward_14758_20250701")


def connect(settings: Settings, name: str, password: str) -> Connection:
    return psycopg2.connect(make_dsn(**parse_dsn(settings.dsn) | {"user": name, "password": password}))


@pytest.fixture(autouse=True)
def _logins_are_ended(warehouse: Settings) -> Iterator[None]:
    yield  # logins belong to the server, which other tests use
    for login in logins(warehouse.dsn):
        if login.name in NAMES:
            end_login(warehouse.dsn, login.name)


@pytest.fixture
def analyst(warehouse: Settings) -> Iterator[Connection]:
    name, password = add_login(warehouse.dsn, "mai_analyst", "analyst")
    with closing(connect(warehouse, name, password or "")) as connection:
        connection.autocommit = True
        yield connection


def tried(connection: Connection, statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_a_login_acts_as_its_role_from_the_beginning(analyst: Connection) -> None:
    assert tried(analyst, "select session_user, current_user") == [("mai_analyst", "lachan_analyst")]
    assert tried(analyst, "select count(*) from reporting.figure") == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "select * from raw.tips",
        "select * from ops.quarantined_row",
        "copy (select 1) to program 'true'",
        "set role lachan_loader",
        "set role lachan_steward",
        "set session authorization lachan",
        "create role mine",
        "alter role mai_analyst superuser",
        "create table public.mine ()",
        "create table reporting.mine ()",
        "select pg_advisory_lock(138000)",
        "select pg_try_advisory_xact_lock_shared(1, 2)",
        "select pg_read_file('postgresql.conf')",
        "select rolpassword from pg_authid",
    ],
)
@pytest.mark.parametrize("role", ["lachan_analyst", "none"])
def test_a_login_can_do_no_more_in_its_role_or_out_of_it(analyst: Connection, role: str, statement: str) -> None:
    tried(analyst, f"set role {role}")
    with pytest.raises(InsufficientPrivilege):
        tried(analyst, statement)


def test_out_of_its_role_a_login_reads_nothing(analyst: Connection) -> None:
    tried(analyst, "set role none")
    for table in ("reporting.figure", "marts.figure", "ops.export_file"):
        with pytest.raises(InsufficientPrivilege):
            tried(analyst, f"select * from {table}")


def test_a_login_connects_to_no_other_database(warehouse: Settings, analyst: Connection) -> None:
    [(others,)] = query(
        warehouse,
        "select array_agg(datname::text) from pg_database where datname <> current_database()"
        " and datallowconn and has_database_privilege('mai_analyst', datname, 'connect')"
        " and datname in ('airflow', 'postgres', 'lachan')",
    )
    assert others is None


def test_a_login_of_a_ward_has_the_name_that_its_figures_are_tied_to(warehouse: Settings) -> None:
    name, password = add_login(warehouse.dsn, "", "ward", unit="14758@2025-07-01")
    assert name == "ward_14758_20250701"
    with closing(connect(warehouse, name, password or "")) as connection:
        assert tried(connection, "select current_user, count(*) from reporting.ward_figure") == [(name, 0)]


def test_a_verifier_makes_a_login_whose_password_nobody_here_has_seen(warehouse: Settings) -> None:
    with closing(psycopg2.connect(warehouse.dsn)) as connection:
        verifier = psycopg2.extensions.encrypt_password("of her own", "tam_reporter", connection, "scram-sha-256")
    assert add_login(warehouse.dsn, "tam_reporter", "reporter", verifier=verifier) == ("tam_reporter", None)
    with closing(connect(warehouse, "tam_reporter", "of her own")) as connection:
        assert tried(connection, "select current_user") == [("lachan_reporter",)]


def test_an_ended_login_is_out_at_once(warehouse: Settings, analyst: Connection) -> None:
    assert ("mai_analyst", "analyst") in [(login.name, login.role) for login in logins(warehouse.dsn)]
    end_login(warehouse.dsn, "mai_analyst")
    with pytest.raises(psycopg2.OperationalError):
        tried(analyst, "select 1")
    assert "mai_analyst" not in [login.name for login in logins(warehouse.dsn)]


@pytest.mark.parametrize(
    ("name", "role", "unit", "message"),
    [
        ("lachan_x", "analyst", None, "cannot be used"),
        ("Mai", "analyst", None, "cannot be used"),
        ('x"; drop role y', "analyst", None, "cannot be used"),
        ("x", "ward", None, "is not a ward_key"),
        ("x", "ward", "14758", "is not a ward_key"),
    ],
)
def test_a_wrong_request_is_explained(
    warehouse: Settings, name: str, role: str, unit: str | None, message: str
) -> None:
    with pytest.raises(LoginError, match=message):
        add_login(warehouse.dsn, name, role, unit)
    with pytest.raises(LoginError, match="there is no login 'nobody'"):
        end_login(warehouse.dsn, "nobody")


def test_a_name_is_given_once(warehouse: Settings, analyst: Connection) -> None:
    with pytest.raises(LoginError, match="there is a login or role 'mai_analyst' already"):
        add_login(warehouse.dsn, "mai_analyst", "reporter")


def test_an_address_holds_no_password_and_works(warehouse: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, user in ((["dsn"], None), (["dsn", "--role", "reporter"], "lachan_reporter_login")):
        assert cli.main(arguments) == 0
        address = capsys.readouterr().out.strip()
        given = parse_dsn(address)
        assert "password" not in given and (user is None or given["user"] == user)
        with closing(psycopg2.connect(address)) as connection:
            assert tried(connection, "select 1") == [(1,)]
    assert (warehouse.home / "secrets" / "pgpass").stat().st_mode & 0o777 == 0o600


def test_the_command_line_makes_lists_and_ends_a_login(warehouse: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["login", "add", "an_steward", "--as", "steward"]) == 0
    address, password = capsys.readouterr().out.strip().splitlines()
    assert address.startswith("postgresql://an_steward@") and password.startswith("password, shown only now: ")
    with closing(connect(warehouse, "an_steward", password.rpartition(" ")[2])) as connection:
        assert tried(connection, "select current_user") == [("lachan_steward",)]
    assert cli.main(["login", "list"]) == 0
    assert "an_steward: steward, made by lachan" in capsys.readouterr().out
    assert cli.main(["login", "end", "an_steward"]) == 0
    assert cli.main(["login", "end", "an_steward"]) == 2
