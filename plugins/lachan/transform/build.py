"""Run dbt in this process: seeds, models and tests, from the accepted files to the computed figures."""

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
from lachan.warehouse.mart_state import fingerprint, hold_build_lock, record_state
from lachan.warehouse.statements import run

logger = logging.getLogger(__name__)

FAILED = {"error", "fail", "runtime error", "partial success"}


class TransformFailed(RuntimeError):
    """A model or a test failed, or dbt could not start; the message names each failed node with its error."""


@dataclass(frozen=True)
class TransformReport:
    """What one build did: models (with seeds) built, tests passed or warned, wall time in seconds."""

    models: int
    tests: int
    seconds: float


def build(settings: Settings, run_id: str) -> TransformReport:
    """Build all seeds and models, run their tests, and store the result of every node in ops.dbt_result.

    Raises TransformFailed when a node failed: a failed model keeps the rows of its last successful build, and its
    downstream models are skipped. The audit refuses the marts that a failed build left.
    """
    started = time.monotonic()
    with hold_build_lock(settings.dsn):
        with dbt_environment(settings):
            command = ["build", "--exclude-resource-type", "unit_test"]
            outcome = dbtRunner().invoke([*command, *dbt_options(settings)])
        results = [] if outcome.result is None else list(outcome.result.results)
        store_results(settings, run_id, results)
        failed = [result for result in results if str(result.status) in FAILED]
        if failed or outcome.exception is not None:
            raise TransformFailed(failure_message(settings, failed, outcome.exception))
        with transaction(settings.dsn, "transformer") as cursor:
            record_state(cursor, "built", run_id, fingerprint(cursor))
    kinds = [str(result.node.resource_type) for result in results]
    models = kinds.count("model") + kinds.count("seed")
    return TransformReport(models, kinds.count("test"), time.monotonic() - started)


def generate_docs(settings: Settings) -> Path:
    """Let dbt generate its documentation as one self-contained HTML file; returns its path.

    Raises TransformFailed with the error of dbt.
    """
    with hold_build_lock(settings.dsn), dbt_environment(settings):
        outcome = dbtRunner().invoke(["docs", "generate", "--static", *dbt_options(settings)])
    if not outcome.success:
        raise TransformFailed(failure_message(settings, [], outcome.exception))
    return settings.home / "dbt" / "target" / "static_index.html"


def dbt_options(settings: Settings) -> list[str]:
    """Options of every dbt command: the project, and folders outside the checkout for artifacts and logs.

    The whole project is parsed each time, which takes a few seconds. dbt's partial parsing compares a .yml file's
    modification time with the one stored when it first read the file; it therefore takes a file that is restored with
    its old time as unchanged, and keeps using the newer text.
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
    """Set the environment variables from which dbt's profile reads the warehouse's address; restore them afterwards.

    The role is set through PGOPTIONS. The `role` of a dbt profile is a SET statement, which the first rollback undoes,
    so that dbt would continue with the rights of the login.
    """
    with closing(connect(settings.dsn)) as connection:
        info = connection.info
        address = {
            "LACHAN_PG_HOST": info.host,
            "LACHAN_PG_PORT": str(info.port),
            "LACHAN_PG_USER": info.user,
            "LACHAN_PG_DBNAME": info.dbname,
            "DBT_ENV_SECRET_LACHAN_PG_PASSWORD": info.password or "",
            "PGOPTIONS": "-c role=lachan_transformer -c work_mem=64MB",  # a model computes some 100,000 rows at once
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
    """Log the result of every node and insert it into ops.dbt_result."""
    for result in results:
        kind, name = str(result.node.resource_type), result.node.name
        logger.info("%s %s: %s, %.2f s", kind, name, result.status, result.execution_time)
    with transaction(settings.dsn, "transformer") as cursor:
        if results:
            run(cursor, "transform/insert_dbt_results", run_id=run_id, results=results)


def failure_message(settings: Settings, failed: list[Any], exception: BaseException | None) -> str:
    """Message for TransformFailed: each failed node with its error, and the path of dbt's log."""
    failures = [f"{result.node.resource_type} {result.node.name}: {result.message}" for result in failed]
    if exception is not None:
        failures.append(str(exception))
    log = settings.home / "dbt" / "logs" / "dbt.log"
    return f"dbt failed in {len(failures)} place(s); the whole log is {log}\n" + "\n".join(failures)
