"""Logins of people: each has one role of the warehouse, and nothing beyond it.

What they read is written into the server's log, which they can neither read nor switch off.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from psycopg2 import errors, sql
from psycopg2.extensions import cursor as Cursor
from psycopg2.extensions import encrypt_password, make_dsn, parse_dsn

from lachan.warehouse.session import transaction
from lachan.warehouse.statements import run

ROLES = ("analyst", "reporter", "steward", "ward")
"""What a person may be; `ward` sees the published figures of one unit."""
_NAME = re.compile("[a-z][a-z0-9_]{1,40}")
_UNIT = re.compile(r"[0-9]{4,6}@[0-9]{4}-[0-9]{2}-[0-9]{2}")
PROCESSES = (
    "loader", "auditor", "transformer", "publisher", "steward", "housekeeper", "backup",
    "analyst", "reporter", "monitor",
)  # fmt: skip
"""The roles in which the platform itself works, each with a login of its own."""
_LIMITS = {"statement_timeout": "15min", "idle_in_transaction_session_timeout": "15min", "lock_timeout": "1min"}
_LIMITS_OF_STAGES = {"statement_timeout": "2h", "idle_in_transaction_session_timeout": "1h", "lock_timeout": "2h"}
"""A publication waits for the lock of a build, which takes an hour where many years are computed again."""


class LoginError(Exception):
    """A login cannot be made or ended as wanted; the message says why and what to do."""


@dataclass(frozen=True)
class Login:
    """A login of a person: its name, its role, the remark that was made when it was added, and whether the server
    writes down its statements.
    """

    name: str
    role: str
    remark: str
    is_logged: bool


def add_login(
    dsn: str, name: str, role: str, unit: str | None = None, verifier: str | None = None
) -> tuple[str, str | None]:
    """Make a login; return its name and its password, which is stored nowhere: None if a SCRAM `verifier` was given.

    `unit` is the ward_key of a ward's login, which gets the name that this unit's figures are tied to. The login is no
    superuser, makes no roles, inherits nothing: it acts as its one role from the beginning of a session, and has no
    rights at all if it leaves that role. Raises LoginError, also if the login of `dsn` may not make logins.
    """
    if role == "ward":
        if unit is None or not _UNIT.fullmatch(unit):
            raise LoginError(
                f"the unit {unit!r} is not a ward_key, such as 14758@2025-07-01; marts.dim_ward lists them"
            )
        name = f"ward_{unit.replace('@', '_').replace('-', '')}"
    elif not _NAME.fullmatch(name) or name.startswith(("lachan_", "pg_", "ward_")):
        raise LoginError(
            f"the name {name!r} cannot be used; take small letters, digits and _, not lachan_, pg_ or ward_ in front"
        )
    password = None if verifier else secrets.token_urlsafe(24)
    with transaction(dsn) as cursor:
        if verifier is None:
            verifier = encrypt_password(password or "", name, cursor, "scram-sha-256")
        elif not verifier.startswith("SCRAM-SHA-256$"):
            raise LoginError("the verifier is none: it begins with SCRAM-SHA-256$, as psql's \\password makes it")
        try:
            _create(cursor, name, role, verifier)
        except errors.DuplicateObject:
            raise LoginError(
                f"there is a login or role {name!r} already, in this database or in that of another city; "
                "end it first, or take another name"
            ) from None
        except errors.InsufficientPrivilege as error:
            raise _not_allowed(error) from None
    return name, password


def admit_login(dsn: str, name: str, role: str) -> None:
    """Let a person's login of another database of the server into this one as well, as an analyst or a reporter.

    Raises LoginError for a name that is no login of a person.
    """
    with transaction(dsn) as cursor:
        if run(cursor, "warehouse/role_of_login", login_name=name).fetchone() != (role,):
            raise LoginError(f"there is no login {name!r} that is {role} of a city; `lachan --city CODE login list`")
        _let_in(cursor, name, role)


def use_process_logins(dsn: str, password: Callable[[str], str]) -> None:
    """Make sure that each process has its login with the password that `password` gives for its role.

    Raises LoginError if the login of `dsn` may not make logins.
    """
    try:
        for role in PROCESSES:
            use_role_login(dsn, role, password(role))
    except errors.InsufficientPrivilege as error:
        raise _not_allowed(error) from None


def use_role_login(dsn: str, role: str, password: str) -> str:
    """Make sure that the platform's own login for a role exists and has this password; returns its name."""
    name = f"lachan_{role}_login"
    with transaction(dsn) as cursor:
        verifier = encrypt_password(password, name, cursor, "scram-sha-256")
        cursor.execute("select from pg_roles where rolname = %s", (name,))
        if cursor.fetchone() is None:
            _create(cursor, name, role, verifier)
        else:
            _execute(cursor, "alter role {} password {}", name, verifier)
            _let_in(cursor, name, role)
        if role in PROCESSES and role not in ("analyst", "reporter", "monitor"):
            _limit(cursor, name, _LIMITS_OF_STAGES)
        if role in ROLES:
            _log_statements(cursor, name)
        if role == "backup":
            run(cursor, "warehouse/let_into_airflow", login_name=name)
    return name


