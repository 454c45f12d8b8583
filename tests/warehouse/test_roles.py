"""Rights of each role, checked by running statements in the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg2
import pytest
from helpers.figures import mark_as_audited, set_figures
from helpers.raw_rows import load, query
from helpers.warehouses import migrate
from lachan.contract import Feed
from lachan.publish.publication import publish
from lachan.settings import Settings
from lachan.warehouse import connect
from psycopg2 import sql
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import cursor as Cursor

ROLES = (
    "loader", "auditor", "transformer", "publisher", "steward", "housekeeper",
    "analyst", "reporter", "ward_viewer", "monitor",
)  # fmt: skip
READS = {
    "raw": "select count(*) from raw.tips",
    "ledger": "select count(*) from ops.export_file",
    "quarantine": "select count(*) from ops.quarantined_row",
    "marts": "select count(*) from marts.figure",
    "figures": "select count(*) from reporting.figure",
    "figures of a ward": "select count(*) from reporting.ward_figure",
    "revisions": "select count(*) from reporting.figure_revision",
    "as of": "select count(*) from reporting.figure_as_of(now())",
    "metrics": "explain select from reporting.platform_metrics()",
}
MAY_READ = {
    "loader": {"raw", "ledger", "quarantine"},
    "auditor": {"raw", "ledger", "marts"},
    "transformer": {"raw", "ledger", "marts", "figures", "revisions"},
    "publisher": {"ledger", "marts", "figures", "revisions", "as of"},
    "analyst": {"ledger", "marts", "figures", "revisions", "as of"},
    "reporter": {"figures", "revisions", "as of"},
    "ward_viewer": {"figures of a ward"},
    "steward": {"ledger", "quarantine"},
    "monitor": {"metrics"},
    "housekeeper": set(),
}
CHANGES = {
    "raw": "delete from raw.tips",
    "ledger": "delete from ops.export_file",
    "quarantine": "delete from ops.quarantined_row",
    "marts": "delete from marts.figure",
    "figures": "delete from reporting.figure_state",
    "their labels": "update reporting.figure_series set ward_key = 'x'",
    "a table in raw": "create table raw.mine ()",
    "a table in ops": "create table ops.mine ()",
    "a table in marts": "create table marts.mine ()",
    "a table in reporting": "create table reporting.mine ()",
    "a table in public": "create table public.mine ()",
}
MAY_CHANGE: dict[str, set[str]] = {
    "transformer": {"marts", "a table in marts"},
}


@pytest.fixture
def city(warehouse: Settings) -> Settings:
    """A row in raw, and published figures: of the city, of two wards, and of a later unit that has the code of one."""
    load(warehouse, "tips", date(2024, 3, 5), {"TB-2024-000001": {}})
    set_figures(warehouse, ("dong_tho", 7), ("lam_son", 9), ("ham_rong", 4), ("city", 20), ("unknown", 1))
    for ward, key in (
        ("dong_tho", "14758@2021-02-01"),
        ("lam_son", "14752@2021-02-01"),
        ("ham_rong", "14758@2025-07-01"),
    ):
        code = key.partition("@")[0]
        query(
            warehouse,
            f"update marts.figure set ward_code = '{code}', ward_key = '{key}' where breakdown_value = '{ward}'",
        )
    for whole in ("city", "unknown"):
        query(
            warehouse,
            f"update marts.figure set ward_code = null, ward_key = '{whole}' where breakdown_value = '{whole}'",
        )
    mark_as_audited(warehouse)
    publish(warehouse, "r1", "test")
    return warehouse


def allowed(settings: Settings, role: str, statements: dict[str, str]) -> set[str]:
    """Names of the statements that the role may run; each is rolled back."""
    result = set()
    with connect(settings.dsn, role=role) as connection, connection.cursor() as cursor:
        for name, statement in statements.items():
            try:
                cursor.execute(statement)
                result.add(name)
            except InsufficientPrivilege:
                pass
            connection.rollback()
            cursor.execute(f"set role lachan_{role}")
    connection.close()
    return result


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_and_changes_only_what_it_may(city: Settings, role: str) -> None:
    assert allowed(city, role, READS) == MAY_READ[role]
    assert allowed(city, role, CHANGES) == MAY_CHANGE.get(role, set())


@contextmanager
def login(settings: Settings, name: str, *roles: str) -> Iterator[Cursor]:
    """A session of a new login that is a member of these roles."""
    place = psycopg2.extensions.parse_dsn(settings.dsn)
    person = sql.Identifier(name)
    admin = connect(settings.dsn)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(sql.SQL("drop role if exists {}").format(person))
        cursor.execute(sql.SQL("create role {} login password 'synthetic'").format(person))
        for role in roles:
            cursor.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role), person))
    connection = psycopg2.connect(**{**place, "user": name, "password": "synthetic"})
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
        with admin.cursor() as cursor:
            cursor.execute(sql.SQL("drop role {}").format(person))
        admin.close()


def test_public_has_no_rights(city: Settings, feeds: dict[str, Feed]) -> None:
    migrate(city.dsn, feeds)  # rights on a database itself are not copied from the template
    refused = pytest.raises(psycopg2.OperationalError, match="permission denied for database")
    with refused, login(city, "anybody"):
        pass
    rights = query(
        city,
        "select nspname::text from pg_namespace, aclexplode(nspacl) a where a.grantee = 0"
        " and nspname in ('ops', 'raw', 'staging', 'intermediate', 'marts', 'reporting', 'reference',"
        " 'public')"
        " union all select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = relnamespace,"
        " aclexplode(relacl) a where a.grantee = 0 and nspname not in ('pg_catalog', 'information_schema')"
        " union all select p.oid::regprocedure::text from pg_proc p"
        " join pg_namespace n on n.oid = pronamespace"
        " where has_function_privilege('public', p.oid, 'execute')"
        " and nspname in ('ops', 'reporting', 'reference')",
    )
    assert rights == []


def test_a_ward_sees_only_its_own_rows_whatever_it_sets(city: Settings) -> None:
    with login(city, "ward_14758_20210201", "lachan_ward_viewer") as cursor:

        def seen() -> list[tuple[object, ...]]:
            cursor.execute("select breakdown_value, value from reporting.ward_figure")
            return cursor.fetchall()

        own = [("dong_tho", 7)]
        assert seen() == own
        for setting in (
            "set role lachan_analyst",
            "set role lachan_publisher",
            "set role lachan_reporter",
            "set session authorization lachan_analyst",
            "set session authorization ward_14752_20210201",
            "set local session_replication_role = replica",
            "set row_security = off",
            "set lachan.ward = '14752@2021-02-01'",
            "set app.ward_code = '14752@2021-02-01'",
            "set application_name = 'ward_14752_20210201'",
            "set search_path = pg_temp, reporting",
            "alter role ward_14758_20210201 rename to ward_14752_20210201",
            "alter table reporting.figure_state owner to ward_14758_20210201",
            "alter view reporting.ward_figure set (security_invoker = false)",
            "create role ward_14752_20210201",
            "grant lachan_analyst to ward_14758_20210201",
        ):
            refused = False
            try:
                cursor.execute(setting)
            except psycopg2.Error:
                refused = True
            assert seen() == own, f"{setting} ({'refused' if refused else 'allowed'})"
        cursor.execute("set role lachan_ward_viewer")
        assert seen() == []
        cursor.execute("reset role")
        for statement in (*CHANGES.values(), *READS.values()):
            if statement != READS["figures of a ward"]:
                with pytest.raises(InsufficientPrivilege):
                    cursor.execute(statement)


def test_units_with_the_same_code_do_not_see_each_other(city: Settings) -> None:
    for unit, own in (("20210201", [("dong_tho", 7)]), ("20250701", [("ham_rong", 4)])):
        with login(city, f"ward_14758_{unit}", "lachan_ward_viewer") as cursor:
            cursor.execute("select breakdown_value, value from reporting.ward_figure")
            assert cursor.fetchall() == own


def test_a_unit_can_be_granted_the_role_of_its_predecessor(city: Settings) -> None:
    with (
        login(city, "ward_14758_20210201", "lachan_ward_viewer"),
        login(city, "ward_14758_20250701", "lachan_ward_viewer", "ward_14758_20210201") as cursor,
    ):
        cursor.execute("set role ward_14758_20210201")
        cursor.execute("select breakdown_value from reporting.ward_figure")
        assert cursor.fetchall() == [("dong_tho",)]


@pytest.mark.parametrize(
    "name",
    [
        *("ward_", "ward_14758", "ward_14758_", "ward_14758_20210201x", "xward_14758_20210201", "ward_14758_20210202"),
        *("ward_14758@2021-02-01", "14758@2021-02-01", "ward_city", "ward_unknown", "city", "ward_%"),
        "WARD_14758_20210201",
    ],
)
def test_a_login_that_names_no_ward_sees_nothing(city: Settings, name: str) -> None:
    with login(city, name, "lachan_ward_viewer") as cursor:
        cursor.execute("select count(*) from reporting.ward_figure")
        assert cursor.fetchone() == (0,)
