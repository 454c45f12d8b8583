"""Fixtures with a real PostgreSQL server: each test that needs a warehouse gets a database of its own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import hypothesis
import lachan.load  # noqa: F401  # what it sets must be set before polars and openpyxl are imported
import psycopg2
import pytest
from helpers.homes import temporary_home
from helpers.warehouses import migrate
from lachan import settings as lachan_settings
from lachan.contract import Feed, read_contracts
from lachan.local import postgres
from lachan.settings import PROJECT, Settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_numbers = itertools.count(1)
_PARSED: dict[
    str, bytes
] = {}  # dbt's parsed project of this session, by the name of the database that it was parsed for

hypothesis.settings.register_profile("lachan", deadline=None)  # no test fails because the machine is slow
hypothesis.settings.load_profile("lachan")


class _ByFolder(LoadScopeScheduling):
    """Distributes tests by file; a folder with a conftest.py goes to one process, which sets up its fixtures once."""

    def _split_scope(self, nodeid: str) -> str:
        file = PROJECT / nodeid.split("::", 1)[0]
        return str(file.parent if (file.parent / "conftest.py").exists() else file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = False
    return _ByFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest tests first, so that all processes end at about the same time; leave proofs out."""
    longest = {"dbt_project", "test_run.py", "chaos", "dags", "test_differences.py"}
    items.sort(key=lambda item: longest.isdisjoint(item.path.parts))
    if "LACHAN_PROOFS" not in os.environ:
        for item in items:
            if item.get_closest_marker("proof"):
                item.add_marker(pytest.mark.skip(reason="runs with `make proofs`"))


@pytest.fixture(scope="session")
def feeds() -> dict[str, Feed]:
    return read_contracts(PROJECT / "contracts")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """DSN of a server that this test process starts."""
    with temporary_home("lachan test ") as home:
        yield postgres.start(home)


@pytest.fixture(scope="session")
def template(server: str, feeds: dict[str, Feed]) -> str:
    """Name of a prepared, empty warehouse from which others are copied."""
    _run(server, "create database lachan_template")
    migrate(_database(server, "lachan_template"), feeds)
    return "lachan_template"


@pytest.fixture(scope="session")
def built_template(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a warehouse without deliveries in which every model is built, so that the next build is incremental."""
    from lachan.transform.build import build

    name = f"lachan_test_{next(_numbers):04}"
    _run(server, f"create database {name} template {template}")
    home = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LACHAN_HOME", str(home))
        patch.setenv("LACHAN_DSN", _database(server, name))
        settings = lachan_settings.load()
    with _share_parsed_project(settings, name):
        build(settings, "template")
    _run(server, "truncate ops.mart_state, ops.dbt_result", name)
    return name


@pytest.fixture(scope="session")
def new_warehouse(
    server: str, template: str, request: pytest.FixtureRequest
) -> Callable[..., AbstractContextManager[Settings]]:
    """A context manager that creates a warehouse with an empty landing zone in a home, and drops it at the end.

    The warehouse is prepared and empty, or a copy of another one, which must have no open connections. With `is_built`
    its models are built, which saves the first build of a test most of its time.
    """

    @contextmanager
    def make(home: Path, copy_of: Settings | None = None, is_built: bool = False) -> Iterator[Settings]:
        name = f"lachan_test_{next(_numbers):04}"  # of the same length for all, see _share_parsed_project
        original = copy_of.dsn.rsplit("/", 1)[1] if copy_of else template
        if is_built:
            original = request.getfixturevalue("built_template")
        _run(server, f"create database {name} template {original}")
        _run(server, f"alter database {name} set timezone to 'Asia/Ho_Chi_Minh'")
        (home / "landing").mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LACHAN_HOME", str(home))
            patch.setenv("LACHAN_DSN", _database(server, name))
            patch.delenv("LACHAN_LANDING", raising=False)
            patch.setenv("LACHAN_ARCHIVE_RECIPIENTS", "none")
            patch.setenv("LACHAN_BACKUP", "none")
            settings = lachan_settings.load()
        with _share_parsed_project(settings, name):
            yield settings
        _run(server, f"drop database {name} with (force)")

    return make


@contextmanager
def _share_parsed_project(settings: Settings, database: str) -> Iterator[None]:
    """Keep dbt from parsing the project in every home, which takes seconds; only the name of the database differs."""
    from lachan.transform.parsing import cache_file  # imports dbt, which takes seconds
    from lachan.transform.project import project_files

    kept = cache_file(settings, database, project_files(settings))
    for parsed_for, parsed in _PARSED.items():
        kept.parent.mkdir(parents=True)
        kept.write_bytes(parsed.replace(parsed_for.encode(), database.encode()))
    yield
    if not _PARSED and kept.exists():
        _PARSED[database] = kept.read_bytes()


@pytest.fixture
def warehouse(
    new_warehouse: Callable[..., AbstractContextManager[Settings]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Settings]:
    """Settings of an empty, prepared warehouse with an empty landing zone, also set in the environment.

    With the mark `built_warehouse`, its models are built.
    """
    is_built = request.node.get_closest_marker("built_warehouse") is not None
    with new_warehouse(tmp_path, is_built=is_built) as settings:
        monkeypatch.setenv("LACHAN_HOME", str(tmp_path))
        monkeypatch.setenv("LACHAN_DSN", settings.dsn)
        monkeypatch.delenv("LACHAN_LANDING", raising=False)
        monkeypatch.setenv("LACHAN_ARCHIVE_RECIPIENTS", "none")
        monkeypatch.setenv("LACHAN_BACKUP", "none")
        yield lachan_settings.load()


def _database(dsn: str, name: str) -> str:
    return dsn.rsplit("/", 1)[0] + "/" + name


def _run(dsn: str, statement: str, database: str = "postgres") -> None:
    connection = psycopg2.connect(_database(dsn, database))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
