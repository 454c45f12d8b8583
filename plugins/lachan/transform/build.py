"""Run dbt in this process: seeds, models and tests, from the accepted files to the computed figures."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from psycopg2.extras import Json

from lachan.settings import Settings
from lachan.transform.failures import Graph, held_groups
from lachan.transform.parsing import ProjectInvalid, parse
from lachan.transform.project import city_seeds, project_files
from lachan.transform.scope import Scope, scope_of_build
from lachan.warehouse import connect, transaction
from lachan.warehouse.mart_state import fingerprints, group_states, hold_build_lock, hold_groups, record_states
from lachan.warehouse.statements import run

logger = logging.getLogger(__name__)

FAILED = {"error", "fail", "runtime error", "partial success"}
UNFINISHED = "the last build has not ended: it is running, or it broke off; build again"


class TransformFailed(RuntimeError):
    """A model or a test failed, or dbt could not start; the message names each failed node with its error."""


@dataclass(frozen=True)
class TransformReport:
    """What one build did: models (with seeds) built, tests passed or warned, wall time in seconds."""

    models: int
    tests: int
    seconds: float


def build(settings: Settings, run_id: str, full: bool = False) -> TransformReport:
    """Build all seeds and models, run their tests, and store the result of every node in ops.dbt_result.

    Computes what the deliveries since the last complete build have touched. It computes everything when `full`, when
    the dbt project has changed since then, or when a full build has not succeeded.

    Raises TransformFailed when a node failed. A failed model keeps the rows of its last successful build. If it belongs
    to a group of indicators, the group is held back and all other groups are built; otherwise every group whose figures
    stand on it is held back. The audit refuses the marts of groups that are held back.

    All groups are held back until the build ends: it fixes new deliveries at its start, and a publication after a build
    that broke off would state that they are in the figures.
    """
    started = time.monotonic()
    with hold_build_lock(settings.address("transformer"), "transformer"):
        with transaction(settings.address("transformer"), "transformer") as cursor:
            states = group_states(cursor)
            hold_groups(cursor, run_id, dict.fromkeys(states, UNFINISHED))
        files = project_files(settings)
        with transaction(settings.address("transformer"), "transformer") as cursor:
            scope = scope_of_build(cursor, files, states, full)
            [(ledger_state,)] = run(cursor, "transform/ledger_state").fetchall()
        with dbt_environment(settings):
            results, graph, exception = _build_all_but_failed_groups(settings, files, scope)
        store_results(settings, run_id, results)
        failed = [result for result in results if str(result.status) in FAILED]
        with transaction(settings.address("transformer"), "transformer") as cursor:
            cursor.execute("analyze ops.unpublished_window")  # fingerprints and publication join figures with it
            held = _reasons_to_hold(graph, failed, exception)
            if held is None:
                held = dict.fromkeys(group_states(cursor), "; ".join(_messages(failed, exception)))
            else:
                built = {group: marts for group, marts in fingerprints(cursor).items() if group not in held}
                record_states(cursor, "built", run_id, built)
            hold_groups(cursor, run_id, held)
            if not failed and exception is None:
                run(
                    cursor,
                    "transform/insert_complete_build",
                    run_id=run_id,
                    files=Json(files),
                    ledger_state=ledger_state,
                )
        if failed or exception is not None:
            raise TransformFailed(failure_message(settings, failed, exception, held))
    kinds = [str(result.node.resource_type) for result in results]
    models = kinds.count("model") + kinds.count("seed")
    return TransformReport(models, kinds.count("test"), time.monotonic() - started)


def _build_all_but_failed_groups(
    settings: Settings, files: Mapping[str, str], scope: Scope
) -> tuple[list[Any], Graph | None, BaseException | None]:
    """The last result of every node, the graph of the project, and the error of dbt itself, if it had one.

    dbt skips everything that depends on a failed node. What it skipped outside the failed groups is built afterwards,
    on the rows that the failed groups have from their last successful build.
    """
    results: dict[str, Any] = {}
    graph: Graph | None = None
    selection: list[str] = []
    waiting: list[str] = []
    while True:
        try:
            project = parse(settings, os.environ["LACHAN_PG_DBNAME"], files, dbt_options(settings))
        except ProjectInvalid as error:
            return list(results.values()), graph, error
        graph = graph or Graph(project)
        # exposures are not built, but would be reported as skipped after a failure
        left_out = ["--exclude-resource-type", "unit_test", "exposure"]
        command = ["build", *left_out, "--no-write-json", *scope.options(project)]
        outcome = dbtRunner(manifest=project).invoke([*command, *selection, *dbt_options(settings)])
        if outcome.exception is not None or outcome.result is None:
            return list(results.values()), graph, outcome.exception
        results |= {result.node.unique_id: result for result in outcome.result}
        waited_before, waiting = waiting, _skipped_outside_failed_groups(graph, results)
        if not waiting or waiting == waited_before:
            return list(results.values()), graph, None
        selection = ["--vars", "{deliveries_are_fixed: true}", "--select", *waiting]


def _skipped_outside_failed_groups(graph: Graph, results: dict[str, Any]) -> list[str]:
    """The names of skipped nodes that can still be built; none if a failed node holds back all groups."""
    skipped = [result.node for result in results.values() if str(result.status) == "skipped"]
    failed = [node_id for node_id, result in results.items() if str(result.status) in FAILED]
    if any(graph.holds_back_all(node_id) for node_id in failed):
        return []
    held = {graph.group(node_id) for node_id in failed} - {None}
    return sorted(node.name for node in skipped if graph.group(node.unique_id) not in held)


def _reasons_to_hold(graph: Graph | None, failed: list[Any], exception: BaseException | None) -> dict[str, str] | None:
    """The groups that are held back, each with the reason; None if all groups are."""
    if exception is not None or graph is None or any(graph.holds_back_all(result.node.unique_id) for result in failed):
        return None
    return held_groups(graph, [(result.node.unique_id, f"{result.node.name}: {result.message}") for result in failed])


def generate_docs(settings: Settings) -> Path:
    """Let dbt generate its documentation as one self-contained HTML file; returns its path.

    Raises TransformFailed with the error of dbt.
    """
    with hold_build_lock(settings.address("transformer"), "transformer"), dbt_environment(settings):
        outcome = dbtRunner().invoke(["docs", "generate", "--static", *dbt_options(settings)])
    if not outcome.success:
        raise TransformFailed(failure_message(settings, [], outcome.exception))
    return settings.home / "dbt" / "target" / "static_index.html"


def dbt_options(settings: Settings) -> list[str]:
    """Options of every dbt command: the project, and folders outside the checkout for artifacts and logs.

    dbt's own partial parsing is off (lachan.transform.parsing says why). Its log file leaves out the events of level
    debug, of which writing would take a fifth of a build; the SQL of each model is in the target folder.
    """
    project = str(settings.project / "dbt_project")
    return [
        "--project-dir", project,
        "--profiles-dir", project,
        "--target-path", str(settings.home / "dbt" / "target"),
        "--log-path", str(settings.home / "dbt" / "logs"),
        "--no-send-anonymous-usage-stats",
        "--no-partial-parse",
        "--log-level-file", "info",
        "--log-level", "none",
    ]  # fmt: skip


@contextmanager
def dbt_environment(settings: Settings) -> Iterator[None]:
    """Set the environment variables from which dbt reads the warehouse's address and the city; restore them afterwards.

    The role is set through PGOPTIONS. The `role` of a dbt profile is a SET statement, which the first rollback undoes,
    so that dbt would continue with the rights of the login.
    """
    with closing(connect(settings.address("transformer"))) as connection:
        info = connection.info
        address = {
            "LACHAN_CITY_SEEDS": city_seeds(settings),
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
    with transaction(settings.address("transformer"), "transformer") as cursor:
        if results:
            run(cursor, "transform/insert_dbt_results", run_id=run_id, results=results)


def failure_message(
    settings: Settings, failed: list[Any], exception: BaseException | None, held: Iterable[str] = ()
) -> str:
    """Message for TransformFailed: each failed node with its error, the groups held back, and the path of dbt's log."""
    failures = _messages(failed, exception)
    log = settings.home / "dbt" / "logs" / "dbt.log"
    held_back = f"; held back: the figures of {', '.join(sorted(held))}" if held else ""
    return f"dbt failed in {len(failures)} place(s){held_back}; the whole log is {log}\n" + "\n".join(failures)


def _messages(failed: list[Any], exception: BaseException | None) -> list[str]:
    """Each failed node with its error, and the error of dbt itself."""
    messages = [f"{result.node.resource_type} {result.node.name}: {result.message}" for result in failed]
    return messages if exception is None else [*messages, str(exception)]
