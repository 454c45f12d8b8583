"""Settings shared by all DAGs: assets, time zone, owner, and which errors Airflow retries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, Context, ExceptionRetryPolicy, RetryAction, RetryRule
from lachan import settings
from lachan.settings import TIMEZONE, Settings
from notices import MeasureMemory, TellFailure, TellSuccess

PLATFORM_TEAM = "data-platform"
TIMETABLE_OPTIONS: dict[str, Any] = {"timezone": TIMEZONE, "run_immediately": timedelta(0)}
"""With a `run_immediately` of zero, a DAG that is unpaused waits for its next scheduled time; `False` could still run
the last one that was missed."""

TEMPORARY_ERRORS = RetryRule(
    exception=[
        "lachan.warehouse.WarehouseError",
        "lachan.landing.LandingError",
        "lachan.archive.store.ArchiveError",
        "lachan.backup.errors.BackupError",
        "psycopg2.OperationalError",
        "psycopg2.InterfaceError",
        ConnectionError,
        TimeoutError,
    ],
    action=RetryAction.RETRY,
    reason="a connection failed, which is usually temporary",
)
REBUILT_SINCE_AUDIT = RetryRule(
    exception=["lachan.publish.publication.NotAudited"],
    action=RetryAction.RETRY,
    reason="another run rebuilt the marts after the audit of this run; the audit of that run follows",
)
BESIDE_THE_SCHEDULER = "LocalExecutor"
"""Executor of tasks about the machine of the scheduler, its folders and Airflow's database, which workers on other
machines do not have (docs/growing.md)."""

LONGEST_TASK = timedelta(hours=6)
"""A task that takes longer fails, so people are told. A run that took longer than `dagrun_timeout` would end without a
callback of its tasks. Statements of the platform's logins end after two hours."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": PLATFORM_TEAM,
    "execution_timeout": LONGEST_TASK,
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "retry_policy": ExceptionRetryPolicy(rules=[TEMPORARY_ERRORS, REBUILT_SINCE_AUDIT], default=RetryAction.FAIL),
    "on_failure_callback": TellFailure(),
    "on_success_callback": [TellSuccess(), MeasureMemory()],
    "on_skipped_callback": TellSuccess(),
}


def current_settings() -> Settings:
    """The settings of a task; raises MigrationError when the warehouse is not at this release."""
    from lachan.warehouse import require_current

    config = settings.load()
    require_current(config.address("analyst"))
    return config


def feed_asset(feed: str) -> Asset:
    """The asset for the rows of one feed. Its URI only identifies it and is the same wherever the warehouse runs."""
    return Asset(name=feed, uri=f"postgres://warehouse:5432/lachan/raw/{feed}", group="raw")


def ledger_run_id(context: Context) -> str:
    """The id of a run in the ledger: with the DAG's id, because Airflow's run ids are unique only within a DAG."""
    return f"{context['dag'].dag_id}.{context['run_id']}"


__all__ = [
    "BESIDE_THE_SCHEDULER",
    "DEFAULT_ARGS",
    "PLATFORM_TEAM",
    "TIMETABLE_OPTIONS",
    "current_settings",
    "feed_asset",
    "ledger_run_id",
]
