"""Fixtures: the DAG files, parsed as Airflow parses them."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers.homes import temporary_home
from lachan.local import postgres
from lachan.local.airflow import environment
from lachan.local.airflow_database import NAME, give_own_login
from lachan.settings import PROJECT, load

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


@pytest.fixture(scope="session")
def airflow_home() -> Iterator[Path]:
    """A temporary Airflow home with a migrated metadata database; must be set up before airflow is imported."""
    original = dict(os.environ)
    with temporary_home("lachan airflow ") as home:
        os.environ["LACHAN_HOME"] = str(home)
        postgres.start(home)
        give_own_login(postgres.dsn(home, "postgres"), postgres.password(home, NAME))
        os.environ |= environment(load(), port=1)
        del os.environ["LACHAN_HOME"]
        sys.path.insert(0, str(PROJECT / "dags"))
        subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)
        yield home
        sys.path.remove(str(PROJECT / "dags"))
        os.environ.clear()
        os.environ.update(original)


@pytest.fixture(scope="session")
def dagbag(airflow_home: Path) -> DagBag:
    from airflow.dag_processing.dagbag import DagBag

    logging.getLogger("airflow").setLevel(logging.WARNING)
    return DagBag(PROJECT / "dags")
