"""Where the bench runs: a temporary home, a PostgreSQL of its own, and the processes that are timed on it.

This process imports little and does nothing while another is timed: what it has in memory at a child's start
would count in the child's peak.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
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
    """The bench cannot go on, or a count is wrong; the message says what and where."""


@dataclass(frozen=True)
class Outcome:
    """What one timed process told: wall seconds, rows that it moved, its peak memory in MB (10**6 bytes)."""

    seconds: float
    rows: int
    peak_mb: float
    detail: dict[str, Any]


class Stage:
    """A running server whose databases come and go; `home` holds everything that the bench writes."""

    def __init__(self, home: Path, server: str) -> None:
        self.home = home
        self._server = server
        self._numbers = itertools.count(1)
        self._template = self._create("template1")
        feeds = read_contracts(PROJECT / "contracts")
        warehouse.prepare(self._at(self._template), feeds, published_tables(PROJECT))

    def folder(self, name: str) -> Path:
        """A new, empty folder."""
        made = self.home / f"{name} {next(self._numbers)}"
        made.mkdir()
        return made

    @contextmanager
    def database(self) -> Iterator[str]:
        """DSN of a fresh, prepared warehouse, all of it on disk; dropped afterwards."""
        name = self._create(self._template)
        try:
            self._administer("checkpoint")
            yield self._at(name)
        finally:
            self._administer(f"drop database {name} with (force)")

    def run(self, job: str, *arguments: object, python: Path = PYTHON, **lachan: str) -> Outcome:
        """Run `bench.jobs.<job>` to its end; `lachan` becomes LACHAN_… variables. Raises BenchError."""
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
        """The environment of a timed process: none of the caller's LACHAN_… settings, only the given ones."""
        foreign = ("LACHAN_", "AIRFLOW", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        own = {f"LACHAN_{name}".upper(): value for name, value in {"home": str(self.home), **lachan}.items()}
        dlt = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(self.home / "dlt")}
        return inherited | own | dlt | {"PYTHONPATH": str(PROJECT / "plugins")}

    def _create(self, template: str) -> str:
        name = f"bench_{next(self._numbers)}"
        self._administer(f"create database {name} template {template}")
        return name

    def _at(self, database: str) -> str:
        return urlsplit(self._server)._replace(path=f"/{database}").geturl()

    def _administer(self, statement: str) -> None:
        with closing(psycopg2.connect(self._server)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)


@contextmanager
def stage() -> Iterator[Stage]:
    """Start the bench's server in a temporary home; stopped and removed afterwards."""
    with TemporaryDirectory(prefix="lachan bench ", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        try:
            yield Stage(home, postgres.start(home))
        finally:
            postgres.stop(home)


def select(dsn: str, query: str) -> list[tuple[Any, ...]]:
    """The rows that a query gives."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def require(place: str, wanted: object, found: object) -> None:
    """Raises BenchError when a count is not what it must be."""
    if wanted != found:
        raise BenchError(f"{place}: {wanted} expected, {found} found; the times of this run mean nothing")
