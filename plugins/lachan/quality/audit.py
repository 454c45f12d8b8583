"""The audit before publication: expectations on the marts as the last successful build left them."""

from __future__ import annotations

import logging

import pandas as pd

from lachan.quality.expectations import open_project, run_suite
from lachan.quality.verdicts import Verdict, record
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import AUDITED, fingerprint, hold_build_lock, last_state, record_state
from lachan.warehouse.session import read_frame

log = logging.getLogger(__name__)


class AuditFailed(Exception):
    """Computed figures contradict each other or their definitions; they must not be published."""


class NotBuilt(Exception):
    """The marts are not as the last successful build left them, so they cannot be audited."""


def audit(settings: Settings, run_id: str) -> None:
    """Check the marts before publication, and record their fingerprint when they pass: only that state is published.

    Waits for a running build. Raises AuditFailed, which names each critical failure, and NotBuilt when the marts are
    not those of a successful build.
    """
    frames, state = _built(settings)
    verdicts: list[Verdict] = []
    with open_project(settings) as project:
        for mart, key in AUDITED.items():
            verdicts += run_suite(project, mart, frames[mart], key, run_id)
        with transaction(settings.dsn, "loader") as cursor:
            record(cursor, run_id, "audit", verdicts)
        project.build_data_docs()
    failures = [verdict for verdict in verdicts if not verdict.success]
    explanations = {
        id(verdict): [f"{key}: {verdict.explain(key)}" for key in list(verdict.failed)[:10] or [verdict.suite]]
        for verdict in failures
    }
    for verdict in failures:
        log.warning("audit, %s, marts.%s: %s", verdict.severity, verdict.suite, "; ".join(explanations[id(verdict)]))
    if critical := [verdict for verdict in failures if verdict.severity == "critical"]:
        raise AuditFailed(
            "; ".join(f"marts.{verdict.suite}: {'; '.join(explanations[id(verdict)])}" for verdict in critical)
        )
    with transaction(settings.dsn, "loader") as cursor:
        record_state(cursor, "audited", run_id, state)


def _built(settings: Settings) -> tuple[dict[str, pd.DataFrame], str]:
    """The audited marts in one snapshot while no build runs, and their fingerprint."""
    with hold_build_lock(settings.dsn), transaction(settings.dsn, "publisher") as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        built = last_state(cursor, "built")
        if built is None or (found := fingerprint(cursor)) != built:
            raise NotBuilt(
                "the marts are not as the last successful build left them: a later build did not finish, or somebody "
                "changed them; look at ops.dbt_result, build again, then audit"
            )
        return {mart: read_frame(cursor, f"select * from marts.{mart}") for mart in AUDITED}, found  # noqa: S608