def log_statements_of_people(dsn: str) -> list[str]:
    """Let the server write down the statements of every login of a person; returns those for which it may not.

    Only a superuser, or a login with SET on the parameter log_statement, may order that.
    """
    with transaction(dsn) as cursor:
        names = [row[0] for row in run(cursor, "warehouse/logins").fetchall()]
        return [name for name in dict.fromkeys(names) if not _log_statements(cursor, name)]


def end_login(dsn: str, name: str) -> None:
    """Drop a login of a person and end its sessions, in whatever databases of the server it has rights.

    Raises LoginError if this database has no such login.
    """
    if name not in {login.name for login in logins(dsn)}:
        raise LoginError(f"there is no login {name!r}; `lachan login list` shows all")
    with transaction(dsn) as cursor:
        _execute(cursor, "alter role {} nologin", name)
        _execute(cursor, "grant {} to current_user with inherit true", name)  # else only a superuser may end it
    with transaction(dsn) as cursor:
        run(cursor, "warehouse/end_sessions", login_name=name)
        others = [row[0] for row in run(cursor, "warehouse/other_databases_of_login", login_name=name).fetchall()]
    for other in others:
        with transaction(make_dsn(**parse_dsn(dsn) | {"dbname": other})) as cursor:
            _execute(cursor, "drop owned by {}", name)
    with transaction(dsn) as cursor:
        _execute(cursor, "drop owned by {}", name)
        _execute(cursor, "drop role {}", name)


def logins(dsn: str) -> list[Login]:
    """All logins that have a role of people and may connect to this database."""
    with transaction(dsn) as cursor:
        return [Login(*row) for row in run(cursor, "warehouse/logins").fetchall()]


def _create(cursor: Cursor, name: str, role: str, verifier: str) -> None:
    attributes = "login nosuperuser nocreatedb nocreaterole noinherit connection limit 10"
    _execute(cursor, f"create role {{}} {attributes} password {{}}", name, verifier)
    _limit(cursor, name, _LIMITS)
    cursor.execute("select session_user, current_date")
    maker, today = cursor.fetchone() or ("", "")
    _execute(cursor, "comment on role {} is {}", name, f"made by {maker}, {today}")
    _let_in(cursor, name, role)
    if role in ROLES:
        _log_statements(cursor, name)


def _limit(cursor: Cursor, name: str, limits: Mapping[str, str]) -> None:
    for setting, value in limits.items():
        _execute(cursor, f"alter role {{}} set {setting} to {{}}", name, value)


def _log_statements(cursor: Cursor, name: str) -> bool:
    cursor.execute("savepoint before_log_statement")
    try:
        _limit(cursor, name, {"log_statement": "all"})
    except errors.InsufficientPrivilege:
        cursor.execute("rollback to savepoint before_log_statement")
        return False
    return True


def _not_allowed(error: errors.InsufficientPrivilege) -> LoginError:
    why = str(error).splitlines()[0]
    return LoginError(f"the login of LACHAN_DSN may not make logins ({why}); use one with CREATEROLE")


def _let_in(cursor: Cursor, name: str, role: str) -> None:
    """Let a login connect to this database and act as its role there."""
    of_ward = role == "ward"  # its policy compares the name of the session's role, so it acts under its own name
    platform_role = "lachan_ward_viewer" if of_ward else f"lachan_{role}"
    cursor.execute("select current_database()")
    [database] = cursor.fetchone() or ("",)
    grant = sql.SQL("grant {} to {} with inherit {}, set {}; grant connect on database {} to {}")
    names = sql.Identifier(platform_role), sql.Identifier(name)
    cursor.execute(
        grant.format(*names, sql.Literal(of_ward), sql.Literal(not of_ward), sql.Identifier(database), names[1])
    )
    if not of_ward:
        as_role = sql.SQL("alter role {} in database {} set role to {}")
        cursor.execute(as_role.format(names[1], sql.Identifier(database), sql.Literal(platform_role)))


def _execute(cursor: Cursor, statement: str, name: str, *values: str) -> None:
    cursor.execute(sql.SQL(statement).format(sql.Identifier(name), *map(sql.Literal, values)))
