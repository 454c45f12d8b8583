"""A real PostgreSQL for every test that needs a warehouse; each test gets a database of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
import pytest
from lachan import settings as lachan_settings
from lachan.contract import Feed, read_contracts
from lachan.local import postgres
from lachan.settings import PROJECT, Settings
from lachan.warehouse import prepare

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def feeds() -> dict[str, Feed]:
    return read_contracts(PROJECT / "contracts")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """DSN of a server that this test session started; its home is not pytest's, which closes its folders to others."""
    with TemporaryDirectory(prefix="lachan test ", ignore_cleanup_errors=True) as home:
        yield postgres.start(Path(home))
        postgres.stop(Path(home))


@pytest.fixture(scope="session")
def template(server: str, feeds: dict[str, Feed]) -> str:
    """Name of a prepared, empty warehouse that others are copied from."""
    _run(server, "create database lachan_template")
    prepare(_database(server, "lachan_template"), feeds)
    return "lachan_template"


@pytest.fixture
def warehouse(server: str, template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of an empty, prepared warehouse with an empty landing zone."""
    name = f"lachan_test_{next(_numbers)}"
    _run(server, f"create database {name} template {template}")
    _run(server, f"alter database {name} set timezone to 'Asia/Ho_Chi_Minh'")
    (tmp_path / "landing").mkdir()
    monkeypatch.setenv("LACHAN_HOME", str(tmp_path))
    monkeypatch.setenv("LACHAN_DSN", _database(server, name))
    monkeypatch.delenv("LACHAN_LANDING", raising=False)
    yield lachan_settings.load()
    _run(server, f"drop database {name} with (force)")


def _database(dsn: str, name: str) -> str:
    return dsn.rsplit("/", 1)[0] + "/" + name


def _run(dsn: str, statement: str) -> None:
    connection = psycopg2.connect(_database(dsn, "postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
