"""Settings shared by all DAGs: cities, assets, time zone, owner, and which errors Airflow retries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    Context,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    get_current_context,
    get_parsing_context,
)
from lachan import settings
from lachan.cities import city_of_dag, dag_id
from lachan.contract import Contracts, survey
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
        "lachan.province.collect.CitiesAway",
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
    "execution_timeout": LONGEST_TASK,
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "retry_policy": ExceptionRetryPolicy(rules=[TEMPORARY_ERRORS, REBUILT_SINCE_AUDIT], default=RetryAction.FAIL),
    "on_failure_callback": TellFailure(),
    "on_success_callback": [TellSuccess(), MeasureMemory()],
    "on_skipped_callback": TellSuccess(),
}


def of_each_city(make: Callable[[str | None], list[DAG]], of_province: bool = False) -> dict[str, DAG]:
    """The DAGs that `make` builds for each city of a province, by their ids; for an installation of one city, for None.

    With `of_province` it builds those of the province as a whole as well, for None.

    The id of a DAG of a city begins with the code of the city, `c<code>__`; its tags have the code, too. A task imports
    its DAG file, and builds the DAGs of its own city only, which saves it seconds where there are many.
    """
    cities: list[str | None] = [None]
    if settings.is_province():
        of_task = get_parsing_context().dag_id
        cities = [*settings.served_cities(), *([None] if of_province else [])]
        cities = cities if of_task is None else [city_of_dag(of_task)]
    return {dag.dag_id: dag for city in cities for dag in make(city)}


def dag_of(
    city: str | None,
    name: str,
    doc: str,
    *,
    tags: Sequence[str],
    description: str,
    schedule: Any,
    owner: str = PLATFORM_TEAM,
    **options: Any,
) -> DAG:
    """A DAG of a city of a province, or of the whole installation (None), with what all DAGs have in common.

    Airflow's pages show the DAGs of one city by their tag. `options` are further ones of DAG.
    """
    return DAG(
        dag_id(name, city),
        description=description,
        doc_md=doc.strip(),
        schedule=schedule,
        default_args=DEFAULT_ARGS | {"owner": owner},
        tags=[*tags, *([] if city is None else [f"city {city}"])],
        max_active_runs=1,
        **options,
    )


def known_contracts() -> Contracts:
    """The contracts, which are the same for all cities."""
    return survey(settings.load_installation().contracts)


def current_settings(context: Context | None = None) -> Settings:
    """The settings of a task, those of the city of its DAG; raises MigrationError when the warehouse is behind.

    In a province, a DAG without a city is about the province as a whole.
    """
    from lachan.warehouse import require_current

    city = city_of(context or get_current_context()) if settings.is_province() else None
    config = settings.load_installation() if city is None else settings.load(city)
    require_current(config.address("analyst"))
    return config


def city_of(context: Context) -> str | None:
    """The city of a task, None in an installation of one city."""
    return city_of_dag(context["dag"].dag_id)


def feed_asset(feed: str, city: str | None) -> Asset:
    """The asset for the rows of one feed. Its URI only identifies it and is the same wherever the warehouse runs."""
    database = "lachan" if city is None else f"lachan_{city}"
    return Asset(name=dag_id(feed, city), uri=f"postgres://warehouse:5432/{database}/raw/{feed}", group="raw")


def figures_asset(city: str) -> Asset:
    """The asset for what a city of a province has published."""
    uri = f"postgres://warehouse:5432/lachan_{city}/reporting/figure"
    return Asset(name=dag_id("figures", city), uri=uri, group="reporting")


def ledger_run_id(context: Context) -> str:
    """The id of a run in the ledger: with the DAG's id, because Airflow's run ids are unique only within a DAG."""
    return f"{context['dag'].dag_id}.{context['run_id']}"


__all__ = [
    "BESIDE_THE_SCHEDULER",
    "PLATFORM_TEAM",
    "TIMETABLE_OPTIONS",
    "city_of",
    "current_settings",
    "dag_id",
    "dag_of",
    "feed_asset",
    "figures_asset",
    "known_contracts",
    "ledger_run_id",
    "of_each_city",
]
