"""Run dbt in this process: seeds, models and tests, from what the gate accepted to the computed figures."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

from lachan.settings import Settings
from lachan.warehouse import connect, transaction
from lachan.warehouse.mart_state import fingerprint, keep, no_build_runs
from lachan.warehouse.statements import run

logger = logging.getLogger(__name__)

FAILED = {"error", "fail", "runtime error", "partial success"}


class TransformFailed(RuntimeError):
    """A model or a test failed, or dbt could not start; the message names each node and what it said."""


@dataclass(frozen=True)
class TransformReport:
    """What one build did: models (with seeds) built, tests passed or warned, wall time in seconds."""

    models: int
    tests: int
    seconds: float


def build(settings: Settings, run_id: str) -> TransformReport:
    """Build all that is pending and store the result of every node in ops.dbt_result.

    Raises TransformFailed when a node failed; what failed keeps its last good rows, and what stands on it is
    not built. What a failed build left is not audited.
    """
    started = time.monotonic()
    with no_build_runs(settings.dsn):
        with dbt_environment(settings):
            command = ["build", "--exclude-resource-type", "unit_test"]
            outcome = dbtRunner().invoke([*command, *dbt_options(settings)])
        results = [] if outcome.result is None else list(outcome.result.results)
        store_results(settings, run_id, results)
        failed = [result for result in results if str(result.status) in FAILED]
        if failed or outcome.exception is not None:
            raise TransformFailed(describe(settings, failed, outcome.exception))
        with transaction(settings.dsn, "transformer") as cursor:
            keep(cursor, "built", run_id, fingerprint(cursor))
    kinds = [str(result.node.resource_type) for result in results]
    models = kinds.count("model") + kinds.count("seed")
    return TransformReport(models, kinds.count("test"), time.monotonic() - started)


def generate_docs(settings: Settings) -> Path:
    """Let dbt describe the project and the warehouse in one HTML file that needs nothing else; returns its path.

    Raises TransformFailed with what dbt said.
    """
    with no_build_runs(settings.dsn), dbt_environment(settings):
        outcome = dbtRunner().invoke(["docs", "generate", "--static", *dbt_options(settings)])
    if not outcome.success:
        raise TransformFailed(describe(settings, [], outcome.exception))
    return settings.home / "dbt" / "target" / "static_index.html"


def dbt_options(settings: Settings) -> list[str]:
    """Options of every dbt command: the project, and state and logs outside the tree.

    The project is always parsed whole (a few seconds): dbt compares the time of a .yml file with the one that it stored
    when it first read the file, and takes a file that is put back with its old time for the newer text.
    """
    project = str(settings.project / "dbt_project")
    return [
        "--project-dir", project,
        "--profiles-dir", project,
        "--target-path", str(settings.home / "dbt" / "target"),
        "--log-path", str(settings.home / "dbt" / "logs"),
        "--no-send-anonymous-usage-stats",
        "--no-partial-parse",
        "--quiet",
    ]  # fmt: skip


@contextmanager
def dbt_environment(settings: Settings) -> Iterator[None]:
    """Tell dbt's profile where the warehouse is, and take the address away again afterwards.

    The role comes by PGOPTIONS: the profile's `role` is a SET that the first rollback undoes, after which dbt
    would go on as the login.
    """
    with closing(connect(settings.dsn)) as connection:
        info = connection.info
        address = {
            "LACHAN_PG_HOST": info.host,
            "LACHAN_PG_PORT": str(info.port),
            "LACHAN_PG_USER": info.user,
            "LACHAN_PG_DBNAME": info.dbname,
            "DBT_ENV_SECRET_LACHAN_PG_PASSWORD": info.password or "",
            "PGOPTIONS": "-c role=lachan_transformer -c work_mem=64MB",  # what is computed at once is some 100,000 rows
        }
    before = {name: os.environ.get(name) for name in address}
    os.environ.update(address)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def store_results(settings: Settings, run_id: str, results: list[Any]) -> None:
    """Log every node and append it to ops.dbt_result."""
    for result in results:
        kind, name = str(result.node.resource_type), result.node.name
        logger.info("%s %s: %s, %.2f s", kind, name, result.status, result.execution_time)
    with transaction(settings.dsn, "transformer") as cursor:
        if results:
            run(cursor, "transform/insert_dbt_results", run_id=run_id, results=results)


def describe(settings: Settings, failed: list[Any], exception: BaseException | None) -> str:
    """What failed, what it said, and where to read more."""
    told = [f"{result.node.resource_type} {result.node.name}: {result.message}" for result in failed]
    if exception is not None:
        told.append(str(exception))
    log = settings.home / "dbt" / "logs" / "dbt.log"
    return f"dbt failed in {len(told)} place(s); the whole log is {log}\n" + "\n".join(told)
