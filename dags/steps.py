"""The steps that `build` and `refresh` share; heavy libraries are imported only when a step runs."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from airflow.sdk import Context, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from common import ledger_run_id
from lachan import settings
from lachan.contract import survey

LET_LOADS_FINISH = timedelta(minutes=2)
LOOK_AGAIN = timedelta(seconds=1)


@task
def gate() -> dict[str, Any]:
    """Check fresh batches; critical findings hold a batch, the rest is accepted.

    Feeds often come together: running loads are waited for (LET_LOADS_FINISH), so that one build takes all. However
    many feeds end while a build runs, Airflow wakes one more for all of them (max_active_runs), which is skipped, with
    all that follows, when the first has taken their batches too.
    """
    from lachan.quality import gate as quality_gate

    context = get_current_context()
    deadline = time.monotonic() + LET_LOADS_FINISH.total_seconds()
    while _loads_running(context) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN.total_seconds())
    verdicts = asdict(quality_gate.gate(settings.load(), ledger_run_id(context)))
    woken = context["dag_run"].run_type == "asset_triggered"
    if woken and not any(verdicts.values()) and not quality_gate.accepted_not_built(settings.load()):
        raise AirflowSkipException("an earlier run has taken all batches")
    return verdicts


@task
def transform() -> dict[str, Any]:
    """Build and test all models with dbt."""
    from lachan.transform.build import build

    return asdict(build(settings.load(), ledger_run_id(get_current_context())))


@task
def audit() -> None:
    """Check that the computed figures add up; fails when they do not."""
    from lachan.quality.audit import audit

    audit(settings.load(), ledger_run_id(get_current_context()))


@task
def publish(why: str) -> dict[str, Any]:
    """Move changed figures to `reporting` in one transaction."""
    from lachan.publish.publication import publish

    return asdict(publish(settings.load(), ledger_run_id(get_current_context()), why))


def _loads_running(context: Context) -> bool:
    count = context["ti"].get_dr_count
    return any(count(f"ingest__{feed}", states=["running"]) for feed in survey(settings.load().contracts).feeds)
