"""The steps that `build` and `refresh` share; each is one call, and imports its heavy libraries only when it runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from airflow.sdk import get_current_context, task
from common import ledger_run_id
from lachan import settings


@task
def gate() -> dict[str, Any]:
    """Check fresh batches; critical findings hold a batch, the rest is accepted."""
    from lachan import quality

    return asdict(quality.gate(settings.load(), ledger_run_id(get_current_context())))


@task
def transform() -> dict[str, Any]:
    """Build and test all models with dbt."""
    from lachan.transform import build

    return asdict(build(settings.load(), ledger_run_id(get_current_context())))


@task
def audit() -> None:
    """Check that the computed figures add up; fails when they do not."""
    from lachan import quality

    quality.audit(settings.load(), ledger_run_id(get_current_context()))


@task
def publish(why: str) -> dict[str, Any]:
    """Move changed figures to `reporting` in one transaction."""
    from lachan.publish import publish

    return asdict(publish(settings.load(), ledger_run_id(get_current_context()), why))
