"""Homes in which commands of `lachan` are run, each in a process of its own, with the logins of processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from helpers.homes import temporary_home
from lachan.local.postgres import dsn


@dataclass(frozen=True)
class Home:
    """A home, what is set in the environment of its commands, and the address of its warehouse if that is another's."""

    folder: Path
    environment: dict[str, str]
    address: str | None = None

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "lachan", *command], env=os.environ | self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self, *command: str, status: int = 0) -> str:
        process = self.start(*command)
        said, _ = process.communicate()
        assert process.returncode == status, said
        return said

    @property
    def dsn(self) -> str:
        return self.address or dsn(self.folder, "lachan")


@contextmanager
def new_home(**settings: str) -> Iterator[Home]:
    with temporary_home("lachan-drill-") as folder:
        yield Home(folder, {"LACHAN_HOME": str(folder)} | settings)


def rows(address: str, query: str) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
