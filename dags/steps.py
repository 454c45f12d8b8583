"""The tasks of `build` and `refresh`. Heavy libraries are imported only when a task runs, to keep DAG parsing fast."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Context, TriggerRule, chain, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from common import city_of, current_settings, dag_id, figures_asset, known_contracts, ledger_run_id

MAX_WAIT_FOR_LOADS = timedelta(minutes=2)
POLL_INTERVAL = timedelta(seconds=1)


@task
def gate() -> dict[str, Any]:
    """Check the newly loaded files: a critical finding holds a file, every other file is accepted.

    Feeds are often loaded at the same time. The task therefore waits until no load runs or is about to, at most
    MAX_WAIT_FOR_LOADS, so that one build can process them all. It keeps its slot meanwhile, so it does not wait for a
    load that waits for its next try. Loads that end while a build is running start a single further run after it
    (max_active_runs=1). If the first run has already processed their files, the tasks after this one are skipped.
    """
    from lachan.quality import gate as quality_gate

    context, config = get_current_context(), current_settings()
    deadline = time.monotonic() + MAX_WAIT_FOR_LOADS.total_seconds()
    while _loads_running(context) and time.monotonic() < deadline:
        time.sleep(POLL_INTERVAL.total_seconds())
    return asdict(quality_gate.gate(config, ledger_run_id(context)))


@task
def transform() -> dict[str, Any]:
    """Build and test the models with dbt. Skipped, with the tasks after it, if nothing could change."""
    from lachan.transform.pending import has_anything_to_build

    config = current_settings()
    if not has_anything_to_build(config):
        raise AirflowSkipException("everything that was accepted is published, and the dbt project is unchanged")
    from lachan.transform.build import build

    return asdict(build(config, ledger_run_id(get_current_context())))


@task
def audit() -> list[str]:
    """Check the computed figures with Great Expectations; fails when a critical expectation is not met."""
    from lachan.quality.audit import audit

    return audit(current_settings(), ledger_run_id(get_current_context()))


@task
def publish(why: str) -> dict[str, Any]:
    """Write the changed figures to `reporting` in one transaction."""
    from lachan.publish.publication import publish

    return asdict(publish(current_settings(), ledger_run_id(get_current_context()), why))


def transform_audit_publish(why: str, after: Any = None, city: str | None = None) -> None:
    """Add the tasks that build, audit and publish the figures to the current DAG, after the task `after` if given.

    What a `city` of a province publishes starts the DAG that collects the figures of the province.

    Each runs although the one before has failed, because a failure holds back only some groups of figures: a later step
    takes no group that an earlier one did not pass. `all_passed` runs only if none has failed, so it decides the state
    of the DAG run. Without a callback Airflow needs no worker for it.
    """
    rule = TriggerRule.NONE_SKIPPED
    tasks = [
        transform.override(trigger_rule=rule)(),
        audit.override(trigger_rule=rule)(),
        publish.override(trigger_rule=rule, outlets=[] if city is None else [figures_asset(city)])(why),
    ]
    chain(*([] if after is None else [after]), *tasks)
    [*tasks, *([] if after is None else [after])] >> EmptyOperator(task_id="all_passed", on_success_callback=None)


def _loads_running(context: Context) -> bool:
    count, states = context["ti"].get_ti_count, ["scheduled", "queued", "running"]
    city = city_of(context)
    return any(count(dag_id(f"ingest__{feed}", city), states=states) for feed in known_contracts().feeds)
