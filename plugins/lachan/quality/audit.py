"""The audit before publication: the marts that are to be published, judged as the build left them."""

from __future__ import annotations

import logging

import pandas as pd

from lachan.quality.expectations import open_project, run_suite
from lachan.quality.verdicts import Verdict, record
from lachan.settings import Settings
from lachan.warehouse import transaction
from lachan.warehouse.mart_state import AUDITED, fingerprint, keep, last, no_build_runs
from lachan.warehouse.session import read_frame

log = logging.getLogger(__name__)


class AuditFailed(Exception):
    """Computed figures contradict each other or their definitions: nothing was published."""


class NotBuilt(Exception):
    """The marts are not what a build left that ended well: there is nothing to audit."""


def audit(settings: Settings, run_id: str) -> None:
    """Check the marts that are to be published, and note which state of them was good: only that is published.

    Waits for a build that runs. Raises AuditFailed, saying what is wrong, or NotBuilt when a build broke off.
    """
    frames, mark = _built(settings)
    verdicts: list[Verdict] = []
    with open_project(settings) as project:
        for mart, key in AUDITED.items():
            verdicts += run_suite(project, mart, frames[mart], key, run_id)
        with transaction(settings.dsn, "loader") as cursor:
            record(cursor, run_id, "audit", verdicts)
        project.build_data_docs()
    failures = [verdict for verdict in verdicts if not verdict.success]
    told = {
        id(verdict): [f"{key}: {verdict.explain(key)}" for key in list(verdict.failed)[:10] or [verdict.suite]]
        for verdict in failures
    }
    for verdict in failures:
        log.warning("audit, %s, marts.%s: %s", verdict.severity, verdict.suite, "; ".join(told[id(verdict)]))
    if critical := [verdict for verdict in failures if verdict.severity == "critical"]:
        raise AuditFailed("; ".join(f"marts.{verdict.suite}: {'; '.join(told[id(verdict)])}" for verdict in critical))
    with transaction(settings.dsn, "loader") as cursor:
        keep(cursor, "audited", run_id, mark)


def _built(settings: Settings) -> tuple[dict[str, pd.DataFrame], str]:
    """The audited marts at one moment between builds, and their fingerprint."""
    with no_build_runs(settings.dsn), transaction(settings.dsn, "publisher") as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        built = last(cursor, "built")
        if built is None or (found := fingerprint(cursor)) != built:
            raise NotBuilt(
                "the marts are not what a build left that ended well: one broke off, or somebody changed them; "
                "look at ops.dbt_result, build again, then audit"
            )
        return {mart: read_frame(cursor, f"select * from marts.{mart}") for mart in AUDITED}, found  # noqa: S608
