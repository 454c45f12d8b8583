"""What all DAGs share: assets, local time, the owner, and which failures are worth another try."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, Context, ExceptionRetryPolicy, RetryAction, RetryRule
from lachan.settings import TIMEZONE

PLATFORM_TEAM = "data-platform"
CLOCK: dict[str, Any] = {"timezone": TIMEZONE, "run_immediately": timedelta(0)}
"""A DAG that is switched on waits for its next hour. `run_immediately=False` would still make up for the last one."""

PASSING_FAULTS = RetryRule(
    exception=[
        "lachan.warehouse.WarehouseError",
        "lachan.landing.LandingError",
        "psycopg2.OperationalError",
        "psycopg2.InterfaceError",
        ConnectionError,
        TimeoutError,
    ],
    action=RetryAction.RETRY,
    reason="a connection failed; such faults pass",
)
BUILT_MEANWHILE = RetryRule(
    exception=["lachan.publish.publication.NotAudited"],
    action=RetryAction.RETRY,
    reason="another run built again after our audit; its own audit follows",
)
DEFAULT_ARGS: dict[str, Any] = {
    "owner": PLATFORM_TEAM,
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "retry_policy": ExceptionRetryPolicy(rules=[PASSING_FAULTS, BUILT_MEANWHILE], default=RetryAction.FAIL),
}


def feed_asset(feed: str) -> Asset:
    """The rows of one feed in the warehouse; the address is a name, the same wherever the warehouse runs."""
    return Asset(name=feed, uri=f"postgres://warehouse:5432/lachan/raw/{feed}", group="raw")


def ledger_run_id(context: Context) -> str:
    """The run's name in the ledger: Airflow's run ids are unique within a DAG only."""
    return f"{context['dag'].dag_id}.{context['run_id']}"


__all__ = ["CLOCK", "DEFAULT_ARGS", "PLATFORM_TEAM", "feed_asset", "ledger_run_id"]
