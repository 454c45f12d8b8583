"""Removal of old runs and tasks from Airflow's database, by Airflow's own `airflow db clean`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import datetime

from lachan.local.airflow_database import NAME
from lachan.local.postgres import dsn
from lachan.maintain.removed import Removed
from lachan.maintain.retention import AIRFLOW
from lachan.settings import Settings

BATCH_ROWS = 10_000
_ADDRESS = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_FOUND = re.compile(r"^Found (\d+) rows meeting deletion criteria", re.MULTILINE)


class AirflowNotCleaned(Exception):
    """Airflow could not clean its database; the message is the end of what it said."""


def clean_airflow(settings: Settings, older_than: datetime, is_dry_run: bool) -> Removed | None:
    """Remove what Airflow's database has from before `older_than`; None where this process knows no such database.

    The cities of a province share the database, so the housekeeping of the province cleans it, and that of no city.

    A process of its own does so, because a task cannot reach the database that it is recorded in. Raises
    AirflowNotCleaned.
    """
    environment = _environment(settings) if settings.shared_home is None else None
    if environment is None:
        return None
    options = ["--dry-run"] if is_dry_run else ["--yes"]
    before = older_than.isoformat(timespec="seconds")
    said = _airflow(
        environment, "clean", "--clean-before-timestamp", before, "--skip-archive",
        "--error-on-cleanup-failure", "--batch-size", str(BATCH_ROWS), *options,
    )  # fmt: skip
    if not is_dry_run:
        _airflow(environment, "drop-archived", "--yes")  # the copy that a killed `db clean` leaves behind
    return Removed(AIRFLOW, older_than, sum(map(int, _FOUND.findall(said))), 0)


def _environment(settings: Settings) -> dict[str, str] | None:
    """The environment of an Airflow process that reaches its database.

    In a task, Airflow replaces the address; then that of the embedded server is used, or the command that tells it.
    """
    given = os.environ.get(_ADDRESS, "")
    inherited = {name: value for name, value in os.environ.items() if not name.endswith("__SQL_ALCHEMY_CONN")}
    if given and "not-allowed" not in given:
        return inherited | {_ADDRESS: given}
    if f"{_ADDRESS}_CMD" in os.environ:
        return inherited
    if (settings.home / "airflow" / "migrated").exists():
        address = dsn(settings.home, NAME, NAME).replace("postgresql://", "postgresql+psycopg2://")
        return inherited | {"AIRFLOW_HOME": str(settings.home / "airflow"), _ADDRESS: address}
    return None


def _airflow(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "db", *arguments],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        ending = "\n".join((done.stderr or done.stdout).splitlines()[-10:])
        raise AirflowNotCleaned(f"`airflow db {arguments[0]}` ended with status {done.returncode}: {ending}")
    return done.stdout
