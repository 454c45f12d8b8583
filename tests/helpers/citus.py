"""A coordinator and two workers of Citus, as servers of this machine: LACHAN_CITUS_BIN names their programs.

They are those of a PostgreSQL in which the extension is installed, of the same major version as the embedded server.
"""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from helpers.homes import temporary_home
from lachan.local import postgres

BIN = "LACHAN_CITUS_BIN"
SETTINGS = {
    "shared_preload_libraries": "citus",
    "max_prepared_transactions": "200",
    "citus.enable_statistics_collection": "off",
}


@dataclass(frozen=True)
class Nodes:
    """The addresses of a coordinator and of its workers, with the login of their owner."""

    coordinator: str
    workers: tuple[str, ...]


def missing() -> str | None:
    """Why there can be no such servers here, or None."""
    place = os.environ.get(BIN)
    if place is None:
        return f"{BIN} does not name the programs of a PostgreSQL {postgres.MAJOR} with Citus"
    control = Path(place, "..", "share")
    if not any(control.rglob("extension/citus.control")):
        return f"the extension citus is not installed in the PostgreSQL of {BIN}"
    return None


@contextmanager
def servers(workers: int = 2) -> Iterator[Nodes]:
    """Start the servers, and let the coordinator know its workers. They know each other by one password."""
    real = Path(os.environ[BIN])
    password = secrets.token_hex(16)
    with pytest.MonkeyPatch.context() as patch, temporary_home("lachan citus ") as home:
        patch.setattr(postgres, "embedded_programs", lambda: home / "bin")
        for name, value in SETTINGS.items():
            patch.setitem(postgres.SERVER_SETTINGS, name, value)
        _write_programs(home / "bin", real, password)
        homes = [home / "coordinator", *(home / f"worker {number}" for number in range(workers))]
        started: list[str] = []
        try:
            for each in homes:
                (each / "secrets").mkdir(parents=True)
                (each / "secrets" / "postgres_password").write_text(password)
                started.append(postgres.start(each))
            for address in started:
                _execute(address, "create extension citus")
            own, *others = (psycopg2.extensions.parse_dsn(address) for address in started)
            _execute(started[0], f"select citus_set_coordinator_host('{own['host']}', {own['port']})")
            for other in others:
                _execute(started[0], f"select citus_add_node('{other['host']}', {other['port']})")
            yield Nodes(started[0], tuple(started[1:]))
        finally:
            for each in homes:
                postgres.stop(each)


def _write_programs(folder: Path, real: Path, password: str) -> None:
    """The programs, by which the servers are started with the file that has the password of the nodes."""
    folder.mkdir()
    known = folder / "nodes"
    known.write_text(f"*:*:*:*:{password}\n")
    postgres._assign_to_server(known, 0o600)
    (folder / "initdb").symlink_to(real / "initdb")
    (folder / "pg_ctl").write_text(
        f'#!/bin/sh\nPGPASSFILE={shlex.quote(str(known))} exec {shlex.quote(str(real / "pg_ctl"))} "$@"\n'
    )
    (folder / "pg_ctl").chmod(0o755)


def _execute(address: str, statement: str) -> None:
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
