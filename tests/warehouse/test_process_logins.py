"""Each process works with a login of its own, which can become nothing else; nothing but the migration is an owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg2
import pytest
from helpers.exports import deliver, row
from helpers.people import person
from helpers.pipeline import figure, process
from helpers.raw_rows import load, query
from lachan import cli
from lachan.contract import Feed
from lachan.operate.decisions import release
from lachan.operate.watch import watch
from lachan.publish.trace import trace
from lachan.settings import Settings
from lachan.transform.dictionary import data_dictionary
from lachan.transform.pending import has_anything_to_build
from lachan.warehouse import WarehouseError, transaction
from lachan.warehouse.logins import PROCESSES, ROLES, use_process_logins
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import make_dsn, parse_dsn

Feeds = dict[str, Feed]
WINDOW = "calendar_month@2024-03-01"


@pytest.fixture
def deployed(warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The warehouse as processes know it: an address without a login, and the passwords of their logins."""
    use_process_logins(warehouse.dsn, warehouse.login_password)
    place = {name: value for name, value in parse_dsn(warehouse.dsn).items() if name not in ("user", "password")}
    monkeypatch.setenv("LACHAN_DSN", make_dsn(**place))
    yield replace(warehouse, dsn_override=make_dsn(**place))
    query(
        warehouse, "".join(f"drop owned by lachan_{name}_login; drop role lachan_{name}_login;" for name in PROCESSES)
    )


@pytest.mark.built_warehouse
def test_a_day_goes_its_whole_way_without_the_login_of_an_owner(
    warehouse: Settings, deployed: Settings, feeds: Feeds
) -> None:
    deliver(deployed, feeds["tips"], [row("tips", 1)])
    assert load(warehouse, "tips", date(2024, 3, 2), {"A": {}}, gate="held") == 1
    release(deployed, 1, "right after all", "an")
    process(deployed, feeds, "r1", "tips")
    assert figure(warehouse, "tips_received", WINDOW) == 2
    assert not has_anything_to_build(deployed)
    assert len(trace(deployed, "tips_received", WINDOW).lines) == 2
    assert watch(deployed, datetime.now(UTC))
    assert "reporting.figure" in data_dictionary(deployed)
    assert query(warehouse, "select login from ops.decision") == [("lachan_steward_login",)]
    assert query(warehouse, "select distinct login from reporting.publication") == [("lachan_publisher_login",)]
    with pytest.raises(psycopg2.OperationalError), closing(psycopg2.connect(deployed.dsn)):
        pass  # there is no login to fall back to


@pytest.mark.parametrize("role", PROCESSES)
def test_a_process_can_become_nothing_else_and_changes_no_table(deployed: Settings, role: str) -> None:
    for statement in (
        *(f"set role lachan_{other}" for other in (*PROCESSES, "migrate", "definer") if other != role),
        "set session authorization lachan",
        "create role mine",
        *(f"create table {schema}.mine ()" for schema in ("ops", "raw", "reporting", "public")),
        "alter table ops.export_file add mine text",
        "drop view ops.delivery",
        "copy (select 1) to program 'true'",
    ):
        with pytest.raises(InsufficientPrivilege), transaction(deployed.address(role), role) as cursor:
            cursor.execute(statement)


def test_out_of_its_role_a_process_can_do_nothing(deployed: Settings) -> None:
    with pytest.raises(InsufficientPrivilege), transaction(deployed.address("loader")) as cursor:
        cursor.execute("set role none; select from ops.export_file")


def test_no_process_waits_or_works_for_ever_and_none_has_rights_of_its_server(
    warehouse: Settings, deployed: Settings
) -> None:
    found = query(
        warehouse,
        "select rolname, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls or rolinherit,"
        " rolconnlimit between 1 and 20,"
        " array(select split_part(each, '=', 1) from unnest(setconfig) as each order by 1)"
        " from pg_roles left join pg_db_role_setting on setrole = pg_roles.oid and setdatabase = 0"
        " where rolname like 'lachan\\_%\\_login' order by 1",
    )
    limits = ["idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout"]
    of_people = sorted([*limits, "log_statement"])
    assert found == [
        (f"lachan_{role}_login", False, True, of_people if role in ROLES else limits) for role in sorted(PROCESSES)
    ]


def test_another_password_is_refused_with_what_to_do(deployed: Settings) -> None:
    (deployed.home / "secrets" / "login_loader").write_text("other")
    refused = pytest.raises(WarehouseError, match="`lachan migrate` makes the login of each process")
    with refused as raised, transaction(deployed.address("loader"), "loader"):
        pass
    assert "other" not in str(raised.value)


def test_the_migration_makes_the_logins_and_renews_their_passwords(
    warehouse: Settings, deployed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (deployed.home / "secrets" / "login_loader").unlink()
    monkeypatch.setenv("LACHAN_DSN", warehouse.dsn)
    assert cli.main(["migrate"]) == 0
    with transaction(deployed.address("loader"), "loader") as cursor:
        cursor.execute("select session_user::text, current_user::text")
        assert cursor.fetchone() == ("lachan_loader_login", "lachan_loader")


def test_a_steward_decides_with_a_login_of_her_own(warehouse: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    held = load(warehouse, "tips", date(2024, 3, 5), {"A": {}}, gate="held")
    with person(warehouse, "steward") as connection:
        own = connection.get_dsn_parameters() | {"password": connection.info.password}
        monkeypatch.setenv("LACHAN_DSN", make_dsn(**own))
        assert cli.main(["release", str(held), "--why", "it is right", "--by", "An"]) == 0
        assert cli.main(["ingest", "tips"]) == 2
    assert query(warehouse, "select decided_by, login from ops.decision") == [("An", "test_steward")]
