"""The bench's own environment: a temporary home, a PostgreSQL server, and the timed processes that use them.

This process imports little and does nothing while another process is timed: the memory that it uses when it starts a
child would be included in the child's peak memory.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from lachan import warehouse
from lachan.contract import read_contracts
from lachan.contract.published import published_tables
from lachan.local import postgres
from lachan.settings import PROJECT

PYTHON = Path(sys.executable)


class BenchError(RuntimeError):
    """The bench cannot continue, or a count is wrong; the message says what and where."""


def exit_status(run: Callable[[], None]) -> int:
    """Run a bench, which SIGTERM ends as Ctrl-C does. 0, 1 after a BenchError, 130 after an interruption."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run()
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: stopped", file=sys.stderr)
        return 130
    return 0


@dataclass(frozen=True)
class Outcome:
    """What a timed process reported: wall seconds, number of rows, peak memory in MB (10**6 bytes)."""

    seconds: float
    rows: int
    peak_mb: float
    detail: dict[str, Any]


class Sandbox:
    """A running server, on which each load gets a new database. Everything the bench writes is in `home`."""

    def __init__(self, home: Path, server: str) -> None:
        self.home = home
        self._server = server
        self._numbers = itertools.count(1)
        self._template = self._create("template1")
        feeds = read_contracts(PROJECT / "contracts")
        warehouse.migrate(self._at(self._template), feeds, published_tables(PROJECT))

    def folder(self, name: str) -> Path:
        """A new, empty folder."""
        path = self.home / f"{name} {next(self._numbers)}"
        path.mkdir()
        return path

    @contextmanager
    def database(self) -> Iterator[str]:
        """DSN of a new, prepared warehouse, written to disk by a checkpoint; dropped afterwards."""
        name = self._create(self._template)
        try:
            self._execute("checkpoint")
            yield self._at(name)
        finally:
            self._execute(f"drop database {name} with (force)")

    def run(self, job: str, *arguments: object, python: Path = PYTHON, **lachan: str) -> Outcome:
        """Run `bench.jobs.<job>` and wait for it; `lachan` is passed as LACHAN_… variables. Raises BenchError."""
        command = [str(python), "-m", f"bench.jobs.{job}", *map(str, arguments)]
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env=self.environment(**lachan),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            ending = "\n".join((done.stderr or done.stdout).splitlines()[-20:])
            raise BenchError(f"bench.jobs.{job} ended with status {done.returncode}:\n{ending}")
        return Outcome(**json.loads(done.stdout.splitlines()[-1]))

    def environment(self, **lachan: str) -> dict[str, str]:
        """Environment variables of a timed process: the given LACHAN_… settings, and none of the caller's."""
        foreign = ("LACHAN_", "AIRFLOW", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        own = {f"LACHAN_{name}".upper(): value for name, value in {"home": str(self.home), **lachan}.items()}
        dlt = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(self.home / "dlt")}
        return inherited | own | dlt | {"PYTHONPATH": str(PROJECT / "plugins")}

    def _create(self, template: str) -> str:
        name = f"bench_{next(self._numbers)}"
        self._execute(f"create database {name} template {template}")
        return name

    def _at(self, database: str) -> str:
        return urlsplit(self._server)._replace(path=f"/{database}").geturl()

    def _execute(self, statement: str) -> None:
        with closing(psycopg2.connect(self._server)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)


@contextmanager
def start_sandbox() -> Iterator[Sandbox]:
    """Start the bench's server in a temporary home; both are removed afterwards."""
    with TemporaryDirectory(prefix="lachan bench ", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        try:
            yield Sandbox(home, postgres.start(home))
        finally:
            postgres.stop(home)


def select(dsn: str, query: str) -> list[tuple[Any, ...]]:
    """The rows that a query returns."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def tidy_up(dsn: str) -> None:
    """Do at once what autovacuum does by itself in the minutes after much was written."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("vacuum (analyze)")


def require_equal(what: str, expected: object, found: object) -> None:
    """Raises BenchError when a count is wrong."""
    if expected != found:
        raise BenchError(f"{what}: {expected} expected, {found} found; the times of this run are invalid")
