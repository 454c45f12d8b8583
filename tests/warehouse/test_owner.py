"""A warehouse whose owner is no superuser: CREATEROLE and the database are enough to migrate it and to make logins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest
from helpers.exports import deliver, row
from helpers.homes import temporary_home
from helpers.people import person
from helpers.warehouses import migrate
from lachan import settings as lachan_settings
from lachan.backup.errors import BackupRefused
from lachan.backup.make import back_up
from lachan.contract import Feed
from lachan.load.ingest import ingest
from lachan.local import postgres
from lachan.quality.gate import gate
from lachan.settings import Settings
from lachan.warehouse.logins import use_process_logins
from psycopg2.extensions import make_dsn, parse_dsn
from pyrage import x25519


@pytest.fixture
def owned(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The settings of an owner on a server of its own, because the roles of the other tests have another maker."""
    with temporary_home("lachan-owner-") as home:
        monkeypatch.setenv("LACHAN_HOME", str(home))
        server = postgres.start(home)
        with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute("create role office login createrole password 'p'")
            cursor.execute("create database office owner office")
        (home / "landing").mkdir()
        own = {"user": "office", "password": "p", "dbname": "office"}
        yield replace(lachan_settings.load(), dsn_override=make_dsn(**parse_dsn(server) | own))


def test_an_owner_that_is_no_superuser_migrates_and_the_stages_work(owned: Settings, feeds: dict[str, Feed]) -> None:
    assert len(migrate(owned.dsn, feeds).applied) > 10
    assert migrate(owned.dsn, feeds).applied == []
    use_process_logins(owned.dsn, owned.login_password)
    place = {name: value for name, value in parse_dsn(owned.dsn).items() if name not in ("user", "password")}
    processes = replace(owned, dsn_override=make_dsn(**place))
    deliver(processes, feeds["tips"], [row("tips", 1)])
    assert ingest(processes, feeds["tips"], "r1").files_loaded == 1
    judged = gate(processes, "r1")
    assert judged.accepted + judged.held == 1
    with_recipient = replace(processes, backup_recipients=(str(x25519.Identity.generate().to_public()),))
    with pytest.raises(BackupRefused, match="with the login of a superuser once"):
        back_up(with_recipient, "r1")
    with person(owned, "ward", "14758@2021-02-01") as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from reporting.ward_figure")
        assert cursor.fetchone() == (0,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("select from reporting.figure_state")
