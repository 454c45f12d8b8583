"""A coordinator and two workers of Citus, as servers of this machine: LACHAN_CITUS_BIN names their programs.

They are those of a PostgreSQL in which the extension is installed, of the same major version as the embedded server.
"""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from helpers.homes import temporary_home
from lachan.local import postgres
from psycopg2.extensions import parse_dsn

BIN = "LACHAN_CITUS_BIN"
SETTINGS = {
    "shared_preload_libraries": "citus",
    "max_prepared_transactions": "200",
    "citus.shard_count": "8",
}


@dataclass(frozen=True)
class Nodes:
    """The addresses of a coordinator and of its workers, with the login of their owner; the homes of the workers."""

    coordinator: str
    workers: tuple[str, ...]
    homes: tuple[Path, ...]


def missing() -> str | None:
    """Why there can be no such servers here, or None."""
    place = os.environ.get(BIN)
    if place is None:
        return f"{BIN} does not name the programs of a PostgreSQL {postgres.MAJOR} with Citus"
    if not any(Path(place, "..", "share").rglob("extension/citus.control")):
        return f"the extension citus is not installed in the PostgreSQL of {BIN}"
    return None


@contextmanager
def servers(workers: int = 2) -> Iterator[Nodes]:
    """Start the servers, and let the coordinator know its workers. They know each other by one password."""
    password = secrets.token_hex(16)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        programs = stack.enter_context(temporary_home("lachan citus ")) / "bin"
        patch.setattr(postgres, "embedded_programs", lambda: programs)
        for name, value in SETTINGS.items():
            patch.setitem(postgres.SERVER_SETTINGS, name, value)
        _write_programs(programs, password)
        homes = [stack.enter_context(temporary_home("lachan citus ")) for _ in range(workers + 1)]
        for home in homes:
            (home / "secrets").mkdir()
            (home / "secrets" / "postgres_password").write_text(password)
        addresses = [postgres.start(home) for home in homes]
        for address in addresses[1:]:
            execute(address, "create extension citus")
        nodes = Nodes(addresses[0], tuple(addresses[1:]), tuple(homes[1:]))
        join(nodes)
        yield nodes


def join(nodes: Nodes) -> None:
    """Make the coordinator one, and let it know its workers."""
    own, *others = (parse_dsn(address) for address in (nodes.coordinator, *nodes.workers))
    execute(nodes.coordinator, "create extension citus")
    execute(nodes.coordinator, f"select citus_set_coordinator_host('{own['host']}', {own['port']})")
    for other in others:
        execute(nodes.coordinator, f"select citus_add_node('{other['host']}', {other['port']})")


def leave(nodes: Nodes) -> None:
    """Make the coordinator a plain server again, before it has distributed anything."""
    execute(nodes.coordinator, "select citus_remove_node(nodename, nodeport) from pg_dist_node where groupid <> 0")
    execute(nodes.coordinator, "drop extension citus cascade")


def stop(nodes: Nodes, worker: int) -> None:
    """Stop a worker."""
    postgres.stop(nodes.homes[worker])


def start(nodes: Nodes, worker: int) -> None:
    """Start a worker again, at the same address."""
    assert postgres.start(nodes.homes[worker]) == nodes.workers[worker]


def _write_programs(folder: Path, password: str) -> None:
    """The programs, by which the servers are started with the file that has the password of the nodes."""
    real = Path(os.environ[BIN])
    folder.mkdir()
    known = folder / "nodes"
    known.write_text(f"*:*:*:*:{password}\n")
    postgres._assign_to_server(known, 0o600)
    (folder / "initdb").symlink_to(real / "initdb")
    (folder / "pg_ctl").write_text(
        f'#!/bin/sh\nPGPASSFILE={shlex.quote(str(known))} exec {shlex.quote(str(real / "pg_ctl"))} "$@"\n'
    )
    (folder / "pg_ctl").chmod(0o755)


def execute(address: str, statement: str) -> None:
    """Run a statement outside of a transaction."""
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
